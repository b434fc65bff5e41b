"""``knowledge diff``: what changed between two versions, whose recommendations change, and what changes them."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import load_knowledge, recommend
from recommender.cli import run
from recommender.inference import matcher_of
from recommender.knowledge import TABLES, Knowledge, data_folder
from recommender.knowledge_diff import describe, pieces
from recommender.knowledge_effects import Sample, Versions, cohort_changes
from recommender.knowledge_mixtures import Mixtures
from recommender.readers.profile import as_profile
from recommender.schemas import json_schema
from tests.conftest import profile

LIVER = "hepatocellular carcinoma"
M221 = "hsa-miR-221-3p"
CLAIM = "t1.hepatocellular_carcinoma.up.miR-221"
TEXT_CLAIM = "tx.hepatocellular_carcinoma.up.miR-221"
ALL = {"exploratory": {"best": 1000}}

Edit = Callable[[str], str]


@pytest.fixture
def rules(tmp_path):
    """Copy the bundled rules, edit files of the copy (by name, text to text), and return its path."""

    def make(name: str = "rules", **edits: Edit) -> str:
        folder = shutil.copytree(data_folder("rules"), tmp_path / name)
        (folder / "verified.sha256").unlink()
        for file, edit in edits.items():
            path = folder / f"{file}.toml"
            path = path if path.exists() else folder / "knowledge" / f"{file}.tsv"
            text = path.read_text(encoding="utf-8")
            changed = edit(text)
            assert changed != text
            path.write_text(changed, encoding="utf-8")
        return str(folder)

    return make


@pytest.fixture
def call(capsys):
    def do(*arguments: str) -> tuple[int, str, list[str]]:
        status = run(["knowledge", "diff", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err.splitlines()

    return do


@pytest.fixture
def told(call):
    """Return what the command says in JSON."""

    def do(*arguments: str, status: int = 0) -> dict[str, Any]:
        found, out, err = call(*arguments, "--format", "json")
        assert (found, err) == (status, [])
        return json.loads(out)

    return do


@pytest.fixture
def tumor(tmp_path):
    """Write a profile and return its path."""

    def write(name: str, expression: dict[str, Any], cancer: str = LIVER, **fields: Any) -> str:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({**profile(cancer, expression), "sample_id": name, **fields}), encoding="utf-8")
        return str(path)

    return write


def without(*keys: str) -> Edit:
    return lambda text: "".join(line for line in text.splitlines(True) if line.split("\t")[0] not in keys)


def swap(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert text.count(old) == 1
        return text.replace(old, new)

    return edit


# ---------------------------------------------------------------- what differs


def test_the_bundled_knowledge_does_not_differ_from_its_copy_however_it_was_loaded(told, rules):
    result = told("bundled", rules(), "--cohort", str(data_folder("profiles")))
    assert (result["tables"], result["settings"]) == ([], [])
    assert result["rules"] == {"added": [], "removed": [], "changed": []}
    cohort = result["cohort"]
    assert cohort["profiles"] == cohort["unchanged"] == len(list(data_folder("profiles").glob("*.json")))


def test_no_difference_is_said_in_words(call):
    status, out, _ = call("bundled", "bundled")
    assert status == 0
    assert "No record, rule, weight or threshold differs." in out


def test_the_order_of_rows_and_rules_is_no_difference(rules):
    old = load_knowledge()
    turned = Knowledge(
        {name: tuple(reversed(rows)) for name, rows in old.tables.items()},
        {file: list(reversed(group)) for file, group in old.rules.items()},
        old.settings,
        "",
    )
    assert pieces(old, turned) == []


def test_a_claim_that_went_and_one_that_came_stand_first_with_their_rows(told, rules):
    new = rules(claims=without(CLAIM), ranking=swap("points_per_log2 = 7.5", "points_per_log2 = 9"))
    table = told("bundled", new)["tables"][0]
    assert (table["table"], table["key"]) == ("claims", ["claim_id"])
    assert [row["claim_id"] for row in table["removed"]] == [CLAIM]
    assert table["removed"][0]["direction"] == "up"
    back = told(new, "bundled")["tables"][0]
    assert back["added"] == table["removed"]


def test_a_changed_row_is_told_by_its_key_and_columns(told, rules):
    line = next(
        line
        for line in (data_folder("rules") / "knowledge" / "claims.tsv").read_text(encoding="utf-8").splitlines()
        if line.startswith(CLAIM + "\t")
    )
    cells = line.split("\t")
    cells[5], cells[6] = "Table 1, another row", "13;99"
    changed = told("bundled", rules(claims=swap(line, "\t".join(cells))))["tables"][0]["changed"]
    assert changed == [
        {
            "id": CLAIM,
            "changed": [
                {"name": "locator", "before": line.split("\t")[5], "after": "Table 1, another row"},
                {
                    "name": "references",
                    "before": line.split("\t")[6].split(";") if line.split("\t")[6] else [],
                    "after": ["13", "99"],
                },
            ],
        }
    ]


def test_a_table_whose_rows_share_a_first_column_is_told_by_its_whole_key(told, rules):
    path = data_folder("rules") / "knowledge" / "stop_reasons.tsv"
    header, line = path.read_text(encoding="utf-8").splitlines()[:2]
    row = dict(zip(header.split("\t"), line.split("\t"), strict=True))
    result = told("bundled", rules(stop_reasons=swap(line, line + " (seen again)")))["tables"][0]
    assert result["key"] == ["trial", "reason", "source"]
    assert result["changed"][0]["id"] == "/".join((row["trial"], row["reason"], row["source"]))
    assert [part["name"] for part in result["changed"][0]["changed"]] == ["note"]


@pytest.mark.parametrize(
    ("old", "new", "part", "before", "after"),
    [
        pytest.param(
            'title = "Gate a call that rests on the ratio alone"',
            'title = "Gate a bare ratio"',
            "title",
            "Gate a call that rests on the ratio alone",
            "Gate a bare ratio",
            id="title",
        ),
        pytest.param(
            'comparison = "ratio_only" }]\nthen = { gate = "caution"',
            'comparison = "ratio_only" }]\nthen = { gate = "adverse"',
            "then.gate",
            "caution",
            "adverse",
            id="then",
        ),
        pytest.param(
            'type = "candidate", comparison = "ratio_only" }]\nthen',
            'type = "candidate", comparison = ["ratio_only", "other_group"] }]\nthen',
            "when.candidate.comparison",
            "ratio_only",
            ["ratio_only", "other_group"],
            id="when",
        ),
    ],
)
def test_a_changed_rule_is_told_part_by_part(told, rules, old, new, part, before, after):
    found = told("bundled", rules(context=swap(old, new)))["rules"]
    assert (found["added"], found["removed"]) == ([], [])
    assert found["changed"] == [
        {"id": "context.reference_insufficient", "changed": [{"name": part, "before": before, "after": after}]}
    ]


def test_a_changed_source_and_a_changed_example_are_parts_too(told, rules):
    def edit(text: str) -> str:
        head, tail = text.split('id = "context.setting_unproven"')
        tail = tail.replace('where = "', 'where = "Elsewhere; ', 1).replace('name = "', 'name = "still, ', 1)
        return f'{head}id = "context.setting_unproven"{tail}'

    parts = told("bundled", rules(context=edit))["rules"]["changed"][0]["changed"]
    assert [part["name"].split(".")[0] for part in parts] == ["source", "example", "example"]
    assert "Elsewhere; " in parts[0]["after"][0]


def test_a_rule_that_came_and_one_that_went_are_told_with_their_titles(told, rules):
    renamed = rules(context=lambda text: text.replace('id = "context.cell_mix_muscle"', 'id = "context.muscle_mix"'))
    found = told("bundled", renamed)["rules"]
    assert [row["rule"] for row in found["removed"]] == ["context.cell_mix_muscle"]
    assert [row["rule"] for row in found["added"]] == ["context.muscle_mix"]
    assert found["added"][0]["title"] == found["removed"][0]["title"]


def test_weights_and_thresholds_are_told_by_table_and_key(told, rules):
    new = rules(
        ranking=swap("points_per_log2 = 7.5", "points_per_log2 = 9"),
        calling=swap("min_abs_log2_ratio = 1.0 ", "min_abs_log2_ratio = 1.5 "),
    )
    assert told("bundled", new)["settings"] == [
        {"name": "expression.points_per_log2", "before": 7.5, "after": 9},
        {"name": "fold_change.min_abs_log2_ratio", "before": 1.0, "after": 1.5},
    ]


def test_the_text_tells_the_same(call, rules):
    new = rules(claims=without(CLAIM), ranking=swap("points_per_log2 = 7.5", "points_per_log2 = 9"))
    _, out, _ = call("bundled", new)
    assert "claims: 1 removed" in out
    assert f"removed {CLAIM}" in out
    assert "expression.points_per_log2 7.5 → 9" in out
    assert max(map(len, out.splitlines())) <= 100


# ---------------------------------------------------------------- whose recommendations change


def effects(result: dict[str, Any], kind: str = "strategies") -> dict[str, dict[str, Any]]:
    (sample,) = result["cohort"]["changed"]
    return {effect["id"]: effect for effect in sample[kind]}


def causes(effect: dict[str, Any]) -> list[tuple[list[str], bool]]:
    return [(cause["records"], cause["together"]) for cause in effect["causes"]]


def test_a_threshold_that_rose_takes_a_strategy_away_and_is_the_cause(told, rules, tumor):
    new = rules(calling=swap("min_abs_log2_ratio = 1.0 ", "min_abs_log2_ratio = 1.5 "))
    result = told("bundled", new, "--cohort", tumor("S1", {M221: 1.2}), "--cohort", tumor("S2", {M221: 2.0}))
    assert (result["cohort"]["profiles"], result["cohort"]["unchanged"]) == (2, 1)
    effect = effects(result)["inhibit:hsa-miR-221-3p"]
    assert (effect["kind"], effect["after"]) == ("disappeared", None)
    assert causes(effect) == [(["settings/fold_change.min_abs_log2_ratio"], False)]
    assert result["cohort"]["records"] == [{"record": "settings/fold_change.min_abs_log2_ratio", "profiles": 1}]


def test_a_rule_that_gates_more_is_the_cause_of_the_gate(told, rules, tumor):
    edit = swap(
        'comparison = "ratio_only" }]\nthen = { gate = "caution"',
        'comparison = "ratio_only" }]\nthen = { gate = "adverse"',
    )
    few = {"reference": {"kind": "normal_cohort", "samples": 3}}
    effect = effects(told("bundled", rules(context=edit), "--cohort", tumor("S1", {M221: 2.0}, **few)))
    moved = effect["inhibit:hsa-miR-221-3p"]
    assert [(d["field"], d["before"], d["after"]) for d in moved["differences"]] == [("gate", "caution", "adverse")]
    assert causes(moved) == [(["rules/context.reference_insufficient"], False)]


def test_a_claim_that_went_moves_the_points_and_a_note_on_another_moves_nothing(told, rules, tumor):
    def edit(text: str) -> str:
        lines = [line for line in text.splitlines(True) if not line.startswith(TEXT_CLAIM + "\t")]
        return "".join(line.rstrip("\n") + "seen\n" if line.startswith(CLAIM + "\t") else line for line in lines)

    moved = effects(told("bundled", rules(claims=edit), "--cohort", tumor("S1", {M221: 2.0})))
    assert list(moved) == ["inhibit:hsa-miR-221-3p"]
    assert causes(moved["inhibit:hsa-miR-221-3p"]) == [([f"claims/{TEXT_CLAIM}"], False)]


def test_two_claims_of_which_either_suffices_are_a_cause_together(told, rules, tumor):
    old = rules(claims=without(CLAIM, TEXT_CLAIM))
    effect = effects(told(old, "bundled", "--cohort", tumor("S1", {M221: 2.0})))["inhibit:hsa-miR-221-3p"]
    assert ("claim_match", "trial_indication", "same_tumor") in [
        (d["field"], d["before"], d["after"]) for d in effect["differences"]
    ]
    assert ([f"claims/{CLAIM}", f"claims/{TEXT_CLAIM}"], True) in causes(effect)


def test_a_mixture_that_contradicts_itself_is_not_tried(told, rules, tumor):
    id_ = "t1.hepatocellular_carcinoma.up.miR-1-x"
    claim = f"{id_}\thepatocellular_carcinoma\tmiR-1-x\tup\ttable1\tTable 1\t\toutright\t\t\n"
    named = "miR-1-x\tclaims\thsa-miR-1-3p\tmature\tassumed\t\n"
    longer = rules(claims=lambda text: text + claim, named_mirnas=lambda text: text + named)
    cohort = ("--cohort", tumor("S1", {"hsa-miR-1-3p": 2.0}))
    came = effects(told("bundled", longer, *cohort))["inhibit:hsa-miR-1-3p"]
    assert (came["kind"], causes(came)) == ("appeared", [([f"claims/{id_}"], False)])
    went = effects(told(longer, "bundled", *cohort))["inhibit:hsa-miR-1-3p"]
    # a claim cannot be put back without the name it speaks of
    assert (went["kind"], causes(went)) == (
        "disappeared",
        [([f"claims/{id_}", "named_mirnas/miR-1-x"], True)],
    )


def test_what_is_withheld_now_stands_in_both_lists(told, rules, tumor):
    opposite = (
        f"{CLAIM.replace('.up.', '.down.')}\thepatocellular_carcinoma\tmiR-221\tdown\ttable1\tTable 1\t\toutright\t\t\n"
    )
    result = told("bundled", rules(claims=lambda text: text + opposite), "--cohort", tumor("S1", {M221: 2.0}))
    gone, withheld = effects(result)["inhibit:hsa-miR-221-3p"], effects(result, "withheld")["inhibit:hsa-miR-221-3p"]
    assert (gone["kind"], withheld["kind"]) == ("disappeared", "appeared")
    assert withheld["after"]["reasons"] == ["conflicting_evidence"]
    assert causes(gone) == causes(withheld) == [([f"claims/{CLAIM.replace('.up.', '.down.')}"], False)]


def test_the_cohort_may_be_a_folder_lines_or_standard_input(told, tumor, rules, tmp_path, monkeypatch):
    new = rules(ranking=swap("points_per_log2 = 7.5", "points_per_log2 = 9"))
    folder = tmp_path / "cohort"
    folder.mkdir()
    texts = [Path(tumor(name, {M221: value})).read_text(encoding="utf-8") for name, value in (("A", 2.0), ("B", 0.1))]
    for name, text in zip("ab", texts, strict=True):
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    (folder / "notes.txt").write_text("no profile", encoding="utf-8")
    lines = tmp_path / "cohort.jsonl"
    lines.write_text("\n".join(texts) + "\n\n", encoding="utf-8")
    for path, position in (
        (str(folder), "a.json"),
        (str(lines), "cohort.jsonl, line 1"),
        ("-", "standard input, line 1"),
    ):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(texts).encode())))
        cohort = told("bundled", new, "--cohort", path)["cohort"]
        assert (cohort["profiles"], cohort["unchanged"]) == (2, 1)
        assert [(sample["position"], sample["sample_id"]) for sample in cohort["changed"]] == [(position, "A")]


def test_one_profile_on_standard_input_may_stand_on_many_lines(told, monkeypatch):
    text = json.dumps(profile(LIVER, {M221: 2.0}), indent=2)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert told("bundled", "bundled", "--cohort", "-")["cohort"]["unchanged"] == 1


def test_refused_profiles_are_listed_and_the_rest_goes_on_with_exit_status_3(told, call, tumor, tmp_path):
    lines = tmp_path / "cohort.jsonl"
    good = json.dumps(profile(LIVER, {M221: 2.0}))
    unknown = json.dumps({**profile("no such tumor", {M221: 2.0}), "sample_id": "S7"})
    counts = json.dumps({**profile(LIVER, {M221: 2.0}), "sample_id": "S8", "scale": "counts"})
    lines.write_text("\n".join((good, "{", '{"sample_id": "S6"}', unknown, counts)), encoding="utf-8")
    broken = tmp_path / "broken.json"
    broken.write_bytes(b"\xff")
    cohort = told("bundled", "bundled", "--cohort", str(lines), "--cohort", str(broken), status=3)["cohort"]
    assert (cohort["profiles"], cohort["unchanged"]) == (6, 1)
    assert [(found["position"], found["sample_id"]) for found in cohort["quarantine"]] == [
        ("cohort.jsonl, line 2", None),
        ("cohort.jsonl, line 3", "S6"),
        ("cohort.jsonl, line 4", "S7"),
        ("cohort.jsonl, line 5", "S8"),
        ("broken.json", None),
    ]
    assert [len(found["reasons"]) for found in cohort["quarantine"]] == [1, 3, 1, 1, 1]
    assert "found 'no such tumor'" in cohort["quarantine"][2]["reasons"][0]
    status, out, _ = call("bundled", "bundled", "--cohort", str(lines))
    assert status == 3
    assert "of 5 profiles 0 change, 1 do not, 4 refused" in out


@pytest.mark.parametrize("what", ["missing", "empty"])
def test_a_cohort_that_is_missing_or_empty_is_refused(call, tmp_path, what):
    path = tmp_path / "cohort"
    if what == "empty":
        path.mkdir()
    status, out, err = call("bundled", "bundled", "--cohort", str(path))
    assert (status, out, len(err)) == (1, "", 1)
    assert "expected profiles" in err[0]


def test_options_fill_what_profiles_of_the_cohort_do_not_say_and_contradict_none(told, tumor):
    path = Path(tumor("S1", {M221: 2.0}))
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({k: v for k, v in data.items() if k != "cancer"}), encoding="utf-8")
    assert told("bundled", "bundled", "--cohort", str(path), "--cancer", LIVER)["cohort"]["unchanged"] == 1
    other = told("bundled", "bundled", "--cohort", tumor("S2", {M221: 2.0}), "--cancer", "lung cancer", status=3)
    assert "--cancer" in other["cohort"]["quarantine"][0]["reasons"][0]


def test_a_reference_serves_the_abundances_of_the_cohort(told, rules, tumor, tmp_path):
    matrix = tmp_path / "normals.tsv"
    matrix.write_text(
        "miRNA\t" + "\t".join(f"N{i}" for i in range(12)) + f"\n{M221}" + "\t255.0" * 12 + "\n", encoding="utf-8"
    )
    new = rules(ranking=swap("points_per_log2 = 7.5", "points_per_log2 = 9"))
    paths = [tumor("R", {M221: 1023.0}, scale="reads_per_million"), tumor("L", {M221: 2.0})]
    result = told("bundled", new, "--cohort", paths[0], "--cohort", paths[1], "--reference", str(matrix))
    assert [sample["sample_id"] for sample in result["cohort"]["changed"]] == ["R", "L"]


# ---------------------------------------------------------------- refusals and form


def test_a_folder_that_is_missing_is_refused_by_its_name(call):
    status, out, err = call("bundled", "nowhere")
    assert (status, out, len(err)) == (1, "", 1)
    assert err[0].startswith("error: nowhere: found no folder")


def test_a_malformed_version_is_refused(call, rules):
    status, out, err = call(rules(claims=lambda text: text.replace("\tup\t", "\tsideways\t", 1)), "bundled")
    assert (status, out, len(err)) == (1, "", 1)
    assert "claims.tsv" in err[0]


def test_a_version_without_a_needed_weight_appraises_nobody(call, rules, tumor):
    old = rules(ranking=swap("points_per_log2 = 7.5\n", ""))
    assert call(old, "bundled")[0] == 0
    status, out, err = call(old, "bundled", "--cohort", tumor("S1", {M221: 2.0}))
    assert (status, out) == (1, "")
    assert len(err) == 1
    assert err[0].startswith("error: old version, [expression] points_per_log2: found nothing; expected a value")


def test_the_json_meets_its_schema_and_the_same_input_gives_the_same_bytes(call, rules, tumor):
    arguments = ("bundled", rules(claims=without(CLAIM)), "--cohort", tumor("S1", {M221: 2.0}), "--format", "json")
    status, out, _ = call(*arguments)
    assert status == 0
    jsonschema.Draft202012Validator(json_schema("knowledge_diff")).validate(json.loads(out))
    assert call(*arguments)[1] == out


def test_no_path_of_the_machine_is_in_the_output(call, rules, tumor, tmp_path):
    for format_ in ("text", "json"):
        _, out, _ = call(
            "bundled", rules(format_, claims=without(CLAIM)), "--cohort", tumor("S1", {M221: 2.0}), "--format", format_
        )
        assert str(tmp_path) not in out


def test_the_help_has_an_example_that_works_when_pasted(call, monkeypatch):
    monkeypatch.chdir(data_folder("rules").parent)
    assert "knowledge diff bundled rules --cohort profiles" in call("--help")[1]
    assert call("bundled", "rules", "--cohort", "profiles")[0] == 0


# ---------------------------------------------------------------- causes, tried again


KNOWN = load_knowledge()
MIRNAS = (
    "hsa-miR-221-3p", "hsa-miR-21-5p", "hsa-miR-34a-5p", "hsa-miR-155-5p", "hsa-miR-29b-3p", "hsa-let-7c-5p",
    "hsa-miR-145-5p", "hsa-miR-126-3p", "hsa-miR-223-3p",
)  # fmt: skip
TRIED = [
    claim.claim_id
    for claim in KNOWN.claims
    if claim.cancer in ("multiple_myeloma", "pan_cancer", "lung_cancer")
    and KNOWN.identity_of[claim.mirna_as_printed].identity in MIRNAS
]


def lacking(ids: frozenset[str]) -> Knowledge:
    kept = tuple(row for row in KNOWN.claims if row.claim_id not in ids)
    cache = {"matcher": matcher_of(KNOWN)}  # of the same rules
    return Knowledge({**KNOWN.tables, "claims": kept}, KNOWN.rules, KNOWN.settings, "", _cache=cache)


def aspect(result: Any, id_: str, name: str) -> Any:
    lists = {
        what: {item.id: item for item in getattr(result, what)} for what in ("strategies", "withheld", "exploratory")
    }
    listed = next((what for what, items in lists.items() if id_ in items), None)
    if name == "listed" or listed is None:
        return listed
    found = getattr(lists[listed][id_], name)
    if name == "trace":
        return {(step.rule, *step.facts) for step in found}
    if name in ("flags", "caveats", "combinations"):
        return {(item.id, item.message) for item in found}
    return {(c.name, c.points) for c in found} if name == "components" else found


@given(
    st.frozensets(st.sampled_from(TRIED), min_size=1, max_size=10),
    st.sampled_from(("multiple myeloma", "lung cancer")),
    st.dictionaries(st.sampled_from(MIRNAS), st.sampled_from((-2.5, -1.2, 1.2, 2.5)), min_size=4),
)
@settings(max_examples=40, deadline=None)
def test_every_named_record_undoes_what_it_says_when_it_is_put_back(gone, cancer, expression):
    case = profile(cancer, expression)
    new = lacking(gone)
    found = Mixtures(new, pieces(KNOWN, new))
    sample = Sample("here", "S1", as_profile(case))
    result = cohort_changes([sample], Versions(KNOWN, new, found))
    then = recommend(case, knowledge=KNOWN, settings=ALL)
    now = recommend(case, knowledge=new, settings=ALL)
    changed = [e for s in result.changed for e in (*s.strategies, *s.withheld, *s.exploratory)]
    for effect in changed:
        assert effect.causes or effect.order
        for cause in effect.causes:
            back = frozenset(record.removeprefix("claims/") for record in cause.records)
            assert back <= gone
            edited = recommend(case, knowledge=lacking(gone - back), settings=ALL)
            for name in cause.reverts:
                assert aspect(edited, effect.id, name) == aspect(then, effect.id, name) != aspect(now, effect.id, name)


def test_the_account_of_all_tables_is_complete():
    empty = Knowledge(dict.fromkeys(TABLES, ()), {}, {}, "")
    result = describe(pieces(empty, KNOWN), empty, KNOWN)
    assert {table.table: len(table.added) for table in result.tables} == {
        name: len(rows) for name, rows in KNOWN.tables.items() if rows
    }
    assert result.tables[0].table == "claims"
    assert len(result.rules.added) == len(KNOWN.rule_list())
    assert len(result.settings) == sum(map(len, KNOWN.settings.values()))


# ---------------------------------------------------------------- several changes at once, and their report


@pytest.fixture
def busy(rules):
    """Return a version with a rule, a rule that moved to another id, a weight and a claim changed."""

    def context(text: str) -> str:
        text = swap(
            'comparison = "ratio_only" }]\nthen = { gate = "caution"',
            'comparison = "ratio_only" }]\nthen = { gate = "adverse"',
        )(text)
        return text.replace('id = "context.protective_role"', 'id = "context.guards_healthy_tissue"')

    return rules(
        context=context, ranking=swap("points_per_log2 = 7.5", "points_per_log2 = 9"), claims=without(TEXT_CLAIM)
    )


def test_of_several_changes_each_is_the_cause_of_its_own_effects(told, busy, tumor):
    few = {"reference": {"kind": "normal_cohort", "samples": 3}}
    found = effects(told("bundled", busy, "--cohort", tumor("S1", {M221: 2.0, "hsa-miR-21-5p": 2.0}, **few)))
    reverted = {
        record: cause["reverts"] for cause in found["inhibit:hsa-miR-221-3p"]["causes"] for record in cause["records"]
    }
    assert reverted["rules/context.reference_insufficient"][:1] == ["gate"]
    assert {"settings/expression.points_per_log2", f"claims/{TEXT_CLAIM}"} <= set(reverted)
    guarded = causes(found["inhibit:hsa-miR-21-5p"])
    assert (["rules/context.guards_healthy_tissue"], False) in guarded or (
        ["rules/context.guards_healthy_tissue", "rules/context.protective_role"],
        True,
    ) in guarded
    assert f"claims/{TEXT_CLAIM}" not in {record for records, _ in guarded for record in records}


def test_the_text_tells_every_kind_of_change_and_whom_it_moves(call, busy, tumor):
    few = {"reference": {"kind": "normal_cohort", "samples": 3}}
    cohort = [tumor(name, {M221: 2.0, "hsa-miR-25-3p": 1.0, "hsa-miR-200b-3p": 1.4}, **few) for name in ("S1", "S2")]
    status, out, _ = call("bundled", busy, "--cohort", cohort[0], "--cohort", cohort[1])
    assert status == 0
    for said in (
        "rules: 1 added, 1 removed, 1 changed",
        "added context.guards_healthy_tissue: ",
        "removed context.protective_role: ",
        "changed context.reference_insufficient: then.gate caution → adverse",
        "Weights and thresholds: 1 changed",
        "Cohort: of 2 profiles 2 change, 0 do not",
        "rules/context.reference_insufficient: 2 profiles",
        "moved: inhibit hsa-miR-221-3p: gate caution → adverse",
    ):
        assert said in out
    assert max(map(len, out.splitlines())) <= 100


def test_the_text_tells_who_came_and_went_and_what_is_withheld(call, rules, tumor):
    opposite = (
        f"{CLAIM.replace('.up.', '.down.')}\thepatocellular_carcinoma\tmiR-221\tdown\ttable1\tTable 1\t\toutright\t\t\n"
    )
    new = rules(
        claims=lambda text: text + opposite, calling=swap("min_abs_log2_ratio = 1.0 ", "min_abs_log2_ratio = 1.5 ")
    )
    path = tumor("S1", {M221: 2.0, "hsa-miR-25-3p": 1.2, "hsa-miR-106b-5p": 1.2})
    there, back = call("bundled", new, "--cohort", path)[1], call(new, "bundled", "--cohort", path)[1]
    assert "disappeared: inhibit hsa-miR-25-3p, rank" in there
    assert "newly withheld: inhibit hsa-miR-221-3p (conflicting_evidence)" in " ".join(there.split())
    assert "exploratory: disappeared inhibit hsa-miR-106b-5p" in there
    assert "appeared: inhibit hsa-miR-25-3p, rank" in back
    assert "no longer withheld: inhibit hsa-miR-221-3p (conflicting_evidence)" in " ".join(back.split())


def test_long_accounts_are_cut_in_the_text_and_whole_in_the_json(call, told, rules, tumor, tmp_path):
    new = rules(claims=lambda text: "".join(text.splitlines(True)[:200]))
    _, out, _ = call("bundled", new)
    removed = told("bundled", new)["tables"][0]["removed"]
    assert len(removed) > 40
    assert f"and {len(removed) - 40} more (all in the JSON output)" in out
