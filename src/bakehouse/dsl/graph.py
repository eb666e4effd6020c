"""`@dsl.pipeline`: a function that is traced once, when it is decorated. What it does wrong is told when it has been traced, all at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, overload

from bakehouse.dsl import arguments, exits, identities, misuses, reach, signatures, workspaces
from bakehouse.dsl import untyped as untyped_values
from bakehouse.dsl.channels import PipelineChannel, UnknownChannel
from bakehouse.dsl.checking import CalledExactly, P, R
from bakehouse.dsl.component import BaseComponent, check_function, place_of
from bakehouse.dsl.configuration import PipelineConfig
from bakehouse.dsl.errors import AuthoringError, InvalidPipeline, WrongType, WrongValue, combined
from bakehouse.dsl.groups import TasksGroup
from bakehouse.dsl.meanings import a, word
from bakehouse.dsl.places import of_exception
from bakehouse.dsl.recording import Recording, namesake
from bakehouse.dsl.task import PipelineTask
from bakehouse.dsl.values import flaws, halved

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")


class GraphComponent(CalledExactly[P, R], BaseComponent):
    """A pipeline: `recording` is what its function did. In another pipeline it is a component like others."""

    is_step = False

    #: The function that it was traced from, if it was.
    pipeline_func: Callable[P, R]

    def __init__(self, recording: Recording, settings: Settings, *, place: str, docstring: str = "") -> None:
        super().__init__(recording.pipeline, recording.interface, place=place, docstring=docstring)
        self.recording, self.settings = recording, settings

    @property
    def is_of_old_steps(self) -> bool:
        """Whether a step is in the style of KFP 1, whose pipelines need not say of what types their inputs are."""
        return any(component.is_old_style for component in self.recording.components)

    @cached_property
    def uses_workspace(self) -> bool:
        """Whether any of its tasks does."""
        return any(map(_uses_workspace, self.recording.tasks.values()))

    def take_up(self) -> None:
        """Once the recording is finished: its interface, and what is wrong in it and with its components."""
        self.interface = self.recording.interface
        self.errors += self.recording.errors
        for component in self.recording.components:
            self.errors += component.all_errors()

    def trace(self) -> None:
        """Call the function. An exception of its own stops it, and is the author's to read, unless there is something to tell already."""
        recording = self.recording
        for question in identities.asked(self.pipeline_func, recording.inputs):
            recording.report(question)
        function: Callable[..., Any] = self.pipeline_func
        with recording.active():
            try:
                returned = function(**recording.inputs)
            except AuthoringError as error:
                recording.report(error)
                return
            except Exception as error:
                misused = _recursion(error, self) or misuses.told(error, recording)
                if misused is not None:
                    recording.report(misused)
                    return
                untyped = () if self.is_of_old_steps else self.interface.untyped.values()
                known = combined([*untyped, *recording.errors, *(one for used in recording.components for one in used.all_errors())])
                if known is None:
                    raise
                raise known from error
        for found in (*_finished(self, returned), *(untyped_values.infer_types(recording) if self.is_of_old_steps else ())):
            recording.report(found.at(self.place))


def _recursion(error: Exception, made: GraphComponent) -> AuthoringError | None:
    """The authoring error where the function asks for its own name, which it gets only when it has been traced."""
    if type(error) is not NameError or error.name != made.pipeline_func.__name__:
        return None
    return InvalidPipeline(
        f"the pipeline {made.name} calls itself, and would never end: a pipeline has all its tasks when it is built",
        place=of_exception(error),
        remedy="Repeat by `for`, a number of times that is known now, or by `with dsl.ParallelFor(…)`; or repeat inside a component.",
    )


