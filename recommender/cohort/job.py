"""What scoring a cohort and running it durably agree on: jobs, chunks, parts."""

from __future__ import annotations

import copyreg
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    import pyarrow

TABLES: Final = ("strategies", "withheld", "exploratory", "calls")


class Chunk(NamedTuple):
    """Samples that are scored at once.

    Attributes
    ----------
    index : int
        Among the chunks of a job, from 0.
    start, stop : int
        Positions of the samples in the input, from 0; half-open.
    """

    index: int  # type: ignore[assignment]  # a tuple has a method of that name, which nobody calls here
    start: int
    stop: int


class Refused(NamedTuple):
    """A sample in quarantine.

    Attributes
    ----------
    position : int
        Of the sample in the input, from 0.
    """

    position: int
    sample_id: str
    reason: str

    @property
    def category(self) -> str:
        """What was expected in place of what was found; the whole reason where it does not say."""
        _, _, expected = self.reason.partition("; expected ")
        return expected.partition("; ")[0] or self.reason


class Part(NamedTuple):
    """What one chunk gave.

    Attributes
    ----------
    tables : mapping of str to pyarrow.Table
        One for each of :data:`TABLES`, samples in the order of the input.
    refused : sequence of Refused
        By position.
    counts : mapping
        What the summary adds up: JSON of objects and integers alone, so that parts are added key by key.
    """

    tables: Mapping[str, pyarrow.Table]
    refused: Sequence[Refused]
    counts: Mapping[str, Any]


class OpenJob(Protocol):
    """A job whose input is open: in one process."""

    @property
    def chunks(self) -> Sequence[Chunk]:
        """The chunks, which do not depend on who scores them."""
        ...

    def run(self, chunk: Chunk) -> Part:
        """Score a chunk, or a part of one: its bounds may be narrower than those of the chunk of its index.

        No sample at all (``start == stop``) gives empty tables. Columns and their types are the same for every chunk,
        but that text may be in dictionaries, which are written as plain text.
        """
        ...

    def sample_id(self, position: int) -> str:
        """Return a sample's name, or its position as text where it cannot be read."""
        ...


class Job(Protocol):
    """Everything that decides a cohort's tables; it can be pickled."""

    def fingerprint(self) -> dict[str, str]:
        """Return hashes of input, knowledge and settings: a run is resumed only where they are the same."""
        ...

    def open(self) -> OpenJob:
        """Open the input; a job that has a fault as a whole raises a RecommenderError here."""
        ...


def _read_only(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)


# settings are read-only mappings, which go to other processes within a job
copyreg.pickle(MappingProxyType, lambda mapping: (_read_only, (dict(mapping),)))
