"""Print the figures of ``docs/real_cohorts.md``: ``study_cohort.py DATA_FOLDER``.

Four TCGA studies with normals are one cohort: their primary tumors in one Parquet file, each study's own normals
summarized by the project's own ``reference build``, and a table of samples that says which tumor is compared with
which. Everything is written to a temporary folder and removed. Then three studies without normals: each half of the
tumors is compared with the other half. DATA_FOLDER holds ``tcga/``, as for ``study_tcga.py``; about a minute.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from recommender import kernel, load_knowledge, recommend, recommend_cohort
from recommender.cohort.api import CohortResult
from recommender.errors import RecommenderError
from recommender.knowledge import Knowledge
from recommender.model.summary import CancerGroup, DocumentedDirection, Frequency
from recommender.reference.build import build_summary
from recommender.reference.file import write_summary
from recommender.reference.load import load_reference
from recommender.reference.samples import read_reference_samples
from recommender.reference.summary import About

STUDIES = ("LIHC", "LUAD", "LUSC", "THCA")
BUILTIN = {"LIHC": "liver", "LUAD": "lung_adenocarcinoma", "LUSC": "lung_squamous", "THCA": "thyroid"}
OTHER_LUNG = {"LUAD": "LUSC", "LUSC": "LUAD"}
WITHOUT_NORMALS = ("COAD", "OV", "SKCM")
STATES = ("unknown", "newly_diagnosed", "on_treatment_sensitive", "relapsed_refractory")
PRIMARY, METASTASIS = "01", "06"
RATIO_ALONE = {"reference": {"min_samples": 1_000_000}}
OFTEN = 0.1  # shares from which a strategy, an action or a direction is listed
CHECKED = 5  # tumors of each study that are also given to recommend() alone
PAIRS = 6
OLDER, NEWER = "Genome Analyzer", "HiSeq 2000"
TWO_MACHINES = ("LUAD", "LUSC", "COAD")
SHIFTED = ("hsa-mir-193a", "hsa-mir-126", "hsa-mir-125b-1", "hsa-mir-16-1", "hsa-mir-221", "hsa-mir-34a", "hsa-mir-183")
DOUBTED = ("hsa-miR-183-5p", "hsa-miR-200b-3p", "hsa-miR-34a-5p", "hsa-miR-15b-5p")
WATCHED = ("inhibit:hsa-miR-221-3p", "inhibit:hsa-miR-10b-5p", "restore:hsa-miR-34a-5p")
RULES: tuple[tuple[str, str, Any], ...] = (
    ("own normals", "own", {}),
    ("built-in reference", "builtin", {}),
    ("own normals, ratio alone", "own", RATIO_ALONE),
    ("lung: the other lung cancer's normals", "swapped", {}),
)

Row = list[str]


class Prepared(NamedTuple):
    """What is written for a run: a matrix, and what is stated of its samples."""

    matrix: Path
    samples: pd.DataFrame


# ---------------------------------------------------------------- from the data to a cohort


def counts_of(data: Path, study: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a study's counts, samples in rows, and its table of samples by barcode."""
    stem = f"{data / 'tcga'}/TCGA-{study}"
    counts = pd.read_csv(f"{stem}.hairpin_counts.tsv.gz", sep="\t", index_col=0).T
    return counts, pd.read_csv(f"{stem}.samples.tsv", sep="\t", index_col="barcode", dtype=str)


def write_reference(data: Path, study: str, file: Path, about: About, names: Sequence[str] | None = None) -> None:
    """Write the summary of a study's normals, or of the samples that are named."""
    stem = f"{data / 'tcga'}/TCGA-{study}"
    known = load_knowledge()
    table = read_reference_samples(f"{stem}.samples.tsv")
    chosen = None if names is None else list(names)
    matrix = f"{stem}.hairpin_counts.tsv.gz"
    summary = build_summary(matrix, about, known, known.settings, names=chosen, table=table, scale="counts")
    file.write_text(write_summary(summary), encoding="utf-8")


