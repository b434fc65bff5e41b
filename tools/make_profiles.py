"""Write the example profiles of real tumors: ``make_profiles.py DATA_FOLDER PROFILES_FOLDER``.

DATA_FOLDER holds ``tcga/``: per study a matrix of hairpin-level read counts and a table of its samples. Each
tumor is compared with the adjacent normals of its study by the project's own functions, and one a study is
chosen by rule: of the primary tumors in which the study's marker is called as the example needs it, the one
whose marker has the median log2 ratio (the lower of two; barcodes decide ties). Only figures computed here
are written: ratios, adjusted p-values and scaled abundances of the miRNAs the knowledge covers, no barcode.
"""

import csv
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recommender.calling import CallSheet, call_profile
from recommender.errors import RecommenderError
from recommender.knowledge import Knowledge, load_knowledge
from recommender.model.profile import DiseaseState, Entry, Profile
from recommender.readers.matrix import Matrix, read_matrix
from recommender.readers.profile import validate_profile
from recommender.reference.load import Reference, build_reference

PRIMARY, NORMAL = "01", "11"
STATE: DiseaseState = "relapsed_refractory"
LEAST_MIRNAS = 200  # a profile with fewer would not be a whole library any more


@dataclass(frozen=True)
class Example:
    """One profile to write; `marker` and `call` choose its tumor, the rest is told to the reader."""

    file: str
    study: str
    cancer: str
    tissue: str
    marker: str
    call: str
    disease_state: str = "unknown"
    remark: str = "The disease state is not known."


EXAMPLES = (
    Example(
        "liver_mir221_up.json",
        "LIHC",
        "hepatocellular carcinoma",
        "liver",
        "hsa-miR-221-3p",
        "up",
        STATE,
        "The disease state is assumed, not known: it is set to relapsed or refractory so that the example shows "
        "what the measurement alone allows.",
    ),
    Example("lung_squamous_mir34a_lost.json", "LUSC", "lung squamous cell carcinoma", "lung", "hsa-miR-34a-5p", "down"),
    Example("thyroid_papillary.json", "THCA", "papillary thyroid carcinoma", "thyroid", "hsa-miR-146b-5p", "up"),
)


@dataclass(frozen=True)
class Study:
    """The counts of one TCGA study: normals, and primary tumors by barcode."""

    name: str
    normals: Matrix
    tumors: Matrix


def read_study(folder: Path, name: str) -> Study:
    """Read a study's hairpin counts.

    Parameters
    ----------
    folder : Path
        With ``tcga/TCGA-NAME.hairpin_counts.tsv.gz`` and ``.samples.tsv``.
    name : str
    """
    stem = folder / "tcga" / f"TCGA-{name}"
    matrix = read_matrix(Path(f"{stem}.hairpin_counts.tsv.gz"), lambda text: text.startswith("hsa-"))
    with open(f"{stem}.samples.tsv", encoding="utf-8", newline="") as lines:
        kinds = {row["barcode"]: row["sample_type"] for row in csv.DictReader(lines, delimiter="\t")}
    return Study(name, take(matrix, kinds, NORMAL, name), take(matrix, kinds, PRIMARY, name))


def take(matrix: Matrix, kinds: Mapping[str, str], kind: str, name: str) -> Matrix:
    """Return the samples of one kind, sorted by barcode."""
    rows = sorted((sample, i) for i, sample in enumerate(matrix.samples) if kinds[sample] == kind)
    values = matrix.values[[i for _, i in rows]]
    return Matrix(tuple(sample for sample, _ in rows), matrix.features, values, f"TCGA-{name}")


def counts_profile(matrix: Matrix, row: int, cancer: str) -> Profile:
    """Return one sample's counts as a profile; of a refractory tumor, so that calls alone decide."""
    counts: dict[str, Entry] = dict(zip(matrix.features, map(float, matrix.values[row]), strict=True))
    return Profile(sample_id=matrix.samples[row], cancer=cancer, disease_state=STATE, scale="counts", expression=counts)


