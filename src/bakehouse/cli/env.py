"""`bakehouse env …`: what the user asks for. What it takes to answer is imported by `cli.environments`."""

from __future__ import annotations

import click

from bakehouse.cli import answers, commands, spans
from bakehouse.cli.commands import part


@click.group(cls=commands.LazyGroup, entries=commands.ENV)
def env() -> None:
    """Look at the environments that steps run in, delete and refresh them.

    KEY is the key of an environment, or the first characters of it.
    """


@click.command("list")
@answers.output_option
def list_environments(output: str) -> int:
    """What is installed for steps, how much room it takes, when it was built and last used."""
    code: int = part("environments").list_environments(as_json=output == answers.JSON)
    return code


@click.command()
@click.option("--unused-for", metavar="SPAN", callback=spans.read, default="30d", show_default=True, help="Those that no step used for so long.")
@click.option("--plan", is_flag=True, help="Say what would go, and change nothing.")
@answers.output_option
def prune(unused_for: float, plan: bool, output: str) -> int:  # noqa: FBT001  # a flag of the command line
    """Delete environments that were not used for long, those that were replaced, and what was half built.

    None that is being built, or that a run in progress may use. What was deleted is built again when a step wants it.
    """
    code: int = part("environments").prune(unused_for, plan=plan, as_json=output == answers.JSON)
    return code


@click.command()
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All environments with packages in them.")
@answers.output_option
def refresh(keys: tuple[str, ...], everything: bool, output: str) -> int:  # noqa: FBT001  # a flag of the command line
    """Build environments anew, with the packages that the indexes have now. Steps that run keep what they have.

    Steps that start later get the new ones; where other packages are installed now, the cache does not answer for them.
    """
    if bool(keys) == everything:
        raise click.UsageError("say which environments: KEY..., or --all")
    code: int = part("environments").refresh(keys, as_json=output == answers.JSON)
    return code
