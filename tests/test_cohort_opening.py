"""Whatever a cohort is given as: read alike however it is written; bad samples set aside, bad files refused."""

from __future__ import annotations

import decimal
import gzip
import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cohorts import TABLES, differences, matrix, profile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender import InputError, load_knowledge, recommend_cohort
from recommender.cli import run

DATA = Path(__file__).parent / "data"
RATIOS = matrix(2, 6).fillna(0.25)
NAMES = sorted(load_knowledge().resolver.mirnas)[:330]
OPTIONS = ("--scale", "log2_fold_change", "--contrast", "tumor_vs_normal", "--reference-samples", "50")
LIVER = ("--cancer", "LIHC", *OPTIONS)
STATED = {"scale": "log2_fold_change", "reference_kind": "normal_cohort", "reference_samples": 50}


class Ran:
    """What a run of ``batch`` left: exit status, messages, tables, quarantine."""

    def __init__(self, folder: Path, status: int, messages: str) -> None:
        self.status = status
        self.notes = [line for line in messages.splitlines() if line.startswith("note: ")]
        self.errors = [line for line in messages.splitlines() if line.startswith("error: ")]
        self.folder = folder
        self.written = folder.exists()
        lines = (folder / "quarantine.jsonl").read_text(encoding="utf-8").splitlines() if self.written else []
        self.quarantine = [(one["position"], one["sample_id"], one["reason"]) for one in map(json.loads, lines)]

    def table(self, name: str) -> pd.DataFrame:
        return pq.read_table(self.folder / f"{name}.parquet").to_pandas()

    def __getattr__(self, name: str) -> pd.DataFrame:  # as the frames of a CohortResult
        if name not in TABLES:
            raise AttributeError(name)
        return self.table(name)

    def samples(self) -> list[str]:
        return list(dict.fromkeys(self.table("calls").sample_id))

    def rows(self) -> dict[str, list]:
        """Every table as plain rows, whatever the order of the samples."""
        frames = {name: self.table(name) for name in TABLES}
        return {
            name: sorted(json.dumps(row) for row in json.loads(frame.to_json(orient="records", double_precision=15)))
            for name, frame in frames.items()
        }


@pytest.fixture
def batch(tmp_path, capsys, monkeypatch):
    """Return a function from the name of a file (written beside) and options to what the run left."""
    monkeypatch.chdir(tmp_path)
    runs = iter(range(1000))

    def go(path, *options):
        folder = tmp_path / f"results{next(runs)}"
        capsys.readouterr()
        status = run(["batch", str(path), "--output", str(folder), *options])
        messages = capsys.readouterr().err
        assert "Traceback" not in messages
        assert "internal error" not in messages
        return Ran(folder, status, messages)

    return go


def refused(ran: Ran, *starts: str) -> None:
    """Expect a refusal of the whole: exit 1, nothing written, each problem with found, expected and remedy."""
    assert (ran.status, ran.written) == (1, False)
    assert len(ran.errors) == len(starts), ran.errors
    for line, start in zip(ran.errors, starts, strict=True):
        assert line.startswith(f"error: {start}"), line
        assert "; expected " in line
        assert line.count("; ") >= 2, line  # the remedy


def in_rows() -> pd.DataFrame:
    return RATIOS.T.rename_axis("sample_id").reset_index()


def counts(samples: int, seed: int = 1) -> pd.DataFrame:
    pick = np.random.default_rng(seed)
    typical = np.random.default_rng(0).lognormal(6, 2, (len(NAMES), 1))
    found = typical * pick.lognormal(0, 0.8, (len(NAMES), samples))
    return pd.DataFrame(np.round(found), index=NAMES, columns=[f"S{i}" for i in range(samples)])


# ---------------------------------------------------------------- one matrix, many files


def write_tsv(path: Path) -> None:
    RATIOS.to_csv(path, sep="\t", index_label="miRNA")


def write_csv_in_rows(path: Path) -> None:
    in_rows().to_csv(path, index=False)


def write_gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(RATIOS.to_csv(index_label="").encode()))


def write_zstd(path: Path) -> None:
    path.write_bytes(pa.Codec("zstd").compress(RATIOS.to_csv(index_label="miRNA").encode(), asbytes=True))


def write_as_r_does(path: Path) -> None:
    text = RATIOS.to_csv(sep="\t")
    path.write_text(text.lstrip("\t"), encoding="utf-8")  # row names have no header


def write_with_byte_order_mark(path: Path) -> None:
    path.write_text(RATIOS.to_csv(), encoding="utf-8-sig", newline="\r\n")


def write_parquet_with_index(path: Path) -> None:
    RATIOS.T.to_parquet(path)


def write_parquet_in_columns(path: Path) -> None:
    RATIOS.to_parquet(path)


def write_parquet_in_small_groups(path: Path) -> None:
    in_rows().to_parquet(path, row_group_size=1)


def write_parquet_with_a_left_over_index(path: Path) -> None:
    shuffled = in_rows().sample(frac=1, random_state=3).sort_values("sample_id")
    shuffled.index = [5, 3, 9, 1, 0, 2]  # what a selection leaves; pandas writes it as a column
    shuffled.to_parquet(path)


def write_parquet_of_columns_with_a_left_over_index(path: Path) -> None:
    RATIOS.rename_axis("miRNA").reset_index().sample(frac=1, random_state=1).to_parquet(path)


def write_parquet_with_dictionary_ids(path: Path) -> None:
    table = pa.Table.from_pandas(in_rows(), preserve_index=False)
    pq.write_table(table.set_column(0, "sample_id", table["sample_id"].dictionary_encode()), path)


