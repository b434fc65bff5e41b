"""``knowledge list``, ``export`` and ``check``: what the answers rest on, for people and scripts."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import Counter

import pytest

import recommender.knowledge
from recommender.cli import run
from recommender.export import EXPORTS
from recommender.knowledge import data_folder, load_knowledge


@pytest.fixture
def call(capsys):
    def do(*arguments: str) -> tuple[int, str, list[str]]:
        status = run(["knowledge", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err.splitlines()

    return do


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))


def test_the_claims_are_exported_a_statement_a_row_with_canonical_ids(call):
    status, out, _ = call("export", "claims", "--format", "tsv")
    rows = table(out)
    assert status == 0
    assert list(rows[0])[:5] == ["claim_id", "cancer", "mirna_as_printed", "mirna", "direction"]
    assert Counter(row["source"] for row in rows) == {"table1": 186, "table2": 43, "text": 63}
    assert {row["mirna"] for row in rows if row["mirna_as_printed"] in ("miR-17/92", "miR-17-92")} == {
        "miR-17/92-cluster"
    }
    assert {row["mirna"] for row in rows if row["mirna_as_printed"] == "miR-122a"} == {"hsa-miR-122-5p"}
    assert {row["mirna"] for row in rows if row["mirna_as_printed"] == "miR-142"} == {"hsa-mir-142"}
    assert {row["mirna"] for row in rows if row["mirna_as_printed"] == "miR-1274a"} == {"hsa-miR-1274a"}


def test_the_mirnas_are_exported_a_mature_a_row(call):
    rows = table(call("export", "mirnas")[1])
    names = [row["mirna"] for row in rows]
    assert len(names) == len(set(names)) == 367
    assert "hsa-miR-221-3p" in names
    assert "hsa-miR-1274a" not in names  # retired: a claim, never a miRNA to measure


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_every_table_is_exported_alike_as_tsv_and_as_json(call, name):
    rows = table(call("export", name)[1])
    records = json.loads(call("export", name, "--format", "json")[1])
    assert len(rows) == len(records) > 0
    assert list(rows[0]) == list(records[0])


def test_an_export_can_be_written_to_a_file(call, tmp_path):
    target = tmp_path / "rules.json"
    assert call("export", "rules", "--format", "json", "--output", str(target)) == (0, "", [])
    rule = json.loads(target.read_text(encoding="utf-8"))[0]
    assert rule["rule"] == "strategy.inhibit_documented_up"
    assert "call=up" in rule["when"]
    assert rule["source"]


def test_the_tables_are_listed_with_their_sizes(call):
    sizes = dict(line.split("\t") for line in call("list")[1].splitlines())
    assert sizes["claims"] == "292"
    assert sizes["trials"] == "37"
    assert set(sizes) == set(EXPORTS)


def test_the_records_of_a_table_are_listed_a_line_each(call):
    lines = call("list", "agents")[1].splitlines()
    assert len(lines) == 17
    assert any(line.startswith("lna_i_mir_221  LNA-i-miR-221") for line in lines)


def test_an_unknown_table_is_wrong_usage(call):
    assert call("export", "opinions")[0] == 2


def test_check_says_what_it_verified(call):
    status, out, err = call("check")
    assert (status, err) == (0, [])
    assert out.startswith("sound: 292 claims, 367 mirnas")


def test_check_lists_every_problem_and_exits_with_1(call, tmp_path, monkeypatch):
    rules = shutil.copytree(data_folder("rules"), tmp_path / "rules")
    path = rules / "knowledge" / "claims.tsv"
    text = path.read_text(encoding="utf-8")
    broken = text.replace("\t13;14;15;16\t", "\t13;14;15;160\t").replace("t1.bladder_cancer.up.miR-21\t", "wrong\t", 1)
    path.write_text(broken, encoding="utf-8")
    monkeypatch.setattr(
        recommender.cli.knowledge_commands, "load_knowledge", lambda *packs: load_knowledge(rules=rules)
    )
    status, out, err = call("check")
    assert (status, out) == (1, "")
    assert sum("found 160; expected 1 to 100" in line for line in err) == 4
    assert any("found wrong; expected t1.bladder_cancer.up.miR-21" in line for line in err)


def test_the_shipped_seal_fits_the_shipped_rules():
    folder = data_folder("rules")
    assert recommender.knowledge.seal(folder) == recommender.knowledge.folder_digest(folder)