def choose(example: Example, study: Study, reference: Reference, knowledge: Knowledge) -> tuple[CallSheet, int]:
    """Return the calls of the tumor the rule chooses, and how many tumors were called as wanted."""
    fitting: list[tuple[float, str, CallSheet]] = []
    for row, barcode in enumerate(study.tumors.samples):
        profile = counts_profile(study.tumors, row, example.cancer)
        sheet = call_profile(profile, knowledge.resolver, knowledge.settings, reference)
        marker = sheet.calls[example.marker]
        if marker.call == example.call and marker.value is not None:
            fitting.append((marker.value, barcode, sheet))
    fitting.sort(key=lambda found: found[:2])
    return fitting[(len(fitting) - 1) // 2][2], len(fitting)


def entries(sheet: CallSheet, knowledge: Knowledge) -> dict[str, dict[str, float]]:
    """Return the measurements of every covered miRNA, by the name it was measured under.

    A mature to which several hairpins were added up stands under its own name.
    """
    found: dict[str, dict[str, float]] = {}
    for mirna, call in sheet.calls.items():
        if mirna not in knowledge.resolver.mirnas or call.value is None:
            continue
        assert call.adjusted_p_value is not None
        assert call.reads_per_million is not None
        name = call.as_given[0] if len(call.as_given) == 1 else mirna
        found[name] = {
            "value": call.value,
            "adjusted_p_value": float(f"{call.adjusted_p_value:.6g}"),
            "reads_per_million": round(call.reads_per_million, 3),
        }
    return dict(sorted(found.items()))


def document(example: Example, study: Study, reference: Reference, knowledge: Knowledge) -> dict[str, object]:
    """Return the profile as it will be written."""
    sheet, fitting = choose(example, study, reference, knowledge)
    normals = f"{reference.samples} adjacent normal samples of {example.tissue}"
    removed = len(reference.excluded)
    return {
        "schema": "profile/1",
        "sample_id": f"{example.study}-example-1",
        "description": (
            f"A real tumor. Figures computed by this project (tools/make_profiles.py) from one primary tumor of "
            f"TCGA {example.study} against the study's {normals} ({removed} more were left out by the quality "
            f"control): hairpin-level read counts, median-of-ratios scaling, pseudocount 1 RPM. Hairpins stand "
            f"under their own names; where several give one mature, their reads were added up and the sum "
            f"stands under the mature's name. Chosen by rule: of {len(study.tumors.samples)} tumors "
            f"{fitting} have {example.marker} {example.call}, and of these this one has the median ratio. "
            f"{example.remark}"
        ),
        "cancer": example.cancer,
        "disease_state": example.disease_state,
        "metastatic": None,
        "specimen": "tumor_tissue",
        "scale": "log2_fold_change",
        "reference": {
            "kind": "normal_cohort",
            "samples": reference.samples,
            "description": f"{normals} from tumor patients, TCGA {example.study}",
        },
        "expression": entries(sheet, knowledge),
    }


def check(written: dict[str, object], example: Example, knowledge: Knowledge) -> str:
    """Return a line on the profile as it reads back; refuse one that lost its marker or most miRNAs."""
    profile = validate_profile(written, example.file)
    sheet = call_profile(profile, knowledge.resolver, knowledge.settings)
    if sheet.calls[example.marker].call != example.call or len(profile.expression) < LEAST_MIRNAS:
        raise SystemExit(f"{example.file}: does not show {example.marker} {example.call}")
    return f"{example.file}: {len(profile.expression)} miRNAs"


def as_text(written: dict[str, object]) -> str:
    """Return JSON with one line a field, and one line a miRNA."""
    expression = written["expression"]
    assert isinstance(expression, dict)
    rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(entry)}" for name, entry in expression.items())
    head = ",\n".join(
        f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in written.items() if key != "expression"
    )
    return f'{{\n{head},\n  "expression": {{\n{rows}\n  }}\n}}\n'


def main(data: str, profiles: str) -> None:
    """Write every example."""
    knowledge = load_knowledge()
    for example in EXAMPLES:
        study = read_study(Path(data), example.study)
        reference = build_reference(study.normals, knowledge.resolver, knowledge.settings, "counts")
        written = document(example, study, reference, knowledge)
        print(check(written, example, knowledge))
        (Path(profiles) / example.file).write_text(as_text(written), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    try:
        main(*sys.argv[1:])
    except RecommenderError as error:
        raise SystemExit(str(error)) from None
