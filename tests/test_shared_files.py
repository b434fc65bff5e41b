"""Real files of every kind, beside the project, through convert and recommend."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from recommender import recommend
from recommender.cli import run

STUDIES = ("COAD", "LIHC", "LUAD", "LUSC", "OV", "SKCM", "THCA")
BREAST = "de_tables/eurocan_breast_limma"


def first_sample(path: Path) -> str:
    """Return the first sample of a packed matrix."""
    with gzip.open(path, "rt") as stream:
        return stream.readline().rstrip().split("\t")[1]


@pytest.fixture
def convert(capsys):
    """Convert a file; return exit status, its profiles, and what was told."""

    def from_file(path: Path, *options: str) -> tuple[int, list[dict], list[str]]:
        capsys.readouterr()
        status = run(["convert", str(path), *options])
        captured = capsys.readouterr()
        out = captured.out
        texts = [out] if out.startswith("{\n") else out.splitlines()
        return status, [json.loads(text) for text in texts], captured.err.splitlines()

    return from_file


@pytest.fixture(scope="module")
def normals_of(shared_data, tmp_path_factory):
    """Return a file of a study's normals, in a scale and at a level."""

    def cut(study: str, file: str) -> Path:
        target = tmp_path_factory.getbasetemp() / f"{study}.{file}.normals.tsv"
        if not target.is_file():
            packed = (shared_data / "tcga" / f"TCGA-{study}.{file}.tsv.gz").read_bytes()
            lines = gzip.decompress(packed).decode().splitlines()
            keep = [i for i, name in enumerate(lines[0].split("\t")) if i == 0 or name[13:15] == "11"]
            rows = ("\t".join(line.split("\t")[i] for i in keep) for line in lines)
            target.write_text("\n".join(rows) + "\n", encoding="utf-8")
        return target

    return cut


@pytest.mark.parametrize("study", STUDIES)
def test_counts_of_tcga_are_known_by_their_numbers_and_their_level_by_the_names(convert, shared_data, study):
    path = shared_data / "tcga" / f"TCGA-{study}.hairpin_counts.tsv.gz"
    status, (profile,), told = convert(path, "--cancer", f"tcga:{study}", "--sample", first_sample(path))
    assert (status, profile["scale"]) == (0, "counts")
    assert "note: hairpin level: the two arms of a hairpin cannot be told apart" in told


@pytest.mark.parametrize("study", STUDIES)
def test_reads_per_million_of_tcga_are_known_by_their_sum(convert, shared_data, study):
    path = shared_data / "tcga" / f"TCGA-{study}.hairpin_rpm.tsv.gz"
    status, (profile,), told = convert(path, "--cancer", f"tcga:{study}", "--sample", first_sample(path))
    assert (status, profile["scale"]) == (0, "reads_per_million")
    assert "note: every sample adds up to a million: reads per million" in told


def test_a_sample_sheet_of_tcga_tells_what_it_has_and_what_not(convert, shared_data):
    folder = shared_data / "tcga"
    status, profiles, told = convert(
        folder / "TCGA-LIHC.hairpin_counts.tsv.gz",
        "--cancer",
        "LIHC",
        "--samples",
        str(folder / "TCGA-LIHC.samples.tsv"),
    )
    assert (status, len(profiles)) == (0, 424)
    assert "note: columns of the samples table that are not used: sample_type, machine" in told


@pytest.mark.parametrize("study", ["LIHC", "THCA"])
def test_a_tumor_of_a_matrix_is_recommended_against_its_normals(shared_data, normals_of, study):
    path = shared_data / "tcga" / f"TCGA-{study}.hairpin_counts.tsv.gz"
    sample = first_sample(path)
    result = recommend(path, cancer=f"tcga:{study}", sample=sample, reference=normals_of(study, "hairpin_counts"))
    assert result.sample_id == sample
    assert result.context.comparison == "normal_cohort"
    assert any(call.call in ("up", "down") for call in result.calls)


@pytest.mark.parametrize("patient", ["p1", "p2"])
def test_a_tumor_and_the_normal_of_one_patient_at_gdc(convert, shared_data, patient):
    tumor = shared_data / "gdc" / f"{patient}tumor.mirbase21.mirnas.quantification.txt"
    normal = shared_data / "gdc" / f"{patient}normal.mirbase21.mirnas.quantification.txt"
    status, (profile,), told = convert(tumor, "--cancer", "COADREAD", "--reference", str(normal))
    assert status == 0
    assert (profile["sample_id"], profile["scale"], profile["reference"]["samples"]) == (
        f"{patient}tumor",
        "log2_fold_change",
        1,
    )
    assert "note: reference read as counts, 1 samples, hairpin level" in told
    result = recommend(tumor, cancer="COADREAD", reference=normal, disease_state="relapsed_refractory")
    assert result.context.comparison == "ratio_only"
    assert {strategy.gate for strategy in result.strategies} <= {"caution", "adverse"}


def test_thyroid_counts_and_their_published_result(convert, shared_data):
    folder = shared_data / "de_tables"
    status, (profile,), _ = convert(
        folder / "MIRit_thyroid_PTC_vs_NTH_edgeR.tsv",
        *("--cancer", "THCA", "--contrast", "tumor_vs_normal", "--reference-samples", "8"),
    )
    assert (status, len(profile["expression"])) == (0, 371)
    status, profiles, told = convert(folder / "MIRit_GSE63511_thyroid_counts.tsv", "--cancer", "THCA")
    assert (status, len(profiles)) == (0, 16)
    assert "note: mature level" in told


