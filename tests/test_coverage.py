"""The page on coverage: every paragraph of the review has its carrier or a reason, every carrier exists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from recommender import load_knowledge

KNOWN = load_knowledge()
PAGE = (Path(__file__).resolve().parents[1] / "docs" / "coverage.md").read_text(encoding="utf-8")
ELSEWHERE = "From elsewhere than these sections"
STRATEGIES = "MiRNA replacement and inhibition strategies"
DELIVERY = "Delivery systems and stability challenges"
TOXICITY = "Off-target effects and toxicity"
REGULATION = "Regulatory challenges and commercial hurdles"
TRIALS = "Current clinical trials"
FUTURE = "Future directions and conclusion"
# the paragraphs of each section, counted by hand, with figures and rows of Table 3 where they stand in the review
PARAGRAPHS = {
    STRATEGIES: ["1", "2", "Figure 1", "3", "4"],
    DELIVERY: ["1", "2", "3", "4", "5", "6"],
    TOXICITY: ["1", "2", "3", "4", "5", "Figure 2"],
    REGULATION: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"],
    TRIALS: [
        "1",
        "Table 3, MRX34", "Table 3, TARGOmiRs", "Table 3, INT-1B3", "Table 3, LNA-i-miR-221",
        "Table 3, Cobomarsen", "Table 3, TTX-MC138", "Table 3, Lademirsen",
        "2", "3", "4", "5", "6", "7", "8", "9", "10",
    ],
    FUTURE: ["1", "2", "3", "4", "5", "6"],
}  # fmt: skip
# how locators name the paragraphs of the section on trials, and the rows of its table
TRIAL_PARAGRAPHS = {
    "mrx34": "2", "targomirs": "3", "int-1b3": "4", "lna-i-mir-221": "5", "cobomarsen": "6", "ttx-mc138": "7",
    "lademirsen": "8", "quality-of-life": "10",
}  # fmt: skip
TABLE_ROWS = {
    "mrx34": "MRX34", "mir-34a": "MRX34", "targomirs": "TARGOmiRs", "mir-16": "TARGOmiRs", "int-1b3": "INT-1B3",
    "mir-193a": "INT-1B3", "lna-i-mir-221": "LNA-i-miR-221", "mir-221": "LNA-i-miR-221", "cobomarsen": "Cobomarsen",
    "mir-155": "Cobomarsen", "ttx-mc138": "TTX-MC138", "mir-10b": "TTX-MC138", "lademirsen": "Lademirsen",
}  # fmt: skip
ALL_NAMED = ("caveats", "modalities", "chemistries", "delivery", "combinations", "option_work")
ALL_RULES = ("option.toml", "caveat.toml", "combination.toml", "regulatory.toml")


def table_rows(section: str) -> list[list[str]]:
    """Return the cells of each row of a section's table, its head left out."""
    _, _, after = PAGE.partition(f"\n## {section}\n")
    lines = [line for line in after.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def label(row: list[str]) -> str:
    return row[0].partition(". ")[0]


def names(text: str) -> list[str]:
    """Return the records and rules named in some text, `table:id` each."""
    return re.findall(r"`([a-z_]+:[^`]+)`", text)


KEYS = {name: [row[0] for row in rows] for name, rows in KNOWN.tables.items()}
KEYS["rule"] = [rule.id for rule in KNOWN.rule_list()]


def matched(name: str) -> set[str]:
    """Return the records or rules a name or pattern stands for."""
    table, _, key = name.partition(":")
    return {f"{table}:{known}" for known in KEYS.get(table, ()) if fnmatchcase(known, key)}


def covered(text: str) -> set[str]:
    return {found for name in names(text) for found in matched(name)}


def places(text: str) -> Iterator[tuple[str, str]]:
    """Yield the paragraphs of these sections, as (section, label), that a locator names."""
    for section in PARAGRAPHS:
        for numbers in re.findall(rf"{section}, paragraphs? (\d+(?:(?:, | and | to )\d+)*)", text, re.IGNORECASE):
            first, to, last = numbers.partition(" to ")
            found = range(int(first), int(last) + 1) if to else map(int, re.findall(r"\d+", numbers))
            yield from ((section, str(number)) for number in found)
    words = "|".join(TRIAL_PARAGRAPHS)
    for word in re.findall(rf"({words})(?= paragraph| and [\w-]+ paragraphs)", text, re.IGNORECASE):
        yield TRIALS, TRIAL_PARAGRAPHS[word.lower()]
    words = "|".join(TABLE_ROWS)
    for rows in re.findall(rf"Table 3, rows? ((?:{words})(?: and (?:{words}))*)\b", text, re.IGNORECASE):
        for word in rows.split(" and "):
            yield TRIALS, f"Table 3, {TABLE_ROWS[word.lower()]}"


def located() -> Iterator[tuple[str, set[tuple[str, str]]]]:
    """Yield every record and rule with the paragraphs of these sections it cites."""
    for table, rows in KNOWN.tables.items():
        for row in rows:
            text = row.note if table == "trial_claims" else getattr(row, "locator", "")
            yield f"{table}:{row[0]}", set(places(text))
    for rule in KNOWN.rule_list():
        cited = [citation.where for citation in rule.source if citation.cite == "review"]
        yield f"rule:{rule.id}", {place for where in cited for place in places(where)}


def missing(wanted: Iterable[str], text: str) -> list[str]:
    return sorted(set(wanted) - covered(text))


def test_the_reading_of_locators():
    assert list(places("Off-target effects and toxicity, paragraphs 1, 2 and 4")) == [
        (TOXICITY, "1"), (TOXICITY, "2"), (TOXICITY, "4"),
    ]  # fmt: skip
    assert list(places("Delivery systems and stability challenges, paragraph 2 to 4")) == [
        (DELIVERY, "2"), (DELIVERY, "3"), (DELIVERY, "4"),
    ]  # fmt: skip
    assert list(places("MiRNA replacement and inhibition strategies, paragraph 1, sentence 3; Tables 1 and 2")) == [
        (STRATEGIES, "1")
    ]
    assert list(places("Current clinical trials, LNA-i-miR-221 and cobomarsen paragraphs")) == [
        (TRIALS, "5"), (TRIALS, "6"),
    ]  # fmt: skip
    assert list(places("Table 3, rows INT-1B3 and Lademirsen, and Table 3, row TTX-MC138, and the text")) == [
        (TRIALS, "Table 3, INT-1B3"), (TRIALS, "Table 3, Lademirsen"), (TRIALS, "Table 3, TTX-MC138"),
    ]  # fmt: skip
    assert list(places("MiRNA dysregulation in cancer, paragraph 2, sentence 1")) == []


def test_the_paragraphs_are_as_many_as_the_review_has():
    assert {section: len(found) for section, found in PARAGRAPHS.items()} == {
        STRATEGIES: 4 + 1,
        DELIVERY: 6,
        TOXICITY: 5 + 1,
        REGULATION: 10,
        TRIALS: 10 + 7,
        FUTURE: 6,
    }


@pytest.mark.parametrize("section", PARAGRAPHS)
def test_every_paragraph_is_on_the_page_in_the_order_of_the_review(section):
    assert [label(row) for row in table_rows(section)] == PARAGRAPHS[section]


def test_every_name_on_the_page_exists():
    assert len(names(PAGE)) > 300
    assert [name for name in names(PAGE) if not matched(name)] == []


@pytest.mark.parametrize("section", PARAGRAPHS)
def test_every_row_has_a_carrier_or_a_reason(section):
    for row in table_rows(section):
        assert len(row) == 3, row[0]
        _, carried, left_out = row
        assert covered(carried) or carried == "none", row[0]
        assert left_out, row[0]
        assert carried != "none" or left_out != "Nothing.", row[0]


@pytest.mark.parametrize("section", PARAGRAPHS)
def test_every_record_and_rule_stands_in_the_rows_of_the_paragraphs_it_cites(section):
    cited: dict[str, set[str]] = {}
    for name, found in located():
        for where, paragraph in found:
            if where == section:
                cited.setdefault(paragraph, set()).add(name)
    assert set(cited) <= set(PARAGRAPHS[section])
    rows = {label(row): row for row in table_rows(section)}
    absent = {paragraph: missing(wanted, " ".join(rows[paragraph])) for paragraph, wanted in cited.items()}
    assert {paragraph: found for paragraph, found in absent.items() if found} == {}


@pytest.mark.parametrize("table", ALL_NAMED)
def test_every_option_caveat_and_combination_is_on_the_page(table):
    assert missing((f"{table}:{key}" for key in KEYS[table]), PAGE) == []


@pytest.mark.parametrize("file", ALL_RULES)
def test_every_rule_on_them_is_on_the_page(file):
    assert missing((f"rule:{rule.id}" for rule in KNOWN.rules[file]), PAGE) == []


def test_everything_the_review_says_of_a_trial_is_on_the_page():
    said = [row.claim for row in KNOWN.trial_claims if row.source == "review"]
    assert missing((f"trial_claims:{claim}" for claim in said), PAGE) == []


def test_what_comes_from_elsewhere_has_its_reason_and_cites_none_of_these_sections():
    rows = table_rows(ELSEWHERE)
    assert all(len(row) == 2 and covered(row[0]) and row[1] for row in rows)
    listed = {name for row in rows for name in covered(row[0])}
    assert {name: found for name, found in located() if name in listed and found} == {}
    carried = {name for section in PARAGRAPHS for row in table_rows(section) for name in covered(row[1])}
    assert sorted(listed & carried) == []
