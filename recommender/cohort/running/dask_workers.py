"""Workers of a Dask cluster: they read the input and write parts to the shared folder; only receipts travel."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import pickle
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from recommender.cohort.job import Chunk, Job, OpenJob, Part
from recommender.cohort.running.files import write_whole, writing
from recommender.cohort.running.halving import score
from recommender.cohort.running.manifest import versions
from recommender.cohort.running.parts import Parts, packed, store
from recommender.cohort.running.waiting import patiently
from recommender.errors import InputError, Problem, RecommenderError

_PACKAGE = "job.pickle"
_TIMEOUT = 10  # seconds to reach the scheduler
_REMEDY = "see that it runs, then run the same command with --resume"
_opened: dict[str, OpenJob] = {}
_one_at_a_time: Final = threading.Lock()  # an open job need not bear several threads

Scorer = Callable[[Sequence[Chunk], Parts], Iterator[tuple[Chunk, Part | None]]]


@contextmanager
def connected(job: Job, opened: OpenJob, address: str) -> Iterator[Scorer]:
    """Give what has chunks scored by the workers of a scheduler.

    Raises
    ------
    InputError
        Dask is not installed, or the scheduler cannot be reached.
    """
    try:
        from distributed import Client
    except ImportError:
        remedy = "pip install 'mirna-recommender[dask]'"
        raise InputError(Problem("--scheduler", "no Dask", "dask[distributed]", remedy)) from None
    with _quiet():
        try:
            asyncio.run(_reach(address))  # a client that fails is closed long after, with a traceback
            client = Client(address, timeout=_TIMEOUT, set_as_default=False)
        except (OSError, ValueError, RuntimeError) as error:  # a time-out is an OSError
            found = f"no answer from {address} ({_line(error)})"
            expected = "the address of a Dask scheduler, as tcp://127.0.0.1:8786"
            raise InputError(Problem("--scheduler", found, expected, "see that it runs and can be reached")) from None
        with client:
            yield partial(_scored, client, address, job, opened)


async def _reach(address: str) -> None:
    """Connect to a scheduler and leave again, with the certificates of Dask's configuration."""
    from distributed.comm import connect
    from distributed.security import Security

    comm = await connect(address, timeout=_TIMEOUT, **Security().get_connection_args("client"))
    await comm.close()


def work(chunk: Chunk, parts: Parts, digest: str, wanted: Mapping[str, str]) -> RecommenderError | None:
    """Score a chunk and store its part; on a worker.

    Parameters
    ----------
    digest : str
        Of the pickled job in the folder of parts: no other one is opened.
    wanted : mapping
        The versions the worker must have.

    Returns
    -------
    RecommenderError or None
        What is the whole job's fault.
    """
    try:
        if versions() != wanted:
            found = ", ".join(f"{name} {version}" for name, version in versions().items())
            expected = ", ".join(f"{name} {version}" for name, version in wanted.items())
            raise InputError(Problem("a Dask worker", found, expected, "install the same versions there"))
        with _one_at_a_time:
            part = score(_open(parts.folder / _PACKAGE, digest), chunk)
        store(parts, chunk, packed(part, parts.format))
    except RecommenderError as error:
        return error
    return None


def _open(path: Path, digest: str) -> OpenJob:
    """Return the job, opened once in a process."""
    if digest not in _opened:
        package = patiently(lambda: _read(path, digest))
        if package is None:
            remedy = "give an --output that all workers see under the same path"
            raise InputError(Problem("a Dask worker", f"no {path}", "the folder of results", remedy))
        _opened.clear()
        _opened[digest] = pickle.loads(package).open()
    return _opened[digest]


def _read(path: Path, digest: str) -> bytes | None:
    try:
        package = path.read_bytes()
    except OSError:
        return None
    return package if hashlib.sha256(package).hexdigest() == digest else None


def _scored(
    client: Any, address: str, job: Job, opened: OpenJob, chunks: Sequence[Chunk], parts: Parts
) -> Iterator[tuple[Chunk, Part | None]]:
    """Yield chunks as the cluster's workers have stored them.

    Dask hands on the chunk of a worker that is gone; one that ends several workers is scored by a process here, which
    finds the sample.
    """
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    parts = parts._replace(folder=parts.folder.resolve())
    package = pickle.dumps(job, pickle.HIGHEST_PROTOCOL)
    with writing(parts.folder.parent):
        write_whole(parts.folder / _PACKAGE, package)
    digest = hashlib.sha256(package).hexdigest()
    deadly = []
    tasks = {client.submit(work, chunk, parts, digest, versions(), pure=False): chunk for chunk in chunks}
    for future in as_completed(list(tasks), loop=client.loop):
        chunk = tasks.pop(future)
        try:
            error = future.result()
        except KilledWorker:
            deadly.append(chunk)
            continue
        except Exception as failed:
            found = f"chunk {chunk.index} failed: {_line(failed)}"
            raise InputError(Problem(address, found, "workers with this package, and a scheduler", _REMEDY)) from None
        if error is not None:
            raise error
        yield chunk, None
    if deadly:
        from recommender.cohort.running.processes import scored_by_processes

        yield from scored_by_processes(job, opened, 1, sorted(deadly), parts)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Dask logs of connections from standard error: what it means is told as a problem."""
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    before = [logger.level for logger in loggers]  # Dask sets some of them one by one
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
