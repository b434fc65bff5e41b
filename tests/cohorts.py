"""Generated matrices, and what `recommend` says of each of their samples, in the shape of a cohort's tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from recommender import Recommendation, load_knowledge, recommend

TABLES = ("strategies", "withheld", "exploratory", "calls")


def matrix(seed: int, samples: int, level: str = "mature") -> pd.DataFrame:
    """Return log2 ratios with miRNA names in rows: gaps, ties, doubled names, unknown names, values at thresholds."""
    pick = np.random.default_rng(seed)
    resolver = load_knowledge().resolver
    matures, hairpins = sorted(resolver.mirnas), sorted(resolver.hairpins)
    names = [name for name in (hairpins if level == "hairpin" else matures) if pick.random() < 0.9]
    if level == "mixed":
        names += [resolver.mirnas[name].accession for name in matures if pick.random() < 0.1]
        names += [name for name in hairpins if pick.random() < 0.1]
    names = list(dict.fromkeys([*names, "hsa-miR-9999", "junk"]))
    pick.shuffle(names)
    values = pick.normal(0, 1.5, (len(names), 1)) + pick.normal(0, 1.2, (len(names), samples))
    if seed % 2:
        values = np.round(values * 4) / 4  # thresholds are met exactly, and numbers tie
    values[pick.random(values.shape) < 0.05] = np.nan
    return pd.DataFrame(values, index=names, columns=[f"S{i}" for i in range(samples)])


def rows(frame: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return a table's rows by sample, lists as lists and missing numbers as None."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in frame.to_dict("records"):
        plain = {key: list(v) if isinstance(v, np.ndarray) else None if v != v else v for key, v in row.items()}
        found.setdefault(plain.pop("sample_id"), []).append(plain)
    return found


def expected(result: Recommendation) -> dict[str, list[dict[str, Any]]]:
    """Return a recommendation as the rows of the four tables."""

    def strategy(s: Any) -> dict[str, Any]:
        return {
            "rank": s.rank,
            "strategy": s.id,
            "action": s.action,
            "mirna": s.mirna,
            "call": s.call,
            "value": s.value,
            "gate": s.gate,
            "tier": s.tier,
            "claim_match": s.claim_match,
            "points": s.points,
            "flags": list(dict.fromkeys(flag.id for flag in s.flags)),
            "caveats": list(dict.fromkeys(flag.id for flag in s.caveats)),
            "trials": list(dict.fromkeys(p.nct_id for p in s.precedents if p.nct_id)),
        }

    return {
        "strategies": [strategy(s) for s in result.strategies],
        "exploratory": [strategy(s) for s in result.exploratory],
        "withheld": [
            {
                "strategy": w.id,
                "action": w.action,
                "mirna": w.mirna,
                "call": w.call,
                "value": w.value,
                "reasons": w.reasons,
            }
            for w in result.withheld
        ],
        "calls": [
            {
                "mirna": c.mirna,
                "call": c.call,
                "value": c.value,
                "adjusted_p_value": c.adjusted_p_value,
                "reads_per_million": c.reads_per_million,
            }
            for c in result.calls
        ],
    }


def differences(found: Any, profiles: dict[str, dict[str, Any]], **how: Any) -> list[str]:
    """Return where the tables of a cohort say otherwise than `recommend` on each profile."""
    by_sample = {name: rows(getattr(found, name)) for name in TABLES}
    told: list[str] = []
    for sample, profile in profiles.items():
        for name, wanted in expected(recommend(profile, **how)).items():
            got = by_sample[name].get(sample, [])
            if got != wanted:
                first = next((pair for pair in zip(got, wanted, strict=False) if pair[0] != pair[1]), (got, wanted))
                told.append(f"{sample}, {name}: {first[0]} in place of {first[1]}")
    return told


def profile(sample: str, column: pd.Series, scale: str, cancer: str, **fields: Any) -> dict[str, Any]:
    """Return one column of a matrix as a profile."""
    values = {name: None if value != value else float(value) for name, value in column.items()}
    return {"sample_id": sample, "cancer": cancer, "scale": scale, "expression": values, **fields}
