"""Each file twice on a runner, and what is the same of it wherever it runs: states, parameters, the content of artifacts, what is reused."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from bakehouse.ir.execution import Outputs
from bakehouse.ir.values import Json
from bakehouse.orchestrator.states import TaskState
from bakehouse.records.views import RunView, TaskView
from tests.conformance import expected, own
from tests.conformance.bench import Bench
from tests.conformance.expected import ExpectedFile, ExpectedRun
from tests.conformance.judging import judge, typed

#: One file for each kind of construct; BAKEHOUSE_TEST_MATRIX=all takes every file.
CHOSEN = (
    "collected_artifacts.yaml",  # artifacts of loops in loops, and pipelines in them
    "conditional_producer_and_consumers.yaml",  # branches in a loop, one of which is not taken
    "critical/artifact_cache.yaml",
    "critical/pipeline_with_workspace.yaml",
    "container_with_if_placeholder.yaml",  # container components with placeholders
    "critical/producer_consumer_param_pipeline.yaml",
    "critical/two_step_pipeline_containerized.yaml",
    "essential/lightweight_python_functions_pipeline.yaml",  # each type of parameter
    "local_execution/local_execution_pipeline_with_exit_handler.yaml",
    "parallel_and_nested/nested_parallel_for_secret.yaml",
    "parallel_and_nested/nested_pipeline_opt_inputs_nil_compiled.yaml",
    "pipeline_with_dynamic_importer_metadata.yaml",
    "pipeline_with_task_using_ignore_upstream_failure.yaml",
    "pipeline_with_volume.yaml",
    "nested",
    "tried-again",
)
#: What the files find in their secrets.
SECRETS = {
    "test-secret-1": {"username": "user1", "password": "psw1"},
    "test-secret-2": {"password": "psw1"},
    "test-secret-3": {"password": "psw2"},
}
#: What `CreatePVC` puts before the suffix of a claim.
_CLAIM = re.compile(r"^bh-[0-9a-f]{12}(?=-)")
ALL = os.environ.get("BAKEHOUSE_TEST_MATRIX") == "all"


def files(runner: str) -> list[ExpectedFile]:
    """The files that are run twice on a runner."""
    everything = (*expected.files().values(), *own.files())
    return [one for one in everything if one.is_run_on(runner) and not one.needs and (ALL or one.path in CHOSEN)]


@dataclass(frozen=True)
class Seen:
    """What can be told of a task without saying where it ran. `gives`: values, and for artifacts what they hold."""

    state: TaskState
    gives: Mapping[str, str]


@dataclass(frozen=True)
class Twice:
    """A file was run without the cache, and then again with it, in the same home."""

    first: RunView
    second: RunView

    @property
    def reused(self) -> dict[str, bool]:
        """Of the steps that the second run has: whether it took what the first one gave."""
        return {str(task.id): task.cached_from is not None for task in self.second.steps if task.state is not TaskState.SKIPPED}


def twice(file: ExpectedFile, bench: Bench, how: ExpectedRun) -> Twice:
    """Run a file twice."""
    first, second = (bench.run(file, replace(how, use_cache=cached)) for cached in (False, True))
    return Twice(first, second)


def check(file: ExpectedFile, how: ExpectedRun, found: Twice, bench: Bench) -> None:
    """The first run is as it should be, and the second one gives the same, with as much reused as is said. Dice may fall otherwise."""
    judge(file, how, found.first, bench.context)
    if how.cases:
        judge(file, how, found.second, bench.context)
    else:
        assert list(_differences(_seen(found.first), _seen(found.second), _either(how))) == []
    if how.again is not None:
        assert sum(found.reused.values()) == how.again, found.reused


def compare_with_local(file: ExpectedFile, found: Twice, local: Bench) -> None:
    """What processes of this machine do is the same: in the first run, and in what the second one reuses.

    Of dice only the latter, where they fell alike; nothing of a file that is not run locally, or not in the same way.
    """
    if not file.is_run_on("local") or file.elsewhere:
        return
    how = file.runs[0]
    there, either = twice(file, local, how), _either(how)
    check(file, how, there, local)
    if not how.cases:
        assert list(_differences(_seen(there.first), _seen(found.first), either)) == []
    both = (there.reused.keys() & found.reused.keys()) - either
    assert {one: found.reused[one] for one in both} == {one: there.reused[one] for one in both}


def _either(how: ExpectedRun) -> set[str]:
    """The tasks that may end in one state or another."""
    return {path for path, task in how.findings.tasks.items() if len(task.states) > 1}


def _differences(one: Mapping[str, Seen], other: Mapping[str, Seen], but: set[str]) -> Iterator[tuple[str, Seen | None, Seen | None]]:
    for path in sorted((one.keys() | other.keys()) - but):
        if one.get(path) != other.get(path):
            yield path, one.get(path), other.get(path)


def _seen(view: RunView) -> dict[str, Seen]:
    found = {str(task.id): Seen(task.state, _gives(task)) for task in view.tasks}
    return {**found, "": Seen(TaskState(view.summary.state.value), _held(view.outputs or Outputs()))}


def _gives(task: TaskView) -> Mapping[str, str]:
    return _held(task.outputs or Outputs())


def _held(outputs: Outputs) -> Mapping[str, str]:
    values = {name: typed(_lasting(value)) for name, value in outputs.parameters.items()}
    held = {name: " ".join(f"{one.type.schema_title}:{one.digest}" for one in group) for name, group in outputs.artifacts.items()}
    return {**values, **held}


def _lasting(value: Json) -> Json:
    """A value without what is another one in each run: the folder of a file whose path a step gives, the beginning of the name of a claim."""
    if not isinstance(value, str):
        return value
    return PurePosixPath(value).name if value.startswith("/") else _CLAIM.sub("", value)
