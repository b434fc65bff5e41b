"""What a knowledge pack can add, override and disable, and what it changes in an answer."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from recommender import Recommendation, load_knowledge, recommend
from recommender.cli import run as command
from recommender.knowledge import data_folder, folder_digest
from recommender.report.outline import outline
from recommender.report.text import render_text
from tests.conftest import profile
from tests.packing import BASE, CLAIM, SOURCE, like, refusal, rule, write_pack

LIVER = "hepatocellular carcinoma"


def run(*packs: Path, cancer: str = LIVER, expression: dict[str, Any] | None = None, **fields: Any) -> Recommendation:
    given = profile(cancer, expression or {"hsa-miR-182-5p": 2.0}, **fields)
    return recommend(given, knowledge=load_knowledge(*packs))


def flag_ids(result: Recommendation) -> set[str]:
    return {flag.id for strategy in result.strategies for flag in strategy.flags}


# --- adding -----------------------------------------------------------------------------------------------------------


def test_a_claim_on_a_covered_mirna_makes_a_strategy_that_names_its_source(tmp_path):
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE], "claims": [CLAIM]})
    assert run().strategies == []  # documented for other tumors alone: exploratory
    (strategy,) = run(lab).strategies
    assert (strategy.id, strategy.tier, strategy.claim_match) == ("inhibit:hsa-miR-182-5p", "T5", "same_tumor")
    (evidence,) = strategy.evidence
    assert (evidence.claim_id, evidence.source) == ("lab_a.hepatocellular_carcinoma.up.miR-182", "lab_a")
    assert "lab_a" in {source.id for source in run(lab).sources}
    assert "documented up here (lab_a as miR-182)" in render_text(outline(run(lab)))


def test_a_claim_against_the_review_is_a_conflict_that_names_both(tmp_path):
    claim = {**CLAIM, "claim_id": "a", "mirna_as_printed": "miR-221", "direction": "down"}
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE], "claims": [claim]})
    result = run(lab, expression={"hsa-miR-221-3p": 2.0})
    assert (result.outcome, result.withheld[0].reasons) == ("all_withheld", ["conflicting_evidence"])
    assert {evidence.source for evidence in result.withheld[0].evidence} == {"table1", "text", "lab_a"}
    assert "lab_a" in {source.id for source in result.sources}


def test_a_claim_that_agrees_with_a_table_counts_as_table_and_text_do(tmp_path):
    claim = {**CLAIM, "mirna_as_printed": "miR-224"}
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE], "claims": [claim]})

    def documentation(*packs: Path) -> int:
        (strategy,) = run(*packs, expression={"hsa-miR-224-5p": 2.0}).strategies
        return next(c.points for c in strategy.components if c.name == "documentation")

    assert (documentation(), documentation(lab)) == (3, 6)


NEW_MIRNA = {
    "mirnas": [
        {
            "mirna": "hsa-miR-9999-5p",
            "accession": "MIMAT0099999",
            "sequence": "UACCGAUUGCAGGAUCCUAGAU",
            "arm": "5p",
            "hairpins": ["hsa-mir-9999"],
            "unsuffixed": "yes",
            "guide": "yes",
            "previous_names": ["hsa-miR-9999"],
            "status": "current",
            "included_because": "named",
        }
    ],
    "hairpins": [{"hairpin": "hsa-mir-9999", "accession": "MI0099999", "matures": ["hsa-miR-9999-5p"]}],
    "named_mirnas": [
        {
            "as_printed": "miR-9999",
            "named_by": "lab_a",
            "identity": "hsa-miR-9999-5p",
            "identity_kind": "mature",
            "arm": "assumed",
        }
    ],
}


def test_a_new_mirna_is_read_under_every_name_and_gives_a_strategy(tmp_path):
    claim = {**CLAIM, "claim_id": "a", "mirna_as_printed": "miR-9999"}
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE], "claims": [claim], **NEW_MIRNA})
    for name in ("hsa-miR-9999-5p", "miR-9999", "hsa-mir-9999", "MIMAT0099999"):
        assert [s.id for s in run(lab, expression={name: 2.0}).strategies] == ["inhibit:hsa-miR-9999-5p"], name
    assert run(expression={"hsa-miR-9999-5p": 2.0}).not_in_knowledge == ["hsa-miR-9999-5p"]


def test_a_new_tumor_is_known_by_its_names_and_counts_as_its_parent(tmp_path):
    row = {
        "cancer": "made_up_hepatoma",
        "name": "Made-up hepatoma",
        "level": "subtype",
        "lineage": "solid",
        "parent": "hepatocellular_carcinoma",
        "synonyms": ["MUH"],
    }
    lab = write_pack(tmp_path / "lab", {"cancers": [row]})
    result = run(lab, cancer="muh", expression={"hsa-miR-221-3p": 2.0})
    assert (result.cancer.id, result.cancer.subtype) == ("hepatocellular_carcinoma", "made_up_hepatoma")
    assert [s.id for s in result.strategies] == ["inhibit:hsa-miR-221-3p"]


AGENT = {
    "agents": [like("agents", "lna_i_mir_221", agent="lab_drug", name="Lab drug", mirna="hsa-miR-182-5p")],
    "trials": [like("trials", "nct04811898", trial="lab_trial", agent="lab_drug", nct_id="", outcome="not_reported")],
    "trial_tumors": [
        {
            "trial": "lab_trial",
            "cancer": "hepatocellular_carcinoma",
            "match": "treated",
            "indication": "yes",
            "source": "lab_a",
        }
    ],
    "trial_claims": [
        {
            "claim": "lab_trial_outcome",
            "trial": "lab_trial",
            "kind": "outcome",
            "source": "lab_a",
            "statement": "Stable disease in 2/5 patients (made up).",
            "as_of": "2025",
        }
    ],
}


def test_an_agent_with_a_trial_is_a_precedent_with_a_tier(tmp_path):
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE], **AGENT})
    (strategy,) = run(lab).strategies
    assert (strategy.tier, strategy.claim_match) == ("T2", "trial_indication")
    (precedent,) = strategy.precedents
    assert (precedent.agent, precedent.tumor_match) == ("Lab drug", "treated")
    assert [said.statement for said in precedent.claims] == ["Stable disease in 2/5 patients (made up)."]


def test_a_caveat_comes_with_the_rule_that_attaches_it(tmp_path):
    caveat = {
        "caveat": "lab_caveat",
        "severity": "serious",
        "topic": "immune",
        "trigger": "Made up",
        "consequence": "it is",
        "sources": ["lab_a"],
    }
    attach = rule(
        "lab.caveat",
        when='{ as = "strategy", type = "strategy", action = "inhibit" }',
        then='{ caveat = "lab_caveat" }',
        fires='{ type = "strategy", strategy = "s", action = "inhibit" }',
        silent='{ type = "strategy", strategy = "s", action = "restore" }',
        stratum=2,
    )
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE], "caveats": [caveat]}, lab=attach)
    result = run(lab, expression={"hsa-miR-221-3p": 2.0, "hsa-miR-122-5p": -2.0})
    with_caveat = {s.id for s in result.strategies if "lab_caveat" in {c.id for c in s.caveats}}
    assert with_caveat == {"inhibit:hsa-miR-221-3p"}
    assert "lab_a" in {source.id for source in result.sources}


def test_a_caveat_that_no_rule_attaches_is_refused(tmp_path):
    caveat = {
        "caveat": "lab_caveat",
        "severity": "serious",
        "topic": "immune",
        "trigger": "Made up",
        "consequence": "it is",
        "sources": ["review"],
    }
    lab = write_pack(tmp_path / "lab", {"caveats": [caveat]})
    assert refusal(lab) == [
        (
            f"{lab}/knowledge/caveats.tsv, line 2: found caveat lab_caveat that no rule concludes; expected a rule for "
            "every member; keep the rule that attaches it, write one, or disable the record too"
        )
    ]


def test_a_target_gene_is_a_readout_and_counts_where_it_is_measured(tmp_path):
    target = like("targets", next(row.target_id for row in BASE.targets if row.kind == "gene"))
    target |= {"target_id": "lab.target", "mirna_as_printed": "miR-221", "target": "MADEUP1", "as_printed": "MADEUP1"}
    target |= {"effect": "represses", "sources": ["lab_a"], "references": [], "cancer": ""}
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE], "targets": [target]})
    result = run(lab, expression={"hsa-miR-221-3p": 2.0}, target_expression={"MADEUP1": -2.0})
    (strategy,) = result.strategies
    assert "MADEUP1" in {biomarker.name for biomarker in strategy.biomarkers}
    assert "target_supports" in {flag.id for flag in strategy.flags}
    assert "lab_a" in {source.id for source in result.sources}


def test_a_combination_and_a_role_and_laboratory_work_can_be_added(tmp_path):
    tables = {
        "sources": [SOURCE],
        "combinations": [like("combinations", "car_t.immune", combination="lab.mix", sources=["lab_a"])],
        "roles": [
            {
                "role_id": "lab.role",
                "mirna_as_printed": "miR-182",
                "role": "suppressor",
                "scope": "general",
                "basis": "text",
                "references": ["lab_a"],
            }
        ],
        "preclinical": [
            {
                "preclinical_id": "lab.work",
                "mirna_as_printed": "miR-224",
                "action": "inhibit",
                "references": ["lab_a"],
                "locator": "Figure 2",
            }
        ],
        "claims": [CLAIM],
    }
    lab = write_pack(tmp_path / "lab", tables)
    result = run(lab, expression={"hsa-miR-182-5p": 2.0, "hsa-miR-224-5p": 2.0})
    assert [(s.id, s.tier) for s in result.strategies] == [("inhibit:hsa-miR-224-5p", "T4")]
    assert [(w.id, w.reasons) for w in result.withheld] == [("inhibit:hsa-miR-182-5p", ["opposes_established_role"])]
    text = render_text(outline(result))
    assert "Laboratory work cited by a pack: miR-224 [lab_a], Figure 2" in text
    assert "hsa-miR-182-5p is established as a tumor suppressor" in result.withheld[0].message
    assert [row.combination for row in load_knowledge(lab).combinations][-1] == "lab.mix"


def test_a_flag_of_a_new_rule_can_be_given_a_weight(tmp_path):
    lab = write_pack(tmp_path / "lab", lab=rule("lab.flag"), ranking="[context]\nlab_flag = 7\n")
    (before,), (after,) = (run(*packs, expression={"hsa-miR-221-3p": 2.0}).strategies for packs in ((), (lab,)))
    assert after.points == before.points - 7
    assert "hsa-miR-221-3p is up." in {flag.message for flag in after.flags}


def test_new_files_of_rules_are_rulesets_of_their_own_and_known_ones_grow(tmp_path):
    lab = write_pack(tmp_path / "lab", lab=rule("lab.flag"), context=rule("context.lab_flag"))
    known = load_knowledge(lab)
    assert list(known.rules) == [*BASE.rules, "lab.toml"]
    assert [r.id for r in known.rules["context.toml"]][-1] == "context.lab_flag"
    assert flag_ids(run(lab, expression={"hsa-miR-221-3p": 2.0})) >= {"lab_flag"}


# --- overriding -------------------------------------------------------------------------------------------------------


def test_an_overriding_row_stands_where_the_other_stood(tmp_path):
    row = like("caveats", "companion_diagnostic", consequence="Ask the laboratory.")
    known = load_knowledge(write_pack(tmp_path / "lab", {"caveats": [row]}))
    keys = [caveat.caveat for caveat in BASE.caveats]
    assert [caveat.caveat for caveat in known.caveats] == keys
    assert known.caveats[keys.index("companion_diagnostic")].consequence == "Ask the laboratory."


def test_an_overriding_rule_speaks_in_place_of_the_other(tmp_path):
    other = rule(
        "context.protective_role",
        when='{ as = "candidate", type = "candidate", protective = "yes", call = "up" }',
        then='{ flag = { id = "protective_role", severity = "serious", message = "Mind {mirna}." } }',
        fires='{ type = "candidate", protective = "yes", call = "up" }',
        silent='{ type = "candidate", protective = "no", call = "up" }',
    )
    lab = write_pack(tmp_path / "lab", context=other)
    (strategy,) = run(lab, expression={"hsa-miR-21-5p": 2.0}).strategies
    assert ("protective_role", "serious", "Mind hsa-miR-21-5p.") in {
        (flag.id, flag.severity, flag.message) for flag in strategy.flags
    }


def test_an_overridden_threshold_decides_calls_and_is_told_in_the_result(tmp_path):
    lab = write_pack(tmp_path / "lab", calling="[fold_change]\nmin_abs_log2_ratio = 2.5\n")
    assert [s.id for s in run(expression={"hsa-miR-221-3p": 2.0}).strategies] == ["inhibit:hsa-miR-221-3p"]
    result = run(lab, expression={"hsa-miR-221-3p": 2.0})
    assert (result.strategies, result.settings["fold_change"]) == ([], {"min_abs_log2_ratio": 2.5})


def test_the_settings_of_a_user_go_over_those_of_a_pack(tmp_path):
    lab = write_pack(tmp_path / "lab", calling="[fold_change]\nmin_abs_log2_ratio = 2.5\n")
    given = profile(LIVER, {"hsa-miR-221-3p": 2.0})
    mine = {"fold_change": {"min_abs_log2_ratio": 1.5}}
    assert len(recommend(given, knowledge=load_knowledge(lab), settings=mine).strategies) == 1


# --- disabling --------------------------------------------------------------------------------------------------------


def test_a_disabled_claim_is_gone(tmp_path):
    ids = ["t1.hepatocellular_carcinoma.up.miR-224"]
    lab = write_pack(tmp_path / "lab", disable={"claims": ids})
    assert [s.id for s in run(expression={"hsa-miR-224-5p": 2.0}).strategies] == ["inhibit:hsa-miR-224-5p"]
    assert run(lab, expression={"hsa-miR-224-5p": 2.0}).strategies == []


def test_a_disabled_rule_is_silent_and_its_weight_can_go_with_it(tmp_path):
    disable = {"rules": ["context.protective_role"], "weights": ["context.protective_role"]}
    lab = write_pack(tmp_path / "lab", disable=disable)
    assert flag_ids(run(expression={"hsa-miR-21-5p": 2.0})) >= {"protective_role"}
    assert "protective_role" not in flag_ids(run(lab, expression={"hsa-miR-21-5p": 2.0}))
    assert "protective_role" not in load_knowledge(lab).settings["context"]


def test_a_weight_whose_flag_no_rule_raises_any_more_is_refused(tmp_path):
    lab = write_pack(tmp_path / "lab", disable={"rules": ["context.protective_role"]})
    assert refusal(lab) == [
        (
            "ranking.toml, [context]: found protective_role, which no rule raises; expected flags that rules raise; "
            'or disable the weight: weights = ["context.protective_role"]'
        )
    ]


def test_rows_without_an_id_of_their_own_are_named_by_several_columns(tmp_path):
    disable = {
        "trial_tumors": ["nct01829971/non_small_cell_lung_cancer"],
        "stop_reasons": ["nct04675996/funding/review"],
        "retired": ["hsa-let-7c*/MIMAT0004483"],
    }
    lab = write_pack(tmp_path / "lab", disable={k: v for k, v in disable.items() if k != "stop_reasons"})
    known = load_knowledge(lab)
    assert len(known.trial_tumors) == len(BASE.trial_tumors) - 1
    assert len(known.retired) == len(BASE.retired) - 1
    other = write_pack(tmp_path / "other", disable={"stop_reasons": disable["stop_reasons"]})
    (problem,) = refusal(other)  # the id is known; a trial that was terminated must have a reason
    assert "found Terminated without a stop reason" in problem


def test_a_whole_kind_of_safeguard_cannot_be_switched_off(tmp_path):
    lab = write_pack(tmp_path / "lab", disable={"rules": ["context.timing_sensitive_disease"]})
    assert refusal(lab) == [
        (
            "rules: found withheld reason timing_contraindicated that no rule concludes; expected a rule for every "
            "member; keep a rule that concludes it"
        )
    ]


# --- what is told -----------------------------------------------------------------------------------------------------


def test_a_pack_is_named_in_every_output_with_what_it_changes_and_its_hash(tmp_path):
    row = like("caveats", "companion_diagnostic", consequence="Ask the laboratory.")
    lab = write_pack(
        tmp_path / "lab-findings",
        {"sources": [SOURCE], "claims": [CLAIM], "caveats": [row]},
        disable={"rules": ["context.immune_stress"]},
        ranking="[context]\nprotective_role = 4\n",
    )
    text = b"".join(
        f"{file.relative_to(lab).as_posix()}\0{file.read_text(encoding='utf-8')}\0".encode()
        for file in sorted(lab.rglob("*.t*"))
    )
    digest = hashlib.sha256(text).hexdigest()
    named = f"lab-findings 1.0 (2 added, 2 overridden, 1 disabled; {digest[:12]})"
    result = run(lab)
    assert result.knowledge.packs == [named]
    assert result.knowledge.sha256 == hashlib.sha256(f"{BASE.sha256}\n{digest}".encode()).hexdigest()
    last = " ".join(render_text(outline(result)).split())
    assert last.endswith(f"({result.knowledge.sha256[:12]}) with {named}, input {result.input_sha256[:12]}")
    assert str(tmp_path) not in result.to_json()


def test_without_packs_nothing_is_named_and_the_hash_is_the_folders():
    assert run().knowledge.packs == []
    assert BASE.sha256 == folder_digest(data_folder("rules"))


def test_line_ends_change_neither_pack_nor_hash(tmp_path):
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE], "claims": [CLAIM]}, lab=rule("lab.flag"))
    before = load_knowledge(lab)
    for file in lab.rglob("*.t*"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    after = load_knowledge(lab)
    assert (after.tables, after.sha256, after.packs) == (before.tables, before.sha256, before.packs)


def test_documents_beside_a_pack_and_hidden_files_are_not_read(tmp_path):
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE]})
    before = load_knowledge(lab).sha256
    (lab / "README.md").write_text("About.", encoding="utf-8")
    (lab / ".git").mkdir()
    (lab / "knowledge" / ".claims.tsv.swp").write_bytes(b"\0")
    assert load_knowledge(lab).sha256 == before


def test_packs_are_loaded_once_until_they_change(tmp_path):
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE]})
    first = load_knowledge(lab)
    assert load_knowledge(str(lab)) is first
    file = lab / "knowledge" / "sources.tsv"
    file.write_text(file.read_text(encoding="utf-8").replace("made up", "invented"), encoding="utf-8")
    assert load_knowledge(lab).sources[-1].citation == "Laboratory A, invented"


def test_packs_go_over_another_complete_folder_too(tmp_path):
    import shutil

    rules = shutil.copytree(data_folder("rules"), tmp_path / "rules")
    ranking = rules / "ranking.toml"
    ranking.write_text(ranking.read_text(encoding="utf-8").replace("points_per_log2 = 7.5", "points_per_log2 = 10.0"))
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE], "claims": [CLAIM]})
    known = load_knowledge(lab, rules=rules)
    assert known.settings["expression"]["points_per_log2"] == 10.0
    assert known.claims[-1].claim_id == CLAIM["claim_id"]


# --- the command line -------------------------------------------------------------------------------------------------


@pytest.fixture
def call(capsys):
    def do(*arguments: str) -> tuple[int, str, list[str]]:
        status = command(list(arguments))
        captured = capsys.readouterr()
        return status, captured.out, captured.err.splitlines()

    return do


@pytest.fixture
def tumor(tmp_path):
    path = tmp_path / "tumor.json"
    path.write_text(json.dumps(profile(LIVER, {"hsa-miR-182-5p": 2.0})), encoding="utf-8")
    return str(path)


def test_recommend_takes_packs_in_the_order_given(tmp_path, call, tumor):
    a = write_pack(tmp_path / "lab-a", {"sources": [SOURCE], "claims": [CLAIM]})
    b = write_pack(tmp_path / "lab-b", lab=rule("lab.flag"))
    options = ("--format", "json", "--knowledge", str(a), "--knowledge", str(b))
    status, out, err = call("recommend", tumor, *options)
    result = json.loads(out)
    assert (status, err) == (0, [])
    assert [pack.split()[0] for pack in result["knowledge"]["packs"]] == ["lab-a", "lab-b"]
    assert "lab_flag" in {flag["id"] for flag in result["strategies"][0]["flags"]}


def test_explain_takes_packs_and_names_them(tmp_path, call, tumor):
    lab = write_pack(tmp_path / "lab", {"sources": [SOURCE], "claims": [CLAIM]}, lab=rule("lab.flag"))
    status, out, err = call("explain", tumor, "miR-182", "--format", "json", "--knowledge", str(lab))
    result = json.loads(out)
    assert (status, err) == (0, [])
    assert CLAIM["claim_id"] in {claim["claim_id"] for claim in result["documents"]["claims"]}
    assert "lab.flag" in {fired["rule"] for fired in result["fired"]}
    text = " ".join(call("explain", tumor, "miR-182", "--knowledge", str(lab))[1].split())
    assert "lab.flag" in text
    assert "with lab 1.0 (3 added, 0 overridden, 0 disabled;" in text


def test_a_tumor_only_a_pack_knows_is_read_on_the_command_line(tmp_path, call):
    row = {"cancer": "made_up_tumor", "name": "Made-up tumor", "level": "tumor", "lineage": "solid"}
    lab = write_pack(tmp_path / "lab", {"cancers": [row]})
    path = tmp_path / "tumor.json"
    path.write_text(json.dumps(profile("Made-up tumor", {"hsa-miR-182-5p": 2.0})), encoding="utf-8")
    assert call("recommend", str(path))[0] == 1
    assert call("recommend", str(path), "--knowledge", str(lab))[0] == 0


def test_list_and_export_show_what_packs_brought(tmp_path, call):
    lab = str(write_pack(tmp_path / "lab", {"sources": [SOURCE], "claims": [CLAIM]}))
    assert "claims\t293" in call("knowledge", "list", "--knowledge", lab)[1].splitlines()
    rows = call("knowledge", "export", "claims", "--knowledge", lab)[1].splitlines()
    assert rows[-1].split("\t")[:4] == [CLAIM["claim_id"], "hepatocellular_carcinoma", "miR-182", "hsa-miR-182-5p"]


def test_a_table_of_which_everything_is_disabled_is_exported_with_its_header(tmp_path, call):
    disable = {"combinations": [row.combination for row in BASE.combinations]}
    lab = str(write_pack(tmp_path / "lab", disable=disable))
    status, out, _ = call("knowledge", "export", "combinations", "--knowledge", lab)
    assert (status, out.splitlines()) == (0, ["\t".join(BASE.combinations[0]._fields)])


def test_a_refused_pack_exits_with_1_and_a_line_a_problem(tmp_path, call, tumor):
    claim = {**CLAIM, "direction": "upp", "locator": "x"}
    lab = write_pack(tmp_path / "lab", {"claims": [claim], "sources": [{**SOURCE, "source": ""}]})
    status, out, err = call("recommend", tumor, "--knowledge", str(lab))
    assert (status, out, len(err)) == (1, "", 2)
    assert err[0].startswith(f"error: {lab}/knowledge/claims.tsv, line 2, column direction: found 'upp'; expected")


def test_check_tells_an_author_what_a_pack_changes_and_what_to_look_at(tmp_path, call):
    tables = {
        "sources": [SOURCE, {**SOURCE, "source": "lab_b"}],
        "claims": [{**CLAIM, "claim_id": "a", "mirna_as_printed": "miR-221", "direction": "down"}],
        "caveats": [like("caveats", "companion_diagnostic", consequence="Ask.", note="changed")],
        "roles": [like("roles", "role.general.miR-21.text")],
        **NEW_MIRNA,
    }
    lab = write_pack(
        tmp_path / "lab",
        tables,
        disable={"rules": ["context.timing_newly_diagnosed"]},
        ranking="[context]\nprotective_role = 4\nlab_flag = 1\n",
        lab=rule("lab.flag"),
    )
    status, out, err = call("knowledge", "check", "--knowledge", str(lab))
    assert (status, err) == (0, [])
    assert out.splitlines()[1:] == [
        "",
        "lab 1.0: Made up for a test.",
        "  added mirnas: hsa-miR-9999-5p",
        "  added hairpins: hsa-mir-9999",
        "  added named_mirnas: miR-9999",
        "  added claims: a",
        "  added sources: lab_a, lab_b",
        "  added rules: lab.flag",
        "  added weights: context.lab_flag (1)",
        "  overridden roles: role.general.miR-21.text (as it was)",
        "  overridden caveats: companion_diagnostic (consequence, note)",
        "  overridden weights: context.protective_role (3 to 4)",
        "  disabled rules: context.timing_newly_diagnosed",
        (
            "  look: claim a contradicts t1.hepatocellular_carcinoma.up.miR-221, "
            "tx.hepatocellular_carcinoma.up.miR-221: actions on this miRNA will be withheld there "
            "as conflicting evidence"
        ),
        (
            "  look: miRNA hsa-miR-9999-5p joins the miRNAs over which p-values are adjusted: abundances and z-scores "
            "of others may be called differently"
        ),
        "  look: source lab_b is cited by nothing",
        "  look: rule context.timing_newly_diagnosed no longer concludes gate adverse: what it held back may pass",
    ]


def test_check_says_of_an_empty_pack_that_it_changes_nothing(tmp_path, call):
    lab = write_pack(tmp_path / "lab")
    assert call("knowledge", "check", "--knowledge", str(lab))[1].splitlines()[2:] == [
        "lab 1.0: Made up for a test.",
        "  changes nothing",
    ]
