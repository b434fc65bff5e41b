"""Print the figures of ``docs/real_tumors.md``: ``study_tcga.py DATA_FOLDER``.

Every primary tumor of four TCGA studies, and every normal left out in turn, goes through the project's own
calling and inference; disease is taken as relapsed or refractory, so that calls alone decide. DATA_FOLDER is
what ``make_profiles.py`` takes.
"""

import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import correlation, mean, median

from make_profiles import Study, counts_profile, read_study

from recommender.calling import CallSheet, call_profile
from recommender.cancers import Tumor
from recommender.dossier import dossiers, reach
from recommender.errors import RecommenderError
from recommender.inference import infer
from recommender.kernel import PSEUDOCOUNT
from recommender.knowledge import Knowledge, load_knowledge
from recommender.nomenclature import Resolution, Resolver
from recommender.readers.matrix import Matrix
from recommender.reference.load import Reference, build_reference
from recommender.settings import Settings, number, override

STUDIES = ("LIHC", "LUAD", "LUSC", "THCA")
BATCH, SIBLING = "LUAD", "LUSC"  # the study with the aberrant plate, and the other one of the same organ
NO_LIMIT = 1_000_000
UNCHECKED = {"reference": {"outlier_mads": float(NO_LIMIT)}}
RATIO_ALONE = {"reference": {"min_samples": NO_LIMIT}}  # the quality control has a minimum of its own
PLAIN_RPM = {"scaling": {"method": "rpm"}}
WATCHED = (("hsa-miR-221-3p", "up"), ("hsa-miR-34a-5p", "up"), ("hsa-miR-34a-5p", "down"))
SAME_CELLS = (("hsa-miR-142-3p", "hsa-miR-150-5p"), ("hsa-miR-451a", "hsa-miR-144-3p"))
CHANGED = frozenset({"up", "down"})
ABUNDANT = CHANGED | {"unchanged"}
OFTEN = 0.1  # a direction is confirmed or contradicted where this share of tumors is called that way

Row = list[str]
Tables = dict[str, list[Row]]
HEADERS = {
    "normals": "study | tumors | normals | kept | removed by the quality control",
    "chance": (
        "study | normals, ratio alone | normals | removed normals | tumors, ratio alone | tumors "
        "| strategies a tumor, ratio alone: median | strategies a tumor: median (mean) | with / against a tumor: mean"
    ),
    "same-tumor": "study | normals, ratio alone | normals | tumors, ratio alone | tumors",
    "summary": "study | directions | confirmed | contradicted | flat | too low | median ratio has the sign",
    "directions": "direction | confirm | contradict | unchanged | ambiguous | low or untested | median log2 ratio | so",
    "scaling": (
        "study | abundant miRNAs a tumor | calls moved | calls moved, ratio alone | miR-221 up | with rpm "
        "| miR-34a up | with rpm | miR-34a down | with rpm"
    ),
    "batch": "normals of LUAD | kept | normals with a strategy | tumors | calls up or down a tumor | miR-34a up | down",
    "pools": (
        "tumors | against | calls that change | normal means that differ twofold, plain RPM | scaled to each other"
    ),
    "cells": "study | r of miR-142 and miR-150 | r of miR-451 and miR-144",
}


class CachedResolver(Resolver):
    """A knowledge's resolver that remembers its answers: the same thousand names come again and again."""

    def __init__(self, original: Resolver) -> None:
        self.__dict__.update(original.__dict__)
        self._seen: dict[str, Resolution] = {}

    def resolve(self, name: str) -> Resolution:
        """Return what `name` stands for."""
        if name not in self._seen:
            self._seen[name] = super().resolve(name)
        return self._seen[name]


@dataclass(frozen=True)
class Group:
    """What some samples got, a sample an item: the calls, and of each strategy the level that speaks for it."""

    sheets: list[CallSheet]
    strategies: list[list[str]]

    def served(self, *levels: str) -> str:
        """Return how many got a strategy, of these levels if any are named."""
        return part(sum(any(not levels or x in levels for x in own) for own in self.strategies), len(self.strategies))


