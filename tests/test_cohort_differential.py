"""`recommend_cohort` says of every sample what `recommend` says of it."""

from __future__ import annotations

import itertools
import os

import pandas as pd
import pytest
from cohorts import differences, matrix, profile

from recommender import load_knowledge, recommend_cohort
from recommender.readers.measurements import Hints
from recommender.readers.registry import read_measurements
from recommender.readers.source import read_source
from recommender.reference.load import load_reference

LONG = bool(os.environ.get("RECOMMENDER_LONG"))  # 100,000 profiles in place of 2,000: more than an hour
EACH = 2_000 if LONG else 40
CANCERS = ("LIHC", "LUAD", "multiple myeloma", "colorectal cancer", "cutaneous t-cell lymphoma")
STATES = ("unknown", "newly_diagnosed", "relapsed_refractory", "on_treatment_sensitive")
KINDS = ("normal_cohort", "tumor_cohort", "not_stated")
LEVELS = ("mature", "hairpin", "mixed", "mature", "mixed")
CASES = list(enumerate(itertools.product(CANCERS, ("log2_fold_change", "z_score"), LEVELS)))


@pytest.mark.parametrize(("seed", "case"), CASES, ids=lambda value: str(value))
def test_a_cohort_says_of_generated_profiles_what_recommend_says(seed, case):
    cancer, scale, level = case
    state, metastatic, kind = STATES[seed % 4], (None, True, False)[seed % 3], KINDS[(seed // 2) % 3]
    ratios = matrix(seed, EACH, level)
    about = pd.DataFrame(
        {"sample_id": ratios.columns, "cancer": cancer, "disease_state": state, "metastatic": metastatic}
    )
    stated = None if kind == "not_stated" else kind
    found = recommend_cohort(
        ratios, scale=scale, samples=about, reference_kind=stated, reference_samples=50 if stated else None
    )
    assert found.quarantine.empty
    fields = {"disease_state": state, "metastatic": metastatic}
    if stated:
        fields["reference"] = {"kind": stated, "samples": 50}
    profiles = {name: profile(name, ratios[name], scale, cancer, **fields) for name in ratios.columns}
    assert differences(found, profiles) == []


TCGA = {
    "LIHC": ("hairpin_counts", "builtin:liver"),
    "LUSC": ("hairpin_counts", "builtin:lung_squamous"),
    "LUAD": ("hairpin_counts", "builtin:lung_adenocarcinoma"),
    "THCA": ("hairpin_rpm", "builtin:thyroid"),
}


@pytest.mark.parametrize("study", TCGA)
def test_a_cohort_says_of_real_tumors_what_recommend_says(study, shared_data):
    kind, reference = TCGA[study]
    read = read_measurements(read_source(shared_data / "tcga" / f"TCGA-{study}.{kind}.tsv.gz"), Hints(), None)
    step = 1 if LONG else 12
    counts = pd.DataFrame(read.values.T, index=list(read.names), columns=list(read.samples)).iloc[:, ::step]
    known = load_knowledge()
    normals = load_reference(reference, known.resolver, known.settings, read.scale)
    found = recommend_cohort(counts, scale=read.scale, cancer=study, reference=reference)
    assert found.quarantine.empty
    profiles = {name: profile(name, counts[name], read.scale, study) for name in counts.columns}
    assert differences(found, profiles, reference=normals) == []


@pytest.mark.parametrize("study", ["COAD", "OV", "SKCM"])
def test_tumors_against_tumors_are_explored_and_nothing_else(study, shared_data):
    path = shared_data / "tcga" / f"TCGA-{study}.hairpin_counts.tsv.gz"
    read = read_measurements(read_source(path), Hints(), None)
    counts = pd.DataFrame(read.values.T, index=list(read.names), columns=list(read.samples))
    known = load_knowledge()
    others = load_reference(path, known.resolver, known.settings, read.scale, kind="tumor_cohort")
    found = recommend_cohort(counts, scale=read.scale, cancer=study, reference=others, reference_kind="tumor_cohort")
    assert found.strategies.empty
    assert found.withheld.empty
    assert not found.exploratory.empty
    stated = {"reference": {"kind": "tumor_cohort"}}
    some = counts.columns[:: 1 if LONG else 40]
    profiles = {name: profile(name, counts[name], read.scale, study, **stated) for name in some}
    assert differences(found, profiles, reference=others) == []
