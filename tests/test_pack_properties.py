"""What must hold of knowledge packs, over generated ones: neutral packs change nothing, hostile ones never crash."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender import Recommendation, RecommenderError, load_knowledge, recommend
from recommender.knowledge import TABLES, data_folder, key_of
from recommender.report.outline import outline
from recommender.report.text import render_text
from tests.conftest import profile
from tests.packing import BASE, CLAIM, SOURCE, rule, table_text, write_pack
from tests.test_properties import cases

few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PROFILES = (
    profile(
        "hepatocellular carcinoma", {"hsa-miR-221-3p": 2.5, "hsa-miR-122-5p": -2.0, "miR-34a": -2.0, "let-7a": 2.0}
    ),
    profile("multiple myeloma", {"hsa-miR-221-3p": 2.0, "hsa-miR-155-5p": 2.0}, disease_state="newly_diagnosed"),
    profile(
        "mesothelioma",
        {"hsa-miR-16-5p": -2.0, "hsa-miR-21-5p": 3.0, "hsa-miR-145-5p": -2.0, "hsa-miR-142-5p": 2.0},
        target_expression={"PTEN": -1.0},
        patient={"cardiac_disease": True, "prior_infusion_reaction": True},
    ),
)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def answer(result: Recommendation) -> dict[str, Any]:
    """Return a result without the stamp of the knowledge."""
    return result.model_dump(exclude={"knowledge"})


def same(case: dict[str, Any], *packs: Path, rules: Path | None = None) -> bool:
    known = load_knowledge(*packs, rules=rules)
    return answer(recommend(case, knowledge=known)) == answer(recommend(case))


rows = st.lists(
    st.sampled_from([(table, row) for table in TABLES for row in BASE.tables[table]]),
    min_size=1,
    max_size=30,
    unique_by=lambda item: (item[0], key_of(*item)),
)


def by_table(chosen: list[tuple[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for table, row in chosen:
        found.setdefault(table, []).append(row._asdict())
    return found


@given(cases)
@few
def test_an_empty_pack_changes_nothing_but_the_stamp(case):
    with folder() as parent:
        lab = write_pack(parent / "lab")
        stamp = recommend(case, knowledge=load_knowledge(lab)).knowledge
        assert same(case, lab)
    assert (len(stamp.packs), stamp.sha256 != BASE.sha256) == (1, True)


@given(cases, rows)
@few
def test_overriding_rows_with_themselves_changes_no_answer(case, chosen):
    with folder() as parent:
        lab = write_pack(parent / "lab", by_table(chosen))
        assert load_knowledge(lab).tables == BASE.tables
        assert same(case, lab)


@pytest.mark.parametrize("file", sorted(BASE.rules))
def test_overriding_rules_with_themselves_changes_no_answer(tmp_path, file):
    lab = write_pack(tmp_path / "lab")
    shutil.copy(data_folder("rules") / file, lab / file)
    assert load_knowledge(lab).rules == BASE.rules
    assert all(same(case, lab) for case in PROFILES)


LEAVES = ("claims", "roles", "preclinical", "contexts", "targets", "combinations", "trial_tumors")
# two roles cite the review by place alone, which a pack may not
LEAF_ROWS = [
    (table, row)
    for table in LEAVES
    for row in BASE.tables[table]
    if table not in ("roles", "preclinical") or row.references
]


@given(
    cases,
    st.lists(
        st.sampled_from(LEAF_ROWS),
        min_size=1,
        max_size=20,
        unique_by=lambda item: (item[0], key_of(*item)),
    ),
)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_disabling_equals_removing_and_adding_back_equals_never_having_removed(case, chosen):
    with folder() as parent:
        rules = Path(shutil.copytree(data_folder("rules"), parent / "rules"))
        for table, group in itertools.groupby(sorted(chosen, key=lambda item: item[0]), key=lambda item: item[0]):
            gone = {key_of(table, row) for _, row in group}
            kept = [row._asdict() for row in BASE.tables[table] if key_of(table, row) not in gone]
            (rules / "knowledge" / f"{table}.tsv").write_text(table_text(table, kept), encoding="utf-8")
        ids: dict[str, list[str]] = {}
        for table, row in chosen:
            ids.setdefault(table, []).append(key_of(table, row))
        without = recommend(case, knowledge=load_knowledge(write_pack(parent / "without", disable=ids)))
        assert answer(without) == answer(recommend(case, knowledge=load_knowledge(rules=rules)))
        assert same(case, write_pack(parent / "back", by_table(chosen)), rules=rules)


def disjoint(parent: Path) -> list[Path]:
    row = BASE.caveats[0]._asdict() | {"note": "changed"}
    claim = {**CLAIM, "claim_id": "b", "mirna_as_printed": "miR-20a", "source": "lab_b"}
    return [
        write_pack(parent / "lab-a", {"sources": [SOURCE], "claims": [CLAIM]}, lab=rule("lab.flag")),
        write_pack(
            parent / "lab-b",
            {"sources": [{**SOURCE, "source": "lab_b"}], "claims": [claim]},
            disable={"rules": ["context.immune_stress"]},
            lab=rule("lab.other"),
            house=rule("house.flag"),
        ),
        write_pack(parent / "lab-c", {"caveats": [row]}, ranking="[context]\nprotective_role = 1\n"),
    ]


@given(cases, st.permutations(range(3)))
@few
def test_packs_that_touch_different_ids_give_the_same_answers_in_any_order(case, order):
    with folder() as parent:
        packs = disjoint(parent)
        first, second = load_knowledge(*packs), load_knowledge(*(packs[i] for i in order))
        assert answer(recommend(case, knowledge=first)) == answer(recommend(case, knowledge=second))
        assert second.packs == tuple(first.packs[i] for i in order)
        assert (first.sha256 == second.sha256) == (order == [0, 1, 2])


# --- hostile packs ----------------------------------------------------------------------------------------------------


def survives(lab: Path) -> None:
    """Load a pack and use it: an answer, or problems of one line each; anything else is a crash."""
    try:
        known = load_knowledge(lab)
    except RecommenderError as error:
        odd = [problem for problem in error.problems if not str(problem).isprintable()]
        if odd or not error.problems:
            raise AssertionError(f"problems that are no lines: {odd}") from error
        return
    for case in PROFILES:
        render_text(outline(recommend(case, knowledge=known)))


words = st.one_of(
    st.sampled_from(
        ["", "up", "down", "yes", "no", "general", "pan_cancer", "review", "text", "none", "5p", "12", "{", "}"]
    ),
    st.text(max_size=12),
    st.sampled_from(
        sorted({cell for table in TABLES for row in BASE.tables[table][:40] for cell in row if isinstance(cell, str)})
    ),
)


@st.composite
def mutated_rows(draw: Callable[..., Any]) -> tuple[str, str]:
    """Return a table and its text: rows of the bundled one, some cells and ids changed, perhaps a bite out of it."""
    table = draw(st.sampled_from(sorted(TABLES)))
    found = []
    for row in draw(st.lists(st.sampled_from(BASE.tables[table]), min_size=1, max_size=3)):
        cells = {**row._asdict()}
        for column in draw(st.lists(st.sampled_from(list(cells)), max_size=3)):
            cells[column] = draw(words)
        found.append(cells)
    text = table_text(table, found)
    if draw(st.integers(0, 4)) == 0:
        start = draw(st.integers(0, len(text)))
        text = text[:start] + draw(st.text(max_size=3)) + text[start + draw(st.integers(0, 3)) :]
    return table, text


@given(mutated_rows())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_table_whatever_is_in_it_is_a_traceback(mutated):
    table, text = mutated
    with folder() as parent:
        lab = write_pack(parent / "lab")
        (lab / "knowledge" / f"{table}.tsv").write_bytes(text.encode("utf-8", "surrogatepass"))
        survives(lab)


BLOCKS = [
    (file, "[[rule]]" + block)
    for file in BASE.rules
    for block in (data_folder("rules") / file).read_text(encoding="utf-8").split("[[rule]]")[1:]
]
TOKENS = sorted({token for _, block in BLOCKS for token in block.replace(",", " ").split()})


@given(st.sampled_from(BLOCKS), st.lists(st.tuples(st.integers(0, 400), st.sampled_from(TOKENS)), max_size=3))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_rule_whatever_is_in_it_is_a_traceback(block, changes):
    file, text = block
    for position, token in changes:
        parts = text.split(" ")
        parts[position % len(parts)] = token
        text = " ".join(parts)
    with folder() as parent:
        lab = write_pack(parent / "lab")
        (lab / file).write_text(text, encoding="utf-8")
        survives(lab)


SHORT = ("pack", "ranking", "calling", "lab")


@given(st.sampled_from(SHORT), st.text(alphabet="[]{}=\"'.,#\n\\ abcdexyz0123456789_-$\t\r", max_size=60))
@settings(max_examples=80, deadline=None)
def test_no_toml_whatever_is_in_it_is_a_traceback(stem, text):
    with folder() as parent:
        lab = write_pack(parent / "lab")
        (lab / f"{stem}.toml").write_text(text, encoding="utf-8", newline="")
        survives(lab)


@given(
    st.dictionaries(
        st.sampled_from([*TABLES, "rules", "weights"]),
        st.lists(
            st.one_of(
                st.sampled_from([rule.id for rule in BASE.rule_list()]),
                st.sampled_from([key_of(table, row) for table in TABLES for row in BASE.tables[table]]),
                words,
            ),
            max_size=3,
        ),
        max_size=4,
    )
)
@settings(max_examples=80, deadline=None)
def test_no_list_of_disabled_ids_is_a_traceback(disable):
    with folder() as parent:
        survives(write_pack(parent / "lab", disable=disable))
