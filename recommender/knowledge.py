"""The knowledge: every table and rule under ``rules/``, loaded, cross-checked and hashed once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

from recommender.cancers import CancerVocabulary
from recommender.errors import KnowledgeError, Problem
from recommender.model import options, records
from recommender.model.recommendation import Action
from recommender.model.rule import Rule
from recommender.nomenclature import Resolver
from recommender.rulebook import lint, read_rules
from recommender.settings import Settings, load_settings
from recommender.tables import columns_of, read_table
from recommender.vocabulary import FACTS

VERSION: Final = "1"
RULE_FILES: Final = (
    "strategy.toml",
    "context.toml",
    "precedent.toml",
    "option.toml",
    "caveat.toml",
    "patient.toml",
    "biomarker.toml",
    "combination.toml",
    "regulatory.toml",
)
TABLES: Final[dict[str, type[tuple[Any, ...]]]] = {
    "mirnas": records.MirnaRow,
    "hairpins": records.HairpinRow,
    "families": records.FamilyRow,
    "named_mirnas": records.NamedRow,
    "retired": records.RetiredRow,
    "cancers": records.CancerRow,
    "claims": records.ClaimRow,
    "roles": records.RoleRow,
    "preclinical": records.PreclinicalRow,
    "contexts": records.ContextRow,
    "sources": records.SourceRow,
    "agents": records.AgentRow,
    "trials": records.TrialRow,
    "trial_tumors": records.TrialTumorRow,
    "stop_reasons": records.StopReasonRow,
    "trial_claims": records.TrialClaimRow,
    "caveats": records.CaveatRow,
    "modalities": options.ModalityRow,
    "chemistries": options.ChemistryRow,
    "delivery": options.DeliveryRow,
    "option_work": options.OptionWorkRow,
    "targets": options.TargetRow,
    "combinations": options.CombinationRow,
}
# the columns that make a row's id, where the first alone does not
_KEYS: Final = {
    "trial_tumors": ("trial", "cancer"),
    "stop_reasons": ("trial", "reason", "source"),
    "retired": ("name", "accession"),
}
SEAL: Final = "verified.sha256"  # written by tools/seal_knowledge.py after a full validation
UNSPECIFIED: Final = "unspecified"  # an agent's chemistry or carrier that no source tells
BASKET: Final = "advanced_solid_tumors"
PAN_CANCER: Final = "pan_cancer"
PLACES: Final = ("table1", "table2", "text")  # of the review; a claim from elsewhere names its source


def data_folder(name: str) -> Path:
    """Return a folder of bundled data: inside the installed package, else in the checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "_data" / name
    return installed if installed.is_dir() else package.parent / name


def key_columns(table: str) -> tuple[str, ...]:
    """Return the columns that make the id of a table's rows."""
    return _KEYS.get(table) or (columns_of(TABLES[table])[0],)


def key_of(table: str, row: Any) -> str:
    """Return the id of a row: the first column, or several joined with ``/``."""
    return "/".join(getattr(row, column) for column in key_columns(table))


class Origins(NamedTuple):
    """Where records stand that are not where their table says: what knowledge packs brought or moved.

    Attributes
    ----------
    rows : mapping
        By table, the place of every row, in order; tables no pack touched are left out.
    rules, settings : mapping
        By rule id or setting, the place of what packs brought.
    """

    rows: Mapping[str, tuple[str, ...]] = {}
    rules: Mapping[str, str] = {}
    settings: Mapping[str, str] = {}


