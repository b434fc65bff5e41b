"""The new version of the knowledge with pieces as the old one has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from recommender.inference import matcher_of
from recommender.knowledge import TABLES, Knowledge, cross_check
from recommender.knowledge_diff import RULES, SETTINGS, Piece

_KEPT = 64  # mixtures at a time: samples of a cohort ask for the same ones


class Mixtures:
    """Mixtures of two versions, by the ids of the pieces that are put back.

    Parameters
    ----------
    new : Knowledge
    pieces : sequence of Piece
        Everything in which the old version differs.
    """

    def __init__(self, new: Knowledge, pieces: Sequence[Piece]) -> None:
        self.pieces = {piece.id: piece for piece in pieces}
        self._new = new
        self.mixed = lru_cache(maxsize=_KEPT)(self._mixed)

    def _mixed(self, ids: frozenset[str]) -> Knowledge | None:
        """Return the new version with some pieces as the old one has them; None where that contradicts itself."""
        pieces = [self.pieces[id_] for id_ in sorted(ids)]
        if any(piece.kind == SETTINGS and not piece.old for piece in pieces):  # nothing can do without a setting
            return None
        found = mix(self._new, pieces)
        return None if next(iter(cross_check(found)), None) else found


def mix(new: Knowledge, pieces: Iterable[Piece]) -> Knowledge:
    """Return a knowledge with some pieces as their old version."""
    tables, rules = dict(new.tables), {file: list(group) for file, group in new.rules.items()}
    settings = {table: dict(values) for table, values in new.settings.items()}
    same_rules = True
    for piece in pieces:
        if piece.kind in TABLES:
            kept = [row for row in tables[piece.kind] if row not in piece.new]
            tables[piece.kind] = (*kept, *piece.old)
        elif piece.kind == RULES:
            same_rules = False
            for filed in piece.new:
                rules[filed.file] = [rule for rule in rules[filed.file] if rule.id != piece.key]
            for filed in piece.old:
                rules.setdefault(filed.file, []).append(filed.rule)
        else:
            assert piece.kind == SETTINGS
            table, _, key = piece.key.partition(".")
            settings.setdefault(table, {}).pop(key, None)
            settings[table].update((key, value) for value in piece.old)
    cache: dict[Any, Any] = {"matcher": matcher_of(new)} if same_rules else {}
    return Knowledge(tables, rules, settings, new.sha256, new.packs, new.version, _cache=cache)
