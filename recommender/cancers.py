"""Tumor names, TCGA and OncoTree codes, to the tumors the knowledge speaks of."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from recommender.errors import InputError, Problem, shorten
from recommender.model.records import CancerRow

_SUGGESTIONS = 3
_PUNCTUATION = dict.fromkeys(code for code in range(128) if not chr(code).isalnum())


class Tumor(NamedTuple):
    """A tumor as understood.

    Attributes
    ----------
    row : CancerRow
        What the given name means exactly, perhaps a subtype.
    tumor : CancerRow
        What it counts as.
    lineage_ids : frozenset of str
        Its own id and those of all it counts as, umbrellas included.
    as_given : str
    """

    row: CancerRow
    tumor: CancerRow
    lineage_ids: frozenset[str]
    as_given: str


def fold(name: str) -> str:
    """Return a name without case, accents, spaces and punctuation.

    >>> fold("Non–Hodgkin's lymphoma")
    'nonhodgkinslymphoma'
    """
    if not name.isascii():
        name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return name.lower().translate(_PUNCTUATION)


class CancerVocabulary:
    """Resolves what people call a tumor; built once, then only read."""

    def __init__(self, rows: Iterable[CancerRow]) -> None:
        self.rows: Mapping[str, CancerRow] = {row.cancer: row for row in rows}
        self._names: dict[str, set[str]] = {}
        self._codes: dict[str, dict[str, str]] = {"tcga": {}, "oncotree": {}}
        for row in self.rows.values():
            for name in (row.cancer, row.name, *row.synonyms):
                self._names.setdefault(fold(name), set()).add(row.cancer)
            self._codes["tcga"].update((code.upper(), row.cancer) for code in row.tcga)
            self._codes["oncotree"].update((code.upper(), row.cancer) for code in row.oncotree)

    def ancestors(self, cancer: str) -> list[CancerRow]:
        """Return the row of `cancer` and of everything it belongs to, nearest first."""
        chain: list[CancerRow] = []
        while cancer:
            chain.append(self.rows[cancer])
            cancer = chain[-1].parent
        return chain

    def tumor(self, cancer: str, as_given: str = "") -> Tumor:
        """Return the tumor an id stands for."""
        chain = self.ancestors(cancer)
        counts_as = next((row for row in chain if row.level != "subtype"), chain[0])
        return Tumor(chain[0], counts_as, frozenset(row.cancer for row in chain), as_given or cancer)

    def resolve(self, given: str, where: str = "cancer") -> Tumor:
        """Return what `given` means.

        Raises
        ------
        InputError
            Unknown, with the nearest names; or a bare code with two meanings, with both.
        """
        space, _, code = given.partition(":")
        if space.strip().lower() in self._codes:
            codes = self._codes[space.strip().lower()]
            found = codes.get(code.strip().upper())
            if found is None:
                raise self._unknown(given, where, [f"{space.lower()}:{c}" for c in codes], code.strip().upper())
            return self.tumor(found, given)
        readings = {f"{s}:{given.strip().upper()}": c for s, c in self._bare(given)}
        readings |= {f"name of {c}": c for c in self._names.get(fold(given), ())}
        if not readings:
            raise self._unknown(given, where, [*self._names], fold(given))
        tumors = {self.tumor(cancer).tumor.cancer for cancer in readings.values()}
        if len(tumors) > 1:
            meanings = ", ".join(f"{self.rows[c].name} ({how})" for how, c in sorted(readings.items()))
            raise InputError(
                Problem(
                    where,
                    f"{shorten(given)}, which means {meanings}",
                    "one tumor",
                    "prefix tcga: or oncotree:",
                )
            )
        exact = set(readings.values())
        return self.tumor(exact.pop() if len(exact) == 1 else tumors.pop(), given)

    def _bare(self, given: str) -> Iterable[tuple[str, str]]:
        for space, codes in self._codes.items():
            cancer = codes.get(given.strip().upper())
            if cancer is not None:
                yield space, cancer

    def _unknown(self, given: str, where: str, known: list[str], wanted: str) -> InputError:
        import difflib  # slow to import, and needed for mistakes alone

        near = difflib.get_close_matches(wanted, [name.rpartition(":")[2] for name in known], _SUGGESTIONS, 0.6)
        named = {self.rows[c].name for form in near for c in self._names.get(form, ())}
        named |= {name for name in known if name.rpartition(":")[2] in near and ":" in name}
        remedy = f"nearest: {', '.join(sorted(named))}" if named else "see `knowledge list cancers`"
        return InputError(
            Problem(where, shorten(given), "a tumor the vocabulary knows, a TCGA or OncoTree code", remedy)
        )
