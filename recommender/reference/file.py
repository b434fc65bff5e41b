"""A reference as a file: a header that says of what, a row a miRNA; written, recognized and read back."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, get_args

from recommender.errors import InputError, Problem, shorten
from recommender.features import Level
from recommender.model.profile import ABUNDANCE_SCALES, ReferenceKind
from recommender.reference.summary import DECIMALS, About, Figures, Summary

SCHEMA: Final = "reference/1"
TITLE: Final = "# mirna-recommender reference"
COLUMNS: Final = (
    "row",  # feature: a name as it was measured; mirna: a mature, after adding its hairpins up
    "name",
    "n",
    "mean",
    "sd",
    "median",
    "mad",
    "detection_rate",
    "ln_geometric_mean",
    "summed_from",
)
SCALINGS: Final = ("median_of_ratios", "none")
_MEANING: Final = (
    "log2(RPM + 1) after scaling: mean, SD (n - 1), median, MAD (times 1.4826); detection_rate: share of samples with "
    "reads; ln_geometric_mean: of RPM before scaling, where all samples have reads; RPM: reads per million"
)
_REBUILD: Final = "build it anew with `reference build`; a summary is not edited by hand"
_LIST: Final = ";"


def is_summary(text: str) -> bool:
    """Tell whether a text is a summary, or was one before its header was lost."""
    lines = text.removeprefix("\ufeff").splitlines()[:60]
    comments = [line for line in lines if line.startswith("#")]
    first = next((line for line in lines if not line.startswith("#")), "")
    titled = bool(comments) and (comments[0].startswith(TITLE) or any("schema: reference/" in c for c in comments))
    return titled or {"ln_geometric_mean", "summed_from"} <= set(first.split("\t"))


# ---------------------------------------------------------------- to text


def write_summary(summary: Summary) -> str:
    """Return a summary as text: the same bytes for the same summary.

    Raises
    ------
    InputError
        A name or a statement with control characters.
    """
    body = "\n".join([*_header(summary), *_rows(summary)]) + "\n"
    title, _, rest = body.partition("\n")
    return f"{title}\n# sha256: {_digest(body)}\n{rest}"


def _header(summary: Summary) -> Iterable[str]:
    about = summary.about
    samples = {"tumor_cohort": "tumor", "other_group": "other"}.get(about.kind, "normal")
    yield f"{TITLE}: summary figures of {summary.samples} {samples} samples, none of a single sample"
    fields: list[tuple[str, str]] = [
        ("schema", SCHEMA),
        ("builtin", about.builtin),
        ("tissue", about.tissue),
        ("cancers", _LIST.join(about.cancers)),
        ("platform", about.platform),
        ("level", summary.level),
        ("kind", about.kind),
        ("origin", about.origin),
        ("scale", summary.scale),
        ("scaling", summary.scaling),
        ("samples", str(summary.samples)),
        ("measured_names", str(len(summary.features))),
        ("batches", summary.batches),
        ("outlier_mads", f"{summary.outlier_mads:g}"),
        ("outlier_min_samples", f"{summary.outlier_min_samples:g}"),
        *(("removed", f"{sample}: {reason}") for sample, reason in summary.removed),
        *(("warning", warning) for warning in summary.warnings),
        ("columns", _MEANING),
    ]
    for key, value in fields:
        if value:
            yield f"# {key}: {_printable(value, f'reference, {key}')}"


def _rows(summary: Summary) -> Iterable[str]:
    yield "\t".join(COLUMNS)
    for kind, rows in (("mirna", summary.mirnas), ("feature", summary.features)):
        for name in sorted(rows):
            found = rows[name]
            geometric = "" if found.ln_geometric_mean is None else decimal(found.ln_geometric_mean)
            cells = [kind, _printable(name, "reference"), str(summary.samples), *map(decimal, found[:5])]
            yield "\t".join([*cells, geometric, _LIST.join(found.summed_from)])


def decimal(value: float) -> str:
    """Return a number with as many decimals as it needs, nine at most.

    >>> decimal(8.0), decimal(-0.5), decimal(0.1234567891)
    ('8', '-0.5', '0.123456789')
    """
    return f"{round(value, DECIMALS) + 0.0:.{DECIMALS}f}".rstrip("0").rstrip(".")


def _printable(text: str, where: str) -> str:
    if not text.isprintable():
        expected = "text without tabs, line breaks and control characters"
        raise InputError(Problem(where, shorten(text), expected, "rename it"))
    return text


def _digest(text: str) -> str:
    """Return the SHA-256 of a summary's text without the line that holds it."""
    lines = (line for line in text.split("\n") if not line.startswith("# sha256: "))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


# ---------------------------------------------------------------- from text


