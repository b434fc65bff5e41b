"""The rule matcher: durable-rules, reduced to the part of it that was shown to be right.

The only module that imports durable. It decides which rules match which facts and nothing else:
no background threads, no priorities, no derived facts, one session at a time, each deleted when read.
Facts carry words only; a number or a null in a fact would be lost or mismatched inside the engine.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from recommender.errors import EngineError, Problem

try:
    import durable.engine
except ImportError as error:  # Python 3.13 dropped PyEval_CallObject, which the extension calls
    raise EngineError(
        Problem(
            "durable-rules",
            f"an import failure ({error})",
            "an extension built for this Python",
            "reinstall it with CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject "
            "pip install --force-reinstall --no-binary durable-rules durable-rules==2.0.28",
        )
    ) from None

# its own reads the clock through a function that newer Pythons deprecate and will remove
durable.engine._unix_now = time.time

Fact = Mapping[str, str]
Match = tuple[str, tuple[tuple[str, int], ...]]

_HEARTBEAT = "_heartbeat"
_HOUSEKEEPING: dict[str, Any] = {
    # every session must fire once before it may be deleted
    _HEARTBEAT: {"all": [{"h": {"type": _HEARTBEAT}}], "cap": 65535, "run": _HEARTBEAT},
    # observes every fact and never fires, so that a fact no rule wants raises nothing
    "_absorb": {
        "all": [{"n": {"type": "_never"}}, {"f": {"$ex": {"type": 1}}}],
        "cap": 65535,
        "run": "_absorb",
    },
}


class Matcher(durable.engine.Host):  # type: ignore[misc]
    """Matches facts against fixed rulesets.

    Parameters
    ----------
    rulesets : mapping
        Name to rules, and a rule's id to its conditions ``[{alias: {"$and": [tests]}}, …]``. Handed over:
        the engine changes what it is given.
    """

    def __init__(self, rulesets: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]) -> None:
        self._matches: list[Match] = []
        self._poisoned = False
        super().__init__()
        compiled = {
            name: {
                **copy.deepcopy(_HOUSEKEEPING),  # set_rulesets changes what it is given
                **{rule: {"all": list(conditions), "cap": 65535, "run": rule} for rule, conditions in rules.items()},
            }
            for name, rules in rulesets.items()
        }
        self.set_rulesets(compiled)
        for name in compiled:
            self.match(name, [])  # the first session of a ruleset must have fired before any is deleted

    def _run(self) -> None:
        """Start no timer threads: they race with the caller."""

    def get_action(self, action_name: str) -> Callable[[Any], None]:
        """Return the recorder of one rule's matches; exactly one parameter, or durable makes it async."""

        def record(context: Any) -> None:
            if action_name != _HEARTBEAT:
                self._matches.extend(
                    (action_name, tuple((alias, int(fact["id"])) for alias, fact in match.items()))
                    for match in context.m
                )

        return record

    def match(self, ruleset: str, facts: Sequence[Fact]) -> list[Match]:
        """Return every rule that matches, with the indices of the facts it matched, sorted.

        Raises
        ------
        EngineError
            Where a fact was lost or an action failed inside the engine; the matcher is then unusable.
        """
        if self._poisoned:
            raise EngineError(Problem("matcher", "an earlier failure", "a sound matcher", "load the knowledge anew"))
        self._matches.clear()
        self._poisoned = True
        batch = [{"type": _HEARTBEAT, "id": "heartbeat"}]
        batch += [{**fact, "id": str(index)} for index, fact in enumerate(facts)]
        try:
            self.assert_facts(ruleset, batch)
            lost = "exception" in self.get_state(ruleset) or len(self.get_facts(ruleset)) != len(batch)
            self.delete_state(ruleset)
        except Exception as error:
            raise EngineError(Problem("matcher", f"{type(error).__name__}: {error}", "matches")) from error
        if lost:
            raise EngineError(Problem("matcher", "lost facts or a failed action", f"{len(facts)} facts"))
        self._poisoned = False
        return sorted(self._matches)
