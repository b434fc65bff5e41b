"""Fields and words of the rules as a reader would say them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from recommender.cuts import Step
from recommender.vocabulary import FACTS

_FIELDS: Final = {
    ("candidate", "level"): "what speaks of it",
    ("candidate", "speaks"): "what speaks of it",
    ("candidate", "documented"): "documented direction",
    ("candidate", "elsewhere"): "direction in other tumors",
    ("candidate", "same_lineage"): "direction in tumors of this lineage",
    ("candidate", "role"): "established role",
    ("candidate", "identity"): "how surely it is the documented one",
    ("candidate", "family"): "its family's call",
    ("candidate", "folded"): "only repeats its family",
    ("candidate", "against"): "compared with",
    ("candidate", "cancer"): "tumor",
    ("candidate", "protective"): "protective role",
    ("strategy", "action"): "action",
    ("strategy", "disease_state"): "disease state",
    ("strategy", "metastatic"): "metastasis",
    ("strategy", "timing"): "timing",
    ("relation", "common"): "what it shares with another strategy",
    ("combination", "here"): "said of this tumor",
    ("option", "reaches"): "the option reaches this tumor",
    ("sibling", "documented"): "what the seed sibling is",
    ("sibling", "state"): "the seed sibling in this tumor",
    ("target", "moves"): "the target gene in this tumor",
    ("agent", "agent"): "the agent",
    ("agent", "eligibility_marker"): "the agent's trial asked for a marker",
}
_WORDS: Final = {
    ("candidate", "level"): {
        "documented_here": "the review on this tumor",
        "trial_indication": "a trial in this tumor",
        "trial_lineage": "a trial in any solid tumor",
        "pan_cancer": "the review across cancers",
        "elsewhere": "the review on other tumors alone",
        "none": "nothing",
    },
    ("candidate", "against"): {"normal": "normal tissue", "other_group": "other tumors or another group"},
}
_MISSING: Final = {
    "agent": "no agent acts on it or its kin",
    "preclinical": "the review cites no laboratory work on it",
    "target": "no target gene of it is documented",
    "sibling": "no documented miRNA shares its seed",
    "relation": "no other strategy of this profile is tied to it",
    "option_work": "no laboratory work on it tells of options",
    "combination": "no combination is said of it",
}
# what measurement, tumor and patient decide; the documents decide the rest
_MAY_CHANGE: Final = {
    "candidate": frozenset(
        {"call", "measured_as", "family", "folded", "comparison", "against", "disease_state", "metastatic", "purity"}
    ),
    "strategy": frozenset({"disease_state", "metastatic"}),
    "patient": frozenset(FACTS["patient"]),
    "profile": frozenset(FACTS["profile"]),
    "sibling": frozenset({"state"}),
    "target": frozenset({"moves"}),
}
_FEW: Final = 4


def may_change(step: Step) -> bool:
    """Tell whether another measurement, or more knowledge of tumor and patient, could meet a step."""
    return step.field in _MAY_CHANGE.get(step.type, ())


def field_name(step: Step) -> str:
    """Return what a step asks for."""
    known = _FIELDS.get((step.type, step.field))
    return known or (step.field if step.type == "candidate" else f"the {step.type}'s {step.field}").replace("_", " ")


def words(step: Step, found: Iterable[str]) -> str:
    """Return some words of a step's field, as alternatives; the rest counted where they are many."""
    known = _WORDS.get((step.type, step.field), {})
    said = list(dict.fromkeys(known.get(word, word.replace("_", " ")) for word in found))
    more = [f"{len(said) - _FEW} more"] if len(said) > _FEW else []
    return " or ".join(said[:_FEW] + more) or "nothing"


def failed(step: Step, found: Iterable[str], expected: Iterable[str]) -> str:
    """Return which condition of a rule failed, with what was found and what was needed."""
    if not step.field:
        return _MISSING.get(step.type, f"there is no {step.type.replace('_', ' ')}")
    return f"{field_name(step)}: {words(step, found)}, needs {words(step, expected)}"
