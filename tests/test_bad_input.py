"""Files nobody should have to read: a clear message with row and column, never a guess, never a trace."""

from __future__ import annotations

import contextlib
import gzip
import io
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recommender import InputError
from recommender.cli import run
from recommender.readers import source as source_module
from recommender.readers import table as table_module
from recommender.readers.measurements import Measurements
from recommender.readers.registry import read_measurements
from recommender.readers.source import Source, unpack

UNHURRIED = settings(deadline=None)
GOOD = "miRNA\tT1\tT2\nhsa-miR-21-5p\t9000\t4000\nhsa-miR-145-5p\t100\t1000\n"
DESEQ2 = '"","baseMean","log2FoldChange","padj"\n"hsa-miR-21-5p",100,2.5,1e-9\n"hsa-miR-145-5p",50,-2,0.01\n'
GDC = "miRNA_ID\tread_count\treads_per_million_miRNA_mapped\tcross-mapped\nhsa-mir-21\t6000\t600000\tN\n"


@pytest.fixture
def convert(tmp_path, capsys):
    """Convert some content; return exit status, the samples that came out, and errors without the folder."""

    def from_content(content: str | bytes, *options: str) -> tuple[int, list[str], list[str]]:
        path = tmp_path / "table.tsv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        capsys.readouterr()
        status = run(["convert", str(path), "--cancer", "LIHC", *options])
        captured = capsys.readouterr()
        lines = [line.replace(str(tmp_path) + "/", "") for line in captured.err.splitlines()]
        out = captured.out
        single = out.startswith("{\n")
        samples = [json.loads(text)["sample_id"] for text in ([out] if single else out.splitlines())]
        return status, samples, [line for line in lines if not line.startswith("note: ")]

    return from_content


