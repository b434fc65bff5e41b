"""Rule files to matcher rules, and the load-time lint that keeps the engine inside its limits."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

import tomli

from recommender.errors import KnowledgeError, Problem, shorten
from recommender.model.rule import JOIN, Conclusion, Condition, Rule, RuleFile, trusted_rule
from recommender.vocabulary import FACTS, STRATUM_TYPES

if TYPE_CHECKING:
    from pydantic import ValidationError

# what durable-rules bears; beyond, it loses facts, hangs or stops
MAX_CONDITIONS = 16
MAX_CONSTANTS = 500
MAX_TESTS_PER_FACT = 60
MAX_FIELDS = 250
MAX_EXPANSION = 64
_OWN_FILE = "move rules to a file of their own: each is a ruleset by itself"

CompiledRules = dict[str, list[dict[str, Any]]]
VARIANT = "~"  # a rule with alternatives becomes several engine rules: id~0, id~1, …


def read_rules(path: Path, trusted: bool = False) -> list[Rule]:
    """Return the rules of one file.

    Parameters
    ----------
    path : Path
    trusted : bool
        Do not validate: the file is known to be sound.

    Raises
    ------
    KnowledgeError
        Malformed TOML or rules; every problem with file and rule id.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(Problem(path.name, str(error), "readable TOML")) from None
    return parse_rules(text, path.name, trusted)


def parse_rules(text: str, name: str, trusted: bool = False) -> list[Rule]:
    """Return the rules of a file's text; `name` is the file in messages. See :func:`read_rules`."""
    try:
        data = tomli.loads(text)
    except (ValueError, RecursionError) as error:  # not TOML, a number beyond all sense, or nested too deeply
        raise KnowledgeError(Problem(name, str(error), "readable TOML")) from None
    if trusted:
        return [trusted_rule(rule) for rule in data["rule"]]
    from pydantic import ValidationError

    try:
        return RuleFile.model_validate(data).rule
    except ValidationError as error:
        raise KnowledgeError(sorted(_rule_problems(name, data, error))) from None


def _rule_problems(name: str, data: Mapping[str, Any], error: ValidationError) -> Iterable[Problem]:
    for detail in error.errors(include_url=False):
        loc = list(detail["loc"])
        where = name
        if len(loc) > 1 and loc[0] == "rule" and isinstance(loc[1], int):
            rule = data["rule"][loc[1]]
            label = rule.get("id", f"number {loc[1] + 1}") if isinstance(rule, dict) else f"number {loc[1] + 1}"
            where, loc = f"{name}, rule {label}", loc[2:]
        place = ".".join(map(str, loc))
        yield Problem(f"{where}{', ' + place if place else ''}", shorten(detail["input"]), detail["msg"])


def lint(
    rules: Mapping[str, list[Rule]],
    caveats: frozenset[str],
    sources: frozenset[str],
    identities: Mapping[str, frozenset[str]] | None = None,
    places: Mapping[str, str] | None = None,
) -> list[Problem]:
    """Return what is wrong with a rule base, file by file.

    Parameters
    ----------
    rules : mapping of str to list of Rule
        By file name.
    caveats, sources : frozenset of str
        Ids rules may name.
    identities : mapping of str to frozenset of str, optional
        For open fields, the identities there are.
    places : mapping of str to str, optional
        By rule id, where it stands if not in the file.
    """

    def place(name: str, rule: Rule) -> str:
        return (places or {}).get(rule.id, f"{name}, rule {rule.id}")

    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for name, group in rules.items():
        for rule in group:
            where = place(name, rule)
            if rule.id in seen:
                problems.append(Problem(where, "an id used twice", "unique ids", f"first in {seen[rule.id]}"))
            seen[rule.id] = name
            if rule.id.split(".")[0] != Path(name).stem:
                problems.append(Problem(where, shorten(rule.id), f"an id starting with {Path(name).stem}."))
            problems += _lint_conditions(where, rule, identities or {})
            problems += _lint_examples(where, rule)
            problems += _lint_conclusion(where, rule, caveats, sources)
            problems += _lint_reach(where, rule)
    for name, group in rules.items():
        for key in {(r.stratum, r.when[0].type) for r in group}:  # a ruleset of the matcher each
            members = [(place(name, r), r) for r in group if (r.stratum, r.when[0].type) == key]
            problems += _lint_limits(members)
    return problems


