"""Print the figures of ``docs/real_tumors.md``: ``study_tcga.py DATA_FOLDER``.

Every primary tumor of four TCGA studies, and every normal left out in turn, goes through the project's own
calling and inference; disease is taken as relapsed or refractory, so that calls alone decide. DATA_FOLDER is
what ``make_profiles.py`` takes.
"""

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

import numpy as np
from make_profiles import Study, counts_profile, read_study

from recommender.calling import CallSheet, call_profile
from recommender.cancers import Tumor
from recommender.dossier import reach
from recommender.errors import RecommenderError
from recommender.inference import Decision, infer
from recommender.kernel import PSEUDOCOUNT
from recommender.knowledge import Knowledge, load_knowledge
from recommender.model.profile import Profile
from recommender.nomenclature import Resolution, Resolver
from recommender.readers.matrix import Matrix
from recommender.reference import Reference, build_reference
from recommender.settings import Settings, override

STUDIES = ("LIHC", "LUAD", "LUSC", "THCA")
NO_LIMIT = 1_000_000
UNCHECKED = {"reference": {"outlier_mads": float(NO_LIMIT)}}
RATIO_ALONE = {"reference": {"min_samples": NO_LIMIT}}
PLAIN_RPM = {"scaling": {"method": "rpm"}}
WATCHED = ("hsa-miR-221-3p", "hsa-miR-34a-5p")
ABUNDANT = frozenset({"up", "down", "unchanged"})
OFTEN = 0.1  # a direction is judged where this share of tumors is called either way


class CachedResolver(Resolver):
    """The resolver of a knowledge, with every answer remembered: the same thousand names come again and again."""

    def __init__(self, original: Resolver) -> None:
        self.__dict__.update(original.__dict__)
        self._seen: dict[str, Resolution] = {}

    def resolve(self, name: str) -> Resolution:
        """Return what `name` stands for."""
        if name not in self._seen:
            self._seen[name] = super().resolve(name)
        return self._seen[name]


@dataclass(frozen=True)
class Bench:
    """Knowledge, resolver and default settings, for many samples."""

    knowledge: Knowledge
    resolver: CachedResolver
    settings: Settings

    def reference(self, normals: Matrix, settings: Settings) -> Reference:
        """Return the summary of normals."""
        return build_reference(normals, self.resolver, settings, "counts")

    def sheet(self, profile: Profile, settings: Settings, reference: Reference) -> CallSheet:
        """Return a sample's calls."""
        return call_profile(profile, self.resolver, settings, reference)

    def strategies(self, profile: Profile, tumor: Tumor, sheet: CallSheet) -> list[Decision]:
        """Return what is recommended, exploratory ones aside."""
        decisions = infer(profile, tumor, sheet, self.knowledge).decisions
        return [found for found in decisions if found.kind == "strategy" and not found.reasons]


@dataclass(frozen=True)
class Outcome:
    """What a group of samples got, a sample an item."""

    sheets: list[CallSheet]
    strategies: list[list[Decision]]

    @property
    def any(self) -> int:
        """How many got a strategy."""
        return sum(map(bool, self.strategies))


def subset(matrix: Matrix, rows: Iterable[int]) -> Matrix:
    """Return some samples."""
    chosen = list(rows)
    return Matrix(tuple(matrix.samples[i] for i in chosen), matrix.features, matrix.values[chosen], matrix.origin)


def follow(matrix: Matrix, bench: Bench, tumor: Tumor, settings: Settings, reference: Reference) -> Outcome:
    """Return what every sample of a matrix gets against one reference."""
    found = Outcome([], [])
    for row in range(len(matrix.samples)):
        profile = counts_profile(matrix, row, tumor.as_given)
        found.sheets.append(bench.sheet(profile, settings, reference))
        found.strategies.append(bench.strategies(profile, tumor, found.sheets[-1]))
    return found


def leave_one_out(normals: Matrix, bench: Bench, tumor: Tumor, *settings: Settings) -> list[int]:
    """Return, per settings, how many normals get a strategy when compared with all the others."""
    found = [0] * len(settings)
    for row in range(len(normals.samples)):
        others = subset(normals, (i for i in range(len(normals.samples)) if i != row))
        reference = bench.reference(others, settings[0])
        for i, used in enumerate(settings):
            found[i] += follow(subset(normals, [row]), bench, tumor, used, reference).any
    return found


