"""What every reader gives: names, samples, values, and how they were understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from recommender.errors import Problem

if TYPE_CHECKING:
    from recommender.kernel import Array, Mask
    from recommender.readers.table import Table

Kind = Literal["abundance", "relative", "differential"]


class Match(NamedTuple):
    """Why a reader takes a table for its own.

    Attributes
    ----------
    sure : bool
        True where nothing else writes such a table; False where it may be something else.
    why : str
        What was seen.
    """

    sure: bool
    why: str


class Hints(NamedTuple):
    """What the user states of a file, where it does not say it itself; None: not stated."""

    scale: str | None = None
    samples_in: str | None = None


@dataclass(frozen=True)
class Measurements:
    """A file's measurements.

    Attributes
    ----------
    format : str
        Id of the reader.
    kind : {"abundance", "relative", "differential"}
        Of single samples, of samples against something, or of one group against another.
    scale : str or None
        As :class:`recommender.model.profile.Profile` has it; None where the file does not say.
    samples : tuple of str
        Empty names where the file does not name its only sample.
    names : tuple of str
        As in the file, once each.
    values : array, shape (samples, names)
        NaN: not measured.
    adjusted_p : array, shape (samples, names), optional
        NaN where `untested`, or not measured.
    standard_error : array, same shape, optional
    untested : mask, same shape, optional
        True where a test was meant and gave no p-value.
    mean_abundance : array, shape (names,), optional
        Mean over both groups, in the unit of the tool; never used as a tumor's abundance.
    library_sizes : array, shape (samples,), optional
        Mapped miRNA reads, where the file holds whole libraries by its nature.
    level : {"hairpin", "mature"} or None
        Where the format tells.
    has_axes : bool
        True where samples may stand in rows or columns: of a matrix.
    detected : tuple of str
        Sentences on how the file was understood, without full stop.
    set_aside : mapping of str to Problem
        Samples that cannot be used, by name, each with its reason.
    order : tuple of str
        Every sample of the file in its order, those set aside among them, as often as its name is there; empty: those
        set aside come last.
    """

    format: str
    kind: Kind
    scale: str | None
    samples: tuple[str, ...]
    names: tuple[str, ...]
    values: Array
    where: str
    adjusted_p: Array | None = None
    standard_error: Array | None = None
    untested: Mask | None = None
    mean_abundance: Array | None = None
    library_sizes: Array | None = None
    level: Literal["hairpin", "mature"] | None = None
    has_axes: bool = False
    detected: tuple[str, ...] = ()
    set_aside: Mapping[str, Problem] = field(default_factory=dict)
    order: tuple[str, ...] = ()


class Reader(NamedTuple):
    """A format: how to know it and how to read it.

    Attributes
    ----------
    id : str
    title : str
        For people.
    sniff : callable
        From a table to a :class:`Match`, or None.
    read : callable
        From a table and :class:`Hints` to :class:`Measurements`.
    """

    id: str
    title: str
    sniff: Callable[[Table], Match | None]
    read: Callable[[Table, Hints], Measurements]
