"""Patience with a shared folder: what another machine wrote may be seen a moment later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

_Found = TypeVar("_Found")
_TRIES, _FIRST = 6, 0.05  # seconds; three in all, as long as NFS keeps what it knows of a folder


def patiently(look: Callable[[], _Found | None]) -> _Found | None:
    """Return what is found, having looked again for a while."""
    pause = _FIRST
    for _ in range(_TRIES):
        if (found := look()) is not None:
            return found
        time.sleep(pause)
        pause *= 2
    return look()
