"""The published JSON Schemas: valid themselves, met by what comes out, and as strict as the reader."""

from __future__ import annotations

import copy
import json
import tomllib
from typing import Any

import jsonschema
import pytest

from recommender import InputError, recommend
from recommender.cli import run
from recommender.knowledge import RULE_FILES, data_folder
from recommender.readers.profile import as_profile
from recommender.schemas import SCHEMAS, json_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PROFILE: dict[str, Any] = {
    "sample_id": "S",
    "cancer": "hepatocellular carcinoma",
    "disease_state": "relapsed_refractory",
    "scale": "log2_fold_change",
    "reference": {"kind": "normal_cohort", "samples": 50},
    "expression": {"hsa-miR-221-3p": 2.5},
}


def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json_schema(name))


def result_of(**changes: Any) -> dict[str, Any]:
    return json.loads(recommend({**PROFILE, **changes}).to_json())


# ---------------------------------------------------------------- the schemas themselves


@pytest.mark.parametrize("name", ["comparison", "profile", "recommendation", "rule", "summary"])
def test_every_schema_is_valid_json_schema_2020_12_and_says_so(name):
    schema = json_schema(name)
    assert schema["$schema"] == DIALECT
    assert schema["$id"]
    jsonschema.Draft202012Validator.check_schema(schema)


def test_every_schema_has_an_id_of_its_own():
    assert len({json_schema(name)["$id"] for name in SCHEMAS}) == len(SCHEMAS)


@pytest.mark.parametrize("name", ["comparison", "profile", "recommendation", "rule", "summary"])
def test_the_command_prints_the_schema(name, capsys):
    assert run(["schema", name]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json_schema(name)


def test_every_object_of_the_profile_is_closed():
    schema = json_schema("profile")
    objects = [schema, *schema["$defs"].values()]
    assert all(o["additionalProperties"] is False for o in objects if o["type"] == "object")


def test_the_profiles_schema_describes_what_a_user_must_fill():
    assert sorted(json_schema("profile")["required"]) == ["cancer", "expression", "sample_id", "scale"]


# ---------------------------------------------------------------- profiles

GOOD: dict[str, dict[str, Any]] = {
    "least": {},
    "with its schema": {"schema": "profile/1"},
    "everything": {
        "patient_id": "P-17",
        "description": "free text\nover two lines",
        "metastatic": True,
        "specimen": "cell_line",
        "library_size": 5e6,
        "reference": {"kind": "matched_normal", "samples": 1, "description": "adjacent"},
        "expression": {
            "miR-21": {
                "value": 2.71,
                "adjusted_p_value": None,
                "z_score": 1,
                "standard_error": 0,
                "reads_per_million": 5,
            },
            "miR-155": None,
            "miR-122": -1,
        },
        "target_expression": {"PTEN": -1.1, "TP53": None},
        "patient": {"hepatic_impairment": True, "iron_overload": None},
    },
}
BAD: dict[str, dict[str, Any]] = {
    "unknown field": {"tumour": "liver"},
    "unknown field in patient": {"patient": {"age": 70}},
    "empty sample_id": {"sample_id": ""},
    "sample_id of 201 characters": {"sample_id": "a" * 201},
    "control character in sample_id": {"sample_id": "a\x1bb"},
    "control character in a miRNA name": {"expression": {"miR\x1b21": 1}},
    "miRNA name of 201 characters": {"expression": {"a" * 201: 1}},
    "miRNA without a name": {"expression": {"": 1}},
    "no expression": {"expression": {}},
    "value in quotes": {"expression": {"miR-21": "1"}},
    "value true": {"expression": {"miR-21": True}},
    "value missing": {"expression": {"miR-21": {"z_score": 1}}},
    "p over one": {"expression": {"miR-21": {"value": 1, "adjusted_p_value": 2}}},
    "negative abundance": {"expression": {"miR-21": {"value": 1, "reads_per_million": -1}}},
    "wrong scale": {"scale": "log2"},
    "wrong disease_state": {"disease_state": "ill"},
    "wrong specimen": {"specimen": "blood"},
    "wrong reference kind": {"reference": {"kind": "normals"}},
    "no reference samples": {"reference": {"samples": 0}},
    "library size zero": {"library_size": 0},
    "metastatic a number": {"metastatic": 1},
    "gene in quotes": {"target_expression": {"PTEN": "1"}},
    "another schema": {"schema": "profile/2"},
}


@pytest.mark.parametrize("changes", GOOD.values(), ids=GOOD.keys())
def test_what_the_reader_takes_the_schema_takes(changes):
    profile = {**PROFILE, **changes}
    as_profile(profile)
    validator("profile").validate(profile)


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD.keys())
def test_what_the_reader_refuses_the_schema_refuses(changes):
    profile = {**PROFILE, **changes}
    with pytest.raises(InputError):
        as_profile(profile)
    assert not validator("profile").is_valid(profile)


