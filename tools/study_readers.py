"""Measure on real files what readers and levels change; prints the figures of docs/formats/measured.md.

python tools/study_readers.py ../shared/data
"""

from __future__ import annotations

import statistics
import sys
from collections import Counter
from pathlib import Path

from recommender.calling import CallSheet, call_profile
from recommender.intake.stated import Stated
from recommender.intake.take_in import take_in
from recommender.knowledge import load_knowledge
from recommender.model.profile import Profile
from recommender.readers.matrix import Matrix
from recommender.readers.registry import read_measurements
from recommender.readers.source import read_source
from recommender.reference.load import Reference, build_reference

KNOWN = load_knowledge()
CHANGED = ("up", "down")


def normals(path: Path, keep: list[str], scale: str = "counts") -> Reference:
    """Return the summary of some samples of a matrix."""
    found = read_measurements(read_source(path))
    rows = [found.samples.index(name) for name in keep]
    matrix = Matrix(tuple(keep), found.names, found.values[rows], "normals")
    return build_reference(matrix, KNOWN.resolver, KNOWN.settings, scale)


def sheet(profile: Profile, reference: Reference | None = None) -> CallSheet:
    """Return a profile's calls."""
    return call_profile(profile, KNOWN.resolver, KNOWN.settings, reference)


def thyroid(data: Path) -> None:
    """Compare the published result with the median ratio and the calls of its own counts."""
    folder = data / "de_tables"
    stated = Stated(cancer="THCA", contrast="tumor_vs_normal", reference_samples=8)
    result = take_in(read_source(folder / "MIRit_thyroid_PTC_vs_NTH_edgeR.tsv"), stated, KNOWN, KNOWN.settings)
    published = sheet(result.build(result.samples[0])).calls
    counts = folder / "MIRit_GSE63511_thyroid_counts.tsv"
    intake = take_in(read_source(counts), Stated(cancer="THCA"), KNOWN, KNOWN.settings)
    reference = normals(counts, [name for name in intake.samples if name.startswith("NTH")])
    tumors = [sheet(intake.build(name), reference).calls for name in intake.samples if name.startswith("PTC")]
    pairs: list[tuple[float, float]] = []
    agree = Counter[str]()
    for mirna, call in published.items():
        values = [t[mirna].value for t in tumors if mirna in t and t[mirna].value is not None]
        if call.value is None or len(values) < len(tumors) or mirna in KNOWN.resolver.families:
            continue
        middle = statistics.median(v for v in values if v is not None)
        pairs.append((call.value, middle))
        if call.call in CHANGED:
            same = sum(t[mirna].call == call.call for t in tumors)
            against = sum({t[mirna].call, call.call} == set(CHANGED) for t in tumors)
            agree["calls"] += len(tumors)
            agree["same"] += same
            agree["against"] += against
            agree["mirnas"] += 1
            agree["same sign"] += (middle > 0) == (call.value > 0)
    a, b = zip(*pairs, strict=True)
    print(f"thyroid: {len(pairs)} miRNAs in both, Pearson r {statistics.correlation(a, b):.3f}")
    print(
        f"  median difference of the ratios {statistics.median(y - x for x, y in pairs):+.2f}, "
        f"largest {max(abs(y - x) for x, y in pairs):.2f}"
    )
    print(f"  called in the result: {agree['mirnas']}, same sign of the median ratio {agree['same sign']}")
    print(f"  calls of single tumors: {agree['same']} of {agree['calls']} the same, {agree['against']} opposite")


def levels(data: Path) -> None:
    """Compare calls of the same lung tumors at hairpin and at mature level."""
    paths = {level: data / "tcga" / f"TCGA-LUAD.{level}_counts.tsv.gz" for level in ("hairpin", "mature")}
    found = {level: read_measurements(read_source(path)) for level, path in paths.items()}
    shared = sorted(set(found["hairpin"].samples) & set(found["mature"].samples))
    tumors = [name for name in shared if name[13:15] == "01"][:100]
    normal = [name for name in shared if name[13:15] == "11"]
    calls = {}
    for level, path in paths.items():
        reference = normals(path, normal)
        intake = take_in(read_source(path), Stated(cancer="LUAD"), KNOWN, KNOWN.settings)
        calls[level] = {name: sheet(intake.build(name), reference).calls for name in tumors}
        print(f"LUAD {level}: {reference.samples} of {len(normal)} normals kept")
    table = Counter[tuple[str, str]]()
    values: list[tuple[float, float]] = []
    documented = Counter[str]()
    for name in tumors:
        hairpin, mature = calls["hairpin"][name], calls["mature"][name]
        for mirna in set(hairpin) & set(mature) - set(KNOWN.resolver.families):
            if hairpin[mirna].measured_as != "hairpin" or hairpin[mirna].value is None or mature[mirna].value is None:
                continue
            table[hairpin[mirna].call, mature[mirna].call] += 1
            values.append((float(hairpin[mirna].value or 0), float(mature[mirna].value or 0)))
            documented[mirna] += {hairpin[mirna].call, mature[mirna].call} == set(CHANGED)
    total = sum(table.values())
    same = sum(count for (h, m), count in table.items() if h == m)
    print(f"LUAD: {len(tumors)} tumors, {total} miRNAs called at both levels, {same / total:.1%} the same call")
    changed = {key: count for key, count in table.items() if set(key) & set(CHANGED)}
    both = sum(count for (h, m), count in changed.items() if h == m)
    opposite = table["up", "down"] + table["down", "up"]
    print(f"  changed at either level {sum(changed.values())}, alike {both}, opposite {opposite}")
    print("  opposite:", {m: n for m, n in documented.most_common(5) if n})
    a, b = zip(*values, strict=True)
    print(f"  Pearson r of the ratios {statistics.correlation(a, b):.3f}")


def pairs(data: Path) -> None:
    """Tell the changes of two patients against their own normal."""
    for patient in ("p1", "p2"):
        reference_path = data / "gdc" / f"{patient}normal.mirbase21.mirnas.quantification.txt"
        measured = read_measurements(read_source(reference_path))
        matrix = Matrix(("normal",), measured.names, measured.values, "normal")
        reference = build_reference(matrix, KNOWN.resolver, KNOWN.settings, "counts")
        tumor = data / "gdc" / f"{patient}tumor.mirbase21.mirnas.quantification.txt"
        intake = take_in(read_source(tumor), Stated(cancer="COADREAD"), KNOWN, KNOWN.settings)
        calls = sheet(intake.build(intake.samples[0]), reference).calls
        print(f"GDC {patient}:", dict(sorted(Counter(call.call for call in calls.values()).items())))


def main() -> None:
    """Print every figure."""
    data = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    thyroid(data)
    levels(data)
    pairs(data)


if __name__ == "__main__":
    main()
