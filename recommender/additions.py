"""What a rule adds, part by part of its conclusion: whatever parts rules have, or will have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from recommender.conclusions import cite
from recommender.decision import Decision
from recommender.model.explanation import Addition
from recommender.model.rule import Rule


def additions(rule: Rule, decisions: Iterable[Decision] = ()) -> list[Addition]:
    """Return the parts of a rule's conclusion.

    Parameters
    ----------
    rule : Rule
    decisions : iterable of Decision
        On which it was effective: they hold the messages as written out.
    """
    parts: dict[str, Any] = rule.then.model_dump(exclude_none=True)
    if "withhold" in parts:
        parts["withhold"] = f"{parts.pop('action')}: {parts['withhold']}"
    return [_addition(kind, value, rule, decisions) for kind, value in parts.items()]


def _addition(kind: str, value: Any, rule: Rule, decisions: Iterable[Decision]) -> Addition:
    if not isinstance(value, dict):
        return Addition.model_construct(kind=kind, what="" if value is True else str(value))
    what = value.get("id") or ", ".join(f"{key} {word}" for key, word in value.items())
    raised = [flag for d in decisions for flag in (*d.flags.values(), *d.warnings.values())]
    messages = sorted({flag.message for flag in raised if (flag.id, flag.source) == (what, cite(rule))})
    return Addition.model_construct(kind=kind, what=what, severity=value.get("severity"), messages=messages)
