"""What changed between two versions of the knowledge: rows, rules, weights and thresholds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from recommender.knowledge import TABLES, Knowledge, key_columns, key_of
from recommender.model.knowledge_diff import KnowledgeDiff, PartChange, RecordChange, RuleChanges, TableChanges
from recommender.model.recommendation import KnowledgeStamp
from recommender.model.rule import Rule
from recommender.rulebook import rule_summary
from recommender.settings import Settings

FIRST: Final = "claims"
RULES, SETTINGS = "rules", "settings"


class Piece(NamedTuple):
    """A row, rule or setting that differs: its place, and what either version has; empty where it is absent."""

    kind: str  # a table, `rules` or `settings`
    key: str
    old: tuple[Any, ...]
    new: tuple[Any, ...]

    @property
    def id(self) -> str:
        """How causes name it."""
        return f"{self.kind}/{self.key}"


class FiledRule(NamedTuple):
    """A rule and the file it stands in."""

    file: str
    rule: Rule


def pieces(old: Knowledge, new: Knowledge) -> list[Piece]:
    """Return everything that differs: claims first, then the other tables, rules and settings, each by key."""
    found: list[Piece] = []
    for table in sorted(TABLES, key=lambda name: name != FIRST):
        found += _differing(table, _rows(table, old), _rows(table, new), tuple)
    found += _differing(RULES, _rules(old), _rules(new), lambda filed: (filed.file, _parts(filed.rule)))
    found += _differing(SETTINGS, _settings(old.settings), _settings(new.settings), lambda value: value)
    return found


def _differing(
    kind: str, old: Mapping[str, tuple[Any, ...]], new: Mapping[str, tuple[Any, ...]], content: Callable[[Any], Any]
) -> Iterable[Piece]:
    for key in sorted({*old, *new}):
        before, after = old.get(key, ()), new.get(key, ())
        if list(map(content, before)) != list(map(content, after)):
            yield Piece(kind, key, before, after)


def _rows(table: str, knowledge: Knowledge) -> dict[str, tuple[Any, ...]]:
    """Return the rows by key; nearly always one, sorted where they are several."""
    found: dict[str, list[Any]] = {}
    for row in knowledge.tables[table]:
        found.setdefault(key_of(table, row), []).append(row)
    return {key: tuple(sorted(rows)) for key, rows in found.items()}


def _rules(knowledge: Knowledge) -> dict[str, tuple[FiledRule, ...]]:
    return {rule.id: (FiledRule(file, rule),) for file, rules in knowledge.rules.items() for rule in rules}


def _settings(settings: Settings) -> dict[str, tuple[Any, ...]]:
    return {f"{table}.{key}": (value,) for table, values in settings.items() for key, value in values.items()}


def _parts(rule: Rule) -> dict[str, Any]:
    """Return what a rule says, part by part, without what it does not say."""
    return rule.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"id"})


def describe(found: list[Piece], old: Knowledge, new: Knowledge) -> KnowledgeDiff:
    """Return the published account of what differs; `cohort` is left open."""
    of_kind: dict[str, list[Piece]] = {}
    for piece in found:
        of_kind.setdefault(piece.kind, []).append(piece)
    return KnowledgeDiff.model_construct(
        old=_stamp(old),
        new=_stamp(new),
        tables=[_table(name, of_kind[name]) for name in of_kind if name in TABLES],
        rules=_rule_changes(of_kind.get(RULES, [])),
        settings=[
            PartChange.model_construct(name=p.key, before=_only(p.old), after=_only(p.new))
            for p in of_kind.get(SETTINGS, [])
        ],
    )


def _only(values: tuple[Any, ...]) -> Any:
    return values[0] if values else None


def _stamp(knowledge: Knowledge) -> KnowledgeStamp:
    return KnowledgeStamp.model_construct(
        version=knowledge.version, sha256=knowledge.sha256, packs=list(knowledge.packs)
    )


def _table(name: str, found: list[Piece]) -> TableChanges:
    """Return one table's changes; of rows that share a key, those that are in one version alone."""
    added: list[Any] = []
    removed: list[Any] = []
    changed: list[RecordChange] = []
    for piece in found:
        gone = [row for row in piece.old if row not in piece.new]
        came = [row for row in piece.new if row not in piece.old]
        if len(gone) == len(came) == 1:
            changed.append(_changed(piece.key, _plain(gone[0]), _plain(came[0])))
        else:
            removed += map(_plain, gone)
            added += map(_plain, came)
    return TableChanges.model_construct(
        table=name, key=list(key_columns(name)), added=added, removed=removed, changed=changed
    )


def _plain(row: Any) -> dict[str, Any]:
    return {name: list(cell) if isinstance(cell, tuple) else cell for name, cell in row._asdict().items()}


def _changed(id_: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> RecordChange:
    names = [name for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name)]
    parts = [PartChange.model_construct(name=n, before=before.get(n), after=after.get(n)) for n in names]
    return RecordChange.model_construct(id=id_, changed=parts)


def _rule_changes(found: list[Piece]) -> RuleChanges:
    both = [piece for piece in found if piece.old and piece.new]
    return RuleChanges.model_construct(
        added=[rule_summary(*piece.new[0]) for piece in found if not piece.old],
        removed=[rule_summary(*piece.old[0]) for piece in found if not piece.new],
        changed=[_changed(piece.key, _whole(piece.old[0]), _whole(piece.new[0])) for piece in both],
    )


def _whole(filed: FiledRule) -> dict[str, Any]:
    """Return a rule flat: ``when.alias.field``, ``then.flag.message`` and so on, so that a change shows what it is."""
    found = _parts(filed.rule)
    conditions = found.pop("when")
    return {
        "file": filed.file,
        "when": [condition["as"] for condition in conditions],
        **{
            f"when.{condition['as']}.{field}": test
            for condition in conditions
            for field, test in {"type": condition["type"], **condition["tests"]}.items()
        },
        **dict(_flat("then", found.pop("then"))),
        "source": [cite["cite"] + (f": {cite['where']}" if cite.get("where") else "") for cite in found.pop("source")],
        **{f"example.{example['name']}": example for example in found.pop("example")},
        **found,
    }


def _flat(name: str, value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner)
    else:
        yield name, value
