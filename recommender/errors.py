"""Everything that can go wrong, as values a person can act on.

One base class, :class:`RecommenderError`. Problems are collected: an error carries every
:class:`Problem` that was found, each with its place, what was found, what was expected and the remedy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, told in one line.

    Parameters
    ----------
    where : str
        File, field, row or rule.
    found : str
        What stands there.
    expected : str
        What should stand there.
    remedy : str
        What to do about it.
    """

    where: str
    found: str
    expected: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return the problem as one line."""
        remedy = f"; {self.remedy}" if self.remedy else ""
        text = f"{self.where}: found {self.found}; expected {self.expected}{remedy}"
        return printable(" ".join(text.split()))


def printable(text: str) -> str:
    """Return a text with control characters spelled out: names in it are a user's.

    >>> printable("T\\x1b[31m")
    'T\\\\x1b[31m'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class RecommenderError(Exception):
    """Base of all errors a user should read; the trace is not important.

    Parameters
    ----------
    problems : iterable of Problem
        At least one.
    """

    exit_code = 1

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[RecommenderError], tuple[tuple[Problem, ...]]]:
        """Pickle the problems, so that an error of a worker process arrives whole."""
        return type(self), (self.problems,)


class InputError(RecommenderError):
    """A profile, a reference or another file the user gave is refused."""


class SettingsError(RecommenderError):
    """A settings file is refused."""


class KnowledgeError(RecommenderError):
    """Knowledge or a rule is malformed; the place is a file with a row, or a rule id."""


class OutputError(RecommenderError):
    """A result cannot be written."""

    exit_code = 4


class EngineError(RecommenderError):
    """The rule matcher failed; no answer is better than a wrong one."""

    exit_code = 70


def shorten(value: object, width: int = 60) -> str:
    """Return ``repr(value)`` cut to `width` characters, for messages."""
    text = repr(value)
    return text if len(text) <= width else text[: width - 1] + "…"
