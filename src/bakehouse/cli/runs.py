"""`bakehouse runs …`: what the user asks for. What it takes to answer is imported by `cli.reading`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from bakehouse.cli import answers, commands
from bakehouse.cli.commands import part
from bakehouse.orchestrator.states import RunState

Command = TypeVar("Command", bound=Callable[..., Any])  # whatever click decorates


@dataclass(frozen=True)
class Like:
    """How a clone differs from the run that it is one of. `param` holds the texts `name=value` as they were given."""

    param: tuple[str, ...] = ()
    params_file: Path | None = None
    name: str = ""
    detach: bool = False
    output: str = answers.TEXT


@dataclass(frozen=True)
class Sought:
    """Which runs a list is to show. `state` holds states in small letters, `tags` the texts `key` or `key=value` as they were given."""

    limit: int = 20
    experiment: str | None = None
    state: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


_STATES = tuple(state.value.lower() for state in RunState)


@click.group(cls=commands.LazyGroup, entries=commands.RUNS)
def runs() -> None:
    """Look at runs, read their logs, end, repeat and delete them.

    RUN is the id of a run, the first characters of it, or `latest`.
    """


_run_argument = click.argument("run", metavar="RUN")


@click.command("list")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), default=20, show_default=True, help="At most N runs, newest first.")
@click.option("--experiment", metavar="NAME", help="Only runs of this experiment.")
@click.option("--state", type=click.Choice(_STATES, case_sensitive=False), multiple=True, help="Only runs in this state; repeatable.")
@click.option("--tag", "tags", metavar="KEY[=VALUE]", multiple=True, help="Only runs with this tag; repeatable: all must be there.")
@answers.output_option
def list_runs(output: str, **sought: Any) -> int:  # the fields of a `Sought`
    """The newest runs."""
    code: int = part("reading").list_runs(Sought(**sought), as_json=output == answers.JSON)
    return code


@click.command()
@_run_argument
@click.option("--events", is_flag=True, help="Also everything that happened to it, in order.")
@click.option("--task", metavar="STEP", help="Only this step, by id or display name: what is recorded of each of its attempts.")
@answers.output_option
def show(run: str, events: bool, task: str | None, output: str) -> int:  # noqa: FBT001  # a flag of the command line
    """One run: its steps, parameters, metrics, outputs and errors, and what its steps should ask for of their machine."""
    if events and task is not None:
        raise click.UsageError("--events tells what happened to the whole run: leave --task out")
    if task is not None:
        code: int = part("reading").show_step(run, task, as_json=output == answers.JSON)
    else:
        code = part("reading").show(run, with_events=events, as_json=output == answers.JSON)
    return code


@click.command()
@_run_argument
@click.argument("task", required=False)
@click.option("--attempt", metavar="N", type=click.IntRange(min=1), help="Only this attempt.  [default: the latest]")
@click.option("-f", "--follow", is_flag=True, help="Go on as the log grows, until the step (or the run) is over.")
def logs(run: str, task: str | None, attempt: int | None, follow: bool) -> int:  # noqa: FBT001  # a flag of the command line
    """What TASK of a run printed, byte by byte; without TASK all steps, each line behind the step's name."""
    if attempt is not None and task is None:
        raise click.UsageError("--attempt needs a TASK")
    code: int = part("reading").logs(run, task, attempt, follow=follow)
    return code


@click.command()
@_run_argument
@answers.output_option
def terminate(run: str, output: str) -> int:
    """End a run: running steps get TERM, and KILL 10 s later; nothing new starts."""
    code: int = part("reading").terminate(run, as_json=output == answers.JSON)
    return code


_detach_option = click.option("--detach", is_flag=True, help="Run in the background: print the run's id and end.")


@click.command()
@_run_argument
@_detach_option
@answers.output_option
def retry(run: str, detach: bool, output: str) -> int:  # noqa: FBT001  # a flag of the command line
    """Run again what did not succeed of a run that failed or was canceled, and watch it. Steps that succeeded are kept.

    The exit code is that of `bakehouse run`.
    """
    code: int = part("again").retry(run, detach=detach, as_json=output == answers.JSON)
    return code


@click.command()
@_run_argument
@click.argument("step")
@click.option(
    "-o", "--gives", metavar="NAME=VALUE", multiple=True, help="An output of the step: a value, or the path or URI of an artifact; repeatable."
)
@answers.output_option
def succeed(run: str, step: str, gives: tuple[str, ...], output: str) -> int:
    """Mark a STEP that failed or was canceled as succeeded, and say what it gave: all its outputs. RUN must be over.

    The run stays as it is; `bakehouse runs retry RUN` goes on from there. The cache never offers what was given this way.
    """
    code: int = part("marking").succeed(run, step, gives, as_json=output == answers.JSON)
    return code


@click.command()
@_run_argument
@click.option("-p", "--param", metavar="NAME=VALUE", multiple=True, help="Another value for a parameter; repeatable.")
@click.option(
    "--params-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Other values as a mapping in YAML or JSON; --param wins over it.",
)
@click.option("--name", metavar="NAME", default="", help="The name of the new run.  [default: Clone of …]")
@_detach_option
@answers.output_option
def clone(run: str, **asked: Any) -> int:  # the fields of a `Like`
    """Start a run like RUN, and watch it: the same pipeline, parameters, options, experiment and tags.

    The exit code is that of `bakehouse run`.
    """
    code: int = part("again").clone(run, Like(**asked))
    return code


@click.command()
@_run_argument
@answers.output_option
def delete(run: str, output: str) -> int:
    """Delete a run that is over: its records, logs and series, and those of its artifacts that neither cache nor lineage still name."""
    code: int = part("reading").delete(run, as_json=output == answers.JSON)
    return code
