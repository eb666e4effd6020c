"""`bakehouse gc`: what the user asks for. What it takes to answer is imported by `cli.collecting`."""

from __future__ import annotations

import click

from bakehouse.cli import answers, commands, spans
from bakehouse.cli.commands import part
from bakehouse.orchestrator.states import FINAL_RUN_STATES, RunState

_OVER = tuple(state.value.lower() for state in RunState if state in FINAL_RUN_STATES)


def _states(context: click.Context, option: click.Parameter, text: str | None) -> tuple[RunState, ...]:
    """The states of `failed,canceled`, as the callback of an option. Raises `click.BadParameter`."""
    names = [one.strip().lower() for one in (text or "").split(",") if one.strip()]
    if text is not None and (not names or not set(names) <= set(_OVER)):
        raise click.BadParameter(f"{text!r} is not some of {', '.join(_OVER)}: only runs that are over are deleted.", context, option)
    return tuple(RunState(one.upper()) for one in dict.fromkeys(names))


@click.group(cls=commands.LazyGroup, entries=commands.GC, invoke_without_command=True)
@click.option("--plan", is_flag=True, help="Say what would go and how many bytes, and change nothing.")
@click.option("--older-than", metavar="SPAN", callback=spans.read, help="Runs that ended so long ago, such as 30d.")
@click.option("--experiment", metavar="NAME", help="Runs of this experiment.")
@click.option("--pipeline", metavar="NAME", help="Runs of the pipeline of this name.")
@click.option("--tag", metavar="KEY[=VALUE]", help="Runs with this tag, or with any value of it.")
@click.option("--state", "states", metavar="STATE,…", callback=_states, help=f"Runs in one of these states: {', '.join(_OVER)}.")
@click.option("--keep-last", metavar="N", type=click.IntRange(min=1), help="Not the newest N of those that fit experiment, pipeline, tag, state.")
@click.option(
    "--drop-cache", is_flag=True, help="Keep nothing for the cache of what these runs made; with --orphans, of what runs made that are gone."
)
@click.option("--orphans", is_flag=True, help="Only files that nothing names any more; those go with every other option too.")
@click.option("--policies", is_flag=True, help="The runs that the policies let go.")
@answers.output_option
@click.pass_context
def gc(context: click.Context, /, output: str, **given: object) -> int:
    """Delete runs that are over and that fit all that is said of them, in the archive or not, with their logs, series and artifacts.

    Artifacts that the cache, another run or lineage still names stay. A run that is not over, that is pinned, or whose artifacts a
    pinned one uses, is never deleted.
    """
    named = [name for name in ("older_than", "experiment", "pipeline", "tag", "states", "keep_last") if given[name] not in {None, ()}]
    if context.invoked_subcommand is not None:
        return 0
    if bool(named) + bool(given["orphans"]) + bool(given["policies"]) != 1:
        raise click.UsageError("say which runs: --older-than, --experiment, --pipeline, --tag, --state, --keep-last; or --policies, or --orphans")
    if given["policies"] and given["drop_cache"]:
        raise click.UsageError("a policy says itself whether the cache is dropped: `bakehouse gc policy set --drop-cache`")
    code: int = part("collecting").collect(given, as_json=output == answers.JSON)
    return code