class Bench:
    """One study with the knowledge and the settings under which its samples are followed."""

    def __init__(self, data: Path, name: str) -> None:
        self.name = name
        self.study: Study = read_study(data, name)
        self.knowledge: Knowledge = load_knowledge()
        self.resolver = CachedResolver(self.knowledge.resolver)
        self.default: Settings = self.knowledge.settings
        self.tumor: Tumor = self.knowledge.vocabulary.resolve(name)

    def reference(self, normals: Matrix, settings: Settings) -> Reference:
        """Return the summary of some normals."""
        return build_reference(normals, self.resolver, settings, "counts")

    def sheets(self, samples: Matrix, settings: Settings, reference: Reference) -> list[CallSheet]:
        """Return every sample's calls against one reference."""
        profiles = (counts_profile(samples, row, self.name) for row in range(len(samples.samples)))
        return [call_profile(profile, self.resolver, settings, reference) for profile in profiles]

    def follow(self, samples: Matrix, settings: Settings, reference: Reference) -> Group:
        """Return what every sample gets against one reference, strategies included."""
        found = Group([], [])
        for row in range(len(samples.samples)):
            profile = counts_profile(samples, row, self.name)
            sheet = call_profile(profile, self.resolver, settings, reference)
            decisions = infer(profile, self.tumor, sheet, self.knowledge, settings).decisions
            found.sheets.append(sheet)
            found.strategies.append([d.dossier.level for d in decisions if d.kind == "strategy" and not d.reasons])
        return found

    def leave_one_out(self, normals: Matrix, settings: Settings) -> Group:
        """Return what each normal gets when compared with all the others.

        The reference is built anew without it, quality control and scaling included.
        """
        found = Group([], [])
        for row in range(len(normals.samples)):
            others = subset(normals, (i for i in range(len(normals.samples)) if i != row))
            one = self.follow(subset(normals, [row]), settings, self.reference(others, settings))
            found.sheets.extend(one.sheets)
            found.strategies.extend(one.strategies)
        return found

    def split_normals(self, reference: Reference) -> tuple[Matrix, Matrix]:
        """Return the normals the quality control kept, and those it removed."""
        out = {barcode for barcode, _ in reference.excluded}
        names = self.study.normals.samples
        kept = subset(self.study.normals, (i for i, name in enumerate(names) if name not in out))
        return kept, subset(self.study.normals, (i for i, name in enumerate(names) if name in out))


def subset(matrix: Matrix, rows: Iterable[int]) -> Matrix:
    """Return some samples of a matrix."""
    chosen = list(rows)
    return Matrix(tuple(matrix.samples[i] for i in chosen), matrix.features, matrix.values[chosen], matrix.origin)


def percent(count: float, total: float) -> str:
    """Return a share in percent, with a decimal below ten.

    >>> percent(1, 30), percent(1, 2)
    ('3.3 %', '50 %')
    """
    share = 100 * count / total
    return f"{share:.1f} %" if 0 < share < 9.95 else f"{share:.0f} %"


def part(count: int, total: int) -> str:
    """Return a share with its numbers."""
    return f"{count}/{total}, {percent(count, total)}" if total else "none"


def why_removed(reference: Reference) -> str:
    """Return how many normals the quality control removed, why, and from which plates."""
    reasons: dict[str, Counter[str]] = {}
    for barcode, reason in reference.excluded:
        reasons.setdefault(reason.split(" more than ")[0], Counter())[barcode.split("-")[5]] += 1
    return "; ".join(
        f"{plates.total()} for {reason} (plate {', '.join(f'{p}: {n}' for p, n in sorted(plates.items()))})"
        for reason, plates in sorted(reasons.items())
    )


def with_and_against(group: Group, bench: Bench) -> str:
    """Return how many single miRNAs of a tumor follow the documents on it, and how many oppose them, on average."""
    documents = dossiers(bench.knowledge, bench.tumor, None)
    single = {
        mirna: said.documented
        for mirna, said in documents.items()
        if said.kind == "mirna" and said.level == "documented_here" and not said.through_family
    }
    pairs = [(s.calls[m].call, said) for s in group.sheets for m, said in single.items() if m in s.calls]
    follow = sum(call == said for call, said in pairs) / len(group.sheets)
    oppose = sum({call, said} == CHANGED for call, said in pairs) / len(group.sheets)
    return f"{follow:.1f} / {oppose:.1f}"


def share(sheets: Sequence[CallSheet], mirna: str, call: str) -> str:
    """Return the share of samples in which a miRNA has this call."""
    return percent(sum(sheet.calls[mirna].call == call for sheet in sheets), len(sheets))


def moved(one: Sequence[CallSheet], other: Sequence[CallSheet], bench: Bench) -> tuple[int, int]:
    """Return how many calls of matures differ, and of how many that are abundant enough on either side."""
    differ = total = 0
    for a, b in zip(one, other, strict=True):
        for mirna in bench.resolver.mirnas.keys() & a.calls.keys():
            pair = {a.calls[mirna].call, b.calls[mirna].call}
            total += bool(pair & ABUNDANT)
            differ += bool(pair & ABUNDANT) and len(pair) > 1
    return differ, total


