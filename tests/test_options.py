"""How a strategy could be made and delivered: which options, in which order, with which caveats of their own."""

from __future__ import annotations

import pytest

from recommender import load_knowledge
from recommender.model.recommendation import SEVERITIES
from recommender.strategies import PRECEDENT_ORDER

KNOWN = load_knowledge()
ANTI_221 = ("hepatocellular carcinoma", {"hsa-miR-221-3p": 2.7})
ANTI_146B = ("thyroid cancer", {"hsa-miR-146b-5p": 2.0})  # no agent, no laboratory work
MIMIC_34A = ("melanoma", {"hsa-miR-34a-5p": -2.0})
MIMIC_29B = ("multiple myeloma", {"hsa-miR-29b-3p": -2.0})


def lead(run, case, **more):
    return run(*case, **more).strategies[0]


def precedents(options) -> dict[str, str]:
    return {option.id: option.precedent for option in options}


def test_what_the_agent_of_this_mirna_is_made_of_comes_first(run):
    strategy = lead(run, ANTI_221)
    assert (strategy.modalities[0].id, strategy.modalities[0].agents) == ("antisense_inhibitor", ["LNA-i-miR-221"])
    assert [o.id for o in strategy.chemistries[:2]] == ["phosphorothioate", "lna"]
    assert (strategy.delivery[0].id, strategy.delivery[0].precedent) == ("naked", "this_mirna")


def test_an_inhibitor_without_an_agent_rests_on_its_class_then_on_the_laboratory(run):
    strategy = lead(run, ANTI_146B)
    assert precedents(strategy.modalities) == {
        "antisense_inhibitor": "this_class",
        "crispr_cas9": "laboratory",
        "sponge": "laboratory",
        "small_molecule_suppressor": "concept",
    }
    assert precedents(strategy.delivery) == {
        "naked": "this_class",
        "iron_oxide_nanoparticle": "this_class",
        "polymer_nanoparticle": "laboratory",
        "exosome": "laboratory",
        "lipid_nanoparticle": "laboratory",
        "liposome": "laboratory",
        "viral_vector": "laboratory",
        "oral": "concept",
        "ligand_targeting": "laboratory",
        "peg_coating": "laboratory",
    }


def test_modality_and_chemistry_are_separate_axes(run):
    """LNA says nothing of the direction: LNA-miR-29b and LNA-miR-34a restore."""
    restored = {o.id: (o.precedent, o.references) for o in lead(run, MIMIC_29B).chemistries}
    assert restored["lna"] == ("laboratory_this_mirna", ["66"])
    assert {o.id for o in lead(run, MIMIC_29B).modalities} == {"mimic", "small_molecule_inducer", "crispr_cas9"}
    assert lead(run, MIMIC_29B).modalities[0].id == "mimic"


def test_lna_mir_361_stays_unresolved():
    assert all("361" not in row.mirna_as_printed for row in (*KNOWN.option_work, *KNOWN.claims, *KNOWN.roles))
    assert "361" in next(row.note for row in KNOWN.chemistries if row.chemistry == "lna")


def test_laboratory_work_on_the_family_reaches_a_member(run):
    strategy = lead(run, ("lung cancer", {"hsa-let-7a-5p": -2.0}))
    mimic = strategy.modalities[0]
    assert (mimic.id, mimic.precedent, mimic.references) == ("mimic", "this_class", ["41"])


def test_vehicle_free_folate_is_laboratory_work_on_mir_34a_alone(run):
    assert precedents(lead(run, MIMIC_34A).delivery)["folate_conjugate"] == "laboratory_this_mirna"
    assert precedents(lead(run, MIMIC_29B).delivery)["folate_conjugate"] == "laboratory"


@pytest.mark.parametrize(
    ("case", "option", "offered"),
    [
        (ANTI_221, "galnac_conjugate", True),
        (ANTI_146B, "galnac_conjugate", False),
        (MIMIC_34A, "local_injection", True),
        (MIMIC_29B, "local_injection", False),
        (MIMIC_34A, "bacterial_minicell", True),
        (MIMIC_29B, "bacterial_minicell", False),
        (("CTCL", {"hsa-miR-155-5p": 2.0}), "iron_oxide_nanoparticle", False),
        (("CTCL", {"hsa-miR-155-5p": 2.0}), "local_injection", True),
        (("mycosis fungoides", {"hsa-miR-155-5p": 2.0}), "local_injection", True),
    ],
)
def test_a_carrier_is_offered_where_it_reaches_the_tumor(run, case, option, offered):
    assert (option in precedents(lead(run, case).delivery)) == offered