def parse_summary(text: str, where: str) -> Summary:
    """Return the summary in a text.

    Parameters
    ----------
    text : str
    where : str
        The file, for messages.

    Raises
    ------
    InputError
        Another schema version, missing columns or statements, content that does not fit its hash, or rows that
        hold no such figures: with line and column.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    comments = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    fields: dict[str, list[str]] = {}
    for line in lines[:comments]:
        key, colon, value = line.removeprefix("#").strip().partition(": ")
        if colon:
            fields.setdefault(key, []).append(value)
    schema = fields.get("schema", ["no schema"])[0]
    if schema != SCHEMA:
        remedy = "build it anew with this version's `reference build`"
        raise InputError(Problem(f"{where}, schema", schema, SCHEMA, remedy))
    problems = list(_damages(text, where, lines[comments : comments + 1], comments + 1, fields))
    if problems:
        raise InputError(problems)
    return _summary(where, fields, lines[comments + 1 :], comments + 2)


def _damages(text: str, where: str, header: list[str], line: int, fields: Mapping[str, list[str]]) -> Iterable[Problem]:
    columns = header[0].split("\t") if header else []
    missing = [name for name in COLUMNS if name not in columns]
    if missing:
        found = f"no column {', '.join(missing)}"
        yield Problem(f"{where}, line {line}", found, f"the columns {', '.join(COLUMNS)}", _REBUILD)
    elif tuple(columns) != COLUMNS:
        yield Problem(f"{where}, line {line}", ", ".join(columns), f"the columns {', '.join(COLUMNS)}", _REBUILD)
    for key in ("level", "scale", "scaling", "samples", "outlier_mads", "outlier_min_samples"):
        if key not in fields:
            yield Problem(f"{where}, {key}", "nothing", f"a line `# {key}: …`", _REBUILD)
    if fields.get("sha256", [""])[0] != _digest(text):
        expected = "content as `reference build` wrote it"
        yield Problem(where, "content that does not fit its sha256: edited, or damaged", expected, _REBUILD)


def _summary(where: str, fields: Mapping[str, list[str]], lines: list[str], first: int) -> Summary:
    problems: list[Problem] = []

    def read(key: str, convert: Callable[[str], Any], default: str = "") -> Any:
        value = fields.get(key, [default])[0]
        try:
            return convert(value)
        except (ValueError, KeyError):
            problems.append(Problem(f"{where}, {key}", shorten(value), "what `reference build` writes", _REBUILD))
            return None

    samples = read("samples", _count)
    rows: dict[str, dict[str, Figures]] = {"feature": {}, "mirna": {}}
    for line, text in enumerate(lines, start=first):
        try:
            kind, name, found = _figures(text.split("\t"), samples)
            if name in rows[kind]:
                raise ValueError(f"{name} again")
            rows[kind][name] = found
        except (ValueError, KeyError) as error:
            expected = f"{len(COLUMNS)} cells: a kind of row, a name once, and its figures"
            problems.append(Problem(f"{where}, line {line}", str(error), expected, _REBUILD))
    about = About(
        tissue=read("tissue", str),
        platform=read("platform", str),
        origin=read("origin", str),
        kind=read("kind", _one_of(get_args(ReferenceKind)), "not_stated"),
        cancers=tuple(filter(None, read("cancers", str).split(_LIST))),
        builtin=read("builtin", str),
    )
    summary = Summary(
        rows["feature"],
        rows["mirna"],
        samples,
        read("level", _one_of(get_args(Level))),
        read("scale", _one_of(sorted(ABUNDANCE_SCALES))),
        read("scaling", _one_of(SCALINGS)),
        read("outlier_mads", float),
        read("outlier_min_samples", float),
        tuple((name, reason) for name, _, reason in (line.rpartition(": ") for line in fields.get("removed", []))),
        read("batches", str),
        tuple(fields.get("warning", [])),
        about,
        where,
    )
    if problems:
        raise InputError(problems[:20])
    return summary


def _figures(cells: list[str], samples: int | None) -> tuple[str, str, Figures]:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{len(cells)} cells")
    kind, name, count, *numbers, geometric, summed = cells
    if kind not in ("feature", "mirna") or not name:
        raise ValueError(shorten("\t".join(cells[:2])))
    if samples is not None and count != str(samples):
        raise ValueError(f"n {shorten(count)} where the header says {samples} samples")
    values = [_finite(number) for number in numbers]
    if min(values[1], values[3]) < 0 or not 0 <= values[4] <= 1:
        raise ValueError("a negative spread, or a detection rate outside [0, 1]")
    mean, sd, median, mad, rate = values
    parts = tuple(filter(None, summed.split(_LIST)))
    return kind, name, Figures(mean, sd, median, mad, rate, _finite(geometric) if geometric else None, parts)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(shorten(text))
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def _one_of(words: Iterable[str]) -> Callable[[str], str]:
    known = {word: word for word in words}
    return known.__getitem__
