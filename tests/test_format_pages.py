"""The pages on formats: their own lines go through their own commands and tell what the pages say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from recommender.cli import run
from recommender.readers.registry import format_ids

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "formats"
PAGES = sorted(path.stem for path in FOLDER.glob("*.md") if path.stem not in ("index", "measured"))
FILE = re.compile(r"^`([^`]+)`:\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOLD = re.compile(r"^It tells, among others:\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_work_on_its_own_lines_and_tell_what_it_says(page, tmp_path, monkeypatch, capsys):
    text = (FOLDER / f"{page}.md").read_text(encoding="utf-8")
    for name, content in FILE.findall(text):
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    told: list[str] = []
    commands = [line for block in COMMANDS.findall(text) for line in block.splitlines()]
    assert commands
    for command in commands:
        arguments = shlex.split(command)
        assert arguments[0] == "mirna-recommender"
        assert run(arguments[1:]) == 0, capsys.readouterr().err
        told += capsys.readouterr().err.splitlines()
    expected = [line for block in TOLD.findall(text) for line in block.splitlines()]
    assert [line for line in expected if line not in told] == []


@pytest.mark.parametrize("page", PAGES)
def test_the_lines_of_a_page_are_the_lines_the_readers_are_tested_on(page):
    for name, content in FILE.findall((FOLDER / f"{page}.md").read_text(encoding="utf-8")):
        assert (Path(__file__).parent / "data" / name).read_text(encoding="utf-8") == content


def test_the_index_names_every_page_and_every_format():
    text = (FOLDER / "index.md").read_text(encoding="utf-8")
    assert [page for page in PAGES if f"({page}.md)" not in text] == []
    assert [format_ for format_ in format_ids() if f"`{format_}`" not in text] == []
