"""The strategy to be moved, the profile in which to move it, and the names the profile uses."""

from __future__ import annotations

from typing import Any, NamedTuple

from recommender.appraisal import Appraisal
from recommender.counterfactual.edits import value_of
from recommender.dossier import DIRECTION_OF
from recommender.knowledge import Knowledge
from recommender.model.profile import ABUNDANCE_SCALES, Measurement, Profile
from recommender.model.recommendation import Action
from recommender.nomenclature import Identity
from recommender.settings import number


class Case(NamedTuple):
    """The strategy to be moved, and the profile in which to move it."""

    base: Appraisal
    knowledge: Knowledge
    reference: Any
    entity: str
    action: Action

    @property
    def sign(self) -> int:
        """1 where the action answers a miRNA that is up, -1 where it answers one that is down."""
        return 1 if DIRECTION_OF[self.action] == "up" else -1

    @property
    def unit(self) -> float:
        """The threshold of a change, in the profile's scale."""
        settings = self.base.settings
        if self.base.profile.scale == "z_score":
            return number(settings, "z_score", "min_abs_z_score")
        return number(settings, "fold_change", "min_abs_log2_ratio")

    @property
    def cap(self) -> float:
        """The value beyond which a change counts no further."""
        key = "max_abs_z_score" if self.base.profile.scale == "z_score" else "max_abs_log2_ratio"
        return max(number(self.base.settings, "expression", key), self.unit)

    @property
    def members(self) -> tuple[str, ...]:
        """The matures it speaks of."""
        return self.knowledge.members_of.get(self.entity, (self.entity,))

    @property
    def relative(self) -> bool:
        """True where the profile gives ratios or scores, not abundances."""
        return self.base.profile.scale not in ABUNDANCE_SCALES


class Spelling(NamedTuple):
    """The names under which a profile gives one miRNA: those that count, and those that contradict them."""

    keep: tuple[str, ...]
    drop: tuple[str, ...] = ()


def spellings(case: Case) -> dict[str, list[tuple[str, Identity]]]:
    """Return the profile's names of each mature."""
    profile = case.base.profile
    found: dict[str, list[tuple[str, Identity]]] = {}
    for name, identity in zip(profile.expression, case.knowledge.resolver.resolve_all(profile.expression), strict=True):
        if isinstance(identity, Identity):
            for mirna in identity.mirnas:
                found.setdefault(mirna, []).append((name, identity))
    return found


def spell(mirna: str, case: Case, names: dict[str, list[tuple[str, Identity]]]) -> Spelling:
    """Return under which names a miRNA would be measured: those it has, or its own where it has none."""
    profile, named = case.base.profile, names.get(mirna, [])
    if not named:
        return Spelling((mirna,))
    values = {name: value_of(profile, name) for name, _ in named}
    matures = [name for name, identity in named if identity.measured_as in ("exact", "arm_assumed")]
    measured = [name for name in matures if values[name] is not None]
    if len({_entry_key(profile, name) for name in measured}) > 1:  # keep the one that says most for the action
        best = max(sorted(measured), key=lambda name: case.sign * (values[name] or 0.0))
        return Spelling((best,), tuple(name for name in measured if name != best))
    given = measured or [name for name, _ in named if values[name] is not None]
    return Spelling(tuple(given) or ((*matures, named[0][0])[0],))


def _entry_key(profile: Profile, name: str) -> tuple[Any, ...]:
    entry = profile.expression[name]
    if isinstance(entry, Measurement):
        return (entry.value, entry.adjusted_p_value, entry.is_untested)
    return (entry, None, False)
