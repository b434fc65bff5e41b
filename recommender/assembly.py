"""Decisions to the published recommendation: ranked, explained, sorted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache

from pydantic import TypeAdapter

from recommender.appraisal import Appraisal
from recommender.calling import CallSheet
from recommender.cancers import Tumor
from recommender.decision import Decision
from recommender.dossier import Use
from recommender.facts import identity_match, targets_of
from recommender.knowledge import PAN_CANCER, Knowledge
from recommender.model.options import TargetRow
from recommender.model.profile import Profile
from recommender.model.recommendation import (
    Biomarker,
    CallRecord,
    Cancer,
    ClaimMatch,
    Context,
    Evidence,
    Flag,
    KnowledgeStamp,
    LaboratoryWork,
    Note,
    Outcome,
    Recommendation,
    SoftwareStamp,
    Source,
    Strategy,
    Withheld,
)
from recommender.model.records import CaveatRow
from recommender.precedents import precedents
from recommender.ranking import Ranked, claim_match
from recommender.settings import number
from recommender.withholding import phrases

_SEVERITY = ("serious", "caution", "info")


def assemble(
    appraisal: Appraisal, knowledge: Knowledge, knowledge_stamp: KnowledgeStamp, software_stamp: SoftwareStamp
) -> Recommendation:
    """Return the recommendation of one appraised profile."""
    profile, tumor, sheet, inference, ranked, settings, digest = appraisal

    def make(kind: str) -> list[Strategy]:
        return [_strategy(found, tumor, knowledge) for found in ranked if found.decision.kind == kind]

    strategies = make("strategy")
    exploratory = make("exploratory")
    best = int(number(settings, "exploratory", "best"))
    withheld = [_withheld(d, tumor, knowledge) for d in inference.decisions if d.reasons]
    shown = [*strategies, *exploratory[:best]]
    return Recommendation.model_construct(
        sample_id=profile.sample_id,
        outcome=_outcome(strategies, withheld, exploratory, sheet, knowledge),
        context=context_of(profile, sheet),
        cancer=cancer_of(tumor),
        strategies=strategies,
        withheld=withheld,
        exploratory=shown[len(strategies) :],
        calls=_call_records(sheet),
        unresolved=list(sheet.unresolved),
        not_in_knowledge=list(sheet.not_in_knowledge),
        notes=sorted(
            [*inference.notes, *_notes(profile, sheet, exploratory, best, knowledge)], key=lambda n: (n.id, n.message)
        ),
        sources=_sources(shown, knowledge),
        settings={table: dict(values) for table, values in sorted(settings.items())},
        knowledge=knowledge_stamp,
        software=software_stamp,
        input_sha256=digest,
    )


def context_of(profile: Profile, sheet: CallSheet) -> Context:
    """Return what of the profile decides gates and calls."""
    return Context.model_construct(
        disease_state=profile.disease_state,
        metastatic=profile.metastatic,
        specimen=profile.specimen,
        scale=profile.scale,
        reference=profile.reference.kind,
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


def _sources(strategies: list[Strategy], knowledge: Knowledge) -> list[Source]:
    """Return every source that is named, with the review, on which all rests."""
    cited = {"review"}
    for strategy in strategies:
        for flag in (*strategy.flags, *strategy.caveats):
            cited |= {part.split(":")[0].strip() for part in flag.source.split(";")}
        for precedent in strategy.precedents:
            cited |= {precedent.status_source}
            cited |= {said.source for said in precedent.claims} | {stop.source for stop in precedent.stop_reasons}
    return sources_of(cited, knowledge)


def sources_of(cited: Collection[str], knowledge: Knowledge) -> list[Source]:
    """Return the sources of some ids, by id."""
    found = [
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
    return sorted(found, key=lambda source: source.id)


def _outcome(
    strategies: list[Strategy],
    withheld: list[Withheld],
    exploratory: list[Strategy],
    sheet: CallSheet,
    knowledge: Knowledge,
) -> Outcome:
    if strategies:
        return "recommended"
    if withheld:
        return "all_withheld"
    if exploratory:
        return "exploratory_only"
    measured = any(call.call != "not_measured" for call in sheet.calls.values())
    return "no_rule_matched" if measured else "insufficient_data"


def _notes(
    profile: Profile, sheet: CallSheet, exploratory: list[Strategy], best: int, knowledge: Knowledge
) -> Iterable[Note]:
    for message in sheet.notes:
        yield Note.model_construct(id="reading", message=message[:1].upper() + message[1:] + ".")
    unknown = sorted(set(profile.target_expression) - {row.target for row in knowledge.targets if row.kind == "gene"})
    if unknown:
        genes = ", ".join(unknown)
        yield Note.model_construct(
            id="target_genes_unknown", message=f"Not among the documented target genes: {genes}."
        )
    if len(exploratory) > best:
        left = ", ".join(s.id for s in exploratory[best:])
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


def _strategy(ranked: Ranked, tumor: Tumor, knowledge: Knowledge) -> Strategy:
    rank, decision, points, parts = ranked
    call = decision.call
    assert call.call in ("up", "down")
    return Strategy.model_construct(
        rank=rank,
        id=decision.id,
        action=decision.action,
        mirna=call.mirna,
        members=sorted(call.members) or [call.mirna],
        as_given=list(call.as_given),
        call="up" if call.call == "up" else "down",
        value=call.value or 0.0,
        gate=decision.gate,
        tier=decision.tier,
        claim_match=claim_match(decision),
        points=points,
        components=list(parts),
        evidence=evidence(decision, tumor, knowledge),
        precedents=precedents(sorted(decision.agents), tumor, knowledge),
        laboratory_work=laboratory_work(decision, knowledge),
        flags=sorted(decision.flags.values(), key=_flag_order),
        caveats=caveats(decision, knowledge),
        biomarkers=biomarkers(decision, knowledge),
        trace=decision.steps(),
    )


def _flag_order(flag: Flag) -> tuple[int, str, str]:
    return (_SEVERITY.index(flag.severity), flag.id, flag.message)


def caveats(decision: Decision, knowledge: Knowledge) -> list[Flag]:
    """Return the caveats the rules attached, gravest first."""
    flags: dict[str, Flag] = knowledge.remember(
        "caveat flags", lambda: {r.caveat: _caveat(r) for r in knowledge.caveats}
    )
    return sorted([*(flags[name] for name in decision.caveats), *decision.warnings.values()], key=_flag_order)


def _caveat(row: CaveatRow) -> Flag:
    message = row.statement + (f" Mitigation: {row.mitigation}." if row.mitigation else "")
    source = "; ".join(row.sources) + (f": {row.locator}" if row.locator else "")
    return Flag.model_construct(id=row.caveat, severity=row.severity, message=message, source=source)


def laboratory_work(decision: Decision, knowledge: Knowledge) -> list[LaboratoryWork]:
    """Return the preclinical work the rules met, by id."""
    return [
        LaboratoryWork.model_construct(
            id=row.preclinical_id,
            mirna_as_printed=row.mirna_as_printed,
            references=list(row.references),
            locator=row.locator,
        )
        for row in sorted(knowledge.preclinical)
        if row.preclinical_id in decision.preclinical
    ]


def biomarkers(decision: Decision, knowledge: Knowledge) -> list[Biomarker]:
    """Return what to measure to see whether an agent hits its target; what a trial measured first."""
    acted = {decision.call.mirna, *decision.call.members_called}
    rows: dict[str, list[TargetRow]] = {}
    for row, reached in targets_of(knowledge):
        if row.target in decision.biomarkers and reached & acted:
            rows.setdefault(row.target, []).append(row)
    found = [_biomarker(name, group, decision.action) for name, group in rows.items()]
    return [biomarker for _, _, biomarker in sorted(found, key=lambda item: item[:2])]


def _biomarker(name: str, rows: list[TargetRow], action: str) -> tuple[bool, str, Biomarker]:
    measured = any(row.pharmacodynamic == "yes" for row in rows)
    names = sorted({row.as_printed for row in rows if row.as_printed != name})
    if rows[0].kind == "mirna":
        expected = f"the level itself should {'fall' if action == 'inhibit' else 'rise'}"
    else:
        expected = f"a documented target that should {'rise' if action == 'inhibit' else 'fall'}"
    message = expected + ("; measured in an oncology trial of the agent" if measured else "")
    message += f"; printed as {', '.join(names)}" if names else ""
    source = "; ".join(sorted({f"{source}: {row.locator}" for row in rows for source in row.sources}))
    return not measured, name, Biomarker.model_construct(id=name, name=name, message=message, source=source)


def evidence(decision: Decision, tumor: Tumor, knowledge: Knowledge) -> list[Evidence]:
    """Return the claims of the level that speaks, and those across cancers that agree with it."""
    dossier = decision.dossier
    pan = [u for u in dossier.others if u.claim.cancer == PAN_CANCER and u.claim.direction == dossier.documented]
    found = [_evidence(use, decision, tumor, knowledge) for use in (*dossier.speaking, *pan)]
    return sorted(found, key=lambda e: (e.claim_match != "same_tumor", e.claim_id))


def _evidence(use: Use, decision: Decision, tumor: Tumor, knowledge: Knowledge) -> Evidence:
    claim = use.claim
    return Evidence.model_construct(
        claim_id=claim.claim_id,
        cancer=claim.cancer,
        mirna_as_printed=claim.mirna_as_printed,
        direction=claim.direction,
        source=claim.source,
        locator=claim.locator,
        references=list(claim.references),
        claim_match=_match_of(claim.cancer, tumor, knowledge),
        identity_match=identity_match(decision.call, decision.dossier, use.match),
    )


def _match_of(cancer: str, tumor: Tumor, knowledge: Knowledge) -> ClaimMatch:
    if cancer in tumor.lineage_ids:
        return "same_tumor"
    if cancer != PAN_CANCER and knowledge.vocabulary.rows[cancer].lineage == tumor.tumor.lineage:
        return "same_lineage"
    return "pan_cancer"


def _withheld(decision: Decision, tumor: Tumor, knowledge: Knowledge) -> Withheld:
    call = decision.call
    told = phrases(decision, knowledge)
    past = {"inhibit": "inhibited", "restore": "restored"}[decision.action]
    return Withheld.model_construct(
        id=decision.id,
        action=decision.action,
        mirna=call.mirna,
        members=sorted(call.members) or [call.mirna],
        call=call.call,
        value=call.value,
        reasons=[reason for reason, _ in told],
        message=f"Not {past}: " + "; ".join(phrase for _, phrase in told) + ".",
        evidence=evidence(decision, tumor, knowledge),
        trace=decision.steps(),
    )
