"""The outline as plain text that fits 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from unicodedata import east_asian_width

from recommender.report.blocks import Block, Bullets, Heading, Paragraph, Table

WIDTH = 100
_COLORS = {"clear": "green", "caution": "yellow", "adverse": "red"}

Style = Callable[[str, str], str]


def _plain(text: str, _: str) -> str:
    return text


def render_text(blocks: Sequence[Block], style: Style = _plain) -> str:
    """Return the report as text.

    Parameters
    ----------
    blocks : sequence of Block
    style : callable
        Given a text and a style (a color, or "bold"), returns it styled; by default as it is.
    """
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Heading):
            title = wrap(block.text)
            lines += ["", *(style(line, "bold") for line in title)]
            if block.level < 3:
                lines.append(("=" if block.level == 1 else "-") * max(map(columns, title)))
        elif isinstance(block, Paragraph):
            label = f"{block.label}: " if block.label else ""
            lines += wrap(label + block.text, indent="  " if label else "")
        elif isinstance(block, Bullets):
            for item in block.items:
                lines += wrap(item, "  - ", "    ")
        else:
            lines += _table(block, style)
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def columns(text: str) -> int:
    """Return how many columns a text takes on a terminal: East Asian wide characters take two."""
    return len(text) + sum(east_asian_width(c) in "WF" for c in text if not c.isascii())


def wrap(text: str, first: str = "", indent: str = "") -> list[str]:
    """Return a text in lines of at most :data:`WIDTH` columns; names are not broken at their hyphens."""
    lines = textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False, break_long_words=True
    )
    narrow: list[str] = []
    for line in lines or [""]:
        while columns(line) > WIDTH:
            cut = next(i for i in range(len(line), 0, -1) if columns(line[:i]) <= WIDTH)
            narrow.append(line[:cut])
            line = indent + line[cut:]
        narrow.append(line)
    return narrow


def _table(table: Table, style: Style) -> list[str]:
    widths = [max(len(row[i]) for row in (table.header, *table.rows)) for i in range(len(table.header))]

    def line(cells: Sequence[str], styled: bool) -> str:
        padded = [
            cell.rjust(width) if name in table.right else cell.ljust(width)
            for cell, width, name in zip(cells, widths, table.header, strict=True)
        ]
        if styled:
            padded = [style(cell, _COLORS[cell.strip()]) if cell.strip() in _COLORS else cell for cell in padded]
        return "  ".join(padded)

    return [line(table.header, styled=False), *(line(row, styled=True) for row in table.rows)]
