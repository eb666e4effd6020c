"""`bakehouse lint`: what will hurt when a pipeline runs."""

from __future__ import annotations

from collections.abc import Sequence

import click

from bakehouse.cli import answers
from bakehouse.cli.authoring import AuthorFile, author_file
from bakehouse.cli.commands import part


@click.command()
@author_file
@click.option("--ignore", metavar="RULE", multiple=True, help="Leave a rule out; may be given several times.")
@answers.output_option
def lint(file: AuthorFile, *, ignore: Sequence[str], output: str) -> int:
    """Say what of the pipeline in FILE will hurt when it runs, though nothing is wrong with it.

    FILE is Python (.py), or a pipeline that was compiled (.yaml, .yml, .json). The exit code is 0 when there is nothing to say, else 1.
    """
    started = file.load()
    try:
        code: int = part("linting").run(started, ignore, as_json=output == answers.JSON)
    finally:
        started.close()
    return code
