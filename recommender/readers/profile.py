"""A profile from JSON, a dict or a file, with every problem told by its field."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recommender.cancers import CancerVocabulary
from recommender.errors import InputError, Problem, shorten
from recommender.model.profile import Profile

MAX_BYTES = 256 * 1024**2
STDIN = "-"


class _Repeating(dict[str, Any]):
    """A JSON object in which keys were given twice."""

    repeated: list[str]


def as_profile(given: Profile | dict[str, Any] | str | Path, vocabulary: CancerVocabulary | None = None) -> Profile:
    """Return a validated profile.

    Parameters
    ----------
    given : Profile, dict or path
        A path is a profile in JSON, ``-`` standard input.
    vocabulary : CancerVocabulary, optional
        Checks the tumor along with the rest.

    Raises
    ------
    InputError
        Every problem found, with its field.
    """
    if isinstance(given, Profile):
        return given
    if isinstance(given, (str, Path)):
        where = "standard input" if str(given) == STDIN else str(given)
        return parse_profile(read_text(str(given)), where, vocabulary)
    return validate_profile(given, "profile", (), vocabulary)


def read_text(path: str) -> str:
    """Return a UTF-8 file's text, or standard input's for ``-``.

    Raises
    ------
    InputError
        Missing, unreadable, too large, or not UTF-8.
    """
    if path == STDIN and sys.stdin is None:
        raise InputError(Problem("standard input", "a closed stream", "a profile in JSON", "give a file"))
    try:
        raw = sys.stdin.buffer.read(MAX_BYTES + 1) if path == STDIN else Path(path).read_bytes()
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or str(error)
        raise InputError(
            Problem(path, found, "a readable file", "check the path, or give - for standard input")
        ) from None
    return decode(raw, path)


def decode(raw: bytes, where: str) -> str:
    """Return a profile's bytes as text.

    Raises
    ------
    InputError
        Too large, or not UTF-8.
    """
    if len(raw) > MAX_BYTES:
        raise InputError(Problem(where, "more than 256 MiB", "one profile", "give a cohort to `batch`"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {raw[error.start]:#04x} at position {error.start}"
        raise InputError(Problem(where, found, "UTF-8 text", "convert the file to UTF-8")) from None


def parse_profile(text: str, where: str, vocabulary: CancerVocabulary | None = None) -> Profile:
    """Return the profile in a JSON text; `where` names the file in messages.

    Raises
    ------
    InputError
        Every problem found, with its field; keys given twice among them.
    """
    data, problems = read_json(text, where)
    return validate_profile(data, where, problems, vocabulary)


def read_json(text: str, where: str) -> tuple[Any, list[Problem]]:
    """Return the value of a JSON text, and a problem for every key given twice.

    NaN and infinities are read as such: the model refuses them where they stand.

    Raises
    ------
    InputError
        Not JSON.
    """
    found_any = False

    def keep_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found_any
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        found_any = True
        keys = [key for key, _ in pairs]
        repeating = _Repeating(found)
        repeating.repeated = sorted({key for key in keys if keys.count(key) > 1})
        return repeating

    try:
        data = json.loads(text, object_pairs_hook=keep_repeats)
    except RecursionError:
        raise InputError(Problem(where, "deeply nested JSON", "a profile", "see `schema profile`")) from None
    except ValueError as error:
        raise InputError(Problem(where, str(error), "one JSON object", "see `schema profile`")) from None
    return data, list(_repeats(data, where, "")) if found_any else []


def _repeats(data: Any, where: str, path: str) -> Iterable[Problem]:
    if isinstance(data, _Repeating):
        for key in data.repeated:
            yield Problem(f"{where}, {path}{key}", "a key given twice", "unique keys", "keep one of them")
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _repeats(value, where, f"{path}{key}.")
    elif isinstance(data, list):
        for value in data:
            yield from _repeats(value, where, path)


def validate_profile(
    data: Any, where: str, problems: Iterable[Problem] = (), vocabulary: CancerVocabulary | None = None
) -> Profile:
    """Return the validated profile.

    Parameters
    ----------
    data : dict
    where : str
        Names the file in messages.
    problems : iterable of Problem
        Found before, to be told together with what is found here.
    vocabulary : CancerVocabulary, optional
        Checks the tumor along with the rest.
    """
    found = set(problems)
    if not isinstance(data, dict):
        raise InputError(Problem(where, shorten(data), "one JSON object", "see `schema profile`"))
    profile: Profile | None = None
    try:
        profile = Profile.model_validate(data)
    except ValidationError as error:
        found |= set(profile_problems(error, where))
    cancer = data.get("cancer")
    if vocabulary is not None and isinstance(cancer, str) and cancer:
        try:
            vocabulary.resolve(cancer, f"{where}, cancer")
        except InputError as error:
            found |= set(error.problems)
    if found or profile is None:
        raise InputError(sorted(found))
    return profile


_REMEDIES = {
    "extra_forbidden": "remove it, or see `schema profile` for the fields there are",
    "missing": "add it",
    "float_type": "write a number without quotes, or null where nothing was measured",
    "finite_number": "write null where nothing was measured",
    "string_pattern_mismatch": "remove control characters",
    "too_short": "give at least one miRNA",
}
_ANY_REMEDY = "see `schema profile`"


def profile_problems(error: ValidationError, where: str) -> Iterable[Problem]:
    """Yield pydantic's findings as problems with the field's path."""
    for detail in error.errors(include_url=False, include_context=False):
        field = ".".join(map(str, _path(detail["loc"]))) or "profile"
        given = detail["input"]
        found = json.dumps(given) if isinstance(given, float) else shorten(given)  # NaN, as JSON has it
        found = "nothing" if detail["type"] == "missing" else found
        yield Problem(f"{where}, {field}", found, detail["msg"], _REMEDIES.get(detail["type"], _ANY_REMEDY))


def _path(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Return a field's path without the marks pydantic puts behind a key: the union's branch, or "[key]"."""
    return loc[:2] + loc[3:] if loc[:1] in (("expression",), ("target_expression",)) else loc
