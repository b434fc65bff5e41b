"""The review's clinical reasoning, whole: what an oncologist must find beside a strategy, over real questions."""

from __future__ import annotations


def of(result, name: str):
    return next(s for s in (*result.strategies, *result.exploratory) if s.id == name)


def test_an_anti_mir_221_strategy_tells_all_the_review_would_make_one_consider(run):
    result = run("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7}, disease_state="unknown")
    strategy = of(result, "inhibit:hsa-miR-221-3p")
    caveats = {c.id: c.message for c in strategy.caveats}
    flags = {f.id: f.message for f in strategy.flags}

    assert caveats["sibling_shares_targets"].startswith("hsa-miR-222-3p shares the seed of hsa-miR-221-3p")
    lna = next(option for option in strategy.chemistries if option.id == "lna")
    assert "modified_oligonucleotide_tlr" in lna.caveats
    assert "toll-like receptors" in caveats["modified_oligonucleotide_tlr"]
    assert [b.id for b in strategy.biomarkers[:2]] == ["CDKN1B", "PTEN"]
    assert all("measured in an oncology trial" in b.message for b in strategy.biomarkers[:2])
    assert "hold patents on the agent" in flags["conflict_of_interest"]
    assert "companion diagnostic" in caveats["companion_diagnostic"]
    assert flags["timing"].startswith("State the disease state")
    assert "senescence" in flags["senescence_dormancy_reading"]
    assert strategy.gate == "caution"


def test_the_disease_state_decides_on_anti_mir_221(run):
    gates = {}
    for state in ("relapsed_refractory", "newly_diagnosed"):
        gates[state] = of(
            run("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7}, disease_state=state), "inhibit:hsa-miR-221-3p"
        ).gate
    assert gates == {"relapsed_refractory": "clear", "newly_diagnosed": "adverse"}
    sensitive = run("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7}, disease_state="on_treatment_sensitive")
    assert sensitive.strategies == []
    assert [w.reasons for w in sensitive.withheld] == [["timing_contraindicated"]]


def sibling_of_mir_25(run, **expression):
    result = run(
        "renal cell carcinoma", {"hsa-miR-25-3p": 2.0, **{n.replace("_", "-"): v for n, v in expression.items()}}
    )
    found = [c for c in of(result, "inhibit:hsa-miR-25-3p").caveats if c.message.startswith("hsa-miR-363-3p")]
    assert len(found) == 1
    return found[0]


def test_an_anti_mir_25_in_renal_cancer_names_mir_363_and_says_whether_this_tumor_retains_it(run):
    retained = sibling_of_mir_25(run, hsa_miR_363_3p=0.1)
    assert (retained.id, retained.severity) == ("sibling_suppressor_retained", "serious")
    assert "shares the seed of hsa-miR-25-3p and is a suppressor here that this tumor retains" in retained.message
    lost = sibling_of_mir_25(run, hsa_miR_363_3p=-2.0)
    assert (lost.id, lost.severity) == ("sibling_suppressor_lost", "info")
    unknown = sibling_of_mir_25(run)
    assert (unknown.id, unknown.severity) == ("sibling_suppressor_unknown", "caution")
    alignment = "CAUUGCACUUGUCUCGGUCUGA / .|||||||......|......| / AAUUGCACGGUAUCCAUCUGUA"
    for caveat in (retained, lost, unknown):
        assert caveat.message.endswith(f"9 equal positions from the 5' end: {alignment}")


def test_solar_ended_for_business_by_the_registry_and_without_a_compelling_endpoint_by_the_sponsor(run):
    strategy = of(run("CTCL", {"hsa-miR-155-5p": 3.0}), "inhibit:hsa-miR-155-5p")
    (solar,) = [p for p in strategy.precedents if p.nct_id == "NCT03713320"]
    reasons = {(stop.reason, stop.source) for stop in solar.stop_reasons}
    assert ("business", "registry_quoted_cobomarsen") in reasons
    assert ("futility", "sponsor_pr_2020_10") in reasons
    said = {c.source: c.statement for c in solar.claims if c.kind == "stop"}
    assert "business reasons" in said["registry_quoted_cobomarsen"]
    assert "not compelling against vorinostat" in said["sponsor_pr_2020_10"]
    sponsor = next(c for c in solar.claims if c.kind == "stop" and c.source == "sponsor_pr_2020_10")
    assert sponsor.disagrees_with


def test_int_1b3_is_a_mimic_of_mir_193a_3p_and_the_slip_is_told(run):
    strategy = of(run("lung cancer", {"hsa-miR-193a-3p": -2.0}), "restore:hsa-miR-193a-3p")
    (trial,) = strategy.precedents
    assert (trial.agent, trial.nct_id, trial.delivery) == ("INT-1B3", "NCT04675996", ["lipid_nanoparticle"])
    identity = [c.statement for c in trial.claims if c.kind == "identity"]
    assert any("miR-193b" in statement for statement in identity)
    slip = run("lung cancer", {"hsa-miR-193b-3p": -2.0})
    assert all(p.agent != "INT-1B3" for s in (*slip.strategies, *slip.exploratory) for p in s.precedents)


def test_nct02862145_is_told_as_never_opened_and_gives_no_points(run):
    strategy = of(run("melanoma", {"hsa-miR-34a-5p": -2.0}), "restore:hsa-miR-34a-5p")
    (never,) = [p for p in strategy.precedents if p.nct_id == "NCT02862145"]
    assert "not_opened" in {stop.reason for stop in never.stop_reasons}
    assert never.status == "Withdrawn"
    (component,) = [c for c in strategy.components if c.name == "precedent"]
    assert component.records == ["nct01829971"]


def test_lademirsen_brings_tolerability_to_an_anti_mir_21_and_no_tier(run):
    strategy = of(run("lung cancer", {"hsa-miR-21-5p": 2.0}), "inhibit:hsa-miR-21-5p")
    assert {(p.agent, p.use) for p in strategy.precedents} == {("Lademirsen", "tolerability_only")}
    assert strategy.tier == "T4"
    assert not any(c.name == "precedent" for c in strategy.components)


def test_a_trial_that_is_open_says_as_of_when(run):
    cluster = ("17-5p", "18a-5p", "19a-3p", "20a-5p", "19b-3p", "92a-3p")
    result = run("lung cancer", {f"hsa-miR-{name}": 2.0 for name in cluster})
    trials = {p.nct_id: p for s in result.strategies for p in s.precedents}
    assert trials["NCT03494712"].is_open
    assert (trials["NCT03494712"].status_source, trials["NCT03494712"].status_as_of) == (
        "registry_2018_05",
        "2018-05-16",
    )
    closed = of(run("lung cancer", {"hsa-miR-10b-5p": 2.0}), "inhibit:hsa-miR-10b-5p").precedents
    assert {p.nct_id: p.is_open for p in closed} == {"NCT05908773": False, "NCT06260774": False}


def test_every_trial_with_a_number_has_its_address(run):
    for mirna, value in (("hsa-miR-221-3p", 2.0), ("hsa-miR-34a-5p", -2.0), ("hsa-miR-16-5p", -2.0)):
        for s in run("hepatocellular carcinoma", {mirna: value}).strategies:
            for p in s.precedents:
                assert p.url == (f"https://clinicaltrials.gov/study/{p.nct_id}" if p.nct_id else None)
