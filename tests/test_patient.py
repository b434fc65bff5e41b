"""What is known of the patient raises the danger of a carrier, and lowers the strategy."""

from __future__ import annotations

import pytest

MELANOMA = ("melanoma", {"hsa-miR-34a-5p": -2.0})  # MRX34, a liposome
MESOTHELIOMA = ("mesothelioma", {"hsa-miR-16-5p": -2.0})  # TargomiRs, minicells
BASKET = ("thyroid cancer", {"hsa-miR-10b-5p": 2.0})  # TTX-MC138, iron oxide
NAKED = ("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.0})  # LNA-i-miR-221, no carrier
UNDECIDED = ("hepatocellular carcinoma", {"hsa-miR-122-5p": -2.0})  # no agent: the carrier is open


def delivery(strategy) -> int:
    return sum(c.points for c in strategy.components if c.name == "delivery")


@pytest.mark.parametrize(
    ("case", "fact", "warning", "severity", "points"),
    [
        (MELANOMA, "hepatic_impairment", "hepatic_impairment_liver_carrier", "serious", -10),
        (UNDECIDED, "hepatic_impairment", "hepatic_impairment_open", "caution", -3),
        (MELANOMA, "prior_infusion_reaction", "prior_infusion_reaction_lipid", "serious", -10),
        (MELANOMA, "complement_disorder", "complement_disorder_lipid", "serious", -10),
        (MESOTHELIOMA, "prior_infusion_reaction", "prior_infusion_reaction_minicell", "serious", -10),
        (MESOTHELIOMA, "cardiac_disease", "cardiac_disease_minicell", "serious", -10),
        (BASKET, "iron_overload", "iron_overload_iron_oxide", "serious", -10),
        (NAKED, "autoimmune_disease", "autoimmune_disease_tlr", "serious", -5),
    ],
)
def test_a_fact_about_the_patient_is_a_graver_caveat_and_a_penalty(run, case, fact, warning, severity, points):
    plain = run(*case).strategies[0]
    denied = run(*case, patient={fact: False}).strategies[0]
    told = run(*case, patient={fact: True}).strategies[0]
    assert next(c.severity for c in told.caveats if c.id == warning) == severity
    assert delivery(told) == points
    assert told.points == plain.points + points
    for other in (plain, denied):
        assert warning not in {c.id for c in other.caveats}
        assert delivery(other) == 0


def test_a_naked_inhibitor_is_no_worse_for_an_impaired_liver(run):
    impaired = run(*NAKED, patient={"hepatic_impairment": True}).strategies[0]
    assert delivery(impaired) == 0
    assert not any(c.id.startswith("hepatic") for c in impaired.caveats)


def test_a_tumor_without_egfr_is_not_what_targomirs_were_made_for(run):
    negative = run(*MESOTHELIOMA, patient={"egfr_positive": False}).strategies[0]
    positive = run(*MESOTHELIOMA, patient={"egfr_positive": True}).strategies[0]
    assert next(c.severity for c in negative.caveats if c.id == "egfr_negative") == "serious"
    assert next(c.severity for c in positive.caveats if c.id == "egfr_positive") == "info"
    assert (delivery(negative), delivery(positive)) == (-10, 0)
