"""Build the miRNA identity tables: ``build_identity.py MIRBASE_DIR KNOWLEDGE_DIR``.

KNOWLEDGE_DIR holds ``named_mirnas.tsv`` and ``families.tsv``, kept by hand, and receives ``mirnas.tsv``,
``hairpins.tsv`` and ``retired.tsv``. The two lists are first checked against miRBase; where they contradict
it, nothing is written. Printed at the end: counts, and every name that several accessions had.
"""

import csv
import gzip
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

CLUSTER_GAP = 10_000  # bases between two neighbors of a cluster, miRBase's convention
BEFORE = "before_v6"  # known to the alias list alone: older than the name history
ARM = re.compile(r"-[53]p$|\*$")
HAIRPINS = "hairpin accession matures previous_names family cluster"
NAMES = "mirna accession sequence arm hairpins previous_names unsuffixed guide"
MIRNAS = f"{NAMES} family cluster status included_because"
Row = dict[str, str]


def natural(text: str) -> tuple[list[str | int], str]:
    """Return a sort key that reads digits as numbers."""
    parts = re.split(r"(\d+)", text.lower())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], text


def joined(names: Iterable[str]) -> str:
    """Return a list cell: the distinct names in natural order."""
    return ";".join(sorted(set(names) - {""}, key=natural))


