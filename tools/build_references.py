"""Write the references that ship: ``build_references.py DATA_FOLDER REFERENCES_FOLDER``.

DATA_FOLDER holds ``tcga/``: per study a matrix of hairpin-level read counts and a table of its samples (Firehose,
2015-11-01). Of each study the solid tissue normals are summarized by the project's own ``reference build``: quality
control, sums, figures. Only figures over all normals are written, none of a single sample; samples the quality
control removed are named. Scaling and thresholds are those of ``rules/calling.toml``.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from recommender.errors import RecommenderError
from recommender.knowledge import Knowledge, load_knowledge
from recommender.reference.build import build_summary
from recommender.reference.file import write_summary
from recommender.reference.samples import read_reference_samples
from recommender.reference.summary import About, Summary

ORIGIN = (
    "TCGA-{study}, Firehose 2015-11-01 (hairpin-level read counts, BCGSC), open-access tier; figures computed by "
    "tools/build_references.py"
)


class Builtin(NamedTuple):
    """A reference to write.

    Attributes
    ----------
    cancers : tuple of str
        Tumors that come from this tissue; others are refused.
    """

    name: str
    study: str
    tissue: str
    cancers: tuple[str, ...]


BUILTINS = (
    Builtin(
        "liver",
        "LIHC",
        "liver, adjacent to hepatocellular carcinoma",
        (
            "combined_hepatocellular_cholangiocarcinoma",
            "fibrolamellar_carcinoma",
            "hepatoblastoma",
            "hepatocellular_adenoma",
            "hepatocellular_carcinoma",
            "liver_tumor_unspecified",
        ),
    ),
    Builtin("lung_adenocarcinoma", "LUAD", "lung, adjacent to lung adenocarcinoma", ("lung_adenocarcinoma",)),
    Builtin(
        "lung_squamous", "LUSC", "lung, adjacent to lung squamous cell carcinoma", ("lung_squamous_cell_carcinoma",)
    ),
    Builtin("thyroid", "THCA", "thyroid, adjacent to thyroid cancer", ("thyroid_cancer",)),
)


def summarize_study(data: Path, builtin: Builtin, knowledge: Knowledge) -> Summary:
    """Return the summary of one study's normals."""
    stem = f"{data / 'tcga'}/TCGA-{builtin.study}"
    about = About(
        tissue=builtin.tissue,
        origin=ORIGIN.format(study=builtin.study),
        kind="normal_cohort",
        cancers=builtin.cancers,
        builtin=builtin.name,
    )
    table = read_reference_samples(f"{stem}.samples.tsv")
    matrix = f"{stem}.hairpin_counts.tsv.gz"
    return build_summary(matrix, about, knowledge, knowledge.settings, table=table, level="hairpin", scale="counts")


def built(data: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every reference that ships."""
    knowledge = load_knowledge()
    for builtin in BUILTINS:
        yield builtin.name, write_summary(summarize_study(data, builtin, knowledge))


def main(data: str, folder: str) -> None:
    """Write every reference."""
    for name, text in built(Path(data)):
        (Path(folder) / f"{name}.tsv").write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    try:
        main(*sys.argv[1:])
    except RecommenderError as error:
        raise SystemExit(str(error)) from None
