"""Random pipelines with everything that the machine walks: groups in groups, conditions, branches, loops, exit handlers, retries.

A seed gives a pipeline, always the same one. What is drawn is valid (`ir.validation`), but may well fail when it runs: an input
that is needed of a task that may be skipped, a condition on a value that is not there, a loop over a text.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bakehouse.ir.spec import (
    ArtifactInput,
    ArtifactIterator,
    ArtifactOutput,
    ArtifactSource,
    ArtifactType,
    CachingOptions,
    Component,
    ComponentInputArtifact,
    ComponentInputParameter,
    ComponentInputs,
    ComponentOutputs,
    Constant,
    Dag,
    DagOutputs,
    Importer,
    OutputSelector,
    ParameterInput,
    ParameterIterator,
    ParameterOutput,
    ParameterSource,
    ParameterType,
    PipelineFile,
    PipelineInfo,
    PipelineSpec,
    RetryPolicy,
    Task,
    TaskFinalStatus,
    TaskInputs,
    TaskOutputArtifact,
    TaskOutputParameter,
    TriggerPolicy,
    TriggerStrategy,
)
from bakehouse.ir.values import Json, JsonObject
from tests.unit.orchestrator import policies

ARTIFACT = ArtifactType(schema_title="system.Artifact", schema_version="0.0.1")
_COMPLETED = TriggerStrategy.ALL_UPSTREAM_TASKS_COMPLETED
#: The types of parameters by the kinds of channels. `a` is an artifact and `as` a list of them; `l` holds whole numbers, `x` anything.
_TYPES = {
    "n": ParameterType.NUMBER_INTEGER,
    "s": ParameterType.STRING,
    "b": ParameterType.BOOLEAN,
    "l": ParameterType.LIST,
    "x": ParameterType.LIST,
}
_DEFAULTS: Mapping[str, Json] = {"n": 7, "s": "z", "b": True, "l": [8], "x": []}
_MOST_DEPTH = 3


@dataclass(frozen=True)
class Size:
    """How large a pipeline may become: tasks in its file, not counting that rounds of loops repeat them."""

    tasks: int = 24
    at_the_top: int = 7
    in_a_dag: int = 3
    rounds: int = 3


SMALL = Size(tasks=12, at_the_top=5, in_a_dag=2, rounds=2)


@dataclass(frozen=True)
class _Channel:
    """A value that a task of a DAG can take. `maybe`: it can be missing; `gathered`: it is the list of a loop."""

    kind: str
    source: ParameterSource | ArtifactSource
    maybe: bool = False
    gathered: bool = False

    @property
    def is_artifact(self) -> bool:
        """Whether it is one artifact or a list of them."""
        return self.kind in {"a", "as"}


@dataclass
class _Face:
    """The inputs of a task in the making: what its component declares, and what feeds them."""

    parameters: dict[str, ParameterInput] = field(default_factory=dict)
    artifacts: dict[str, ArtifactInput] = field(default_factory=dict)
    sources: dict[str, ParameterSource] = field(default_factory=dict)
    origins: dict[str, ArtifactSource] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)  # of the parameters; the item of a loop is a whole number

    def take(self, name: str, channel: _Channel, *, optional: bool = False, default: Json = None) -> None:
        """One more input."""
        if channel.is_artifact:
            assert isinstance(channel.source, ComponentInputArtifact | TaskOutputArtifact)
            self.artifacts[name] = ArtifactInput(ARTIFACT, is_list=channel.kind == "as", is_optional=optional)
            self.origins[name] = channel.source
        else:
            assert not isinstance(channel.source, ComponentInputArtifact | TaskOutputArtifact)
            self.kinds[name] = channel.kind
            self.parameters[name] = ParameterInput(_TYPES[channel.kind], default=default, is_optional=optional or default is not None)
            self.sources[name] = channel.source

    @property
    def declared(self) -> ComponentInputs:
        """What the component says."""
        return ComponentInputs(self.parameters, self.artifacts)

    @property
    def given(self) -> TaskInputs:
        """What the task says."""
        return TaskInputs(self.sources, self.origins)

    def inside(self, name: str) -> _Channel:
        """An input as the tasks in a group see it."""
        if name in self.artifacts:
            one = self.artifacts[name]
            return _Channel("as" if one.is_list else "a", ComponentInputArtifact(name), maybe=one.is_optional)
        declared = self.parameters[name]
        return _Channel(self.kinds.get(name, "n"), ComponentInputParameter(name), maybe=declared.is_optional and declared.default is None)


@dataclass
class _Dag:
    """A DAG in the making: its tasks, and what they offer to each other."""

    depth: int
    loops: int
    tasks: dict[str, Task] = field(default_factory=dict)
    offers: list[_Channel] = field(default_factory=list)

    @property
    def made_here(self) -> list[_Channel]:
        """What its own tasks offer."""
        return [one for one in self.offers if isinstance(one.source, TaskOutputParameter | TaskOutputArtifact)]


def generated(seed: object, size: Size | None = None, *, nested_lists: bool = False) -> PipelineFile:
    """The pipeline of a seed; `nested_lists` as in `RunOptions`, since it says of what kind a list is."""
    return _Drawing(random.Random(f"graph {seed}"), size or Size(), nested_lists=nested_lists).pipeline()


class _Drawing:
    """Draws one pipeline."""

    def __init__(self, rng: random.Random, size: Size, *, nested_lists: bool) -> None:
        self.rng, self.size, self.nested_lists = rng, size, nested_lists
        self.components, self.policies = dict[str, Component](), dict[str, JsonObject]()
        self.left, self.count = size.tasks, 0

    def pipeline(self) -> PipelineFile:
        """The whole file."""
        face = _Face()
        face.take("p", _Channel("n", Constant(3)), default=3)
        face.take("o", _Channel("n", Constant(3)), optional=True)
        dag = self._dag([face.inside("p"), face.inside("o")], depth=0, loops=0)
        outputs, declared = self._outputs(dag, loop=False)
        return PipelineFile(
            PipelineSpec(
                info=PipelineInfo(name="drawn"),
                root=Component(inputs=face.declared, outputs=declared, dag=Dag(dag.tasks, outputs)),
                components=self.components,
                executors={
                    **policies.containers(self.rng, self.policies),
                    "exec-import": Importer(artifact_uri=Constant("file:///data"), type=ARTIFACT),
                },
            ),
            policies.platforms(self.policies),
        )

    def _chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def _name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}-{self.count}"

    # ------------------------------------------------------------ DAGs

    def _dag(self, inputs: Sequence[_Channel], *, depth: int, loops: int) -> _Dag:
        dag = _Dag(depth, loops, offers=list(inputs))
        for number in range(self.rng.randint(1, self.size.in_a_dag) if depth else self.size.at_the_top):
            if number and self.left <= 0:
                break
            self._one(dag)
        return dag

    def _one(self, dag: _Dag) -> None:
        """One more task or group of a DAG, or an exit handler with its exit tasks."""
        self.left -= 1
        if dag.depth == _MOST_DEPTH or self.left <= 0 or self._chance(0.4):
            self._step(dag, always=self._chance(0.12))
            return
        draw = self.rng.choices(
            [self._nested, self._condition, self._branches, self._loop, self._exit_handler],
            weights=[2, 3, 2, 4 if dag.loops < 2 else 0, 2],  # three loops in each other grow too large
        )[0]
        draw(dag)

    def _outputs(self, dag: _Dag, *, loop: bool) -> tuple[DagOutputs, ComponentOutputs]:
        """Some of what its tasks offer, as outputs of a DAG, and as its component declares them."""
        offers = dag.made_here
        chosen = self.rng.sample(offers, min(len(offers), self.rng.randint(0, 3)))
        parameters: dict[str, tuple[OutputSelector, ...]] = {}
        artifacts: dict[str, tuple[OutputSelector, ...]] = {}
        declared = ComponentOutputs({}, {})
        for number, one in enumerate(chosen):
            assert isinstance(one.source, TaskOutputParameter | TaskOutputArtifact)
            name, selector = f"out{number}", OutputSelector(one.source.producer_task, one.source.output_key)
            if one.is_artifact:
                artifacts[name] = (selector,)
                more = {name: ArtifactOutput(ARTIFACT, is_list=loop or one.kind == "as")}
                declared = replace(declared, artifacts={**declared.artifacts, **more})
            else:
                parameters[name] = (selector,)
                kind = ParameterOutput(ParameterType.LIST if loop else _TYPES[one.kind])
                declared = replace(declared, parameters={**declared.parameters, name: kind})
        self.chosen = chosen
        return DagOutputs(parameters, artifacts), declared

    # ------------------------------------------------------------ steps

    def _step(self, dag: _Dag, *, always: bool = False) -> str:
        if not always and self._chance(0.04):
            return self._importer(dag)
        face = _Face()
        for number, channel in enumerate(self.rng.sample(dag.offers, min(len(dag.offers), self.rng.randint(0, 3)))):
            optional = self._chance(0.9 if always or channel.maybe else 0.15)
            default = _DEFAULTS.get(channel.kind) if optional and self._chance(0.3) else None
            face.take(f"in{number}", channel, optional=optional, default=default)
        others = self.rng.sample(sorted(dag.tasks), min(len(dag.tasks), self.rng.randint(1, 2))) if always or self._chance(0.2) else []
        return self._add_step(dag, self._name("step"), face, TriggerPolicy(strategy=_COMPLETED) if always else None, others)

    def _add_step(self, dag: _Dag, name: str, face: _Face, trigger: TriggerPolicy | None, others: Sequence[str] = ()) -> str:
        outputs = ComponentOutputs({kind: ParameterOutput(_TYPES[kind]) for kind in "nsbl"}, {"a": ArtifactOutput(ARTIFACT)})
        self.components[f"comp-{name}"] = Component(face.declared, outputs, executor_label=policies.executor(self.rng, name, self.policies))
        dag.tasks[name] = Task(
            component=f"comp-{name}",
            inputs=face.given,
            dependent_tasks=tuple(others),
            caching=CachingOptions(enable_cache=self._chance(0.5)),
            trigger=trigger,
            retry=RetryPolicy(self.rng.randint(1, 2), backoff_duration=self.rng.choice([0.0, 30.0])) if self._chance(0.4) else None,
        )
        dag.offers += [*(_Channel(kind, TaskOutputParameter(name, kind)) for kind in "nsbl"), _Channel("a", TaskOutputArtifact(name, "a"))]
        return name

    def _importer(self, dag: _Dag) -> str:
        name = self._name("importer")
        self.components[f"comp-{name}"] = Component(outputs=ComponentOutputs({}, {"a": ArtifactOutput(ARTIFACT)}), executor_label="exec-import")
        dag.tasks[name] = Task(component=f"comp-{name}")
        dag.offers.append(_Channel("a", TaskOutputArtifact(name, "a")))
        return name

    # ------------------------------------------------------------ groups

    def _taken(self, offers: Sequence[_Channel], most: int = 3) -> _Face:
        """The inputs of a group: what may be missing is mostly an optional input of it."""
        face = _Face()
        for number, channel in enumerate(self.rng.sample(list(offers), min(len(offers), self.rng.randint(0, most)))):
            face.take(f"g{number}", channel, optional=channel.maybe and self._chance(0.95))
        return face

    def _group(self, dag: _Dag, name: str, face: _Face, task: Task, *, maybe: bool = False) -> str:
        """Fill a group with tasks and put it into a DAG; `task` is what is special about it."""
        loop = task.iterator is not None
        inner = self._dag([face.inside(one) for one in (*face.parameters, *face.artifacts)], depth=dag.depth + 1, loops=dag.loops + loop)
        outputs, declared = self._outputs(inner, loop=loop)
        self.components[f"comp-{name}"] = Component(face.declared, declared, dag=Dag(inner.tasks, outputs))
        dag.tasks[name] = replace(task, component=f"comp-{name}", inputs=face.given)
        for number, one in enumerate(self.chosen):
            source = (TaskOutputArtifact if one.is_artifact else TaskOutputParameter)(name, f"out{number}")
            dag.offers.append(self._collected(one, source) if loop else replace(one, source=source, maybe=one.maybe or maybe))
        return name

    def _collected(self, one: _Channel, source: TaskOutputParameter | TaskOutputArtifact) -> _Channel:
        """What a loop gives: a list of what its rounds give; lists of loops are joined."""
        if one.is_artifact:
            return _Channel("as", source, gathered=True)
        if one.gathered:
            return _Channel("x" if self.nested_lists else one.kind, source, gathered=True)
        return _Channel("l" if one.kind == "n" else "x", source, gathered=True)

    def _nested(self, dag: _Dag) -> str:
        always = self._chance(0.1) and dag.tasks
        others = self.rng.sample(sorted(dag.tasks), 1) if always else []
        trigger = TriggerPolicy(strategy=_COMPLETED) if always else None
        return self._group(dag, self._name("nested"), self._taken(dag.offers), Task("", dependent_tasks=tuple(others), trigger=trigger))

    def _condition(self, dag: _Dag) -> str:
        face = self._taken(dag.offers, most=2)
        return self._group(dag, self._name("condition"), face, Task("", trigger=TriggerPolicy(self._question(dag, face, "c"))), maybe=True)

    def _question(self, dag: _Dag, face: _Face, name: str) -> str:
        """A condition on an input of that name, which the group gets for it."""
        asked = [one for one in dag.offers if one.kind in {"n", "s", "b"} and (not one.maybe or self._chance(0.1))]
        channel = self.rng.choice(asked) if asked else _Channel("n", Constant(self.rng.randint(0, 9)))
        face.take(name, channel, optional=channel.maybe)
        value = f"inputs.parameter_values['{name}']"
        questions = {
            "n": [f"int({value}) > {self.rng.randint(1, 7)}", f"{value} == {self.rng.randint(0, 9)}"],
            "s": [f"{value} == '{self.rng.choice('xyz')}'", f"{value} != '{self.rng.choice('xyz')}'"],
            "b": [f"{value} == true", f"{value} == false"],
        }
        return self.rng.choice(questions[channel.kind])

    def _branches(self, dag: _Dag) -> str:
        """If, else if, else: a group of conditions of which one holds at most, and whose outputs are those of that one."""
        name, face = self._name("condition-branches"), self._taken(dag.offers, most=2)
        first, second = self._question(dag, face, "c"), self._question(dag, face, "d")
        conditions = [first, f"!({first}) && {second}", f"!({first}) && !({second})"][: self.rng.randint(2, 3)]
        inner = _Dag(dag.depth + 1, dag.loops, offers=[face.inside(one) for one in (*face.parameters, *face.artifacts)])
        candidates: dict[str, list[OutputSelector]] = {"n": [], "a": []}
        for condition in conditions:
            self._branch(inner, condition, face, candidates)
        outputs = DagOutputs({"n": tuple(candidates["n"])}, {"a": tuple(candidates["a"])}, oneof=frozenset({"n"}))
        declared = ComponentOutputs({"n": ParameterOutput(_TYPES["n"])}, {"a": ArtifactOutput(ARTIFACT)})
        self.components[f"comp-{name}"] = Component(face.declared, declared, dag=Dag(inner.tasks, outputs))
        dag.tasks[name] = Task(f"comp-{name}", inputs=face.given)
        maybe = len(conditions) < 3  # there is no else
        dag.offers += [_Channel("n", TaskOutputParameter(name, "n"), maybe=maybe), _Channel("a", TaskOutputArtifact(name, "a"), maybe=maybe)]
        return name

    def _branch(self, inner: _Dag, condition: str, outer: _Face, candidates: Mapping[str, list[OutputSelector]]) -> None:
        """One branch: its inputs are all those of the group of branches."""
        name, face = self._name("condition"), _Face()
        for one in (*outer.parameters, *outer.artifacts):
            channel = outer.inside(one)
            face.take(one, channel, optional=channel.maybe)
        dag = self._dag([face.inside(one) for one in (*face.parameters, *face.artifacts)], depth=inner.depth + 1, loops=inner.loops)
        last = self._add_step(dag, self._name("step"), _Face(), None) if not any(one.kind == "n" for one in dag.made_here) else ""
        outputs: dict[str, tuple[OutputSelector, ...]] = {}
        for kind in "na":
            offers = [one.source for one in dag.made_here if one.kind == kind and last in {"", _producer(one)}]
            source = self.rng.choice(offers) if offers else TaskOutputArtifact(self._add_step(dag, self._name("step"), _Face(), None), kind)
            assert isinstance(source, TaskOutputParameter | TaskOutputArtifact)
            outputs[kind] = (OutputSelector(source.producer_task, source.output_key),)
            candidates[kind].append(OutputSelector(name, kind))
        declared = ComponentOutputs({"n": ParameterOutput(_TYPES["n"])}, {"a": ArtifactOutput(ARTIFACT)})
        made = Dag(dag.tasks, DagOutputs({"n": outputs["n"]}, {"a": outputs["a"]}))
        self.components[f"comp-{name}"] = Component(face.declared, declared, dag=made)
        inner.tasks[name] = Task(f"comp-{name}", inputs=face.given, trigger=TriggerPolicy(condition))

    def _loop(self, dag: _Dag) -> str:
        face = self._taken(dag.offers, most=2)
        lists = [one for one in dag.offers if one.kind in {"l", "as"} and not one.maybe]
        texts = [one for one in dag.offers if one.kind == "s" and not one.maybe]
        iterator: ParameterIterator | ArtifactIterator
        if lists and self._chance(0.6):
            items = self.rng.choice(lists)
            face.take("items", items)
            iterator = ArtifactIterator("item", "items") if items.is_artifact else ParameterIterator("item", input_parameter="items")
        elif texts and self._chance(0.05):
            face.take("items", self.rng.choice(texts))
            iterator = ParameterIterator("item", input_parameter="items")
        else:
            iterator = ParameterIterator("item", raw=json.dumps([self.rng.randint(0, 9) for _ in range(self.rng.randint(0, self.size.rounds))]))
        if isinstance(iterator, ArtifactIterator):
            face.artifacts["item"] = ArtifactInput(ARTIFACT)
        else:
            face.parameters["item"] = ParameterInput(ParameterType.NUMBER_INTEGER)
        trigger = TriggerPolicy(self._question(dag, face, "c")) if self._chance(0.1) else None
        limit = self.rng.choice([None, 0, 1, 1, 2])
        return self._group(
            dag, self._name("for-loop"), face, Task("", iterator=iterator, trigger=trigger, parallelism_limit=limit), maybe=bool(trigger)
        )

    def _exit_handler(self, dag: _Dag) -> None:
        """A group, and one or two tasks, steps or whole pipelines, that run when it is over."""
        handler = self._group(dag, self._name("exit-handler"), self._taken(dag.offers), Task(""))
        for _ in range(self.rng.randint(1, 2)):
            face = self._taken([one for one in dag.offers if isinstance(one.source, ComponentInputParameter)], most=1)
            trigger = TriggerPolicy(strategy=_COMPLETED)
            if self._chance(0.4) and dag.depth < _MOST_DEPTH:
                if self._chance(0.4):
                    trigger = TriggerPolicy(self._question(_Dag(dag.depth, dag.loops), face, "c"), _COMPLETED)
                self._group(dag, self._name("nested"), face, Task("", dependent_tasks=(handler,), trigger=trigger))
            else:
                if self._chance(0.5):
                    face.parameters["status"] = ParameterInput(ParameterType.TASK_FINAL_STATUS)
                    face.sources["status"] = TaskFinalStatus(handler)
                self._add_step(dag, self._name("step"), face, trigger, [handler])


def _producer(channel: _Channel) -> str:
    assert isinstance(channel.source, TaskOutputParameter | TaskOutputArtifact)
    return channel.source.producer_task
