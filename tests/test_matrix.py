"""Matrices as read from files: what is taken, what is refused, and with which place."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recommender import InputError
from recommender.cli import run
from recommender.readers.matrix import Matrix, make_matrix, read_matrix

UNHURRIED = settings(deadline=None)  # the first example imports what it needs

GOOD = "miRNA\tN1\tN2\tN3\nhsa-miR-21-5p\t1\t2.5\t3e3\nhsa-miR-155-5p\t0\t5\t6\n"


def is_mirna(name: str) -> bool:
    return name.startswith("hsa-")


@pytest.fixture
def read(tmp_path):
    """Read a matrix from some content."""

    def from_content(content: str | bytes, name: str = "normals.tsv") -> Matrix:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_matrix(path, is_mirna)

    return from_content


@pytest.fixture
def refusal(read, tmp_path):
    """Return the problems of a matrix that must be refused, a line each, without the folder."""

    def refuse(content: str | bytes) -> list[str]:
        with pytest.raises(InputError) as refused:
            read(content)
        return [str(problem).replace(str(tmp_path) + "/", "") for problem in refused.value.problems]

    return refuse


# ---------------------------------------------------------------- what is taken


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(GOOD, id="tab separated"),
        pytest.param(GOOD.replace("\t", ","), id="comma separated"),
        pytest.param(GOOD.replace("\n", "\r\n"), id="Windows line ends"),
        pytest.param(GOOD.rstrip("\n"), id="no line end at the end"),
        pytest.param(GOOD + "\n\n", id="blank lines at the end"),
        pytest.param(b"\xef\xbb\xbf" + GOOD.encode(), id="byte order mark"),
        pytest.param(gzip.compress(GOOD.encode()), id="gzip"),
        pytest.param(GOOD.replace("hsa-miR-21-5p", '"hsa-miR-21-5p"'), id="quoted name"),
        pytest.param(GOOD.replace("miRNA\t", "\t"), id="empty corner"),
        pytest.param(GOOD.replace("miRNA\t", ""), id="header one cell short, as R writes it"),
        pytest.param(GOOD.replace("2.5", " 2.5 "), id="spaces around a number"),
        pytest.param("sample\thsa-miR-21-5p\thsa-miR-155-5p\nN1\t1\t0\nN2\t2.5\t5\nN3\t3e3\t6\n", id="samples in rows"),
    ],
)
def test_a_matrix_is_read_the_same_however_it_is_written(read, content):
    matrix = read(content)
    assert matrix.samples == ("N1", "N2", "N3")
    assert matrix.features == ("hsa-miR-21-5p", "hsa-miR-155-5p")
    assert matrix.values.tolist() == [[1.0, 0.0], [2.5, 5.0], [3000.0, 6.0]]


def test_a_gzip_file_needs_no_suffix(read):
    assert read(gzip.compress(GOOD.encode()), "normals").samples == ("N1", "N2", "N3")


def test_values_stand_sample_by_sample_in_memory(read):
    assert read(GOOD).values.flags.c_contiguous


def test_one_sample_and_one_mirna_are_a_matrix(read):
    assert read("x\tN1\nhsa-miR-21-5p\t7\n").values.tolist() == [[7.0]]


def test_a_few_names_that_are_no_mirna_do_not_hide_the_axis(read):
    matrix = read(GOOD + "__no_feature\t9\t9\t9\n")
    assert matrix.features == ("hsa-miR-21-5p", "hsa-miR-155-5p", "__no_feature")


@UNHURRIED
@given(st.lists(st.lists(st.floats(-1e15, 1e15), min_size=3, max_size=3), min_size=1, max_size=5))
def test_no_digit_of_a_number_is_lost(rows):
    names = [f"hsa-miR-{i}" for i in range(len(rows))]
    matrix = make_matrix(names, ["A", "B", "C"], [[repr(cell) for cell in row] for row in rows], "here", is_mirna)
    assert np.array_equal(matrix.values.T, rows)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("", "''"),
        ("NA", "'NA'"),
        ("nan", "'nan'"),
        ("inf", "'inf'"),
        ("-Infinity", "'-Infinity'"),
        ("1e999", "'1e999'"),
        ("1,5", "'1,5'"),
        ("1_000", "'1_000'"),
        ("0x10", "'0x10'"),
        ("five", "'five'"),
    ],
)
def test_a_cell_that_is_no_finite_number_is_refused_with_row_and_column(refusal, cell, found):
    (line,) = refusal(GOOD.replace("2.5", cell))
    assert line.startswith(f"normals.tsv, row hsa-miR-21-5p, column N2: found {found}; expected ")


@pytest.mark.parametrize(
    ("content", "where", "found"),
    [
        pytest.param("", "normals.tsv", "an empty file", id="empty"),
        pytest.param("\n\n", "normals.tsv", "an empty file", id="blank"),
        pytest.param("miRNA\tN1\n", "normals.tsv", "a header alone", id="header alone"),
        pytest.param("hsa-miR-21-5p\nhsa-miR-155-5p\n", "normals.tsv, line 1", "'hsa-miR-21-5p'", id="one column"),
        pytest.param(GOOD.replace("\t", ";"), "normals.tsv, line 1", "semicolons between the cells", id="semicolons"),
        pytest.param(
            GOOD.replace("2.5", "1e300"),
            "normals.tsv, row hsa-miR-21-5p, column N2",
            "'1e300'",
            id="beyond any library",
        ),
        pytest.param(GOOD.replace("\t6", ""), "normals.tsv, line 3", "3 cells", id="short row"),
        pytest.param(GOOD.replace("\t6", "\t6\t7"), "normals.tsv, line 3", "5 cells", id="long row"),
        pytest.param(GOOD.replace("N2", "N1"), "normals.tsv, column N1", "a name printed twice", id="sample twice"),
        pytest.param(
            GOOD.replace("155", "21"), "normals.tsv, row hsa-miR-21-5p", "a name printed twice", id="miRNA twice"
        ),
        pytest.param(GOOD.replace("hsa-", "ENSG"), "normals.tsv", "miRNA names on neither axis", id="no miRNA"),
        pytest.param(
            GOOD.replace("N", "hsa-miR-"), "normals.tsv", "miRNA names on both axes", id="miRNAs on both axes"
        ),
        pytest.param(GOOD.replace("N1", "\xe9").encode("latin-1"), "normals.tsv, line 1", "not UTF-8", id="Latin-1"),
        pytest.param(GOOD.encode("utf-16"), "normals.tsv", "not UTF-8", id="UTF-16"),
        pytest.param(b"PAR1\x15\x04\x15\xff\xfe", "normals.tsv", "Parquet", id="Parquet"),
        pytest.param(gzip.compress(GOOD.encode())[:-9], "normals.tsv", "ended", id="truncated gzip"),
    ],
)
def test_what_is_no_matrix_of_mirnas_is_refused_in_one_line(refusal, content, where, found):
    (line,) = refusal(content)
    assert line.startswith(f"{where}: found ")
    assert found in line
    assert "; expected " in line


def test_a_damaged_gzip_file_is_refused_like_any_other_unreadable_file(refusal):
    packed = bytearray(gzip.compress(GOOD.encode() * 2000))
    packed[30:34] = b"\xff\xff\xff\xff"
    (line,) = refusal(bytes(packed))
    assert line.startswith("normals.tsv: found ")


def test_an_endless_cell_is_refused(refusal):
    (line,) = refusal(GOOD.replace("2.5", "2" * 200_000))
    assert line.startswith("normals.tsv")
    assert len(line) < 400


def test_blank_lines_do_not_shift_the_line_that_is_named(refusal):
    (line,) = refusal(GOOD.replace("\nhsa-miR-21-5p", "\n\n\nhsa-miR-21-5p").replace("\t6", ""))
    assert line.startswith("normals.tsv, line 5: ")


def test_all_problems_of_a_matrix_are_listed_at_once(refusal):
    lines = refusal(GOOD.replace("N2", "N1").replace("2.5", "NA").replace("\t6", "\t-"))
    assert [line.split(": found ")[0] for line in lines] == [
        "normals.tsv, column N1",
        "normals.tsv, row hsa-miR-21-5p, column N1",
        "normals.tsv, row hsa-miR-155-5p, column N3",
    ]


def test_every_ragged_line_is_listed(refusal):
    content = "x\tA\tB\n" + "".join(f"hsa-miR-{i}\t1\n" for i in range(5))
    assert [line.split(": ")[0] for line in refusal(content)] == [f"normals.tsv, line {i}" for i in range(2, 7)]


def test_a_thousand_bad_cells_are_not_a_thousand_lines(refusal):
    content = "x\t" + "\t".join(f"N{i}" for i in range(1000)) + "\nhsa-miR-21-5p" + "\tNA" * 1000 + "\n"
    assert 1 < len(refusal(content)) <= 30


def test_every_refusal_of_a_matrix_says_what_to_do(read):
    without_remedy = []
    contents = {
        "empty": "",
        "ragged": GOOD.replace("\t6", ""),
        "sample twice": GOOD.replace("N2", "N1"),
        "no number": GOOD.replace("2.5", "NA"),
        "no miRNA": GOOD.replace("hsa-", "ENSG"),
        "Latin-1": GOOD.replace("N1", "\xe9").encode("latin-1"),
        "truncated": gzip.compress(GOOD.encode())[:-9],
    }
    for name, content in contents.items():
        with pytest.raises(InputError) as refused:
            read(content)
        if not all(problem.remedy for problem in refused.value.problems):
            without_remedy.append(name)
    assert without_remedy == []


@pytest.mark.parametrize("name", ["nowhere.tsv", "."])
def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path, name):
    with pytest.raises(InputError) as refused:
        read_matrix(tmp_path / name, is_mirna)
    assert str(tmp_path) in str(refused.value)


@UNHURRIED
@given(st.binary(max_size=300))
@example(GOOD.replace("\n", "\r").encode())
@example(GOOD.replace("N2", "N\r2").encode())
@example(GOOD.replace("N2", '"N2').encode())
@example(GOOD.replace("2.5", "\0").encode())
def test_any_bytes_are_read_or_refused_and_never_crash(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.tsv"
    path.write_bytes(content)
    with contextlib.suppress(InputError):
        assert isinstance(read_matrix(path, is_mirna), Matrix)


@UNHURRIED
@given(st.integers(0, 200), st.binary(min_size=1, max_size=6))
def test_a_gzip_file_damaged_anywhere_is_read_or_refused_and_never_crashes(tmp_path_factory, place, damage):
    packed = bytearray(gzip.compress(GOOD.encode(), mtime=0))
    packed[place % len(packed) : place % len(packed) + len(damage)] = damage
    path = tmp_path_factory.getbasetemp() / "damaged.tsv.gz"
    path.write_bytes(bytes(packed))
    with contextlib.suppress(InputError):
        assert isinstance(read_matrix(path, is_mirna), Matrix)


def test_the_command_line_tells_a_bad_reference_with_exit_status_1(tmp_path, capsys):
    profile, normals = tmp_path / "tumor.json", tmp_path / "normals.tsv"
    profile.write_text(
        '{"sample_id": "S", "cancer": "LIHC", "scale": "reads_per_million", "expression": {"miR-21": 5}}',
        encoding="utf-8",
    )
    normals.write_text(GOOD.replace("2.5", "NA").replace("\t6", "\tx"), encoding="utf-8")
    assert run(["recommend", str(profile), "--reference", str(normals)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 2
    assert all(Path(str(normals)).name in line for line in captured.err.splitlines())