def write_parquet_with_the_id_last(path: Path) -> None:
    frame = in_rows()
    frame["sample_id"] = frame.pop("sample_id")
    frame.to_parquet(path, index=False)


def write_csv_with_the_id_last(path: Path) -> None:
    frame = in_rows()
    frame["sample_id"] = frame.pop("sample_id")
    frame.to_csv(path, index=False)


def write_csv_with_the_id_after_the_patient(path: Path) -> None:
    frame = in_rows()
    frame.insert(0, "patient", [f"patient {i}" for i in range(6)])
    frame.to_csv(path, index=False)


def write_csv_of_mirnas_first_and_samples_last(path: Path) -> None:
    frame = in_rows()
    frame["sample"] = frame.pop("sample_id")
    frame[[name for name in RATIOS.index if name.startswith("hsa")] + ["sample"]].to_csv(path, index=False)


def write_parquet_with_the_id_after_the_patient(path: Path) -> None:
    frame = in_rows()
    frame.insert(0, "patient", [f"patient {i}" for i in range(6)])
    frame.to_parquet(path)


def with_other_columns() -> pd.DataFrame:
    frame = in_rows()
    frame.insert(0, "stage", ["I", "II", "III", "IV", "I", "II"])
    frame.insert(3, "sex", list("MFMFMF"))
    frame["age"] = [60, 71, 80, 55, 44, 33]
    frame["note"] = ["", "relapse", "", "", "", ""]
    return frame


def write_csv_with_other_columns(path: Path) -> None:
    with_other_columns().to_csv(path, index=False)


def write_parquet_with_other_columns(path: Path) -> None:
    with_other_columns().to_parquet(path)


def write_csv_with_an_age_that_is_missing_for_some(path: Path) -> None:
    frame = in_rows()
    frame["age"] = ["60", "NA", "80", "", "44", "33"]
    frame.to_csv(path, index=False)


WRITERS = {name.removeprefix("write_"): found for name, found in globals().items() if name.startswith("write_")}


@pytest.mark.parametrize("how", WRITERS)
def test_one_matrix_gives_the_same_rows_however_it_is_written(batch, how):
    write_tsv(Path("plain.tsv"))
    suffix = "parquet" if "parquet" in how else "csv" if "csv" in how else "txt"
    path = Path(f"matrix.{suffix}")
    WRITERS[how](path)
    ran = batch(path, *LIVER)
    assert (ran.status, ran.quarantine) == (0, [])
    assert ran.rows() == batch("plain.tsv", *LIVER).rows()


def test_what_is_no_mirna_is_told(batch):
    write_parquet_with_other_columns(Path("m.parquet"))
    assert "note: left out, as they hold no numbers: stage, sex, note" in batch("m.parquet", *LIVER).notes
    write_csv_with_other_columns(Path("m.csv"))
    assert "note: left out, as they hold no numbers: stage, sex, note" in batch("m.csv", *LIVER).notes


def test_a_column_that_is_no_mirna_counts_in_a_library_and_is_told(batch):
    tumors = counts(3).T.rename_axis("sample_id")
    tumors["age"] = 60
    tumors.to_parquet("m.parquet")
    counts(12, 5).to_csv("normals.csv")
    ran = batch("m.parquet", "--cancer", "LIHC", "--reference", "normals.csv", "--scale", "counts")
    assert ran.status == 0
    assert "note: 1 names of no human miRNA, whose numbers count in the library: age" in ran.notes


def test_types_of_numbers_do_not_matter(batch):
    frame = in_rows()
    names = [name for name in frame.columns if name.startswith("hsa-")]
    frame[names[:6]] = np.round(frame[names[:6]] * 4) / 4
    frame[names[4]] = np.arange(6) - 2
    frame.to_parquet("plain.parquet")
    table = pa.Table.from_pandas(frame, preserve_index=False)
    exact = pa.array([decimal.Decimal(str(value)) for value in frame[names[2]]], pa.decimal128(12, 4))
    for name, column in {
        names[0]: table[names[0]].cast(pa.float32()),
        names[1]: pa.array(frame[names[1]].to_numpy(np.float16)),
        names[2]: exact,
        names[4]: table[names[4]].cast(pa.int64()).cast(pa.int8()),
    }.items():
        table = table.set_column(table.column_names.index(name), name, column)
    pq.write_table(table, "typed.parquet")
    assert batch("typed.parquet", *LIVER).rows() == batch("plain.parquet", *LIVER).rows()


def test_nulls_and_nans_of_parquet_were_not_measured_whichever_way_the_samples_stand(batch):
    ratios = matrix(5, 6)
    assert ratios.isna().to_numpy().any()
    table = pa.Table.from_pandas(ratios.T, preserve_index=True)  # nulls
    pq.write_table(table, "nulls.parquet")
    schema = pa.schema([pa.field("id", pa.string()), *(pa.field(name, pa.float64()) for name in ratios.index)])
    arrays = [pa.array(list(ratios.columns)), *(pa.array(row, from_pandas=False) for row in ratios.to_numpy())]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), "nans.parquet")
    ratios.to_parquet("columns.parquet")
    first, *others = (batch(name, *LIVER) for name in ("nulls.parquet", "nans.parquet", "columns.parquet"))
    assert (first.status, first.quarantine) == (0, [])
    assert all(other.rows() == first.rows() for other in others)
    profiles = {
        name: profile(
            name, ratios[name], "log2_fold_change", "LIHC", reference={"kind": "normal_cohort", "samples": 50}
        )
        for name in ratios
    }
    assert differences(first, profiles) == []


def test_numbers_as_sample_names_are_names(batch):
    frame = in_rows()
    frame["sample_id"] = [7, 1, 3, 2, 5, 4]
    frame.to_parquet("m.parquet", index=False)
    assert batch("m.parquet", *LIVER).samples() == ["7", "1", "3", "2", "5", "4"]


