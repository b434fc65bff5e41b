"""Quality gates: each finding is a note or a refusal, with its number."""

from __future__ import annotations

import random

import pytest

from recommender import InputError
from recommender.intake.opening import open_profile
from recommender.intake.stated import Stated
from recommender.intake.take_in import Intake, take_in
from recommender.knowledge import load_knowledge
from recommender.readers.source import Source
from recommender.settings import override

KNOWN = load_knowledge()
FILLERS = [f"hsa-miR-{n}-3p" for n in range(9000, 9400)]


def intake(content: str, name: str = "table.tsv", settings: dict | None = None, **stated: object) -> Intake:
    used = override(KNOWN.settings, settings or {})
    return take_in(Source(name, name, content.encode()), Stated(**{"cancer": "LUAD", **stated}), KNOWN, used)


def refusal(content: str, **stated: object) -> str:
    with pytest.raises(InputError) as refused:
        intake(content, **stated)
    return str(refused.value)


def table(names: list[str], values: object, sample: str = "T1") -> str:
    """Return a table of one sample; `values` is a list, or a function of the name."""
    given = [values(name) for name in names] if callable(values) else values
    rows = [f"{name}\t{value}" for name, value in zip(names, given, strict=True)]
    return f"miRNA\t{sample}\n" + "\n".join(rows) + "\n"


def library(names: list[str] = FILLERS) -> str:
    return table(names, lambda name: 1000 + len(name))


# ---------------------------------------------------------------- names


def test_the_share_of_human_names_is_always_told():
    assert "400 of 400 names are well-formed human miRNA names (100.0%)" in intake(library()).notes


def test_under_80_percent_human_names_a_file_is_refused_unless_told():
    content = library([*FILLERS[:79], *(f"hsa-piR-{n}" for n in range(21))])
    text = refusal(content)
    assert "79 human miRNA names among 100 (79%)" in text
    assert "hsa-piR-0" in text
    assert text.endswith("expected at least 80%; check the column of names, or give --accept-names")
    assert intake(content, accept_names=True).samples == ("T1",)
    assert intake(library([*FILLERS[:80], *(f"hsa-piR-{n}" for n in range(20))])).samples == ("T1",)


def test_the_threshold_of_human_names_is_a_setting():
    content = library([*FILLERS[:79], *(f"hsa-piR-{n}" for n in range(21))])
    assert intake(content, settings={"input_names": {"min_human_share": 0.75}}).samples == ("T1",)


def test_names_count_as_human_whether_or_not_anybody_knows_them():
    assert not set(FILLERS) & set(KNOWN.resolver.mirnas)
    assert any("100.0%" in note for note in intake(library()).notes)


@pytest.mark.parametrize("accept", [False, True])
def test_a_mouse_is_refused_whatever_is_told(accept):
    content = library([name.replace("hsa", "mmu") for name in FILLERS])
    assert "found 400 of 400 names of another species (mmu); expected human miRNA names (hsa)" in refusal(
        content, accept_names=accept
    )


def test_a_few_viral_names_are_told():
    assert "2 names of another species: ebv" in intake(library([*FILLERS, "ebv-miR-BART1-5p", "ebv-miR-BHRF1-1"])).notes


def test_hairpins_and_matures_are_told_apart():
    hairpin = "hairpin level: the two arms of a hairpin cannot be told apart"
    assert hairpin in intake(library(["hsa-mir-21", "hsa-mir-145", "hsa-mir-34a"])).notes
    assert "mature level" in intake(library(["hsa-miR-21-5p", "hsa-miR-145-5p", "hsa-miR-34a-5p"])).notes


def test_a_level_no_name_tells_is_not_guessed():
    notes = intake(library(["hsa-mir-6723"]), accept_names=True).notes
    assert "level not known: no name tells it" in notes
    assert not [note for note in notes if "mature level" in note]


def test_retired_and_old_names_are_told():
    notes = intake(library([*FILLERS, "hsa-miR-1274a", "hsa-miR-122a"])).notes
    assert "1 names of retired entries: hsa-miR-1274a" in notes
    assert "1 old names understood" in notes


# ---------------------------------------------------------------- libraries


