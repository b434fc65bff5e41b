"""Points and order. Every term is an integer that names its rule, its records and its raw inputs."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, get_args

from recommender.calling import Call, CallSheet
from recommender.cancers import Tumor
from recommender.decision import Decision
from recommender.knowledge import Knowledge
from recommender.measurement import round6
from recommender.model.options import Axis
from recommender.model.recommendation import ClaimMatch, Component
from recommender.precedents import trials_of, tumor_match
from recommender.settings import Settings, number
from recommender.vocabulary import LEVEL_CLAIM_MATCH

GATE_ORDER = ("clear", "caution", "adverse")
TIER_ORDER = ("T1", "T2", "T3", "T4", "T5")
MATCH_ORDER: tuple[ClaimMatch, ...] = ("same_tumor", "trial_indication", "same_lineage", "pan_cancer")
# adjusted p-values up to which, and the weight
SIGNIFICANCE_STEPS = ((0.00001, "p_0_00001"), (0.001, "p_0_001"), (0.01, "p_0_01"), (0.05, "p_0_05"))
_LATE = ("Phase 2", "Phase 3", "Phase 4", "Phase 1/Phase 2", "Phase 2/Phase 3")


def claim_match(decision: Decision) -> ClaimMatch:
    """Return the claim match of a decision.

    An exploratory strategy documented only elsewhere is ``same_lineage`` where a tumor of this lineage
    documents it, else ``pan_cancer``.
    """
    dossier = decision.dossier
    if dossier.level == "elsewhere":
        return "same_lineage" if dossier.same_lineage == dossier.documented else "pan_cancer"
    return LEVEL_CLAIM_MATCH[dossier.level]


def sort_key(decision: Decision, points: int) -> tuple[int, int, int, int, str]:
    """Return the order: gate, tier, claim match, points, id."""
    return (
        GATE_ORDER.index(decision.gate),
        TIER_ORDER.index(decision.tier),
        MATCH_ORDER.index(claim_match(decision)),
        -points,
        decision.id,
    )


class Ranked(NamedTuple):
    """An accepted decision with its rank among those of its kind, and its points."""

    rank: int
    decision: Decision
    points: int
    components: tuple[Component, ...]


def rank(
    decisions: Iterable[Decision],
    sheet: CallSheet,
    tumor: Tumor,
    scale: str,
    knowledge: Knowledge,
    settings: Settings,
    known: Mapping[str, tuple[Component, ...]] = MappingProxyType({}),
) -> tuple[Ranked, ...]:
    """Return the accepted decisions in order, strategies and exploratory ones ranked each by themselves.

    `known` are terms that were made before and still hold, by id.
    """
    accepted = [d for d in decisions if d.accepted]
    scored = {
        d.id: known[d.id] if d.id in known else tuple(components(d, sheet, tumor, scale, knowledge, settings))
        for d in accepted
    }
    points = {key: sum(c.points for c in found) for key, found in scored.items()}
    accepted.sort(key=lambda d: sort_key(d, points[d.id]))
    ranks = {kind: itertools.count(1) for kind in ("strategy", "exploratory")}
    return tuple(Ranked(next(ranks[d.kind]), d, points[d.id], scored[d.id]) for d in accepted)


def components(
    decision: Decision, sheet: CallSheet, tumor: Tumor, scale: str, knowledge: Knowledge, settings: Settings
) -> list[Component]:
    """Return the terms of a strategy's points; terms of zero are left out."""
    documentation, *settled = settled_components(decision, tumor, knowledge, settings)
    found = [
        _expression(decision.call, scale, settings),
        _significance(decision.call, settings),
        documentation,
        _cluster_agreement(decision.call, sheet, knowledge, settings),
        *settled,
    ]
    return [component for component in found if component.points]


def settled_components(
    decision: Decision, tumor: Tumor, knowledge: Knowledge, settings: Settings
) -> tuple[Component, ...]:
    """Return the terms that no number decides, documentation first: the rules settled them, zeros among them."""
    return (
        _documentation(decision, settings),
        _precedent(decision, tumor, knowledge, settings),
        _target_support(decision, settings),
        _off_target(decision, settings),
        _delivery(decision, settings),
        *_penalties(decision, "context", settings),
        *_penalties(decision, "safety", settings),
    )


def _component(
    name: str, points: float, records: Iterable[str] = (), inputs: Mapping[str, Any] | None = None
) -> Component:
    whole = math.floor(round6(float(points)))
    return Component.model_construct(
        name=name, points=whole, rule=f"ranking.{name}", records=sorted(records), inputs=dict(inputs or {})
    )


def _expression(call: Call, scale: str, settings: Settings) -> Component:
    unit, cap = ("points_per_z", "max_abs_z_score") if scale == "z_score" else ("points_per_log2", "max_abs_log2_ratio")
    size = min(abs(call.value or 0.0), number(settings, "expression", cap))
    return _component("expression", number(settings, "expression", unit) * size, inputs={"value": call.value})


