"""The guide to knowledge packs does what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import tomli

from recommender import load_knowledge, recommend
from recommender.cli import run
from recommender.model.recommendation import Strategy

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "packs" / "example"
TUMOR = ROOT / "profiles" / "liver_mir221_up.json"


def fences(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


COMMANDS = [line for fence in fences("bash") for line in fence.splitlines()]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_page_works(line, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    program, *arguments = shlex.split(line)
    assert program == "mirna-recommender"
    assert run(arguments) == 0
    assert capsys.readouterr().err == ""


def test_the_pages_python_works(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (code,) = fences("python")
    exec(compile(code, "docs/packs.md", "exec"), {})
    assert re.fullmatch(
        r"\['example-lab 1\.0 \(4 added, 1 overridden, 1 disabled; [0-9a-f]{12}\)'\]\n", capsys.readouterr().out
    )


def test_the_page_shows_what_is_in_the_files():
    manifest, weights = (tomli.loads(fence) for fence in fences("toml"))
    assert manifest == tomli.loads((EXAMPLE / "pack.toml").read_text(encoding="utf-8"))
    assert weights == tomli.loads((EXAMPLE / "ranking.toml").read_text(encoding="utf-8"))


def test_the_page_shows_what_check_says(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert run(["knowledge", "check", "--knowledge", "docs/packs/example"]) == 0
    assert fences("text") == ["\n".join(capsys.readouterr().out.splitlines()[2:]) + "\n"]


def test_the_example_says_of_itself_that_it_is_made_up():
    for file in EXAMPLE.rglob("*.t*"):
        assert file.name == "ranking.toml" or "made up" in file.read_text(encoding="utf-8")


def test_the_example_changes_what_the_page_says_and_nothing_else():
    before, after = recommend(TUMOR), recommend(TUMOR, knowledge=load_knowledge(EXAMPLE))
    old: dict[str, Strategy] = {s.id: s for s in before.strategies}
    new: dict[str, Strategy] = {s.id: s for s in after.strategies}
    assert new.keys() - old.keys() == {"inhibit:hsa-miR-182-5p"}
    assert old.keys() - new.keys() == set()
    assert "inhibit:hsa-miR-182-5p" in {s.id for s in before.exploratory}
    assert {e.source for e in new["inhibit:hsa-miR-182-5p"].evidence} == {"example_lab"}
    confirmed = {s.id for s in after.strategies if "confirm_first" in {flag.id for flag in s.flags}}
    assert confirmed == {s.id for s in after.strategies if s.call == "up"}
    changes = {key: new[key].points - old[key].points for key in old}
    expected = {key: -2 if old[key].call == "up" else 0 for key in old} | {"restore:hsa-miR-451a": 3}
    assert changes == expected
    gone = {note.id for note in before.notes} - {note.id for note in after.notes}
    assert gone == {"hairpin_level_input"}
    assert [(w.id, w.reasons) for w in before.withheld] == [(w.id, w.reasons) for w in after.withheld]
    assert before.calls == after.calls


def test_every_composite_id_of_the_page_is_the_one_that_is_used():
    from recommender.knowledge import TABLES, key_columns

    composite = {table: "/".join(key_columns(table)) for table in TABLES if len(key_columns(table)) > 1}
    assert composite == dict(re.findall(r"^\| `(\w+)` \| `(\w+(?:/\w+)+)` \|$", PAGE, re.MULTILINE))
