"""Running a cohort in one process: what is written, what is refused, what one bad sample does."""

from __future__ import annotations

import errno
import json
import math
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recommender.cohort.job import Chunk, Part, Refused
from recommender.cohort.running import parts as parts_module
from recommender.cohort.running.arrays import canonical
from recommender.cohort.running.encoding import encode
from recommender.cohort.running.halving import score
from recommender.cohort.running.run import run
from recommender.cohort.running.tsv import tsv
from recommender.errors import InputError, KnowledgeError, OutputError, Problem
from tests.cohort_jobs import Numbers, OpenNumbers, contents

ROOT = Path(__file__).resolve().parents[1]
POISONED = Numbers(samples=5, size=2, refused=(0,), poison={3: ValueError("no\nvalue")})
RESULTS = [
    "calls.parquet",
    "exploratory.parquet",
    "manifest.json",
    "quarantine.jsonl",
    "strategies.parquet",
    "summary.json",
    "withheld.parquet",
]


def column(folder: Path, table: str, name: str) -> list[object]:
    return pq.read_table(folder / f"{table}.parquet").column(name).to_pylist()


def quarantine(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "quarantine.jsonl").read_text(encoding="utf-8").splitlines()]


# ---------------------------------------------------------------- what is written


def test_a_finished_folder_holds_these_files_and_no_others(tmp_path):
    assert run(Numbers(), tmp_path / "new" / "results") == (20, 0, False)
    assert sorted(os.listdir(tmp_path / "new" / "results")) == RESULTS


def test_rows_stand_in_the_order_of_the_input(tmp_path):
    run(POISONED, tmp_path)
    assert column(tmp_path, "strategies", "strategy") == [
        "inhibit:1-1",
        "inhibit:1-2",
        "inhibit:2-1",
        "inhibit:2-2",
        "inhibit:2-3",
        "inhibit:4-1",
        "inhibit:4-2",
    ]
    assert column(tmp_path, "calls", "sample_id") == ["S1", "S2", "S4"]
    assert column(tmp_path, "calls", "call") == ["down", "up", "up"]
    assert column(tmp_path, "exploratory", "strategy") == []


def test_every_refused_sample_stands_in_quarantine_with_its_reason(tmp_path):
    assert run(POISONED, tmp_path) == (5, 2, False)
    assert quarantine(tmp_path) == [
        {"position": 0, "sample_id": "S0", "reason": "a value that is no number"},
        {"position": 3, "sample_id": "S3", "reason": "internal error: ValueError: no value; please report it"},
    ]


