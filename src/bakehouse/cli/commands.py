"""The one table of commands: a command's module is imported when it is used, so that `--help` and errors are quick."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click


@dataclass(frozen=True)
class Entry:
    """A command: `MODULE:ATTRIBUTE`, and the line that the list of commands shows. `alias` names the command it is short for."""

    where: str
    summary: str
    alias: str = ""


COMMANDS: Mapping[str, Entry] = {
    "run": Entry("bakehouse.cli.run:run", "Run a pipeline here and now, and watch it."),
    "plan": Entry("bakehouse.cli.run:plan", "What a run would do: what runs, what is reused, what is not known yet."),
    "compile": Entry("bakehouse.cli.compile:compile_file", "Compile a Python file to the YAML that KFP takes."),
    "lint": Entry("bakehouse.cli.lint:lint", "What of a pipeline will hurt when it runs."),
    "init": Entry("bakehouse.cli.init:init", "Make a project to start from: a pipeline, its tests, a README."),
    "runs": Entry("bakehouse.cli.runs:runs", "Look at runs, read their logs, end, repeat and delete them."),
    "replay": Entry("bakehouse.cli.replay:replay", "Run a step of a run again as it was recorded, under a debugger if wanted."),
    "artifacts": Entry("bakehouse.cli.artifacts:artifacts", "Look at artifacts, fetch copies of them."),
    "cache": Entry("bakehouse.cli.cache:cache", "See why steps are reused or not; list and invalidate results."),
    "env": Entry("bakehouse.cli.env:env", "Look at the environments of steps, delete and refresh them."),
    "gc": Entry("bakehouse.cli.gc:gc", "Delete old runs, and files that nothing names any more."),
    "demo": Entry("bakehouse.cli.run:demo", "Run the example: recognise handwritten digits."),
    "server": Entry("bakehouse.cli.server:server", "Show runs in the browser, answer KFP's API, drive runs."),
    "token": Entry("bakehouse.cli.token:token", "The token that a server asks for where others can reach it."),
    "doctor": Entry("bakehouse.cli.doctor:doctor", "What runs here, what is missing, and what to do about it."),
    "db": Entry("bakehouse.cli.db:db", "Back up, restore and upgrade the records."),
    "engine": Entry("bakehouse.cli.engine:engine", "Drive the runs of this home that nobody drives."),
}

RUNS: Mapping[str, Entry] = {
    "list": Entry("bakehouse.cli.runs:list_runs", "The newest runs."),
    "show": Entry("bakehouse.cli.runs:show", "One run: its steps, metrics, outputs and errors."),
    "logs": Entry("bakehouse.cli.runs:logs", "What the steps of a run printed."),
    "metrics": Entry("bakehouse.cli.metrics:metrics", "What the steps of a run measured, series too, while it runs or after."),
    "terminate": Entry("bakehouse.cli.runs:terminate", "End a run: its running steps are stopped, nothing new starts."),
    "cancel": Entry("bakehouse.cli.runs:terminate", "The same as terminate.", alias="terminate"),
    "retry": Entry("bakehouse.cli.runs:retry", "Run again what did not succeed of a run that is over."),
    "succeed": Entry("bakehouse.cli.runs:succeed", "Mark a failed step as succeeded, and say what it gave."),
    "clone": Entry("bakehouse.cli.runs:clone", "Start a run like another."),
    "tag": Entry("bakehouse.cli.tags:tag", "Say something of a run, to find it by."),
    "pin": Entry("bakehouse.cli.pins:pin", "Keep a run, and what it needs, from being deleted."),
    "unpin": Entry("bakehouse.cli.pins:unpin", "Let a run be deleted again."),
    "delete": Entry("bakehouse.cli.runs:delete", "Delete a run that is over; artifacts that others use stay."),
}

DB: Mapping[str, Entry] = {
    "backup": Entry("bakehouse.cli.db:backup", "Write all records into a file."),
    "restore": Entry("bakehouse.cli.db:restore", "Put a backup in the place of all records."),
    "upgrade": Entry("bakehouse.cli.db:upgrade", "Bring the records up to date."),
}

ARTIFACTS: Mapping[str, Entry] = {
    "show": Entry("bakehouse.cli.artifacts:show", "Where an artifact lies, what is known of it, who made it and who took it."),
    "download": Entry("bakehouse.cli.artifacts:download", "Copy an artifact, or a file in it."),
    "link": Entry("bakehouse.cli.artifacts:link", "A link to a file in an object store that needs no credentials."),
}

CACHE: Mapping[str, Entry] = {
    "explain": Entry("bakehouse.cli.cache:explain", "Why a step was a hit or a miss."),
    "list": Entry("bakehouse.cli.cache:list_entries", "The results that can be reused."),
    "invalidate": Entry("bakehouse.cli.cache:invalidate", "Offer results no more: their steps run again."),
}

ENV: Mapping[str, Entry] = {
    "list": Entry("bakehouse.cli.env:list_environments", "What is installed for steps, how much room it takes, when it was used."),
    "prune": Entry("bakehouse.cli.env:prune", "Delete environments that were not used for long."),
    "refresh": Entry("bakehouse.cli.env:refresh", "Build environments anew, with the packages that there are now."),
}

GC: Mapping[str, Entry] = {
    "policy": Entry("bakehouse.cli.gc_policy:policy", "Say which runs go by themselves."),
}

POLICY: Mapping[str, Entry] = {
    "set": Entry("bakehouse.cli.gc_policy:set_policy", "Let runs go by themselves, by age and number."),
    "list": Entry("bakehouse.cli.gc_policy:list_policies", "The policies there are."),
    "remove": Entry("bakehouse.cli.gc_policy:remove", "Let no run go by itself any more."),
}

#: The second half of a command: what it imports only once it knows that it is needed.
PARTS: Mapping[str, str] = {
    "running": "bakehouse.cli.running",
    "planning": "bakehouse.cli.planning",
    "compiling": "bakehouse.cli.compiling",
    "travelling": "bakehouse.app.travelling",
    "carrying": "bakehouse.compiler.carrying",
    "linting": "bakehouse.cli.linting",
    "driving": "bakehouse.app.driving",
    "keeping": "bakehouse.app.keeping",
    "serving": "bakehouse.app.serving",
    "reading": "bakehouse.cli.reading",
    "caching": "bakehouse.cli.caching",
    "again": "bakehouse.cli.again",
    "fetching": "bakehouse.cli.fetching",
    "marking": "bakehouse.cli.marking",
    "measuring": "bakehouse.cli.measuring",
    "replaying": "bakehouse.cli.replaying",
    "environments": "bakehouse.cli.environments",
    "pinning": "bakehouse.cli.pinning",
    "tagging": "bakehouse.cli.tagging",
    "collecting": "bakehouse.cli.collecting",
    "examining": "bakehouse.cli.examining",
    "live": "bakehouse.app.display.live",
}


def part(name: str) -> Any:  # a module: only its caller knows which
    """The second half of a command, imported now."""
    return importlib.import_module(PARTS[name])


class LazyGroup(click.Group):
    """A group of commands that are known by their entries until one of them is used."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry] | None = None, **kwargs: Any) -> None:  # click's own signature
        super().__init__(*args, **kwargs)
        self.entries = entries or {}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Without a command the list of commands is what was asked for."""
        if not args:
            click.echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        del ctx
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, its module imported."""
        del ctx
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.where.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, out of the table: nothing is imported for it."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.entries.items()])
