"""The rows of what a strategy can be made of: modality, chemistry, delivery, targets, combinations."""

from __future__ import annotations

from typing import Literal, NamedTuple

from recommender.model.recommendation import Action
from recommender.model.records import Id, Names

Maturity = Literal["human_oncology", "human_outside_oncology", "preclinical", "concept"]
Axis = Literal["modality", "chemistry", "delivery"]
YesNoUnknown = Literal["yes", "no", "unknown"]
DeliveryKind = Literal[
    "conjugate", "iron_oxide", "lipid", "local", "minicell", "modifier", "naked", "oral", "polymer", "vesicle", "viral"
]
InfusionReaction = Literal["complement", "observed", "suspected", "not_described"]


TargetKind = Literal["gene", "pathway", "mirna"]
Goal = Literal["immune", "metastasis", "resistance", "sensitization", "synergy"]


class ModalityRow(NamedTuple):
    """A kind of drug that raises or lowers a miRNA."""

    modality: Id
    name: str
    actions: Names
    purpose: str
    advantages: str
    limits: str
    toxicities: str
    maturity: Maturity
    references: Names
    locator: str
    sources: Names
    note: str


class ChemistryRow(NamedTuple):
    """A chemical modification; an axis of its own beside the modality."""

    chemistry: Id
    name: str
    modalities: Names
    tlr_active: YesNoUnknown
    purpose: str
    advantages: str
    limits: str
    toxicities: str
    maturity: Maturity
    references: Names
    locator: str
    sources: Names
    note: str


class DeliveryRow(NamedTuple):
    """A way to bring the drug to the tumor; `reaches_only` names the tumors, or all solid ones, it is for."""

    delivery: Id
    name: str
    kind: DeliveryKind
    modalities: Names
    liver_accumulating: YesNoUnknown
    infusion_reaction: InfusionReaction
    reaches_only: Names
    purpose: str
    advantages: str
    limits: str
    toxicities: str
    maturity: Maturity
    references: Names
    locator: str
    sources: Names
    note: str


class OptionWorkRow(NamedTuple):
    """Laboratory work, or exploration, of one option on one miRNA."""

    option_work: Id
    axis: Axis
    option: str
    mirna_as_printed: str
    action: Action
    references: Names
    locator: str
    sources: Names
    note: str


class TargetRow(NamedTuple):
    """A gene, a pathway, or the miRNA itself, as what an action should move."""

    target_id: Id
    mirna_as_printed: str
    target: str
    as_printed: str
    kind: TargetKind
    effect: Literal["represses", "promotes", "regulates", "level"]
    target_role: Literal["tumor_suppressor", "oncogene", "checkpoint", "other"]
    cancer: str
    pharmacodynamic: Literal["yes", "no", "outside_oncology"]
    references: Names
    locator: str
    sources: Names
    note: str


class CombinationRow(NamedTuple):
    """A combination the review speaks of; never advice."""

    combination: Id
    partner: str
    goal: Goal
    actions: Names
    mirnas_as_printed: Names
    cancer: str
    evidence: Literal["hypothesis", "preclinical"]
    statement: str
    references: Names
    locator: str
    sources: Names
    note: str
