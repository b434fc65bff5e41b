"""What the tables say: claims, roles, agents, trials and sequences; and what a load refuses."""

from __future__ import annotations

import gzip
import re
import shutil
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from recommender.checks import check
from recommender.errors import KnowledgeError
from recommender.knowledge import TABLES, Knowledge, data_folder, load_knowledge
from recommender.nomenclature import Identity, NotUnderstood

KNOWN = load_knowledge()
SHARED = Path(__file__).resolve().parents[2] / "shared"
TABLE_CLAIMS = [claim for claim in KNOWN.claims if claim.source != "text"]
TEXT_CLAIMS = [claim for claim in KNOWN.claims if claim.source == "text"]


def one(table: str, key: str):
    """Return the row of a table whose first cell is `key`."""
    (row,) = [row for row in KNOWN.tables[table] if row[0] == key]
    return row


def statement(claim: str) -> str:
    return one("trial_claims", claim).statement


# --- Tables 1 and 2 ---------------------------------------------------------------------------------------------

# distinct miRNAs printed in each row: up, down
TABLE_1_SIZES = {
    "bladder_cancer": (5, 7),
    "brain_cancer": (4, 11),
    "breast_cancer": (7, 11),
    "cervical_cancer": (3, 3),
    "colorectal_cancer": (8, 5),
    "esophageal_cancer": (3, 3),
    "gastric_cancer": (7, 10),
    "hepatocellular_carcinoma": (7, 8),
    "head_and_neck_cancer": (7, 3),
    "lung_cancer": (7, 9),
    "melanoma": (4, 5),
    "ovarian_cancer": (6, 6),
    "pancreatic_cancer": (4, 4),
    "prostate_cancer": (4, 5),
    "renal_cell_carcinoma": (9, 5),
    "thyroid_cancer": (3, 3),
}
TABLE_2_SIZES = {
    "acute_lymphoblastic_leukemia": (3, 3),
    "acute_myeloid_leukemia": (4, 3),
    "chronic_lymphocytic_leukemia": (2, 3),
    "chronic_myeloid_leukemia": (2, 2),
    "diffuse_large_b_cell_lymphoma": (4, 3),
    "hodgkin_lymphoma": (3, 3),
    "multiple_myeloma": (4, 4),
}
# printed twice in one cell of Table 1
PRINTED_TWICE = {
    ("Breast Cancer", "miR-10b", "up"),
    ("Gastric Cancer", "miR-21", "up"),
    ("Gastric Cancer", "miR-106b", "up"),
    ("Hepatocellular Carcinoma", "miR-21", "up"),
    ("Lung Cancer", "miR-21", "up"),
    ("Lung Cancer", "miR-31", "up"),
    ("Melanoma", "miR-21", "up"),
    ("Melanoma", "miR-221", "up"),
    ("Prostate Cancer", "miR-125b", "down"),
}
# cancer, miRNA as printed, and the directions its row gives it
SPOT_CHECKS = [
    ("bladder_cancer", "miR-1274a", {"up"}),
    ("brain_cancer", "miR-17/92", {"up"}),
    ("brain_cancer", "miR-324-5p", {"down"}),
    ("breast_cancer", "miR-125", {"down"}),
    ("breast_cancer", "miR-125b", {"down"}),
    ("breast_cancer", "miR-30", {"down"}),
    ("breast_cancer", "miR-145", set()),
    ("colorectal_cancer", "miR-145", {"up", "down"}),
    ("colorectal_cancer", "miR-155", {"up"}),
    ("colorectal_cancer", "miR-155-5p", {"up"}),
    ("colorectal_cancer", "miR-221", set()),
    ("gastric_cancer", "miR-122a", {"down"}),
    ("gastric_cancer", "miR-106b", {"up"}),
    ("gastric_cancer", "miR-106a", set()),
    ("head_and_neck_cancer", "miR-142-3p", {"up"}),
    ("hepatocellular_carcinoma", "miR-122", {"down"}),
    ("lung_cancer", "miR-17-92", {"up"}),
    ("lung_cancer", "miR-124a", {"down"}),
    ("lung_cancer", "miR-183", {"down"}),
    ("lung_cancer", "miR-221", set()),
    ("melanoma", "miR-34b", {"down"}),
    ("ovarian_cancer", "let-7", {"up"}),
    ("pancreatic_cancer", "miR-142", {"down"}),
    ("prostate_cancer", "let-7c", {"down"}),
    ("prostate_cancer", "miR-34", {"down"}),
    ("renal_cell_carcinoma", "miR-142", {"up"}),
    ("renal_cell_carcinoma", "miR-154", {"up"}),
    ("renal_cell_carcinoma", "miR-543", {"up"}),
    ("renal_cell_carcinoma", "miR-106a", {"down"}),
    ("thyroid_cancer", "miR-146b", {"up"}),
    ("chronic_lymphocytic_leukemia", "miR-16-1", {"down"}),
    ("diffuse_large_b_cell_lymphoma", "miR-181a", {"down"}),
    ("multiple_myeloma", "miR-155", {"down"}),
    ("multiple_myeloma", "miR-223", {"up"}),
]


def printed_entries() -> list[tuple[str, str, str, str]]:
    """Return table, tumor, miRNA and direction of every entry the review prints, repeats included."""
    if not (SHARED / "review.txt").is_file():
        pytest.skip("the review's text, ../shared/review.txt, is missing")
    text = (SHARED / "review.txt").read_text(encoding="utf-8")
    name = re.compile(r"let-7[a-z]?|miR-\d+[a-z]?(?:-[35]p|[-/]\d+)?")
    entries = []
    for table, start, end in (
        ("table1", "Table 1Expression patterns", "Similarly, the dysregulation of miRNAs in hematological"),
        ("table2", "Table 2Expression patterns", "Despite the association of upregulated"),
    ):
        block = text[text.index(start) : text.index(end)]
        rows = [row for row in re.findall(r"\n\t(\S.*)\n\t(.*)\n\t(.*)\n", block) if "miRNAs" not in row[1]]
        for tumor, up, down in rows:
            for direction, cell in (("up", up), ("down", down)):
                left = name.sub("", cell).replace(",", "").split()
                assert left == [], f"{tumor}: {left} was not read"
                entries += [(table, tumor, printed, direction) for printed in name.findall(cell)]
    return entries


def test_the_tables_print_238_entries_nine_of_them_twice_in_one_cell():
    entries = printed_entries()
    repeated = {entry[1:] for entry, times in Counter(entries).items() if times == 2}
    assert (len(entries), len(set(entries))) == (238, 229)
    assert repeated == PRINTED_TWICE


def test_the_claims_of_the_tables_are_the_printed_statements_none_missing_none_extra():
    names = {re.sub(r"\s*\(.*", "", row.name).lower(): row.cancer for row in KNOWN.cancers}
    printed = {
        (table, names[re.sub(r"\s*\(.*", "", tumor).lower()], mirna, direction)
        for table, tumor, mirna, direction in printed_entries()
    }
    claimed = [(claim.source, claim.cancer, claim.mirna_as_printed, claim.direction) for claim in TABLE_CLAIMS]
    assert len(claimed) == 229
    assert set(claimed) == printed


@pytest.mark.parametrize(("table", "sizes"), [("table1", TABLE_1_SIZES), ("table2", TABLE_2_SIZES)])
def test_each_row_of_a_table_has_as_many_claims_as_it_prints_distinct_names(table, sizes):
    counts = Counter((claim.cancer, claim.direction) for claim in TABLE_CLAIMS if claim.source == table)
    assert {cancer: (counts[cancer, "up"], counts[cancer, "down"]) for cancer, _ in counts} == sizes


