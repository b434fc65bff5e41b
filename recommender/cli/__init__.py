"""The command line: one file a command group, loaded when its command is asked for."""

from __future__ import annotations

import gc
import importlib
import sys

import click

from recommender.errors import EngineError, RecommenderError

_COMMANDS = {
    "recommend": "recommender.cli.recommend_command",
    "batch": "recommender.cli.batch_command",
    "convert": "recommender.cli.convert_command",
    "explain": "recommender.cli.explain_command",
    "compare": "recommender.cli.compare_command",
    "reference": "recommender.cli.reference_command",
    "knowledge": "recommender.cli.knowledge_commands",
    "schema": "recommender.cli.schema_command",
}
_REPORT = "please report it with the command you ran, at the project's issue tracker"


class _Lazy(click.Group):
    """Imports a command's module when it is asked for: start-up time is felt at every call."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name]).command
        return command


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from recommender.version import __version__

        click.echo(f"mirna-recommender {__version__}")
        ctx.exit()


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def cli() -> None:
    """Rank miRNA-therapy strategies for a tumor's miRNA profile.

    Research use only. Not for diagnosis or treatment decisions. Not a medical device.

    \b
    Example:
      mirna-recommender recommend profiles/liver_mir221_up.json
    """


def main(argv: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit status."""
    gc.disable()  # nearly all that is made lives to the end: looking for garbage costs a quarter of the time
    sys.exit(run(argv))


def run(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit status; messages go to standard error, a line a problem."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        with cli.make_context("mirna-recommender", list(arguments)) as context:
            cli.invoke(context)
        return 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except EngineError as error:
        click.echo(f"internal error: {error}; {_REPORT}", err=True)
        return error.exit_code
    except RecommenderError as error:
        for problem in error.problems:
            click.echo(f"error: {problem}", err=True)
        return error.exit_code
    except Exception as error:
        line = " ".join(f"{type(error).__name__}: {error}".split())
        click.echo(f"internal error: {line[:300]}; {_REPORT}", err=True)
        return 70
