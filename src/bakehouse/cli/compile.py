"""`bakehouse compile`: a Python file becomes the YAML that KFP, Vertex AI and Bakehouse take."""

from __future__ import annotations

import click

from bakehouse.cli import answers
from bakehouse.cli.authoring import AuthorFile, author_file
from bakehouse.cli.commands import part


@click.command()
@author_file
@click.option(
    "-o", "--out", metavar="OUT", default="", help="The file to write; - is standard output.  [default: FILE's name with .yaml, in this folder]"
)
@click.option("--strict-kfp", is_flag=True, help="Leave out what only Bakehouse knows (`platforms.bakehouse`), and say what that is.")
@answers.output_option
def compile_file(file: AuthorFile, *, out: str, strict_kfp: bool, output: str) -> int:
    """Compile the pipeline in FILE to YAML.

    OUT is replaced if it exists, and that is said. What is written runs on Kubeflow Pipelines and Vertex AI, and here with
    `bakehouse run OUT`.
    """
    if out == "-" and output == answers.JSON:
        raise click.UsageError("standard output cannot hold both the pipeline (-o -) and a JSON document (--output json)")
    started = file.load()
    try:
        code: int = part("compiling").compile_file(started, out, as_json=output == answers.JSON, strict_kfp=strict_kfp)
    finally:
        started.close()
    return code
