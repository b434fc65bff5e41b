"""Print the figures of ``docs/references.md``: ``study_references.py DATA_FOLDER``.

What a call owes to the reference it was made against: other normals of the same study, of another plate, of another
hospital, of another laboratory, of another cancer; the patient's own; and other tumors. Samples go through the
project's own calling and inference; disease is taken as relapsed or refractory, so that calls alone decide.
DATA_FOLDER holds ``tcga/`` and ``de_tables/``.
"""

import csv
import gzip
import random
import re
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import mean, median
from typing import Any, NamedTuple

import numpy as np
from make_profiles import counts_profile
from study_tcga import (
    BATCH,
    CHANGED,
    RATIO_ALONE,
    SIBLING,
    STUDIES,
    Bench,
    Group,
    Row,
    Tables,
    moved,
    part,
    percent,
    subset,
    table,
)

from recommender.calling import CallSheet, call_families, call_profile
from recommender.errors import RecommenderError
from recommender.inference import infer
from recommender.readers.matrix import Matrix, read_matrix
from recommender.reference.load import Reference, build_reference, load_reference
from recommender.reference.summary import About
from recommender.settings import Settings, number, override

TUMORS = 50  # of a study where not all are taken, evenly by barcode
SPLITS = 20  # halves of the normals
LEAST_Z = 2.0  # of the rule "ratio and z"
OTHER_LABORATORY = "de_tables/MIRit_GSE63511_thyroid_counts.tsv"  # mature counts: normals NTH, tumors PTC
OTHER_STUDY = "THCA"
HAIRPINS, MIRBASE = "mirbase/hsa_hairpin_to_mature_v6-v22.tsv.gz", "v21"
CORRELATES = re.compile(r"correlates (-?[0-9.]+) with")
NAMES = {"LIHC": "liver", "LUAD": "lung_adenocarcinoma", "LUSC": "lung_squamous", "THCA": "thyroid"}
TISSUES = {"LIHC": "liver", "LUAD": "lung adenocarcinoma", "LUSC": "lung squamous", "THCA": "thyroid"}
PLATE, SITE = 5, 1  # parts of a barcode

Judge = Callable[[Bench, Matrix, Reference], Group]

HEADERS = {
    "false": (
        "normals of | left out | groups | kept | rule | normals with a call | calls a normal: median (mean) "
        "| normals with a strategy | documented here"
    ),
    "halves": "normals a half | of a half's calls the other makes | opposite | of its strategies the other has | pairs",
    "laboratory": "samples | reference | rule | samples with a call | calls a sample: median | with a strategy",
    "laboratory-tumors": "reference | calls, median | also called by the ratio to their own normals | opposite",
    "alike": "samples | reference | lowest correlation | 5 % under | median | under the limit",
    "cross": "tumors | reference | calls moved | lost | gained | opposite | strategies lost, gained a tumor: mean",
    "cross-normals": "normals | reference | rule | normals with a call | calls a normal: median | with a strategy",
    "pairs": (
        "study | pairs | calls by the own normal, median | calls by the cohort, median "
        "| of the cohort's also by the own normal | opposite | of the own normal's not by the cohort"
    ),
    "tumors": "tumors | against | calls a tumor: median | strategies | exploratory a tumor: mean",
}


class Rule(NamedTuple):
    """A way to decide on a call."""

    name: str
    judge: Judge


# ---------------------------------------------------------------- rules


def by_default(bench: Bench, samples: Matrix, reference: Reference) -> Group:
    """Return what samples get under the settings that ship."""
    return bench.follow(samples, bench.default, reference)


def by_ratio(bench: Bench, samples: Matrix, reference: Reference) -> Group:
    """Return what samples get where a twofold change alone decides."""
    return bench.follow(samples, override(bench.default, RATIO_ALONE), reference)


