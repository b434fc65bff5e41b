"""What people call a tumor, and which tumor of the knowledge it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.cancers import CancerVocabulary, fold
from recommender.errors import InputError
from recommender.knowledge import load_knowledge

VOCABULARY: CancerVocabulary = load_knowledge().vocabulary

# the 33 studies of TCGA, and the tumor each counts as
TCGA = {
    "ACC": "adrenocortical_carcinoma",
    "BLCA": "bladder_cancer",
    "BRCA": "breast_cancer",
    "CESC": "cervical_cancer",
    "CHOL": "cholangiocarcinoma",
    "COAD": "colorectal_cancer",
    "DLBC": "diffuse_large_b_cell_lymphoma",
    "ESCA": "esophageal_cancer",
    "GBM": "brain_cancer",
    "HNSC": "head_and_neck_cancer",
    "KICH": "renal_cell_carcinoma",
    "KIRC": "renal_cell_carcinoma",
    "KIRP": "renal_cell_carcinoma",
    "LAML": "acute_myeloid_leukemia",
    "LGG": "brain_cancer",
    "LIHC": "hepatocellular_carcinoma",
    "LUAD": "lung_cancer",
    "LUSC": "lung_cancer",
    "MESO": "pleural_mesothelioma",
    "OV": "ovarian_cancer",
    "PAAD": "pancreatic_cancer",
    "PCPG": "pheochromocytoma_paraganglioma",
    "PRAD": "prostate_cancer",
    "READ": "colorectal_cancer",
    "SARC": "sarcoma",
    "SKCM": "melanoma",
    "STAD": "gastric_cancer",
    "TGCT": "testicular_germ_cell_tumor",
    "THCA": "thyroid_cancer",
    "THYM": "thymic_epithelial_tumor",
    "UCEC": "endometrial_cancer",
    "UCS": "endometrial_cancer",
    "UVM": "uveal_melanoma",
}

# the 23 tumors of Tables 1 and 2 and those the trials bring, by id, with a name as printed there
COVERED = {
    "bladder_cancer": "Bladder Cancer",
    "brain_cancer": "Brain Cancer",
    "breast_cancer": "Breast Cancer",
    "cervical_cancer": "Cervical Cancer",
    "colorectal_cancer": "Colorectal Cancer",
    "esophageal_cancer": "Esophageal Cancer",
    "gastric_cancer": "Gastric Cancer",
    "hepatocellular_carcinoma": "Hepatocellular Carcinoma",
    "head_and_neck_cancer": "Head and Neck Cancer",
    "lung_cancer": "Lung Cancer",
    "melanoma": "Melanoma",
    "ovarian_cancer": "Ovarian Cancer",
    "pancreatic_cancer": "Pancreatic Cancer",
    "prostate_cancer": "Prostate Cancer",
    "renal_cell_carcinoma": "Renal Cell Carcinoma",
    "thyroid_cancer": "Thyroid Cancer",
    "acute_lymphoblastic_leukemia": "Acute Lymphoblastic Leukemia",
    "acute_myeloid_leukemia": "Acute Myeloid Leukemia",
    "chronic_lymphocytic_leukemia": "Chronic Lymphocytic Leukemia",
    "chronic_myeloid_leukemia": "Chronic Myeloid Leukemia",
    "diffuse_large_b_cell_lymphoma": "Diffuse Large B-Cell Lymphoma",
    "hodgkin_lymphoma": "Hodgkin Lymphoma",
    "multiple_myeloma": "Multiple Myeloma",
    "pleural_mesothelioma": "Malignant pleural mesothelioma",
    "cutaneous_t_cell_lymphoma": "Cutaneous T-cell lymphoma",
    "adult_t_cell_leukemia_lymphoma": "ATLL",
}
HEMATOLOGIC = {
    "acute_lymphoblastic_leukemia", "acute_myeloid_leukemia", "chronic_lymphocytic_leukemia",
    "chronic_myeloid_leukemia", "diffuse_large_b_cell_lymphoma", "hodgkin_lymphoma", "multiple_myeloma",
    "cutaneous_t_cell_lymphoma", "adult_t_cell_leukemia_lymphoma",
}  # fmt: skip

# OncoTree codes of covered tumors and their subtypes, and the tumor each counts as
ONCOTREE = {
    "BLCA": "bladder_cancer",
    "GB": "brain_cancer",
    "ODG": "brain_cancer",
    "ASTR": "brain_cancer",
    "MBL": "brain_cancer",
    "BRCA": "breast_cancer",
    "IDC": "breast_cancer",
    "ILC": "breast_cancer",
    "CESC": "cervical_cancer",
    "COADREAD": "colorectal_cancer",
    "COAD": "colorectal_cancer",
    "READ": "colorectal_cancer",
    "ESCA": "esophageal_cancer",
    "ESCC": "esophageal_cancer",
    "STAD": "gastric_cancer",
    "DSTAD": "gastric_cancer",
    "HCC": "hepatocellular_carcinoma",
    "HNSC": "head_and_neck_cancer",
    "OCSC": "head_and_neck_cancer",
    "NSCLC": "lung_cancer",
    "LUAD": "lung_cancer",
    "LUSC": "lung_cancer",
    "SCLC": "lung_cancer",
    "MEL": "melanoma",
    "ACRM": "melanoma",
    "UM": "uveal_melanoma",
    "HGSOC": "ovarian_cancer",
    "CCOV": "ovarian_cancer",
    "PAAD": "pancreatic_cancer",
    "PRAD": "prostate_cancer",
    "RCC": "renal_cell_carcinoma",
    "CCRCC": "renal_cell_carcinoma",
    "CHRCC": "renal_cell_carcinoma",
    "THPA": "thyroid_cancer",
    "THFO": "thyroid_cancer",
    "BLL": "acute_lymphoblastic_leukemia",
    "TLL": "acute_lymphoblastic_leukemia",
    "AML": "acute_myeloid_leukemia",
    "CLLSLL": "chronic_lymphocytic_leukemia",
    "CML": "chronic_myeloid_leukemia",
    "DLBCLNOS": "diffuse_large_b_cell_lymphoma",
    "GCB": "diffuse_large_b_cell_lymphoma",
    "CHL": "hodgkin_lymphoma",
    "PCM": "multiple_myeloma",
    "PLMESO": "pleural_mesothelioma",
    "MYCF": "cutaneous_t_cell_lymphoma",
    "SS": "cutaneous_t_cell_lymphoma",
    "ATLL": "adult_t_cell_leukemia_lymphoma",
    "MF": "myofibroma",
}

# what people write, and the tumor it counts as
SYNONYMS = {
    "HCC": "hepatocellular_carcinoma",
    "liver cancer": "hepatocellular_carcinoma",
    "Carcinoma, Hepatocellular": "hepatocellular_carcinoma",
    "kidney cancer": "renal_cell_carcinoma",
    "colon cancer": "colorectal_cancer",
    "stomach cancer": "gastric_cancer",
    "non-small cell lung cancer": "lung_cancer",
    "Non\u2013small cell lung cancer": "lung_cancer",
    "glioblastoma multiforme": "brain_cancer",
    "PDAC": "pancreatic_cancer",
    "uveal melanoma": "uveal_melanoma",
    "AML": "acute_myeloid_leukemia",
    "CLL": "chronic_lymphocytic_leukemia",
    "DLBCL": "diffuse_large_b_cell_lymphoma",
    "Hodgkin\u2019s lymphoma": "hodgkin_lymphoma",
    "myeloma": "multiple_myeloma",
    "MM": "multiple_myeloma",
    "CTCL": "cutaneous_t_cell_lymphoma",
    "mycosis fungoides": "cutaneous_t_cell_lymphoma",
    "S\u00e9zary syndrome": "cutaneous_t_cell_lymphoma",
    "mesothelioma": "pleural_mesothelioma",
}


def test_tcga_has_thirty_three_studies():
    assert len(TCGA) == 33


@pytest.mark.parametrize(("code", "tumor"), TCGA.items())
def test_a_tcga_study_code_resolves(code, tumor):
    assert VOCABULARY.resolve(f"tcga:{code}").tumor.cancer == tumor
    assert VOCABULARY.resolve(f"TCGA: {code.lower()}").tumor.cancer == tumor


@pytest.mark.parametrize(("code", "tumor"), [item for item in TCGA.items() if item[0] != "TGCT"])
def test_a_bare_tcga_code_resolves_where_both_code_spaces_agree(code, tumor):
    assert VOCABULARY.resolve(code).tumor.cancer == tumor
    assert VOCABULARY.resolve(f" {code.lower()} ").tumor.cancer == tumor


@pytest.mark.parametrize(("cancer", "printed"), COVERED.items())
def test_a_tumor_of_the_review_resolves_by_id_and_by_its_printed_name(cancer, printed):
    lineage = "hematologic" if cancer in HEMATOLOGIC else "solid"
    for given_name in (cancer, printed, printed.upper()):
        found = VOCABULARY.resolve(given_name)
        assert (found.tumor.cancer, found.tumor.lineage, found.as_given) == (cancer, lineage, given_name)


@pytest.mark.parametrize(("code", "tumor"), ONCOTREE.items())
def test_an_oncotree_code_of_a_covered_tumor_or_subtype_resolves(code, tumor):
    assert VOCABULARY.resolve(f"oncotree:{code}").tumor.cancer == tumor


@pytest.mark.parametrize(("name", "tumor"), SYNONYMS.items())
def test_a_synonym_resolves(name, tumor):
    assert VOCABULARY.resolve(name).tumor.cancer == tumor


def test_all_tissue_codes_of_oncotree_resolve(shared_data):
    tree = json.loads((shared_data / "vocab" / "oncotree_2025_10_03.json").read_text(encoding="utf-8"))
    tissues = sorted(tree["TISSUE"]["children"])
    assert len(tissues) == 32
    known = {code for code in tissues if VOCABULARY.resolve(f"oncotree:{code}").row.lineage in ("solid", "hematologic")}
    assert known == set(tissues)


def test_a_code_of_the_vocabulary_is_a_code_of_oncotree(shared_data):
    def codes(node):
        for code, child in node["children"].items():
            yield code
            yield from codes(child)

    tree = json.loads((shared_data / "vocab" / "oncotree_2025_10_03.json").read_text(encoding="utf-8"))
    real = set(codes(tree["TISSUE"]))
    assert {code for row in VOCABULARY.rows.values() for code in row.oncotree} - real == set()


def test_a_code_names_one_tumor():
    for space in ("tcga", "oncotree"):
        codes = [code for row in VOCABULARY.rows.values() for code in getattr(row, space)]
        assert sorted(codes) == sorted(set(codes))


def test_the_vocabulary_holds_the_tcga_studies_and_no_other():
    assert {code for row in VOCABULARY.rows.values() for code in row.tcga} == set(TCGA)


def test_a_tissue_of_unstated_type_does_not_count_as_its_commonest_cancer():
    for code in ("LIVER", "KIDNEY", "SKIN", "BRAIN", "BOWEL", "PLEURA", "LYMPH", "MYELOID"):
        assert VOCABULARY.resolve(f"oncotree:{code}").lineage_ids.isdisjoint(COVERED)


# --- subtypes and umbrellas -----------------------------------------------------------------------------------


def test_a_subtype_counts_as_its_tumor_and_remembers_what_was_given():
    found = VOCABULARY.resolve("LUAD")
    assert (found.row.cancer, found.tumor.cancer) == ("lung_adenocarcinoma", "lung_cancer")
    assert {"lung_adenocarcinoma", "non_small_cell_lung_cancer", "lung_cancer"} == found.lineage_ids


def test_mycosis_fungoides_belongs_to_ctcl_and_to_lymphoma():
    assert {"cutaneous_t_cell_lymphoma", "lymphoma"} < VOCABULARY.resolve("oncotree:MYCF").lineage_ids


def test_uveal_melanoma_is_not_the_melanoma_of_the_review():
    assert "melanoma" not in VOCABULARY.resolve("UVM").lineage_ids


def test_myeloma_and_leukemia_are_no_lymphoma():
    assert "lymphoma" not in VOCABULARY.resolve("multiple myeloma").lineage_ids
    assert "lymphoma" not in VOCABULARY.resolve("CLL").lineage_ids
    assert "lymphoma" in VOCABULARY.resolve("DLBCL").lineage_ids


def test_an_umbrella_is_itself():
    assert VOCABULARY.resolve("lymphoma").tumor.cancer == "lymphoma"


def test_every_row_is_found_by_its_id():
    assert [row for row in VOCABULARY.rows if VOCABULARY.resolve(row).row.cancer != row] == []


# --- refused ----------------------------------------------------------------------------------------------------


def refusal(given_name: str) -> str:
    with pytest.raises(InputError) as caught:
        VOCABULARY.resolve(given_name)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].where == "cancer"
    return str(caught.value)


@pytest.mark.parametrize(
    ("code", "readings"),
    [
        ("TGCT", ("Testicular germ cell tumor", "tcga:TGCT", "oncotree:TGCT")),
        ("tgct", ("tcga:TGCT", "oncotree:TGCT")),
        ("MF", ("Mycosis fungoides", "Myofibroma", "oncotree:MF")),
        ("SS", ("Sezary syndrome", "Synovial sarcoma", "oncotree:SS")),
    ],
)
def test_a_bare_code_of_two_tumors_is_refused_with_both(code, readings):
    message = refusal(code)
    assert "prefix tcga: or oncotree:" in message
    for reading in readings:
        assert reading in message


def test_a_prefix_settles_what_a_bare_code_cannot():
    assert VOCABULARY.resolve("tcga:TGCT").row.cancer == "testicular_germ_cell_tumor"
    assert VOCABULARY.resolve("oncotree:TGCT").row.cancer == "tenosynovial_giant_cell_tumor"
    assert VOCABULARY.resolve("tcga:ESCA").row.cancer == "esophageal_cancer"
    assert VOCABULARY.resolve("oncotree:ESCA").row.cancer == "esophageal_adenocarcinoma"


def test_a_bare_code_read_twice_within_one_tumor_is_that_tumor():
    assert VOCABULARY.resolve("ESCA").row.cancer == "esophageal_cancer"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("hepatocelular carcinoma", "Hepatocellular carcinoma"),
        ("mutiple myeloma", "Multiple myeloma"),
        ("Colorectal", "Colorectal cancer"),
        ("tcga:LUAX", "tcga:LUAD"),
        ("oncotree:LUDA", "oncotree:LUAD"),
    ],
)
def test_an_unknown_tumor_is_refused_with_the_nearest_names(name, nearest):
    message = refusal(name)
    assert repr(name) in message
    assert nearest in message.partition("nearest:")[2]


@pytest.mark.parametrize("name", ["xyzzy", "", "pan_cancer", "tcga:", "oncotree:", "tcga:MF", "foo:bar", "\u0000"])
def test_what_names_no_tumor_is_refused(name):
    assert "expected a tumor the vocabulary knows" in refusal(name)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40))
def test_any_text_is_a_tumor_or_is_refused_in_one_line(text):
    message = ""
    try:
        found = VOCABULARY.resolve(text)
    except InputError as error:
        message = str(error)
    assert message or found.row.cancer in VOCABULARY.rows
    assert "\n" not in message


def test_folding_drops_case_accents_spaces_and_punctuation():
    assert fold("Non\u2013Hodgkin\u2019s Lymphoma") == "nonhodgkinslymphoma"
    assert fold("S\u00e9zary") == "sezary"
    assert fold("head & neck") == "headneck"
