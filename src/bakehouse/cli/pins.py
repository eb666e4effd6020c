"""`bakehouse runs pin|unpin`: what the user asks for. What it takes to answer is imported by `cli.pinning`."""

from __future__ import annotations

import click

from bakehouse.cli import answers
from bakehouse.cli.commands import part


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--reason", metavar="TEXT", default="", help="Why, for whoever wants to delete it.")
@answers.output_option
def pin(run: str, reason: str, output: str) -> int:
    """Keep a run from being deleted, by whomever; `gc` leaves those runs alone, too, whose artifacts it uses."""
    code: int = part("pinning").pin(run, reason, as_json=output == answers.JSON)
    return code


@click.command()
@click.argument("run", metavar="RUN")
@answers.output_option
def unpin(run: str, output: str) -> int:
    """Let a run be deleted again."""
    code: int = part("pinning").unpin(run, as_json=output == answers.JSON)
    return code
