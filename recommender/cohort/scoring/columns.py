"""What the columns of a matrix are: resolved once for a whole cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from recommender.features import Keys, feature_keys, level_of, members_of_matures
from recommender.nomenclature import Identity, MeasuredAs, Outside, Resolver


@dataclass(frozen=True)
class Columns:
    """The names of a matrix, sorted as the names of a profile are: the order of a sum decides its last bits.

    Attributes
    ----------
    names : tuple of str
    keys : list of (str, Identity or None)
        Per name, its key for matching two libraries, and its identity where the knowledge has one.
    groups : dict of str to tuple of int
        Mature to the columns that speak of it.
    families : dict of str to tuple of str
        Family or cluster to its members that some column names; those of which none is named are left out.
    """

    names: tuple[str, ...]
    keys: Keys
    groups: dict[str, tuple[int, ...]]
    families: dict[str, tuple[str, ...]]
    outside: tuple[str, ...]
    unresolved: tuple[str, ...]

    @property
    def entities(self) -> tuple[str, ...]:
        """Every mature, family and cluster of which something is said, sorted."""
        return tuple(sorted([*self.groups, *self.families]))

    @property
    def known(self) -> tuple[int, ...]:
        """The columns the knowledge speaks of."""
        return tuple(i for i, (_, identity) in enumerate(self.keys) if identity is not None)

    def identity(self, column: int) -> Identity:
        """Return what a column that the knowledge speaks of is."""
        found = self.keys[column][1]
        assert found is not None
        return found

    def measured_as(self, column: int) -> MeasuredAs:
        """Return how surely a column is the mature it speaks of."""
        return self.identity(column).measured_as

    def level(self, where: str) -> str:
        """Return whether hairpins or matures were measured; refuses a mixture."""
        return level_of([identity for _, identity in self.keys if identity], where)

    def known_alone(self) -> Columns:
        """Return the columns the knowledge speaks of: relative values need no others."""
        kept = self.known
        place = {column: i for i, column in enumerate(kept)}
        return replace(
            self,
            names=tuple(self.names[i] for i in kept),
            keys=[self.keys[i] for i in kept],
            groups={mirna: tuple(place[i] for i in group) for mirna, group in self.groups.items()},
        )

    def parts(self) -> dict[str, list[list[int]]]:
        """Return, per mature, the columns of each hairpin or mature whose abundances add up to it."""
        columns: dict[str, list[int]] = {}
        for i, (key, identity) in enumerate(self.keys):
            if identity is not None:
                columns.setdefault(key, []).append(i)
        return {mirna: [columns[key] for key in sorted(keys)] for mirna, keys in members_of_matures(self.keys).items()}


def resolve_columns(names: Sequence[str], resolver: Resolver) -> Columns:
    """Return what the columns of a matrix are.

    Parameters
    ----------
    names : sequence of str
        As in the file, in any order, once each.
    resolver : Resolver
    """
    ordered = tuple(sorted(names))
    keys = feature_keys(list(ordered), resolver)
    groups: dict[str, list[int]] = {}
    for i, (_, identity) in enumerate(keys):
        for mirna in identity.mirnas if identity else ():
            groups.setdefault(mirna, []).append(i)
    families = {
        name: named
        for name, members in resolver.families.items()
        if (named := tuple(member for member in members if member in groups))
    }
    resolved = resolver.resolve_all(ordered)
    return Columns(
        ordered,
        keys,
        {mirna: tuple(columns) for mirna, columns in groups.items()},
        families,
        tuple(name for name, found in zip(ordered, resolved, strict=True) if isinstance(found, Outside)),
        tuple(
            name for name, found in zip(ordered, resolved, strict=True) if not isinstance(found, (Identity, Outside))
        ),
    )
