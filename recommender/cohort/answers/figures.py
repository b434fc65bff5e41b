"""Counts of one group of samples to its published figures: shares and orders."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, cast, get_args

from recommender.dossier import DIRECTION_OF
from recommender.knowledge import Knowledge
from recommender.model.recommendation import Direction, TumorMatch, WithheldReason
from recommender.model.records import AgentRow
from recommender.model.summary import (
    DocumentedDirection,
    Eligibility,
    Frequency,
    Group,
    Pair,
    ReasonCount,
    StrategyCount,
    WithheldCount,
)
from recommender.precedents import MATCHES, best_match, trials_of
from recommender.ranking import GATE_ORDER, MATCH_ORDER, TIER_ORDER

Counts = Mapping[str, Any]
_OPPOSITE: Final = {"up": "down", "down": "up"}


def share(samples: int, of: int) -> float | None:
    """Return a ratio of counts as published.

    >>> share(1, 3), share(0, 0)
    (0.333333, None)
    """
    return round(samples / of, 6) if of else None


def counted(samples: int, of: int) -> dict[str, Any]:
    """Return a count with its denominator, as fields."""
    return {"samples": samples, "of": of, "share": share(samples, of)}


def frequencies(counts: Counts, of: int, order: Callable[[str], Any] | Sequence[str] | None = None) -> list[Frequency]:
    """Return how often each value occurs.

    Parameters
    ----------
    of : int
        The samples they were counted among.
    order : callable or sequence, optional
        What to sort values by, or their order; by default most samples first.
    """
    found = [(key, number) for key, number in counts.items() if number]
    if order is None:
        found.sort(key=lambda item: (-item[1], item[0]))
    elif callable(order):
        found.sort(key=lambda item: order(item[0]))
    else:
        found.sort(key=lambda item: (order.index(item[0]), item[0]))
    return [Frequency.model_construct(key=key, **counted(number, of)) for key, number in found]


def group_figures(
    counts: Counts, knowledge: Knowledge, strata: Sequence[Counts] | None = None, cancer: str | None = None
) -> Group:
    """Return the figures of one group.

    Parameters
    ----------
    counts : mapping
        Of the group.
    strata : sequence of mapping, optional
        Counts of the tumors it is made of, within which chance is reckoned; without them pairs are left out.
    cancer : str, optional
        Its tumor, where it has one.
    """
    size = counts.get("samples", 0)
    return Group.model_construct(
        samples=size,
        outcomes=frequencies(counts.get("outcomes", {}), size),
        comparisons=frequencies(counts.get("comparisons", {}), size),
        strategies_per_sample=frequencies(counts.get("strategies_per_sample", {}), size, int),
        strategies=_strategies(counts.get("strategies", {}), size),
        exploratory=_strategies(counts.get("exploratory", {}), size),
        withheld=_withheld(counts.get("withheld", {}), size),
        withheld_reasons=_reasons(counts.get("withheld_reasons", {}), size),
        documented=sorted(
            _documented(counts.get("documented", {})), key=lambda d: (-d.samples, d.cancer, d.mirna, d.documented)
        ),
        eligibility=_eligibility(counts, knowledge, cancer),
        pairs=None if strata is None else _pairs(counts, strata),
    )


def named(strategy: str) -> dict[str, Any]:
    """Return a strategy's id with its parts, as fields."""
    action, _, mirna = strategy.partition(":")
    return {"id": strategy, "action": action, "mirna": mirna}


def _strategies(counts: Counts, size: int) -> list[StrategyCount]:
    found = [
        StrategyCount.model_construct(
            **named(strategy),
            **counted(seen["samples"], size),
            by_rank=frequencies(seen["rank"], seen["samples"], int),
            by_gate=frequencies(seen["gate"], seen["samples"], GATE_ORDER),
            by_tier=frequencies(seen["tier"], seen["samples"], TIER_ORDER),
            by_claim_match=frequencies(seen["claim_match"], seen["samples"], MATCH_ORDER),
        )
        for strategy, seen in counts.items()
    ]
    return sorted(found, key=lambda one: (-one.samples, one.id))


def _withheld(counts: Counts, size: int) -> list[WithheldCount]:
    found = [
        WithheldCount.model_construct(
            **named(strategy),
            **counted(seen["samples"], size),
            by_reason=frequencies(seen.get("reason", {}), seen["samples"]),
        )
        for strategy, seen in counts.items()
    ]
    return sorted(found, key=lambda one: (-one.samples, one.id))


