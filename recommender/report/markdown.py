"""The outline as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from recommender.report.blocks import Block, Bullets, Heading, Paragraph


def escape(text: str) -> str:
    """Return text with the characters Markdown and HTML would read as markup made harmless."""
    for character in "\\`*_~[]<>|#&":
        text = text.replace(character, f"\\{character}")
    return text


def render_markdown(blocks: Sequence[Block]) -> str:
    """Return the report as Markdown."""
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, Heading):
            parts.append(f"{'#' * block.level} {escape(block.text)}")
        elif isinstance(block, Paragraph):
            label = f"**{escape(block.label)}:** " if block.label else ""
            parts.append(f"{label}{escape(block.text)}".rstrip())
        elif isinstance(block, Bullets):
            parts.append("\n".join(f"- {escape(item)}" for item in block.items))
        else:
            rule = ["---:" if name in block.right else "---" for name in block.header]
            rows = [list(map(escape, block.header)), rule, *(list(map(escape, row)) for row in block.rows)]
            parts.append("\n".join("| " + " | ".join(row) + " |" for row in rows))
    return "\n\n".join(parts) + "\n"
