"""Reports for eyes: nothing is left out, nothing is misaligned, nothing the user wrote becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import Recommendation, load_knowledge, recommend
from recommender.report.markdown import escape, render_markdown
from recommender.report.outline import Bullets, Heading, Paragraph, Table, outline
from recommender.report.text import render_text

UNHURRIED = settings(deadline=None)  # the first example imports what it needs

KNOWN = load_knowledge()
PROFILE: dict[str, Any] = {
    "sample_id": "HCC-0042",
    "cancer": "hepatocellular carcinoma",
    "disease_state": "relapsed_refractory",
    "scale": "log2_fold_change",
    "reference": {"kind": "normal_cohort", "samples": 50},
    "expression": {
        "hsa-miR-221-3p": 2.7,
        "hsa-miR-21-5p": 1.5,
        "hsa-miR-122-5p": 3.0,
        "hsa-miR-16-5p": -2.0,
        "hsa-miR-155-5p": 2.0,
        "hsa-miR-34a-5p": None,
        "miR-2l": 1.0,
        "mmu-miR-21a-5p": 1.0,
        "let-7a/7c": 1.0,
        "hsa-miR-9999": 1.0,
    },
}


def result_of(**changes: Any) -> Recommendation:
    return recommend({**PROFILE, **changes})


def text_of(**changes: Any) -> str:
    return render_text(outline(result_of(**changes)))


def markdown_of(**changes: Any) -> str:
    return render_markdown(outline(result_of(**changes)))


def joined(report: str) -> str:
    """Return a report without line ends and indents, to look for what may be wrapped."""
    return re.sub(r"\s+", " ", report)


RENDERED = {"text": text_of, "markdown": lambda **changes: markdown_of(**changes).replace("\\", "")}
FORMATS = pytest.mark.parametrize("rendered", RENDERED.values(), ids=RENDERED.keys())


# ---------------------------------------------------------------- nothing is left out


@pytest.fixture(scope="module")
def full() -> Recommendation:
    result = result_of()
    assert len(result.strategies) >= 3
    assert len(result.withheld) >= 1
    assert len(result.unresolved) == 3
    return result


@FORMATS
def test_every_strategy_has_a_row_and_a_paragraph_of_its_own(full, rendered):
    report = rendered()
    for strategy in full.strategies:
        row = (
            rf"^\|? ?{strategy.rank} .*{strategy.action} {re.escape(strategy.mirna)} .*{strategy.gate}.*{strategy.tier}"
        )
        assert re.search(row, report, re.MULTILINE)
        assert f"{strategy.rank}. {strategy.action.capitalize()} {strategy.mirna}\n" in report


@FORMATS
def test_every_strategy_shows_its_points_as_the_sum_of_its_terms(full, rendered):
    report = joined(rendered())
    for strategy in full.strategies:
        terms = ", ".join(f"{c.name.replace('_', ' ')} {c.points:+d}" for c in strategy.components)
        assert f"{strategy.points} = {terms}" in report


@FORMATS
def test_every_strategy_shows_its_trials_its_graver_flags_and_its_caveats(full, rendered):
    report = joined(rendered())
    for strategy in full.strategies:
        for precedent in strategy.precedents:
            assert precedent.agent in report
            assert precedent.nct_id is None or precedent.nct_id in report
        for flag in (*strategy.flags, *strategy.caveats):
            assert flag.id.replace("_", " ") in report
            if flag.severity != "info":
                assert joined(flag.message) in report


@FORMATS
def test_every_withheld_entry_appears_with_all_its_reasons(full, rendered):
    report = joined(rendered())
    for withheld in full.withheld:
        assert f"{withheld.action} {withheld.mirna} (" in report
        assert ", ".join(withheld.reasons) in report
        assert joined(withheld.message) in report


@FORMATS
def test_every_exploratory_strategy_has_a_row(rendered):
    changes = {"reference": {"kind": "tumor_cohort"}}
    exploratory = result_of(**changes).exploratory
    assert exploratory
    report = rendered(**changes)
    for strategy in exploratory:
        assert f"{strategy.action} {strategy.mirna} " in report.partition("Exploratory")[2]


@FORMATS
def test_every_name_that_was_not_understood_appears_with_its_reason(rendered):
    report = joined(rendered())
    assert "miR-2l: not a mirna name; perhaps miR-21" in report
    assert "mmu-miR-21a-5p: not human" in report
    assert "let-7a/7c: ambiguous name; perhaps hsa-let-7a-5p, hsa-let-7c-5p" in report


@FORMATS
def test_every_name_outside_the_knowledge_appears(rendered):
    assert "Not in the knowledge: hsa-miR-9999" in joined(rendered()).replace("**", "")


@FORMATS
def test_every_note_and_every_source_appears(full, rendered):
    report = joined(rendered())
    assert full.notes
    assert full.sources
    for note in full.notes:
        assert joined(note.message) in report
    for source in full.sources:
        assert f"{source.id}: {joined(source.citation)}" in report


@FORMATS
def test_the_selection_is_called_unproven_in_every_report(rendered):
    assert "No trial has shown that a tumor's level of a miRNA predicts response" in joined(rendered())


@FORMATS
def test_every_call_is_counted_with_its_state(full, rendered):
    report = joined(rendered())
    counts: dict[str, int] = {}
    for call in full.calls:
        counts[call.call] = counts.get(call.call, 0) + 1
    for state, count in counts.items():
        assert f"{state.replace('_', ' ')}: {count} (" in report


@FORMATS
def test_what_a_long_list_leaves_out_is_counted(rendered):
    names = {f"xyz-{i:02d}": 1.0 for i in range(30)}
    outside = {f"hsa-miR-{i}": 1.0 for i in range(90_000, 90_020)}
    report = joined(rendered(expression={"hsa-miR-221-3p": 2.7, **names, **outside}))
    assert "xyz-00" in report
    assert "and 18 more" in report  # 12 of 30 names are shown
    assert "hsa-miR-90000" in report
    assert "and 8 more" in report  # 12 of 20


@FORMATS
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"disease_state": "on_treatment_sensitive", "expression": {"hsa-miR-221-3p": 2.7}},
            "every candidate was withheld",
        ),
        ({"reference": {"kind": "tumor_cohort"}, "expression": {"hsa-miR-221-3p": 2.7}}, "only exploratory ones"),
        ({"expression": {"hsa-miR-221-3p": 0.1}}, "no rule speaks for one"),
        ({"expression": {"hsa-miR-221-3p": None}}, "measures no miRNA the knowledge speaks of"),
    ],
)
def test_no_recommendation_is_a_result_with_a_reason(rendered, changes, words):
    report = joined(rendered(**changes))
    assert "No strategy" in report
    assert words in report
    assert "Ranked strategies" not in report


@FORMATS
def test_a_subtype_is_named_beside_the_tumor_it_counts_as(rendered):
    report = joined(rendered(cancer="LUAD"))
    assert "Lung cancer, lung adenocarcinoma (given as LUAD)." in report


@FORMATS
def test_the_versions_and_the_input_are_named(full, rendered):
    report = joined(rendered())
    assert f"mirna-recommender {full.software.version}" in report
    assert full.knowledge.sha256[:12] in report
    assert full.input_sha256[:12] in report


@FORMATS
def test_the_description_is_free_text_and_is_never_interpreted(rendered):
    assert rendered(description="<script>alert(1)</script> | # `x`").count("alert") == 0


# ---------------------------------------------------------------- text: width and alignment


def too_wide(report: str) -> list[str]:
    return [line for line in report.splitlines() if len(line) > 100]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"sample_id": "S" * 200}, id="sample id of 200 characters"),
        pytest.param({"sample_id": "long name " * 20}, id="sample id of twenty words"),
        pytest.param({"expression": {"x" * 200: 1.0, "hsa-miR-221-3p": 2.0}}, id="miRNA name of 200 characters"),
        pytest.param({"expression": {"hsa-miR-221-3p": 1e300}}, id="value of 1e300"),
        pytest.param({"expression": {"hsa-miR-221-3p": 123456.789}}, id="value of six digits"),
        pytest.param({"cancer": "hepatocellular" + "-" * 170 + "carcinoma"}, id="tumor name of 200 characters"),
        pytest.param({"target_expression": {"G" * 200: 1.0}}, id="gene name of 200 characters"),
    ],
)
def test_no_line_of_the_text_is_wider_than_100_columns(changes):
    assert too_wide(text_of(**changes)) == []


def test_wide_characters_take_two_columns():
    line = text_of(sample_id="字" * 60).splitlines()[0]
    assert sum(2 if character == "字" else 1 for character in line) <= 100


@pytest.mark.parametrize(
    "cancer", ["hepatocellular carcinoma", "LUAD", "multiple myeloma", "colorectal cancer", "CTCL"]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_report_of_every_mirna_there_is_fits_100_columns(cancer, sign):
    expression = dict.fromkeys(KNOWN.resolver.mirnas, sign * 2.5)
    report = text_of(cancer=cancer, expression=expression, metastatic=True, disease_state="unknown")
    assert too_wide(report) == []
    assert len(report.splitlines()) > 50


@pytest.mark.parametrize("kind", [Heading, Paragraph, Bullets, Table])
@UNHURRIED
@given(st.data())
def test_no_block_of_any_kind_is_wider_than_100_columns(kind, data):
    words = st.lists(st.text("ab-x.", min_size=1, max_size=150), min_size=1, max_size=4).map(" ".join)
    if kind is Heading:
        block = Heading(data.draw(st.integers(1, 3)), data.draw(words))
    elif kind is Paragraph:
        block = Paragraph(data.draw(words), data.draw(st.sampled_from(["", "Why"])))
    elif kind is Bullets:
        block = Bullets(tuple(data.draw(st.lists(words, min_size=1, max_size=3))))
    else:
        # numbers of any size and the longest names there are
        cell = st.sampled_from(
            ["1", "+2.70", "inhibit miR-221/222-cluster", "NCT04811898 +1", "trial's tumor", "clear"]
        )
        block = Table(("#", "Strategy", "Gate"), tuple(data.draw(st.lists(st.tuples(cell, cell, cell), max_size=3))))
    assert too_wide(render_text([block])) == []


def test_a_table_is_aligned_with_numbers_to_the_right():
    table = Table(
        ("#", "Strategy", "Points"),
        (("1", "inhibit hsa-miR-221-3p", "38"), ("10", "restore miR-34-family", "-5")),
        frozenset({"#", "Points"}),
    )
    assert render_text([table]) == (
        " #  Strategy                Points\n 1  inhibit hsa-miR-221-3p      38\n10  restore miR-34-family       -5\n"
    )


def test_the_table_of_strategies_is_aligned():
    report = text_of().splitlines()
    start = next(i for i, line in enumerate(report) if line.startswith("#  Strategy"))
    header, rows = report[start], report[start + 1 : start + 1 + len(result_of().strategies)]
    for name in ("Strategy", "Call", "Gate", "Tier", "Documented", "Trials"):
        column = header.index(name)
        assert all(row[column - 1] == " " and row[column] != " " for row in rows), name
    for name in ("Value", "Points"):
        end = header.index(name) + len(name)
        assert all(row[end - 1] != " " and row[end : end + 1] in ("", " ") for row in rows), name
    assert [row.split()[0] for row in rows] == [str(rank) for rank in range(1, len(rows) + 1)]


def test_columns_stay_aligned_under_colors():
    table = Table(("Gate", "Tier"), (("clear", "T2"), ("adverse", "T1")))
    colored = render_text([table], lambda text, how: f"<{how}>{text}</{how}>")
    assert re.sub(r"</?\w+>", "", colored) == render_text([table])
    assert "<green>clear  </green>" in colored
    assert "<red>adverse</red>" in colored


def test_blocks_of_text_look_so():
    blocks = [
        Heading(1, "S1: strategies"),
        Paragraph("Liver."),
        Heading(2, "Withheld"),
        Bullets(("one", "two " * 30)),
        Heading(3, "1. Inhibit"),
        Paragraph("up", "Why"),
    ]
    assert render_text(blocks) == (
        "S1: strategies\n"
        "==============\n"
        "Liver.\n"
        "\n"
        "Withheld\n"
        "--------\n"
        "  - one\n"
        "  - two two two two two two two two two two two two two two two two two two two two two two two two\n"
        "    two two two two two two\n"
        "\n"
        "1. Inhibit\n"
        "Why: up\n"
    )


def test_no_line_of_the_text_ends_in_a_space():
    assert [line for line in text_of().splitlines() if line != line.rstrip()] == []


def test_a_mirna_name_is_never_broken_over_two_lines():
    expression = {f"hsa-miR-{i}": 2.0 for i in range(90_000, 90_012)} | {"hsa-miR-221-3p": 2.0}
    broken = [line for line in text_of(expression=expression).splitlines() if re.search(r"(hsa|hsa-miR)-?$", line)]
    assert broken == []


# ---------------------------------------------------------------- Markdown: nothing becomes markup


@pytest.mark.parametrize(
    ("typed", "escaped"),
    [
        ("a|b", r"a\|b"),
        ("`code`", r"\`code\`"),
        ("<script>", r"\<script\>"),
        ("**bold**", r"\*\*bold\*\*"),
        ("_under_", r"\_under\_"),
        ("[x](y)", r"\[x\](y)"),
        ("# title", r"\# title"),
        ("back\\slash", r"back\\slash"),
        ("hsa-miR-21-5p", "hsa-miR-21-5p"),
    ],
)
def test_what_markdown_would_read_as_markup_is_escaped(typed, escaped):
    assert escape(typed) == escaped


HOSTILE = [
    "a|b|c",
    "`code` ``x``",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- comment",
    "**bold** _it_ ~~gone~~",
    "[link](javascript:alert(1))",
    "![image](http://example.org/x.png)",
    "# heading",
    "&lt;b&gt; &amp; &#60;",
    "\\`\\|",
    "https://example.org/",
    "- item",
    "1. item",
    "> quote",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_sample_id_keeps_its_place_in_the_table_and_the_text(name):
    report = markdown_of(sample_id=name)
    plain = markdown_of()
    assert len(report.splitlines()) == len(plain.splitlines())
    assert report.splitlines()[0] == f"# {escape(name)}: miRNA-therapy strategies"
    assert report.splitlines()[1:-1] == plain.splitlines()[1:-1]


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\u2028b", "a\x1b[31mb"])
def test_line_ends_and_escapes_in_a_sample_id_never_reach_a_report(name):
    from recommender import InputError

    with pytest.raises(InputError, match="sample_id"):
        result_of(sample_id=name)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_character_of_hostile_names_stays_bare(name):
    report = markdown_of(expression={"hsa-miR-221-3p": 2.0, name: 1.0})
    (line,) = [line for line in report.splitlines() if line.startswith(f"- {escape(name)}: ")]
    bare = re.sub(r"\\[\\`*_\[\]<>|#&~]", "", line)
    assert not re.search(r"[`*<>|\[\]]", bare)


def test_every_row_of_the_markdown_table_has_as_many_cells_as_its_header():
    tables = [line for line in markdown_of(sample_id="a|b").splitlines() if line.startswith("|")]
    assert len(tables) >= 3
    cells = {len(re.findall(r"(?<!\\)\|", line)) for line in tables}
    assert cells == {10}


def test_blocks_of_markdown_look_so():
    blocks = [
        Heading(1, "S#1"),
        Paragraph("Liver."),
        Paragraph("up", "Why"),
        Bullets(("one", "t|wo")),
        Table(("#", "Name"), (("1", "a|b"),), frozenset({"#"})),
    ]
    assert render_markdown(blocks) == (
        "# S\\#1\n\nLiver.\n\n**Why:** up\n\n- one\n- t\\|wo\n\n| \\# | Name |\n| ---: | --- |\n| 1 | a\\|b |\n"
    )


class Tags(HTMLParser):
    """Gathers the tags and the words of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


