"""``batch``: exit statuses, messages, options; the cohort itself is a made-up one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from recommender.cli import batch_command, run
from recommender.cohort.running.run import run as run_cohort
from recommender.errors import InputError, Problem
from tests.cohort_jobs import Numbers, contents

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def batch(monkeypatch, capsys, tmp_path):
    """Run ``batch`` on a job; return exit status, standard output and the lines on standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(batch_command, "_summary", lambda known, counts: {"summary.json": json.dumps(counts)})

    def call(job: Any, *arguments: str) -> tuple[int, str, list[str]]:
        monkeypatch.setattr(batch_command, "_open_job", job if callable(job) else lambda *_: job)
        capsys.readouterr()
        status = run(["batch", "cohort.tsv", "--output", "results", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err.splitlines()

    return call


# ---------------------------------------------------------------- exit statuses


def test_a_cohort_exits_with_0_and_says_in_one_line_what_was_done_and_where(batch):
    assert batch(Numbers()) == (0, "", ["20 samples done: results"])
    assert sorted(os.listdir("results"))[:3] == ["calls.parquet", "exploratory.parquet", "manifest.json"]


def test_samples_in_quarantine_exit_with_3_and_one_line_tells_how_many_and_where(batch):
    assert batch(Numbers(samples=1200, size=500, refused=(3, 7))) == (
        3,
        "",
        ["1,198 done; 2 of 1,200 samples in quarantine: results/quarantine.jsonl"],
    )


def test_a_finished_run_exits_with_0_even_where_samples_are_in_quarantine(batch):
    batch(Numbers(refused=(3,)))
    assert batch(Numbers(refused=(3,)), "--resume") == (0, "", ["results: finished before, nothing to do"])


def test_an_input_that_is_refused_exits_with_1_and_nothing_is_written(batch):
    status, out, err = batch(Numbers(name="broken"))
    assert (status, out, err) == (1, "", ["error: cohort.tsv: found no human miRNA name; expected miRNA names"])
    assert not Path("results").exists()


def test_an_input_that_cannot_be_opened_exits_with_1(batch):
    def missing(*_: object) -> None:
        raise InputError(Problem("cohort.tsv", "no such file", "a file"))

    assert batch(missing) == (1, "", ["error: cohort.tsv: found no such file; expected a file"])


def test_a_folder_that_is_not_empty_exits_with_1(batch):
    Path("results").mkdir()
    Path("results", "thesis.docx").touch()
    status, _, err = batch(Numbers())
    assert (status, len(err)) == (1, 1)
    assert err[0].startswith('error: results: found a folder that is not empty ("thesis.docx"); expected a new or')


def test_too_many_bad_samples_exit_with_1_and_say_how_many_and_why(batch):
    status, _, err = batch(Numbers(refused=(3,)), "--max-bad", "0")
    assert status == 1
    assert [line.partition("; ")[0] for line in err] == [
        "error: cohort: found 1 of the first 6 samples in quarantine",
        "error: sample S3 (position 3): found a value that is no number",
    ]
    assert err[0].endswith("; mend them, or continue with --resume and a higher --max-bad")
    assert batch(Numbers(refused=(3,)), "--resume", "--max-bad", "1")[0] == 3


def test_a_folder_that_cannot_be_written_exits_with_4(batch):
    Path("results").touch()
    status, _, err = batch(Numbers())
    assert (status, err) == (
        4,
        ["error: results: found a file; expected a folder; choose another folder with --output"],
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--resume", "--overwrite"], "--resume continues what --overwrite removes: give one of them"),
        (["--workers", "2", "--scheduler", "tcp://127.0.0.1:8786"], "--workers are processes here, --scheduler is"),
        (["--workers", "0"], "'--workers': 0 is not in the range x>=1"),
        (["--max-bad", "-1"], "'--max-bad': -1 is not in the range x>=0"),
        (["--format", "xlsx"], "'--format': 'xlsx' is not one of 'parquet', 'tsv'"),
        (["--reference-scale", "counts"], "--reference-scale goes with --reference"),
    ],
)
def test_options_that_make_no_sense_exit_with_2(batch, arguments, told):
    status, _, err = batch(Numbers(), *arguments)
    assert status == 2
    assert told in err[-1]
    assert not Path("results").exists()


def test_without_a_folder_of_results_it_exits_with_2(capsys):
    assert run(["batch", "cohort.tsv"]) == 2
    assert "Missing option '--output'" in capsys.readouterr().err


# ---------------------------------------------------------------- options


def test_tables_are_text_where_asked_for(batch):
    assert batch(Numbers(), "--format", "tsv")[0] == 0
    assert Path("results", "calls.tsv").read_text().startswith("sample_id\tcall\tvalue\nS0\tup\t\nS1\tdown\t0.1\n")


def test_overwrite_replaces_what_was_there(batch):
    batch(Numbers())
    assert batch(Numbers(samples=3), "--overwrite") == (0, "", ["3 samples done: results"])


def test_workers_change_no_byte(batch):
    batch(Numbers(refused=(3,)))
    before = contents(Path("results"))
    batch(Numbers(refused=(3,)), "--overwrite", "--workers", "2")
    assert contents(Path("results")) == before


def test_a_scheduler_that_does_not_answer_exits_with_1(batch, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("recommender.cohort.running.dask_workers._TIMEOUT", 0.5)
    status, _, err = batch(Numbers(), "--scheduler", "tcp://127.0.0.1:9")
    assert (status, len(err)) == (1, 1)
    assert err[0].startswith("error: --scheduler: found no answer from tcp://127.0.0.1:9")


def test_the_options_of_measurements_reach_the_cohort(batch):
    seen: list[tuple[str, dict[str, Any]]] = []

    def opened(path: str, options: dict[str, Any], _: object) -> Numbers:
        seen.append((path, {name: value for name, value in options.items() if value}))
        return Numbers()

    batch(opened, "--cancer", "LIHC", "--samples", "s.tsv", "--by", "stage", "--by", "subtype", "--chunk-size", "50")
    assert seen == [
        ("cohort.tsv", {"cancer": "LIHC", "samples": "s.tsv", "by": ("stage", "subtype"), "chunk_size": 50})
    ]


# ---------------------------------------------------------------- interrupted, on a terminal

PROGRAM = (
    "import sys\n"
    "from recommender.cli import batch_command, run\n"
    "from tests.cohort_jobs import Numbers\n"
    "batch_command._open_job = lambda *_: Numbers(samples={samples}, pause={pause})\n"
    "batch_command._summary = lambda known, counts: {{'summary.json': str(counts)}}\n"
    "if __name__ == '__main__':\n    sys.exit(run(sys.argv[1:]))\n"
)


def program(tmp_path: Path, samples: int, pause: float, *arguments: str) -> list[str]:
    code = PROGRAM.format(samples=samples, pause=pause)
    return [sys.executable, "-c", code, "batch", "cohort.tsv", "--output", str(tmp_path / "results"), *arguments]


@pytest.mark.parametrize(("end", "workers"), [(signal.SIGINT, "1"), (signal.SIGTERM, "2")])
def test_an_interrupted_run_exits_with_130_and_says_how_to_go_on(tmp_path, end, workers):
    command = program(tmp_path, 90, 0.1, "--workers", workers)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 20
        while not (tmp_path / "results" / ".parts" / "000001").exists():
            assert time.monotonic() < until
            time.sleep(0.02)
        process.send_signal(end)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")
    assert err == f"interrupted: run the same command with --resume to continue in {tmp_path / 'results'}\n"
    assert run_cohort(Numbers(samples=90), tmp_path / "results", resume=True) == (90, 0, False)


def on_a_terminal(command: list[str], **environment: str) -> str:
    """Return what a terminal would see as standard error."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    inherited = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        command, cwd=ROOT, stderr=theirs, env={**inherited, "TERM": "xterm-256color", **environment}
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 65_536):
            seen += chunk
    except OSError:  # a terminal that nobody writes to any more ends in an error
        pass
    os.close(ours)
    assert process.wait() == 0
    return seen.decode()


def test_a_bar_shows_how_far_it_is_on_a_terminal(tmp_path):
    seen = on_a_terminal(program(tmp_path, 60, 0.05))
    assert "samples" in seen
    assert "/60" in seen
    assert re.search(r"\x1b\[3\d", seen)
    assert seen.endswith(f"60 samples done: {tmp_path / 'results'}\r\n")


def test_the_bar_has_no_color_where_none_is_wanted(tmp_path):
    seen = on_a_terminal(program(tmp_path, 60, 0.05), NO_COLOR="1")
    assert "/60" in seen
    assert not re.search(r"\x1b\[[0-9;]*3\d", seen)


def test_recommend_starts_without_what_batch_needs():
    code = (
        "import sys\nfrom recommender.cli import run\n"
        "run(['recommend', 'profiles/liver_mir221_up.json', '--output', '/dev/null'])\n"
        "heavy = {'pyarrow', 'rich', 'dask', 'distributed', 'numpy', 'pandas'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
