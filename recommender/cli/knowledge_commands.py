"""``knowledge``: browse, dump and verify what the recommendations rest on."""

from __future__ import annotations

import json

import click

from recommender.cli.knowledge_diff_command import command as diff_command
from recommender.cli.options import knowledge_option
from recommender.cli.output import write
from recommender.errors import KnowledgeError
from recommender.export import EXPORTS, columns, export
from recommender.knowledge import load_knowledge
from recommender.tables import write_table


@click.group("knowledge")
def command() -> None:
    """Browse, export and check the knowledge.

    \b
    Example:
      mirna-recommender knowledge export claims --format tsv
    """


@command.command("list")
@click.argument("table", required=False, type=click.Choice(sorted(EXPORTS)))
@knowledge_option
def list_(table: str | None, packs: tuple[str, ...]) -> None:
    """List the tables, or the records of TABLE, a line each.

    \b
    Examples:
      mirna-recommender knowledge list
      mirna-recommender knowledge list agents
      mirna-recommender knowledge list claims --knowledge docs/packs/example
    """
    known = load_knowledge(*packs)
    if table is None:
        write("".join(f"{name}\t{len(export(known, name))}\n" for name in sorted(EXPORTS)), None)
        return
    lines = []
    for row in export(known, table):
        cells = [";".join(cell) if isinstance(cell, (list, tuple)) else str(cell) for cell in row.values()]
        lines.append("  ".join(cell for cell in cells[:4] if cell) + "\n")
    write("".join(lines), None)


@command.command("export")
@click.argument("table", type=click.Choice(sorted(EXPORTS)))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["tsv", "json"]),
    default="tsv",
    show_default=True,
    help="A table or a list of records.",
)
@click.option("--output", metavar="FILE", help="Write to FILE instead of standard output.")
@knowledge_option
def export_(table: str, format_: str, output: str | None, packs: tuple[str, ...]) -> None:
    """Print TABLE whole.

    \b
    Example:
      mirna-recommender knowledge export claims --format tsv
    """
    rows = export(load_knowledge(*packs), table)
    if format_ == "json":
        write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", output)
    else:
        write(write_table(rows, columns(table)), output)


@command.command("check")
@knowledge_option
def check_(packs: tuple[str, ...]) -> None:
    """Verify ids, references, directions, sequences, rule examples, and that nothing is unreachable.

    With --knowledge also says what each pack changes, and what of it deserves a second look.

    \b
    Examples:
      mirna-recommender knowledge check
      mirna-recommender knowledge check --knowledge docs/packs/example
    """
    from recommender.checks import check

    known = load_knowledge(*packs)
    problems = check(known)
    if problems:
        raise KnowledgeError(problems)
    counts = ", ".join(
        f"{len(export(known, name))} {name}" for name in ("claims", "mirnas", "cancers", "agents", "trials")
    )
    examples = sum(len(rule.example) for rule in known.rule_list())
    lines = [f"sound: {counts}, {len(known.rule_list())} rules with {examples} examples ({known.sha256[:12]})"]
    if packs:
        from recommender.packs.review import review

        lines += review(load_knowledge(), known, packs)
    write("\n".join(lines) + "\n", None)


command.add_command(diff_command)
