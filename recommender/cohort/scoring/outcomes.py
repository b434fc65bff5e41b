"""The second stratum per strategy and tumor: what its rules conclude under which conditions on the sample.

A strategy's facts are the same in every sample of one tumor and disease state, but for which members of a family are
called, and which seed siblings the tumor retains. So all facts there can be go through the matcher once, and each
match is kept with the facts of the sample it needs. Rules have no negation: a match holds in a sample if and only if
those facts are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from recommender.cancers import Tumor
from recommender.class_facts import agent_fact, class_facts, combination_facts, patient_fact
from recommender.conclusions import conclude
from recommender.decision import ClassFindings, Decision
from recommender.dossier import dossiers
from recommender.facts import Circumstances
from recommender.inference import class_findings, matches
from recommender.knowledge import Knowledge
from recommender.matcher import Fact
from recommender.model.profile import Patient
from recommender.model.rule import Rule
from recommender.precedents import precedents, trials_of
from recommender.ranking import claim_match, settled_components
from recommender.settings import Settings
from recommender.siblings import siblings
from recommender.strategies import caveats, flag_order
from recommender.strategy_facts import acts_on, acts_on_fact, sibling_fact, strategy_fact, target_facts, work_facts
from recommender.tabling import refuse_entangled, settles
from recommender.vocabulary import EXACT, FACTS

STATES: Final = FACTS["sibling"]["state"]


class Need(NamedTuple):
    """A fact of the sample that a match needs.

    Attributes
    ----------
    mirna : str
        A member of the family; or, with `sibling`, the miRNA it is a sibling of.
    word : str
        A relation of :data:`recommender.vocabulary.FACTS`; of a sibling, its state.
    """

    mirna: str
    word: str
    sibling: str = ""


Needs = frozenset[Need]


class Match(NamedTuple):
    """A rule that matched, with its facts by alias, and their labels."""

    rule: Rule
    matched: Mapping[str, Fact]
    labels: tuple[str, ...]


class Outcome(NamedTuple):
    """What of a strategy the rules settle; lists in the order of a recommendation, each id once."""

    gate: str
    tier: str
    claim_match: str
    points: int
    flags: tuple[str, ...]
    caveats: tuple[str, ...]
    trials: tuple[str, ...]


@dataclass
class Prospect:
    """What the rules can conclude on one strategy in one tumor and disease state.

    Attributes
    ----------
    of_class : ClassFindings
        What its action brings.
    always : list of Match
        What holds in every sample.
    needs : tuple of frozenset of Need
        What else is needed, each combination once.
    under : list of list of Match
        What holds where these needs are met; parallel to `needs`.
    """

    of_class: ClassFindings
    always: list[Match]
    needs: tuple[Needs, ...]
    under: list[list[Match]]

    def outcome(
        self, first: Decision, met: Sequence[bool], tumor: Tumor, knowledge: Knowledge, settings: Settings
    ) -> Outcome:
        """Return what the rules settle on a decision, as the first stratum left it, where some needs are met."""
        decision = replace(
            first,
            flags=dict(first.flags),
            warnings={},
            options={},
            caveats=set(),
            agents=set(),
            preclinical=set(),
            of_class=self.of_class,
        )
        for match in self.always:
            conclude(decision, match.rule, match.matched, knowledge)
        for holds, found in zip(met, self.under, strict=True):
            for match in found if holds else ():
                conclude(decision, match.rule, match.matched, knowledge)
        told = [flag.id for flag in sorted(decision.flags.values(), key=flag_order)]
        trials = [found.nct_id for found in precedents(sorted(decision.agents), tumor, knowledge) if found.nct_id]
        return Outcome(
            decision.gate,
            decision.tier,
            claim_match(decision),
            sum(component.points for component in settled_components(decision, tumor, knowledge, settings)),
            tuple(dict.fromkeys(told)),
            tuple(dict.fromkeys(flag.id for flag in caveats(decision, knowledge))),
            tuple(dict.fromkeys(trials)),
        )


def prospects(
    decisions: Sequence[Decision], tumor: Tumor, around: Circumstances, knowledge: Knowledge, settings: Settings
) -> list[Prospect]:
    """Return what the second stratum can conclude on each of some accepted decisions.

    Parameters
    ----------
    decisions : sequence of Decision
        Each strategy once; ``call.members`` are the members of a family that the columns name.

    Raises
    ------
    KnowledgeError
        A rule whose match on one strategy would depend on which others its sample has.
    """
    refuse_entangled(knowledge)
    patient = patient_fact(Patient())
    heads = [strategy_fact(decision, tumor, around.disease_state, around.metastatic) for decision in decisions]
    under: dict[int, dict[Needs, list[Match]]] = {id(head): {} for head in heads}
    facts, needs_of = _possible_facts(decisions, tumor, around, patient, knowledge, settings)
    for rule, matched, labels in matches(2, [*heads, *facts], knowledge, {"strategy"}):
        if settles(rule):
            needs = frozenset(needs_of[id(fact)] for fact in matched.values() if id(fact) in needs_of)
            of_head = under[id(matched[rule.when[0].alias])]
            of_head.setdefault(needs, []).append(Match(rule, matched, labels))
    return [
        _prospect(class_findings(decision.action, tumor, patient, knowledge), under[id(head)])
        for decision, head in zip(decisions, heads, strict=True)
    ]


def _prospect(of_class: ClassFindings, under: Mapping[Needs, list[Match]]) -> Prospect:
    kept = _without_idle_states(under)
    always = kept.pop(frozenset(), [])
    ordered = tuple(sorted(kept, key=sorted))
    return Prospect(of_class, always, ordered, [kept[needs] for needs in ordered])


def _possible_facts(
    decisions: Sequence[Decision],
    tumor: Tumor,
    around: Circumstances,
    patient: Fact,
    knowledge: Knowledge,
    settings: Settings,
) -> tuple[list[Fact], dict[int, Need]]:
    """Return every fact strategies can meet, and by identity those that not every sample has."""
    needs_of: dict[int, Need] = {}
    facts: list[Fact] = []
    relations: set[str] = set()
    exact: set[str] = set()
    for decision in decisions:
        own = decision.call.mirna
        touched = list(acts_on(decision, knowledge))
        members = [mirna for mirna in knowledge.members_of.get(own, ()) if mirna in decision.call.members]
        relations.update(mirna for mirna, _ in touched)
        exact.update(members, (mirna for mirna, relation in touched if relation in EXACT))
        facts += [acts_on_fact(decision, m, relation) for m, relation in touched if m not in members or m == own]
        for member in members:
            for relation in ("called_member", "relative"):
                fact = acts_on_fact(decision, member, relation)
                needs_of[id(fact)] = Need(member, relation)
                facts.append(fact)
    trials = trials_of(knowledge)
    for action in sorted({decision.action for decision in decisions}):
        facts += class_facts(action, tumor, patient, knowledge, relations)
    facts += [agent_fact(a, tumor, knowledge, trials) for a in knowledge.agents if a.mirna in relations]
    facts += work_facts(relations, knowledge)
    facts += combination_facts(tumor, knowledge, relations)
    facts += target_facts(exact, {}, tumor, knowledge, settings)
    documents = dossiers(knowledge, tumor, around.metastatic)
    for mirna in sorted(exact):
        for sibling in siblings(knowledge, mirna):
            for state in STATES if sibling.mirna in documents else ():
                fact = sibling_fact(mirna, sibling, documents[sibling.mirna], state)
                needs_of[id(fact)] = Need(mirna, state, sibling.mirna)
                facts.append(fact)
    return _unique(facts), needs_of


def _unique(facts: Iterable[Fact]) -> list[Fact]:
    """Return each fact once; the first object of it, for facts are known by identity."""
    kept: dict[tuple[tuple[str, str], ...], Fact] = {}
    for fact in facts:
        kept.setdefault(tuple(sorted(fact.items())), fact)
    return list(kept.values())


def _without_idle_states(under: Mapping[Needs, list[Match]]) -> dict[Needs, list[Match]]:
    """Return the matches with needs that decide nothing left out: a sibling's state where each gives the same."""
    found: dict[Needs, list[Match]] = {}
    rest = dict(under)
    for needs in list(under):
        about = next((need for need in needs if need.sibling), None)
        if about is None or needs not in rest:
            continue
        others = [needs - {about} | {about._replace(word=state)} for state in STATES]
        effects = {frozenset((match.rule.id, match.labels) for match in rest.get(other, ())) for other in others}
        if len(effects) == 1:
            found.setdefault(needs - {about}, []).extend(rest[others[0]])
            for other in others:
                rest.pop(other)
    for needs, matched in rest.items():
        found.setdefault(needs, []).extend(matched)
    return found
