"""What looks like a miRNA's name, of any species, whether or not anybody knows it."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAME = re.compile(
    r"^(?:(?P<species>[a-z]{3,5})-)?(?:mir|let|lin|bantam|lsy|iab)-?\d*[a-z0-9*./|,-]*(?:\s*\(?star\)?)?$",
    re.IGNORECASE | re.ASCII,
)
_ACCESSION = re.compile(r"^MI(?:MAT)?\d{7}(?:[-_]\d+)?$", re.IGNORECASE | re.ASCII)
_ENOUGH = 200


def looks_like_mirna(name: str) -> bool:
    """Tell whether a text has the shape of a miRNA's name or accession.

    >>> looks_like_mirna("mmu-miR-21a-5p"), looks_like_mirna("MIMAT0000076"), looks_like_mirna("TCGA-05-4244")
    (True, True, False)
    """
    text = name.strip().replace("_", "-")
    return bool(_ACCESSION.match(text) or (_NAME.match(text) and any(c.isdigit() for c in text)))


def share_of_names(names: Iterable[str]) -> float:
    """Return the share of texts that look like miRNA names, in [0, 1]; of the first few hundred."""
    some = [name for name, _ in zip(names, range(_ENOUGH), strict=False)]
    return sum(map(looks_like_mirna, some)) / len(some) if some else 0.0


def species_of(name: str) -> str | None:
    """Return the species prefix of a name, in lower case; None where it has none.

    >>> species_of("mmu-miR-21a-5p"), species_of("miR-21")
    ('mmu', None)
    """
    match = _NAME.match(name.strip().replace("_", "-"))
    return match["species"].lower() if match and match["species"] else None
