"""What a `ContainerOp` of KFP 1 is today: a container component of its own, an input for each value in its command, an output for each file."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bakehouse.components.loaded import interface
from bakehouse.components.v1 import sanitized
from bakehouse.dsl import arguments
from bakehouse.dsl.channels import PipelineArtifactChannel, PipelineChannel, UnknownChannel
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.errors import AuthoringError, InvalidFunction, WrongType, WrongValue
from bakehouse.dsl.graph import pipeline_name
from bakehouse.dsl.meanings import ArtifactKind
from bakehouse.dsl.placeholders import ArtifactPlaceholder, InputValuePlaceholder, OutputParameterPlaceholder
from bakehouse.dsl.places import here
from bakehouse.dsl.recording import Recording
from bakehouse.dsl.values import halved, spelled
from bakehouse.ir.spec import (
    ArtifactInput,
    ArtifactOutput,
    ArtifactType,
    ComponentInputs,
    ComponentOutputs,
    Container,
    ParameterInput,
    ParameterOutput,
    ParameterType,
)
from bakehouse.legacy import modern, paths
from bakehouse.legacy.paths import Files, InputArgumentPath, Moved
from bakehouse.task.artifacts import Artifact

#: What KFP 1 left to Argo to put in.
_ARGO = re.compile(r"\{\{(workflow|pod|inputs|outputs|tasks|steps|node|retries)[.}]")
#: Where files lie whose place the author leaves open, in the container.
_INPUTS = "/tmp/inputs"  # noqa: S108  # KFP 1's place, which programs may know
_ANY = ArtifactKind(ArtifactType(schema_title=Artifact.schema_title, schema_version=Artifact.schema_version))


@dataclass(frozen=True)
class Asked:
    """What a `ContainerOp` was told of its container, as its author wrote it."""

    name: Any
    image: Any
    command: Any = None
    arguments: Any = None
    inputs: Sequence[InputArgumentPath] = ()
    file_outputs: Any = None
    output_artifact_paths: Any = None


class ContainerOpComponent(BaseComponent):
    """The component of one `ContainerOp`. `given` are its arguments, `names` what outputs are called today by the names in `file_outputs`."""

    def __init__(self, asked: Asked, building: Recording) -> None:
        made = _Making(asked, building)
        container = made.container()
        name = pipeline_name(asked.name) if isinstance(asked.name, str) else ""
        super().__init__(name or "container-op", made.interface(), place=here())
        self.given, self.names = made.given, made.names
        self._container = container
        #: What its task is called.
        self.task_name = self.name
        if not name:
            self.errors.append(InvalidFunction(f"the name of a ContainerOp is {asked.name!r}", place=self.place, remedy="Name it, with letters."))
        self.errors += [error.at(self.place) for error in made.errors]
        #: Its outputs in the pipeline, by the names of today.
        self.gives: Mapping[str, PipelineChannel] = {}
        #: What is wrong only if nothing else is done about it until the pipeline is finished.
        self.pending: list[Callable[[], Iterable[AuthoringError]]] = []

    is_old_style = True
    output_remedy = "Name the file that the program writes: file_outputs={'output': '/tmp/output'}."

    def input_kind(self, name: str) -> None:
        """It puts whatever it is given into a text."""

    def infer_types(self) -> None:
        """Declare what values are that had no type when the component was made."""
        inputs, outputs = self.interface.inputs, self.interface.outputs
        self.interface = interface(
            ComponentInputs({name: _parameter(self.given[name]) for name in inputs.parameters}, inputs.artifacts),
            ComponentOutputs({name: ParameterOutput(_type(self.gives[name])) for name in outputs.parameters}, outputs.artifacts),
        )

    @property
    def executor(self) -> Container:
        """The container of its task."""
        return self._container

    def outside_names(self) -> Iterable[AuthoringError]:
        """What was left undone."""
        for errors in self.pending:
            yield from errors()

    @property
    def modern_form(self) -> str:
        """The component and its call, as they are written today."""
        return modern.container_component(self)


def _parameter(channel: PipelineChannel) -> ParameterInput:
    return ParameterInput(_type(channel))


def _type(channel: PipelineChannel) -> ParameterType:
    """What is not known is a text."""
    return channel.kind if isinstance(channel.kind, ParameterType) else ParameterType.STRING


class _Making:
    """A container while it is read: inputs are found in its texts."""

    def __init__(self, asked: Asked, building: Recording) -> None:
        self._asked, self._building = asked, building
        self.errors: list[AuthoringError] = []
        self.given: dict[str, PipelineChannel] = {}
        self._taken: set[str] = set()
        self._names: dict[int, str] = {}
        self._files: dict[int, Moved] = {}
        self._values: list[Moved] = []
        self._artifacts: list[Moved] = []
        outputs = self._paths("file_outputs", asked.file_outputs)
        self._parameters = {name: path for name, path in outputs.items() if name not in paths.FOR_PAGES}
        self.names = {name: self._free(sanitized(name) or "output") for name in self._parameters}
        left = {
            **self._paths("output_artifact_paths", asked.output_artifact_paths),
            **{name: outputs[name] for name in paths.FOR_PAGES & outputs.keys()},
        }
        self._made = {self._free(sanitized(name) or "output"): path for name, path in left.items()}
        self._may_miss = frozenset(path for name, path in left.items() if name in paths.FOR_PAGES)

    def _paths(self, what: str, given: Any) -> Mapping[str, str]:
        try:
            return paths.outputs(what, given or {})
        except AuthoringError as error:
            self.errors.append(error)
            return {}

    def _free(self, wanted: str) -> str:
        """A name that nothing has yet, and that a parameter of a function can have."""
        name = f"_{wanted}" if wanted[0].isdigit() else wanted
        name = f"{name}_" if keyword.iskeyword(name) or name == "Output" else name
        first, number = name, 1
        while name in self._taken:
            number += 1
            name = f"{first}_{number}"
        self._taken.add(name)
        return name

    def interface(self) -> Any:
        """What the component takes and gives. Values of files are texts."""
        parameters = {name: one for name, one in self.given.items() if not isinstance(one, PipelineArtifactChannel)}
        artifacts = {name: one for name, one in self.given.items() if isinstance(one, PipelineArtifactChannel)}
        return interface(
            ComponentInputs(
                {name: _parameter(one) for name, one in parameters.items()},
                {name: ArtifactInput(_ANY.type) for name in artifacts},
            ),
            ComponentOutputs(
                {name: ParameterOutput(ParameterType.STRING) for name in self.names.values()},
                {name: ArtifactOutput(_ANY.type) for name in self._made},
            ),
        )

    def container(self) -> Container:
        """What is run. What is wrong is in `errors` then."""
        asked = self._asked
        image = self._text("the image", asked.image) if asked.image else ""
        if not image and not self.errors:
            self.errors.append(WrongValue(f"the ContainerOp {asked.name!r} has no image", remedy='Name it: image="python:3.12".'))
        for one in asked.inputs:
            self._file(one)
        command, args = self._elements("command", asked.command), self._elements("arguments", asked.arguments)
        files = self._moved()
        if files.all and not command:
            self.errors.append(self._without_command(files))
        return Container(image, command=tuple(paths.wrapped(command, files)), args=tuple(args))

    def _moved(self) -> Files:
        parameters = [Moved(self._parameters[human], str(OutputParameterPlaceholder(name))) for human, name in self.names.items()]
        made = [Moved(path, str(ArtifactPlaceholder("outputs", name).path)) for name, path in self._made.items()]
        return Files(self._values, self._artifacts, parameters, made, self._may_miss)

    def _without_command(self, files: Files) -> AuthoringError:
        where = ", ".join(one.path for one in files.all)
        return WrongValue(
            f"the ContainerOp {self._asked.name!r} has files ({where}) but no command: what an image runs by itself cannot be told to bring them",
            remedy="Write the command that the image runs (its ENTRYPOINT: `docker inspect IMAGE`): command=['python', 'train.py'].",
        )

    def _elements(self, what: str, given: Any) -> list[str]:
        if given is None:
            return []
        return [self._element(what, one) for one in (given if isinstance(given, list | tuple) else [given])]

    def _element(self, what: str, given: Any) -> str:
        if isinstance(given, PipelineChannel):
            return self._channel(what, given)
        return self._file(given) if isinstance(given, InputArgumentPath) else self._constant(what, given)

    def _constant(self, what: str, given: Any) -> str:
        if arguments.is_task(given):
            return self._wrong(WrongType(f"{what} holds the task {given.name}, not what it gives", remedy="Pass `.output` of the task."))
        if given is None:
            return self._wrong(WrongValue(f"{what} holds None", remedy="Leave it out."))
        if isinstance(given, list | dict) and any(True for _ in arguments.within(given)):
            return self._wrong(
                WrongType(
                    f"{what} holds a {type(given).__name__} with a value in it that is known only when the pipeline runs",
                    remedy=f"Pass each value as an element of its own: {what}=['--one', one, '--two', two].",
                )
            )
        return self._text(what, given if isinstance(given, str) else str(given))

    def _wrong(self, error: AuthoringError) -> str:
        self.errors.append(error)
        return ""

    def _text(self, what: str, given: Any) -> str:
        """A text with a placeholder for each value in it."""
        if isinstance(given, PipelineChannel):
            return self._channel(what, given)
        if not isinstance(given, str):
            return self._wrong(WrongType(f"{what} is {spelled(given)}", remedy="Write a text."))
        argo = _ARGO.search(given)
        if argo:
            return self._wrong(
                WrongValue(
                    f"{what} holds a variable of Argo: {given[argo.start() : argo.start() + 40]}…",
                    remedy="Write dsl.PIPELINE_JOB_ID_PLACEHOLDER for the run, dsl.PIPELINE_TASK_ID_PLACEHOLDER for the step.",
                )
            )
        wrong = [*arguments.inside(what, given, self._building), *halved(what, given)]
        self.errors += wrong
        return "" if wrong else str(arguments.replaced(given, self._placeholder, self._building))

    def _channel(self, what: str, channel: PipelineChannel) -> str:
        if isinstance(channel, UnknownChannel):
            return ""
        error = arguments.usable(what, channel, self._building.group)
        if error is None and isinstance(channel, PipelineArtifactChannel):
            error = WrongType(
                f"{what} is given {channel.full_name}, an artifact, whose content KFP 1 put into the command",
                remedy=f"Pass its path: dsl.InputArgumentPath({modern.value(channel)}); the program reads the file.",
            )
        return self._wrong(error) if error is not None else self._placeholder(channel)

    def _placeholder(self, channel: PipelineChannel) -> str:
        return str(InputValuePlaceholder(self._input(channel)))

    def _input(self, channel: PipelineChannel) -> str:
        if id(channel) not in self._names:
            name = self._free(re.sub(r"\W+", "_", channel.full_name))
            self._names[id(channel)] = name
            self.given[name] = channel
        return self._names[id(channel)]

    def _file(self, given: InputArgumentPath) -> str:
        """The path of a file that is brought to the program."""
        try:
            return self._brought(given)
        except AuthoringError as error:
            return self._wrong(error)

    def _brought(self, given: InputArgumentPath) -> str:
        channel = given.argument
        if id(given) in self._files:
            return self._files[id(given)].path
        if isinstance(channel, PipelineArtifactChannel):
            error = arguments.usable("an InputArgumentPath", channel, self._building.group)
            if error is not None:
                raise error
            place = str(ArtifactPlaceholder("inputs", self._input(channel)).path)
            if given.path is None:
                return place
            moved, group = Moved(paths.absolute("an InputArgumentPath", given.path), place), self._artifacts
        else:
            path = given.path if given.path is not None else f"{_INPUTS}/{len(self._values)}/data"
            moved, group = Moved(paths.absolute("an InputArgumentPath", path), self._element("an InputArgumentPath", channel)), self._values
        self._files[id(given)] = moved
        group.append(moved)
        return moved.path