def merged(parts: Mapping[str, pd.DataFrame], file: Path) -> Path:
    """Write matrices of several studies as one Parquet file, samples in rows."""
    pd.concat(parts.values()).to_parquet(file, row_group_size=512)
    return file


def with_normals(data: Path, folder: Path) -> Prepared:
    """Write the tumors of the four studies, and a reference of each study's normals."""
    tumors: dict[str, pd.DataFrame] = {}
    stated: list[pd.DataFrame] = []
    for study in STUDIES:
        counts, about = counts_of(data, study)
        chosen = sorted(about.index[about["sample_type"] == PRIMARY])
        tumors[study] = counts.loc[chosen]
        machine = about.loc[chosen, "machine"].str.removeprefix("Illumina ")
        rows = pd.DataFrame({"cancer": study, "study": study, "machine": machine, "run": study + ", " + machine})
        stated.append(rows.rename_axis("sample_id").reset_index())
        write_reference(data, study, folder / f"{study}.tsv", About(kind="normal_cohort", origin=f"TCGA-{study}"))
    return Prepared(merged(tumors, folder / "tumors.parquet"), pd.concat(stated))


def without_normals(data: Path, study: str, folder: Path) -> Prepared:
    """Write the tumors of a study, and two references: every other tumor, and the rest."""
    counts, about = counts_of(data, study)
    chosen = sorted(about.index[about["sample_type"].isin([PRIMARY, METASTASIS])])
    metastatic = (about.loc[chosen, "sample_type"] == METASTASIS).astype(str).str.lower()
    halves = [f"{study}.{i % 2}.tsv" for i in range(len(chosen))]
    for half in (0, 1):
        others = About(kind="tumor_cohort", origin=f"every other tumor of TCGA-{study}")
        write_reference(data, study, folder / f"{study}.{half}.tsv", others, chosen[1 - half :: 2])
    stated = pd.DataFrame({"cancer": study, "metastatic": metastatic, "reference": halves}, index=chosen)
    samples = stated.rename_axis("sample_id").reset_index()
    return Prepared(merged({study: counts.loc[chosen]}, folder / f"{study}.parquet"), samples)


def run(
    prepared: Prepared, folder: Path, settings: Any = None, by: tuple[str, ...] = (), **columns: Any
) -> CohortResult:
    """Write the table of samples, with further columns, beside the references it names, and score the cohort."""
    table = folder / "samples.tsv"
    prepared.samples.assign(**columns).to_csv(table, sep="\t", index=False)
    return recommend_cohort(prepared.matrix, scale="counts", samples=table, settings=settings or None, by=by)


def references(samples: pd.DataFrame, kind: str) -> pd.Series[str]:
    """Return what each sample is compared with: its study's normals, those that ship, or the other lung cancer's."""
    if kind == "builtin":
        return "builtin:" + samples["study"].map(BUILTIN)
    studies = samples["study"].replace(OTHER_LUNG) if kind == "swapped" else samples["study"]
    return studies + ".tsv"


# ---------------------------------------------------------------- printing


def percent(count: float, total: float) -> str:
    """Return a share in percent, with a decimal below ten.

    >>> percent(1, 30), percent(1, 2), percent(0, 0)
    ('3.3 %', '50 %', '-')
    """
    if not total:
        return "-"
    share = 100 * count / total
    return f"{share:.1f} %" if 0 < share < 9.95 else f"{share:.0f} %"


def table(name: str, header: str, rows: Iterable[Row]) -> None:
    """Print a table in Markdown."""
    columns = header.split(" | ")
    lines = [columns, ["---"] * len(columns), *rows]
    print(f"### {name}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n")


def told(found: Iterable[Frequency]) -> str:
    """Return counts in one line."""
    return ", ".join(f"{one.key} {one.samples}" for one in found) or "none"


def short(strategy: str) -> str:
    """Return a strategy as people say it."""
    return strategy.replace(":", " ").replace("hsa-", "")


# ---------------------------------------------------------------- tables of the four studies


