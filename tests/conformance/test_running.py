"""Files that released versions of KFP's SDK compiled end as their sources intend: `expected.yaml` says how."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bakehouse.actions import logs, runs
from bakehouse.actions.context import Context
from bakehouse.app import loaded, loading, wiring
from bakehouse.app.driving import Drive
from bakehouse.app.settings import Settings
from bakehouse.ir import executors, platforms
from bakehouse.ir.execution import Artifact, AttemptId, Outputs
from bakehouse.ir.spec import PipelineFile
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator.plan import Node, TaskKind, plan
from bakehouse.orchestrator.ports import RunnerKind, RunOptions
from bakehouse.orchestrator.states import FINAL_TASK_STATES, TaskState
from bakehouse.records.engines import EngineLock
from bakehouse.records.views import RunView, TaskView
from tests.conformance import expected
from tests.conformance.expected import ExpectedFile, ExpectedRun, ExpectedTask, Findings

SHARED = Path(__file__).parents[3] / "shared" / "conformance" / "pipelines"
#: Some files need packages: they are run where a package index may be asked.
INDEX = bool(os.environ.get("BAKEHOUSE_TEST_INDEX"))
RUN = [one for one in expected.files().values() if one.runs and (INDEX or not one.needs)]
NOT_RUN = [one for one in expected.files().values() if one.not_run]
LIMIT = 240  # seconds that a run may take; the longest has 41 steps

needs_files = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/conformance is not beside this repository")


@dataclass(frozen=True)
class Bench:
    """A home that all files of a session share."""

    settings: Settings
    context: Context
    runner: RunnerKind = RunnerKind.AUTO

    def run(self, file: Path, how: ExpectedRun) -> RunView:
        """Run a file to its end."""
        submission = runs.Submission(
            pipeline=loaded.finish(loading.start(file)).file,
            parameters=how.parameters,
            options=RunOptions(self.runner, use_cache=how.use_cache, nested_lists=how.nested_lists),
        )
        run_id = runs.create(self.context, submission)
        drive = Drive(self.settings, self.context, run_id, wiring.unobserved, EngineLock.acquire(self.settings.home))
        drive.start()
        try:
            over = drive.wait(LIMIT)
        finally:
            drive.leave()
        view = runs.get(self.context, run_id)
        assert over, f"not over after {LIMIT} s: {[(task.id, task.state.value, task.why) for task in view.tasks if not _is_over(task)]}"
        return view


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One home, and its records open."""
    settings = Settings(home=tmp_path_factory.mktemp("conformance") / "home", slots=4)
    with wiring.opened(settings) as context:
        yield Bench(settings, context)


@needs_files
def test_every_file_is_judged() -> None:
    """Each file has its line in `expected.yaml`: it is run, or there is a reason."""
    assert {str(path.relative_to(SHARED)) for path in SHARED.rglob("*.yaml")} == set(expected.files())
    undecided = [one.path for one in expected.files().values() if bool(one.runs) == bool(one.not_run)]
    assert undecided == []


@needs_files
@pytest.mark.parametrize("file", NOT_RUN, ids=[one.path for one in NOT_RUN])
def test_a_file_that_is_not_run_needs_what_is_said(file: ExpectedFile) -> None:
    """What needs a container engine is refused before anything starts; what needs a cluster has settings for one."""
    found = loaded.finish(loading.start(SHARED / file.path)).file
    reasons = {
        "a container engine": bool(executors.refusals(found.spec)),
        "Kubernetes": bool(platforms.kubernetes(found)),
        "the network": any(one.program and one.program.requirements for one in _steps(found)),
        "an artifact as input": bool(found.spec.root.inputs.artifacts),
    }
    assert [reason for reason, is_true in reasons.items() if is_true and file.not_run.startswith(reason)] != []


def _steps(file: PipelineFile) -> list[Node]:
    whole = plan(file.spec)
    return [node for dag in (whole.root, *whole.dags.values()) for node in dag.nodes.values()]


@needs_files
@pytest.mark.parametrize("file", RUN, ids=[one.path for one in RUN])
def test_a_file_ends_as_its_source_intends(file: ExpectedFile, bench: Bench) -> None:
    """Its state, what it gives, what its tasks take, give and print; and no task is left without an end or without a reason."""
    for how in file.runs:
        judge(file, how, bench.run(SHARED / file.path, how), bench)


def judge(file: ExpectedFile, how: ExpectedRun, view: RunView, bench: Bench) -> None:
    """Fail where the run is not as it should be."""
    assert (view.summary.state, view.error if view.error and view.summary.state is not how.state else None) == (how.state, None)
    tasks = {str(task.id): task for task in view.tasks}
    _nothing_is_left(view)
    _check(bench.context, view, how.findings)
    for loop, limit in how.at_most.items():
        assert _most_at_once([task for task in view.tasks if task.kind is TaskKind.ITERATION and task.parent == loop]) <= limit, loop
    chosen = [case for case in how.cases if all(path in tasks and _given(tasks[path]) in values for path, values in case.when.items())]
    assert len(chosen) == bool(how.cases), f"of the cases of {file.path}, {len(chosen)} are true"
    for case in chosen:
        _check(bench.context, view, case.findings)


