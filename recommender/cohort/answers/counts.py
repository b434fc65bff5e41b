"""What a chunk of a cohort adds to its summary: integers in nested objects, added key by key.

::

    cancer  -> id of the tumor            -> a group
    by      -> column       -> value      -> a group, without pairs
    quarantine -> reason    -> samples

A group holds ``samples``, ``outcomes``, ``comparisons``, ``strategies_per_sample``, ``cancers``, ``strategies``,
``exploratory``, ``withheld``, ``withheld_reasons``, ``documented``, ``eligibility`` and ``pairs``. The whole cohort
is no group of its own: it is the sum over tumors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recommender.cohort.answers.adding import Counts, add, quarantined
from recommender.cohort.answers.directions import Calls, documented, eligibility_calls, targets
from recommender.cohort.answers.labels import (
    Codes,
    Labels,
    counted_labels,
    crossed,
    labels,
    number_labels,
    positions,
    same,
    tally,
    text_labels,
)
from recommender.cohort.scoring.exchange import to_numpy
from recommender.knowledge import Knowledge

__all__ = ["NOT_STATED", "add", "count", "quarantined"]

NOT_STATED: Final = "not stated"
_ACTIONS: Final = ("strategies", "exploratory", "withheld")
_STANDING: Final = ("gate", "tier", "claim_match")


class Seen(NamedTuple):
    """What some rows say: the sample of each row, and under which label it counts."""

    samples: Codes
    labels: Labels


def count(tables: Mapping[str, pa.Table], samples: pa.Table, knowledge: Knowledge, by: Sequence[str] = ()) -> Counts:
    """Return what scored samples add to the summary of their cohort.

    Parameters
    ----------
    tables : mapping of str to pyarrow.Table
        ``strategies``, ``withheld``, ``exploratory`` and ``calls``, as a chunk gives them.
    samples : pyarrow.Table
        One row a sample: ``sample_id``, ``cancer`` (an id of the knowledge), ``outcome``, and where they are known
        ``metastatic`` and ``comparison``.
    by : sequence of str
        Columns of `samples` to group by, of text; cells that are null, empty or blank count as :data:`NOT_STATED`.

    Raises
    ------
    ValueError
        A sample twice, a row of a sample that is not among `samples`, a word that is none of the expected, an unknown
        tumor or column.
    """
    cohort = _Cohort(tables, samples, knowledge)
    groups = [cohort.cancer.under("cancer")]
    for column in dict.fromkeys(by):
        if column not in samples.column_names:
            raise ValueError(f"column {column} is not among the columns of samples")
        groups.append(text_labels(samples[column], column, NOT_STATED).under("by", column))
    counts: Counts = {}
    for seen in cohort.seen():
        for group in groups:
            tally(counts, group.at(seen.samples), seen.labels)
    pairs = cohort.pairs()
    tally(counts, groups[0].at(pairs.samples), pairs.labels)
    return counts


class _Cohort:
    """Tables as labels and positions of samples."""

    def __init__(self, tables: Mapping[str, pa.Table], samples: pa.Table, knowledge: Knowledge) -> None:
        self.tables, self.samples = tables, samples
        ids = samples["sample_id"].cast(pa.string()).combine_chunks()
        if pc.count_distinct(ids).as_py() != len(ids):
            raise ValueError("column sample_id has a sample twice")
        self.rows = {name: positions(table["sample_id"], ids, "sample_id") for name, table in tables.items()}
        self.cancer = text_labels(samples["cancer"], "cancer")
        self.strategy = {name: text_labels(tables[name]["strategy"], "strategy") for name in _ACTIONS}
        self.targets = targets(knowledge)
        self.calls = Calls(tables["calls"], self.rows["calls"], samples, self.cancer, knowledge)

    def seen(self) -> Iterator[Seen]:
        """Yield everything that is counted in each group."""
        yield from self._outcomes()
        for name in ("strategies", "exploratory"):
            yield from self._standings(name)
        yield from self._withheld()
        yield Seen(*documented(self.calls))
        yield Seen(*eligibility_calls(self.calls, self.targets))
        yield from self._eligible()

    def _outcomes(self) -> Iterator[Seen]:
        size = len(self.samples)
        every = np.arange(size)
        yield Seen(every, same(size, "samples"))
        yield Seen(every, self.cancer.under("cancers"))
        yield Seen(every, text_labels(self.samples["outcome"], "outcome").under("outcomes"))
        if "comparison" in self.samples.column_names:
            comparison = text_labels(self.samples["comparison"], "comparison", NOT_STATED)
        else:
            comparison = same(size, NOT_STATED)
        yield Seen(every, comparison.under("comparisons"))
        number = np.bincount(self.rows["strategies"], minlength=size)
        yield Seen(every, counted_labels(number).under("strategies_per_sample"))

    def _standing(self, name: str, column: str) -> Labels:
        cells = self.tables[name][column]
        return (number_labels(cells) if column == "rank" else text_labels(cells, column)).under(column)

    def _standings(self, name: str) -> Iterator[Seen]:
        rows, strategy = self.rows[name], self.strategy[name].under(name)
        yield Seen(rows, crossed(strategy, same(len(rows), "samples")))
        for column in ("rank", *_STANDING):
            yield Seen(rows, crossed(strategy, self._standing(name, column)))

    def _reasons(self) -> tuple[Codes, Labels]:
        """Return each reason with the row of `withheld` it stands in."""
        reasons = self.tables["withheld"]["reasons"]
        lengths = to_numpy(pc.list_value_length(reasons))
        return np.repeat(np.arange(len(lengths)), lengths), text_labels(pc.list_flatten(reasons), "reasons")

    def _withheld(self) -> Iterator[Seen]:
        samples, strategy = self.rows["withheld"], self.strategy["withheld"].under("withheld")
        rows, reason = self._reasons()
        yield Seen(samples, crossed(strategy, same(len(samples), "samples")))
        yield Seen(samples[rows], crossed(strategy.at(rows), reason.under("reason")))
        by_reason = reason.under("withheld_reasons")
        yield Seen(samples[rows], crossed(by_reason, same(len(rows), "actions")))
        # a sample counts once for a reason, whatever number of its actions the reason withholds
        keys = samples[rows].astype(np.int64) * len(reason.paths) + reason.codes
        _, first = np.unique(keys, return_index=True)
        yield Seen(samples[rows][first], crossed(by_reason.at(first), same(len(first), "samples")))

    def _eligible(self) -> Iterator[Seen]:
        """Yield what became of the samples whose call an agent answers."""
        called = self.calls.answered(self.targets)
        samples, target = np.nonzero(called)
        of_target = labels(target, [found.strategy for found in self.targets]).under("eligibility")
        yield Seen(samples, crossed(of_target, self.cancer.at(samples).under("called")))
        for name in _ACTIONS:
            rows, where = self._of_targets(name, called)
            of_target = self.strategy[name].at(rows).under("eligibility")
            yield Seen(where, crossed(of_target, same(len(rows), name)))
            if name == "strategies":
                for column in ("rank", "gate"):
                    yield Seen(where, crossed(of_target, self._standing(name, column).at(rows)))
            elif name == "withheld":
                among = np.full(len(self.rows[name]), -1)
                among[rows] = np.arange(len(rows))
                parents, reason = self._reasons()
                kept = np.flatnonzero(among[parents] >= 0)
                own = among[parents[kept]]
                yield Seen(where[own], crossed(of_target.at(own), reason.at(kept).under("reason")))

    def _of_targets(self, name: str, called: Any) -> tuple[Codes, Codes]:
        """Return the rows whose action some agent has, in samples it answers, and these samples."""
        place = {found.strategy: at for at, found in enumerate(self.targets)}
        strategy = self.strategy[name]
        of = np.array([place.get(word, -1) for (word,) in strategy.paths], np.int64)[strategy.codes]
        rows = np.flatnonzero(of >= 0)
        where = self.rows[name][rows]
        kept = called[where, of[rows]]
        return rows[kept], where[kept]

    def pairs(self) -> Seen:
        """Return every two strategies of a sample, each pair once, in the order of their ids."""
        strategy = self.strategy["strategies"]
        words = [word for (word,) in strategy.paths]
        order = np.argsort(np.array(words))
        keys = self.rows["strategies"].astype(np.int64) * len(words) + np.argsort(order)[strategy.codes]
        sample, place = np.divmod(np.sort(keys), len(words))
        found = []
        for apart in range(1, int(np.bincount(sample).max(initial=0))):
            (both,) = np.nonzero(sample[apart:] == sample[:-apart])
            found.append((sample[both], place[both], place[both + apart]))
        samples, first, second = np.concatenate(found, axis=1) if found else np.zeros((3, 0), np.int64)
        in_order = [words[i] for i in order]
        return Seen(samples, crossed(labels(first, in_order).under("pairs"), labels(second, in_order)))
