"""Shared helpers: short ways to build a profile and run it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recommender import Recommendation, recommend

GOLDEN = Path(__file__).parent / "golden"
_HASH = re.compile(r"\b[0-9a-f]{12}(?:[0-9a-f]{52})?\b")
NORMALS = {"kind": "normal_cohort", "samples": 50}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that renews the files in ``tests/golden``."""
    parser.addoption("--renew-golden", action="store_true", help="write tests/golden anew from what is found")


def profile(cancer: str, expression: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a profile of log2 ratios against fifty normals, in refractory disease unless said otherwise."""
    return {
        "sample_id": "S1",
        "cancer": cancer,
        "disease_state": "relapsed_refractory",
        "scale": "log2_fold_change",
        "reference": NORMALS,
        "expression": expression,
        **fields,
    }


@pytest.fixture
def run() -> Callable[..., Recommendation]:
    """Return a function from cancer, expression and fields to a recommendation."""
    return lambda cancer, expression, **fields: recommend(profile(cancer, expression, **fields))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real files beside the project, or skip where it is missing."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder ../shared/data with real files is missing")
    return folder


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a check of a text against a file of tests/golden, hashes masked; --renew-golden writes the file."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        masked = _HASH.sub(lambda found: "0" * len(found.group()), text)
        if request.config.getoption("--renew-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(masked, encoding="utf-8", newline="\n")
        assert masked == path.read_text(encoding="utf-8"), f"pytest --renew-golden writes {name} anew; read its diff"

    return check
