"""What holds of whole classes of drug in a report, said once, with the strategies it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recommender.model.recommendation import SEVERITIES, Combination, Flag, Option, Strategy
from recommender.report.blocks import Block, Bullets, Heading, Paragraph
from recommender.report.strategy import told_flag

_AXES = (("Modality", "modalities"), ("Chemistry", "chemistries"), ("Delivery", "delivery"))
_PRECEDENTS = {
    "this_mirna": "in patients, on this miRNA",
    "this_class": "in patients, on other miRNAs",
    "outside_oncology": "outside oncology, tolerability only",
    "laboratory_this_mirna": "laboratory, on this miRNA",
    "laboratory": "laboratory",
    "concept": "an idea so far",
}
# what stands between a drug and its use, apart from what it could do to a patient
_BEFORE_USE = ("regulatory", "manufacturing", "access")


def options_section(strategies: Sequence[Strategy]) -> Iterable[Block]:
    """Yield the options of every strategy in order, those of strategies alike told once."""
    if not strategies:
        return
    yield Heading(2, "How it could be made and delivered")
    yield Paragraph("Best precedent first; what is known of the patient puts an option last.")
    for label, axis in _AXES:
        groups: dict[str, list[int]] = {}
        for s in strategies:
            offered = "; ".join(map(_option, getattr(s, axis)))
            groups.setdefault(offered or "no option known", []).append(s.rank)
        yield Paragraph("", label)
        yield Bullets(tuple(f"For {ranks(numbers, strategies)}: {offered}." for offered, numbers in groups.items()))


def _option(option: Option) -> str:
    agents = ", ".join(option.agents or (option.tolerability_agents if option.precedent == "outside_oncology" else ()))
    told = _PRECEDENTS[option.precedent] + (f": {agents}" if agents else "")
    if option.references:
        cited = f"[{', '.join(option.references)}]"
        own = option.precedent == "laboratory_this_mirna"
        told += f" {cited}" if own else f"; {_PRECEDENTS['laboratory_this_mirna']} {cited}"
    if option.demoted_by:
        told += f"; AGAINST IT HERE: {', '.join(name.replace('_', ' ') for name in option.demoted_by)}"
    return f"{option.name} ({told})"


def ranks(numbers: Iterable[int], strategies: Sequence[Strategy]) -> str:
    """Return ranks in short: all, or their list.

    >>> ranks([1, 2, 3, 5], [])
    '1 to 3, 5'
    """
    found = sorted(set(numbers))
    if strategies and len(found) == len(strategies) > 1:
        return "all"
    runs: list[list[int]] = []
    for number in found:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{r[0]} to {r[-1]}" if len(r) > 2 else ", ".join(map(str, r)) for r in runs)


def caveats_section(strategies: Sequence[Strategy]) -> Iterable[Block]:
    """Yield each caveat of a class once, with the options that bring it or the strategies it belongs to."""
    belongs: dict[tuple[str, str], list[int]] = {}
    brought: dict[str, set[str]] = {}
    texts: dict[tuple[str, str], Flag] = {}
    for s in strategies:
        for option in (*s.modalities, *s.chemistries, *s.delivery):
            for name in option.caveats:
                brought.setdefault(name, set()).add(option.name)
        for caveat in s.caveats:
            if caveat.topic is not None or caveat.id in brought:
                key = (caveat.id, caveat.message)
                texts[key] = caveat
                belongs.setdefault(key, []).append(s.rank)
    order = sorted(texts, key=lambda key: (SEVERITIES.index(texts[key].severity), key))
    told = [(texts[key], _whose(key, belongs, brought, strategies)) for key in order]
    danger = [f"{told_flag(c)} {whose}" for c, whose in told if c.topic not in _BEFORE_USE]
    before = [
        f"{c.id.replace('_', ' ')}: {c.message} [{c.source}] {whose}" for c, whose in told if c.topic in _BEFORE_USE
    ]
    if danger:
        yield Heading(2, "What could go wrong with the class of drug")
        yield Bullets(tuple(danger))
    if before:
        yield Heading(2, "Before trial, approval and use")
        yield Bullets(tuple(before))


def _whose(
    key: tuple[str, str],
    belongs: dict[tuple[str, str], list[int]],
    brought: dict[str, set[str]],
    strategies: Sequence[Strategy],
) -> str:
    name, message = key
    if name not in brought:
        return f"For {ranks(belongs[key], strategies)}."
    named = [option for option in sorted(brought[name]) if option in message]
    if named:  # a message that names its option says whose it is
        return f"For {ranks(belongs[key], strategies)}."
    return f"With {', '.join(sorted(brought[name]))}; for {ranks(belongs[key], strategies)}."


def class_precedents_section(strategies: Sequence[Strategy]) -> Iterable[Block]:
    """Yield agents of the same action on other miRNAs: experience of the class, or tolerability only."""
    lines: dict[str, list[int]] = {}
    for s in strategies:
        for p in s.class_precedents:
            made = ", ".join(part.replace("_", " ") for part in (p.modality, *p.chemistry, *p.delivery))
            trials = ", ".join(p.trials) or "no registry number verified"
            safety = " ".join(p.safety) or "no statement found: unknown rather than good."
            said = (f"{p.outcome}. " if p.outcome else "") + f"Safety: {safety}"
            use = "" if p.use == "class_experience" else "Outside oncology, tolerability only: "
            line = f"{use}{p.agent} on {p.mirna} ({made}), {trials}: {said}"
            lines.setdefault(line, []).append(s.rank)
    if lines:
        yield Heading(2, "Class precedents, on other miRNAs")
        yield Paragraph("What a class can expect; no tier and no points come from them.")
        yield Bullets(tuple(f"{line} For {ranks(found, strategies)}." for line, found in lines.items()))


def combinations_section(strategies: Sequence[Strategy]) -> Iterable[Block]:
    """Yield what could be combined: hypotheses and laboratory work, never advice."""
    texts: dict[str, Combination] = {}
    belongs: dict[str, list[int]] = {}
    for s in strategies:
        for c in s.combinations:
            if c.kind == "treatment":
                texts[c.id] = c
                belongs.setdefault(c.id, []).append(s.rank)
    if texts:
        yield Heading(2, "Combinations, never advice")
        yield Bullets(
            tuple(
                f"{c.evidence}, {c.partner.replace('_', ' ')} ({c.goal}): {c.message} [{c.source}] "
                f"For {ranks(belongs[c.id], strategies)}."
                for c in sorted(texts.values(), key=lambda c: (c.evidence == "hypothesis", c.id))
            )
        )
