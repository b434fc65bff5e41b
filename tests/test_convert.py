"""``convert``, and ``recommend`` on the same files: options, samples, references, exit statuses, and what is told."""

from __future__ import annotations

import inspect
import io
import json
from pathlib import Path

import pytest

from recommender import InputError, recommend
from recommender.cli import run

DATA = Path(__file__).parent / "data"
LIVER = ("--cancer", "LIHC")
COUNTS = "miRNA\tT1\tT2\nhsa-miR-21-5p\t9000\t4000\nhsa-miR-145-5p\t100\t1000\nhsa-miR-122-5p\t70\t500\n"


@pytest.fixture
def call(capsys):
    """Run the command line; return exit status, standard output and the lines on standard error."""

    def from_arguments(*arguments: str) -> tuple[int, str, list[str]]:
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err.splitlines()

    return from_arguments


@pytest.fixture
def file(tmp_path):
    """Write a file and return its path."""

    def write(content: str | bytes, name: str = "table.tsv") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def profiles(out: str) -> dict[str, dict]:
    """Return the profiles of JSON Lines by sample."""
    return {profile["sample_id"]: profile for profile in map(json.loads, out.splitlines())}


# ---------------------------------------------------------------- what comes out


def test_one_sample_becomes_one_profile(call):
    status, out, _ = call("convert", DATA / "gdc.mirnas.quantification.txt", "--cancer", "COAD")
    profile = json.loads(out)
    assert status == 0
    assert (profile["schema"], profile["sample_id"], profile["cancer"]) == ("profile/1", "gdc", "COAD")
    assert (profile["scale"], profile["library_size"]) == ("counts", 10_000)
    assert profile["expression"]["hsa-mir-21"] == 6000


def test_several_samples_become_json_lines_in_the_order_of_the_file(call):
    status, out, _ = call("convert", DATA / "counts_mirna.tsv", *LIVER)
    assert status == 0
    assert list(profiles(out)) == ["T1", "T2"]
    assert profiles(out)["T2"]["expression"] == {"hsa-miR-21-5p": 4000, "hsa-miR-145-5p": 1000}


def test_a_sample_can_be_chosen(call):
    _, out, _ = call("convert", DATA / "counts_mirna.tsv", *LIVER, "--sample", "T2")
    assert json.loads(out)["sample_id"] == "T2"


def test_a_sample_that_is_not_there_is_refused_with_those_that_are(call):
    status, out, err = call("convert", DATA / "counts_mirna.tsv", *LIVER, "--sample", "T3")
    assert (status, out) == (1, "")
    assert "found no sample 'T3'; expected one of T1, T2" in err[0]


def test_the_only_sample_of_a_file_takes_the_name_it_is_given(call):
    _, out, err = call("convert", DATA / "deseq2.csv", *LIVER, "--contrast", "tumor_vs_normal", "--sample", "cohort A")
    assert json.loads(out)["sample_id"] == "cohort A"
    assert "note: the file does not name its sample: cohort A, as declared" in err


def test_a_file_on_standard_input_has_no_name_to_take(call, monkeypatch):
    content = (DATA / "gdc.mirnas.quantification.txt").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    status, _, err = call("convert", "-", "--cancer", "COAD")
    assert (status, err) == (
        1,
        ["error: standard input: found a sample without a name; expected its name; give --sample NAME"],
    )


def test_a_table_on_standard_input_is_read_like_a_file(call, monkeypatch):
    expected = call("convert", DATA / "matrix_counts.csv", *LIVER)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO((DATA / "matrix_counts.csv").read_bytes())))
    assert call("convert", "-", *LIVER) == expected


def test_a_profile_in_json_goes_through_too(call, file):
    path = file('{"sample_id": "S", "cancer": "LIHC", "scale": "z_score", "expression": {"miR-21": 3}}', "s.json")
    status, out, _ = call("convert", path)
    assert (status, json.loads(out)["expression"]) == (0, {"miR-21": 3})


def test_options_of_tables_say_nothing_of_a_profile_in_json(call, file):
    path = file('{"sample_id": "S", "cancer": "LIHC", "scale": "z_score", "expression": {"miR-21": 3}}', "s.json")
    status, _, err = call("convert", path, "--contrast", "other_group")
    assert status == 1
    assert "found a profile in JSON with --contrast; expected a table; leave out --contrast" in err[0]


