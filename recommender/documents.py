"""What the knowledge holds of one miRNA, family or cluster, seen from one tumor; nothing is measured here."""

from __future__ import annotations

from collections.abc import Iterable

from recommender.appraisal import Appraisal
from recommender.dossier import Dossier, reach
from recommender.knowledge import Knowledge
from recommender.model.explanation import (
    DocumentedAgent,
    DocumentedClaim,
    DocumentedContext,
    DocumentedRole,
    DocumentedWork,
    Documents,
)
from recommender.model.recommendation import IdentityMatch
from recommender.precedents import best_match, trials_of


def documents_of(dossier: Dossier, appraisal: Appraisal, knowledge: Knowledge) -> Documents:
    """Return the documents behind a dossier, and those it leaves aside; each list in the tables' order."""
    return Documents.model_construct(
        level=dossier.level,
        documented=dossier.documented,
        elsewhere=dossier.elsewhere,
        same_lineage=dossier.same_lineage,
        role=dossier.role,
        through_family=dossier.through_family,
        claims=list(_claims(dossier, knowledge)),
        roles=list(_roles(dossier, knowledge)),
        contexts=list(_contexts(dossier, knowledge)),
        agents=list(_agents(dossier, appraisal, knowledge)),
        laboratory_work=list(_works(dossier, knowledge)),
    )


def _reached(printed: str, entity: str, knowledge: Knowledge) -> IdentityMatch | None:
    """Return how surely a printed name means an identity; None where it does not reach it."""
    found = reach(knowledge, knowledge.identity_of[printed])
    return next((to.match for to in found if to.entity == entity), None)


def _claims(dossier: Dossier, knowledge: Knowledge) -> Iterable[DocumentedClaim]:
    speaking = {use.claim.claim_id for use in dossier.speaking}
    for row in knowledge.claims:
        match = _reached(row.mirna_as_printed, dossier.entity, knowledge)
        if match:
            yield DocumentedClaim.model_construct(
                claim_id=row.claim_id,
                cancer=row.cancer,
                direction=row.direction,
                mirna_as_printed=row.mirna_as_printed,
                source=row.source,
                locator=row.locator,
                references=list(row.references),
                strength=row.strength,
                identity_match=match,
                speaks=row.claim_id in speaking,
                condition=row.condition,
            )


def _roles(dossier: Dossier, knowledge: Knowledge) -> Iterable[DocumentedRole]:
    valid = {row.role_id for row in dossier.roles}
    for row in knowledge.roles:
        if _reached(row.mirna_as_printed, dossier.entity, knowledge):
            yield DocumentedRole.model_construct(
                role_id=row.role_id,
                role=row.role,
                scope=row.scope,
                basis=row.basis,
                locator=row.locator,
                references=list(row.references),
                holds_here=row.role_id in valid,
            )


def _contexts(dossier: Dossier, knowledge: Knowledge) -> Iterable[DocumentedContext]:
    own = {dossier.entity, *knowledge.members_of.get(dossier.entity, ())}
    for row in knowledge.contexts:
        holds = dossier.contexts.get(row.context) == row.value
        if holds and any(_reached(row.mirna_as_printed, entity, knowledge) for entity in sorted(own)):
            yield DocumentedContext.model_construct(
                context_id=row.context_id,
                context=row.context,
                value=row.value,
                locator=row.locator,
                sources=list(row.sources),
            )


def _agents(dossier: Dossier, appraisal: Appraisal, knowledge: Knowledge) -> Iterable[DocumentedAgent]:
    trials = trials_of(knowledge)
    for row in knowledge.agents:
        if row.mirna == dossier.entity or row.mirna in knowledge.members_of.get(dossier.entity, ()):
            yield DocumentedAgent.model_construct(
                agent=row.agent,
                name=row.name,
                mirna=row.mirna,
                action=row.action,
                oncology=row.oncology == "yes",
                evidence_level=row.evidence_level,
                safety_level=row.safety_level,
                best_match=best_match(trials[row.agent], appraisal.tumor, knowledge),
                nct_ids=[trial.nct_id for trial in trials[row.agent] if trial.nct_id],
                speaks=row.agent in dossier.agents,
            )


def _works(dossier: Dossier, knowledge: Knowledge) -> Iterable[DocumentedWork]:
    own = {dossier.entity, *knowledge.family_of.get(dossier.entity, ())}
    for row in knowledge.preclinical:
        if knowledge.identity_of[row.mirna_as_printed].identity in own:
            yield DocumentedWork.model_construct(
                id=row.preclinical_id,
                mirna_as_printed=row.mirna_as_printed,
                action=row.action,
                references=list(row.references),
                locator=row.locator,
            )
