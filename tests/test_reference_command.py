"""``reference build`` and ``reference list``: which samples are taken, what is told, what is refused."""

from __future__ import annotations

import io
import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recommender import load_knowledge
from recommender.cli import run
from recommender.reference.file import parse_summary
from recommender.reference.summary import Summary

ROOT = Path(__file__).resolve().parents[1]
KNOWN = load_knowledge()
A, B, C = "hsa-miR-221-3p", "hsa-miR-122-5p", "hsa-miR-34a-5p"
STATED = ("--tissue", "liver", "--platform", "made up", "--origin", "made up")
RPM = ("--scale", "reads_per_million")


@pytest.fixture
def call(capsys):
    """Run the command line; return exit status, standard output and the lines on standard error."""

    def from_arguments(*arguments: Any) -> tuple[int, str, list[str]]:
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err.splitlines()

    return from_arguments


@pytest.fixture
def written(tmp_path):
    """Write a matrix, miRNAs in rows, and return its path."""

    def write(samples: list[str], rows: dict[str, list[float]], name: str = "normals.tsv") -> Path:
        path = tmp_path / name
        lines = ["\t".join(["miRNA", *samples])]
        lines += ["\t".join([mirna, *map(str, values)]) for mirna, values in rows.items()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def built(call: Any, *arguments: Any) -> Summary:
    status, out, err = call("reference", "build", *arguments)
    assert status == 0, err
    return parse_summary(out, "out")


def barcode(patient: int, kind: str = "11", plate: str = "A130") -> str:
    return f"TCGA-AA-{patient:04}-{kind}A-01R-{plate}-13"


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "samples.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def cohort(samples: list[str], mirnas: int = 320) -> dict[str, list[float]]:
    rng = np.random.default_rng(3)
    level = 2 ** rng.uniform(6, 14, mirnas)
    names = sorted(KNOWN.resolver.mirnas)[:mirnas]
    return {
        n: rng.poisson(x * 2 ** rng.normal(0, 0.2, len(samples))).tolist() for n, x in zip(names, level, strict=True)
    }


# ---------------------------------------------------------------- what is built


def test_what_is_stated_stands_in_the_summary(call, written):
    path = written(["N1", "N2"], {A: [3, 15], B: [7, 7]})
    found = built(call, path, *STATED, *RPM, "--cancer", "LIHC", "--cancer", "cholangiocarcinoma", "--level", "mature")
    assert found.about == (
        "liver",
        "made up",
        "made up",
        "normal_cohort",
        ("cholangiocarcinoma", "hepatocellular_carcinoma"),
        "",
    )
    # log2(4) = 2 and log2(16) = 4
    assert (found.mirnas[A].mean, found.samples, found.scale, found.scaling) == (3.0, 2, "reads_per_million", "none")


def test_the_same_matrix_gives_the_same_bytes_to_a_file_and_to_standard_output(call, written, tmp_path):
    path = written(["N1", "N2", "N3"], {A: [3, 15, 63], B: [7, 7, 6]})
    turned = written([A, B], {"N3": [63, 6], "N1": [3, 7], "N2": [15, 7]}, "turned.tsv")
    _, out, _ = call("reference", "build", path, *STATED, *RPM)
    for matrix in (path, turned):
        assert call("reference", "build", matrix, *STATED, *RPM, "--output", tmp_path / "x.tsv")[:2] == (0, "")
        assert (tmp_path / "x.tsv").read_text(encoding="utf-8") == out


def test_few_samples_are_summarized_with_a_warning_and_many_without(call, written):
    names = [f"N{i}" for i in range(10)]
    nine = written(names[:9], {A: [250.5] * 9})
    _, _, err = call("reference", "build", nine, *STATED, *RPM)
    told = "9 samples are too few for a test: the ratio will decide, at best with caution"
    assert err == [f"warning: {told} (from 10 on they are tested)"]
    ten = written(names, {A: [250.5] * 10})
    assert call("reference", "build", ten, *STATED, *RPM)[2] == []


def test_removed_samples_are_named_on_standard_error(call, written):
    names = [f"N{i}" for i in range(12)]
    rows = cohort(names)
    for values in rows.values():
        values[3] //= 200
    path = written(names, rows)
    status, out, err = call("reference", "build", path, *STATED)
    assert (status, err) == (0, ["note: N3 removed: library size more than 4 MAD under the median"])
    assert parse_summary(out, "x").scale == "counts"


def test_the_commands_of_the_docs_work_when_pasted(call, monkeypatch, tmp_path):
    lines = (ROOT / "docs" / "references.md").read_text(encoding="utf-8").splitlines()
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("mirna-recommender reference ")]
    assert [command[1] for command in commands] == ["build", "list"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "references").symlink_to(ROOT / "references")
    assert [call(*command)[0] for command in commands] == [0, 0]
    assert parse_summary((tmp_path / "summary.tsv").read_text(encoding="utf-8"), "x").samples == 12


