"""What a report says and in which order; how it looks is the renderers' matter."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from recommender.model.recommendation import (
    CallRecord,
    Context,
    Evidence,
    Flag,
    Precedent,
    Recommendation,
    Source,
    Strategy,
    TrialStatement,
    Withheld,
)

_WORDS = {"table1": "Table 1", "table2": "Table 2", "text": "text"}
_MATCH = {
    "same_tumor": "this tumor",
    "trial_indication": "trial's tumor",
    "same_lineage": "trial basket",
    "pan_cancer": "across cancers",
}
_EXPLORED = {**_MATCH, "same_lineage": "like tumors", "pan_cancer": "unlike tumors"}
_SCALES = {"z_score": "z-score"}
_TUMOR_MATCH = {
    "responded": "a response in this tumor",
    "treated": "this tumor treated",
    "eligible": "this tumor eligible",
    "basket": "basket of advanced solid tumors",
    "other": "other tumors or diseases",
}
_OUTCOME = {
    "recommended": "",
    "all_withheld": "No strategy: every candidate was withheld, for the reasons below.",
    "exploratory_only": "No strategy: only exploratory ones, documented elsewhere or called against tumors.",
    "no_rule_matched": "No strategy: miRNAs the knowledge covers were measured, and no rule speaks for one.",
    "insufficient_data": "No strategy: the profile measures no miRNA the knowledge speaks of.",
}
# kinds of trial statements every report repeats, in this order; others where sources contradict each other
_TOLD = ("outcome", "safety", "stop", "enrollment")
_NOT_TOLD = "prognosis"  # of one tumor alone, where a rule raises it as a flag
_CALLS = ("up", "down", "ambiguous", "unchanged", "low_abundance", "untested", "not_measured")
_MANY = 12
SEVERITIES = ("serious", "caution", "info")


class Heading(NamedTuple):
    """A heading; level 1 is the report's title."""

    level: int
    text: str


class Paragraph(NamedTuple):
    """Running text, with a bold label in front where one is given."""

    text: str
    label: str = ""


class Bullets(NamedTuple):
    """A list."""

    items: tuple[str, ...]


