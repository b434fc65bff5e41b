"""What is refused in a profile, how the refusal reads, and which extremes are taken."""

from __future__ import annotations

import contextlib
import io
import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import InputError, Profile, recommend
from recommender.cli import run
from recommender.readers.profile import as_profile, parse_profile

UNHURRIED = settings(deadline=None)  # the first example imports what it needs

MIRNA = "hsa-miR-221-3p"
PROFILE: dict[str, Any] = {
    "sample_id": "HCC-0042",
    "cancer": "hepatocellular carcinoma",
    "disease_state": "relapsed_refractory",
    "scale": "log2_fold_change",
    "reference": {"kind": "normal_cohort", "samples": 50},
    "expression": {MIRNA: 2.5},
}
CONTRACT_EXAMPLE = """{
  "schema": "profile/1",
  "sample_id": "HCC-0042",
  "patient_id": "P-17",
  "description": "free text, never interpreted",
  "cancer": "hepatocellular carcinoma",
  "disease_state": "relapsed_refractory",
  "metastatic": true,
  "specimen": "tumor_tissue",
  "scale": "log2_fold_change",
  "reference": {"kind": "normal_cohort", "samples": 50, "description": "adjacent normal livers"},
  "expression": {
    "hsa-miR-21-5p": {"value": 2.71, "adjusted_p_value": 1.2e-09, "reads_per_million": 220000},
    "hsa-miR-122-5p": -1.9
  },
  "target_expression": {"PTEN": -1.1, "CDKN1B": -0.7},
  "patient": {"hepatic_impairment": true, "prior_infusion_reaction": false}
}"""


def text(**changes: Any) -> str:
    """Return the profile as JSON with some fields changed."""
    return json.dumps({**PROFILE, **changes})


def entry(value: Any) -> str:
    """Return the profile as JSON with one measurement."""
    return text(expression={MIRNA: value})


def raw(number: str) -> str:
    """Return the profile as JSON with a number spelled as given."""
    return text().replace("2.5", number)


