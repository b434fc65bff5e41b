"""Every reader on a few hand-made lines of the real shape: names, samples, numbers, and what was detected."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from recommender import InputError
from recommender.intake.stated import Stated
from recommender.intake.take_in import take_in
from recommender.knowledge import load_knowledge
from recommender.readers.measurements import Hints, Measurements
from recommender.readers.profile import validate_profile
from recommender.readers.registry import format_ids, read_measurements
from recommender.readers.source import Source, read_source

DATA = Path(__file__).parent / "data"
MIR21, MIR145, LET7A = "hsa-miR-21-5p", "hsa-miR-145-5p", "hsa-let-7a-5p"


def read(name: str, given: str | None = None, **hints: str) -> Measurements:
    return read_measurements(read_source(DATA / name), Hints(**hints), given)


def text(content: str, name: str = "file.tsv") -> Source:
    return Source(name, name, content.encode())


# file -> format, scale, samples, names, values by sample
FILES = {
    "gdc.mirnas.quantification.txt": (
        "gdc_mirnas",
        "counts",
        ("",),
        ("hsa-let-7a-1", "hsa-let-7a-2", "hsa-let-7a-3", "hsa-mir-21", "hsa-mir-145", "hsa-mir-34a", "hsa-mir-548a-1"),
        [[1000, 1500, 500, 6000, 200, 800, 0]],
    ),
    "gdc.isoforms.quantification.txt": (
        "gdc_isoforms",
        "counts",
        ("",),
        ("MIMAT0000076", "MIMAT0004494", "MIMAT0000437"),
        [[850, 20, 90]],
    ),
    "mature_counts.csv": (
        "smrnaseq_counts",
        "counts",
        ("T1", "T2"),
        (MIR21, MIR145, LET7A),
        [[9000, 100, 900], [4000, 1000, 5000]],
    ),
    "mature_normalized_CPM.txt": (
        "smrnaseq_cpm",
        "reads_per_million",
        ("T1", "T2"),
        (MIR21, MIR145, LET7A),
        [[950000.5, 10000, 95000], [380000.25, 95000, 475000]],
    ),
    "mature_logtpm.txt": (
        "smrnaseq_logtpm",
        "reads_per_million",
        ("T1", "T2"),
        (MIR21, MIR145, LET7A),
        [[900000, 100000, 0], [500000, 500000, 0]],
    ),
    "mirna.tsv": ("smrnaseq_mirna", "counts", ("T1", "T2"), (MIR21, MIR145), [[9000, 100], [4000, 1000]]),
    "mirtop.tsv": (
        "mirtop",
        "counts",
        ("T1", "T2"),
        (MIR21, "hsa-miR-199a-3p", "hsa-miR-199b-3p"),
        [[540, 7, 7], [320, 5, 5]],
    ),
    "miR.Counts.csv": (
        "mirge3",
        "counts",
        ("T1_R1", "T2_R1"),
        ("hsa-let-7a-5p/7c-5p", MIR21, MIR145),
        [[4000, 9000, 100], [1000, 4000, 1000]],
    ),
    "miR.RPM.csv": (
        "mirge3",
        "reads_per_million",
        ("T1_R1", "T2_R1"),
        ("hsa-let-7a-5p/7c-5p", MIR21, MIR145),
        [[300000, 690000, 10000], [200000, 600000, 200000]],
    ),
    "miRNAs_expressed_all_samples_1700000000.csv": (
        "mirdeep2",
        "counts",
        ("001", "002"),
        (LET7A, MIR21),
        [[1000, 3000], [500, 3000]],
    ),
    "readCounts_miRNAmature_sense.txt": (
        "excerpt",
        "counts",
        ("",),
        (MIR21, MIR145, "hsa-miR-199a-3p|hsa-miR-199b-3p"),
        [[900, 60.5, 39.5]],
    ),
    "exceRpt_miRNA_ReadCounts.txt": (
        "excerpt_counts",
        "counts",
        ("T1", "T2"),
        (MIR21, MIR145),
        [[900.5, 60], [400, 99.5]],
    ),
    "exceRpt_miRNA_ReadsPerMillion.txt": (
        "excerpt_rpm",
        "reads_per_million",
        ("T1", "T2"),
        (MIR21, MIR145),
        [[410000.5, 2500], [210000, 50000]],
    ),
    "counts_mirna.tsv": ("bcbio", "counts", ("T1", "T2"), (MIR21, MIR145), [[9000, 100], [4000, 1000]]),
    "tumor.mirna": ("seqbuster", "counts", ("",), (MIR21, "hsa-miR-199a-3p"), [[950, 30]]),
    "deseq2.csv": (
        "deseq2",
        "log2_fold_change",
        ("",),
        (MIR21, MIR145, "hsa-miR-34a-5p", "hsa-miR-210-3p"),
        [[2.5, -2, 1.75, None]],
    ),
    "edger.tsv": ("edger", "log2_fold_change", ("",), (MIR21, MIR145, "hsa-miR-34a-5p"), [[2.5, -2, 0.75]]),
    "limma.txt": ("limma", "log2_fold_change", ("",), (MIR21, MIR145, "hsa-miR-34a-5p"), [[2.5, -1.5, 0.25]]),
    "limma_accessions.csv": ("limma", "log2_fold_change", ("",), ("MIMAT0000076", "MIMAT0000437"), [[2.5, -1.5]]),
    "qpcr.csv": (
        "qpcr",
        "log2_fold_change",
        ("T1", "T2"),
        (MIR21, MIR145, "hsa-miR-34a-5p"),
        [[2.5, -1.75, None], [1.5, -0.5, None]],
    ),
    "matrix_log2_ratios.tsv": ("matrix", None, ("T1", "T2"), (MIR21, MIR145), [[2.5, -1.75], [1.5, -0.5]]),
    "matrix_counts.csv": (
        "matrix",
        "counts",
        ("1E5", "00123", "NA"),
        (MIR21, MIR145, LET7A),
        [[9000, 100, 900], [4000, 1000, 5000], [500, 70, 80]],
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_known_by_what_is_in_it_and_read_number_by_number(name):
    format_, scale, samples, names, values = FILES[name]
    found = read(name)
    assert (found.format, found.scale, found.samples, found.names) == (format_, scale, samples, names)
    assert found.values.shape == (len(samples), len(names))
    for row, expected in zip(found.values.tolist(), values, strict=True):
        assert [None if math.isnan(x) else round(x, 3) for x in row] == expected
    assert found.set_aside == {}


def test_every_format_has_a_file_here():
    assert {format_ for format_, *_ in FILES.values()} == set(format_ids())


@pytest.mark.parametrize("name", FILES)
def test_what_every_reader_gives_becomes_valid_profiles(name):
    known = load_knowledge()
    scale, values = FILES[name][1], FILES[name][4]
    differential = scale == "log2_fold_change"
    stated = Stated(
        cancer="LUAD",
        sample="T9" if FILES[name][2] == ("",) else None,
        scale=scale or "log2_fold_change",
        contrast="tumor_vs_normal" if differential else None,
    )
    intake = take_in(read_source(DATA / name), stated, known, known.settings)
    assert intake.set_aside == {}
    for sample, expected in zip(intake.samples, values, strict=True):
        profile = intake.build(sample)
        again = validate_profile(profile.model_dump(mode="json", by_alias=True, exclude_unset=True), "again")
        assert again == profile
        assert len(again.expression) == len(expected)


# ---------------------------------------------------------------- the rules of single formats


def test_gdc_hairpins_give_their_reads_per_million_where_these_are_asked_for():
    found = read("gdc.mirnas.quantification.txt", scale="reads_per_million")
    assert found.scale == "reads_per_million"
    assert found.values[0, 3] == 600_000


def test_a_whole_library_knows_its_size_however_few_its_names_are():
    assert read("gdc.mirnas.quantification.txt").library_sizes.tolist() == [10_000]
    assert read("gdc.isoforms.quantification.txt").library_sizes.tolist() == [960]
    assert read("matrix_counts.csv").library_sizes is None


def test_isoforms_outside_the_matures_are_left_out_and_told():
    assert (
        "4.0% of the reads lie outside the matures and are left out" in read("gdc.isoforms.quantification.txt").detected
    )


def test_an_unknown_region_of_an_isoform_is_refused_with_its_line():
    content = (DATA / "gdc.isoforms.quantification.txt").read_text().replace("stemloop", "somewhere")
    with pytest.raises(InputError, match=r"line 5, column miRNA_region: found 'somewhere'"):
        read_measurements(text(content))


def test_mirdeep2_takes_the_highest_precursor_and_never_the_sum():
    content = (DATA / "miRNAs_expressed_all_samples_1700000000.csv").read_text()
    assert read_measurements(text(content)).values.tolist() == [[1000, 3000], [500, 3000]]
    raised = content.replace("980.00\t500.00", "1200.00\t450.00")
    assert read_measurements(text(raised)).values.tolist() == [[1200, 3000], [500, 3000]]


def test_mirdeep2_gives_its_norm_columns_where_reads_per_million_are_asked_for():
    found = read("miRNAs_expressed_all_samples_1700000000.csv", scale="reads_per_million")
    assert (found.samples, found.values.tolist()) == (("001", "002"), [[250000, 750000], [125000, 750000]])


def test_an_isomir_spread_over_rows_of_its_own_samples_adds_up_and_a_second_precursor_does_not_double_it():
    # 500 of one row + 40 (printed twice, for two precursors) in T1; 300 of another row + 20 in T2
    assert read("mirtop.tsv").values[:, 0].tolist() == [540, 320]


def test_a_merged_name_is_ambiguous_and_never_its_first_part():
    known = load_knowledge()
    intake = take_in(read_source(DATA / "miR.Counts.csv"), Stated(cancer="LUAD"), known, known.settings)
    assert "hsa-let-7a-5p/7c-5p" in intake.build("T1_R1").expression
    assert any("names that mean several miRNAs" in note and "7a-5p/7c-5p" in note for note in intake.notes)


@pytest.mark.parametrize(
    ("name", "content", "scale"),
    [
        pytest.param("miR.Counts.csv", "miR.Counts.csv", "counts", id="both say counts"),
        pytest.param("miR.RPM.csv", "miR.RPM.csv", "reads_per_million", id="both say RPM"),
        pytest.param("merged.csv", "miR.RPM.csv", "reads_per_million", id="the numbers alone"),
        pytest.param("miR.RPM.csv", "miR.Counts.csv", None, id="RPM that add up to no million"),
        pytest.param("miR.Counts.csv", "miR.RPM.csv", None, id="counts that add up to a million"),
    ],
)
def test_the_scale_of_mirge3_is_what_name_and_numbers_agree_on(name, content, scale):
    assert read_measurements(text((DATA / content).read_text(), name)).scale == scale


def test_log10_of_cpm_is_known_by_its_numbers_where_the_file_has_another_name():
    content = (DATA / "mature_logtpm.txt").read_text()
    assert read_measurements(text(content, "expression.txt")).format == "smrnaseq_logtpm"


def test_mirge2_totals_are_no_mirna():
    content = (DATA / "miR.Counts.csv").read_text()
    head, rest = content.split("\n", 1)
    found = read_measurements(text(f"{head}\nmiRNAtotal,13100.0,6000.0\n{rest}", "miR.Counts.csv"))
    assert found.names == ("hsa-let-7a-5p/7c-5p", MIR21, MIR145)
    assert "row miRNAtotal left out: a sum, no miRNA" in found.detected


def test_na_adjusted_p_is_untested_and_na_change_is_not_measured():
    found = read("deseq2.csv")
    assert found.untested.tolist() == [[False, False, True, False]]
    known = load_knowledge()
    stated = Stated(cancer="LUAD", contrast="tumor_vs_normal")
    profile = take_in(read_source(DATA / "deseq2.csv"), stated, known, known.settings).build("deseq2")
    assert profile.expression["hsa-miR-34a-5p"].is_untested
    assert profile.expression["hsa-miR-210-3p"] is None
    assert profile.expression[MIR21].adjusted_p_value == 3e-22
    assert profile.expression[MIR21].standard_error == 0.25


def test_the_mean_over_both_groups_is_kept_and_is_no_tumors_abundance():
    assert read("edger.tsv").mean_abundance.tolist() == [17.2, 11.6, 8.5]
    known = load_knowledge()
    stated = Stated(cancer="LUAD", contrast="tumor_vs_normal")
    profile = take_in(read_source(DATA / "edger.tsv"), stated, known, known.settings).build("edger")
    assert profile.expression[MIR21].reads_per_million is None


@pytest.mark.parametrize("name", ["edger.tsv", "deseq2.csv", "limma.txt"])
def test_an_index_column_may_have_a_name_or_none(name):
    content = (DATA / name).read_text()
    head, rest = content.split("\n", 1)
    if name == "edger.tsv":
        named = "ID\t" + head
    else:
        named = head.replace('""', '"ID"', 1) if name == "deseq2.csv" else "ID" + head
    assert read_measurements(text(f"{named}\n{rest}")).names == read(name).names


def test_a_result_without_adjusted_p_values_is_refused():
    content = (DATA / "edger.tsv").read_text().replace("\tFDR", "\tother")
    with pytest.raises(InputError, match="without adjusted p-values; expected padj"):
        read_measurements(text(content))


def test_ct_alone_is_refused_as_it_is_compared_with_nothing():
    content = (DATA / "qpcr.csv").read_text().replace("ddCt", "comment")
    with pytest.raises(InputError, match="column Ct without ddCt"):
        read_measurements(text(content))


def test_qpcr_replicates_that_agree_count_once_and_others_set_their_sample_aside():
    content = (DATA / "qpcr.csv").read_text()
    assert read_measurements(text(content + "T1,hsa-miR-21-5p,21.5,-2.5\n")).values.shape == (2, 3)
    found = read_measurements(text(content + "T1,hsa-miR-21-5p,21.5,-2.25\n"))
    assert found.samples == ("T2",)
    assert "average replicates" in found.set_aside["T1"].remedy


def test_relative_quantities_become_log2_ratios():
    found = read_measurements(text("Sample,miRNA,RQ\nT1,hsa-miR-21-5p,4\nT1,hsa-miR-145-5p,0.5\n"))
    assert found.values.tolist() == [[2, -1]]


def test_greek_deltas_are_understood():
    found = read_measurements(text("Sample,miRNA,ΔΔCt\nT1,hsa-miR-21-5p,-3\n"))
    assert found.values.tolist() == [[3]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("table.tsv", "gene\tT1\nTP53\t5\nPTEN\t6\n"),
        ("samples.tsv", (DATA / "samples.tsv").read_text()),
    ],
)
def test_a_table_of_something_else_is_refused_with_its_columns(name, content):
    with pytest.raises(InputError, match=r"found columns .* expected miRNA names"):
        read_measurements(text(content, name))


def test_a_format_that_is_named_must_fit():
    with pytest.raises(InputError, match="expected those of mirtop; it looks like edger"):
        read("edger.tsv", given="mirtop")


def test_a_matrix_may_be_read_as_one_where_its_name_says_another_format():
    assert read("counts_mirna.tsv", given="matrix").scale == "counts"