# ---------------------------------------------------------------- samples at fault

BAD_NAMES = ["S0", "twice", None, "esc\x1b[31m", "twice", "long" * 51]
WHY = {
    1: ("twice", "a sample name printed twice"),
    2: ("row 3", "no name"),
    3: ("esc\x1b[31m", "control characters in a name"),
    4: ("twice", "a sample name printed twice"),
    5: ("long" * 51, "a name of more than 200 characters"),
}


@pytest.mark.parametrize("name", ["m.parquet", "m.csv", "m.tsv", "frame"])
def test_samples_with_names_that_cannot_be_used_are_set_aside_each_at_its_position(batch, name):
    frame = in_rows()
    frame["sample_id"] = BAD_NAMES
    if name == "m.parquet":
        frame.to_parquet(name)
        found = batch(name, *LIVER)
    elif name == "m.csv":
        frame.to_csv(name, index=False)
        found = batch(name, *LIVER)
    elif name == "m.tsv":
        frame.set_index("sample_id").T.to_csv(name, sep="\t")
        found = batch(name, *LIVER)
    else:
        result = recommend_cohort(frame.set_index("sample_id"), samples_in="rows", cancer="LIHC", **STATED)
        told = list(result.quarantine.itertuples(index=False, name=None))
        assert list(dict.fromkeys(result.calls.sample_id)) == ["S0"]
    if name != "frame":
        assert (found.status, found.samples()) == (3, ["S0"])
        told = found.quarantine
    unnamed = {"m.tsv": "column 4", "frame": "sample 3"}.get(name, "row 3")
    assert [(position, sample) for position, sample, _ in told] == [
        (position, unnamed if sample == "row 3" else sample) for position, (sample, _) in WHY.items()
    ]
    for position, _, reason in told:
        assert f"found {WHY[position][1]}" in reason
        assert "; expected " in reason
        assert reason.count("; ") == 2


def test_a_file_of_which_every_sample_has_one_name_is_refused(batch):
    frame = in_rows()
    frame["sample_id"] = "S"
    frame.to_parquet("m.parquet")
    refused(
        batch("m.parquet", *LIVER), *(f"m.parquet, sample {i}: found a sample name printed twice" for i in range(1, 7))
    )
    frame.to_csv("m.csv", index=False)
    refused(batch("m.csv", *LIVER), "m.csv, row S: found a sample name printed twice")


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_one_sample_of_impossible_numbers_among_many_is_set_aside_alone(batch, suffix):
    tumors = counts(8).T.rename_axis("sample_id")
    tumors.loc["S3", NAMES[5]] = -4.0
    tumors.loc["S6"] = 0.0
    if suffix == "parquet":
        tumors.loc["S5", NAMES[7]] = np.inf
    else:
        tumors = tumors.astype(str)
        tumors.loc["S5", NAMES[7]] = "Inf"
    tumors.to_parquet("m.parquet") if suffix == "parquet" else tumors.to_csv("m.csv")
    counts(12, 5).to_csv("normals.csv")
    ran = batch(f"m.{suffix}", "--cancer", "LIHC", "--reference", "normals.csv", "--scale", "counts")
    assert ran.status == 3
    assert ran.samples() == ["S0", "S1", "S2", "S4", "S7"]
    negative, infinite, empty = ran.quarantine
    assert negative[:2] == (3, "S3")
    assert f"{NAMES[5]}: found -4; expected counts from 0 to 1e+12; check the scale" in negative[2]
    assert infinite[:2] == (5, "S5")
    assert ("found 'Inf'" if suffix == "csv" else "found inf") in infinite[2]
    assert empty[:2] == (6, "S6")
    assert "found no reads" in empty[2]


def test_a_thousand_bad_samples_among_100_000_and_no_other_are_set_aside_each_with_its_reason(tmp_path):
    pick = np.random.default_rng(0)
    names = sorted(load_knowledge().resolver.mirnas)[::40]
    values = pick.normal(0, 1.5, (100_000, len(names)))
    ids = [f"T{i}" for i in range(100_000)]
    cancers = ["LIHC"] * 100_000
    states = ["unknown"] * 100_000
    bad = np.sort(pick.choice(100_000, 1_000, replace=False))
    kinds = (
        "infinite",
        "no log2 ratio",
        "no name",
        "same name",
        "unknown tumor",
        "disease state",
        "purity",
        "not stated",
    )
    kind_of = {int(at): kinds[i % len(kinds)] for i, at in enumerate(bad)}
    purity = [""] * 100_000
    for i, (at, kind) in enumerate(kind_of.items()):
        if kind == "infinite":
            values[at, i % len(names)] = (np.inf, -np.inf)[i % 2]
        elif kind == "no log2 ratio":
            values[at, 0] = 9_000.0
        elif kind == "no name":
            ids[at] = ""
        elif kind == "same name":
            ids[at] = "the same"
        elif kind == "unknown tumor":
            cancers[at] = "nostalgia"
        elif kind == "disease state":
            states[at] = "sick"
        elif kind == "purity":
            purity[at] = "150%"
        else:
            cancers[at] = ""
    table = pa.table({"sample_id": ids, **{name: values[:, i] for i, name in enumerate(names)}})
    pq.write_table(table, tmp_path / "m.parquet", row_group_size=30_000)
    about = pd.DataFrame({"sample_id": ids, "cancer": cancers, "disease_state": states, "purity": purity})
    about = about[~about.sample_id.isin(["", "the same"])]
    about.to_csv(tmp_path / "samples.csv", index=False)
    found = recommend_cohort(tmp_path / "m.parquet", samples=tmp_path / "samples.csv", **STATED)
    told = {row.position: row for row in found.quarantine.itertuples()}
    assert sorted(told) == sorted(kind_of)
    words = {
        "infinite": "found inf; expected log2_fold_change from -25 to 25",
        "no log2 ratio": "found 9000; expected log2_fold_change from -25 to 25",
        "no name": "found no name; expected a sample name",
        "same name": "found a sample name printed twice",
        "unknown tumor": "cancer: found 'nostalgia'; expected a tumor",
        "disease state": "samples.csv, disease_state: found 'sick'; expected one of newly_diagnosed",
        "purity": "column purity: found '150%'; expected a number from 0 to 1",
        "not stated": "found no tumor; expected the tumor this is; give --cancer",
    }
    for at, kind in kind_of.items():
        assert words[kind] in told[at].reason.replace("-inf;", "inf;"), (kind, told[at].reason)
        assert told[at].sample_id == (ids[at] or f"row {at + 1}")
    good = [ids[at] for at in range(100_000) if at not in kind_of]
    assert list(dict.fromkeys(found.calls.sample_id)) == good