def groups(found: CohortResult, known: Knowledge, studies: Iterable[str] = STUDIES) -> dict[str, CancerGroup]:
    """Return the summary's groups by study."""
    of = {one.cancer: one for one in found.summary.by_cancer}
    return {study: of[known.vocabulary.resolve(study).row.cancer] for study in studies}


def served(by_study: Mapping[str, CancerGroup]) -> Iterable[Row]:
    """Yield how many tumors get a strategy, and what came of the others."""
    for study, one in by_study.items():
        group = one.group
        counts = [int(f.key) for f in group.strategies_per_sample for _ in range(f.samples)]
        some = group.samples - sum(f.samples for f in group.strategies_per_sample if f.key == "0")
        yield [
            study,
            str(group.samples),
            f"{some} ({percent(some, group.samples)})",
            f"{np.median(counts):g}",
            told(f for f in group.outcomes if f.key != "recommended"),
        ]


def strategies(by_study: Mapping[str, CancerGroup]) -> Iterable[Row]:
    """Yield the strategies of a tenth of a study's tumors or more."""
    for study, one in by_study.items():
        for found in one.group.strategies:
            if found.samples < OFTEN * found.of:
                break
            ranks = {int(f.key): f.samples for f in found.by_rank}
            first, next_two = ranks.get(1, 0), ranks.get(2, 0) + ranks.get(3, 0)
            cells = [f"{found.samples} ({percent(found.samples, found.of)})", str(first), str(next_two)]
            cells += [str(found.samples - first - next_two), told(found.by_gate).split()[0], found.by_tier[0].key]
            yield [study, short(found.id), *cells, ", ".join(f.key for f in found.by_claim_match)]


def leaders(found: CohortResult, samples: pd.DataFrame) -> Iterable[Row]:
    """Yield which strategies stand first, by study."""
    study_of = samples.set_index("sample_id")["study"]
    first = found.strategies[found.strategies["rank"] == 1]
    for study in STUDIES:
        own = first[first["sample_id"].map(study_of) == study]
        most = Counter(own["strategy"]).most_common(5)
        yield [study, str(len(own)), ", ".join(f"{short(name)} {number}" for name, number in most)]


def agents(by_study: Mapping[str, CancerGroup]) -> Iterable[Row]:
    """Yield, agent by agent, how many tumors are called for it, and what became of them."""
    rows: dict[str, list[Row]] = {}
    for study, one in by_study.items():
        for found in one.group.eligibility:
            called = f"{found.samples} ({percent(found.samples, found.of)})"
            first = sum(f.samples for f in found.by_rank if f.key == "1")
            cells = [found.agent, short(found.strategy), study, found.tumor_match or "-", called, str(found.strategies)]
            cells += [str(first), told(found.by_gate), str(found.withheld), str(found.exploratory), told(found.calls)]
            rows.setdefault(found.agent, []).append(cells)
    for _, of_agent in sorted(rows.items()):
        yield from of_agent


def contradicted(by_study: Mapping[str, CancerGroup]) -> Iterable[Row]:
    """Yield documented directions that the tumors contradict at least as often as they confirm them."""
    for study, one in by_study.items():
        for found in sorted(one.group.documented, key=lambda d: -d.contradicted):
            if found.contradicted >= OFTEN * found.samples and found.contradicted >= found.confirmed:
                yield [study, found.mirna, found.documented, *direction(found)]


def flat(by_study: Mapping[str, CancerGroup]) -> Iterable[Row]:
    """Yield documented directions that show neither way in nine of ten tumors, and are measured well in most."""
    for study, one in by_study.items():
        for found in sorted(one.group.documented, key=lambda d: -d.flat):
            most = max(found.confirmed, found.contradicted)
            if found.flat > found.samples / 2 and most < 2 * OFTEN * found.samples:
                yield [study, found.mirna, found.documented, *direction(found)]


def direction(found: DocumentedDirection) -> Row:
    """Return the counts of a documented direction."""
    counts = (found.confirmed, found.contradicted, found.flat, found.low_abundance, found.ambiguous)
    return [f"{n} ({percent(n, found.samples)})" for n in counts]


