"""Decisions to the published recommendation: ranked, explained, sorted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache

from pydantic import TypeAdapter

from recommender.appraisal import Appraisal
from recommender.calling import CallSheet
from recommender.cancers import Tumor
from recommender.knowledge import Knowledge
from recommender.model.profile import Profile
from recommender.model.recommendation import (
    CallRecord,
    Cancer,
    Context,
    Evidence,
    KnowledgeStamp,
    Note,
    Outcome,
    Recommendation,
    SoftwareStamp,
    Source,
    Strategy,
)
from recommender.settings import number
from recommender.strategies import option_texts, strategy, withheld
from recommender.version import __version__


def assemble(appraisal: Appraisal, knowledge: Knowledge) -> Recommendation:
    """Return the recommendation of one appraised profile."""
    profile, tumor, sheet, inference, ranked, settings, digest = appraisal

    best = int(number(settings, "exploratory", "best"))
    explored = [found for found in ranked if found.decision.kind == "exploratory"]
    strategies = [strategy(found, tumor, knowledge) for found in ranked if found.decision.kind == "strategy"]
    exploratory = [strategy(found, tumor, knowledge) for found in explored[:best]]
    kept_back = [withheld(d, tumor, knowledge) for d in inference.decisions if d.reasons]
    claims = [claim for found in kept_back for claim in found.evidence]
    shown = [*strategies, *exploratory]
    reading = _notes(profile, sheet, [found.decision.id for found in explored[best:]], best, knowledge)
    return Recommendation.model_construct(
        sample_id=profile.sample_id,
        outcome=outcome_of(appraisal),
        context=context_of(profile, sheet),
        cancer=cancer_of(tumor),
        strategies=strategies,
        withheld=kept_back,
        exploratory=exploratory,
        calls=_call_records(sheet),
        unresolved=list(sheet.unresolved),
        not_in_knowledge=list(sheet.not_in_knowledge),
        notes=sorted([*inference.notes, *reading], key=lambda n: (n.id, n.message)),
        options=option_texts(shown, knowledge),
        sources=_sources(shown, claims, knowledge),
        settings={table: dict(values) for table, values in sorted(settings.items())},
        knowledge=stamp_of(knowledge),
        software=SoftwareStamp.model_construct(version=__version__),
        input_sha256=digest,
    )


def stamp_of(knowledge: Knowledge) -> KnowledgeStamp:
    """Return which knowledge answered."""
    return KnowledgeStamp.model_construct(
        version=knowledge.version, sha256=knowledge.sha256, packs=list(knowledge.packs)
    )


def context_of(profile: Profile, sheet: CallSheet) -> Context:
    """Return what of the profile decides gates and calls."""
    return Context.model_construct(
        disease_state=profile.disease_state,
        metastatic=profile.metastatic,
        specimen=profile.specimen,
        scale=profile.scale,
        reference=sheet.reference,
        comparison=sheet.comparison,
    )


def cancer_of(tumor: Tumor) -> Cancer:
    """Return the tumor as published."""
    return Cancer.model_construct(
        id=tumor.tumor.cancer,
        name=tumor.tumor.name,
        as_given=tumor.as_given,
        lineage=tumor.tumor.lineage,
        subtype=tumor.row.cancer if tumor.row.cancer != tumor.tumor.cancer else None,
    )


def _sources(strategies: list[Strategy], claims: list[Evidence], knowledge: Knowledge) -> list[Source]:
    """Return every source that is named, with the review, on which all rests."""
    cited = {"review"}
    for claim in (*claims, *(claim for found in strategies for claim in found.evidence)):
        cited |= {claim.source, *claim.references}
    for found in strategies:
        options = (*found.modalities, *found.chemistries, *found.delivery)
        lines = [flag.source for flag in (*found.flags, *found.caveats)]
        lines += [option.source for option in options]
        lines += [marker.source for marker in found.biomarkers]
        lines += [combination.source for combination in found.combinations]
        cited |= {part.split(":")[0].strip() for line in lines for part in line.split(";")}
        cited |= {reference for work in found.laboratory_work for reference in work.references}
        cited |= {reference for option in options for reference in option.references}
        for precedent in found.precedents:
            cited |= {precedent.status_source}
            cited |= {said.source for said in precedent.claims} | {stop.source for stop in precedent.stop_reasons}
    return sources_of(cited, knowledge)


def sources_of(cited: Collection[str], knowledge: Knowledge) -> list[Source]:
    """Return the sources of some ids, by id."""
    rows = [
        Source.model_construct(
            id=row.source,
            kind=row.kind,
            citation=row.citation,
            doi=row.doi or None,
            pmid=row.pmid or None,
            as_of=row.as_of,
        )
        for row in knowledge.sources
        if row.source in cited
    ]
    return sorted(rows, key=lambda source: source.id)


def outcome_of(appraisal: Appraisal) -> Outcome:
    """Return what came of a profile."""
    if any(found.decision.kind == "strategy" for found in appraisal.ranked):
        return "recommended"
    if any(decision.reasons for decision in appraisal.inference.decisions):
        return "all_withheld"
    if appraisal.ranked:
        return "exploratory_only"
    measured = any(call.call != "not_measured" for call in appraisal.sheet.calls.values())
    return "no_rule_matched" if measured else "insufficient_data"


def _notes(profile: Profile, sheet: CallSheet, left_out: list[str], best: int, knowledge: Knowledge) -> Iterable[Note]:
    for message in sheet.notes:
        yield Note.model_construct(id="reading", message=message[:1].upper() + message[1:] + ".")
    if profile.reference.description:
        # shown, not interpreted: that fold changes are a group's stands there, and must not be lost on the way
        yield Note.model_construct(
            id="reference", message=f"Reference, as stated: {profile.reference.description.rstrip('.')}."
        )
    unknown = sorted(set(profile.target_expression) - {row.target for row in knowledge.targets if row.kind == "gene"})
    if unknown:
        genes = ", ".join(unknown)
        yield Note.model_construct(
            id="target_genes_unknown", message=f"Not among the documented target genes: {genes}."
        )
    if left_out:
        left = ", ".join(left_out)
        yield Note.model_construct(
            id="exploratory_cut",
            message=f"Only the best {best} exploratory strategies are listed; left out: {left}.",
        )


def _call_records(sheet: CallSheet) -> list[CallRecord]:
    rows = [
        {
            "mirna": call.mirna,
            "as_given": call.as_given,
            "call": call.call,
            "value": call.value,
            "adjusted_p_value": call.adjusted_p_value,
            "reads_per_million": call.reads_per_million,
            "notes": call.notes,
        }
        for call in sheet.calls.values()
    ]
    # hundreds a profile: one validation of the list is ten times faster than building each
    return _call_list().validate_python(rows)


@cache
def _call_list() -> TypeAdapter[list[CallRecord]]:
    return TypeAdapter(list[CallRecord])
