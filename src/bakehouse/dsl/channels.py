"""Values that exist only when the pipeline runs: inputs of the pipeline and outputs of tasks, as the author passes them on.

In a text (`f"hello {name}"`) a channel leaves a pattern, which the compiler replaces by a placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bakehouse.dsl.comparisons import ConditionOperation, Joined
from bakehouse.dsl.errors import WrongType
from bakehouse.dsl.meanings import ArtifactKind, Inside, Kind
from bakehouse.dsl.places import here
from bakehouse.dsl.unknowns import UnknownValue
from bakehouse.ir.spec import ParameterType

if TYPE_CHECKING:
    from bakehouse.dsl.groups import TasksGroup
    from bakehouse.dsl.recording import Recording
    from bakehouse.dsl.task import PipelineTask

#: What the patterns say of types, as KFP's do.
_TYPE_NAMES = {
    ParameterType.STRING: "String",
    ParameterType.NUMBER_INTEGER: "Integer",
    ParameterType.NUMBER_DOUBLE: "Float",
    ParameterType.BOOLEAN: "Boolean",
    ParameterType.LIST: "List",
    ParameterType.STRUCT: "Dict",
    ParameterType.TASK_FINAL_STATUS: "PipelineTaskFinalStatus",
    ParameterType.TASK_CONFIG: "TaskConfig",
}
PATTERN = re.compile(r"\{\{channel:task=([^;{}]*);name=([^;{}]*);type=[^;{}]*;\}\}")
_BEGINNING = "{{channel:"
#: What is left of a pattern that was cut, or whose letters were changed.
_TORN = re.compile(r"\{channel:task=|channel:task=[^;]*;|;name=[^;]*;type=\w*;\}", re.IGNORECASE)
#: What Python shows of a channel or a task: `f"{value!r}"`, `f"{value=}"`, `str([value])`, `f"{task}"`.
_SHOWN = re.compile(r"<(?!Unknown)(?:\w*(?:Channel|Parameter|Artifact|Field)|PipelineTask) [\w-]+>")


class PipelineChannel:
    """Base of channels. `task` is the task that gives the value, `None` for an input of the pipeline; `kind` is `None` if unknown.

    `inside` tells what a list or mapping holds, where that is known.
    """

    inside: Inside | None = None
    #: Whether it stands for what all iterations of loops make.
    collects = False
    #: Whether it is an item of a loop, or a value of one: what a loop is given, not what is made in it.
    is_item = False

    def __init__(self, name: str, kind: Kind | None, *, recording: Recording, task: PipelineTask | None = None) -> None:
        self.name, self.kind, self.task, self.recording = name, kind, task, recording

    @property
    def group(self) -> TasksGroup:
        """The group in which the value comes to be: that of its task, or the whole pipeline."""
        return self.recording.root if self.task is None else self.task.group

    @property
    def task_name(self) -> str | None:
        """The name of the task that gives the value; `None` for an input of the pipeline."""
        return None if self.task is None else self.task.name

    @property
    def full_name(self) -> str:
        """`TASK-OUTPUT`, or the name of the pipeline's input."""
        return self.name if self.task is None else f"{self.task.name}-{self.name}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.full_name}>"

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> ConditionOperation:  # type: ignore[override]  # comparisons are recorded, not made
        return ConditionOperation("==", self, other)

    def __ne__(self, other: object) -> ConditionOperation:  # type: ignore[override]  # comparisons are recorded, not made
        return ConditionOperation("!=", self, other)

    def __lt__(self, other: object) -> ConditionOperation:
        return ConditionOperation("<", self, other)

    def __le__(self, other: object) -> ConditionOperation:
        return ConditionOperation("<=", self, other)

    def __gt__(self, other: object) -> ConditionOperation:
        return ConditionOperation(">", self, other)

    def __ge__(self, other: object) -> ConditionOperation:
        return ConditionOperation(">=", self, other)


class _KnownChannel(PipelineChannel, UnknownValue):
    """A channel whose kind is known: what Python does with its value is told."""

    def stand_in(self) -> UnknownChannel:
        """Anything of this pipeline."""
        return UnknownChannel(self.recording)


def _joins(operator: str, refused: Callable[..., Any]) -> Callable[..., Any]:
    """A sign that joins truth values for `dsl.If`, and calculates with all else, which is refused."""

    def joined(self: PipelineParameterChannel, *others: object) -> Any:
        return Joined(operator, (self, *others)) if self.kind is ParameterType.BOOLEAN else refused(self, *others)

    return joined


