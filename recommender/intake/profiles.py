"""The profile of one sample of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recommender.errors import InputError, Problem
from recommender.intake.stated import Stated, fields_of, with_kind
from recommender.knowledge import Knowledge
from recommender.model.profile import Profile
from recommender.readers.measurements import Measurements
from recommender.readers.profile import validate_profile

if TYPE_CHECKING:
    from recommender.kernel import Array

_MOST_TEXT = 9_000  # characters of a description; a profile takes 10,000


def build_profile(
    name: str,
    row: int,
    found: Measurements,
    values: Array,
    scale: str,
    reference: dict[str, Any] | None,
    description: str,
    stated: Stated,
    knowledge: Knowledge,
) -> Profile:
    """Return the profile of one sample.

    Parameters
    ----------
    name : str
    row : int
        Of the sample in `values`.
    values : array, shape (samples, names)
        Of the file, the sign as it is meant.
    reference : dict, optional
        The profile's statement on its reference.
    description : str
        How the file was understood.

    Raises
    ------
    InputError
        No tumor is stated, options contradict the samples table, or the profile is no valid one.
    """
    where = f"{found.where}, sample {name}"
    fields, problems = fields_of(name, where, stated)
    if "cancer" not in fields:
        remedy = "give --cancer, or a column cancer in --samples TABLE"
        problems.append(Problem(where, "no tumor", "the tumor this is", remedy))
        raise InputError(problems)
    data: dict[str, Any] = {
        "sample_id": name,
        **fields,
        "scale": scale,
        "expression": expression(found, values, row),
    }
    own = fields.get("description", "")
    data["description"] = "; ".join(filter(None, (own, description[: max(_MOST_TEXT - len(own), 0)])))
    if reference is not None:
        data["reference"] = reference
    if found.library_sizes is not None:
        data["library_size"] = float(found.library_sizes[row])
    data, contradicted = with_kind(data, stated.reference_kind, where)
    problems += contradicted
    return validate_profile(data, where, problems, knowledge.vocabulary)


def expression(found: Measurements, values: Array, row: int) -> dict[str, Any]:
    """Return one sample's measurements as a profile has them."""
    import math

    entries: dict[str, Any] = {}
    for i, name in enumerate(found.names):
        value = float(values[row, i])
        if math.isnan(value):
            entries[name] = None
            continue
        if found.adjusted_p is None:
            entries[name] = value
            continue
        p = float(found.adjusted_p[row, i])
        entry: dict[str, Any] = {"value": value, "adjusted_p_value": None if math.isnan(p) else p}
        if found.standard_error is not None and not math.isnan(error := float(found.standard_error[row, i])):
            entry["standard_error"] = error
        entries[name] = entry
    return entries