def too_low(by_study: Mapping[str, CancerGroup]) -> Iterable[Row]:
    """Yield the documented miRNAs with too few reads in most tumors."""
    for study, one in by_study.items():
        names = [d.mirna.removeprefix("hsa-") for d in one.group.documented if 2 * d.low_abundance > d.samples]
        yield [study, str(len(one.group.documented)), f"{len(names)}: {', '.join(sorted(names))}"]


def withheld(by_study: Mapping[str, CancerGroup]) -> Iterable[Row]:
    """Yield what is withheld in most tumors of a study, and why."""
    for study, one in by_study.items():
        reasons = "; ".join(f"{r.reason} {r.samples}" for r in one.group.withheld_reasons)
        most = "; ".join(f"{short(w.id)} {w.samples} ({told(w.by_reason)})" for w in one.group.withheld[:4])
        yield [study, reasons, most]


def pairs(by_study: Mapping[str, CancerGroup], known: Knowledge) -> Iterable[Row]:
    """Yield the pairs of strategies that stand out most from chance, among those of a tenth of the tumors."""
    for study, one in by_study.items():
        often = [p for p in one.group.pairs or () if p.samples >= OFTEN * p.of]
        for pair in sorted(often, key=lambda p: -p.ratio)[:PAIRS]:
            cells = [str(pair.samples), f"{pair.expected:.0f}", f"{pair.ratio:.2f}"]
            yield [
                study,
                f"{short(pair.first)} & {short(pair.second)}",
                *cells,
                kinship(pair.first, pair.second, known),
            ]


def kinship(first: str, second: str, known: Knowledge) -> str:
    """Return what two strategies share that makes them go together: a family, or the name up to the arm."""
    one, other = (strategy.partition(":")[2] for strategy in (first, second))
    if one.rpartition("-")[0] == other.rpartition("-")[0]:
        return "one hairpin"
    for name, members in known.resolver.families.items():
        if {one, other} <= {name, *members}:
            return name
    return ""


def machines(found: CohortResult) -> Iterable[Row]:
    """Yield shares of strategies on each sequencer within one study: those that differ most, and the agents'."""
    of_run = {one.value: one.group for column in found.summary.by_column for one in column.values}
    for study in STUDIES:
        if f"{study}, {OLDER}" not in of_run:
            continue
        old, new = (of_run[f"{study}, {machine}"] for machine in (OLDER, NEWER))
        shares = [{s.id: s.samples for s in group.strategies} for group in (old, new)]
        apart = {
            n: abs(shares[0].get(n, 0) / old.samples - shares[1].get(n, 0) / new.samples)
            for n in {**shares[0], **shares[1]}
        }
        often = sorted((n for n, by in apart.items() if by >= 2 * OFTEN), key=lambda n: (-apart[n], n))
        for name in dict.fromkeys([*often, *(e.strategy for e in old.eligibility if e.strategy in apart)]):
            counts = [of.get(name, 0) for of in shares]
            cells = (f"{n} of {g.samples} ({percent(n, g.samples)})" for n, g in zip(counts, (old, new), strict=True))
            yield [study, short(name), *cells]


def directions_by_machine(found: CohortResult) -> Iterable[Row]:
    """Yield how often contradicted directions are contradicted, on each sequencer within one study."""
    of_run = {one.value: one.group for column in found.summary.by_column for one in column.values}
    for run_name, group in sorted(of_run.items()):
        for one in group.documented if ", " in run_name else ():
            if one.mirna in DOUBTED:
                yield [run_name, one.mirna, one.documented, *direction(one)]


