"""Profiles in JSON as a job: a folder, or a file with one a line; each is read and appraised by itself."""

from __future__ import annotations

import codecs
import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from recommender.appraisal import Appraisal, appraise
from recommender.cohort.design import sha256_of
from recommender.cohort.job import Chunk, Part, Refused
from recommender.cohort.jobs.appraised import part_of
from recommender.cohort.jobs.matrix import known_as
from recommender.cohort.jobs.sources import even_chunks
from recommender.errors import InputError, Problem, RecommenderError
from recommender.intake.opening import FILLED, json_profile
from recommender.knowledge import Knowledge
from recommender.model.profile import ABUNDANCE_SCALES, Profile
from recommender.readers.source import Source, read_source
from recommender.reference.builtin import PREFIX
from recommender.reference.load import load_reference
from recommender.reference.opening import find_summary
from recommender.settings import Settings

_LINES = (".jsonl", ".ndjson")
_CHUNK = 256  # profiles at once: each is read and validated by itself
_PROFILES = frozenset({".json", *_LINES})
_ID = re.compile(rb'"sample_id"\s*:\s*("(?:[^"\\]|\\.)*")')


class Place(NamedTuple):
    """Where a profile stands: bytes of a file."""

    file: str
    start: int
    stop: int
    line: int = 0  # 0: the whole file


@dataclass(frozen=True)
class ProfilesJob:
    """A cohort of profiles.

    Attributes
    ----------
    repeated : frozenset of int
        Positions of profiles whose sample id another has too.
    stated : mapping
        Fields that options fill, where a profile does not say them.
    """

    places: tuple[Place, ...]
    repeated: frozenset[int]
    stated: Mapping[str, Any]
    settings: Settings
    knowledge_sha256: str
    packs: tuple[str, ...] = ()
    reference: Any = None
    reference_scale: str | None = None
    chunk_samples: int = _CHUNK
    digests: Mapping[str, str] = field(default_factory=dict)

    def fingerprint(self) -> dict[str, str]:
        """Return hashes of input, knowledge and settings."""
        settings = {table: dict(values) for table, values in sorted(self.settings.items())}
        stated = [dict(self.stated), self.reference, self.reference_scale, self.chunk_samples]
        return {**self.digests, "knowledge": self.knowledge_sha256, "settings": sha256_of([settings, stated])}

    def open(self) -> OpenProfiles:
        """Open the cohort in this process."""
        return OpenProfiles(self, known_as(self.knowledge_sha256, self.packs))


def open_profiles(path: str, options: Mapping[str, Any], knowledge: Knowledge, settings: Settings) -> ProfilesJob:
    """Return the job of a folder of profiles, or of a file with one a line.

    Raises
    ------
    InputError
        Nothing is there, or options that belong to tables.
    """
    if path == "-":
        remedy = "write the profiles to a file: a run may have to be resumed"
        raise InputError(Problem("standard input", "profiles", "a file or a folder", remedy))
    for name in ("sample", "samples", "contrast", "reference_samples", "samples_in", "read_as", "accept_names", "by"):
        if options.get(name):
            option = f"--{name.replace('_', '-')}"
            raise InputError(Problem(path, f"profiles in JSON with {option}", "a matrix", f"leave out {option}"))
    files = sorted(f for f in Path(path).iterdir() if f.suffix in _PROFILES) if Path(path).is_dir() else [Path(path)]
    total = hashlib.sha256(_reference_content(options.get("reference")))
    places: list[Place] = []
    by_id: dict[bytes, list[int]] = {}
    for file in files:
        try:
            for place, content in _places(file, alone=file == Path(path)):
                total.update(content)
                for name in _ID.findall(content):
                    by_id.setdefault(name, []).append(len(places))
                places.append(place)
        except OSError as error:
            remedy = "check the path, and that it may be read"
            raise InputError(Problem(str(file), error.strerror or str(error), "a readable file", remedy)) from None
    if not places:
        remedy = "give profiles in JSON or JSON Lines, a folder of them, or a matrix"
        raise InputError(Problem(path, "no profile", "profiles", remedy))
    return ProfilesJob(
        tuple(places),
        _repeated(by_id, places),
        {name: options.get(name) for name in (*FILLED, "reference_kind") if options.get(name)},
        settings,
        knowledge.sha256,
        tuple(map(str, options.get("packs") or ())),
        options.get("reference"),
        options.get("reference_scale"),
        int(options.get("chunk_size") or _CHUNK),
        {"input": total.hexdigest()},
    )


def _reference_content(reference: Any) -> bytes:
    """Return what tells one reference from another; refuses one that is not there, before any profile is read."""
    find_summary(reference)
    if not isinstance(reference, (str, Path)) or str(reference).startswith(PREFIX):
        return b""
    return hashlib.sha256(read_source(reference).content).digest()


