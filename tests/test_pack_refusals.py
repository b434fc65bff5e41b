"""What a load of knowledge packs refuses: every problem told with its place, what was found, expected, the remedy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from recommender import KnowledgeError, load_knowledge
from recommender.errors import RecommenderError
from recommender.knowledge import data_folder
from tests.packing import BASE, CLAIM, SOURCE, like, refusal, rule, table_text, write_pack

SOUND = {"sources": [SOURCE], "claims": [CLAIM]}
LIVER_221 = "t1.hepatocellular_carcinoma.up.miR-221"


def only(*packs: Path) -> str:
    """Return the one problem with which packs are refused."""
    (problem,) = refusal(*packs)
    return problem


# --- the folder -------------------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    problem = only(tmp_path / "lab")
    assert problem == (
        f"{tmp_path}/lab: found No such file or directory; expected a folder; check the path; see docs/packs.md"
    )


def test_a_file_is_no_pack(tmp_path):
    (tmp_path / "lab").write_text("", encoding="utf-8")
    assert "found Not a directory; expected a folder" in only(tmp_path / "lab")


@pytest.mark.parametrize("name", ["", "\0", "x" * 5000])
def test_no_path_is_a_traceback(name):
    with pytest.raises(RecommenderError):
        load_knowledge(name)


def test_a_folder_without_pack_toml_is_refused_with_the_way_to_load_a_complete_one():
    first = refusal(data_folder("rules"))[0]
    assert "/pack.toml: found no such file; expected name, version and description; write one (see docs/packs.md); "
    assert first.endswith("a complete folder of rules is no pack: in Python it is rules=")


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("knowledge/claim.tsv", "nearest: claims.tsv"),
        ("knowledge/claims.csv", "nearest: claims.tsv"),
        ("knowledge/claims", "nearest: claims.tsv"),
        ("claims.tsv", "remove it"),
        ("knowlege", "nearest: knowledge"),
        ("Lab.toml", "remove it"),
        ("lab2.toml", "remove it"),
        ("rank.txt", "remove it"),
        ("verified.sha256", "remove it"),
    ],
)
def test_a_file_of_an_unknown_name_is_refused_and_never_passed_over(tmp_path, name, remedy):
    lab = write_pack(tmp_path / "lab", SOUND)
    (lab / name).write_text("", encoding="utf-8")
    problem = only(lab)
    assert problem.startswith(f"{lab}/{name}: found an unknown file; expected ")
    assert remedy in problem


def test_a_folder_full_of_files_is_refused(tmp_path):
    lab = write_pack(tmp_path / "lab")
    for number in range(201):
        (lab / f"file{number}").touch()
    assert only(lab) == f"{lab}: found 203 files; expected at most 200; is this the right folder?"


def test_knowledge_that_is_no_folder_is_refused(tmp_path):
    lab = write_pack(tmp_path / "lab")
    (lab / "knowledge").rmdir()
    (lab / "knowledge").write_text("", encoding="utf-8")
    assert only(lab).startswith(f"{lab}/knowledge: found Not a directory; expected a folder")


def test_links_that_lead_in_a_circle_are_refused(tmp_path):
    lab = write_pack(tmp_path / "lab")
    (lab / "knowledge" / "claims.tsv").symlink_to(lab / "knowledge" / "claims.tsv")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "Too many levels of symbolic links" in only(lab)
    assert "Too many levels of symbolic links" in only(tmp_path / "loop")


def test_a_link_to_a_sound_pack_or_file_is_followed(tmp_path):
    lab = write_pack(tmp_path / "lab", SOUND)
    (tmp_path / "link").symlink_to(lab)
    file = lab / "knowledge" / "claims.tsv"
    file.rename(tmp_path / "elsewhere.tsv")
    file.symlink_to(tmp_path / "elsewhere.tsv")
    assert load_knowledge(tmp_path / "link").claims[-1].claim_id == CLAIM["claim_id"]


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    lab = write_pack(tmp_path / "lab")
    os.mkfifo(lab / "lab.toml")
    assert only(lab) == f"{lab}/lab.toml: found no regular file; expected a text file"


def test_a_huge_file_is_refused(tmp_path):
    lab = write_pack(tmp_path / "lab")
    with (lab / "knowledge" / "claims.tsv").open("wb") as file:
        file.truncate(8 * 1024**2 + 1)
    assert only(lab) == f"{lab}/knowledge/claims.tsv: found more than 8 MiB; expected a curated file"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\xff\xfe", "byte 0xff at position 0; expected UTF-8 text; convert the file to UTF-8"),
        (b"\xef\xbb\xbfsource", "a byte order mark; expected plain UTF-8; save it as UTF-8 without a byte order mark"),
    ],
)
def test_a_table_that_is_no_plain_utf_8_is_refused(tmp_path, content, found):
    lab = write_pack(tmp_path / "lab")
    (lab / "knowledge" / "sources.tsv").write_bytes(content)
    assert only(lab) == f"{lab}/knowledge/sources.tsv: found {found}"


@pytest.mark.parametrize("bad", ["\r", "\x0b", "\x1b[31m", "\x00", "\u2028", "\x85", "\u202e"])
def test_control_characters_are_refused_with_their_line(tmp_path, bad):
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE]})
    file = lab / "knowledge" / "sources.tsv"
    file.write_bytes(file.read_bytes().replace(b"made up", f"made{bad}up".encode()))
    assert only(lab).startswith(f"{lab}/knowledge/sources.tsv, line 2: found a control character in 'lab_a\\t")


# --- pack.toml --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["name: found nothing", "version: found nothing", "description: found nothing"]),
        ('name = "Lab A"\nversion = "1"\ndescription = "x"', ["name: found 'Lab A'; expected lower-case letters"]),
        ('name = "lab"\nversion = 1.0\ndescription = "x"', ["version: found 1.0; expected text of letters"]),
        ('name = "lab"\nversion = ""\ndescription = "x"', ["version: found ''; expected text of letters"]),
        ('name = "lab"\nversion = "1 (2)"\ndescription = "x"', ["version: found '1 (2)'"]),
        ('name = "lab"\nversion = "1"\ndescription = ""', ["description: found ''"]),
        ('name = "lab"\nversion = "1"\ndescription = "a\\nb"', ["found the text 'a\\nb'; expected printable"]),
        ('name = "lab"\nversion = "1"\ndescription = "x"\nauthor = "y"', ["found the unknown field author"]),
        ('name = "lab"\nversion = "1"\ndescription = "x"\ndisabled = {}', ["unknown field disabled"]),
        ('name = "lab"\nversion = "1"\ndescription = "x"\ndisable = 5', ["[disable]: found 5; expected lists of ids"]),
        (
            'name = "lab"\nversion = "1"\ndescription = "x"\n[disable]\nclaim = ["a"]',
            ["[disable]: found the unknown table claim;"],
        ),
        (
            'name = "lab"\nversion = "1"\ndescription = "x"\n[disable]\nclaims = "a"',
            ["[disable] claims: found 'a'; expected a list of ids in quotes"],
        ),
        (
            'name = "lab"\nversion = "1"\ndescription = "x"\n[disable]\nclaims = [1]',
            ["[disable] claims: found [1]; expected a list of ids in quotes"],
        ),
        ("name = ", ["pack.toml: found Invalid value"]),
        ("a = " + "[" * 10_000, ["pack.toml: found "]),
        ("a = " + "9" * 5_000, ["pack.toml: found "]),
        ('name = "lab"\nname = "lab"', ["pack.toml: found Cannot overwrite a value"]),
    ],
)
def test_a_malformed_pack_toml_is_refused(tmp_path, text, told):
    lab = write_pack(tmp_path / "lab", SOUND)
    (lab / "pack.toml").write_text(text, encoding="utf-8")
    problems = refusal(lab)
    assert len(problems) == len(told)
    assert all(problem.startswith(f"{lab}/pack.toml") for problem in problems)
    assert [part for part in told if not any(part in problem for problem in problems)] == []


def test_a_version_without_quotes_is_refused_with_the_remedy(tmp_path):
    lab = write_pack(tmp_path / "lab")
    (lab / "pack.toml").write_text('name = "lab"\nversion = 1.0\ndescription = "x"\n', encoding="utf-8")
    assert only(lab).endswith("put it in quotes")


# --- tables -----------------------------------------------------------------------------------------------------------


def test_a_wrong_header_is_refused_with_the_right_one(tmp_path):
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE]})
    file = lab / "knowledge" / "sources.tsv"
    file.write_text(file.read_text(encoding="utf-8").replace("source\t", "id\t", 1), encoding="utf-8")
    assert only(lab).startswith(f"{lab}/knowledge/sources.tsv, line 1: found 'id\\tkind")
    assert "expected the header source, kind, citation" in only(lab)


@pytest.mark.parametrize("text", ["", "\n"])
def test_a_table_without_a_header_is_refused(tmp_path, text):
    lab = write_pack(tmp_path / "lab")
    (lab / "knowledge" / "sources.tsv").write_text(text, encoding="utf-8")
    assert "line 1: found ''; expected the header source, kind" in only(lab)


def test_a_table_with_nothing_but_a_header_adds_nothing(tmp_path):
    assert load_knowledge(write_pack(tmp_path / "lab", {"sources": []})).sources == BASE.sources


def test_malformed_rows_are_told_together(tmp_path):
    rows = [{**CLAIM, "direction": "upp"}, {**CLAIM, "claim_id": "", "strength": "somewhat"}]
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE], "claims": rows})
    places = [problem.split(": found")[0] for problem in refusal(lab)]
    assert places == [
        f"{lab}/knowledge/claims.tsv, line 2, column direction",
        f"{lab}/knowledge/claims.tsv, line 3, column claim_id",
        f"{lab}/knowledge/claims.tsv, line 3, column strength",
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text + "\n", "line 3: found an empty line; expected a row; remove it"),
        (lambda text: text.replace("Series 1", " Series 1"), "line 2, column locator: found ' Series 1'; expected no"),
        (lambda text: text.replace("Series 1", '"Series 1"'), "column locator: found '\"Series 1\"'; expected text w"),
        (lambda text: text.replace("\t\toutright", "\t1;\toutright"), "column references: found '1;'; expected items"),
        (lambda text: text.replace("\t\toutright", "\t1;;2\toutright"), "column references: found '1;;2'; expected"),
        (lambda text: text.replace("\t\toutright", "\t1;1\toutright"), "column references: found '1;1'; expected"),
        (lambda text: text.replace("\t\toutright", "\t1; 2\toutright"), "column references: found '1; 2'; expected no"),
        (lambda text: text.replace(CLAIM["claim_id"], "a;b"), "column claim_id: found 'a;b'; expected an id without ;"),
    ],
)
def test_what_people_and_spreadsheets_put_into_tables_is_refused(tmp_path, change, told):
    lab = write_pack(tmp_path / "lab", SOUND)
    file = lab / "knowledge" / "claims.tsv"
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    assert told in only(lab)


def test_a_row_with_a_cell_too_many_is_refused(tmp_path):
    lab = write_pack(tmp_path / "lab")
    text = table_text("sources", [SOURCE]).rstrip("\n") + "\tmore\n"
    (lab / "knowledge" / "sources.tsv").write_text(text, encoding="utf-8")
    assert only(lab) == f"{lab}/knowledge/sources.tsv, line 2: found 8 cells; expected 7 cells"


# --- ids --------------------------------------------------------------------------------------------------------------


def test_an_id_twice_in_a_pack_is_refused(tmp_path):
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE, {**SOURCE, "kind": "paper"}]})
    assert only(lab) == (
        f"{lab}/knowledge/sources.tsv, line 3: found lab_a again; expected an id once a pack; "
        f"first: {lab}/knowledge/sources.tsv, line 2"
    )


def test_a_rule_twice_in_a_pack_is_refused(tmp_path):
    lab = write_pack(tmp_path / "lab", lab=rule("lab.flag") + rule("lab.flag"))
    assert "rule lab.flag: found lab.flag again; expected an id once a pack" in only(lab)


def test_a_setting_in_both_files_is_refused(tmp_path):
    text = "[context]\nprotective_role = 4\n"
    assert "found context.protective_role again" in only(write_pack(tmp_path / "lab", calling=text, ranking=text))


def test_an_id_both_defined_and_disabled_is_refused(tmp_path):
    row = like("claims", LIVER_221)
    lab = write_pack(tmp_path / "lab", {"claims": [row]}, disable={"claims": [LIVER_221]})
    assert only(lab) == (
        f"{lab}/pack.toml, [disable] claims: found {LIVER_221}, which the pack defines too "
        f"({lab}/knowledge/claims.tsv, line 2); expected an id defined or disabled; leave out one of both"
    )


@pytest.mark.parametrize(
    ("disable", "told"),
    [
        ({"claims": [LIVER_221 + "x"]}, f"expected an id of claims.tsv; nearest: {LIVER_221}"),
        ({"rules": ["context.protective_rule"]}, "expected the id of a rule; nearest: context.protective_role"),
        ({"weights": ["context.protective_rule"]}, "nearest: context.protective_role"),
        ({"weights": ["fold_change.min_abs_log2_ratio"]}, "expected a key of [context], [safety], [off_target]"),
        ({"weights": ["delivery.still_open_percent"]}, "expected a key of [context], [safety], [off_target]"),
        ({"trial_tumors": ["nct02369198"]}, "expected an id of trial_tumors.tsv"),
        ({"agents": ["nobody"]}, "found nobody; expected an id of agents.tsv; see `knowledge list`"),
    ],
)
def test_disabling_an_unknown_id_is_refused(tmp_path, disable, told):
    assert told in only(write_pack(tmp_path / "lab", disable=disable))


def test_disabling_what_others_still_name_is_refused_with_those_that_do(tmp_path):
    lab = write_pack(tmp_path / "lab", disable={"sources": ["folamir_2017"], "caveats": ["companion_diagnostic"]})
    caveat, source = refusal(lab)
    assert caveat == (
        f"{lab}/pack.toml, [disable] caveats: found companion_diagnostic, which is still named: regulatory.toml, rule "
        "regulatory.companion_diagnostic; expected an id that nothing names; disable or override those too, or keep it"
    )
    assert source.startswith(f"{lab}/pack.toml, [disable] sources: found folamir_2017, which is still named: ")


def test_a_rule_that_names_an_option_holds_it(tmp_path):
    option = next(
        test
        for rule in BASE.rule_list()
        for condition in rule.when
        for field, test in condition.tests.items()
        if field == "option" and isinstance(test, str) and not test.startswith("$")
    )
    table = next(t for t in ("modalities", "chemistries", "delivery") if option in {row[0] for row in BASE.tables[t]})
    told = "\n".join(refusal(write_pack(tmp_path / "lab", disable={table: [option]})))
    assert f"found {option}, which is still named: " in told


def test_a_source_on_which_much_rests_is_told_with_the_first_few(tmp_path):
    lab = write_pack(tmp_path / "lab", disable={"sources": ["review"]})
    told = only(lab)
    assert "found review, which is still named: contexts.tsv, line " in told
    assert told.count(".tsv, line") == 5
    assert " more; expected an id that nothing names" in told


def test_what_is_disabled_together_does_not_dangle(tmp_path):
    disable = {
        "agents": ["mrx34"],
        "trials": [row.trial for row in BASE.trials if row.agent == "mrx34"],
        "trial_claims": [row.claim for row in BASE.trial_claims if row.trial in ("nct01829971", "nct02862145")],
        "trial_tumors": [
            f"{r.trial}/{r.cancer}" for r in BASE.trial_tumors if r.trial in ("nct01829971", "nct02862145")
        ],
        "stop_reasons": [
            f"{r.trial}/{r.reason}/{r.source}" for r in BASE.stop_reasons if r.trial in ("nct01829971", "nct02862145")
        ],
    }
    known = load_knowledge(write_pack(tmp_path / "lab", disable=disable))
    assert "mrx34" not in {row.agent for row in known.agents}


# --- several packs ----------------------------------------------------------------------------------------------------


def pair(tmp_path: Path, first: dict[str, Any], second: dict[str, Any]) -> tuple[Path, Path]:
    return write_pack(tmp_path / "lab-a", **first), write_pack(tmp_path / "lab-b", **second)


OTHER = {"tables": {"sources": [{**SOURCE, "kind": "paper"}]}}


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ({"tables": {"sources": [SOURCE]}}, OTHER, "defines"),
        ({"tables": {"claims": [like("claims", LIVER_221, note="x")]}}, {"disable": {"claims": [LIVER_221]}}, "defin"),
        ({"disable": {"claims": [LIVER_221]}}, {"tables": {"claims": [like("claims", LIVER_221)]}}, "disables"),
        ({"lab": rule("lab.flag")}, {"lab": rule("lab.flag", cite="own_tcga")}, "defines"),
        ({"ranking": "[context]\narm_unknown = 4\n"}, {"ranking": "[context]\narm_unknown = 5\n"}, "defines"),
    ],
)
def test_two_packs_that_say_different_things_of_one_id_are_refused(tmp_path, first, second, kind):
    problem = only(*pair(tmp_path, first, second))
    assert problem.startswith(str(tmp_path / "lab-b"))
    assert f"which another pack {kind}" in problem
    assert f"expected one pack for an id, or the same in both ({tmp_path / 'lab-a'}" in problem
    assert problem.endswith("use one of the packs, or bring them in line")


@pytest.mark.parametrize(
    "content",
    [
        {"tables": {"sources": [SOURCE], "claims": [CLAIM]}},
        {"disable": {"claims": [LIVER_221]}},
        {"lab": rule("lab.flag")},
        {"ranking": "[context]\narm_unknown = 4\n"},
    ],
)
def test_two_packs_that_say_the_same_get_on(tmp_path, content):
    first, second = pair(tmp_path, content, content)
    assert load_knowledge(first, second).tables == load_knowledge(first).tables
    assert len(load_knowledge(first, second).packs) == 2


def test_two_packs_of_one_name_are_refused(tmp_path):
    first = write_pack(tmp_path / "a", name="lab")
    second = write_pack(tmp_path / "b", name="lab")
    assert only(first, second) == (
        f"{second}/pack.toml: found name lab, which the pack {first} has; expected packs of different names; "
        "give it once"
    )
    assert "which the pack" in only(first, first)


def test_a_pack_may_cite_a_source_of_another(tmp_path):
    first, second = pair(tmp_path, {"tables": {"sources": [SOURCE]}}, {"tables": {"claims": [CLAIM]}})
    assert load_knowledge(second, first).claims == load_knowledge(first, second).claims
    assert only(second).endswith(
        "column source: found lab_a; expected a key of sources.tsv or table1 or table2 or text"
    )


def test_problems_of_several_packs_and_files_are_told_together(tmp_path):
    first, second = pair(tmp_path, {"lab": "[[rule"}, {"tables": {"claims": [{**CLAIM, "direction": "upp"}]}})
    (second / "notes.txt").touch()
    (first / "knowledge" / "claim.tsv").touch()
    told = "\n".join(refusal(first, second))
    assert f"{first}/knowledge/claim.tsv" in told
    assert f"{second}/notes.txt" in told


# --- records that do not fit ------------------------------------------------------------------------------------------


def test_a_claim_that_repeats_another_under_a_new_id_is_refused(tmp_path):
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE], "claims": [CLAIM, {**CLAIM, "claim_id": "b"}]})
    assert only(lab) == (
        f"{lab}/knowledge/claims.tsv, line 2: found hepatocellular_carcinoma miR-182 up lab_a; "
        "expected one row a statement; first as b"
    )
    again = like("claims", LIVER_221, claim_id="again")
    told = refusal(write_pack(tmp_path / "again", {"claims": [again]}))
    assert any("found hepatocellular_carcinoma miR-221 up table1; expected one row a statement" in t for t in told)


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        (
            {**CLAIM, "mirna_as_printed": "miR-9999"},
            "column mirna_as_printed: found miR-9999; expected a key of named_",
        ),
        ({**CLAIM, "cancer": "liver"}, "column cancer: found liver; expected a key of cancers.tsv or pan_cancer"),
        ({**CLAIM, "source": "hearsay"}, "column source: found hearsay; expected a key of sources.tsv or table1"),
        ({**CLAIM, "source": ""}, "column source: found nothing; expected a key of sources.tsv"),
        ({**CLAIM, "source": "review"}, "found source review; expected its place: table1, table2, text"),
        ({**CLAIM, "locator": ""}, "found no locator"),
        ({**CLAIM, "references": ["101"]}, "found 101; expected 1 to 100 of the review's list, or a key of sources"),
        ({**CLAIM, "references": ["9" * 5000]}, "expected 1 to 100"),
        ({**CLAIM, "source": "text"}, "expected tx.hepatocellular_carcinoma.up.miR-182"),
    ],
)
def test_a_claim_that_names_what_does_not_exist_is_refused(tmp_path, claim, told):
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE], "claims": [claim]})
    assert f"{lab}/knowledge/claims.tsv, line 2" in only(lab)
    assert told in only(lab)


def test_an_action_there_is_not_is_refused(tmp_path):
    row = like("combinations", "car_t.immune", combination="lab.mix", actions=["inhibit", "replace"])
    lab = write_pack(tmp_path / "lab", {"combinations": [row]})
    assert only(lab).endswith("column actions: found replace; expected one of inhibit, restore")


def test_references_of_every_table_are_of_the_reviews_list_or_sources(tmp_path):
    row = like("combinations", "car_t.immune", combination="lab.mix", references=["0"])
    lab = write_pack(tmp_path / "lab", {"combinations": [row]})
    assert only(lab).endswith("found 0; expected 1 to 100 of the review's list, or a key of sources.tsv")


@pytest.mark.parametrize("table", ["roles", "preclinical"])
def test_a_role_or_laboratory_work_of_a_pack_names_its_source(tmp_path, table):
    row = {
        "roles": {"role_id": "r", "role": "oncomir", "scope": "general", "basis": "text"},
        "preclinical": {"preclinical_id": "p", "action": "inhibit"},
    }[table] | {"mirna_as_printed": "miR-182"}
    lab = write_pack(tmp_path / "lab", {table: [row]})
    assert only(lab) == (
        f"{lab}/knowledge/{table}.tsv, line 2, column references: found nothing; "
        "expected a key of sources.tsv, or the review's list"
    )


@pytest.mark.parametrize("name", ["12", "text", "table1", "a:b", "a b"])
def test_a_source_whose_id_would_be_read_as_something_else_is_refused(tmp_path, name):
    lab = write_pack(tmp_path / "lab", {"sources": [{**SOURCE, "source": name}]})
    assert f"column source: found {name}; expected letters, digits" in only(lab)


TUMOR = {"cancer": "made_up", "name": "Made-up tumor", "level": "tumor", "lineage": "solid"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"synonyms": ["melanoma"]},
            "found the name melanoma, which means melanoma; expected names no other tumor has",
        ),
        ({"name": "Hepatocellular-Carcinoma"}, "which means hepatocellular_carcinoma; expected names no other"),
        ({"tcga": ["LUAD"]}, "column tcga: found LUAD, which lung_adenocarcinoma has; expected a code on one row"),
        ({"oncotree": ["LUAD"]}, "LUAD, which lung_adenocarcinoma has; expected a code on one row"),
        ({"synonyms": ["LUAD"]}, "found the name LUAD, which means lung_adenocarcinoma"),
        ({"tcga": ["luad"]}, "found the name tcga:LUAD, which means lung_adenocarcinoma"),
        ({"name": "肝癌"}, "found the name 肝癌; expected Latin letters or digits: names of others all look alike"),
        ({"cancer": "pan_cancer"}, "found pan_cancer; expected another id: this word has a meaning of its own"),
        ({"cancer": "general"}, "found general; expected another id"),
        ({"parent": "nowhere"}, "column parent: found nowhere; expected a key of cancers.tsv"),
        ({"parent": "made_up"}, "found made_up belongs to itself; expected parents without a circle"),
        ({"lineage": "liquid"}, "column lineage: found 'liquid'"),
    ],
)
def test_a_tumor_that_takes_a_name_from_another_or_has_none_is_refused(tmp_path, change, told):
    lab = write_pack(tmp_path / "lab", {"cancers": [{**TUMOR, **change}]})
    problems = refusal(lab)
    assert [problem for problem in problems if told in problem and str(lab) in problem] != []


def test_two_packs_whose_tumors_share_a_name_are_refused(tmp_path):
    first = {"tables": {"cancers": [{**TUMOR, "cancer": "one", "synonyms": ["the same"]}]}}
    second = {"tables": {"cancers": [{**TUMOR, "cancer": "two", "name": "Other", "synonyms": ["The Same"]}]}}
    told = refusal(*pair(tmp_path, first, second))
    assert any("found the name the same, which others have too" in problem for problem in told)


MIRNA = {
    "mirna": "hsa-miR-9999-5p",
    "accession": "MIMAT0099999",
    "sequence": "UACCGAUUGCAGGAUCCUAGAU",
    "arm": "5p",
    "unsuffixed": "no",
    "guide": "yes",
    "status": "current",
    "included_because": "named",
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"previous_names": ["hsa-miR-21"]},
            "found the name hsa-miR-21, which would be hsa-miR-21-5p (hairpin); expected names that",
        ),
        ({"previous_names": ["hsa-miR-122"]}, "expected names that leave it hsa-miR-122-5p (arm assumed)"),
        ({"previous_names": ["let-7"]}, "found the name let-7, which is hsa-let-7a-5p or hsa-let-7b-5p or"),
        ({"accession": "MIMAT0000076"}, "found accession MIMAT0000076; expected one of its own"),
        ({"accession": "novel"}, "found accession novel; expected one of its own, MIMAT and seven digits"),
        ({"sequence": "UAGCUUAUCAGACUGAUGUUGA"}, "found the sequence of hsa-miR-21-5p; expected one of its own"),
        ({"sequence": "TACCGA"}, "column sequence: found 'TACCGA'"),
        ({"mirna": "mmu-miR-9999-5p"}, "found the name mmu-miR-9999-5p; expected a human name as miRBase writes it"),
        ({"mirna": "our-novel-5p"}, "found the name our-novel-5p; expected a human name as miRBase writes it"),
        ({"mirna": "hsa-miR-9999-3p"}, "found arm 5p; expected 3p, as the name says"),
        ({"hairpins": ["hsa-mir-21"]}, "found hairpin hsa-mir-21; expected a hairpin of hairpins.tsv that lists it"),
    ],
)
def test_a_mirna_that_takes_a_name_from_another_or_has_none_is_refused(tmp_path, change, told):
    lab = write_pack(tmp_path / "lab", {"mirnas": [{**MIRNA, **change}]})
    assert [problem for problem in refusal(lab) if told in problem and str(lab) in problem] != []


def test_a_family_that_takes_the_name_of_a_mirna_is_refused(tmp_path):
    family = like("families", "miR-34-family", family="lab-family", aliases=["miR-21"])
    lab = write_pack(tmp_path / "lab", {"families": [family]})
    told = (
        "found the name hsa-miR-21, which would be hsa-miR-34a-5p or hsa-miR-34b-5p or hsa-miR-34c-5p (ambiguous name)"
    )
    assert any(told in problem for problem in refusal(lab))
    other = like("families", "miR-34-family", family="lab-family", aliases=["miR-34"], members=["hsa-miR-34a-5p"])
    told = "found the name miR-34, which would be hsa-miR-34a-5p ("
    assert any(told in problem for problem in refusal(write_pack(tmp_path / "other", {"families": [other]})))
    taken = write_pack(tmp_path / "taken", {"families": [{**family, "family": "hsa-miR-21-5p", "aliases": []}]})
    assert only(taken).endswith("found hsa-miR-21-5p, which mirnas.tsv has; expected an id of its own")


def test_a_second_guide_that_would_make_a_known_hairpin_uncertain_is_refused(tmp_path):
    arm = {**MIRNA, "mirna": "hsa-miR-23a-5p", "accession": "MIMAT0004496", "sequence": "GGGGUUCCUGGGGAUGGGAUUU"}
    rows = [{**arm, "hairpins": ["hsa-mir-23a"], "family": "mir-23", "guide": guide} for guide in ("yes", "no")]
    assert any(
        "hsa-mir-23a, which would be" in told for told in refusal(write_pack(tmp_path / "a", {"mirnas": rows[:1]}))
    )
    assert len(load_knowledge(write_pack(tmp_path / "b", {"mirnas": rows[1:]})).mirnas) == len(BASE.mirnas) + 1


# --- rules ------------------------------------------------------------------------------------------------------------


def candidate(**tests: str) -> str:
    return ", ".join(['{ as = "candidate", type = "candidate"', *(f'{k} = "{v}"' for k, v in tests.items())]) + " }"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            rule("lab.flag", candidate(colour="up")),
            "condition candidate: found field colour; expected one of against, call, ",
        ),
        (rule("lab.flag", candidate(call="upp")), "found call = upp; expected one of up, down"),
        (rule("lab.flag", candidate(cancer="liver")), "found cancer = liver; expected an id of a cancer there is"),
        (rule("other.flag"), "found other.flag; expected an id starting with lab.; or move it to the file of its stem"),
        (rule("lab.flag", cite="hearsay"), "found source hearsay; expected an id of sources.tsv"),
        (rule("lab.flag", fires='{ type = "candidate", call = "down" }'), "example 'one that fires': found silence"),
        (rule("lab.flag", silent='{ type = "candidate", call = "up" }'), "example 'one that stays silent': found a m"),
        (rule("lab.flag", fires='{ type = "candidate", call = "x" }'), "expected declared type, fields and words"),
        (rule("lab.flag", then='{ gate = "red" }'), "then.gate: found 'red'"),
        (rule("lab.flag", then="{ }"), "a rule must conclude something"),
        (rule("lab.flag", then='{ strategy = "restore" }'), 'found restore where call = up; expected call = "down"'),
        (
            rule("lab.flag", then='{ flag = { id = "f", severity = "info", message = "{nobody}" } }'),
            "found {nobody} in a message",
        ),
        (
            rule("lab.flag", then='{ flag = { id = "f", severity = "info", message = "a\\u001b[31m" } }'),
            "expected printable characters on one line",
        ),
        ("[[rule]]\nid = 5\n", "rule 5, id: found 5"),
        ("", "rule: found"),
        ("rule = 5", "rule: found 5"),
        ('title = "x"\n' + rule("lab.flag"), "title: found 'x'; expected Extra inputs are not permitted"),
    ],
)
def test_a_rule_that_is_not_sound_is_refused_with_file_and_rule(tmp_path, text, told):
    lab = write_pack(tmp_path / "lab", lab=text)
    problems = refusal(lab)
    assert all(problem.startswith(f"{lab}/lab.toml") for problem in problems)
    assert any(told in problem for problem in problems)


@pytest.mark.parametrize(
    ("when", "then", "told"),
    [
        (
            '{ as = "agent", type = "agent" }',
            '{ tier = "T1" }',
            "found a first condition of type agent; expected strategy or action",
        ),
        ('{ as = "strategy", type = "strategy" }', "{ biomarker = true }", "found biomarker without target"),
        ('{ as = "strategy", type = "strategy" }', "{ precedent = true }", "found precedent without agent"),
        ('{ as = "strategy", type = "strategy" }', '{ caveat = "nothing" }', "found caveat nothing; expected an id of"),
    ],
)
def test_a_conclusion_that_would_find_nothing_to_belong_to_is_refused(tmp_path, when, then, told):
    text = rule("lab.flag", when, then, '{ type = "strategy" }', '{ type = "target" }', stratum=2)
    assert any(told in problem for problem in refusal(write_pack(tmp_path / "lab", lab=text)))


def test_a_rule_on_the_profile_can_only_note(tmp_path):
    facts = ('{ as = "profile", type = "profile" }', '{ gate = "adverse" }', '{ type = "profile" }')
    lab = write_pack(tmp_path / "lab", lab=rule("lab.flag", *facts))
    assert only(lab).endswith("found a conclusion on the profile as a whole; expected a note")


def test_rules_beyond_what_the_matcher_bears_are_refused_with_a_way_out(tmp_path):
    text = "".join(rule(f"lab.flag_{number}") for number in range(61))
    lab = write_pack(tmp_path / "lab", lab=text)
    assert only(lab) == (
        f"{lab}/lab.toml, rule lab.flag_9, candidate: found 61 conditions one fact could meet at once; "
        "expected at most 60; move rules to a file of their own: each is a ruleset by itself"
    )


def test_a_known_file_that_grows_beyond_what_the_matcher_bears_is_refused(tmp_path):
    text = "".join(rule(f"context.flag_{number}") for number in range(60))
    lab = write_pack(tmp_path / "lab", context=text)
    assert "conditions one fact could meet at once" in only(lab)
    (lab / "context.toml").rename(lab / "lab.toml")
    (lab / "lab.toml").write_text(text.replace("context.", "lab."), encoding="utf-8")
    assert len(load_knowledge(lab).rules["lab.toml"]) == 60


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[contexts]\na = 1\n", "contexts.a: found an unknown table; expected one of"),
        ("[expression]\npoints_per_log = 1.0\n", "found an unknown key; expected one of max_abs_log2_ratio"),
        ("[expression]\npoints_per_log2 = 'many'\n", "expression.points_per_log2: found 'many'; expected a number"),
        ("[expression]\npoints_per_log2 = -1.0\n", "found -1.0; expected a number from 0 to"),
        ("[expression]\npoints_per_log2 = nan\n", "found nan; expected a number from 0 to"),
        ("[expression]\npoints_per_log2 = inf\n", "found inf; expected a number from 0 to"),
        ("[expression]\npoints_per_log2 = [1]\n", "found [1]; expected a number"),
        ("[expression]\npoints_per_log2 = true\n", "found True; expected a number"),
        ("[context]\narm_unknown = 1.5\n", "context.arm_unknown: found 1.5; expected a whole number"),
        ("[context]\nlab_flag = 1.5\n", "context.lab_flag: found 1.5; expected a whole number"),
        ("[context]\nlab_flag = -1\n", "context.lab_flag: found -1; expected a number from 0 to"),
        ("[safety]\narm_unknown = 1\n", "found arm_unknown, which weighs in [context]; expected an id weighed once"),
        ("[adjusted_p_value]\nmax = 1.5\n", "found 1.5; expected a number from 0 to 1"),
        ("[scaling]\nmethod = 'tpm'\n", "found 'tpm'; expected one of median_of_ratios, rpm"),
        ("context = 5\n", "[context]: found 5; expected a table of settings"),
        ("[context]\nnobody = 1\n", "context.nobody: found nobody, which no rule raises"),
        ("[context", "ranking.toml: found"),
    ],
)
def test_a_setting_of_a_wrong_name_kind_or_size_is_refused(tmp_path, text, told):
    lab = write_pack(tmp_path / "lab", ranking=text)
    assert told in only(lab)
    assert only(lab).startswith(f"{lab}/ranking.toml")


# --- nothing is changed on disk ---------------------------------------------------------------------------------------


def test_the_bundled_knowledge_is_the_same_before_and_after(tmp_path):
    tables, rules, settings = dict(BASE.tables), {k: list(v) for k, v in BASE.rules.items()}, dict(BASE.settings)
    lab = write_pack(
        tmp_path / "lab",
        SOUND,
        disable={"rules": ["context.immune_stress"], "claims": [LIVER_221]},
        context=rule("context.lab_flag"),
        ranking="[context]\nlab_flag = 3\n",
    )
    load_knowledge(lab)
    with pytest.raises(KnowledgeError):
        load_knowledge(tmp_path)
    assert (dict(BASE.tables), dict(BASE.rules), dict(BASE.settings)) == (tables, rules, settings)
    assert load_knowledge() is BASE