# ---------------------------------------------------------------- the file as a whole


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", "table.tsv: found an empty file", id="empty"),
        pytest.param("\n \n", "table.tsv: found an empty file", id="blank"),
        pytest.param("miRNA\tT1\n", "table.tsv: found a header alone", id="header alone"),
        pytest.param(GOOD.replace("\t1000", ""), "table.tsv, line 3: found 2 cells; expected 3", id="short row"),
        pytest.param(GOOD.replace("1000", "1000\t7"), "table.tsv, line 3: found 4 cells; expected 3", id="long row"),
        pytest.param(GOOD.encode("utf-16"), "table.tsv: found UTF-16, which is not UTF-8", id="UTF-16"),
        pytest.param(GOOD.encode("utf-16-le"), "table.tsv, line 1: found a null byte", id="UTF-16 without mark"),
        pytest.param(GOOD.replace("T2", "Tü").encode("latin-1"), "table.tsv, line 1: found byte 0xfc", id="Latin-1"),
        pytest.param(GOOD.replace("\t", ";"), "table.tsv, line 1: found semicolons between the cells", id="semicolons"),
        pytest.param(
            GOOD.replace("\t", ";").replace("9000", "9000,5"), "table.tsv, line 1: found semicolons", id="both"
        ),
        pytest.param(
            GOOD.replace("\t", ",").replace("9000", "9000,5"), "table.tsv, line 2: found 4 cells", id="decimal comma"
        ),
        pytest.param(
            GOOD.replace("145", "21"), "table.tsv, row hsa-miR-21-5p: found a miRNA printed twice", id="miRNA twice"
        ),
        pytest.param(gzip.compress(GOOD.encode())[:-9], "table.tsv: found damaged gzip", id="truncated gzip"),
        pytest.param(b"PAR1 and no more", "table.tsv: found ", id="damaged Parquet"),
        pytest.param("\0\1\2\t\3\n", "table.tsv, line 1: found a null byte", id="binary"),
        pytest.param(b"PK\x03\x04rest", "table.tsv: found a ZIP archive or an Excel workbook", id="Excel"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1", "table.tsv: found an old Excel workbook", id="old Excel"),
        pytest.param(b"\x28\xb5\x2f\xfd\x04\x00", "table.tsv: found damaged zstd", id="damaged zstd"),
        pytest.param(b"BZh91AY", "table.tsv: found a file packed with bzip2", id="bzip2"),
        pytest.param(b"\xfd7zXZ\x00", "table.tsv: found a file packed with xz", id="xz"),
        pytest.param(
            gzip.compress(b"a.txt".ljust(257, b"\0") + b"ustar"), "table.tsv: found a tar archive", id="packed tar"
        ),
        pytest.param(GOOD.replace("\t", " "), "table.tsv, line 1: found 'miRNA T1 T2'", id="spaces"),
        pytest.param("# made today\n" + GOOD, "table.tsv, line 1: found '# made today'", id="a comment above"),
        pytest.param("<html>\n<body>", "table.tsv, line 1: found '<html>'", id="a page"),
        pytest.param(
            "# mirna-recommender reference: summary figures of 3 normal samples\n",
            "table.tsv: found a summary of reference samples",
            id="a reference",
        ),
        pytest.param('a\t"b\nc\td\n', "table.tsv: found ", id="open quote"),
        pytest.param(DESEQ2.replace("0.01", "1.5"), "table.tsv, line 3, column padj: found 1.5", id="p over 1"),
        pytest.param(DESEQ2.replace("0.01", "-0.5"), "table.tsv, line 3, column padj: found -0.5", id="p under 0"),
        pytest.param(
            DESEQ2.replace("2.5", "high"), "table.tsv, line 2, column log2FoldChange: found 'high'", id="word"
        ),
        pytest.param(DESEQ2.replace("2.5", "Inf"), "table.tsv, line 2, column log2FoldChange: found 'Inf'", id="Inf"),
        pytest.param(DESEQ2.replace("145", "21"), "table.tsv, row hsa-miR-21-5p: found a miRNA", id="result twice"),
        pytest.param(
            GDC.replace("\t6000\t", "\t-1\t"), "table.tsv, line 2, column read_count: found -1", id="negative"
        ),
        pytest.param(GDC.replace("\t6000\t", "\tNA\t"), "table.tsv, line 2, column read_count: found 'NA'", id="NA"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(convert, content, message):
    options = ("--contrast", "tumor_vs_normal") if "padj" in str(content) else ()
    status, samples, lines = convert(content, *options)
    assert (status, samples, len(lines)) == (1, [], 1)
    assert lines[0].startswith(f"error: {message}")
    assert "; expected " in lines[0]


def test_every_refusal_says_what_to_do(convert):
    for content in ("", "miRNA\tT1\n", GOOD.replace("\t1000", ""), GOOD.encode("utf-16"), GOOD.replace("\t", ";")):
        (line,) = convert(content)[2]
        assert line.count("; ") >= 2


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + GOOD.encode(), id="byte order mark"),
        pytest.param(gzip.compress(GOOD.encode()), id="gzip without suffix"),
        pytest.param(GOOD.replace("\n", "\r\n"), id="Windows line ends"),
        pytest.param("\n" + GOOD.replace("\n", "\n\n"), id="blank lines"),
        pytest.param(GOOD.replace("miRNA", ""), id="empty corner"),
        pytest.param(GOOD.replace("miRNA\t", ""), id="header one cell short"),
        pytest.param(GOOD.replace("hsa-miR-21-5p", '"hsa-miR-21-5p"'), id="quotes"),
        pytest.param(GOOD.replace("9000", " 9.0E3 "), id="spaces and exponent"),
    ],
)
def test_what_is_sound_is_read(convert, content):
    assert convert(content) == (0, ["T1", "T2"], [])


def test_ragged_rows_are_listed_and_the_rest_counted(convert):
    content = "miRNA\tT1\n" + "".join(f"hsa-miR-{n}\t1\t2\n" if n % 2 else f"hsa-miR-{n}\t1\n" for n in range(100))
    _, _, lines = convert(content)
    assert len(lines) == 21
    assert lines[-1] == "error: table.tsv: found 30 more such problems; expected none; mend the first, and run again"


# ---------------------------------------------------------------- bombs


def test_a_thousandfold_gzip_bomb_is_refused_before_it_is_unpacked():
    bomb = gzip.compress(b"0" * (48 * 1024**2))
    with pytest.raises(InputError, match=r"bytes that unpack to more than 33 MiB; expected at most 2 GiB"):
        unpack(bomb, "bomb.tsv.gz")


def test_what_packs_well_and_is_small_is_no_bomb():
    assert len(unpack(gzip.compress(b"0" * 1024**2), "zeros.tsv.gz")) == 1024**2


def test_the_cap_on_bytes_holds(monkeypatch):
    monkeypatch.setattr(source_module, "MAX_BYTES", 20)
    with pytest.raises(InputError, match="2 GiB"):
        unpack(GOOD.encode(), "big.tsv")
    with pytest.raises(InputError, match="2 GiB"):
        unpack(gzip.compress(GOOD.encode()), "big.tsv.gz")


