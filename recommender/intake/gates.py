"""What a careful analyst looks at before trusting a file: each finding a note or a refusal, with its number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from recommender.errors import InputError, Problem
from recommender.knowledge import Knowledge
from recommender.nomenclature import Identity, NotUnderstood, Resolution, canonical_form
from recommender.readers.barcodes import read_barcode
from recommender.readers.measurements import Measurements
from recommender.readers.names import species_of
from recommender.settings import Settings, number

if TYPE_CHECKING:
    from recommender.calling import CallSheet
    from recommender.kernel import Array
    from recommender.model.profile import Profile

_HUMAN = "hsa"
_HUMAN_REASONS = frozenset({"retired_entry", "ambiguous_name"})
_LISTED = 5
_RELEASE = re.compile(r"mirbase[._-]?v?(\d{1,2}(?:\.\d)?)(?!\d)", re.IGNORECASE | re.ASCII)
_OLDEST = "older than miRBase 6, by its names: {} is in no later one"
_RED_CELL = ("cell_mix", "red_cell")


def listed(names: Sequence[str]) -> str:
    """Return a few names, and how many more there are."""
    some = ", ".join(names[:_LISTED])
    return some if len(names) <= _LISTED else f"{some} and {len(names) - _LISTED:,} more"


def check_names(found: Measurements, knowledge: Knowledge, settings: Settings, accept: bool) -> list[str]:
    """Return notes on a file's names.

    Parameters
    ----------
    accept : bool
        Take the file although few of its names are human miRNA names.

    Raises
    ------
    InputError
        Another species, or too few well-formed human names.
    """
    resolved = knowledge.resolver.resolve_all(found.names)
    human = sum(is_human(resolution) for resolution in resolved)
    share = human / len(found.names)
    species = Counter(filter(None, map(species_of, found.names)))
    foreign = {name: count for name, count in species.items() if name != _HUMAN}
    least = number(settings, "input_names", "min_human_share")
    if foreign and max(foreign.values()) > human:
        prefix = max(foreign, key=lambda name: (foreign[name], name))
        remedy = "give human miRNAs: directions documented in patients say nothing of another species"
        text = f"{foreign[prefix]:,} of {len(found.names):,} names of another species ({prefix})"
        raise InputError(Problem(found.where, text, f"human miRNA names ({_HUMAN})", remedy))
    if share < least and not (accept and human):
        other = [name for name, r in zip(found.names, resolved, strict=True) if not is_human(r)]
        raise InputError(
            Problem(
                found.where,
                f"{human:,} human miRNA names among {len(found.names):,} ({share:.0%}); not such: {listed(other)}",
                f"at least {least:.0%}",
                "check the column of names, or give --accept-names" if human else "check the column of names",
            )
        )
    notes = [f"{human:,} of {len(found.names):,} names are well-formed human miRNA names ({share:.1%})"]
    if foreign:
        notes.append(f"{sum(foreign.values()):,} names of another species: {listed(sorted(foreign))}")
    retired = _named(found.names, resolved, "retired_entry")
    if retired:
        notes.append(f"{len(retired):,} names of retired entries: {listed(retired)}")
    merged = _named(found.names, resolved, "ambiguous_name")
    if merged:
        notes.append(f"{len(merged):,} names that mean several miRNAs, kept as ambiguous: {listed(merged)}")
    old = sum(isinstance(r, Identity) and " was the name of " in r.note for r in resolved)
    if old:
        notes.append(f"{old:,} old names understood")
    notes.append(_level(found, resolved))
    return notes


def check_others(names: Sequence[str], knowledge: Knowledge) -> list[str]:
    """Return a note on names of no human miRNA in a library: what stands under them counts in its size."""
    other = [name for name, r in zip(names, knowledge.resolver.resolve_all(names), strict=True) if not is_human(r)]
    told = f"{len(other):,} names of no human miRNA, whose numbers count in the library: {listed(other)}"
    return [told] if other else []


def release(file: str, names: Sequence[str], knowledge: Knowledge) -> str:
    """Return what a file's name and its names tell of the miRBase release they are of.

    Names are understood whatever the release, so that nothing depends on it: it is told, not asked for.
    """
    named = _RELEASE.search(file)
    if named:
        return f"miRBase {named[1]}, by the file's name"
    last: dict[str, float] = {}
    for row in knowledge.retired:
        # a mature and its hairpin differ by one capital, and were retired apart
        for form in (canonical_form(row.name), row.accession):
            last[form] = max(_rank(row.last_release), last.get(form, 0.0))
    dated = [(last[form], name) for name in names if (form := canonical_form(name)) in last]
    if not dated:
        return "miRBase release not told by the names: none of a retired entry"
    (rank, name) = min(dated)
    return f"miRBase {rank:g} or older, by its names: {name} is in no later one" if rank else _OLDEST.format(name)


def _rank(release: str) -> float:
    """Return a release as a number; 0 for what is older than the history of names."""
    number_ = release.removeprefix("v").replace("_", ".")
    return float(number_) if number_[:1].isdigit() else 0.0


def is_human(resolution: Resolution) -> bool:
    """Tell whether a name is a human miRNA's, retired and ambiguous ones among them."""
    return not isinstance(resolution, NotUnderstood) or resolution.reason in _HUMAN_REASONS