def test_the_examples_of_the_help_work_when_pasted(call, monkeypatch):
    monkeypatch.chdir(ROOT)
    for command in (["reference", "build"], ["reference", "list"]):
        _, out, _ = call(*command, "--help")
        lines = [line.strip() for line in out.splitlines() if line.strip().startswith("mirna-recommender ")]
        assert [call(*shlex.split(line)[1:])[0] for line in lines] == [0]


def test_the_example_matrix_and_its_samples_give_batches_and_platform(call):
    folder = ROOT / "references" / "examples"
    found = built(call, folder / "normals.tsv", "--samples", folder / "samples.tsv", "--tissue", "t", "--origin", "o")
    assert (found.about.platform, found.batches, found.samples) == ("made up", "A: 6, B: 6", 12)
    assert found.scale == "reads_per_million"


# ---------------------------------------------------------------- which samples


def test_of_barcodes_the_solid_tissue_normals_are_taken(call, written):
    names = [barcode(1, "01"), barcode(1), barcode(2), barcode(3, "10"), barcode(4, "06")]
    path = written(names, {A: [9, 3, 15, 9, 9], B: [1, 7, 7, 1, 1]})
    found = built(call, path, *STATED, *RPM)
    assert (found.samples, found.mirnas[A].mean) == (2, 3.0)
    assert found.batches == "plate A130: 2"


@pytest.mark.parametrize(
    "text",
    [
        "barcode\tsample_type\tmachine\nN1\t11\tX\nN2\t01\tX\nN3\t11\tY\nN9\t11\tX\n",
        "SAMPLE,Sample_Type,machine\nN1,Normal,X\nN2,Tumor,X\nN3,solid tissue normal,Y\n",
        "sample_id\tmachine\nN1\tX\nN3\tY\n",
    ],
    ids=["TCGA codes", "words, commas", "a table of normals alone"],
)
def test_of_a_table_the_normals_are_taken_and_their_platforms_named(call, written, tmp_path, text):
    path = written(["N1", "N2", "N3"], {A: [3, 1000, 15], B: [7, 7, 7]})
    options = ("--tissue", "liver", "--origin", "made up", "--samples", table(tmp_path, text))
    found = built(call, path, *options, *RPM)
    assert (found.samples, found.mirnas[A].mean, found.about.platform) == (2, 3.0, "X and Y")


def test_named_samples_are_taken_whatever_they_are(call, written, tmp_path):
    path = written(["N1", "N2", "N3"], {A: [3, 1000, 15], B: [7, 7, 7]})
    names = tmp_path / "names.txt"
    names.write_text("N1\n\nN3\n", encoding="utf-8")
    for selected in (["N1,N3"], ["N1", "N3"], [f"@{names}"]):
        options = [part for name in selected for part in ("--select", name)]
        assert built(call, path, *STATED, *RPM, *options).mirnas[A].mean == 3.0


def test_text_in_a_table_stays_text(call, written, tmp_path):
    path = written(["00123", "1E5"], {A: [3, 15], B: [7, 7]})
    found = table(tmp_path, "sample\tsample_type\tbatch\n00123\tnormal\t007\n1E5\tnormal\t1E3\n")
    assert built(call, path, *STATED, *RPM, "--samples", found).batches == "007: 1, 1E3: 1"


def test_tumors_among_chosen_normals_are_warned_of_here_and_in_every_result(call, written, tmp_path):
    names = [barcode(i) for i in range(1, 4)] + [barcode(9, "01")]
    path = written(names, {A: [255.5] * 4, B: [7.5] * 4})
    status, out, err = call("reference", "build", path, *STATED, *RPM, "--select", ",".join(names))
    told = f"1 of 4 samples are tumors by their barcodes: {names[3]}"
    assert (status, err[0]) == (0, f"warning: {told}")
    (tmp_path / "summary.tsv").write_text(out, encoding="utf-8")
    profile = {"sample_id": "S", "cancer": "LIHC", "scale": "reads_per_million", "expression": {A: 1023}}
    (tmp_path / "tumor.json").write_text(json.dumps(profile), encoding="utf-8")
    for reference in ("summary.tsv", "normals.tsv"):
        arguments = ("recommend", tmp_path / "tumor.json", "--reference", tmp_path / reference, "--format", "json")
        assert f"{told}." in [note["message"] for note in json.loads(call(*arguments)[1])["notes"]]


