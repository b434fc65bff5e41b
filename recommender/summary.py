"""The answer in sentences: how it was measured, what the documents say, and what followed."""

from __future__ import annotations

from collections.abc import Iterable

from recommender.appraisal import Appraisal
from recommender.calling import Call
from recommender.dossier import Dossier
from recommender.inference import tumor_names
from recommender.inquiry import Inquiry, call_of
from recommender.knowledge import PAN_CANCER, Knowledge
from recommender.model.explanation import Documents, ExplainedStrategy
from recommender.settings import number
from recommender.subject import Subject
from recommender.vocabulary import ROLE_NAMES
from recommender.wording import failed

_FEW = 3  # how many strategies before one are named


def summarize(
    subject: Subject,
    appraisal: Appraisal,
    dossier: Dossier,
    documents: Documents,
    strategies: Iterable[ExplainedStrategy],
    inquiry: Inquiry,
    knowledge: Knowledge,
) -> list[str]:
    """Return the answer, a sentence a list item."""
    if not subject.known:
        told = "neither the review nor a trial in the knowledge speaks of it, so no rule looks at it"
        return [f"{subject.entity} is documented nowhere: {told}, however it was measured."]
    families = ", ".join(knowledge.family_of.get(subject.entity, ()))
    return [
        measured(call_of(subject.entity, appraisal), appraisal),
        documented(dossier, documents, knowledge),
        *([f"Its family is called alike and stands for it: see {families}."] * (inquiry.candidate["folded"] == "yes")),
        *(sentence for strategy in strategies for sentence in _stands(strategy, inquiry)),
    ]


def measured(call: Call, appraisal: Appraisal) -> str:
    """Return how it was measured and called, and what a call needs where there is none."""
    settings, name = appraisal.settings, call.mirna
    value = "" if call.value is None else f" ({_signed(call.value)})"
    p = "" if call.adjusted_p_value is None else f", adjusted p {call.adjusted_p_value:.2g}"
    notes = f": {'; '.join(call.notes)}" if call.notes else ""
    if call.call in ("up", "down"):
        return f"{name} is {call.call} here{value[:-1] + p + ')' if value else ''}{notes if call.members else ''}."
    if call.call == "unchanged" and call.members:
        return f"{name} is unchanged here{notes or ': none of its measured members changed'}."
    if call.call == "unchanged":
        limit = number(settings, "adjusted_p_value", "max")
        tested = f" and an adjusted p of at most {limit:g} (it is {call.adjusted_p_value:.2g})" if p else ""
        return f"{name} is unchanged here{value}: a change needs {_threshold(appraisal)} either way{tested}."
    if call.call == "low_abundance":
        floor = number(settings, "abundance", "min_reads_per_million")
        found = "" if call.reads_per_million is None else f" ({call.reads_per_million:g} reads per million)"
        return f"{name} is too low to be called{found}: {floor:g} are needed, in the tumor or in normal tissue."
    if call.call == "untested":
        return f"{name} was not tested{value}{notes or ': its adjusted p-value is null'}."
    if call.call == "ambiguous":
        return f"{name} is ambiguous here{notes}."
    if not call.as_given:
        return f"{name} is not in the profile."
    return f"{name} was not measured{notes or ': its value is null'}."


def _threshold(appraisal: Appraisal) -> str:
    if appraisal.profile.scale == "z_score":
        return f"a z-score of {number(appraisal.settings, 'z_score', 'min_abs_z_score'):g}"
    return f"a log2 ratio of {number(appraisal.settings, 'fold_change', 'min_abs_log2_ratio'):g}"


def _signed(value: float) -> str:
    return f"{value:+.2f}" if abs(value) < 1e6 else f"{value:+.2e}"


def documented(dossier: Dossier, documents: Documents, knowledge: Knowledge) -> str:
    """Return what decides of what the documents say, and the established role."""
    both = {"up": "up", "down": "down", "both": "both up and down", "none": ""}[dossier.documented]
    names = tumor_names(knowledge, (use.claim.cancer for use in dossier.speaking))
    through = ", through its family" if dossier.through_family else ""
    agents = ", ".join(agent.name for agent in documents.agents if agent.speaks)
    said = {
        "documented_here": f"The review documents it {both} in {names}{through}.",
        "trial_indication": f"Only trials in this tumor speak of it here, of {agents}: to them it counts as {both}.",
        "trial_lineage": f"Only trials in any solid tumor speak of it here, of {agents}: to them it counts as {both}.",
        "pan_cancer": f"The review says nothing of it in this tumor, and that it is {both} across cancers{through}.",
        "elsewhere": f"The review documents it in other tumors alone{through}: {_elsewhere(documents, knowledge)}.",
        "none": "Neither the review nor a trial speaks of it in this or any other tumor.",
    }[dossier.level]
    if dossier.level in ("elsewhere", "none"):  # a statement that reaches this tumor and is silent lacks its condition
        conditions = sorted({c.condition for c in documents.claims if c.condition and not c.speaks})
        said += "".join(
            f" A statement on {word} tumors would speak here; this one is not stated to be." for word in conditions
        )
    return f"{said} Established role: {ROLE_NAMES[dossier.role]}." if dossier.role != "none" else said


def _elsewhere(documents: Documents, knowledge: Knowledge) -> str:
    sides: dict[str, set[str]] = {}
    for claim in documents.claims:
        if claim.cancer != PAN_CANCER:
            sides.setdefault(claim.direction, set()).add(claim.cancer)
    return "; ".join(f"{side} in {tumor_names(knowledge, sides[side])}" for side in ("up", "down") if side in sides)


def _stands(strategy: ExplainedStrategy, inquiry: Inquiry) -> Iterable[str]:
    name = f"{strategy.action.capitalize()} {strategy.id.partition(':')[2]}"
    if strategy.rank is not None:
        kind = "strategy" if strategy.status == "proposed" else "not a strategy, explored only:"
        stands = f"{strategy.rank} of {strategy.of}, gate {strategy.gate}, tier {strategy.tier}"
        yield f"{name}: {kind} {stands}, {strategy.points} points."
        yield from (reason.message for reason in strategy.gated_by)
        before = [f"{other.strategy} ({other.by})" for other in strategy.outranked_by]
        more = f" and {len(before) - _FEW} more" if len(before) > _FEW else ""
        if before:
            yield f"Before it: {', '.join(before[:_FEW])}{more}."
    elif strategy.status == "withheld":
        yield f"{name}: withheld. {strategy.message}"
    else:
        would = [silence for silence in inquiry.silent if strategy.action == silence.rule.then.strategy]
        nearest = max(would, key=lambda silence: (silence.only_this, silence.number), default=None)
        why = f" ({failed(nearest.step, nearest.found, nearest.expected)})" if nearest else ""
        yield f"{name}: not proposed{why}."
