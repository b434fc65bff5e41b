"""Summaries of normals as files: what is written, that it reads back to the same calls, and what is refused."""

from __future__ import annotations

import gzip
import hashlib
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import InputError, load_knowledge, recommend
from recommender.readers.matrix import Matrix
from recommender.reference.figures import summarize
from recommender.reference.file import parse_summary, write_summary
from recommender.reference.load import build_reference, load_reference, of_summary
from recommender.reference.summary import About, Summary
from recommender.settings import Settings, override

KNOWN = load_knowledge()
A, B, C, D = "hsa-miR-221-3p", "hsa-miR-122-5p", "hsa-miR-34a-5p", "hsa-miR-21-5p"
FOUR = override(KNOWN.settings, {"scaling": {"whole_library_min_mirnas": 4}})
STATED = About("liver", "made up", "three made-up samples", "normal_cohort")

# four names by three samples, in reads per million: too few names to be scaled
HAIRPINS = {
    "hsa-mir-16-1": [100, 10, 255],
    "hsa-mir-16-2": [155, 245, 0],
    "hsa-mir-221": [3, 15, 63],
    "hsa-mir-9999": [0, 7, 1],
}
# miR-16: 255 + 1 = 2^8 in every sample. miR-221: 2, 4, 6; their MAD is 2, times 1.4826; ln(3 · 15 · 63) / 3.
# mir-9999: 0, 3, 1; SD of -4/3, 5/3, -1/3; no geometric mean, one sample has no reads.
WRITTEN = """\
# mirna-recommender reference: summary figures of 3 normal samples, none of a single sample
# sha256: SHA
# schema: reference/1
# tissue: liver
# platform: made up
# level: hairpin
# kind: normal_cohort
# origin: three made-up samples
# scale: reads_per_million
# scaling: none
# samples: 3
# measured_names: 4
# outlier_mads: 4
# outlier_min_samples: 10
# columns: log2(RPM + 1) after scaling: mean, SD (n - 1), median, MAD (times 1.4826); detection_rate: share of samples \
with reads; ln_geometric_mean: of RPM before scaling, where all samples have reads; RPM: reads per million
row|name|n|mean|sd|median|mad|detection_rate|ln_geometric_mean|summed_from
mirna|hsa-miR-16-5p|3|8|0|8|0|1||hsa-mir-16-1;hsa-mir-16-2
mirna|hsa-miR-221-3p|3|4|2|4|2.9652|1||hsa-mir-221
feature|hsa-mir-16-1|3|6.039214367|2.332714809|6.658211483|1.989335656|1|4.149672941|
feature|hsa-mir-16-2|3|5.075972241|4.408182141|7.285402219|0.974234676|0.666666667||
feature|hsa-mir-221|3|4|2|4|2.9652|1|2.649932405|
feature|hsa-mir-9999|3|1.333333333|1.527525232|1|1.4826|0.666666667||
""".replace("|", "\t")


def matrix(rows: dict[str, list[float]]) -> Matrix:
    samples = tuple(f"N{i}" for i in range(1, len(next(iter(rows.values()))) + 1))
    return Matrix(samples, tuple(rows), np.array([rows[name] for name in rows], dtype=float).T, "made up")


def summary(rows: dict[str, list[float]], used: Settings = KNOWN.settings, about: About = STATED) -> Summary:
    return summarize(matrix(rows), KNOWN.resolver, used, "reads_per_million", about)


def text() -> str:
    return write_summary(summary(HAIRPINS))


def with_hash(changed: str) -> str:
    """Return a changed summary with the hash of its content, as somebody who knows how could make it."""
    rest = "\n".join(line for line in changed.split("\n") if not line.startswith("# sha256"))
    title, _, body = rest.partition("\n")
    return f"{title}\n# sha256: {hashlib.sha256(rest.encode()).hexdigest()}\n{body}"


def refused(changed: str) -> str:
    with pytest.raises(InputError) as error:
        parse_summary(changed, "normals.tsv")
    return str(error.value)


def cohort(samples: int = 20, mirnas: int = 320) -> pd.DataFrame:
    """Return counts of whole libraries of normals; one of them is tiny, and removed."""
    rng = np.random.default_rng(11)
    names = sorted(KNOWN.resolver.mirnas)[:mirnas]
    level = 2 ** rng.uniform(6, 14, mirnas)
    counts = rng.poisson(level[:, None] * rng.uniform(0.5, 2, samples) * 2 ** rng.normal(0, 0.3, (mirnas, samples)))
    counts[:, 0] //= 300
    return pd.DataFrame(counts, index=names, columns=[f"N{i}" for i in range(1, samples + 1)])


# ---------------------------------------------------------------- what is written


