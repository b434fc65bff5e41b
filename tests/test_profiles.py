"""The bundled example profiles: each says where its numbers come from and shows what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from recommender import Profile, Recommendation, recommend
from recommender.knowledge import data_folder
from recommender.readers.profile import as_profile

FOLDER = data_folder("profiles")
REAL = ("liver_mir221_up", "lung_squamous_mir34a_lost", "thyroid_papillary")
MADE_UP = (
    "colorectal_mir145_conflict",
    "ctcl_mir155_up",
    "mesothelioma_mir16_lost",
    "myeloma_newly_diagnosed",
    "myeloma_relapsed",
    "ovarian_let7_up",
)


def path(name: str) -> Path:
    return FOLDER / f"{name}.json"


@cache
def given(name: str) -> Profile:
    return as_profile(path(name))


@cache
def result(name: str) -> Recommendation:
    return recommend(path(name))


def find(items: Iterable[Any], id_: str) -> Any:
    return next(item for item in items if item.id == id_)


def ids(items: Iterable[Any]) -> list[str]:
    return [item.id for item in items]


def lead(name: str) -> tuple[str, str, str, str]:
    first = result(name).strategies[0]
    return (first.id, first.gate, first.tier, first.claim_match)


def withheld(name: str) -> dict[str, list[str]]:
    return {item.id: item.reasons for item in result(name).withheld}


def with_entry(name: str, mirna: str, value: float) -> Recommendation:
    data = json.loads(path(name).read_text(encoding="utf-8"))
    data["expression"][mirna]["value"] = value
    return recommend(data)


# ---------------------------------------------------------------- every profile


def test_the_bundled_profiles_are_these():
    assert sorted(file.stem for file in FOLDER.glob("*.json")) == sorted((*REAL, *MADE_UP))


@pytest.mark.parametrize("name", [*REAL, *MADE_UP])
def test_a_bundled_profile_leads_to_strategies_and_every_name_is_understood(name):
    assert result(name).outcome == "recommended"
    assert result(name).unresolved == []
    assert result(name).sample_id == given(name).sample_id


@pytest.mark.parametrize("name", REAL)
def test_a_real_tumor_says_how_its_numbers_were_made_and_names_no_patient(name):
    profile, text = given(name), path(name).read_text(encoding="utf-8")
    assert profile.description.startswith("A real tumor. Figures computed by this project (tools/make_profiles.py)")
    for said in ("hairpin-level read counts", "median-of-ratios", "Chosen by rule", f"{profile.reference.samples} "):
        assert said in profile.description
    assert profile.reference.kind == "normal_cohort"
    assert "TCGA" in profile.reference.description
    assert not re.search(r"TCGA-\w\w-\w{4}", text)
    assert re.fullmatch(r"[A-Z]{4}-example-\d", profile.sample_id)
    assert profile.patient_id is None
    assert profile.metastatic is None


@pytest.mark.parametrize("name", REAL)
def test_a_real_tumor_carries_a_ratio_a_p_value_and_an_abundance_for_over_200_mirnas(name):
    entries = given(name).expression.values()
    assert len(entries) > 200
    for entry in entries:
        assert None not in (entry.value, entry.adjusted_p_value, entry.reads_per_million)
        assert round(entry.value, 6) == entry.value


@pytest.mark.parametrize("name", REAL)
def test_a_real_tumor_is_measured_at_hairpin_level_with_sums_under_the_matures_name(name):
    names = given(name).expression
    assert {"hsa-mir-221", "hsa-mir-34a", "hsa-let-7a-5p", "hsa-miR-16-5p"} <= set(names)
    assert not {"hsa-mir-16-1", "hsa-mir-16-2", "hsa-let-7a-1"} & set(names)
    assert "hairpin_level_input" in ids(result(name).notes)


@pytest.mark.parametrize("name", MADE_UP)
def test_a_made_up_profile_says_so_and_is_of_a_readable_size(name):
    profile = given(name)
    assert profile.description.startswith("The numbers are made up, to show")
    assert "made-up" in profile.reference.description
    assert 10 <= len(profile.expression) <= 25
    assert all(entry.adjusted_p_value is not None for entry in profile.expression.values())


# ---------------------------------------------------------------- real tumors


def test_the_refractory_liver_cancer_is_led_by_the_inhibitor_of_mir_221():
    assert lead("liver_mir221_up") == ("inhibit:hsa-miR-221-3p", "clear", "T2", "same_tumor")
    precedent = result("liver_mir221_up").strategies[0].precedents[0]
    assert (precedent.nct_id, precedent.tumor_match) == ("NCT04811898", "eligible")
    assert "assumed, not known" in given("liver_mir221_up").description
    assert given("liver_mir221_up").disease_state == "relapsed_refractory"


def test_the_same_liver_cancer_in_drug_sensitive_disease_withholds_it():
    data = json.loads(path("liver_mir221_up").read_text(encoding="utf-8"))
    other = recommend({**data, "disease_state": "on_treatment_sensitive"})
    assert "inhibit:hsa-miR-221-3p" not in ids(other.strategies)
    assert find(other.withheld, "inhibit:hsa-miR-221-3p").reasons == ["timing_contraindicated"]


def test_the_squamous_lung_cancer_restores_mir_34a_only_behind_everything_that_is_not_adverse():
    strategies = result("lung_squamous_mir34a_lost").strategies
    adverse = ["restore:hsa-miR-34a-5p", "restore:miR-34-family"]
    assert ids(s for s in strategies if s.gate == "adverse") == adverse == ids(strategies)[-2:]
    lost = find(strategies, "restore:hsa-miR-34a-5p")
    assert (lost.tier, lost.claim_match, lost.call) == ("T2", "same_tumor", "down")
    flag = find(lost.flags, "program_stopped_for_safety")
    assert flag.severity == "serious"
    assert "NCT01829971" in flag.message
    assert "four deaths" in flag.message


def test_the_squamous_lung_cancer_has_mir_183_up_where_the_review_lists_it_as_lost():
    assert withheld("lung_squamous_mir34a_lost")["inhibit:hsa-miR-183-5p"] == ["discordant_direction"]


def test_the_thyroid_cancer_of_unknown_state_asks_for_it_and_clears_nothing():
    assert lead("thyroid_papillary") == ("inhibit:hsa-miR-221-3p", "caution", "T2", "same_tumor")
    strategies = result("thyroid_papillary").strategies
    assert ids(strategies) == ["inhibit:hsa-miR-221-3p", "inhibit:hsa-miR-222-3p", "inhibit:hsa-miR-146b-5p"]
    assert {s.gate for s in strategies} == {"caution"}
    assert "State the disease state" in find(strategies[0].flags, "timing").message
    assert result("thyroid_papillary").cancer.subtype == "papillary_thyroid_cancer"


# ---------------------------------------------------------------- made-up ones


def test_colorectal_mir_145_up_conflicts_and_is_a_suppressor():
    reasons = withheld("colorectal_mir145_conflict")
    assert reasons["inhibit:hsa-miR-145-5p"] == ["conflicting_evidence", "opposes_established_role"]
    assert "down" in given("colorectal_mir145_conflict").description


def test_colorectal_mir_145_down_conflicts_as_well():
    other = with_entry("colorectal_mir145_conflict", "hsa-miR-145-5p", -1.9)
    assert find(other.withheld, "restore:hsa-miR-145-5p").reasons == ["conflicting_evidence"]
    assert "restore:hsa-miR-145-5p" not in ids(other.strategies)


def test_around_it_the_colorectal_profile_shows_a_response_a_metastasis_driver_and_a_stopped_program():
    strategies = result("colorectal_mir145_conflict").strategies
    assert lead("colorectal_mir145_conflict") == ("inhibit:hsa-miR-221-3p", "clear", "T2", "same_tumor")
    assert strategies[0].precedents[0].tumor_match == "responded"
    assert find(strategies, "inhibit:hsa-miR-10b-5p").gate == "clear"
    assert find(strategies, "restore:hsa-miR-34a-5p").gate == "adverse"


def test_inhibiting_mir_221_and_222_is_adverse_in_newly_diagnosed_myeloma():
    strategies = result("myeloma_newly_diagnosed").strategies
    for id_ in ("inhibit:hsa-miR-221-3p", "inhibit:hsa-miR-222-3p"):
        assert find(strategies, id_).gate == "adverse"
        assert {"timing", "loss_marks_worse_outcome"} <= set(ids(find(strategies, id_).flags))


def test_myeloma_gets_no_anti_mir_155_and_would_get_no_mimic_of_it():
    reasons = withheld("myeloma_newly_diagnosed")
    assert reasons["inhibit:hsa-miR-155-5p"] == ["discordant_direction"]
    other = with_entry("myeloma_newly_diagnosed", "hsa-miR-155-5p", -1.4)
    assert find(other.withheld, "restore:hsa-miR-155-5p").reasons == ["opposes_established_role"]


def test_newly_diagnosed_myeloma_is_led_by_mir_29b_with_caution():
    assert lead("myeloma_newly_diagnosed") == ("restore:hsa-miR-29b-3p", "caution", "T4", "same_tumor")
    assert "setting_unproven" in ids(result("myeloma_newly_diagnosed").strategies[0].flags)


def test_the_two_myelomas_are_one_made_up_patient_before_and_after():
    first, later = given("myeloma_newly_diagnosed"), given("myeloma_relapsed")
    assert first.patient_id == later.patient_id == "MM-made"
    assert first.sample_id != later.sample_id
    assert (first.disease_state, later.disease_state) == ("newly_diagnosed", "relapsed_refractory")
    assert set(first.expression) == set(later.expression)


def test_relapsed_myeloma_is_led_by_the_inhibitor_of_mir_221_and_lost_mir_29b_to_its_p_value():
    assert lead("myeloma_relapsed") == ("inhibit:hsa-miR-221-3p", "clear", "T2", "same_tumor")
    assert "inhibit:hsa-miR-21-5p" in ids(result("myeloma_relapsed").strategies)
    assert "restore:hsa-miR-29b-3p" not in ids(result("myeloma_relapsed").strategies)
    assert "inhibit:hsa-miR-155-5p" not in withheld("myeloma_relapsed")


def test_ovarian_let_7_is_not_inhibited_neither_as_a_family_nor_by_a_member():
    assert withheld("ovarian_let7_up")["inhibit:let-7-family"] == ["opposes_established_role"]
    family = find(result("ovarian_let7_up").withheld, "inhibit:let-7-family")
    assert len(family.members) == 9
    assert not [s.id for s in result("ovarian_let7_up").strategies if "let-7" in s.id]


def test_ovarian_directions_that_hold_become_strategies():
    assert lead("ovarian_let7_up") == ("inhibit:hsa-miR-21-5p", "clear", "T4", "same_tumor")
    assert {"inhibit:hsa-miR-200a-3p", "inhibit:hsa-miR-200b-3p", "restore:hsa-miR-125b-5p"} <= set(
        ids(result("ovarian_let7_up").strategies)
    )


def test_mesothelioma_finds_its_own_precedent_behind_a_caution():
    name = "mesothelioma_mir16_lost"
    assert lead(name) == ("restore:hsa-miR-16-5p", "caution", "T2", "trial_indication")
    first = result(name).strategies[0]
    assert {"dose_limiting_toxicity", "eligibility_marker"} <= set(ids(first.flags))
    assert [(p.nct_id, p.tumor_match) for p in first.precedents] == [("NCT02369198", "responded")]
    assert given(name).patient.egfr_positive is True


def test_relatives_of_mir_16_inherit_its_gate_and_not_its_tier():
    found = {s.id: (s.gate, s.tier) for s in result("mesothelioma_mir16_lost").exploratory}
    assert found["restore:hsa-miR-15a-5p"] == ("caution", "T5")


def test_a_cutaneous_t_cell_lymphoma_finds_cobomarsen_through_its_trials():
    assert lead("ctcl_mir155_up") == ("inhibit:hsa-miR-155-5p", "clear", "T3", "trial_indication")
    first = result("ctcl_mir155_up").strategies[0]
    assert {p.nct_id for p in first.precedents} == {"NCT02580552", "NCT03713320", "NCT03837457"}
    assert {p.tumor_match for p in first.precedents} == {"treated"}
    assert "randomized_endpoint_missed" in ids(first.flags)