def _refuse_packed(where: str, head: bytes) -> None:
    """Refuse what is no text of profiles: a run reads each where it stands in the file."""
    if head.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ", b"PK\x03\x04")):
        raise InputError(Problem(where, "a packed file", "profiles in JSON or JSON Lines as text", "unpack it"))
    if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"["):
        remedy = "write one profile a line into a .jsonl file, or a file each"
        raise InputError(Problem(where, "a JSON list", "one profile in JSON, or JSON Lines", remedy))


def _in_lines(file: Path, stream: BinaryIO) -> bool:
    """Tell whether a file has a profile a line, whatever it is called."""
    if file.suffix in _LINES:
        return True
    whole = sum(line.startswith(b"{") and line.rstrip().endswith(b"}") for line in itertools.islice(stream, 2))
    stream.seek(0)
    return whole == 2


def _places(file: Path, alone: bool) -> Iterable[tuple[Place, bytes]]:
    with file.open("rb") as stream:
        if not _in_lines(file, stream):
            content = stream.read()
            if alone:
                _refuse_packed(str(file), content[:64])
            yield Place(str(file), 0, len(content)), content
            return
        start = 0
        for line, content in enumerate(stream, start=1):
            if content.strip() not in (b"", codecs.BOM_UTF8):
                yield Place(str(file), start, start + len(content), line), content
            start += len(content)


def _repeated(by_id: Mapping[bytes, list[int]], places: Sequence[Place]) -> frozenset[int]:
    """Return the profiles whose sample id another has too; texts that only look so are read to make sure."""
    doubtful = sorted({position for found in by_id.values() if len(found) > 1 for position in found})
    names: dict[str, set[int]] = {}
    for position in doubtful:
        try:
            data = json.loads(_content(places[position]))
        except (ValueError, RecursionError):
            continue  # refused when it is read
        if isinstance(data, dict):
            names.setdefault(str(data.get("sample_id")), set()).add(position)
    return frozenset(position for found in names.values() if len(found) > 1 for position in found)


def _content(place: Place) -> bytes:
    with open(place.file, "rb") as stream:
        stream.seek(place.start)
        return stream.read(place.stop - place.start)


def _twice(name: str, place: Place) -> Problem:
    found = f"sample_id {name}, which another profile has too"
    return Problem(_where(place), found, "one profile a sample", "rename or remove one")


class OpenProfiles:
    """A job of profiles, open in one process."""

    def __init__(self, job: ProfilesJob, knowledge: Knowledge) -> None:
        self._job = job
        self._knowledge = knowledge
        self._references: dict[tuple[str, str], Any] = {}
        self._chunks = even_chunks(len(job.places), job.chunk_samples)

    @property
    def chunks(self) -> Sequence[Chunk]:
        """The chunks of the cohort."""
        return self._chunks

    def sample_id(self, position: int) -> str:
        """Return a sample's name, or where it stands."""
        return self._label(position)

    def run(self, chunk: Chunk) -> Part:
        """Score a chunk, or a part of one."""
        appraisals: list[Appraisal] = []
        refused: list[Refused] = []
        for position in range(chunk.start, chunk.stop):
            try:
                profile = self._profile(position)
                if position in self._job.repeated:
                    raise InputError(_twice(profile.sample_id, self._job.places[position]))
                normals = self._normals(profile)
                appraisals.append(appraise(profile, self._knowledge, self._job.settings, normals))
            except RecommenderError as error:
                refused.append(Refused(position, self._label(position), "; ".join(map(str, error.problems))))
        return part_of(appraisals, refused, self._knowledge)

    def _label(self, position: int) -> str:
        """Return the sample id a profile states, even where all else is wrong; else where it stands."""
        place = self._job.places[position]
        try:
            name = json.loads(_content(place).decode("utf-8-sig"))["sample_id"]
        except (ValueError, RecursionError, TypeError, KeyError):
            return _where(place)
        return name if isinstance(name, str) and name else _where(place)

    def _profile(self, position: int) -> Profile:
        place = self._job.places[position]
        return json_profile(Source(_where(place), "", _content(place)), self._job.stated, self._knowledge)

    def _normals(self, profile: Profile) -> Any:
        """Return what a profile is compared with, loaded once for each scale and kind."""
        job = self._job
        if job.reference is None or profile.scale not in ABUNDANCE_SCALES:
            return job.reference
        key = (profile.scale, profile.reference.kind)
        if key not in self._references:
            self._references[key] = load_reference(
                job.reference,
                self._knowledge.resolver,
                job.settings,
                job.reference_scale or profile.scale,
                job.reference_scale,
                profile.reference.kind,
            )
        return self._references[key]


def _where(place: Place) -> str:
    name = Path(place.file).name
    return f"{name}, line {place.line}" if place.line else name