def _given(task: TaskView) -> Json:
    return task.outputs.parameters.get("Output") if task.outputs else None


def _is_over(task: TaskView) -> bool:
    return task.state in FINAL_TASK_STATES


def _nothing_is_left(view: RunView) -> None:
    """Every task is over; those that did not run say why, and those that failed say of what."""
    assert [task.id for task in view.tasks if not _is_over(task)] == []
    assert [task.id for task in view.tasks if task.state is TaskState.SKIPPED and not task.why] == []
    assert [task.id for task in view.tasks if task.state is TaskState.FAILED and not (task.error and task.error.message)] == []
    assert view.error is None or view.error.message


def _check(context: Context, view: RunView, findings: Findings) -> None:
    if findings.steps is not None:
        assert Counter(task.state for task in view.steps) == Counter(findings.steps)
    if findings.outputs is not None:
        _same(findings.outputs, view.outputs)
    tasks: Mapping[str, TaskView] = {str(task.id): task for task in view.tasks}
    for path, wanted in findings.tasks.items():
        assert path in tasks, f"{path} is not among {sorted(tasks)}"
        _check_task(context, view, tasks[path], wanted)


def _check_task(context: Context, view: RunView, task: TaskView, wanted: ExpectedTask) -> None:
    assert task.state in wanted.states, (task.id, task.why, task.error)
    assert wanted.why in task.why, task.id
    if wanted.error:
        assert task.error is not None
        assert wanted.error in task.error.message, task.id
    if wanted.takes is not None:
        _holds(wanted.takes, Outputs(task.inputs, {name: tuple(group) for name, group in task.input_artifacts.items()}), str(task.id))
    if wanted.gives is not None:
        _holds(wanted.gives, task.outputs or Outputs(), str(task.id))
    if wanted.reused is not None:
        assert (task.cached_from is not None) is wanted.reused, task.id
    if wanted.prints:
        printed = logs.part(context, AttemptId(view.summary.id, task.id, task.attempt), limit=logs.LARGEST_PIECE).text.splitlines()
        missing = [line for line in wanted.prints if not any(re.fullmatch(line, one) for one in printed)]
        assert missing == [], (task.id, printed)


# ---------------------------------------------------------------- values


def _same(wanted: JsonObject, found: Outputs | None) -> None:
    """All that is wanted is there, and nothing else."""
    given = found or Outputs()
    assert {*given.parameters, *given.artifacts} == set(wanted)
    _holds(wanted, given, "the pipeline")


def _holds(wanted: JsonObject, found: Outputs, where: str) -> None:
    """All that is wanted is there; nothing is wanted: nothing is there."""
    if not wanted:
        assert ({*found.parameters}, {*found.artifacts}) == (set(), set()), where
    for name, value in wanted.items():
        if name in found.artifacts:
            _artifacts(value, found.artifacts[name], f"{where}: {name}")
        else:
            assert name in found.parameters, f"{where}: {name} is not there"
            assert _typed(found.parameters[name]) == _typed(value), f"{where}: {name}"


def _typed(value: Json) -> str:
    """Told apart are 1, 1.0 and true."""
    if isinstance(value, dict):
        return repr(sorted((key, _typed(one)) for key, one in value.items()))
    return repr([_typed(one) for one in value]) if isinstance(value, list) else repr(value)


def _artifacts(wanted: Json, found: Sequence[Artifact], where: str) -> None:
    each = wanted if isinstance(wanted, list) else [wanted]
    assert len(found) == len(each), where
    for one, artifact in zip(each, found, strict=True):
        _artifact(one, artifact, where)


def _artifact(wanted: Json, artifact: Artifact, where: str) -> None:
    said: JsonObject = {"text": wanted} if isinstance(wanted, str) else wanted
    for key, value in said.items():
        match key:
            case "text":
                assert Path(artifact.uri).read_text(encoding="utf-8") == value, where
            case "begins":
                assert Path(artifact.uri).read_text(encoding="utf-8").startswith(value), where
            case "type":
                assert artifact.type.schema_title == value, where
            case "uri":
                assert artifact.uri == value, where
            case "metadata":
                for name, one in value.items():
                    assert name in artifact.metadata, where
                    _number_or(one, artifact.metadata[name], where)
            case _:
                pytest.fail(f"{where}: an artifact has no {key}")


def _number_or(wanted: Json, found: Json, where: str) -> None:
    if isinstance(wanted, dict) and "within" in wanted:
        least, most = wanted["within"]
        assert least <= found <= most, where
    else:
        assert _typed(found) == _typed(wanted), where


def _most_at_once(rounds: Sequence[TaskView]) -> int:
    """How many rounds ran at the same time. One that ends at the moment when another begins does not run with it."""
    moments = [(one.started_at, 1) for one in rounds if one.started_at] + [(one.finished_at, -1) for one in rounds if one.finished_at]
    assert len(moments) == 2 * len(rounds) > 0
    running = most = 0
    for _, step in sorted(moments):
        running += step
        most = max(most, running)
    return most