def test_the_tables_make_229_claims():
    assert Counter(claim.source for claim in TABLE_CLAIMS) == {"table1": 186, "table2": 43}


@pytest.mark.parametrize(("cancer", "printed", "directions"), SPOT_CHECKS)
def test_a_row_gives_a_mirna_these_directions(cancer, printed, directions):
    found = [c.direction for c in TABLE_CLAIMS if (c.cancer, c.mirna_as_printed) == (cancer, printed)]
    assert sorted(found) == sorted(directions)


def test_a_claim_of_a_table_names_its_table_and_row():
    assert one("claims", "t1.thyroid_cancer.up.miR-146b").locator == "Table 1, row Thyroid Cancer, upregulated"
    assert one("claims", "t2.multiple_myeloma.down.miR-155").locator == (
        "Table 2, row Multiple Myeloma (MM), downregulated"
    )


def test_only_colorectal_mir_145_is_documented_both_ways_in_one_cancer():
    directions = defaultdict(set)
    for claim in KNOWN.claims:
        directions[claim.cancer, KNOWN.identity_of[claim.mirna_as_printed].identity].add(claim.direction)
    assert [key for key, found in directions.items() if len(found) == 2] == [("colorectal_cancer", "hsa-miR-145-5p")]


def test_eleven_identities_are_up_in_one_cancer_and_down_in_another():
    directions = defaultdict(set)
    for claim in KNOWN.claims:
        directions[KNOWN.identity_of[claim.mirna_as_printed].identity].add(claim.direction)
    assert {name for name, found in directions.items() if len(found) == 2} == {
        "let-7-family",
        "hsa-miR-31-5p",
        "hsa-miR-126-3p",
        "hsa-miR-141-3p",
        "hsa-mir-142",
        "hsa-miR-145-5p",
        "hsa-miR-155-5p",
        "hsa-miR-181a-5p",
        "hsa-miR-199a-5p",
        "hsa-miR-200b-3p",
        "hsa-miR-223-3p",
    }


# --- the text ---------------------------------------------------------------------------------------------------

# read a second time from the review: cancer, then what its sentences call up and down; one line a sentence
OUTRIGHT = """
pan_cancer: up miR-21 miR-221
breast_cancer: up miR-21
lung_cancer: up miR-21
gastric_cancer: up miR-21
brain_cancer: up miR-21
hepatocellular_carcinoma: up miR-221
melanoma: up miR-221
colorectal_cancer: up miR-221
renal_cell_carcinoma: up miR-221
bladder_cancer: down miR-143 miR-145
breast_cancer: down miR-143 miR-145
lung_cancer: down miR-143 miR-145
colorectal_cancer: down miR-143 miR-145
pancreatic_cancer: down miR-143 miR-145
lung_cancer: down Let-7
breast_cancer: down miR-126 miR-125b
lung_cancer: down miR-126 miR-125b
gastric_cancer: down miR-126 miR-125b
multiple_myeloma: up miR-21 miR-221
multiple_myeloma: down miR-29b miR-34a
acute_lymphoblastic_leukemia: up miR-21 miR-221 miR-155 miR-181a
acute_lymphoblastic_leukemia: down miR-34a miR-29b miR-223
diffuse_large_b_cell_lymphoma: up miR-17 miR-155 miR-210
diffuse_large_b_cell_lymphoma: down miR-34a miR-144 miR-150
hodgkin_lymphoma: up miR-17 miR-155 miR-210
hodgkin_lymphoma: down miR-34a miR-144 miR-150
chronic_myeloid_leukemia: down miR-146 miR-150
pan_cancer: down let-7 miR-34a miR-29b
chronic_lymphocytic_leukemia: up miR-155
adult_t_cell_leukemia_lymphoma: up miR-155
"""
# said to act as oncogene, to be a suppressor in many cancers, or to drive metastasis: the level is implied
INFERRED = """
chronic_lymphocytic_leukemia: up miR-21
diffuse_large_b_cell_lymphoma: up miR-21
chronic_myeloid_leukemia: up miR-21 miR-155
pan_cancer: down miR-34
pan_cancer: up miR-10b
"""
# statements of the text that the row of their cancer lacks
NOT_IN_THE_ROW = """
acute_lymphoblastic_leukemia: up miR-221
acute_lymphoblastic_leukemia: down miR-29b miR-223
breast_cancer: down miR-126 miR-145
chronic_myeloid_leukemia: up miR-155
chronic_myeloid_leukemia: down miR-146 miR-150
colorectal_cancer: up miR-221
diffuse_large_b_cell_lymphoma: up miR-210
diffuse_large_b_cell_lymphoma: down miR-150
gastric_cancer: down miR-125b
hodgkin_lymphoma: up miR-17
hodgkin_lymphoma: down miR-34a miR-144
lung_cancer: down miR-125b miR-143 miR-145
pancreatic_cancer: down miR-143 miR-145
"""


def statements(lines: str) -> list[tuple[str, str, str]]:
    found = []
    for line in lines.strip().splitlines():
        cancer, words = line.split(": ")
        direction, *names = words.split()
        found += [(cancer, name, direction) for name in names]
    return found


@pytest.mark.parametrize(("strength", "lines", "number"), [("outright", OUTRIGHT, 57), ("inferred", INFERRED, 6)])
def test_the_claims_of_the_text_are_those_of_a_second_reading(strength, lines, number):
    claimed = [(c.cancer, c.mirna_as_printed, c.direction) for c in TEXT_CLAIMS if c.strength == strength]
    assert len(claimed) == number
    assert sorted(claimed) == sorted(statements(lines))


def test_twenty_statements_of_the_text_are_missing_from_the_row_they_belong_to():
    def key(claim) -> tuple[str, str, str]:
        return claim.cancer, KNOWN.identity_of[claim.mirna_as_printed].identity, claim.direction

    rows = {*TABLE_1_SIZES, *TABLE_2_SIZES}
    tabled = {key(claim) for claim in TABLE_CLAIMS}
    missing = [claim for claim in TEXT_CLAIMS if claim.cancer in rows and key(claim) not in tabled]
    assert len(missing) == 20
    assert sorted((c.cancer, c.mirna_as_printed, c.direction) for c in missing) == sorted(statements(NOT_IN_THE_ROW))


def test_tumor_specific_patterns_are_no_claim_across_cancers():
    assert {c.mirna_as_printed for c in KNOWN.claims if c.cancer == "pan_cancer"} == {
        "miR-10b", "miR-21", "miR-221", "let-7", "miR-29b", "miR-34", "miR-34a"
    }  # fmt: skip


def test_mir_10b_drives_metastasis_only_where_there_is_metastasis():
    conditioned = [(c.claim_id, c.condition) for c in KNOWN.claims if c.condition]
    assert conditioned == [("tx.pan_cancer.up.miR-10b", "metastatic")]


