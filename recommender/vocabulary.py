"""The facts rules may speak of: every type, every field, and the words a field can hold.

Categories only. Absence is a word of its own, never a missing field. A field with a declared set of
words may be tested against them; an open field holds identities and may only be joined.
"""

from __future__ import annotations

from typing import Final, get_args

from recommender.model.options import Axis, DeliveryKind, Goal, InfusionReaction, Maturity, TargetKind, YesNoUnknown
from recommender.model.profile import DiseaseState, Specimen
from recommender.model.recommendation import (
    Action,
    CallState,
    ClaimMatch,
    IdentityMatch,
    TumorMatch,
)
from recommender.nomenclature import MeasuredAs

DIRECTIONS: Final = ("up", "down", "both", "none")
YES_NO: Final = ("yes", "no")
OPEN: Final[tuple[str, ...]] = ()

# strongest first: a level that speaks silences those after it
LEVELS: Final = ("documented_here", "trial_indication", "trial_lineage", "pan_cancer", "elsewhere", "none")
LEVEL_CLAIM_MATCH: Final[dict[str, ClaimMatch]] = {
    "documented_here": "same_tumor",
    "trial_indication": "trial_indication",
    "trial_lineage": "same_lineage",
    "pan_cancer": "pan_cancer",
}
COMPARISONS: Final = ("normal_cohort", "builtin_cohort", "ratio_only", "other_group")

