"""The Genomic Data Commons' files of one sample: hairpins, or isoforms summed to matures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.errors import InputError, Problem, shorten
from recommender.readers.measurements import Hints, Match, Measurements, Reader
from recommender.readers.sums import refuse_bad, refuse_negative, sum_by_name
from recommender.readers.table import Table, limited, numbers, repeated

if TYPE_CHECKING:
    from recommender.kernel import Array

_COUNT, _RPM = "read_count", "reads_per_million_mirna_mapped"
_COLUMNS = ("mirna_id", _COUNT, _RPM, "cross-mapped")
_REGION, _COORDINATES = "mirna_region", "isoform_coords"
_OTHER_REGIONS = frozenset({"precursor", "stemloop", "unannotated"})
_MATURE = ("mature", "star")


def sniff_mirnas(table: Table) -> Match | None:
    """Take the four columns, without regions."""
    if table.has(*_COLUMNS) and not table.has(_REGION):
        return Match(True, "columns miRNA_ID, read_count, reads_per_million_miRNA_mapped, cross-mapped")
    return None


def sniff_isoforms(table: Table) -> Match | None:
    """Take the same with coordinates and regions."""
    if table.has(*_COLUMNS[:3], _COORDINATES, _REGION):
        return Match(True, "columns isoform_coords and miRNA_region")
    return None


def read_mirnas(table: Table, hints: Hints) -> Measurements:
    """Read hairpins: their counts, or their reads per million where that scale is asked for."""
    values, scale = _values(table, hints)
    names = table.texts(0 if (column := table.column("mirna_id")) is None else column)
    twice = repeated(names)
    if twice:
        problems = [
            Problem(f"{table.where}, row {name}", "a miRNA printed twice", "one row a hairpin", "keep one")
            for name in twice
        ]
        raise InputError(limited(problems, table.where))
    return Measurements(
        format="",
        kind="abundance",
        scale=scale,
        samples=("",),
        names=tuple(names),
        values=values.T.copy(),
        where=table.where,
        library_sizes=values.sum(axis=0) if scale == "counts" else None,
        level="hairpin",
        detected=(f"{len(names):,} hairpins, {_unit(scale)}; the isoforms file tells the arms apart",),
    )


def read_isoforms(table: Table, hints: Hints) -> Measurements:
    """Read isoforms, added up by the accession of the mature they belong to.

    Reads on the rest of the hairpin belong to no mature; they are told, and left out of the library.
    """
    values, scale = _values(table, hints)
    regions = table.texts(_position(table, _REGION))
    accessions: list[str | None] = []
    problems: list[Problem] = []
    for i, region in enumerate(regions):
        kind, _, accession = region.partition(",")
        if kind in _MATURE and accession:
            accessions.append(accession)
        else:
            accessions.append(None)
            if region not in _OTHER_REGIONS:
                place = table.place(i, _position(table, _REGION))
                expected = "mature,MIMAT…, precursor, stemloop or unannotated"
                problems.append(Problem(place, shorten(region), expected, "check the file"))
    if problems:
        raise InputError(limited(problems, table.where))
    rows = [i for i, accession in enumerate(accessions) if accession]
    if not rows:
        raise InputError(Problem(table.where, "no mature region", "rows with mature,MIMAT…", "check the file"))
    names, total = sum_by_name([accession for accession in accessions if accession], values[rows])
    summed = f"{len(rows):,} isoforms added up to {len(names):,} matures by accession, {_unit(scale)}"
    elsewhere = 1 - total.sum() / values.sum() if values.sum() > 0 else 0.0
    return Measurements(
        format="",
        kind="abundance",
        scale=scale,
        samples=("",),
        names=names,
        values=total,
        where=table.where,
        library_sizes=total.sum(axis=1) if scale == "counts" else None,
        level="mature",
        detected=(summed, f"{elsewhere:.1%} of the reads lie outside the matures and are left out"),
    )


def _values(table: Table, hints: Hints) -> tuple[Array, str]:
    scale = "reads_per_million" if hints.scale == "reads_per_million" else "counts"
    column = _position(table, _RPM if scale == "reads_per_million" else _COUNT)
    values, bad = numbers(table, [column])
    refuse_bad(table, bad)
    refuse_negative(table, values, [column])
    return values, scale


def _position(table: Table, name: str) -> int:
    column = table.column(name)
    assert column is not None  # sniffed
    return column


def _unit(scale: str) -> str:
    return "read counts" if scale == "counts" else "reads per million"


READERS = (
    Reader("gdc_mirnas", "GDC mirnas.quantification", sniff_mirnas, read_mirnas),
    Reader("gdc_isoforms", "GDC isoforms.quantification", sniff_isoforms, read_isoforms),
)
