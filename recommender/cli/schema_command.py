"""``schema``: the published JSON Schemas."""

from __future__ import annotations

import json

import click

from recommender.cli.output import write
from recommender.schemas import SCHEMAS, json_schema


@click.command("schema")
@click.argument("name", type=click.Choice(sorted(SCHEMAS)))
@click.option("--output", metavar="FILE", help="Write to FILE instead of standard output.")
def command(name: str, output: str | None) -> None:
    """Print the JSON Schema (2020-12) of NAME.

    \b
    Example:
      mirna-recommender schema profile
    """
    write(json.dumps(json_schema(name), indent=2, sort_keys=True) + "\n", output)
