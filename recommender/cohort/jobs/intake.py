"""Profiles of a table that brings tests of its own as a job: results of differential expression, or qPCR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recommender.appraisal import Appraisal, appraise
from recommender.cohort.design import sha256_of
from recommender.cohort.job import Chunk, Part, Refused
from recommender.cohort.jobs.appraised import part_of
from recommender.cohort.jobs.matrix import known_as
from recommender.cohort.jobs.sources import even_chunks
from recommender.errors import InputError, RecommenderError
from recommender.intake.take_in import Intake
from recommender.knowledge import Knowledge
from recommender.model.profile import Profile
from recommender.settings import Settings

_CHUNK = 256


@dataclass(frozen=True)
class IntakeJob:
    """Profiles of a table that brings tests of its own, as differential expression does.

    Attributes
    ----------
    profiles : tuple
        Of each sample, its name, and its profile or why there is none.
    """

    profiles: tuple[tuple[str, Profile | str], ...]
    settings: Settings
    knowledge_sha256: str
    packs: tuple[str, ...]
    digests: Mapping[str, str]

    @classmethod
    def of(
        cls,
        intake: Intake,
        options: Mapping[str, Any],
        knowledge: Knowledge,
        settings: Settings,
        digests: Mapping[str, str],
    ) -> IntakeJob:
        """Return the job of an intake."""
        found = [*intake.profiles(), *intake.set_aside_problems()]
        profiles = tuple((name, f if isinstance(f, Profile) else "; ".join(map(str, f.problems))) for name, f in found)
        if not any(isinstance(f, Profile) for _, f in profiles):
            raise InputError([p for _, f in found if isinstance(f, RecommenderError) for p in f.problems])
        packs = tuple(map(str, options.get("packs") or ()))
        return cls(profiles, settings, knowledge.sha256, packs, digests)

    def fingerprint(self) -> dict[str, str]:
        """Return hashes of input, knowledge and settings."""
        settings = {table: dict(values) for table, values in sorted(self.settings.items())}
        told = [f if isinstance(f, str) else f.model_dump_json() for _, f in self.profiles]
        return {
            **self.digests,
            "knowledge": self.knowledge_sha256,
            "settings": sha256_of(settings),
            "samples": sha256_of(told),
        }

    def open(self) -> OpenIntake:
        """Open the cohort in this process."""
        return OpenIntake(self, known_as(self.knowledge_sha256, self.packs))


class OpenIntake:
    """A job of a table's profiles, open in one process."""

    def __init__(self, job: IntakeJob, knowledge: Knowledge) -> None:
        self._job = job
        self._knowledge = knowledge
        self._chunks = even_chunks(len(job.profiles), _CHUNK)

    @property
    def chunks(self) -> Sequence[Chunk]:
        """The chunks of the cohort."""
        return self._chunks

    def sample_id(self, position: int) -> str:
        """Return a sample's name."""
        return self._job.profiles[position][0]

    def run(self, chunk: Chunk) -> Part:
        """Score a chunk, or a part of one."""
        appraisals: list[Appraisal] = []
        refused: list[Refused] = []
        for position in range(chunk.start, chunk.stop):
            name, found = self._job.profiles[position]
            try:
                if isinstance(found, str):
                    refused.append(Refused(position, name, found))
                else:
                    appraisals.append(appraise(found, self._knowledge, self._job.settings))
            except RecommenderError as error:
                refused.append(Refused(position, name, "; ".join(map(str, error.problems))))
        return part_of(appraisals, refused, self._knowledge)