@pytest.mark.parametrize(
    ("claim", "references"),
    [
        ("tx.brain_cancer.up.miR-21", ("12",)),
        ("tx.melanoma.up.miR-221", ("13", "14", "15", "16")),
        ("tx.pancreatic_cancer.down.miR-145", ("17", "18")),
        ("tx.lung_cancer.down.Let-7", ("19",)),
        ("tx.gastric_cancer.down.miR-126", ("20", "21")),
        ("tx.multiple_myeloma.up.miR-221", ("24", "25")),
        ("tx.multiple_myeloma.down.miR-34a", ("26", "27")),
        ("tx.acute_lymphoblastic_leukemia.up.miR-181a", ("28", "29", "30", "31")),
        ("tx.acute_lymphoblastic_leukemia.down.miR-223", ("29",)),
        ("tx.chronic_lymphocytic_leukemia.up.miR-21", ("33",)),
        ("tx.hodgkin_lymphoma.up.miR-17", ("34",)),
        ("tx.chronic_myeloid_leukemia.down.miR-150", ("35",)),
        ("tx.pan_cancer.down.let-7", ("41",)),
        ("tx.pan_cancer.down.miR-34a", ("27", "42", "43")),
        ("tx.pan_cancer.down.miR-29b", ("26", "44", "45", "46", "47", "48", "49")),
    ],
)
def test_a_claim_of_the_text_cites_the_references_printed_there(claim, references):
    assert one("claims", claim).references == references


def test_every_claim_has_an_id_of_its_own_and_a_place_in_the_review():
    assert len({claim.claim_id for claim in KNOWN.claims}) == len(KNOWN.claims) == 292
    assert [claim.claim_id for claim in KNOWN.claims if not claim.locator] == []


# --- identities -------------------------------------------------------------------------------------------------


def test_of_104_names_printed_in_the_tables_five_carry_an_arm():
    printed = {claim.mirna_as_printed for claim in TABLE_CLAIMS}
    assert len(printed) == 104
    assert {name for name in printed if name.endswith(("-5p", "-3p"))} == {
        "miR-17-5p", "miR-137-3p", "miR-142-3p", "miR-155-5p", "miR-324-5p"
    }  # fmt: skip


@pytest.mark.parametrize("printed", sorted({claim.mirna_as_printed for claim in KNOWN.claims}))
def test_the_spelling_of_a_claim_means_to_the_resolver_what_it_means_to_the_knowledge(printed):
    named, found = KNOWN.identity_of[printed], KNOWN.resolver.resolve(printed)
    if named.identity_kind == "mature":
        assert isinstance(found, Identity)
        assert found.mirnas == (named.identity,)
    elif named.identity_kind == "hairpin":
        assert isinstance(found, Identity)
        assert (found.key, found.measured_as) == (named.identity, "arm_unknown")
    elif named.identity_kind == "retired":
        assert found == NotUnderstood("retired_entry")
    else:
        assert found == NotUnderstood("ambiguous_name", KNOWN.members_of[named.identity])


@pytest.mark.parametrize(
    ("printed", "identity"),
    [
        ("miR-122a", "hsa-miR-122-5p"),
        ("miR-124a", "hsa-miR-124-3p"),
        ("miR-451", "hsa-miR-451a"),
        ("miR-16-1", "hsa-miR-16-5p"),
        ("miR-17", "hsa-miR-17-5p"),
        ("miR-17-5p", "hsa-miR-17-5p"),
        ("miR-17-92", "miR-17/92-cluster"),
        ("miR-17/92", "miR-17/92-cluster"),
        ("miR-221/222", "miR-221/222-cluster"),
        ("let-7", "let-7-family"),
        ("Let-7", "let-7-family"),
        ("let-7c", "hsa-let-7c-5p"),
        ("miR-19", "miR-19-family"),
        ("miR-19b", "hsa-miR-19b-3p"),
        ("miR-30", "miR-30-family"),
        ("miR-30a", "hsa-miR-30a-5p"),
        ("miR-34", "miR-34-family"),
        ("miR-125", "miR-125-family"),
        ("miR-146", "miR-146-family"),
        ("miR-146b", "hsa-miR-146b-5p"),
        ("miR-1274a", "hsa-miR-1274a"),
        ("miR-193a", "hsa-miR-193a-3p"),
        ("miR-193b", "hsa-miR-193b-3p"),
    ],
)
def test_a_printed_name_stands_for_this_identity(printed, identity):
    assert KNOWN.identity_of[printed].identity == identity


def test_the_arm_is_unknown_for_seven_printed_names():
    unknown = {row.as_printed: row.identity_kind for row in KNOWN.named_mirnas if row.arm == "unknown"}
    assert unknown == dict.fromkeys(
        ("miR-142", "miR-3622a", "miR-6728", "miR-876", "miR-34b", "miR-493", "miR-629"), "hairpin"
    )


def test_the_retired_entry_is_a_claim_and_no_mirna_of_the_resolver():
    assert [row.mirna for row in KNOWN.mirnas if row.status == "retired"] == ["hsa-miR-1274a"]
    assert "hsa-miR-1274a" not in KNOWN.resolver.mirnas
    assert [c.cancer for c in KNOWN.claims if c.mirna_as_printed == "miR-1274a"] == [
        "bladder_cancer",
        "colorectal_cancer",
        "renal_cell_carcinoma",
    ]


@pytest.mark.parametrize(
    ("family", "members"),
    [
        (
            "let-7-family",
            (
                "hsa-let-7a-5p hsa-let-7b-5p hsa-let-7c-5p hsa-let-7d-5p hsa-let-7e-5p hsa-let-7f-5p hsa-let-7g-5p "
                "hsa-let-7i-5p hsa-miR-98-5p"
            ),
        ),
        ("miR-19-family", "hsa-miR-19a-3p hsa-miR-19b-3p"),
        ("miR-30-family", "hsa-miR-30a-5p hsa-miR-30b-5p hsa-miR-30c-5p hsa-miR-30d-5p hsa-miR-30e-5p"),
        ("miR-34-family", "hsa-miR-34a-5p hsa-miR-34b-5p hsa-miR-34c-5p"),
        ("miR-125-family", "hsa-miR-125a-5p hsa-miR-125b-5p"),
        ("miR-146-family", "hsa-miR-146a-5p hsa-miR-146b-5p"),
        (
            "miR-17/92-cluster",
            "hsa-miR-17-5p hsa-miR-18a-5p hsa-miR-19a-3p hsa-miR-20a-5p hsa-miR-19b-3p hsa-miR-92a-3p",
        ),
        ("miR-221/222-cluster", "hsa-miR-221-3p hsa-miR-222-3p"),
    ],
)
def test_a_family_or_cluster_has_these_members(family, members):
    assert KNOWN.members_of[family] == tuple(members.split())


# --- sequences --------------------------------------------------------------------------------------------------

SEQUENCES = {
    "hsa-let-7a-5p": "UGAGGUAGUAGGUUGUAUAGUU",
    "hsa-miR-16-5p": "UAGCAGCACGUAAAUAUUGGCG",
    "hsa-miR-21-5p": "UAGCUUAUCAGACUGAUGUUGA",
    "hsa-miR-34a-5p": "UGGCAGUGUCUUAGCUGGUUGU",
    "hsa-miR-122-5p": "UGGAGUGUGACAAUGGUGUUUG",
    "hsa-miR-145-5p": "GUCCAGUUUUCCCAGGAAUCCCU",
    "hsa-miR-221-3p": "AGCUACAUUGUCUGCUGGGUUUC",
    "hsa-miR-222-3p": "AGCUACAUCUGGCUACUGGGU",
}
# positions 2 to 8
SEEDS = {
    "GCUACAU": ("hsa-miR-221-3p", "hsa-miR-222-3p"),
    "AUUGCAC": ("hsa-miR-25-3p", "hsa-miR-363-3p", "hsa-miR-92a-3p"),
    "GAGGUAG": ("hsa-let-7a-5p", "hsa-let-7c-5p", "hsa-miR-98-5p"),
    "GGCAGUG": ("hsa-miR-34a-5p", "hsa-miR-34c-5p"),
    "AGGCAGU": ("hsa-miR-34b-5p",),
    "AAAGUGC": ("hsa-miR-17-5p", "hsa-miR-20a-5p", "hsa-miR-93-5p", "hsa-miR-106a-5p", "hsa-miR-106b-5p"),
    "AAGGUGC": ("hsa-miR-18a-5p",),
    "GUGCAAA": ("hsa-miR-19a-3p", "hsa-miR-19b-3p"),
    "AGCAGCA": ("hsa-miR-15a-5p", "hsa-miR-15b-5p", "hsa-miR-16-5p", "hsa-miR-497-5p"),
    "AGCUUAU": ("hsa-miR-21-5p",),
    "UAAUGCU": ("hsa-miR-155-5p",),
}