def _lint_conditions(where: str, rule: Rule, identities: Mapping[str, frozenset[str]]) -> Iterable[Problem]:
    if len(rule.when) > MAX_CONDITIONS:
        yield Problem(where, f"{len(rule.when)} conditions", f"at most {MAX_CONDITIONS}")
    if rule.stratum == 1 and len(rule.when) > 1:
        yield Problem(where, f"{len(rule.when)} conditions", "one, in stratum 1")
    variants = 1
    known: dict[str, str] = {}
    for condition in rule.when:
        place = f"{where}, condition {condition.alias}"
        if condition.alias in known:
            yield Problem(place, "an alias used twice", "unique aliases")
        known[condition.alias] = condition.type
        if condition.type not in STRATUM_TYPES[rule.stratum]:
            allowed = ", ".join(sorted(STRATUM_TYPES[rule.stratum]))
            yield Problem(place, f"type {condition.type}", f"a type of stratum {rule.stratum}: {allowed}")
            continue
        fields = FACTS[condition.type]
        for field, test in condition.tests.items():
            if field not in fields:
                yield Problem(place, f"field {field}", "one of " + ", ".join(sorted(fields)))
                continue
            values = test if isinstance(test, list) else [test]
            variants *= len(values)
            if len(set(values)) != len(values):
                yield Problem(place, f"{field} = {values}", "words that differ")
            for value in values:
                yield from _lint_value(place, field, value, fields[field], known)
                if field in identities and not value.startswith(JOIN) and value not in identities[field]:
                    yield Problem(place, f"{field} = {value}", f"an id of a {field} there is")
    if variants > MAX_EXPANSION:
        yield Problem(where, f"{variants} combinations of alternatives", f"at most {MAX_EXPANSION}")


def _lint_examples(where: str, rule: Rule) -> Iterable[Problem]:
    """Yield examples of facts that cannot exist: they would stay silent for the wrong reason."""
    for example in rule.example:
        for fact in example.given:
            fields = FACTS.get(fact.get("type", ""))
            possible = fields is not None and all(
                key == "type" or (key in fields and (not fields[key] or value in fields[key]))
                for key, value in fact.items()
            )
            if not possible:
                yield Problem(f"{where}, example {example.name!r}", shorten(fact), "declared type, fields and words")


def _lint_value(
    place: str, field: str, value: str, words: tuple[str, ...], known: Mapping[str, str]
) -> Iterable[Problem]:
    if value.startswith(JOIN):
        alias, _, other = value[1:].partition(".")
        if alias not in known or other not in FACTS.get(known[alias], {}):
            yield Problem(place, f"{field} = {value}", "$alias.field of an earlier condition")
    elif words and value not in words:
        yield Problem(place, f"{field} = {value}", "one of " + ", ".join(words))
    elif value.lstrip("+-").replace(".", "", 1).isdigit():
        yield Problem(place, f"{field} = {value}", "a word: text that looks like a number compares as one")


def _lint_conclusion(where: str, rule: Rule, caveats: frozenset[str], sources: frozenset[str]) -> Iterable[Problem]:
    then = rule.then
    if then.caveat and then.caveat not in caveats:
        yield Problem(where, f"caveat {then.caveat}", "an id of caveats.tsv")
    for citation in rule.source:
        if citation.cite not in sources:
            yield Problem(where, f"source {citation.cite}", "an id of sources.tsv")
    if rule.stratum == 1 and (then.tier or then.precedent or then.caveat):
        yield Problem(where, "tier, precedent or caveat", "those in stratum 2 alone")
    if rule.stratum == 1 and (then.biomarker or then.warning or then.option or then.combination or then.pair):
        yield Problem(where, "biomarker, option, combination, pair or warning", "those in stratum 2 alone")
    if rule.stratum == 2 and (then.strategy or then.exploratory or then.withhold or then.note):
        yield Problem(where, "strategy, exploratory, withhold or note", "those in stratum 1 alone")
    if then.note:
        yield from _lint_message(where, then.note.message, {"mirnas"})
    for raised in (then.flag, then.warning, then.pair):
        if raised:
            yield from _lint_message(where, raised.message, _words_of(rule))