@pytest.mark.parametrize(
    ("file", "names", "told"),
    [
        pytest.param(
            "a.mirbase21.mirnas.txt", ["hsa-mir-1254"], "miRBase 21, by the file's name", id="the file's name"
        ),
        # the hairpin became hsa-mir-1254-1 in 18; the mature kept its name until 22
        pytest.param("t.tsv", ["hsa-mir-1254"], "miRBase 17 or older, by its names: hsa-mir-1254", id="hairpin"),
        pytest.param("t.tsv", ["hsa-miR-1254"], "miRBase 21 or older, by its names: hsa-miR-1254", id="mature"),
        pytest.param("t.tsv", ["MI0006388"], "miRBase 21 or older, by its names: MI0006388", id="accession"),
        pytest.param("t.tsv", ["hsa-miR-1254", "hsa-miR-1274a"], "miRBase 16 or older", id="the oldest"),
        pytest.param("t.tsv", ["hsa-mir-1b-1"], "older than miRBase 6", id="older than the history"),
        pytest.param("t.tsv", ["hsa-miR-21-5p"], "miRBase release not told by the names", id="current names"),
    ],
)
def test_the_release_of_mirbase_is_told_as_far_as_the_names_tell_it(file, names, told):
    notes = intake(library([*FILLERS, *names]), file).notes
    (note,) = [note for note in notes if "miRBase" in note]
    assert note.startswith(told)


def test_library_size_and_detected_mirnas_are_told():
    notes = intake(library()).notes
    assert "406,000 miRNA reads" in notes  # 400 miRNAs of 1,015 reads
    assert "400 miRNAs detected" in notes


def test_a_poor_library_is_told_with_its_limit():
    notes = intake(table(FILLERS, lambda name: 100 if name == FILLERS[0] else 0)).notes
    assert "100 miRNA reads, fewer than 250,000: a poor library" in notes
    assert "1 miRNAs detected, fewer than 200: a poor library" in notes


def test_of_several_libraries_the_poor_ones_are_named():
    rows = "\n".join(f"{name}\t1000\t10" for name in FILLERS)
    notes = intake(f"miRNA\tgood\tpoor\n{rows}\n").notes
    assert "4,000 to 400,000 miRNA reads a sample" in notes
    assert "poor libraries, with fewer than 250,000 miRNA reads: poor 4,000" in notes


def test_an_empty_library_is_set_aside():
    rows = "\n".join(f"{name}\t1000\t0" for name in FILLERS)
    found = intake(f"miRNA\tgood\tempty\n{rows}\n")
    assert found.samples == ("good",)
    assert found.set_aside["empty"].found == "no reads"


def test_a_biofluid_is_warned_of_by_its_red_cells():
    # 400 fillers of 1,000 reads and red cells' miRNA with a tenth, then a fiftieth, of them
    names = [*FILLERS, "hsa-miR-451a"]
    warned = intake(table(names, lambda name: 40_000 if "451" in name else 1000)).notes
    (warning,) = (note for note in warned if "red cells" in note)
    assert warning.startswith("more than 5% of the reads are miRNAs of red cells, as in blood or a biofluid")
    assert warning.endswith("(check the specimen): T1 9%")
    calm = intake(table(names, lambda name: 8_000 if "451" in name else 1000)).notes
    assert not [note for note in calm if "red cells" in note]


def test_one_sample_on_two_machines_is_named_and_never_merged():
    first, second, other = (
        "TCGA-44-6146-01A-11H-1754-13",
        "TCGA-44-6146-01A-11H-A279-13",
        "TCGA-44-2655-11A-01H-1754-13",
    )
    rows = "\n".join(f"{name}\t{i + 1000}\t{i + 1001}\t{i + 1002}" for i, name in enumerate(FILLERS))
    found = intake(f"miRNA\t{first}\t{second}\t{other}\n{rows}\n")
    assert found.samples == (first, second, other)
    assert f"TCGA-44-6146-01A was measured 2 times, and stays so: {first}, {second}" in found.notes
    assert f"1 samples are normal tissue by their TCGA barcode: {other}" in found.notes


def test_barcodes_whose_dashes_r_made_dots_are_barcodes():
    first, second = "TCGA.44.6146.01A.11H.1754.13", "TCGA.44.6146.01A.11H.A279.13"
    rows = "\n".join(f"{name}\t{i + 1000}\t{i + 1001}" for i, name in enumerate(FILLERS))
    found = intake(f"miRNA\t{first}\t{second}\n{rows}\n")
    assert f"TCGA-44-6146-01A was measured 2 times, and stays so: {first}, {second}" in found.notes


def test_samples_with_the_same_numbers_are_named():
    rows = "\n".join(f"{name}\t{i + 1000}\t{i + 1000}\t{i}" for i, name in enumerate(FILLERS))
    assert "samples with the very same numbers: A, B" in intake(f"miRNA\tA\tB\tC\n{rows}\n").notes


# ---------------------------------------------------------------- mislabeled scales


def logs(name: str) -> float:
    return round(random.Random(name).uniform(0, 15), 3)


def ratios(name: str) -> float:
    return round(random.Random(name).gauss(0, 1.5), 3)


COUNTS = library()
RPM = table(FILLERS, lambda _: 2500)
LOGS = table(FILLERS, logs)
RATIOS = table(FILLERS, ratios)