def test_output_goes_to_a_file_whole(call, tmp_path):
    target = tmp_path / "out.jsonl"
    status, out, _ = call("convert", DATA / "counts_mirna.tsv", *LIVER, "--output", target)
    assert (status, out) == (0, "")
    assert len(target.read_text().splitlines()) == 2


def test_no_path_of_the_machine_is_in_a_profile(call):
    _, out, _ = call("convert", DATA / "counts_mirna.tsv", *LIVER)
    assert str(DATA) not in out


def test_what_was_detected_is_told_on_standard_error_and_in_the_profile(call):
    _, out, err = call("convert", DATA / "miR.Counts.csv", *LIVER)
    assert err[:3] == [
        "note: read as miRge3: file name, and the header miRNA",
        "note: comma separated, samples in columns",
        "note: whole numbers: counts",
    ]
    assert "note: mature level" in err
    assert "note: scale counts" in err
    assert "read as miRge3" in profiles(out)["T1_R1"]["description"]


# ---------------------------------------------------------------- what a file does not say


def test_a_tumor_must_be_stated(call):
    status, out, err = call("convert", DATA / "gdc.mirnas.quantification.txt")
    assert (status, out) == (1, "")
    assert err[-1].endswith(
        "found no tumor; expected the tumor this is; give --cancer, or a column cancer in --samples TABLE"
    )


def test_a_scale_that_numbers_do_not_prove_must_be_stated(call):
    status, _, err = call("convert", DATA / "matrix_log2_ratios.tsv", *LIVER)
    assert status == 1
    assert "found numbers from -1.75 to 2.5 that could be of several scales" in err[0]
    assert err[0].endswith("; give --scale")
    status, out, err = call("convert", DATA / "matrix_log2_ratios.tsv", *LIVER, "--scale", "log2_fold_change")
    assert (status, profiles(out)["T1"]["scale"]) == (0, "log2_fold_change")
    assert "note: scale log2_fold_change, as declared" in err


def test_a_scale_against_what_the_file_says_is_refused(call):
    status, _, err = call("convert", DATA / "counts_mirna.tsv", *LIVER, "--scale", "log2_reads_per_million")
    assert status == 1
    assert "found counts; expected log2_reads_per_million, as --scale says; leave out --scale, or give counts" in err[0]


def test_a_contrast_must_be_stated_and_decides_what_the_values_are_relative_to(call):
    status, _, err = call("convert", DATA / "edger.tsv", *LIVER)
    assert status == 1
    assert "found a contrast that the file does not name" in err[0]
    assert (
        "give --contrast: tumor_vs_normal, tumor_vs_matched_normal, normal_vs_tumor, tumor_cohort, other_group"
        in err[0]
    )
    for contrast, kind in {
        "tumor_vs_normal": "normal_cohort",
        "tumor_vs_matched_normal": "matched_normal",
        "tumor_cohort": "tumor_cohort",
        "other_group": "other_group",
    }.items():
        _, out, _ = call("convert", DATA / "edger.tsv", *LIVER, "--contrast", contrast)
        assert json.loads(out)["reference"]["kind"] == kind


def test_normal_against_tumor_is_turned(call):
    _, out, err = call("convert", DATA / "edger.tsv", *LIVER, "--contrast", "normal_vs_tumor")
    profile = json.loads(out)
    assert profile["reference"]["kind"] == "normal_cohort"
    assert profile["expression"]["hsa-miR-21-5p"] == {"value": -2.5, "adjusted_p_value": 4e-12}
    assert "note: declared as normal against tumor: every sign is turned" in err


def test_a_groups_result_is_marked_as_a_groups(call):
    _, out, _ = call("recommend", DATA / "edger.tsv", *LIVER, "--contrast", "tumor_vs_normal", "--format", "json")
    messages = [note["message"] for note in json.loads(out)["notes"] if note["id"] == "input"]
    assert "Differential expression of groups: the calls are a group's, not one patient's." in messages


