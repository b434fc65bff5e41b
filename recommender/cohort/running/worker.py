"""A process that scores chunks for another one, and ends with it."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from multiprocessing.connection import Connection
from typing import Any

from recommender.cohort.running.halving import score
from recommender.cohort.running.parts import Parts, packed, store
from recommender.errors import RecommenderError


def work(connection: Connection[Any, Any], package: bytes, parts: Parts, threads: int) -> None:
    """Score chunks as they are asked for, until nobody asks any more.

    Parameters
    ----------
    connection : Connection
        Gives chunks, each with whether it is a whole one; takes ``("ready", None)``, then for each chunk
        ``("done", None)`` or ``("failed", error)``.
    package : bytes
        The pickled job.
    threads : int
        For Arrow.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all of the group: the one that asks decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _work(connection, package, parts, threads)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except MemoryError:
        os._exit(1)  # as when the system ends it: done again, in halves if need be
    except RecommenderError as error:
        connection.send(("failed", error))
    except Exception as error:
        connection.send(("failed", RuntimeError(f"{type(error).__name__}: {error}")))


def _work(connection: Connection[Any, Any], package: bytes, parts: Parts, threads: int) -> None:
    import pyarrow

    pyarrow.set_cpu_count(threads)
    opened = pickle.loads(package).open()
    connection.send(("ready", None))
    while True:
        chunk, whole = connection.recv()
        store(parts, chunk, packed(score(opened, chunk), parts.format), whole=whole)
        connection.send(("done", None))


def _end_with_parent() -> None:
    """End at once when the process that asks is gone, whatever is being scored."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
