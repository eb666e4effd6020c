"""`dsl.OneOf`: of what the branches of a conditional give, that of the one which is taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bakehouse.dsl import arguments, reach
from bakehouse.dsl.blocks import current
from bakehouse.dsl.channels import PipelineArtifactChannel, PipelineChannel, PipelineParameterChannel, UnknownChannel
from bakehouse.dsl.control import ConditionBranches
from bakehouse.dsl.errors import AuthoringError, InvalidPipeline, WrongType
from bakehouse.dsl.groups import TasksGroup
from bakehouse.dsl.meanings import a, word
from bakehouse.dsl.places import here
from bakehouse.dsl.recording import Recording
from bakehouse.dsl.values import typed


class OneOfChannel(PipelineChannel):
    """Base of what is joined. `given` are the outputs of the branches, `branches` their conditional."""

    def __init__(self, given: tuple[PipelineChannel, ...], branches: ConditionBranches) -> None:
        branches.joined += 1
        super().__init__(f"oneof-{branches.joined}", given[0].kind, recording=branches.recording)
        self.inside = given[0].inside
        self.given, self.branches = given, branches

    @property
    def full_name(self) -> str:
        """`condition-branches-1-oneof-1`."""
        return f"{self.branches.name}-{self.name}"

    @property
    def group(self) -> TasksGroup:
        """Where the conditional stands."""
        return self.branches.around


class OneOfParameter(OneOfChannel, PipelineParameterChannel):
    """The parameter of that branch which is taken."""

    def __init__(self, given: tuple[PipelineChannel, ...], branches: ConditionBranches) -> None:
        super().__init__(given, branches)
        self.recording.name_channel(self)

    @property
    def key(self) -> tuple[str, str]:
        """By which a text finds it again."""
        return self.branches.name, self.name


class OneOfArtifact(OneOfChannel, PipelineArtifactChannel):
    """The artifact of that branch which is taken."""


def OneOf(*channels: Any) -> Any:  # noqa: N802  # kfp's name
    """What that branch gives which is taken: one output of each branch of a conditional that has a `dsl.Else`.

    All are parameters of one type, or artifacts of one class. The result is used after the last branch: as an input, in a text, in a
    condition, as an output of the pipeline.
    """
    building = current("dsl.OneOf")
    errors = list(_misjoined(channels, building))
    for error in errors:
        building.report(error.at(here()))
    if errors or any(isinstance(one, UnknownChannel) for one in channels):
        return UnknownChannel(building)
    branches = _conditional(channels)
    if branches is None:  # else it would be among the errors
        return UnknownChannel(building)
    joined = OneOfArtifact if isinstance(channels[0], PipelineArtifactChannel) else OneOfParameter
    return joined(channels, branches)


def _misjoined(given: tuple[Any, ...], building: Recording) -> Iterator[AuthoringError]:
    wrong = next((one for one in given if not isinstance(one, PipelineChannel)), None)
    if not given or wrong is not None:
        found = "nothing" if not given else "a task" if arguments.is_task(wrong) else typed(wrong)
        yield WrongType(f"dsl.OneOf is given {found}", remedy="Give it an output of each branch: `dsl.OneOf(a.output, b.output)`.")
        return
    if any(isinstance(one, UnknownChannel) for one in given):
        return
    other = next((one for one in given if one.kind != given[0].kind), None)
    if other is not None:
        yield WrongType(
            f"dsl.OneOf is given {given[0].full_name}, {a(given[0].kind)}, and {other.full_name}, {a(other.kind)}",
            remedy=f"Let each branch give {a(given[0].kind)}, and the inputs take `{word(given[0].kind)}`.",
        )
        return
    yield from _misplaced(given, building)


def _misplaced(given: tuple[PipelineChannel, ...], building: Recording) -> Iterator[AuthoringError]:
    if any(one.recording is not building for one in given):
        yield arguments.foreign("dsl.OneOf is given an output")
        return
    branches = _conditional(given)
    if branches is None or branches in building.group.lineage():
        yield InvalidPipeline(
            "dsl.OneOf is given outputs that are not those of the branches of one conditional before it",
            remedy="Give it one output of the dsl.If, of each dsl.Elif and of the dsl.Else, after the last of their blocks.",
        )
        return
    if not branches.has_else:
        yield InvalidPipeline(
            "dsl.OneOf joins branches without a dsl.Else: where no condition holds there is nothing",
            remedy="Add `with dsl.Else():`, and give dsl.OneOf an output of it too.",
        )
    else:
        yield from _unjoined(given, branches)
    for one in given:
        error = reach.use("dsl.OneOf", one, one.group.left_for(branches)[-1])
        if error is not None:
            yield error


def _unjoined(given: tuple[PipelineChannel, ...], branches: ConditionBranches) -> Iterator[AuthoringError]:
    """Branches that give nothing, where there would be no value if they are taken, or more than the one value that there can be."""
    joined = [one.group.left_for(branches)[-1] for one in given]
    for branch in branches.groups:
        count = joined.count(branch)
        if count != 1:
            found = "no output" if count == 0 else f"{count} outputs"
            yield InvalidPipeline(f"dsl.OneOf is given {found} of the {branch.construct} at {branch.place}", remedy="Give it one of each branch.")


def _conditional(given: tuple[PipelineChannel, ...]) -> ConditionBranches | None:
    """The conditional of whose branches outputs are given."""
    group: TasksGroup | None = given[0].group
    while group is not None:
        if isinstance(group, ConditionBranches) and all(group in one.group.lineage() for one in given):
            return group
        group = group.parent
    return None