def test_the_cap_on_cells_holds(monkeypatch):
    monkeypatch.setattr(table_module, "MAX_CELLS", 5)
    with pytest.raises(InputError, match="about 9 cells; expected at most 5; split the file by samples"):
        read_measurements(Source("big.tsv", "big.tsv", GOOD.encode()))


# ---------------------------------------------------------------- one bad sample among sound ones


@pytest.mark.parametrize(
    ("cell", "found", "remedy"),
    [
        ("NA", "'NA'", "mend the cell, or leave the sample out"),
        ("", "''", "mend the cell, or leave the sample out"),
        ("inf", "'inf'", "mend the cell, or leave the sample out"),
        ("-Infinity", "'-Infinity'", "mend the cell, or leave the sample out"),
        ("nan", "'nan'", "mend the cell, or leave the sample out"),
        ("1e999", "'1e999'", "mend the cell, or leave the sample out"),
        ("1_000", "'1_000'", "mend the cell, or leave the sample out"),
        ("0x10", "'0x10'", "mend the cell, or leave the sample out"),
        ("many", "'many'", "mend the cell, or leave the sample out"),
        ("١٢", "'١٢'", "mend the cell, or leave the sample out"),
        ("9000,5", "'9000,5'", "write decimal points"),
    ],
)
def test_a_cell_that_is_no_number_sets_its_sample_aside_and_the_rest_goes_on(convert, cell, found, remedy):
    status, samples, lines = convert(GOOD.replace("9000", cell))
    assert (status, samples) == (3, ["T2"])
    place = "table.tsv, line 2, column T1"
    assert lines == [f"set aside: sample T1: {place}: found {found}; expected a finite number; {remedy}"]


def test_the_same_holds_with_samples_in_rows(convert):
    content = "sample\thsa-miR-21-5p\thsa-miR-145-5p\nT1\tNA\t100\nT2\t4000\t1000\n"
    status, samples, lines = convert(content)
    assert (status, samples) == (3, ["T2"])
    assert "line 2, column hsa-miR-21-5p: found 'NA'" in lines[0]


def test_more_bad_cells_of_a_sample_are_counted(convert):
    _, _, lines = convert(GOOD.replace("9000", "x").replace("\t100\t", "\ty\t"))
    assert "found 'x' (and 1 more cells)" in lines[0]


def test_samples_with_one_name_are_set_aside(convert):
    content = "miRNA\tT1\tT2\tT1\nhsa-miR-21-5p\t9000\t4000\t1\nhsa-miR-145-5p\t100\t1000\t2\n"
    status, samples, lines = convert(content)
    assert (status, samples) == (3, ["T2"])
    (line,) = lines
    assert line.startswith("set aside: sample T1: table.tsv, column T1: found a sample name printed twice; expected ")


def test_where_no_sample_is_sound_the_file_is_refused(convert):
    status, samples, lines = convert(GOOD.replace("9000", "x").replace("4000", "y"))
    assert (status, samples) == (1, [])
    assert [line.split(": found ")[0] for line in lines] == [
        "error: table.tsv, line 2, column T1",
        "error: table.tsv, line 2, column T2",
    ]


def test_recommend_of_a_sample_that_was_set_aside_says_why(tmp_path, capsys):
    path = tmp_path / "table.tsv"
    path.write_text(GOOD.replace("9000", "x"), encoding="utf-8")
    assert run(["recommend", str(path), "--cancer", "LIHC", "--sample", "T1"]) == 1
    assert "column T1: found 'x'" in capsys.readouterr().err