def test_bad_samples_at_the_head_of_a_file_do_not_speak_for_the_rest(batch):
    frame = pd.DataFrame(np.random.default_rng(1).normal(0, 1, (1_500, 60)), columns=NAMES[:60])
    frame.iloc[:600] = 1e6
    frame.insert(0, "sample_id", [f"S{i}" for i in range(1_500)])
    frame.to_parquet("m.parquet")
    ran = batch("m.parquet", *LIVER)
    assert ran.status == 3
    assert [position for position, _, _ in ran.quarantine] == list(range(600))


# ---------------------------------------------------------------- files at fault

ONE = {"sample_id": ["T1", "T2"], "hsa-miR-21-5p": [2.0, -1.0], "hsa-miR-145-5p": [-2.0, 1.5]}


def as_parquet(columns: dict, path: str = "m.parquet") -> str:
    pd.DataFrame(columns).to_parquet(path)
    return path


def test_a_mirna_printed_twice_is_refused(batch):
    table = pa.table({"sample_id": ["T1"], "hsa-miR-21-5p": [1.0]})
    pq.write_table(table.append_column("hsa-miR-21-5p", pa.array([2.0])), "m.parquet")
    refused(batch("m.parquet", *LIVER), "m.parquet, column hsa-miR-21-5p: found a name printed twice")
    Path("m.csv").write_text("id,hsa-miR-21-5p,hsa-miR-21-5p\nT1,1.0,2.0\n", encoding="utf-8")
    refused(batch("m.csv", *LIVER), "m.csv, column hsa-miR-21-5p: found a miRNA printed twice")


def test_a_matrix_without_mirna_names_is_refused(batch):
    genes = {"sample_id": ["T1", "T2"], "TP53": [1.0, 2.0], "KRAS": [0.5, -1.0]}
    refused(batch(as_parquet(genes), *LIVER), "m.parquet: found 0 human miRNA names among 2 (0%); not such: TP53, KRAS")


def test_a_matrix_of_another_species_is_refused(batch):
    mouse = {name.replace("hsa", "mmu"): values for name, values in ONE.items()}
    refused(batch(as_parquet(mouse), *LIVER), "m.parquet: found 2 of 2 names of another species (mmu)")


def test_numbers_are_not_taken_for_sample_names(batch):
    Path("m.csv").write_text("hsa-miR-21-5p,hsa-miR-145-5p,who\n1.5,-2,T1\n2,-1,T2\n", encoding="utf-8")
    refused(batch("m.csv", *LIVER), "m.csv: found hsa-miR-21-5p in the first column; expected sample names")


def test_mirnas_the_knowledge_does_not_hold_are_refused(batch):
    refused(
        batch(as_parquet({"sample_id": ["T1"], "hsa-miR-9999": [1.0]}), *LIVER),
        "m.parquet: found no miRNA the knowledge holds among 1 names",
    )


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_logarithms_declared_as_counts_are_refused(batch, suffix):
    in_rows().to_parquet("m.parquet")
    in_rows().to_csv("m.csv", index=False)
    counts(12).to_csv("normals.csv")
    ran = batch(f"m.{suffix}", "--cancer", "LIHC", "--scale", "counts", "--reference", "normals.csv")
    refused(ran, f"m.{suffix}: found values from -6.17908 to 6.76784; expected counts, none negative")


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_counts_declared_as_ratios_are_refused(batch, suffix):
    tumors = counts(4).T.rename_axis("sample_id")
    tumors.to_parquet("m.parquet")
    tumors.to_csv("m.csv")
    ran = batch(f"m.{suffix}", *LIVER)
    assert (ran.status, ran.written) == (1, False)
    assert "no logs" in ran.errors[0] or "counts; expected log2_fold_change, as --scale says" in ran.errors[0]


def test_a_matrix_without_a_scale_is_refused(batch):
    refused(
        batch(as_parquet(ONE), "--cancer", "LIHC"), "m.parquet: found numbers from -2 to 2 that could be of several"
    )


def test_a_matrix_without_a_number_has_no_scale_either(batch):
    empty = {"sample_id": ["T1", "T2"], "hsa-miR-21-5p": [np.nan, np.nan]}
    refused(batch(as_parquet(empty), "--cancer", "LIHC"), "m.parquet: found no number; expected counts, ")


def test_counts_of_a_part_of_a_library_are_refused(batch):
    tumors = counts(4).iloc[:40].T.rename_axis("sample_id")
    tumors.to_parquet("m.parquet")
    counts(12, 5).to_csv("normals.csv")
    ran = batch("m.parquet", "--cancer", "LIHC", "--scale", "counts", "--reference", "normals.csv")
    refused(ran, "m.parquet: found counts of 40 miRNAs; expected whole libraries")


