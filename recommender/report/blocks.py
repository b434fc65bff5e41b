"""The blocks a report is made of; how they look is the renderers' matter."""

from __future__ import annotations

from typing import NamedTuple

from recommender.model.recommendation import KnowledgeStamp


class Heading(NamedTuple):
    """A heading; level 1 is the report's title."""

    level: int
    text: str


class Paragraph(NamedTuple):
    """Running text, with a bold label in front where one is given."""

    text: str
    label: str = ""


class Bullets(NamedTuple):
    """A list."""

    items: tuple[str, ...]


class Table(NamedTuple):
    """A table; columns named in `right` are aligned to the right."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[str] = frozenset()


Block = Heading | Paragraph | Bullets | Table


def which_knowledge(stamp: KnowledgeStamp) -> str:
    """Return which knowledge answered, with the packs over it, for the last line of a report."""
    packs = "".join(f" with {pack}" for pack in stamp.packs)
    return f"knowledge {stamp.version} ({stamp.sha256[:12]}){packs}"


def signed(value: float) -> str:
    """Return a value with its sign and two decimals, or three digits where it is beyond all sense."""
    return f"{value:+.2f}" if abs(value) < 1e6 else f"{value:+.2e}"
