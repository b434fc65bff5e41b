"""What a file's names say of it: human miRNAs or not, of which miRBase release, at which level."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from recommender.errors import InputError, Problem
from recommender.knowledge import Knowledge
from recommender.nomenclature import Identity, NotUnderstood, Resolution, canonical_form
from recommender.readers.measurements import Measurements
from recommender.readers.names import species_of
from recommender.settings import Settings, number

_HUMAN = "hsa"
_HUMAN_REASONS = frozenset({"retired_entry", "ambiguous_name"})
LISTED = 5  # names in a message
_RELEASE = re.compile(r"mirbase[._-]?v?(\d{1,2}(?:\.\d)?)(?!\d)", re.IGNORECASE | re.ASCII)
_OLDEST = "older than miRBase 6, by its names: {} is in no later one"


def listed(names: Sequence[str]) -> str:
    """Return a few names, and how many more there are."""
    some = ", ".join(names[:LISTED])
    return some if len(names) <= LISTED else f"{some} and {len(names) - LISTED:,} more"


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
