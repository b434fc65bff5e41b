"""How two profiles call one miRNA, and which of its numbers passed a threshold between them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from recommender.appraisal import Appraisal
from recommender.calling import Call
from recommender.knowledge import Knowledge
from recommender.measurement import effect, round6
from recommender.model.comparison import CallChange, Called, Crossing
from recommender.settings import Settings, number

Number = Literal["value", "adjusted_p_value", "reads_per_million"]


def call_change(mirna: str, before: Appraisal, after: Appraisal, knowledge: Knowledge) -> CallChange:
    """Return how a miRNA, family or cluster is called in two profiles.

    Numbers of families are their members' medians, and numbers of two scales do not compare: neither crosses.
    """
    then, now = before.sheet.calls.get(mirna), after.sheet.calls.get(mirna)
    comparable = before.profile.scale == after.profile.scale and mirna not in knowledge.resolver.families
    crossed = crossings(then, now, after.profile.scale, after.settings) if comparable and then and now else ()
    return CallChange.model_construct(mirna=mirna, before=_called(then), after=_called(now), crossed=list(crossed))


def _called(call: Call | None) -> Called | None:
    if call is None:
        return None
    return Called.model_construct(
        call=call.call,
        value=call.value,
        adjusted_p_value=call.adjusted_p_value,
        reads_per_million=call.reads_per_million,
        notes=list(call.notes),
    )


def crossings(then: Call, now: Call, scale: str, settings: Settings) -> Iterable[Crossing]:
    """Yield the numbers that lie on the other side of their threshold."""
    table, key = ("z_score", "min_abs_z_score") if scale == "z_score" else ("fold_change", "min_abs_log2_ratio")
    limit = number(settings, table, key)
    if then.value is not None and now.value is not None and effect(then.value, limit) != effect(now.value, limit):
        yield _crossing("value", then.value, now.value, limit, f"{table}.{key}")
    old, new = then.adjusted_p_value, now.adjusted_p_value
    limit = number(settings, "adjusted_p_value", "max")
    if old is not None and new is not None and (round6(old) <= limit) != (round6(new) <= limit):
        yield _crossing("adjusted_p_value", old, new, limit, "adjusted_p_value.max")
    if (then.call == "low_abundance") != (now.call == "low_abundance"):
        limit = number(settings, "abundance", "min_reads_per_million")
        old, new = then.reads_per_million, now.reads_per_million
        yield _crossing("reads_per_million", old, new, limit, "abundance.min_reads_per_million")


def _crossing(what: Number, before: float | None, after: float | None, threshold: float, setting: str) -> Crossing:
    return Crossing.model_construct(number=what, before=before, after=after, threshold=threshold, setting=setting)
