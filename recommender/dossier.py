"""What the documents say of each miRNA, family and cluster in one tumor, before anything is measured.

Claims reach an identity directly, through a hairpin whose arm is not known, or through a family; a
member's claim never reaches its family. Of the levels that speak, the strongest silences the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from recommender.cancers import Tumor
from recommender.knowledge import BASKET, PAN_CANCER, Knowledge
from recommender.model.recommendation import IdentityMatch
from recommender.model.records import AgentRow, ClaimRow, NamedRow, RoleRow
from recommender.precedents import names_tumor

DIRECTION_OF = {"inhibit": "up", "restore": "down"}  # the dysregulation an action answers
ACTION_OF = {direction: action for action, direction in DIRECTION_OF.items()}


class Reach(NamedTuple):
    """How a printed name reaches an identity."""

    entity: str
    match: IdentityMatch


class Use(NamedTuple):
    """A claim as it reaches one identity."""

    claim: ClaimRow
    match: IdentityMatch


class Dossier(NamedTuple):
    """What speaks of one identity in one tumor.

    Attributes
    ----------
    level, documented : str
        The strongest level that speaks, and the direction it speaks of (``both`` where it contradicts itself).
    elsewhere, same_lineage : str
        Directions documented in other tumors, and among them in those of this lineage.
    role : str
        The established role, general or in this tumor.
    speaking : tuple of Use
        Claims of the level that speaks; empty where a trial speaks.
    others : tuple of Use
        Claims on other tumors, and across cancers where a stronger level speaks.
    agents : tuple of str
        Agents whose trials speak.
    contexts : mapping
        Context to value.
    through_family : bool
        True where the speaking claims reach it through a family alone.
    """

    entity: str
    kind: str
    level: str
    documented: str
    elsewhere: str
    same_lineage: str
    role: str
    speaking: tuple[Use, ...]
    others: tuple[Use, ...]
    agents: tuple[str, ...]
    roles: tuple[RoleRow, ...]
    contexts: Mapping[str, str]
    through_family: bool


def dossiers(knowledge: Knowledge, tumor: Tumor, metastatic: bool | None) -> Mapping[str, Dossier]:
    """Return the dossier of every identity any level speaks of in this tumor, by canonical name."""
    key = ("dossiers", tumor.row.cancer, bool(metastatic))
    found: Mapping[str, Dossier] = knowledge.remember(key, lambda: _make(knowledge, tumor, bool(metastatic)))
    return found


def reach(knowledge: Knowledge, named: NamedRow) -> Iterable[Reach]:
    """Yield every identity a printed name reaches; none for a retired entry."""
    if named.identity_kind == "mature":
        yield Reach(named.identity, "arm_assumed" if named.arm == "assumed" else "exact")
    elif named.identity_kind == "hairpin":
        for mature in knowledge.resolver.hairpins[named.identity].matures:
            if mature in knowledge.resolver.mirnas:
                yield Reach(mature, "arm_unknown")
    elif named.identity_kind in ("family", "cluster"):
        yield Reach(named.identity, "exact")
        for member in knowledge.members_of[named.identity]:
            yield Reach(member, "family_member")


def direction(directions: Iterable[str]) -> str:
    """Return one word for a set of directions.

    >>> direction(["up", "down"]), direction([])
    ('both', 'none')
    """
    found = set(directions)
    return "both" if len(found) > 1 else found.pop() if found else "none"


def _index(
    knowledge: Knowledge,
) -> tuple[dict[str, list[Use]], dict[str, list[RoleRow]], dict[str, dict[str, str]]]:
    claims: dict[str, list[Use]] = {}
    roles: dict[str, list[RoleRow]] = {}
    contexts: dict[str, dict[str, str]] = {}
    for claim in knowledge.claims:
        for to in reach(knowledge, knowledge.identity_of[claim.mirna_as_printed]):
            claims.setdefault(to.entity, []).append(Use(claim, to.match))
    for role in knowledge.roles:
        for to in reach(knowledge, knowledge.identity_of[role.mirna_as_printed]):
            roles.setdefault(to.entity, []).append(role)
    for context in knowledge.contexts:
        for to in reach(knowledge, knowledge.identity_of[context.mirna_as_printed]):
            holders = [to.entity]
            if context.context == "timing":  # gates pass to families that hold the miRNA
                holders += knowledge.family_of.get(to.entity, ())
            for entity in holders:
                contexts.setdefault(entity, {})[context.context] = context.value
    return claims, roles, contexts


def _make(knowledge: Knowledge, tumor: Tumor, metastatic: bool) -> Mapping[str, Dossier]:
    claims, roles, contexts = knowledge.remember("claims by identity", lambda: _index(knowledge))
    trials = trial_directions(knowledge, tumor)
    result: dict[str, Dossier] = {}
    for entity in sorted({*claims, *trials}):
        uses = [u for u in claims.get(entity, []) if metastatic or u.claim.condition != "metastatic"]
        here = [u for u in uses if u.claim.cancer in tumor.lineage_ids]
        pan = [u for u in uses if u.claim.cancer == PAN_CANCER]
        others = [u for u in uses if u.claim.cancer not in (*tumor.lineage_ids, PAN_CANCER)]
        levels: list[tuple[str, str, list[Use], list[str]]] = [
            ("documented_here", direction(u.claim.direction for u in here), here, []),
            *(
                (
                    level,
                    direction(DIRECTION_OF[a.action] for a in agents),
                    [],
                    sorted(a.agent for a in agents),
                )
                for level, agents in trials.get(entity, {}).items()
            ),
            ("pan_cancer", direction(u.claim.direction for u in pan), pan, []),
            ("elsewhere", direction(u.claim.direction for u in others), others, []),
        ]
        level, documented, speaking, agents = next(
            (found for found in levels if found[1] != "none"), ("none", "none", [], [])
        )
        if level == "none":
            continue
        contrary = others if level in ("pan_cancer", "elsewhere") else [*others, *pan]
        lineage = [u for u in others if knowledge.vocabulary.rows[u.claim.cancer].lineage == tumor.tumor.lineage]
        valid = [r for r in roles.get(entity, []) if r.scope in ("general", *tumor.lineage_ids)]
        role = direction(r.role for r in valid)
        result[entity] = Dossier(
            entity,
            _kind(knowledge, entity),
            level,
            documented,
            direction(u.claim.direction for u in contrary),
            direction(u.claim.direction for u in lineage),
            role,
            tuple(speaking),
            tuple(contrary),
            tuple(agents),
            tuple(valid),
            contexts.get(entity, {}),
            bool(speaking) and all(u.match == "family_member" for u in speaking),
        )
    return result


def _kind(knowledge: Knowledge, entity: str) -> str:
    return next((row.kind for row in knowledge.families if row.family == entity), "mirna")


def trial_directions(knowledge: Knowledge, tumor: Tumor) -> dict[str, dict[str, list[AgentRow]]]:
    """Return, per miRNA, the levels at which trials of oncology agents speak of this tumor.

    A tumor that a trial names as its own is ``trial_indication``; a basket of advanced solid tumors reaches
    any solid tumor as ``trial_lineage``.
    """
    agent_of = {trial.trial: trial.agent for trial in knowledge.trials}
    agents = {agent.agent: agent for agent in knowledge.agents if agent.oncology == "yes"}
    found: dict[str, dict[str, dict[str, AgentRow]]] = {}
    for row in knowledge.trial_tumors:
        agent = agents.get(agent_of[row.trial])
        if agent is None or row.indication != "yes":
            continue
        if row.cancer == BASKET:
            level = "trial_lineage" if tumor.tumor.lineage == "solid" else ""
        else:
            level = "trial_indication" if names_tumor(row.cancer, tumor, knowledge) else ""
        if not level:
            continue
        found.setdefault(agent.mirna, {}).setdefault(level, {})[agent.agent] = agent
    order = ("trial_indication", "trial_lineage")
    return {
        mirna: {level: list(levels[level].values()) for level in order if level in levels}
        for mirna, levels in found.items()
    }
