"""What a strategy could be combined with, and what the strategies of one profile mean for each other."""

from __future__ import annotations

import pytest

from recommender import load_knowledge

KNOWN = load_knowledge()
ANTI_221 = {"hsa-miR-221-3p": 2.7}


def treatments(strategy) -> set[str]:
    return {c.id for c in strategy.combinations if c.kind == "treatment"}


def pairs(strategy) -> set[tuple[str, str]]:
    return {(c.goal, c.partner) for c in strategy.combinations if c.kind == "strategy"}


def of(result, name: str):
    return next(s for s in result.strategies if s.id == name)


def test_every_combination_is_a_hypothesis_or_laboratory_work(run):
    result = run("hepatocellular carcinoma", {**ANTI_221, "hsa-let-7a-5p": -2.0}, metastatic=True)
    found = [c for s in result.strategies for c in s.combinations]
    assert found
    assert {c.evidence for c in found} <= {"hypothesis", "preclinical"}
    assert not any("should be combined" in c.message or "recommend" in c.message for c in found)


def test_sensitization_said_of_a_relapse_target_is_told_in_refractory_disease_alone(run):
    """The timing argument outranks the argument for sensitizing to chemotherapy."""
    sensitization = "chemotherapy.inhibitor_sensitization"
    for state, told in (("relapsed_refractory", True), ("newly_diagnosed", False), ("unknown", False)):
        result = run("hepatocellular carcinoma", ANTI_221, disease_state=state)
        assert (sensitization in treatments(of(result, "inhibit:hsa-miR-221-3p"))) == told, state
    other = run("lung cancer", {"hsa-miR-21-5p": 2.0}, disease_state="newly_diagnosed")
    assert sensitization in treatments(of(other, "inhibit:hsa-miR-21-5p"))


def test_no_sensitization_of_any_kind_is_told_of_a_relapse_target_outside_refractory_disease(run):
    for state in ("newly_diagnosed", "unknown"):
        result = run("multiple myeloma", ANTI_221, disease_state=state)
        goals = {c.goal for c in of(result, "inhibit:hsa-miR-221-3p").combinations if c.kind == "treatment"}
        assert goals == {"immune"}, state


@pytest.mark.parametrize(
    ("fields", "told"),
    [({"metastatic": True}, True), ({"metastatic": False}, False), ({}, False)],
)
def test_what_is_proposed_for_metastasis_is_told_of_metastatic_disease(run, fields, told):
    result = run("breast cancer", {"hsa-miR-21-5p": 2.0}, **fields)
    assert ("standard_treatment.metastasis" in treatments(result.strategies[0])) == told


def test_resistance_in_myeloma_is_told_of_myeloma(run):
    resistance = "standard_treatment.myeloma_drug_resistance"
    assert resistance in treatments(of(run("myeloma", {"hsa-miR-21-5p": 2.0}), "inhibit:hsa-miR-21-5p"))
    assert resistance not in treatments(of(run("lung cancer", {"hsa-miR-21-5p": 2.0}), "inhibit:hsa-miR-21-5p"))


def test_every_combination_of_the_table_can_be_told(run):
    told: set[str] = set()
    up = {"hsa-miR-21-5p": 2.0, "hsa-miR-221-3p": 2.0}
    down = {"hsa-let-7a-5p": -2.0, "hsa-miR-29b-3p": -2.0, "hsa-miR-34a-5p": -2.0}
    for cancer in ("multiple myeloma", "lung cancer"):
        for s in run(cancer, {**up, **down}, metastatic=True).strategies:
            told |= treatments(s)
    assert told == {row.combination for row in KNOWN.combinations}