def page(markdown: str) -> Tags:
    parser = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return Tags(parser.render(markdown))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_as_it_was_typed(name):
    shown = page(markdown_of(sample_id=name, expression={"hsa-miR-221-3p": 2.0, f"x{name}": 1.0}))
    plain = page(markdown_of(expression={"hsa-miR-221-3p": 2.0, "x": 1.0}))
    assert shown.tags == plain.tags
    assert f"{name}: miRNA-therapy strategies" in shown.words
    assert f"x{name}: " in shown.words


@UNHURRIED
@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=20))
def test_any_text_is_shown_as_it_was_typed(typed):
    typed = f"x{typed}x"  # the text stands inside a line
    shown = page(render_markdown([Heading(1, typed), Bullets((typed,)), Table(("a", "b"), ((typed, "c"),))]))
    assert shown.tags == ["h1", "ul", "li", "table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]
    assert shown.words.split("\n").count(typed) == 3


def test_of_a_trial_the_counts_are_told_before_what_is_said_of_them() -> None:
    report = joined(text_of())
    assert 0 <= report.find("8/16") < report.find("gives no duration of the response")


def test_a_prognosis_in_myeloma_is_told_of_myeloma_alone() -> None:
    assert "CD138-positive" not in joined(text_of())
    assert "CD138-positive" in joined(text_of(cancer="multiple myeloma", disease_state="newly_diagnosed"))


def test_a_trial_is_told_once_and_named_again() -> None:
    changes = {"cancer": "melanoma", "expression": {"hsa-miR-34a-5p": -2.0, "hsa-miR-34c-5p": -2.5}}
    result, report = result_of(**changes), joined(text_of(**changes))
    assert [s.id for s in result.strategies] == ["restore:hsa-miR-34a-5p", "restore:miR-34-family"]
    assert report.count("MRX34, NCT01829971: mimic, liposome; Phase 1, Terminated") == 1
    assert "MRX34, NCT01829971: as told for 1; this tumor treated." in report


def test_a_status_without_a_source_has_no_empty_brackets() -> None:
    report = joined(text_of(cancer="colorectal cancer", expression={"hsa-miR-17-5p": 2.0}))
    assert "RGLS4326, no registry number verified: Phase 1, Not verified, stopped" in report


def test_every_caveat_on_a_sibling_is_told_with_its_strategy() -> None:
    """They share an id, and each has its own message: none may hide another."""
    changes = {"expression": {"hsa-miR-25-3p": 2.0, "hsa-miR-221-3p": 2.0}}
    result, report = result_of(**changes), joined(text_of(**changes))
    siblings = [c.message for s in result.strategies for c in s.caveats if c.id.startswith("sibling")]
    assert len(siblings) >= 3
    for message in siblings:
        assert joined(message) in report