def read(path: Path) -> list[Row]:
    """Read a tab-separated table with a header, gzipped or not."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def write(path: Path, header: str, rows: Iterable[Iterable[str]]) -> None:
    """Write a tab-separated table, sorted by its first two columns."""
    table = sorted(map(list, rows), key=lambda row: [natural(cell) for cell in row[:2]])
    text = "".join("\t".join(row) + "\n" for row in [header.split(), *table])
    path.write_text(text, encoding="utf-8", newline="\n")
    print(f"{path.name}: {len(table)} rows")


class Mirbase:
    """The human entries of miRBase, keyed by accession.

    Parameters
    ----------
    folder : Path
        The folder with the miRBase files.

    Attributes
    ----------
    releases : list of str
        The releases of the name history, oldest first, after a mark for what came before.
    names : dict of str to dict of str to int
        Every name an accession ever had, with the index in `releases` of the last release that used it.
    name, sequence : dict of str to str
        The newest name and sequence (RNA), those of retired accessions included.
    living, alive : dict of str to str, set of str
        Name to accession in the newest release, matures and hairpins; those accessions alone.
    arms, homes : dict of str to list of str
        Hairpin to its matures, and mature to its hairpins, in the newest release.
    family, cluster : dict of str to str
        Hairpin to miRBase family and to cluster id; no entry where there is none.
    """

    def __init__(self, folder: Path) -> None:
        history = read(folder / "hsa_name_history_v6-v22.tsv.gz")
        self.releases = [BEFORE, *sorted({row["version"] for row in history}, key=natural)]
        rank = {release: i for i, release in enumerate(self.releases)}
        self.names: dict[str, dict[str, int]] = defaultdict(dict)
        self.name, self.sequence = {}, {}
        for line in (folder / "aliases.txt").read_text("utf-8").splitlines():
            accession, cell = line.split("\t")[:2]
            if cell.startswith("hsa-"):
                self.names[accession] = dict.fromkeys(cell.strip(";").split(";"), 0)
        for row in sorted(history, key=lambda row: rank[row["version"]]):
            self.names[row["accession"]][row["name"]] = rank[row["version"]]
            self.name[row["accession"]], self.sequence[row["accession"]] = row["name"], row["sequence"]
        latest = self.releases[-1]
        self.living = {row["name"]: row["accession"] for row in history if row["version"] == latest}
        self.alive = set(self.living.values())
        self.arms, self.homes = defaultdict(list), defaultdict(list)
        for row in read(folder / "hsa_hairpin_to_mature_v6-v22.tsv.gz"):
            if row["version"] == latest:
                self.arms[row["hairpin_acc"]].append(row["mature_acc"])
                self.homes[row["mature_acc"]].append(row["hairpin_acc"])
        families = read(folder / "hsa_hairpin_family_v21.tsv")
        self.family = {r["hairpin_acc"]: r["family"] for r in families if r["family"]}
        self.cluster = self._clusters(folder / "hsa_v22.gff3")

    def _clusters(self, path: Path) -> dict[str, str]:
        """Chain the hairpins of a strand; a chain is named first~last, 5' to 3'."""
        loci = []
        for cells in map(str.split, path.read_text("utf-8").splitlines()):
            if "miRNA_primary_transcript" in cells[2:3]:
                tags = dict(tag.split("=", 1) for tag in cells[8].split(";"))
                loci.append((cells[0], cells[6], int(cells[3]), int(cells[4]), tags["Alias"]))
        chains = [[min(loci)]]
        for locus in sorted(loci)[1:]:
            before = chains[-1][-1]
            if locus[:2] != before[:2] or locus[2] - before[3] > CLUSTER_GAP:
                chains.append([])
            chains[-1].append(locus)
        ids = defaultdict(list)
        for chain in (chain for chain in chains if len(chain) > 1):
            ends = [self.name[chain[i][-1]] for i in ((0, -1) if chain[0][1] == "+" else (-1, 0))]
            for *_, accession in chain:
                ids[accession].append("~".join(ends))
        return {accession: joined(found) for accession, found in ids.items()}

    def unsuffixed(self, mature: str) -> set[str]:
        """Return the names with neither arm nor star that releases gave this strand."""
        return {name for name, last in self.names[mature].items() if last and not ARM.search(name)}

    def is_guide(self, mature: str) -> bool:
        """Tell whether an armless name can only mean this strand, in each hairpin.

        Where two strands were unsuffixed, but never under one name (one of them counted as a miRNA of its
        own), the guide is the one that bore the stem of its present name.
        """
        for arms in (self.arms[hairpin] for hairpin in self.homes.get(mature, [])):
            bare = {arm: old for arm in arms if (old := self.unsuffixed(arm))}
            if len(bare) > 1 and not set.intersection(*bare.values()):
                bare = {arm: old for arm, old in bare.items() if ARM.sub("", self.name[arm]) in old}
            if len(arms) > 1 and list(bare) != [mature]:
                return False
        return mature in self.homes

    def previous(self, accession: str) -> str:
        """Return the list cell of all names but the newest, and but those another of its kind has today."""
        kind = len(accession)  # MIMAT0000687 or MI0000744
        taken = {name for name in self.names[accession] if len(self.living.get(name, "")) == kind}
        return joined(self.names[accession].keys() - {self.name[accession]} - taken)

    def groups(self, hairpins: Iterable[str]) -> list[str]:
        """Return the family cell and the cluster cell of some hairpins."""
        return [joined(group.get(h, "") for h in hairpins) for group in (self.family, self.cluster)]

    def retired(self) -> list[tuple[str, str, str]]:
        """List (name, accession, last release) where no living entry took the name over."""
        uses = [(n, a, last) for a in self.names for n, last in self.names[a].items()]
        taken = {(n, i) for n, a, last in uses if a in self.alive for i in range(last + 1)}
        dead = [use for use in uses if use[1] not in self.alive and use[::2] not in taken]
        return [(name, accession, self.releases[last]) for name, accession, last in dead]

    def clashes(self, shown: Iterable[str]) -> list[str]:
        """Describe each name of the shown accessions that another accession had too."""
        owners = defaultdict(list)
        for accession, names in sorted(self.names.items()):
            state = self.name.get(accession) if accession in self.alive else "retired"
            for name, last in names.items():
                owners[name].append(f"{accession} {state} (until {self.releases[last]})")
        known = {name for accession in shown for name in self.names[accession]}
        return [f"clash: {n}: {', '.join(owners[n])}" for n in sorted(known, key=natural) if len(owners[n]) > 1]


def check(base: Mirbase, named: list[Row], families: list[Row]) -> list[str]:
    """Return where the curator's lists contradict miRBase or each other."""
    kinds, problems = {row["family"]: row["kind"] for row in families}, []
    gone = {name for name, _, _ in base.retired()}
    for row in named:
        identity, kind, arm = row["identity"], row["identity_kind"], "not_applicable"
        accession = base.living.get(identity, "")
        entries = [base.names.get(a, {}) for a in (accession, *base.homes.get(accession, []))]
        known = {name.lower() for names in entries for name in names}
        sound = identity in gone if kind == "retired" else kinds.get(identity) == kind
        if kind == "hairpin":
            arm, sound = "unknown", not any(map(base.is_guide, base.arms.get(accession, [])))
        elif kind == "mature":
            arm = "printed" if ARM.search(row["as_printed"]) else "assumed" if ARM.search(identity) else arm
            sound = arm == "printed" or base.is_guide(accession)
        sound &= kind not in {"hairpin", "mature"} or f"hsa-{row['as_printed']}".lower() in known
        if not sound or arm != row["arm"]:
            problems.append(f"named_mirnas.tsv: {row['as_printed']}: {identity}, {arm}")
    for row in families:
        matures = [base.living.get(name, "") for name in row["members"].split(";")]
        places = [set(base.groups(base.homes.get(m, []))[1].split(";")) for m in matures]
        if "" in matures or (row["kind"] == "cluster" and not set.intersection(*places) - {""}):
            problems.append(f"families.tsv: {row['family']}: {row['members']}")
    return problems