def _significance(call: Call, settings: Settings) -> Component:
    p = call.adjusted_p_value
    key = next((key for limit, key in SIGNIFICANCE_STEPS if p is not None and p <= limit), None)
    points = number(settings, "significance", key) if key else 0
    return _component("significance", points, inputs={"adjusted_p_value": p})


def _documentation(decision: Decision, settings: Settings) -> Component:
    dossier = decision.dossier
    sources = {use.claim.source for use in dossier.speaking}
    places = {"table" if source.startswith("table") else source for source in sources}
    if dossier.level != "documented_here":
        key = "trial_or_pan_cancer"
    elif len(places) > 1:  # or another source that agrees with either
        key = "table_and_text"
    else:
        key = "table_or_text"
    records = [use.claim.claim_id for use in dossier.speaking]
    return _component("documentation", number(settings, "documentation", key), records, {"sources": sorted(sources)})


def cluster_mates(mirna: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the guide strands of the other hairpins in a mature's genomic clusters."""

    def find() -> tuple[str, ...]:
        resolver = knowledge.resolver
        row = resolver.mirnas.get(mirna)
        own = set(row.hairpins) if row else set()
        clusters = {resolver.hairpins[name].cluster for name in own} - {""}
        mates = {
            mate
            for other in resolver.hairpins.values()
            if other.cluster in clusters and other.hairpin not in own
            for mate in resolver.arms(other)
        }
        return tuple(sorted(mates - {mirna}))

    found: tuple[str, ...] = knowledge.remember(("cluster mates", mirna), find)
    return found


def _cluster_agreement(call: Call, sheet: CallSheet, knowledge: Knowledge, settings: Settings) -> Component:
    mates = {
        mate: sheet.calls[mate].call
        for mate in cluster_mates(call.mirna, knowledge)
        if mate in sheet.calls and sheet.calls[mate].call in ("up", "down")
    }
    word = "none" if not mates else "agrees" if set(mates.values()) == {call.call} else "disagrees"
    return _component("cluster_agreement", number(settings, "cluster_agreement", word), inputs=mates)


def _precedent(decision: Decision, tumor: Tumor, knowledge: Knowledge, settings: Settings) -> Component:
    """Score the best trial of the agents that act on this very miRNA: outcome, phase and tumor match."""
    best = _component("precedent", 0)
    for agent in sorted(decision.agents):
        for trial in trials_of(knowledge)[agent]:
            match = tumor_match(trial, tumor, knowledge)
            phase = "late" if trial.phase in _LATE else "early"
            points = (
                number(settings, "precedent", f"outcome_{trial.outcome}")
                * number(settings, "precedent", f"phase_{phase}_percent")
                * number(settings, "precedent", f"match_{match}_percent")
                / 10_000
            )
            inputs = {"outcome": trial.outcome, "phase": trial.phase, "tumor_match": match}
            scored = _component("precedent", points, [trial.trial], inputs)
            if scored.points > best.points:
                best = scored
    return best


def _target_support(decision: Decision, settings: Settings) -> Component:
    """Weigh the measured target genes that move as the miRNA's dysregulation makes them, and those that do not."""
    moved = Counter(flag.id for flag in decision.flags.values())
    counts = {word: moved[f"target_{word}"] for word in ("supports", "contradicts")}
    most = number(settings, "target_support", "most")
    points = sum(
        sign * counts[word] * number(settings, "target_support", word)
        for word, sign in (("supports", 1), ("contradicts", -1))
    )
    return _component("target_support", max(-most, min(most, points)), inputs=counts)


def _off_target(decision: Decision, settings: Settings) -> Component:
    """Take off for every warning on a sibling that has a weight."""
    raised = Counter(flag.id for flag in decision.warnings.values() if flag.id in settings["off_target"])
    points = sum(count * number(settings, "off_target", flag) for flag, count in raised.items())
    return _component("off_target", -points, inputs=dict(sorted(raised.items())))


def _delivery(decision: Decision, settings: Settings) -> Component:
    """Take off for what is known of the patient against an option.

    In full where the agents of this very miRNA have such an option; where none does, and the choice is still
    open, a share.
    """
    weights = settings["delivery"]
    points: dict[str, float] = {}
    for axis in get_args(Axis):
        offered = decision.offered(axis)
        settled = [offer for offer in offered.values() if "this_mirna" in offer.precedents]
        share = 1.0 if settled else number(settings, "delivery", "still_open_percent") / 100
        for offer in settled or offered.values():
            for flag in offer.warnings.values():
                if flag.id in weights:
                    points[flag.id] = share * number(settings, "delivery", flag.id)
    return _component("delivery", -sum(map(math.floor, points.values())), inputs=dict.fromkeys(sorted(points), 1))


def _penalties(decision: Decision, name: str, settings: Settings) -> Iterable[Component]:
    raised = sorted({flag.id for flag in decision.flags.values()} & set(settings[name]))
    total = sum(number(settings, name, flag) for flag in raised)
    if total:
        yield _component(name, -total, _rules_of(decision, raised), {"flags": raised})


def _rules_of(decision: Decision, flags: list[str]) -> list[str]:
    wanted = set(flags)
    return [flag.source for flag in decision.flags.values() if flag.id in wanted]
