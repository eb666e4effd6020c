"""Writes what is generated of docs/reference: commands, states, errors, the author's functions, the REST API. `make docs` runs it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import TypeVar

import click
import public_names
import rest_api

import bakehouse
import conformance
from bakehouse.cli import root
from bakehouse.cli.commands import LazyGroup
from bakehouse.errors import BakehouseError
from bakehouse.orchestrator.states import FINAL_RUN_STATES, FINAL_TASK_STATES, RUN_MOVES, TASK_MOVES, RunState, TaskState

State = TypeVar("State", bound=Enum)
Move = TypeVar("Move", bound=Enum)

REFERENCE = Path(__file__).resolve().parent / "reference"
_NOTE = "<!-- Written by docs/generate.py; `make docs` writes it anew. -->"

# ---------------------------------------------------------------- states

_TASKS: Mapping[TaskState, str] = {
    TaskState.WAITING: "Something upstream is not over yet.",
    TaskState.PREPARING: "Its environment is found or built, and the cache is asked; an equal step that runs already is waited for.",
    TaskState.QUEUED: "It could start, but all slots are taken.",
    TaskState.RUNNING: "An attempt has been launched.",
    TaskState.BACKING_OFF: "An attempt failed; the next one comes after a pause.",
    TaskState.SUCCEEDED: "It gave what it declares, now or in an earlier run whose result is used.",
    TaskState.FAILED: "It failed for good.",
    TaskState.SKIPPED: "It did not start, because something else did not succeed.",
    TaskState.CANCELED: "It was stopped, or never started, because the run was to end.",
}
_RUNS: Mapping[RunState, str] = {
    RunState.PENDING: "It is recorded; no engine has taken it yet.",
    RunState.RUNNING: "An engine drives it.",
    RunState.CANCELING: "Nothing new starts; running steps are being stopped.",
    RunState.SUCCEEDED: "All that had to succeed has.",
    RunState.FAILED: "A task failed for good.",
    RunState.CANCELED: "It was ended on request.",
}


def states() -> str:
    """The tables of `orchestrator/states.py`, in words and as diagrams."""
    parts = [
        "# States", "", _NOTE, "",
        "Drawn from the tables in `orchestrator/states.py`: what is not in them cannot happen.", "",
        "## Tasks", "", *_meanings(_TASKS), "", *_diagram("WAITING", TASK_MOVES, FINAL_TASK_STATES), "",
        "## Runs", "", *_meanings(_RUNS), "", *_diagram("PENDING", RUN_MOVES, FINAL_RUN_STATES),
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _meanings(words: Mapping[State, str]) -> Iterator[str]:
    yield "| state | what it means |"
    yield "|---|---|"
    yield from (f"| `{state.value}` | {text} |" for state, text in words.items())


def _diagram(first: str, moves: Mapping[tuple[State, Move], State], final: frozenset[State]) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {first}"
    for (before, move), after in moves.items():
        yield f"    {before.value} --> {after.value}: {move.value.lower()}"
    yield from (f"    {state.value} --> [*]" for state in sorted(final, key=lambda state: str(state.value)))
    yield "```"


# ---------------------------------------------------------------- errors


def errors() -> str:
    """Every error class by station, with its code and what it means."""
    lines = [
        "# Errors", "", _NOTE, "",
        "An error has a message, a place (a file and line, a path in a spec) and a remedy. With `--output json` it is printed as",
        '`{"error": {"code", "message", "place", "remedy"}}`. The exit code is 2 for what you gave, 1 for what went wrong.', "",
        "| class | code | exit code | what happened |", "|---|---|---|---|",
    ]  # fmt: skip
    for kind in sorted(_error_classes(), key=lambda kind: (kind.__module__ != "bakehouse.errors", kind.__module__, kind.__name__)):
        said = inspect.getdoc(kind) or ""
        lines.append(f"| `{kind.__module__.removeprefix('bakehouse.')}.{kind.__name__}` | `{kind.code}` | {kind.exit_code} | {_first(said)} |")
    return "\n".join(lines) + "\n"


def _error_classes() -> set[type[BakehouseError]]:
    for module in pkgutil.walk_packages(bakehouse.__path__, "bakehouse."):
        if not module.name.startswith(("bakehouse.task", "bakehouse.__main__")) and ".migrations" not in module.name:
            importlib.import_module(module.name)
    found, new = set[type[BakehouseError]](), {BakehouseError}
    while new:
        found |= new
        new = {sub for kind in new for sub in kind.__subclasses__()} - found
    return {kind for kind in found if kind.__module__.startswith("bakehouse.")}


def _first(docstring: str) -> str:
    """Its first paragraph, fit for the cell of a table."""
    return " ".join(docstring.split("\n\n", 1)[0].split()).replace("|", "\\|")


# ---------------------------------------------------------------- command line


def cli() -> str:
    """Every command with its options, as `--help` prints them."""
    lines = [
        "# Command line", "", _NOTE, "",
        "`bakehouse COMMAND --help` prints the same. Exit codes: 0 succeeded, 1 failed, 2 usage, 130 cancelled.",
    ]  # fmt: skip
    for context, alias in _commands(click.Context(root.root, info_name="bakehouse", **root.root.context_settings)):
        shown = [f"The same as `{alias}`."] if alias else ["```text", _help(context), "```"]
        lines += ["", f"## `{context.command_path}`", "", *shown]
    return "\n".join(lines) + "\n"


def _commands(context: click.Context, alias: str = "") -> Iterator[tuple[click.Context, str]]:
    """The command of the context and all below it; with each the name of the command that it is an alias of, mostly none."""
    yield context, alias
    group = context.command
    if isinstance(group, LazyGroup):
        for name, entry in group.entries.items():
            inner = group.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _commands(click.Context(inner, info_name=name, parent=context, **inner.context_settings), entry.alias)


def _help(context: click.Context) -> str:
    # As on a terminal that is wide enough: click leaves two columns of it free.
    context.terminal_width = (context.max_content_width or _WIDE) - 2
    text = context.command.get_help(context)
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).strip()


_WIDE = 80  # characters; click's own limit
PAGES: Mapping[str, Callable[[], str]] = {
    "cli.md": cli,
    "client.md": public_names.client_page,
    "components.md": public_names.components_page,
    "conformance.md": conformance.page,
    "dsl.md": public_names.dsl_page,
    "errors.md": errors,
    "kubernetes.md": public_names.kubernetes_page,
    "local.md": public_names.local_page,
    "states.md": states,
    "openapi.json": rest_api.openapi,
    rest_api.PAGE: rest_api.page,
    rest_api.MESSAGES: rest_api.messages,
}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