def test_the_thyroid_result_turned_round_is_warned_of(convert, shared_data):
    path = shared_data / "de_tables" / "MIRit_thyroid_PTC_vs_NTH_edgeR.tsv"
    _, _, told = convert(path, "--cancer", "THCA", "--contrast", "normal_vs_tumor")
    assert [line for line in told if "4 of 4 changed miRNAs go against what is documented in thyroid cancer" in line]
    _, _, told = convert(path, "--cancer", "THCA", "--contrast", "tumor_vs_normal")
    assert not [line for line in told if "go against" in line]


def test_breast_lists_against_another_group_are_exploratory_alone(shared_data):
    files = sorted((shared_data / BREAST).glob("*.txt"))
    assert len(files) == 11
    for path in files:
        result = recommend(path, cancer="BRCA", contrast="other_group")
        assert (result.strategies, result.context.comparison) == ([], "other_group")
        assert result.outcome in ("exploratory_only", "no_rule_matched", "all_withheld")


def test_mirge3_keeps_its_merged_names_as_ambiguous(convert, shared_data):
    path = shared_data / "quantifiers" / "mirge3" / "miR.Counts.csv"
    status, profiles, told = convert(path, "--cancer", "LUAD")
    assert (status, len(profiles)) == (0, 49)
    assert "note: read as miRge3: file name, and the header miRNA" in told
    assert [line for line in told if "names that mean several miRNAs, kept as ambiguous" in line]


def test_bcbio_counts_become_profiles(convert, shared_data):
    path = shared_data / "quantifiers" / "bcbio" / "counts_mirna.tsv"
    status, profiles, told = convert(path, "--cancer", "DLBC", "--specimen", "cell_line")
    assert (status, len(profiles)) == (0, 10)
    assert {profile["specimen"] for profile in profiles} == {"cell_line"}
    assert "note: read as bcbio counts: file name, and the header mirna" in told


@pytest.mark.parametrize(("level", "names"), [("mature", 17), ("precursor", 1)])
def test_excerpt_of_a_tiny_library_is_read_and_told_to_be_poor(convert, shared_data, level, names):
    path = shared_data / "quantifiers" / "excerpt" / f"readCounts_miRNA{level}_sense.txt"
    status, (profile,), told = convert(path, "--cancer", "LUAD")
    assert (status, len(profile["expression"])) == (0, names)
    assert [line for line in told if "fewer than 250,000: a poor library" in line]


def test_one_sample_on_two_machines_is_named_in_the_mature_counts_of_luad(convert, shared_data):
    path = shared_data / "tcga" / "TCGA-LUAD.mature_counts.tsv.gz"
    status, profiles, told = convert(path, "--cancer", "LUAD", "--sample", "TCGA-05-4244-01A-01T-1108-13")
    assert (status, len(profiles)) == (0, 1)
    assert [line for line in told if line.startswith("note: TCGA-44-6146-01A was measured 2 times, and stays so: ")]


@pytest.mark.parametrize(
    ("file", "release"),
    [
        # the releases that hold every name of these files, and none after them does
        ("tcga/TCGA-LIHC.hairpin_counts.tsv.gz", "16"),
        ("tcga/TCGA-OV.hairpin_counts.tsv.gz", "13"),
        ("quantifiers/bcbio/counts_mirna.tsv", "21"),
        ("de_tables/MIRit_GSE63511_thyroid_counts.tsv", "20"),
    ],
)
def test_the_release_of_mirbase_is_bounded_by_retired_names(shared_data, file, release):
    from recommender.intake.stated import Stated
    from recommender.intake.take_in import take_in
    from recommender.knowledge import load_knowledge
    from recommender.readers.source import read_source

    known = load_knowledge()
    notes = take_in(read_source(shared_data / file), Stated(cancer="lung cancer"), known, known.settings).notes
    assert [note for note in notes if note.startswith(f"miRBase {release} or older, by its names: ")]


@pytest.mark.parametrize(("study", "file"), [("LIHC", "hairpin_counts"), ("LUAD", "mature_counts")])
def test_a_converted_tumor_is_called_as_the_file_is(shared_data, normals_of, study, file):
    from recommender.calling import call_profile
    from recommender.intake.stated import Stated
    from recommender.intake.take_in import take_in
    from recommender.knowledge import load_knowledge
    from recommender.readers.source import read_source
    from recommender.reference.load import load_reference
    from recommender.reference.ratios import relate

    known = load_knowledge()
    path = shared_data / "tcga" / f"TCGA-{study}.{file}.tsv.gz"
    intake = take_in(read_source(path), Stated(cancer=study), known, known.settings)
    reference = load_reference(normals_of(study, file), known.resolver, known.settings, "counts")
    for sample in intake.samples[:5]:
        profile = intake.build(sample)
        ratios = relate(profile, reference, known, known.settings).profile
        direct = call_profile(profile, known.resolver, known.settings, reference).calls
        converted = call_profile(ratios, known.resolver, known.settings).calls
        assert {name: (c.call, c.value, c.measured_as) for name, c in converted.items()} == {
            name: (c.call, c.value, c.measured_as) for name, c in direct.items()
        }
