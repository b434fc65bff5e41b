"""References that ship, and references that are no normals: what they are, and how far their calls are trusted."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recommender import InputError, Recommendation, load_knowledge, recommend
from recommender.cli import run
from recommender.knowledge import data_folder
from recommender.reference.file import parse_summary
from recommender.reference.load import load_reference
from recommender.settings import override

ROOT = Path(__file__).resolve().parents[1]
KNOWN = load_knowledge()
NAMES = ("liver", "lung_adenocarcinoma", "lung_squamous", "thyroid")
A, B = "hsa-miR-221-3p", "hsa-miR-122-5p"


def reference(name: str = "liver") -> Any:
    return load_reference(f"builtin:{name}", KNOWN.resolver, KNOWN.settings, "counts")


def alike(name: str = "liver", noise: float = 0.0, **changed: float) -> dict[str, float]:
    """Return a library with the mean abundances of a reference, some changed so many fold, in reads per million.

    Names are those the reference measured; `noise` is the SD of a shift of each, in log2.
    """
    rows = parse_summary((data_folder("references") / f"{name}.tsv").read_text(encoding="utf-8"), name).features
    rng = np.random.default_rng(7)
    rpm = {m: 2**row.mean * 2 ** rng.normal(0, noise) - 1 for m, row in sorted(rows.items())}
    rpm = {mirna: max(value, 0.0) for mirna, value in rpm.items()}
    total = sum(rpm.values())
    scaled = {mirna: value / total * 1e6 for mirna, value in rpm.items()}
    return {mirna: value * changed.get(mirna.replace("-", "_"), 1.0) for mirna, value in scaled.items()}


def result(
    expression: dict[str, float], given: Any = "builtin:liver", cancer: str = "LIHC", **fields: Any
) -> Recommendation:
    profile = {"sample_id": "S", "cancer": cancer, "disease_state": "relapsed_refractory", "expression": expression}
    return recommend({**profile, "scale": "reads_per_million", **fields}, reference=given)


def messages(found: Recommendation) -> str:
    return "\n".join(note.message for note in found.notes)


# ---------------------------------------------------------------- what ships


def test_these_references_ship():
    assert tuple(sorted(path.stem for path in data_folder("references").glob("*.tsv"))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_says_what_it_is(name):
    text = (data_folder("references") / f"{name}.tsv").read_text(encoding="utf-8")
    found = parse_summary(text, name)
    assert text.startswith("# mirna-recommender reference: summary figures of ")
    assert "TCGA-" in found.about.origin
    assert (found.about.builtin, found.level, found.about.kind) == (name, "hairpin", "normal_cohort")
    assert found.about.platform == "Illumina HiSeq 2000"
    assert found.scaling == "median_of_ratios"
    assert found.batches.startswith("plate ")
    assert found.samples >= 39
    assert set(found.about.cancers) <= set(KNOWN.vocabulary.rows)
    assert set(found.mirnas) <= set(KNOWN.resolver.mirnas)


def test_the_lung_reference_names_the_seven_normals_of_the_aberrant_plate():
    found = reference("lung_adenocarcinoma")
    assert [name.split("-")[5] for name, _ in found.excluded] == ["1757"] * 7


def test_what_ships_is_what_the_tool_computes(shared_data: Path):
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from build_references import built
    finally:
        sys.path.pop(0)
    found = dict(built(shared_data))
    assert tuple(sorted(found)) == NAMES
    for name, text in found.items():
        shipped = parse_summary((data_folder("references") / f"{name}.tsv").read_text(encoding="utf-8"), name)
        now = parse_summary(text, name)
        assert replace(now, features={}, mirnas={}) == replace(shipped, features={}, mirnas={})
        for rows, kept in ((now.features, shipped.features), (now.mirnas, shipped.mirnas)):
            assert list(rows) == list(kept)
            # the ninth decimal may turn on another machine, where it was about to
            assert [row[:5] for row in rows.values()] == [pytest.approx(row[:5], abs=2e-9) for row in kept.values()]
            geometric = [(row.ln_geometric_mean, kept[name].ln_geometric_mean) for name, row in rows.items()]
            assert all((a is None) == (b is None) and abs((a or 0) - (b or 0)) < 2e-9 for a, b in geometric)
            assert [row.summed_from for row in rows.values()] == [row.summed_from for row in kept.values()]


def test_the_list_names_every_reference_and_what_to_do_without(capsys):
    assert run(["reference", "list"]) == 0
    out = capsys.readouterr().out
    assert [line.split(":")[1] for line in out.splitlines() if line.startswith("builtin:")] == list(NAMES)
    assert "  47 samples (3 removed), hairpin level, Illumina HiSeq 2000\n" in out
    assert "reference build" in out.splitlines()[-1]
    assert run(["reference", "list", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["reference"], row["samples"]) for row in rows] == [
        ("builtin:liver", 47),
        ("builtin:lung_adenocarcinoma", 39),
        ("builtin:lung_squamous", 41),
        ("builtin:thyroid", 56),
    ]


# ---------------------------------------------------------------- a single tumor against one


def test_a_tumor_is_called_against_a_builtin_reference_at_best_with_caution():
    found = result(alike(hsa_mir_221=16.0))
    assert found.context.comparison == "builtin_cohort"
    first = found.strategies[0]
    assert (first.id, first.gate) == ("inhibit:hsa-miR-221-3p", "caution")
    assert "builtin_reference" in {flag.id for flag in first.flags}
    assert all(s.gate != "clear" for s in found.strategies)
    # 16-fold, less what the others lose to it; the mean of the normals is 2^9.1
    assert [c.value for c in found.calls if c.mirna == A] == [pytest.approx(4.0, abs=0.02)]
    assert "Reference builtin:liver, without the 3 its quality control removed." in messages(found)


def test_a_shipped_file_given_by_its_path_is_no_less_a_builtin_reference():
    by_name, by_path = (
        result(alike(hsa_mir_221=16.0), given) for given in ("builtin:liver", data_folder("references") / "liver.tsv")
    )
    assert by_path.to_json() == by_name.to_json()


def test_a_library_like_the_normals_themselves_gets_nothing():
    found = result(alike())
    assert (found.outcome, found.strategies, found.exploratory) == ("no_rule_matched", [], [])


def test_a_library_that_does_not_resemble_the_reference_is_compared_with_another_group():
    found = result(alike(noise=3.0, hsa_mir_221=16.0))
    assert found.context.comparison == "other_group"
    assert found.strategies == []
    assert "under 0.86: measured otherwise, or of other tissue" in messages(found)


def test_how_much_it_must_resemble_is_a_setting():
    lenient = {"reference": {"builtin_min_correlation": 0.1}}
    profile = {"sample_id": "S", "cancer": "LIHC", "scale": "reads_per_million", "expression": alike(noise=3.0)}
    assert recommend(profile, reference="builtin:liver", settings=lenient).context.comparison == "builtin_cohort"


def test_a_part_of_a_library_cannot_meet_a_builtin_reference():
    few = dict(list(alike().items())[:299])
    with pytest.raises(InputError, match=r"299 names; expected a whole library, 300 names or more"):
        result(few)


def test_matures_cannot_meet_hairpins_and_the_remedy_is_told():
    matures = dict.fromkeys(sorted(KNOWN.resolver.mirnas)[:320], 100.0)
    with pytest.raises(InputError) as refused:
        result(matures)
    told = "found matures; expected hairpins, as the reference has; compare like with like: give the tumor's hairpins, "
    assert told + "or normals measured as matures" in str(refused.value)


@pytest.mark.parametrize("given", ["builtin:breast", "builtin:", "builtin:lung"])
def test_a_tissue_without_one_is_told_what_there_is_and_what_to_do(given):
    with pytest.raises(InputError) as refused:
        result(alike(), given)
    told = str(refused.value)
    assert all(f"builtin:{name}" in told for name in NAMES)
    assert "reference build" in told
    assert "the patient's own normal tissue" in told


@pytest.mark.parametrize("given", ["builtin:Lung Squamous", "builtin:lung-squamous", "builtin:LUNG_SQUAMOUS"])
def test_a_name_is_read_as_people_write_it(given):
    found = load_reference(given, KNOWN.resolver, KNOWN.settings, "counts")
    assert found.about.builtin == "lung_squamous"


# ---------------------------------------------------------------- for which tumor


def test_normals_for_another_tumor_are_refused():
    with pytest.raises(InputError) as refused:
        result(alike("thyroid"), "builtin:thyroid", "LIHC")
    told = "builtin:thyroid: found normals for Thyroid cancer; expected normals for Hepatocellular carcinoma"
    assert told in str(refused.value)


def test_a_subtype_of_the_tumor_is_that_tumor():
    assert "made for" not in messages(result(alike("thyroid"), "builtin:thyroid", "papillary thyroid cancer"))


@pytest.mark.parametrize("cancer", ["LUAD", "lung cancer", "NSCLC"])
def test_normals_for_another_kind_of_the_tumor_are_told(cancer):
    found = result(alike("lung_squamous"), "builtin:lung_squamous", cancer)
    assert "made for Lung squamous cell carcinoma: this tumor is " in messages(found)


# ---------------------------------------------------------------- references that are no cohort of normals

MANY = pd.DataFrame({f"N{i}": [255.5, 20.5] for i in range(12)}, index=[A, B])


def against(given: Any, **fields: Any) -> Recommendation:
    return result({A: 4096.5, B: 20.5}, given, **fields)


def test_twelve_normals_of_ones_own_clear_a_strategy():
    found = against(MANY)
    assert (found.context.comparison, found.strategies[0].gate) == ("normal_cohort", "clear")


@pytest.mark.parametrize("kind", ["tumor_cohort", "other_group"])
def test_other_tumors_or_another_group_feed_exploratory_alone(kind):
    found = against(MANY, reference={"kind": kind})
    assert (found.context.comparison, found.context.reference) == ("other_group", kind)
    assert found.strategies == []
    assert [s.mirna for s in found.exploratory] == [A]
    assert found.outcome == "exploratory_only"


@pytest.mark.parametrize("samples", [1, 12])
def test_the_patients_own_normal_is_at_best_caution(samples):
    found = against(MANY.iloc[:, :samples], reference={"kind": "matched_normal"})
    assert (found.context.comparison, found.context.reference) == ("ratio_only", "matched_normal")
    assert found.strategies[0].gate == "caution"
    # log2(4097.5) - log2(256.5) = 12.000528 - 8.002815
    assert found.strategies[0].value == pytest.approx(3.997713, abs=1e-6)


@pytest.fixture
def summary_of_tumors(tmp_path):
    """Return a summary that says of itself that it is of tumors."""
    matrix, path = tmp_path / "tumors.tsv", tmp_path / "summary.tsv"
    MANY.to_csv(matrix, sep="\t", index_label="miRNA")
    stated = ["--tissue", "liver tumors", "--platform", "p", "--origin", "o", "--kind", "tumor_cohort"]
    arguments = ["reference", "build", str(matrix), *stated, "--scale", "reads_per_million", "--output", str(path)]
    assert run(arguments) == 0
    return path


def test_a_summary_says_itself_what_it_is_of(summary_of_tumors):
    found = against(summary_of_tumors)
    assert (found.context.comparison, found.context.reference) == ("other_group", "tumor_cohort")
    assert found.strategies == []
    assert "summary figures of 12 tumor samples" in summary_of_tumors.read_text(encoding="utf-8")


def test_a_profile_that_contradicts_its_reference_is_refused(summary_of_tumors):
    told = "reference.kind: found normal_cohort; expected tumor_cohort, as the reference itself says"
    with pytest.raises(InputError, match=told):
        against(summary_of_tumors, reference={"kind": "normal_cohort"})
    with pytest.raises(InputError, match="found matched_normal; expected normal_cohort"):
        result(alike(), "builtin:liver", reference={"kind": "matched_normal"})


@pytest.fixture
def call(capsys, tmp_path):
    """Run ``recommend`` on a tumor against twelve samples; return exit status, result and messages."""

    def with_options(*options: str, **fields: Any) -> tuple[int, Any, str]:
        MANY.to_csv(tmp_path / "normals.tsv", sep="\t", index_label="miRNA")
        profile = {
            "sample_id": "S",
            "cancer": "LIHC",
            "scale": "reads_per_million",
            "expression": {A: 4096.5},
            **fields,
        }
        (tmp_path / "tumor.json").write_text(json.dumps(profile), encoding="utf-8")
        capsys.readouterr()
        arguments = ["recommend", str(tmp_path / "tumor.json"), "--reference", str(tmp_path / "normals.tsv")]
        status = run([*arguments, "--format", "json", *options])
        captured = capsys.readouterr()
        return status, json.loads(captured.out or "null"), captured.err

    return with_options


@pytest.mark.parametrize(
    ("kind", "comparison", "outcome"),
    [
        ("normal_cohort", "normal_cohort", "recommended"),
        ("matched_normal", "ratio_only", "recommended"),
        ("tumor_cohort", "other_group", "exploratory_only"),
        ("other_group", "other_group", "exploratory_only"),
    ],
)
def test_the_kind_can_be_declared_by_option(call, kind, comparison, outcome):
    status, found, _ = call("--reference-kind", kind)
    assert (status, found["outcome"]) == (0, outcome)
    assert (found["context"]["comparison"], found["context"]["reference"]) == (comparison, kind)


def test_an_option_never_contradicts_the_profile(call):
    status, _, err = call("--reference-kind", "tumor_cohort", reference={"kind": "normal_cohort", "samples": 12})
    assert status == 1
    assert "reference.kind: found 'normal_cohort' in the file and 'tumor_cohort' as option" in err
    assert "leave out --reference-kind or mend the file" in err
    assert call("--reference-kind", "tumor_cohort", reference={"kind": "tumor_cohort"})[0] == 0
    status, found, _ = call("--reference-kind", "tumor_cohort", reference={"samples": 12})
    assert (status, found["context"]["reference"]) == (0, "tumor_cohort")


# ---------------------------------------------------------------- real tumors and normals


@pytest.fixture(scope="module")
def liver(shared_data: Path) -> pd.DataFrame:
    return pd.read_csv(shared_data / "tcga" / "TCGA-LIHC.hairpin_counts.tsv.gz", sep="\t", index_col=0)


def counts(column: pd.Series, cancer: str, given: Any) -> Recommendation:
    return result(column.astype(float).to_dict(), given, cancer, scale="counts")


def test_a_real_tumor_gets_the_calls_it_gets_from_the_matrix_and_never_a_clear_gate(liver):
    normals = liver[[name for name in liver if name[13:15] == "11"]]
    for barcode in [name for name in liver if name[13:15] == "01"][5:50:15]:
        own, shipped = (counts(liver[barcode], "LIHC", given) for given in (normals, "builtin:liver"))
        assert shipped.calls == own.calls
        assert [s.id for s in shipped.strategies] == [s.id for s in own.strategies]
        assert all(s.gate != "clear" for s in shipped.strategies)


def test_normals_of_another_laboratory_get_no_strategy(shared_data: Path):
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from study_references import OTHER_LABORATORY, as_hairpins, read_matrix
    finally:
        sys.path.pop(0)
    matures = read_matrix(shared_data / OTHER_LABORATORY, lambda text: text.startswith("hsa-"))
    hairpins = as_hairpins(shared_data, matures)
    frame = pd.DataFrame(hairpins.values.T, index=list(hairpins.features), columns=list(hairpins.samples))
    assert frame.shape[1] == 16
    for name in frame:
        found = counts(frame[name], "THCA", "builtin:thyroid")
        assert (found.context.comparison, found.strategies) == ("other_group", [])


def test_a_patients_own_normal_agrees_with_the_cohort_on_most_of_its_calls(liver):
    normals = {name[:12]: name for name in liver if name[13:15] == "11"}
    tumors = [name for name in liver if name[13:15] == "01" and name[:12] in normals][:10]
    assert len(tumors) == 10
    same = of = 0
    for name in tumors:
        cohort = counts(liver[name], "LIHC", "builtin:liver")
        own = counts(liver[name], "LIHC", liver[[normals[name[:12]]]])
        assert own.context.comparison == "ratio_only"
        by_own = {c.mirna: c.call for c in own.calls}
        called = [c for c in cohort.calls if c.call in ("up", "down")]
        same += sum(by_own[c.mirna] == c.call for c in called)
        of += len(called)
    assert same / of > 0.75


def test_the_settings_that_build_a_reference_must_be_those_that_read_it():
    plain = override(KNOWN.settings, {"scaling": {"method": "rpm"}})
    with pytest.raises(InputError, match="builtin:liver, scaling: found median_of_ratios"):
        load_reference("builtin:liver", KNOWN.resolver, plain, "counts")


# ---------------------------------------------------------------- files as tools write them


DATA = ROOT / "tests" / "data"


@pytest.fixture
def command(capsys):
    """Run the command line; return exit status, standard output and standard error."""

    def with_arguments(*arguments: Any) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return with_arguments


def test_the_patients_own_normal_may_be_the_file_its_tool_wrote(command, tmp_path):
    normal = DATA / "gdc.mirnas.quantification.txt"
    tumor = tmp_path / "tumor.mirnas.quantification.txt"
    # mir-34a from 80,000 to 40,000 of a million reads: log2(40,001) - log2(80,001) = -1
    changed = normal.read_text(encoding="utf-8").replace("800\t80000.000000", "400\t40000.000000")
    tumor.write_text(changed.replace("6000\t600000.000000", "6400\t640000.000000"), encoding="utf-8")
    options = ("--cancer", "COAD", "--reference", normal, "--reference-kind", "matched_normal", "--format", "json")
    status, out, err = command("recommend", tumor, *options)
    assert (status, err.count("error")) == (0, 0)
    found = json.loads(out)
    assert (found["context"]["comparison"], found["context"]["reference"]) == ("ratio_only", "matched_normal")
    values = {call["mirna"]: (call["call"], call["value"]) for call in found["calls"]}
    assert values["hsa-miR-34a-5p"] == ("unchanged", -0.999982)
    assert values["hsa-miR-145-5p"] == ("unchanged", 0.0)


def test_a_mistake_in_a_normals_file_is_told_as_its_reader_tells_it(command, tmp_path):
    normal = tmp_path / "normal.mirnas.quantification.txt"
    text = (DATA / "gdc.mirnas.quantification.txt").read_text(encoding="utf-8")
    normal.write_text(text.replace("\t6000\t", "\tmany\t"), encoding="utf-8")
    options = ("--cancer", "COAD", "--reference", normal)
    status, _, err = command("recommend", DATA / "gdc.mirnas.quantification.txt", *options)
    assert status == 1
    assert "line 5, column read_count: found 'many'" in err


@pytest.mark.parametrize("transposed", [True, False])
def test_normals_in_parquet_are_what_they_are_in_text(tmp_path, transposed):
    pytest.importorskip("pyarrow")
    import pandas as pd

    rng = np.random.default_rng(5)
    names = [A, B, *(f"hsa-miR-{n}-3p" for n in range(9000, 9300))]
    frame = pd.DataFrame(rng.integers(500, 900, (302, 12)), index=names, columns=[f"N{i}" for i in range(12)])
    frame.to_csv(tmp_path / "normals.tsv", sep="\t")
    (frame.T if transposed else frame).to_parquet(tmp_path / "normals.parquet")
    text, packed = (
        load_reference(tmp_path / f"normals.{suffix}", KNOWN.resolver, KNOWN.settings, "counts")
        for suffix in ("tsv", "parquet")
    )
    assert (packed.features, packed.mirnas, packed.scale) == (text.features, text.mirnas, "counts")


@pytest.mark.parametrize("command_", ["recommend", "convert"])
def test_a_scale_declared_against_the_format_of_the_normals_is_refused(command, command_):
    normal = ROOT / "tests" / "data" / "gdc.mirnas.quantification.txt"
    options = ("--cancer", "COAD", "--reference", normal, "--reference-scale", "reads_per_million")
    status, _, err = command(command_, normal, *options)
    assert status == 1
    assert "found counts; expected reads_per_million, as --reference-scale says; leave out --reference-scale" in err


def test_fold_changes_are_no_reference(command):
    options = ("--cancer", "COAD", "--reference", DATA / "deseq2.csv")
    status, _, err = command("recommend", DATA / "gdc.mirnas.quantification.txt", *options)
    assert status == 1
    assert "expected abundances of normal samples" in err


@pytest.mark.parametrize(
    ("noise", "kind", "comparison"), [(0.0, "not_stated", "ratio_only"), (3.0, "other_group", "other_group")]
)
def test_ratios_converted_against_a_builtin_reference_keep_their_caution(command, tmp_path, noise, kind, comparison):
    expression = alike(noise=noise, hsa_mir_221=16.0)
    profile = {"sample_id": "S", "cancer": "LIHC", "scale": "reads_per_million", "expression": expression}
    (tmp_path / "tumor.json").write_text(json.dumps(profile), encoding="utf-8")
    status, out, _ = command("convert", tmp_path / "tumor.json", "--reference", "builtin:liver")
    ratios = json.loads(out)
    assert (status, ratios["reference"]["kind"]) == (0, kind)
    assert ratios["reference"]["description"] == "builtin:liver, 47 samples, hairpin level"
    found = recommend(ratios)
    assert found.context.comparison == comparison
    assert all(strategy.gate != "clear" for strategy in found.strategies)


def test_ratios_of_another_tissue_are_refused_by_convert_too(command, tmp_path):
    profile = {"sample_id": "S", "cancer": "THCA", "scale": "reads_per_million", "expression": alike()}
    (tmp_path / "tumor.json").write_text(json.dumps(profile), encoding="utf-8")
    status, _, err = command("convert", tmp_path / "tumor.json", "--reference", "builtin:liver")
    assert status == 1
    assert "expected normals for Thyroid cancer" in err


@pytest.mark.parametrize("patient", ["p1", "p2"])
def test_a_real_pair_of_one_patient_is_at_best_caution(command, shared_data: Path, patient):
    tumor, normal = (
        shared_data / "gdc" / f"{patient}{x}.mirbase21.mirnas.quantification.txt" for x in ("tumor", "normal")
    )
    stated = ("--cancer", "lung cancer", "--disease-state", "relapsed_refractory", "--format", "json")
    pair = ("--reference", normal, "--reference-kind", "matched_normal")
    status, out, _ = command("recommend", tumor, *stated, *pair)
    found = json.loads(out)
    assert (status, found["context"]["comparison"]) == (0, "ratio_only")
    assert {s["gate"] for s in found["strategies"]} <= {"caution", "adverse"}
    assert {call["adjusted_p_value"] for call in found["calls"]} == {None}
