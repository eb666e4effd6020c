"""`bakehouse run` and `bakehouse demo`: what the user asks for. The file is being loaded while `cli.running` is imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from bakehouse.app import examples
from bakehouse.app.git import Asking
from bakehouse.cli import answers
from bakehouse.cli.authoring import AuthorFile, author_file
from bakehouse.cli.commands import part
from bakehouse.cli.travelling import code_option
from bakehouse.ir import durations

DEFAULT_EXPERIMENT = "Default"

Command = TypeVar("Command", bound=Callable[..., Any])  # whatever click decorates


#: What `--runner` takes.
RUNNERS = ("auto", "local", "container", "kubernetes")


@dataclass(frozen=True)
class Wish:
    """What a command line asks for. `param` and `tag` hold the texts `name=value` as they were given."""

    param: tuple[str, ...] = ()
    params_file: Path | None = None
    no_cache: bool = False
    source: str = ""
    refresh: tuple[str, ...] = ()
    only: str = ""
    until: str = ""
    runner: str = "auto"
    env: str = "isolated"
    experiment: str = DEFAULT_EXPERIMENT
    name: str = ""
    max_parallel: int = 0
    keep_going: bool = False
    nested_lists: bool = False
    strict_resources: bool = False
    timeout: float = 0.0
    tag: tuple[str, ...] = ()
    detach: bool = False
    output: str = answers.TEXT
    code: str = ""
    pipeline_root: str = ""


def _span(_: click.Context, __: click.Parameter, value: str | None) -> float:
    """Seconds; 0 if nothing is given. Raises `click.BadParameter`."""
    if value is None:
        return 0.0
    seconds = durations.seconds(value)
    if not seconds:
        raise click.BadParameter(f"{value!r} is no span of time: write a whole number and a unit, such as 90s, 30m, 2h")
    return seconds


_OPTIONS = (
    click.option("-p", "--param", metavar="NAME=VALUE", multiple=True, help="A parameter of the pipeline; repeatable."),
    click.option(
        "--params-file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Parameters as a mapping in YAML or JSON; --param wins over it.",
    ),
    click.option("--no-cache", is_flag=True, help="Reuse no results. What this run computes can be reused later."),
    click.option(
        "--from", "source", metavar="RUN", default="", help="Reuse the results of RUN that still fit, and no others; say what does not fit and why."
    ),
    click.option("--refresh", metavar="STEP", multiple=True, help="Run STEP even if a result could be reused; repeatable."),
    click.option("--only", metavar="STEP", default="", help="Run STEP alone; what it needs is reused, from the cache or from --from."),
    click.option("--until", metavar="STEP", default="", help="Run STEP and all that it needs, and nothing else."),
    click.option(
        "--runner",
        type=click.Choice(RUNNERS),
        default="auto",
        show_default=True,
        help="Where steps run: local: as processes; container: in their images; kubernetes: as pods of a cluster; auto: what needs an image in it.",
    ),
    click.option(
        "--pipeline-root",
        metavar="URI",
        default="",
        help="Where artifacts go: an absolute path or a place in an object store, such as s3://BUCKET/PREFIX.",
    ),
    click.option(
        "--env",
        type=click.Choice(["isolated", "current"]),
        default="isolated",
        show_default=True,
        help="isolated: a step sees the packages it asks for; current: it also sees those installed beside Bakehouse.",
    ),
    click.option("--experiment", metavar="NAME", default=DEFAULT_EXPERIMENT, show_default=True, help="The experiment that the run belongs to."),
    click.option("--name", metavar="NAME", default="", help="The name of the run.  [default: the pipeline's, and the time]"),
    click.option("--tag", metavar="KEY=VALUE", multiple=True, help="Say something of the run, to find it by; repeatable. The value may be empty."),
    click.option(
        "--max-parallel", metavar="N", type=click.IntRange(min=1), default=None, help="At most N steps at a time.  [default: $BAKEHOUSE_SLOTS]"
    ),
    click.option("--keep-going", is_flag=True, help="After a failure, run what does not depend on it."),
    click.option("--nested-lists", is_flag=True, help="What loops in loops give (`dsl.Collected`) is a list of lists, not one list."),
    click.option("--strict-resources", is_flag=True, help="A step that asks for more than this machine has fails. [default: it gets all there is]"),
    click.option(
        "--timeout", metavar="TIME", callback=_span, help="End the run as failed when it has gone on for so long: 90s, 30m, 2h. Exit tasks still run."
    ),
    click.option("--detach", is_flag=True, help="Run in the background: print the run's id and end."),
    answers.output_option,
)


def _run_options(command: Command) -> Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@author_file
@code_option
@_run_options
def run(file: AuthorFile, **asked: Any) -> int:  # the fields of a `Wish`
    """Run the pipeline in FILE on this machine, and watch it.

    FILE is Python (.py), or a pipeline that was compiled (.yaml, .yml, .json). `from kfp import dsl` in it is answered by
    Bakehouse. Ctrl-C ends the run; its exit code is 0 when it succeeded, 1 when it failed, 2 when what you gave is wrong,
    130 when it was cancelled.
    """
    return _carried_out(file, asked, from_git=True)


@click.command()
@author_file
@code_option
@_run_options
def plan(file: AuthorFile, **asked: Any) -> int:  # the fields of a `Wish`
    """What a run of the pipeline in FILE would do: which steps run and why, which are reused, which depend on what runs.

    Takes what `bakehouse run` takes. Nothing is started and nothing is recorded.
    """
    return _carried_out(file, asked, then="planning")


@click.command()
@_run_options
def demo(**asked: Any) -> int:  # the fields of a `Wish`
    """Run the example that comes with Bakehouse: two models learn to recognise handwritten digits, the better one is kept."""
    return _carried_out(AuthorFile(examples.folder("digits") / "pipeline.py"), asked)


def _carried_out(file: AuthorFile, asked: dict[str, Any], *, then: str = "running", from_git: bool = False) -> int:
    """Load the file in a process of its own, and meanwhile import what running takes; `from_git`: and ask git about the file."""
    wish = Wish(**{**asked, "max_parallel": asked["max_parallel"] or 0})
    started = file.load()
    started.git = Asking(file.path) if from_git else None
    try:
        code: int = part(then).run(started, wish)
    finally:
        started.close()
    return code
