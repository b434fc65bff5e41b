"""A run that was interrupted is continued: the files are those of a run that was not."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recommender.cohort.job import Chunk, Part
from recommender.cohort.running import manifest as manifests
from recommender.cohort.running.run import run
from recommender.errors import InputError
from tests.cohort_jobs import Numbers, OpenNumbers, contents

ROOT = Path(__file__).resolve().parents[1]
LONG = bool(os.environ.get("RECOMMENDER_LONG"))
KILLS = 50 if LONG else 5
JOB = Numbers(refused=(3,))


class Interrupted(Numbers):
    """Ends like Ctrl-C at its third chunk."""

    def open(self) -> OpenNumbers:
        return Interrupting(self)


class Interrupting(OpenNumbers):
    def run(self, chunk: Chunk) -> Part:
        if chunk.index == 2:
            raise KeyboardInterrupt
        return super().run(chunk)


@pytest.fixture
def interrupted(tmp_path):
    """Return a folder in which a run of JOB was interrupted, two of its four chunks done."""
    with pytest.raises(KeyboardInterrupt):
        run(Interrupted(refused=(3,)), tmp_path / "results")
    return tmp_path / "results"


@pytest.fixture
def expected(tmp_path):
    run(JOB, tmp_path / "at once")
    return contents(tmp_path / "at once")


def bounds(notes: Path) -> list[tuple[int, int]]:
    """Return which chunks were run, in order of time."""
    files = sorted(notes.glob("run *"), key=lambda path: int(path.name.split()[-1]))
    return [(int(path.name.split()[1]), int(path.name.split()[2])) for path in files]


# ---------------------------------------------------------------- continuing


def test_an_interrupted_run_leaves_parts_and_a_manifest_that_says_it_is_running(interrupted):
    assert sorted(os.listdir(interrupted)) == [".parts", "manifest.json"]
    assert sorted(os.listdir(interrupted / ".parts")) == ["000000", "000001"]
    assert json.loads((interrupted / "manifest.json").read_text())["state"] == "running"


def test_only_what_is_missing_is_scored(interrupted, expected, tmp_path):
    notes = tmp_path / "notes"
    notes.mkdir()
    told: list[tuple[int, int]] = []
    job = replace(JOB, notes=str(notes))
    assert run(job, interrupted, resume=True, progress=lambda *now: told.append(now)) == (20, 1, False)
    assert bounds(notes) == [(12, 18), (18, 20)]
    assert told == [(12, 20), (18, 20), (20, 20)]
    assert contents(interrupted) == expected


def test_resume_starts_where_the_folder_is_missing_or_empty(tmp_path, expected):
    (tmp_path / "empty").mkdir()
    for name in ("missing", "empty"):
        assert run(JOB, tmp_path / name, resume=True) == (20, 1, False)
        assert contents(tmp_path / name) == expected


def test_a_finished_run_is_left_as_it_is(tmp_path):
    notes = tmp_path / "notes"
    notes.mkdir()
    run(JOB, tmp_path / "results")
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "results").iterdir()}
    assert run(replace(JOB, notes=str(notes)), tmp_path / "results", resume=True) == (20, 1, True)
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "results").iterdir()} == before
    assert bounds(notes) == []


def test_a_finished_run_that_lost_a_file_is_done_again(tmp_path, expected):
    run(JOB, tmp_path / "results")
    (tmp_path / "results" / "calls.parquet").unlink()
    assert run(JOB, tmp_path / "results", resume=True) == (20, 1, False)
    assert contents(tmp_path / "results") == expected


def test_another_number_of_workers_may_continue(interrupted, expected):
    assert run(JOB, interrupted, resume=True, workers=2) == (20, 1, False)
    assert contents(interrupted) == expected


def test_files_a_user_put_there_do_not_hinder_and_stay(interrupted):
    (interrupted / "notes.txt").write_text("mine")
    assert run(JOB, interrupted, resume=True) == (20, 1, False)
    assert (interrupted / "notes.txt").read_text() == "mine"


def test_overwrite_starts_an_interrupted_run_anew(interrupted, expected, tmp_path):
    notes = tmp_path / "notes"
    notes.mkdir()
    run(replace(JOB, notes=str(notes)), interrupted, overwrite=True)
    assert bounds(notes) == [(0, 6), (6, 12), (12, 18), (18, 20)]
    assert contents(interrupted) == expected


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": "another"}, "input: found 3c1f"),
        ({"knowledge": "newer"}, "knowledge: found "),
        ({"size": 5}, "chunks: found 4 chunks of other sizes now, 4 chunks before; expected what the run was started"),
    ],
)
def test_resume_with_another_input_or_knowledge_is_refused_and_says_which(interrupted, changed, told):
    before = contents(interrupted)
    with pytest.raises(InputError) as caught:
        run(replace(JOB, **changed), interrupted, resume=True)
    assert len(caught.value.problems) == 1
    assert told.partition("3c1f")[0] in str(caught.value)
    assert "give that again, or start anew in another folder or with --overwrite" in str(caught.value)
    assert contents(interrupted) == before


def test_resume_in_another_format_is_refused(interrupted):
    with pytest.raises(InputError, match="format: found tsv now, parquet before"):
        run(JOB, interrupted, resume=True, format="tsv")


def test_resume_with_other_versions_is_refused(interrupted, monkeypatch):
    real = manifests.versions()
    monkeypatch.setattr(manifests, "versions", lambda: {**real, "pyarrow": "999.0"})
    with pytest.raises(InputError, match=rf"version of pyarrow: found 999\.0 now, {real['pyarrow']} before"):
        run(JOB, interrupted, resume=True)


def test_every_difference_is_told_at_once(interrupted):
    with pytest.raises(InputError) as caught:
        run(replace(JOB, name="another", knowledge="newer"), interrupted, resume=True, format="tsv")
    told = [problem.where.rpartition(", ")[2] for problem in caught.value.problems]
    assert told == ["format", "input", "knowledge"]


def test_a_finished_run_of_another_input_is_refused_too(tmp_path):
    run(JOB, tmp_path / "results")
    with pytest.raises(InputError, match="input: found "):
        run(replace(JOB, samples=21), tmp_path / "results", resume=True)


# ---------------------------------------------------------------- damaged parts


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def turn(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("file", ["calls.arrow", "strategies.arrow", "part.json"])
@pytest.mark.parametrize("damage", [cut, turn, Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_damaged_part_is_scored_again(interrupted, expected, file, damage):
    damage(interrupted / ".parts" / "000001" / file)
    assert run(JOB, interrupted, resume=True) == (20, 1, False)
    assert contents(interrupted) == expected


def test_a_part_of_another_run_is_not_taken(interrupted, tmp_path, expected):
    with pytest.raises(KeyboardInterrupt):
        run(Interrupted(knowledge="newer", refused=(0,)), tmp_path / "other")
    shutil.rmtree(interrupted / ".parts" / "000000")
    shutil.copytree(tmp_path / "other" / ".parts" / "000000", interrupted / ".parts" / "000000")
    run(JOB, interrupted, resume=True)
    assert contents(interrupted) == expected


def test_what_a_killed_run_left_half_written_is_removed(interrupted, expected):
    (interrupted / ".parts" / ".000002.f00").mkdir()
    (interrupted / ".parts" / ".000002.f00" / "calls.arrow").write_bytes(b"half")
    (interrupted / ".calls.parquet.partial").write_bytes(b"PAR1half")
    (interrupted / "calls.parquet").write_bytes(b"renamed before it was told that all is done")
    run(JOB, interrupted, resume=True)
    assert contents(interrupted) == expected


# ---------------------------------------------------------------- killed


@pytest.mark.parametrize(("format_", "step"), [("parquet", 4), ("tsv", 6)])
def test_whatever_it_was_doing_to_the_disk_when_it_died_nothing_is_lost_or_doubled(tmp_path, format_, step):
    """At every fourth or sixth thing it does; at each one where there is time."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tests.cohort_crashes",
        str(tmp_path),
        format_,
        str(1 if LONG else step),
    ]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 70  # moments to die at


