"""What a report says and in which order; how it looks is the renderers' matter."""

from __future__ import annotations

from collections.abc import Iterable

from recommender.model.recommendation import CallRecord, Context, Recommendation, Source, Strategy, Withheld
from recommender.report.blocks import Block, Bullets, Heading, Paragraph, Table, signed, which_knowledge
from recommender.report.drug_class import (
    caveats_section,
    class_precedents_section,
    combinations_section,
    options_section,
)
from recommender.report.strategy import common_flags, strategy_section, told_flag

_MATCH = {
    "same_tumor": "this tumor",
    "trial_indication": "trial's tumor",
    "same_lineage": "trial basket",
    "pan_cancer": "across cancers",
}
_EXPLORED = {**_MATCH, "same_lineage": "like tumors", "pan_cancer": "unlike tumors"}
_SCALES = {"z_score": "z-score"}
_OUTCOME = {
    "recommended": "",
    "all_withheld": "No strategy: every candidate was withheld, for the reasons below.",
    "exploratory_only": "No strategy: only exploratory ones, documented elsewhere or called against tumors.",
    "no_rule_matched": "No strategy: miRNAs the knowledge covers were measured, and no rule speaks for one.",
    "insufficient_data": "No strategy: the profile measures no miRNA the knowledge speaks of.",
}
_CALLS = ("up", "down", "ambiguous", "unchanged", "low_abundance", "untested", "not_measured")
_MANY = 12
_AT_THE_HEAD = "reference"  # what calls are relative to is read before them


def outline(result: Recommendation) -> list[Block]:
    """Return the whole report."""
    subtype = f", {result.cancer.subtype.replace('_', ' ')}" if result.cancer.subtype else ""
    blocks: list[Block] = [
        Heading(1, f"{result.sample_id}: miRNA-therapy strategies"),
        Paragraph(f"{result.cancer.name}{subtype} (given as {result.cancer.as_given}). {result.notice}"),
        Paragraph(context_line(result.context)),
        *(Paragraph(note.message) for note in result.notes if note.id == _AT_THE_HEAD),
    ]
    if _OUTCOME[result.outcome]:
        blocks.append(Paragraph(_OUTCOME[result.outcome]))
    if result.strategies:
        blocks += [Heading(2, "Ranked strategies"), _ranking(result.strategies)]
        blocks.append(Paragraph("Order: gate, tier, claim match, points. A gate is never outscored."))
        common = common_flags(result.strategies)
        if common:
            blocks += [Paragraph("", "Of every strategy"), Bullets(tuple(map(told_flag, common)))]
        told: dict[str, int] = {}
        for strategy in result.strategies:
            blocks += strategy_section(strategy, common, told)
        for section in (options_section, caveats_section, class_precedents_section, combinations_section):
            blocks += section(result.strategies)
    if result.withheld:
        blocks += [Heading(2, "Withheld"), Bullets(tuple(map(_withheld, result.withheld)))]
    if result.exploratory:
        blocks += [
            Heading(2, "Exploratory"),
            Paragraph("Not for this tumor by the documents; nothing here compares with the strategies above."),
            _ranking(result.exploratory, _EXPLORED),
        ]
    blocks += _not_read(result)
    blocks += [Heading(2, "Notes"), Bullets(tuple(n.message for n in result.notes if n.id != _AT_THE_HEAD))]
    blocks += [Heading(2, "Sources"), Bullets(tuple(map(_source, result.sources)))]
    blocks.append(
        Paragraph(
            f"mirna-recommender {result.software.version}, {which_knowledge(result.knowledge)}, "
            f"input {result.input_sha256[:12]}"
        )
    )
    return blocks


def context_line(c: Context) -> str:
    """Return what was measured in which disease and compared with what, as a line."""
    words = {True: "metastatic", False: "not metastatic", None: "metastasis not stated"}
    unit = _SCALES.get(c.scale, "log2 ratio tumor/normal")
    compared = {
        "normal_cohort": "against a cohort of normal samples",
        "builtin_cohort": "against a built-in cohort of normal samples, measured in another laboratory",
        "ratio_only": "the ratio alone decides: fewer than 10 normals, or the reference is not stated",
        "other_group": "against other tumors or another group",
    }[c.comparison]
    state = c.disease_state.replace("_", " ")
    return f"Disease state: {state}; {words[c.metastatic]}; {c.specimen.replace('_', ' ')}. Values: {unit}, {compared}."


def _ranking(strategies: Iterable[Strategy], matches: dict[str, str] = _MATCH) -> Table:
    header = ("#", "Strategy", "Call", "Value", "Gate", "Tier", "Documented", "Points", "Trials")
    rows = []
    for s in strategies:
        ran = [p for p in s.precedents if "not_opened" not in {stop.reason for stop in p.stop_reasons}]
        trials = [p.nct_id for p in ran if p.oncology and p.nct_id]
        named = trials[0] + (f" +{len(trials) - 1}" if len(trials) > 1 else "") if trials else "none"
        cells = (str(s.rank), f"{s.action} {s.mirna}", s.call, signed(s.value), s.gate, s.tier)
        rows.append((*cells, matches[s.claim_match], str(s.points), named))
    return Table(header, tuple(rows), frozenset({"#", "Value", "Points"}))


def _withheld(w: Withheld) -> str:
    value = f" {signed(w.value)}" if w.value is not None else ""
    return f"{w.action} {w.mirna} ({w.call}{value}): {', '.join(w.reasons)}. {w.message}"


def _source(s: Source) -> str:
    ids = "".join(f", {name} {value}" for name, value in (("doi", s.doi), ("PMID", s.pmid)) if value)
    return f"{s.id}: {s.citation}{ids}" + (f" (as of {s.as_of})" if s.as_of else "")


def _not_read(result: Recommendation) -> Iterable[Block]:
    yield Heading(2, "Measurements")
    groups: dict[str, list[CallRecord]] = {}
    for call in result.calls:
        groups.setdefault(call.call, []).append(call)
    lines = [f"{state.replace('_', ' ')}: {_some(groups[state])}" for state in _CALLS if state in groups]
    yield Bullets(tuple(lines) or ("none of a covered miRNA",))
    if result.unresolved:
        yield Paragraph("", "Names that could not be read")
        yield Bullets(
            tuple(
                f"{u.as_given}: {u.reason.replace('_', ' ')}"
                + (f"; perhaps {', '.join(u.suggestions)}" if u.suggestions else "")
                for u in result.unresolved[:_MANY]
            )
            + _more(len(result.unresolved))
        )
    if result.not_in_knowledge:
        names = ", ".join(result.not_in_knowledge[:_MANY])
        yield Paragraph(f"{names}{_tail(len(result.not_in_knowledge))}", "Not in the knowledge")


def _some(calls: list[CallRecord]) -> str:
    shown = [c.mirna + (f" {signed(c.value)}" if c.value is not None else "") for c in calls[:_MANY]]
    return f"{len(calls)} ({', '.join(shown)}{_tail(len(calls))})"


def _tail(total: int) -> str:
    return f", and {total - _MANY} more" if total > _MANY else ""


def _more(total: int) -> tuple[str, ...]:
    return (f"and {total - _MANY} more (all in the JSON output)",) if total > _MANY else ()
