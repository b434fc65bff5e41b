"""Score a chunk; where it fails, find the samples at fault, so that the others are done."""

from __future__ import annotations

from collections.abc import Sequence

from recommender.cohort.answers.adding import total
from recommender.cohort.job import TABLES, Chunk, OpenJob, Part, Refused
from recommender.cohort.running.arrays import canonical, joined
from recommender.errors import InputError, KnowledgeError, Problem, RecommenderError, SettingsError

ENDED = "scoring it ended the process; please report it"
_WIDTH = 300


def score(opened: OpenJob, chunk: Chunk) -> Part:
    """Score a chunk; samples that make it fail are refused, found by halving.

    Raises
    ------
    InputError
        The input can no longer be read: no sample is at fault.
    KnowledgeError, SettingsError
        No sample is at fault either.
    """
    reason = ""
    try:
        return checked(opened.run(chunk), chunk)
    except (KnowledgeError, SettingsError):
        raise
    except OSError as error:
        found = error.strerror or str(error)
        remedy = "see that it is there and whole, then run again with --resume"
        raise InputError(Problem("cohort", found, "an input that can be read to its end", remedy)) from None
    except Exception as error:  # also MemoryError: half a chunk may fit
        reason = _reason(error)
    # below the except clause, or the traceback would hold on to the arrays that did not fit
    if chunk.stop - chunk.start <= 1:
        return refusing(opened, chunk, reason)
    return added([score(opened, half) for half in halves(chunk)])


def halves(chunk: Chunk) -> tuple[Chunk, Chunk]:
    """Return the two halves of a chunk of two samples or more.

    Examples
    --------
    >>> halves(Chunk(7, 10, 13))
    (Chunk(index=7, start=10, stop=11), Chunk(index=7, start=11, stop=13))
    """
    middle = (chunk.start + chunk.stop) // 2
    return chunk._replace(stop=middle), chunk._replace(start=middle)


def refusing(opened: OpenJob, chunk: Chunk, reason: str) -> Part:
    """Return the part of a chunk whose only sample is refused; it has no tables."""
    return Part({}, [Refused(chunk.start, opened.sample_id(chunk.start), reason)], {})


def checked(part: Part, chunk: Chunk) -> Part:
    """Return a part with its tables in canonical form.

    Raises
    ------
    ValueError
        It is no part of this chunk.
    """
    if set(part.tables) != set(TABLES):
        raise ValueError(f"tables {sorted(part.tables)} in place of {sorted(TABLES)}")
    refused = sorted(part.refused)
    if any(not chunk.start <= one.position < chunk.stop for one in refused):
        raise ValueError("a refused sample of another chunk")
    return Part({name: canonical(part.tables[name]) for name in TABLES}, refused, part.counts)


def added(parts: Sequence[Part]) -> Part:
    """Return neighboring parts as one; those without tables add none."""
    tables = {
        name: joined(part.tables[name] for part in parts if part.tables)
        for name in TABLES
        if any(part.tables for part in parts)
    }
    refused = sorted(one for part in parts for one in part.refused)
    return Part(tables, refused, total(part.counts for part in parts))


def _reason(error: Exception) -> str:
    if isinstance(error, RecommenderError):
        return "; ".join(str(problem) for problem in error.problems)
    line = " ".join(f"{type(error).__name__}: {error}".split())
    return f"internal error: {line[:_WIDTH]}; please report it"
