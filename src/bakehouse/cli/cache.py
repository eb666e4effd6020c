"""`bakehouse cache …`: what the user asks for. What it takes to answer is imported by `cli.caching`."""

from __future__ import annotations

import click

from bakehouse.cli import answers, commands
from bakehouse.cli.commands import part


@click.group(cls=commands.LazyGroup, entries=commands.CACHE)
def cache() -> None:
    """See why a step was reused or not, list the results that can be, take some out.

    RUN is the id of a run, the first characters of it, or `latest`.
    """


@click.command()
@click.argument("run", metavar="RUN")
@click.argument("task", metavar="TASK")
@answers.output_option
def explain(run: str, task: str, output: str) -> int:
    """Why TASK of RUN was a hit or a miss: what differs from the nearest result that was there."""
    code: int = part("caching").explain(run, task, as_json=output == answers.JSON)
    return code


@click.command("list")
@click.option("--task", metavar="NAME", default="", help="Only results of steps of this name.")
@click.option("--pipeline", metavar="NAME", default="", help="Only results of this pipeline.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1, max=1000), default=20, show_default=True, help="At most N results, newest first.")
@click.option("--page-token", metavar="TOKEN", default="", help="Go on after a page: what that one ended with.")
@answers.output_option
def list_entries(task: str, pipeline: str, limit: int, page_token: str, output: str) -> int:
    """The results that can be reused, and those that were invalidated."""
    code: int = part("caching").list_entries((task, pipeline), limit, page_token, as_json=output == answers.JSON)
    return code


@click.command()
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@click.option("--run", metavar="RUN", default="", help="The results that this run made.")
@click.option("--task", metavar="TASK", default="", help="With --run: only those of this step.")
@click.option("--pipeline", metavar="NAME", default="", help="The results of this pipeline.")
@click.option("--all", "everything", is_flag=True, help="All results of this home.")
@answers.output_option
def invalidate(keys: tuple[str, ...], everything: bool, output: str, **chosen: str) -> int:  # noqa: FBT001  # a flag of the command line
    """Offer results no more: their steps run again. KEY is the key of a result, or the first characters of it.

    Results stay recorded, and the runs that used them stay as they are.
    """
    ways = [bool(keys), bool(chosen["run"]), bool(chosen["pipeline"]), everything]
    if sum(ways) != 1:
        raise click.UsageError("say which results: KEY..., or one of --run, --pipeline, --all")
    if chosen["task"] and not chosen["run"]:
        raise click.UsageError("--task needs a --run")
    code: int = part("caching").invalidate(keys, chosen, as_json=output == answers.JSON)
    return code
