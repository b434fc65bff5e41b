"""Sequence siblings: who shares the seed, and what this very tumor says of them."""

from __future__ import annotations

import pytest

from recommender import load_knowledge
from recommender.siblings import align, siblings

KNOWN = load_knowledge()


def names(mirna: str, seed: str = "seed_2_8") -> set[str]:
    return {sibling.mirna for sibling in siblings(KNOWN, mirna) if sibling.seed == seed}


def test_mir_221_and_222_share_the_seed():
    assert names("hsa-miR-221-3p") == {"hsa-miR-222-3p"}
    assert names("hsa-miR-222-3p") == {"hsa-miR-221-3p"}


def test_mir_25_has_the_seed_of_the_92a_family():
    assert names("hsa-miR-25-3p") == {
        "hsa-miR-32-5p", "hsa-miR-92a-3p", "hsa-miR-92b-3p", "hsa-miR-363-3p", "hsa-miR-367-3p"
    }  # fmt: skip


def test_mir_34b_lacks_the_seed_of_its_family():
    assert "hsa-miR-34c-5p" in names("hsa-miR-34a-5p")
    assert "hsa-miR-34b-5p" not in names("hsa-miR-34a-5p")


def test_the_alignment_shows_equal_positions_from_the_five_prime_end():
    sibling = siblings(KNOWN, "hsa-miR-221-3p")[0]
    assert sibling.alignment == (
        "AGCUACAUUGUCUGCUGGGUUUC",
        "||||||||         || |",
        "AGCUACAUCUGGCUACUGGGU",
    )
    assert sibling.matches == 11


def test_sequences_of_different_length_are_compared_as_far_as_both_go():
    assert align("ACGU", "ACG") == (3, ("ACGU", "|||", "ACG"))


def test_siblings_are_mutual_and_never_the_mirna_itself():
    for mirna in ("hsa-miR-21-5p", "hsa-let-7a-5p", "hsa-miR-17-5p", "hsa-miR-155-5p"):
        for sibling in siblings(KNOWN, mirna):
            assert sibling.mirna != mirna
            assert mirna in {back.mirna for back in siblings(KNOWN, sibling.mirna)}


def test_a_family_has_no_sequence_and_so_no_siblings():
    assert siblings(KNOWN, "let-7-family") == ()


def warnings(strategy) -> dict[str, str]:
    return {c.id: c.message for c in strategy.caveats if c.id.startswith("sibling_suppressor")}


@pytest.mark.parametrize(
    ("given", "caveat", "severity", "penalty"),
    [
        pytest.param({"hsa-miR-363-3p": 0.1}, "sibling_suppressor_retained", "serious", -8, id="retained"),
        pytest.param({"hsa-miR-363-3p": -3.0}, "sibling_suppressor_lost", "info", 0, id="lost already"),
        pytest.param({}, "sibling_suppressor_unknown", "caution", 0, id="not measured"),
        pytest.param({"hsa-miR-363-3p": None}, "sibling_suppressor_unknown", "caution", 0, id="null"),
    ],
)
def test_an_anti_mir_25_in_renal_cancer_says_whether_this_tumor_retains_mir_363(run, given, caveat, severity, penalty):
    result = run("renal cell carcinoma", {"hsa-miR-25-3p": 2.0, **given})
    strategy = next(s for s in result.strategies if s.id == "inhibit:hsa-miR-25-3p")
    (found,) = [c for c in strategy.caveats if c.id.startswith("sibling_suppressor")]
    assert (found.id, found.severity) == (caveat, severity)
    assert "hsa-miR-363-3p shares the seed of hsa-miR-25-3p" in found.message
    assert "9 equal positions" in found.message
    assert sum(c.points for c in strategy.components if c.name == "off_target") == penalty


def test_a_sibling_that_is_no_suppressor_is_named_without_penalty(run):
    lead = run("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7, "hsa-miR-222-3p": 2.0}).strategies[0]
    assert any(c.id == "sibling_shares_targets" and "hsa-miR-222-3p" in c.message for c in lead.caveats)
    assert "off_target" not in {c.name for c in lead.components}
