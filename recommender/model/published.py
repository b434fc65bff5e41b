"""What every published result is made of: frozen, of known fields alone, each field in its JSON schema.

The pipeline builds these with ``model_construct``: it made the values itself, and building seventeen
validators would cost more start-up time than a whole recommendation. Tests validate real results.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Published(BaseModel):
    """A part of a result."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        defer_build=True,
        json_schema_serialization_defaults_required=True,
    )
