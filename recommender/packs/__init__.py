"""Knowledge packs: folders that add records and rules to the knowledge, override them by id, or disable them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recommender.errors import KnowledgeError, Problem
from recommender.knowledge import Knowledge
from recommender.packs.merge import merge
from recommender.packs.pack import Pack, read_pack
from recommender.packs.soundness import unsound

_REMEMBERED = 8  # combinations of packs, for whoever loads the same ones again and again


def add_packs(base: Knowledge, folders: Sequence[Path | str]) -> Knowledge:
    """Return a knowledge with packs over it, in the order given; `base` is not changed.

    Validated like the bundled knowledge, the whole with the packs in it; nothing of a pack is trusted.

    Raises
    ------
    KnowledgeError
        A pack is malformed, packs contradict each other, or the whole is not sound: every problem, with
        file and row or rule.
    """
    packs = read_packs(folders)
    known: dict[tuple[tuple[str, str], ...], Knowledge] = base.remember("packs", dict)
    key = tuple((pack.place, pack.digest) for pack in packs)
    if key not in known:
        if len(known) >= _REMEMBERED:
            known.pop(next(iter(known)))
        known[key] = _merged(base, packs)
    return known[key]


def read_packs(folders: Sequence[Path | str]) -> list[Pack]:
    """Return packs as they stand in their folders, each by itself.

    Raises
    ------
    KnowledgeError
        Every problem of every pack.
    """
    packs: list[Pack] = []
    problems: list[Problem] = []
    for folder in folders:
        try:
            packs.append(read_pack(folder))
        except KnowledgeError as error:
            problems += error.problems
    places: dict[str, str] = {}
    for pack in packs:
        if pack.name in places:
            found = f"name {pack.name}, which the pack {places[pack.name]} has"
            problems.append(Problem(f"{pack.place}/pack.toml", found, "packs of different names", "give it once"))
        places.setdefault(pack.name, pack.place)
    if problems:
        raise KnowledgeError(problems)
    return packs


def _merged(base: Knowledge, packs: Sequence[Pack]) -> Knowledge:
    whole, problems = merge(base, packs)
    problems = problems or unsound(base, whole)
    if problems:
        raise KnowledgeError(problems)
    return whole
