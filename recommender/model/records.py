"""The rows of ``rules/knowledge``: one named tuple a table, field for column.

The annotations are what :mod:`recommender.tables` validates a row by. Tuples, not models: two thousand
rows are read at every start.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from recommender.model.recommendation import (
    Action,
    Direction,
    Severity,
    StopReasonName,
    Topic,
    TumorMatch,
)

Id = Annotated[str, Field(min_length=1, max_length=120)]
YesNo = Literal["yes", "no"]
Names = tuple[str, ...]


class MirnaRow(NamedTuple):
    """A mature miRNA: what miRBase 22 says of it."""

    mirna: Id
    accession: str
    sequence: Annotated[str, Field(pattern=r"^[ACGU]+$")]
    arm: Literal["5p", "3p", "none"]
    hairpins: Names
    previous_names: Names
    unsuffixed: YesNo
    guide: YesNo
    family: str
    cluster: str
    status: Literal["current", "retired"]
    included_because: str


class HairpinRow(NamedTuple):
    """A hairpin precursor and the matures it carries."""

    hairpin: Id
    accession: str
    matures: Names
    previous_names: Names
    family: str
    cluster: str


class FamilyRow(NamedTuple):
    """A family or cluster that the review names, or through which a gate passes."""

    family: Id
    name: str
    kind: Literal["family", "cluster"]
    members: Names
    aliases: Names
    basis: str
    note: str


class NamedRow(NamedTuple):
    """A spelling of the review or its trials, and the identity it stands for."""

    as_printed: Id
    named_by: str
    identity: Id
    identity_kind: Literal["mature", "hairpin", "family", "cluster", "retired"]
    arm: Literal["printed", "assumed", "unknown", "not_applicable"]
    note: str


class RetiredRow(NamedTuple):
    """A human miRNA name whose entry miRBase has removed."""

    name: Id
    accession: str
    last_release: str


class CancerRow(NamedTuple):
    """A tumor, a subtype that counts as it, or an umbrella."""

    cancer: Id
    name: str
    level: Literal["group", "tumor", "subtype", "tissue"]
    lineage: Literal["solid", "hematologic"]
    parent: str
    tcga: Names
    oncotree: Names
    synonyms: Names
    note: str


class ClaimRow(NamedTuple):
    """One statement on a miRNA's direction: of the review, or in a knowledge pack of another source."""

    claim_id: Id
    cancer: str
    mirna_as_printed: str
    direction: Direction
    source: str
    locator: str
    references: Names
    strength: Literal["outright", "inferred"]
    condition: Literal["", "metastatic"]
    note: str


class RoleRow(NamedTuple):
    """An established role, with the basis it rests on."""

    role_id: Id
    mirna_as_printed: str
    role: Literal["oncomir", "suppressor"]
    scope: str
    basis: Literal["text", "agent", "preclinical"]
    locator: str
    references: Names
    note: str


class PreclinicalRow(NamedTuple):
    """Therapeutic laboratory work the review cites."""

    preclinical_id: Id
    mirna_as_printed: str
    action: Action
    references: Names
    locator: str
    note: str


class ContextRow(NamedTuple):
    """A property of a miRNA that rules speak of: timing, protective role, cell mix and more."""

    context_id: Id
    context: Literal["timing", "protective", "immune_stress", "metastasis_driver", "cell_mix"]
    value: str
    mirna_as_printed: str
    sources: Names
    locator: str
    references: Names


class SourceRow(NamedTuple):
    """Something that can be cited."""

    source: Id
    kind: str
    citation: str
    doi: str
    pmid: str
    as_of: str
    note: str


class AgentRow(NamedTuple):
    """A drug that acts on one miRNA in one direction."""

    agent: Id
    name: str
    synonyms: Names
    mirna: str
    action: Action
    oncology: YesNo
    modality: str
    chemistry: Names
    delivery: Names
    route: str
    sponsor: str
    evidence_level: Literal[
        "efficacy_endpoint_met",
        "objective_response_phase_1",
        "no_published_response",
        "randomized_endpoint_missed",
        "outside_oncology",
    ]
    safety_level: Literal["stopped_for_safety", "dose_limiting_toxicity", "none_established"]
    safety_summary: str
    status: str
    conflict_of_interest: str
    eligibility_marker: str
    note: str
    sources: Names


class TrialRow(NamedTuple):
    """A trial of an agent; phase and status in ClinicalTrials.gov's words."""

    trial: Id
    agent: str
    nct_id: Annotated[str, Field(pattern=r"^(NCT\d{8})?$")]
    title: str
    phase: str
    status: str
    status_source: str
    status_as_of: str
    enrollment: Annotated[str, Field(pattern=r"^\d*$")]
    enrollment_source: str
    started: str
    ended: str
    route: str
    sponsor: str
    oncology: YesNo
    outcome: Literal[
        "efficacy_endpoint_met",
        "objective_response",
        "no_objective_response",
        "endpoint_missed",
        "not_reported",
        "not_opened",
        "outside_oncology",
    ]
    randomized: Literal["yes", "no", ""]
    note: str
    sources: Names


class TrialTumorRow(NamedTuple):
    """A tumor a trial names, and how far it got there."""

    trial: str
    cancer: str
    match: TumorMatch
    indication: YesNo
    as_printed: str
    source: str
    note: str


class StopReasonRow(NamedTuple):
    """Why a trial stopped, according to one source."""

    trial: str
    reason: StopReasonName
    source: str
    as_of: str
    note: str


class TrialClaimRow(NamedTuple):
    """What one source says of a trial."""

    claim: Id
    trial: str
    kind: str
    source: str
    statement: str
    as_of: str
    disagrees_with: Names
    note: str


class CaveatRow(NamedTuple):
    """What could go wrong or has to be met: what brings it, its consequence and what mitigates it."""

    caveat: Id
    topic: Topic
    severity: Severity
    trigger: Id
    consequence: str
    mitigation: str
    references: Names
    sources: Names
    locator: str
    note: str
