"""What the rules concluded: on a class of action, and on one action for one miRNA, family or cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import get_args

from recommender.calling import Call
from recommender.dossier import Dossier
from recommender.model.options import Axis
from recommender.model.recommendation import (
    Action,
    Combination,
    Flag,
    Gate,
    Option,
    OptionPrecedent,
    Tier,
    TraceStep,
    WithheldReason,
)

_GATES: tuple[Gate, ...] = ("clear", "caution", "adverse")

Step = tuple[str, tuple[str, ...]]  # a rule and the labels of the facts it matched


@dataclass
class Offer:
    """What the rules concluded on one modality, chemistry or delivery.

    Attributes
    ----------
    precedents : dict
        Kinds of precedent to the agents behind each; empty where no rule offers the option.
    work : set of str
        Laboratory work that used it on this very miRNA.
    """

    precedents: dict[OptionPrecedent, set[str]] = field(default_factory=dict)
    work: set[str] = field(default_factory=set)
    caveats: set[str] = field(default_factory=set)
    warnings: dict[str, Flag] = field(default_factory=dict)

    def over(self, other: Offer) -> Offer:
        """Return both together."""
        precedents = {word: set(agents) for word, agents in other.precedents.items()}
        for word, agents in self.precedents.items():
            precedents.setdefault(word, set()).update(agents)
        return Offer(
            precedents,
            self.work | other.work,
            self.caveats | other.caveats,
            {**other.warnings, **self.warnings},
        )


Offers = dict[tuple[Axis, str], Offer]


@dataclass
class ClassFindings:
    """What holds of every strategy that proposes one action: options, caveats, combinations."""

    caveats: set[str] = field(default_factory=set)
    warnings: dict[str, Flag] = field(default_factory=dict)
    options: Offers = field(default_factory=dict)
    combinations: set[str] = field(default_factory=set)
    trace: dict[Step, TraceStep] = field(default_factory=dict)
    published: dict[tuple[Axis, str], Option] = field(default_factory=dict)  # options written up already

    def follow(self, rule: str, labels: tuple[str, ...]) -> None:
        """Remember that a rule fired, and on what."""
        step = (rule, labels)
        if step not in self.trace:
            self.trace[step] = TraceStep.model_construct(rule=rule, facts=list(labels))


@dataclass
class Decision(ClassFindings):
    """What the rules concluded on one action for one identity; `of_class` holds what its action brings."""

    action: Action = "inhibit"
    call: Call = field(kw_only=True)
    dossier: Dossier = field(kw_only=True)
    kind: str = ""  # "strategy" or "exploratory"; "" where only reasons to withhold fired
    reasons: set[WithheldReason] = field(default_factory=set)
    gate: Gate = "clear"
    tier: Tier = "T5"
    flags: dict[str, Flag] = field(default_factory=dict)
    biomarkers: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    preclinical: set[str] = field(default_factory=set)
    pairs: dict[str, Combination] = field(default_factory=dict)
    of_class: ClassFindings = field(default_factory=ClassFindings)

    @property
    def id(self) -> str:
        """The strategy's id."""
        return f"{self.action}:{self.call.mirna}"

    @property
    def accepted(self) -> bool:
        """True where the action is proposed and nothing withholds it."""
        return bool(self.kind) and not self.reasons

    @property
    def ordered_reasons(self) -> tuple[WithheldReason, ...]:
        """The reasons to withhold, in the published order."""
        return tuple(reason for reason in get_args(WithheldReason) if reason in self.reasons)

    def offered(self, axis: Axis) -> Mapping[str, Offer]:
        """Return the options of one axis that some rule offers, what is its own over what its class brings."""
        found: dict[str, Offer] = {}
        for offers in (self.of_class.options, self.options):
            for (on, name), offer in offers.items():
                if on == axis:
                    found[name] = offer.over(found[name]) if name in found else offer
        return {name: offer for name, offer in found.items() if offer.precedents}

    def worsen(self, gate: Gate) -> None:
        """Set the gate unless a worse one is set."""
        self.gate = max(self.gate, gate, key=_GATES.index)

    def steps(self) -> list[TraceStep]:
        """Return the trace, sorted."""
        found: Iterable[tuple[Step, TraceStep]] = {**self.of_class.trace, **self.trace}.items()
        return [step for _, step in sorted(found, key=lambda item: item[0])]