def test_a_contrast_says_nothing_of_abundances(call):
    status, _, err = call("convert", DATA / "counts_mirna.tsv", *LIVER, "--contrast", "tumor_vs_normal")
    assert status == 1
    assert "leave out --contrast; give normal samples with --reference" in err[0]


def test_another_group_feeds_exploratory_alone(call):
    _, out, _ = call(
        "recommend", DATA / "limma.txt", "--cancer", "BRCA", "--contrast", "other_group", "--format", "json"
    )
    result = json.loads(out)
    assert result["strategies"] == []
    assert [s["id"] for s in result["exploratory"]]
    assert result["context"]["comparison"] == "other_group"


def test_enough_reference_samples_lift_the_caution_of_a_contrast(call):
    def gates(*more: str) -> set[str]:
        arguments = (DATA / "deseq2.csv", *LIVER, "--disease-state", "relapsed_refractory", "--format", "json")
        _, out, _ = call("recommend", *arguments, "--contrast", "tumor_vs_normal", *more)
        return {strategy["gate"] for strategy in json.loads(out)["strategies"]}

    assert gates() == {"caution"}
    assert gates("--reference-samples", "9") == {"caution"}
    assert "clear" in gates("--reference-samples", "10")


def test_a_groups_result_is_marked_as_a_groups_after_it_was_converted_too(call, tmp_path):
    call(
        *("convert", DATA / "deseq2.csv", *LIVER, "--contrast", "tumor_vs_normal", "--reference-samples", "12"),
        *("--output", tmp_path / "group.json"),
    )
    _, out, _ = call("recommend", tmp_path / "group.json")
    head = " ".join(out.partition("Ranked strategies")[0].split())
    assert "Reference, as stated: differential expression of groups: the calls are a group's" in head
    _, out, _ = call("recommend", tmp_path / "group.json", "--format", "json")
    assert [note["message"] for note in json.loads(out)["notes"] if note["id"] == "reference"] == [
        "Reference, as stated: differential expression of groups: the calls are a group's, not one patient's."
    ]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param("counts_mirna.tsv", (), id="of counts"),
        pytest.param("matrix_log2_ratios.tsv", ("--scale", "log2_fold_change"), id="of ratios"),
    ],
)
def test_a_number_of_reference_samples_says_nothing_without_a_contrast(call, name, options):
    status, _, err = call("convert", DATA / name, *LIVER, *options, "--reference-samples", "12")
    assert status == 1
    assert "found --reference-samples without a contrast" in err[-1]


@pytest.mark.parametrize("name", ["gdc.mirnas.quantification.txt", "mirtop.tsv"])
def test_an_axis_says_nothing_of_what_is_no_matrix(call, name):
    status, _, err = call("convert", DATA / name, *LIVER, "--samples-in", "rows")
    assert status == 1
    assert "expected a matrix; leave out --samples-in" in err[-1]


@pytest.mark.parametrize("options", [("--reference", "-"), ("--samples", "-")])
@pytest.mark.parametrize("command", ["convert", "recommend"])
def test_standard_input_is_not_asked_for_twice(call, command, options):
    status, _, err = call(command, "-", *LIVER, *options)
    assert (status, err[-1]) == (2, "Error: standard input (-) can be read once")


def test_mirnas_on_both_axes_are_refused_with_the_option(call, file):
    content = "x\thsa-miR-1\thsa-miR-2\nhsa-miR-21-5p\t900\t1\nhsa-miR-145-5p\t1\t2\n"
    status, _, err = call("convert", file(content), *LIVER)
    assert status == 1
    assert "miRNA names in 100% of the rows and 100% of the columns" in err[0]
    assert "--samples-in columns or --samples-in rows" in err[0]
    status, out, _ = call("convert", file(content), *LIVER, "--samples-in", "columns")
    assert (status, list(profiles(out))) == (0, ["hsa-miR-1", "hsa-miR-2"])


# ---------------------------------------------------------------- the table of samples


