"""What a batch says at its end: the figures a drug developer asks for first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from recommender.model.summary import Frequency, Group, Summary, TrialAgent
from recommender.report.blocks import Block, Bullets, Heading, Paragraph, Table, which_knowledge
from recommender.report.changes import name_of

_MOST: Final = 10
_NAME: Final = 32  # a longer name of a tumor would not leave its row room enough
_GATES: Final = ("clear", "caution", "adverse")


def summary_blocks(summary: Summary) -> list[Block]:
    """Return the report on a cohort; the figures of single groups are in the summary's JSON and table."""
    cohort = summary.cohort
    quarantine = f", {summary.quarantine.samples:,} in quarantine" if summary.quarantine.samples else ""
    blocks: list[Block] = [
        Heading(1, f"Cohort of {cohort.samples:,} samples{quarantine}"),
        Paragraph(summary.notice),
    ]
    for label, found in (
        ("Outcomes", cohort.outcomes),
        ("Tumors", [(tumor.name, tumor.group.samples) for tumor in summary.by_cancer]),
        ("Compared with", cohort.comparisons),
    ):
        if found:
            blocks.append(Paragraph(_listed(found), label))
    for section in (
        _strategies(cohort),
        _eligibility(summary),
        _contradicted(summary),
        _withheld(cohort),
    ):
        blocks += section
    blocks += [Heading(2, "Notes"), Bullets(tuple(note.message for note in summary.notes))]
    blocks.append(Paragraph(f"mirna-recommender {summary.software.version}, {which_knowledge(summary.knowledge)}"))
    return blocks


def _listed(found: Iterable[Frequency | tuple[str, int]]) -> str:
    pairs = [(one.key.replace("_", " "), one.samples) if isinstance(one, Frequency) else one for one in found]
    more = f" and {len(pairs) - _MOST:,} more" if len(pairs) > _MOST else ""
    return ", ".join(f"{name} {number:,}" for name, number in pairs[:_MOST]) + more


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _of(found: Sequence[Frequency], key: str) -> str:
    return next((f"{one.samples:,}" for one in found if one.key == key), "0")


def _more(shown: int, every: int, what: str) -> Iterator[Block]:
    if every > shown:
        yield Paragraph(f"{every - shown:,} more {what} in the summary.")


def _strategies(cohort: Group) -> Iterator[Block]:
    if not cohort.strategies:
        return
    yield Heading(2, "Strategies that serve most samples")
    header = ("Strategy", "Samples", "Share", "Rank 1", "Clear", "Caution", "Adverse")
    yield Table(
        header,
        tuple(
            (
                name_of(one.id),
                f"{one.samples:,}",
                _percent(one.share),
                _of(one.by_rank, "1"),
                *(_of(one.by_gate, gate) for gate in _GATES),
            )
            for one in cohort.strategies[:_MOST]
        ),
        frozenset(header[1:]),
    )
    yield from _more(_MOST, len(cohort.strategies), "strategies")


def _eligibility(summary: Summary) -> Iterator[Block]:
    """Yield, tumor by tumor, what an agent could be tried on: a share over several tumors would tell nobody much."""
    by_id = {agent.agent: agent for agent in summary.agents}
    found = [(tumor, one) for tumor in summary.by_cancer for one in tumor.group.eligibility if one.samples]
    if not found:
        return
    found.sort(key=lambda pair: (-pair[1].samples, pair[0].cancer, pair[1].agent))
    yield Heading(2, "Samples called in the direction an agent answers")
    header = ("Agent", "Tumor", "Called", "Share", "Proposed", "Rank 1", "Clear")
    yield Table(
        header,
        tuple(
            (
                by_id[one.agent].name,
                textwrap.shorten(tumor.name, _NAME, placeholder="…"),
                f"{one.samples:,} of {one.of:,}",
                _percent(one.share),
                f"{one.strategies:,}",
                _of(one.by_rank, "1"),
                _of(one.by_gate, "clear"),
            )
            for tumor, one in found[:_MOST]
        ),
        frozenset(header[2:]),
    )
    yield from _more(_MOST, len(found), "of agents and tumors")
    shown = {one.agent for _, one in found[:_MOST]}
    yield Bullets(tuple(_trials(agent) for agent in summary.agents if agent.agent in shown))


def _trials(agent: TrialAgent) -> str:
    trials = []
    for trial in agent.trials:
        words = [
            trial.phase,
            trial.status,
            *dict.fromkeys(stop.reason.replace("_", " ") for stop in trial.stop_reasons),
        ]
        trials.append(f"{trial.nct_id or 'no registry number verified'} ({', '.join(words)})")
    return f"{agent.name} ({agent.mirna} {agent.direction}): {'; '.join(trials) or 'no trial'}"


def _contradicted(summary: Summary) -> Iterator[Block]:
    found = [one for one in summary.cohort.documented if one.contradicted]
    if not found:
        return
    names = {tumor.cancer: tumor.name for tumor in summary.by_cancer}
    found.sort(key=lambda one: (-one.contradicted, one.cancer, one.mirna))
    yield Heading(2, "Documented directions most often contradicted")
    header = ("Tumor", "miRNA", "Documented", "Confirmed", "Contradicted", "Flat")
    yield Table(
        header,
        tuple(
            (
                textwrap.shorten(names[one.cancer], _NAME, placeholder="…"),
                one.mirna,
                one.documented,
                f"{one.confirmed:,}",
                f"{one.contradicted:,}",
                f"{one.flat:,}",
            )
            for one in found[:_MOST]
        ),
        frozenset(header[3:]),
    )
    yield from _more(_MOST, len(found), "contradicted directions")


def _withheld(cohort: Group) -> Iterator[Block]:
    if not cohort.withheld_reasons:
        return
    yield Heading(2, "Withheld")
    header = ("Reason", "Samples", "Share", "Actions")
    yield Table(
        header,
        tuple(
            (one.reason.replace("_", " "), f"{one.samples:,}", _percent(one.share), f"{one.actions:,}")
            for one in cohort.withheld_reasons
        ),
        frozenset(header[1:]),
    )