def test_hairpins_mixed_with_matures_are_refused(batch):
    tumors = counts(4).T.rename_axis("sample_id")
    hairpins = sorted(load_knowledge().resolver.hairpins)[:165]
    tumors.columns = [*hairpins, *NAMES[165:]]
    tumors.to_parquet("m.parquet")
    counts(12, 5).to_csv("normals.csv")
    ran = batch("m.parquet", "--cancer", "LIHC", "--scale", "counts", "--reference", "normals.csv")
    refused(ran, "m.parquet: found 48% hairpins among matures; expected one level")


def test_hairpins_against_normals_of_matures_are_refused(batch):
    hairpins = sorted(load_knowledge().resolver.hairpins)
    tumors = counts(4).iloc[: len(hairpins)].T.rename_axis("sample_id")
    tumors.columns = hairpins
    tumors.to_parquet("m.parquet")
    counts(12, 5).to_csv("normals.csv")
    ran = batch("m.parquet", "--cancer", "LIHC", "--scale", "reads_per_million", "--reference", "normals.csv")
    refused(ran, "m.parquet: found hairpins; expected matures, as the reference normals.csv has")


def test_damaged_empty_and_foreign_files_are_refused(batch):
    in_rows().to_parquet("whole.parquet")
    Path("cut.parquet").write_bytes(Path("whole.parquet").read_bytes()[:4000])
    refused(batch("cut.parquet", *LIVER), "cut.parquet: found damaged Parquet: ")
    pq.write_table(
        pa.table({"sample_id": pa.array([], pa.string()), "hsa-miR-21-5p": pa.array([], pa.float64())}), "no.parquet"
    )
    refused(batch("no.parquet", *LIVER), "no.parquet: found 0 rows, 1 columns of numbers")
    pq.write_table(pa.table({"hsa-miR-21-5p": [1.0]}), "unnamed.parquet")
    refused(batch("unnamed.parquet", *LIVER), "unnamed.parquet: found no column of sample names")
    refused(batch("nowhere.parquet", *LIVER), "nowhere.parquet: found No such file or directory")
    Path("book.xlsx").write_bytes(b"PK\x03\x04rest")
    refused(batch("book.xlsx", *LIVER), "book.xlsx: found a ZIP archive or an Excel workbook")
    Path("normals.tsv").write_text("# mirna-recommender reference: summary figures\n", encoding="utf-8")
    refused(batch("normals.tsv", *LIVER), "normals.tsv: found a summary of reference samples")


def test_one_sample_of_a_cohort_is_asked_of_recommend(batch):
    refused(batch(as_parquet(ONE), *LIVER, "--sample", "T1"), "--sample: found T1; expected a cohort, all of it")


# ---------------------------------------------------------------- what is stated of the samples


def sample_table(**columns: list) -> str:
    pd.DataFrame({"sample_id": [f"S{i}" for i in range(6)], **columns}).to_csv("samples.csv", index=False)
    return "samples.csv"


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_rows_of_the_sample_table_at_fault_cost_their_samples_alone(batch, suffix):
    in_rows().to_parquet("m.parquet")
    in_rows().to_csv("m.csv", index=False)
    table = sample_table(
        cancer=["LIHC", "", "nostalgia", "LUAD", "LIHC", "LIHC"],
        disease_state=["relapsed_refractory", "", "", "sick", "", ""],
        purity=["0.7", "", "", "", "2", ""],
        metastatic=["", "", "", "", "", "perhaps"],
    )
    ran = batch(f"m.{suffix}", "--samples", table, *OPTIONS)
    assert (ran.status, ran.samples()) == (3, ["S0"])
    reasons = {sample: reason for _, sample, reason in ran.quarantine}
    assert reasons["S1"].startswith("found no tumor; expected the tumor this is; give --cancer, or a column cancer")
    assert reasons["S2"].startswith("cancer: found 'nostalgia'; expected a tumor the vocabulary knows")
    assert reasons["S3"].startswith("samples.csv, disease_state: found 'sick'; expected one of newly_diagnosed, ")
    assert reasons["S4"].startswith("samples.csv, line 6, column purity: found '2'; expected a number from 0 to 1")
    assert reasons["S5"].startswith("samples.csv, line 7, column metastatic: found 'perhaps'; expected true or false")


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_rows_without_a_sample_and_samples_without_a_row_are_told(batch, suffix):
    in_rows().to_parquet("m.parquet")
    in_rows().to_csv("m.csv", index=False)
    Path("s.tsv").write_text("sample\tstage\tcolor\nS1 \tII\tred\nZ9\tI\tblue\n", encoding="utf-8")
    ran = batch(f"m.{suffix}", *LIVER, "--samples", "s.tsv", "--by", "stage")
    assert ran.status == 0
    assert "note: columns of the samples table that are not used: color" in ran.notes
    assert "note: 5 samples without a row in the samples table: S0, S2, S3, S4, S5" in ran.notes
    assert "note: 1 rows of the samples table without a sample here: Z9" in ran.notes
    (by,) = json.loads((ran.folder / "summary.json").read_text())["by_column"]
    assert {one["value"]: one["group"]["samples"] for one in by["values"]} == {"not stated": 5, "II": 1}


def test_a_table_that_contradicts_an_option_costs_those_samples(batch):
    in_rows().to_parquet("m.parquet")
    ran = batch("m.parquet", *LIVER, "--samples", sample_table(cancer=["LIHC", "LUAD", "", "LIHC", "LIHC", "LIHC"]))
    assert [reason for _, _, reason in ran.quarantine] == [
        "samples.csv, cancer: found 'LUAD'; expected 'LIHC', as --cancer; leave out --cancer, or mend the table"
    ]


