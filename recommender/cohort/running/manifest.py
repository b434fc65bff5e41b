"""The manifest: what decided a run, and what became of its chunks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from recommender.cohort.job import Chunk
from recommender.version import __version__

MANIFEST: Final = "manifest.json"
_SCHEMA = "manifest/1"
_DECIDING = ("numpy", "pyarrow", "scipy")  # what numbers and bytes depend on beside ourselves


def versions() -> dict[str, str]:
    """Return the versions of what numbers and bytes depend on."""
    return {"mirna-recommender": __version__, **{name: version(name) for name in _DECIDING}}


def planned(fingerprint: Mapping[str, str], format_: str, chunks: Sequence[Chunk]) -> dict[str, Any]:
    """Return the manifest of a run that begins."""
    return {
        "schema": _SCHEMA,
        "state": "running",
        "software": versions(),
        "fingerprint": dict(sorted(fingerprint.items())),
        "format": format_,
        "samples": sum(chunk.stop - chunk.start for chunk in chunks),
        "chunks": [{"start": chunk.start, "stop": chunk.stop} for chunk in chunks],
    }


def finished(plan: Mapping[str, Any], rows: Sequence[Mapping[str, int]], refused: Sequence[int]) -> dict[str, Any]:
    """Return the manifest of a run that is done, from the rows and the number of refused samples of each chunk."""
    chunks = [
        {**chunk, "rows": dict(sorted(number.items())), "refused": count}
        for chunk, number, count in zip(plan["chunks"], rows, refused, strict=True)
    ]
    return {**plan, "state": "finished", "quarantined": sum(refused), "chunks": chunks}


def key_of(plan: Mapping[str, Any]) -> str:
    """Return what tells a run from any other that gives other tables."""
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()


def written(manifest: Mapping[str, Any]) -> bytes:
    """Return a manifest as JSON, a line a chunk."""
    chunks = ",\n".join("    " + json.dumps(chunk) for chunk in manifest["chunks"])
    head = json.dumps({name: value for name, value in manifest.items() if name != "chunks"}, indent=2)
    return f'{head[:-2]},\n  "chunks": [\n{chunks}\n  ]\n}}\n'.encode()


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder; None where it is missing or no manifest of ours."""
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("schema") == _SCHEMA else None


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what decides a run and is not the same: its name, how it was, how it is."""
    pairs = [("format", before.get("format"), now["format"])]
    for group, prefix in (("fingerprint", ""), ("software", "version of ")):
        old, new = before.get(group), now[group]
        old = old if isinstance(old, dict) else {}
        pairs += [(prefix + name, old.get(name), new.get(name)) for name in sorted({*old, *new})]
    found = [(name, _told(old), _told(new)) for name, old, new in pairs if old != new]
    bounds = _bounds(before)
    if not found and bounds != _bounds(now):
        found.append(("chunks", f"{len(bounds):,} chunks", f"{len(now['chunks']):,} chunks of other sizes"))
    return found


def _bounds(manifest: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    chunks = manifest.get("chunks")
    chunks = chunks if isinstance(chunks, list) else []
    return [(one.get("start"), one.get("stop")) for one in chunks if isinstance(one, dict)]


def _told(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 16 else text[:12] + "…"