def test_ids_are_text_and_every_field_of_the_samples_table_is_taken(call):
    status, out, err = call("convert", DATA / "matrix_counts.csv", "--samples", DATA / "samples.tsv")
    assert status == 0
    found = profiles(out)
    assert list(found) == ["1E5", "00123", "NA"]
    assert {key: found["1E5"][key] for key in ("cancer", "disease_state", "metastatic", "patient_id", "purity")} == {
        "cancer": "LUAD",
        "disease_state": "relapsed_refractory",
        "metastatic": True,
        "patient_id": "00123",
        "purity": 0.75,
    }
    assert found["00123"]["metastatic"] is False
    assert "purity" not in found["00123"]
    assert "disease_state" not in found["NA"]
    assert "note: columns of the samples table that are not used: machine" in err


def test_samples_without_a_row_and_rows_without_a_sample_are_told(call, file):
    table = file("sample_id\tcancer\nT1\tLIHC\nT7\tLIHC\n", "samples.tsv")
    status, out, err = call("convert", file(COUNTS), "--samples", table)
    assert status == 3
    assert list(profiles(out)) == ["T1"]
    assert "note: 1 samples without a row in the samples table: T2" in err
    assert "note: 1 rows of the samples table without a sample here: T7" in err
    assert [line for line in err if line.startswith("set aside: sample T2: ")]


def test_an_option_against_the_samples_table_sets_that_sample_aside(call, file):
    table = file("sample_id\tcancer\nT1\tLIHC\nT2\tLUAD\n", "samples.tsv")
    status, out, err = call("convert", file(COUNTS), "--samples", table, *LIVER)
    assert (status, list(profiles(out))) == (3, ["T1"])
    assert "found 'LUAD' in the samples table and 'LIHC' as option; expected one value" in err[-1]


@pytest.mark.parametrize(
    ("column", "cell"),
    [("purity", "high"), ("purity", "80"), ("purity", "NA"), ("metastatic", "M1"), ("disease_state", "relapse")],
)
def test_a_field_that_cannot_be_read_sets_that_sample_aside(call, file, column, cell):
    table = file(f"sample_id\tcancer\t{column}\nT1\tLIHC\t\nT2\tLIHC\t{cell}\n", "samples.tsv")
    status, out, err = call("convert", file(COUNTS), "--samples", table)
    assert (status, list(profiles(out))) == (3, ["T1"])
    assert column in err[-1]
    assert repr(cell) in err[-1]


def test_ids_printed_twice_in_the_samples_table_are_refused(call, file):
    status, _, err = call(
        "convert", file(COUNTS), "--samples", file("sample_id\tcancer\nT1\tLIHC\nT1\tLUAD\n", "s.tsv")
    )
    assert status == 1
    assert "found 'T1' twice" in err[0]


def test_a_samples_table_needs_ids(call, file):
    status, _, err = call("convert", file(COUNTS), "--samples", file("name\tcancer\nT1\tLIHC\n", "s.tsv"))
    assert status == 1
    assert "expected a column sample_id" in err[0]


# ---------------------------------------------------------------- references


@pytest.fixture
def normals(file):
    """Twelve normals of 300 miRNAs: all 1,000 RPM, but miR-122 is ten times the others, each a little different."""
    names = ["hsa-miR-21-5p", "hsa-miR-122-5p", *(f"hsa-miR-{n}-3p" for n in range(9000, 9298))]
    rows = []
    for i, name in enumerate(names):
        base = 10_000 if name == "hsa-miR-122-5p" else 1_000
        rows.append("\t".join([name, *(str(base + 10 * ((i + s) % 5)) for s in range(12))]))
    return file("miRNA\t" + "\t".join(f"N{s}" for s in range(12)) + "\n" + "\n".join(rows) + "\n", "normals.tsv")


@pytest.fixture
def tumor(file):
    """A tumor of the same miRNAs: miR-21 eightfold, miR-122 lost."""
    names = [f"hsa-miR-{n}-3p" for n in range(9000, 9298)]
    rows = ["hsa-miR-21-5p\t8160", "hsa-miR-122-5p\t0", *(f"{name}\t1020" for name in names)]
    return file("miRNA\tT1\n" + "\n".join(rows) + "\n", "tumor.tsv")


