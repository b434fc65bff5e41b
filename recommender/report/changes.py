"""How one change of a strategy is told: where it stood and stands, what moved it, what is said of it now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recommender.model.comparison import Called, Cause, Change, Crossing, Difference, FieldChange, Order, Standing
from recommender.model.knowledge_diff import Effect
from recommender.model.recommendation import Component, Flag
from recommender.report.blocks import Block, Bullets, Heading, Paragraph, signed

MANY = 12
NONE = "–"
_FIRST = 3  # options that are told
TITLES = {"gate": "Gate", "tier": "Tier", "claim_match": "Documented"}
_MATCH = {
    "same_tumor": "this tumor",
    "trial_indication": "trial's tumor",
    "same_lineage": "trial basket",
    "pan_cancer": "across cancers",
}


def aspects(change: Change) -> set[str]:
    """Return the names of all that differs, and ``rules`` where they do."""
    rules = {"rules"} if change.rules.only_before or change.rules.only_after else set()
    return {difference.field for difference in change.differences} | rules


def name_of(id_: str) -> str:
    """Return an id as people say it: action and miRNA."""
    return id_.replace(":", " ", 1)


def word(field: str, value: str | None) -> str:
    """Return the value of a gate, tier or claim match as reports call it."""
    return NONE if value is None else _MATCH[value] if field == "claim_match" else str(value)


def step(before: str | None, after: str | None) -> str:
    """Return how something went, or what it stayed."""
    return str(after) if before == after else f"{before or NONE} → {after or NONE}"


def detail(change: Change, told: set[str]) -> Iterable[Block]:
    """Tell one change whole; messages that were `told` already are not repeated."""
    yield Heading(3, _title(change))
    if change.causes:
        yield Paragraph("", "Moved by")
        yield Bullets(tuple(map(cause_line, change.causes)))
    if change.after is None and change.call.after and change.call.after.notes:
        yield Paragraph("; ".join(change.call.after.notes), "Of this call")
    if change.order:
        yield Paragraph(order_line(change.order), "Order")
    if change.components and change.before and change.after:
        terms = (_term(c.before, c.after) for c in change.components)
        yield Paragraph(f"{step(str(change.before.points), str(change.after.points))}: {', '.join(terms)}", "Points")
    yield from _said(change, told)
    yield from _options(change)
    yield from _rules(change)


def _title(change: Change) -> str:
    before, after = change.before, change.after
    steps = [
        f"{TITLES.get(d.field, d.field).lower()} {step(word(d.field, d.before), word(d.field, d.after))}"
        for d in change.differences
        if d.field in ("rank", "gate", "tier", "claim_match")
    ]
    if after is None or after.listed != "strategies":
        gone = f"now called {_call(change.call.after)}" if after is None else f"now {listed(after)}"
        steps = [f"was rank {before.rank if before else NONE}, {gone}"]
    elif before is None or before.listed != "strategies":
        came = f", {listed(before)} before" if before else ""
        steps = [f"rank {after.rank}, gate {after.gate}, {after.tier}{came}"]
    name = name_of(change.id)
    return f"{name[:1].upper()}{name[1:]}{': ' if steps else ''}{', '.join(steps)}"


def listed(standing: Standing) -> str:
    """Return the list an action is in, with the reasons to withhold it."""
    reasons = f" ({', '.join(standing.reasons)})" if standing.reasons else ""
    return _LISTED[standing.listed] + reasons


def _term(before: Component | None, after: Component | None) -> str:
    name = (after or before).name.replace("_", " ")  # type: ignore[union-attr]
    return f"{name} {step(*(f'{c.points:+d}' if c else '0' for c in (before, after)))}"


def cause_line(cause: Cause) -> str:
    """Return a cause: the fields, what was called of them, and what they moved."""
    told = "; ".join(map(_field, cause.fields[:MANY]))
    told += f"; and {len(cause.fields) - MANY} more" if len(cause.fields) > MANY else ""
    recalled = [
        ", ".join((f"{call.mirna} {_call(call.before)} → {_call(call.after)}", *map(_crossed, call.crossed)))
        for call in cause.calls
        if _call(call.before) != _call(call.after)
    ]
    called = f" ({'; '.join(recalled)})" if recalled else ""
    moved = [_EFFECTS.get(name, name) for name in cause.reverts if _worth(name, cause)]
    part = [f"{_EFFECTS.get(name, name)} in part" for name in cause.partly if _worth(name, cause)]
    effect = f": moved {', '.join((*moved, *part))}" if moved or part else ""
    if "listed" in cause.partly:
        effect = f"; without it {_LISTED[cause.listed] if cause.listed else _NEITHER}"
    return ("only together: " if cause.together else "") + told + called + effect


def _worth(name: str, cause: Cause) -> bool:
    """Tell whether an effect adds to the others: terms make points, rules make the rest, a list is in the title."""
    if name == "listed":
        return False
    if name == "components":
        return "points" not in (*cause.reverts, *cause.partly)
    return name != "trace" or not {*cause.reverts, *cause.partly} - {"trace"}


# how the respects of a change are called in a sentence
_EFFECTS = {"claim_match": "documentation", "components": "terms of the points", "trace": "rules"}
_NEITHER = "neither proposed nor withheld"
_LISTED = {"strategies": "a strategy", "withheld": "withheld", "exploratory": "exploratory"}


def _crossed(crossing: Crossing) -> str:
    sign = "±" if crossing.number == "value" else ""
    return f"{crossing.number.replace('_', ' ')} passed {sign}{crossing.threshold:g}"


def _call(called: Called | None) -> str:
    return called.call.replace("_", " ") if called else "not in the profile"


def _field(change: FieldChange) -> str:
    if isinstance(change.before, dict) or isinstance(change.after, dict):
        old, new = (v if isinstance(v, dict) else {"value": v} for v in (change.before, change.after))
        differ = [k for k in ("value", *sorted({*old, *new} - {"value"})) if old.get(k) != new.get(k)]
        told = [k for k in differ if k in ("value", "adjusted_p_value")] or differ
        steps = [f"{k.replace('_', ' ')} {_plain(old.get(k), 'none')} → {_plain(new.get(k), 'none')}" for k in told]
        return f"{change.field} {', '.join(steps)}"
    absent = "not measured" if "expression." in change.field else "not stated"
    return f"{change.field} {_plain(change.before, absent)} → {_plain(change.after, absent)}"


def _plain(value: object, absent: str = NONE) -> str:
    if value is None or isinstance(value, bool):
        return absent if value is None else str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)


def order_line(order: Order) -> str:
    """Return who moved a rank."""
    told = (
        ("behind the new", order.appeared_above),
        ("passed by", order.passed_by),
        ("passed", order.passed),
        ("gone from above:", order.disappeared_above),
    )
    return "; ".join(f"{how} {', '.join(map(name_of, ids))}" for how, ids in told if ids)


def _said(change: Change, told: set[str]) -> Iterable[Block]:
    """Tell what came, with its message, and by name what went; of a strategy that appeared only what is serious."""
    if change.after is None or change.after.listed != "strategies":
        return
    stays = change.before is not None and change.before.listed == "strategies"
    went = [_id(flag) for flag in (*change.flags.only_before, *change.caveats.only_before)] if stays else []
    if went:
        yield Paragraph(", ".join(dict.fromkeys(went)), "No longer said")
    came = [*change.flags.only_after, *change.caveats.only_after] if stays else _serious(change.flags.only_after)
    if came:
        yield Paragraph("", "Now said")
        yield Bullets(tuple(dict.fromkeys(_flag(flag, told) for flag in came)))
    caveats = [] if stays else _serious(change.caveats.only_after)
    if caveats:
        yield Paragraph(", ".join(dict.fromkeys(map(_id, caveats))), "Serious caveats")


def _serious(flags: Iterable[Flag]) -> list[Flag]:
    return [flag for flag in flags if flag.severity == "serious"]


def _flag(flag: Flag, told: set[str]) -> str:
    if flag.message in told:
        return f"{flag.severity}, {_id(flag)} (as above)"
    told.add(flag.message)
    return f"{flag.severity}, {_id(flag)}: {flag.message} [{flag.source}]"


def _options(change: Change) -> Iterable[Block]:
    """Tell which options come first now, and combinations that came or went while the strategy stayed."""
    for order in change.options:
        before, after = (", ".join(ids[:_FIRST]) or "none" for ids in (order.before, order.after))
        if before != after:
            yield Paragraph(f"{after}; before {before}", f"First {order.axis} options")
    if change.before is None or change.after is None or "listed" in aspects(change):
        return
    sides = [
        ", ".join(dict.fromkeys(found.id for found in held))
        for held in (change.combinations.only_after, change.combinations.only_before)
    ]
    lines = [f"{how} {ids}" for how, ids in zip(("new", "gone"), sides, strict=True) if ids]
    if lines:
        yield Paragraph("; ".join(lines), "Combinations")


def _id(flag: Flag) -> str:
    return flag.id.replace("_", " ")


def _rules(change: Change) -> Iterable[Block]:
    """Tell the rules that decide a candidate; of a strategy that stays, all that differ."""
    stays = "listed" not in aspects(change)
    lines = []
    for when, steps in (("before", change.rules.only_before), ("after", change.rules.only_after)):
        decides = [s.rule for s in steps if stays or any(fact.startswith("candidate/") for fact in s.facts)]
        lines += [f"{when} {', '.join(dict.fromkeys(decides))}"] if decides else []
    if lines:
        yield Paragraph("; ".join(lines), "Rules that fired only")


def line(change: Change) -> str:
    """Return a change of rank, points or value in one line, with the fields that moved it."""
    fields = [field.field for cause in change.causes for field in cause.fields]
    return line_of(change) + (f"; by {some(fields)}" if {"points", "value"} & aspects(change) and fields else "")


def line_of(change: Change | Effect) -> str:
    """Return what differs, and who moved the rank, in one line."""
    told = [", ".join(map(_difference, change.differences)) or "other rules"]
    if change.order:
        told.append(order_line(change.order))
    return f"{name_of(change.id)}: {'; '.join(told)}"


def _difference(difference: Difference) -> str:
    before, after = difference.before, difference.after
    if difference.field == "value":
        return f"value {step(signed(before), signed(after))}"
    if isinstance(before, list) and isinstance(after, list):
        gone, came = sorted({*before} - {*after}), sorted({*after} - {*before})
        signs = [*(f"-{name}" for name in gone), *(f"+{name}" for name in came)]
        return f"{difference.field} {' '.join(signs)}" if signs else f"other {difference.field}"
    return f"{difference.field} {step(_plain(before), _plain(after))}"


def some(names: Sequence[str]) -> str:
    """Return the first of some names, and how many more there are."""
    unique = list(dict.fromkeys(names))
    return ", ".join(unique[:MANY]) + (f", and {len(unique) - MANY} more" if len(unique) > MANY else "")
