"""Sequence siblings: miRNAs that share the seed, and so targets, with one that is inhibited or restored.

Whether an inhibitor also binds them depends on the oligonucleotide, which no sequence of the miRNA tells.
The seed is positions 2 to 8 from the 5' end; the weaker 6-mer is positions 2 to 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from recommender.knowledge import Knowledge

Seed = Literal["seed_2_8", "seed_2_7"]
_SEED = slice(1, 8)
_SIX = slice(1, 7)


class Sibling(NamedTuple):
    """A miRNA that shares the seed with another.

    Attributes
    ----------
    matches : int
        Equal positions when both are laid side by side from the 5' end.
    alignment : tuple of three str
        The first sequence, a bar where both agree, the second sequence.
    """

    mirna: str
    seed: Seed
    matches: int
    alignment: tuple[str, str, str]


def align(first: str, second: str) -> tuple[int, tuple[str, str, str]]:
    """Lay two mature sequences side by side from the 5' end.

    >>> align("AGCUACAUUG", "AGCUACAUCU")[0]
    8
    """
    bars = "".join("|" if a == b else " " for a, b in zip(first, second, strict=False))
    return bars.count("|"), (first, bars, second)


def siblings(knowledge: Knowledge, mirna: str) -> tuple[Sibling, ...]:
    """Return the siblings of a mature among those the knowledge holds, the closest first.

    A 6-mer sibling is listed only where it is documented: by chance alone one miRNA in four thousand
    shares six positions, and many do.
    """
    found: Mapping[str, tuple[Sibling, ...]] = knowledge.remember("siblings", dict)
    if mirna not in found:
        found[mirna] = _find(knowledge, mirna)  # type: ignore[index]
    return found[mirna]


def _find(knowledge: Knowledge, mirna: str) -> tuple[Sibling, ...]:
    own = knowledge.resolver.mirnas.get(mirna)
    if own is None:
        return ()
    result: list[Sibling] = []
    for other in knowledge.resolver.mirnas.values():
        if other.mirna == mirna or other.sequence[_SIX] != own.sequence[_SIX]:
            continue
        seed: Seed = "seed_2_8" if other.sequence[_SEED] == own.sequence[_SEED] else "seed_2_7"
        matches, alignment = align(own.sequence, other.sequence)
        result.append(Sibling(other.mirna, seed, matches, alignment))
    return tuple(sorted(result, key=lambda s: (s.seed == "seed_2_7", -s.matches, s.mirna)))
