"""What `benchmarks/cohort.py` measures in processes of their own, so that nothing is warm and memory is the process's.

Only the standard library is imported at the top: the process that starts the others stays small, for a child's peak
memory counts what it had of its parent.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

ROW_GROUP = 4096
CANCER = "LIHC"
STATED = {
    "cancer": CANCER,
    "scale": "log2_fold_change",
    "contrast": "tumor_vs_normal",
    "reference_samples": 50,
}

# Reads everything, as one call does it by default, and writes a table like that of calls: three columns of text in
# dictionaries, and three of numbers. Each cell is made once; numbers are not put into dictionaries, which are given up
# after a while for nothing.
FLOOR = """
import sys
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
source, target, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
columns = -(-rows // pq.read_metadata(source).num_rows)
names = pq.read_schema(source).names[: columns + 1] if "narrow" in sys.argv else None
table = pq.read_table(source, columns=names)
samples = len(table)
values = np.stack([column.to_numpy() for column in table.columns[1 : columns + 1]], axis=1).ravel()[:rows]
changed = (np.abs(values) >= 1.0).astype(np.int8)
sample = np.repeat(np.arange(samples, dtype=np.int32), columns)[:rows]
mirna = np.tile(np.arange(columns, dtype=np.int32), samples)[:rows]
text = pa.DictionaryArray.from_arrays
none = pa.nulls(rows, pa.float64())
result = pa.table({
    "sample_id": text(sample, table[0].combine_chunks()),
    "mirna": text(mirna, pa.array(table.column_names[1 : columns + 1])),
    "call": text(changed, pa.array(["unchanged", "changed"])),
    "value": values,
    "adjusted_p_value": none,
    "reads_per_million": none,
})
pq.write_table(result, target, use_dictionary=["sample_id", "mirna", "call"])
"""
FLOOR_COLUMNS = 6


class Run(NamedTuple):
    """A process that ended: wall time, processor time of all its threads and children, and peak memory.

    Attributes
    ----------
    seconds, processor : float
        In seconds.
    peak : float
        MiB, of the largest process among it and its children; pages of mapped files count.
    """

    seconds: float
    processor: float
    peak: float


def run(arguments: Iterable[str]) -> Run:
    """Run Python in a process, and return what it took."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(told.decode())
    unit = 1024 if sys.platform != "darwin" else 1024**2
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def batch(source: Path, output: Path, workers: int = 1) -> Run:
    """Run the command on a cohort."""
    options = [text for name, value in STATED.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    command = ["-m", "recommender", "batch", str(source), *options, "--output", str(output), "--overwrite"]
    return run([*command, "--workers", str(workers)] if workers > 1 else command)


def apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function gives, called in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def rows_like(results: str) -> int:
    """Return how many rows of the floor's table have as many cells as the four tables of a run."""
    import pyarrow.parquet as pq

    about = [pq.read_metadata(file) for file in Path(results).glob("*.parquet")]
    return -(-sum(table.num_rows * table.num_columns for table in about) // FLOOR_COLUMNS)


def make(path: str, samples: int, columns: int) -> None:
    """Write a made-up cohort: log2 ratios of which four hidden factors move many together; row group by row group.

    The columns are the matures the knowledge speaks of, and well-formed names it does not have.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from recommender.knowledge import load_knowledge

    known = sorted(load_knowledge().resolver.mirnas)
    names = [*known, *(f"hsa-miR-{number}-3p" for number in range(20_000, 20_000 + columns))][:columns]
    pick = np.random.default_rng(7)
    mean, factors = pick.normal(0, 0.7, columns), pick.normal(0, 0.6, (4, columns))
    schema = pa.schema([("sample", pa.string()), *((name, pa.float64()) for name in names)])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, samples, ROW_GROUP):
            size = min(ROW_GROUP, samples - start)
            values = mean + pick.normal(size=(size, 4)) @ factors + pick.normal(0, 0.8, (size, columns))
            ids = [f"sample-{start + i:07d}" for i in range(size)]
            writer.write_table(pa.table([pa.array(ids), *np.ascontiguousarray(values.T)], schema=schema))


def _opened(path: str) -> Any:
    from recommender.cohort.opening import open_cohort
    from recommender.knowledge import load_knowledge

    job, _ = open_cohort(path, STATED, load_knowledge())
    return job.open()


def scoring(path: str) -> float:
    """Return how many samples a second are read, scored and counted in one process, from the first to the last."""
    opened = _opened(path)
    start = time.perf_counter()
    for chunk in opened.chunks:
        opened.run(chunk)
    return float(opened.chunks[-1].stop / (time.perf_counter() - start))


def _work(path: str, share: int, shares: int) -> Callable[[], object]:
    """Return what one process of several has to do: its share of the chunks, or of sums where there is no path."""
    if not path:
        return lambda: sum(number * number for number in range(20_000_000 // shares))
    import pyarrow as pa

    pa.set_cpu_count(max(1, (os.cpu_count() or 1) // shares))  # as the command's own workers do
    opened = _opened(path)
    mine = opened.chunks[share::shares]
    opened.run(mine[0])  # some things are worked out once

    def score() -> None:
        for chunk in mine:
            opened.run(chunk)

    return score


def _share(path: str, share: int, shares: int, barrier: Any, ends: Any) -> None:
    work = _work(path, share, shares)
    barrier.wait()
    start, processor = time.perf_counter(), time.process_time()
    work()
    ends.put((start, time.perf_counter(), time.process_time() - processor))


def together(path: str, processes: int) -> tuple[float, float]:
    """Return how long some processes take to read, score and count all chunks, or, without a path, for plain sums.

    They start together, when everything is loaded, and write nothing.

    Returns
    -------
    tuple of float
        Wall time, and processor time of the busiest process; in seconds.
    """
    context = get_context("spawn")
    barrier, ends = context.Barrier(processes, timeout=600), context.Queue()
    started = [context.Process(target=_share, args=(path, i, processes, barrier, ends)) for i in range(processes)]
    for process in started:
        process.start()
    spans = [ends.get(timeout=3600) for _ in started]
    for process in started:
        process.join()
    seconds = max(end for _, end, _ in spans) - min(start for start, _, _ in spans)
    return float(seconds), float(max(processor for _, _, processor in spans))


def _profiles(path: str, samples: int) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    rows = next(pq.ParquetFile(path).iter_batches(samples)).to_pylist()
    about = {
        "cancer": CANCER,
        "scale": STATED["scale"],
        "reference": {"kind": "normal_cohort", "samples": STATED["reference_samples"]},
    }
    return [{**about, "sample_id": row.pop("sample"), "expression": row} for row in rows]


def one_by_one(path: str, samples: int) -> float:
    """Return how many samples a second `recommend` does, profiles in memory."""
    from recommender import recommend

    first, *others = _profiles(path, samples + 1)
    recommend(first)  # loads the knowledge
    start = time.perf_counter()
    for profile in others:
        recommend(profile)
    return samples / (time.perf_counter() - start)


def by_clips(path: str, samples: int) -> tuple[float, int, int] | None:
    """Return how many samples a second CLIPS does of the first stratum alone, how many matches, how many not ours.

    Facts are ready in memory, as CLIPS wants them; timed are asserting, running and reading what fired.
    None: clipspy is not installed.
    """
    try:
        import clips
    except ImportError:
        return None
    from recommender.appraisal import appraise
    from recommender.cohort.scoring.decision_tables import look_up
    from recommender.inference import asked
    from recommender.knowledge import load_knowledge
    from recommender.readers.profile import as_profile

    known = load_knowledge()
    rules = [rule for rule in known.rule_list() if rule.stratum == 1 and rule.when[0].type == "candidate"]
    fields = sorted({*asked(rules)["candidate"], "mirna"} - {"type"})
    environment = clips.Environment()
    environment.build(f"(deftemplate candidate {' '.join(f'(slot {field})' for field in fields)})")
    environment.build("(deftemplate fired (slot rule) (slot mirna))")
    for rule in rules:
        environment.build(_defrule(rule))
    candidate, fired = (environment.find_template(name) for name in ("candidate", "fired"))

    def conclude(facts: list[dict[str, Any]]) -> list[tuple[str, str]]:
        environment.reset()
        for fact in facts:
            candidate.assert_fact(**fact)
        environment.run()
        return [(fact["rule"], fact["mirna"]) for fact in fired.facts()]

    facts_of: list[list[dict[str, Any]]] = []
    ours: list[list[tuple[str, str]]] = []
    for profile in _profiles(path, samples):
        first = appraise(as_profile(profile, known.vocabulary), known, known.settings).inference.first
        own = [fact for fact in first if fact["type"] == "candidate"]
        facts_of.append([{field: clips.Symbol(fact[field]) for field in fields} for fact in own])
        ours.append(sorted((rule.id, fact["mirna"]) for fact in own for rule in look_up(fact, known)))
    start = time.perf_counter()
    theirs = [conclude(facts) for facts in facts_of]
    seconds = time.perf_counter() - start
    differ = sum(sorted(found) != expected for found, expected in zip(theirs, ours, strict=True))
    return samples / seconds, sum(map(len, ours)), differ


def _defrule(rule: Any) -> str:
    """Return a rule on one flat fact as CLIPS has it: words are symbols, alternatives stand with a bar."""
    tests = rule.when[0].tests.items()
    patterns = " ".join(f"({field} {test if isinstance(test, str) else '|'.join(test)})" for field, test in tests)
    return f"(defrule {rule.id} (candidate (mirna ?m) {patterns}) => (assert (fired (rule {rule.id}) (mirna ?m))))"


def write_json(path: Path, data: Any) -> None:
    """Write data as JSON."""
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
