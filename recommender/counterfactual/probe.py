"""Where a strategy would stand after some changes, found with as little work as gives the same answer.

A probe calls the profile anew, but asks the rules about few candidates, and measures nothing that cannot
touch them. What it finds is verified on the whole profile before anybody is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recommender.calling import CallSheet, call_profile
from recommender.counterfactual.case import Case, spellings
from recommender.counterfactual.edits import Edits, apply_edits
from recommender.errors import InputError
from recommender.inference import infer
from recommender.knowledge import Knowledge
from recommender.model.profile import Measurement, Profile
from recommender.ranking import cluster_mates, rank
from recommender.siblings import siblings
from recommender.standing import Standing, standing

_MEASURED = ("expression", "reference")  # what calls depend on


class Probe:
    """Tries changes of one profile.

    Attributes
    ----------
    rivals : list of frozenset of str
        miRNAs of strategies that could stand before the one in question: one of them, then all. Who does not
        pass the first need not face the others.
    """

    def __init__(self, case: Case) -> None:
        self._case = case
        self._strategy = f"{case.action}:{case.entity}"
        self._whole = False
        self._profile = reduced(case, {case.entity})
        self._seen: dict[tuple[object, ...], Standing] = {}
        self._sheets: dict[tuple[object, ...], CallSheet | None] = {}
        self.rivals: list[frozenset[str]] = [frozenset()]

    def face(self, mirnas: Sequence[str]) -> None:
        """Take these as rivals, the strongest first."""
        self.rivals = [frozenset(mirnas[:1]), frozenset(mirnas)]
        self._start(reduced(self._case, {self._case.entity, *mirnas}))

    def look_at_all(self) -> None:
        """Leave nothing out from now on."""
        self._whole = True
        self._start(self._case.base.profile)

    def _start(self, profile: Profile) -> None:
        self._profile = profile
        self._seen.clear()
        self._sheets.clear()

    def alone(self, edits: Edits) -> Standing:
        """Return where the strategy would stand, its rank left open."""
        return self.among(frozenset(), edits)

    def among(self, rivals: frozenset[str], edits: Edits) -> Standing:
        """Return where the strategy would stand among some rivals."""
        key = (rivals, *sorted(edits.items(), key=lambda item: item[0]))
        if key not in self._seen:
            self._seen[key] = self._stand(edits, rivals)
        return self._seen[key]

    def _stand(self, edits: Edits, rivals: frozenset[str]) -> Standing:
        base, knowledge, settings = self._case.base, self._case.knowledge, self._case.base.settings
        profile = apply_edits(self._profile, edits)
        sheet = self._sheet(profile, edits)
        if sheet is None:
            return Standing("not_proposed")
        only = None if self._whole else {self._case.entity, *rivals}
        inference = infer(profile, base.tumor, sheet, knowledge, settings, only)
        ranked = rank(inference.decisions, sheet, base.tumor, profile.scale, knowledge, settings)
        return standing(self._strategy, inference.decisions, ranked, knowledge)

    def _sheet(self, profile: Profile, edits: Edits) -> CallSheet | None:
        """Return the calls, made once for changes that leave the measurement alone; None where it is refused."""
        measured = sorted((item for item in edits.items() if item[0][0] in _MEASURED), key=lambda item: item[0])
        key = tuple(measured)
        if key not in self._sheets:
            case = self._case
            try:
                sheet = call_profile(profile, case.knowledge.resolver, case.base.settings, case.reference)
            except InputError:
                self._sheets[key] = None
            else:
                self._sheets[key] = sheet
        return self._sheets[key]


def reduced(case: Case, entities: Iterable[str]) -> Profile:
    """Return the profile with only the names that can touch what is concluded on some miRNAs.

    The same profile where names depend on each other: abundances share a library, and computed tests are
    adjusted together.
    """
    profile = case.base.profile
    if profile.scale != "log2_fold_change" or any(map(_is_tested_here, profile.expression.values())):
        return profile
    near = _near(entities, case.knowledge)
    names = spellings(case)
    kept = sorted({name for mirna in near for name, _ in names.get(mirna, ())})
    found = {name: identity for named in names.values() for name, identity in named}
    if any(
        identity != found[name] for name, identity in zip(kept, case.knowledge.resolver.resolve_all(kept), strict=True)
    ):
        return profile  # which of two readings a name has depends on the others
    return profile.model_copy(update={"expression": {name: profile.expression[name] for name in kept}})


def _is_tested_here(entry: object) -> bool:
    """Tell whether a measurement leaves its p-value to be computed."""
    if not isinstance(entry, Measurement) or "adjusted_p_value" in entry.model_fields_set:
        return False
    return entry.z_score is not None or bool(entry.standard_error)


def _near(entities: Iterable[str], knowledge: Knowledge) -> set[str]:
    """Return the matures whose measurement bears on some miRNAs: kin by family, seed and cluster."""

    def kin(mirnas: set[str]) -> set[str]:
        families = {family for mirna in mirnas for family in knowledge.family_of.get(mirna, ())}
        return mirnas | {member for family in families for member in knowledge.members_of[family]}

    own = {member for entity in entities for member in knowledge.members_of.get(entity, (entity,))}
    own = kin(own)
    seeds = {sibling.mirna for mirna in own for sibling in siblings(knowledge, mirna)}
    mates = {mate for mirna in own for mate in cluster_mates(mirna, knowledge)}
    return kin(own | seeds | mates)