def control_characters(message: str) -> list[str]:
    """Return what could break a line or steer a terminal."""
    return [character for character in message if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")]


def without(field: str) -> str:
    return json.dumps({key: value for key, value in PROFILE.items() if key != field})


VALUE = f"expression.{MIRNA}"
# name of the case -> (JSON text, field that is named, what the message shows as found)
REFUSED: dict[str, tuple[str, str, str]] = {
    "unknown field": (text(tumour="liver"), "tumour", "'liver'"),
    "unknown field in a measurement": (entry({"value": 1, "p": 0.1}), f"{VALUE}.p", "0.1"),
    "unknown field in reference": (text(reference={"n": 5}), "reference.n", "5"),
    "unknown field in patient": (text(patient={"age": 71}), "patient.age", "71"),
    "sample_id missing": (without("sample_id"), "sample_id", "nothing"),
    "cancer missing": (without("cancer"), "cancer", "nothing"),
    "scale missing": (without("scale"), "scale", "nothing"),
    "expression missing": (without("expression"), "expression", "nothing"),
    "value missing": (entry({"adjusted_p_value": 0.1}), f"{VALUE}.value", "nothing"),
    "expression empty": (text(expression={}), "expression", "{}"),
    "expression a list": (text(expression=[1]), "expression", "[1]"),
    "sample_id empty": (text(sample_id=""), "sample_id", "''"),
    "sample_id of 201 characters": (text(sample_id="a" * 201), "sample_id", "'aaaaaaaaaa"),
    "sample_id a number": (text(sample_id=42), "sample_id", "42"),
    "patient_id empty": (text(patient_id=""), "patient_id", "''"),
    "patient_id of 201 characters": (text(patient_id="a" * 201), "patient_id", "'aaaaaaaaaa"),
    "tab in sample_id": (text(sample_id="a\tb"), "sample_id", r"'a\tb'"),
    "newline in sample_id": (text(sample_id="a\nb"), "sample_id", r"'a\nb'"),
    "newline at the end of sample_id": (text(sample_id="a\n"), "sample_id", r"'a\n'"),
    "escape character in sample_id": (text(sample_id="a\x1bb"), "sample_id", r"'a\x1bb'"),
    "zero byte in sample_id": (text(sample_id="a\0b"), "sample_id", r"'a\x00b'"),
    "C1 control in sample_id": (text(sample_id="a\x85b"), "sample_id", r"'a\x85b'"),
    "line separator in sample_id": (text(sample_id="a\u2028b"), "sample_id", r"'a\u2028b'"),
    "half a surrogate pair in sample_id": (text(sample_id="a\ud800"), "sample_id", r"'a\ud800'"),
    "newline in patient_id": (text(patient_id="a\nb"), "patient_id", r"'a\nb'"),
    "newline in a miRNA name": (text(expression={"miR\n21": 1}), "expression", r"'miR\n21'"),
    "escape character in a miRNA name": (text(expression={"miR\x1b21": 1}), "expression", r"'miR\x1b21'"),
    "half a surrogate pair in a miRNA name": (text(expression={"miR\ud800": 1}), "expression", r"'miR\ud800'"),
    "control character in a gene": (text(target_expression={"PT\x07EN": 1}), "target_expression", r"'PT\x07EN'"),
    "value in quotes": (entry("2.5"), VALUE, "'2.5'"),
    "value true": (entry(True), VALUE, "True"),
    "value in quotes of a miRNA called object": (text(expression={"object": "1"}), "expression.object", "'1'"),
    "value a list": (entry([2.5]), VALUE, "[2.5]"),
    "value 1e999": (raw("1e999"), VALUE, "Infinity"),
    "value -1e999": (raw("-1e999"), VALUE, "-Infinity"),
    "value 1e999 in an object": (raw('{"value": 1e999}'), f"{VALUE}.value", "Infinity"),
    "value in quotes in an object": (entry({"value": "1"}), f"{VALUE}.value", "'1'"),
    "value true in an object": (entry({"value": True}), f"{VALUE}.value", "True"),
    "value an integer of 400 digits": (raw("1" + "0" * 400), VALUE, "10000"),
    "value NaN": (raw("NaN"), VALUE, "NaN"),
    "value Infinity": (raw("Infinity"), VALUE, "Infinity"),
    "value -Infinity": (raw("-Infinity"), VALUE, "-Infinity"),
    "p-value over one": (entry({"value": 1, "adjusted_p_value": 1.01}), f"{VALUE}.adjusted_p_value", "1.01"),
    "p-value under zero": (entry({"value": 1, "adjusted_p_value": -0.01}), f"{VALUE}.adjusted_p_value", "-0.01"),
    "p-value false": (entry({"value": 1, "adjusted_p_value": False}), f"{VALUE}.adjusted_p_value", "False"),
    "p-value NaN": (raw('{"value": 1, "adjusted_p_value": NaN}'), f"{VALUE}.adjusted_p_value", "NaN"),
    "z-score 1e999": (raw('{"value": 1, "z_score": 1e999}'), f"{VALUE}.z_score", "Infinity"),
    "standard error under zero": (entry({"value": 1, "standard_error": -1}), f"{VALUE}.standard_error", "-1"),
    "abundance under zero": (entry({"value": 1, "reads_per_million": -5}), f"{VALUE}.reads_per_million", "-5"),
    "library size zero": (text(library_size=0), "library_size", "0"),
    "library size in quotes": (text(library_size="9e6"), "library_size", "'9e6'"),
    "target expression in quotes": (text(target_expression={"PTEN": "-1"}), "target_expression.PTEN", "'-1'"),
    "target expression 1e999": (raw('2.5}, "target_expression": {"PTEN": 1e999'), "target_expression.PTEN", "Infinity"),
    "wrong disease_state": (text(disease_state="relapsed"), "disease_state", "'relapsed'"),
    "wrong specimen": (text(specimen="blood"), "specimen", "'blood'"),
    "wrong scale": (text(scale="log2"), "scale", "'log2'"),
    "scale null": (text(scale=None), "scale", "None"),
    "wrong reference kind": (text(reference={"kind": "normals"}), "reference.kind", "'normals'"),
    "no reference samples": (text(reference={"samples": 0}), "reference.samples", "0"),
    "reference samples in quotes": (text(reference={"samples": "50"}), "reference.samples", "'50'"),
    "reference samples true": (text(reference={"samples": True}), "reference.samples", "True"),
    "wrong schema": (text(schema="profile/2"), "schema", "'profile/2'"),
    "metastatic in quotes": (text(metastatic="true"), "metastatic", "'true'"),
    "metastatic a number": (text(metastatic=1), "metastatic", "1"),
    "patient field a number": (text(patient={"iron_overload": 0}), "patient.iron_overload", "0"),
    "cancer null": (text(cancer=None), "cancer", "None"),
    "unknown cancer": (text(cancer="hepatocelular carcinomo"), "cancer", "'hepatocelular carcinomo'"),
    "key given twice": (text()[:-1] + ', "sample_id": "B"}', "sample_id", "twice"),
    "key given twice in a measurement": (raw('{"value": 1, "value": 2}'), f"{VALUE}.value", "twice"),
    "miRNA given twice": (raw(f'2.5, "{MIRNA}": 2.5'), VALUE, "twice"),
    "key given twice in reference": (
        text().replace('"samples": 50', '"samples": 50, "samples": 50'),
        "reference.samples",
        "twice",
    ),
    "key given twice in patient": (
        text(patient={"iron_overload": True}).replace("true", 'true, "iron_overload": true'),
        "patient.iron_overload",
        "twice",
    ),
}
# what is refused before there is any field
NO_PROFILE: dict[str, bytes] = {
    "empty file": b"",
    "blank file": b" \n",
    "list": b"[]",
    "number": b"3",
    "null": b"null",
    "string": b'"profile"',
    "half an object": text().encode()[:-1],
    "something after the object": text().encode() + b"{}",
    "single quotes": text().replace('"', "'").encode(),
    "comment": b"// a profile\n" + text().encode(),
    "trailing comma": text().encode()[:-1] + b",}",
    "raw newline in a string": text(sample_id="a~b").replace("~", "\n").encode(),
    "Latin-1": text().replace("HCC", "H\xc9C").encode("latin-1"),
    "UTF-16": text().encode("utf-16"),
    "lists nested 100,000 deep": b"[" * 100_000,
    "objects nested 100,000 deep": b'{"a":' * 100_000,
    "integer of 5,000 digits": raw("1" * 5000).encode(),
}


@pytest.fixture
def refusal(tmp_path, capsys):
    """Run ``recommend`` on some bytes that must be refused; return the lines on standard error."""

    def refuse(content: bytes) -> list[str]:
        path = tmp_path / "profile.json"
        path.write_bytes(content)
        status = run(["recommend", str(path)])
        captured = capsys.readouterr()
        assert status == 1
        assert captured.out == ""
        assert "Traceback" not in captured.err
        return captured.err.replace(str(path), "profile.json").splitlines()

    return refuse


@pytest.mark.parametrize(("content", "field", "found"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_profile_ends_in_one_line_that_names_file_field_and_what_was_found(refusal, content, field, found):
    lines = refusal(content.encode())
    assert len(lines) == 1
    assert lines[0].startswith(f"error: profile.json, {field}")
    assert found in lines[0]
    assert "; expected " in lines[0]


def test_every_refusal_says_what_to_do():
    without_remedy = []
    for name, (content, _, _) in REFUSED.items():
        with pytest.raises(InputError) as refused:
            recommend(parse_profile(content, "profile.json"))
        if not all(problem.remedy for problem in refused.value.problems):
            without_remedy.append(name)
    assert without_remedy == []


def test_the_internal_name_of_a_field_is_an_unknown_field():
    with pytest.raises(InputError, match="schema_"):
        as_profile({**PROFILE, "schema_": "profile/1"})


@pytest.mark.parametrize("content", [case[0] for case in REFUSED.values()], ids=REFUSED.keys())
def test_a_message_never_passes_control_characters_on_to_the_terminal(content):
    with pytest.raises(InputError) as refused:
        recommend(parse_profile(content, "profile.json"))
    assert not control_characters(str(refused.value))


@pytest.mark.parametrize("content", NO_PROFILE.values(), ids=NO_PROFILE.keys())
def test_what_is_no_profile_at_all_is_refused_in_one_line_that_names_the_file(refusal, content):
    lines = refusal(content)
    assert len(lines) == 1
    assert lines[0].startswith("error: profile.json")
    assert "; expected " in lines[0]
    assert len(lines[0]) < 400


def test_invalid_utf_8_is_told_with_the_byte_and_its_position(refusal):
    (line,) = refusal(b'{"sample_id": "\xff"}')
    assert "0xff at position 15" in line
    assert "UTF-8" in line


@pytest.mark.parametrize("depth", [200, 600, 900, 940, 960, 980, 990, 1000])
def test_nesting_at_any_depth_is_refused_and_never_crashes(refusal, depth):
    nested = text()[:-1] + ', "description": ' + "[" * depth + "]" * depth + "}"
    assert len(refusal(nested.encode())) == 1


def test_a_missing_file_is_named(tmp_path, capsys):
    assert run(["recommend", str(tmp_path / "nowhere.json")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "nowhere.json" in line
    assert "No such file" in line


def test_a_folder_in_place_of_a_file_is_named(tmp_path, capsys):
    assert run(["recommend", str(tmp_path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path) in line
    assert "directory" in line


def test_missing_files_and_folders_come_with_a_remedy(tmp_path):
    for path in (tmp_path / "nowhere.json", tmp_path):
        with pytest.raises(InputError) as refused:
            as_profile(path)
        assert refused.value.problems[0].remedy


# ---------------------------------------------------------------- all problems at once


def fields_of(lines: list[str]) -> list[str]:
    return sorted(line.removeprefix("error: profile.json, ").split(": found ")[0] for line in lines)


def test_all_problems_of_a_profile_are_listed_at_once(refusal):
    content = text(
        sample_id="",
        disease_state="ill",
        specimen="blood",
        scale="log2",
        tumour="liver",
        reference={"kind": "normals", "samples": 0},
        patient={"age": 71, "iron_overload": 1},
        expression={"miR-21": "1", "miR-155": {"value": True, "adjusted_p_value": 2}},
    )
    assert fields_of(refusal(content.encode())) == [
        "disease_state",
        "expression.miR-155.adjusted_p_value",
        "expression.miR-155.value",
        "expression.miR-21",
        "patient.age",
        "patient.iron_overload",
        "reference.kind",
        "reference.samples",
        "sample_id",
        "scale",
        "specimen",
        "tumour",
    ]


def test_an_unknown_cancer_is_listed_with_the_other_problems(refusal):
    lines = refusal(text(cancer="livr cancr", sample_id="").encode())
    assert fields_of(lines) == ["cancer", "sample_id"]


def test_keys_given_twice_are_listed_with_the_other_problems(refusal):
    lines = refusal((text(specimen="blood")[:-1] + ', "sample_id": "B", "scale": "z_score"}').encode())
    assert fields_of(lines) == ["sample_id", "scale", "specimen"]


def test_nan_and_infinity_are_all_listed_with_the_other_problems(refusal):
    content = text(sample_id="").replace("2.5", 'NaN, "miR-21": Infinity, "miR-155": -Infinity')
    assert fields_of(refusal(content.encode())) == [
        f"expression.{MIRNA}",
        "expression.miR-155",
        "expression.miR-21",
        "sample_id",
    ]


def test_a_hundred_wrong_values_give_a_hundred_lines(refusal):
    lines = refusal(text(expression={f"hsa-miR-{i}": "1" for i in range(100, 200)}).encode())
    assert len(lines) == 100
    assert all(f"expression.hsa-miR-{i}: found '1'" in line for i, line in zip(range(100, 200), lines, strict=True))


def test_problems_come_in_the_same_order_whatever_the_order_of_the_file():
    wrong = {"sample_id": "", "scale": "log2", "tumour": 1, "expression": {"a": "1", "b": True}}
    turned = {key: wrong[key] for key in reversed(wrong)}
    messages = []
    for content in (wrong, turned):
        with pytest.raises(InputError) as refused:
            as_profile(content)
        messages.append(str(refused.value))
    assert messages[0] == messages[1]


@UNHURRIED
@given(st.text(min_size=1, max_size=12).filter(lambda key: key not in Profile.model_fields and key != "schema"))
def test_any_unknown_field_is_refused_in_one_line_without_control_characters(key):
    with pytest.raises(InputError) as refused:
        parse_profile(text(**{key: 1}), "profile.json")
    assert len(refused.value.problems) == 1
    assert not control_characters(str(refused.value))


@UNHURRIED
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_json_in_any_field_is_taken_or_refused_and_never_crashes(value):
    for field in ("sample_id", "cancer", "reference", "expression", "patient", "target_expression", "library_size"):
        with contextlib.suppress(InputError):
            assert isinstance(parse_profile(text(**{field: value}), "profile.json"), Profile)


# ---------------------------------------------------------------- what is taken


def test_the_contracts_own_example_is_taken():
    profile = parse_profile(CONTRACT_EXAMPLE, "example.json")
    assert profile.sample_id == "HCC-0042"
    assert profile.patient_id == "P-17"
    assert profile.metastatic is True
    assert profile.patient.hepatic_impairment is True
    assert profile.patient.cardiac_disease is None
    assert profile.target_expression == {"PTEN": -1.1, "CDKN1B": -0.7}


def test_what_is_not_said_has_the_published_defaults():
    profile = as_profile({"sample_id": "S", "cancer": "LIHC", "scale": "z_score", "expression": {"miR-21": 1}})
    assert profile.schema_ == "profile/1"
    assert profile.patient_id is None
    assert profile.disease_state == "unknown"
    assert profile.metastatic is None
    assert profile.specimen == "tumor_tissue"
    assert profile.reference.kind == "not_stated"
    assert profile.reference.samples is None
    assert profile.library_size is None
    assert profile.target_expression == {}


@pytest.mark.parametrize("name", ["a" * 200, "x", "肝-7", "a b/c:d|e"])
def test_sample_ids_of_1_to_200_characters_are_taken(name):
    assert parse_profile(text(sample_id=name), "profile.json").sample_id == name


def test_a_byte_order_mark_is_taken(tmp_path):
    path = tmp_path / "profile.json"
    path.write_bytes(b"\xef\xbb\xbf" + text().encode())
    assert as_profile(path).sample_id == "HCC-0042"


def test_a_path_a_text_path_a_dict_and_a_profile_are_the_same_input(tmp_path):
    path = tmp_path / "profile.json"
    path.write_text(text(), encoding="utf-8")
    digests = {recommend(given).input_sha256 for given in (path, str(path), PROFILE, Profile.model_validate(PROFILE))}
    assert len(digests) == 1


def test_order_and_spelling_of_numbers_are_not_part_of_the_input():
    turned = {key: PROFILE[key] for key in reversed(PROFILE)}
    assert recommend(turned).input_sha256 == recommend(PROFILE).input_sha256
    whole = {**PROFILE, "expression": {MIRNA: 3}}
    decimal = {**PROFILE, "expression": {MIRNA: 3.0}}
    assert recommend(whole).to_json() == recommend(decimal).to_json()


def call_of(measurement: Any, **fields: Any) -> tuple[str, float | None]:
    result = recommend({**PROFILE, **fields, "expression": {MIRNA: measurement}})
    call = next(call for call in result.calls if call.mirna == MIRNA)
    return call.call, call.value


@pytest.mark.parametrize("p", [0, 0.0, 1e-300, 5e-324, 0.05])
def test_the_smallest_p_values_are_taken_and_pass(p):
    assert call_of({"value": 2.5, "adjusted_p_value": p}) == ("up", 2.5)


@pytest.mark.parametrize("p", [1, 1.0, 0.06])
def test_the_largest_p_values_are_taken_and_fail(p):
    assert call_of({"value": 2.5, "adjusted_p_value": p}) == ("unchanged", 2.5)


@pytest.mark.parametrize("value", [1e300, -1e300, 1.7e308, -1.7e308, 5e-324, 0, -0.0])
@pytest.mark.parametrize("scale", ["log2_fold_change", "z_score"])
def test_any_finite_value_is_called(value, scale):
    expected = "up" if value > 1 else "down" if value < -1 else "unchanged"
    assert call_of(value, scale=scale)[0] == expected


def test_null_is_not_measured_however_it_is_written():
    assert call_of(None) == ("not_measured", None)
    assert call_of({"value": None}) == ("not_measured", None)
    assert call_of({"value": None, "adjusted_p_value": None}) == ("not_measured", None)


def test_a_profile_of_nulls_is_insufficient_data_and_no_error(tmp_path, capsys):
    path = tmp_path / "profile.json"
    path.write_text(entry(None), encoding="utf-8")
    assert run(["recommend", str(path), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "insufficient_data"


def test_2600_mirnas_are_all_accounted_for():
    expression = {f"hsa-miR-{number}": 0.1 for number in range(1, 2601) if number != 221} | {MIRNA: 2.5}
    assert len(expression) == 2600
    result = recommend({**PROFILE, "expression": expression})
    told = {name for call in result.calls for name in call.as_given}
    told |= {name.as_given for name in result.unresolved} | set(result.not_in_knowledge)
    assert set(expression) <= told
    assert result.strategies[0].id == "inhibit:hsa-miR-221-3p"


def test_a_profile_is_frozen():
    profile = as_profile(PROFILE)
    with pytest.raises(ValueError, match="frozen"):
        profile.sample_id = "other"


def test_standard_input_is_read_for_a_dash(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text().encode())))
    assert as_profile("-").sample_id == "HCC-0042"


def test_a_refusal_of_standard_input_says_so(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text(sample_id="").encode())))
    with pytest.raises(InputError, match=r"^standard input, sample_id: "):
        as_profile("-")