def test_the_manifest_says_what_decided_the_run_and_what_became_of_every_chunk(tmp_path):
    run(POISONED, tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert set(manifest.pop("software")) == {"mirna-recommender", "numpy", "pyarrow", "scipy"}
    assert {name: len(value) for name, value in manifest.pop("fingerprint").items()} == {
        "input": 64,
        "knowledge": 64,
        "settings": 64,
    }
    assert manifest == {
        "schema": "manifest/1",
        "state": "finished",
        "format": "parquet",
        "samples": 5,
        "quarantined": 2,
        "chunks": [
            {"start": 0, "stop": 2, "rows": rows(strategies=2), "refused": 1},
            {"start": 2, "stop": 4, "rows": rows(strategies=3), "refused": 1},
            {"start": 4, "stop": 5, "rows": rows(strategies=2), "refused": 0},
        ],
    }


def rows(strategies: int) -> dict[str, int]:
    return {"calls": 1, "exploratory": 0, "strategies": strategies, "withheld": 1}


def test_no_output_names_a_path_a_host_or_a_time(tmp_path):
    run(Numbers(), tmp_path / "a")
    run(Numbers(), tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    everything = b"".join(contents(tmp_path / "a").values())
    assert str(tmp_path).encode() not in everything
    assert os.uname().nodename.encode() not in everything


def test_the_summary_is_made_of_the_counts_of_all_parts(tmp_path):
    seen = []

    def summarize(counts):
        seen.append(counts)
        return {"summary.json": "{}\n", "summary.tsv": "samples\n3\n"}

    run(POISONED, tmp_path, summarize=summarize)
    assert seen == [
        {
            "samples": 3,
            "calls": {"up": 2, "down": 1},
            "quarantine": {
                "a value that is no number": 1,
                "internal error: ValueError: no value; please report it": 1,
            },
        }
    ]
    assert (tmp_path / "summary.tsv").read_text() == "samples\n3\n"


def test_dictionaries_come_back_as_plain_strings(tmp_path):
    run(Numbers(), tmp_path)
    schema = pq.read_table(tmp_path / "strategies.parquet").schema
    assert schema.field("sample_id").type == pa.string()
    assert schema.field("flags").type == pa.list_(pa.field("element", pa.string()))
    assert schema.metadata is None


def test_every_chunk_is_a_row_group(tmp_path):
    run(Numbers(samples=20, size=6), tmp_path)
    assert pq.ParquetFile(tmp_path / "calls.parquet").num_row_groups == 4


def test_progress_is_told_from_the_first_sample_to_the_last(tmp_path):
    told: list[tuple[int, int]] = []
    run(Numbers(), tmp_path, progress=lambda done, samples: told.append((done, samples)))
    assert told == [(0, 20), (6, 20), (12, 20), (18, 20), (20, 20)]


def test_the_hash_seed_changes_no_byte(tmp_path):
    code = (
        "import sys; from recommender.cohort.running.run import run; from tests.cohort_jobs import Numbers;"
        " run(Numbers(refused=(3,)), sys.argv[1])"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code, str(tmp_path / seed)], cwd=ROOT, env=environment, check=True)
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


# ---------------------------------------------------------------- bad samples


class Runs(OpenNumbers):
    """Keeps which bounds were run."""

    def __init__(self, job: Numbers) -> None:
        super().__init__(job)
        self.bounds: list[tuple[int, int]] = []

    def run(self, chunk: Chunk) -> Part:
        self.bounds.append((chunk.start, chunk.stop))
        return super().run(chunk)


def test_a_chunk_that_fails_is_halved_until_the_bad_sample_stands_alone():
    opened = Runs(Numbers(poison={5: MemoryError("too large")}))
    part = score(opened, Chunk(0, 0, 8))
    assert opened.bounds == [(0, 8), (0, 4), (4, 8), (4, 6), (4, 5), (5, 6), (6, 8)]
    assert part.refused == [Refused(5, "S5", "internal error: MemoryError: too large; please report it")]
    assert part.tables["calls"].column("sample_id").to_pylist() == ["S0", "S1", "S2", "S3", "S4", "S6", "S7"]
    assert part.counts == {"samples": 7, "calls": {"up": 4, "down": 3}}


def test_an_error_a_user_should_read_is_the_reason_as_it_is():
    bad = InputError([Problem("S5", "NaN", "a number", "leave it out"), Problem("S5", "-1", "a count")])
    part = score(OpenNumbers(Numbers(poison={5: bad})), Chunk(0, 5, 6))
    assert part.refused[0].reason == "S5: found NaN; expected a number; leave it out; S5: found -1; expected a count"


def test_an_error_of_a_worker_arrives_with_all_its_problems():
    error = InputError([Problem("S5", "NaN", "a number", "leave it out"), Problem("S6", "-1", "a count")])
    arrived = pickle.loads(pickle.dumps(error))
    assert (type(arrived), arrived.problems, str(arrived)) == (InputError, error.problems, str(error))


def test_a_chunk_scored_in_halves_gives_the_bytes_of_one_scored_at_once(tmp_path):
    class Fails(OpenNumbers):
        def run(self, chunk: Chunk) -> Part:
            if chunk.stop - chunk.start > 2:
                raise MemoryError
            return super().run(chunk)

    class Tight(Numbers):
        def open(self) -> OpenNumbers:
            return Fails(self)

    run(Numbers(), tmp_path / "whole")
    run(Tight(), tmp_path / "halves")
    assert contents(tmp_path / "whole") == contents(tmp_path / "halves")


@pytest.mark.parametrize("format_", ["parquet", "tsv"])
def test_a_cohort_of_bad_samples_alone_has_empty_tables_and_a_full_quarantine(tmp_path, format_):
    poison = {k: ValueError(str(k)) for k in range(5)}
    assert run(Numbers(samples=5, size=2, poison=poison), tmp_path, format=format_) == (5, 5, False)
    assert [one["position"] for one in quarantine(tmp_path)] == [0, 1, 2, 3, 4]
    if format_ == "tsv":
        assert (tmp_path / "calls.tsv").read_text() == "sample_id\tcall\tvalue\n"
    else:
        assert pq.read_table(tmp_path / "calls.parquet").to_pydict() == {"sample_id": [], "call": [], "value": []}


def test_a_chunk_of_bad_samples_alone_leaves_the_others_as_they_are(tmp_path):
    run(Numbers(samples=6, size=2, poison={0: ValueError(), 1: ValueError()}), tmp_path)
    assert column(tmp_path, "calls", "sample_id") == ["S2", "S3", "S4", "S5"]


@pytest.mark.parametrize("fault", [OSError(errno.EIO, "Input/output error"), KnowledgeError(Problem("a", "b", "c"))])
def test_what_is_no_samples_fault_ends_the_run_and_puts_nobody_in_quarantine(tmp_path, fault):
    with pytest.raises(InputError if isinstance(fault, OSError) else KnowledgeError):
        run(Numbers(poison={7: fault}), tmp_path)
    assert run(Numbers(), tmp_path, resume=True) == (20, 0, False)


def test_a_part_that_is_none_is_an_internal_error_of_its_samples():
    class Wrong(OpenNumbers):
        def run(self, chunk: Chunk) -> Part:
            return Part({}, [], {})

    part = score(Wrong(Numbers()), Chunk(0, 2, 3))
    assert part.refused[0].reason.startswith("internal error: ValueError: tables [] in place of ['calls', ")


def test_odd_names_stand_in_quarantine_as_json(tmp_path):
    class Odd(OpenNumbers):
        def sample_id(self, position: int) -> str:
            return 'é"\udce9\n'

    class OddNumbers(Numbers):
        def open(self) -> OpenNumbers:
            return Odd(self)

    run(OddNumbers(poison={0: ValueError()}), tmp_path)
    assert quarantine(tmp_path)[0]["sample_id"] == 'é"\udce9\n'


@pytest.mark.parametrize(("max_bad", "stops"), [(0, True), (1, True), (2, False)])
def test_more_bad_samples_than_may_be_stop_the_run(tmp_path, max_bad, stops):
    job = Numbers(refused=(3, 8))
    if not stops:
        assert run(job, tmp_path, max_bad=max_bad).quarantined == 2
        return
    with pytest.raises(InputError) as caught:
        run(job, tmp_path, max_bad=max_bad)
    first, *others = [str(problem) for problem in caught.value.problems]
    assert first == (
        "cohort: found 1 of the first 6 samples in quarantine; expected at most 0; "
        "mend them, or continue with --resume and a higher --max-bad"
        if max_bad == 0
        else "cohort: found 2 of the first 12 samples in quarantine; expected at most 1; "
        "mend them, or continue with --resume and a higher --max-bad"
    )
    assert others[0] == "sample S3 (position 3): found a value that is no number; expected a sample that can be scored"
    assert len(others) == max_bad + 1
    assert run(job, tmp_path, resume=True, max_bad=2).quarantined == 2


# ---------------------------------------------------------------- what is refused


def test_an_input_that_is_refused_as_a_whole_leaves_nothing_behind(tmp_path):
    with pytest.raises(InputError, match="no human miRNA name"):
        run(Numbers(name="broken"), tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_a_cohort_without_samples_is_refused(tmp_path):
    with pytest.raises(InputError, match="cohort: found no sample; expected at least one"):
        run(Numbers(samples=0), tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(InputError, match="format: found 'xlsx'; expected parquet or tsv"):
        run(Numbers(), tmp_path / "results", format="xlsx")


def test_a_folder_that_is_not_empty_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(InputError, match=r'not empty \("thesis.docx"\); expected a new or empty one; choose another'):
        run(Numbers(), tmp_path)
    assert contents(tmp_path) == {"thesis.docx": b"years of work"}


@pytest.mark.parametrize("way", ["resume", "overwrite"])
def test_a_folder_of_somebody_else_is_refused_however_it_is_asked_for(tmp_path, way):
    (tmp_path / "strategies.parquet").write_text("not ours: no manifest")
    with pytest.raises(InputError, match=r'"strategies.parquet", and no manifest.json of a run'):
        run(Numbers(), tmp_path, **{way: True})
    assert contents(tmp_path) == {"strategies.parquet": b"not ours: no manifest"}


def test_a_manifest_of_something_else_is_none_of_ours(tmp_path):
    (tmp_path / "manifest.json").write_text('{"manifest_version": 3}')
    with pytest.raises(InputError, match=r"and no manifest\.json of a run"):
        run(Numbers(), tmp_path, overwrite=True)


def test_results_are_not_replaced_unless_asked_for(tmp_path):
    run(Numbers(), tmp_path)
    before = contents(tmp_path)
    with pytest.raises(InputError, match="or continue with --resume, or replace what is there with --overwrite"):
        run(Numbers(), tmp_path)
    assert contents(tmp_path) == before


def test_overwrite_replaces_what_a_run_wrote_in_another_format_too(tmp_path):
    run(Numbers(), tmp_path, format="tsv")
    run(Numbers(samples=3), tmp_path, overwrite=True)
    assert sorted(os.listdir(tmp_path)) == RESULTS
    assert column(tmp_path, "calls", "sample_id") == ["S0", "S1", "S2"]


def test_overwrite_removes_no_file_that_a_run_did_not_write(tmp_path):
    run(Numbers(), tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    before = contents(tmp_path)
    with pytest.raises(InputError, match=r'files that no run wrote: "notes\.txt"'):
        run(Numbers(), tmp_path, overwrite=True)
    assert contents(tmp_path) == before


def test_overwrite_with_a_bad_input_leaves_the_old_results(tmp_path):
    run(Numbers(), tmp_path)
    before = contents(tmp_path)
    with pytest.raises(InputError, match="no human miRNA name"):
        run(Numbers(name="broken"), tmp_path, overwrite=True)
    assert contents(tmp_path) == before


def test_a_file_in_place_of_the_folder_cannot_be_written_to(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(OutputError, match="found a file; expected a folder"):
        run(Numbers(), tmp_path / "results")


def test_a_folder_below_a_file_cannot_be_made(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(OutputError, match="Not a directory"):
        run(Numbers(), tmp_path / "results" / "deep")


def test_a_second_run_in_the_same_folder_is_refused_while_the_first_lasts(tmp_path):
    class Nosy(Numbers):
        def open(self) -> OpenNumbers:
            return Nosing(self)

    class Nosing(OpenNumbers):
        def run(self, chunk: Chunk) -> Part:
            with pytest.raises(InputError, match="found another run at work there"):
                run(Numbers(), tmp_path, resume=True)
            return super().run(chunk)

    assert run(Nosy(), tmp_path) == (20, 0, False)


# ---------------------------------------------------------------- the disk


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_ends_the_run_with_a_message_and_it_can_be_resumed(tmp_path, monkeypatch):
    write, written = parts_module.write_synced, []

    def fills(path: Path, data: bytes) -> None:
        written.append(path)
        if len(written) > 7:  # the second part: five files a part
            full()
        write(path, data)

    monkeypatch.setattr(parts_module, "write_synced", fills)
    with pytest.raises(OutputError) as caught:
        run(Numbers(), tmp_path / "results")
    assert str(caught.value) == (
        f"{tmp_path / 'results'}: found No space left on device; expected a folder with room, that can be written; "
        "make room or leave to write there, then run the same command with --resume"
    )
    assert caught.value.exit_code == 4
    monkeypatch.undo()
    assert run(Numbers(), tmp_path / "results", resume=True) == (20, 0, False)
    run(Numbers(), tmp_path / "at once")
    assert contents(tmp_path / "results") == contents(tmp_path / "at once")


@pytest.mark.parametrize(
    ("format_", "limit"), [("parquet", 700), ("tsv", 1500), ("parquet", 3000), ("tsv", 9000), ("parquet", 40_000)]
)
def test_wherever_the_disk_is_full_the_run_can_be_resumed(tmp_path, format_, limit):
    """A limit of the system on the size of a file stands in for a full disk."""
    code = (
        "import resource, sys\n"
        "from recommender.cohort.running.run import run\n"
        "from recommender.errors import OutputError\n"
        "from tests.cohort_jobs import Numbers\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))\n"
        "try:\n"
        "    run(Numbers(samples=3000, size=300), sys.argv[1], format=sys.argv[2])\n"
        "except OutputError as error:\n"
        "    assert 'File too large' in str(error), error\n"
        "    sys.exit(4)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "results"), format_, str(limit)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (4, "")
    job = Numbers(samples=3000, size=300)
    run(job, tmp_path / "results", resume=True, format=format_)
    run(job, tmp_path / "at once", format=format_)
    assert contents(tmp_path / "results") == contents(tmp_path / "at once")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_an_output_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        run(Numbers(), tmp_path / "results")


# ---------------------------------------------------------------- TSV


def test_tsv_has_a_header_tabs_lists_joined_and_nothing_where_there_is_no_value(tmp_path):
    run(Numbers(samples=7, size=3), tmp_path, format="tsv")
    assert (tmp_path / "calls.tsv").read_bytes() == (
        b"sample_id\tcall\tvalue\n"
        b"S0\tup\t\n"
        b"S1\tdown\t0.1\n"
        b"S2\tup\t0.2\n"
        b"S3\tdown\t0.30000000000000004\n"
        b"S4\tup\t0.4\n"
        b"S5\tdown\t\n"
        b"S6\tup\t0.6000000000000001\n"
    )
    assert (tmp_path / "strategies.tsv").read_text().splitlines()[:4] == [
        "sample_id\trank\tstrategy\tvalue\tflags",
        "S0\t1\tinhibit:0-1\t0.0\t",
        "S1\t1\tinhibit:1-1\t0.125\t",
        "S1\t2\tinhibit:1-2\t0.125\ttiming",
    ]
    assert (tmp_path / "exploratory.tsv").read_text() == "sample_id\trank\tstrategy\tvalue\tflags\n"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM", "'@SUM"),
        ("\tx", "'\\tx"),
        ("\rx", "'\\rx"),
        ("a\tb\nc\rd", "a\\tb\\nc\\rd"),
        ("a=b", "a=b"),
        ("'=1", "'=1"),
        ("", ""),
        ("naïve 🧬", "naïve 🧬"),
    ],
)
@pytest.mark.parametrize("dictionary", [False, True])
def test_no_text_is_a_formula_to_a_spreadsheet_and_none_leaves_its_cell(text, cell, dictionary):
    array = pa.array([text, None])
    table = pa.table({"x": array.dictionary_encode() if dictionary else array, "list": [[text], None]})
    assert tsv(table).decode() == f"x\tlist\n{cell}\t{cell}\n\t\n"


@pytest.mark.parametrize(
    ("number", "cell"),
    [
        (-1.5, "-1.5"),
        (1.0, "1.0"),
        (1e-5, "1e-05"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e22, "1e+22"),
        (-0.0, "-0.0"),
    ],
)
def test_numbers_read_back_the_same_and_are_no_formulas(number, cell):
    assert tsv(pa.table({"x": [number]})) == f"x\n{cell}\n".encode()
    assert math.copysign(1, float(cell)) == math.copysign(1, number)
    assert float(cell) == number


def test_whole_numbers_and_truth_are_written_plainly():
    table = pa.table({"rank": pa.array([1, None], pa.int32()), "spatial": pa.array([True, None])})
    assert tsv(table) == b"rank\tspatial\n1\ttrue\n\t\n"


# ---------------------------------------------------------------- canonical form


def test_a_dictionary_of_lists_which_parquet_has_not_is_written_out():
    lists = pa.DictionaryArray.from_arrays(pa.array([1, 0, 1], pa.int32()), pa.array([["a"], ["b", "c"]]))
    assert canonical(pa.table({"flags": lists}))["flags"].to_pylist() == [["b", "c"], ["a"], ["b", "c"]]


def test_chunks_slices_nulls_and_unused_values_leave_no_trace():
    long = pa.DictionaryArray.from_arrays(pa.array([3, None, 0, 3], pa.int8()), pa.array(["b", "x", "y", "a"]))
    one = pa.table({"call": pa.chunked_array([long.slice(0, 1), long.slice(1, 3)])})
    other = pa.table({"call": pa.array(["a", None, "b", "a"]).dictionary_encode()})
    assert canonical(one).equals(canonical(other))
    assert canonical(one)["call"].chunk(0).dictionary.to_pylist() == ["a", "b"]
    assert canonical(one.slice(0, 0))["call"].to_pylist() == []
    assert canonical(one.slice(1, 2))["call"].to_pylist() == [None, "b"]


def test_running_imports_no_pandas(tmp_path):
    """It takes longer to import than a small cohort to run; Arrow does it at the least occasion."""
    code = (
        "import sys; from pathlib import Path; from recommender.cohort.running import processes, run;"
        " from recommender.cohort.running.arrays import canonical;"
        " from recommender.cohort.running.encoding import decode, encode;"
        " from recommender.cohort.job import Part; from recommender.cohort.running.tables import Tables;"
        " table = decode(Path(sys.argv[1]).read_bytes()); part = Part({'calls': canonical(table)}, [], {});"
        " tables = Tables(Path(sys.argv[2]), 'parquet'); tables.append(encode(part, 'parquet'));"
        " tables.__exit__(None, None, None); assert 'pandas' not in sys.modules"
    )
    (tmp_path / "calls").write_bytes(encode(OpenNumbers(Numbers()).run(Chunk(0, 0, 9)), "parquet")["calls"])
    subprocess.run([sys.executable, "-c", code, tmp_path / "calls", tmp_path], cwd=ROOT, check=True)