FACTS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "profile": {
        "disease_state": get_args(DiseaseState),
        "specimen": get_args(Specimen),
        "comparison": COMPARISONS,
        "measurement_level": ("mature", "hairpin", "mixed"),
        "purity": ("low", "sufficient", "not_stated"),
    },
    "candidate": {
        "mirna": OPEN,
        "kind": ("mirna", "family", "cluster"),
        "call": get_args(CallState),
        "level": LEVELS,
        "speaks": ("for_this_tumor", "for_others_only"),
        "documented": DIRECTIONS,
        "elsewhere": DIRECTIONS,
        "same_lineage": DIRECTIONS,
        "role": ("oncomir", "suppressor", "both", "none"),
        "identity": get_args(IdentityMatch),
        "measured_as": get_args(MeasuredAs),
        "family": ("agrees", "ambiguous", "unchanged", "none"),
        "folded": YES_NO,
        "comparison": COMPARISONS,
        "against": ("normal", "other_group"),
        "disease_state": get_args(DiseaseState),
        "metastatic": ("yes", "no", "unknown"),
        "cancer": OPEN,
        "timing": ("relapse_target", "none"),
        "protective": YES_NO,
        "immune_stress": YES_NO,
        "metastasis_driver": YES_NO,
        "purity": ("low", "sufficient", "not_stated"),
        "cell_mix": ("leukocyte", "red_cell", "endothelium", "mesenchyme", "muscle", "none"),
    },
    # one for each action that some strategy proposes: what holds of a class of drug is decided once
    "action": {"action": get_args(Action)},
    "strategy": {
        "strategy": OPEN,
        "action": get_args(Action),
        "kind": ("strategy", "exploratory"),
        "timing": ("relapse_target", "none"),
        "disease_state": get_args(DiseaseState),
        "metastatic": ("yes", "no", "unknown"),
        "cancer": OPEN,
    },
    # what the strategy acts on: the called miRNA itself, a called member, or only a relative
    "acts_on": {
        "strategy": OPEN,
        "mirna": OPEN,
        "relation": ("self", "called_member", "family", "relative"),
        "exact": YES_NO,  # itself or a called member: what tiers and precedents need
        "gates": YES_NO,  # these and the relatives: what gates pass through
    },
    "agent": {
        "agent": OPEN,
        "mirna": OPEN,
        "action": get_args(Action),
        "oncology": YES_NO,
        "evidence_level": (
            "efficacy_endpoint_met",
            "objective_response_phase_1",
            "no_published_response",
            "randomized_endpoint_missed",
            "outside_oncology",
        ),
        "safety_level": ("stopped_for_safety", "dose_limiting_toxicity", "none_established"),
        "eligibility_marker": YES_NO,
        "conflict_of_interest": YES_NO,
        "best_match": (*get_args(TumorMatch),),
    },
    # a modality, chemistry or delivery that suits an action; what does not apply to its axis is `none`
    "option": {
        "option": OPEN,
        "axis": get_args(Axis),
        "action": get_args(Action),
        "kind": (*get_args(DeliveryKind), "none"),
        "reaches": YES_NO,  # this tumor
        "liver_accumulating": (*get_args(YesNoUnknown), "none"),
        "infusion_reaction": (*get_args(InfusionReaction), "none"),
        "tlr_active": (*get_args(YesNoUnknown), "none"),
        "maturity": get_args(Maturity),
    },
    # an agent is made of options: one modality, its chemistries, its carriers
    "uses": {"agent": OPEN, "axis": get_args(Axis), "option": OPEN},
    "option_work": {
        "option_work": OPEN,
        "axis": get_args(Axis),
        "option": OPEN,
        "mirna": OPEN,
        "action": get_args(Action),
    },
    "combination": {
        "combination": OPEN,
        "action": get_args(Action),
        "goal": get_args(Goal),
        "of": ("any_mirna", "named_mirnas"),
        "mirna": OPEN,
        "here": YES_NO,  # said of this tumor, or of none in particular
    },
    # what a miRNA of one strategy has in common with one of another; `via` is the gene of a shared target
    "relation": {
        "strategy": OPEN,
        "partner": OPEN,
        "common": ("cluster", "seed", "target"),
        "first": OPEN,
        "second": OPEN,
        "via": OPEN,
    },
    "preclinical": {"preclinical": OPEN, "mirna": OPEN, "action": get_args(Action)},
    "patient": dict.fromkeys(
        (
            "hepatic_impairment",
            "prior_infusion_reaction",
            "complement_disorder",
            "cardiac_disease",
            "iron_overload",
            "autoimmune_disease",
            "egfr_positive",
        ),
        ("yes", "no", "unknown"),
    ),
    # a gene the miRNA represses, or the miRNA itself as its own readout; `moves` in this very tumor
    "target": {
        "target": OPEN,
        "mirna": OPEN,
        "kind": get_args(TargetKind),
        "documented": ("this_tumor", "in_general", "other_tumors"),
        "effect": ("represses", "promotes", "regulates", "level"),
        "pharmacodynamic": ("yes", "no", "outside_oncology"),
        "moves": ("up", "down", "flat", "not_measured"),
    },
    # a miRNA with the seed of another; `state` in this very tumor
    "sibling": {
        "sibling": OPEN,
        "of": OPEN,
        "seed": ("seed_2_8", "seed_2_7"),
        "documented": ("suppressor", "oncomir", "both", "neither"),
        "state": ("retained", "lost", "unknown"),
    },
}

# relations of what a strategy acts on exactly: what tiers and precedents need
EXACT: Final = frozenset({"self", "called_member"})

STRATUM_TYPES: Final[dict[int, frozenset[str]]] = {
    1: frozenset({"profile", "candidate"}),
    2: frozenset(FACTS) - {"profile", "candidate"},
}

WITHHELD_PHRASES: Final[dict[str, str]] = {
    "ambiguous_measurement": "the measurements of {mirna} contradict each other",
    "conflicting_evidence": "both directions are documented in this cancer",
    "discordant_direction": "{mirna} is {call} here and documented {where}",
    "opposes_established_role": "{mirna} is established as {role}",
    "context_dependent": "other cancers alone speak of {mirna}, and they disagree ({where})",
    "timing_contraindicated": (
        "in drug-sensitive disease under treatment, inhibiting {mirna} may induce senescence and dormancy"
    ),
}
ROLE_NAMES: Final = {
    "oncomir": "an oncomiR",
    "suppressor": "a tumor suppressor",
    "both": "either",
    "none": "neither",
}