@pytest.mark.parametrize(("mirna", "sequence"), SEQUENCES.items())
def test_a_mature_has_its_sequence(mirna, sequence):
    assert one("mirnas", mirna).sequence == sequence


@pytest.mark.parametrize(("seed", "mirnas"), SEEDS.items())
def test_these_matures_share_a_seed(seed, mirnas):
    assert [one("mirnas", mirna).sequence[1:8] for mirna in mirnas] == [seed] * len(mirnas)


def test_two_names_of_one_sequence_are_kept_apart():
    assert one("mirnas", "hsa-miR-199a-3p").sequence == one("mirnas", "hsa-miR-199b-3p").sequence
    assert KNOWN.resolver.resolve("hsa-miR-199a-3p") != KNOWN.resolver.resolve("hsa-miR-199b-3p")


def test_members_of_a_family_share_a_seed_except_mir_34b():
    seeds = {
        row.family: {one("mirnas", member).sequence[1:8] for member in row.members}
        for row in KNOWN.families
        if row.kind == "family"
    }
    assert {family for family, found in seeds.items() if len(found) > 1} == {"miR-34-family"}


@pytest.fixture(scope="module")
def history(shared_data) -> list[list[str]]:
    """Return version, type, accession, name and sequence of every human entry of miRBase 6 to 22."""
    path = shared_data / "mirbase" / "hsa_name_history_v6-v22.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [line.rstrip("\n").split("\t")[:5] for line in lines][1:]


def test_names_accessions_and_sequences_are_those_of_mirbase_22(history):
    matures = {row[3]: (row[2], row[4]) for row in history if row[:2] == ["v22", "mature"]}
    hairpins = {row[3]: row[2] for row in history if row[:2] == ["v22", "hairpin"]}
    current = {row.mirna: (row.accession, row.sequence) for row in KNOWN.mirnas if row.status == "current"}
    assert current == {name: matures[name] for name in current}
    assert {row.hairpin: row.accession for row in KNOWN.hairpins} == {
        row.hairpin: hairpins[row.hairpin] for row in KNOWN.hairpins
    }


def test_hairpins_carry_the_matures_of_mirbase_22(shared_data):
    carried = defaultdict(set)
    path = shared_data / "mirbase" / "hsa_hairpin_to_mature_v6-v22.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            version, _, hairpin, _, mature = line.rstrip("\n").split("\t")
            if version == "v22":
                carried[hairpin].add(mature)
    assert {row.hairpin: set(row.matures) for row in KNOWN.hairpins} == {
        row.hairpin: carried[row.hairpin] for row in KNOWN.hairpins
    }


def test_an_armless_printed_name_is_the_one_strand_that_ever_had_it(history):
    had = defaultdict(set)
    for _, kind, accession, name, _ in history:
        if kind == "mature":
            had[name].add(accession)
    accessions = {row.mirna: row.accession for row in KNOWN.mirnas}
    for row in KNOWN.named_mirnas:
        ever = had["hsa-" + row.as_printed.replace("MiR", "miR")]
        if row.identity_kind == "hairpin":
            assert len(ever) != 1, row.as_printed
        elif row.identity_kind == "mature" and row.as_printed != "miR-16-1":  # that is a hairpin's name
            assert ever == {accessions[row.identity]}, row.as_printed


def test_every_retired_name_is_gone_from_mirbase_22(history):
    alive = {row[2] for row in history if row[0] == "v22"}
    assert [row.name for row in KNOWN.retired if row.accession in alive] == []


# --- roles ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "role", "bases"),
    [
        ("miR-21", "oncomir", {"text", "preclinical"}),
        ("miR-221", "oncomir", {"text", "agent", "preclinical"}),
        ("miR-155", "oncomir", {"agent", "preclinical"}),
        ("miR-10b", "oncomir", {"text", "agent"}),
        ("miR-17/92", "oncomir", {"text", "preclinical"}),
        ("let-7", "suppressor", {"text", "preclinical"}),
        ("miR-34a", "suppressor", {"text", "agent", "preclinical"}),
        ("miR-34", "suppressor", {"text"}),
        ("miR-29b", "suppressor", {"text", "preclinical"}),
        ("miR-16", "suppressor", {"text", "agent"}),
        ("miR-193a-3p", "suppressor", {"agent", "preclinical"}),
        ("miR-143", "suppressor", {"text"}),
        ("miR-145", "suppressor", {"text"}),
    ],
)
def test_a_mirna_has_an_established_role_in_general_on_this_basis(printed, role, bases):
    rows = [row for row in KNOWN.roles if (row.mirna_as_printed, row.scope) == (printed, "general")]
    assert {row.role for row in rows} == {role}
    assert {row.basis for row in rows} == bases


def test_a_direction_alone_establishes_no_role():
    established = {row.mirna_as_printed for row in KNOWN.roles}
    assert established.isdisjoint({"miR-222", "miR-126", "miR-125b", "miR-182", "miR-200b", "miR-122", "miR-31"})


def test_no_mirna_has_two_established_roles_within_one_scope():
    roles = defaultdict(set)
    for row in KNOWN.roles:
        roles[KNOWN.identity_of[row.mirna_as_printed].identity, row.scope].add(row.role)
    assert [key for key, found in roles.items() if len(found) > 1] == []


def test_every_oncology_agent_and_no_other_stands_as_basis_of_a_role():
    role_of = {"inhibit": "oncomir", "restore": "suppressor"}
    acted_on = {(agent.mirna, role_of[agent.action]) for agent in KNOWN.agents if agent.oncology == "yes"}
    based = {
        (KNOWN.identity_of[row.mirna_as_printed].identity, row.role) for row in KNOWN.roles if row.basis == "agent"
    }
    assert based == acted_on
    assert len(based) == 6


def test_preclinical_work_and_the_roles_it_establishes_agree():
    role_of = {"inhibit": "oncomir", "restore": "suppressor"}
    worked = {(row.mirna_as_printed, role_of[row.action]) for row in KNOWN.preclinical}
    assert {(r.mirna_as_printed, r.role) for r in KNOWN.roles if r.basis == "preclinical"} == worked
    assert {printed for printed, _ in worked} == {
        "let-7", "miR-34a", "miR-29b", "miR-21", "miR-221", "miR-17/92", "miR-155", "miR-193a-3p"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("context", "values"),
    [
        ("timing", {"miR-221": "relapse_target", "miR-222": "relapse_target"}),
        ("protective", {"miR-21": "yes"}),
        ("immune_stress", {"miR-21": "yes", "miR-221": "yes"}),
        ("metastasis_driver", {"miR-10b": "yes"}),
        (
            "cell_mix",
            {
                "miR-142": "leukocyte",
                "miR-150": "leukocyte",
                "miR-155": "leukocyte",
                "miR-223": "leukocyte",
                "miR-144": "red_cell",
                "miR-451": "red_cell",
                "miR-126": "endothelium",
                "miR-143": "mesenchyme",
                "miR-145": "mesenchyme",
                "miR-1": "muscle",
                "miR-206": "muscle",
            },
        ),
    ],
)
def test_these_mirnas_and_no_other_have_this_context(context, values):
    assert {row.mirna_as_printed: row.value for row in KNOWN.contexts if row.context == context} == values


