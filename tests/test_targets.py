"""Targets: what to measure, and what measured target genes say."""

from __future__ import annotations


def component(strategy, name: str) -> int:
    return sum(c.points for c in strategy.components if c.name == name)


def test_an_anti_mir_221_lists_what_its_trial_measured_first(run):
    lead = run("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7}).strategies[0]
    assert [b.id for b in lead.biomarkers if b.kind != "pathway"] == ["CDKN1B", "PTEN", "miR-221", "CDKN1C"]
    assert all("should rise" in b.message for b in lead.biomarkers if b.kind == "gene")
    assert "the level itself should fall" in next(b.message for b in lead.biomarkers if b.id == "miR-221")
    assert all(b.source for b in lead.biomarkers)


def test_restoring_let_7_should_lower_ras_and_hmga2(run):
    lead = run("lung cancer", {"hsa-let-7a-5p": -2.0, "hsa-let-7c-5p": -2.0}).strategies[0]
    assert lead.id == "restore:let-7-family"
    assert {b.id for b in lead.biomarkers if b.kind == "gene"} == {"HMGA2", "HRAS", "KRAS", "NRAS"}
    assert all("should fall" in b.message for b in lead.biomarkers if b.kind == "gene")


def test_the_processes_a_mirna_is_said_to_move_come_last_with_their_direction(run):
    lead = run("lung cancer", {"hsa-let-7a-5p": -2.0, "hsa-let-7c-5p": -2.0}).strategies[0]
    processes = {b.id: b.message for b in lead.biomarkers if b.kind == "pathway"}
    assert processes == {
        "apoptosis": "should rise",
        "metastasis": "should fall",
        "tumor growth": "should fall",
    }
    assert [b.kind for b in lead.biomarkers] == ["gene"] * 4 + ["pathway"] * 3


def test_a_process_said_of_another_tumor_alone_is_not_told(run):
    def processes(cancer):
        lead = run(cancer, {"hsa-miR-155-5p": 2.0}).strategies[0]
        return {b.id: b.documented for b in lead.biomarkers if b.kind == "pathway"}

    assert processes("acute lymphoblastic leukemia")["proliferation"] == "this_tumor"
    assert processes("lung cancer")["proliferation"] == "in_general"


def test_a_target_measured_outside_oncology_is_told_as_engagement_and_gives_no_support(run):
    given = ("hepatocellular carcinoma", {"hsa-miR-93-5p": 2.0})
    lead = run(*given, target_expression={"PKD1": -2.0}).strategies[0]
    told = {b.id: (b.documented, b.message) for b in lead.biomarkers}
    assert told["PKD1"][0] == "outside_oncology"
    assert "no tumor biomarker" in told["PKD1"][1]
    assert component(lead, "target_support") == 0


def test_repressed_targets_support_an_inhibitor(run):
    expression = {"hsa-miR-221-3p": 2.7}
    plain = run("hepatocellular carcinoma", expression).strategies[0]
    genes = {"CDKN1B": -0.7, "PTEN": -1.1, "CDKN1C": 0.2}
    supported = run("hepatocellular carcinoma", expression, target_expression=genes).strategies[0]
    assert component(supported, "target_support") == 6
    assert supported.points == plain.points + 6
    assert sorted(f.message.split()[0] for f in supported.flags if f.id == "target_supports") == ["CDKN1B", "PTEN"]


def test_raised_targets_weaken_an_inhibitor_and_are_shown(run):
    genes = {"CDKN1B": 1.5}
    lead = run("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7}, target_expression=genes).strategies[0]
    assert component(lead, "target_support") == -2
    assert [f.severity for f in lead.flags if f.id == "target_contradicts"] == ["caution"]


def test_released_targets_support_a_mimic(run):
    genes = {"KRAS": 1.0, "HMGA2": 3.0, "NRAS": 0.1, "HRAS": None}
    lead = run("lung cancer", {"hsa-let-7a-5p": -2.0}, target_expression=genes).strategies[0]
    assert component(lead, "target_support") == 6


def test_a_gene_nobody_documents_is_listed(run):
    result = run("lung cancer", {"hsa-miR-21-5p": 2.0}, target_expression={"TP53": -1.0, "PTEN": -1.0, "Q": None})
    (note,) = [n.message for n in result.notes if n.id == "target_genes_unknown"]
    assert note == "Not among the documented target genes: Q, TP53."