def shifts(data: Path) -> Iterable[Row]:
    """Yield by how much medians of scaled log2 RPM differ between sequencers, study by study."""
    found: dict[str, pd.Series[float]] = {}
    for study in TWO_MACHINES:
        counts, about = counts_of(data, study)
        own = about[about["sample_type"] == PRIMARY]
        rpm = kernel.to_rpm(counts.loc[own.index].to_numpy(np.float64), "counts", None)
        rpm = rpm / kernel.size_factors(rpm, kernel.log_geometric_mean(rpm))[:, None]
        log = pd.DataFrame(kernel.log2_abundance(rpm), index=own.index, columns=counts.columns)
        older = own["machine"].str.endswith(OLDER)
        abundant = log.median() > np.log2(100)
        found[study] = (log[older].median() - log[~older].median())[abundant]
    both = pd.DataFrame(found).dropna()
    for name in SHIFTED:
        yield [name, *(f"{value:+.2f}" for value in both.loc[name])]
    for one, other in combinations(TWO_MACHINES, 2):
        yield [
            f"r of {one} and {other}",
            f"{both[one].corr(both[other]):.2f}",
            f"over {len(both)} abundant hairpins",
            "",
        ]


# ---------------------------------------------------------------- the same tumors under other circumstances


def by_state(prepared: Prepared, folder: Path, known: Knowledge) -> Iterable[Row]:
    """Yield what the state of disease does to a strategy whose timing matters."""
    own = references(prepared.samples, "own")
    for state in STATES:
        found = groups(run(prepared, folder, disease_state=state, reference=own), known)
        for study in ("LIHC", "THCA"):
            group = found[study].group
            agent = next(e for e in group.eligibility if e.strategy == WATCHED[0])
            gates = Counter[str]()
            for strategy in group.strategies:
                gates.update({f.key: f.samples for f in strategy.by_gate})
            every = f"{gates['clear']} / {gates['caution']} / {gates['adverse']}"
            cells = [str(agent.samples), str(agent.strategies), told(agent.by_gate), told(agent.by_rank)]
            yield [state, study, *cells, f"{agent.withheld}: {told(agent.by_reason)}", every]


def by_reference(prepared: Prepared, folder: Path, known: Knowledge) -> Iterable[Row]:
    """Yield what other references, or no test, do to the same tumors."""
    study_of = prepared.samples.set_index("sample_id")["study"]
    before: dict[tuple[str, str], str] = {}
    for label, kind, settings in RULES:
        result = run(prepared, folder, settings, reference=references(prepared.samples, kind))
        now = called(result.calls, known)
        before = before or now
        found = groups(result, known)
        for study in STUDIES if kind != "swapped" else OTHER_LUNG:
            group = found[study].group
            own = {key for key in {*before, *now} if study_of[key[0]] == study}
            changed = sum(before.get(key) != now.get(key) for key in own)
            some = sum(f.samples for f in group.outcomes if f.key == "recommended")
            total = sum(s.samples for s in group.strategies)
            shares = [
                percent(next((s.samples for s in group.strategies if s.id == w), 0), group.samples) for w in WATCHED
            ]
            others = sum(f.samples for f in group.comparisons if f.key == "other_group")
            cells = [percent(some, group.samples), f"{total / group.samples:.1f}", percent(changed, len(own))]
            yield [label, study, *cells, str(others), *shares]


def called(calls: pd.DataFrame, known: Knowledge) -> dict[tuple[str, str], str]:
    """Return the matures that are up or down, by sample and name."""
    some = calls[calls["call"].isin(["up", "down"]) & calls["mirna"].isin(known.resolver.mirnas)]
    return dict(zip(zip(some["sample_id"], some["mirna"], strict=True), some["call"], strict=True))


def explored(data: Path, folder: Path, known: Knowledge) -> Iterable[Row]:
    """Yield what tumors get that are compared with the other half of their study's tumors."""
    for study in WITHOUT_NORMALS:  # one run each: they were counted for other names
        result = run(without_normals(data, study, folder), folder)
        group = result.summary.cohort
        sizes = re.findall(rf"reference {study}\.\d\.tsv: (\d+) samples", "\n".join(result.notes))
        some = sum(f.samples for f in group.outcomes if f.key == "exploratory_only")
        most = ", ".join(f"{short(s.id)} {s.samples}" for s in group.exploratory[:3])
        calls = len(called(result.calls, known)) / group.samples
        proposed, assessed = sum(s.samples for s in group.strategies), sum(d.assessed for d in group.documented)
        cells = [str(group.samples), " / ".join(sizes), f"{calls:.1f}", str(proposed), str(assessed)]
        yield [study, *cells, f"{some} ({percent(some, group.samples)})", most]