# --- agents and trials ------------------------------------------------------------------------------------------

AGENTS = {
    "mrx34": ("hsa-miR-34a-5p", "restore", ("liposome",), "objective_response_phase_1", "stopped_for_safety"),
    "targomirs": (
        "hsa-miR-16-5p", "restore", ("bacterial_minicell", "ligand_targeting"), "objective_response_phase_1",
        "dose_limiting_toxicity",
    ),
    "int_1b3": ("hsa-miR-193a-3p", "restore", ("lipid_nanoparticle",), "no_published_response", "none_established"),
    "lna_i_mir_221": ("hsa-miR-221-3p", "inhibit", ("naked",), "objective_response_phase_1", "none_established"),
    "cobomarsen": (
        "hsa-miR-155-5p", "inhibit", ("naked", "local_injection"), "randomized_endpoint_missed", "none_established"
    ),
    "ttx_mc138": (
        "hsa-miR-10b-5p", "inhibit", ("iron_oxide_nanoparticle",), "no_published_response", "none_established"
    ),
}  # fmt: skip
# agent, phase, status, enrollment, outcome
ONCOLOGY_TRIALS = {
    "NCT01829971": ("mrx34", "Phase 1", "Terminated", "155", "objective_response"),
    "NCT02862145": ("mrx34", "Phase 1/Phase 2", "Withdrawn", "0", "not_opened"),
    "NCT02369198": ("targomirs", "Phase 1", "Completed", "27", "objective_response"),
    "NCT04675996": ("int_1b3", "Phase 1", "Terminated", "", "not_reported"),
    "NCT04811898": ("lna_i_mir_221", "Phase 1", "Completed", "17", "objective_response"),
    "NCT02580552": ("cobomarsen", "Phase 1", "Completed", "66", "not_reported"),
    "NCT03713320": ("cobomarsen", "Phase 2", "Terminated", "37", "endpoint_missed"),
    "NCT03837457": ("cobomarsen", "Phase 2", "Terminated", "8", "not_reported"),
    "NCT05908773": ("ttx_mc138", "Phase 0", "Completed", "1", "not_reported"),
    "NCT06260774": ("ttx_mc138", "Phase 1/Phase 2", "Active, not recruiting", "16", "no_objective_response"),
}
STOP_REASONS = {
    "nct01829971": {("safety", "registry_2016_09"), ("safety", "sponsor_pr_2016_09"), ("safety", "hong_2020")},
    "nct02862145": {("not_opened", "sponsor_pr_2016_09"), ("not_stated", "registry_2026_09")},
    "nct04675996": {("funding", "review")},
    "nct03713320": {
        ("business", "registry_quoted_cobomarsen"),
        ("business", "review"),
        ("futility", "sponsor_pr_2020_10"),
    },
    "nct03837457": {("not_stated", "registry_2026_09")},
    "nct02855268": {("futility", "sanofi_sec_2022_07")},
}
# what each oncology agent's trials name as their own tumors
INDICATIONS = {
    "mrx34": {
        "hepatocellular_carcinoma", "non_small_cell_lung_cancer", "renal_cell_carcinoma", "melanoma", "lymphoma",
        "advanced_solid_tumors",
    },
    "targomirs": {"pleural_mesothelioma"},
    "int_1b3": {"advanced_solid_tumors"},
    "lna_i_mir_221": {"hepatocellular_carcinoma", "multiple_myeloma", "advanced_solid_tumors"},
    "cobomarsen": {
        "cutaneous_t_cell_lymphoma", "mycosis_fungoides", "diffuse_large_b_cell_lymphoma",
        "chronic_lymphocytic_leukemia", "adult_t_cell_leukemia_lymphoma",
    },
    "ttx_mc138": {"advanced_solid_tumors"},
}  # fmt: skip


@pytest.mark.parametrize(("agent", "facts"), AGENTS.items())
def test_an_oncology_agent_acts_on_one_mirna_in_one_direction(agent, facts):
    row = one("agents", agent)
    assert (row.mirna, row.action, row.delivery, row.evidence_level, row.safety_level) == facts


def test_these_six_agents_and_no_other_are_oncology():
    assert {agent.agent for agent in KNOWN.agents if agent.oncology == "yes"} == set(AGENTS)


def test_int_1b3_is_a_mimic_of_mir_193a_3p_and_the_mix_up_is_told():
    assert one("agents", "int_1b3").mirna == "hsa-miR-193a-3p"
    assert "hsa-miR-193b-3p" not in {agent.mirna for agent in KNOWN.agents}
    assert "int_1b3_identity_review_text" in one("trial_claims", "int_1b3_identity_sponsor").disagrees_with


@pytest.mark.parametrize("agent", [agent.agent for agent in KNOWN.agents if agent.oncology == "no"])
def test_outside_oncology_an_agent_has_no_efficacy_tumor_or_tier(agent):
    trials = [trial for trial in KNOWN.trials if trial.agent == agent]
    assert one("agents", agent).evidence_level == "outside_oncology"
    assert {(trial.oncology, trial.outcome) for trial in trials} == {("no", "outside_oncology")}
    assert {row.trial for row in KNOWN.trial_tumors}.isdisjoint(trial.trial for trial in trials)


@pytest.mark.parametrize(("nct_id", "facts"), ONCOLOGY_TRIALS.items())
def test_a_trial_has_the_phase_status_and_enrollment_of_its_best_source(nct_id, facts):
    row = one("trials", nct_id.lower())
    assert (row.agent, row.phase, row.status, row.enrollment, row.outcome) == facts
    assert (row.nct_id, row.oncology) == (nct_id, "yes")


def test_these_ten_trials_and_no_other_are_oncology():
    assert {trial.nct_id for trial in KNOWN.trials if trial.oncology == "yes"} == set(ONCOLOGY_TRIALS)


def test_a_status_is_a_word_of_the_registry_or_not_verified():
    assert {trial.status for trial in KNOWN.trials} <= {
        "Not yet recruiting", "Recruiting", "Enrolling by invitation", "Active, not recruiting", "Suspended",
        "Terminated", "Completed", "Withdrawn", "Unknown status", "Not verified",
    }  # fmt: skip


def test_a_status_has_a_source_unless_it_is_not_verified():
    assert {trial.trial for trial in KNOWN.trials if bool(trial.status_source) == (trial.status == "Not verified")} == (
        set()
    )


@pytest.mark.parametrize(("trial", "reasons"), STOP_REASONS.items())
def test_a_trial_stopped_for_these_reasons_each_with_its_source(trial, reasons):
    assert {(row.reason, row.source) for row in KNOWN.stop_reasons if row.trial == trial} == reasons


def test_every_terminated_or_withdrawn_trial_says_why_or_that_it_is_not_stated():
    ended = {trial.trial for trial in KNOWN.trials if trial.status in ("Terminated", "Withdrawn")}
    assert ended <= {row.trial for row in KNOWN.stop_reasons}


