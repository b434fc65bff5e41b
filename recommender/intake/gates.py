"""What a careful analyst looks at before trusting a file: each finding a note or a refusal, with its number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from recommender.errors import InputError, Problem
from recommender.intake.names import LISTED, listed
from recommender.knowledge import Knowledge
from recommender.nomenclature import Identity
from recommender.readers.barcodes import read_barcode
from recommender.settings import Settings, number

if TYPE_CHECKING:
    from recommender.kernel import Array

_RED_CELL = ("cell_mix", "red_cell")


def check_samples(samples: Sequence[str], values: Array) -> list[str]:
    """Return notes on samples that are one sample twice, and on normals among tumors.

    Parameters
    ----------
    values : array, shape (samples, names)
    """
    notes: list[str] = []
    specimens: dict[str, list[str]] = {}
    normals: list[str] = []
    for name in samples:
        barcode = read_barcode(name)
        if barcode:
            specimens.setdefault(f"{barcode.patient}-{barcode.specimen}", []).append(name)
            if barcode.is_normal:
                normals.append(name)
    again = {name: sorted(aliquots) for name, aliquots in sorted(specimens.items()) if len(aliquots) > 1}
    for specimen, aliquots in list(again.items())[:LISTED]:
        notes.append(f"{specimen} was measured {len(aliquots)} times, and stays so: {', '.join(aliquots)}")
    if len(again) > LISTED:
        notes.append(
            f"{len(again) - LISTED:,} more samples were measured several times: {listed(list(again)[LISTED:])}"
        )
    if normals:
        notes.append(f"{len(normals):,} samples are normal tissue by their TCGA barcode: {listed(sorted(normals))}")
    same: dict[bytes, list[str]] = {}
    if len(samples) > 1 and values.shape[1] > 1:
        for name, row in zip(samples, values, strict=True):
            same.setdefault(row.tobytes(), []).append(name)
    twins = sorted(", ".join(sorted(names)) for names in same.values() if len(names) > 1)
    if twins:
        more = f"; and {len(twins) - LISTED:,} more groups" if len(twins) > LISTED else ""
        notes.append(f"samples with the very same numbers: {'; '.join(twins[:LISTED])}{more}")
    return notes


def check_scale(values: Array, scale: str, where: str, settings: Settings) -> list[str]:
    """Return notes on the range of the numbers.

    Parameters
    ----------
    values : array, shape (samples, names)
    scale : str
        As the file or the user states it.

    Raises
    ------
    InputError
        Numbers that cannot be of this scale.
    """
    import numpy as np

    known = values[~np.isnan(values)]
    if not known.size:
        return []
    low, high = float(known.min()), float(known.max())
    most_log = number(settings, "input_scale", "max_log2")
    many = values.shape[1] >= number(settings, "input_scale", "min_values")
    text = f"values from {low:g} to {high:g}"
    if scale in ("counts", "reads_per_million"):
        if low < 0:
            raise InputError(Problem(where, text, f"{scale}, none negative", "check --scale: these look like logs"))
        if many and high <= most_log and not np.all(known == np.floor(known)):
            remedy = "check --scale: these look like logs"
            raise InputError(Problem(where, text, f"{scale}, some of them above {most_log:g}", remedy))
    elif scale != "z_score" and max(abs(low), high) > most_log:
        raise InputError(Problem(where, text, f"{scale}, up to {most_log:g}", "check --scale: these are no logs"))
    elif scale in ("log2_fold_change", "z_score") and many and low >= 0:
        remedy = "check --scale: these look like abundances"
        raise InputError(Problem(where, f"{text}, none negative", f"{scale}, both ways", remedy))
    whole = values.shape[1] >= number(settings, "scaling", "whole_library_min_mirnas")
    if not whole or scale not in ("reads_per_million", "log2_reads_per_million"):
        return []
    rpm = np.exp2(values) - 1.0 if scale == "log2_reads_per_million" else values
    floor = number(settings, "abundance", "min_reads_per_million")
    if np.nanmax(rpm) < floor:
        remedy = "check --scale: these look like ratios, or logs to another base"
        raise InputError(Problem(where, text, f"{scale}, some miRNA of {floor:g} reads per million or more", remedy))
    return _million(rpm, settings)


def _million(rpm: Array, settings: Settings) -> list[str]:
    import numpy as np

    share = float(np.nansum(np.maximum(rpm, 0.0), axis=1).min()) / 1e6
    if share < number(settings, "input_scale", "min_million_share"):
        return [f"reads per million that add up to {share:.0%} of a million: per million of other reads than these"]
    return []


def check_libraries(
    samples: Sequence[str], names: Sequence[str], values: Array, scale: str, knowledge: Knowledge, settings: Settings
) -> list[str]:
    """Return notes on library sizes, detected miRNAs, and the share of red cells' miRNAs.

    Parameters
    ----------
    values : array, shape (samples, names)
        Counts or reads per million.
    """
    import numpy as np

    notes: list[str] = []
    if scale not in ("counts", "reads_per_million"):
        return notes
    sums = np.nansum(values, axis=1)
    whole = values.shape[1] >= number(settings, "scaling", "whole_library_min_mirnas")
    if scale == "counts":
        least = number(settings, "input_library", "min_reads")
        notes += _few(samples, sums, least, "miRNA reads")
    detected = (np.nan_to_num(values) > 0).sum(axis=1)
    if whole or scale == "counts":
        notes += _few(samples, detected, number(settings, "input_library", "min_detected"), "miRNAs detected")
    red = _red_cells(names, knowledge)
    share = np.nansum(values[:, red], axis=1) / np.where(sums > 0, sums, np.inf)
    most = number(settings, "input_red_cells", "max_share")
    over = [f"{name or 'the sample'} {s:.0%}" for name, s in zip(samples, share, strict=True) if s > most]
    if over:
        notes.append(
            f"more than {most:.0%} of the reads are miRNAs of red cells, as in blood or a biofluid, not in a tumor "
            f"(check the specimen): {listed(over)}"
        )
    return notes


def _few(samples: Sequence[str], values: Array, least: float, what: str) -> list[str]:
    if len(samples) == 1:
        count = f"{int(values[0]):,} {what}"
        return [count if values[0] >= least else f"{count}, fewer than {least:,.0f}: a poor library"]
    few = [f"{name} {int(v):,}" for name, v in zip(samples, values, strict=True) if v < least]
    some = f"{int(values.min()):,} to {int(values.max()):,} {what} a sample"
    return [some] + ([f"poor libraries, with fewer than {least:,.0f} {what}: {listed(few)}"] if few else [])


def _red_cells(names: Sequence[str], knowledge: Knowledge) -> list[int]:
    context, value = _RED_CELL
    printed = {row.mirna_as_printed for row in knowledge.contexts if (row.context, row.value) == (context, value)}
    found = [knowledge.resolver.resolve(name) for name in printed]
    meant = {mirna for identity in found if isinstance(identity, Identity) for mirna in identity.mirnas}
    resolved = knowledge.resolver.resolve_all(names)
    return [i for i, r in enumerate(resolved) if isinstance(r, Identity) and meant & set(r.mirnas)]
