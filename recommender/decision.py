"""What the rules concluded on one action for one miRNA, family or cluster."""

from __future__ import annotations

from dataclasses import dataclass, field

from recommender.calling import Call
from recommender.dossier import Dossier
from recommender.model.recommendation import Action, Flag, Gate, Tier, TraceStep, WithheldReason

_GATES: tuple[Gate, ...] = ("clear", "caution", "adverse")


@dataclass
class Decision:
    """What the rules concluded on one action for one identity."""

    action: Action
    call: Call
    dossier: Dossier
    kind: str  # "strategy" or "exploratory"; "" where only reasons to withhold fired
    reasons: set[WithheldReason] = field(default_factory=set)
    gate: Gate = "clear"
    tier: Tier = "T5"
    flags: dict[str, Flag] = field(default_factory=dict)
    caveats: set[str] = field(default_factory=set)
    warnings: dict[str, Flag] = field(default_factory=dict)
    biomarkers: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    preclinical: set[str] = field(default_factory=set)
    trace: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)

    @property
    def id(self) -> str:
        """The strategy's id."""
        return f"{self.action}:{self.call.mirna}"

    @property
    def accepted(self) -> bool:
        """True where the action is proposed and nothing withholds it."""
        return bool(self.kind) and not self.reasons

    def worsen(self, gate: Gate) -> None:
        """Set the gate unless a worse one is set."""
        self.gate = max(self.gate, gate, key=_GATES.index)

    def steps(self) -> list[TraceStep]:
        """Return the trace, sorted."""
        return [TraceStep.model_construct(rule=rule, facts=list(facts)) for rule, facts in sorted(self.trace)]