def test_the_four_deaths_belong_to_nct01829971():
    found = one("trial_claims", "mrx34_deaths_hong")
    assert (found.trial, found.source) == ("nct01829971", "hong_2020")
    assert "four deaths" in found.statement
    summary = one("agents", "mrx34").safety_summary
    assert "four deaths in NCT01829971" in summary
    assert "NCT02862145" not in summary


def test_of_nct02862145_only_the_review_speaks_of_deaths_and_it_is_contradicted():
    deaths = [row for row in KNOWN.trial_claims if row.trial == "nct02862145" and "death" in row.statement]
    assert [(row.claim, row.source) for row in deaths] == [("mrx34_deaths_review", "review")]
    assert {"mrx34_deaths_hong", "mrx34_melanoma_enrollment_registry"} <= set(deaths[0].disagrees_with)


def test_a_trial_that_enrolled_nobody_has_no_result_and_no_responder():
    for trial in (trial.trial for trial in KNOWN.trials if trial.enrollment == "0"):
        matches = {row.match for row in KNOWN.trial_tumors if row.trial == trial}
        assert matches <= {"eligible"}
        assert "outcome" not in {row.kind for row in KNOWN.trial_claims if row.trial == trial}
    assert one("trials", "nct02862145").enrollment == "0"


def test_nct01829971_is_told_with_both_statuses():
    assert statement("mrx34_status_review") == "Table 3 lists the trial as completed."
    assert statement("mrx34_status_registry") == "The registry lists the trial as terminated."
    assert one("trial_claims", "mrx34_status_review").disagrees_with == ("mrx34_status_registry",)


def test_solar_is_told_with_the_reason_of_the_registry_and_of_the_sponsor():
    assert "business" in statement("solar_stop_registry")
    assert "not compelling" in statement("solar_stop_sponsor")
    assert "solar_stop_sponsor" in one("trial_claims", "solar_stop_registry").disagrees_with


def test_the_randomized_oncology_trial_is_solar_alone():
    randomized = {t.nct_id for t in KNOWN.trials if t.randomized == "yes" and t.oncology == "yes"}
    assert randomized == {"NCT03713320"}


@pytest.mark.parametrize(
    ("claim", "counts"),
    [
        ("mrx34_activity_beg", {"1/47"}),
        ("mrx34_activity_hong", {"3/85", "16/85"}),
        ("targomirs_outcome_press", {"1/22", "15/22"}),
        ("lna221_outcome_tassone", {"8/16", "1/16"}),
        ("lna221_safety_tassone", {"0/17"}),
        ("ttx_outcome_sponsor", {"0/14", "10/14", "8/14", "5/14", "3/14"}),
    ],
)
def test_a_result_is_told_as_n_of_n(claim, counts):
    assert set(re.findall(r"\d+/\d+", statement(claim))) == counts


def test_no_statement_of_a_trial_gives_a_percentage():
    told = [row.claim for row in KNOWN.trial_claims if re.search(r"\d\s?(%|percent\b)", row.statement)]
    assert told == []


def test_each_agents_trials_name_these_tumors_as_their_own():
    agent_of = {trial.trial: trial.agent for trial in KNOWN.trials}
    found = defaultdict(set)
    for row in KNOWN.trial_tumors:
        if row.indication == "yes":
            found[agent_of[row.trial]].add(row.cancer)
    assert found == INDICATIONS


def test_three_objective_responses_are_matched_to_a_tumor():
    assert {(row.trial, row.cancer) for row in KNOWN.trial_tumors if row.match == "responded"} == {
        ("nct01829971", "hepatocellular_carcinoma"),
        ("nct02369198", "pleural_mesothelioma"),
        ("nct04811898", "colorectal_cancer"),
    }


def test_no_treated_myeloma_patient_is_verified_for_the_inhibitor_of_mir_221():
    rows = {(r.trial, r.match, r.indication) for r in KNOWN.trial_tumors if r.cancer == "multiple_myeloma"}
    assert rows == {("nct04811898", "eligible", "yes"), ("nct01829971", "eligible", "no")}


def test_lung_cancer_was_eligible_for_targomirs_and_is_not_its_indication():
    rows = [r for r in KNOWN.trial_tumors if (r.trial, r.cancer) == ("nct02369198", "non_small_cell_lung_cancer")]
    assert [(row.match, row.indication) for row in rows] == [("eligible", "no")]


def test_the_conflict_of_interest_behind_the_inhibitor_of_mir_221_is_named():
    text = one("agents", "lna_i_mir_221").conflict_of_interest
    assert all(name in text for name in ("Tassone", "Di Martino", "Tagliaferri", "patents"))


def test_targomirs_names_its_marker_and_its_cardiac_toxicity():
    row = one("agents", "targomirs")
    assert "EGFR" in row.eligibility_marker
    assert all(word in row.safety_summary for word in ("coronary ischemia", "anaphylaxis", "cardiomyopathy"))


DOSE = re.compile(r"\d\s?(?:mg|\u00b5g|ug|mcg|micrograms?|g/kg)\b|10\^\d", re.IGNORECASE)
SCHEDULE = re.compile(r"daily|weekly|day 1|consecutive days|cycle|single", re.IGNORECASE)


def test_a_dose_stands_in_a_trial_claim_alone_and_with_its_schedule():
    doses = [row for row in KNOWN.trial_claims if DOSE.search(row.statement)]
    assert {row.claim for row in doses} == {
        "mrx34_dose_review", "mrx34_dose_beg", "mrx34_dose_hong", "mrx34_dlt_beg", "targomirs_dose_press",
        "lna221_dose_sponsor", "ttx_microdose_dose_sponsor", "ttx_dose_review", "ttx_dose_sponsor",
    }  # fmt: skip
    assert [row.claim for row in doses if not SCHEDULE.search(row.statement)] == []
    assert {row.kind for row in doses} <= {"dose", "safety"}


def test_no_dose_stands_anywhere_else_in_the_knowledge():
    folder = data_folder("rules")
    elsewhere = [*folder.glob("*.toml"), *folder.glob("knowledge/*.tsv")]
    texts = {path.name: path.read_text(encoding="utf-8") for path in elsewhere if path.name != "trial_claims.tsv"}
    assert len(texts) >= 20
    assert [name for name, text in texts.items() if DOSE.search(text)] == []


def test_the_lost_exponent_is_never_told_as_a_number_of_minicells():
    assert "5x10^9" in statement("targomirs_dose_press")
    lost = [row.claim for row in KNOWN.trial_claims if re.search(r"\b109\b", row.statement)]
    assert lost == ["targomirs_dose_review"]
    assert "exponent lost" in statement("targomirs_dose_review")


def test_disagreement_goes_both_ways():
    said = {row.claim: row.disagrees_with for row in KNOWN.trial_claims}
    assert [(a, b) for a, others in said.items() for b in others if a not in said[b]] == []


