"""Worker processes: equal files, replaced when they die, gone when nobody needs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from recommender.cohort.running.run import run
from recommender.errors import InputError, OutputError
from tests.cohort_jobs import Numbers, contents

ROOT = Path(__file__).resolve().parents[1]
POISONED = Numbers(refused=(3,), poison={7: ValueError("no value")})


@pytest.fixture
def notes(tmp_path):
    (tmp_path / "notes").mkdir()
    return tmp_path / "notes"


def processes(notes: Path, what: str = "opened") -> set[int]:
    """Return who left a note, but for this process."""
    return {int(path.name.split()[-2]) for path in notes.glob(f"{what} *")} - {os.getpid()}


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # one that nobody waited for yet


def wait_until(holds, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)


@pytest.mark.parametrize("format_", ["parquet", "tsv"])
def test_the_files_are_those_of_one_process(tmp_path, format_):
    for workers in (1, 2):
        assert run(POISONED, tmp_path / str(workers), workers=workers, format=format_) == (20, 2, False)
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_every_worker_opens_the_input_once_and_all_are_gone_at_the_end(tmp_path, notes):
    run(Numbers(samples=60, pause=0.05, notes=str(notes)), tmp_path / "results", workers=2)
    opened = [int(path.name.split()[1]) for path in notes.glob("opened *")]
    assert len(opened) == len(set(opened)) == 3  # this process too, for the bounds of the chunks
    assert processes(notes, "run") == processes(notes)
    assert [process for process in processes(notes) if alive(process)] == []


def test_no_more_workers_are_started_than_there_are_chunks(tmp_path, notes):
    run(Numbers(samples=6, notes=str(notes)), tmp_path / "results", workers=8)
    assert len(processes(notes)) == 1


def test_a_worker_that_is_killed_is_replaced_and_its_chunk_scored_again(tmp_path, notes):
    killed = []

    def kill() -> None:
        wait_until(lambda: processes(notes, "run"))
        killed.append(processes(notes, "run").pop())
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    job = Numbers(samples=60, pause=0.1, notes=str(notes))
    assert run(job, tmp_path / "results", workers=2) == (60, 0, False)
    killer.join()
    assert len(processes(notes)) == 3
    run(Numbers(samples=60), tmp_path / "one")
    assert contents(tmp_path / "results") == contents(tmp_path / "one")


@pytest.mark.parametrize("format_", ["parquet", "tsv"])
def test_samples_that_end_the_process_are_found_and_put_in_quarantine(tmp_path, format_):
    """As the others stand in the tables of a run that refuses them."""
    job = Numbers(samples=20, size=4, refused=(3,), deadly=(5, 19))
    assert run(job, tmp_path / "deadly", workers=2, format=format_) == (20, 3, False)
    lines = [json.loads(line) for line in (tmp_path / "deadly" / "quarantine.jsonl").read_text().splitlines()]
    assert [(line["position"], line["sample_id"], line["reason"]) for line in lines] == [
        (3, "S3", "a value that is no number"),
        (5, "S5", "scoring it ended the process; please report it"),
        (19, "S19", "scoring it ended the process; please report it"),
    ]
    run(Numbers(samples=20, size=4, refused=(3, 5, 19)), tmp_path / "refused", format=format_)
    deadly, refused = contents(tmp_path / "deadly"), contents(tmp_path / "refused")
    for name in (f"calls.{format_}", f"strategies.{format_}", f"withheld.{format_}", "manifest.json"):
        assert deadly[name] == refused[name], name
    assert json.loads(deadly["summary.json"])["quarantine"] == {
        "a value that is no number": 1,
        "scoring it ended the process; please report it": 2,
    }


def test_a_sample_alone_in_its_chunk_that_ends_the_process_is_found_too(tmp_path):
    assert run(Numbers(samples=2, size=1, deadly=(0,)), tmp_path / "results", workers=2) == (2, 1, False)


def test_an_error_of_the_whole_job_in_a_worker_ends_the_run_with_it(tmp_path, notes):
    job = Numbers(poison={7: PermissionError(13, "Permission denied")}, notes=str(notes))
    with pytest.raises(InputError, match="cohort: found Permission denied; expected an input that can be read"):
        run(job, tmp_path / "results", workers=2)
    assert [process for process in processes(notes) if alive(process)] == []
    assert run(Numbers(), tmp_path / "results", resume=True, workers=2) == (20, 0, False)


class NotThere(Numbers):
    """Can be opened here, and nowhere else."""

    def __reduce__(self):
        return _fail, ()


def _fail() -> None:
    raise ModuleNotFoundError("No module named 'elsewhere'")


def test_a_job_that_a_worker_cannot_open_is_an_error_and_not_a_hang(tmp_path):
    with pytest.raises(RuntimeError, match="ModuleNotFoundError: No module named 'elsewhere'"):
        run(NotThere(), tmp_path / "results", workers=2)


class Stillborn(Numbers):
    """Ends every process that opens it, but this one."""

    def __reduce__(self):
        return os._exit, (9,)


def test_workers_that_never_start_are_given_up(tmp_path):
    with pytest.raises(InputError, match="3 that ended while starting, the last with status 9; expected processes"):
        run(Stillborn(), tmp_path / "results", workers=2)


def test_a_full_disk_in_a_worker_ends_the_run_and_it_can_be_resumed(tmp_path):
    results = tmp_path / "results"

    class Fills(threading.Thread):
        def run(self) -> None:
            wait_until((results / ".parts").is_dir)
            os.rename(results / ".parts", tmp_path / "away")  # root may write wherever there is a folder

    thread = Fills()
    thread.start()
    with pytest.raises(OutputError, match="run the same command with --resume"):
        run(Numbers(samples=60, pause=0.02), results, workers=2)
    thread.join()
    assert run(Numbers(samples=60), results, resume=True) == (60, 0, False)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_workers_end_with_the_process_that_started_them(tmp_path, notes, end):
    """Also where they are in the middle of a chunk that takes a minute."""
    code = (
        "import sys\nfrom recommender.cohort.running.run import run\nfrom tests.cohort_jobs import Numbers\n"
        "if __name__ == '__main__':\n"
        "    try:\n        run(Numbers(pause=60, notes=sys.argv[2]), sys.argv[1], workers=2)\n"
        "    except KeyboardInterrupt:\n        sys.exit(130)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "results"), str(notes)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as process:
        wait_until(lambda: len(processes(notes, "run")) == 2, 30)
        process.send_signal(end)
        assert process.wait(20) == (130 if end == signal.SIGINT else -end)
        wait_until(lambda: not any(alive(one) for one in processes(notes)))
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_ctrl_c_to_the_whole_group_shows_no_traceback_of_a_worker(tmp_path, notes):
    code = (
        "import sys\nfrom recommender.cohort.running.run import run\nfrom tests.cohort_jobs import Numbers\n"
        "if __name__ == '__main__':\n"
        "    try:\n        run(Numbers(pause=60, notes=sys.argv[2]), sys.argv[1], workers=2)\n"
        "    except KeyboardInterrupt:\n        sys.exit(130)\n"
    )
    for seconds in (0.1, 0.3, 0.6):  # while they start, too
        results = tmp_path / str(seconds)
        command = [sys.executable, "-c", code, str(results), str(notes)]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True) as process:
            wait_until((results / ".parts").is_dir, 30)
            time.sleep(seconds)
            os.killpg(process.pid, signal.SIGINT)
            assert process.wait(20) == 130
            assert process.stderr is not None
            assert process.stderr.read() == b""
