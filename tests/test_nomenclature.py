"""Names as people write them, and what each stands for."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recommender.knowledge import load_knowledge
from recommender.nomenclature import Identity, NotUnderstood, Outside, Resolver, canonical_form

RESOLVER: Resolver = load_knowledge().resolver
CURRENT = sorted(RESOLVER.mirnas)
WITH_ARM = [name for name in CURRENT if name.endswith(("-5p", "-3p"))]
# hyphen, non-breaking hyphen, figure dash, en dash, em dash, minus, full-width hyphen, underscore
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212\uff0d_"
REASONS = {"not_a_mirna_name", "not_human", "retired_entry", "ambiguous_name"}

# spelling, the mature it speaks of, how sure the arm is
ONE_MATURE = [
    # canonical, with and without the species, in any case and with any dash
    ("hsa-miR-21-5p", "hsa-miR-21-5p", "exact"),
    ("miR-21-5p", "hsa-miR-21-5p", "exact"),
    ("HSA-MIR-21-5P", "hsa-miR-21-5p", "exact"),
    ("Hsa-Mir-21-5p", "hsa-miR-21-5p", "exact"),
    ("hsa-mir-21-5p", "hsa-miR-21-5p", "exact"),
    ("hsa_miR_21_5p", "hsa-miR-21-5p", "exact"),
    ("miR\u201321\u20135p", "hsa-miR-21-5p", "exact"),
    ("hsa\u2010miR\u201021\u20103p", "hsa-miR-21-3p", "exact"),
    ("  hsa-miR-221-5p\t", "hsa-miR-221-5p", "exact"),
    ("hsa-miR-142-3p", "hsa-miR-142-3p", "exact"),
    ("LET-7A-5P", "hsa-let-7a-5p", "exact"),
    ("let-7f-1-3p", "hsa-let-7f-1-3p", "exact"),
    ("miR-206", "hsa-miR-206", "exact"),
    ("hsa-miR-518b", "hsa-miR-518b", "exact"),
    ("miR-199b-3p", "hsa-miR-199b-3p", "exact"),
    ("hsa-miR-30a-3p", "hsa-miR-30a-3p", "exact"),
    # accessions
    ("MIMAT0000076", "hsa-miR-21-5p", "exact"),
    ("mimat0000278", "hsa-miR-221-3p", "exact"),
    ("MIMAT0000062", "hsa-let-7a-5p", "exact"),
    # without an arm: the strand that once had the name alone
    ("miR-21", "hsa-miR-21-5p", "arm_assumed"),
    ("hsa-miR-21", "hsa-miR-21-5p", "arm_assumed"),
    ("miR21", "hsa-miR-21-5p", "arm_assumed"),
    ("MIR-21", "hsa-miR-21-5p", "arm_assumed"),
    ("miR-221", "hsa-miR-221-3p", "arm_assumed"),
    ("miR\u2011222", "hsa-miR-222-3p", "arm_assumed"),
    ("miR-34a", "hsa-miR-34a-5p", "arm_assumed"),
    ("miR-34c", "hsa-miR-34c-5p", "arm_assumed"),
    ("miR-17", "hsa-miR-17-5p", "arm_assumed"),
    ("miR-126", "hsa-miR-126-3p", "arm_assumed"),
    ("miR-140", "hsa-miR-140-5p", "arm_assumed"),
    ("miR-199a", "hsa-miR-199a-5p", "arm_assumed"),
    ("miR-193a", "hsa-miR-193a-3p", "arm_assumed"),
    ("miR-106a", "hsa-miR-106a-5p", "arm_assumed"),
    ("miR-106b", "hsa-miR-106b-5p", "arm_assumed"),
    ("miR-200a", "hsa-miR-200a-3p", "arm_assumed"),
    ("miR-200b", "hsa-miR-200b-3p", "arm_assumed"),
    ("miR-200c", "hsa-miR-200c-3p", "arm_assumed"),
    ("miR-137", "hsa-miR-137-3p", "arm_assumed"),
    ("miR-375", "hsa-miR-375-3p", "arm_assumed"),
    ("let-7a", "hsa-let-7a-5p", "arm_assumed"),
    ("let-7c", "hsa-let-7c-5p", "arm_assumed"),
    # star names
    ("miR-21*", "hsa-miR-21-3p", "exact"),
    ("hsa-miR-222*", "hsa-miR-222-5p", "exact"),
    ("miR-126*", "hsa-miR-126-5p", "exact"),
    ("let-7a*", "hsa-let-7a-3p", "exact"),
    ("miR-29b-1*", "hsa-miR-29b-1-5p", "exact"),
    ("miR-17(*)", "hsa-miR-17-3p", "exact"),
    ("miR-21(star)", "hsa-miR-21-3p", "exact"),
    # names of earlier releases
    ("miR-122a", "hsa-miR-122-5p", "arm_assumed"),
    ("miR-124a", "hsa-miR-124-3p", "arm_assumed"),
    ("miR-451", "hsa-miR-451a", "exact"),
    ("miR-128a", "hsa-miR-128-3p", "arm_assumed"),
    ("miR-92", "hsa-miR-92a-3p", "arm_assumed"),
    ("miR-213", "hsa-miR-181a-3p", "arm_assumed"),
    ("hsa-miR-453", "hsa-miR-323b-5p", "arm_assumed"),
    # hairpins, by name, accession and HGNC symbol: the guide strand, marked as hairpin
    ("hsa-mir-21", "hsa-miR-21-5p", "hairpin"),
    ("mir-21", "hsa-miR-21-5p", "hairpin"),
    ("MI0000077", "hsa-miR-21-5p", "hairpin"),
    ("mi0000077", "hsa-miR-21-5p", "hairpin"),
    ("MIR21", "hsa-miR-21-5p", "hairpin"),
    ("hsa-mir-16-1", "hsa-miR-16-5p", "hairpin"),
    ("hsa-mir-16-2", "hsa-miR-16-5p", "hairpin"),
    ("miR-16-1", "hsa-miR-16-5p", "hairpin"),
    ("MIR16-1", "hsa-miR-16-5p", "hairpin"),
    ("MIR92A1", "hsa-miR-92a-3p", "hairpin"),
    ("MIRLET7A1", "hsa-let-7a-5p", "hairpin"),
    ("hsa-let-7a-1", "hsa-let-7a-5p", "hairpin"),
    ("hsa-mir-206", "hsa-miR-206", "hairpin"),
]


@pytest.mark.parametrize(("spelling", "mirna", "measured_as"), ONE_MATURE, ids=[repr(row[0]) for row in ONE_MATURE])
def test_a_spelling_stands_for_one_mature(spelling, mirna, measured_as):
    found = RESOLVER.resolve(spelling)
    assert isinstance(found, Identity)
    assert (found.mirnas, found.measured_as) == ((mirna,), measured_as)


@pytest.mark.parametrize(
    ("spelling", "hairpin", "arms"),
    [
        ("miR-142", "hsa-mir-142", {"hsa-miR-142-3p", "hsa-miR-142-5p"}),
        ("hsa-mir-142", "hsa-mir-142", {"hsa-miR-142-3p", "hsa-miR-142-5p"}),
        ("miR-34b", "hsa-mir-34b", {"hsa-miR-34b-3p", "hsa-miR-34b-5p"}),
        ("hsa-miR-34b", "hsa-mir-34b", {"hsa-miR-34b-3p", "hsa-miR-34b-5p"}),
        ("miR-493", "hsa-mir-493", {"hsa-miR-493-3p", "hsa-miR-493-5p"}),
        ("miR-629", "hsa-mir-629", {"hsa-miR-629-3p", "hsa-miR-629-5p"}),
        ("miR-876", "hsa-mir-876", {"hsa-miR-876-3p", "hsa-miR-876-5p"}),
        ("miR-3622a", "hsa-mir-3622a", {"hsa-miR-3622a-3p", "hsa-miR-3622a-5p"}),
        ("MIR6728", "hsa-mir-6728", {"hsa-miR-6728-3p", "hsa-miR-6728-5p"}),
    ],
)
def test_where_no_strand_or_both_ever_had_the_name_alone_the_arm_is_unknown(spelling, hairpin, arms):
    found = RESOLVER.resolve(spelling)
    assert isinstance(found, Identity)
    assert (found.key, set(found.mirnas), found.measured_as) == (hairpin, arms, "arm_unknown")


@pytest.mark.parametrize(
    ("spelling", "members"),
    [
        ("let-7a/7c", ("hsa-let-7a-5p", "hsa-let-7c-5p")),
        ("let-7a/c", ("hsa-let-7a-5p", "hsa-let-7c-5p")),
        ("hsa-miR-21-5p|hsa-miR-21-3p", ("hsa-miR-21-5p", "hsa-miR-21-3p")),
        ("hsa-miR-21-5p, hsa-miR-221-3p", ("hsa-miR-21-5p", "hsa-miR-221-3p")),
        ("miR-15a/16", ("hsa-miR-15a-5p", "hsa-miR-16-5p")),
        ("miR-200a/b/c", ("hsa-miR-200a-3p", "hsa-miR-200b-3p", "hsa-miR-200c-3p")),
        ("miR-221/222", ("hsa-miR-221-3p", "hsa-miR-222-3p")),
        ("miR-199a/b-3p", ("hsa-miR-199a-3p", "hsa-miR-199b-3p")),
        ("miR-19", ("hsa-miR-19a-3p", "hsa-miR-19b-3p")),
        ("miR-34", ("hsa-miR-34a-5p", "hsa-miR-34b-5p", "hsa-miR-34c-5p")),
        ("hsa-miR-125", ("hsa-miR-125a-5p", "hsa-miR-125b-5p")),
        ("miR-146", ("hsa-miR-146a-5p", "hsa-miR-146b-5p")),
        (
            "miR-30",
            ("hsa-miR-30a-5p", "hsa-miR-30b-5p", "hsa-miR-30c-5p", "hsa-miR-30d-5p", "hsa-miR-30e-5p"),
        ),
        (
            "miR-17-92",
            (
                "hsa-miR-17-5p",
                "hsa-miR-18a-5p",
                "hsa-miR-19a-3p",
                "hsa-miR-20a-5p",
                "hsa-miR-19b-3p",
                "hsa-miR-92a-3p",
            ),
        ),
        (
            "Let-7",
            (
                "hsa-let-7a-5p",
                "hsa-let-7b-5p",
                "hsa-let-7c-5p",
                "hsa-let-7d-5p",
                "hsa-let-7e-5p",
                "hsa-let-7f-5p",
                "hsa-let-7g-5p",
                "hsa-let-7i-5p",
                "hsa-miR-98-5p",
            ),
        ),
    ],
)
def test_a_merged_name_or_a_family_is_ambiguous_and_lists_what_it_could_be(spelling, members):
    assert RESOLVER.resolve(spelling) == NotUnderstood("ambiguous_name", members)


@pytest.mark.parametrize(
    "spelling", ["miR-17/92", "miR-17-92", "miR-17~92", "miR\u201317\u201392", "MIR-17/92 cluster"]
)
def test_every_spelling_of_the_cluster_means_the_same(spelling):
    assert RESOLVER.resolve(spelling) == RESOLVER.resolve("miR-17/92 cluster")


@pytest.mark.parametrize(
    "spelling",
    [
        "mmu-miR-21a-5p", "rno-miR-21", "cel-let-7", "cel-miR-39-3p", "cel-lin-4", "dme-bantam", "dme-bantam-3p",
        "ebv-miR-BART1-5p", "kshv-miR-K12-1", "hcmv-miR-UL112", "MMU-MIR-155", "bta\u2013miR\u2013221",
    ],
)  # fmt: skip
def test_other_species_and_viruses_are_not_human(spelling):
    assert RESOLVER.resolve(spelling) == NotUnderstood("not_human")


@pytest.mark.parametrize(
    "spelling",
    [
        "miR-1274a", "hsa-miR-1274a", "hsa-mir-1274a", "MIR1274A", "MIMAT0005927", "mi0006410", "hsa-miR-720",
        "hsa-miR-1201", "hsa-miR-1273g-3p", "hsa-let-7c*", "miR-518a-2*",
    ],
)  # fmt: skip
def test_an_entry_that_mirbase_removed_is_retired(spelling):
    assert RESOLVER.resolve(spelling) == NotUnderstood("retired_entry")


@pytest.mark.parametrize(
    "spelling",
    [
        "hsa-miR-1246", "miR-486", "miR-9-3p", "miR-10", "hsa-mir-1908", "hsa-miR-548ab", "miR-548o",
        "HSA\u2013LET\u20137K", "MIMAT0002177", "MIR486",
    ],
)  # fmt: skip
def test_a_well_formed_human_name_the_knowledge_does_not_hold_is_outside_it(spelling):
    assert isinstance(RESOLVER.resolve(spelling), Outside)


@pytest.mark.parametrize(
    ("spelling", "suggestion"),
    [
        ("miR-2l", "miR-21"),
        ("miR-2l-5p", "hsa-miR-21-5p"),
        ("miR-2O0a", "miR-200a"),
        ("miR 21", "miR-21"),
        ("hsa-miR-21-7p", "hsa-miR-21-5p"),
        ("miRNA-21", "miR-21"),
    ],
)
def test_a_mistyped_name_is_refused_with_what_was_probably_meant(spelling, suggestion):
    found = RESOLVER.resolve(spelling)
    assert isinstance(found, NotUnderstood)
    assert found.reason == "not_a_mirna_name"
    assert found.suggestions[0] == suggestion
    assert len(found.suggestions) <= 3


@pytest.mark.parametrize("spelling", ["", " ", "TP53", "U6", "RNU6B", "foo", "hsa-", "ENSG00000284520", "12"])
def test_what_looks_like_no_mirna_is_refused_without_suggestions(spelling):
    assert RESOLVER.resolve(spelling) == NotUnderstood("not_a_mirna_name")


@pytest.mark.parametrize("symbol", ["MIR155HG", "MIR17HG", "MIR22HG", "MIR100HG", "MIR7-3HG"])
def test_a_host_gene_is_no_mirna(symbol):
    found = RESOLVER.resolve(symbol)
    assert isinstance(found, NotUnderstood)
    assert found.reason == "not_a_mirna_name"


def test_digits_of_other_scripts_make_no_well_formed_name():
    assert not isinstance(RESOLVER.resolve("miR-\uff12\uff11"), Outside)


def test_an_accession_with_the_number_of_a_second_locus_is_that_accession():
    # as genome annotations number the loci of one mature: MIMAT0000062, MIMAT0000062_1, MIMAT0000062_2
    assert RESOLVER.resolve("MIMAT0000062_1") == RESOLVER.resolve("MIMAT0000062")


@pytest.mark.parametrize(
    ("symbol", "hairpin"),
    [
        ("MIRLET7B", "hsa-let-7b"),
        ("MIRLET7I", "hsa-let-7i"),
        ("MIRLET7A1", "hsa-let-7a-1"),
        ("MIR98", "hsa-mir-98"),
        ("MIR29B1", "hsa-mir-29b-1"),
        ("MIR29B2", "hsa-mir-29b-2"),
        ("MIR181A2", "hsa-mir-181a-2"),
        ("MIR7-3", "hsa-mir-7-3"),
        ("MIR17", "hsa-mir-17"),
    ],
)
def test_a_gene_symbol_is_the_hairpin(symbol, hairpin):
    found = RESOLVER.resolve(symbol)
    assert isinstance(found, Identity)
    assert (found.key, found.measured_as) == (hairpin, "hairpin")


@pytest.mark.parametrize(
    ("symbol", "mirna"),
    [
        ("MIR1", "hsa-miR-1-3p"),
        ("MIR7", "hsa-miR-7-5p"),
        ("MIR124", "hsa-miR-124-3p"),
        ("MIR125B", "hsa-miR-125b-5p"),
        ("MIR16", "hsa-miR-16-5p"),
        ("MIR29B", "hsa-miR-29b-3p"),
        ("MIRLET7A", "hsa-let-7a-5p"),
        ("miR124", "hsa-miR-124-3p"),
    ],
)
def test_a_symbol_without_the_number_of_its_gene_is_still_that_mirna(symbol, mirna):
    found = RESOLVER.resolve(symbol)
    assert isinstance(found, Identity)
    assert found.mirnas == (mirna,)


@pytest.mark.parametrize(
    ("spelling", "family"),
    [
        ("MIR34", "miR-34"),
        ("miR34", "miR-34"),
        ("mir34", "miR-34"),
        ("MIR30", "miR-30"),
        ("miR30", "miR-30"),
        ("MIR19", "miR-19"),
        ("MIR125", "miR-125"),
        ("LET7", "let-7"),
        ("MIRLET7", "let-7"),
    ],
)
def test_a_family_written_without_its_dash_is_the_family_and_not_one_member(spelling, family):
    # hsa-mir-34 and hsa-mir-30 were once the hairpins of 34a and 30a alone
    found = RESOLVER.resolve(spelling)
    assert isinstance(found, NotUnderstood)
    assert found.reason == "ambiguous_name"
    assert found == RESOLVER.resolve(family)


@pytest.mark.parametrize("spelling", ["hsa-mir-29b-1", "mir-29b-1", "hsa\u2013mir\u201329b\u20131", "HSA-MIR-29B-1"])
def test_a_name_in_use_today_is_not_taken_for_what_it_once_was(spelling):
    # hsa-mir-29b-2 was hsa-mir-29b-1 before the first release kept here, and the other way round
    found = RESOLVER.resolve(spelling)
    assert isinstance(found, Identity)
    assert found.key == "hsa-mir-29b-1"


def test_the_three_members_of_the_200_family_and_the_two_106_stay_apart():
    names = ["miR-200a", "miR-200b", "miR-200c", "miR-106a", "miR-106b"]
    assert len({RESOLVER.resolve(name).mirnas for name in names}) == 5


def test_an_identity_says_how_it_was_understood():
    assert RESOLVER.resolve("hsa-miR-21-5p").note == ""
    assert RESOLVER.resolve("miR-122a").note == "miR-122a was the name of hsa-miR-122-5p, arm assumed"
    assert RESOLVER.resolve("hsa-mir-21").note == "measured as hairpin hsa-mir-21"


# --- names that are a hairpin's today and were a mature's ---------------------------------------------------


def test_in_a_file_of_matures_let_7b_is_the_mature():
    names = ["hsa-miR-21-5p", "hsa-miR-221-3p", "hsa-let-7b", "hsa-mir-16-1"]
    found = RESOLVER.resolve_all(names)[2]
    assert (found.key, found.mirnas, found.measured_as) == ("hsa-let-7b-5p", ("hsa-let-7b-5p",), "arm_assumed")


def test_in_a_file_of_hairpins_let_7b_is_the_hairpin():
    names = ["hsa-mir-21", "hsa-mir-221", "hsa-let-7b", "hsa-mir-142"]
    found = RESOLVER.resolve_all(names)[2]
    assert (found.key, found.mirnas, found.measured_as) == ("hsa-let-7b", ("hsa-let-7b-5p",), "hairpin")


def test_alone_let_7b_is_the_mature():
    assert RESOLVER.resolve_all(["hsa-let-7b"])[0].key == "hsa-let-7b-5p"


def test_names_that_are_not_understood_do_not_decide_what_a_file_holds():
    names = ["hsa-mir-21", "hsa-mir-221", "hsa-let-7b", "TP53", "mmu-miR-1", "hsa-miR-1246", "miR-2l"]
    assert RESOLVER.resolve_all(names)[2].key == "hsa-let-7b"


def test_a_file_of_hairpins_changes_nothing_but_the_names_that_are_both():
    names = ["hsa-mir-21", "hsa-mir-221", "hsa-miR-34a-5p", "miR-17", "let-7", "hsa-let-7a-1"]
    assert RESOLVER.resolve_all(names) == [RESOLVER.resolve(name) for name in names]


# --- properties ----------------------------------------------------------------------------------------------


def spell(name: str, bare: bool, cases: int, dashes: list[str], space: str) -> tuple[str, str]:
    """Return a name and a spelling of it: the bits of `cases` say which letters are capitals."""
    text = name.removeprefix("hsa-") if bare else name
    written = "".join(c.upper() if cases >> i & 1 else c.lower() for i, c in enumerate(text))
    parts = written.split("-")
    joined = "".join(part + dash for part, dash in zip(parts, [*dashes[: len(parts) - 1], ""], strict=True))
    return name, space + joined + space


def spellings(names: list[str]):
    return st.builds(
        spell,
        st.sampled_from(names),
        st.booleans(),
        st.integers(0, 2**24 - 1),
        st.lists(st.sampled_from(DASHES), min_size=6, max_size=6),
        st.sampled_from(["", " ", "\t", "\u00a0"]),
    )


@settings(deadline=None, max_examples=200)
@given(spellings(WITH_ARM))
def test_case_dashes_and_species_change_nothing_where_the_arm_is_written(case):
    name, spelling = case
    assert RESOLVER.resolve(spelling) == Identity(name, (name,), "exact")


@settings(deadline=None, max_examples=200)
@given(spellings(CURRENT))
def test_however_a_current_name_is_written_it_speaks_of_that_mature(case):
    name, spelling = case
    found = RESOLVER.resolve(spelling)
    assert isinstance(found, Identity)
    assert found.mirnas == (name,)


NEAR_MISSES = st.from_regex(r"\A(?:hsa-|mmu-|MI)?(?:miR|mir|MIR|let|MIMAT)[-_ ]?[0-9a-zA-Z*/|.,()-]{0,12}\Z")


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.text(max_size=60), NEAR_MISSES))
@example("MIMAT")
@example("/")
@example("miR-/")
@example("|let-7|")
@example("İ")
@example("hsa-" * 40)
def test_any_text_gets_an_answer(text):
    found = RESOLVER.resolve(text)
    if isinstance(found, NotUnderstood):
        assert found.reason in REASONS
    elif isinstance(found, Identity):
        assert found.mirnas
        assert set(found.mirnas) <= set(CURRENT)
    else:
        assert isinstance(found, Outside)


@settings(deadline=None)
@given(st.lists(st.one_of(st.sampled_from(CURRENT), NEAR_MISSES), max_size=8))
def test_a_file_gets_one_answer_a_name_in_its_order(names):
    found = RESOLVER.resolve_all(names)
    assert len(found) == len(names)
    assert all(
        resolution == RESOLVER.resolve(name)
        for name, resolution in zip(names, found, strict=True)
        if canonical_form(name).lower() not in RESOLVER.also_hairpin
    )


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.text(max_size=60), NEAR_MISSES))
def test_an_understood_name_leads_to_itself(text):
    found = RESOLVER.resolve(text)
    if isinstance(found, Identity):
        again = RESOLVER.resolve(found.key)
        assert isinstance(again, Identity)
        assert again.mirnas == found.mirnas


@settings(deadline=None)
@given(st.text(max_size=30))
def test_the_plain_form_of_a_plain_form_is_itself(text):
    # the species is taken off once: what is left of "hsa-hsa-miR-1" is no name
    once = canonical_form(text)
    assert canonical_form(once) == once or once.lower().startswith("hsa")