def coordinator(folder: Path, job: str, **options: Any) -> subprocess.Popen[bytes]:
    """Start a run in a process of its own; it says on standard output when it begins."""
    code = (
        "import sys\nfrom recommender.cohort.running.run import run\nfrom tests.cohort_jobs import Numbers\n"
        f"if __name__ == '__main__':\n    print('begins', flush=True)\n"
        f"    run({job}, sys.argv[1], resume=True, **{options!r})\n"
    )
    command = [sys.executable, "-c", code, str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


@pytest.mark.parametrize(("workers", "lasts"), [(1, 0.7), (2, 2.0)])
def test_killed_at_random_moments_and_resumed_it_gives_the_files_of_one_run(tmp_path, workers, lasts):
    job = "Numbers(samples=120, size=4, refused=(7,), pause=0.01)"
    run(Numbers(samples=120, size=4, refused=(7,)), tmp_path / "at once")
    expected = contents(tmp_path / "at once")
    chance = random.Random(20 + workers)
    kills, target = 0, tmp_path / "results"
    while kills < KILLS:
        with coordinator(target, job, workers=workers) as process:
            time.sleep(chance.uniform(0, lasts))
            process.kill()
            kills += 1
            finished = process.wait() == 0
        if finished:
            assert contents(target) == expected
            shutil.rmtree(target)
    assert process.returncode in (0, -signal.SIGKILL)
    run(Numbers(samples=120, size=4, refused=(7,)), target, resume=True)
    assert contents(target) == expected