def select(base: Mirbase, named: list[Row], families: list[Row]) -> dict[str, str]:
    """Return the living matures in scope, each with the first reason to include it."""
    members = {row["family"]: row["members"].split(";") for row in families}
    chosen: dict[str, str] = {}
    for identity in (r["identity"] for r in named if r["identity_kind"] != "retired"):
        for accession in map(base.living.__getitem__, members.get(identity, [identity])):
            chosen |= dict.fromkeys(base.arms.get(accession, [accession]), "named")
    seeds = {base.sequence[mature][1:8] for mature in chosen}
    hairpins = {hairpin for mature in chosen for hairpin in base.homes[mature]}

    def relatives(group: dict[str, str]) -> list[str]:
        wanted = {group[hairpin] for hairpin in hairpins & group.keys()}
        near = {hairpin for hairpin, name in group.items() if name in wanted}
        return [m for m in base.homes if near & {*base.homes[m]} and base.is_guide(m)]

    listed = [base.living[name] for names in members.values() for name in names]
    for reason, found in (
        ("arm", [m for m in base.homes if hairpins & {*base.homes[m]}]),
        ("family", listed + relatives(base.family)),
        ("cluster", relatives(base.cluster)),
        ("seed", [m for m in base.homes if base.sequence[m][1:8] in seeds]),
    ):
        chosen = dict.fromkeys(found, reason) | chosen
    return chosen


def main(mirbase_dir: str, knowledge_dir: str) -> int:
    """Check the curator's lists, write the three tables, print counts and clashes."""
    base, target = Mirbase(Path(mirbase_dir)), Path(knowledge_dir)
    named, families = read(target / "named_mirnas.tsv"), read(target / "families.tsv")
    if problems := check(base, named, families):
        print("these contradict miRBase:", *problems, sep="\n", file=sys.stderr)
        return 1
    chosen, retired, mirnas = select(base, named, families), base.retired(), []
    lost = {row["identity"] for row in named if row["identity_kind"] == "retired"}
    chosen |= {accession: "named" for name, accession, _ in retired if name in lost}
    for mature, reason in chosen.items():
        name, homes = base.name[mature], base.homes.get(mature, [])
        arm, status = name[-2:] if ARM.search(name) else "none", "current" if homes else "retired"
        places = joined(base.name[hairpin] for hairpin in homes)
        flags = ["yes" if flag else "no" for flag in (base.unsuffixed(mature), base.is_guide(mature))]
        row = [name, mature, base.sequence[mature], arm, places, base.previous(mature), *flags]
        mirnas.append([*row, *base.groups(homes), status, reason])
    shown = {hairpin for mature in chosen for hairpin in base.homes.get(mature, [])}
    hairpins = (
        [base.name[h], h, joined(base.name[m] for m in base.arms[h]), base.previous(h), *base.groups([h])]
        for h in shown
    )
    write(target / "mirnas.tsv", MIRNAS, mirnas)
    write(target / "hairpins.tsv", HAIRPINS, hairpins)
    write(target / "retired.tsv", "name accession last_release", retired)
    print(*sorted(Counter(chosen.values()).items()))
    print(*base.clashes([*chosen, *shown]), sep="\n")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python tools/build_identity.py MIRBASE_DIR KNOWLEDGE_DIR")
    sys.exit(main(*sys.argv[1:]))
