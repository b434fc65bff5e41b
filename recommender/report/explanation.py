"""What an explanation says and in which order; looks are the renderers' matter."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from recommender.cuts import Step
from recommender.facts import label
from recommender.knowledge import PAN_CANCER
from recommender.model.explanation import (
    Addition,
    Change,
    Counterfactual,
    DocumentedClaim,
    Documents,
    ExplainedStrategy,
    Explanation,
    FiredRule,
    Reached,
    SilentRule,
    Way,
)
from recommender.report.blocks import Block, Bullets, Heading, Paragraph, signed, which_knowledge
from recommender.report.outline import context_line
from recommender.wording import failed, field_name

_GOALS = {"appear": "appear", "clear": "become clear", "lead": "lead"}
_MET = {"appear": "is proposed", "clear": "is clear", "lead": "leads"}
_BASES = {"text": "the text", "agent": "an agent", "preclinical": "laboratory work"}
_FEW = 4  # names in a line
_MANY = 6  # claims from which on they are told by tumor alone
_COUNTERFACTUAL = "How the rules would decide another profile: no reason to measure until it fits."


def explanation_outline(result: Explanation, everything: bool = False) -> list[Block]:
    """Return the whole report; with `everything`, every claim and every silent rule.

    Parameters
    ----------
    everything : bool
        Else of the claims those that decide, and of the silent rules those that lack one condition which
        measurement, tumor or patient decide; the rest is counted.
    """
    subtype = f", {result.cancer.subtype.replace('_', ' ')}" if result.cancer.subtype else ""
    asked = f"{result.subject.action} {result.subject.mirna}" if result.subject.action else result.subject.mirna
    blocks: list[Block] = [
        Heading(1, f"{result.sample_id}: {asked} explained"),
        Paragraph(f"{result.cancer.name}{subtype} (given as {result.cancer.as_given}). {result.notice}"),
        Paragraph(context_line(result.context)),
        Heading(2, "Answer"),
        Bullets(tuple(result.summary)),
        *(Paragraph(_points(strategy), "Points") for strategy in result.strategies if strategy.components),
    ]
    if result.counterfactuals:
        blocks += [Heading(2, "What would have to change"), *_counterfactuals(result.counterfactuals)]
    if result.subject.known:
        blocks += [Heading(2, "Documents"), *_documents(result.documents, everything)]
        blocks += [Heading(2, f"Rules that matched ({len(result.fired)})"), *_fired(result, everything)]
        blocks += [Heading(2, f"Rules that stayed silent ({len(result.silent)})"), *_silent(result, everything)]
    blocks.append(
        Paragraph(
            f"mirna-recommender {result.software.version}, {which_knowledge(result.knowledge)}, "
            f"input {result.input_sha256[:12]}"
        )
    )
    return blocks


def _points(strategy: ExplainedStrategy) -> str:
    terms = ", ".join(f"{c.name.replace('_', ' ')} {c.points:+d}" for c in strategy.components)
    return f"{strategy.points} = {terms}"


# --- what would have to change


def _counterfactuals(found: Sequence[Counterfactual]) -> Iterable[Block]:
    groups = itertools.groupby(found, key=lambda c: c.strategy)
    many = len({c.strategy for c in found}) > 1
    for strategy, goals in groups:
        if many:
            yield Heading(3, strategy)
        told = list(goals)
        met = [_MET[c.goal] for c in told if c.met]
        if met:
            yield Paragraph(f"It {_and(met)} already.")
        for _, alike in itertools.groupby([c for c in told if not c.met], key=lambda c: (c.ways, c.obstacles)):
            same = list(alike)
            goal = _and([f"to {_GOALS[c.goal]}" for c in same])
            yield from _goal(f"{goal[:1].upper()}{goal[1:]}", same[0])
    if any(c.ways for c in found):
        yield Paragraph(_COUNTERFACTUAL)


def _goal(goal: str, found: Counterfactual) -> Iterable[Block]:
    if found.ways:
        yield Paragraph("one of these." if len(found.ways) > 1 else "", goal)
        yield Bullets(tuple(_way(way) for way in found.ways))
    else:
        yield Paragraph("no change of this profile does it.", goal)
        yield Bullets(tuple(_cited(obstacle.message, obstacle.rules) for obstacle in found.obstacles))


def _cited(message: str, rules: Sequence[str]) -> str:
    return f"{message} [{', '.join(rules)}]" if rules else message


def _way(way: Way) -> str:
    lost = " Its own gate gets worse: others fall behind." if way.loses_gate else ""
    return f"{'; '.join(map(_change, way.changes))}. Then: {_stand(way.reaches)}.{lost}"


def _change(change: Change) -> str:
    return f"{change.field} from {_value(change.before)} to {_value(change.after)}"


def _value(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or "none"
    return json.dumps(int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value)


def _stand(found: Reached) -> str:
    value = "" if found.value is None else f", value {signed(found.value)}"
    return f"strategy {found.rank} of {found.of}, gate {found.gate}, tier {found.tier}, {found.points} points{value}"


def _and(items: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1])))


# --- documents


def _documents(found: Documents, everything: bool) -> Iterable[Block]:
    speaking = [claim for claim in found.claims if claim.speaks]
    if everything:
        lines = [_claim(claim) for claim in found.claims]
    else:
        lines = [_claim(claim) for claim in speaking] if len(speaking) <= _MANY else _grouped("deciding", speaking)
        lines += _grouped("not deciding", [claim for claim in found.claims if not claim.speaks])
    for role in found.roles:
        where = "in general" if role.scope == "general" else f"in {_tumor(role.scope)}"
        if role.holds_here or everything:
            lines.append(
                f"role: {role.role} {where}, by {_BASES.get(role.basis, role.basis)} ({role.role_id}: {role.locator})"
            )
    lines += [f"{c.context.replace('_', ' ')}: {c.value.replace('_', ' ')} ({c.context_id})" for c in found.contexts]
    for agent in found.agents:
        kind = "" if agent.oncology else ", outside oncology"
        trials = ", ".join(agent.nct_ids) or "no registry number verified"
        facts = f"{agent.evidence_level}; {agent.safety_level}; tumor match {agent.best_match}".replace("_", " ")
        lines.append(f"agent: {agent.name}, to {agent.action} {agent.mirna}{kind}; {facts}; {trials}")
    for work in found.laboratory_work:
        refs = f" [{', '.join(work.references)}]" if work.references else ""
        lines.append(f"laboratory work to {work.action} {work.mirna_as_printed}{refs} ({work.id}: {work.locator})")
    yield Bullets(tuple(lines) or ("none",))


def _claim(claim: DocumentedClaim) -> str:
    refs = f" [{', '.join(claim.references)}]" if claim.references else ""
    place = f"{claim.claim_id}: {claim.locator}"
    held = f", where {claim.condition}" if claim.condition else ""
    decides = ", decides here" if claim.speaks else ""
    return f"{claim.direction} in {_tumor(claim.cancer)} as {claim.mirna_as_printed}{refs}{held}{decides} ({place})"


def _tumor(cancer: str) -> str:
    return "cancers in general" if cancer == PAN_CANCER else cancer.replace("_", " ")


def _grouped(how: str, claims: Sequence[DocumentedClaim]) -> list[str]:
    sides: dict[str, list[str]] = {}
    for claim in claims:
        sides.setdefault(claim.direction, []).append(_tumor(claim.cancer))
    return [f"{how} here: {side} in {', '.join(dict.fromkeys(names))}" for side, names in sides.items()]


# --- rules


def _adds(additions: Iterable[Addition]) -> str:
    return ", ".join(f"{a.kind} {a.what}".strip().replace("_", " ") for a in additions)


def _fired(result: Explanation, everything: bool) -> Iterable[Block]:
    of_class = [] if everything else [rule for rule in result.fired if _is_of_class(rule)]
    own = [rule for rule in result.fired if rule not in of_class]
    if own:
        yield Bullets(tuple(map(_fired_line, own)))
    if of_class:
        ids = ", ".join(rule.rule for rule in of_class)
        yield Paragraph(f"{ids}. Each with --all.", "Of every strategy with this action")
    if not result.fired:
        yield Paragraph("None.")
    if result.second_stratum is None:
        yield Paragraph("No strategy came out, so the rules on agents, trials, caveats and readouts were not asked.")


def _is_of_class(found: FiredRule) -> bool:
    """Tell whether a rule hangs on the action alone, not on this miRNA."""
    return found.stratum == 2 and found.matches[0][0].fact["type"] == "action"


def _fired_line(found: FiredRule) -> str:
    effect = "adds" if found.effective else "without effect, for no action came out; would add"
    said = " ".join(message for a in found.adds for message in a.messages)
    line = f"{found.rule}: {effect} {_adds(found.adds)}. On {_matched(found)}."
    return f"{line} {said}" if said else line


def _matched(found: FiredRule) -> str:
    """Return what a rule matched: of the miRNA the words it tested, of all else the names."""
    if found.stratum == 1:
        fact = found.matches[0][0]
        return ", ".join(f"{field} {fact.fact[field]}" for field in fact.tested) or label(fact.fact)
    last = dict.fromkeys(label(match[-1].fact) for match in found.matches)
    names = list(last)
    more = [f"{len(names) - _FEW} more"] if len(names) > _FEW else []
    return ", ".join(names[:_FEW] + more)


def _silent(result: Explanation, everything: bool) -> Iterable[Block]:
    rules = result.silent
    if everything:
        yield Bullets(tuple(map(_silent_line, rules)))
        return
    actions = {strategy.action for strategy in result.strategies}
    near = [rule for rule in rules if rule.only_this and rule.may_change and _concerns(rule, actions)]
    if near:
        yield Paragraph("", "One condition short, of those that measurement, tumor or patient decide")
        yield Bullets(tuple(map(_silent_line, near)))
    rest = Counter(_where(rule) for rule in rules if rule not in near)
    if rest:
        counted = (f"{what} ({number})" for what, number in sorted(rest.items(), key=lambda item: (-item[1], item[0])))
        yield Paragraph(f"{', '.join(counted)}. All with --all.", "The others, by the first condition that failed")


def _concerns(rule: SilentRule, actions: Collection[str]) -> bool:
    """Tell whether a rule concludes nothing on an action, or something on one of these."""
    concluded = {a.what.partition(":")[0] for a in rule.would_add if a.kind in ("strategy", "exploratory", "withhold")}
    return not concluded or bool(concluded & set(actions))


def _step(rule: SilentRule) -> Step:
    return Step(rule.condition, rule.type, rule.field or "")


def _where(rule: SilentRule) -> str:
    return field_name(_step(rule)) if rule.field else failed(_step(rule), (), ())


def _silent_line(rule: SilentRule) -> str:
    return f"{rule.rule} ({_adds(rule.would_add)}): {failed(_step(rule), rule.found, rule.expected)}"
