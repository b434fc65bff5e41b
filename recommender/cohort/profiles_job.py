"""Profiles in JSON as a job: a folder, or a file with one a line; each is read and appraised by itself."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from recommender.appraisal import Appraisal, appraise
from recommender.cohort.appraised import part_of
from recommender.cohort.design import sha256_of
from recommender.cohort.job import Chunk, Part, Refused
from recommender.cohort.matrix_job import known_as
from recommender.cohort.sources import even_chunks
from recommender.errors import InputError, Problem, RecommenderError
from recommender.intake.opening import FILLED, json_profile
from recommender.knowledge import Knowledge
from recommender.model.profile import ABUNDANCE_SCALES, Profile
from recommender.readers.source import Source
from recommender.reference.load import load_reference
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
    reference: str | None = None
    reference_scale: str | None = None
    chunk_samples: int = _CHUNK
    digests: Mapping[str, str] = field(default_factory=dict)

    def fingerprint(self) -> dict[str, str]:
        """Return hashes of input, knowledge and settings."""
        settings = {table: dict(values) for table, values in sorted(self.settings.items())}
        stated = [dict(self.stated), self.reference_scale, self.chunk_samples]
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
    for name in ("samples", "contrast", "reference_samples", "samples_in", "read_as", "accept_names", "by"):
        if options.get(name):
            option = f"--{name.replace('_', '-')}"
            raise InputError(Problem(path, f"profiles in JSON with {option}", "a matrix", f"leave out {option}"))
    files = sorted(f for f in Path(path).iterdir() if f.suffix in _PROFILES) if Path(path).is_dir() else [Path(path)]
    total = hashlib.sha256()
    places: list[Place] = []
    by_id: dict[bytes, list[int]] = {}
    for file in files:
        try:
            for place, content in _places(file):
                total.update(content)
                for name in _ID.findall(content):
                    by_id.setdefault(name, []).append(len(places))
                places.append(place)
        except OSError as error:
            raise InputError(Problem(str(file), error.strerror or str(error), "a readable file")) from None
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


def _places(file: Path) -> Iterable[tuple[Place, bytes]]:
    with file.open("rb") as stream:
        if file.suffix not in _LINES:
            content = stream.read()
            yield Place(str(file), 0, len(content)), content
            return
        start = 0
        for line, content in enumerate(stream, start=1):
            if content.strip():
                yield Place(str(file), start, start + len(content), line), content
            start += len(content)


def _repeated(by_id: Mapping[bytes, list[int]], places: Sequence[Place]) -> frozenset[int]:
    """Return the profiles whose sample id another has too; texts that only look so are read to make sure."""
    doubtful = sorted({position for found in by_id.values() if len(found) > 1 for position in found})
    names: dict[str, set[int]] = {}
    for position in doubtful:
        try:
            data = json.loads(_content(places[position]))
        except ValueError:
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
        try:
            return self._profile(position).sample_id
        except RecommenderError:
            return _where(self._job.places[position])

    def run(self, chunk: Chunk) -> Part:
        """Score a chunk, or a part of one."""
        appraisals: list[Appraisal] = []
        refused: list[Refused] = []
        for position in range(chunk.start, chunk.stop):
            name = _where(self._job.places[position])
            try:
                profile = self._profile(position)
                name = profile.sample_id
                if position in self._job.repeated:
                    raise InputError(_twice(name, self._job.places[position]))
                normals = self._normals(profile)
                appraisals.append(appraise(profile, self._knowledge, self._job.settings, normals))
            except RecommenderError as error:
                refused.append(Refused(position, name, "; ".join(map(str, error.problems))))
        return part_of(appraisals, refused, self._knowledge)

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