def test_a_table_that_fits_no_sample_is_refused(batch):
    in_rows().to_parquet("m.parquet")
    ran = batch("m.parquet", *OPTIONS, "--samples", sample_table(cancer=["nostalgia"] * 6))
    refused(ran, "m.parquet, cancer: found 'nostalgia'; expected a tumor the vocabulary knows")


def test_an_unknown_column_to_group_by_is_refused(batch):
    in_rows().to_parquet("m.parquet")
    table = sample_table(stage=list("abcdef"))
    refused(batch("m.parquet", *LIVER, "--by", "stage"), "--by: found stage; expected a table of samples with it")
    refused(
        batch("m.parquet", *LIVER, "--samples", table, "--by", "grade"),
        "samples.csv: found no column 'grade'; expected one of sample_id, stage",
    )


def test_normal_over_tumor_turns_every_sign(batch):
    in_rows().to_parquet("m.parquet")
    (-RATIOS).T.rename_axis("sample_id").reset_index().to_parquet("turned.parquet")
    (-RATIOS).to_csv("turned.csv")
    options = ("--cancer", "LIHC", "--scale", "log2_fold_change", "--reference-samples", "50", "--contrast")
    wanted = batch("m.parquet", *options, "tumor_vs_normal").rows()
    for name in ("turned.parquet", "turned.csv"):
        ran = batch(name, *options, "normal_vs_tumor")
        assert "note: declared as normal against tumor: every sign is turned" in ran.notes
        assert ran.rows() == wanted


# ---------------------------------------------------------------- references


def test_each_sample_is_compared_with_the_reference_its_row_names(batch):
    tumors = counts(6).T.rename_axis("sample_id")
    tumors.to_parquet("m.parquet")
    counts(12, 5).to_csv("a.csv")
    counts(14, 6).to_csv("b.csv")
    ran = batch(
        "m.parquet",
        "--cancer",
        "LIHC",
        "--scale",
        "counts",
        "--samples",
        sample_table(reference=["a.csv", "b.csv"] * 3),
    )
    assert (ran.status, ran.quarantine) == (0, [])
    for name, chosen in (("a.csv", ["S0", "S2", "S4"]), ("b.csv", ["S1", "S3", "S5"])):
        profiles = {s: profile(s, tumors.T[s], "counts", "LIHC") for s in chosen}
        assert differences(ran, profiles, reference=name) == []


def test_a_reference_that_cannot_be_used_costs_the_samples_that_name_it(batch):
    counts(6).T.rename_axis("sample_id").to_parquet("m.parquet")
    counts(12, 5).to_csv("a.csv")
    references = ["a.csv", "nowhere.csv", "builtin:nowhere", "builtin:thyroid", "", "reference"]
    ran = batch("m.parquet", "--cancer", "LIHC", "--scale", "counts", "--samples", sample_table(reference=references))
    assert (ran.status, ran.samples()) == (3, ["S0"])
    reasons = [reason for _, _, reason in ran.quarantine]
    assert reasons[0].startswith("nowhere.csv: found No such file or directory")
    assert reasons[1].startswith("reference: found builtin:nowhere; expected one that ships: builtin:liver, ")
    assert "thyroid" in reasons[2]
    assert reasons[3].startswith("reference: found none; expected normal samples, for counts; give --reference")
    assert reasons[4].startswith("reference: found No such file or directory")


def test_an_option_gives_the_reference_of_samples_whose_row_names_none(batch):
    tumors = counts(6).T.rename_axis("sample_id")
    tumors.to_parquet("m.parquet")
    counts(12, 5).to_csv("a.csv")
    counts(14, 6).to_csv("b.csv")
    table = sample_table(reference=["", "b.csv"] * 3)
    ran = batch("m.parquet", "--cancer", "LIHC", "--scale", "counts", "--samples", table, "--reference", "a.csv")
    profiles = {s: profile(s, tumors.T[s], "counts", "LIHC") for s in ("S0", "S2", "S4")}
    assert differences(ran, profiles, reference="a.csv") == []


def test_builtin_references_of_two_tissues_and_one_of_another_tumor(batch, shared_data):
    from recommender.readers.registry import read_measurements
    from recommender.readers.source import read_source

    frames = []
    for study in ("LIHC", "THCA"):
        read = read_measurements(read_source(shared_data / "tcga" / f"TCGA-{study}.hairpin_counts.tsv.gz"))
        frames.append(pd.DataFrame(read.values[:4], read.samples[:4], read.names))
    tumors = pd.concat(frames).fillna(0.0)
    tumors.rename_axis("sample_id").to_parquet("m.parquet")
    pd.DataFrame(
        {
            "sample_id": tumors.index,
            "cancer": ["LIHC"] * 4 + ["THCA"] * 4,
            "reference": ["builtin:liver"] * 3 + ["builtin:thyroid"] * 5,
        }
    ).to_csv("samples.csv", index=False)
    ran = batch("m.parquet", "--scale", "counts", "--samples", "samples.csv")
    ((position, _, reason),) = ran.quarantine
    assert position == 3
    assert "found normals for Thyroid" in reason
    for cancer, part in (("LIHC", slice(0, 3)), ("THCA", slice(4, 8))):
        profiles = {s: profile(s, tumors.T[s], "counts", cancer) for s in tumors.index[part]}
        name = {"LIHC": "builtin:liver", "THCA": "builtin:thyroid"}[cancer]
        assert differences(ran, profiles, reference=name) == []


def test_relative_values_take_no_reference(batch):
    refused(
        batch(as_parquet(ONE), *LIVER, "--reference", "builtin:liver"), "reference: found a reference; expected none"
    )


