"""One decision as it is published: evidence, precedents, options, caveats, readouts, combinations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from recommender.cancers import Tumor
from recommender.class_facts import OptionRow, options_of
from recommender.decision import Decision, Offer
from recommender.dossier import Use
from recommender.facts import identity_match
from recommender.knowledge import PAN_CANCER, Knowledge
from recommender.model.options import Axis, CombinationRow, TargetRow
from recommender.model.recommendation import (
    SEVERITIES,
    Biomarker,
    ClaimMatch,
    Combination,
    Documented,
    Evidence,
    Flag,
    LaboratoryWork,
    Option,
    OptionPrecedent,
    OptionText,
    Strategy,
    Withheld,
)
from recommender.model.records import CaveatRow
from recommender.precedents import class_precedents, precedents
from recommender.ranking import Ranked, claim_match
from recommender.strategy_facts import documented_for, targets_of
from recommender.withholding import phrases


def strategy(ranked: Ranked, tumor: Tumor, knowledge: Knowledge) -> Strategy:
    """Return an accepted decision as a strategy."""
    rank, decision, points, parts = ranked
    call = decision.call
    offered: dict[Axis, list[Option]] = {axis: options(decision, axis, knowledge) for axis in AXES}
    of_class = {
        a for axis in AXES for o in decision.offered(axis).values() for found in o.precedents.values() for a in found
    }
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
        modalities=offered["modality"],
        chemistries=offered["chemistry"],
        delivery=offered["delivery"],
        evidence=evidence(decision, tumor, knowledge),
        precedents=precedents(sorted(decision.agents), tumor, knowledge),
        class_precedents=class_precedents(of_class, sorted(decision.agents), tumor, knowledge),
        laboratory_work=laboratory_work(decision, knowledge),
        flags=sorted(decision.flags.values(), key=flag_order),
        caveats=caveats(decision, knowledge),
        biomarkers=biomarkers(decision, tumor, knowledge),
        combinations=combinations(decision, knowledge),
        trace=decision.steps(),
    )


def flag_order(flag: Flag) -> tuple[int, str, str]:
    """Return the order of flags and caveats: the gravest first."""
    return (SEVERITIES.index(flag.severity), flag.id, flag.message)


def caveats(decision: Decision, knowledge: Knowledge) -> list[Flag]:
    """Return the caveats the rules attached, to the strategy or to an option on offer, gravest first."""
    found = _flags(decision.caveats | decision.of_class.caveats, decision.warnings, knowledge)
    for axis in AXES:
        for offer in decision.offered(axis).values():
            found += _flags(offer.caveats, offer.warnings, knowledge)
    unique = {(flag.id, flag.message): flag for flag in found}
    return sorted(unique.values(), key=flag_order)


def _flags(names: Iterable[str], warnings: dict[str, Flag], knowledge: Knowledge) -> list[Flag]:
    flags: dict[str, Flag] = knowledge.remember(
        "caveat flags", lambda: {r.caveat: _caveat(r) for r in knowledge.caveats}
    )
    return [*(flags[name] for name in names), *warnings.values()]


def _caveat(row: CaveatRow) -> Flag:
    message = f"{row.trigger}: {row.consequence}." + (f" Mitigation: {row.mitigation}." if row.mitigation else "")
    source = sources(row.sources, row.locator, row.references)
    return Flag.model_construct(id=row.caveat, severity=row.severity, message=message, source=source, topic=row.topic)


AXES: tuple[Axis, ...] = ("modality", "chemistry", "delivery")
SAFETY_ORDER = ("none_established", "dose_limiting_toxicity", "stopped_for_safety")
PRECEDENT_ORDER: tuple[OptionPrecedent, ...] = get_args(OptionPrecedent)


def options(decision: Decision, axis: Axis, knowledge: Knowledge) -> list[Option]:
    """Return the options of one axis, in order.

    What is known of the patient puts an option behind, and modifiers of a carrier come last; else precedent
    decides (this very miRNA, its class, outside oncology, the laboratory, an idea), then how the agents behind it
    fared, and how many they are.
    """
    rows = options_of(knowledge)
    kept = decision.of_class.published
    made: list[Option] = []
    for name, offer in decision.offered(axis).items():
        if (axis, name) in decision.options:
            made.append(_option(rows[axis, name], offer, knowledge))
            continue
        if (axis, name) not in kept:
            kept[axis, name] = _option(rows[axis, name], offer, knowledge)
        made.append(kept[axis, name])
    kinds = {row[0]: getattr(row, "kind", "") for (on, _), row in rows.items() if on == axis}

    fared = {agent.name: SAFETY_ORDER.index(agent.safety_level) for agent in knowledge.agents}

    def order(option: Option) -> tuple[bool, bool, int, int, int, int, str]:
        gravest = SEVERITIES.index(option.severity) if option.severity else len(SEVERITIES)
        return (
            kinds[option.id] == "modifier",
            bool(option.demoted_by),
            PRECEDENT_ORDER.index(option.precedent),
            max((fared[name] for name in option.agents), default=0),
            -len(option.agents),
            -gravest,
            option.id,
        )

    return sorted(made, key=order)


def _option(row: OptionRow, offer: Offer, knowledge: Knowledge) -> Option:
    found = sorted(_flags(offer.caveats, offer.warnings, knowledge), key=flag_order)
    best = min(offer.precedents, key=PRECEDENT_ORDER.index)
    names = {agent.agent: agent.name for agent in knowledge.agents}
    human = offer.precedents.get(best, set()) if best in ("this_mirna", "this_class") else set()
    return Option.model_construct(
        id=row[0],
        name=row.name,
        precedent=best,
        agents=sorted(names[a] for a in human),
        tolerability_agents=sorted(names[a] for a in offer.precedents.get("outside_oncology", ())),
        references=_references(offer.work, knowledge),
        severity=found[0].severity if found else None,
        demoted_by=sorted(flag.id for flag in offer.warnings.values() if flag.severity != "info"),
        caveats=sorted({flag.id for flag in found}),
        source=sources(row.sources, row.locator, row.references),
    )


def _references(work: Iterable[str], knowledge: Knowledge) -> list[str]:
    wanted = set(work)
    rows = [(row.option_work, row.references) for row in knowledge.option_work]
    rows += [(row.preclinical_id, row.references) for row in knowledge.preclinical]
    found = {ref for name, references in rows if name in wanted for ref in references}
    return sorted(found, key=lambda ref: (not ref.isdigit(), ref.zfill(3)))


def option_texts(strategies: Iterable[Strategy], knowledge: Knowledge) -> list[OptionText]:
    """Return what is said in general of every option that some strategy names, each once."""
    named = {
        (axis, option.id)
        for s in strategies
        for axis, found in (("modality", s.modalities), ("chemistry", s.chemistries), ("delivery", s.delivery))
        for option in found
    }
    return [
        OptionText.model_construct(
            id=row[0],
            axis=axis,
            kind=getattr(row, "kind", axis),
            name=row.name,
            purpose=row.purpose,
            advantages=row.advantages,
            limits=row.limits,
            toxicities=row.toxicities,
            maturity=row.maturity,
            references=list(row.references),
            source=sources(row.sources, row.locator, ()),
        )
        for (axis, name), row in options_of(knowledge).items()
        if (axis, name) in named
    ]


def sources(ids: Iterable[str], locator: str, references: Iterable[str]) -> str:
    """Return sources in one line; the first of them with the place in it, and the references it cites there."""
    first, *others = ids
    cited = ", ".join(references)
    place = " ".join(filter(None, (locator, f"[{cited}]" if cited else "")))
    return "; ".join((f"{first}: {place}" if place else first, *others))


def combinations(decision: Decision, knowledge: Knowledge) -> list[Combination]:
    """Return what the strategy could be combined with, and what other strategies of the profile mean for it."""
    rows: dict[str, CombinationRow] = {row.combination: row for row in knowledge.combinations}
    found = [
        Combination.model_construct(
            id=row.combination,
            kind="treatment",
            partner=row.partner,
            goal=row.goal,
            evidence=row.evidence,
            message=row.statement,
            source=sources(row.sources, row.locator, row.references),
        )
        for row in map(rows.__getitem__, decision.combinations | decision.of_class.combinations)
    ]
    return sorted(
        [*found, *decision.pairs.values()],
        key=lambda c: (c.kind == "treatment", c.evidence == "hypothesis", c.id, c.message),
    )


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


def biomarkers(decision: Decision, tumor: Tumor, knowledge: Knowledge) -> list[Biomarker]:
    """Return what to measure, what an oncology trial measured first; last the processes it is said to move."""
    acted = {decision.call.mirna, *decision.call.members_called}
    rows: dict[str, list[TargetRow]] = {}
    for row, reached in targets_of(knowledge):
        if row.target in decision.biomarkers and reached & acted:
            rows.setdefault(row.target, []).append(row)
    found = [_biomarker(name, group, decision, tumor) for name, group in rows.items()]
    return [biomarker for _, biomarker in sorted(found, key=lambda item: item[0])]


_DOCUMENTED: tuple[Documented, ...] = ("this_tumor", "in_general", "other_tumors")
_MOVES = {
    ("inhibit", "represses"): "rise",
    ("restore", "represses"): "fall",
    ("inhibit", "promotes"): "fall",
    ("restore", "promotes"): "rise",
    ("inhibit", "level"): "fall",
    ("restore", "level"): "rise",
}


def _biomarker(
    name: str, rows: list[TargetRow], decision: Decision, tumor: Tumor
) -> tuple[tuple[bool, bool, bool, str], Biomarker]:
    nearest = min((documented_for(row, tumor) for row in rows), key=_DOCUMENTED.index)
    rows = [row for row in rows if documented_for(row, tumor) == nearest or row.pharmacodynamic != "no"]
    outside = all(row.pharmacodynamic == "outside_oncology" for row in rows)
    measured = any(row.pharmacodynamic == "yes" for row in rows)
    first = rows[0]
    move = _MOVES.get((decision.action, first.effect))
    what = {"gene": "a documented target that ", "mirna": "the level itself ", "pathway": ""}[first.kind]
    expected = f"{what}should {move}" if move else f"{what}direction not stated"
    if outside:
        expected += " where the agent arrives; shown outside oncology alone, no tumor biomarker"
    elif measured:
        expected += "; measured in an oncology trial of the agent"
    elif nearest == "other_tumors":
        expected += "; documented in other tumors"
    names = sorted({row.as_printed for row in rows if row.as_printed != name})
    expected += f"; printed as {', '.join(names)}" if names and first.kind == "gene" else ""
    source = "; ".join(sorted({sources(row.sources, row.locator, row.references) for row in rows}))
    marker = Biomarker.model_construct(
        id=name,
        kind=first.kind,
        name=name,
        documented="outside_oncology" if outside else nearest,
        message=expected,
        source=source,
    )
    return (first.kind == "pathway", outside, not measured, name), marker


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
        identity_match=identity_match(decision.call.measured_as, decision.dossier, use.match),
    )


def _match_of(cancer: str, tumor: Tumor, knowledge: Knowledge) -> ClaimMatch:
    if cancer in tumor.lineage_ids:
        return "same_tumor"
    if cancer != PAN_CANCER and knowledge.vocabulary.rows[cancer].lineage == tumor.tumor.lineage:
        return "same_lineage"
    return "pan_cancer"


def withheld(decision: Decision, tumor: Tumor, knowledge: Knowledge) -> Withheld:
    """Return a decision that something forbids, with every reason."""
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
