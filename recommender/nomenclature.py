"""miRNA names as people write them, to identities, saying how each was understood."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from recommender.model.recommendation import UnresolvedReason
from recommender.model.records import FamilyRow, HairpinRow, MirnaRow, RetiredRow

MeasuredAs = Literal["exact", "arm_assumed", "arm_unknown", "hairpin"]

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－_"), "-")
_HUMAN = re.compile(r"^hsa-?(?=mir|let)", re.IGNORECASE)
_SPECIES = re.compile(r"^([a-z]{3,5})-(?=(?:mir|let|lin|bantam|lsy|iab)(?:[-\d]|$))", re.IGNORECASE | re.ASCII)
_ACCESSION = re.compile(r"^(MI(?:MAT)?\d{7})(?:-\d+)?$", re.IGNORECASE | re.ASCII)  # -1: a second locus
_SYMBOL = re.compile(r"^MIR(LET)?(\d+)([A-Z]*)(?:-?(\d+))?$", re.ASCII)  # HGNC: the gene, and so the hairpin
_HOST_GENE = re.compile(r"^MIR[A-Z0-9-]*HG$", re.IGNORECASE | re.ASCII)
_STAR = re.compile(r"\s*\(?(?:star|\*)\)?$")
_ARM = re.compile(r"-[35]p$")
# an l or o after one or two digits is a mistyped 1 or 0: stems with that many members have longer numbers
_WELL_FORMED = re.compile(
    r"^(?:mir|let)-(?:\d{1,2}(?![\dlo])|\d{3,})[a-z]{0,2}(?:-\d+)?(?:-[35]p)?(?:\.\d)?\*?$", re.ASCII
)
_MERGED = re.compile(r"[/|;,+]| or ")
_SUGGESTIONS = 3


class Identity(NamedTuple):
    """A name that was understood.

    Attributes
    ----------
    key : str
        Canonical name of what was measured: a mature, or a hairpin.
    mirnas : tuple of str
        Canonical matures the measurement speaks of; several where a hairpin's arm is not known.
    measured_as : str
        How certain the arm is.
    note : str
        How the name was understood; empty where it is the canonical name.
    """

    key: str
    mirnas: tuple[str, ...]
    measured_as: MeasuredAs
    note: str = ""


class Outside:
    """A well-formed human name the knowledge does not hold; all are one value."""


class NotUnderstood(NamedTuple):
    """A name that cannot be read as one human miRNA."""

    reason: UnresolvedReason
    suggestions: tuple[str, ...] = ()


Resolution = Identity | Outside | NotUnderstood

_OUTSIDE = Outside()
_REMEMBERED = 20_000  # names: a cohort repeats the same ones in every sample


def canonical_form(name: str) -> str:
    """Return a name with plain hyphens, no outer space, and no ``hsa-`` in front.

    >>> canonical_form(" hsa–miR–21–5p ")
    'miR-21-5p'
    """
    return _HUMAN.sub("", " ".join(name.translate(_DASHES).split()))


def well_formed(name: str) -> bool:
    """Tell whether a name looks like one miRNA or hairpin."""
    return _WELL_FORMED.match(canonical_form(name).lower()) is not None


class Resolver:
    """Resolves names against the identity tables; built once, then only read.

    Parameters
    ----------
    mirnas, hairpins, families, retired : iterable of rows
        The identity tables.
    printed : iterable of str
        Spellings of the review, offered as suggestions.
    """

    def __init__(
        self,
        mirnas: Iterable[MirnaRow],
        hairpins: Iterable[HairpinRow],
        families: Iterable[FamilyRow],
        retired: Iterable[RetiredRow],
        printed: Iterable[str],
    ) -> None:
        self.mirnas: Mapping[str, MirnaRow] = {row.mirna: row for row in mirnas if row.status == "current"}
        self.hairpins: Mapping[str, HairpinRow] = {row.hairpin: row for row in hairpins}
        self._printed = tuple(printed)
        self.families: dict[str, tuple[str, ...]] = {}
        self._direct: dict[str, Resolution] = {}  # as people paste it: exact canonical names and accessions
        self._remembered: dict[str, Resolution] = {}
        self._mature: dict[str, list[Identity]] = {}  # lower-case, without hsa-
        self._hairpin: dict[str, Identity] = {}
        self._by_hairpin: dict[str, Identity] = {}
        self._members: dict[str, tuple[str, ...]] = {}
        # names that are a hairpin's today and were a mature's: "hsa-let-7b"
        self.also_hairpin: dict[str, Identity] = {}
        for family in families:
            self.families[family.family] = family.members
            for alias in family.aliases:
                self._members[canonical_form(alias).lower()] = family.members
        self._retired = {canonical_form(row.name).lower() for row in retired}
        self._retired |= {row.accession.lower() for row in retired}
        for hairpin in self.hairpins.values():
            self._add_hairpin(hairpin)
        for hairpin in self.hairpins.values():  # a name in use today is not what another once was
            self._hairpin[canonical_form(hairpin.hairpin).lower()] = self._by_hairpin[hairpin.hairpin]
        for mirna in self.mirnas.values():
            self._add_mature(mirna)
        self._known = {*self._hairpin, *self._mature, *self._retired, *self._members}
        for name in self._hairpin.keys() & self._mature.keys():
            if not name.startswith("mir"):
                twin = self._hairpin[name]
                self._direct.pop(twin.key, None)
                self.also_hairpin[name] = twin

    def _add_hairpin(self, row: HairpinRow) -> None:
        mirnas = self.arms(row)
        certainty: MeasuredAs = "hairpin" if len(mirnas) == 1 else "arm_unknown"
        identity = Identity(row.hairpin, mirnas, certainty, f"measured as hairpin {row.hairpin}")
        self._by_hairpin[row.hairpin] = identity
        for name in row.previous_names:
            self._hairpin[canonical_form(name).lower()] = identity
        self._direct[row.hairpin] = identity
        self._direct[row.accession] = identity

    def arms(self, row: HairpinRow) -> tuple[str, ...]:
        """Return the matures a hairpin's abundance speaks of: its guide strand, or every strand."""
        guides = tuple(name for name in row.matures if name in self.mirnas and self.mirnas[name].guide == "yes")
        return guides if len(guides) == 1 else tuple(name for name in row.matures if name in self.mirnas)

    def _add_mature(self, row: MirnaRow) -> None:
        exact = Identity(row.mirna, (row.mirna,), "exact")
        self._direct[row.mirna] = exact
        self._direct[row.accession] = exact
        self._mature.setdefault(canonical_form(row.mirna).lower(), []).insert(0, exact)
        for previous in row.previous_names:
            name = canonical_form(previous)
            bare = not name.endswith(("-5p", "-3p", "*")) and row.arm != "none"
            note = f"{name} was the name of {row.mirna}" + (", arm assumed" if bare else "")
            identity = Identity(row.mirna, (row.mirna,), "arm_assumed" if bare else "exact", note)
            self._mature.setdefault(name.lower(), []).append(identity)

    def resolve(self, name: str) -> Resolution:
        """Return what `name` stands for.

        >>> from recommender.knowledge import load_knowledge
        >>> load_knowledge().resolver.resolve("miR-122a").mirnas
        ('hsa-miR-122-5p',)
        """
        found = self._direct.get(name)
        if found is None:
            found = self._remembered.get(name)
        if found is None:
            found = self._resolve(name)
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[name] = found
        return found

    def resolve_all(self, names: Iterable[str]) -> list[Resolution]:
        """Return what each name of one file stands for.

        A name that may mean a mature or a hairpin (``hsa-let-7b``) is a hairpin where most others are.
        """
        given = list(names)
        found = [self.resolve(name) for name in given]
        known = [identity for identity in found if isinstance(identity, Identity)]
        hairpins = sum(identity.measured_as in ("hairpin", "arm_unknown") for identity in known)
        if 2 * hairpins > len(known):
            for i, name in enumerate(given):
                found[i] = self.also_hairpin.get(canonical_form(name).lower(), found[i])
        return found

    def _resolve(self, name: str) -> Resolution:
        if name.startswith("hsa-") and name[4:].lower() not in self._known and _WELL_FORMED.match(name[4:].lower()):
            return _OUTSIDE  # the common case, short
        text = canonical_form(name)
        lower = text.lower()
        accession = _ACCESSION.match(text)
        if accession:
            if accession.group(1).lower() in self._retired:
                return NotUnderstood("retired_entry")
            return self._direct.get(accession.group(1).upper(), _OUTSIDE)
        if lower in self._members:
            return self._family(lower)
        if _MERGED.search(text) and re.search(r"mir|let", lower):
            return NotUnderstood("ambiguous_name", tuple(self._parts(text)))
        species = _SPECIES.match(text)
        if species and species.group(1).lower() != "hsa":
            return NotUnderstood("not_human")
        if _HOST_GENE.match(text):
            return NotUnderstood("not_a_mirna_name")
        symbol = _SYMBOL.match(text)
        if symbol:
            family, number, letters, copy = symbol.groups()
            lower = ("let-" if family else "mir-") + number + letters.lower() + (f"-{copy}" if copy else "")
            return (
                self._family(lower) if lower in self._members else self._hairpin.get(lower) or self._lookup("", lower)
            )
        return self._lookup(text, lower)

    def _lookup(self, text: str, lower: str) -> Resolution:
        lower = re.sub(r"^(mir|let)(?=\d)", r"\1-", lower)
        lower = _STAR.sub("*", lower)
        if lower in self._members:
            return self._family(lower)
        as_hairpin = self._hairpin.get(lower)
        # lower-case "mir" without an arm is the hairpin's name; "miR", and every other case, a mature's
        if as_hairpin and (text.startswith("mir") or lower not in self._mature):
            return as_hairpin
        matures = self._mature.get(lower, [])
        if not matures:
            return self._unknown(lower)
        first = matures[0]
        keys = {identity.key for identity in matures}
        if len(keys) == 1 or not first.note:  # without a note: the name it has today
            return first
        # a name both strands had at times: the hairpin, with the arm unknown
        return as_hairpin or NotUnderstood("ambiguous_name", tuple(sorted(keys)))

    def _unknown(self, lower: str) -> Resolution:
        if lower in self._retired:
            return NotUnderstood("retired_entry")
        if _WELL_FORMED.match(lower):
            return _OUTSIDE
        return NotUnderstood("not_a_mirna_name", tuple(self.suggest(lower)))

    def _family(self, alias: str) -> NotUnderstood:
        return NotUnderstood("ambiguous_name", self._members[alias])

    def _parts(self, text: str) -> Iterable[str]:
        """Yield what the parts of a merged name could each be.

        ``let-7a/7c`` has let-7a and let-7c, ``miR-199a/b-3p`` miR-199a-3p and miR-199b-3p.
        """
        pieces = [piece.strip() for piece in _MERGED.split(text) if piece.strip()]
        arm = _ARM.search(pieces[-1])
        if arm and not any(_ARM.search(piece) for piece in pieces[:-1]):
            pieces = [piece + arm.group() for piece in pieces[:-1]] + pieces[-1:]
        stem = number = ""
        for piece in pieces:
            prefix = re.match(r"^((?:hsa-)?(?:mir|let)-?)(\d+)", piece, re.IGNORECASE)
            candidates = [piece] if prefix or not stem else [stem + piece, stem + number + piece]
            if prefix:
                stem, number = prefix.groups()
            for candidate in candidates:
                found = self.resolve(candidate)
                if isinstance(found, Identity):
                    yield from found.mirnas
                    break

    def suggest(self, name: str) -> list[str]:
        """Return up to three names that look like `name`, the review's spellings first."""
        import difflib  # slow to import, and needed for mistakes alone

        by_form = {canonical_form(spelling).lower(): spelling for spelling in (*self.mirnas, *self._printed)}
        wanted = canonical_form(name).lower()
        meant = re.sub(r"(?<=\d)[lo]", lambda m: {"l": "1", "o": "0"}[m.group()], wanted)
        if meant in by_form and meant != wanted:
            return [by_form[meant]]
        return [by_form[form] for form in difflib.get_close_matches(wanted, by_form, _SUGGESTIONS, 0.75)]