def _reasons(counts: Counts, size: int) -> list[ReasonCount]:
    found = [
        ReasonCount.model_construct(
            reason=reason, **counted(counts[reason]["samples"], size), actions=counts[reason]["actions"]
        )
        for reason in get_args(WithheldReason)
        if reason in counts
    ]
    return sorted(found, key=lambda one: -one.samples)


def _others(states: Mapping[str, int]) -> dict[str, Any]:
    names = ("low_abundance", "ambiguous", "untested", "not_measured", "not_in_profile", "not_comparable")
    return {state: states[state] for state in names}


def _documented(counts: Counts) -> Iterator[DocumentedDirection]:
    for cancer, identities in counts.items():
        for mirna, directions in identities.items():
            for documented, states in directions.items():
                seen = Counter(states)
                changed: dict[str, Any] = {"confirmed": 0, "contradicted": 0, "conflicting": seen["up"] + seen["down"]}
                if documented in _OPPOSITE:
                    changed = {
                        "confirmed": seen[documented],
                        "contradicted": seen[_OPPOSITE[documented]],
                        "conflicting": 0,
                    }
                assessed = sum(changed.values()) + seen["unchanged"]
                yield DocumentedDirection.model_construct(
                    cancer=cancer,
                    mirna=mirna,
                    documented=documented,
                    samples=seen.total(),
                    **changed,
                    flat=seen["unchanged"],
                    **_others(seen),
                    assessed=assessed,
                    confirmed_share=share(changed["confirmed"], assessed),
                    contradicted_share=share(changed["contradicted"], assessed),
                )


def oncology_agents(knowledge: Knowledge) -> list[AgentRow]:
    """Return the agents eligibility is counted for."""
    return sorted(row for row in knowledge.agents if row.oncology == "yes")


def strategy_of(agent: AgentRow) -> str:
    """Return the id of the strategy an agent is a precedent of."""
    return f"{agent.action}:{agent.mirna}"


def direction_of(agent: AgentRow) -> Direction:
    """Return the call an agent's action answers."""
    return cast(Direction, DIRECTION_OF[agent.action])


def _match(agent: str, cancer: str, knowledge: Knowledge) -> TumorMatch:
    key = ("best match", agent, cancer)
    trials = trials_of(knowledge)[agent]
    made = knowledge.remember(key, lambda: best_match(trials, knowledge.vocabulary.tumor(cancer), knowledge))
    found: TumorMatch = made
    return found


def _eligibility(counts: Counts, knowledge: Knowledge, cancer: str | None) -> list[Eligibility]:
    size = counts.get("samples", 0)
    found = []
    for agent in oncology_agents(knowledge):
        seen = counts.get("eligibility", {}).get(strategy_of(agent), {})
        called = seen.get("called", {})
        samples = sum(called.values())
        of_match: Counter[str] = Counter()
        called_of_match: Counter[str] = Counter()
        for tumor, number in counts.get("cancers", {}).items():
            match = _match(agent.agent, tumor, knowledge)
            of_match[match] += number
            called_of_match[match] += called.get(tumor, 0)
        became = {name: seen.get(name, 0) for name in ("strategies", "withheld", "exploratory")}
        found.append(
            Eligibility.model_construct(
                agent=agent.agent,
                strategy=strategy_of(agent),
                direction=direction_of(agent),
                tumor_match=None if cancer is None else _match(agent.agent, cancer, knowledge),
                **counted(samples, size),
                by_tumor_match=[
                    Frequency.model_construct(key=match, **counted(called_of_match[match], of_match[match]))
                    for match in MATCHES
                    if of_match[match]
                ],
                calls=frequencies(seen.get("calls", {}), size),
                **became,
                by_rank=frequencies(seen.get("rank", {}), became["strategies"], int),
                by_gate=frequencies(seen.get("gate", {}), became["strategies"], GATE_ORDER),
                by_reason=frequencies(seen.get("reason", {}), became["withheld"]),
                neither=samples - sum(became.values()),
            )
        )
    return sorted(found, key=lambda one: (-one.samples, one.agent))


def _pairs(counts: Counts, strata: Sequence[Counts]) -> list[Pair]:
    served = [
        (stratum["samples"], {strategy: seen["samples"] for strategy, seen in stratum.get("strategies", {}).items()})
        for stratum in strata
    ]
    found = []
    for first, seconds in counts.get("pairs", {}).items():
        for second, both in seconds.items():
            expected = math.fsum(of[first] * of[second] / size for size, of in served if first in of and second in of)
            found.append(
                Pair.model_construct(
                    first=first,
                    second=second,
                    **counted(both, counts["samples"]),
                    expected=round(expected, 6),
                    ratio=round(both / expected, 6),
                )
            )
    return sorted(found, key=lambda pair: (-pair.samples, pair.first, pair.second))