def test_agents_outside_oncology_speak_for_tolerability_alone(run):
    for case in (ANTI_221, ANTI_146B, MIMIC_34A):
        strategy = lead(run, case)
        for option in (*strategy.modalities, *strategy.chemistries, *strategy.delivery):
            outside = {a.name for a in KNOWN.agents if a.oncology == "no"}
            assert outside.isdisjoint(option.agents)
            assert set(option.tolerability_agents) <= outside
        assert {p.use for p in strategy.class_precedents if p.agent in ("Lademirsen", "Miravirsen")} <= {
            "tolerability_only"
        }
        assert all(not p.outcome for p in strategy.class_precedents if p.use == "tolerability_only")


def test_lademirsen_and_miravirsen_are_tolerability_precedents_of_an_inhibitor(run):
    uses = {p.agent: p.use for p in lead(run, ANTI_221).class_precedents}
    assert uses["Lademirsen"] == uses["Miravirsen"] == "tolerability_only"
    assert uses["Cobomarsen"] == uses["TTX-MC138"] == "class_experience"
    assert "LNA-i-miR-221" not in uses  # its own
    assert "MRX34" not in uses  # the other action


def test_among_carriers_of_one_precedent_those_whose_agents_fared_worse_come_later(run):
    """INT-1B3 without a reported toxicity, TargomiRs with a dose-limiting one, MRX34 stopped for deaths."""
    carriers = [o.id for o in lead(run, ("hepatocellular carcinoma", {"hsa-miR-122-5p": -2.0})).delivery]
    assert carriers[:3] == ["lipid_nanoparticle", "bacterial_minicell", "liposome"]


def test_class_precedents_are_graded_by_tumor_and_by_what_they_share(run):
    found = {p.agent: (p.tumor_match, p.shares) for p in lead(run, ANTI_221).class_precedents}
    assert found["TTX-MC138"] == ("basket", ["antisense_inhibitor", "lna"])
    assert found["Cobomarsen"] == ("other", ["antisense_inhibitor", "lna", "phosphorothioate", "naked"])


def test_the_order_is_precedent_within_carriers_and_modifiers_come_last(run):
    for case in (ANTI_221, ANTI_146B, MIMIC_34A, MIMIC_29B):
        strategy = lead(run, case)
        modifiers = {"ligand_targeting", "peg_coating"}
        assert {o.id for o in strategy.delivery[-2:]} == modifiers
        for axis in (strategy.modalities, strategy.chemistries, strategy.delivery):
            ranks = [PRECEDENT_ORDER.index(o.precedent) for o in axis if o.id not in modifiers]
            assert ranks == sorted(ranks)


def test_an_options_caveats_are_among_the_strategys_and_set_its_severity(run):
    for case in (ANTI_221, MIMIC_34A):
        strategy = lead(run, case)
        severity = {c.id: c.severity for c in strategy.caveats}
        for option in (*strategy.modalities, *strategy.chemistries, *strategy.delivery):
            own = [severity[name] for name in option.caveats]
            assert option.severity == (min(own, key=SEVERITIES.index) if own else None)


def test_every_option_caveat_flag_readout_and_combination_has_a_source_that_is_known(run):
    """Over all tumors, both directions, every covered miRNA: nothing is told without a source."""
    known = {row.source for row in KNOWN.sources}
    names = [mirna for mirna, row in KNOWN.resolver.mirnas.items() if row.status == "current"]
    patient = dict.fromkeys(
        ("hepatic_impairment", "prior_infusion_reaction", "complement_disorder", "cardiac_disease", "iron_overload"),
        True,
    )
    told = 0
    for cancer in sorted({claim.cancer for claim in KNOWN.claims} - {"pan_cancer"}):
        for value in (2.0, -2.0):
            result = run(
                cancer,
                dict.fromkeys(names, value),
                patient={**patient, "autoimmune_disease": True, "egfr_positive": False},
                purity=0.3,
                metastatic=True,
                disease_state="relapsed_refractory",
            )
            for s in (*result.strategies, *result.exploratory):
                options = (*s.modalities, *s.chemistries, *s.delivery)
                for item in (*s.flags, *s.caveats, *options, *s.biomarkers, *s.combinations):
                    cited = {part.split(":")[0].strip() for part in item.source.split(";")}
                    assert cited & known, item
                    told += 1
    assert told > 10_000


def test_every_caveat_flag_and_option_of_the_knowledge_names_a_source():
    for table in ("caveats", "modalities", "chemistries", "delivery", "option_work", "combinations", "targets"):
        for row in KNOWN.tables[table]:
            assert row.sources, (table, row[0])
            assert row.locator or "review" not in row.sources, (table, row[0])
    for rule in KNOWN.rule_list():
        assert rule.source, rule.id


def test_the_recommendation_says_once_what_each_option_is_for(run):
    result = run(*ANTI_221)
    texts = {(text.axis, text.id): text for text in result.options}
    strategy = result.strategies[0]
    for axis, offered in (
        ("modality", strategy.modalities),
        ("chemistry", strategy.chemistries),
        ("delivery", strategy.delivery),
    ):
        for option in offered:
            assert texts[axis, option.id].purpose
            assert texts[axis, option.id].limits
    assert len(texts) == len(result.options)
