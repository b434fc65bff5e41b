"""``explain`` on the command line: the reading it shares with ``recommend``, formats, refusals."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from recommender import explain
from recommender.cli import run
from recommender.knowledge import data_folder

MYELOMA = str(data_folder("profiles") / "myeloma_newly_diagnosed.json")
PROFILE: dict[str, Any] = {
    "sample_id": "HCC-0042",
    "cancer": "hepatocellular carcinoma",
    "disease_state": "relapsed_refractory",
    "scale": "log2_fold_change",
    "reference": {"kind": "normal_cohort", "samples": 50},
    "expression": {"hsa-miR-221-3p": 0.6},
}


@pytest.fixture
def call(capsys):
    """Run ``explain``; return exit status, standard output and the lines on standard error."""

    def from_arguments(*arguments: str) -> tuple[int, str, list[str]]:
        capsys.readouterr()
        status = run(["explain", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err.splitlines()

    return from_arguments


@pytest.fixture
def tumor(tmp_path):
    """Write the profile, some fields changed or (with ...) left out, and return its path."""

    def write(**changes: Any) -> str:
        path = tmp_path / "tumor.json"
        path.write_text(json.dumps({k: v for k, v in {**PROFILE, **changes}.items() if v is not ...}))
        return str(path)

    return write


def test_text_is_the_default_and_begins_with_sample_and_subject(call):
    status, out, err = call(MYELOMA, "miR-221")
    assert (status, err) == (0, [])
    assert out.startswith("MM-made-1: hsa-miR-221-3p explained\n====")
    assert call(MYELOMA, "miR-221", "--format", "text")[1] == out


def test_json_is_what_the_python_function_gives(call):
    status, out, err = call(MYELOMA, "inhibit:miR-221", "--format", "json")
    assert (status, err) == (0, [])
    assert out == explain(MYELOMA, "inhibit:miR-221").to_json()


def test_all_lists_every_silent_rule(call):
    short, whole = call(MYELOMA, "miR-221")[1], call(MYELOMA, "miR-221", "--all")[1]
    assert "caveat.minicell_cardiac_anaphylaxis" not in short
    assert "caveat.minicell_cardiac_anaphylaxis" in whole


def test_what_is_documented_nowhere_is_a_result_and_exits_with_0(call):
    status, out, err = call(MYELOMA, "hsa-miR-1246")
    assert (status, err) == (0, [])
    assert "documented nowhere" in out


@pytest.mark.parametrize("subject", ["miR-2l", "block:miR-21", "", "mmu-miR-21a-5p"])
def test_a_subject_that_cannot_be_understood_exits_with_1_in_one_line(call, subject):
    status, out, err = call(MYELOMA, subject)
    assert (status, out, len(err)) == (1, "", 1)
    assert err[0].startswith("error: subject: found ")


def test_a_missing_subject_is_wrong_usage(call):
    assert call(MYELOMA)[0] == 2


def test_a_profile_that_is_refused_names_its_field(call, tumor):
    status, out, err = call(tumor(scale=...), "miR-221")
    assert (status, out, len(err)) == (1, "", 1)
    assert "scale: found nothing" in err[0]


def test_the_options_fill_what_the_file_does_not_say_and_never_contradict_it(call, tumor):
    said = call(tumor(), "miR-221", "--format", "json")
    filled = call(tumor(cancer=...), "miR-221", "--format", "json", "--cancer", "hepatocellular carcinoma")
    assert filled == said
    status, _, err = call(tumor(), "miR-221", "--cancer", "lung cancer")
    assert (status, len(err)) == (1, 1)
    assert "leave out --cancer or mend the file" in err[0]


def test_settings_move_the_change_that_is_needed(call, tumor, tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text("[fold_change]\nmin_abs_log2_ratio = 1.5\n", encoding="utf-8")
    status, out, _ = call(tumor(), "miR-221", "--format", "json", "--settings", str(mine))
    assert status == 0
    assert json.loads(out)["counterfactuals"][0]["ways"][0]["changes"][0]["to"] == 1.5


def test_a_reference_scale_goes_with_a_reference(call, tumor):
    assert call(tumor(), "miR-221", "--reference-scale", "counts")[0] == 2


def test_abundances_are_read_with_their_reference(call, tumor, tmp_path):
    normals = tmp_path / "normals.tsv"
    normals.write_text("miRNA\t" + "\t".join(f"N{i}" for i in range(12)) + "\nhsa-miR-221-3p" + "\t255.0" * 12 + "\n")
    path = tumor(scale="reads_per_million", reference=..., expression={"hsa-miR-221-3p": 300})
    options = ("--reference", str(normals), "--reference-scale", "reads_per_million")
    status, out, err = call(path, "miR-221", *options)
    assert (status, err) == (0, [])
    assert "expression.hsa-miR-221-3p from 300 to 511" in " ".join(out.split())


def test_a_dash_reads_standard_input(call, tumor, monkeypatch):
    expected = call(tumor(), "miR-221")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(PROFILE).encode())))
    assert call("-", "miR-221") == expected


@pytest.mark.parametrize("format_", ["text", "json"])
def test_output_writes_the_bytes_of_standard_output(call, tmp_path, format_):
    target = tmp_path / "out"
    printed = call(MYELOMA, "miR-221", "--format", format_)[1]
    assert call(MYELOMA, "miR-221", "--format", format_, "--output", str(target)) == (0, "", [])
    assert target.read_text(encoding="utf-8") == printed
    assert call(MYELOMA, "miR-221", "--output", str(Path(tmp_path) / "nowhere" / "x"))[0] == 4
