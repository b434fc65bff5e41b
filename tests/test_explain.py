"""Explanations: every rule that looked, what it matched and added, and why the others stayed silent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from recommender import Explanation, InputError, Recommendation, explain, load_knowledge, recommend
from recommender.additions import additions
from recommender.appraisal import appraise
from recommender.dossier import reach
from recommender.explanation.inquiry import inquire
from recommender.explanation.subject import find_subject
from recommender.explanation.wording import _FIELDS, _MAY_CHANGE, _MISSING, _WORDS
from recommender.facts import label
from recommender.knowledge import data_folder
from recommender.model.explanation import FiredRule, SilentRule
from recommender.model.rule import Conclusion
from recommender.readers.profile import as_profile
from recommender.reference.load import load_reference
from recommender.report.explanation import explanation_outline
from recommender.report.text import WIDTH, columns, render_text
from recommender.schemas import json_schema
from recommender.vocabulary import FACTS
from tests.conftest import profile

KNOWN = load_knowledge()
RULES = {rule.id: rule for rule in KNOWN.rule_list()}
FOLDER = data_folder("profiles")
BUNDLED = sorted(file.stem for file in FOLDER.glob("*.json"))
LIVER = "hepatocellular carcinoma"


@cache
def bundled(name: str, subject: str) -> Explanation:
    return explain(FOLDER / f"{name}.json", subject)


def fired(result: Explanation, rule: str) -> FiredRule:
    return next(found for found in result.fired if found.rule == rule)


def silent(result: Explanation, rule: str) -> SilentRule:
    return next(found for found in result.silent if found.rule == rule)


def text(result: Explanation, everything: bool = False) -> str:
    return render_text(explanation_outline(result, everything))


def joined(report: str) -> str:
    return " ".join(report.split())


# ---------------------------------------------------------------- every rule is asked

SUBJECTS = ("miR-221", "miR-34a", "let-7", "miR-155", "miR-17/92", "miR-30", "inhibit:miR-21")


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_rule_that_can_look_at_it_has_matched_or_says_why_not(name, subject):
    result = bundled(name, subject)
    asked = {rule.id for rule in RULES.values() if rule.when[0].type == "candidate"}
    if result.second_stratum:
        asked |= {rule.id for rule in RULES.values() if rule.stratum == 2}
    ids = [found.rule for found in (*result.fired, *result.silent)]
    assert len(ids) == len(set(ids))
    assert set(ids) == asked


@cache
def recommended(name: str) -> Recommendation:
    return recommend(FOLDER / f"{name}.json")


@pytest.mark.parametrize("name", BUNDLED)
def test_what_matched_is_what_the_result_traces(name):
    result = recommended(name)
    appraisal = appraise(as_profile(FOLDER / f"{name}.json"), KNOWN, KNOWN.settings)
    entries = [*result.strategies, *result.withheld, *result.exploratory]
    for entry in entries:
        found = inquire(find_subject(entry.id, KNOWN), appraisal, KNOWN).fired
        told = {
            (rule.rule.id, tuple(map(label, match.values())))
            for rule in found
            for match in rule.matches
            if rule.effective and not rule.rule.then.note
        }
        assert told == {(step.rule, tuple(step.facts)) for step in entry.trace}, entry.id
    assert len(entries) >= 3


@pytest.mark.parametrize("name", BUNDLED)
def test_strategies_stand_where_the_result_has_them(name):
    result = recommended(name)
    for entry in result.strategies[:4]:
        (found,) = bundled(name, entry.id).strategies
        assert (found.rank, found.of, found.gate) == (entry.rank, len(result.strategies), entry.gate)
        assert (found.tier, found.points, found.components) == (entry.tier, entry.points, entry.components)
        assert [other.strategy for other in found.outranked_by] == [s.id for s in result.strategies[: entry.rank - 1]]
        assert bool(found.gated_by) == (entry.gate != "clear")
    for entry in result.withheld[:2]:
        (found,) = bundled(name, entry.id).strategies
        assert (found.status, found.reasons) == ("withheld", entry.reasons)


# ---------------------------------------------------------------- one rule


def test_a_matched_fact_is_shown_whole_and_what_of_it_was_tested():
    result = bundled("liver_mir221_up", "miR-221")
    ((match,),) = fired(result, "strategy.inhibit_documented_up").matches
    assert match.alias == "candidate"
    assert set(match.fact) == {"type", *FACTS["candidate"]}
    assert match.tested == ["call", "level", "documented", "against", "folded"]
    assert [match.fact[field] for field in match.tested] == ["up", "documented_here", "up", "normal", "no"]


def test_a_join_shows_every_fact_it_joined():
    result = bundled("liver_mir221_up", "miR-221")
    (match,) = fired(result, "precedent.tier_2").matches
    assert [(m.alias, m.fact["type"]) for m in match] == [
        ("strategy", "strategy"), ("target", "acts_on"), ("agent", "agent"),
    ]  # fmt: skip
    assert match[2].fact["evidence_level"] == "objective_response_phase_1"


def test_what_a_rule_added_is_told_with_its_message_as_written_out():
    result = bundled("myeloma_newly_diagnosed", "miR-221")
    gate, flag = fired(result, "context.timing_newly_diagnosed").adds
    assert (gate.kind, gate.what) == ("gate", "adverse")
    assert (flag.kind, flag.what, flag.severity) == ("flag", "timing", "serious")
    assert "the review sees hsa-miR-221-3p as a target in refractory disease" in flag.messages[0]


def test_what_matched_on_a_mirna_no_action_came_out_for_is_told_to_be_without_effect():
    result = explain(profile(LIVER, {"hsa-miR-221-3p": 0.6}, disease_state="unknown"), "miR-221")
    found = fired(result, "context.setting_unproven")
    assert not found.effective
    assert "without effect, for no action came out; would add gate caution" in joined(text(result))


def test_a_silent_rule_names_the_condition_the_value_found_and_the_one_needed():
    result = explain(profile(LIVER, {"hsa-miR-221-3p": 0.6}), "miR-221")
    found = silent(result, "strategy.inhibit_documented_up")
    assert (found.condition, found.field, found.found, found.expected) == ("candidate", "call", ["unchanged"], ["up"])
    assert (found.step, found.steps, found.only_this, found.may_change) == (2, 6, True, True)
    assert [(a.kind, a.what) for a in found.would_add] == [("strategy", "inhibit")]


def test_a_silent_join_names_what_it_had_to_equal():
    result = explain(profile(LIVER, {"hsa-miR-122-5p": -2.0}), "miR-122")
    found = silent(result, "precedent.agent_of_this_mirna")  # the two agents on it inhibit
    assert (found.field, found.found, found.expected) == ("action", ["inhibit"], ["restore"])
    assert not found.may_change


def test_a_rule_that_misses_a_whole_fact_says_so():
    result = explain(profile(LIVER, {"hsa-miR-25-3p": 2.0}), "miR-25")
    found = silent(result, "precedent.tier_2")
    assert (found.type, found.field, found.found, found.expected) == ("agent", None, [], [])
    assert "no agent acts on it or its kin" in joined(text(result, everything=True))


def test_without_a_strategy_the_second_stratum_is_not_asked_and_this_is_said():
    result = bundled("colorectal_mir145_conflict", "miR-145")
    assert result.second_stratum is None
    assert {found.stratum for found in (*result.fired, *result.silent)} == {1}
    assert "the rules on agents, trials, caveats and readouts were not asked" in joined(text(result))


def test_parts_of_a_conclusion_that_rules_do_not_have_yet_are_told_as_well():
    class More(Conclusion):
        option: str | None = None
        pair: dict[str, str] | None = None

    rule = RULES["precedent.tier_1"]
    more = rule.model_copy(update={"then": More.model_construct(tier="T1", option="x", pair={"id": "y"})})
    assert [(a.kind, a.what) for a in additions(more)] == [("tier", "T1"), ("option", "x"), ("pair", "y")]


def test_the_words_for_fields_are_of_fields_there_are():
    fields = {(kind, field) for kind, known in FACTS.items() for field in known}
    assert set(_FIELDS) | set(_WORDS) <= fields
    assert {(kind, field) for kind, known in _MAY_CHANGE.items() for field in known} <= fields
    assert set(_MISSING) <= set(FACTS)
    for (kind, field), words in _WORDS.items():
        assert set(words) <= set(FACTS[kind][field])


# ---------------------------------------------------------------- the answer


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (2.0, "is up here (+2.00)."),
        ({"value": 2.0, "adjusted_p_value": 0.001}, "is up here (+2.00, adjusted p 0.001)."),
        (0.6, "is unchanged here (+0.60): a change needs a log2 ratio of 1 either way."),
        ({"value": 2.0, "adjusted_p_value": 0.2}, "and an adjusted p of at most 0.05 (it is 0.2)."),
        ({"value": 2.0, "adjusted_p_value": None}, "was not tested (+2.00): its adjusted p-value is null."),
        ({"value": 2.0, "reads_per_million": 12}, "is too low to be called (12 reads per million): 100 are needed"),
        (None, "was not measured: its value is null."),
    ],
)
def test_the_answer_begins_with_the_measurement_and_what_a_call_needs(entry, said):
    result = explain(profile(LIVER, {"hsa-miR-221-3p": entry}), "miR-221")
    assert said in result.summary[0]
    assert said in joined(text(result))


def test_the_five_kinds_of_absence_are_five_calls():
    absent = explain(profile(LIVER, {"hsa-miR-16-5p": 0.1}), "miR-221")
    assert (absent.call.call, absent.call.as_given) == ("not_measured", [])
    assert absent.summary[0] == "hsa-miR-221-3p is not in the profile."


def test_what_the_profile_lacks_is_documented_all_the_same():
    result = explain(profile(LIVER, {"hsa-miR-16-5p": 0.1}), "miR-221")
    documents = result.documents
    assert (documents.level, documents.documented, documents.role) == ("documented_here", "up", "oncomir")
    speaking = [(claim.claim_id, claim.locator.partition(",")[0]) for claim in documents.claims if claim.speaks]
    assert speaking == [
        ("t1.hepatocellular_carcinoma.up.miR-221", "Table 1"),
        ("tx.hepatocellular_carcinoma.up.miR-221", "MiRNA dysregulation in cancer"),
    ]
    assert {claim.cancer for claim in documents.claims if not claim.speaks} >= {"melanoma", "multiple_myeloma"}
    assert [(agent.agent, agent.best_match) for agent in documents.agents] == [("lna_i_mir_221", "eligible")]
    assert [work.action for work in documents.laboratory_work] == ["inhibit"]
    assert {context.context for context in documents.contexts} == {"timing", "immune_stress"}


def test_what_only_other_tumors_speak_of_is_told_with_these_tumors():
    result = explain(profile(LIVER, {"hsa-miR-20a-5p": 3.0}), "miR-20a")
    assert result.documents.level == "elsewhere"
    assert "in other tumors alone: up in Brain cancer, Head and neck cancer, Lung cancer" in result.summary[1]


def test_what_trials_alone_document_names_their_agents():
    result = bundled("mesothelioma_mir16_lost", "miR-16")
    assert result.summary[1].startswith(
        "Only trials in this tumor speak of it here, of TargomiRs: to them it counts as down"
    )


def test_a_statement_on_metastatic_tumors_alone_is_told_where_it_does_not_hold():
    result = explain(profile("CLL", {"hsa-miR-10b-5p": 2.0}), "miR-10b")
    assert [claim.condition for claim in result.documents.claims if claim.cancer == "pan_cancer"] == ["metastatic"]
    assert "A statement on metastatic tumors would speak here; this one is not stated to be." in result.summary[1]
    stated = explain(profile("CLL", {"hsa-miR-10b-5p": 2.0}, metastatic=True), "miR-10b")
    assert stated.summary[1].startswith(
        "The review says nothing of it in this tumor, and that it is up across cancers."
    )


@pytest.mark.parametrize("name", ["hsa-miR-1246", "miR-9999", "MIMAT9999999"])
def test_what_is_documented_nowhere_is_told_to_be(name):
    result = explain(profile(LIVER, {"hsa-miR-221-3p": 2.0, "hsa-miR-1246": 5.0}), name)
    assert (result.subject.known, result.fired, result.silent, result.counterfactuals) == (False, [], [], [])
    (said,) = result.summary
    assert said.startswith(f"{name} is documented nowhere: neither the review nor a trial")


def test_what_the_knowledge_holds_and_no_document_speaks_of_is_told_to_be_undocumented():
    documented = {to.entity for row in KNOWN.named_mirnas for to in reach(KNOWN, row)}
    undocumented = sorted(set(KNOWN.resolver.mirnas) - documented)
    assert undocumented
    for name in undocumented[:3]:
        result = explain(profile(LIVER, {name: 3.0}), name)
        assert result.summary[1] == "Neither the review nor a trial speaks of it in this or any other tumor."
        assert (result.strategies, result.counterfactuals) == ([], [])
        assert silent(result, "strategy.inhibit_documented_up").found == ["none"]


def test_a_gate_says_what_set_it_and_a_rank_who_stands_before():
    result = bundled("lung_squamous_mir34a_lost", "restore:let-7c")
    (found,) = result.strategies
    assert [reason.rules for reason in found.gated_by] == [["context.setting_unproven"]]
    assert [(other.strategy, other.by) for other in found.outranked_by] == [
        ("restore:hsa-miR-193a-3p", "tier, T3 against T4")
    ]
    assert "Before it: restore:hsa-miR-193a-3p (tier, T3 against T4)." in joined(text(result))


def test_a_member_that_only_repeats_its_family_points_to_it():
    result = bundled("ovarian_let7_up", "let-7a")
    assert "Its family is called alike and stands for it: see let-7-family." in result.summary


def test_both_actions_are_explained_where_the_review_documents_both_directions():
    result = bundled("colorectal_mir145_conflict", "miR-145")
    assert [(s.id, s.status) for s in result.strategies] == [
        ("inhibit:hsa-miR-145-5p", "withheld"), ("restore:hsa-miR-145-5p", "not_proposed"),
    ]  # fmt: skip


# ---------------------------------------------------------------- what is asked about


@pytest.mark.parametrize(
    ("given", "mirna", "kind", "action"),
    [
        ("hsa-miR-221-3p", "hsa-miR-221-3p", "mirna", None),
        (" miR-221 ", "hsa-miR-221-3p", "mirna", None),
        ("MIMAT0000278", "hsa-miR-221-3p", "mirna", None),
        ("miR-122a", "hsa-miR-122-5p", "mirna", None),
        ("let-7", "let-7-family", "family", None),
        ("let-7-family", "let-7-family", "family", None),
        ("LET-7 Family", "let-7-family", "family", None),
        ("MIRLET7", "let-7-family", "family", None),
        ("miR-17~92", "miR-17/92-cluster", "cluster", None),
        ("miR-221/222", "miR-221/222-cluster", "cluster", None),
        ("inhibit:hsa-miR-221-3p", "hsa-miR-221-3p", "mirna", "inhibit"),
        ("Restore: miR-34a", "hsa-miR-34a-5p", "mirna", "restore"),
        ("restore:let-7", "let-7-family", "family", "restore"),
    ],
)
def test_any_spelling_of_a_mirna_family_cluster_or_strategy_is_understood(given, mirna, kind, action):
    subject = explain(profile(LIVER, {"hsa-miR-221-3p": 2.0}), given).subject
    assert (subject.mirna, subject.kind, subject.action, subject.as_given) == (mirna, kind, action, given)


@pytest.mark.parametrize(
    ("given", "found", "remedy"),
    [
        ("miR-2l", "no miRNA's name", "miR-21"),
        ("", "no miRNA's name", "knowledge list mirnas"),
        ("inhibit:", "no miRNA's name", "knowledge list mirnas"),
        ("TP53", "no miRNA's name", "knowledge list mirnas"),
        ("mmu-miR-21a-5p", "not human", ""),
        ("miR-1274a", "miRBase has removed", ""),
        ("let-7a/7c", "may mean several", "hsa-let-7a-5p, hsa-let-7c-5p"),
        ("hsa-mir-142", "two strands", "hsa-miR-142-3p, hsa-miR-142-5p"),
        ("block:miR-21", "'block:miR-21'", "inhibit, restore"),
        ("miR-21\nmiR-22", "no miRNA's name", ""),
    ],
)
def test_what_cannot_be_understood_is_refused_with_the_nearest_names(given, found, remedy):
    with pytest.raises(InputError) as error:
        explain(profile(LIVER, {"hsa-miR-221-3p": 2.0}), given)
    (problem,) = error.value.problems
    assert problem.where == "subject"
    assert found in problem.found
    assert remedy in problem.remedy
    assert "inhibit:NAME" in problem.expected


def test_a_mirna_named_twice_with_different_values_is_explained_as_ambiguous():
    result = explain(profile(LIVER, {"hsa-miR-221-3p": 2.0, "miR-221": -2.0}), "miR-221")
    assert result.call.call == "ambiguous"
    assert result.call.as_given == ["hsa-miR-221-3p", "miR-221"]
    assert "several names of one miRNA with different values" in result.summary[0]
    assert fired(result, "strategy.withhold_ambiguous_documented_up").effective


@pytest.mark.parametrize(
    "changes", [{"cancer": "no such tumor"}, {"scale": "counts"}, {"expression": {"hsa-miR-221-3p": "2.0"}}, {"x": 1}]
)
def test_a_malformed_profile_is_refused_as_by_recommend(changes):
    case = {**profile(LIVER, {"hsa-miR-221-3p": 2.0}), **changes}
    with pytest.raises(InputError) as refused:
        recommend(case)
    with pytest.raises(InputError) as error:
        explain(case, "miR-221")
    assert error.value.problems == refused.value.problems


# ---------------------------------------------------------------- the same bytes, the published schema


@pytest.mark.parametrize("subject", ["miR-221", "let-7"])
def test_the_order_of_the_input_changes_no_byte(subject):
    data = json.loads((FOLDER / "colorectal_mir145_conflict.json").read_text(encoding="utf-8"))
    backwards = {**data, "expression": dict(reversed(data["expression"].items()))}
    assert explain(data, subject).to_json() == explain(backwards, subject).to_json()
    assert explain(as_profile(data), subject).to_json() == explain(data, subject).to_json()


def test_the_hash_seed_changes_no_byte():
    command = [sys.executable, "-m", "recommender", "explain", str(FOLDER / "ctcl_mir155_up.json"), "miR-155"]
    outputs = {
        subprocess.run(
            [*command, "--format", "json"], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "4242")
    }
    assert len(outputs) == 1


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("subject", ["miR-221", "let-7", "restore:miR-34a", "miR-1246"])
def test_an_explanation_meets_its_schema_and_its_model(name, subject):
    data = json.loads(bundled(name, subject).to_json())
    jsonschema.Draft202012Validator(json_schema("explanation")).validate(data)
    assert json.loads(Explanation.model_validate(data).to_json()) == data


def test_changes_are_from_and_to_in_the_published_json():
    data: dict[str, Any] = json.loads(explain(profile(LIVER, {"hsa-miR-221-3p": 0.6}), "miR-221").to_json())
    assert data["schema"] == "explanation/1"
    assert data["counterfactuals"][0]["ways"][0]["changes"] == [
        {"field": "expression.hsa-miR-221-3p", "path": ["expression", "hsa-miR-221-3p"], "from": 0.6, "to": 1.0}
    ]


def test_every_source_a_rule_cites_is_listed():
    result = bundled("mesothelioma_mir16_lost", "miR-16")
    listed = {source.id for source in result.sources}
    assert {"review", "targomirs_press_2017"} <= listed


# ---------------------------------------------------------------- text


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("name", BUNDLED)
def test_no_line_of_the_text_is_wider_than_100_columns_or_ends_in_a_space(name, everything):
    for subject in ("miR-221", "let-7", "miR-1246"):
        lines = text(bundled(name, subject), everything).splitlines()
        assert max(map(columns, lines)) <= WIDTH
        assert [line for line in lines if line != line.rstrip()] == []


def test_the_text_counts_the_silent_rules_it_does_not_list_and_all_lists_them():
    result = bundled("liver_mir221_up", "miR-221")
    short, whole = joined(text(result)), joined(text(result, everything=True))
    assert f"Rules that stayed silent ({len(result.silent)})" in short
    assert "All with --all." in short
    assert [found.rule for found in result.silent if found.rule not in whole] == []
    assert len([found.rule for found in result.silent if found.rule in short]) < len(result.silent) / 3


def test_the_text_says_that_it_is_for_research_and_that_a_counterfactual_is_no_advice():
    report = joined(text(bundled("liver_mir221_up", "miR-122")))
    assert "Research use only." in report
    assert "no reason to measure until it fits" in report


def test_the_text_names_every_change_and_where_the_strategy_would_stand():
    report = joined(text(bundled("myeloma_newly_diagnosed", "miR-221")))
    assert "To become clear and to lead: - disease_state from newly_diagnosed to relapsed_refractory." in report
    assert "Then: strategy 1 of 4, gate clear, tier T2, 43 points, value +2.10." in report


# ---------------------------------------------------------------- abundances


def test_abundances_are_changed_themselves_until_the_whole_chain_calls_them(tmp_path: Path):
    # twelve normals of 255 reads: log2(256) = 8; a ratio of 1 is 511 reads, and one test of it passes
    normals = tmp_path / "normals.tsv"
    normals.write_text("miRNA\t" + "\t".join(f"N{i}" for i in range(12)) + "\nhsa-miR-221-3p" + "\t255.0" * 12 + "\n")
    case = {**profile(LIVER, {"hsa-miR-221-3p": 300.0}), "scale": "reads_per_million", "reference": {}}
    result = explain(case, "miR-221", reference=str(normals))
    (way,) = result.counterfactuals[0].ways
    ((field, before, after),) = [(change.field, change.before, change.after) for change in way.changes]
    assert (field, before) == ("expression.hsa-miR-221-3p", 300.0)
    assert after == pytest.approx(511.0, abs=0.05)
    assert way.reaches.value == pytest.approx(1.0, abs=2e-4)
    there = recommend({**case, "expression": {"hsa-miR-221-3p": after}}, reference=str(normals))
    assert there.strategies[0].id == "inhibit:hsa-miR-221-3p"
    almost = recommend({**case, "expression": {"hsa-miR-221-3p": after - 0.1}}, reference=str(normals))
    assert almost.strategies == []


def test_an_abundance_that_was_not_measured_is_changed_from_the_mean_of_the_normals(tmp_path: Path):
    normals = tmp_path / "normals.tsv"
    rows = "".join(f"\n{name}" + "\t255.0" * 12 for name in ("hsa-miR-221-3p", "hsa-miR-122-5p"))
    normals.write_text("miRNA\t" + "\t".join(f"N{i}" for i in range(12)) + rows + "\n")
    case = {**profile(LIVER, {"hsa-miR-221-3p": 255.0}), "scale": "reads_per_million", "reference": {}}
    result = explain(case, "miR-122", reference=str(normals))
    (way,) = result.counterfactuals[0].ways
    (change,) = way.changes
    assert (change.field, change.before) == ("expression.hsa-miR-122-5p", None)
    assert change.after == pytest.approx(127.0, abs=0.05)  # half of 256, less 1


@pytest.mark.parametrize(
    ("scale", "now", "there"),
    [("counts", 510.0, 254.0), ("log2_reads_per_million", 8.0, 7.0)],  # (255 * 2 + 1) / 2 - 1 reads in 2 million
)
def test_every_scale_is_changed_in_its_own_units(tmp_path: Path, scale: str, now: float, there: float):
    normals = tmp_path / "normals.tsv"
    value = "255.0" if scale == "counts" else "8.0"
    rows = "".join(f"\n{name}" + f"\t{value}" * 12 for name in ("hsa-miR-221-3p", "hsa-miR-122-5p"))
    normals.write_text("miRNA\t" + "\t".join(f"N{i}" for i in range(12)) + rows + "\n")
    reference = load_reference(str(normals), KNOWN.resolver, KNOWN.settings, "reads_per_million", "reads_per_million")
    if scale != "counts":
        reference = load_reference(str(normals), KNOWN.resolver, KNOWN.settings, scale, scale)
    for entry in (now, None):
        case = {**profile(LIVER, {"hsa-miR-122-5p": entry}), "scale": scale, "reference": {}, "library_size": 2e6}
        (way,) = explain(case, "miR-122", reference=reference).counterfactuals[0].ways
        assert way.changes[0].after == pytest.approx(there, abs=1.0 if scale == "counts" else 2e-4)


def test_what_the_normals_lack_no_abundance_calls(tmp_path: Path):
    normals = tmp_path / "normals.tsv"
    normals.write_text("miRNA\t" + "\t".join(f"N{i}" for i in range(12)) + "\nhsa-miR-221-3p" + "\t255.0" * 12 + "\n")
    case = {**profile(LIVER, {"hsa-miR-122-5p": 20.0}), "scale": "reads_per_million", "reference": {}}
    result = explain(case, "miR-122", reference=str(normals))
    assert result.call.call == "untested"
    assert result.counterfactuals[0].ways == []
    assert "call: untested, needs down" in result.counterfactuals[0].obstacles[0].message
