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
        (UNDECIDED, "hepatic_impairment", "hepatic_impairment_liver_carrier", "serious", -3),
        (MELANOMA, "prior_infusion_reaction", "prior_infusion_reaction", "serious", -10),
        (MELANOMA, "complement_disorder", "complement_disorder", "serious", -10),
        (MESOTHELIOMA, "prior_infusion_reaction", "prior_infusion_reaction", "serious", -10),
        (BASKET, "prior_infusion_reaction", "prior_infusion_reaction", "serious", -10),
        (UNDECIDED, "autoimmune_disease", "autoimmune_disease_tlr", "serious", -1),
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
    first = impaired.delivery[0]
    assert (first.id, first.demoted_by) == ("naked", [])


def order(strategy) -> list[str]:
    return [option.id for option in strategy.delivery]


def test_an_impaired_liver_puts_lipid_carriers_lower_and_makes_them_graver(run):
    plain = run(*UNDECIDED).strategies[0]
    impaired = run(*UNDECIDED, patient={"hepatic_impairment": True}).strategies[0]
    denied = run(*UNDECIDED, patient={"hepatic_impairment": False}).strategies[0]
    assert order(plain)[:3] == ["lipid_nanoparticle", "bacterial_minicell", "liposome"]
    assert order(impaired)[:2] == ["bacterial_minicell", "oral"]
    carriers = [o.id for o in impaired.delivery if o.id not in ("ligand_targeting", "peg_coating")]
    assert carriers[-2:] == ["lipid_nanoparticle", "liposome"]
    for option in impaired.delivery:
        told = option.demoted_by == ["hepatic_impairment_liver_carrier"]
        assert told == (option.id in ("lipid_nanoparticle", "liposome"))
        assert not told or option.severity == "serious"
    assert order(denied) == order(plain)


def test_a_liver_impaired_patient_is_warned_of_a_liver_targeted_inhibitor_of_a_liver_tumor(run):
    given = ("hepatocellular carcinoma", {"hsa-miR-25-3p": 2.0})
    impaired = run(*given, patient={"hepatic_impairment": True}).strategies[0]
    conjugate = next(option for option in impaired.delivery if option.id == "galnac_conjugate")
    assert conjugate.demoted_by == ["hepatic_impairment_liver_carrier"]
    messages = [c.message for c in impaired.caveats if c.id == "hepatic_impairment_liver_carrier"]
    assert any(message.startswith("Hepatic impairment: GalNAc conjugate gathers in the liver") for message in messages)
    assert "galnac_conjugate" not in order(run("thyroid cancer", {"hsa-miR-221-3p": 2.0}).strategies[0])


def test_autoimmune_disease_puts_lna_behind_other_chemistries(run):
    plain = run("thyroid cancer", {"hsa-miR-146b-5p": 2.0}).strategies[0]
    told = run("thyroid cancer", {"hsa-miR-146b-5p": 2.0}, patient={"autoimmune_disease": True}).strategies[0]
    assert [o.id for o in plain.chemistries][:2] == ["lna", "phosphorothioate"]
    assert [o.id for o in told.chemistries][-2:] == ["lna", "2_o_methyl"]


def test_a_tumor_without_egfr_is_not_what_targomirs_were_made_for(run):
    negative = run(*MESOTHELIOMA, patient={"egfr_positive": False}).strategies[0]
    positive = run(*MESOTHELIOMA, patient={"egfr_positive": True}).strategies[0]
    assert next(c.severity for c in negative.caveats if c.id == "egfr_negative") == "serious"
    assert next(c.severity for c in positive.caveats if c.id == "egfr_positive") == "info"
    assert (delivery(negative), delivery(positive)) == (-10, 0)
