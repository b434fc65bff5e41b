"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def knowledge_option(command: F) -> F:
    """Add ``--knowledge DIR``, repeatable; the command gets a tuple of folders as `packs`.

    Give it to :func:`recommender.load_knowledge`: ``load_knowledge(*packs)``.
    """
    return click.option(
        "--knowledge",
        "packs",
        metavar="DIR",
        multiple=True,
        help="Add a knowledge pack, a folder with a pack.toml. May be repeated.",
    )(command)