def test_two_inhibitors_of_one_cluster_and_seed_know_of_each_other(run):
    result = run("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7, "hsa-miR-222-3p": 2.0})
    assert pairs(of(result, "inhibit:hsa-miR-221-3p")) == {
        ("pair_cluster", "inhibit:hsa-miR-222-3p"),
        ("pair_seed", "inhibit:hsa-miR-222-3p"),
    }
    assert ("pair_seed", "inhibit:hsa-miR-221-3p") in pairs(of(result, "inhibit:hsa-miR-222-3p"))


def test_inhibitors_of_two_repressors_of_one_gene_say_so(run):
    result = run("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7, "hsa-miR-21-5p": 2.0})
    (pair,) = [c for c in of(result, "inhibit:hsa-miR-21-5p").combinations if c.kind == "strategy"]
    assert (pair.goal, pair.partner) == ("pair_target", "inhibit:hsa-miR-221-3p")
    assert "both repress PTEN" in pair.message


def test_an_inhibitor_whose_sibling_another_strategy_restores_works_against_it(run):
    """In renal cancer miR-25 is documented up and miR-363, of the same seed, down."""
    result = run("renal cell carcinoma", {"hsa-miR-25-3p": 2.0, "hsa-miR-363-3p": -2.0})
    inhibit, restore = of(result, "inhibit:hsa-miR-25-3p"), of(result, "restore:hsa-miR-363-3p")
    assert ("pair_seed_opposed", restore.id) in pairs(inhibit)
    assert ("pair_seed_opposed", inhibit.id) in pairs(restore)
    (told,) = [c.message for c in inhibit.combinations if c.goal == "pair_seed_opposed"]
    assert told == (
        "works against this one: hsa-miR-363-3p is to be restored and shares the seed of hsa-miR-25-3p, whose "
        "inhibitor may bind it too."
    )


def test_a_family_and_its_own_member_are_one_matter_not_a_pair(run):
    result = run("prostate cancer", {"hsa-let-7c-5p": -2.0, "hsa-let-7a-5p": -2.0})
    for s in result.strategies:
        assert not any("let-7" in partner for _, partner in pairs(s))


def test_exploratory_strategies_are_no_partners(run):
    result = run("thyroid cancer", {"hsa-miR-221-3p": 2.0, "hsa-miR-210-3p": 2.0, "hsa-miR-25-3p": 2.0})
    explored = {s.id for s in result.exploratory}
    assert explored
    for s in result.strategies:
        assert explored.isdisjoint({partner for _, partner in pairs(s)})
    assert all(not pairs(s) for s in result.exploratory)


# --- reading a response, cell mix, specimens ----------------------------------------------------------------------


def flags(result, name: str) -> set[str]:
    return {flag.id for flag in of(result, name).flags}


def test_a_response_to_a_relapse_target_is_read_as_growth_control(run):
    for state, told in (("relapsed_refractory", True), ("unknown", True), ("newly_diagnosed", False)):
        result = run("hepatocellular carcinoma", ANTI_221, disease_state=state)
        assert ("senescence_dormancy_reading" in flags(result, "inhibit:hsa-miR-221-3p")) == told, state
        assert any(n.id == "longitudinal_monitoring" and "hsa-miR-221-3p" in n.message for n in result.notes)
    other = run("lung cancer", {"hsa-miR-21-5p": 2.0})
    assert not any(n.id == "longitudinal_monitoring" for n in other.notes)


def test_few_tumor_cells_weaken_what_other_cells_could_explain(run):
    given = ("DLBCL", {"hsa-miR-150-5p": -2.0})
    plain, mixed, pure = (run(*given, **p) for p in ({}, {"purity": 0.3}, {"purity": 0.9}))
    name = "restore:hsa-miR-150-5p"
    assert "low_purity" in flags(mixed, name)
    assert of(mixed, name).points == of(plain, name).points - 3
    assert "low_purity" not in flags(pure, name) | flags(plain, name)
    assert of(pure, name).points == of(plain, name).points
    assert [n.id for n in mixed.notes if n.id == "low_purity"] == ["low_purity"]


def test_purity_at_the_threshold_is_sufficient(run):
    assert "low_purity" not in {n.id for n in run("lung cancer", {"hsa-miR-21-5p": 2.0}, purity=0.5).notes}
    assert "low_purity" in {n.id for n in run("lung cancer", {"hsa-miR-21-5p": 2.0}, purity=0.499).notes}


@pytest.mark.parametrize(
    ("specimen", "notes"),
    [
        ("tumor_tissue", set()),
        ("cell_line", {"measured_in_cell_line"}),
        ("blood_cells", {"measured_in_blood_cells"}),
        ("plasma_serum", {"not_measured_in_tumor", "measured_in_plasma"}),
        ("exosome", {"not_measured_in_tumor", "measured_in_exosomes"}),
    ],
)
def test_a_specimen_says_what_it_cannot_tell(run, specimen, notes):
    result = run("lung cancer", {"hsa-miR-21-5p": 2.0}, specimen=specimen)
    assert {n.id for n in result.notes if "measured" in n.id} == notes