def test_a_date_is_a_year_a_month_or_a_day():
    dates = [row.as_of for table in ("trial_claims", "stop_reasons", "sources") for row in KNOWN.tables[table]]
    assert [date for date in dates if date and not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", date)] == []
    assert sum(map(bool, dates)) > 150


def test_identifiers_are_those_that_were_seen():
    assert {row.doi for row in KNOWN.sources if row.doi} == {
        "10.1186/s13046-025-03391-x",
        "10.1186/s13045-023-01468-8",
        "10.1007/s10637-016-0407-y",
        "10.1038/s41416-020-0802-1",
        "10.1158/1078-0432.CCR-20-3139",
        "10.1038/s41416-022-02123-8",
        "10.3390/ijms25031469",
        "10.1056/NEJMoa1209026",
        "10.1016/S0140-6736(16)31715-9",
        "10.1093/eurheartj/ehaa898",
        "10.1016/j.jid.2018.11.007",
        "10.1038/s41467-019-11918-y",
        "10.1038/s41388-023-02801-8",
        "10.1126/scitranslmed.aam9327",
    }
    assert {row.pmid for row in KNOWN.sources if row.pmid} == {
        "40259326", "37365583", "27917453", "32238921", "33208342", "33245749", "31515477"
    }  # fmt: skip


@pytest.mark.parametrize("source", ["van_zandwijk_2017", "soureas", "miravirsen_follow_up", "hf_revert_summary_2026"])
def test_a_source_whose_identifiers_were_not_seen_prints_none(source):
    assert (one("sources", source).doi, one("sources", source).pmid) == ("", "")


def test_a_registry_number_seen_second_hand_is_not_printed():
    for path in data_folder("rules").glob("knowledge/*.tsv"):
        assert "NCT05521191" not in path.read_text(encoding="utf-8")


def test_general_knowledge_is_never_the_source_of_a_trial_or_a_claim():
    cited = {row.source for table in ("trial_claims", "stop_reasons", "trial_tumors") for row in KNOWN.tables[table]}
    assert cited.isdisjoint({"general_knowledge", "own_tcga"})


# --- loading ----------------------------------------------------------------------------------------------------


@pytest.fixture
def rules(tmp_path) -> Path:
    """Return a copy of the shipped rules that may be broken."""
    return Path(shutil.copytree(data_folder("rules"), tmp_path / "rules"))


def break_cell(rules: Path, table: str, key: str, column: str, value: str) -> str:
    """Put `value` into one cell and return the file and line it is in."""
    path = rules / "knowledge" / f"{table}.tsv"
    lines = path.read_text(encoding="utf-8").split("\n")
    header = lines[0].split("\t")
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split("\t")
        if cells[0] == key:
            cells[header.index(column)] = value
            lines[number - 1] = "\t".join(cells)
            path.write_text("\n".join(lines), encoding="utf-8")
            return f"{table}.tsv, line {number}"
    raise AssertionError(f"no row {key} in {table}")


def refusal(rules: Path) -> list[str]:
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(rules=rules)
    return [str(problem) for problem in caught.value.problems]


def test_the_shipped_knowledge_passes_every_check_of_a_load_and_of_knowledge_check(rules):
    (rules / "verified.sha256").unlink(missing_ok=True)
    assert check(load_knowledge(rules=rules)) == []


def test_a_checked_and_a_trusted_load_give_the_same_knowledge(rules):
    (rules / "verified.sha256").unlink(missing_ok=True)
    checked = load_knowledge(rules=rules)
    assert checked.tables == KNOWN.tables
    assert checked.rules == KNOWN.rules
    assert checked.sha256 == KNOWN.sha256


def test_knowledge_is_loaded_once_a_process():
    assert load_knowledge() is KNOWN
    assert load_knowledge(rules=data_folder("rules")) is KNOWN


def test_the_hash_changes_with_any_file(rules):
    with (rules / "ranking.toml").open("a", encoding="utf-8") as file:
        file.write("# a remark\n")
    changed = load_knowledge(rules=rules)
    assert re.fullmatch(r"[0-9a-f]{64}", changed.sha256)
    assert changed.sha256 != KNOWN.sha256


def test_every_table_can_be_named_as_an_attribute():
    assert isinstance(KNOWN, Knowledge)
    assert all(getattr(KNOWN, name) is KNOWN.tables[name] for name in TABLES)
    with pytest.raises(AttributeError, match="targetz"):
        _ = KNOWN.targetz


NEEDLE = "t1.bladder_cancer.up.miR-21"


@pytest.mark.parametrize(
    ("table", "key", "column", "value"),
    [
        ("claims", NEEDLE, "cancer", "bladder_cancr"),
        ("claims", NEEDLE, "cancer", ""),
        ("claims", NEEDLE, "mirna_as_printed", "miR-2l"),
        ("claims", NEEDLE, "mirna_as_printed", ""),
        ("claims", NEEDLE, "mirna_as_printed", "pan_cancer"),
        ("claims", NEEDLE, "direction", "upp"),
        ("claims", NEEDLE, "source", "table3"),
        ("claims", NEEDLE, "condition", "metastasis"),
        ("mirnas", "hsa-miR-21-5p", "sequence", "TAGCTTATCAGACTGATGTTGA"),
        ("mirnas", "hsa-miR-21-5p", "sequence", ""),
        ("mirnas", "hsa-miR-21-5p", "arm", "5"),
        ("families", "miR-34-family", "members", "hsa-miR-34a-5p;hsa-miR-34d-5p"),
        ("families", "miR-34-family", "members", ""),
        ("named_mirnas", "miR-21", "identity", "hsa-miR-2l-5p"),
        ("named_mirnas", "miR-21", "identity_kind", "family"),
        ("contexts", "context.timing.miR-221", "value", "relapse_targt"),
        ("contexts", "context.cell_mix.miR-126", "value", "endothelia"),
        ("contexts", "context.cell_mix.miR-126", "sources", "own_tgca"),
        ("cancers", "melanoma", "parent", "skin"),
        ("cancers", "melanoma", "lineage", "liquid"),
        ("cancers", "melanoma", "tcga", "LUAD"),
        ("roles", "role.general.miR-21.text", "scope", "lung"),
        ("roles", "role.general.miR-21.text", "role", "oncogene"),
        ("preclinical", "preclinical.restore.let-7", "mirna_as_printed", "let-8"),
        ("agents", "mrx34", "mirna", "miR-34a"),
        ("agents", "mrx34", "mirna", ""),
        ("agents", "mrx34", "delivery", "liposom"),
        ("agents", "mrx34", "sources", "review;hong_2021"),
        ("agents", "mrx34", "safety_level", ""),
        ("trials", "nct01829971", "agent", "mrx35"),
        ("trials", "nct01829971", "agent", ""),
        ("trials", "nct01829971", "nct_id", "NCT0182997"),
        ("trials", "nct01829971", "enrollment", "about 155"),
        ("trials", "nct01829971", "outcome", "some"),
        ("trial_tumors", "nct02369198", "cancer", "mesothelioma"),
        ("trial_tumors", "nct02369198", "source", "nobody"),
        ("stop_reasons", "nct04675996", "reason", "money"),
        ("stop_reasons", "nct04675996", "trial", "nct99999999"),
        ("stop_reasons", "nct04675996", "source", ""),
        ("trial_claims", "mrx34_deaths_hong", "source", "hong_2021"),
        ("trial_claims", "mrx34_deaths_hong", "source", ""),
        ("trial_claims", "mrx34_deaths_hong", "disagrees_with", "nothing"),
        ("caveats", "companion_diagnostic", "severity", "bad"),
        ("caveats", "companion_diagnostic", "sources", ""),
    ],
)
def test_one_broken_cell_is_refused_with_file_and_line(rules, table, key, column, value):
    where = break_cell(rules, table, key, column, value)
    assert [problem for problem in refusal(rules) if problem.startswith(where)] != []


@pytest.mark.parametrize(
    ("table", "key", "again"),
    [
        ("claims", NEEDLE, "t1.bladder_cancer.up.miR-182"),
        ("sources", "beg_2017", "review"),
        ("mirnas", "hsa-miR-21-5p", "hsa-miR-21-3p"),
        ("cancers", "melanoma", "lung_cancer"),
        ("trials", "nct02862145", "nct01829971"),
    ],
)
def test_a_repeated_key_is_refused_with_file_and_line(rules, table, key, again):
    column = (rules / "knowledge" / f"{table}.tsv").read_text(encoding="utf-8").split("\t")[0]
    break_cell(rules, table, key, column, again)
    (repeated,) = [problem for problem in refusal(rules) if "again" in problem]
    assert re.match(rf"{table}\.tsv, line \d+: found {column} {re.escape(again)} again; expected unique keys", repeated)


def test_tumors_that_belong_to_each_other_in_a_circle_are_refused(rules):
    break_cell(rules, "cancers", "melanoma", "parent", "acral_melanoma")
    assert any("melanoma belongs to itself" in problem for problem in refusal(rules))


@pytest.mark.parametrize("table", ["claims", "sources", "mirnas", "trial_claims"])
def test_a_row_with_a_cell_too_many_is_refused_with_file_and_line(rules, table):
    path = rules / "knowledge" / f"{table}.tsv"
    lines = path.read_text(encoding="utf-8").split("\n")
    cells = lines[2].count("\t") + 1
    lines[2] += "\tmore"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert refusal(rules) == [f"{table}.tsv, line 3: found {cells + 1} cells; expected {cells} cells"]


def test_a_wrong_header_is_refused_with_the_right_one(rules):
    path = rules / "knowledge" / "roles.tsv"
    path.write_text(path.read_text(encoding="utf-8").replace("role_id\t", "id\t", 1), encoding="utf-8")
    (problem,) = refusal(rules)
    assert problem.startswith("roles.tsv, line 1: found 'id\\tmirna_as_printed")
    assert "expected the header role_id, mirna_as_printed, role, scope" in problem


def test_a_table_that_is_no_utf_8_is_refused(rules):
    with (rules / "knowledge" / "caveats.tsv").open("ab") as file:
        file.write(b"caf\xe9\n")
    (problem,) = refusal(rules)
    assert problem.startswith("caveats.tsv: found 'utf-8' codec can't decode byte 0xe9")


def test_a_missing_table_is_refused(rules):
    (rules / "knowledge" / "agents.tsv").unlink()
    (problem,) = refusal(rules)
    assert problem.startswith("agents.tsv: found ")
    assert "restore the file" in problem


def test_problems_of_several_tables_and_of_the_rules_are_told_together(rules):
    first = break_cell(rules, "claims", NEEDLE, "direction", "upp")
    second = break_cell(rules, "stop_reasons", "nct04675996", "reason", "money")
    (rules / "caveat.toml").write_text("[[rule", encoding="utf-8")
    told = refusal(rules)
    assert len(told) == 3
    assert all(any(problem.startswith(where) for problem in told) for where in (first, second, "caveat.toml"))


def test_a_source_that_is_gone_is_missed_by_everything_that_cites_it(rules):
    break_cell(rules, "sources", "sponsor_pr_2020_10", "source", "renamed")
    told = "\n".join(refusal(rules))
    assert "stop_reasons.tsv, line" in told
    assert "trial_claims.tsv, line" in told
    assert "precedent.toml, rule precedent.randomized_endpoint_missed: found source sponsor_pr_2020_10" in told


def test_a_seal_vouches_for_no_other_content(rules):
    (rules / "verified.sha256").write_text(KNOWN.sha256 + "\n", encoding="ascii")
    where = break_cell(rules, "claims", NEEDLE, "direction", "upp")
    assert refusal(rules)[0].startswith(where)


@pytest.mark.parametrize("seal", [b"", b"\xff\xfe", b"0" * 64])
def test_a_worthless_seal_costs_time_and_nothing_else(rules, seal):
    (rules / "verified.sha256").write_bytes(seal)
    assert load_knowledge(rules=rules).tables == KNOWN.tables


# --- what `knowledge check` adds to a load ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "key", "column", "value", "told"),
    [
        ("claims", NEEDLE, "claim_id", "t1.bladder_cancer.up.miR-22", "expected t1.bladder_cancer.up.miR-21"),
        ("claims", NEEDLE, "direction", "down", "expected t1.bladder_cancer.down.miR-21"),
        ("claims", NEEDLE, "locator", "", "no locator"),
        ("claims", NEEDLE, "references", "12;101", "found 101; expected 1 to 100"),
        ("claims", NEEDLE, "references", "twelve", "found twelve; expected 1 to 100"),
        ("roles", "role.general.miR-21.text", "references", "0", "found 0; expected 1 to 100"),
        ("mirnas", "hsa-miR-21-5p", "arm", "3p", "found arm 3p; expected 5p"),
        ("mirnas", "hsa-miR-21-5p", "accession", "MIMAT76", "found accession MIMAT76"),
        ("mirnas", "hsa-miR-21-5p", "accession", "MIMAT0004494", "MIMAT0004494"),
        ("mirnas", "hsa-miR-21-5p", "hairpins", "hsa-mir-22", "found hairpin hsa-mir-22"),
        ("mirnas", "hsa-miR-21-5p", "sequence", "UAGCUUAUC", "found 9 nucleotides; expected 15 to 28"),
        ("trials", "nct02580552", "status", "Terminated", "Terminated without a stop reason"),
        ("trial_claims", "mrx34_status_registry", "disagrees_with", "", "does not disagree back"),
    ],
)
def test_knowledge_check_finds_what_a_load_lets_pass(rules, table, key, column, value, told):
    break_cell(rules, table, key, column, value)
    problems = [str(problem) for problem in check(load_knowledge(rules=rules))]
    assert [problem for problem in problems if problem.startswith(f"{table}.tsv, line") and told in problem] != []


