"""Loops: `dsl.ParallelFor`, the items it hands out, and `dsl.Collected`, which takes up what its iterations make."""

from __future__ import annotations

from typing import Any

from bakehouse.dsl import arguments, items, reach, shaping
from bakehouse.dsl.blocks import Block, current
from bakehouse.dsl.channels import PipelineArtifactChannel, PipelineChannel, PipelineParameterChannel, UnknownChannel
from bakehouse.dsl.errors import AuthoringError, WrongType, WrongValue
from bakehouse.dsl.groups import TasksGroup
from bakehouse.dsl.items import ItemArtifact, ItemParameter
from bakehouse.dsl.meanings import ArtifactKind, Inside, a
from bakehouse.dsl.places import here
from bakehouse.dsl.values import typed
from bakehouse.ir.spec import ParameterType
from bakehouse.ir.values import Json


class ParallelFor(Block):
    """Run the tasks of the block once for each item of a list: `with dsl.ParallelFor(["a", "b"]) as item:`.

    `items` is a list that is written out, or a list that an input or a task gives: of parameters, or of artifacts. Of items that are
    mappings, `item.key` and `item["key"]` are the values. At most `parallelism` iterations run at a time; `None` and 0 are no limit.
    `name` is what people see.
    """

    construct = "dsl.ParallelFor"
    prefix = "for-loop"
    is_loop = True

    def __init__(self, items: Any, name: str | None = None, parallelism: int | None = None) -> None:
        super().__init__(name)
        self.items: PipelineChannel | tuple[Json, ...] | None = None
        self.item: ItemParameter | ItemArtifact | None = None
        self._take(items)
        if parallelism is not None and (isinstance(parallelism, bool) or not isinstance(parallelism, int)):
            self.report(WrongType(f"the parallelism of a loop is a whole number, but is {typed(parallelism)}", remedy="Write one, or leave it out."))
        elif parallelism is not None and parallelism < 0:
            self.report(WrongValue(f"the parallelism of a loop is {parallelism}", remedy="Write how many iterations run at a time; 0 is no limit."))
        else:
            self.parallelism = parallelism or None

    def _take(self, given: Any) -> None:
        """Take up what the loop goes over, or tell what is wrong with it."""
        if isinstance(given, UnknownChannel):
            return
        given = [shaping.written(one) for one in given] if isinstance(given, list | tuple) else given
        error = _uneven(given, self) if isinstance(given, PipelineChannel) else next(items.flaws(given), None)
        if error is not None:
            self.report(error)
        else:
            self.items = given if isinstance(given, PipelineChannel) else tuple(given)

    def __enter__(self) -> Any:
        number = self.recording.next_group() if isinstance(self.items, tuple) else 0
        self._open()
        if self.items is None:
            return UnknownChannel(self.recording)
        if isinstance(self.items, tuple):
            self.item = items.of_constants(self.items, self, f"loop-item-param-{number}")
        else:
            taken = {one.item.name for one in self.lineage() if isinstance(one, ParallelFor) and one.item is not None}
            self.item = items.of_channel(self.items, self, taken)
        return self.item


def _uneven(given: PipelineChannel, loop: ParallelFor) -> AuthoringError | None:
    """What is wrong with going over a channel."""
    if given.recording is not loop.recording:
        return arguments.foreign(f"a loop goes over {given.full_name}")
    is_list = given.kind.is_list if isinstance(given.kind, ArtifactKind) else given.kind in {ParameterType.LIST, None}
    if not is_list:
        return WrongType(
            f"a loop goes over {given.full_name}, which is {a(given.kind)}",
            remedy="Loop over a list: annotate it as `list` or `List[…]`, or as `List[Dataset]` for artifacts.",
        )
    return reach.use("a loop", given, loop.recording.group)


# ---------------------------------------------------------------- what all iterations make


class CollectedChannel(PipelineChannel):
    """Base of what is collected: `output` is that of one iteration."""

    collects = True

    def __init__(self, output: PipelineChannel) -> None:
        kind = output.kind
        collected = ArtifactKind(kind.type, is_list=True, cls=kind.cls) if isinstance(kind, ArtifactKind) else ParameterType.LIST
        super().__init__(output.name, collected, recording=output.recording, task=output.task)
        self.output = output

    @property
    def full_name(self) -> str:
        """That of one iteration's output."""
        return self.output.full_name

    @property
    def group(self) -> TasksGroup:
        """Where one iteration's output comes to be."""
        return self.output.group


class CollectedParameter(CollectedChannel, PipelineParameterChannel):
    """What all iterations make of a parameter, as a list."""

    def __init__(self, output: PipelineChannel) -> None:
        super().__init__(output)
        if isinstance(output.kind, ParameterType):
            self.inside = Inside(output.kind, output.inside)
        self.recording.name_channel(self)

    @property
    def key(self) -> tuple[str, str]:
        """By which a text finds it again."""
        return "dsl.Collected", self.full_name


class CollectedArtifact(CollectedChannel, PipelineArtifactChannel):
    """What all iterations make of an artifact, as a list."""


def Collected(output: Any) -> Any:  # noqa: N802  # kfp's name
    """What the iterations of a `dsl.ParallelFor` give, as a list in the order of its items; also through several loops, one inside another.

    It is used outside of the loop: as an input (`list`, or `Input[List[Dataset]]` for artifacts), as an output of the pipeline, as what
    another loop goes over.

    ```python
    from bakehouse import dsl


    @dsl.component
    def train(rate: float, model: dsl.Output[dsl.Model]) -> float:
        with open(model.path, "w") as file:
            file.write(str(rate))
        return 1 - rate


    @dsl.component
    def best(scores: list[float], models: dsl.Input[list[dsl.Model]]) -> str:
        return models[scores.index(max(scores))].uri


    @dsl.pipeline
    def search(rates: list[float] = [0.1, 0.2, 0.3]) -> str:
        with dsl.ParallelFor(rates, parallelism=2) as rate:
            trained = train(rate=rate)
        return best(scores=dsl.Collected(trained.outputs["Output"]), models=dsl.Collected(trained.outputs["model"])).output
    ```
    """
    building = current("dsl.Collected")
    error: AuthoringError | None = None
    if isinstance(output, UnknownChannel):
        return output
    if not isinstance(output, PipelineChannel):
        found = "a task" if arguments.is_task(output) else typed(output)
        error = WrongType(f"dsl.Collected is given {found}", remedy="Give it an output of a task in a loop: `dsl.Collected(task.output)`.")
    elif output.recording is not building:
        error = arguments.foreign(f"dsl.Collected is given {output.full_name}")
    elif output.collects or output.is_item or output.group.parent is None:
        error = WrongValue(
            f"dsl.Collected is given {output.full_name}, which is no output of a task in a loop",
            remedy="Give it an output of a task in a dsl.ParallelFor: `dsl.Collected(task.output)`. One dsl.Collected reaches through all loops.",
        )
    if error is not None:
        building.report(error.at(here()))
        return UnknownChannel(building)
    return CollectedArtifact(output) if isinstance(output.kind, ArtifactKind) else CollectedParameter(output)
