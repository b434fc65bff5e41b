"""From call to strategy, told by cases an oncologist would check first."""

from __future__ import annotations

import hashlib

from recommender import recommend
from tests.conftest import profile


def ids(strategies) -> list[str]:
    return [strategy.id for strategy in strategies]


def find(items, id_):
    return next(item for item in items if item.id == id_)


def flags(strategy) -> set[str]:
    return {flag.id for flag in strategy.flags}


# --- liver cancer and miR-221 ---------------------------------------------------------------------


def test_a_refractory_liver_cancer_with_mir_221_up_is_led_by_its_inhibitor(run):
    result = run("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7, "hsa-miR-222-3p": 2.0, "hsa-miR-122-5p": -1.9})
    lead = result.strategies[0]
    assert result.outcome == "recommended"
    assert (lead.id, lead.gate, lead.tier, lead.claim_match) == ("inhibit:hsa-miR-221-3p", "clear", "T2", "same_tumor")
    assert [(p.nct_id, p.tumor_match, p.status) for p in lead.precedents] == [("NCT04811898", "eligible", "Completed")]
    assert lead.precedents[0].url == "https://clinicaltrials.gov/study/NCT04811898"
    assert {(e.source, e.cancer) for e in lead.evidence} == {
        ("table1", "hepatocellular_carcinoma"),
        ("text", "hepatocellular_carcinoma"),
        ("text", "pan_cancer"),
    }
    assert "conflict_of_interest" in flags(lead)


def test_drug_sensitive_disease_under_treatment_withholds_mir_221(run):
    result = run("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7}, disease_state="on_treatment_sensitive")
    assert result.outcome == "all_withheld"
    assert find(result.withheld, "inhibit:hsa-miR-221-3p").reasons == ["timing_contraindicated"]
    assert "dormancy" in result.withheld[0].message


def test_newly_diagnosed_disease_makes_mir_221_adverse(run):
    result = run("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7}, disease_state="newly_diagnosed")
    assert result.strategies[0].gate == "adverse"
    assert {"timing", "setting_unproven"} <= flags(result.strategies[0])
    assert "loss_marks_worse_outcome" not in flags(result.strategies[0])


def test_an_unknown_disease_state_is_asked_for(run):
    lead = run("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7}, disease_state="unknown").strategies[0]
    assert lead.gate == "caution"
    assert "State the disease state" in next(flag.message for flag in lead.flags if flag.id == "timing")


def test_colorectal_cancer_has_the_one_response_to_the_inhibitor(run):
    lead = run("colorectal cancer", {"hsa-miR-221-3p": 2.0}).strategies[0]
    assert lead.precedents[0].tumor_match == "responded"
    statements = " ".join(claim.statement for claim in lead.precedents[0].claims)
    assert "1/16" in statements
    assert "8/16" in statements


def test_lung_cancer_is_reached_by_the_basket_of_solid_tumors(run):
    lead = run("lung cancer", {"hsa-miR-221-3p": 2.0}).strategies[0]
    assert (lead.claim_match, lead.tier, lead.precedents[0].tumor_match) == ("same_lineage", "T2", "basket")


# --- contradictions -------------------------------------------------------------------------------


def test_colorectal_mir_145_conflicts_when_up(run):
    result = run("colorectal cancer", {"hsa-miR-145-5p": 1.8})
    withheld = find(result.withheld, "inhibit:hsa-miR-145-5p")
    assert withheld.reasons[0] == "conflicting_evidence"
    assert {(e.direction, e.source) for e in withheld.evidence} == {
        ("up", "table1"),
        ("down", "table1"),
        ("down", "text"),
    }
    assert result.strategies == []


def test_colorectal_mir_145_conflicts_when_down(run):
    result = run("colorectal cancer", {"hsa-miR-145-5p": -1.8})
    assert find(result.withheld, "restore:hsa-miR-145-5p").reasons == ["conflicting_evidence"]
    assert result.strategies == []


def test_myeloma_gets_no_anti_mir_155_when_it_is_up(run):
    result = run("multiple myeloma", {"hsa-miR-155-5p": 2.0})
    assert find(result.withheld, "inhibit:hsa-miR-155-5p").reasons == ["discordant_direction"]
    assert result.strategies == []


def test_myeloma_gets_no_mir_155_mimic_when_it_is_down(run):
    result = run("multiple myeloma", {"hsa-miR-155-5p": -2.0})
    assert find(result.withheld, "restore:hsa-miR-155-5p").reasons == ["opposes_established_role"]
    assert result.strategies == []


def test_ovarian_let_7_is_not_inhibited_as_family_nor_as_member(run):
    up = {"hsa-let-7a-5p": 2.0, "hsa-let-7b-5p": 1.5, "hsa-let-7c-5p": 1.2}
    for expression in (up, {"hsa-let-7a-5p": 2.0}):
        result = run("ovarian cancer", expression)
        assert result.strategies == []
        assert all("opposes_established_role" in withheld.reasons for withheld in result.withheld)
        assert all(withheld.action == "inhibit" for withheld in result.withheld)
    assert ids(run("ovarian cancer", up).withheld) == ["inhibit:let-7-family"]


def test_a_suppressor_found_up_in_a_lung_tumor_is_discordant_and_keeps_its_role(run):
    result = run("LUAD", {"hsa-miR-34a-5p": 2.0})
    assert find(result.withheld, "inhibit:hsa-miR-34a-5p").reasons == [
        "discordant_direction",
        "opposes_established_role",
    ]


def test_a_contradiction_elsewhere_is_flagged_with_both_sides_and_costs_points(run):
    lead = run("hepatocellular carcinoma", {"hsa-let-7a-5p": -2.0, "hsa-let-7c-5p": -1.5}).strategies[0]
    flag = next(flag for flag in lead.flags if flag.id == "context_dependent")
    assert lead.id == "restore:let-7-family"
    assert "down in Hepatocellular carcinoma" in flag.message
    assert "up in Ovarian cancer" in flag.message
    assert next(c.points for c in lead.components if c.name == "context") < 0


def test_where_only_other_cancers_speak_and_disagree_it_is_withheld(run):
    result = run("thyroid cancer", {"hsa-miR-141-3p": 2.0})
    assert find(result.withheld, "inhibit:hsa-miR-141-3p").reasons == ["context_dependent"]


def test_where_only_other_cancers_speak_and_agree_it_is_exploratory(run):
    result = run("thyroid cancer", {"hsa-miR-210-3p": 2.0})
    assert result.outcome == "exploratory_only"
    assert ids(result.exploratory) == ["inhibit:hsa-miR-210-3p"]


def test_against_what_other_cancers_say_is_a_note_alone(run):
    result = run("thyroid cancer", {"hsa-miR-210-3p": -2.0})
    assert (result.outcome, result.exploratory, result.withheld) == ("no_rule_matched", [], [])
    assert any(n.id == "against_documented_elsewhere" and "hsa-miR-210-3p" in n.message for n in result.notes)


def test_at_most_five_exploratory_strategies_and_the_rest_is_named(run):
    names = ["10a-5p", "25-3p", "27a-3p", "93-5p", "106b-5p", "182-5p", "210-3p"]
    result = run("thyroid cancer", {f"hsa-miR-{name}": 2.0 for name in names})
    assert len(result.exploratory) == 5
    left_out = next(n.message for n in result.notes if n.id == "exploratory_cut")
    shown = " ".join(ids(result.exploratory))
    assert all((f"hsa-miR-{name}" in shown) != (f"hsa-miR-{name}" in left_out) for name in names)


# --- precedent and danger -------------------------------------------------------------------------


def test_restoring_mir_34a_is_adverse_with_the_deaths_under_nct01829971(run):
    strategy = run("lung cancer", {"hsa-miR-34a-5p": -2.0}).strategies[0]
    stopped = next(flag for flag in strategy.flags if flag.id == "program_stopped_for_safety")
    by_nct = {precedent.nct_id: precedent for precedent in strategy.precedents}
    assert (strategy.gate, strategy.tier) == ("adverse", "T2")
    assert "NCT01829971" in stopped.message
    assert "four deaths" in stopped.message
    assert by_nct["NCT01829971"].status == "Terminated"
    assert {stop.reason for stop in by_nct["NCT01829971"].stop_reasons} == {"safety"}
    assert any("four deaths" in c.statement and c.source == "hong_2020" for c in by_nct["NCT01829971"].claims)
    assert by_nct["NCT02862145"].status == "Withdrawn"
    assert "not_opened" in {stop.reason for stop in by_nct["NCT02862145"].stop_reasons}


def test_the_mir_34_family_cannot_slip_past_the_gate(run):
    expression = {"hsa-miR-34b-5p": -2.0, "hsa-miR-34c-5p": -2.0, "hsa-miR-34a-5p": 0.1}
    family = run("prostate cancer", expression).strategies[0]
    assert (family.id, family.gate) == ("restore:miR-34-family", "adverse")
    assert "program_stopped_for_safety" in flags(family)
    assert (family.tier, family.precedents) == ("T5", [])  # miR-34a itself is not called


def test_a_family_member_inherits_the_gate_without_the_tier(run):
    member = run("melanoma", {"hsa-miR-34b-5p": -2.0}).strategies[0]
    assert (member.id, member.gate, member.tier) == ("restore:hsa-miR-34b-5p", "adverse", "T5")


def test_mesothelioma_finds_targomirs(run):
    lead = run("mesothelioma", {"hsa-miR-16-5p": -2.0}).strategies[0]
    assert (lead.claim_match, lead.tier, lead.gate) == ("trial_indication", "T2", "caution")
    assert [(p.agent, p.nct_id, p.tumor_match) for p in lead.precedents] == [("TargomiRs", "NCT02369198", "responded")]
    assert {"dose_limiting_toxicity", "eligibility_marker"} <= flags(lead)
    assert any("1/22" in claim.statement for claim in lead.precedents[0].claims)


def test_cutaneous_t_cell_lymphoma_finds_cobomarsen_and_both_reasons_for_its_end(run):
    lead = run("CTCL", {"hsa-miR-155-5p": 3.0}).strategies[0]
    solar = next(p for p in lead.precedents if p.nct_id == "NCT03713320")
    assert (lead.claim_match, lead.tier) == ("trial_indication", "T3")
    assert {stop.reason for stop in solar.stop_reasons} == {"business", "futility"}
    assert {stop.source for stop in solar.stop_reasons} >= {"sponsor_pr_2020_10"}


def test_the_study_behind_reference_100_is_told_in_newly_diagnosed_myeloma(run):
    lead = run("multiple myeloma", {"hsa-miR-221-3p": 2.0}, disease_state="newly_diagnosed").strategies[0]
    assert lead.gate == "adverse"
    assert "loss_marks_worse_outcome" in flags(lead)


def test_an_agent_outside_oncology_gives_neither_tier_nor_match(run):
    lead = run("breast cancer", {"hsa-miR-21-5p": 2.0}).strategies[0]
    assert lead.tier == "T4"
    assert {(p.agent, p.oncology, p.tumor_match) for p in lead.precedents} == {("Lademirsen", False, "other")}


def test_int_1b3_is_a_mir_193a_3p_mimic_and_reaches_any_solid_tumor(run):
    result = run("thyroid cancer", {"hsa-miR-193a-3p": -2.0, "hsa-miR-193b-3p": -2.0})
    assert ids(result.strategies) == ["restore:hsa-miR-193a-3p"]
    assert (result.strategies[0].tier, result.strategies[0].claim_match) == ("T3", "same_lineage")


def test_mir_10b_needs_metastasis_for_the_reviews_word(run):
    blood = "acute lymphoblastic leukemia"  # no basket of solid tumors, no claim of its own
    assert run(blood, {"hsa-miR-10b-5p": 2.0}).strategies == []
    assert run(blood, {"hsa-miR-10b-5p": 2.0}, metastatic=True).strategies[0].claim_match == "pan_cancer"


def test_mir_21_always_carries_its_protective_role(run):
    assert {"protective_role", "immune_and_stress_role"} <= flags(run("LUSC", {"hsa-miR-21-5p": 2.0}).strategies[0])


def test_what_leukocytes_bring_may_reflect_the_cell_mix(run):
    assert "may_reflect_cell_mix" in flags(run("breast cancer", {"hsa-miR-155-5p": 2.0}).strategies[0])


# --- families, identity, measurement --------------------------------------------------------------


def test_members_reached_through_the_family_alone_give_no_strategy_of_their_own(run):
    result = run("lung cancer", {"hsa-let-7a-5p": -2.0, "hsa-let-7c-5p": -1.5})
    assert ids(result.strategies) == ["restore:let-7-family"]
    assert result.strategies[0].members == ["hsa-let-7a-5p", "hsa-let-7c-5p"]


def test_a_member_named_on_its_own_gives_its_own(run):
    result = run("prostate cancer", {"hsa-let-7a-5p": -2.0, "hsa-let-7c-5p": -1.5})
    assert set(ids(result.strategies)) == {"restore:hsa-let-7c-5p", "restore:let-7-family"}


def test_a_single_member_stands_for_itself(run):
    only = run("lung cancer", {"hsa-let-7a-5p": -2.0}).strategies[0]
    assert only.id == "restore:hsa-let-7a-5p"
    assert {e.identity_match for e in only.evidence} == {"family_member"}


def test_a_retired_entry_is_never_a_strategy(run):
    result = run("bladder cancer", {"hsa-miR-1274a": 3.0})
    assert result.outcome == "insufficient_data"
    assert [(u.as_given, u.reason) for u in result.unresolved] == [("hsa-miR-1274a", "retired_entry")]


def test_a_hairpin_is_marked_and_says_so(run):
    result = run("hepatocellular carcinoma", {"hsa-mir-221": 2.0})
    assert result.strategies[0].id == "inhibit:hsa-miR-221-3p"
    assert {e.identity_match for e in result.strategies[0].evidence} == {"hairpin"}
    assert "hairpin_level_input" in {note.id for note in result.notes}


def test_an_arm_that_cannot_be_known_is_said(run):
    result = run("renal cell carcinoma", {"hsa-miR-142-5p": 2.0})
    assert result.strategies[0].id == "inhibit:hsa-miR-142-5p"
    assert "arm_unknown" in flags(result.strategies[0])


def test_without_a_stated_reference_every_strategy_is_at_best_caution():
    stated = profile("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7})
    unstated = {key: value for key, value in stated.items() if key != "reference"}
    assert recommend(stated).strategies[0].gate == "clear"
    result = recommend(unstated).strategies[0]
    assert (result.gate, "reference_insufficient" in flags(result)) == ("caution", True)


def test_against_other_tumors_all_is_exploratory(run):
    result = run(
        "hepatocellular carcinoma",
        {"hsa-miR-221-3p": 2.7, "hsa-miR-34a-5p": 2.0, "hsa-miR-122-5p": 2.0},
        reference={"kind": "tumor_cohort", "samples": 300},
    )
    assert (result.outcome, result.strategies, result.withheld) == ("exploratory_only", [], [])
    assert ids(result.exploratory) == ["inhibit:hsa-miR-221-3p"]


def test_nothing_measured_and_nothing_covered_are_told_apart(run):
    assert run("lung cancer", {"hsa-miR-1246": 3.0}).outcome == "insufficient_data"
    assert run("lung cancer", {"hsa-miR-21-5p": None}).outcome == "insufficient_data"
    assert run("lung cancer", {"hsa-miR-21-5p": 0.2}).outcome == "no_rule_matched"


def test_a_tumor_without_claims_still_runs(run):
    result = run("UCEC", {"hsa-miR-221-3p": 2.0, "hsa-miR-210-3p": 2.0})
    assert ids(result.strategies) == ["inhibit:hsa-miR-221-3p"]
    assert ids(result.exploratory) == ["inhibit:hsa-miR-210-3p"]


def test_a_subtype_counts_as_its_tumor_and_uveal_melanoma_does_not(run):
    assert (run("LUAD", {"hsa-miR-21-5p": 2.0}).cancer.id, run("LUAD", {"x": 1}).cancer.subtype) == (
        "lung_cancer",
        "lung_adenocarcinoma",
    )
    assert run("UVM", {"hsa-miR-211-5p": -2.0}).strategies == []
    assert ids(run("SKCM", {"hsa-miR-211-5p": -2.0}).strategies) == ["restore:hsa-miR-211-5p"]


def test_every_name_is_accounted_for(run):
    given = {
        "hsa-miR-21-5p": 2.0,
        "miR-2l": 1.0,
        "mmu-miR-21a-5p": 1.0,
        "hsa-miR-1246": 1.0,
        "let-7a/7c": -1.0,
        "U6": 0.0,
    }
    result = run("lung cancer", given)
    seen = {name for call in result.calls for name in call.as_given}
    seen |= {u.as_given for u in result.unresolved} | set(result.not_in_knowledge)
    assert seen == set(given)
    assert {u.as_given: u.reason for u in result.unresolved} == {
        "miR-2l": "not_a_mirna_name",
        "mmu-miR-21a-5p": "not_human",
        "let-7a/7c": "ambiguous_name",
        "U6": "not_a_mirna_name",
    }
    assert next(u.suggestions for u in result.unresolved if u.as_given == "miR-2l") == ["miR-21"]


def test_every_result_says_that_selection_is_unvalidated_and_for_research_only(run):
    result = run("lung cancer", {"hsa-miR-21-5p": 2.0})
    assert "selection_unvalidated" in {note.id for note in result.notes}
    assert result.notice == "Research use only. Not for diagnosis or treatment decisions. Not a medical device."


def test_everything_that_explains_a_strategy_has_a_source(run):
    result = run("lung cancer", {"hsa-miR-34a-5p": -2.0, "hsa-miR-21-5p": 2.0, "hsa-miR-10b-5p": 2.0})
    known = {source.id for source in result.sources}
    for strategy in result.strategies:
        for flag in (*strategy.flags, *strategy.caveats):
            cited = {part.split(":")[0].strip() for part in flag.source.split(";")}
            assert cited
            assert cited <= known, flag
        assert all(claim.source in known for p in strategy.precedents for claim in p.claims)
        assert strategy.trace


def test_the_trace_names_the_rules_and_the_facts_they_matched(run):
    lead = run("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7}).strategies[0]
    steps = {step.rule: step.facts for step in lead.trace}
    assert steps["strategy.inhibit_documented_up"] == ["candidate/hsa-miR-221-3p"]
    assert steps["precedent.tier_2"] == [
        "strategy/inhibit:hsa-miR-221-3p",
        "acts_on/hsa-miR-221-3p (self)",
        "agent/lna_i_mir_221",
    ]


def test_biofluids_say_that_the_tumor_was_not_measured(run):
    for specimen in ("plasma_serum", "exosome"):
        notes = {note.id for note in run("lung cancer", {"hsa-miR-21-5p": 2.0}, specimen=specimen).notes}
        assert "not_measured_in_tumor" in notes


def test_the_same_input_gives_the_same_bytes_whatever_its_order(run):
    given = {"hsa-miR-221-3p": 2.7, "hsa-miR-122-5p": -1.9, "hsa-miR-34a-5p": -2.0, "x": 1.0}
    forward = run("hepatocellular carcinoma", given)
    backward = run("hepatocellular carcinoma", dict(reversed(given.items())))
    assert forward.to_json() == backward.to_json()


# --- found by reading results as an oncologist would ----------------------------------------------


def test_timing_forbids_whatever_the_level_is_compared_with(run):
    result = run(
        "thyroid cancer",
        {"hsa-miR-221-3p": 2.0},
        disease_state="on_treatment_sensitive",
        reference={"kind": "tumor_cohort", "samples": 300},
    )
    assert (result.strategies, result.exploratory) == ([], [])
    assert find(result.withheld, "inhibit:hsa-miR-221-3p").reasons == ["timing_contraindicated"]


def test_a_member_says_when_its_family_is_not_called(run):
    result = run("breast cancer", {"hsa-let-7a-5p": -2.0, "hsa-let-7b-5p": 2.0})
    assert find(result.withheld, "restore:let-7-family").reasons == ["ambiguous_measurement"]
    member = find(result.strategies, "restore:hsa-let-7a-5p")
    assert "family_not_called" in flags(member)
    assert "ambiguous" in next(flag.message for flag in member.flags if flag.id == "family_not_called")


def test_small_cell_lung_cancer_is_not_what_the_trials_of_nsclc_treated(run):
    def match(cancer):
        strategy = run(cancer, {"hsa-miR-34a-5p": -2.0}).strategies[0]
        return next(p.tumor_match for p in strategy.precedents if p.nct_id == "NCT01829971")

    assert [match(name) for name in ("LUAD", "NSCLC", "lung cancer", "SCLC")] == [
        "treated",
        "treated",
        "treated",
        "basket",
    ]


def test_sezary_syndrome_was_not_in_the_trials_of_mycosis_fungoides(run):
    def matches(cancer):
        precedents = run(cancer, {"hsa-miR-155-5p": 3.0}).strategies[0].precedents
        return {p.nct_id: p.tumor_match for p in precedents}

    assert matches("mycosis fungoides")["NCT03713320"] == "treated"
    assert matches("CTCL")["NCT03713320"] == "treated"
    assert matches("Sezary syndrome")["NCT03713320"] == "other"


def test_of_an_umbrella_no_more_than_eligible_is_known_for_one_kind(run):
    strategy = run("DLBCL", {"hsa-miR-34a-5p": -2.0}).strategies[0]
    assert next(p.tumor_match for p in strategy.precedents if p.nct_id == "NCT01829971") == "eligible"


def test_metastasis_is_asked_for_only_where_it_is_the_case_for_mir_10b(run):
    assert "metastasis_not_stated" in flags(run("thyroid cancer", {"hsa-miR-10b-5p": 2.0}).strategies[0])
    assert "metastasis_not_stated" not in flags(run("breast cancer", {"hsa-miR-10b-5p": 2.0}).strategies[0])
    assert "metastasis_not_stated" not in flags(run("AML", {"hsa-miR-10b-5p": 2.0}).strategies[0])


def test_newly_diagnosed_myeloma_that_lost_the_cluster_is_told_so(run):
    given = {"hsa-miR-221-3p": -2.0, "hsa-miR-222-3p": -2.0}
    result = run("multiple myeloma", given, disease_state="newly_diagnosed")
    (message,) = [n.message for n in result.notes if n.id == "loss_marks_worse_outcome"]
    assert "hsa-miR-221-3p, hsa-miR-222-3p" in message


def test_a_hairpin_reached_through_its_family_is_still_marked_as_hairpin(run):
    strategy = run("lung cancer", {"hsa-mir-98": -2.0}).strategies[0]
    assert {"family_member", "hairpin_level"} <= flags(strategy)


def test_an_option_brings_its_own_caveats_and_the_strategy_has_the_union(run):
    lipid = {"lipid_nanoparticle_liver", "lipid_complement_activation", "systemic_lipid_mimic_immune_deaths"}
    mimic = run("melanoma", {"hsa-miR-34a-5p": -2.0}).strategies[0]
    of = {option.id: set(option.caveats) for option in mimic.delivery}
    assert lipid <= of["liposome"]
    assert of["bacterial_minicell"] == {
        "minicell_cardiac_anaphylaxis",
        "minicell_needs_egfr",
        "carrier_complement_activation",
    }
    assert lipid | {"minicell_cardiac_anaphylaxis"} <= {c.id for c in mimic.caveats}
    naked = run("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7}).strategies[0].delivery[0]
    assert (naked.id, naked.caveats) == ("naked", ["unprotected_rna_is_lost"])


def test_a_change_that_is_not_significant_says_so(run):
    result = run("lung cancer", {"hsa-miR-21-5p": {"value": 1.6, "adjusted_p_value": 0.061}})
    (call,) = [c for c in result.calls if c.mirna == "hsa-miR-21-5p"]
    assert call.call == "unchanged"
    assert "changed, but not significantly (adjusted p 0.061)" in call.notes


def test_the_context_that_decides_gates_is_part_of_the_result(run):
    context = run("lung cancer", {"hsa-miR-21-5p": 2.0}, metastatic=True).context
    assert (context.disease_state, context.metastatic, context.comparison) == (
        "relapsed_refractory",
        True,
        "normal_cohort",
    )


def test_the_digest_of_the_input_is_that_of_its_canonical_json():
    given = profile("hepatocellular carcinoma", {"hsa-miR-21-5p": {"value": 1.5, "adjusted_p_value": None}, "a": 2.0})
    digest = recommend(given).input_sha256
    turned = {**dict(reversed(given.items())), "expression": dict(reversed(given["expression"].items()))}
    assert recommend(turned).input_sha256 == digest
    absent = {**given, "expression": {"hsa-miR-21-5p": {"value": 1.5}, "a": 2.0}}
    assert recommend(absent).input_sha256 != digest  # no test meant, and untested, are two things
    quoting = {**given, "description": 'says "expression":null'}
    assert recommend(quoting).input_sha256 not in (digest, recommend(absent).input_sha256)


def test_the_digest_is_sha_256_of_sorted_keys_without_spaces():
    given = {"sample_id": "S", "cancer": "LIHC", "scale": "log2_fold_change", "expression": {"b": 1.5, "a": None}}
    canonical = (
        '{"cancer":"LIHC","description":"","disease_state":"unknown","expression":{"a":null,"b":1.5},'
        '"library_size":null,"metastatic":null,"patient":{"autoimmune_disease":null,"cardiac_disease":null,'
        '"complement_disorder":null,"egfr_positive":null,"hepatic_impairment":null,"iron_overload":null,'
        '"prior_infusion_reaction":null},"patient_id":null,"purity":null,"reference":{"description":"","kind":"not_stated",'
        '"samples":null},"sample_id":"S","scale":"log2_fold_change","schema":"profile/1",'
        '"specimen":"tumor_tissue","target_expression":{}}'
    )
    assert recommend(given).input_sha256 == hashlib.sha256(canonical.encode()).hexdigest()


def test_the_laboratory_work_behind_a_tier_is_cited(run):
    let7 = run("lung cancer", {"hsa-let-7a-5p": -2.0, "hsa-let-7c-5p": -2.0}).strategies[0]
    assert [(w.id, w.references) for w in let7.laboratory_work] == [("preclinical.restore.let-7", ["41"])]
    mir29b = run("multiple myeloma", {"hsa-miR-29b-3p": -2.0}).strategies[0]
    assert [w.references for w in mir29b.laboratory_work] == [["26", "44", "45", "46", "47", "48", "49", "66"]]
    assert run("lung cancer", {"hsa-miR-210-3p": 2.0}).strategies[0].laboratory_work == []
