"""How a task keeps what it asks of Kubernetes: `platform_config["kubernetes"]`, in the JSON of KFP's `KubernetesExecutorConfig`.

As in protobuf's JSON, what says nothing (an empty text, False where nothing is the same) is left out, and an int64 is a text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bakehouse.dsl import arguments, recording
from bakehouse.dsl.channels import PipelineChannel, PipelineParameterChannel, UnknownChannel
from bakehouse.dsl.configuration import TaskConfigField
from bakehouse.dsl.errors import WrongType, WrongValue
from bakehouse.dsl.meanings import WORDS, a
from bakehouse.dsl.places import here
from bakehouse.dsl.recording import Recording
from bakehouse.dsl.task import PipelineTask
from bakehouse.dsl.values import flaws, spelled
from bakehouse.ir.spec import ParameterType
from bakehouse.kubernetes import checks

#: The name of Kubernetes among the platforms.
PLATFORM = "kubernetes"
#: Of the settings that a component can be handed, as `TaskConfig`: which kind each is.
_HANDED = {
    "tolerations": TaskConfigField.KUBERNETES_TOLERATIONS,
    "nodeSelector": TaskConfigField.KUBERNETES_NODE_SELECTOR,
    "nodeAffinity": TaskConfigField.KUBERNETES_AFFINITY,
    "podAffinity": TaskConfigField.KUBERNETES_AFFINITY,
    "pvcMount": TaskConfigField.KUBERNETES_VOLUMES,
    "secretAsVolume": TaskConfigField.KUBERNETES_VOLUMES,
    "configMapAsVolume": TaskConfigField.KUBERNETES_VOLUMES,
}
#: What the names of secrets, config maps and claims are.
NAMES = frozenset((ParameterType.STRING,))
#: What is said in Kubernetes' own words.
MAPPING = frozenset((ParameterType.STRUCT,))


class Settings:
    """What one task asks of a platform, while a function adds to it; `None` stands for a task that is none, because of an error that was told."""

    def __init__(self, task: PipelineTask | None, platform: str = PLATFORM) -> None:
        self._task, self._platform = task, platform

    @property
    def task(self) -> PipelineTask:
        """The task. Raises `AlreadyTold` where there is none."""
        if self._task is None:
            raise checks.AlreadyTold
        return self._task

    @property
    def kept(self) -> Mapping[str, Any]:
        """The settings so far."""
        kept: Mapping[str, Any] = self.task.platform_config.get(self._platform, {})
        return kept

    def _made(self) -> dict[str, Any]:
        """The settings to write into, made with the first of them."""
        made: dict[str, Any] = self.task.platform_config.setdefault(self._platform, {})
        return made

    def put(self, field: str, value: Any) -> None:
        """Set a field; nothing of it is left if it says nothing. Raises `WrongValue` for one that the component had to be handed."""
        self._check(field)
        if value:
            self._made()[field] = value
        elif field in self.kept:
            del self._made()[field]

    def add(self, field: str, entry: Mapping[str, Any]) -> None:
        """Append to a list, without what says nothing. Raises as `put` does."""
        self._check(field)
        self._made().setdefault(field, []).append(said(entry))

    def merge(self, field: str, entries: Mapping[str, Any]) -> None:
        """Put entries into a mapping, over those of the same name. Raises as `put` does."""
        self._check(field)
        self._made().setdefault(field, {}).update(entries)

    def _check(self, field: str) -> None:
        """A component that is handed settings of its task applies them itself: KFP refuses those that it would not get.

        What is no step, such as a pipeline that is called, has none at all.
        """
        self.task.check_step(f"{field} is set")
        handed = {one.field for one in self.task.component.passthroughs}
        kind = _HANDED.get(field)
        if handed and kind and kind.name not in handed:
            raise WrongValue(
                f"{field} is set on {self.task.name}, whose component gets {', '.join(sorted(handed))} of its task, but not {kind.name}",
                remedy=f"Add dsl.TaskConfigField.{kind.name} to the component's task_config_passthroughs.",
            )

    def source(self, what: str, value: Any, kinds: Collection[ParameterType] = NAMES) -> dict[str, Any]:
        """Where a value comes from: a constant, an input of the pipeline, or the output of a task, after which the task runs then.

        It is KFP's `InputParameterSpec`. Raises `WrongType`, `WrongValue`, `ForeignTask`.
        """
        if isinstance(value, UnknownChannel):
            raise checks.AlreadyTold
        if isinstance(value, PipelineChannel):
            return self._from(what, value, kinds)
        return {"runtimeValue": {"constant": checks.name(what, value) if kinds is NAMES else json_value(what, value, kinds)}}

    def _from(self, what: str, channel: PipelineChannel, kinds: Collection[ParameterType]) -> dict[str, Any]:
        error = arguments.usable(what, channel, self.task.group)
        if error is not None:
            raise error
        if not isinstance(channel, PipelineParameterChannel) or (channel.kind is not None and channel.kind not in kinds):
            kind = f", {a(channel.kind)}" if channel.kind else ""
            raise WrongType(f"{what} is given {channel.full_name}{kind}", remedy=f"Pass a {_words(kinds)}.")
        self.task.register_pipeline_channels([channel])
        if channel.task is None:
            return {"componentInputParameter": channel.full_name}
        return {"taskOutputParameter": {"producerTask": channel.task.name, "outputParameterKey": channel.name}}

    def named(self, field: str, what: str, value: Any) -> dict[str, Any]:
        """The name of something: in `field` where it is known now, which is all that older back ends read, and in `{field}Parameter`."""
        return {field: value if isinstance(value, str) else "", f"{field}Parameter": self.source(what, value)}


@contextmanager
def of(task: Any, platform: str = PLATFORM) -> Iterator[Settings]:
    """The settings of a task for a platform. What is wrong meanwhile is reported at the author's line, and nothing is set then.

    Raises `WrongType` where there is no task, and no pipeline is being built.
    """
    building = task.recording if isinstance(task, PipelineTask | UnknownChannel) else _refused(task)
    with building.reporting():
        try:
            yield Settings(task if isinstance(task, PipelineTask) else None, platform)
        except checks.AlreadyTold:
            return


def _refused(what: Any) -> Recording:
    """Report what is given for a task to the pipeline that is being built; raise it where none is."""
    described = f"the output {what.full_name}" if isinstance(what, PipelineChannel) else spelled(what)
    error = WrongType(
        f"settings for Kubernetes are given to {described}, which is no task", place=here(), remedy="Pass what the call of a component returns."
    )
    building = recording.current()
    if building is None:
        raise error
    building.report(error)
    return building


def said(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry without what says nothing. False says something only where a field can be absent: there KFP's SDK writes it."""
    return {name: value for name, value in entry.items() if value or value is False}


def json_value(what: str, value: Any, kinds: Collection[ParameterType]) -> Any:
    """A mapping, or a list where it may be one, that JSON can say and that is known now. Raises `WrongType`, `WrongValue`."""
    if not isinstance(value, dict | list) or (isinstance(value, list) and ParameterType.LIST not in kinds):
        raise WrongType(f"{what} is {spelled(value)}", remedy=f"Write a {_words(kinds)}.")
    for flaw in flaws(value, what):
        raise WrongType(flaw, remedy="Write texts, numbers, truth values, and lists and mappings of them.")
    for _ in arguments.within(value):
        raise WrongValue(
            f"{what} has a value in it that is known only when the pipeline runs",
            remedy="Let a component put the whole of it together and return a `dict`; pass that.",
        )
    return value


def _words(kinds: Collection[ParameterType]) -> str:
    return " or ".join(f"`{WORDS[kind]}`" for kind in sorted(kinds))
