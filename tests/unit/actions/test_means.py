"""What a pipeline can be run with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bakehouse.actions import means
from bakehouse.actions.context import Caller, Context
from bakehouse.errors import Problem
from bakehouse.ir import text
from bakehouse.ir.spec import PipelineSpec
from bakehouse.orchestrator.ports import RunnerKind
from bakehouse.storage.local import LocalStore
from tests.unit.ir.samples import PIPELINE

NONE = Problem("nothing answers", None, "Start it.")
PYTHON = {"image": "python:3.11", "command": ["sh", "-ec", "python3 -m kfp.dsl.executor_main", "def f(): ..."]}
ARGS = {"args": ["--executor_input", "{{$}}", "--function_to_execute", "f"]}


def pipeline(container: dict[str, Any]) -> PipelineSpec:
    """Two steps that are this container."""
    spec = yaml.safe_load(PIPELINE)
    spec["deploymentSpec"]["executors"] = {key: {"container": container} for key in ("exec-make", "exec-use")}
    return text.read(yaml.safe_dump(spec)).spec


def context(engine: Problem | None) -> Context:
    """Of a machine whose container engine is there, or is missing for this reason."""
    records: Any = None  # nothing is read
    return Context(Caller("ann"), records, LocalStore(), Path("/nowhere"), containers=lambda: engine)


MIXED, PLAIN = pipeline({"image": "busybox", "command": ["x"]}), pipeline({**PYTHON, **ARGS})


@pytest.mark.parametrize(
    ("spec", "runner", "engine", "refused"),
    [
        (PLAIN, RunnerKind.LOCAL, NONE, 0),
        (PLAIN, RunnerKind.AUTO, NONE, 0),
        (PLAIN, RunnerKind.CONTAINER, NONE, 1),
        (PLAIN, RunnerKind.CONTAINER, None, 0),
        (MIXED, RunnerKind.LOCAL, None, 2),
        (MIXED, RunnerKind.AUTO, None, 0),
        (MIXED, RunnerKind.CONTAINER, None, 0),
        (MIXED, RunnerKind.AUTO, NONE, 3),
        (MIXED, RunnerKind.CONTAINER, NONE, 3),
    ],
)
def test_containers_need_an_engine(spec: PipelineSpec, runner: RunnerKind, engine: Problem | None, refused: int) -> None:
    """Where it is missing, each step that needs it is named, and last why it is missing and what to do."""
    found = means.refusals(context(engine), spec, runner)
    assert len(found) == refused
    if engine is not None and found:
        assert found[-1] is engine
        assert {one.remedy for one in found} == {"Start it."}


@pytest.mark.parametrize(
    ("spec", "runner", "recorded"),
    [
        (PLAIN, RunnerKind.AUTO, RunnerKind.LOCAL),
        (PLAIN, RunnerKind.CONTAINER, RunnerKind.CONTAINER),
        (MIXED, RunnerKind.AUTO, RunnerKind.AUTO),
        (MIXED, RunnerKind.LOCAL, RunnerKind.LOCAL),
    ],
)
def test_what_is_recorded(spec: PipelineSpec, runner: RunnerKind, recorded: RunnerKind) -> None:
    """An older Bakehouse, too, can drive a run that needs no containers."""
    assert means.recorded(spec, runner) is recorded


def test_an_installation_says_what_is_meant_by_no_runner() -> None:
    """Whoever names one gets that one; in a cluster nothing of a pipeline is refused for want of a container engine."""
    made = replace(context(NONE), runner=RunnerKind.KUBERNETES, cluster=lambda: None)
    assert means.chosen(made, RunnerKind.AUTO) is RunnerKind.KUBERNETES
    assert means.chosen(made, RunnerKind.LOCAL) is RunnerKind.LOCAL
    assert means.refusals(made, MIXED) == []
    assert means.refusals(made, pipeline({"image": "argostub/createpvc"})) == []
    assert means.refusals(context(NONE), MIXED)


def test_a_cluster_must_be_set_up() -> None:
    """For runs with that runner, whoever names it; no other run looks for one."""
    unset = Problem("nothing is set", "environment variable X", "Set it.")
    made = replace(context(None), cluster=lambda: unset)
    assert means.refusals(made, PLAIN, RunnerKind.KUBERNETES) == [unset]
    assert means.refusals(replace(made, runner=RunnerKind.KUBERNETES), PLAIN) == [unset]
    assert [means.refusals(made, MIXED, runner) for runner in (RunnerKind.AUTO, RunnerKind.CONTAINER)] == [[], []]
