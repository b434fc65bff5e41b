"""What a user asks about: a miRNA, family or cluster in any spelling, or a strategy's id."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from recommender.errors import InputError, Problem, shorten
from recommender.knowledge import Knowledge
from recommender.model.recommendation import Action
from recommender.nomenclature import Identity, NotUnderstood, canonical_form

_EXPECTED = "a human miRNA, a family or cluster, or a strategy as inhibit:NAME or restore:NAME"
_REASONS = {
    "not_a_mirna_name": "which is no miRNA's name",
    "not_human": "which is not human",
    "retired_entry": "whose entry miRBase has removed",
    "ambiguous_name": "which may mean several miRNAs",
}

Kind = Literal["mirna", "family", "cluster"]


class Subject(NamedTuple):
    """A miRNA, family or cluster, perhaps with the action asked about.

    Attributes
    ----------
    entity : str
        Canonical name, as in ``calls``; as given where the knowledge does not hold it.
    kind : str
        ``mirna``, ``family`` or ``cluster``.
    action : str or None
        Of the strategy asked about; None where a miRNA was given.
    known : bool
        False where the knowledge does not hold it.
    """

    entity: str
    kind: Kind
    action: Action | None
    as_given: str
    known: bool = True


def find_subject(given: str, knowledge: Knowledge) -> Subject:
    """Return what a user asks about.

    Raises
    ------
    InputError
        It cannot be read as one miRNA, family, cluster or strategy; with the nearest names.

    Examples
    --------
    >>> from recommender.knowledge import load_knowledge
    >>> find_subject("inhibit:let-7", load_knowledge())[:3]
    ('let-7-family', 'family', 'inhibit')
    """
    before, colon, after = given.partition(":")
    action = next((word for word in get_args(Action) if word == before.strip().lower()), None) if colon else None
    if colon and action is None:
        raise InputError(Problem("subject", shorten(given), _EXPECTED, f"actions: {', '.join(get_args(Action))}"))
    name = (after if colon else before).strip()
    form = canonical_form(name).lower()
    for row in knowledge.families:
        if form in {canonical_form(alias).lower() for alias in (row.family, row.name, *row.aliases)}:
            return Subject(row.family, row.kind, action, given)
    found = knowledge.resolver.resolve(name)
    if isinstance(found, NotUnderstood):
        families = {members: family for family, members in knowledge.members_of.items()}
        if found.suggestions in families:  # another spelling of a family, as its gene's symbol
            family = families[found.suggestions]
            return Subject(family, kind_of(family, knowledge), action, given)
        raise _refused(given, _REASONS[found.reason], found.suggestions)
    if not isinstance(found, Identity):
        return Subject(name, "mirna", action, given, known=False)
    if len(found.mirnas) > 1:
        raise _refused(given, "a hairpin whose two strands are two miRNAs", found.mirnas)
    return Subject(found.mirnas[0], "mirna", action, given)


def kind_of(entity: str, knowledge: Knowledge) -> Kind:
    """Return whether a canonical name is a miRNA's, a family's or a cluster's."""
    return next((row.kind for row in knowledge.families if row.family == entity), "mirna")


def _refused(given: str, why: str, suggestions: tuple[str, ...]) -> InputError:
    remedy = f"perhaps {', '.join(suggestions)}" if suggestions else "see `knowledge list mirnas`"
    return InputError(Problem("subject", f"{shorten(given)}, {why}", _EXPECTED, remedy))
