"""Generated profiles, and a reading of published counterfactuals that knows nothing of how they were found."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable
from typing import Any

from recommender import Explanation, Recommendation, recommend
from recommender.model.explanation import Change, Way

CANCERS = (
    "hepatocellular carcinoma", "lung cancer", "colorectal cancer", "ovarian cancer", "prostate cancer", "melanoma",
    "multiple myeloma", "CTCL", "mesothelioma", "AML", "UCEC", "thyroid cancer", "breast cancer", "CLL",
)  # fmt: skip
NAMES = (
    "hsa-miR-221-3p", "hsa-miR-222-3p", "hsa-miR-21-5p", "hsa-miR-34a-5p", "hsa-miR-34b-5p", "hsa-miR-34c-5p",
    "hsa-let-7a-5p", "hsa-let-7c-5p", "hsa-let-7g-5p", "hsa-miR-155-5p", "hsa-miR-145-5p", "hsa-miR-143-3p",
    "hsa-miR-10b-5p", "hsa-miR-16-5p", "hsa-miR-15a-5p", "hsa-miR-17-5p", "hsa-miR-19b-3p", "hsa-miR-20a-5p",
    "hsa-miR-122-5p", "hsa-miR-141-3p", "hsa-miR-200b-3p", "hsa-miR-223-3p", "hsa-miR-29b-3p", "hsa-miR-142-5p",
    "hsa-miR-193a-3p", "hsa-miR-146b-5p",
)  # fmt: skip
SUBJECTS = (*NAMES, "let-7-family", "miR-34-family", "miR-17/92-cluster", "miR-221/222-cluster")
STATES = ("newly_diagnosed", "on_treatment_sensitive", "relapsed_refractory", "unknown")
REFERENCES = (
    {"kind": "normal_cohort", "samples": 50},
    {"kind": "normal_cohort", "samples": 50},
    {"kind": "normal_cohort", "samples": 6},
    {"kind": "matched_normal"},
    {"kind": "tumor_cohort", "samples": 200},
    {},
)
GENES = ("PTEN", "CDKN1B", "CDKN1C")


def generated(seed: int) -> tuple[dict[str, Any], str]:
    """Return a profile and a subject; the same seed, the same ones."""
    rng = random.Random(seed)
    scale = rng.choice(("log2_fold_change", "log2_fold_change", "z_score"))
    spread = 1.6 if scale == "log2_fold_change" else 3.0
    names = rng.sample(NAMES, rng.randint(2, 9))
    profile = {
        "sample_id": f"S{seed}",
        "cancer": rng.choice(CANCERS),
        "disease_state": rng.choice(STATES),
        "metastatic": rng.choice((True, False, None)),
        "scale": scale,
        "reference": rng.choice(REFERENCES),
        "expression": {name: _entry(rng, round(rng.gauss(0, spread), 3)) for name in names},
        "target_expression": {gene: round(rng.gauss(0, 1), 2) for gene in GENES if rng.random() < 0.2},
        "patient": {fact: rng.random() < 0.5 for fact in ("hepatic_impairment", "egfr_positive") if rng.random() < 0.2},
    }
    if rng.random() < 0.1:  # one miRNA under a second name, with another value
        profile["expression"]["miR-21"] = round(rng.gauss(0, spread), 3)
    return profile, rng.choice((rng.choice(names), rng.choice(names), rng.choice(SUBJECTS)))


def _entry(rng: random.Random, value: float) -> Any:
    kind = rng.random()
    if kind < 0.08:
        return None
    if kind < 0.4:
        return value
    entry: dict[str, Any] = {"value": value}
    if rng.random() < 0.7:
        entry["adjusted_p_value"] = rng.choice((None, 0.2, 0.06, 0.04, 0.0004))
    if rng.random() < 0.4:
        entry["reads_per_million"] = rng.choice((3, 40, 99.5, 150, 9000))
    return entry


def changed(profile: dict[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """Return a profile's JSON with published changes made."""
    data = copy.deepcopy(profile)
    for change in changes:
        place = data
        for step in change.path[:-1]:
            place = place.setdefault(step, {})
        assert place.get(change.path[-1], change.before) == change.before  # a field left out has its default
        place[change.path[-1]] = change.after
    return data


def stands(result: Recommendation, strategy: str) -> tuple[Any, ...]:
    """Return status, rank, number, gate, tier and points of a strategy in a recommendation."""
    for status, found in (("proposed", result.strategies), ("exploratory", result.exploratory)):
        for one in found:
            if one.id == strategy:
                return (status, one.rank, len(found), one.gate, one.tier, one.points)
    return ("withheld" if any(w.id == strategy for w in result.withheld) else "not_proposed",)


def reaches(goal: str, standing: tuple[Any, ...]) -> bool:
    """Tell whether a strategy stands as a goal wants it."""
    if standing[0] != "proposed":
        return False
    return {"appear": True, "clear": standing[3:4] == ("clear",), "lead": standing[1:2] == (1,)}[goal]


def after(profile: dict[str, Any], way: Way, strategy: str) -> tuple[Any, ...]:
    """Return how a strategy stands once the changes of a way are made."""
    return stands(recommend(changed(profile, way.changes)), strategy)


def told(way: Way) -> tuple[Any, ...]:
    """Return how a way says that the strategy would stand."""
    r = way.reaches
    return (r.status, r.rank, r.of, r.gate, r.tier, r.points)


def every_way(result: Explanation) -> Iterable[tuple[str, str, Way]]:
    """Yield strategy, goal and way of every counterfactual."""
    for found in result.counterfactuals:
        for way in found.ways:
            yield found.strategy, found.goal, way
