"""``explain()``: what every rule said of one miRNA or strategy, and what would have to change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from recommender.additions import additions
from recommender.appraisal import Appraisal, appraise, load_normals
from recommender.assembly import cancer_of, context_of, sources_of
from recommender.conclusions import cite
from recommender.counterfactual.case import Case
from recommender.counterfactual.edits import Edit
from recommender.counterfactual.obstacles import obstacles
from recommender.counterfactual.search import Outcome, search
from recommender.cuts import Silence, steps
from recommender.documents import documents_of
from recommender.dossier import DIRECTION_OF, Dossier
from recommender.inquiry import Fired, call_of, dossier_of, inquire
from recommender.knowledge import Knowledge, load_knowledge
from recommender.model.explanation import (
    Change,
    Counterfactual,
    ExplainedCall,
    ExplainedStrategy,
    ExplainedSubject,
    Explanation,
    FiredRule,
    HeldBack,
    MatchedFact,
    Outranked,
    Reached,
    SilentRule,
    Way,
)
from recommender.model.profile import Profile
from recommender.model.recommendation import Action, KnowledgeStamp, SoftwareStamp
from recommender.pipeline import chosen_settings, input_digest
from recommender.ranking import Ranked
from recommender.readers.profile import as_profile
from recommender.reasons import Reason, gated, outranked
from recommender.standing import Standing, standing_in
from recommender.subject import Subject, find_subject
from recommender.summary import summarize
from recommender.version import __version__
from recommender.withholding import phrases
from recommender.wording import may_change


def explain(
    profile: Profile | dict[str, Any] | str | Path,
    subject: str,
    *,
    reference: Any = None,
    knowledge: Knowledge | None = None,
    settings: Mapping[str, Any] | str | Path | None = None,
) -> Explanation:
    """Return why a miRNA's strategies stand where they do, rule by rule. Research use only.

    Parameters
    ----------
    profile : Profile, dict or path
    subject : str
        A miRNA, family or cluster in any spelling, or a strategy as ``inhibit:NAME`` or ``restore:NAME``.
    reference, knowledge, settings
        As for :func:`recommender.recommend`.

    Returns
    -------
    Explanation
        The same input gives the same value.

    Raises
    ------
    InputError
        The profile, the reference or the subject is refused.
    SettingsError, KnowledgeError
        Settings or knowledge are refused.

    Examples
    --------
    >>> result = explain({
    ...     "sample_id": "HCC-0042", "cancer": "hepatocellular carcinoma", "disease_state": "relapsed_refractory",
    ...     "scale": "log2_fold_change", "reference": {"kind": "normal_cohort", "samples": 50},
    ...     "expression": {"hsa-miR-221-3p": 0.6}}, "miR-221")
    >>> way = result.counterfactuals[0].ways[0]
    >>> way.changes[0].field, way.changes[0].before, way.changes[0].after
    ('expression.hsa-miR-221-3p', 0.6, 1.0)
    """
    known = knowledge if knowledge is not None else load_knowledge()
    used = chosen_settings(known, settings)
    given = as_profile(profile, known.vocabulary)
    asked = find_subject(subject, known)
    normals = load_normals(reference, given, known, used)
    appraisal = appraise(given, known, used, normals)._replace(digest=input_digest(given))
    return _explanation(asked, appraisal, known, normals)


def _explanation(subject: Subject, appraisal: Appraisal, knowledge: Knowledge, reference: Any) -> Explanation:
    dossier = dossier_of(subject, appraisal, knowledge)
    documents = documents_of(dossier, appraisal, knowledge)
    inquiry = inquire(subject, appraisal, knowledge)
    strategies = [_strategy(action, subject, appraisal, knowledge) for action in _actions(subject, dossier, appraisal)]
    counterfactuals = [
        counterfactual
        for strategy in strategies
        for counterfactual in _counterfactuals(strategy.action, subject, appraisal, knowledge, reference)
    ]
    fired = [_fired(found, subject, appraisal) for found in inquiry.fired]
    silent = [_silent(found) for found in inquiry.silent]
    rules = [*(found.rule for found in inquiry.fired), *(found.rule for found in inquiry.silent)]
    cited = {citation.cite for rule in rules for citation in rule.source}
    return Explanation.model_construct(
        sample_id=appraisal.profile.sample_id,
        cancer=cancer_of(appraisal.tumor),
        context=context_of(appraisal.profile, appraisal.sheet),
        subject=ExplainedSubject.model_construct(
            as_given=subject.as_given,
            mirna=subject.entity,
            kind=subject.kind,
            action=subject.action,
            members=list(knowledge.members_of.get(subject.entity, ())),
            known=subject.known,
        ),
        summary=summarize(subject, appraisal, dossier, documents, strategies, inquiry, knowledge),
        call=_call(subject, appraisal),
        documents=documents,
        strategies=strategies,
        counterfactuals=counterfactuals,
        second_stratum=inquiry.asked.id if inquiry.asked else None,
        fired=fired,
        silent=silent,
        sources=sources_of(cited, knowledge),
        settings={table: dict(values) for table, values in sorted(appraisal.settings.items())},
        knowledge=KnowledgeStamp.model_construct(
            version=knowledge.version, sha256=knowledge.sha256, packs=list(knowledge.packs)
        ),
        software=SoftwareStamp.model_construct(version=__version__),
        input_sha256=appraisal.digest,
    )


def _actions(subject: Subject, dossier: Dossier, appraisal: Appraisal) -> list[Action]:
    """Return the action asked about; of a miRNA those decided on and those the documents suggest."""
    if not subject.known:
        return []
    if subject.action:
        return [subject.action]
    decided = {d.action for d in appraisal.inference.decisions if d.call.mirna == subject.entity}
    suggested = {a for a in get_args(Action) if dossier.documented in (DIRECTION_OF[a], "both")}
    return [action for action in get_args(Action) if action in decided | suggested]


def _call(subject: Subject, appraisal: Appraisal) -> ExplainedCall:
    call = call_of(subject.entity, appraisal)
    return ExplainedCall.model_construct(
        call=call.call,
        as_given=list(call.as_given),
        value=call.value,
        adjusted_p_value=call.adjusted_p_value,
        reads_per_million=call.reads_per_million,
        measured_as=call.measured_as,
        members_called=list(call.members_called),
        notes=list(call.notes),
    )


def _reached(standing: Standing) -> dict[str, Any]:
    found = {name: value for name, value in standing._asdict().items() if name != "held"}
    return found if standing.rank else {**found, "rank": None, "of": None}


def _strategy(action: Action, subject: Subject, appraisal: Appraisal, knowledge: Knowledge) -> ExplainedStrategy:
    id_ = f"{action}:{subject.entity}"
    decision = next((d for d in appraisal.inference.decisions if d.id == id_), None)
    ranked = next((r for r in appraisal.ranked if r.decision.id == id_), None)
    told = phrases(decision, knowledge) if decision else []
    message = "; ".join(phrase for _, phrase in told)
    return ExplainedStrategy.model_construct(
        id=id_,
        action=action,
        components=list(ranked.components) if ranked else [],
        gated_by=_held_back(gated(ranked.decision, knowledge)) if ranked else [],
        outranked_by=_outranked(ranked, appraisal) if ranked else [],
        reasons=[reason for reason, _ in told],
        message=f"{message[:1].upper()}{message[1:]}." if message else "",
        **_reached(standing_in(id_, appraisal, knowledge)),
    )


def _held_back(reasons: Iterable[Reason]) -> list[HeldBack]:
    return [HeldBack.model_construct(rules=list(found.rules), message=found.message) for found in reasons]


def _outranked(ranked: Ranked, appraisal: Appraisal) -> list[Outranked]:
    alike = (other for other in appraisal.ranked if other.decision.kind == ranked.decision.kind)
    return [Outranked.model_construct(strategy=id_, by=by) for id_, by in outranked(alike, ranked.decision.id)]


def _counterfactuals(
    action: Action, subject: Subject, appraisal: Appraisal, knowledge: Knowledge, reference: Any
) -> Iterable[Counterfactual]:
    case = Case(appraisal, knowledge, reference, subject.entity, action)
    for outcome in search(case):
        yield Counterfactual.model_construct(
            strategy=f"{action}:{subject.entity}",
            goal=outcome.goal,
            met=outcome.met,
            ways=[
                Way.model_construct(
                    changes=list(map(_change, way.edits)),
                    moves=list(way.moves),
                    loses_gate=way.loses_gate,
                    reaches=Reached.model_construct(**_reached(way.standing)),
                )
                for way in outcome.ways
            ],
            **_stuck(outcome, case),
        )


def _stuck(outcome: Outcome, case: Case) -> dict[str, Any]:
    if outcome.best is None:
        return {}
    best = standing_in(f"{case.action}:{case.entity}", outcome.best, case.knowledge)
    return {
        "obstacles": _held_back(obstacles(outcome.goal, case, outcome.best)),
        "best": Reached.model_construct(**_reached(best)),
    }


def _change(edit: Edit) -> Change:
    return Change.model_construct(field=".".join(edit.path), path=list(edit.path), before=edit.before, after=edit.after)


def _fired(found: Fired, subject: Subject, appraisal: Appraisal) -> FiredRule:
    decisions = [d for d in appraisal.inference.decisions if d.call.mirna == subject.entity]
    tested = {condition.alias: list(condition.tests) for condition in found.rule.when}
    return FiredRule.model_construct(
        rule=found.rule.id,
        stratum=found.rule.stratum,
        title=found.rule.title,
        adds=additions(found.rule, decisions),
        effective=found.effective,
        matches=[
            [
                MatchedFact.model_construct(alias=alias, fact=dict(fact), tested=tested[alias])
                for alias, fact in matched.items()
            ]
            for matched in found.matches
        ],
        source=cite(found.rule),
    )


def _silent(found: Silence) -> SilentRule:
    return SilentRule.model_construct(
        rule=found.rule.id,
        stratum=found.rule.stratum,
        title=found.rule.title,
        would_add=additions(found.rule),
        condition=found.step.alias,
        type=found.step.type,
        field=found.step.field or None,
        expected=list(found.expected),
        found=list(found.found),
        step=found.number,
        steps=len(steps(found.rule)),
        only_this=found.only_this,
        may_change=may_change(found.step),
    )