class Table(NamedTuple):
    """A table; columns named in `right` are aligned to the right."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[str] = frozenset()


Block = Heading | Paragraph | Bullets | Table


def outline(result: Recommendation) -> list[Block]:
    """Return the whole report."""
    subtype = f", {result.cancer.subtype.replace('_', ' ')}" if result.cancer.subtype else ""
    blocks: list[Block] = [
        Heading(1, f"{result.sample_id}: miRNA-therapy strategies"),
        Paragraph(f"{result.cancer.name}{subtype} (given as {result.cancer.as_given}). {result.notice}"),
        Paragraph(context_line(result.context)),
    ]
    if _OUTCOME[result.outcome]:
        blocks.append(Paragraph(_OUTCOME[result.outcome]))
    if result.strategies:
        blocks += [Heading(2, "Ranked strategies"), _ranking(result.strategies)]
        blocks.append(Paragraph("Order: gate, tier, claim match, points. A gate is never outscored."))
        common = _common(result.strategies)
        if common:
            blocks += [Paragraph("", "Of every strategy"), Bullets(tuple(map(_flag, common)))]
        for strategy in result.strategies:
            blocks += _strategy(strategy, common)
        blocks += _caveats(result.strategies)
    if result.withheld:
        blocks += [Heading(2, "Withheld"), Bullets(tuple(map(_withheld, result.withheld)))]
    if result.exploratory:
        blocks += [
            Heading(2, "Exploratory"),
            Paragraph("Not for this tumor by the documents; nothing here compares with the strategies above."),
            _ranking(result.exploratory, _EXPLORED),
        ]
    blocks += _not_read(result)
    blocks += [Heading(2, "Notes"), Bullets(tuple(note.message for note in result.notes))]
    blocks += [Heading(2, "Sources"), Bullets(tuple(map(_source, result.sources)))]
    blocks.append(
        Paragraph(
            f"mirna-recommender {result.software.version}, knowledge {result.knowledge.version} "
            f"({result.knowledge.sha256[:12]}), input {result.input_sha256[:12]}"
        )
    )
    return blocks


def context_line(c: Context) -> str:
    """Return disease state, specimen and comparison in a line."""
    words = {True: "metastatic", False: "not metastatic", None: "metastasis not stated"}
    unit = _SCALES.get(c.scale, "log2 ratio tumor/normal")
    compared = {
        "normal_cohort": "against a cohort of normal samples",
        "ratio_only": "the ratio alone decides: fewer than 10 normals, or the reference is not stated",
        "other_group": "against other tumors or another group",
    }[c.comparison]
    state = c.disease_state.replace("_", " ")
    return f"Disease state: {state}; {words[c.metastatic]}; {c.specimen.replace('_', ' ')}. Values: {unit}, {compared}."


def signed(value: float) -> str:
    """Return a value with its sign and two decimals, or three digits where it is beyond all sense."""
    return f"{value:+.2f}" if abs(value) < 1e6 else f"{value:+.2e}"


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


# how a name was understood: told in a word here, in full in the JSON output
_BRIEF = frozenset({"arm_assumed", "hairpin_level", "family_member"})


def _common(strategies: list[Strategy]) -> list[Flag]:
    """Return the flags that every one of several strategies raises word for word: told once."""
    if len(strategies) < 2:
        return []
    return [flag for flag in strategies[0].flags if all(flag in other.flags for other in strategies[1:])]


def _strategy(s: Strategy, common: list[Flag]) -> Iterable[Block]:
    yield Heading(3, f"{s.rank}. {s.action.capitalize()} {s.mirna}")
    members = f" Members measured: {', '.join(s.members)}." if s.members != [s.mirna] else ""
    trial = "; an oncology trial of its agent names this tumor" if s.claim_match == "trial_indication" else ""
    trial = "; oncology trials of its agent took any solid tumor" if s.claim_match == "same_lineage" else trial
    yield Paragraph(f"{s.call} by {signed(s.value)}{documented(s.evidence)}{trial}.{members}", "Why")
    lines = [line for precedent in s.precedents for line in _precedent(precedent)]
    if lines:
        yield Paragraph("", "Precedent")
        yield Bullets(tuple(lines))
    else:
        yield Paragraph("no trial of an agent on this very miRNA.", "Precedent")
    if s.laboratory_work:
        cited = (f"{w.mirna_as_printed} [{', '.join(w.references)}], {w.locator}" for w in s.laboratory_work)
        yield Paragraph("; ".join(cited), "Laboratory work cited by the review")
    brief = [flag.id.replace("_", " ") for flag in s.flags if flag.id in _BRIEF]
    told = [_flag(flag) for flag in s.flags if flag.id not in _BRIEF and flag not in common]
    if told or brief:
        yield Paragraph("", "Danger and doubt")
        yield Bullets((*told, *((f"the name: {', '.join(brief)}",) if brief else ())))
    if s.biomarkers:
        yield Paragraph("; ".join(f"{b.name} ({b.message.split(';')[0]})" for b in s.biomarkers), "Readouts")
    terms = ", ".join(f"{c.name.replace('_', ' ')} {c.points:+d}" for c in s.components) or "none"
    yield Paragraph(f"{s.points} = {terms}", "Points")


def documented(claims: Iterable[Evidence]) -> str:
    """Return where the evidence stands: in this tumor, in others of its kind, across cancers."""
    groups: dict[tuple[str, str], list[str]] = {}
    for e in claims:
        refs = f" [{', '.join(e.references)}]" if e.references else ""
        where = (
            "here" if e.claim_match == "same_tumor" else "across cancers" if e.cancer == "pan_cancer" else "elsewhere"
        )
        groups.setdefault((e.direction, where), []).append(f"{_WORDS[e.source]} as {e.mirna_as_printed}{refs}")
    return "".join(
        f"; documented {direction} {where} ({', '.join(places)})" for (direction, where), places in groups.items()
    )


def _caveats(strategies: Iterable[Strategy]) -> Iterable[Block]:
    """Say each caveat once, with the strategies it belongs to."""
    ranks: dict[str, list[str]] = {}
    texts: dict[str, Flag] = {}
    for s in strategies:
        for caveat in s.caveats:
            ranks.setdefault(caveat.id, []).append(str(s.rank))
            texts[caveat.id] = caveat
    if texts:
        order = sorted(texts.values(), key=lambda c: (SEVERITIES.index(c.severity), c.id))
        yield Heading(2, "What could go wrong with the class of drug")
        yield Bullets(tuple(f"{_flag(c)} For {', '.join(ranks[c.id])}." for c in order))


def _precedent(p: Precedent) -> Iterable[str]:
    name = f"{p.agent}, {p.nct_id or 'no registry number verified'}"
    said = ", ".join(filter(None, (p.status_source, p.status_as_of)))
    status = f"{p.phase or 'phase not known'}, {p.status} ({said})"
    reasons = "; ".join(f"{stop.reason.replace('_', ' ')} by {stop.source}" for stop in p.stop_reasons)
    status += f", stopped for: {reasons}" if reasons else ""
    if not p.oncology:
        yield f"{name}: {status}. Outside oncology: tolerability only."
        return
    yield f"{name}: {status}; {_TUMOR_MATCH[p.tumor_match]}."
    by_id = {claim.claim_id: claim for claim in p.claims}
    told: set[str] = set()
    for claim in sorted(_worth_telling(p), key=_telling_order):
        contrary = [by_id[c] for c in claim.disagrees_with if c in by_id and c not in told]
        contrary = [c for c in contrary if c.source == "review"]
        told.update(c.claim_id for c in contrary)
        yield _statement(claim) + "".join(f" The review, differently: {c.statement}" for c in contrary)


def _telling_order(claim: TrialStatement) -> tuple[int, bool]:
    """Return the order of telling: by kind, and of a kind the counts (n/N) first."""
    kind = _TOLD.index(claim.kind) if claim.kind in _TOLD else len(_TOLD)
    return kind, re.search(r"\d/\d", claim.statement) is None


def _worth_telling(p: Precedent) -> Iterable[TrialStatement]:
    """Yield what sources other than the review say, and the review where it speaks alone."""
    kinds = {claim.kind for claim in p.claims if claim.source != "review"}
    for claim in p.claims:
        if claim.source == "review":
            if claim.kind in _TOLD and claim.kind not in kinds:
                yield claim
        elif claim.kind in _TOLD or (claim.disagrees_with and claim.kind != _NOT_TOLD):
            yield claim


def _statement(claim: TrialStatement) -> str:
    dated = f", {claim.as_of}" if claim.as_of and claim.as_of not in claim.source else ""
    return f"{claim.kind} ({claim.source}{dated}): {claim.statement}"


def _flag(flag: Flag) -> str:
    return f"{flag.severity}, {flag.id.replace('_', ' ')}: {flag.message} [{flag.source}]"


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
