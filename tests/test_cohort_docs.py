"""The pages on cohorts: their commands, tables and examples are those of the program; figures are those of a run."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import sys
from pathlib import Path

import click
import pyarrow as pa
import pytest

from recommender.cli import cli, run
from recommender.cohort.running.folder import result_files
from recommender.cohort.scoring.frames import SCHEMAS

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = (DOCS / "cohorts.md").read_text(encoding="utf-8")
STUDY = (DOCS / "real_cohorts.md").read_text(encoding="utf-8")
FILE = re.compile(r"^`([^`]+)`:\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = [
    line
    for page in (PAGE, (DOCS / "cluster.md").read_text(encoding="utf-8"))
    for block in re.findall(r"^```bash\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.startswith("mirna-recommender ")
]
TYPES = {
    "text": pa.string(),
    "integer": pa.int32(),
    "large integer": pa.int64(),
    "number": pa.float64(),
    "list of texts": pa.list_(pa.string()),
}
LONG = bool(os.environ.get("RECOMMENDER_LONG"))  # all runs of the four studies: about a minute


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_pages_is_one_the_program_takes(command):
    _, name, *arguments = shlex.split(command)
    taken = cli.get_command(click.Context(cli), name)
    if isinstance(taken, click.Group):
        name, *arguments = arguments
        taken = taken.get_command(click.Context(taken), name)
    with taken.make_context(name, arguments) as context:
        assert context.params


@pytest.fixture
def example(tmp_path, monkeypatch):
    """Return a folder with the files the page shows, and work there."""
    for name, content in FILE.findall(PAGE):
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_first_command_does_what_the_page_says(example, capsys):
    assert run(shlex.split(COMMANDS[0])[1:]) == 3
    told = re.search(r"ends with exit status 3.*?```text\n(.*?)\n```", PAGE, re.DOTALL)
    assert told.group(1) in capsys.readouterr().err.splitlines()
    shown = re.search(r"its first columns:\n\n```text\n(.*?)```", PAGE, re.DOTALL).group(1)
    written = (example / "results" / "strategies.tsv").read_text(encoding="utf-8").splitlines()
    columns = len(shown.splitlines()[0].split("\t"))
    assert ["\t".join(line.split("\t")[:columns]) for line in written] == shown.splitlines()


def test_the_example_in_python_gives_what_the_page_says(example):
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "docs/cohorts.md", None, 0)
    assert test.examples
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_tables_of_columns_are_those_of_the_files(name):
    sections = re.findall(r"^((?:`\w+`(?: and )?)+):\n\n(\| column.*?)\n\n", PAGE, re.MULTILINE | re.DOTALL)
    table = next(table for names, table in sections if f"`{name}`" in names)
    rows = [re.match(r"\| `(\w+)` \| ([\w ]+) \|", line) for line in table.splitlines()[2:]]
    told = [(row.group(1), TYPES[row.group(2)]) for row in rows]
    assert told == [(field.name, _plain(field.type)) for field in SCHEMAS[name]]


def _plain(kind: pa.DataType) -> pa.DataType:
    """Return a type as a file of results has it: text is not in dictionaries there."""
    if pa.types.is_list(kind):
        return pa.list_(_plain(kind.value_type))
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def test_the_files_of_results_are_named():
    assert [name for name in (*result_files("parquet"), "manifest.json") if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize("page", ["cohorts.md", "real_cohorts.md", "cohort-summary.md"])
def test_the_pages_on_cohorts_link_to_what_is_there(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", text):
        if target.startswith("https:"):
            continue
        other = (DOCS / target) if target else DOCS / page
        assert other.exists(), target
        headings = re.findall(r"^#+ (.*)$", other.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
        slugs = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
        assert not anchor or anchor in slugs, anchor


# ---------------------------------------------------------------- figures of docs/real_cohorts.md


@pytest.fixture(scope="module")
def study(shared_data):
    """Return the module that runs the four studies."""
    tools = str(DOCS.parent / "tools")
    sys.path.insert(0, tools)
    import study_cohort

    yield study_cohort
    sys.path.remove(tools)


@pytest.fixture(scope="module")
def found(study, shared_data, tmp_path_factory):
    """Return the groups of the run the page is about, by study, and its result."""
    folder = tmp_path_factory.mktemp("studies")
    prepared = study.with_normals(shared_data, folder)
    result = study.run(prepared, folder, by=("run",), reference=study.references(prepared.samples, "own"))
    return study.groups(result, study.load_knowledge()), result


def test_the_four_studies_run_as_one_cohort_with_the_normals_of_each(found):
    by_study, result = found
    assert {name: one.group.samples for name, one in by_study.items()} == {
        "LIHC": 372,
        "LUAD": 513,
        "LUSC": 478,
        "THCA": 502,
    }
    assert result.quarantine.empty
    assert result.summary.cohort.comparisons[0].samples == 1865
    assert [note for note in result.notes if note.startswith("reference ")] == [
        "reference LIHC.tsv: 47 samples, hairpin level, 3 removed by the quality control",
        "reference LUAD.tsv: 39 samples, hairpin level, 7 removed by the quality control",
        "reference LUSC.tsv: 41 samples, hairpin level, 4 removed by the quality control",
        "reference THCA.tsv: 56 samples, hairpin level, 3 removed by the quality control",
    ]


def test_mir_221_is_up_in_149_of_372_liver_tumors_and_its_inhibition_leads_in_each(found):
    by_study, _ = found
    agent = next(e for e in by_study["LIHC"].group.eligibility if e.agent == "lna_i_mir_221")
    assert (agent.samples, agent.of, agent.strategies, agent.tumor_match) == (149, 372, 149, "eligible")
    assert [(rank.key, rank.samples) for rank in agent.by_rank] == [("1", 149)]
    assert [(gate.key, gate.samples) for gate in agent.by_gate] == [("caution", 149)]
    assert {call.key: call.samples for call in agent.calls} == {"up": 149, "unchanged": 118, "low_abundance": 105}


def test_no_liver_tumor_lost_the_mirna_of_the_agent_that_had_responses_there(found):
    by_study, _ = found
    agent = next(e for e in by_study["LIHC"].group.eligibility if e.agent == "mrx34")
    assert (agent.samples, agent.tumor_match) == (0, "responded")


@pytest.mark.parametrize(("study_name", "up", "of"), [("LUAD", 349, 513), ("LUSC", 408, 478)])
def test_no_lung_tumor_has_mir_183_down_as_it_is_documented(found, study_name, up, of):
    by_study, _ = found
    one = next(d for d in by_study[study_name].group.documented if d.mirna == "hsa-miR-183-5p")
    assert (one.documented, one.confirmed, one.contradicted, one.samples) == ("down", 0, up, of)


def test_the_older_sequencer_makes_most_of_the_squamous_tumors_that_lack_mir_193a(found):
    _, result = found
    runs = {one.value: one.group for column in result.summary.by_column for one in column.values}
    counts = {
        name: next(s for s in runs[name].strategies if s.id == "restore:hsa-miR-193a-3p")
        for name in ("LUSC, Genome Analyzer", "LUSC, HiSeq 2000")
    }
    assert [(one.samples, one.of) for one in counts.values()] == [(96, 136), (56, 342)]


def test_the_page_quotes_what_its_tool_prints(study, found):
    by_study, result = found
    for rows in (study.served(by_study), study.agents(by_study)):
        counts = {cell for row in rows for cell in row if re.fullmatch(r"\d+ \(\d+(\.\d)? %\)", cell)}
        assert {cell for cell in counts if int(cell.split()[0]) > 40 and cell not in STUDY} == set()
    for row in study.machines(result):
        if int(row[2].split()[0]) >= 40 and row[0] == "LUSC" and row[1] == "restore miR-193a-3p":
            assert f"| {row[2]} | {row[3]} |" in STUDY


@pytest.mark.skipif(not LONG, reason="RECOMMENDER_LONG=1 runs the studies under other circumstances: about a minute")
def test_states_references_and_tumors_without_normals_are_as_the_page_says(study, shared_data, tmp_path):
    known = study.load_knowledge()
    prepared = study.with_normals(shared_data, tmp_path)
    states = [row for row in study.by_state(prepared, tmp_path, known) if row[1] == "LIHC"]
    assert [(row[0], row[3], row[7]) for row in states] == [
        ("unknown", "149", "0 / 2225 / 0"),
        ("newly_diagnosed", "149", "0 / 2047 / 178"),
        ("on_treatment_sensitive", "0", "0 / 2047 / 0"),
        ("relapsed_refractory", "149", "2207 / 18 / 0"),
    ]
    others = [row for row in study.by_reference(prepared, tmp_path, known) if row[1] == "LUSC"]
    assert [row[-1] for row in others] == ["31 %", "28 %", "37 %", "0 %"]
    explored = list(study.explored(shared_data, tmp_path, known))
    assert [(row[0], row[4], row[5]) for row in explored] == [("COAD", "0", "0"), ("OV", "0", "0"), ("SKCM", "0", "0")]
    assert all(f"{row[6]} | " in STUDY for row in explored)
