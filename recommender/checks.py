"""What ``knowledge check`` verifies beyond what every load does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import get_args, get_type_hints

from recommender.cross_check import cross_check
from recommender.errors import KnowledgeError, Problem
from recommender.knowledge import PLACES, TABLES, Knowledge
from recommender.matcher import Matcher
from recommender.model import records
from recommender.model.recommendation import Gate, Tier, TumorMatch, WithheldReason
from recommender.model.rule import Rule
from recommender.rulebook import VARIANT, compile_rules
from recommender.settings import FLAG_PENALTIES, NO_IDS, WARNING_PENALTIES
from recommender.tables import columns_of
from recommender.tabling import refuse_entangled, refuse_untabled

LAST_REFERENCE = 100  # of the review's list
_DEAD = ("keep a rule that concludes it", "keep the rule that attaches it, write one, or disable the record too")
_SHORTEST, _LONGEST = 15, 28  # mature miRNAs, in nucleotides


def check(knowledge: Knowledge) -> list[Problem]:
    """Return everything that is wrong with a knowledge that loaded."""
    # what entangles strategies is followed by `recommend`, and refused by a cohort
    entangled = _problems_of(refuse_entangled, knowledge)
    return [*cross_check(knowledge), *check_beyond(knowledge, knowledge.rule_list()), *entangled]


def check_beyond(knowledge: Knowledge, rules: Iterable[Rule]) -> list[Problem]:
    """Return what is wrong with a knowledge whose records name only what exists.

    Parameters
    ----------
    knowledge : Knowledge
    rules : iterable of Rule
        Those whose examples are run.
    """
    return [
        *_check_claims(knowledge),
        *_check_sequences(knowledge),
        *_check_trials(knowledge),
        *_check_examples(knowledge, list(rules)),
        *_check_enumerations(knowledge),
        *_problems_of(refuse_untabled, knowledge),
    ]


def _check_claims(knowledge: Knowledge) -> Iterable[Problem]:
    seen: dict[tuple[str, ...], str] = {}
    kinds = {row.source: row.kind for row in knowledge.sources}
    for where, claim in knowledge.placed("claims"):
        key = (claim.cancer, claim.mirna_as_printed, claim.direction, claim.source)
        if key in seen:
            yield Problem(where, " ".join(key), "one row a statement", f"first as {seen[key]}")
        seen.setdefault(key, claim.claim_id)
        if claim.source in PLACES:
            prefix = {"table1": "t1", "table2": "t2", "text": "tx"}[claim.source]
            expected = f"{prefix}.{claim.cancer}.{claim.direction}.{claim.mirna_as_printed}"
            if claim.claim_id != expected:
                yield Problem(where, claim.claim_id, expected)
        elif kinds[claim.source] == "review":
            yield Problem(where, f"source {claim.source}", "its place: " + ", ".join(PLACES))
        if not claim.locator:
            yield Problem(where, "no locator", "a section or table, and a place in it")
    for table in (table for table, model in TABLES.items() if "references" in columns_of(model)):
        for where, row in knowledge.placed(table):
            for reference in row.references:
                if reference not in kinds and not (
                    re.fullmatch(r"[0-9]{1,3}", reference) and 1 <= int(reference) <= LAST_REFERENCE
                ):
                    expected = f"1 to {LAST_REFERENCE} of the review's list, or a key of sources.tsv"
                    yield Problem(where, reference, expected)


def _check_sequences(knowledge: Knowledge) -> Iterable[Problem]:
    hairpins = {row.hairpin: row for row in knowledge.hairpins}
    accessions: dict[str, str] = {}
    sequences: dict[str, records.MirnaRow] = {}
    for where, row in knowledge.placed("mirnas"):
        arm = next((arm for arm in ("5p", "3p") if row.mirna.endswith(f"-{arm}")), "none")
        if row.arm != arm:
            yield Problem(where, f"arm {row.arm}", f"{arm}, as the name says")
        if not _SHORTEST <= len(row.sequence) <= _LONGEST:
            yield Problem(where, f"{len(row.sequence)} nucleotides", f"{_SHORTEST} to {_LONGEST}")
        if (
            not re.fullmatch(r"MIMAT\d{7}", row.accession)
            or accessions.setdefault(row.accession, row.mirna) != row.mirna
        ):
            yield Problem(where, f"accession {row.accession}", "one of its own, MIMAT and seven digits")
        twin = sequences.setdefault(row.sequence, row)
        if twin.family != row.family or (not row.family and twin.mirna != row.mirna):
            yield Problem(where, f"the sequence of {twin.mirna}", "one of its own, or a relative's")
        for name in row.hairpins if row.status == "current" else ():
            if name not in hairpins or row.mirna not in hairpins[name].matures:
                yield Problem(where, f"hairpin {name}", "a hairpin of hairpins.tsv that lists it")


def _check_trials(knowledge: Knowledge) -> Iterable[Problem]:
    ended = {"Terminated", "Withdrawn"}
    stopped = {row.trial for row in knowledge.stop_reasons}
    for where, trial in knowledge.placed("trials"):
        if trial.status in ended and trial.trial not in stopped:
            yield Problem(where, f"{trial.status} without a stop reason", "at least not_stated")
    said = {row.claim: row for row in knowledge.trial_claims}
    for where, claim in knowledge.placed("trial_claims"):
        for other in claim.disagrees_with:
            if claim.claim not in said[other].disagrees_with:
                yield Problem(where, f"{other} does not disagree back", "both ways")


def _check_examples(knowledge: Knowledge, rules: list[Rule]) -> Iterable[Problem]:
    matcher = Matcher({rule.id: compile_rules([rule]) for rule in rules})
    for rule in rules:
        for example in rule.example:
            if fires(matcher, rule, example.given) != example.fires:
                word = "silence" if example.fires else "a match"
                where = knowledge.origins.rules.get(rule.id, f"rule {rule.id}")
                yield Problem(f"{where}, example {example.name!r}", word, "what the example says")


def fires(matcher: Matcher, rule: Rule, facts: list[dict[str, str]]) -> bool:
    """Tell whether a rule matches some facts; `matcher` has a ruleset named as the rule."""
    return any(variant.split(VARIANT)[0] == rule.id for variant, _ in matcher.match(rule.id, facts))


def _problems_of(refuse: Callable[[Knowledge], None], knowledge: Knowledge) -> tuple[Problem, ...]:
    try:
        refuse(knowledge)
    except KnowledgeError as error:
        return error.problems
    return ()


def _check_enumerations(knowledge: Knowledge) -> Iterable[Problem]:
    conclusions = [rule.then for rule in knowledge.rule_list()]
    wanted: dict[str, tuple[set[str], set[str]]] = {
        "withheld reason": (set(get_args(WithheldReason)), {str(c.withhold) for c in conclusions}),
        "gate": (set(get_args(Gate)) - {"clear"}, {str(c.gate) for c in conclusions}),
        "tier": (set(get_args(Tier)), {str(c.tier) for c in conclusions}),
        "caveat": ({row.caveat for row in knowledge.caveats}, {str(c.caveat) for c in conclusions}),
    }
    caveats = {row.caveat: where for where, row in knowledge.placed("caveats")}
    for what, (members, concluded) in wanted.items():
        for member in sorted(members - concluded):
            where = caveats.get(member, "rules") if what == "caveat" else "rules"
            remedy = _DEAD[what == "caveat"] if knowledge.packs else ""
            yield Problem(where, f"{what} {member} that no rule concludes", "a rule for every member", remedy)
    precedent = knowledge.settings["precedent"]
    outcomes = get_args(get_type_hints(records.TrialRow)["outcome"])
    keys = [f"outcome_{o}" for o in outcomes] + [f"match_{m}_percent" for m in get_args(TumorMatch)]
    for key in keys:
        if key not in precedent:
            yield Problem("ranking.toml, [precedent]", f"no {key}", "a weight for every member")
    flags = {c.flag.id for c in conclusions if c.flag}
    warnings = {c.warning.id for c in conclusions if c.warning}
    for table in (*FLAG_PENALTIES, *WARNING_PENALTIES):
        raised = (flags if table in FLAG_PENALTIES else warnings) | NO_IDS
        for flag in sorted(set(knowledge.settings[table]) - raised):
            where = knowledge.origins.settings.get(f"{table}.{flag}", f"ranking.toml, [{table}]")
            remedy = f'or disable the weight: weights = ["{table}.{flag}"]' if knowledge.packs else ""
            yield Problem(where, f"{flag}, which no rule raises", "flags that rules raise", remedy)
