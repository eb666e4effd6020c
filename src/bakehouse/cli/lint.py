"""`bakehouse lint`: what will hurt when a pipeline runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from bakehouse.app import loading
from bakehouse.cli import answers
from bakehouse.cli.commands import part


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--pipeline", metavar="NAME", help="Which pipeline of the file: the name of its function, or its own.")
@click.option("--ignore", metavar="RULE", multiple=True, help="Leave a rule out; may be given several times.")
@answers.output_option
def lint(file: Path, *, pipeline: str | None, ignore: Sequence[str], output: str) -> int:
    """Say what of the pipeline in FILE will hurt when it runs, though nothing is wrong with it.

    FILE is Python (.py), or a pipeline that was compiled (.yaml, .yml, .json). The exit code is 0 when there is nothing to say, else 1.
    """
    started = loading.start(file, pipeline)
    try:
        code: int = part("linting").run(started, ignore, as_json=output == answers.JSON)
    finally:
        started.close()
    return code
