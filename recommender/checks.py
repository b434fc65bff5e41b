"""What ``knowledge check`` verifies beyond what every load does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import get_args, get_type_hints

from recommender.errors import Problem
from recommender.knowledge import Knowledge, cross_check
from recommender.matcher import Matcher
from recommender.model import records
from recommender.model.recommendation import Gate, Tier, TumorMatch, WithheldReason
from recommender.model.rule import Rule
from recommender.rulebook import VARIANT, compile_rules

LAST_REFERENCE = 100  # of the review's list
_SHORTEST, _LONGEST = 15, 28  # mature miRNAs, in nucleotides


def check(knowledge: Knowledge) -> list[Problem]:
    """Return everything that is wrong with a knowledge that loaded."""
    return [
        *cross_check(knowledge),
        *_check_claims(knowledge),
        *_check_sequences(knowledge),
        *_check_trials(knowledge),
        *_check_rules(knowledge),
        *_check_enumerations(knowledge),
    ]


def _check_claims(knowledge: Knowledge) -> Iterable[Problem]:
    seen: set[tuple[str, ...]] = set()
    for line, claim in enumerate(knowledge.claims, start=2):
        where = f"claims.tsv, line {line}"
        key = (claim.cancer, claim.mirna_as_printed, claim.direction, claim.source)
        if key in seen:
            yield Problem(where, " ".join(key), "one row a statement")
        seen.add(key)
        prefix = {"table1": "t1", "table2": "t2", "text": "tx"}[claim.source]
        expected = f"{prefix}.{claim.cancer}.{claim.direction}.{claim.mirna_as_printed}"
        if claim.claim_id != expected:
            yield Problem(where, claim.claim_id, expected)
        if not claim.locator:
            yield Problem(where, "no locator", "a section or table, and a place in it")
    for table in ("claims", "roles", "preclinical", "contexts"):
        for line, row in enumerate(knowledge.tables[table], start=2):
            for reference in row.references:
                if not reference.isdigit() or not 1 <= int(reference) <= LAST_REFERENCE:
                    yield Problem(f"{table}.tsv, line {line}", reference, f"1 to {LAST_REFERENCE}")


def _check_sequences(knowledge: Knowledge) -> Iterable[Problem]:
    hairpins = {row.hairpin: row for row in knowledge.hairpins}
    accessions: dict[str, str] = {}
    sequences: dict[str, records.MirnaRow] = {}
    for line, row in enumerate(knowledge.mirnas, start=2):
        where = f"mirnas.tsv, line {line}"
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
    for line, trial in enumerate(knowledge.trials, start=2):
        if trial.status in ended and trial.trial not in stopped:
            yield Problem(f"trials.tsv, line {line}", f"{trial.status} without a stop reason", "at least not_stated")
    said = {row.claim: row for row in knowledge.trial_claims}
    for line, claim in enumerate(knowledge.trial_claims, start=2):
        for other in claim.disagrees_with:
            if claim.claim not in said[other].disagrees_with:
                yield Problem(f"trial_claims.tsv, line {line}", f"{other} does not disagree back", "both ways")


def _check_rules(knowledge: Knowledge) -> Iterable[Problem]:
    rules = knowledge.rule_list()
    matcher = Matcher({rule.id: compile_rules([rule]) for rule in rules})
    for rule in rules:
        for example in rule.example:
            if fires(matcher, rule, example.given) != example.fires:
                word = "silence" if example.fires else "a match"
                yield Problem(f"rule {rule.id}, example {example.name!r}", word, "what the example says")


def fires(matcher: Matcher, rule: Rule, facts: list[dict[str, str]]) -> bool:
    """Tell whether a rule matches some facts; `matcher` has a ruleset named as the rule."""
    return any(variant.split(VARIANT)[0] == rule.id for variant, _ in matcher.match(rule.id, facts))


def _check_enumerations(knowledge: Knowledge) -> Iterable[Problem]:
    conclusions = [rule.then for rule in knowledge.rule_list()]
    wanted: dict[str, tuple[set[str], set[str]]] = {
        "withheld reason": (set(get_args(WithheldReason)), {str(c.withhold) for c in conclusions}),
        "gate": (set(get_args(Gate)) - {"clear"}, {str(c.gate) for c in conclusions}),
        "tier": (set(get_args(Tier)), {str(c.tier) for c in conclusions}),
        "caveat": ({row.caveat for row in knowledge.caveats}, {str(c.caveat) for c in conclusions}),
    }
    for what, (members, concluded) in wanted.items():
        for member in sorted(members - concluded):
            yield Problem("rules", f"{what} {member} that no rule concludes", "a rule for every member")
    precedent = knowledge.settings["precedent"]
    outcomes = get_args(get_type_hints(records.TrialRow)["outcome"])
    keys = [f"outcome_{o}" for o in outcomes] + [f"match_{m}_percent" for m in get_args(TumorMatch)]
    for key in keys:
        if key not in precedent:
            yield Problem("ranking.toml, [precedent]", f"no {key}", "a weight for every member")
    flags = {c.flag.id for c in conclusions if c.flag}
    warnings = {c.warning.id for c in conclusions if c.warning}
    for table, raised in (
        ("context", flags),
        ("safety", flags),
        ("off_target", warnings),
        ("delivery", warnings | {"still_open_percent"}),
    ):
        for flag in sorted(set(knowledge.settings[table]) - raised):
            yield Problem(f"ranking.toml, [{table}]", f"{flag}, which no rule raises", "flags that rules raise")
