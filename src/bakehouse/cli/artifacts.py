"""`bakehouse artifacts …`: what the user asks for. What it takes to answer is imported by `cli.fetching`."""

from __future__ import annotations

from pathlib import Path

import click

from bakehouse.cli import answers, commands, spans
from bakehouse.cli.commands import part

_path_option = click.option("--path", default="", metavar="PATH", help="A file in an artifact that is a folder.")


@click.group(cls=commands.LazyGroup, entries=commands.ARTIFACTS)
def artifacts() -> None:
    """Look at artifacts, fetch copies of them, and links to those in object stores.

    ID is the id of an artifact, as `bakehouse runs show RUN --output json` and the pages tell it.
    """


@click.command()
@click.argument("artifact", metavar="ID")
@answers.output_option
def show(artifact: str, output: str) -> int:
    """Where an artifact lies, what is known of it, who made it and who took it."""
    code: int = part("fetching").show(artifact, as_json=output == answers.JSON)
    return code


@click.command()
@click.argument("artifact", metavar="ID")
@click.argument("target", type=click.Path(path_type=Path), default=Path(), metavar="[TARGET]")
@_path_option
@answers.output_option
def download(artifact: str, target: Path, path: str, output: str) -> int:
    """Copy an artifact, or a file in it, to TARGET: a new path, or a folder. By default the current one."""
    code: int = part("fetching").download(artifact, target, path, as_json=output == answers.JSON)
    return code


@click.command()
@click.argument("artifact", metavar="ID")
@_path_option
@click.option("--for", "span", metavar="SPAN", callback=spans.read, default="1h", show_default=True, help="How long it is good, at most 7d.")
@answers.output_option
def link(artifact: str, path: str, span: float, output: str) -> int:
    """A URL by which whoever has it may fetch a file from its object store, without credentials."""
    code: int = part("fetching").link(artifact, path, span, as_json=output == answers.JSON)
    return code
