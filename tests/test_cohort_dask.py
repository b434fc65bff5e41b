"""Scored by a Dask cluster: the same files, whatever happens to its workers."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from recommender.cohort.running.run import run
from recommender.errors import InputError
from tests.cohort_jobs import Numbers, contents

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore")  # of Dask's own making


@pytest.fixture(scope="module")
def cluster():
    """Two workers of one thread on this machine, replaced where they die."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", scheduler_kwargs={"dashboard": False}
    ) as cluster:
        yield cluster


def test_the_files_are_those_of_one_process(cluster, tmp_path):
    job = Numbers(refused=(3,), poison={7: ValueError("no value")})
    assert run(job, tmp_path / "dask", scheduler=cluster.scheduler_address) == (20, 2, False)
    run(job, tmp_path / "one")
    assert contents(tmp_path / "dask") == contents(tmp_path / "one")


def test_the_workers_open_the_input_once_each(cluster, tmp_path):
    notes = tmp_path / "notes"
    notes.mkdir()
    run(Numbers(samples=60, pause=0.05, notes=str(notes)), tmp_path / "dask", scheduler=cluster.scheduler_address)
    openers = [path.name.split()[1] for path in notes.glob("opened *")]
    assert len(openers) == len(set(openers)) <= 3  # two workers, and this process for the bounds of the chunks


def test_a_worker_that_is_killed_while_it_scores_is_survived(cluster, tmp_path):
    notes = tmp_path / "notes"
    notes.mkdir()
    killed = []

    def kill() -> None:
        while not killed:
            at_work = {int(path.name.split()[3]) for path in notes.glob("run *")} - {os.getpid()}
            if at_work:
                killed.append(at_work.pop())
                os.kill(killed[0], signal.SIGKILL)
            time.sleep(0.01)

    job = Numbers(samples=60, pause=0.2, notes=str(notes))
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        run(job, tmp_path / "dask", scheduler=cluster.scheduler_address)
    finally:
        killed.append(0)
        killer.join()
    assert killed[0] > 0
    run(Numbers(samples=60), tmp_path / "one")
    assert contents(tmp_path / "dask") == contents(tmp_path / "one")


def test_a_sample_that_ends_the_workers_is_in_quarantine(cluster, tmp_path):
    with distributed.Client(cluster) as client:
        before = client.run_on_scheduler(
            _suspect_after, failures=0
        )  # workers that a chunk ends, but for one: for speed
        try:
            run(Numbers(deadly=(7,)), tmp_path / "dask", scheduler=cluster.scheduler_address)
        finally:
            client.run_on_scheduler(_suspect_after, failures=before)
    lines = (tmp_path / "dask" / "quarantine.jsonl").read_text().splitlines()
    assert lines == ['{"position": 7, "sample_id": "S7", "reason": "scoring it ended the process; please report it"}']


def _suspect_after(dask_scheduler, failures: int) -> int:
    before, dask_scheduler.allowed_failures = dask_scheduler.allowed_failures, failures
    return int(before)


def test_a_job_that_has_a_fault_as_a_whole_ends_the_run_with_it(cluster, tmp_path):
    job = Numbers(poison={7: FileNotFoundError(2, "No such file or directory")})
    with pytest.raises(InputError, match="cohort: found No such file or directory; expected an input that can be read"):
        run(job, tmp_path / "dask", scheduler=cluster.scheduler_address)
    assert run(Numbers(), tmp_path / "dask", resume=True) == (20, 0, False)


def test_a_scheduler_that_does_not_answer_is_refused_and_nothing_written(tmp_path, monkeypatch):
    monkeypatch.setattr("recommender.cohort.running.dask_workers._TIMEOUT", 0.5)
    with pytest.raises(InputError, match=r"--scheduler: found no answer from tcp://127\.0\.0\.1:9"):
        run(Numbers(), tmp_path / "dask", scheduler="tcp://127.0.0.1:9")
    assert not (tmp_path / "dask").exists()


def test_a_scheduler_that_dies_ends_the_run_with_a_message_and_it_can_be_resumed(tmp_path, capfd):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    command = [sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as scheduler:
        _wait_for(port)

        def kill() -> None:
            while not (tmp_path / "dask" / ".parts" / "job.pickle").exists():
                time.sleep(0.02)
            time.sleep(0.3)
            scheduler.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        with pytest.raises(InputError, match=rf"{address}: found .*run the same command with --resume"):
            run(Numbers(), tmp_path / "dask", scheduler=address)
        killer.join()
    assert capfd.readouterr().err == ""
    assert run(Numbers(), tmp_path / "dask", resume=True) == (20, 0, False)


def _wait_for(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)


@pytest.mark.parametrize("address", ["nonsense://x", "", "127.0.0.1:port"])
def test_what_is_no_address_is_refused(tmp_path, monkeypatch, address):
    monkeypatch.setattr("recommender.cohort.running.dask_workers._TIMEOUT", 0.5)
    with pytest.raises(InputError, match="--scheduler: found no answer from"):
        run(Numbers(), tmp_path / "dask", scheduler=address)


def test_without_dask_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'mirna-recommender\[dask\]'"):
        run(Numbers(), tmp_path / "dask", scheduler="tcp://127.0.0.1:9")
    assert not Path(tmp_path / "dask").exists()