def test_against_normals_abundances_become_log2_ratios_with_adjusted_p_values(call, tumor, normals):
    status, out, err = call("convert", tumor, *LIVER, "--reference", normals)
    profile = json.loads(out)
    assert status == 0
    assert (profile["scale"], profile["reference"]["kind"], profile["reference"]["samples"]) == (
        "log2_fold_change",
        "normal_cohort",
        12,
    )
    assert set(profile["expression"]) == {"hsa-miR-21-5p", "hsa-miR-122-5p"}
    assert round(profile["expression"]["hsa-miR-21-5p"]["value"], 1) == 3.0
    assert profile["expression"]["hsa-miR-21-5p"]["adjusted_p_value"] < 0.001
    assert profile["expression"]["hsa-miR-122-5p"]["value"] < -10
    assert profile["expression"]["hsa-miR-122-5p"]["reads_per_million"] == 0
    assert "note: 298 names outside the knowledge left out: no ratio is made of them" in err


def test_the_converted_profile_gets_the_calls_of_the_file(call, tumor, normals, tmp_path):
    arguments = (*LIVER, "--disease-state", "relapsed_refractory")
    _, out, _ = call("recommend", tumor, *arguments, "--reference", normals, "--format", "json")
    direct = json.loads(out)
    call("convert", tumor, *arguments, "--reference", normals, "--output", tmp_path / "ratios.json")
    _, out, _ = call("recommend", tmp_path / "ratios.json", "--format", "json")
    converted = json.loads(out)
    keys = ("mirna", "call", "value", "adjusted_p_value", "reads_per_million")
    assert [[c[k] for k in keys] for c in converted["calls"]] == [[c[k] for k in keys] for c in direct["calls"]]
    assert [(s["id"], s["gate"], s["points"]) for s in converted["strategies"]] == [
        (s["id"], s["gate"], s["points"]) for s in direct["strategies"]
    ]
    assert direct["strategies"]


def test_of_many_samples_what_holds_of_all_is_told_once_and_the_rest_is_in_their_descriptions(call, file, normals):
    names = [f"hsa-miR-{n}-3p" for n in range(9000, 9300)]
    rows = [f"{name}\t1020\t{1020 if i % 3 else 4080}\t{1020 if i % 4 else 8160}" for i, name in enumerate(names)]
    tumors = file("miRNA\tT1\tT2\tT3\n" + "\n".join(["hsa-miR-21-5p\t10\t10\t9", *rows]) + "\n", "tumors.tsv")
    status, out, err = call("convert", tumors, *LIVER, "--reference", normals)
    assert status == 0
    assert err.count("note: 300 names outside the knowledge left out: no ratio is made of them") == 1
    assert not [line for line in err if "median of ratios, factor" in line]
    assert err[-1] == "note: how each sample was scaled and resembles the reference is in its description"
    factors = [profile["description"].partition("factor ")[2][:5] for profile in profiles(out).values()]
    assert len(set(factors)) == 3


def test_every_sample_that_does_not_resemble_the_reference_is_named(call, file):
    from recommender.knowledge import data_folder
    from recommender.reference.file import parse_summary

    shipped = parse_summary((data_folder("references") / "liver.tsv").read_text(encoding="utf-8"), "liver")
    rows = [
        f"{name}\t{2**figures.mean:.0f}\t{2 ** (i % 12):.0f}"
        for i, (name, figures) in enumerate(sorted(shipped.features.items()))
    ]
    tumors = file("miRNA\tlike\tunlike\n" + "\n".join(rows) + "\n")
    status, out, err = call("convert", tumors, *LIVER, "--reference", "builtin:liver")
    kinds = [profile["reference"]["kind"] for profile in profiles(out).values()]
    assert (status, kinds) == (0, ["not_stated", "other_group"])
    (doubt,) = [line for line in err if "so that all calls are taken as relative to another group" in line]
    assert doubt.startswith("note: sample unlike: the library correlates ")


def test_hairpins_of_one_mature_keep_their_names_and_their_common_ratio(call):
    normal = tumor = DATA / "gdc.mirnas.quantification.txt"
    _, out, _ = call("convert", tumor, "--cancer", "COAD", "--reference", normal)
    profile = json.loads(out)
    assert profile["reference"]["samples"] == 1
    assert {name for name in profile["expression"] if "let-7a" in name} == {
        "hsa-let-7a-1",
        "hsa-let-7a-2",
        "hsa-let-7a-3",
    }
    assert {entry["value"] for entry in profile["expression"].values()} == {0.0}
    assert all("adjusted_p_value" not in entry for entry in profile["expression"].values())


