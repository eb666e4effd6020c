"""`bakehouse runs tag`: what the user asks for. What it takes to answer is imported by `cli.tagging`."""

from __future__ import annotations

import click

from bakehouse.cli import answers
from bakehouse.cli.commands import part


@click.command()
@click.argument("run", metavar="RUN")
@click.argument("tags", metavar="[KEY=VALUE]…", nargs=-1)
@click.option("--remove", metavar="KEY", multiple=True, help="Remove this tag; repeatable.")
@answers.output_option
def tag(run: str, tags: tuple[str, ...], remove: tuple[str, ...], output: str) -> int:
    """Give a run tags, in the place of those of the same keys; without any, print those that it has.

    The value may be empty (`reviewed=`). `bakehouse runs list --tag KEY=VALUE` finds runs by them.
    """
    code: int = part("tagging").tag(run, tags, remove, as_json=output == answers.JSON)
    return code
