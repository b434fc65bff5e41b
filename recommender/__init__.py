"""Ranks miRNA-therapy strategies for a tumor's miRNA profile. Research use only.

The public names are loaded when they are asked for, so that the command line can start before they are.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from recommender.version import __version__

if TYPE_CHECKING:
    from recommender.cohort.api import CohortResult, recommend_cohort
    from recommender.comparison.compare import compare
    from recommender.errors import InputError, KnowledgeError, OutputError, RecommenderError, SettingsError
    from recommender.explanation.explain import explain
    from recommender.knowledge import Knowledge, load_knowledge
    from recommender.model.comparison import Comparison
    from recommender.model.explanation import Explanation
    from recommender.model.profile import Profile
    from recommender.model.recommendation import Recommendation
    from recommender.pipeline import recommend

__all__ = [
    "CohortResult",
    "Comparison",
    "Explanation",
    "InputError",
    "Knowledge",
    "KnowledgeError",
    "OutputError",
    "Profile",
    "Recommendation",
    "RecommenderError",
    "SettingsError",
    "__version__",
    "compare",
    "explain",
    "load_knowledge",
    "recommend",
    "recommend_cohort",
]

_HOMES = {
    "CohortResult": "recommender.cohort.api",
    "Comparison": "recommender.model.comparison",
    "Explanation": "recommender.model.explanation",
    "InputError": "recommender.errors",
    "Knowledge": "recommender.knowledge",
    "KnowledgeError": "recommender.errors",
    "OutputError": "recommender.errors",
    "Profile": "recommender.model.profile",
    "Recommendation": "recommender.model.recommendation",
    "RecommenderError": "recommender.errors",
    "SettingsError": "recommender.errors",
    "compare": "recommender.comparison.compare",
    "explain": "recommender.explanation.explain",
    "load_knowledge": "recommender.knowledge",
    "recommend": "recommender.pipeline",
    "recommend_cohort": "recommender.cohort.api",
}


def __getattr__(name: str) -> Any:
    """Return a public name, importing its module at the first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
