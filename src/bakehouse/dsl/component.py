"""What every component is: a name, an interface, and a call that makes a task of the pipeline that is being built."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bakehouse.dsl import arguments, hooks, places, recording, workspaces
from bakehouse.dsl.errors import AuthoringError, InvalidFunction, NotCallableHere, combined
from bakehouse.dsl.meanings import Kind
from bakehouse.dsl.signatures import Interface
from bakehouse.dsl.task import PipelineTask
from bakehouse.dsl.values import halved
from bakehouse.ir.execution import Origin
from bakehouse.ir.spec import Component, Executor, PipelineFile, PipelineSpec, TaskConfigPassthrough
from bakehouse.ir.values import JsonObject

if TYPE_CHECKING:
    from bakehouse.dsl.recording import Recording


class BaseComponent:
    """Base of what can be called in a pipeline. `place` is `FILE:LINE` of its definition, `errors` what is wrong with it."""

    #: What `task_config_passthroughs` of `@component` says.
    passthroughs: tuple[TaskConfigPassthrough, ...] = ()
    #: The absolute path of the folder of modules that travel to its steps; empty where none does.
    code: str = ""
    #: What it was compiled to before, if it was loaded from such a file.
    compiled_file: PipelineFile | None = None
    #: Whether a task of it is a step with a container: not a pipeline, and nothing that the engine does itself.
    is_step = True
    #: How its author lets it give something.
    output_remedy = "Let the component give something: `-> int`, `Output[Dataset]`."
    #: Whether it is written in the style of KFP 1.
    is_old_style = False

    def __init__(self, name: str, interface: Interface, *, place: str, docstring: str = "") -> None:
        self.name, self.interface, self.place, self.docstring = name, interface, place, docstring
        self.errors: list[AuthoringError] = [*interface.errors, *halved(f"the docstring of {name}", docstring, place)]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def __call__(self, /, *args: Any, **kwargs: Any) -> PipelineTask:
        """Make a task of the pipeline that is being built. What is wrong is told when the pipeline is built.

        Inputs are given by name, or in the order of the function, in which outputs do not count.

        Outside a pipeline it runs here and now: the answer is a finished task, see `bakehouse.local.call`.
        """
        building = recording.current()
        if building is None:
            arguments.check_outside(self, args, kwargs)
            answer: PipelineTask = hooks.called(self, arguments.named(self, args, kwargs))
            return answer
        return self.task(building, args, kwargs)

    def task(self, building: Recording, args: tuple[Any, ...], kwargs: dict[str, Any]) -> PipelineTask:
        """The task that a call makes."""
        given = arguments.checked(self, args, kwargs, building)
        return PipelineTask(self, given, building)

    def execute(self, **_inputs: Any) -> Any:
        """Call the function here, in this process. Raises `NotCallableHere` where a component is not made of a Python function."""
        raise NotCallableHere(
            f"{self.name} is no Python function that could be called here", place=places.here(), remedy="Call it in a pipeline, and run the pipeline."
        )

    @property
    def executor(self) -> Executor:
        """How a task of this component runs; a pipeline has none."""
        raise NotImplementedError

    @property
    def origin(self) -> Origin | None:
        """Where the function stands whose source travels with the pipeline; `None` if none does."""
        return None

    @property
    def modern_form(self) -> str:
        """What is written today for a component in the style of KFP 1, as text that can be pasted."""
        return ""

    @cached_property
    def uses_workspace(self) -> bool:
        """Whether its tasks use the workspace, whatever they are given."""
        if self.errors:
            return False
        if self.compiled_file is not None and not self.is_step:
            return workspaces.used_in(self.compiled_file)
        return workspaces.used_by(self.executor)

    def outside_names(self) -> Iterable[AuthoringError]:
        """The names that the component's source does not carry. Costs a compilation of that source."""
        return ()

    def all_errors(self) -> list[AuthoringError]:
        """What is wrong with the component, names from outside included."""
        return [*self.errors, *self.outside_names()]

    def input_kind(self, name: str) -> Kind | None:
        """What an input asks for; `None` where it takes whatever it is given."""
        return self.interface.kinds.get(name)

    def infer_types(self) -> None:
        """Called when the pipeline is finished and all its values have their types: a component that has followed them takes them over."""

    def raise_errors(self) -> None:
        """Raise what is wrong with the component's definition, unless that is deferred."""
        error = combined(self.errors)
        if error is not None and not recording.is_deferred():
            raise error

    @property
    def required_inputs(self) -> list[str]:
        """The names of the inputs that must be given."""
        return list(self.interface.required)

    @property
    def description(self) -> str | None:
        """What the docstring says of the whole. Needs the compiler, as do the properties below."""
        return hooks.description(self) or None

    @property
    def component_spec(self) -> Component:
        """The interface as it is compiled."""
        return hooks.interface(self)

    @property
    def pipeline_spec(self) -> PipelineSpec:
        """The component compiled alone, or the pipeline."""
        return hooks.compiled(self).spec

    @property
    def platform_spec(self) -> JsonObject:
        """The settings of platforms."""
        return hooks.compiled(self).platforms


def check_function(decorator: str, given: object) -> None:
    """Raise `InvalidFunction` for what a decorator cannot make anything of: a class above all, and what has no name."""
    if callable(given) and hasattr(given, "__name__") and not isinstance(given, type):
        return
    what = f"the class {given.__name__}" if isinstance(given, type) else repr(given)
    raise InvalidFunction(f"{decorator} is put on {what}, which is no function", place=places.here(), remedy="Write a function: `def step(…): …`.")


def place_of(function: object) -> str:
    """`FILE:LINE` of a function: of its first decorator, where it has any. Empty for anything else."""
    code = getattr(function, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else ""
