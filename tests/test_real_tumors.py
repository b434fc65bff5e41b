"""TCGA tumors and normals through the whole chain: who gets a strategy, and what the normals do to it.

Design: leave one out. Each normal that passes the quality control of its study is compared with all the others
that do, the reference built anew without it, quality control included (35 to 55 normals each time). Tumors are
taken evenly from the study's primary tumors, sorted by barcode. All are taken as relapsed or refractory, so that
calls alone decide. ``tools/study_tcga.py`` prints the same figures over all tumors.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recommender import Recommendation, recommend
from recommender.calling import CallSheet
from recommender.errors import InputError
from recommender.readers.matrix import Matrix
from recommender.readers.profile import as_profile
from recommender.reference.load import Reference

STUDIES = ("LIHC", "LUAD", "LUSC", "THCA")
TUMORS = 40  # of each study through the whole chain
BAD_PLATE = "1757"
RPM = {"scaling": {"method": "rpm"}}
UNCHECKED = {"reference": {"outlier_mads": 1e6}}
RATIO_ALONE = {"reference": {"min_samples": 1_000_000}}

Open = Callable[[str], "Study"]


class Study:
    """One study: its samples, and the reference of its checked normals."""

    def __init__(self, bench: Any) -> None:
        self.bench = bench
        self.name: str = bench.name
        self.normals: Matrix = bench.study.normals
        self.tumors: Matrix = bench.study.tumors
        self.reference: Reference = bench.reference(self.normals, bench.default)
        self.kept, self.removed = bench.split_normals(self.reference)

    def some_tumors(self, number: int = TUMORS) -> Iterator[dict[str, Any]]:
        step = len(self.tumors.samples) // number
        for row in range(0, step * number, step):
            yield profile(self.tumors, row, self.name)

    @cache  # noqa: B019 - lives as long as the module
    def all_calls(self) -> list[CallSheet]:
        return self.bench.sheets(self.tumors, self.bench.default, self.reference)

    def share(self, mirna: str, call: str) -> float:
        return sum(sheet.calls[mirna].call == call for sheet in self.all_calls()) / len(self.all_calls())


def profile(matrix: Matrix, row: int, study: str) -> dict[str, Any]:
    return {
        "sample_id": matrix.samples[row],
        "cancer": study,
        "disease_state": "relapsed_refractory",
        "scale": "counts",
        "expression": dict(zip(matrix.features, matrix.values[row].tolist(), strict=True)),
    }


def frame(matrix: Matrix) -> pd.DataFrame:
    """Return a matrix as TCGA prints it: miRNAs in rows."""
    return pd.DataFrame(matrix.values.T.astype(int), index=list(matrix.features), columns=list(matrix.samples))


def changed(result: Recommendation) -> dict[str, str]:
    return {call.mirna: call.call for call in result.calls if call.call in ("up", "down")}


def served(results: Iterable[Recommendation]) -> float:
    flags = [bool(result.strategies) for result in results]
    return sum(flags) / len(flags)


@pytest.fixture(scope="module")
def study(shared_data: Path) -> Iterator[Open]:
    tools = str(Path(__file__).resolve().parents[1] / "tools")
    sys.path.insert(0, tools)
    from study_tcga import Bench

    yield cache(lambda name: Study(Bench(shared_data, name)))
    sys.path.remove(tools)


@pytest.fixture(scope="module")
def left_out(study: Open) -> Callable[[str], list[Recommendation]]:
    """Return what every left-out normal of a study gets."""

    def follow(name: str) -> list[Recommendation]:
        from study_tcga import subset

        kept, bench = study(name).kept, study(name).bench
        rows = range(len(kept.samples))
        return [
            recommend(
                profile(kept, row, name),
                reference=bench.reference(subset(kept, (i for i in rows if i != row)), bench.default),
            )
            for row in rows
        ]

    return cache(follow)


# ---------------------------------------------------------------- who gets a strategy


@pytest.mark.parametrize("name", STUDIES)
def test_at_most_one_in_twenty_left_out_normals_gets_any_strategy(study, left_out, name):
    assert len(left_out(name)) >= 38
    assert study(name).reference.samples >= 39
    assert served(left_out(name)) <= 1 / 20


@pytest.mark.parametrize("name", STUDIES)
def test_at_least_nine_in_ten_tumors_get_a_strategy(study, name):
    results = [recommend(tumor, reference=study(name).reference) for tumor in study(name).some_tumors()]
    assert len(results) == TUMORS
    assert served(results) >= 9 / 10
    for result in results:
        assert {item.reason for item in result.unresolved} == {"retired_entry"}
        assert all(s.points == sum(c.points for c in s.components) for s in result.strategies)


def test_without_ten_normals_the_ratio_alone_serves_many_healthy_samples_and_clears_none(study):
    liver = study("LIHC")
    results = [
        recommend(profile(liver.kept, row, "LIHC"), reference=liver.reference, settings=RATIO_ALONE)
        for row in range(len(liver.kept.samples))
    ]
    assert served(results) > 1 / 4
    assert all(strategy.gate != "clear" for result in results for strategy in result.strategies)


# ---------------------------------------------------------------- the normals and their batches


def test_the_seven_aberrant_lung_normals_are_removed_and_are_all_of_one_plate(study):
    lung = study("LUAD")
    plates = [barcode.split("-")[5] for barcode in lung.removed.samples]
    assert plates == [BAD_PLATE] * 7
    assert BAD_PLATE not in [barcode.split("-")[5] for barcode in lung.kept.samples]
    assert {barcode for barcode, _ in lung.reference.excluded} == set(lung.removed.samples)
    assert all(reason.startswith("library size") for _, reason in lung.reference.excluded)


def test_the_result_names_the_normals_that_were_left_out(study):
    lung = study("LUAD")
    result = recommend(next(lung.some_tumors()), reference=lung.reference)
    told = " ".join(note.message for note in result.notes)
    assert all(barcode in told for barcode in lung.removed.samples)


def test_taken_as_they_are_the_aberrant_normals_hide_most_calls(study):
    lung = study("LUAD")
    normals = frame(lung.normals)
    tumors = list(lung.some_tumors(5))
    checked = sum(len(changed(recommend(tumor, reference=normals))) for tumor in tumors)
    unchecked = sum(len(changed(recommend(tumor, reference=normals, settings=UNCHECKED))) for tumor in tumors)
    assert unchecked < checked / 2


def test_the_removed_lung_normals_would_have_been_taken_for_tumors(study):
    lung = study("LUAD")
    results = [recommend(profile(lung.removed, row, "LUAD"), reference=lung.reference) for row in range(7)]
    assert served(results) == 1.0


def test_normals_of_the_other_lung_cancer_change_many_calls(study):
    own, other = study("LUSC"), study("LUAD").reference
    moved = total = 0
    for tumor in own.some_tumors(10):
        right = changed(recommend(tumor, reference=own.reference))
        wrong = changed(recommend(tumor, reference=other))
        moved += sum(right.get(mirna) != wrong.get(mirna) for mirna in right | wrong)
        total += len(right | wrong)
    assert moved / total > 1 / 4


# ---------------------------------------------------------------- what the tumors say


def test_mir_221_is_up_in_about_half_of_liver_tumors(study):
    assert 0.30 <= study("LIHC").share("hsa-miR-221-3p", "up") <= 0.65
    assert study("LIHC").share("hsa-miR-221-3p", "down") == 0


def test_mir_221_is_up_in_about_four_of_five_thyroid_tumors(study):
    assert 0.70 <= study("THCA").share("hsa-miR-221-3p", "up") <= 0.92


@pytest.mark.parametrize("name", ["LUAD", "LUSC"])
def test_mir_221_is_hardly_ever_up_in_lung(study, name):
    assert study(name).share("hsa-miR-221-3p", "up") <= 0.05


@pytest.mark.parametrize("name", ["LUAD", "LUSC"])
def test_mir_183_is_up_in_most_lung_tumors_where_the_review_lists_it_as_down(study, name):
    assert study(name).share("hsa-miR-183-5p", "up") > 1 / 2
    assert study(name).share("hsa-miR-183-5p", "down") == 0


def test_a_refractory_liver_tumor_with_mir_221_up_is_led_by_its_inhibitor_every_time(study):
    liver, seen = study("LIHC"), 0
    for tumor in liver.some_tumors(20):
        result = recommend(tumor, reference=liver.reference)
        if changed(result).get("hsa-miR-221-3p") == "up":
            seen += 1
            first = result.strategies[0]
            assert (first.id, first.gate, first.tier) == ("inhibit:hsa-miR-221-3p", "clear", "T2")
    assert seen >= 3


def test_the_bundled_liver_profile_is_the_tumor_its_rule_chooses(study):
    found = [sheet.calls for sheet in study("LIHC").all_calls() if sheet.calls["hsa-miR-221-3p"].call == "up"]
    found.sort(key=lambda calls: calls["hsa-miR-221-3p"].value)
    median = found[(len(found) - 1) // 2]
    folder = Path(__file__).resolve().parents[1] / "profiles"
    expression = as_profile(folder / "liver_mir221_up.json").expression
    for mirna, name in (
        ("hsa-miR-221-3p", "hsa-mir-221"),
        ("hsa-miR-122-5p", "hsa-mir-122"),
        ("hsa-miR-16-5p", "hsa-miR-16-5p"),
    ):
        assert expression[name].value == median[mirna].value


# ---------------------------------------------------------------- scaling, and ways to give the normals


def test_plain_rpm_moves_calls_and_finds_mir_221_up_less_often(study):
    liver = study("LIHC")
    normals = frame(liver.normals)
    moved = up = up_plain = 0
    for tumor in liver.some_tumors(20):
        scaled = changed(recommend(tumor, reference=liver.reference))
        plain = changed(recommend(tumor, reference=normals, settings=RPM))
        moved += sum(scaled.get(mirna) != plain.get(mirna) for mirna in scaled | plain)
        up += scaled.get("hsa-miR-221-3p") == "up"
        up_plain += plain.get("hsa-miR-221-3p") == "up"
    assert moved > 100
    assert up_plain < up


def test_a_path_a_frame_and_a_reference_in_memory_give_the_same_answer(study, tmp_path):
    liver = study("LIHC")
    tumor = next(liver.some_tumors())
    normals = frame(liver.normals)
    normals.to_csv(tmp_path / "normals.tsv.gz", sep="\t", index_label="miRNA_ID")
    wanted = recommend(tumor, reference=liver.reference)
    assert wanted.strategies
    assert recommend(tumor, reference=tmp_path / "normals.tsv.gz") == wanted
    assert recommend(tumor, reference=str(tmp_path / "normals.tsv.gz")) == wanted
    assert recommend(tumor, reference=normals) == wanted


def test_a_matrix_with_samples_in_rows_gives_the_same_answer(study, tmp_path):
    liver = study("LIHC")
    tumor = next(liver.some_tumors())
    turned = frame(liver.normals).T
    turned.to_csv(tmp_path / "normals.csv", index_label="barcode")
    wanted = recommend(tumor, reference=liver.reference)
    assert recommend(tumor, reference=tmp_path / "normals.csv") == wanted
    assert recommend(tumor, reference=turned) == wanted


def test_the_published_rpm_matrix_gives_the_answer_of_the_counts(study, shared_data):
    liver = study("LIHC")
    rpm = pd.read_csv(shared_data / "tcga" / "TCGA-LIHC.hairpin_rpm.tsv.gz", sep="\t", index_col=0)
    tumor = next(liver.some_tumors())
    other = {
        **tumor,
        "scale": "reads_per_million",
        "expression": {name: float(value) for name, value in rpm[tumor["sample_id"]].items()},
    }
    # library sizes are gone in RPM: the normals are those that pass the check of the counts
    by_rpm = recommend(other, reference=rpm[list(liver.kept.samples)])
    by_counts = recommend(tumor, reference=frame(liver.kept))
    assert [s.id for s in by_rpm.strategies] == [s.id for s in by_counts.strategies]
    assert changed(by_rpm) == changed(by_counts)


@pytest.fixture(scope="module")
def mature(shared_data: Path) -> pd.DataFrame:
    """Return mature-level counts of lung adenocarcinoma, normals and tumors."""
    return pd.read_csv(shared_data / "tcga" / "TCGA-LUAD.mature_counts.tsv.gz", sep="\t", index_col=0)


def of_kind(matrix: pd.DataFrame, kind: str) -> pd.DataFrame:
    return matrix[sorted(barcode for barcode in matrix if barcode[13:15] == kind)]


def test_hairpin_counts_are_not_compared_with_mature_normals(study, mature):
    tumor = next(study("LUAD").some_tumors())
    with pytest.raises(InputError, match="hairpins; expected matures"):
        recommend(tumor, reference=of_kind(mature, "11").head(400))


def test_mature_counts_are_read_as_well_and_the_same_plate_is_removed(mature):
    normals, tumors = of_kind(mature, "11"), of_kind(mature, "01")
    for barcode in tumors.columns[:3]:
        result = recommend(
            {
                "sample_id": barcode,
                "cancer": "LUAD",
                "disease_state": "relapsed_refractory",
                "scale": "counts",
                "expression": tumors[barcode].astype(float).to_dict(),
            },
            reference=normals,
        )
        assert result.strategies
        removed = [note.message for note in result.notes if note.message.startswith("Reference sample")]
        assert len(removed) == 7
        assert all(f"-{BAD_PLATE}-" in message for message in removed)
