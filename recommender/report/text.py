"""The outline as plain text that fits 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from recommender.report.outline import Block, Bullets, Heading, Paragraph, Table

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
            lines += ["", style(block.text, "bold")]
            if block.level < 3:
                lines.append(("=" if block.level == 1 else "-") * min(len(block.text), WIDTH))
        elif isinstance(block, Paragraph):
            label = f"{block.label}: " if block.label else ""
            lines += textwrap.wrap(label + block.text, WIDTH, subsequent_indent="  " if label else "")
        elif isinstance(block, Bullets):
            for item in block.items:
                lines += textwrap.wrap(item, WIDTH, initial_indent="  - ", subsequent_indent="    ")
        else:
            lines += _table(block, style)
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


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