def test_knowledge_check_finds_a_sequence_that_is_not_the_names(rules):
    break_cell(rules, "mirnas", "hsa-miR-221-3p", "sequence", SEQUENCES["hsa-miR-21-5p"])
    assert check(load_knowledge(rules=rules)) != []


def test_knowledge_check_finds_an_example_that_the_rule_does_not_keep(rules):
    path = rules / "context.toml"
    text = path.read_text(encoding="utf-8")
    silent = 'metastatic = "yes", call = "up", level = "trial_lineage" }]\n  fires = false'
    assert text.count(silent) == 1
    path.write_text(text.replace(silent, silent.replace("yes", "no")), encoding="utf-8")
    assert [str(problem) for problem in check(load_knowledge(rules=rules))] == [
        "rule context.metastasis_not_stated, example 'metastatic': found a match; expected what the example says"
    ]


def test_knowledge_check_finds_a_member_of_an_enumeration_that_no_rule_concludes(rules):
    path = rules / "strategy.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('withhold = "context_dependent"', 'withhold = "discordant_direction"'), "utf-8")
    problems = [str(problem) for problem in check(load_knowledge(rules=rules))]
    assert problems == [
        "rules: found withheld reason context_dependent that no rule concludes; expected a rule for every member"
    ]


def test_knowledge_check_finds_a_missing_weight(rules):
    path = rules / "ranking.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("match_eligible_percent = 60\n", ""), encoding="utf-8")
    problems = [str(problem) for problem in check(load_knowledge(rules=rules))]
    assert problems == [
        "ranking.toml, [precedent]: found no match_eligible_percent; expected a weight for every member"
    ]
