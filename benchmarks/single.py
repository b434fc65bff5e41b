"""How fast one profile is: ratios against floors measured in the same run.

    python benchmarks/single.py

1. The whole command against an interpreter that only imports click, pydantic and durable.engine.
2. ``recommend()`` on a profile of 2,200 miRNAs against reading the same JSON with a duplicate-key check and
   validating it with pydantic.

Ratios are of medians, pair by pair in turn, so that a busy machine slows both alike.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from recommender import recommend
from recommender.knowledge import data_folder, load_knowledge
from recommender.readers.profile import parse_profile

FLOOR = "import click, pydantic, durable.engine"
MODEL_FLOOR = FLOOR + "\nclass Model(pydantic.BaseModel):\n    field: int"
NAMES = 2_200


def seconds(action: Callable[[], object]) -> float:
    """Return the wall time of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def compare(name: str, product: Callable[[], object], floor: Callable[[], object], runs: int) -> None:
    """Print medians of both, and the median of the ratios of neighboring runs."""
    product(), floor()
    pairs = [(seconds(product), seconds(floor)) for _ in range(runs)]
    ratio = statistics.median(a / b for a, b in pairs)
    a, b = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    print(f"{name:<58} {a:8.1f} ms  {b:8.1f} ms  ratio {ratio:5.2f}")


def big_profile() -> str:
    """Return a profile of 2,200 names, those the knowledge covers among them, as JSON."""
    pick = random.Random(7)
    covered = sorted(load_knowledge().resolver.mirnas)
    names = [*covered, *(f"hsa-miR-{n}-3p" for n in range(10_000, 10_000 + NAMES - len(covered)))]
    values = {
        name: {
            "value": round(pick.gauss(0, 1.5), 4),
            "adjusted_p_value": pick.random() ** 4,
            "reads_per_million": 500.0,
        }
        for name in names
    }
    profile = {
        "sample_id": "benchmark",
        "cancer": "hepatocellular carcinoma",
        "disease_state": "relapsed_refractory",
        "scale": "log2_fold_change",
        "reference": {"kind": "normal_cohort", "samples": 50},
        "expression": values,
    }
    return json.dumps(profile)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Speed of one profile, against floors measured in the same run.")
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    example = str(data_folder("profiles") / "liver_mir221_up.json")

    def process(*arguments: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)

    print(f"{'':<58} {'product':>11}  {'floor':>11}")
    command = process("-m", "recommender", "recommend", example)
    compare("whole command / importing click, pydantic, durable", command, process("-c", FLOOR), runs)
    compare("whole command / the same and one pydantic model", command, process("-c", MODEL_FLOOR), runs)
    text = big_profile()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profile.json"
        path.write_text(text, encoding="utf-8")
        compare(
            "recommend() on 2,200 miRNAs / reading and validating them",
            lambda: recommend(path),
            lambda: parse_profile(path.read_text(encoding="utf-8"), "profile"),
            runs * 5,
        )


if __name__ == "__main__":
    main()
