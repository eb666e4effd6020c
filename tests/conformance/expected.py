"""What `expected.yaml` says of each file of KFP's: how it is run here and what comes of it, or why it is not run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator.states import RunState, TaskState

PATH = Path(__file__).parent / "expected.yaml"
SHARED = Path(__file__).parents[3] / "shared" / "conformance" / "pipelines"
_NOTHING: Mapping[str, Any] = {}  # parts of a YAML document


@dataclass(frozen=True)
class ExpectedTask:
    """What becomes of a task. `takes`, `gives` and `reused` are `None` where nothing is said; artifacts are texts or mappings."""

    states: tuple[TaskState, ...] = (TaskState.SUCCEEDED,)
    takes: JsonObject | None = None
    gives: JsonObject | None = None
    prints: tuple[str, ...] = ()
    why: str = ""
    error: str = ""
    reused: bool | None = None


@dataclass(frozen=True)
class Findings:
    """What is found when a run is over. `steps` and `outputs` are `None` where nothing is said."""

    steps: Mapping[TaskState, int] | None = None
    outputs: JsonObject | None = None
    tasks: Mapping[str, ExpectedTask] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One way in which a pipeline that throws dice may go: what is found `when` tasks give this as their `Output`."""

    when: Mapping[str, tuple[Json, ...]]
    findings: Findings


@dataclass(frozen=True)
class ExpectedRun:
    """A run of a file: what it is given, how it ends, what is found then. `again`: how many steps of a second one are reused, if that is said."""

    parameters: JsonObject
    use_cache: bool
    nested_lists: bool
    state: RunState
    findings: Findings
    cases: tuple[Case, ...]
    at_most: Mapping[str, int]
    again: int | None = None
    keep_going: bool = False


@dataclass(frozen=True)
class ExpectedFile:
    """A file and its runs. `path` is its name, `pipeline` that of the one of several. `needs` are packages from an index.

    `not_on` says for a runner what is missing there, `not_run` what is missing everywhere; `elsewhere` are its runs where steps are not
    processes, if these are others.
    """

    path: str
    source: Path
    not_run: str
    needs: tuple[str, ...]
    runs: tuple[ExpectedRun, ...]
    not_on: Mapping[str, str]
    elsewhere: tuple[ExpectedRun, ...]
    pipeline: str | None = None

    def is_run_on(self, runner: str) -> bool:
        """Whether it is run on this runner: `local`, `container` or `kubernetes`."""
        return not self.not_run and runner not in self.not_on

    def runs_on(self, runner: str) -> tuple[ExpectedRun, ...]:
        """Its runs on a runner."""
        return self.elsewhere if self.elsewhere and runner != "local" else self.runs


@lru_cache(maxsize=1)
def files() -> Mapping[str, ExpectedFile]:
    """All files by their path below ../shared/conformance/pipelines."""
    said = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    return {path: _file(path, one) for path, one in said.items()}


def _file(path: str, said: Mapping[str, Any]) -> ExpectedFile:
    runs, elsewhere = (tuple(_run(one) for one in said.get(key, ())) for key in ("runs", "elsewhere"))
    return ExpectedFile(path, SHARED / path, said.get("not_run", ""), tuple(said.get("needs", ())), runs, said.get("not_on", _NOTHING), elsewhere)


def _run(said: Mapping[str, Any]) -> ExpectedRun:
    options = said.get("options", _NOTHING)
    return ExpectedRun(
        parameters=said.get("parameters", {}),
        use_cache=options.get("use_cache", False),
        nested_lists=options.get("nested_lists", False),
        state=RunState(said.get("state", "SUCCEEDED")),
        findings=_findings(said),
        cases=tuple(Case({task: _any_of(value) for task, value in one["when"].items()}, _findings(one)) for one in said.get("cases", ())),
        at_most=said.get("at_most", {}),
        again=said.get("again"),
    )


def _any_of(value: Json) -> tuple[Json, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


def _findings(said: Mapping[str, Any]) -> Findings:
    steps = said.get("steps")
    return Findings(
        steps=None if steps is None else {TaskState(state): number for state, number in steps.items()},
        outputs=said.get("outputs"),
        tasks={path: _task(one) for path, one in said.get("tasks", _NOTHING).items()},
    )


def _task(said: Mapping[str, Any]) -> ExpectedTask:
    return ExpectedTask(
        states=tuple(TaskState(str(one)) for one in _any_of(said.get("state", "SUCCEEDED"))),
        takes=said.get("takes"),
        gives=said.get("gives"),
        prints=tuple(said.get("prints", ())),
        why=said.get("why", ""),
        error=said.get("error", ""),
        reused=said.get("reused"),
    )