@dataclass(frozen=True)
class Knowledge:
    """Everything under ``rules/`` and in knowledge packs, immutable once loaded.

    Attributes
    ----------
    tables : mapping of str to tuple of rows
        By table name, in file order.
    rules : mapping of str to list of Rule
        By file name.
    settings : Settings
        Shipped thresholds and weights.
    sha256 : str
        Over the bytes of every file, by name; with packs, over that hash and theirs, in order.
    packs : tuple of str
        Each knowledge pack in order: name, version, what it changes, and its hash.
    """

    tables: Mapping[str, tuple[Any, ...]]
    rules: Mapping[str, list[Rule]]
    settings: Settings
    sha256: str
    packs: tuple[str, ...] = ()
    version: str = VERSION
    origins: Origins = field(default=Origins(), repr=False, compare=False)
    _cache: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def __getattr__(self, name: str) -> tuple[Any, ...]:
        """Return a table by its name: ``knowledge.claims``."""
        try:
            return self.__dict__["tables"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None

    @cached_property
    def resolver(self) -> Resolver:
        """The resolver of miRNA names."""
        printed = [row.as_printed for row in self.named_mirnas]
        return Resolver(self.mirnas, self.hairpins, self.families, self.retired, printed)

    @cached_property
    def vocabulary(self) -> CancerVocabulary:
        """The resolver of tumor names."""
        return CancerVocabulary(self.cancers)

    @cached_property
    def identity_of(self) -> Mapping[str, records.NamedRow]:
        """The identity behind each spelling of the review."""
        return {row.as_printed: row for row in self.named_mirnas}

    @cached_property
    def family_of(self) -> Mapping[str, tuple[str, ...]]:
        """The families and clusters each mature belongs to."""
        owners: dict[str, list[str]] = {}
        for row in self.families:
            for member in row.members:
                owners.setdefault(member, []).append(row.family)
        return {member: tuple(sorted(names)) for member, names in owners.items()}

    @cached_property
    def members_of(self) -> Mapping[str, tuple[str, ...]]:
        """The matures of each family or cluster."""
        return {row.family: row.members for row in self.families}

    def remember(self, key: Any, make: Any) -> Any:
        """Return what `make` gives for `key`, made once in this knowledge's lifetime."""
        if key not in self._cache:
            self._cache[key] = make()
        return self._cache[key]

    def placed(self, table: str) -> Iterable[tuple[str, Any]]:
        """Yield every row of a table with its place, for a message."""
        rows = self.tables[table]
        places = self.origins.rows.get(table) or (f"{table}.tsv, line {line}" for line in range(2, len(rows) + 2))
        return zip(places, rows, strict=True)

    def rule_list(self) -> list[Rule]:
        """Return all rules in file order."""
        return [rule for group in self.rules.values() for rule in group]


_LOADED: dict[Path, Knowledge] = {}


def load_knowledge(*packs: Path | str, rules: Path | str | None = None) -> Knowledge:
    """Load the rules and tables of a folder, by default the bundled one, and knowledge packs over it.

    Loaded once a process and folder: knowledge is immutable. A folder whose hash is the one in its
    :data:`SEAL` was validated when it was sealed and is not validated again; a pack always is.

    Parameters
    ----------
    *packs : path
        Folders with a ``pack.toml``: they add records and rules, override them by id, or disable them.
    rules : path, optional
        A complete folder of the shape of ``rules/``, instead of the bundled one.

    Raises
    ------
    KnowledgeError
        Where a file is malformed, a record names what does not exist, or packs contradict each other:
        every problem, with file and row or rule.
    """
    path = Path(rules).resolve() if rules is not None else data_folder("rules")
    if path not in _LOADED:
        _LOADED[path] = _load(path)
    if not packs:
        return _LOADED[path]
    from recommender.packs import add_packs  # the common case needs none of it

    return add_packs(_LOADED[path], packs)


def _load(path: Path) -> Knowledge:
    digest = folder_digest(path)
    trusted = seal(path) == digest
    problems: list[Problem] = []
    tables: dict[str, tuple[Any, ...]] = {}
    for name, model in TABLES.items():
        try:
            tables[name] = tuple(read_table(path / "knowledge" / f"{name}.tsv", model, trusted))
        except KnowledgeError as error:
            problems += error.problems
    rules: dict[str, list[Rule]] = {}
    for name in RULE_FILES:
        try:
            rules[name] = read_rules(path / name, trusted)
        except KnowledgeError as error:
            problems += error.problems
    if problems:
        raise KnowledgeError(problems)
    knowledge = Knowledge(tables, rules, load_settings(path), digest)
    problems = [] if trusted else [*cross_check(knowledge)]
    if problems:
        raise KnowledgeError(problems)
    return knowledge


def seal(path: Path) -> str:
    """Return the hash a folder was sealed with, or nothing."""
    try:
        return (path / SEAL).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def folder_digest(path: Path) -> str:
    """Return the SHA-256 over names and bytes of every rule file and table."""
    digest = hashlib.sha256()
    files = [*path.glob("*.toml"), *path.glob("knowledge/*.tsv")]
    for file in sorted(files, key=lambda file: file.relative_to(path).as_posix()):
        digest.update(file.relative_to(path).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


# column of a table -> the table whose key it must name
_REFERENCES: Final = (
    ("claims", "mirna_as_printed", "named_mirnas"),
    ("claims", "cancer", "cancers"),
    ("claims", "source", "sources"),
    ("roles", "mirna_as_printed", "named_mirnas"),
    ("roles", "scope", "cancers"),
    ("preclinical", "mirna_as_printed", "named_mirnas"),
    ("contexts", "mirna_as_printed", "named_mirnas"),
    ("contexts", "sources", "sources"),
    ("agents", "mirna", "mirnas"),
    ("agents", "modality", "modalities"),
    ("agents", "chemistry", "chemistries"),
    ("agents", "delivery", "delivery"),
    ("agents", "sources", "sources"),
    ("trials", "agent", "agents"),
    ("trials", "status_source", "sources"),
    ("trials", "sources", "sources"),
    ("trial_tumors", "trial", "trials"),
    ("trial_tumors", "cancer", "cancers"),
    ("trial_tumors", "source", "sources"),
    ("stop_reasons", "trial", "trials"),
    ("stop_reasons", "source", "sources"),
    ("trial_claims", "trial", "trials"),
    ("trial_claims", "source", "sources"),
    ("trial_claims", "disagrees_with", "trial_claims"),
    ("caveats", "sources", "sources"),
    ("families", "members", "mirnas"),
    ("modalities", "sources", "sources"),
    ("chemistries", "modalities", "modalities"),
    ("chemistries", "sources", "sources"),
    ("delivery", "modalities", "modalities"),
    ("delivery", "reaches_only", "cancers"),
    ("delivery", "sources", "sources"),
    ("option_work", "mirna_as_printed", "named_mirnas"),
    ("option_work", "sources", "sources"),
    ("targets", "mirna_as_printed", "named_mirnas"),
    ("targets", "cancer", "cancers"),
    ("targets", "sources", "sources"),
    ("combinations", "mirnas_as_printed", "named_mirnas"),
    ("combinations", "cancer", "cancers"),
    ("combinations", "sources", "sources"),
    ("cancers", "parent", "cancers"),
)
_EXTRA_KEYS: Final = {
    ("claims", "cancer"): {PAN_CANCER},
    ("claims", "source"): {*PLACES},
    ("roles", "scope"): {"general"},
    ("delivery", "reaches_only"): {BASKET},
    ("agents", "chemistry"): {UNSPECIFIED},
    ("agents", "delivery"): {UNSPECIFIED},
    ("trial_tumors", "cancer"): {BASKET},
}
# may be empty: a tumor of its own, a statement on the field as a whole, one nobody contradicts
_MAY_BE_EMPTY: Final = frozenset(
    {
        ("cancers", "parent"),
        ("trial_claims", "trial"),
        ("trial_claims", "disagrees_with"),
        ("trials", "status_source"),
        ("targets", "cancer"),
        ("combinations", "mirnas_as_printed"),
        ("combinations", "cancer"),
        ("delivery", "reaches_only"),
    }
)


AXIS_TABLES: Final = {"modality": "modalities", "chemistry": "chemistries", "delivery": "delivery"}
# open fields of facts that hold the id of a record, and the tables it may be in
IDENTITIES: Final = {
    "cancer": ("cancers",),
    "agent": ("agents",),
    "option": tuple(AXIS_TABLES.values()),
    "combination": ("combinations",),
}


class Gap(NamedTuple):
    """A record that names a key its table does not have."""

    where: str
    key: str
    table: str
    expected: str


def cross_check(knowledge: Knowledge, told: frozenset[tuple[str, str]] = frozenset()) -> Iterable[Problem]:
    """Yield every record that names what does not exist, repeats a key, or breaks the matcher's limits.

    Parameters
    ----------
    knowledge : Knowledge
    told : frozenset of (table, key)
        Keys known to be missing: who names them is told elsewhere.
    """
    for table in TABLES:
        seen: set[str] = set()
        for where, row in knowledge.placed(table):
            key = key_of(table, row)
            if key in seen:
                yield Problem(where, f"{' and '.join(key_columns(table))} {key} again", "unique keys")
            seen.add(key)
    for table, column, target in _REFERENCES:
        if (table, column) not in _MAY_BE_EMPTY:
            for where, row in knowledge.placed(table):
                if not getattr(row, column):
                    yield Problem(f"{where}, column {column}", "nothing", f"a key of {target}.tsv")
    for gap in gaps(knowledge):
        if (gap.table, gap.key) not in told:
            yield Problem(gap.where, gap.key, gap.expected)
    yield from _check_parents(knowledge)
    yield from _check_words(knowledge)

    def keys(table: str) -> frozenset[str]:
        return frozenset(row[0] for row in knowledge.tables[table]) | {key for name, key in told if name == table}

    identities = {field: frozenset().union(*map(keys, tables)) for field, tables in IDENTITIES.items()}
    yield from lint(knowledge.rules, keys("caveats"), keys("sources"), identities, knowledge.origins.rules)


def gaps(knowledge: Knowledge) -> Iterable[Gap]:
    """Yield every name in a table of something that is in no table."""
    keys = {table: {row[0] for row in rows} for table, rows in knowledge.tables.items()}
    for table, column, target in _REFERENCES:
        also = _EXTRA_KEYS.get((table, column), set())
        allowed = keys[target] | also
        expected = " or ".join([f"a key of {target}.tsv", *sorted(also)])
        for where, row in knowledge.placed(table):
            value = getattr(row, column)
            for key in filter(None, value if isinstance(value, tuple) else (value,)):
                if key not in allowed:
                    yield Gap(f"{where}, column {column}", key, target, expected)
    for where, row in knowledge.placed("named_mirnas"):
        home = _HOMES[row.identity_kind]
        if row.identity not in keys[home]:
            yield Gap(where, row.identity, home, f"a key of {home}.tsv")
    for where, row in knowledge.placed("option_work"):
        home = AXIS_TABLES[row.axis]
        if row.option not in keys[home]:
            yield Gap(f"{where}, column option", row.option, home, f"a key of {home}.tsv")


def _check_words(knowledge: Knowledge) -> Iterable[Problem]:
    """Yield words of tables that the facts do not declare, and codes that two tumors share."""
    for where, row in knowledge.placed("contexts"):
        words = [word for word in FACTS["candidate"][row.context] if word not in ("none", "no")]
        if row.value not in words:
            yield Problem(f"{where}, column value", row.value, "one of " + ", ".join(words))
    for table in ("modalities", "combinations"):
        for where, row in knowledge.placed(table):
            for action in sorted(set(row.actions) - {*get_args(Action)}):
                yield Problem(f"{where}, column actions", action, "one of " + ", ".join(get_args(Action)))
    for space in ("tcga", "oncotree"):
        owner: dict[str, str] = {}
        for where, row in knowledge.placed("cancers"):
            for code in getattr(row, space):
                if owner.setdefault(code, row.cancer) != row.cancer:
                    yield Problem(f"{where}, column {space}", f"{code}, which {owner[code]} has", "a code on one row")


# the table that holds an identity of named_mirnas.tsv, by its kind
_HOMES: Final = {
    "mature": "mirnas",
    "retired": "mirnas",
    "hairpin": "hairpins",
    "family": "families",
    "cluster": "families",
}


def _check_parents(knowledge: Knowledge) -> Iterable[Problem]:
    parents = {row.cancer: row.parent for row in knowledge.cancers}
    for where, row in knowledge.placed("cancers"):
        seen: set[str] = set()
        cancer = row.cancer
        while cancer:
            if cancer in seen:
                yield Problem(where, f"{row.cancer} belongs to itself", "parents without a circle")
                break
            seen.add(cancer)
            cancer = parents.get(cancer, "")