def test_two_samples_of_a_patient_are_warned_of(call, written):
    names = [barcode(1), barcode(2), barcode(2, plate="A22J")]
    path = written(names, {A: [255.5] * 3})
    _, _, err = call("reference", "build", path, *STATED, *RPM)
    told = "several samples of one patient, which are not independent: TCGA-AA-0002"
    assert err[0] == f"warning: {told}"


# ---------------------------------------------------------------- what is refused


def refusal(call: Any, *arguments: Any) -> str:
    status, out, err = call("reference", "build", *arguments)
    assert (status, out) == (1, "")
    assert all(line.startswith("error: ") for line in err)
    return "\n".join(err)


def test_one_sample_has_no_spread_and_is_refused_with_what_to_do(call, written):
    told = refusal(call, written(["N1"], {A: [3]}), *STATED, *RPM)
    assert "1 samples of 1 in the file; expected 2 or more" in told
    assert "--reference-kind matched_normal" in told


def test_a_quality_control_that_leaves_none_is_refused(call, written, tmp_path):
    settings = tmp_path / "strict.toml"
    # whatever lies under a median is out: five libraries are small, and the five large ones resemble nobody
    settings.write_text("[reference]\noutlier_mads = 0.0\n", encoding="utf-8")
    level = np.array([2 ** (6 + i % 8) for i in range(320)])
    columns = [level] * 5 + [np.roll(level, step) * 50 for step in range(1, 6)]
    rows = dict(zip(sorted(KNOWN.resolver.mirnas)[:320], np.array(columns).T.tolist(), strict=True))
    told = refusal(call, written([f"N{i}" for i in range(10)], rows), *STATED, "--settings", settings)
    assert "found 10 samples, all removed by the quality control" in told


def test_too_few_after_the_quality_control_are_refused(call, written, tmp_path):
    settings = tmp_path / "strict.toml"
    settings.write_text("[reference]\noutlier_mads = 0.0\noutlier_min_samples = 2\n", encoding="utf-8")
    # of two samples one is less like the median of both
    path = written(["N1", "N2"], {A: [90, 10], B: [200, 100], C: [300, 4000]})
    told = refusal(call, path, *STATED, *RPM, "--settings", settings)
    assert "1 samples after the quality control removed 1; expected 2 or more" in told


def test_standard_input_is_read_as_a_file_is(call, written, monkeypatch):
    path = written(["N1", "N2"], {A: [3, 15], B: [7, 7]})
    from_file = call("reference", "build", path, *STATED, *RPM)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    assert call("reference", "build", "-", *STATED, *RPM) == from_file


def test_mouse_normals_are_refused_with_a_row_of_them(call, written):
    rows = {f"mmu-miR-{i}-5p": [5.5, 6.5] for i in range(21, 30)} | {A: [1.5, 2.5]}
    told = refusal(call, written(["N1", "N2"], rows), *STATED, *RPM)
    assert "normals.tsv, mmu-miR-21-5p: found miRNAs of another species in 9 of 10 names; expected human miRNAs" in told


def test_a_stated_level_that_is_not_found_is_refused(call, written):
    path = written(["N1", "N2"], {"hsa-mir-221": [1.5, 2.5]})
    told = refusal(call, path, *STATED, *RPM, "--level", "mature")
    assert "level: found hairpins; expected matures, as stated" in told


@pytest.mark.parametrize(
    ("rows", "options", "told"),
    [
        ({A: [100.5, 200.5]}, (), "values from 100.5 to 200.5; expected counts of whole libraries"),
        ({A: [-1, 3]}, RPM, "expected reads_per_million, as --scale says; correct --scale"),
        ({A: [2_000_000, 3]}, RPM, "expected reads_per_million, as --scale says; correct --scale"),
        (
            {A: [100.5, 200.5]},
            ("--scale", "log2_reads_per_million"),
            "expected log2_reads_per_million, as --scale says",
        ),
        ({A: [10.5, 20.5]}, ("--scale", "counts"), "found fractions; expected counts, as stated"),
    ],
    ids=["not to be told", "negative", "more than there can be", "no logarithms", "fractions"],
)
def test_a_scale_that_is_not_certain_or_not_so_is_refused(call, written, rows, options, told):
    assert told in refusal(call, written(["N1", "N2"], rows), *STATED, *options)