@pytest.mark.parametrize(
    ("content", "scale", "found"),
    [
        pytest.param(LOGS, "counts", "these look like logs", id="logs as counts"),
        pytest.param(LOGS, "reads_per_million", "these look like logs", id="logs as RPM"),
        pytest.param(RATIOS, "counts", "none negative", id="ratios as counts"),
        pytest.param(RATIOS, "reads_per_million", "none negative", id="negative RPM"),
        pytest.param(COUNTS, "log2_reads_per_million", "found counts", id="counts as logs"),
        pytest.param(COUNTS, "log2_fold_change", "found counts", id="counts as ratios"),
        pytest.param(COUNTS, "reads_per_million", "found counts", id="counts as RPM"),
        pytest.param(RPM, "counts", "found reads_per_million", id="RPM as counts"),
        pytest.param(RPM, "log2_reads_per_million", "found reads_per_million", id="RPM as logs"),
        pytest.param(LOGS, "log2_fold_change", "these look like abundances", id="logs as ratios"),
        pytest.param(LOGS, "z_score", "these look like abundances", id="logs as z-scores"),
        pytest.param(
            table(FILLERS, lambda name: 100.5 * logs(name)), "log2_fold_change", "these are no logs", id="RPM as ratios"
        ),
    ],
)
def test_numbers_that_cannot_be_of_the_declared_scale_are_refused(content, scale, found):
    assert found in refusal(content, scale=scale)


@pytest.mark.parametrize(
    ("content", "scale"),
    [
        (COUNTS, "counts"),
        (RPM, "reads_per_million"),
        (LOGS, "log2_reads_per_million"),
        (RATIOS, "log2_fold_change"),
        (RATIOS, "z_score"),
        (table(FILLERS, lambda name: 10.5 * logs(name)), "counts"),
    ],
)
def test_the_right_scale_is_taken(content, scale):
    assert intake(content, scale=scale).build("T1").scale == scale


def test_ratios_and_logs_to_another_base_are_no_log2_of_reads_per_million():
    names = [f"hsa-miR-{n}-3p" for n in range(9000, 9400)]
    log10 = table(names, lambda name: round(logs(name) / 3.3, 3))
    for content in (RATIOS, log10):
        text = refusal(content, scale="log2_reads_per_million")
        assert "some miRNA of 100 reads per million or more; check --scale: these look like ratios, or logs" in text
    natural = table(names, lambda name: round(logs(name) * 0.69, 3))
    (note,) = [n for n in intake(natural, scale="log2_reads_per_million").notes if "of a million" in n]
    assert note.endswith("per million of other reads than these")


def test_reads_per_million_of_other_reads_are_told():
    content = table(FILLERS, lambda _: 250.5)
    note = "reads per million that add up to 10% of a million: per million of other reads than these"
    assert note in intake(content, scale="reads_per_million").notes


# ---------------------------------------------------------------- the sign


def signed(*signs: int, p: float = 0.001) -> str:
    """Return a result on four miRNAs documented up in liver cancer and two documented down."""
    names = ["hsa-miR-21-5p", "hsa-miR-221-3p", "hsa-miR-222-3p", "hsa-miR-17-5p", "hsa-miR-122-5p", "hsa-miR-199a-5p"]
    rows = [f"{name}\t{2.0 * sign}\t{p}" for name, sign in zip(names, signs, strict=True)]
    return "ID\tlogFC\tadj.P.Val\n" + "\n".join(rows) + "\n"


def warnings(content: str, tmp_path, cancer: str = "LIHC", contrast: str = "tumor_vs_normal") -> list[str]:
    path = tmp_path / "result.tsv"
    path.write_text(content, encoding="utf-8")
    _, notes = open_profile(path, {"cancer": cancer, "contrast": contrast}, KNOWN, KNOWN.settings)
    return [note for note in notes if "sign may be flipped" in note]


def test_a_flipped_sign_is_warned_of_with_its_numbers(tmp_path):
    (warning,) = warnings(signed(-1, -1, -1, -1, 1, 1), tmp_path)
    assert "changed miRNAs go against what is documented in hepatocellular carcinoma" in warning
    assert "hsa-miR-122-5p" in warning
    assert warnings(signed(-1, -1, -1, -1, 1, 1), tmp_path, contrast="normal_vs_tumor") == []


def test_a_right_sign_a_mixed_one_and_an_insignificant_one_are_not_warned_of(tmp_path):
    assert warnings(signed(1, 1, 1, 1, -1, -1), tmp_path) == []
    assert warnings(signed(1, 1, 1, -1, 1, 1), tmp_path) == []
    assert warnings(signed(-1, -1, -1, -1, 1, 1, p=0.5), tmp_path) == []


def test_the_sign_is_judged_against_the_documents_of_that_tumor_alone(tmp_path):
    assert warnings(signed(-1, -1, -1, -1, 1, 1), tmp_path, cancer="UVM") == []