def documented(bench: Bench, measured: Iterable[str]) -> list[tuple[str, str, str]]:
    """Return the directions documented here: as printed, direction, and the measured identity that is meant.

    A name that means a hairpin stands for the first of its arms, a family for itself, a retired entry for nothing.
    """
    found: dict[tuple[str, str], str] = {}
    for claim in bench.knowledge.claims:
        if claim.cancer in bench.tumor.lineage_ids and not claim.condition:
            for to in reach(bench.knowledge, bench.knowledge.identity_of[claim.mirna_as_printed]):
                if to.match != "family_member" and to.entity in measured:
                    found.setdefault((claim.direction, to.entity), claim.mirna_as_printed)
                    break
    return [(printed, direction, entity) for (direction, entity), printed in found.items()]


def typical(sheets: Sequence[CallSheet], entity: str) -> float:
    """Return the median log2 ratio over samples; of a family, the median of its members' median."""
    values: list[float] = []
    for sheet in sheets:
        members = sheet.calls[entity].members or (entity,)
        ratios = [value for m in members if (value := sheet.calls[m].value) is not None]
        values += [median(ratios)] if ratios else []
    return median(values)


def verdict(agree: int, oppose: int, low: int, total: int) -> str:
    """Return what a cohort says of a documented direction.

    >>> verdict(40, 5, 10, 100), verdict(12, 11, 0, 100), verdict(1, 12, 0, 100), verdict(9, 0, 80, 100)
    ('confirmed', 'flat', 'contradicted', 'too low')
    """
    if 2 * low > total:
        return "too low"
    if agree >= OFTEN * total and agree >= 2 * oppose:
        return "confirmed"
    return "contradicted" if oppose >= OFTEN * total and oppose >= 2 * agree else "flat"


def directions(sheets: Sequence[CallSheet], bench: Bench) -> Tables:
    """Return a row for each documented direction, and the study's summary."""
    total = len(sheets)
    rows: list[Row] = []
    by_verdict: dict[str, list[str]] = {"confirmed": [], "contradicted": [], "flat": [], "too low": []}
    signs = 0
    for printed, direction, entity in documented(bench, sheets[0].calls):
        calls = Counter[str](sheet.calls[entity].call for sheet in sheets)
        agree, oppose = calls[direction], sum(calls[c] for c in CHANGED - {direction})
        low = total - agree - oppose - calls["unchanged"] - calls["ambiguous"]
        ratio = typical(sheets, entity)
        signs += (ratio > 0) == (direction == "up")
        said = verdict(agree, oppose, low, total)
        by_verdict[said].append(printed)
        shares = (percent(n, total) for n in (agree, oppose, calls["unchanged"], calls["ambiguous"], low))
        rows.append([f"{printed} {direction}", *shares, f"{ratio:+.2f}", said])
    told = (f"{len(names)}: {', '.join(names)}" if names else "0" for names in by_verdict.values())
    return {
        f"directions {bench.name}": rows,
        "summary": [[bench.name, str(len(rows)), *told, f"{signs}/{len(rows)}"]],
    }


def together(sheets: Sequence[CallSheet], one: str, other: str) -> str:
    """Return the correlation of two miRNAs' log2 ratios over the samples."""
    pairs = [(sheet.calls[one].value or 0.0, sheet.calls[other].value or 0.0) for sheet in sheets]
    return f"{correlation(*zip(*pairs, strict=True)):.2f}"


