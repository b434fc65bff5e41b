"""mirtop's table of isomiRs, added up to matures."""

from __future__ import annotations

from recommender.errors import InputError, Problem
from recommender.readers.measurements import Hints, Match, Measurements, Reader
from recommender.readers.sums import highest_by_name, refuse_negative, samples_in_columns, sum_by_name
from recommender.readers.table import Table, numbers

_COLUMNS = ("uid", "read", "mirna", "variant")
_ANNOTATION = frozenset(
    (
        *_COLUMNS,
        *("iso_5p", "iso_3p", "iso_add3p", "iso_add5p", "iso_add", "iso_snp", "iso_snv"),
        *("iso_5p_nt", "iso_3p_nt", "iso_add3p_nt", "iso_add5p_nt", "iso_add_nt", "iso_snp_nt", "iso_snv_nt", "hits"),
    )
)


def sniff(table: Table) -> Match | None:
    """Take the four columns every version writes."""
    if table.has(*_COLUMNS):
        return Match(True, "columns UID, Read, miRNA, Variant")
    return None


def read(table: Table, hints: Hints) -> Measurements:
    """Read isomiRs, added up by mature and sample.

    One isomiR of one miRNA may have several rows, for samples apart or for several precursors: per sample the highest
    of them counts. A read given to several miRNAs counts for each.
    """
    columns = [i for i, cell in enumerate(table.header) if cell.strip().lower() not in _ANNOTATION]
    if not columns:
        raise InputError(Problem(table.where, "no column of counts", "a column a sample", "run `mirtop counts` again"))
    values, bad = numbers(table, columns)
    kept, set_aside = samples_in_columns(table, columns, bad)
    values = values[:, kept]
    refuse_negative(table, values, [columns[i] for i in kept])
    mirnas, uids = table.texts(_position(table, "mirna")), table.texts(_position(table, "uid"))
    pairs = [f"{uid}\t{mirna}" for uid, mirna in zip(uids, mirnas, strict=True)]
    isomirs, most = highest_by_name(pairs, values)
    names, total = sum_by_name([pair.partition("\t")[2] for pair in isomirs], most.T)
    notes = [f"{len(isomirs):,} isomiRs added up to {len(names):,} matures"]
    if len(isomirs) < len(pairs):
        notes.append(
            f"{len(pairs) - len(isomirs):,} rows of an isomiR that has one already: the highest counts, per sample"
        )
    owners: dict[str, set[str]] = {}
    for uid, mirna in zip(uids, mirnas, strict=True):
        owners.setdefault(uid, set()).add(mirna)
    shared = sum(len(found) > 1 for found in owners.values())
    if shared:
        notes.append(f"{shared:,} sequences given to several miRNAs count for each")
    return Measurements(
        format="",
        kind="abundance",
        scale="counts",
        samples=tuple(table.header[columns[i]].strip() for i in kept),
        names=names,
        values=total,
        where=table.where,
        library_sizes=total.sum(axis=1),
        level="mature",
        detected=tuple(notes),
        set_aside=set_aside,
    )


def _position(table: Table, name: str) -> int:
    column = table.column(name)
    assert column is not None  # sniffed
    return column


READERS = (Reader("mirtop", "mirtop isomiRs", sniff, read),)