def test_the_summary_of_four_names_in_three_samples_is_this_file():
    without_hash = [line for line in text().split("\n") if not line.startswith("# sha256")]
    assert without_hash == [line for line in WRITTEN.split("\n") if not line.startswith("# sha256")]


def test_the_hash_is_of_every_other_line():
    lines = text().split("\n")
    assert lines[1] == "# sha256: " + hashlib.sha256("\n".join([lines[0], *lines[2:]]).encode()).hexdigest()


def test_a_whole_library_is_scaled_before_the_figures_and_after_the_geometric_means():
    # ratios to the geometric means (500 each): 2 2 2 1, then 1, then 1/2 1/2 1/2 1; so D becomes 250, 500, 1000
    rows = {name: [1000.0, 500.0, 250.0] for name in (A, B, C)} | {D: [500.0, 500.0, 500.0]}
    found = summary(rows, FOUR)
    assert found.scaling == "median_of_ratios"
    assert (found.mirnas[A].mean, found.mirnas[A].sd) == (pytest.approx(math.log2(501), abs=1e-9), 0.0)
    assert found.mirnas[D][:3] == (8.969145535, 0.997841439, 8.968666793)
    assert {row.ln_geometric_mean for row in found.features.values()} == {6.214608098}  # ln 500


def test_batches_are_the_plates_of_the_barcodes_of_the_samples_that_were_kept():
    names = [f"TCGA-AA-{i:04}-11A-01R-{plate}-13" for i, plate in enumerate(["A130", "A22J", "A130"])]
    found = summarize(replace(matrix(HAIRPINS), samples=tuple(names)), KNOWN.resolver, KNOWN.settings, "counts")
    assert found.batches == "plate A130: 2, plate A22J: 1"


def test_stated_batches_come_before_barcodes():
    batch_of = {"N1": "run 2", "N2": "run 1", "N3": "run 2"}
    found = summarize(matrix(HAIRPINS), KNOWN.resolver, KNOWN.settings, "counts", STATED, batch_of)
    assert found.batches == "run 1: 1, run 2: 2"


def test_what_the_quality_control_removed_stands_in_the_header(tmp_path):
    found = build(cohort())
    assert "# removed: N1: library size more than 4 MAD under the median\n" in write_summary(found)
    assert found.samples == 19


# ---------------------------------------------------------------- the same calls


def build(frame: pd.DataFrame, about: About = STATED) -> Summary:
    whole = Matrix(tuple(frame.columns), tuple(frame.index), frame.to_numpy(dtype=float).T, "made up")
    return summarize(whole, KNOWN.resolver, KNOWN.settings, "counts", about)


def tumor(frame: pd.DataFrame, **fields: Any) -> dict[str, Any]:
    """Return a sample in which every ninth miRNA is eightfold up and every seventh lost."""
    counts = frame["N2"].astype(float).to_dict()
    changed = {n: c * 8 if i % 9 == 0 else 0.0 if i % 7 == 0 else c for i, (n, c) in enumerate(counts.items())}
    normals = {"kind": "normal_cohort"}
    return {
        "sample_id": "S",
        "cancer": "LIHC",
        "scale": "counts",
        "reference": normals,
        "expression": changed,
        **fields,
    }


def test_a_summary_gives_the_bytes_of_the_matrix_it_was_built_from(tmp_path):
    frame = cohort()
    (tmp_path / "summary.tsv").write_text(write_summary(build(frame)), encoding="utf-8")
    (tmp_path / "summary.tsv.gz").write_bytes(gzip.compress((tmp_path / "summary.tsv").read_bytes()))
    wanted = recommend(tumor(frame), reference=frame).to_json()
    assert wanted.count('"call":"up"') + wanted.count('"call": "up"') > 10
    for name in ("summary.tsv", "summary.tsv.gz"):
        assert recommend(tumor(frame), reference=tmp_path / name).to_json() == wanted
        assert recommend(tumor(frame), reference=str(tmp_path / name)).to_json() == wanted
    assert recommend(tumor(frame), reference=build(frame)).to_json() == wanted


def test_every_scale_of_a_tumor_can_meet_a_summary():
    frame = cohort()
    counts = pd.Series(tumor(frame)["expression"])
    rpm = counts / counts.sum() * 1e6
    calls = [
        {
            c.mirna: c.call
            for c in recommend(tumor(frame, scale=scale, expression=e.to_dict()), reference=build(frame)).calls
        }
        for scale, e in (("counts", counts), ("reads_per_million", rpm), ("log2_reads_per_million", np.log2(rpm + 1)))
    ]
    assert calls[0] == calls[1] == calls[2]


def test_line_ends_of_another_system_and_a_byte_order_mark_are_no_damage():
    plain = parse_summary(text(), "x")
    assert parse_summary("\ufeff" + text().replace("\n", "\r\n"), "x") == plain


