"""Ranks miRNA-therapy strategies for a tumor's miRNA profile. Research use only."""

from __future__ import annotations

from recommender.errors import InputError, KnowledgeError, OutputError, RecommenderError, SettingsError
from recommender.knowledge import Knowledge, load_knowledge
from recommender.model.profile import Profile
from recommender.model.recommendation import Recommendation
from recommender.pipeline import recommend
from recommender.version import __version__

__all__ = [
    "InputError",
    "Knowledge",
    "KnowledgeError",
    "OutputError",
    "Profile",
    "Recommendation",
    "RecommenderError",
    "SettingsError",
    "__version__",
    "load_knowledge",
    "recommend",
]
