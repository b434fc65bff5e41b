"""Agents and their trials: linked, matched to a tumor, each statement with its source and date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from recommender.cancers import Tumor
from recommender.knowledge import BASKET, UNSPECIFIED, Knowledge
from recommender.model.recommendation import ClassPrecedent, Precedent, StopReason, TrialStatement, TumorMatch
from recommender.model.records import AgentRow, TrialRow

REVIEW: Final = "review"
URL: Final = "https://clinicaltrials.gov/study/"
MATCHES: Final[tuple[TumorMatch, ...]] = ("responded", "treated", "eligible", "basket", "other")


def trials_of(knowledge: Knowledge) -> Mapping[str, list[TrialRow]]:
    """Return the trials of each agent, in the order of the table."""

    def group() -> dict[str, list[TrialRow]]:
        found: dict[str, list[TrialRow]] = {agent.agent: [] for agent in knowledge.agents}
        for trial in knowledge.trials:
            found[trial.agent].append(trial)
        return found

    trials: Mapping[str, list[TrialRow]] = knowledge.remember("trials", group)
    return trials


def nct_ids(trials: Iterable[TrialRow]) -> str:
    """Return the registry numbers of the trials that ran, for a message."""
    ids = [trial.nct_id for trial in trials if trial.nct_id and trial.outcome != "not_opened"]
    return ", ".join(ids) or "no registry number verified"


def tumor_match(trial: TrialRow, tumor: Tumor, knowledge: Knowledge) -> TumorMatch:
    """Return how far this trial got in this tumor.

    Of an umbrella, "lymphoma", that a trial treated, no more than eligible is known for one kind of it.
    """
    found: set[TumorMatch] = {"other"}
    for row in knowledge.trial_tumors:
        if row.trial != trial.trial:
            continue
        if row.cancer == BASKET:
            found |= {row.match} if tumor.tumor.lineage == "solid" else set()
        elif names_tumor(row.cancer, tumor, knowledge):
            umbrella = knowledge.vocabulary.rows[row.cancer].level == "group" and row.cancer != tumor.row.cancer
            found.add(max(row.match, "eligible", key=MATCHES.index) if umbrella else row.match)
    return min(found, key=MATCHES.index)


def names_tumor(cancer: str, tumor: Tumor, knowledge: Knowledge) -> bool:
    """Tell whether a trial's tumor is the given one, holds it, or is a kind of it where no kind was given."""
    if cancer in tumor.lineage_ids:
        return True
    return any(row.cancer == tumor.row.cancer for row in knowledge.vocabulary.ancestors(cancer) if row.level != "group")


def best_match(trials: Iterable[TrialRow], tumor: Tumor, knowledge: Knowledge) -> TumorMatch:
    """Return the best tumor match among the trials that ran."""
    matches = [tumor_match(trial, tumor, knowledge) for trial in trials if trial.outcome != "not_opened"]
    return min(matches, key=MATCHES.index, default="other")


def precedents(agents: Iterable[str], tumor: Tumor, knowledge: Knowledge) -> list[Precedent]:
    """Return the trials of some agents, oncology first, then by how well the tumor matches."""
    result: list[Precedent] = []
    for agent in agents:
        key = ("precedents", agent, tumor.row.cancer)
        result += knowledge.remember(key, lambda agent=agent: _precedents_of(agent, tumor, knowledge))
    return sorted(
        result, key=lambda p: (not p.oncology, MATCHES.index(p.tumor_match), p.agent, p.nct_id or "", p.phase)
    )


def _precedents_of(agent: str, tumor: Tumor, knowledge: Knowledge) -> list[Precedent]:
    row = next(row for row in knowledge.agents if row.agent == agent)
    trials = trials_of(knowledge)[agent]
    return [_precedent(trial, tumor, knowledge, row) for trial in trials]


OPEN_STATUS: Final = frozenset({"Recruiting", "Not yet recruiting", "Enrolling by invitation", "Available"})


