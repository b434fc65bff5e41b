"""Profiles that were appraised one by one, as a part of a cohort's tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from recommender.appraisal import Appraisal
from recommender.assembly import outcome_of
from recommender.cohort.answers.counts import count
from recommender.cohort.job import Part, Refused
from recommender.cohort.scoring.frames import SCHEMAS
from recommender.knowledge import Knowledge
from recommender.precedents import precedents
from recommender.ranking import Ranked, claim_match
from recommender.settings import number
from recommender.strategies import caveats, flag_order


def part_of(appraisals: Sequence[Appraisal], refused: Sequence[Refused], knowledge: Knowledge) -> Part:
    """Return the tables of some appraised profiles, no sample id among them twice."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    samples: list[dict[str, Any]] = []
    for appraisal in appraisals:
        for name, found in _rows(appraisal, knowledge).items():
            rows[name] += [{"sample_id": appraisal.profile.sample_id, **row} for row in found]
        samples.append(
            {
                "sample_id": appraisal.profile.sample_id,
                "cancer": appraisal.tumor.row.cancer,
                "metastatic": appraisal.profile.metastatic,
                "outcome": outcome_of(appraisal),
                "comparison": appraisal.sheet.comparison,
            }
        )
    tables = {name: pa.Table.from_pylist(rows[name], schema=SCHEMAS[name]) for name in SCHEMAS}
    return Part(tables, refused, count(tables, pa.Table.from_pylist(samples, schema=_SAMPLES), knowledge))


_SAMPLES = pa.schema(
    [
        ("sample_id", pa.string()),
        ("cancer", pa.string()),
        ("metastatic", pa.bool_()),
        ("outcome", pa.string()),
        ("comparison", pa.string()),
    ]
)


def _rows(appraisal: Appraisal, knowledge: Knowledge) -> dict[str, list[dict[str, Any]]]:
    best = int(number(appraisal.settings, "exploratory", "best"))
    ranked = {
        kind: [_strategy(found, appraisal, knowledge) for found in appraisal.ranked if found.decision.kind == kind]
        for kind in ("strategy", "exploratory")
    }
    return {
        "strategies": ranked["strategy"],
        "exploratory": ranked["exploratory"][:best],
        "withheld": [
            {
                "strategy": decision.id,
                "action": decision.action,
                "mirna": decision.call.mirna,
                "call": decision.call.call,
                "value": decision.call.value,
                "reasons": list(decision.ordered_reasons),
            }
            for decision in appraisal.inference.decisions
            if decision.reasons
        ],
        "calls": [
            {
                "mirna": call.mirna,
                "call": call.call,
                "value": call.value,
                "adjusted_p_value": call.adjusted_p_value,
                "reads_per_million": call.reads_per_million,
            }
            for call in appraisal.sheet.calls.values()
        ],
    }


def _strategy(ranked: Ranked, appraisal: Appraisal, knowledge: Knowledge) -> dict[str, Any]:
    rank, decision, points, _ = ranked
    flags = [flag.id for flag in sorted(decision.flags.values(), key=flag_order)]
    trials = [p.nct_id for p in precedents(sorted(decision.agents), appraisal.tumor, knowledge) if p.nct_id]
    return {
        "rank": rank,
        "strategy": decision.id,
        "action": decision.action,
        "mirna": decision.call.mirna,
        "call": decision.call.call,
        "value": decision.call.value,
        "gate": decision.gate,
        "tier": decision.tier,
        "claim_match": claim_match(decision),
        "points": points,
        "flags": list(dict.fromkeys(flags)),
        "caveats": list(dict.fromkeys(flag.id for flag in caveats(decision, knowledge))),
        "trials": list(dict.fromkeys(trials)),
    }