PARTNER = "partner"  # the alias under which a rule binds another strategy of the profile
# a conclusion on a record needs a condition that matched it
_NEEDS = {"precedent": "agent", "biomarker": "target", "option": "option", "combination": "combination"}
# a rule that starts with an action is decided once for all its strategies: what it may read, and conclude
CLASS_TYPES = frozenset({"action", "agent", "uses", "option", "combination", "patient"})
OF_CLASS = frozenset({"option", "caveat", "warning", "combination"})
_ANSWERS = {"inhibit": "up", "restore": "down"}  # the call an action answers


def _lint_reach(where: str, rule: Rule) -> Iterable[Problem]:
    """Yield conclusions that would find nothing to belong to."""
    then, types = rule.then, {condition.type for condition in rule.when}
    first = rule.when[0].type
    if rule.stratum == 1:
        if first == "profile" and then != Conclusion.model_construct(note=then.note):
            yield Problem(where, "a conclusion on the profile as a whole", "a note")
        action = then.strategy or then.exploratory
        call = rule.when[0].tests.get("call")
        if action and call != _ANSWERS[action]:
            yield Problem(
                where, f"{action} where call = {call}", f'call = "{_ANSWERS[action]}", which {action} answers'
            )
        return
    for part, kind in _NEEDS.items():
        if getattr(then, part) and kind not in types:
            yield Problem(where, f"{part} without {kind}", f"a condition of type {kind}")
    if then.pair and not any(c.alias == PARTNER and c.type == "strategy" for c in rule.when[1:]):
        yield Problem(where, "pair without a partner", f"a later condition of type strategy, as {PARTNER}")
    if first in STRATUM_TYPES[2] and first not in ("strategy", "action"):
        yield Problem(where, f"a first condition of type {first}", "strategy or action: whose conclusion it is")
    if first == "action":
        for part in sorted(set(then.model_dump(exclude_none=True)) - OF_CLASS):
            yield Problem(where, f"{part} of a whole class of action", "one of " + ", ".join(sorted(OF_CLASS)))
        for condition in rule.when:
            if condition.type in STRATUM_TYPES[2] and condition.type not in CLASS_TYPES:
                expected = "facts that do not depend on what was measured: " + ", ".join(sorted(CLASS_TYPES))
                yield Problem(where, f"a condition of type {condition.type}", expected)


# what Python adds to the fields of the matched facts when it writes a flag's message
_CANDIDATE_WORDS = frozenset({"action", "here", "opposite"})
_AGENT_WORDS = frozenset({"agent_name", "nct_ids", "safety", "marker", "conflict"})


def _words_of(rule: Rule) -> set[str]:
    types = {condition.type for condition in rule.when}
    words = {field for kind in types for field in FACTS.get(kind, {})} | {"action"}
    if rule.stratum == 1:
        return words | _CANDIDATE_WORDS
    words |= {"option_name"} if "option" in types else set()
    words |= {"mirnas"} if "acts_on" in types else set()
    words |= {"matches", "alignment"} if "sibling" in types else set()
    return words | (_AGENT_WORDS if "agent" in types else set())


def _lint_message(where: str, message: str, words: set[str]) -> Iterable[Problem]:
    try:
        parts = list(Formatter().parse(message))
    except ValueError as error:
        yield Problem(where, f"{shorten(message)} ({error})", "braces in pairs")
        return
    for _, field, form, conversion in parts:
        if field is not None and (field not in words or form or conversion):
            yield Problem(where, f"{{{field}}} in a message", "one of " + ", ".join(sorted(words)))


