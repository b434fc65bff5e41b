"""Tab-separated tables: what is read, and what is refused with file, line and column."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

import pytest

from recommender.errors import KnowledgeError
from recommender.model.records import Names
from recommender.tables import columns_of, read_table, write_table


class Row(NamedTuple):
    """A row with every kind of cell a table can have."""

    name: str
    action: Literal["inhibit", "restore"]
    members: Names
    note: str


HEADER = "name\taction\tmembers\tnote\n"


@pytest.fixture
def table(tmp_path):
    """Return a function that writes a table and gives its path."""

    def write(body: str | bytes, header: str = HEADER) -> Path:
        path = tmp_path / "things.tsv"
        path.write_bytes(header.encode() + (body if isinstance(body, bytes) else body.encode()))
        return path

    return write


def problems(path: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(KnowledgeError) as caught:
        read_table(path, Row)
    return [(problem.where, problem.found, problem.expected) for problem in caught.value.problems]


def test_columns_are_the_fields_in_order():
    assert columns_of(Row) == ["name", "action", "members", "note"]


def test_rows_are_read_in_order_with_list_cells_split(table):
    path = table("a\tinhibit\tx;y\tsome text\nb\trestore\t\t\n")
    assert read_table(path, Row) == [
        Row("a", "inhibit", ("x", "y"), "some text"),
        Row("b", "restore", (), ""),
    ]


def test_a_trusted_table_reads_like_a_checked_one(table):
    path = table("a\tinhibit\tx;y\tsome text\nb\trestore\t\t\n")
    assert read_table(path, Row, trusted=True) == read_table(path, Row)


def test_empty_parts_of_a_list_cell_are_no_members(table):
    assert read_table(table("a\tinhibit\t;x;;y;\t\n"), Row)[0].members == ("x", "y")


def test_quotes_and_semicolons_in_text_are_kept_as_they_are(table):
    assert read_table(table('a\tinhibit\tx\tsaid "so"; then not\n'), Row)[0].note == 'said "so"; then not'


def test_line_ends_of_windows_read_alike(table):
    path = table("a\tinhibit\tx\tend\r\nb\trestore\ty\tend\r\n", HEADER.replace("\n", "\r\n"))
    assert [row.note for row in read_table(path, Row)] == ["end", "end"]


def test_a_table_of_a_header_alone_has_no_rows(table):
    assert read_table(table(""), Row) == []


def test_a_wrong_word_is_refused_with_line_and_column(table):
    found = problems(table("a\tinhibit\tx\t\nb\tblock\ty\t\n"))
    assert [problem[:2] for problem in found] == [("things.tsv, line 3, column action", "'block'")]
    assert "'inhibit' or 'restore'" in found[0][2]


def test_a_row_with_a_cell_too_few_or_too_many_is_refused(table):
    assert problems(table("a\tinhibit\tx\nb\trestore\ty\t\tmore\nc\tinhibit\tz\t\n")) == [
        ("things.tsv, line 2", "3 cells", "4 cells"),
        ("things.tsv, line 3", "5 cells", "4 cells"),
    ]


def test_an_empty_line_between_rows_is_refused(table):
    assert problems(table("a\tinhibit\tx\t\n\nb\trestore\ty\t\n")) == [("things.tsv, line 3", "1 cells", "4 cells")]


def test_every_wrong_word_is_listed(table):
    found = problems(table("a\tone\tx\t\nb\ttwo\ty\t\nc\tthree\tz\t\n"))
    assert [problem[0] for problem in found] == [f"things.tsv, line {n}, column action" for n in (2, 3, 4)]


def test_lines_are_listed_in_the_order_of_the_file(table):
    found = problems(table("".join(f"n{i}\tblock\tx\t\n" for i in range(12))))
    assert [problem[0] for problem in found] == [f"things.tsv, line {n}, column action" for n in range(2, 14)]


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("name\tmembers\taction\tnote\n", "'name\\tmembers\\taction\\tnote'"),
        ("name\taction\tmembers\n", "'name\\taction\\tmembers'"),
        ("Name\taction\tmembers\tnote\n", "'Name\\taction\\tmembers\\tnote'"),
        ("\ufeffname\taction\tmembers\tnote\n", "'\\ufeffname\\taction\\tmembers\\tnote'"),
        ("", "''"),
    ],
)
def test_a_wrong_header_is_refused_with_the_right_one(table, header, found):
    assert problems(table("", header)) == [("things.tsv, line 1", found, "the header name, action, members, note")]


def test_bytes_that_are_no_utf_8_are_refused(table):
    ((where, found, expected),) = problems(table(b"caf\xe9\tinhibit\tx\t\n"))
    assert where == "things.tsv"
    assert "utf-8" in found
    assert expected == "a readable UTF-8 table"


def test_a_missing_table_is_refused(tmp_path):
    with pytest.raises(KnowledgeError, match=r"^things\.tsv: found .*No such file"):
        read_table(tmp_path / "things.tsv", Row)


def test_a_refusal_names_the_file_and_no_folder(tmp_path):
    with pytest.raises(KnowledgeError) as caught:
        read_table(tmp_path / "things.tsv", Row)
    assert str(tmp_path) not in caught.value.problems[0].where


def test_written_rows_read_back(table, tmp_path):
    rows = [
        {"name": "a", "action": "inhibit", "members": ("x", "y"), "note": "some text"},
        {"name": "b", "action": "restore", "members": (), "note": ""},
    ]
    text = write_table(rows, ["name", "action", "members", "note"])
    assert text == "name\taction\tmembers\tnote\na\tinhibit\tx;y\tsome text\nb\trestore\t\t\n"
    path = tmp_path / "written.tsv"
    path.write_text(text, encoding="utf-8")
    assert [row._asdict() for row in read_table(path, Row)] == rows


def test_a_table_is_written_with_the_columns_asked_for():
    assert write_table([{"a": 1, "b": ["x", "y"], "c": None}], ["b", "a"]) == "b\ta\nx;y\t1\n"


@pytest.mark.parametrize("cell", ["two\twords", "two\nlines"])
def test_a_cell_is_never_written_so_that_it_reads_back_as_two(cell):
    try:
        text = write_table([{"name": "a", "action": "inhibit", "members": (), "note": cell}], columns_of(Row))
    except ValueError:
        return  # refusing it is as good
    lines = text.splitlines()
    assert len(lines) == 2
    assert len(lines[1].split("\t")) == 4
