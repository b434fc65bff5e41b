"""Rule files to rules, and rules to those of the matcher."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli

from recommender.errors import KnowledgeError, Problem, shorten
from recommender.model.rule import JOIN, Condition, Rule, RuleFile, trusted_rule

if TYPE_CHECKING:
    from pydantic import ValidationError

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