def _precedent(trial: TrialRow, tumor: Tumor, knowledge: Knowledge, agent: AgentRow) -> Precedent:
    return Precedent.model_construct(
        agent=agent.name,
        modality=agent.modality,
        chemistry=known(agent.chemistry),
        delivery=known(agent.delivery),
        route=trial.route or agent.route,
        use="efficacy_and_tolerability" if trial.oncology == "yes" else "tolerability_only",
        nct_id=trial.nct_id or None,
        phase=trial.phase,
        status=trial.status,
        status_source=trial.status_source,
        status_as_of=trial.status_as_of,
        is_open=trial.status in OPEN_STATUS,
        stop_reasons=[
            StopReason.model_construct(reason=row.reason, source=row.source, as_of=row.as_of)
            for row in sorted(knowledge.stop_reasons)
            if row.trial == trial.trial
        ],
        oncology=trial.oncology == "yes",
        tumor_match=tumor_match(trial, tumor, knowledge) if trial.oncology == "yes" else "other",
        url=URL + trial.nct_id if trial.nct_id else None,
        conflict_of_interest=agent.conflict_of_interest,
        claims=[
            TrialStatement.model_construct(
                claim_id=row.claim,
                kind=row.kind,
                source=row.source,
                statement=row.statement,
                as_of=row.as_of,
                disagrees_with=list(row.disagrees_with),
            )
            for row in sorted(knowledge.trial_claims)
            if row.trial == trial.trial
        ],
    )


def known(options: Iterable[str]) -> list[str]:
    """Return chemistries or carriers without the word for one that no source tells."""
    return [option for option in options if option != UNSPECIFIED]


def class_precedents(agents: Iterable[str], own: list[str], tumor: Tumor, knowledge: Knowledge) -> list[ClassPrecedent]:
    """Return agents of the same action on other miRNAs, the nearest first.

    By oncology, then by the tumor, then by what they share with the strategy's own agents. They tell what the class
    can expect, outside oncology of tolerability alone; no tier and no points come from them.
    """
    wanted = frozenset(agents)
    key = ("class precedents", wanted, tuple(own), tumor.row.cancer)
    found: list[ClassPrecedent] = knowledge.remember(key, lambda: _class_precedents(wanted, own, tumor, knowledge))
    return list(found)


def _class_precedents(
    agents: Iterable[str], own: list[str], tumor: Tumor, knowledge: Knowledge
) -> list[ClassPrecedent]:
    rows = {row.agent: row for row in knowledge.agents}
    mine = {part for name in own for part in _parts(rows[name])}
    found = [_of_class(rows[name], mine, tumor, knowledge) for name in agents if name not in own]
    return sorted(
        found,
        key=lambda c: (c.use == "tolerability_only", MATCHES.index(c.tumor_match), -len(c.shares), c.agent),
    )


def _parts(row: AgentRow) -> list[str]:
    return [row.modality, *known(row.chemistry), *known(row.delivery)]


def _of_class(row: AgentRow, mine: set[str], tumor: Tumor, knowledge: Knowledge) -> ClassPrecedent:
    trials = trials_of(knowledge)[row.agent]
    ran = [trial for trial in trials if trial.outcome != "not_opened"]
    oncology = row.oncology == "yes"
    return ClassPrecedent.model_construct(
        agent=row.name,
        mirna=row.mirna,
        modality=row.modality,
        chemistry=known(row.chemistry),
        delivery=known(row.delivery),
        use="class_experience" if oncology else "tolerability_only",
        tumor_match=best_match(trials, tumor, knowledge) if oncology else "other",
        shares=[part for part in _parts(row) if part in mine],
        trials=[trial.nct_id for trial in ran if trial.nct_id],
        outcome=row.evidence_level.replace("_", " ") if oncology else "",
        safety=_safety(trials, knowledge),
    )


def _safety(trials: Iterable[TrialRow], knowledge: Knowledge) -> list[str]:
    """Return what is said of safety in some trials, with its source; the review where it speaks alone."""
    ran = {trial.trial for trial in trials}
    said = [row for row in knowledge.trial_claims if row.trial in ran and row.kind == "safety"]
    others = [row for row in said if row.source != REVIEW]
    return [f"{row.statement} ({row.source})" for row in sorted(others or said)]
