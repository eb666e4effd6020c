"""`bakehouse gc policy …`: what the user asks for. What it takes to answer is imported by `cli.collecting`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from bakehouse.cli import answers, commands, spans
from bakehouse.cli.commands import part

Command = TypeVar("Command", bound=Callable[..., Any])  # whatever click decorates


@click.group(cls=commands.LazyGroup, entries=commands.POLICY)
def policy() -> None:
    """Say which runs go by themselves: once an hour while a server runs, and with `bakehouse gc --policies`.

    A run is the business of one policy: of a tag with its value, else of a tag, else without any; and of these, of its pipeline within its
    experiment, else of its experiment, else of its pipeline, else of the one for all. Without policies no run goes by itself.
    """


def _scope(command: Command) -> Command:
    """`--experiment`, `--pipeline` and `--tag`."""
    experiment = click.option("--experiment", metavar="NAME", default="", help="For runs of this experiment.")
    pipeline = click.option("--pipeline", metavar="NAME", default="", help="For runs of the pipeline of this name.")
    tag = click.option("--tag", metavar="KEY[=VALUE]", default="", help="For runs with this tag, or with any value of it.")
    return experiment(pipeline(tag(command)))


@click.command("set")
@_scope
@click.option("--older-than", metavar="SPAN", callback=spans.read, help="Runs go that ended so long ago, such as 30d.")
@click.option("--keep-last", metavar="N", type=click.IntRange(min=1), help="The newest N stay.")
@click.option("--drop-cache", is_flag=True, help="What they made is not kept for the cache.")
@answers.output_option
def set_policy(output: str, experiment: str, pipeline: str, tag: str, **rule: Any) -> int:  # as click has checked them
    """Let runs go by themselves; for all of the home if neither experiment, pipeline nor tag is named. Replaces what was set for the same."""
    code: int = part("collecting").set_policy((experiment, pipeline, tag), rule, as_json=output == answers.JSON)
    return code


@click.command("list")
@answers.output_option
def list_policies(output: str) -> int:
    """The policies there are."""
    code: int = part("collecting").list_policies(as_json=output == answers.JSON)
    return code


@click.command()
@_scope
@answers.output_option
def remove(output: str, experiment: str, pipeline: str, tag: str) -> int:
    """Remove the policy of an experiment, a pipeline, a tag, of several of these together, or the one for all."""
    code: int = part("collecting").remove_policy((experiment, pipeline, tag), as_json=output == answers.JSON)
    return code
