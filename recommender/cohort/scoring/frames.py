"""The four tables of a cohort: their columns, and arrays put into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from recommender.cohort.scoring.calls import CALL_WORDS, Calls
from recommender.cohort.scoring.exchange import known, text_lists, texts, to_arrow
from recommender.cohort.scoring.panel import Found
from recommender.ranking import GATE_ORDER, MATCH_ORDER, TIER_ORDER

TEXT: Final = pa.dictionary(pa.int32(), pa.string())
TEXTS: Final = pa.list_(TEXT)  # dozens of caveats a strategy: their codes are taken, not their text

STRATEGIES: Final = pa.schema(
    [
        ("sample_id", TEXT),
        ("rank", pa.int32()),
        ("strategy", TEXT),
        ("action", TEXT),
        ("mirna", TEXT),
        ("call", TEXT),
        ("value", pa.float64()),
        ("gate", TEXT),
        ("tier", TEXT),
        ("claim_match", TEXT),
        ("points", pa.int64()),  # weights are a user's: they may be large
        ("flags", TEXTS),
        ("caveats", TEXTS),
        ("trials", TEXTS),
    ]
)
WITHHELD: Final = pa.schema(
    [
        ("sample_id", TEXT),
        ("strategy", TEXT),
        ("action", TEXT),
        ("mirna", TEXT),
        ("call", TEXT),
        ("value", pa.float64()),
        ("reasons", TEXTS),
    ]
)
CALLS: Final = pa.schema(
    [
        ("sample_id", TEXT),
        ("mirna", TEXT),
        ("call", TEXT),
        ("value", pa.float64()),
        ("adjusted_p_value", pa.float64()),
        ("reads_per_million", pa.float64()),
    ]
)
SCHEMAS: Final = {"strategies": STRATEGIES, "withheld": WITHHELD, "exploratory": STRATEGIES, "calls": CALLS}


def frames(found: Sequence[Found], calls: Calls, samples: Sequence[str], best: int) -> dict[str, pa.Table]:
    """Return the four tables of a block of samples.

    Parameters
    ----------
    samples : sequence of str
        The samples' ids, in the order of the block.
    best : int
        How many exploratory strategies are listed of a sample.
    """
    ids = texts(samples)
    proposed = [f for f in found if f.outcome is not None and f.decision.kind == "strategy"]
    explored = [f for f in found if f.outcome is not None and f.decision.kind == "exploratory"]
    withheld = [f for f in found if f.outcome is None]
    return {
        "strategies": _ranked(proposed, ids, None),
        "withheld": _withheld(withheld, ids),
        "exploratory": _ranked(explored, ids, best),
        "calls": _calls(calls, ids),
    }


def _ranked(found: Sequence[Found], ids: pa.Array, best: int | None) -> pa.Table:
    """Return strategies in the order of their samples, ranked as :func:`recommender.ranking.sort_key` has it."""
    if not found:
        return STRATEGIES.empty_table()
    source = np.repeat(np.arange(len(found)), [len(f.rows) for f in found])
    rows = np.concatenate([f.rows for f in found])
    points = np.concatenate([f.points for f in found])
    values = np.concatenate([f.value for f in found])
    outcomes = [f.outcome for f in found if f.outcome is not None]
    gates = np.array([GATE_ORDER.index(o.gate) for o in outcomes])[source]
    tiers = np.array([TIER_ORDER.index(o.tier) for o in outcomes])[source]
    matches = np.array([MATCH_ORDER.index(o.claim_match) for o in outcomes])[source]
    by_id = np.array([f.decision.id for f in found])
    position = np.unique(by_id, return_inverse=True)[1][source]
    order = np.lexsort((position, -points, matches, tiers, gates, rows))
    rows = rows[order]
    starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
    rank = np.arange(len(rows)) - np.repeat(starts, np.diff(np.r_[starts, len(rows)])) + 1
    if best is not None:
        kept = rank <= best
        order, rows, rank = order[kept], rows[kept], rank[kept]
    source = source[order]
    return pa.table(
        {
            "sample_id": _coded(rows, ids),
            "rank": to_arrow(rank.astype(np.int32)),
            "strategy": _named([f.decision.id for f in found], source),
            "action": _named([f.decision.action for f in found], source),
            "mirna": _named([f.decision.call.mirna for f in found], source),
            "call": _named([f.decision.call.call for f in found], source),
            "value": known(values[order]),
            "gate": _named([o.gate for o in outcomes], source),
            "tier": _named([o.tier for o in outcomes], source),
            "claim_match": _named([o.claim_match for o in outcomes], source),
            "points": to_arrow(points[order]),
            "flags": _lists([o.flags for o in outcomes], source),
            "caveats": _lists([o.caveats for o in outcomes], source),
            "trials": _lists([o.trials for o in outcomes], source),
        },
        schema=STRATEGIES,
    )


def _withheld(found: Sequence[Found], ids: pa.Array) -> pa.Table:
    if not found:
        return WITHHELD.empty_table()
    source = np.repeat(np.arange(len(found)), [len(f.rows) for f in found])
    rows = np.concatenate([f.rows for f in found])
    values = np.concatenate([f.value for f in found])
    position = np.unique(np.array([f.decision.id for f in found]), return_inverse=True)[1][source]
    order = np.lexsort((position, rows))
    source = source[order]
    return pa.table(
        {
            "sample_id": _coded(rows[order], ids),
            "strategy": _named([f.decision.id for f in found], source),
            "action": _named([f.decision.action for f in found], source),
            "mirna": _named([f.decision.call.mirna for f in found], source),
            "call": _named([f.decision.call.call for f in found], source),
            "value": known(values[order]),
            "reasons": _lists([f.decision.ordered_reasons for f in found], source),
        },
        schema=WITHHELD,
    )


def _calls(calls: Calls, ids: pa.Array) -> pa.Table:
    entities, samples = calls.call.shape
    sample = np.repeat(np.arange(samples, dtype=np.int32), entities)
    mirna = np.tile(np.arange(entities, dtype=np.int32), samples)
    none = pa.nulls(entities * samples, pa.float64())
    adjusted, rpm = calls.adjusted_p, calls.reads_per_million
    return pa.table(
        {
            "sample_id": _coded(sample, ids),
            "mirna": _coded(mirna, texts(calls.entities)),
            "call": _coded(calls.call.T.ravel(), texts(CALL_WORDS)),
            "value": known(calls.value.T.ravel()),
            "adjusted_p_value": none if adjusted is None else known(adjusted.T.ravel()),
            "reads_per_million": none if rpm is None else known(rpm.T.ravel()),
        },
        schema=CALLS,
    )


def _coded(codes: Any, words: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(to_arrow(codes.astype(np.int32, copy=False)), words)


def _named(words: Sequence[str], source: Any) -> pa.DictionaryArray:
    """Return text for each row, from the text of each of few sources."""
    found, codes = np.unique(np.array(words), return_inverse=True)
    return _coded(codes[source], texts(found.tolist()))


def _lists(lists: Sequence[Sequence[str]], source: Any) -> pa.Array:
    distinct = list(dict.fromkeys(map(tuple, lists)))
    index = {words: i for i, words in enumerate(distinct)}
    codes = np.array([index[tuple(words)] for words in lists], dtype=np.int32)
    return text_lists(distinct).take(to_arrow(codes[source]))