def _named(names: Sequence[str], resolved: Sequence[Resolution], reason: str) -> list[str]:
    pairs = zip(names, resolved, strict=True)
    return sorted(name for name, r in pairs if isinstance(r, NotUnderstood) and r.reason == reason)


def _level(found: Measurements, resolved: Sequence[Resolution]) -> str:
    known = [r for r in resolved if isinstance(r, Identity)]
    if not (known or found.level):
        return "level not known: no name tells it"
    hairpins = sum(r.measured_as in ("hairpin", "arm_unknown") for r in known)
    hairpin = found.level == "hairpin" if found.level else 2 * hairpins > len(known)
    return "hairpin level: the two arms of a hairpin cannot be told apart" if hairpin else "mature level"


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
    for specimen, aliquots in list(again.items())[:_LISTED]:
        notes.append(f"{specimen} was measured {len(aliquots)} times, and stays so: {', '.join(aliquots)}")
    if len(again) > _LISTED:
        notes.append(
            f"{len(again) - _LISTED:,} more samples were measured several times: {listed(list(again)[_LISTED:])}"
        )
    if normals:
        notes.append(f"{len(normals):,} samples are normal tissue by their TCGA barcode: {listed(sorted(normals))}")
    same: dict[bytes, list[str]] = {}
    if len(samples) > 1 and values.shape[1] > 1:
        for name, row in zip(samples, values, strict=True):
            same.setdefault(row.tobytes(), []).append(name)
    twins = sorted(", ".join(sorted(names)) for names in same.values() if len(names) > 1)
    if twins:
        more = f"; and {len(twins) - _LISTED:,} more groups" if len(twins) > _LISTED else ""
        notes.append(f"samples with the very same numbers: {'; '.join(twins[:_LISTED])}{more}")
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


def flipped_sign(profile: Profile, sheet: CallSheet, knowledge: Knowledge, settings: Settings) -> str | None:
    """Return a warning where most documented directions of this tumor are reversed; else None."""
    from recommender.dossier import dossiers

    tumor = knowledge.vocabulary.resolve(profile.cancer)
    against: list[str] = []
    judged = 0
    for name, dossier in dossiers(knowledge, tumor, profile.metastatic).items():
        call = sheet.calls.get(name)
        if dossier.kind != "mirna" or dossier.level != "documented_here" or call is None:
            continue
        if {call.call, dossier.documented} == {"up", "down"}:
            against.append(name)
        judged += call.call in ("up", "down") and dossier.documented in ("up", "down")
    if judged < number(settings, "input_sign", "min_documented"):
        return None
    if len(against) < number(settings, "input_sign", "min_reversed_share") * judged:
        return None
    return (
        f"{len(against)} of {judged} changed miRNAs go against what is documented in {tumor.tumor.name.lower()} "
        f"({listed(sorted(against))}): the sign may be flipped, normal over tumor"
    )