def by_ratio_and_z(bench: Bench, samples: Matrix, reference: Reference) -> Group:
    """Return what samples get where a twofold change of at least two SD decides."""
    settings = override(bench.default, RATIO_ALONE)
    found = Group([], [])
    for row in range(len(samples.samples)):
        profile = counts_profile(samples, row, bench.name)
        sheet = only_beyond(call_profile(profile, bench.resolver, settings, reference), reference, settings, bench)
        decisions = infer(profile, bench.tumor, sheet, bench.knowledge, settings).decisions
        found.sheets.append(sheet)
        found.strategies.append([d.dossier.level for d in decisions if d.kind == "strategy" and not d.reasons])
    return found


def only_beyond(sheet: CallSheet, reference: Reference, settings: Settings, bench: Bench) -> CallSheet:
    """Return the calls with those under two SD taken back, families called anew."""
    least = number(settings, "reference", "min_sd")
    calls = {mirna: call for mirna, call in sheet.calls.items() if mirna in bench.resolver.mirnas}
    for mirna, call in calls.items():
        if call.call in CHANGED and abs(call.value or 0.0) < LEAST_Z * max(reference.mirnas[mirna][1], least):
            calls[mirna] = call._replace(call="unchanged")
    threshold = number(settings, "fold_change", "min_abs_log2_ratio")
    families = call_families(calls, bench.resolver, settings, threshold)
    return sheet._replace(calls=dict(sorted((calls | families).items())))


RULES = (Rule("ratio alone", by_ratio), Rule("ratio and z", by_ratio_and_z), Rule("default", by_default))


# ---------------------------------------------------------------- counting


def changed(sheet: CallSheet, bench: Bench) -> dict[str, str]:
    """Return the matures that are called up or down."""
    return {m: c.call for m, c in sheet.calls.items() if c.call in CHANGED and m in bench.resolver.mirnas}


def counts(group: Group, bench: Bench) -> list[str]:
    """Return how many samples have a call, and calls a sample."""
    calls = [len(changed(sheet, bench)) for sheet in group.sheets]
    return [part(sum(map(bool, calls)), len(calls)), f"{median(calls):g} ({mean(calls):.1f})"]


def evenly(matrix: Matrix, number_: int) -> Matrix:
    """Return some samples, evenly by name."""
    step = max(1, len(matrix.samples) // number_)
    return subset(matrix, list(range(0, len(matrix.samples), step))[:number_])


def agreement(one: CallSheet, other: CallSheet, bench: Bench) -> tuple[int, int, int, int]:
    """Return how many calls are the same, of the first alone, of the second alone, and opposite."""
    a, b = changed(one, bench), changed(other, bench)
    both = a.keys() & b.keys()
    same = sum(a[mirna] == b[mirna] for mirna in both)
    return same, len(a.keys() - both), len(b.keys() - both), len(both) - same


# ---------------------------------------------------------------- studies


def false_calls(data: Path, name: str) -> Tables:
    """Return what left-out normals get: one at a time, with all of their plate, with all of their hospital."""
    bench = Bench(data, name)
    kept, _ = bench.split_normals(bench.reference(bench.study.normals, bench.default))
    rows: list[Row] = []
    ways: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("one", lambda barcode: barcode),
        ("its plate", lambda barcode: barcode.split("-")[PLATE]),
        ("its hospital", lambda barcode: barcode.split("-")[SITE]),
    )
    for label, key in ways:
        groups = sorted({key(barcode) for barcode in kept.samples})
        found = [Group([], []) for _ in RULES]
        sizes: list[int] = []
        for group in groups:
            inside = [i for i, barcode in enumerate(kept.samples) if key(barcode) == group]
            outside = [i for i in range(len(kept.samples)) if i not in inside]
            reference = bench.reference(subset(kept, outside), bench.default)
            sizes.append(reference.samples)
            for rule, total in zip(RULES, found, strict=True):
                got = rule.judge(bench, subset(kept, inside), reference)
                total.sheets.extend(got.sheets)
                total.strategies.extend(got.strategies)
        spread = f"{min(sizes)} to {max(sizes)}" if min(sizes) < max(sizes) else f"{sizes[0]}"
        for rule, total in zip(RULES, found, strict=True):
            served = [total.served(), total.served("documented_here")]
            rows.append([TISSUES[name], label, str(len(groups)), spread, rule.name, *counts(total, bench), *served])
    return {"false": rows}


