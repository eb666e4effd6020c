"""`bakehouse replay RUN STEP`: what the user asks for. What it takes to answer is imported by `cli.replaying`."""

from __future__ import annotations

import click

from bakehouse.cli import answers
from bakehouse.cli.commands import part


@click.command()
@click.argument("run", metavar="RUN")
@click.argument("step")
@click.option("--pdb", "debugger", is_flag=True, help="Under a debugger on this terminal: at the line that raises, and at breakpoint().")
@click.option("--attempt", metavar="N", type=click.IntRange(min=1), help="This attempt of the step.  [default: the latest]")
@answers.output_option
def replay(run: str, step: str, debugger: bool, attempt: int | None, output: str) -> int:  # noqa: FBT001  # a flag of the command line
    """Run a STEP again as it was recorded: with its inputs, its code and its environment, in a scratch folder. Nothing of it is recorded.

    Afterwards its outputs are compared with those that were recorded. The exit code is 0 when all are equal, 1 when the step
    fails or an output differs, 2 when there is nothing to run. RUN is the id of a run, the first characters of it, or `latest`.
    """
    code: int = part("replaying").replay(run, step, attempt, debugger=debugger, as_json=output == answers.JSON)
    return code
