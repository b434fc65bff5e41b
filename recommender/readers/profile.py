"""A profile from JSON, a dict or a file, with every problem told by its field."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recommender.errors import InputError, Problem, shorten
from recommender.model.profile import Profile

MAX_BYTES = 256 * 1024**2
STDIN = "-"


def as_profile(given: Profile | dict[str, Any] | str | Path) -> Profile:
    """Return a validated profile.

    Raises
    ------
    InputError
        Every problem found, with its field.
    """
    if isinstance(given, Profile):
        return given
    if isinstance(given, (str, Path)):
        return parse_profile(read_text(str(given)), "standard input" if str(given) == STDIN else str(given))
    return validate_profile(given, "profile")


def read_text(path: str) -> str:
    """Return a UTF-8 file's text, or standard input's for ``-``.

    Raises
    ------
    InputError
        Missing, unreadable, too large, or not UTF-8.
    """
    try:
        raw = sys.stdin.buffer.read(MAX_BYTES + 1) if path == STDIN else Path(path).read_bytes()
    except OSError as error:
        raise InputError(Problem(path, error.strerror or str(error), "a readable file")) from None
    if len(raw) > MAX_BYTES:
        raise InputError(Problem(path, "more than 256 MiB", "one profile"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {raw[error.start]:#04x} at position {error.start}"
        raise InputError(Problem(path, found, "UTF-8 text", "convert the file to UTF-8")) from None


def parse_profile(text: str, where: str) -> Profile:
    """Return the profile in a JSON text; repeated keys, NaN and infinities are refused."""
    return validate_profile(parse_json(text, where), where)


def parse_json(text: str, where: str) -> Any:
    """Return the value of a JSON text, strictly.

    Raises
    ------
    InputError
        Not JSON, a key given twice, NaN or an infinity.
    """
    repeated: list[str] = []

    def no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    repeated.append(key)
                seen.add(key)
        return found

    def no_constant(word: str) -> Any:
        raise ValueError(f"{word} is no JSON number")

    try:
        data = json.loads(text, object_pairs_hook=no_repeats, parse_constant=no_constant)
    except RecursionError:
        raise InputError(Problem(where, "deeply nested JSON", "a profile")) from None
    except ValueError as error:
        raise InputError(Problem(where, str(error), "one JSON object")) from None
    if repeated:
        raise InputError(
            [Problem(f"{where}, {key}", "a key given twice", "unique keys", "keep one") for key in repeated]
        )
    return data


def validate_profile(data: Any, where: str) -> Profile:
    """Return the validated profile; `where` names the file in messages."""
    if not isinstance(data, dict):
        raise InputError(Problem(where, shorten(data), "one JSON object"))
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        raise InputError(sorted(set(profile_problems(error, where)))) from None


_REMEDIES = {
    "extra_forbidden": "remove it, or see `schema profile` for the fields there are",
    "missing": "add it",
    "float_type": "write a number without quotes, or null where nothing was measured",
    "finite_number": "write null where nothing was measured",
    "string_pattern_mismatch": "remove control characters",
}
_TAGS = frozenset({"number", "object", "null", "[key]"})


def profile_problems(error: ValidationError, where: str) -> Iterable[Problem]:
    """Yield pydantic's findings as problems with the field's path."""
    for detail in error.errors(include_url=False, include_context=False):
        field = ".".join(str(part) for part in detail["loc"] if part not in _TAGS)
        found = "nothing" if detail["type"] == "missing" else shorten(detail["input"])
        yield Problem(f"{where}, {field or 'profile'}", found, detail["msg"], _REMEDIES.get(detail["type"], ""))