def checked(prepared: Prepared, result: CohortResult, folder: Path, known: Knowledge) -> Iterable[Row]:
    """Yield whether `recommend` says of single tumors what the cohort says of them."""
    matrix = pd.read_parquet(prepared.matrix)
    of_sample = {str(name): rows for name, rows in result.strategies.groupby("sample_id")}
    fields = ["strategy", "call", "value", "gate", "tier", "points"]
    for study in STUDIES:
        normals = load_reference(str(folder / f"{study}.tsv"), known.resolver, known.settings, "counts")
        names = prepared.samples["sample_id"][prepared.samples["study"] == study].tolist()
        same = 0
        for name in names[:: len(names) // CHECKED][:CHECKED]:
            profile = {"sample_id": name, "cancer": study, "scale": "counts", "expression": matrix.loc[name].to_dict()}
            alone = recommend(profile, reference=normals, knowledge=known).strategies
            wanted = [[s.id, s.call, s.value, s.gate, s.tier, s.points] for s in alone]
            same += wanted == (of_sample[name][fields].to_numpy().tolist() if name in of_sample else [])
        yield [study, f"{same} of {CHECKED}"]


def main(data: Path) -> None:
    """Print every table."""
    known = load_knowledge()
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        prepared = with_normals(data, folder)
        own = references(prepared.samples, "own")
        found = run(prepared, folder, by=("study", "machine", "run"), reference=own)
        print("\n".join(f"note: {note}" for note in found.notes) + f"\n\nin quarantine: {len(found.quarantine)}\n")
        every = groups(found, known)
        table("served", "study | tumors | with a strategy | strategies a tumor, median | others", served(every))
        header = "study | strategy | tumors | rank 1 | rank 2, 3 | later | gate | tier | documented"
        table("strategies", header, strategies(every))
        table("leaders", "study | tumors | first", leaders(found, prepared.samples))
        header = (
            "agent | strategy | study | its trials here | called | proposed | rank 1 | gates | withheld | exploratory "
            "| calls"
        )
        table("agents", header, agents(every))
        header = "study | miRNA | documented | confirmed | contradicted | flat | too low | ambiguous"
        table("contradicted", header, contradicted(every))
        table("flat", header, flat(every))
        table("too low", "study | documented | too low in most tumors", too_low(every))
        table("withheld", "study | tumors by reason | most often", withheld(every))
        table("pairs", "study | strategies | tumors | by chance | ratio | one matter", pairs(every, known))
        table("machines", f"study | strategy | {OLDER} | {NEWER}", machines(found))
        header = "study, sequencer | miRNA | documented | confirmed | contradicted | flat | too low | ambiguous"
        table("machines, directions", header, directions_by_machine(found))
        table("shifts", f"{OLDER} less {NEWER}, log2 | {' | '.join(TWO_MACHINES)}", shifts(data))
        table("checked", "study | as recommend() says", checked(prepared, found, folder, known))
        header = (
            "state | study | miR-221 up | proposed | gate | rank | withheld | clear / caution / adverse, all strategies"
        )
        table("states", header, by_state(prepared, folder, known))
        header = (
            "reference | study | with a strategy | strategies a tumor | calls changed | unlike the reference | "
            + " | ".join(map(short, WATCHED))
        )
        table("references", header, by_reference(prepared, folder, known))
        header = (
            "study | tumors | reference | calls a tumor | strategies | directions assessed | exploratory alone | most"
        )
        table("tumors against tumors", header, explored(data, folder, known))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    if not (Path(sys.argv[1]) / "tcga").is_dir():
        raise SystemExit(f"skipped: {sys.argv[1]} has no folder tcga; it is not part of the project")
    try:
        main(Path(sys.argv[1]))
    except RecommenderError as error:
        raise SystemExit(str(error)) from None