class Settings:
    """What `@dsl.pipeline` was told."""

    def __init__(self, **given: Any) -> None:
        self.name: str | None = given.get("name")
        self.description: str | None = given.get("description")
        self.root: str | None = given.get("pipeline_root")
        self.display_name: str | None = given.get("display_name")
        self.config: PipelineConfig | None = given.get("pipeline_config")

    @property
    def names(self) -> tuple[str, ...]:
        """The names as they are written, of which the pipeline's own is made."""
        return tuple(name for name in (self.name, self.display_name) if name is not None)

    def flaws(self, place: str) -> Iterator[AuthoringError]:
        """What is wrong with the texts."""
        texts = {"name": self.name, "display_name": self.display_name, "description": self.description, "pipeline_root": self.root}
        for what, text in texts.items():
            yield from halved(f"{what} of a pipeline", text, place)
        for flaw in flaws(self.config.compiled(), "pipeline_config") if self.config else ():
            yield WrongValue(flaw, place=place, remedy="Write texts, numbers, truth values, and lists and mappings of them.")


@overload
def pipeline(
    func: Callable[P, R],
    /,
    *,
    name: str | None = ...,
    description: str | None = ...,
    pipeline_root: str | None = ...,
    display_name: str | None = ...,
    pipeline_config: PipelineConfig | None = ...,
) -> GraphComponent[P, R]: ...


@overload
def pipeline(
    func: None = None,
    *,
    name: str | None = ...,
    description: str | None = ...,
    pipeline_root: str | None = ...,
    display_name: str | None = ...,
    pipeline_config: PipelineConfig | None = ...,
) -> Callable[[Callable[P, R]], GraphComponent[P, R]]: ...


def pipeline(  # noqa: PLR0913  # kfp's signature
    func: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    pipeline_root: str | None = None,
    display_name: str | None = None,
    pipeline_config: PipelineConfig | None = None,
) -> GraphComponent | Callable[[Callable[..., Any]], GraphComponent]:
    """Make a pipeline of a function that calls components. The function is called here, once.

    Raises an `AuthoringError`, or `AuthoringProblems` with all that is wrong in the pipeline and the components it uses.

    ```python
    from bakehouse import dsl


    @dsl.component
    def double(n: int) -> int:
        return 2 * n


    @dsl.pipeline(name="twice-double", description="Doubles a number, twice.")
    def twice(n: int = 3) -> int:
        return double(n=double(n=n).output).output
    ```
    """
    settings = Settings(name=name, description=description, pipeline_root=pipeline_root, display_name=display_name, pipeline_config=pipeline_config)

    def decorate(function: Callable[P, R]) -> GraphComponent[P, R]:
        made = _traced(function, settings)
        made.raise_errors()
        return made

    return decorate if func is None else decorate(func)


def _traced(function: Callable[P, R], settings: Settings) -> GraphComponent[P, R]:
    """The pipeline of a function, which is called. Raises `InvalidFunction` for what is none; all else that is wrong is noted in its errors."""
    place = place_of(function)
    check_function("@dsl.pipeline", function)
    interface = signatures.of_pipeline(function, place)
    recording = Recording(pipeline_name(settings.name or function.__name__), interface)
    for name in interface.untyped:
        recording.inputs[name].kind = None
    made: GraphComponent[P, R] = GraphComponent(recording, settings, place=place, docstring=function.__doc__ or "")
    made.pipeline_func = function
    made.errors += settings.flaws(place)
    if not _NAME.fullmatch(made.name):
        made.errors.append(_invalid_name(settings.name or function.__name__, place))
    other = namesake(made.name, place)
    if other:
        message = f"two pipelines of this file have the name {made.name}: the other one stands at {other}"
        made.errors.append(InvalidPipeline(message, place=place, remedy='Give one of them another: @dsl.pipeline(name="…").'))
    if not interface.errors:
        made.trace()
    if interface.untyped and not made.is_of_old_steps:
        made.errors += interface.untyped.values()
    else:
        made.take_up()
    return made