# ---------------------------------------------------------------- results of tests, and profiles


@pytest.mark.parametrize("name", ["limma.txt", "edger.tsv", "deseq2.csv"])
def test_results_of_differential_expression_are_one_sample_that_recommend_knows(batch, name):
    from recommender import recommend

    ran = batch(DATA / name, "--cancer", "LIHC", "--contrast", "tumor_vs_normal", "--reference-samples", "30")
    assert (ran.status, ran.samples()) == (0, [name.partition(".")[0]])
    stated = {"cancer": "LIHC", "contrast": "tumor_vs_normal", "reference_samples": 30}
    wanted = recommend(str(DATA / name), **stated)
    assert list(ran.strategies.strategy) == [s.id for s in wanted.strategies]
    assert list(ran.strategies.points) == [s.points for s in wanted.strategies]


def test_results_of_differential_expression_take_their_tumor_from_the_sample_table(batch):
    Path("s.tsv").write_text("sample_id\tcancer\ndeseq2\tLUAD\n", encoding="utf-8")
    ran = batch(DATA / "deseq2.csv", "--contrast", "tumor_vs_normal", "--samples", "s.tsv")
    assert (ran.status, ran.samples()) == (0, ["deseq2"])


@pytest.mark.parametrize(
    ("options", "start"),
    [
        (("--reference", "builtin:liver"), "found --reference with deseq2; expected a matrix of values without tests"),
        (("--samples-in", "rows"), "found --samples-in with deseq2; expected a matrix"),
        (("--by", "stage", "--samples", "s.tsv"), "found --by with deseq2; expected a matrix of values without tests"),
    ],
)
def test_options_that_results_of_tests_cannot_take_are_refused(batch, options, start):
    Path("s.tsv").write_text("sample_id\tstage\ndeseq2\tII\n", encoding="utf-8")
    path = DATA / "deseq2.csv"
    refused(batch(path, "--cancer", "LIHC", "--contrast", "tumor_vs_normal", *options), f"{path}: {start}")


def test_results_of_tests_without_a_contrast_are_refused(batch):
    path = DATA / "deseq2.csv"
    refused(batch(path, "--cancer", "LIHC"), f"{path}: found a contrast that the file does not name")


RICH = {
    "sample_id": "P1",
    "cancer": "LIHC",
    "disease_state": "relapsed_refractory",
    "metastatic": True,
    "scale": "log2_fold_change",
    "reference": {"kind": "normal_cohort", "samples": 50},
    "expression": {
        "hsa-miR-21-5p": {"value": 2.71, "adjusted_p_value": 1.2e-9, "reads_per_million": 220000},
        "hsa-miR-34a-5p": {"value": -2.0, "adjusted_p_value": 0.2},
        "hsa-miR-221-3p": {"value": 1.8, "adjusted_p_value": None},
        "hsa-miR-122-5p": -1.9,
        "hsa-miR-145-5p": None,
    },
    "target_expression": {"PTEN": -1.1, "CDKN1B": -0.7},
    "patient": {"hepatic_impairment": True, "prior_infusion_reaction": True},
}


def profiles_of(number: int) -> list[dict]:
    return [{**RICH, "sample_id": f"P{i}", "cancer": ("LIHC", "LUAD", "CLL")[i % 3]} for i in range(number)]


def test_profiles_with_all_a_profile_can_say_give_what_recommend_gives(batch):
    given = profiles_of(6)
    Path("p.jsonl").write_text("\n".join(map(json.dumps, given)), encoding="utf-8")
    Path("folder").mkdir()
    for one in given:
        Path("folder", f"{one['sample_id']}.json").write_text(json.dumps(one, indent=2), encoding="utf-8")
    for path in ("p.jsonl", "folder"):
        ran = batch(path)
        assert (ran.status, ran.quarantine) == (0, [])
        assert differences(ran, {one["sample_id"]: one for one in given}) == []