def test_hairpins_against_matures_are_refused(call, normals):
    status, _, err = call("convert", DATA / "gdc.mirnas.quantification.txt", *LIVER, "--reference", normals)
    assert status == 1
    assert "found hairpins; expected matures, as the reference has" in err[-1]


def test_ratios_take_no_reference(call, normals):
    status, _, err = call(
        "convert", DATA / "edger.tsv", *LIVER, "--contrast", "tumor_vs_normal", "--reference", normals
    )
    assert status == 1
    assert "already relative" in err[-1]


# ---------------------------------------------------------------- recommend takes the same files


def test_recommend_takes_a_file_of_one_sample(call):
    status, out, _ = call("recommend", DATA / "deseq2.csv", *LIVER, "--contrast", "tumor_vs_normal", "--format", "json")
    result = json.loads(out)
    assert (status, result["sample_id"]) == (0, "deseq2")
    assert {c["mirna"]: c["call"] for c in result["calls"] if c["mirna"].startswith("hsa-miR-34a")} == {
        "hsa-miR-34a-5p": "untested"
    }


def test_recommend_of_several_samples_names_them_and_the_option(call):
    status, out, err = call("recommend", DATA / "counts_mirna.tsv", *LIVER)
    assert (status, out) == (1, "")
    assert "found 2 samples (T1, T2); expected one sample; " in err[0]
    assert err[0].endswith("choose one with --sample NAME, or give the file to convert or batch")


def test_recommend_tells_how_the_file_was_read(call):
    _, out, _ = call("recommend", DATA / "edger.tsv", *LIVER, "--contrast", "tumor_vs_normal", "--format", "json")
    messages = {note["message"] for note in json.loads(out)["notes"] if note["id"] == "input"}
    assert {
        "Read as edgeR topTags: columns logFC and FDR.",
        "Scale log2_fold_change.",
        "Mature level.",
        "Compared with normal_cohort, of unknown size, as declared.",
    } <= messages


def test_recommend_of_a_normal_says_that_it_is_none_of_a_tumor(call, file):
    tumor, normal = "TCGA-AA-0001-01A-11R-0001-13", "TCGA-AA-0001-11A-11R-0001-13"
    path = file(f"miRNA\t{tumor}\t{normal}\nhsa-miR-21-5p\t2.5\t0.5\nhsa-miR-145-5p\t-1.5\t-0.25\n")

    def told(sample: str) -> str:
        return " ".join(call("recommend", path, *LIVER, "--scale", "log2_fold_change", "--sample", sample)[1].split())

    assert f"{normal} is normal tissue by its TCGA barcode, and read as a tumor." in told(normal)
    assert "and read as a tumor" not in told(tumor)


def test_recommend_gives_a_file_the_answer_of_its_converted_profile(call, tmp_path):
    arguments = (*LIVER, "--contrast", "tumor_vs_normal")
    call("convert", DATA / "limma.txt", *arguments, "--output", tmp_path / "p.json")
    _, direct, _ = call("recommend", DATA / "limma.txt", *arguments, "--format", "json")
    _, converted, _ = call("recommend", tmp_path / "p.json", "--format", "json")
    first, second = json.loads(direct), json.loads(converted)
    first["notes"] = [note for note in first["notes"] if note["id"] != "input"]
    assert first == second


def test_python_takes_paths_of_tables_too():
    result = recommend(DATA / "deseq2.csv", cancer="LIHC", contrast="tumor_vs_normal", sample="mine")
    assert result.sample_id == "mine"
    with pytest.raises(InputError, match="give --cancer"):
        recommend(DATA / "deseq2.csv", contrast="tumor_vs_normal")


def test_only_a_file_can_be_told_what_it_does_not_say():
    assert "stated" in inspect.signature(recommend).parameters
    with pytest.raises(TypeError, match="only a file can be told its cancer"):
        recommend({"sample_id": "S"}, cancer="LIHC")
    with pytest.raises(TypeError, match="tumour"):
        recommend(DATA / "deseq2.csv", tumour="LIHC")
