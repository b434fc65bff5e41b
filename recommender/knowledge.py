"""The knowledge: every table and rule under ``rules/``, loaded, cross-checked and hashed once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from recommender.cancers import CancerVocabulary
from recommender.errors import KnowledgeError, Problem
from recommender.model import options, records
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
SEAL: Final = "verified.sha256"  # written by tools/seal_knowledge.py after a full validation
UNSPECIFIED: Final = "unspecified"  # an agent's chemistry or carrier that no source tells
BASKET: Final = "advanced_solid_tumors"
PAN_CANCER: Final = "pan_cancer"


def data_folder(name: str) -> Path:
    """Return a folder of bundled data: inside the installed package, else in the checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "_data" / name
    return installed if installed.is_dir() else package.parent / name


@dataclass(frozen=True)
class Knowledge:
    """Everything under ``rules/``, immutable once loaded.

    Attributes
    ----------
    tables : mapping of str to tuple of rows
        By table name, in file order.
    rules : mapping of str to list of Rule
        By file name.
    settings : Settings
        Shipped thresholds and weights.
    sha256 : str
        Over the bytes of every file, by name.
    """

    tables: Mapping[str, tuple[Any, ...]]
    rules: Mapping[str, list[Rule]]
    settings: Settings
    sha256: str
    packs: tuple[str, ...] = ()
    version: str = VERSION
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

    def rule_list(self) -> list[Rule]:
        """Return all rules in file order."""
        return [rule for group in self.rules.values() for rule in group]


_LOADED: dict[Path, Knowledge] = {}


def load_knowledge(folder: Path | str | None = None) -> Knowledge:
    """Load the rules and tables of a folder, by default the bundled one.

    Loaded once a process and folder: knowledge is immutable. A folder whose hash is the one in its
    :data:`SEAL` was validated when it was sealed and is not validated again.

    Raises
    ------
    KnowledgeError
        Where a file is malformed or a record names what does not exist: every problem, with file and
        row or rule.
    """
    path = Path(folder).resolve() if folder is not None else data_folder("rules")
    if path not in _LOADED:
        _LOADED[path] = _load(path)
    return _LOADED[path]


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


def cross_check(knowledge: Knowledge) -> Iterable[Problem]:
    """Yield every record that names what does not exist, repeats a key, or breaks the matcher's limits."""
    keys: dict[str, set[str]] = {}
    for name, model in TABLES.items():
        column = columns_of(model)[0]
        seen: set[str] = set()
        for line, row in enumerate(knowledge.tables[name], start=2):
            key = getattr(row, column)
            if key in seen and name not in ("trial_tumors", "stop_reasons", "retired"):
                yield Problem(f"{name}.tsv, line {line}", f"{column} {key} again", "unique keys")
            seen.add(key)
        keys[name] = seen
    for table, column, target in _REFERENCES:
        allowed = keys[target] | _EXTRA_KEYS.get((table, column), set())
        for line, row in enumerate(knowledge.tables[table], start=2):
            value = getattr(row, column)
            where = f"{table}.tsv, line {line}, column {column}"
            if not value and (table, column) not in _MAY_BE_EMPTY:
                yield Problem(where, "nothing", f"a key of {target}.tsv")
            for key in filter(None, value if isinstance(value, tuple) else (value,)):
                if key not in allowed:
                    yield Problem(where, key, f"a key of {target}.tsv")
    yield from _check_identities(knowledge, keys)
    yield from _check_words(knowledge)
    identities = {
        "cancer": frozenset(keys["cancers"]),
        "agent": frozenset(keys["agents"]),
        "option": frozenset(keys["modalities"] | keys["chemistries"] | keys["delivery"]),
        "combination": frozenset(keys["combinations"]),
    }
    yield from lint(knowledge.rules, frozenset(keys["caveats"]), frozenset(keys["sources"]), identities)


def _check_words(knowledge: Knowledge) -> Iterable[Problem]:
    """Yield words of tables that the facts do not declare, and codes that two tumors share."""
    for line, row in enumerate(knowledge.contexts, start=2):
        words = [word for word in FACTS["candidate"][row.context] if word not in ("none", "no")]
        if row.value not in words:
            yield Problem(f"contexts.tsv, line {line}, column value", row.value, "one of " + ", ".join(words))
    tables = {"modality": "modalities", "chemistry": "chemistries", "delivery": "delivery"}
    for line, row in enumerate(knowledge.option_work, start=2):
        if row.option not in {option[0] for option in knowledge.tables[tables[row.axis]]}:
            where = f"option_work.tsv, line {line}, column option"
            yield Problem(where, row.option, f"a key of {tables[row.axis]}.tsv")
    for space in ("tcga", "oncotree"):
        owner: dict[str, str] = {}
        for line, row in enumerate(knowledge.cancers, start=2):
            for code in getattr(row, space):
                if owner.setdefault(code, row.cancer) != row.cancer:
                    where = f"cancers.tsv, line {line}, column {space}"
                    yield Problem(where, f"{code}, which {owner[code]} has", "a code on one row")


def _check_identities(knowledge: Knowledge, keys: Mapping[str, set[str]]) -> Iterable[Problem]:
    homes = {
        "mature": "mirnas",
        "retired": "mirnas",
        "hairpin": "hairpins",
        "family": "families",
        "cluster": "families",
    }
    for line, row in enumerate(knowledge.named_mirnas, start=2):
        if row.identity not in keys[homes[row.identity_kind]]:
            yield Problem(f"named_mirnas.tsv, line {line}", row.identity, f"a key of {homes[row.identity_kind]}.tsv")
    for row in knowledge.cancers:
        seen: set[str] = set()
        cancer = row.cancer
        while cancer:
            if cancer in seen:
                yield Problem("cancers.tsv", f"{row.cancer} belongs to itself", "parents without a circle")
                break
            seen.add(cancer)
            parent = next((r.parent for r in knowledge.cancers if r.cancer == cancer), "")
            cancer = parent
