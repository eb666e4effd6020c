"""What a run must come to, worked out without events: one pass over the pipeline, upstream before downstream, groups by recursion.

Nothing of the orchestrator's own reading of a pipeline is used here. With `keep_going`, or if nothing fails, the pass says exactly
what becomes of every task. Without, what has started when something fails depends on the order of events: then `ended` says which
tasks were held back, and the pass checks that each of them could be, and says all the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from bakehouse.ir.execution import INFRASTRUCTURE, Cause, Ending, TaskId
from bakehouse.ir.spec import (
    ArtifactIterator,
    ArtifactSource,
    Component,
    ComponentInputArtifact,
    ComponentInputParameter,
    Constant,
    Dag,
    Importer,
    OutputSelector,
    ParameterIterator,
    ParameterSource,
    PipelineFile,
    PipelineSpec,
    RetryPolicy,
    RuntimeParameter,
    Task,
    TaskFinalStatus,
    TaskOutputArtifact,
    TaskOutputParameter,
    TriggerStrategy,
)
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.states import TaskState
from tests.unit.orchestrator.outcomes import Outcomes, artifact_id, given

_ABSENT = object()
_MOST_INFRASTRUCTURE_RETRIES = 5
Artifacts = Mapping[str, tuple[str, ...]]
#: Part of a condition, as `graphs` writes it: `!(int(inputs.parameter_values['c']) > 3)`.
_CLAUSE = re.compile(r"^(!)?\(?(?:int\()?inputs\.parameter_values\['(\w+)'\]\)? (==|!=|>) ('\w+'|\d+|true|false)\)?$")


@dataclass(frozen=True)
class Result:
    """What became of a task, and what it gave: artifacts by their ids. `left_out` are outputs whose makers, inside a group, were skipped."""

    state: TaskState
    parameters: JsonObject = field(default_factory=dict)
    artifacts: Artifacts = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()


_SKIPPED, _FAILED = Result(TaskState.SKIPPED), Result(TaskState.FAILED)


@dataclass
class _Scope:
    """A DAG that is run: its inputs, and the results of its tasks so far."""

    id: str
    dag: Dag
    parameters: JsonObject
    artifacts: Artifacts
    results: dict[str, Result] = field(default_factory=dict)
    held_back: set[str] = field(default_factory=set)  # not started, or not tried again, since something had failed


@dataclass
class Reference:
    """One pass over a pipeline; afterwards `states`, `inputs` and `attempts` hold what it found.

    `kept` are steps that succeeded before the run was retried; `ended` are the final states of a run that stopped at a failure,
    `unlucky` its attempts that failed for a reason that the outcomes do not know (their engine died before it started them).
    """

    file: PipelineFile
    outcomes: Outcomes
    options: RunOptions
    kept: frozenset[TaskId] = frozenset()
    ended: Mapping[TaskId, TaskState] | None = None
    unlucky: frozenset[TaskId] = frozenset()
    states: dict[TaskId, TaskState] = field(default_factory=dict)
    inputs: dict[TaskId, tuple[JsonObject, Artifacts]] = field(default_factory=dict)
    attempts: dict[TaskId, int] = field(default_factory=dict)

    @property
    def spec(self) -> PipelineSpec:
        """The pipeline without what platforms want."""
        return self.file.spec

    def run(self, parameters: JsonObject) -> Result:
        """What the pipeline comes to."""
        declared = self.spec.root.inputs.parameters
        defaults = {name: one.default for name, one in declared.items() if one.default is not None}
        return self._dag("", self.spec.root, {**defaults, **parameters}, {})

    # ------------------------------------------------------------ DAGs

    def _dag(self, scope_id: str, component: Component, parameters: JsonObject, artifacts: Artifacts) -> Result:
        scope = _Scope(scope_id, component.dag or Dag(), parameters, artifacts)
        for name in scope.dag.tasks:
            self._result(scope, name)
        failed = {name for name, one in scope.results.items() if one.state is TaskState.FAILED}
        assert not scope.held_back or failed - scope.held_back, f"{scope.held_back} of {scope_id!r} were held back, but nothing had failed there"
        return self._given(scope, TaskState.FAILED if failed else TaskState.SUCCEEDED)

    def _given(self, scope: _Scope, state: TaskState) -> Result:
        """The outputs of a DAG: of several candidates the first that is there."""
        parameters: dict[str, Json] = {}
        artifacts: dict[str, tuple[str, ...]] = {}
        outputs = scope.dag.outputs
        for name, selectors in outputs.parameters.items():
            for key, made in _candidates(scope, selectors):
                if key in made.parameters:
                    parameters.setdefault(name, made.parameters[key])
        for name, selectors in outputs.artifacts.items():
            for key, made in _candidates(scope, selectors):
                if key in made.artifacts:
                    artifacts.setdefault(name, made.artifacts[key])
        if state is not TaskState.SUCCEEDED:
            parameters, artifacts = {}, {}
        missing = [name for name in (*outputs.parameters, *outputs.artifacts) if name not in parameters and name not in artifacts]
        both = {**outputs.parameters, **outputs.artifacts}
        left_out = [name for name in missing if any(_is_left_out(key, made) for key, made in _candidates(scope, both[name]))]
        return Result(state, parameters, artifacts, frozenset(left_out))

    def _result(self, scope: _Scope, name: str) -> Result:
        if name not in scope.results:
            task_id = TaskId(f"{scope.id}/{name}" if scope.id else name)
            result = self._task(scope, name, task_id)
            scope.results[name] = result
            self.states[task_id] = result.state
        return scope.results[name]

    # ------------------------------------------------------------ one task

    def _task(self, scope: _Scope, name: str, task_id: TaskId) -> Result:
        task = scope.dag.tasks[name]
        component = self.spec.components[task.component]
        always = task.trigger is not None and task.trigger.strategy is TriggerStrategy.ALL_UPSTREAM_TASKS_COMPLETED
        upstream = {one: self._result(scope, one).state for one in _upstream(task)}
        if not always and not all(self._lets_run(task, component, one, state) for one, state in upstream.items()):
            return _SKIPPED
        found = self._resolved(scope, task, component)
        wanted = self._wants(task, found)
        if found is _SKIPPED or wanted is False:
            return _SKIPPED
        if not always and self._was_held_back(task_id):
            scope.held_back.add(name)
            return _SKIPPED
        return _FAILED if isinstance(found, Result) or wanted is None else self._begun(scope, task_id, task, found)

    def _begun(self, scope: _Scope, task_id: TaskId, task: Task, given_to: tuple[JsonObject, Artifacts]) -> Result:
        component = self.spec.components[task.component]
        if task.iterator is not None:
            return self._loop(task_id, task, component, *given_to)
        if component.dag is not None:
            self.inputs[task_id] = (given_to[0], {})
            return self._dag(task_id, component, *given_to)
        self.inputs[task_id] = given_to
        return self._step(scope, task_id, task, component)

    def _was_held_back(self, task_id: TaskId) -> bool:
        return self.ended is not None and self.ended.get(task_id) in {None, TaskState.SKIPPED}

    @staticmethod
    def _lets_run(task: Task, component: Component, upstream: str, state: TaskState) -> bool:
        """A task runs if all before it succeeded; one that was skipped does not matter if nothing but optional inputs are taken of it."""
        if state is not TaskState.SKIPPED:
            return state is TaskState.SUCCEEDED
        parameters = [component.inputs.parameters[key] for key, one in task.inputs.parameters.items() if _producer(one) == upstream]
        artifacts = [component.inputs.artifacts[key] for key, one in task.inputs.artifacts.items() if _producer(one) == upstream]
        optional = [one.is_optional or one.default is not None for one in parameters] + [one.is_optional for one in artifacts]
        return bool(optional) and all(optional)

    @staticmethod
    def _wants(task: Task, found: tuple[JsonObject, Artifacts] | Result) -> bool | None:
        """Whether its condition holds; `None` if it asks about a value that is not there."""
        if isinstance(found, Result) or task.trigger is None or not task.trigger.condition:
            return True
        holds: bool | None = True
        for clause in task.trigger.condition.split(" && "):
            one = _holds(clause, found[0])
            if one is False:
                return False
            holds = None if one is None else holds
        return holds

    # ------------------------------------------------------------ inputs

    def _resolved(self, scope: _Scope, task: Task, component: Component) -> tuple[JsonObject, Artifacts] | Result:
        """The inputs of a task, or that it is skipped (what makes one of them was) or fails for want of one."""
        item = task.iterator.item_input if task.iterator else None
        parameters: dict[str, Json] = {}
        artifacts: dict[str, tuple[str, ...]] = {}
        missing: list[ParameterSource | ArtifactSource | None] = []
        for name, declared in component.inputs.parameters.items():
            source = task.inputs.parameters.get(name)
            value = _ABSENT if source is None else self._parameter(scope, source)
            value = declared.default if value is _ABSENT and declared.default is not None else value
            if value is not _ABSENT:
                parameters[name] = value
            elif name != item and not declared.is_optional:
                missing.append(source)
        for name, one in component.inputs.artifacts.items():
            origin = task.inputs.artifacts.get(name)
            ids = None if origin is None else self._artifacts(scope, origin)
            if ids or (one.is_list and origin is not None):
                artifacts[name] = ids or ()
            elif name != item and not one.is_optional:
                missing.append(origin)
        if not missing:
            return parameters, artifacts
        return _SKIPPED if any(self._was_left_out(scope, source) for source in missing) else _FAILED

    @staticmethod
    def _parameter(scope: _Scope, source: ParameterSource) -> Json:
        match source:
            case Constant(value=value):
                return value
            case ComponentInputParameter(name=name) | RuntimeParameter(name=name):
                return scope.parameters.get(name, _ABSENT)
            case TaskOutputParameter(producer_task=producer, output_key=key):
                return scope.results[producer].parameters.get(key, _ABSENT)
            case TaskFinalStatus(producer_task=producer):
                return {"state": scope.results[producer].state.value, "pipelineTaskName": producer}

    @staticmethod
    def _artifacts(scope: _Scope, source: ArtifactSource) -> tuple[str, ...] | None:
        if isinstance(source, ComponentInputArtifact):
            return scope.artifacts.get(source.name)
        return scope.results[source.producer_task].artifacts.get(source.output_key)

    @staticmethod
    def _was_left_out(scope: _Scope, source: ParameterSource | ArtifactSource | None) -> bool:
        if not isinstance(source, TaskOutputParameter | TaskOutputArtifact):
            return False
        return _is_left_out(source.output_key, scope.results[source.producer_task])

    # ------------------------------------------------------------ steps and loops

    def _step(self, scope: _Scope, task_id: TaskId, task: Task, component: Component) -> Result:
        is_importer = isinstance(self.spec.executors[component.executor_label or ""], Importer)
        cached = is_importer or (task.caching is not None and task.caching.enable_cache)
        if task_id in self.kept:
            return self._made(task_id, component)
        if not self.outcomes.is_prepared(task_id):
            return _FAILED
        if cached and self.options.use_cache and self.outcomes.is_reused(task_id):
            self.attempts[task_id] = 0
            return self._made(task_id, component)
        failures = list(_failures(self.outcomes, task_id, task.retry or RetryPolicy(), self._rules(component.executor_label or "")))
        self.attempts[task_id] = len(failures)
        if self.ended is not None and self.ended.get(task_id) is TaskState.FAILED and (failures[0] is not None or task_id in self.unlucky):
            if failures[-1] is None:
                scope.held_back.add(task_id.rpartition("/")[2])  # not tried again
            return _FAILED
        return self._made(task_id, component) if failures[-1] is None else _FAILED

    def _rules(self, label: str) -> JsonObject:
        """What `platforms.bakehouse` says of the retries of an executor."""
        executors = self.file.platforms.get("bakehouse", {}).get("deploymentSpec", {}).get("executors", {})
        rules: JsonObject = executors.get(label, {}).get("retryPolicy", {})
        return rules

    def _made(self, task_id: TaskId, component: Component) -> Result:
        values = given(task_id, *self.inputs[task_id])
        parameters = {name: values[name] for name in component.outputs.parameters}
        return Result(TaskState.SUCCEEDED, parameters, {name: (artifact_id(task_id, name),) for name in component.outputs.artifacts})

    def _loop(self, task_id: TaskId, task: Task, component: Component, parameters: JsonObject, artifacts: Artifacts) -> Result:
        items = _items(task, parameters, artifacts)
        if items is None:
            return _FAILED
        self.inputs[task_id] = (parameters, {})
        rounds, held_back = [], False
        for index, item in enumerate(items):
            round_id = TaskId(f"{task_id}/{index}")
            if self._was_held_back(round_id):
                held_back = True
                continue
            own = {**parameters, task.iterator.item_input: item} if isinstance(task.iterator, ParameterIterator) else parameters
            ids = {**artifacts, task.iterator.item_input: (str(item),)} if isinstance(task.iterator, ArtifactIterator) else artifacts
            rounds.append(self._dag(round_id, component, own, ids))
            self.states[round_id] = rounds[-1].state
        if any(one.state is TaskState.FAILED for one in rounds):
            return _FAILED
        assert not held_back, f"a round of {task_id} has not begun, but none had failed"
        return self._collected(component, rounds)

    def _collected(self, component: Component, rounds: list[Result]) -> Result:
        """What a loop gives: lists. Lists of loops inside are joined, unless the run wants them nested."""
        dag = component.dag or Dag()
        parameters: dict[str, Json] = {}
        for name, selectors in dag.outputs.parameters.items():
            values = [one.parameters[name] for one in rounds if name in one.parameters]
            if self._is_of_loop(dag, selectors) and not self.options.nested_lists:
                values = [one for value in values for one in value]
            parameters[name] = values
        artifacts = {name: tuple(one for each in rounds for one in each.artifacts.get(name, ())) for name in dag.outputs.artifacts}
        return Result(TaskState.SUCCEEDED, parameters, artifacts)

    def _is_of_loop(self, dag: Dag, selectors: tuple[OutputSelector, ...]) -> bool:
        for selector in selectors:
            task = dag.tasks[selector.producer_subtask]
            inside = self.spec.components[task.component].dag
            if task.iterator is not None or (inside is not None and self._is_of_loop(inside, inside.outputs.parameters[selector.output_key])):
                return True
        return False


# ---------------------------------------------------------------- single facts


def _candidates(scope: _Scope, selectors: tuple[OutputSelector, ...]) -> list[tuple[str, Result]]:
    return [(one.output_key, scope.results[one.producer_subtask]) for one in selectors]


def _is_left_out(key: str, made: Result) -> bool:
    return made.state is TaskState.SKIPPED or key in made.left_out


def _producer(source: ParameterSource | ArtifactSource) -> str:
    return source.producer_task if isinstance(source, TaskOutputParameter | TaskOutputArtifact | TaskFinalStatus) else ""


def _upstream(task: Task) -> set[str]:
    sources: list[ParameterSource | ArtifactSource] = [*task.inputs.parameters.values(), *task.inputs.artifacts.values()]
    return {*task.dependent_tasks, *map(_producer, sources)} - {""}


def _holds(clause: str, parameters: JsonObject) -> bool | None:
    found = _CLAUSE.match(clause)
    assert found is not None, clause
    negated, name, relation, literal = found.groups()
    if name not in parameters:
        return None
    value, wanted = parameters[name], json.loads(literal.replace("'", '"'))
    if relation == ">":
        return bool(value > wanted) is not bool(negated)
    return ((value == wanted) is (relation == "==")) is not bool(negated)


def _failures(outcomes: Outcomes, task_id: TaskId, policy: RetryPolicy, rules: JsonObject) -> Iterator[Ending | None]:
    """How its attempts fail, one after the other, `None` for one that succeeds; the last is for good."""
    infrastructure = user = 0
    for earlier in count():
        failure = outcomes.failure(task_id, earlier)
        yield failure
        if failure is None or not _is_worth_another(failure, rules):
            return
        if _is_of_infrastructure(failure):
            infrastructure += 1
        else:
            user += 1
        if infrastructure > _MOST_INFRASTRUCTURE_RETRIES or user > policy.max_retry_count:
            return


def _is_of_infrastructure(failure: Ending) -> bool:
    return failure.cause in INFRASTRUCTURE or failure.cause is Cause.TERMINATED


def _is_worth_another(failure: Ending, rules: JsonObject) -> bool:
    assert failure.cause is not None
    cause = failure.cause.value
    wanted = _is_of_infrastructure(failure) or cause in rules.get("on", [cause])
    if cause == "exit code":
        code = failure.exit_code
        wanted = wanted and code in rules.get("exitCodes", [code]) and code not in rules.get("neverExitCodes", [])
    return wanted and cause not in rules.get("never", []) and failure.retryable


def _items(task: Task, parameters: JsonObject, artifacts: Artifacts) -> list[Json] | None:
    match task.iterator:
        case ParameterIterator(raw=str(raw)):
            return list(json.loads(raw))
        case ParameterIterator(input_parameter=str(name)):
            return list(parameters[name]) if isinstance(parameters[name], list) else None
        case ArtifactIterator(input_artifact=name):
            return list(artifacts[name])
        case _:
            raise AssertionError(task)
