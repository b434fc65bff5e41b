"""The counts of a cohort, added up, to its published summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from recommender.assembly import stamp_of
from recommender.cohort.answers.adding import add
from recommender.cohort.answers.figures import direction_of, frequencies, group_figures, oncology_agents, strategy_of
from recommender.cohort.answers.summary_table import summary_tsv
from recommender.knowledge import Knowledge
from recommender.model.recommendation import Note, SoftwareStamp, StopReason
from recommender.model.summary import (
    AgentTrial,
    CancerGroup,
    ColumnGroups,
    Group,
    Quarantine,
    Summary,
    TrialAgent,
    ValueGroup,
)
from recommender.precedents import trials_of
from recommender.settings import number
from recommender.version import __version__

__all__ = ["finish", "summary_tsv"]

_REFERENCE = (
    "Every figure follows from what the samples were compared with: other normal samples, another scaling or other "
    "thresholds give other frequencies. They describe these samples, no population."
)
_TURNED = (
    "The sign may be flipped, normal over tumor: most documented miRNAs go against the documents in more samples than "
    "with them ({tumors})."
)
_NOT_NORMAL = (
    "{samples} of {of} samples were compared with other tumors or another group: what is up or down there is not up or "
    "down against normal tissue, and feeds exploratory strategies alone."
)


def finish(counts: Mapping[str, Any], knowledge: Knowledge) -> Summary:
    """Return the summary of a cohort.

    Parameters
    ----------
    counts : mapping
        The sum of what :func:`recommender.cohort.answers.counts.count` gave for its chunks, and of quarantined samples.
    knowledge : Knowledge
        The one they were counted with.
    """
    tumors = dict(sorted(counts.get("cancer", {}).items()))
    whole = group_figures(reduce(add, tumors.values(), {}), knowledge, [*tumors.values()])
    quarantine = counts.get("quarantine", {})
    refused = sum(quarantine.values())
    by_cancer = [
        CancerGroup.model_construct(
            cancer=cancer,
            name=knowledge.vocabulary.rows[cancer].name,
            counts_as=knowledge.vocabulary.tumor(cancer).tumor.cancer,
            group=group_figures(of_tumor, knowledge, [of_tumor], cancer),
        )
        for cancer, of_tumor in tumors.items()
    ]
    return Summary.model_construct(
        cohort=whole,
        by_cancer=sorted(by_cancer, key=lambda one: (-one.group.samples, one.cancer)),
        by_column=[_column(name, values, knowledge) for name, values in sorted(counts.get("by", {}).items())],
        agents=_agents(knowledge),
        quarantine=Quarantine.model_construct(samples=refused, by_reason=frequencies(quarantine, refused)),
        notes=_notes(whole, by_cancer, knowledge),
        knowledge=stamp_of(knowledge),
        software=SoftwareStamp.model_construct(version=__version__),
    )


def _column(name: str, values: Mapping[str, Any], knowledge: Knowledge) -> ColumnGroups:
    groups = [
        ValueGroup.model_construct(value=value, group=group_figures(counts, knowledge))
        for value, counts in values.items()
    ]
    groups.sort(key=lambda one: (-one.group.samples, one.value))
    return ColumnGroups.model_construct(column=name, values=groups)


def _agents(knowledge: Knowledge) -> list[TrialAgent]:
    return [
        TrialAgent.model_construct(
            agent=row.agent,
            name=row.name,
            strategy=strategy_of(row),
            action=row.action,
            mirna=row.mirna,
            direction=direction_of(row),
            eligibility_marker=row.eligibility_marker,
            conflict_of_interest=row.conflict_of_interest,
            trials=[
                AgentTrial.model_construct(
                    nct_id=trial.nct_id or None,
                    phase=trial.phase,
                    status=trial.status,
                    status_source=trial.status_source,
                    status_as_of=trial.status_as_of,
                    stop_reasons=[
                        StopReason.model_construct(reason=stop.reason, source=stop.source, as_of=stop.as_of)
                        for stop in sorted(knowledge.stop_reasons)
                        if stop.trial == trial.trial
                    ],
                )
                for trial in trials_of(knowledge)[row.agent]
            ],
        )
        for row in oncology_agents(knowledge)
    ]


def _notes(whole: Group, by_cancer: Sequence[CancerGroup], knowledge: Knowledge) -> list[Note]:
    """Return what rules say of every profile, whatever it holds, and what holds of counting."""
    found = {"frequencies_follow_reference": _REFERENCE}
    for rule in knowledge.rule_list():
        note, first = rule.then.note, rule.when[0]
        if note and len(rule.when) == 1 and first.type == "profile" and not first.tests:
            found[note.id] = note.message
    for comparison in whole.comparisons:
        if comparison.key == "other_group":
            found["compared_with_others"] = _NOT_NORMAL.format(samples=comparison.samples, of=comparison.of)
    turned = [name for name in (_turned_round(tumor, knowledge) for tumor in by_cancer) if name]
    if turned:
        found["sign_may_be_flipped"] = _TURNED.format(tumors="; ".join(turned))
    return [Note.model_construct(id=key, message=message) for key, message in sorted(found.items())]


def _turned_round(tumor: CancerGroup, knowledge: Knowledge) -> str:
    """Return the name of a tumor of which most documented directions are reversed in most of its samples."""
    judged = [one for one in tumor.group.documented if one.confirmed or one.contradicted]
    against = sum(one.contradicted > one.confirmed for one in judged)
    least = number(knowledge.settings, "input_sign", "min_documented")
    if len(judged) < least or against < number(knowledge.settings, "input_sign", "min_reversed_share") * len(judged):
        return ""
    return f"{tumor.name}, {against} of {len(judged)}"