def halves(data: Path) -> Tables:
    """Return how far tumors called with one half of the normals agree with the other half's calls."""
    bench = Bench(data, "LIHC")
    tumors = evenly(bench.study.tumors, TUMORS)
    same = alone = opposite = shared = either = 0
    sizes: list[int] = []
    for seed in range(SPLITS):
        order = list(range(len(bench.study.normals.samples)))
        random.Random(seed).shuffle(order)
        middle = len(order) // 2
        references = [
            bench.reference(subset(bench.study.normals, sorted(part_)), bench.default)
            for part_ in (order[:middle], order[middle:])
        ]
        sizes += [reference.samples for reference in references]
        sheets = [bench.sheets(tumors, bench.default, reference) for reference in references]
        ids = [strategy_ids(bench, tumors, found) for found in sheets]
        for a, b in zip(*sheets, strict=True):
            found = agreement(a, b, bench)
            same, alone, opposite = same + found[0], alone + found[1] + found[2], opposite + found[3]
        for x, y in zip(*ids, strict=True):
            shared, either = shared + len(x & y), either + len(x | y)
    # each half in turn is asked for the other's: what both call counts twice
    row = [f"{min(sizes)} to {max(sizes)}", part(2 * same, 2 * (same + opposite) + alone), str(opposite)]
    return {"halves": [[*row, part(2 * shared, shared + either), f"{TUMORS} tumors, {SPLITS} splits"]]}


def strategy_ids(bench: Bench, samples: Matrix, sheets: Sequence[CallSheet]) -> list[set[str]]:
    """Return the strategies each sample gets from its calls."""
    found: list[set[str]] = []
    for row, sheet in enumerate(sheets):
        profile = counts_profile(samples, row, bench.name)
        decisions = infer(profile, bench.tumor, sheet, bench.knowledge, bench.default).decisions
        found.append({d.id for d in decisions if d.kind == "strategy" and not d.reasons})
    return found


