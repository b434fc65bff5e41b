"""What a cohort adds up to: whom each strategy would serve, and what the documents said that held. As published.

Every figure is a number of samples, beside it the number it was counted among and their ratio. What does not
occur is left out of a list. Lists are in the order of most samples, then of names, except for ranks, gates, tiers,
claim matches and numbers, which are in their own.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from recommender.model.published import Published
from recommender.model.recommendation import (
    NOTICE,
    Action,
    Direction,
    KnowledgeStamp,
    Note,
    SoftwareStamp,
    StopReason,
    TumorMatch,
    WithheldReason,
)

Samples = Annotated[int, Field(ge=0, description="Samples counted here.")]
Of = Annotated[int, Field(ge=0, description="Samples they were counted among.")]
Share = Annotated[
    float | None, Field(ge=0, le=1, description="`samples` of `of`, rounded to six decimals; null where `of` is 0.")
]
StrategyId = Annotated[str, Field(description="Id of the strategy, as in `recommendation`: action and miRNA.")]
ActionOf = Annotated[Action, Field(description="What the strategy does to the miRNA.")]
Mirna = Annotated[str, Field(description="Canonical name of the mature miRNA, or the id of a family or cluster.")]


class Frequency(Published):
    """How many samples have one value."""

    key: str = Field(description="The value: an outcome, a rank, a gate, a reason…")
    samples: Samples
    of: Of
    share: Share


class StrategyCount(Published):
    """Whom one strategy would serve."""

    id: StrategyId
    action: ActionOf
    mirna: Mirna
    samples: Samples
    of: Of
    share: Share
    by_rank: list[Frequency] = Field(description="Of these samples, at which rank it stands; 1 leads.")
    by_gate: list[Frequency] = Field(description="Of these samples, behind which gate.")
    by_tier: list[Frequency] = Field(description="Of these samples, on which tier of evidence.")
    by_claim_match: list[Frequency] = Field(description="Of these samples, how near the claim is to the tumor.")


class WithheldCount(Published):
    """How often one action was withheld, and why."""

    id: StrategyId
    action: ActionOf
    mirna: Mirna
    samples: Samples
    of: Of
    share: Share
    by_reason: list[Frequency] = Field(description="Of these samples, for which reason; a sample may have several.")


class ReasonCount(Published):
    """How often one reason withheld anything."""

    reason: WithheldReason = Field(description="Why actions were withheld.")
    samples: Samples
    of: Of
    share: Share
    actions: int = Field(ge=0, description="Actions withheld for this reason in these samples together.")


class DocumentedDirection(Published):
    """Whether a direction documented in a tumor was found in its samples.

    The ten counts from `confirmed` on add up to `samples`. Flat, low, untested, unmeasured and absent are five
    different things, and none of them speaks against the documents.
    """

    cancer: str = Field(description="Id of the tumor, as the samples named it.")
    mirna: Mirna
    documented: Literal["up", "down", "both"] = Field(
        description="What is documented in this very tumor; `both`: the documents contradict each other."
    )
    samples: int = Field(ge=0, description="Samples of this tumor in this group to which the documents apply.")
    confirmed: int = Field(ge=0, description="Called in the documented direction.")
    contradicted: int = Field(ge=0, description="Called in the opposite direction.")
    conflicting: int = Field(ge=0, description="Called up or down where both directions are documented.")
    flat: int = Field(ge=0, description="Called unchanged.")
    low_abundance: int = Field(ge=0, description="Too few reads in tumor and normal for a call.")
    ambiguous: int = Field(ge=0, description="Measurements of one miRNA, or of a family's members, contradict.")
    untested: int = Field(ge=0, description="Measured, and its significance explicitly not known.")
    not_measured: int = Field(ge=0, description="Named by the profile, without a value.")
    not_in_profile: int = Field(ge=0, description="Not named by the profile at all.")
    not_comparable: int = Field(
        ge=0, description="Compared with other tumors or another group, which says nothing of tumor against normal."
    )
    assessed: int = Field(ge=0, description="Confirmed, contradicted, conflicting and flat together.")
    confirmed_share: float | None = Field(
        ge=0, le=1, description="`confirmed` of `assessed`, rounded to six decimals; null where none was assessed."
    )
    contradicted_share: float | None = Field(
        ge=0, le=1, description="`contradicted` of `assessed`, rounded to six decimals; null where none was assessed."
    )


class AgentTrial(Published):
    """A trial of an agent, as the knowledge has it."""

    nct_id: str | None = Field(description="Registry number; null where none was verified.")
    phase: str = Field(description="In ClinicalTrials.gov's words.")
    status: str = Field(description="In ClinicalTrials.gov's words.")
    status_source: str = Field(description="Id of the source that says so.")
    status_as_of: str = Field(description="The date of that source.")
    stop_reasons: list[StopReason] = Field(description="Why it stopped, by each source, never pooled.")


class TrialAgent(Published):
    """An oncology drug on one miRNA that went to trial."""

    agent: str = Field(description="Id of the agent.")
    name: str = Field(description="Name of the agent.")
    strategy: StrategyId
    action: ActionOf
    mirna: Mirna
    direction: Direction = Field(description="The call its action answers.")
    eligibility_marker: str = Field(description="What its trials required beside; empty where nothing is known.")
    conflict_of_interest: str = Field(description="Of those who report on it; empty where none is known.")
    trials: list[AgentTrial] = Field(description="All its trials.")


class Eligibility(Published):
    """How many samples have an agent's miRNA called in the direction its action answers, and what became of them.

    `strategies`, `withheld`, `exploratory` and `neither` add up to `samples`.
    """

    agent: str = Field(description="Id of the agent, see `agents`.")
    strategy: StrategyId
    direction: Direction = Field(description="The call that is counted.")
    tumor_match: TumorMatch | None = Field(
        description="How far its trials got in this tumor; null for groups of more than one tumor."
    )
    samples: Samples
    of: Of
    share: Share
    by_tumor_match: list[Frequency] = Field(
        description="The same, for samples of tumors in which its trials got equally far."
    )
    calls: list[Frequency] = Field(description="How its miRNA was called in all samples of the group.")
    strategies: int = Field(ge=0, description="Samples in which the strategy is proposed.")
    by_rank: list[Frequency] = Field(description="Of these, at which rank.")
    by_gate: list[Frequency] = Field(description="Of these, behind which gate.")
    withheld: int = Field(ge=0, description="Samples in which it is withheld.")
    by_reason: list[Frequency] = Field(description="Of these, for which reason; a sample may have several.")
    exploratory: int = Field(ge=0, description="Samples in which it is listed for exploration only.")
    neither: int = Field(ge=0, description="Samples in which it is in none of these lists.")


class Pair(Published):
    """Two strategies proposed in the same sample."""

    first: StrategyId
    second: StrategyId
    samples: Samples
    of: Of
    share: Share
    expected: float = Field(
        ge=0,
        description="Samples that would have both if each were given out by itself: within each tumor, the product of "
        "their frequencies; added over tumors; rounded to six decimals.",
    )
    ratio: float = Field(ge=0, description="`samples` over `expected`, rounded to six decimals.")


class Group(Published):
    """What is counted among some samples."""

    samples: int = Field(ge=0, description="Samples of this group that were scored.")
    outcomes: list[Frequency] = Field(description="What came out.")
    comparisons: list[Frequency] = Field(description="What the samples were compared with.")
    strategies_per_sample: list[Frequency] = Field(description="How many strategies a sample has, from 0.")
    strategies: list[StrategyCount] = Field(description="Whom each strategy would serve.")
    exploratory: list[StrategyCount] = Field(description="Likewise, of those listed for exploration only.")
    withheld: list[WithheldCount] = Field(description="What was withheld, action by action.")
    withheld_reasons: list[ReasonCount] = Field(description="What was withheld, reason by reason.")
    documented: list[DocumentedDirection] = Field(description="Documented directions, in each tumor of this group.")
    eligibility: list[Eligibility] = Field(description="For each oncology agent that went to trial.")
    pairs: list[Pair] | None = Field(
        description="Strategies that go together; null where they were not counted: in groups by a column."
    )


class CancerGroup(Published):
    """The samples of one tumor, as they named it; a subtype stands by itself."""

    cancer: str = Field(description="Id of the tumor.")
    name: str = Field(description="Its name.")
    counts_as: str = Field(description="Id of the tumor whose claims apply, for a subtype its parent.")
    group: Group = Field(description="What was counted.")


class ValueGroup(Published):
    """The samples that have one value in a column of the sample table."""

    value: str = Field(description="The value; `not stated` where the cell is empty.")
    group: Group = Field(description="What was counted.")


class ColumnGroups(Published):
    """The samples by one column of the sample table."""

    column: str = Field(description="Name of the column.")
    values: list[ValueGroup] = Field(description="Its values.")


class Quarantine(Published):
    """Samples that were refused and counted nowhere else."""

    samples: int = Field(ge=0, description="How many.")
    by_reason: list[Frequency] = Field(description="Why.")


class Summary(Published):
    """A cohort's answers, counted."""

    schema_: Literal["summary/1"] = Field("summary/1", alias="schema", description="Name and version of this schema.")
    cohort: Group = Field(description="All samples.")
    by_cancer: list[CancerGroup] = Field(description="Samples by tumor.")
    by_column: list[ColumnGroups] = Field(description="Samples by columns of the sample table.")
    agents: list[TrialAgent] = Field(description="The oncology agents `eligibility` speaks of.")
    quarantine: Quarantine = Field(description="Samples that were refused.")
    notes: list[Note] = Field(description="What the reader must know of all figures.")
    knowledge: KnowledgeStamp = Field(description="The knowledge the figures rest on.")
    software: SoftwareStamp = Field(description="The software that counted.")
    notice: str = Field(NOTICE, description="What this is not for.")

    def to_json(self, indent: int | None = 2) -> str:
        """Return the published JSON; the same value gives the same bytes."""
        return self.model_dump_json(by_alias=True, indent=indent) + "\n"
