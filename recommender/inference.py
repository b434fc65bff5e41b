"""The two strata: candidates to decisions, strategies to precedents, gates and caveats.

Python builds the facts of each stratum as sorted sets and reads the conclusions of the rules that
matched; which rules match is decided by the matcher alone.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from recommender.calling import Call, CallSheet
from recommender.cancers import Tumor
from recommender.class_facts import class_facts
from recommender.conclusions import conclude, raise_flag
from recommender.decision import ClassFindings, Decision
from recommender.dossier import Dossier, dossiers
from recommender.facts import called_families, candidate_fact, circumstances, label, profile_fact
from recommender.knowledge import Knowledge
from recommender.matcher import Fact, Matcher
from recommender.model.profile import Profile
from recommender.model.recommendation import Action, Note
from recommender.model.rule import JOIN, Rule
from recommender.rulebook import VARIANT, compile_rules
from recommender.settings import Settings
from recommender.strategy_facts import second_stratum_facts

EVERY: Container[str] = frozenset({"profile", "candidate", "action", "strategy"})
DYSREGULATED = frozenset({"up", "down", "ambiguous"})


class Inference(NamedTuple):
    """All decisions on one profile, sorted by id, notes on the whole, and the facts of both strata."""

    decisions: tuple[Decision, ...]
    notes: tuple[Note, ...]
    first: tuple[Fact, ...] = ()
    second: tuple[Fact, ...] = ()


def infer(
    profile: Profile,
    tumor: Tumor,
    sheet: CallSheet,
    knowledge: Knowledge,
    settings: Settings,
    only: Collection[str] | None = None,
) -> Inference:
    """Run both strata; with `only`, on no other candidates than these."""
    documents = dossiers(knowledge, tumor, profile.metastatic)
    around = circumstances(profile, tumor, sheet, settings)
    facts = [profile_fact(profile, sheet, settings)]
    names = ["profile"]
    for mirna, call in sheet.calls.items():
        if call.call in DYSREGULATED and mirna in documents and (only is None or mirna in only):
            families = called_families(documents[mirna], sheet, knowledge)
            facts.append(candidate_fact(documents[mirna], call.call, call.measured_as, families, around))
            names.append(mirna)
    decisions, notes = _first_stratum(facts, names, sheet, documents, knowledge)
    accepted = [d for d in decisions if d.accepted]
    met = second_stratum_facts(accepted, profile, tumor, sheet, knowledge, settings) if accepted else []
    _second_stratum(accepted, met, tumor, knowledge)
    return Inference(tuple(sorted(decisions, key=lambda d: d.id)), tuple(notes), tuple(facts), tuple(met))


class Ruleset(NamedTuple):
    """A ruleset of the matcher: rules of one file whose first conditions ask for one kind of fact."""

    stratum: int
    head: str
    file: str

    @property
    def name(self) -> str:
        """How the matcher calls it."""
        return ":".join(map(str, self))


def rulesets(knowledge: Knowledge) -> Mapping[Ruleset, list[Rule]]:
    """Return the rules by stratum, kind of first fact, and file, so that no fact meets too many tests at once."""

    def group() -> dict[Ruleset, list[Rule]]:
        found: dict[Ruleset, list[Rule]] = {}
        for file, rules in knowledge.rules.items():
            for rule in rules:
                found.setdefault(Ruleset(rule.stratum, rule.when[0].type, file), []).append(rule)
        return found

    kept: Mapping[Ruleset, list[Rule]] = knowledge.remember("rulesets", group)
    return kept


def asked(rules: Iterable[Rule]) -> dict[str, list[str]]:
    """Return, by type of fact, the fields that some rules look at: no others need to reach the matcher."""
    found: dict[str, set[str]] = {}
    for rule in rules:
        types = {condition.alias: condition.type for condition in rule.when}
        for condition in rule.when:
            fields = found.setdefault(condition.type, {"type"})
            for field, test in condition.tests.items():
                fields.add(field)
                if isinstance(test, str) and test.startswith(JOIN):
                    alias, _, other = test[1:].partition(".")
                    found.setdefault(types[alias], {"type"}).add(other)
    return {kind: sorted(fields) for kind, fields in found.items()}


def matcher_of(knowledge: Knowledge) -> Matcher:
    """Return the matcher of a knowledge, built once."""

    def build() -> Matcher:
        return Matcher({ruleset.name: compile_rules(rules) for ruleset, rules in rulesets(knowledge).items()})

    found: Matcher = knowledge.remember("matcher", build)
    return found


def _rules(knowledge: Knowledge) -> Mapping[str, Rule]:
    found: Mapping[str, Rule] = knowledge.remember("rules", lambda: {r.id: r for r in knowledge.rule_list()})
    return found


def matches(
    stratum: int, facts: Sequence[Fact], knowledge: Knowledge, heads: Container[str] = EVERY
) -> Iterable[tuple[Rule, dict[str, Fact], tuple[str, ...]]]:
    """Yield every match of a stratum: the rule, the fact of each alias, and the facts' labels.

    `heads` are the kinds of first facts to look at; by default all.
    """
    rules = _rules(knowledge)
    matcher = matcher_of(knowledge)
    for ruleset, members in rulesets(knowledge).items():
        if ruleset.stratum != stratum or ruleset.head not in heads:
            continue
        fields = knowledge.remember(("fields", ruleset), lambda members=members: asked(members))
        wanted = [fact for fact in facts if fact["type"] in fields]
        short = [{key: fact[key] for key in fields[fact["type"]] if key in fact} for fact in wanted]
        for variant, bound in matcher.match(ruleset.name, short):
            matched = {alias: wanted[index] for alias, index in bound}
            yield rules[variant.split(VARIANT)[0]], matched, tuple(map(label, matched.values()))


def _first_stratum(
    facts: list[Fact],
    names: list[str],
    sheet: CallSheet,
    documents: Mapping[str, Dossier],
    knowledge: Knowledge,
) -> tuple[list[Decision], list[Note]]:
    fired: dict[str, list[tuple[Rule, Fact]]] = {}
    for rule, matched, _ in matches(1, facts, knowledge):
        fact = matched[rule.when[0].alias]
        fired.setdefault(fact.get("mirna", "profile"), []).append((rule, fact))
    notes: dict[str, tuple[str, list[str]]] = {}
    decisions: list[Decision] = []
    for name in names:
        found = fired.get(name, [])
        for rule, _ in found:
            if rule.then.note:
                notes.setdefault(rule.then.note.id, (rule.then.note.message, []))[1].append(name)
        if name != "profile":
            decisions += decide(found, sheet.calls[name], documents[name], knowledge)
    return decisions, [
        Note.model_construct(id=key, message=message.format(mirnas=", ".join(about)))
        for key, (message, about) in sorted(notes.items())
    ]


def decide(fired: list[tuple[Rule, Fact]], call: Call, dossier: Dossier, knowledge: Knowledge) -> list[Decision]:
    """Gather what the rules concluded on one candidate, an action each."""
    found: dict[Action, Decision] = {}
    for rule, fact in fired:
        then = rule.then
        action = then.strategy or then.exploratory or then.action
        if action:
            decision = found.setdefault(action, Decision(action=action, call=call, dossier=dossier))
            decision.follow(rule.id, (label(fact),))
            if then.withhold:
                decision.reasons.add(then.withhold)
            elif decision.kind != "strategy":  # whichever rule comes first: it outranks an exploratory one
                decision.kind = "strategy" if then.strategy else "exploratory"
    for rule, fact in fired:
        then = rule.then
        for decision in found.values():
            if then.gate:
                decision.worsen(then.gate)
            if then.flag:
                raise_flag(decision.flags, then.flag, rule, _words(decision, fact, knowledge))
            if then.gate or then.flag:
                decision.follow(rule.id, (label(fact),))
    return list(found.values())


def tumor_names(knowledge: Knowledge, cancers: Iterable[str]) -> str:
    """Return tumors by name, for a message."""
    rows = knowledge.vocabulary.rows
    return ", ".join(sorted({rows[c].name if c in rows else "cancers in general" for c in cancers}))


def _words(decision: Decision, fact: Fact, knowledge: Knowledge) -> dict[str, str]:
    dossier = decision.dossier
    opposite = [u.claim.cancer for u in dossier.others if u.claim.direction != dossier.documented]
    where = tumor_names(knowledge, (u.claim.cancer for u in dossier.speaking))
    trial = f"by the trials of {', '.join(dossier.agents)}" if dossier.agents else ""
    return {
        **fact,
        "action": decision.action,
        "here": f"in {where}" if where else trial,
        "opposite": f"in {tumor_names(knowledge, opposite)}",
    }


def _second_stratum(decisions: list[Decision], facts: Sequence[Fact], tumor: Tumor, knowledge: Knowledge) -> None:
    if not decisions:
        return
    by_id = {decision.id: decision for decision in decisions}
    patient = next(fact for fact in facts if fact["type"] == "patient")
    for decision in decisions:
        decision.of_class = class_findings(decision.action, tumor, patient, knowledge)
    for rule, matched, labels in matches(2, facts, knowledge, {"strategy"}):
        decision = by_id[matched[rule.when[0].alias]["strategy"]]
        decision.follow(rule.id, labels)
        conclude(decision, rule, matched, knowledge)


def class_findings(action: Action, tumor: Tumor, patient: Fact, knowledge: Knowledge) -> ClassFindings:
    """Return what holds of every strategy of one action, in one tumor and for one state of the patient.

    It does not depend on what was measured, so it is decided once and kept.
    """

    def find() -> ClassFindings:
        found = ClassFindings()
        for rule, matched, labels in matches(2, class_facts(action, tumor, patient, knowledge), knowledge, {"action"}):
            found.follow(rule.id, labels)
            conclude(found, rule, matched, knowledge)
        return found

    key = ("class findings", action, tumor.row.cancer, tuple(sorted(patient.items())))
    kept: ClassFindings = knowledge.remember(key, find)
    return kept
