"""The public face of the package."""

from __future__ import annotations

import subprocess
import sys

import pytest

import recommender


def test_the_public_names_are_these():
    assert recommender.__all__ == [
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
    assert dir(recommender) == sorted(recommender.__all__)


@pytest.mark.parametrize("name", recommender.__all__)
def test_every_public_name_is_there(name):
    assert getattr(recommender, name) is not None


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'prescribe'"):
        _ = recommender.prescribe


@pytest.mark.parametrize("heavy", ["numpy", "scipy", "pandas"])
def test_a_relative_profile_needs_no_heavy_import(heavy):
    code = (
        "import sys, recommender\n"
        "recommender.recommend({'sample_id': 'S', 'cancer': 'LIHC', 'scale': 'log2_fold_change',"
        " 'expression': {'hsa-miR-221-3p': 2.0}})\n"
        f"assert {heavy!r} not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