positive = st.floats(0, 900_000, allow_nan=False)
tables = st.integers(1, 6).flatmap(
    lambda width: st.dictionaries(
        st.sampled_from(["hsa-mir-16-1", "hsa-mir-16-2", "hsa-mir-221", "hsa-mir-142", "hsa-mir-9999", "hsa-mir-122"]),
        st.lists(positive, min_size=width, max_size=width),
        min_size=2,
    )
)


@given(tables)
@settings(deadline=None, max_examples=60)
def test_whatever_is_written_reads_back_whole(rows):
    whole = {"hsa-mir-155": [1.0] * len(next(iter(rows.values())))} | rows
    found = summary(whole)
    assert parse_summary(write_summary(found), found.where) == found


@given(tables, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_no_order_of_samples_or_names_changes_a_byte(rows, random):
    whole = {"hsa-mir-155": [1.0] * len(next(iter(rows.values())))} | rows
    given_ = matrix(whole)
    down = random.sample(range(len(given_.samples)), len(given_.samples))
    across = random.sample(range(len(given_.features)), len(given_.features))
    turned = Matrix(
        tuple(given_.samples[i] for i in down),
        tuple(given_.features[i] for i in across),
        given_.values[np.ix_(down, across)],
        given_.origin,
    )
    texts = {
        write_summary(summarize(m, KNOWN.resolver, KNOWN.settings, "reads_per_million", STATED))
        for m in (given_, turned)
    }
    assert len(texts) == 1


def test_a_mirna_the_summary_did_not_know_is_compared_where_one_name_measured_it():
    # as with a knowledge pack: the knowledge now holds miRNAs that were mere names when the summary was made
    found = summary(HAIRPINS)
    before = replace(found, mirnas={})
    now = of_summary(before, KNOWN.resolver, KNOWN.settings)
    assert now.mirnas == {A: (4.0, 2.0)}  # miR-16 needs a sum of two, which no row holds
    assert of_summary(found, KNOWN.resolver, KNOWN.settings).mirnas == {"hsa-miR-16-5p": (8.0, 0.0), A: (4.0, 2.0)}


# ---------------------------------------------------------------- refused


def test_another_version_of_the_schema_is_refused_with_both_versions():
    told = refused(text().replace("reference/1", "reference/2"))
    assert told.startswith("normals.tsv, schema: found reference/2; expected reference/1; build it anew")


@pytest.mark.parametrize(
    "edit",
    [
        lambda t: t.replace("\t2.9652\t", "\t2.9653\t"),
        lambda t: t.replace("# tissue: liver", "# tissue: lung"),
        lambda t: t.replace("feature\thsa-mir-9999", "feature\thsa-mir-9998"),
        lambda t: "\n".join(line for line in t.split("\n") if "mir-9999" not in line),
        lambda t: t + "\n",
        lambda t: "\n".join(line for line in t.split("\n") if not line.startswith("# sha256")),
    ],
    ids=["a number", "a statement", "a name", "a row lost", "a line more", "without the hash"],
)
def test_a_summary_edited_by_hand_is_refused(edit):
    assert "content that does not fit its sha256: edited, or damaged" in refused(edit(text()))
    assert "build it anew with `reference build`" in refused(edit(text()))


def test_missing_columns_are_named_with_the_line():
    lines = [line.split("\t") for line in text().split("\n")]
    cut = "\n".join("\t".join(line[:4] + line[6:]) if len(line) > 1 else line[0] for line in lines)
    assert "normals.tsv, line 16: found no column sd, median; expected the columns row, name, n, mean" in refused(cut)


def test_a_summary_without_its_header_is_recognized_and_refused(tmp_path):
    path = tmp_path / "normals.tsv"
    path.write_text("\n".join(line for line in text().split("\n") if not line.startswith("#")), encoding="utf-8")
    with pytest.raises(InputError, match=r"normals\.tsv, schema: found no schema; expected reference/1"):
        load_reference(path, KNOWN.resolver, KNOWN.settings, "counts")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("\t8\t0\t8\t0\t1\t", "\teight\t0\t8\t0\t1\t", "line 17"),
        ("\t8\t0\t8\t0\t1\t", "\tinf\t0\t8\t0\t1\t", "line 17"),
        ("\t8\t0\t8\t0\t1\t", "\t8\t-1\t8\t0\t1\t", "a negative spread"),
        ("\t8\t0\t8\t0\t1\t", "\t8\t0\t8\t0\t1.5\t", "a detection rate outside [0, 1]"),
        ("mirna\thsa-miR-16-5p\t3", "mirna\thsa-miR-16-5p\t2", "n '2' where the header says 3 samples"),
        ("mirna\thsa-miR-16-5p", "mirna\thsa-miR-221-3p", "hsa-miR-221-3p again"),
        ("mirna\thsa-miR-16-5p", "sum\thsa-miR-16-5p", "line 17"),
        ("\thsa-mir-16-1;hsa-mir-16-2", "", "9 cells"),
        ("# level: hairpin", "# level: locus", "level: found 'locus'"),
        ("# samples: 3", "# samples: none", "samples: found 'none'"),
        ("# samples: 3\n", "", "samples: found nothing"),
        ("# kind: normal_cohort", "# kind: healthy", "kind: found 'healthy'"),
        ("# scale: reads_per_million", "# scale: z_score", "scale: found 'z_score'"),
    ],
)
def test_figures_that_are_none_are_refused_with_their_place_even_where_the_hash_fits(old, new, told):
    assert old in text()
    assert told in refused(with_hash(text().replace(old, new)))


