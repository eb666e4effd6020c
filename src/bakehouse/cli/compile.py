"""`bakehouse compile`: a Python file becomes the YAML that KFP, Vertex AI and Bakehouse take."""

from __future__ import annotations

from typing import Any

import click

from bakehouse.cli import answers
from bakehouse.cli.authoring import AuthorFile, author_file
from bakehouse.cli.commands import part
from bakehouse.cli.travelling import code_option


@click.command()
@author_file
@click.option(
    "-o", "--out", metavar="OUT", default="", help="The file to write; - is standard output.  [default: FILE's name with .yaml, in this folder]"
)
@click.option("--strict-kfp", is_flag=True, help="Leave out what only Bakehouse knows (`platforms.bakehouse`), and say what that is.")
@code_option
@answers.output_option
def compile_file(file: AuthorFile, **asked: Any) -> int:  # the parameters of `compiling.compile_file`
    """Compile the pipeline in FILE to YAML.

    OUT is replaced if it exists, and that is said. What is written runs on Kubeflow Pipelines and Vertex AI, and here with
    `bakehouse run OUT`. Modules that travel are in it, 64 KiB of them at most.
    """
    if asked["out"] == "-" and asked["output"] == answers.JSON:
        raise click.UsageError("standard output cannot hold both the pipeline (-o -) and a JSON document (--output json)")
    started = file.load()
    try:
        code: int = part("compiling").compile_file(started, **asked)
    finally:
        started.close()
    return code