class PipelineParameterChannel(_KnownChannel):
    """A parameter that exists only when the pipeline runs."""

    __and__ = __rand__ = _joins("&&", UnknownValue.__and__)
    __or__ = __ror__ = _joins("||", UnknownValue.__or__)
    __invert__ = _joins("!", UnknownValue.__invert__)

    @property
    def channel_type(self) -> str:
        """The type, by KFP's name for it."""
        return _TYPE_NAMES[self.kind] if isinstance(self.kind, ParameterType) else ""

    @property
    def key(self) -> tuple[str, str]:
        """By which `Recording.channel` finds it again: the name of its task (empty: the pipeline), and its own."""
        return self.task_name or "", self.name

    @property
    def pattern(self) -> str:
        """What stands for the value in a text until it is compiled."""
        task, name = self.key
        return f"{{{{channel:task={task};name={name};type={self.channel_type};}}}}"

    def __str__(self) -> str:
        return self.pattern

    def __format__(self, spec: str) -> str:
        if spec:
            self.recording.report(
                WrongType(
                    f"{self.full_name} cannot be formatted with {spec!r}: its value is known only when the pipeline runs",
                    place=here(),
                    remedy="Format it inside the component.",
                )
            )
        return self.pattern


class PipelineArtifactChannel(_KnownChannel):
    """An artifact, or a list of artifacts, that exists only when the pipeline runs."""

    is_artifact = True

    @property
    def channel_type(self) -> str:
        """The schema, such as `system.Dataset@0.0.1`."""
        return f"{self.kind.type.schema_title}@{self.kind.type.schema_version}" if isinstance(self.kind, ArtifactKind) else ""

    @property
    def is_artifact_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.kind, ArtifactKind) and self.kind.is_list

    def __str__(self) -> str:
        self.recording.report(
            WrongType(
                f"the artifact {self.full_name} cannot be put into a text",
                place=here(),
                remedy="Pass it to an `Input[…]` of the component; inside, `.uri` and `.path` are texts.",
            )
        )
        return ""


class UnknownChannel(PipelineChannel):
    """Stands for what cannot be known because of an error that has been reported: fits everywhere, so that no second error follows."""

    def __init__(self, recording: Recording, task: PipelineTask | None = None) -> None:
        super().__init__("unknown", None, recording=recording, task=task)

    def __getattr__(self, name: str) -> UnknownChannel:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: object) -> UnknownChannel:
        return self

    def __iter__(self) -> Iterator[UnknownChannel]:
        return iter((self,))

    def __bool__(self) -> bool:
        # Neither: a loop that asks would never end. The error that is known already is told instead of this one.
        raise TypeError("what stands for an unknown value is neither true nor false")

    def __call__(self, *_given: object, **_named: object) -> UnknownChannel:
        """What a method of it would give."""
        return self

    def _anything(self, *_other: object) -> UnknownChannel:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = __mod__ = __floordiv__ = _anything


def inputs(recording: Recording) -> dict[str, PipelineChannel]:
    """The channels of a pipeline's inputs."""
    interface = recording.interface
    return _channels(interface.kinds, interface.inside, recording, None)


def outputs(task: PipelineTask) -> dict[str, PipelineChannel]:
    """The channels of what a task gives."""
    interface = task.component.interface
    return _channels(interface.output_kinds, interface.output_inside, task.recording, task)


def _channels(kinds: Mapping[str, Kind], inside: Mapping[str, Inside], recording: Recording, task: PipelineTask | None) -> dict[str, PipelineChannel]:
    found: dict[str, PipelineChannel] = {}
    for name, kind in kinds.items():
        cls = PipelineParameterChannel if isinstance(kind, ParameterType) else PipelineArtifactChannel
        found[name] = cls(name, kind, recording=recording, task=task)
        if name in inside:
            found[name].inside = inside[name]
    return found


def damage(text: str) -> str:
    """What stands in a text instead of a value of the pipeline, because Python showed the value or cut its pattern; empty if nothing does."""
    if ">" in text and (shown := _SHOWN.search(text)):
        return shown[0]
    if ";" in text or ":" in text:
        torn = _TORN.search(PATTERN.sub("", text))
        return torn[0] if torn else ""
    return ""


def names_in(text: str) -> list[tuple[str, str]]:
    """The channels that left their pattern in a text, as (task or empty, name), each once, in order."""
    return list(dict.fromkeys(PATTERN.findall(text))) if _BEGINNING in text else []
