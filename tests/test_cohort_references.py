"""What the samples of a cohort are compared with, row by row of the table of samples."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from recommender import recommend_cohort
from recommender.cli import run
from recommender.errors import InputError

NAMES = ["hsa-mir-221", "hsa-mir-122", "hsa-mir-16-1", "hsa-mir-16-2", "hsa-mir-21"]
NORMAL = np.array([300.0, 60000.0, 900.0, 1100.0, 9000.0])


def table(folder, rows):
    lines = ["sample_id\tcancer\treference", *("\t".join(row) for row in rows)]
    (folder / "samples.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def cohort(tmp_path):
    """Write four tumors with miR-221 up, and two references: against the second it is unchanged."""
    folder = tmp_path / "cohort"
    folder.mkdir()
    for name, times in (("plain", 1.0), ("high", 8.0)):
        spread = np.linspace(0.9, 1.1, 12)[:, None] * NORMAL * [times, 1, 1, 1, 1]
        normals = pd.DataFrame(spread, columns=NAMES, index=[f"N{i}" for i in range(12)])
        normals.to_csv(folder / f"{name}.tsv", sep="\t", index_label="sample")
    tumors = pd.DataFrame([NORMAL * [8, 1, 1, 1, 1]] * 4, columns=NAMES, index=["T1", "T2", "T3", "T4"])
    tumors.to_parquet(folder / "tumors.parquet")
    table(
        folder,
        [("T1", "LIHC", "plain.tsv"), ("T2", "LIHC", "high.tsv"), ("T3", "THCA", "plain.tsv"), ("T4", "LIHC", "")],
    )
    return folder


def batch(folder, *options):
    scale = ("--scale", "reads_per_million", "--samples", str(folder / "samples.tsv"))
    return run(["batch", str(folder / "tumors.parquet"), *scale, "--output", str(folder / "results"), *options])


def proposed(folder):
    found = pd.read_parquet(folder / "results" / "strategies.parquet")
    return sorted(found["sample_id"][found["strategy"] == "inhibit:hsa-miR-221-3p"])


def quarantine(folder):
    lines = (folder / "results" / "quarantine.jsonl").read_text(encoding="utf-8").splitlines()
    return {(one := json.loads(line))["sample_id"]: one["reason"] for line in lines}


def test_each_sample_is_compared_with_the_file_its_row_names_from_the_tables_folder(
    cohort, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert batch(cohort) == 3
    assert proposed(cohort) == ["T1", "T3"]
    assert "note: reference plain.tsv: 12 samples, hairpin level" in capsys.readouterr().err


def test_a_sample_without_a_reference_is_in_quarantine_where_others_have_one(cohort):
    assert batch(cohort) == 3
    assert list(quarantine(cohort)) == ["T4"]
    assert "expected normal samples" in quarantine(cohort)["T4"]


def test_the_option_is_for_the_samples_whose_row_names_none(cohort):
    assert batch(cohort, "--reference", str(cohort / "plain.tsv")) == 0
    assert proposed(cohort) == ["T1", "T3", "T4"]


def test_abundances_without_any_reference_are_refused(cohort, capsys):
    table(cohort, [(name, "LIHC", "") for name in ("T1", "T2", "T3", "T4")])
    assert batch(cohort) == 1
    assert "reference: found none; expected normal samples, for reads_per_million" in capsys.readouterr().err
    assert not (cohort / "results").exists()


def test_samples_whose_reference_cannot_be_read_are_in_quarantine_where_others_have_one(cohort):
    table(cohort, [("T1", "LIHC", "one.tsv"), ("T2", "LIHC", "builtin:heart"), ("T3", "LIHC", "plain.tsv")])
    assert batch(cohort, "--cancer", "LIHC") == 3
    assert proposed(cohort) == ["T3"]
    assert "one.tsv: found No such file or directory" in quarantine(cohort)["T1"]
    assert "found builtin:heart" in quarantine(cohort)["T2"]


def test_where_no_reference_can_be_read_all_are_named_and_nothing_is_written(cohort, capsys):
    table(cohort, [("T1", "LIHC", "one.tsv"), ("T2", "LIHC", "builtin:heart")])
    assert batch(cohort) == 1
    told = capsys.readouterr().err
    assert f"{cohort / 'one.tsv'}: found No such file or directory" in told
    assert "found builtin:heart" in told
    assert not (cohort / "results").exists()


def test_a_built_in_reference_and_an_absolute_path_are_taken_as_they_are(cohort):
    table(cohort, [(name, "LIHC", str(cohort / "plain.tsv")) for name in ("T1", "T2", "T3", "T4")])
    assert batch(cohort) == 0
    assert proposed(cohort) == ["T1", "T2", "T3", "T4"]


def test_a_run_is_not_resumed_when_a_reference_of_the_table_is_another(cohort, capsys):
    assert batch(cohort) == 3
    (cohort / "plain.tsv").write_bytes((cohort / "high.tsv").read_bytes())
    assert batch(cohort, "--resume") == 1
    assert "results, references: found " in capsys.readouterr().err


def test_the_results_do_not_name_the_folder_the_references_are_in(cohort):
    assert batch(cohort) == 3
    everything = b"".join(file.read_bytes() for file in (cohort / "results").iterdir())
    assert str(cohort).encode() not in everything


def test_samples_without_a_row_and_rows_without_a_sample_are_told(cohort, capsys):
    table(cohort, [("T1", "LIHC", "plain.tsv"), ("T9", "LIHC", "plain.tsv")])
    assert batch(cohort) == 3
    told = capsys.readouterr().err
    assert "note: 3 samples without a row in the samples table: T2, T3, T4" in told
    assert "note: 1 rows of the samples table without a sample here: T9" in told
    assert sorted(quarantine(cohort)) == ["T2", "T3", "T4"]


def test_a_reference_for_ratios_is_refused(cohort):
    ratios = pd.DataFrame({"T1": [2.0]}, index=["hsa-miR-221-3p"])
    with pytest.raises(InputError, match="log2_fold_change is already relative"):
        recommend_cohort(ratios, scale="log2_fold_change", samples=cohort / "samples.tsv")


def test_a_file_that_begins_with_unusable_samples_is_run_and_they_are_in_quarantine(cohort, capsys):
    tumors = pd.read_parquet(cohort / "tumors.parquet")
    pd.concat([tumors.iloc[[0] * 600], tumors.iloc[1:]]).to_parquet(cohort / "tumors.parquet")
    assert batch(cohort, "--reference", str(cohort / "plain.tsv")) == 3
    assert proposed(cohort) == ["T3", "T4"]
    assert "of 603 samples" in capsys.readouterr().err


def test_a_file_without_a_single_usable_name_is_refused(cohort, capsys):
    tumors = pd.read_parquet(cohort / "tumors.parquet")
    tumors.iloc[[0] * 600].to_parquet(cohort / "tumors.parquet")
    assert batch(cohort) == 1
    assert "found a sample name printed twice" in capsys.readouterr().err


def test_studies_counted_for_other_names_are_put_together_with_nulls(cohort):
    tumors = pd.read_parquet(cohort / "tumors.parquet")
    tumors.loc["T1", "hsa-mir-21"] = np.nan
    tumors.to_parquet(cohort / "tumors.parquet")
    assert batch(cohort) == 3
    assert list(quarantine(cohort)) == ["T4"]
    calls = pd.read_parquet(cohort / "results" / "calls.parquet").set_index(["sample_id", "mirna"])["call"]
    assert calls["T1", "hsa-miR-21-5p"] == "not_measured"
    assert calls["T3", "hsa-miR-21-5p"] == "unchanged"


def test_samples_of_another_platform_than_their_reference_are_told(cohort, capsys):
    summary = str(cohort / "summary.tsv")
    built = ["reference", "build", str(cohort / "plain.tsv"), "--scale", "reads_per_million", "--output", summary]
    assert run([*built, "--tissue", "liver", "--platform", "HiSeq", "--origin", "made up"]) == 0
    rows = ["sample_id\tcancer\treference\tplatform", "T1\tLIHC\tsummary.tsv\tHISEQ", "T2\tLIHC\tsummary.tsv\tGA"]
    rows += ["T3\tLIHC\tsummary.tsv\tGA", "T4\tLIHC\tsummary.tsv\t"]
    (cohort / "samples.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert batch(cohort) == 0
    told = capsys.readouterr().err
    assert "2 samples were measured with GA, the reference summary.tsv with HiSeq" in told
    assert "HISEQ" not in told