def as_hairpins(data: Path, matures: Matrix) -> Matrix:
    """Return mature counts added up as hairpin counts are: by hairpin, a mature's reads shared by its hairpins."""
    hairpins_of: dict[str, set[str]] = {}
    with gzip.open(data / HAIRPINS, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["version"] == MIRBASE:
                hairpins_of.setdefault(row["mature"], set()).add(row["hairpin"])
    found: dict[str, Any] = {}
    for i, name in enumerate(matures.features):
        hairpins = hairpins_of.get(name, set())
        for hairpin in hairpins:
            found[hairpin] = found.get(hairpin, 0) + matures.values[:, i] / len(hairpins)
    names = tuple(sorted(found))
    return Matrix(matures.samples, names, np.stack([found[name] for name in names], axis=1), matures.origin)


def laboratory(data: Path) -> Tables:
    """Return what samples of another laboratory get against a study's normals, and against their own."""
    bench = Bench(data, OTHER_STUDY)
    matures = read_matrix(data / OTHER_LABORATORY, lambda text: text.startswith("hsa-"))
    hairpins = as_hairpins(data, matures)
    normals = subset(hairpins, (i for i, s in enumerate(hairpins.samples) if s.startswith("NTH")))
    tumors = subset(hairpins, (i for i, s in enumerate(hairpins.samples) if s.startswith("PTC")))
    tcga, own = bench.reference(bench.study.normals, bench.default), bench.reference(normals, bench.default)
    rows: list[Row] = []
    for label, samples in (("8 normals", normals), ("8 tumors", tumors)):
        for rule in RULES:
            got = rule.judge(bench, samples, tcga)
            rows.append([f"{label} of GSE63511", "TCGA thyroid", rule.name, *counts(got, bench), got.served()])
    left = bench.leave_one_out(normals, bench.default)
    rows.append(["8 normals of GSE63511", "the 7 others", "ratio alone", *counts(left, bench), left.served()])
    got = by_ratio(bench, tumors, own)
    rows.append(["8 tumors of GSE63511", "their laboratory's 8", "ratio alone", *counts(got, bench), got.served()])
    compared: list[Row] = []
    for rule in (RULES[0], RULES[2]):
        sheets = rule.judge(bench, tumors, tcga).sheets
        found = [agreement(a, b, bench) for a, b in zip(sheets, got.sheets, strict=True)]
        same, first, _, opposite = (sum(values) for values in zip(*found, strict=True))
        called = median(len(changed(sheet, bench)) for sheet in sheets)
        compared.append(
            [f"TCGA thyroid, {rule.name}", f"{called:g}", part(same, same + first + opposite), str(opposite)]
        )
    builtin = Builtin(bench, OTHER_STUDY)
    alike = [builtin.row("8 normals of GSE63511", normals), builtin.row("8 tumors of GSE63511", tumors)]
    return {"laboratory": rows, "laboratory-tumors": compared, "alike": alike}


class Builtin:
    """A reference that ships, with the check whether a library resembles it."""

    def __init__(self, bench: Bench, study: str) -> None:
        self.bench = bench
        self.name = f"builtin:{NAMES[study]}"
        self.reference = load_reference(self.name, bench.resolver, bench.default, "counts")

    def row(self, label: str, samples: Matrix) -> Row:
        """Return how far samples resemble the reference, and how many of them too little."""
        sheets = self.bench.sheets(samples, self.bench.default, self.reference)
        found = sorted(float(CORRELATES.search(" ".join(sheet.notes))[1]) for sheet in sheets)  # type: ignore[index]
        refused = sum(sheet.comparison == "other_group" for sheet in sheets)
        low = found[len(found) // 20]
        return [label, self.name, f"{found[0]:.2f}", f"{low:.2f}", f"{median(found):.2f}", part(refused, len(found))]


def alike(data: Path, name: str) -> Tables:
    """Return how far tumors resemble each reference that ships; of other studies than the reference's, some."""
    bench = Bench(data, name)
    rows: list[Row] = []
    for study in STUDIES:
        tumors = bench.study.tumors if study == name else evenly(bench.study.tumors, 2 * TUMORS)
        label = f"{len(tumors.samples)} tumors of {name}"
        rows.append(Builtin(bench, study).row(label, tumors))
    return {"alike": rows}


def cross(data: Path) -> Tables:
    """Return what the other lung cancer's normals do to tumors and to normals."""
    benches = [Bench(data, name) for name in (BATCH, SIBLING)]
    references = [bench.reference(bench.study.normals, bench.default) for bench in benches]
    rows: list[Row] = []
    normals: list[Row] = []
    for bench, other, mine, theirs in (
        (benches[0], benches[1], references[0], references[1]),
        (benches[1], benches[0], references[1], references[0]),
    ):
        one, two = (bench.sheets(bench.study.tumors, bench.default, found) for found in (mine, theirs))
        found = [agreement(a, b, bench) for a, b in zip(one, two, strict=True)]
        same, lost, gained, opposite = (sum(values) for values in zip(*found, strict=True))
        of = same + lost + opposite
        ids = [strategy_ids(bench, bench.study.tumors, sheets) for sheets in (one, two)]
        away = mean(len(x - y) for x, y in zip(*ids, strict=True))
        more = mean(len(y - x) for x, y in zip(*ids, strict=True))
        moved_ = percent(*moved(one, two, bench))
        numbers = [moved_, part(lost, of), f"{gained} ({percent(gained, of)} of the right ones)", str(opposite)]
        rows.append([TISSUES[bench.name], f"normals of {TISSUES[other.name]}", *numbers, f"{away:.1f}, {more:.1f}"])
        kept, _ = bench.split_normals(mine)
        for rule in RULES:
            got = rule.judge(bench, kept, theirs)
            normals.append([TISSUES[bench.name], TISSUES[other.name], rule.name, *counts(got, bench), got.served()])
    return {"cross": rows, "cross-normals": normals}


def pairs(data: Path, name: str) -> Tables:
    """Return how far calls against a patient's own normal agree with those against the cohort."""
    bench = Bench(data, name)
    reference = bench.reference(bench.study.normals, bench.default)
    kept, _ = bench.split_normals(reference)
    own = {barcode[:12]: i for i, barcode in enumerate(kept.samples)}
    both = [(i, own[barcode[:12]]) for i, barcode in enumerate(bench.study.tumors.samples) if barcode[:12] in own]
    same = alone = missed = opposite = 0
    sizes: tuple[list[int], list[int]] = ([], [])
    for tumor, normal in both:
        sample = subset(bench.study.tumors, [tumor])
        by_own = bench.sheets(sample, bench.default, bench.reference(subset(kept, [normal]), bench.default))[0]
        by_cohort = bench.sheets(sample, bench.default, reference)[0]
        found = agreement(by_own, by_cohort, bench)
        same, alone, missed, opposite = same + found[0], alone + found[1], missed + found[2], opposite + found[3]
        sizes[0].append(len(changed(by_own, bench)))
        sizes[1].append(len(changed(by_cohort, bench)))
    row = [name, str(len(both)), f"{median(sizes[0]):g}", f"{median(sizes[1]):g}", part(same, same + missed + opposite)]
    return {"pairs": [[*row, str(opposite), part(alone, same + alone + opposite)]]}


def tumor_cohort(data: Path) -> Tables:
    """Return what tumors get against the other tumors of their study."""
    bench = Bench(data, "LIHC")
    chosen = evenly(bench.study.tumors, TUMORS)
    others = subset(
        bench.study.tumors, (i for i, s in enumerate(bench.study.tumors.samples) if s not in chosen.samples)
    )
    reference = build_reference(others, bench.resolver, bench.default, "counts", About(kind="tumor_cohort"))
    calls: list[int] = []
    strategies, explored = 0, []
    for row in range(len(chosen.samples)):
        profile = counts_profile(chosen, row, bench.name)
        sheet = call_profile(profile, bench.resolver, bench.default, reference)
        decisions = infer(profile, bench.tumor, sheet, bench.knowledge, bench.default).decisions
        calls.append(len(changed(sheet, bench)))
        strategies += sum(d.kind == "strategy" for d in decisions)
        explored.append(sum(d.kind == "exploratory" and not d.reasons for d in decisions))
    told = f"the {reference.samples} other liver tumors"
    return {"tumors": [[f"{TUMORS} of LIHC", told, f"{median(calls):g}", str(strategies), f"{mean(explored):.1f}"]]}


def main(data: str) -> None:
    """Print every table."""
    folder = Path(data)
    with ProcessPoolExecutor(max_workers=2) as pool:
        jobs = [pool.submit(halves, folder), pool.submit(cross, folder)]
        jobs += [pool.submit(false_calls, folder, name) for name in STUDIES]
        jobs += [pool.submit(laboratory, folder), pool.submit(tumor_cohort, folder)]
        jobs += [pool.submit(pairs, folder, name) for name in STUDIES]
        jobs += [pool.submit(alike, folder, name) for name in STUDIES]
        merged: Tables = {}
        for job in jobs:
            for name, rows in job.result().items():
                merged.setdefault(name, []).extend(rows)
    for name in HEADERS:
        print(f"### {name}\n\n{table(HEADERS[name], merged[name])}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    try:
        main(sys.argv[1])
    except RecommenderError as error:
        raise SystemExit(str(error)) from None
