"""A file's bytes and text: unpacked within limits, and never guessed at."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from recommender.errors import InputError, Problem

STDIN = "-"
MAX_BYTES = 2 * 1024**3
# gzip packs at most 1,032-fold and real tables some 3- to 30-fold: more, of a large file, is a bomb
MAX_RATIO = 200
RATIO_COUNTS_FROM = 32 * 1024**2
_CHUNK = 1024**2
_HEAD = 64 * 1024

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
PARQUET = b"PAR1"
# what people give instead, by its first bytes
_OTHERS = {
    b"PK\x03\x04": ("a ZIP archive or an Excel workbook", "export the table as TSV or CSV"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "export the table as TSV or CSV"),
    b"BZh": ("a file packed with bzip2", "unpack it, or pack it with gzip"),
    b"\xfd7zXZ": ("a file packed with xz", "unpack it, or pack it with gzip"),
}
_TEXT = "a table as text or Parquet, or a profile in JSON"
_TAR = slice(257, 262)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Source(NamedTuple):
    """A file as it was found.

    Attributes
    ----------
    where : str
        Names the file in messages: its path, or ``standard input``.
    name : str
        The file's name without folder; empty for standard input.
    content : bytes
        Unpacked.
    """

    where: str
    name: str
    content: bytes

    @property
    def is_table(self) -> bool:
        """True where it is Parquet, or text that does not open a JSON value and is not called a JSON file."""
        if self.is_parquet or self.content[:2] in _UTF16 or not self.content.strip():
            return True
        start = self.content[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip(b" \r\n")
        line = start.splitlines()[0] if start else b""
        delimited = any(delimiter in line for delimiter in (b"\t", b",", b";"))
        return start[:1] not in (b"{", b"[") and (delimited or not self.name.lower().endswith(".json"))

    @property
    def is_parquet(self) -> bool:
        """True where the content says so."""
        return self.content[:4] == PARQUET


def read_source(path: str | Path) -> Source:
    """Return the bytes of a file, or of standard input for ``-``, unpacked where they are gzip.

    Raises
    ------
    InputError
        Missing, unreadable, damaged, or larger than the limits.
    """
    if str(path) == STDIN:
        return Source("standard input", "", unpack(_standard_input(), "standard input"))
    where = str(path)
    try:
        with Path(path).open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or str(error)
        remedy = "check the path, or give - for standard input"
        raise InputError(Problem(where, found, "a readable file", remedy)) from None
    return Source(where, Path(path).name, unpack(raw, where))


def _standard_input() -> bytes:
    where = "standard input"
    if sys.stdin is None:
        raise InputError(Problem(where, "a closed stream", "a profile or a table", "give a file"))
    try:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or str(error)
        raise InputError(Problem(where, found, "a readable stream", "give a file")) from None


def stem_of(name: str) -> str:
    """Return a file's name without the suffixes of formats and packing.

    >>> stem_of("p1tumor.mirbase21.mirnas.quantification.txt.gz")
    'p1tumor'
    """
    return name.lstrip(".").split(".")[0]


def unpack(raw: bytes, where: str) -> bytes:
    """Return gzip and zstd content unpacked, anything else as it is.

    Raises
    ------
    InputError
        Damaged or truncated content, what unpacks to more than the limits, and archives and workbooks.
    """
    if raw[:2] == _GZIP:
        raw = _gunzip(raw, where)
    elif raw[:4] == _ZSTD:
        raw = _unzstd(raw, where)
    if len(raw) > MAX_BYTES:
        raise InputError(Problem(where, "more than 2 GiB", "a smaller file", "give fewer samples"))
    for start, (found, remedy) in _OTHERS.items():
        if raw.startswith(start):
            raise InputError(Problem(where, found, _TEXT, remedy))
    if raw[_TAR] == b"ustar":
        raise InputError(Problem(where, "a tar archive", _TEXT, "unpack it, and give one of its files"))
    return raw


def _gunzip(raw: bytes, where: str) -> bytes:
    import gzip  # most files are not packed
    import io
    import zlib

    try:
        with gzip.open(io.BytesIO(raw)) as stream:
            return _within_limits(stream.read, raw, where)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        found = f"damaged gzip: {error}"
        raise InputError(Problem(where, found, "a whole gzip file", "copy or download the file again")) from None


def _unzstd(raw: bytes, where: str) -> bytes:
    import pyarrow  # for such files alone

    try:
        with pyarrow.CompressedInputStream(pyarrow.BufferReader(raw), "zstd") as stream:
            return _within_limits(stream.read, raw, where)
    except (OSError, ValueError) as error:
        found = f"damaged zstd: {error}"
        raise InputError(Problem(where, found, "a whole zstd file", "copy or download the file again")) from None


def _within_limits(read: Callable[[int], bytes], raw: bytes, where: str) -> bytes:
    """Return everything a stream gives, unless that is more than a table can be."""
    parts: list[bytes] = []
    size = 0
    while part := read(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > MAX_BYTES or (size > RATIO_COUNTS_FROM and size > MAX_RATIO * len(raw)):
            found = f"{len(raw):,} bytes that unpack to more than {size // _CHUNK} MiB"
            expected = f"at most 2 GiB, and no more than {MAX_RATIO}-fold packing"
            raise InputError(Problem(where, found, expected, "give the file unpacked"))
    return b"".join(parts)


def as_text(content: bytes, where: str) -> str:
    """Return UTF-8 text without byte order mark.

    Raises
    ------
    InputError
        Another encoding, with the place of the first byte that is not UTF-8.
    """
    if content[:2] in _UTF16:
        remedy = "save the file as UTF-8"
        raise InputError(Problem(where, "UTF-16, which is not UTF-8", "UTF-8 text", remedy))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"byte {content[error.start]:#04x}, which is not UTF-8"
        raise InputError(Problem(f"{where}, line {line}", found, "UTF-8 text", "save the file as UTF-8")) from None
