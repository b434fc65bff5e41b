"""Dials of what surrounds a strategy's measurement: the tumor, the reference, the patient, other miRNAs, genes.

Each is tried, and turned only where it helps. None forgets what is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, get_args

from recommender.calling import Call
from recommender.counterfactual.case import Case, Spelling, spell, spellings
from recommender.counterfactual.dials import Dial, Part, always, dropping, setting, significant
from recommender.counterfactual.edits import Edits
from recommender.dossier import DIRECTION_OF, dossiers
from recommender.measurement import effect
from recommender.model.profile import DiseaseState, Specimen
from recommender.model.recommendation import Action
from recommender.model.rule import Rule
from recommender.ranking import cluster_mates
from recommender.settings import number
from recommender.siblings import siblings
from recommender.strategy_facts import targets_of


def shared_dials(case: Case) -> list[list[Dial]]:
    """Return the dials that move other strategies as well, alternatives of a key together."""
    profile, reference = case.base.profile, _reference(case)
    groups = [
        [Dial("reference", (always(reference),))] if reference else [],
        _words("disease_state", get_args(DiseaseState), profile.disease_state),
        _words("metastatic", (True, False), profile.metastatic),
    ]
    return [group for group in groups if group]


def tried_dials(case: Case) -> list[list[Dial]]:
    """Return the dials that may help in small ways, alternatives of a key together."""
    profile = case.base.profile
    known = profile.patient.model_dump()
    groups = [
        _words("specimen", _helpful("profile", "specimen", get_args(Specimen), case), profile.specimen),
        *(_words(f"patient.{fact}", _helpful("patient", fact, (True, False), case), known[fact]) for fact in known),
        *_target_dials(case),
    ]
    if case.relative:
        groups += [_sibling_dials(case), _mate_dials(case)]
    return [group for group in groups if group]


def _helpful(type_: str, field: str, words: Iterable[Any], case: Case) -> list[Any]:
    """Return the words that could help: all where a rule asks for the present one, else those that raise a tier."""
    said = {True: "yes", False: "no", None: "unknown"}
    rules = [(rule, set(_tested(rule, type_, field))) for rule in case.knowledge.rule_list()]
    holder = case.base.profile.patient if type_ == "patient" else case.base.profile
    present = getattr(holder, field)
    if any(said.get(present, present) in tested for _, tested in rules):
        return list(words)
    raising = {word for rule, tested in rules if rule.then.tier or rule.then.precedent for word in tested}
    return [word for word in words if said.get(word, word) in raising]


def _tested(rule: Rule, type_: str, field: str) -> Iterable[str]:
    for condition in rule.when:
        if condition.type == type_ and field in condition.tests:
            test = condition.tests[field]
            yield from [test] if isinstance(test, str) else test


def _words(field: str, words: Iterable[Any], present: Any) -> list[Dial]:
    """Return a dial for every other word; none forgets what is known."""
    path = tuple(field.split("."))
    return [Dial(field, (always({path: word}),)) for word in words if word not in (present, "unknown")]


def _target_dials(case: Case) -> list[list[Dial]]:
    """Return dials that have documented target genes measured and moved, one way or the other."""
    limit = number(case.base.settings, "target_expression", "min_abs_log2_ratio")
    given = case.base.profile.target_expression
    genes = {
        row.target for row, reached in targets_of(case.knowledge) if row.kind == "gene" and reached & set(case.members)
    }
    dials = []
    for sign in (-1, 1):
        moving = [gene for gene in genes if effect(given.get(gene) or 0.0, limit) != 1 + sign]
        order = sorted((effect(given.get(gene) or 0.0, limit) == 1, gene) for gene in moving)
        parts = tuple(always({("target_expression", gene): sign * limit}) for _, gene in order)
        dials += [Dial("target_expression", parts)] if parts else []
    return [dials]


def _sibling_dials(case: Case) -> list[Dial]:
    """Return dials that have the measured seed siblings lost, or gained."""
    documents = dossiers(case.knowledge, case.base.tumor, case.base.profile.metastatic)
    found = {s.mirna for mirna in case.members for s in siblings(case.knowledge, mirna)} - set(case.members)
    return _measured_as("siblings", sorted(found & documents.keys()), case, (-1, 1))


def _mate_dials(case: Case) -> list[Dial]:
    """Return the dial that has the neighbors of its genomic cluster change alike."""
    return _measured_as("cluster", cluster_mates(case.entity, case.knowledge), case, (case.sign,), unmeasured=True)


def _measured_as(
    key: str, mirnas: Sequence[str], case: Case, signs: tuple[int, ...], unmeasured: bool = False
) -> list[Dial]:
    names, calls = spellings(case), case.base.sheet.calls
    dials = []
    for sign in signs:
        wanted = "up" if sign > 0 else "down"
        turned = case._replace(action=next(a for a in get_args(Action) if DIRECTION_OF[a] == wanted))
        measured = [m for m in mirnas if (call := calls.get(m)) and call.call not in (wanted, "not_measured")]
        rest = [m for m in mirnas if m not in calls or calls[m].call == "not_measured"] if unmeasured else []
        order = [*sorted(measured, key=lambda m: (not _changed(calls[m]), m)), *sorted(rest)]
        parts = tuple(_measuring(spell(m, turned, names), turned) for m in order)
        dials += [Dial(key, parts)] if parts else []
    return dials


def _changed(call: Call) -> bool:
    return call.call in ("up", "down")


def _measuring(spelling: Spelling, case: Case) -> Part:
    """Return what makes a miRNA called, just so."""
    edits = {
        **dropping(spelling, case)(0.0),
        **setting(spelling, case)(case.sign * case.unit),
        **significant(spelling, case)(0.0),
    }
    return always(edits)


def _reference(case: Case) -> Edits:
    """Return what makes the comparison one with a cohort of normals that is large enough."""
    stated = case.base.profile.reference
    if case.base.sheet.comparison == "normal_cohort":
        return {}
    found: dict[tuple[str, ...], Any] = {}
    if stated.kind != "normal_cohort" and (case.relative or stated.kind != "not_stated"):
        found["reference", "kind"] = "normal_cohort"
    least = int(number(case.base.settings, "reference", "min_samples"))
    if case.relative and (stated.samples is None or stated.samples < least):
        found["reference", "samples"] = least
    return found