def test_lines_that_are_no_profile_are_set_aside_and_told_by_line(batch):
    first, second, third = map(json.dumps, profiles_of(3))
    wrong = json.dumps({"sample_id": "Q", "cancer": "LIHC", "scale": "z", "expression": {}})
    lines = [first, "", "   ", second + "}", third, third, "[]", "42", '"P0"', wrong, "{", "\ufeff", "[" * 5000]
    Path("p.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    ran = batch("p.jsonl")
    assert (ran.status, ran.samples()) == (3, ["P0"])
    told = [(sample, reason.partition("; expected ")[0]) for _, sample, reason in ran.quarantine]
    assert [position for position, _, _ in ran.quarantine] == list(range(1, 10))
    assert told[1] == ("P2", "p.jsonl, line 5: found sample_id P2, which another profile has too")
    assert told[2] == ("P2", "p.jsonl, line 6: found sample_id P2, which another profile has too")
    assert told[3] == ("p.jsonl, line 7", "p.jsonl, line 7: found []")
    assert told[4] == ("p.jsonl, line 8", "p.jsonl, line 8: found 42")
    assert told[5] == ("p.jsonl, line 9", "p.jsonl, line 9: found 'P0'")
    assert told[6][0] == "Q"
    assert "p.jsonl, line 10, expression: found {}" in ran.quarantine[6][2]
    assert "p.jsonl, line 10, scale: found 'z'" in ran.quarantine[6][2]
    assert told[7][0] == "p.jsonl, line 11"
    assert told[8] == ("p.jsonl, line 13", "p.jsonl, line 13: found deeply nested JSON")


def test_an_option_fills_what_profiles_do_not_say_and_contradicts_none(batch):
    first, second = profiles_of(2)
    del first["cancer"]
    Path("p.jsonl").write_text(json.dumps(first) + "\n" + json.dumps(second), encoding="utf-8")
    ran = batch("p.jsonl", "--cancer", "LIHC")
    assert ran.samples() == ["P0"]
    ((_, sample, reason),) = ran.quarantine
    assert sample == "P1"
    assert "cancer: found 'LUAD' in the file and 'LIHC' as option" in reason


@pytest.mark.parametrize("name", ["p.txt", "p.json"])
def test_profiles_a_line_are_known_whatever_their_file_is_called(batch, name):
    Path(name).write_text("\n".join(map(json.dumps, profiles_of(3))), encoding="utf-8")
    assert batch(name).samples() == ["P0", "P1", "P2"]


def test_files_that_hold_no_profiles_are_refused(batch):
    Path("e.jsonl").write_text("\n \n", encoding="utf-8")
    refused(batch("e.jsonl"), "e.jsonl: found no profile")
    Path("empty").mkdir()
    refused(batch("empty"), "empty: found no profile")
    refused(batch("nowhere.jsonl"), "nowhere.jsonl: found No such file or directory")
    Path("list.json").write_text(json.dumps(profiles_of(2)), encoding="utf-8")
    refused(batch("list.json"), "list.json: found a JSON list; expected one profile in JSON, or JSON Lines")
    Path("p.jsonl.gz").write_bytes(gzip.compress(json.dumps(RICH).encode()))
    refused(batch("p.jsonl.gz"), "p.jsonl.gz: found a packed file")


def test_a_reference_that_is_not_there_is_no_fault_of_the_profiles(batch):
    Path("p.jsonl").write_text(json.dumps(RICH), encoding="utf-8")
    refused(batch("p.jsonl", "--reference", "nowhere.tsv"), "nowhere.tsv: found No such file or directory")
    refused(batch("p.jsonl", "--reference", "builtin:nowhere"), "reference: found builtin:nowhere; expected one that")


def test_options_of_tables_are_refused_with_profiles(batch):
    Path("p.jsonl").write_text(json.dumps(RICH), encoding="utf-8")
    refused(batch("p.jsonl", "--samples", "s.tsv"), "p.jsonl: found profiles in JSON with --samples")
    refused(batch("p.jsonl", "--sample", "P1"), "p.jsonl: found profiles in JSON with --sample")


def test_a_run_is_not_resumed_with_another_reference(batch, tmp_path, capsys):
    tumors = counts(3)
    lines = [json.dumps(profile(name, tumors[name], "counts", "LIHC")) for name in tumors]
    Path("p.jsonl").write_text("\n".join(lines), encoding="utf-8")
    tumors.T.rename_axis("sample_id").to_parquet("m.parquet")
    counts(12, 5).to_csv("a.csv")
    counts(12, 6).to_csv("b.csv")
    for path, *options in (("p.jsonl",), ("m.parquet", "--scale", "counts", "--cancer", "LIHC")):
        ran = batch(path, *options, "--reference", "a.csv")
        assert ran.status == 0
        again = ["batch", path, "--output", str(ran.folder), "--resume", *options]
        assert run([*again, "--reference", "a.csv"]) == 0
        assert run([*again, "--reference", "b.csv"]) == 1
        assert "Traceback" not in capsys.readouterr().err


# ---------------------------------------------------------------- what must not matter

TUMORS = matrix(11, 20)
UNHURRIED = settings(
    deadline=None, max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def plain(found, samples=None) -> dict[str, list]:
    """Return the tables as rows by sample, whatever the order of the samples."""
    frames = {name: getattr(found, name) for name in TABLES}
    rows = {n: json.loads(f.to_json(orient="records", double_precision=15)) for n, f in frames.items()}
    wanted = set(samples) if samples is not None else None
    return {
        name: sorted((r for r in found_ if wanted is None or r["sample_id"] in wanted), key=lambda r: r["sample_id"])
        for name, found_ in rows.items()
    }


def cohort(frame: pd.DataFrame):
    return recommend_cohort(frame, cancer="LIHC", **STATED)


WHOLE = plain(cohort(TUMORS))


@UNHURRIED
@given(st.permutations(range(20)), st.randoms(use_true_random=False))
def test_the_order_of_samples_and_mirnas_changes_nothing(order, random):
    mirnas = list(TUMORS.index)
    random.shuffle(mirnas)
    assert plain(cohort(TUMORS.loc[mirnas].iloc[:, list(order)])) == WHOLE


@UNHURRIED
@given(st.sets(st.integers(1, 19), max_size=3))
def test_a_cohort_may_be_split(cuts):
    bounds = [0, *sorted(cuts), 20]
    for start, stop in itertools.pairwise(bounds):
        part = TUMORS.iloc[:, start:stop]
        assert plain(cohort(part)) == {
            name: [row for row in rows if row["sample_id"] in set(part.columns)] for name, rows in WHOLE.items()
        }


@UNHURRIED
@given(size=st.integers(1, 25), groups=st.integers(1, 25))
def test_neither_the_size_of_chunks_nor_that_of_row_groups_matters(tmp_path_factory, size, groups):
    folder = tmp_path_factory.mktemp("sizes")
    TUMORS.T.rename_axis("sample_id").to_parquet(folder / "m.parquet", row_group_size=groups)
    status = run(
        ["batch", str(folder / "m.parquet"), "--output", str(folder / "out"), *LIVER, "--chunk-size", str(size)]
    )
    assert status == 0
    ran = Ran(folder / "out", status, "")
    assert plain(ran) == WHOLE
    assert ran.samples() == list(TUMORS.columns)


def test_an_input_error_is_what_python_gets():
    with pytest.raises(InputError, match="found values from"):
        recommend_cohort(RATIOS * 1000, cancer="LIHC", **STATED)