def _lint_limits(rules: list[tuple[str, Rule]]) -> Iterable[Problem]:
    patterns: dict[str, list[tuple[str, Condition]]] = {}
    for where, rule in rules:
        for condition in rule.when:
            # alternatives elsewhere in the rule make engine rules that all have this condition
            copies = math.prod(_alternatives(other) for other in rule.when if other is not condition)
            patterns.setdefault(condition.type, []).extend([(where, condition)] * copies)
    for kind, found in patterns.items():
        conditions = [condition for _, condition in found]
        place = f"{found[-1][0]}, {kind}"
        if len(FACTS.get(kind, {})) + 2 > MAX_FIELDS:
            yield Problem(place, f"{len(FACTS[kind])} fields", f"fewer than {MAX_FIELDS}")
        constants = {
            (field, value)
            for condition in conditions
            for field, test in condition.tests.items()
            for value in ([test] if isinstance(test, str) else test)
        }
        if len(constants) > MAX_CONSTANTS:
            yield Problem(place, f"{len(constants)} constants", f"at most {MAX_CONSTANTS}", _OWN_FILE)
        at_once = most_at_once(kind, conditions)
        if at_once > MAX_TESTS_PER_FACT:
            most = f"at most {MAX_TESTS_PER_FACT}"
            yield Problem(place, f"{at_once} conditions one fact could meet at once", most, _OWN_FILE)


def _alternatives(condition: Condition) -> int:
    return math.prod(len(test) for test in condition.tests.values() if isinstance(test, list))


def most_at_once(kind: str, conditions: list[Condition]) -> int:
    """Return an upper bound of how many of these conditions one fact can meet at once.

    A fact has one word a field, so for every field the conditions compatible with its best word bound
    the number; the smallest such bound holds.
    """

    def compatible(condition: Condition, field: str, word: str) -> bool:
        test = condition.tests.get(field)
        if isinstance(test, str):
            return word == test or test.startswith(JOIN)  # a join is met by any word
        return test is None or word in test

    bounds = [len(conditions)]
    for field, words in FACTS.get(kind, {}).items():
        if words:
            bounds.append(max(sum(compatible(c, field, word) for c in conditions) for word in words))
    return min(bounds)


def compile_rules(rules: Iterable[Rule]) -> CompiledRules:
    """Return engine rules; alternatives are multiplied out, for the engine's own ``$or`` is not sound.

    >>> rule = Rule.model_validate({
    ...     "id": "a.b", "stratum": 1, "title": "t", "then": {"gate": "caution"}, "source": [{"cite": "review"}],
    ...     "when": [{"as": "candidate", "type": "candidate", "call": ["up", "down"]}],
    ...     "example": [{"name": "x", "given": [{"type": "candidate"}], "fires": fires} for fires in (True, False)]})
    >>> sorted(compile_rules([rule]))
    ['a.b~0', 'a.b~1']
    """
    compiled: CompiledRules = {}
    for rule in rules:
        variants = itertools.product(*(list(_patterns(condition)) for condition in rule.when))
        for number, variant in enumerate(variants):
            compiled[f"{rule.id}{VARIANT}{number}"] = list(variant)
    return compiled


def _patterns(condition: Condition) -> Iterable[dict[str, Any]]:
    fields = list(condition.tests)
    choices = ([t] if isinstance(t, str) else t for t in condition.tests.values())
    for values in itertools.product(*choices):
        tests: list[dict[str, Any]] = [{"type": condition.type}]
        for field, value in zip(fields, values, strict=True):
            if value.startswith(JOIN):
                alias, _, other = value[1:].partition(".")
                tests.append({field: {alias: other}})
            else:
                tests.append({field: value})
        yield {condition.alias: {"$and": tests}}


RULE_COLUMNS = ("rule", "file", "stratum", "title", "when", "then", "source")


def rule_summary(file: str, rule: Rule) -> dict[str, Any]:
    """Return one rule as a flat row, for an export."""
    conditions = (
        f"{c.alias}: {c.type}("
        + ", ".join(f"{k}={'|'.join(v) if isinstance(v, list) else v}" for k, v in c.tests.items())
        + ")"
        for c in rule.when
    )
    then = rule.then.model_dump(exclude_none=True)
    return {
        "rule": rule.id,
        "file": file,
        "stratum": str(rule.stratum),
        "title": rule.title,
        "when": " and ".join(conditions),
        "then": ", ".join(f"{k}={v['id'] if isinstance(v, dict) else v}" for k, v in then.items()),
        "source": [f"{c.cite}: {c.where}" if c.where else c.cite for c in rule.source],
    }