def pipeline_name(text: str) -> str:
    """A name as pipelines have it: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", str(text).lower()).strip("-")


def _invalid_name(given: str, place: str) -> AuthoringError:
    return InvalidPipeline(
        f"{given!r} is no name of a pipeline: of its letters and digits, 1 to 128 in small letters are to be left",
        place=place,
        remedy='Give it one: @dsl.pipeline(name="…").',
    )


# ---------------------------------------------------------------- when the function has returned


def _finished(made: GraphComponent, returned: Any) -> Iterator[AuthoringError]:
    recording = made.recording
    if not recording.tasks and not recording.errors:
        yield InvalidPipeline(f"the pipeline {made.name} has no task", remedy="Call a component in its function.")
    if made.settings.config is None or made.settings.config.workspace is None:
        yield from _without_workspace(made)
    yield from exits.problems(recording)
    yield from _namesakes(recording.root)
    yield from _results(made, returned)


def _without_workspace(made: GraphComponent) -> Iterator[AuthoringError]:
    """The first task that would need a workspace: that of a pipeline that is called is this one's, for a run has one."""
    task = next((one for one in made.recording.tasks.values() if _uses_workspace(one)), None)
    if task is None:
        return
    yield InvalidPipeline(
        f"the pipeline {made.name} uses a workspace in its task {task.name}, but has none",
        place=task.place,
        remedy='Give it one: pipeline_config=dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="10Gi")).',
    )


def _uses_workspace(task: PipelineTask) -> bool:
    return workspaces.mentioned(task.inputs) or task.component.uses_workspace


def _namesakes(group: TasksGroup) -> Iterator[AuthoringError]:
    """Tasks that are called as a block beside them: a component can have any name, blocks are named by their number."""
    names = {one.name: one for one in group.groups}
    for task in group.tasks if names else ():
        if task.name in names:
            block = names[task.name]
            yield InvalidPipeline(
                f"the task {task.name} is called as the {block.construct} at {block.place} is",
                place=task.place,
                remedy=f"Give its component, the function {task.component.name}, another name.",
            )
    for inner in group.groups:
        yield from _namesakes(inner)


def _results(made: GraphComponent, returned: Any) -> Iterator[AuthoringError]:
    """Check what the function returned, and take it up as the outputs of the pipeline."""
    wanted = made.interface.results
    if not wanted:
        if returned is not None and not isinstance(returned, UnknownChannel):
            yield InvalidPipeline(
                f"the pipeline {made.name} returns something, but has no return annotation",
                remedy="Annotate what it returns, as `-> int`, or return nothing.",
            )
        return
    for name in wanted:
        value = getattr(returned, name, None) if made.interface.is_tuple else returned
        if isinstance(returned, UnknownChannel):
            continue
        error = _result(made, name, value)
        if error is not None:
            yield error
        elif isinstance(value, PipelineChannel):
            made.recording.outputs[name] = value


def _result(made: GraphComponent, name: str, value: Any) -> AuthoringError | None:
    what = f"the output {name} of the pipeline {made.name}"
    kind = made.interface.output_kinds[name]
    if isinstance(value, UnknownChannel):
        return None
    if value is None:
        return InvalidPipeline(f"{what} is not returned", remedy=f"Return it: {_example(made, name)}")
    if not isinstance(value, PipelineChannel):
        found = f"the task {value.name}" if arguments.is_task(value) else repr(value)
        return WrongValue(f"{what} is {found}, not something that a task gives", remedy=f"Return an output of a task: {_example(made, name)}")
    if value.recording is not made.recording:
        return arguments.foreign(f"{what} is {value.full_name}")
    error = reach.use(what, value, made.recording.root)
    if error is not None:
        return error
    if value is made.recording.inputs.get(value.name):
        return InvalidPipeline(f"{what} is the pipeline's own input {value.name}", remedy="Return what a task gives: let a component pass it on.")
    if not arguments.fits(value.kind, kind):
        return WrongType(f"{what} is {a(kind)}, but {value.full_name} is {a(value.kind)}", remedy=f"Annotate it as `{word(value.kind)}`.")
    return None


def _example(made: GraphComponent, name: str) -> str:
    return f"`return Outputs({name}=task.output, …)`." if made.interface.is_tuple else "`return task.output`."
