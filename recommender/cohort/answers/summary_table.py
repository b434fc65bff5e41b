"""The summary as one long table: a row a figure, for a spreadsheet or a data frame."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from recommender.cohort.answers.figures import share
from recommender.model.summary import DocumentedDirection, Eligibility, Frequency, Group, StrategyCount, Summary

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run text that starts with one
_BREAKS: Final = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")
_ONE_SIDED: Final = ("confirmed", "contradicted", "flat")
_TWO_SIDED: Final = ("conflicting", "flat")
_NOT_ASSESSED: Final = (
    "low_abundance",
    "ambiguous",
    "untested",
    "not_measured",
    "not_in_profile",
    "not_comparable",
)
_BECAME: Final = ("strategies", "withheld", "exploratory", "neither")


class Row(NamedTuple):
    """One figure.

    Attributes
    ----------
    grouped_by : str
        ``cohort``, ``cancer`` or ``column``.
    column, value : str
        The column of the sample table, if any, and the value that makes the group.
    cancer : str
        The tumor the figure is about, where it is one.
    section : str
        The list it comes from, as named in the JSON.
    subject : str
        Strategy, miRNA or agent.
    key : str
        What is counted of the subject; empty for the subject itself.
    samples, of, share
        The count, its denominator and their ratio.
    expected : float or None
        Of pairs.
    """

    grouped_by: str
    column: str
    value: str
    cancer: str
    section: str
    subject: str
    key: str
    samples: int
    of: int
    share: float | None
    expected: float | None = None


def neutral(text: str) -> str:
    """Return text no spreadsheet takes for a formula, on one line and in one cell.

    >>> neutral("=1+1"), neutral("stage II")
    ("'=1+1", 'stage II')
    """
    return ("'" if text.startswith(_FORMULA) else "") + _BREAKS.sub(" ", text)


def summary_tsv(summary: Summary) -> str:
    """Return every figure of a summary, tab separated, columns as in :class:`Row`."""
    lines = ["\t".join(Row._fields)]
    lines += ["\t".join(map(_cell, row)) for row in _rows(summary)]
    return "\n".join(lines) + "\n"


def _cell(value: str | float | None) -> str:
    return "" if value is None else neutral(value) if isinstance(value, str) else str(value)


def _rows(summary: Summary) -> Iterator[Row]:
    scored, refused = summary.cohort.samples, summary.quarantine.samples
    every = scored + refused
    yield Row("cohort", "", "", "", "quarantine", "", "", refused, every, share(refused, every))
    for one in summary.quarantine.by_reason:
        yield Row("cohort", "", "", "", "quarantine", "", one.key, one.samples, one.of, one.share)
    yield from _group(("cohort", "", "", ""), summary.cohort, scored)
    for tumor in summary.by_cancer:
        yield from _group(("cancer", "", tumor.cancer, tumor.cancer), tumor.group, scored)
    for column in summary.by_column:
        for found in column.values:
            yield from _group(("column", column.column, found.value, ""), found.group, scored)


def _group(place: tuple[str, str, str, str], group: Group, scored: int) -> Iterator[Row]:
    yield Row(*place, "samples", "", "", group.samples, scored, share(group.samples, scored))
    for section in ("outcomes", "comparisons", "strategies_per_sample"):
        yield from _frequencies(place, section, "", getattr(group, section))
    for section in ("strategies", "exploratory"):
        yield from _strategies(place, section, getattr(group, section))
    for action in group.withheld:
        yield Row(*place, "withheld", action.id, "", action.samples, action.of, action.share)
        yield from _frequencies(place, "withheld.by_reason", action.id, action.by_reason)
    for reason in group.withheld_reasons:
        yield Row(*place, "withheld_reasons", "", reason.reason, reason.samples, reason.of, reason.share)
    for direction in group.documented:
        yield from _documented((*place[:3], direction.cancer), direction)
    for agent in group.eligibility:
        yield from _eligibility(place, agent)
    for pair in group.pairs or ():
        subject = f"{pair.first} & {pair.second}"
        yield Row(*place, "pairs", subject, "", pair.samples, pair.of, pair.share, pair.expected)


def _frequencies(
    place: tuple[str, str, str, str], section: str, subject: str, found: Iterable[Frequency]
) -> Iterator[Row]:
    for one in found:
        yield Row(*place, section, subject, one.key, one.samples, one.of, one.share)


def _strategies(place: tuple[str, str, str, str], section: str, found: Iterable[StrategyCount]) -> Iterator[Row]:
    for one in found:
        yield Row(*place, section, one.id, "", one.samples, one.of, one.share)
        for by in ("by_rank", "by_gate", "by_tier", "by_claim_match"):
            yield from _frequencies(place, f"{section}.{by}", one.id, getattr(one, by))


def _documented(place: tuple[str, str, str, str], found: DocumentedDirection) -> Iterator[Row]:
    section = f"documented.{found.documented}"
    judged = _TWO_SIDED if found.documented == "both" else _ONE_SIDED
    for keys, of in ((("assessed",), found.samples), (judged, found.assessed), (_NOT_ASSESSED, found.samples)):
        for key in keys:
            samples = getattr(found, key)
            yield Row(*place, section, found.mirna, key, samples, of, share(samples, of))


def _eligibility(place: tuple[str, str, str, str], found: Eligibility) -> Iterator[Row]:
    yield Row(*place, "eligibility", found.agent, "", found.samples, found.of, found.share)
    for by in ("by_tumor_match", "calls"):
        yield from _frequencies(place, f"eligibility.{by}", found.agent, getattr(found, by))
    for key in _BECAME:
        samples = getattr(found, key)
        yield Row(*place, "eligibility.became", found.agent, key, samples, found.samples, share(samples, found.samples))
    for by in ("by_rank", "by_gate", "by_reason"):
        yield from _frequencies(place, f"eligibility.{by}", found.agent, getattr(found, by))
