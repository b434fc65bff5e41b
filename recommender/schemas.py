"""JSON Schemas (2020-12) of what goes in and what comes out, generated from the models."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from recommender.model.comparison import Comparison
from recommender.model.explanation import Explanation
from recommender.model.knowledge_diff import KnowledgeDiff
from recommender.model.profile import Profile
from recommender.model.recommendation import Recommendation
from recommender.model.rule import RuleFile
from recommender.model.summary import Summary

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMAS: dict[str, tuple[type[BaseModel], Literal["validation", "serialization"]]] = {
    "knowledge_diff": (KnowledgeDiff, "serialization"),
    "profile": (Profile, "validation"),
    "comparison": (Comparison, "serialization"),
    "recommendation": (Recommendation, "serialization"),
    "rule": (RuleFile, "validation"),
    "explanation": (Explanation, "serialization"),
    "summary": (Summary, "serialization"),
}


def json_schema(name: str) -> dict[str, Any]:
    """Return a schema by name.

    Parameters
    ----------
    name : str
        A key of :data:`SCHEMAS`.
    """
    model, mode = SCHEMAS[name]
    schema = model.model_json_schema(by_alias=True, mode=mode)
    for field in schema["properties"].values():
        if "patternProperties" in field:  # names are refused, not ignored, where they do not fit
            field["additionalProperties"] = False
    return {"$schema": DIALECT, "$id": f"urn:mirna-recommender:schema:{name}:1", **schema}
