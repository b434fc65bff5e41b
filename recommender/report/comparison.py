"""What a report on two profiles says and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from recommender.model.comparison import Change, ChangedField, Comparison, Side, Standing
from recommender.report.blocks import Block, Bullets, Heading, Paragraph, Table, signed, which_knowledge
from recommender.report.changes import (
    NONE,
    TITLES,
    aspects,
    cause_line,
    detail,
    line,
    listed,
    name_of,
    some,
    step,
    word,
)
from recommender.report.outline import context_line

_SMALL = frozenset({"rank", "points", "value"})  # what a table tells well enough
_UNTOLD = "exploratory_cut"  # a note on the length of a list, which moves with everything


def outline(result: Comparison) -> list[Block]:
    """Return the whole report."""
    before, after = result.before, result.after
    tumors = dict.fromkeys((before.cancer.name, after.cancer.name))
    blocks: list[Block] = [
        Heading(1, f"{before.sample_id} to {after.sample_id}: what changed"),
        Paragraph(f"{' before, '.join(tumors)}{' after' if len(tumors) > 1 else ''}. {result.notice}"),
        Paragraph(_side(before), "Before"),
        Paragraph(_side(after), "After"),
    ]
    if result.notes:
        blocks += [Paragraph("", "Mind"), Bullets(tuple(note.message for note in result.notes))]
    if result.changed:
        blocks += _changed(result)
    else:
        blocks += [Heading(2, "Nothing changed"), Paragraph("Nothing appeared, disappeared or moved.")]
    blocks += _notes(result)
    blocks += _fields(result.fields)
    blocks.append(
        Paragraph(
            f"mirna-recommender {result.software.version}, {which_knowledge(result.knowledge)}, "
            f"input {before.input_sha256[:12]} and {after.input_sha256[:12]}"
        )
    )
    return blocks


def _side(side: Side) -> str:
    patient = f" of patient {side.patient_id}" if side.patient_id else ""
    subtype = f", {side.cancer.subtype.replace('_', ' ')}" if side.cancer.subtype else ""
    strategies = "1 strategy" if side.strategies == 1 else f"{side.strategies} strategies"
    counts = f"{strategies}, {side.withheld} withheld, {side.exploratory} explored"
    return f"{side.sample_id}{patient}{subtype}. {context_line(side.context)} {counts}."


def _changed(result: Comparison) -> Iterable[Block]:
    strategies, withheld = result.strategies, result.withheld
    yield Heading(2, "In short")
    yield Bullets(tuple(_short(result)))
    every = [*strategies.appeared, *strategies.moved, *strategies.disappeared]
    if every:
        yield Heading(2, "Strategies, before → after")
        yield _table(sorted(every, key=lambda c: (_rank(c.after), _rank(c.before))))
        if strategies.unchanged:
            yield Paragraph(f"Unchanged: {', '.join(map(name_of, strategies.unchanged))}.")
        told: set[str] = set()
        for title, changes in (("Appeared", strategies.appeared), ("Disappeared", strategies.disappeared)):
            if changes:
                yield Heading(2, title)
                for change in changes:
                    yield from detail(change, told)
        large = [change for change in strategies.moved if not aspects(change) <= _SMALL]
        small = [change for change in strategies.moved if aspects(change) <= _SMALL]
        if large:
            yield Heading(2, "Moved")
            for change in large:
                yield from detail(change, told)
        if small:
            yield Heading(2, "Moved in rank, points or value alone")
            yield Bullets(tuple(map(line, small)))
    for title, changes, side in (
        ("Newly withheld", withheld.appeared, _after),
        ("No longer withheld", withheld.disappeared, _before),
        ("Withheld otherwise", withheld.moved, _after),
    ):
        if changes:
            yield Heading(2, title)
            yield Bullets(tuple(_withheld(change, side) for change in changes))
    yield from _explored(result)


def _before(change: Change) -> Standing | None:
    return change.before


def _after(change: Change) -> Standing | None:
    return change.after


def _rank(standing: Standing | None) -> float:
    return standing.rank if standing and standing.listed == "strategies" and standing.rank else float("inf")


def _short(result: Comparison) -> Iterable[str]:
    """Yield what a reader must not miss: who leads, who came and went, whose gate or tier moved."""
    strategies = result.strategies
    led, leads = (_leader(result, of) for of in (_before, _after))
    if led != leads:
        yield f"First was {led}; first is {leads}."
    for title, ids in (
        ("Appeared", [c.id for c in strategies.appeared]),
        ("Disappeared", [c.id for c in strategies.disappeared]),
        ("Newly withheld", [c.id for c in result.withheld.appeared]),
        ("No longer withheld", [c.id for c in result.withheld.disappeared]),
    ):
        if ids:
            yield f"{title}: {', '.join(map(name_of, ids))}."
    for field in ("gate", "tier", "claim_match"):
        moved: dict[str, list[str]] = {}
        for change in strategies.moved:
            for d in change.differences:
                if d.field == field:
                    moved.setdefault(step(word(field, d.before), word(field, d.after)), []).append(name_of(change.id))
        for how, names in moved.items():
            yield f"{TITLES[field]} {how}: {', '.join(names)}."
    if not (strategies.appeared or strategies.disappeared or strategies.moved):
        yield "The strategies stand as they did."


def _leader(result: Comparison, of: Callable[[Change], Standing | None]) -> str:
    changes = (*result.strategies.appeared, *result.strategies.disappeared, *result.strategies.moved)
    first = [change.id for change in changes if _rank(of(change)) == 1] or result.strategies.unchanged
    return name_of(first[0]) if first else "none"


def _table(changes: Sequence[Change]) -> Table:
    header = ("Strategy", "Rank", "Gate", "Tier", "Points", "Value")
    rows = []
    for change in changes:
        sides = [s if s and s.listed == "strategies" else None for s in (change.before, change.after)]
        cells = (
            step(*(str(s.rank) if s else None for s in sides)),
            step(*(s.gate if s else None for s in sides)),
            step(*(s.tier if s else None for s in sides)),
            step(*(str(s.points) if s else None for s in sides)),
            step(*(_value(s) if s else None for s in sides)),
        )
        rows.append((name_of(change.id), *cells))
    return Table(header, tuple(rows))


def _value(standing: Standing) -> str:
    return NONE if standing.value is None else signed(standing.value)


def _withheld(change: Change, told: Callable[[Change], Standing | None]) -> str:
    standing, other = told(change), _before(change) if told is _after else _after(change)
    assert standing is not None
    where = f"; {'before' if told is _after else 'now'} {listed(other)}" if other else ""
    value = f" {_value(standing)}" if standing.value is not None else ""
    reasons = f" ({standing.call}{value}): {', '.join(standing.reasons)}{where}"
    return f"{name_of(change.id)}{reasons}. Moved by {'; '.join(map(cause_line, change.causes))}"


def _explored(result: Comparison) -> Iterable[Block]:
    found = result.exploratory
    lines = [
        f"{title}: {', '.join(name_of(c.id) + ' (' + some(_fields_of(c)) + ')' for c in changes)}"
        for title, changes in (("appeared", found.appeared), ("disappeared", found.disappeared))
        if changes
    ]
    gates = [f"{name_of(c.id)} {d.before} → {d.after}" for c in found.moved for d in c.differences if d.field == "gate"]
    lines += [f"gate: {', '.join(gates)}"] if gates else []
    lines += [f"moved otherwise: {len(found.moved) - len(gates)}"] if len(found.moved) > len(gates) else []
    if lines:
        yield Heading(2, "Exploratory, in brief")
        yield Bullets(tuple(lines))


def _fields_of(change: Change) -> list[str]:
    return [field.field for cause in change.causes for field in cause.fields]


def _notes(result: Comparison) -> Iterable[Block]:
    lines = [
        f"{when}: {note.message}"
        for when, notes in (
            ("said only before", result.result_notes.only_before),
            ("said only after", result.result_notes.only_after),
        )
        for note in notes
        if note.id != _UNTOLD
    ]
    if lines:
        yield Heading(2, "Notes on the results")
        yield Bullets(tuple(lines))


def _fields(fields: Sequence[ChangedField]) -> Iterable[Block]:
    idle = [field.field for field in fields if not field.moved]
    if idle:
        yield Heading(2, "Changed and moved no strategy")
        yield Paragraph(f"{some(idle)}.")
    elif not fields:
        yield Paragraph("The profiles say the same in every field that is read.")