def test_a_column_of_words_is_no_sample_and_is_told(tmp_path, capsys):
    path = tmp_path / "table.tsv"
    path.write_text(
        "miRNA\taccession\tT1\nhsa-miR-21-5p\tMIMAT0000076\t9000\nhsa-miR-145-5p\tMIMAT0000437\t100\n", encoding="utf-8"
    )
    assert run(["convert", str(path), "--cancer", "LIHC"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["sample_id"] == "T1"
    assert "note: left out, as they hold no numbers: accession" in captured.err


def test_a_value_without_a_name_is_refused(convert):
    status, _, lines = convert(GOOD.replace("hsa-miR-145-5p", ""))
    assert (status, len(lines)) == (1, 1)
    assert "found 1 values without a miRNA's name" in lines[0]


def test_a_control_character_in_one_name_harms_no_other_sample(convert):
    status, samples, lines = convert(GOOD.replace("T1", "T\x01"))
    assert (status, samples) == (3, ["T2"])
    assert "sample_id" in lines[0]


def test_a_hundred_samples_measured_twice_fit_into_a_description(convert):
    names = [f"TCGA-{a:02d}-0000-01A-{k}" for a in range(99) for k in "ab"]
    rows = [f"hsa-miR-{n}-5p\t" + "\t".join(str(n * 1000 + i) for i in range(len(names))) for n in (21, 145)]
    status, samples, _ = convert("miRNA\t" + "\t".join(names) + "\n" + "\n".join(rows) + "\n")
    assert (status, len(samples)) == (0, 198)


def test_no_name_of_a_sample_reaches_the_terminal_as_a_control_character(convert):
    _, _, lines = convert(GOOD.replace("T1", "T\x1b[31m\u202e").replace("9000", "x"))
    (line,) = lines
    assert line.isprintable()
    assert line.startswith("set aside: sample T\\x1b[31m\\u202e: ")


def test_a_number_no_library_can_have_sets_its_sample_aside(convert):
    status, samples, lines = convert(GOOD.replace("9000", "1e16"))
    assert (status, samples) == (3, ["T2"])
    assert "column T1: found '1e16'; expected a number up to 1e+15; check the file" in lines[0]


@pytest.mark.parametrize("name", ["table.tsv", "mirtop.tsv", "mature_logtpm.txt"])
def test_numbers_at_the_end_of_the_range_overflow_nothing(name):
    content = GOOD.replace("9000", "1e308").replace("4000", "1e308").replace("1000", "-3")
    with pytest.raises(InputError, match="a number up to"):
        read_measurements(Source(name, name, content.replace("100\t", "1e308\t").encode()))


def test_an_axis_that_leaves_no_mirna_is_refused(convert):
    content = "miRNA\tT1\nhsa-miR-21-5p\tsome-words\nhsa-miR-145-5p\tmore-words\n"
    status, _, lines = convert(content, "--samples-in", "rows")
    assert (status, len(lines)) == (1, 1)
    assert "found samples in rows, and no miRNA with numbers" in lines[0]


def test_nothing_is_coerced_ids_stay_text(convert):
    content = GOOD.replace("T1", "1E5").replace("T2", "00123")
    assert convert(content)[1] == ["1E5", "00123"]
    assert convert(content.replace("1E5", "NA").replace("00123", "TRUE"))[1] == ["NA", "TRUE"]


# ---------------------------------------------------------------- anything at all


@UNHURRIED
@given(st.binary(max_size=300))
@example(GOOD.replace("\n", "\r").encode())
@example(GOOD.replace("T2", '"T2').encode())
@example(DESEQ2.encode())
@example(GDC.replace("6000", "1e400").encode())
@example(b"seq\tfreq\tmir\tDB\tprecursor\tambiguity\n\t\t\t\t\t\n")
@example(b"UID\tRead\tmiRNA\tVariant\n\t\t\t\n")
@example(b"Sample,Target,ddCt\n,hsa-miR-21,\n")
@example(b"#miRNA\tread_count\tprecursor\ttotal\n\t\t\t\n")
def test_any_bytes_are_read_or_refused_and_never_crash(content):
    with contextlib.suppress(InputError):
        assert isinstance(read_measurements(Source("any", "any", content)), Measurements)


@UNHURRIED
@given(st.text(alphabet="-+.,;\t\n\"'0123456789eEinfaNAhs miR-#/|", max_size=200))
def test_any_text_after_a_sound_header_is_read_or_refused(rest):
    for head in (GOOD, DESEQ2, GDC):
        with contextlib.suppress(InputError):
            read_measurements(Source("any", "any", (head + rest).encode()))


def test_a_closed_standard_input_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", None)
    assert run(["convert", "-", "--cancer", "LIHC"]) == 1
    assert capsys.readouterr().err.startswith("error: standard input: found a closed stream")


def test_a_packed_profile_in_json_is_read(monkeypatch, capsys):
    text = '{"sample_id": "S", "cancer": "LIHC", "scale": "z_score", "expression": {"miR-21": 3}}'
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(text.encode()))))
    assert run(["convert", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["sample_id"] == "S"
