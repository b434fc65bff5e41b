"""Explanations of the bundled profiles, word for word; ``pytest tests/test_golden.py --renew-golden`` renews them.

Hashes change at every edit of the knowledge, and settings stand in their own files: both are masked.
"""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import pytest

from recommender import explain
from recommender.knowledge import data_folder
from recommender.report.explanation import explanation_outline
from recommender.report.text import render_text

GOLDEN = Path(__file__).resolve().parent / "golden"
# of each bundled profile the most instructive question
SUBJECTS = {
    "colorectal_mir145_conflict": "miR-145",
    "ctcl_mir155_up": "inhibit:hsa-miR-155-5p",
    "liver_mir221_up": "restore:miR-122",
    "lung_squamous_mir34a_lost": "miR-34a",
    "mesothelioma_mir16_lost": "miR-16",
    "myeloma_newly_diagnosed": "miR-221",
    "myeloma_relapsed": "miR-29b",
    "ovarian_let7_up": "let-7",
    "thyroid_papillary": "miR-222",
}


def written(name: str, format_: str) -> str:
    """Return an explanation as it is kept: without hashes and settings."""
    masked = "0" * 64
    result = explain(data_folder("profiles") / f"{name}.json", SUBJECTS[name])
    result = result.model_copy(
        update={
            "knowledge": result.knowledge.model_copy(update={"sha256": masked}),
            "software": result.software.model_copy(update={"version": "0"}),
            "input_sha256": masked,
            "settings": {},
        }
    )
    return render_text(explanation_outline(result)) if format_ == "txt" else result.to_json(indent=1)


def test_every_bundled_profile_has_its_explanation():
    assert sorted(SUBJECTS) == sorted(file.stem for file in data_folder("profiles").glob("*.json"))
    assert sorted(file.name for file in GOLDEN.glob("explain_*")) == sorted(
        f"explain_{name}.{ending}" for name in SUBJECTS for ending in ("json", "txt")
    )


@pytest.mark.parametrize("format_", ["txt", "json"])
@pytest.mark.parametrize("name", SUBJECTS)
def test_an_explanation_reads_as_it_did(name, format_, request):
    path = GOLDEN / f"explain_{name}.{format_}"
    found = written(name, format_)
    if request.config.getoption("--renew-golden", default=False):
        path.write_text(found, encoding="utf-8")
    kept = path.read_text(encoding="utf-8")
    lines = difflib.unified_diff(kept.splitlines(), found.splitlines(), "kept", "found", lineterm="", n=2)
    assert found == kept, "\n".join(lines)


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_kept_json_is_one_object_of_the_published_schema_version(name):
    kept = json.loads((GOLDEN / f"explain_{name}.json").read_text(encoding="utf-8"))
    assert kept["schema"] == "explanation/1"
