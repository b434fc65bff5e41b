"""What a report on two versions of the knowledge says and in which order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from recommender.model.knowledge_diff import (
    CohortChanges,
    Effect,
    KnowledgeDiff,
    PartChange,
    RecordChange,
    SampleChanges,
    TableChanges,
)
from recommender.model.recommendation import KnowledgeStamp
from recommender.report.blocks import Block, Bullets, Heading, Paragraph
from recommender.report.changes import NONE, line_of, name_of, some

_MANY = 40  # records of one kind; all stand in the JSON
_CELLS = 5  # of a row that was added or removed
_LONG = 160  # characters of a cell


def outline(result: KnowledgeDiff) -> list[Block]:
    """Return the whole report."""
    blocks: list[Block] = [
        Heading(1, "Knowledge: what changed"),
        Paragraph(f"Old: {_stamp(result.old)}; new: {_stamp(result.new)}."),
    ]
    if not result.changed:
        blocks.append(Paragraph("No record, rule, weight or threshold differs."))
    for table in result.tables:
        blocks += _table(table)
    blocks += _rules(result)
    if result.settings:
        blocks += [Heading(2, f"Weights and thresholds: {len(result.settings)} changed")]
        blocks.append(Bullets(tuple(map(_part, result.settings))))
    if result.cohort is not None:
        blocks += _cohort(result.cohort)
    return blocks


def _stamp(stamp: KnowledgeStamp) -> str:
    packs = f", packs {', '.join(stamp.packs)}" if stamp.packs else ""
    return f"version {stamp.version} ({stamp.sha256[:12]}{packs})"


def _counts(found: Any) -> str:
    return ", ".join(
        f"{len(rows)} {word}"
        for word, rows in (("added", found.added), ("removed", found.removed), ("changed", found.changed))
        if rows
    )


def _table(table: TableChanges) -> Iterable[Block]:
    yield Heading(2, f"{table.table}: {_counts(table)}")
    yield Bullets(_cut([
        *(f"added {_row(row, table.key)}" for row in table.added),
        *(f"removed {_row(row, table.key)}" for row in table.removed),
        *(f"changed {_record(record)}" for record in table.changed),
    ]))  # fmt: skip


def _row(row: Mapping[str, Any], key: Sequence[str]) -> str:
    rest = [f"{name} {_cell(cell)}" for name, cell in row.items() if name not in key and cell]
    return f"{'/'.join(str(row[name]) for name in key)}: {', '.join(rest[:_CELLS])}"


def _record(record: RecordChange) -> str:
    return f"{record.id}: {'; '.join(map(_part, record.changed))}"


def _part(part: PartChange) -> str:
    return f"{part.name} {_cell(part.before)} → {_cell(part.after)}"


def _cell(value: Any) -> str:
    if value in (None, "", []):
        return NONE
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        text = ";".join(value)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def _cut(lines: list[str]) -> tuple[str, ...]:
    more = [f"and {len(lines) - _MANY} more (all in the JSON output)"] if len(lines) > _MANY else []
    return (*lines[:_MANY], *more)


def _rules(result: KnowledgeDiff) -> Iterable[Block]:
    found = result.rules
    if not (found.added or found.removed or found.changed):
        return
    yield Heading(2, f"rules: {_counts(found)}")
    lines = [f"added {row['rule']}: {row['title']}" for row in found.added]
    lines += [f"removed {row['rule']}: {row['title']}" for row in found.removed]
    lines += [f"changed {_record(record)}" for record in found.changed]
    yield Bullets(_cut(lines))


def _cohort(cohort: CohortChanges) -> Iterable[Block]:
    refused = f", {len(cohort.quarantine)} refused" if cohort.quarantine else ""
    title = f"Cohort: of {_profiles(cohort.profiles)} {len(cohort.changed)} change, {cohort.unchanged} do not{refused}"
    yield Heading(2, title)
    if cohort.records:
        yield Paragraph("", "Moved by")
        yield Bullets(_cut([f"{moved.record}: {_profiles(moved.profiles)}" for moved in cohort.records]))
    for sample in cohort.changed[:_MANY]:
        yield Heading(3, f"{sample.sample_id} ({sample.position})")
        yield Bullets(tuple(_effects(sample)))
    if len(cohort.changed) > _MANY:
        yield Paragraph(f"And {len(cohort.changed) - _MANY} more (all in the JSON output).")
    if cohort.quarantine:
        yield Heading(2, "Refused")
        yield Bullets(_cut(["; ".join(found.reasons) for found in cohort.quarantine]))


def _profiles(number: int) -> str:
    return "1 profile" if number == 1 else f"{number} profiles"


def _effects(sample: SampleChanges) -> Iterable[str]:
    """Yield a line a strategy and withheld action, and one for all that is explored."""
    for effect in sample.strategies:
        yield f"{effect.kind}: {_effect(effect)}"
    for effect in sample.withheld:
        how = {"appeared": "newly withheld", "disappeared": "no longer withheld", "moved": "withheld otherwise"}
        yield f"{how[effect.kind]}: {_effect(effect)}"
    kinds: dict[str, list[str]] = {}
    for effect in sample.exploratory:
        kinds.setdefault(effect.kind, []).append(name_of(effect.id))
    told = [f"{kind} {len(ids) if kind == 'moved' else some(ids)}" for kind, ids in sorted(kinds.items())]
    if told:
        yield f"exploratory: {'; '.join(told)}"


def _effect(effect: Effect) -> str:
    told = line_of(effect) if effect.kind == "moved" else f"{name_of(effect.id)}{_stands(effect)}"
    records = [f"{'together ' if c.together else ''}{some(c.records)}" for c in effect.causes]
    return told + (f"; by {', '.join(records)}" if records else "")


def _stands(effect: Effect) -> str:
    standing = effect.after if effect.kind == "appeared" else effect.before
    assert standing is not None
    if standing.reasons:
        return f" ({', '.join(standing.reasons)})"
    return f", rank {standing.rank}, gate {standing.gate}, {standing.tier}"