def test_a_name_with_a_tab_is_not_written():
    found = summary({"hsa-mir-221": [1.0, 2.0], "hsa-mir\t9999": [1.0, 2.0]})
    with pytest.raises(InputError, match="text without tabs"):
        write_summary(found)


def test_a_matrix_is_no_summary_and_a_summary_is_no_matrix(tmp_path):
    path = tmp_path / "normals.tsv"
    path.write_text(text(), encoding="utf-8")
    with pytest.raises(InputError, match="the scale counts declared for a summary; expected a matrix"):
        load_reference(path, KNOWN.resolver, KNOWN.settings, "counts", "counts")


def test_a_damaged_packed_summary_is_refused(tmp_path):
    path = tmp_path / "normals.tsv.gz"
    packed = gzip.compress(write_summary(build(cohort())).encode())
    path.write_bytes(packed[: len(packed) - 40])
    with pytest.raises(InputError, match="damaged"):
        load_reference(path, KNOWN.resolver, KNOWN.settings, "counts")


# ---------------------------------------------------------------- settings of another day


def test_settings_that_scale_otherwise_are_refused():
    rows = {name: [1000.0, 500.0, 250.0] for name in (A, B, C, D)}
    scaled = summary(rows, FOUR)
    plain = override(FOUR, {"scaling": {"method": "rpm"}})
    with pytest.raises(InputError, match="found median_of_ratios; expected scaling none, as the settings in use ask"):
        of_summary(scaled, KNOWN.resolver, plain)
    with pytest.raises(InputError, match="found none; expected scaling median_of_ratios"):
        of_summary(summary(rows, plain), KNOWN.resolver, FOUR)


def test_settings_that_would_check_the_normals_otherwise_are_told():
    lenient = override(KNOWN.settings, {"reference": {"outlier_mads": 9.0}})
    told = of_summary(summary(HAIRPINS), KNOWN.resolver, lenient).notes
    assert told == ("the reference is a summary whose samples were checked with outlier_mads 4, once for all",)
    assert of_summary(summary(HAIRPINS), KNOWN.resolver, KNOWN.settings).notes == ()


# ---------------------------------------------------------------- real normals


@pytest.mark.parametrize("study", ["LIHC", "LUAD"])
def test_real_normals_give_the_same_bytes_as_summary_and_as_matrix(shared_data: Path, tmp_path, study):
    stem = shared_data / "tcga" / f"TCGA-{study}"
    counts = pd.read_csv(f"{stem}.hairpin_counts.tsv.gz", sep="\t", index_col=0)
    normals = counts[[name for name in counts if name[13:15] == "11"]]
    path = tmp_path / "summary.tsv"
    path.write_text(write_summary(build(normals)), encoding="utf-8")
    served = 0
    for barcode in [name for name in counts if name[13:15] == "01"][:60:20]:
        profile = {
            "sample_id": barcode,
            "cancer": study,
            "scale": "counts",
            "reference": {"kind": "normal_cohort"},
            "expression": counts[barcode].astype(float).to_dict(),
        }
        wanted = recommend(profile, reference=normals)
        served += bool(wanted.strategies)
        assert recommend(profile, reference=path).to_json() == wanted.to_json()
    assert served >= 2


def test_mature_level_normals_are_summarized_as_well(shared_data: Path, tmp_path):
    counts = pd.read_csv(shared_data / "tcga" / "TCGA-LUAD.mature_counts.tsv.gz", sep="\t", index_col=0)
    normals = counts[sorted(name for name in counts if name[13:15] == "11")]
    found = build(normals)
    assert found.level == "mature"
    assert len(found.removed) == 7
    assert all("-1757-" in name for name, _ in found.removed)
    again = parse_summary(write_summary(found), "x")
    wanted = build_reference(
        Matrix(tuple(normals.columns), tuple(normals.index), normals.to_numpy(dtype=float).T, "x"),
        KNOWN.resolver,
        KNOWN.settings,
        "counts",
        STATED,
    )
    assert of_summary(again, KNOWN.resolver, KNOWN.settings) == wanted