@pytest.mark.parametrize("field", ["sample_id", "cancer", "scale", "expression"])
def test_the_schema_asks_for_every_required_field(field):
    assert not validator("profile").is_valid({key: value for key, value in PROFILE.items() if key != field})


# ---------------------------------------------------------------- recommendations

RESULTS: dict[str, dict[str, Any]] = {
    "recommended": {},
    "all_withheld": {"disease_state": "on_treatment_sensitive"},
    "exploratory_only": {"reference": {"kind": "tumor_cohort"}},
    "no_rule_matched": {"expression": {"hsa-miR-221-3p": 0.1}},
    "insufficient_data": {"expression": {"hsa-miR-221-3p": None, "miR-2l": 1, "hsa-miR-9999": 1}},
}


@pytest.mark.parametrize(("outcome", "changes"), RESULTS.items(), ids=RESULTS.keys())
def test_a_result_of_every_outcome_meets_the_schema(outcome, changes):
    result = result_of(**changes)
    assert result["outcome"] == outcome
    validator("recommendation").validate(result)


@pytest.mark.parametrize(
    "cancer", ["colorectal cancer", "multiple myeloma", "pleural mesothelioma", "LUAD", "CTCL", "BRCA"]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_results_full_of_strategies_flags_and_trials_meet_the_schema(cancer, sign):
    from recommender import load_knowledge

    names = load_knowledge().resolver.mirnas
    expression = {name: {"value": sign * 2.5, "adjusted_p_value": 0.001, "reads_per_million": 500.0} for name in names}
    result = result_of(cancer=cancer, expression=expression, metastatic=True, disease_state="unknown")
    assert result["withheld"] or result["strategies"]
    validator("recommendation").validate(result)


def test_a_z_score_and_an_abundance_result_meet_the_schema():
    import pandas as pd

    validator("recommendation").validate(result_of(scale="z_score", expression={"hsa-miR-221-3p": 3}))
    normals = pd.DataFrame([[255.5] * 12], index=["hsa-miR-221-3p"], columns=[f"N{i}" for i in range(12)])
    profile = {**PROFILE, "scale": "reads_per_million", "expression": {"hsa-miR-221-3p": 1023}}
    validator("recommendation").validate(json.loads(recommend(profile, reference=normals).to_json()))


ENUMS = [
    ("outcome",),
    ("cancer", "lineage"),
    ("strategies", 0, "action"),
    ("strategies", 0, "call"),
    ("strategies", 0, "gate"),
    ("strategies", 0, "tier"),
    ("strategies", 0, "claim_match"),
    ("strategies", 0, "evidence", 0, "direction"),
    ("strategies", 0, "evidence", 0, "claim_match"),
    ("strategies", 0, "evidence", 0, "identity_match"),
    ("strategies", 0, "precedents", 0, "tumor_match"),
    ("strategies", 0, "flags", 0, "severity"),
    ("strategies", 0, "caveats", 0, "severity"),
    ("withheld", 0, "action"),
    ("withheld", 0, "call"),
    ("withheld", 0, "reasons", 0),
    ("calls", 0, "call"),
    ("unresolved", 0, "reason"),
    ("schema",),
]


@pytest.fixture(scope="module")
def full() -> dict[str, Any]:
    result = result_of(expression={"hsa-miR-221-3p": 2.5, "hsa-miR-122-5p": 2.5, "miR-2l": 1})
    validator("recommendation").validate(result)
    return result


@pytest.mark.parametrize("path", ENUMS, ids=lambda path: ".".join(map(str, path)))
def test_a_result_with_an_unknown_word_does_not_meet_the_schema(full, path):
    changed: Any = copy.deepcopy(full)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = "perhaps"
    assert not validator("recommendation").is_valid(changed)


@pytest.mark.parametrize("path", [(), ("strategies", 0), ("calls", 0), ("withheld", 0), ("cancer",)])
def test_a_result_with_an_unknown_field_does_not_meet_the_schema(full, path):
    changed: Any = copy.deepcopy(full)
    holder = changed
    for step in path:
        holder = holder[step]
    holder["extra"] = 1
    assert not validator("recommendation").is_valid(changed)


def test_points_that_are_no_integer_do_not_meet_the_schema(full):
    changed = copy.deepcopy(full)
    changed["strategies"][0]["points"] = 38.5
    assert not validator("recommendation").is_valid(changed)


CONTRACT_FIELDS = [
    "schema",
    "sample_id",
    "outcome",
    "cancer",
    "strategies",
    "withheld",
    "exploratory",
    "calls",
    "unresolved",
    "not_in_knowledge",
    "notes",
    "settings",
    "knowledge",
    "software",
    "input_sha256",
    "notice",
]
STRATEGY_FIELDS = [
    "rank",
    "id",
    "action",
    "mirna",
    "members",
    "as_given",
    "call",
    "value",
    "gate",
    "tier",
    "claim_match",
    "points",
    "components",
    "modalities",
    "delivery",
    "evidence",
    "precedents",
    "flags",
    "caveats",
    "biomarkers",
    "combinations",
    "trace",
]


def test_a_result_has_every_field_of_the_contract(full):
    assert set(CONTRACT_FIELDS) <= set(full)
    assert set(STRATEGY_FIELDS) <= set(full["strategies"][0])


def test_a_result_that_lacks_a_field_of_the_contract_does_not_meet_the_schema(full):
    not_missed = []
    for field in CONTRACT_FIELDS:
        changed = {key: value for key, value in full.items() if key != field}
        if validator("recommendation").is_valid(changed):
            not_missed.append(field)
    for field in STRATEGY_FIELDS:
        strategy = {key: value for key, value in full["strategies"][0].items() if key != field}
        if validator("recommendation").is_valid({**full, "strategies": [strategy]}):
            not_missed.append(f"strategies.{field}")
    assert not_missed == []


# ---------------------------------------------------------------- rules


@pytest.mark.parametrize("name", RULE_FILES)
def test_every_shipped_rule_file_meets_the_schema(name):
    content = tomllib.loads((data_folder("rules") / name).read_text(encoding="utf-8"))
    assert content["rule"]
    validator("rule").validate(content)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda rule: rule.update(priority=1), id="unknown field"),
        pytest.param(lambda rule: rule.pop("id"), id="no id"),
        pytest.param(lambda rule: rule.pop("title"), id="no title"),
        pytest.param(lambda rule: rule.pop("source"), id="no source"),
        pytest.param(lambda rule: rule.pop("when"), id="no condition"),
        pytest.param(lambda rule: rule.pop("then"), id="no conclusion"),
        pytest.param(lambda rule: rule.update(stratum=3), id="unknown stratum"),
    ],
)
def test_a_broken_rule_does_not_meet_the_schema(change):
    content = tomllib.loads((data_folder("rules") / RULE_FILES[0]).read_text(encoding="utf-8"))
    assert validator("rule").is_valid(content)
    change(content["rule"][0])
    assert not validator("rule").is_valid(content)
