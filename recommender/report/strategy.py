"""One strategy in a report: why, on which precedent, with what danger, and what to measure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from recommender.model.recommendation import Evidence, Flag, Precedent, Strategy, TrialStatement
from recommender.report.blocks import Block, Bullets, Heading, Paragraph, signed

_WORDS = {"table1": "Table 1", "table2": "Table 2", "text": "text"}
_TUMOR_MATCH = {
    "responded": "a response in this tumor",
    "treated": "this tumor treated",
    "eligible": "this tumor eligible",
    "basket": "basket of advanced solid tumors",
    "other": "other tumors or diseases",
}
# kinds of trial statements every report repeats, in this order; others where sources contradict each other
_TOLD = ("outcome", "safety", "stop", "enrollment")
_NOT_TOLD = "prognosis"  # of one tumor alone, where a rule raises it as a flag

# how a name was understood: told in a word here, in full in the JSON output
_BRIEF = frozenset({"arm_assumed", "hairpin_level", "family_member"})


def common_flags(strategies: list[Strategy]) -> list[Flag]:
    """Return the flags that every one of several strategies raises word for word: told once."""
    if len(strategies) < 2:
        return []
    return [flag for flag in strategies[0].flags if all(flag in other.flags for other in strategies[1:])]


def strategy_section(s: Strategy, common: list[Flag], told: dict[str, int]) -> Iterable[Block]:
    """Yield the section of one strategy.

    Flags in `common` are told elsewhere. `told` holds the trials told already, with the rank of the strategy they
    were told of, and takes up those told here.
    """
    yield Heading(3, f"{s.rank}. {s.action.capitalize()} {s.mirna}")
    members = f" Members measured: {', '.join(s.members)}." if s.members != [s.mirna] else ""
    trial = "; an oncology trial of its agent names this tumor" if s.claim_match == "trial_indication" else ""
    trial = "; oncology trials of its agent took any solid tumor" if s.claim_match == "same_lineage" else trial
    yield Paragraph(f"{s.call} by {signed(s.value)}{documented(s.evidence)}{trial}.{members}", "Why")
    lines = [line for precedent in s.precedents for line in _precedent(precedent, told, s.rank)]
    if lines:
        yield Paragraph("", "Precedent")
        yield Bullets(tuple(lines))
    else:
        yield Paragraph("no trial of an agent on this very miRNA.", "Precedent")
    for ours, label in ((True, "Laboratory work cited by the review"), (False, "Laboratory work cited by a pack")):
        work = [w for w in s.laboratory_work if all(r.isdigit() for r in w.references) == ours]
        cited = "; ".join(f"{w.mirna_as_printed} [{', '.join(w.references)}], {w.locator}" for w in work)
        if cited:
            yield Paragraph(cited, label)
    brief = [flag.id.replace("_", " ") for flag in s.flags if flag.id in _BRIEF]
    doubts = [told_flag(flag) for flag in s.flags if flag.id not in _BRIEF and flag not in common]
    doubts += [told_flag(caveat) for caveat in s.caveats if is_its_own(caveat, s)]
    if doubts or brief:
        yield Paragraph("", "Danger and doubt")
        yield Bullets((*doubts, *((f"the name: {', '.join(brief)}",) if brief else ())))
    first = [found[0].name for found in (s.modalities, s.chemistries, s.delivery) if found]
    if first:
        yield Paragraph(f"{'; '.join(first)}. All options, in order, stand below.", "First options")
    yield from _readouts(s)
    pairs = [c for c in s.combinations if c.kind == "strategy"]
    if pairs:
        yield Paragraph("", "With other strategies of this profile")
        yield Bullets(tuple(f"{c.partner.replace(':', ' ')}: {c.message} [{c.source}]" for c in pairs))
    terms = ", ".join(f"{c.name.replace('_', ' ')} {c.points:+d}" for c in s.components) or "none"
    yield Paragraph(f"{s.points} = {terms}", "Points")


def is_its_own(caveat: Flag, s: Strategy) -> bool:
    """Tell whether a caveat speaks of this miRNA: it is of no general topic and of no option."""
    offered = (*s.modalities, *s.chemistries, *s.delivery)
    return caveat.topic is None and not any(caveat.id in option.caveats for option in offered)


def _readouts(s: Strategy) -> Iterable[Block]:
    groups = (
        ("Readouts", [b for b in s.biomarkers if b.kind != "pathway"]),
        ("Processes it is said to move", [b for b in s.biomarkers if b.kind == "pathway"]),
    )
    for label, markers in groups:
        if markers:
            said: dict[str, list[str]] = {}
            for b in markers:
                said.setdefault(b.message.split("; printed as")[0], []).append(b.name)
            yield Paragraph("; ".join(f"{', '.join(names)} ({what})" for what, names in said.items()), label)


def documented(claims: Iterable[Evidence]) -> str:
    """Return where the evidence stands: in this tumor, in others of its kind, across cancers."""
    groups: dict[tuple[str, str], list[str]] = {}
    for e in claims:
        refs = f" [{', '.join(e.references)}]" if e.references else ""
        where = (
            "here" if e.claim_match == "same_tumor" else "across cancers" if e.cancer == "pan_cancer" else "elsewhere"
        )
        place = f"{_WORDS.get(e.source, e.source)} as {e.mirna_as_printed}{refs}"
        groups.setdefault((e.direction, where), []).append(place)
    return "".join(
        f"; documented {direction} {where} ({', '.join(places)})" for (direction, where), places in groups.items()
    )


def _precedent(p: Precedent, told_of: dict[str, int], rank: int) -> Iterable[str]:
    name = f"{p.agent}, {p.nct_id or 'no registry number verified'}"
    key = f"{name}, {p.phase}"
    if key in told_of:
        match = f"; {_TUMOR_MATCH[p.tumor_match]}" if p.oncology else "; outside oncology, tolerability only"
        yield f"{name}: as told for {told_of[key]}{match}."
        return
    told_of[key] = rank
    said = ", ".join(filter(None, (p.status_source, p.status_as_of)))
    status = f"{p.phase or 'phase not known'}, {p.status}" + (f" ({said})" if said else "")
    reasons = "; ".join(f"{stop.reason.replace('_', ' ')} by {stop.source}" for stop in p.stop_reasons)
    status += f", stopped for: {reasons}" if reasons else ""
    if not p.oncology:
        yield f"{name}: {status}. Outside oncology: tolerability only."
        return
    made = ", ".join(part.replace("_", " ") for part in (p.modality, *p.chemistry, *p.delivery))
    still = f" Open to patients as of {p.status_as_of or 'a date not known'}." if p.is_open else ""
    yield f"{name}: {made}; {status}; {_TUMOR_MATCH[p.tumor_match]}.{still}{f' {p.url}' if p.url else ''}"
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


def told_flag(flag: Flag) -> str:
    """Return a flag or caveat in one line: severity, id, message, source."""
    return f"{flag.severity}, {flag.id.replace('_', ' ')}: {flag.message} [{flag.source}]"