def study_tables(data: Path, name: str) -> Tables:
    """Return one study's rows of every table."""
    bench = Bench(data, name)
    study, default = bench.study, bench.default
    ratio, rpm, ratio_rpm = (override(default, o) for o in (RATIO_ALONE, PLAIN_RPM, RATIO_ALONE | PLAIN_RPM))
    reference, plain = bench.reference(study.normals, default), bench.reference(study.normals, rpm)
    kept, bad = bench.split_normals(reference)
    tumors = bench.follow(study.tumors, default, reference)
    by_ratio = bench.follow(study.tumors, ratio, reference)
    by_rpm = bench.sheets(study.tumors, rpm, plain)
    differ, total = moved(tumors.sheets, by_rpm, bench)
    ratio_moved = moved(by_ratio.sheets, bench.sheets(study.tumors, ratio_rpm, plain), bench)
    counts = [len(levels) for levels in tumors.strategies]
    left_out = [bench.leave_one_out(kept, settings) for settings in (ratio, default)]
    chance = [
        name,
        *(group.served() for group in left_out),
        bench.follow(bad, default, reference).served(),
        by_ratio.served(),
        tumors.served(),
        f"{median(map(len, by_ratio.strategies)):g}",
        f"{median(counts):g} ({mean(counts):.1f})",
        with_and_against(tumors, bench),
    ]
    watched = [share(sheets, *found) for found in WATCHED for sheets in (tumors.sheets, by_rpm)]
    sizes = [str(len(found.samples)) for found in (study.tumors, study.normals, kept)]
    return {
        "normals": [[name, *sizes, why_removed(reference)]],
        "chance": [chance],
        "same-tumor": [[name, *(group.served("documented_here") for group in (*left_out, by_ratio, tumors))]],
        "scaling": [[name, f"{total / len(counts):.0f}", percent(differ, total), percent(*ratio_moved), *watched]],
        "cells": [[name, *(together(tumors.sheets, *pair) for pair in SAME_CELLS)]],
    } | directions(tumors.sheets, bench)


def batch_tables(data: Path) -> Tables:
    """Return what one aberrant plate does: the study's normals checked, and taken as they are."""
    bench = Bench(data, BATCH)
    rows: list[Row] = []
    for label, changed in (("checked", {}), ("taken as they are", UNCHECKED)):
        settings = override(bench.default, changed)
        reference = bench.reference(bench.study.normals, settings)
        tumors = bench.follow(bench.study.tumors, settings, reference)
        normals = bench.leave_one_out(bench.split_normals(reference)[0], settings)
        called = mean(sum(call.call in CHANGED for call in sheet.calls.values()) for sheet in tumors.sheets)
        watched = (share(tumors.sheets, *found) for found in WATCHED[1:])
        rows.append([label, str(reference.samples), normals.served(), tumors.served(), f"{called:.0f}", *watched])
    return {"batch": rows}


def pool_tables(data: Path) -> Tables:
    """Return what the other study's normals do to the calls of two studies of one organ."""
    own, other = Bench(data, BATCH), Bench(data, SIBLING)
    references = [bench.reference(bench.study.normals, bench.default) for bench in (own, other)]
    rows: list[Row] = []
    for bench, wrong, (mine, theirs) in ((own, other, references), (other, own, references[::-1])):
        one, two = (bench.sheets(bench.study.tumors, bench.default, found) for found in (mine, theirs))
        calls = percent(*moved(one, two, bench))
        differ = (twofold(mine, theirs, bench.default, scaled) for scaled in (False, True))
        rows.append([bench.name, f"normals of {wrong.name}", calls, *differ])
    return {"pools": rows}


def twofold(one: Reference, other: Reference, settings: Settings, scaled: bool) -> str:
    """Return the share of miRNAs whose normal means differ twofold, of those abundant in one of two references.

    `scaled`: the other is first scaled to the one as a tumor would be, by the median of ratios.
    """
    shared = one.features.keys() & other.features.keys()
    factor = median(other.features[key] - one.features[key] for key in shared) / math.log(2) if scaled else 0.0
    floor = number(settings, "abundance", "min_reads_per_million")
    pairs = [(one.mirnas[m][0], other.mirnas[m][0] - factor) for m in one.mirnas.keys() & other.mirnas.keys()]
    abundant = [(a, b) for a, b in pairs if 2 ** max(a, b) - PSEUDOCOUNT >= floor]
    return part(sum(abs(a - b) >= 1 for a, b in abundant), len(abundant))


def table(header: str, rows: Iterable[Row]) -> str:
    """Return a Markdown table."""
    names = header.split(" | ")
    lines = [names, ["---"] * len(names), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def main(data: str) -> None:
    """Print every table."""
    folder = Path(data)
    with ProcessPoolExecutor() as pool:
        jobs = [pool.submit(study_tables, folder, name) for name in STUDIES]
        jobs += [pool.submit(batch_tables, folder), pool.submit(pool_tables, folder)]
        merged: Tables = {}
        for job in jobs:
            for name, rows in job.result().items():
                merged.setdefault(name, []).extend(rows)
    for name in sorted(merged, key=lambda name: (list(HEADERS).index(name.split()[0]), name)):
        print(f"### {name}\n\n{table(HEADERS[name.split()[0]], merged[name])}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    try:
        main(sys.argv[1])
    except RecommenderError as error:
        raise SystemExit(str(error)) from None
