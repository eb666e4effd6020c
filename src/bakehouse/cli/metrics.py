"""`bakehouse runs metrics`: what the user asks for. What it takes to answer is imported by `cli.measuring`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from bakehouse.cli import answers
from bakehouse.cli.commands import part

CSV = "csv"


@dataclass(frozen=True)
class Asked:
    """Which metrics, how many points of each series (`None`: what suits the output), and how they are said."""

    metric: tuple[str, ...] = ()
    attempt: int | None = None
    points: int | None = None
    output: str = answers.TEXT


@click.command()
@click.argument("run", metavar="RUN")
@click.argument("task", required=False)
@click.option("--metric", metavar="NAME", multiple=True, help="Only this metric; repeatable.")
@click.option(
    "--attempt", metavar="N", type=click.IntRange(min=1), help="Only the points of this attempt of TASK.  [default: of all attempts, as one]"
)
@click.option(
    "--points",
    metavar="N",
    type=click.IntRange(min=10),
    help="At most N points of each series: its ends, and extremes between them.  [default: all of them]",
)
@click.option(
    "--output",
    type=click.Choice([answers.TEXT, answers.JSON, CSV]),
    default=answers.TEXT,
    show_default=True,
    help="json: one document; csv: a line for each point, or metric without a step.",
)
def metrics(run: str, task: str | None, **asked: Any) -> int:  # the fields of an `Asked`
    """What the steps of a run, or TASK alone, measured, while it runs or after: one value, or a series for what was logged with a step."""
    if asked["attempt"] is not None and task is None:
        raise click.UsageError("--attempt needs a TASK")
    code: int = part("measuring").metrics(run, task, Asked(**asked))
    return code