def test_a_platform_must_be_stated_or_be_in_the_table(call, written):
    told = refusal(call, written(["N1", "N2"], {A: [1.5, 2.5]}), "--tissue", "t", "--origin", "o", *RPM)
    assert told.endswith("give --platform, or --samples TABLE with a column platform or machine")


def test_unknown_samples_are_refused_each(call, written):
    told = refusal(call, written(["N1", "N2"], {A: [1.5, 2.5]}), *STATED, *RPM, "--select", "N1,N7,N8")
    assert [line.split(", ")[1].split(":")[0] for line in told.splitlines()] == ["sample N7", "sample N8"]


def test_barcodes_without_a_normal_or_beside_other_names_are_refused(call, written):
    tumors = written([barcode(1, "01"), barcode(2, "01")], {A: [1.5, 2.5]})
    assert "found no normal among the barcodes" in refusal(call, tumors, *STATED, *RPM)
    mixed = written([barcode(1), "N2"], {A: [1.5, 2.5]})
    assert "TCGA barcodes beside other names, such as 'N2'" in refusal(call, mixed, *STATED, *RPM)


def test_mostly_tumors_are_no_normals(call, written):
    names = [barcode(1, "01"), barcode(2, "01"), barcode(3)]
    told = refusal(call, written(names, {A: [1.5, 2.5, 2.5]}), *STATED, *RPM, "--select", ",".join(names))
    assert "2 of 3 samples are tumors by their barcodes; expected normal samples" in told
    as_tumors = ("--kind", "tumor_cohort", "--select", ",".join(names))
    assert built(call, written(names, {A: [1.5, 2.5, 2.5]}), *STATED, *RPM, *as_tumors).warnings == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name\ttype\nN1\tnormal\n", "samples.tsv, line 1: found 'name, type'; expected a column sample_id, sample or"),
        ("sample\tsample_type\nN1\n", "samples.tsv, line 2: found 1 cells; expected 2, as the header has"),
        ("sample\tsample_type\nN1\tnormal\nN1\tnormal\n", "samples.tsv, line 3: found 'N1' again"),
        ("sample\tsample_type\nN1\ttumor\nN2\ttumor\n", "samples.tsv: found 2 tumor; expected samples of the matrix"),
        ("", "samples.tsv: found an empty file"),
        ("sample;sample_type\nN1;normal\n", "samples.tsv, line 1: found semicolons between the cells"),
    ],
)
def test_a_table_of_samples_that_tells_nothing_is_refused_with_its_line(call, written, tmp_path, text, told):
    path = written(["N1", "N2"], {A: [1.5, 2.5]})
    assert told in refusal(call, path, *STATED, *RPM, "--samples", table(tmp_path, text))


def test_files_that_cannot_be_read_are_refused(call, written, tmp_path):
    path = written(["N1", "N2"], {A: [1.5, 2.5]})
    (tmp_path / "latin").write_bytes(b"sample\n\xe9\n")
    assert "missing.tsv: found No such file" in refusal(call, tmp_path / "missing.tsv", *STATED)
    assert "found No such file" in refusal(call, path, *STATED, *RPM, "--samples", tmp_path / "no")
    assert "which is not UTF-8" in refusal(call, path, *STATED, *RPM, "--select", f"@{tmp_path / 'latin'}")


def test_an_unknown_tumor_is_refused(call, written):
    told = refusal(call, written(["N1", "N2"], {A: [1.5, 2.5]}), *STATED, *RPM, "--cancer", "liver canser")
    assert told.startswith("error: --cancer: found 'liver canser'")


def test_what_must_be_stated_is_asked_for_with_exit_status_2(call, written):
    path = written(["N1", "N2"], {A: [1.5, 2.5]})
    assert call("reference", "build", path, "--tissue", "liver")[0] == 2


def test_frames_are_summarized_as_files_are():
    from recommender.reference.build import build_summary
    from recommender.reference.summary import About

    frame = pd.DataFrame({"N1": [3.0, 7.0], "N2": [15.0, 7.0]}, index=[A, B])
    about = About("liver", "made up", "made up", "normal_cohort")
    found = build_summary(frame, about, KNOWN, KNOWN.settings, scale="reads_per_million")
    assert found.mirnas[A].mean == 3.0
