"""`func_to_container_op` and its kin of KFP 1: functions become components of today, which are called and connected as they were then."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bakehouse import components
from bakehouse.dsl import arguments, hooks
from bakehouse.dsl.channels import PipelineChannel
from bakehouse.dsl.lightweight import AskedPackages, PythonComponent, Settings
from bakehouse.dsl.places import here
from bakehouse.dsl.recording import Recording
from bakehouse.dsl.sources import Source
from bakehouse.dsl.values import converted
from bakehouse.ir.spec import ParameterType
from bakehouse.legacy import headers, passing
from bakehouse.legacy.errors import OldStyle
from bakehouse.legacy.headers import Header
from bakehouse.legacy.op import NamedOutputs
from bakehouse.legacy.setters import Op


@dataclass(frozen=True)
class Adapted:
    """How a component takes something else than its function does: its header then, and which inputs those are."""

    header: Header
    ways: Mapping[str, str]

    def __hash__(self) -> int:
        return hash(tuple(sorted((name, way, self.header.annotations[name].text) for name, way in self.ways.items())))


class FunctionComponent(PythonComponent):
    """A component made of a function of KFP 1: arguments may have no names, inputs and outputs the names that they had then."""

    is_old_style = True

    def __init__(self, function: Callable[..., Any], settings: Settings, extra_code: str = "", adapted: Adapted | None = None) -> None:
        is_function = inspect.isfunction(function)
        own = headers.read(function) if is_function else Header()
        self.header = adapted.header if adapted else own
        self._made_of = (function, settings, extra_code)
        self._behind = passing.source(function.__name__, own, adapted.ways) if adapted else ""
        self._others: dict[Adapted, FunctionComponent] = {}
        super().__init__(headers.annotated(function, self.header) if is_function else function, settings)

    def _own_source(self) -> Source:
        return headers.rewritten(super()._own_source(), self.header)

    def _source(self) -> str:
        return super()._source() + self._behind

    def _carried(self) -> Iterable[str]:
        extra_code = self._made_of[2]
        return [*super()._carried(), *([extra_code] if extra_code else [])]

    def task(self, building: Recording, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Op:
        """The task that a call makes; constants are converted to the types of the inputs, as KFP 1 read them out of texts."""
        by_name = {self.header.inputs.get(name, name): value for name, value in kwargs.items()}
        other = self._taking({**by_name, **dict(zip(self.interface.positional, args, strict=False))})
        places = other.interface.positional
        given = [other.fitting(name, one) for name, one in zip(places, args, strict=False)]
        checked = arguments.checked(
            other, (*given, *args[len(places) :]), {name: other.fitting(name, one) for name, one in by_name.items()}, building
        )
        return _Task(other, checked, building)

    def _taking(self, given: Mapping[str, Any]) -> FunctionComponent:
        """This component, or where it is given values for files, or files for values, one that takes them: the same for the same."""
        ways = passing.otherwise(self.header, given)
        if not ways or self.errors:
            return self
        adapted = Adapted(passing.adapted(self.header, ways, given), ways)
        if adapted not in self._others:
            self._others[adapted] = FunctionComponent(*self._made_of, adapted)
        return self._others[adapted]

    def fitting(self, name: str, value: Any) -> Any:
        """An argument, converted where it is a constant of another type than the input's."""
        kind = self.interface.kinds.get(name)
        if isinstance(value, PipelineChannel) or not isinstance(kind, ParameterType) or arguments.is_task(value):
            return value
        if self._behind and kind is ParameterType.STRING:
            return passing.as_text(value)
        if name in self.header.untyped:
            value = headers.as_text(value)
        found = converted(value, kind)
        return value if found is None else found

    @property
    def modern_form(self) -> str:
        """The decorator and the header, as they are written today."""
        told = [f"base_image={self.settings.base_image!r}"] if self.settings.base_image else []
        told += [f"packages_to_install={[*self.settings.packages.requirements]!r}"] if self.settings.packages.requirements else []
        definition = ast.parse(self.parts[-1].text).body[0] if self.parts else None
        if isinstance(definition, ast.FunctionDef):
            definition.body = [ast.Expr(ast.Constant(...))]
            for node in ast.walk(definition):
                if isinstance(node, ast.Name) and node.id in {"InputPath", "OutputPath"}:
                    node.id = f"dsl.{node.id}"
        header = ast.unparse(definition) if definition is not None else ""
        decorator = f"@dsl.component({', '.join(told)})" if told else "@dsl.component"
        return f"{decorator}\n{header}  # what the function does stays as it is"


class _Task(Op):
    """A task of such a component: its outputs have the names of KFP 1 too."""

    def __init__(self, component: FunctionComponent, inputs: Mapping[str, Any], building: Recording) -> None:
        super().__init__(component, inputs, building)
        self._outputs = NamedOutputs(self, dict(self._outputs), component.header.outputs)


def create_component_from_func(
    func: Callable[..., Any],
    output_component_file: str | None = None,
    base_image: str | None = None,
    packages_to_install: Sequence[str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> FunctionComponent:
    """A component of a function, as `@dsl.component` makes it today; `annotations` of the file of KFP 1 have no place in today's.

    Raises an `AuthoringError` where the function cannot be one.
    """
    del annotations
    return _made(func, output_component_file, base_image=base_image, packages_to_install=packages_to_install)


def func_to_container_op(  # noqa: PLR0913, PLR0917  # kfp's signature
    func: Callable[..., Any],
    output_component_file: str | None = None,
    base_image: str | None = None,
    extra_code: str = "",
    packages_to_install: Sequence[str] | None = None,
    modules_to_capture: Sequence[str] | None = None,
    use_code_pickling: bool = False,  # noqa: FBT001, FBT002  # kfp's signature
    annotations: Mapping[str, str] | None = None,
) -> FunctionComponent:
    """The same; `extra_code` stands before the function. Raises `OldStyle` where code is to travel as a pickle."""
    del annotations
    if modules_to_capture or use_code_pickling:
        raise OldStyle(
            "func_to_container_op is to pickle code (modules_to_capture, use_code_pickling), and today the source travels",
            place=here(),
            remedy="Name the functions that travel along: @dsl.component(additional_funcs=[helper]); or import them inside the function.",
        )
    return _made(func, output_component_file, base_image=base_image, packages_to_install=packages_to_install, extra_code=extra_code)


def _made(
    func: Callable[..., Any],
    output_component_file: str | None,
    *,
    base_image: str | None,
    packages_to_install: Sequence[str] | None,
    extra_code: str = "",
) -> FunctionComponent:
    settings = Settings(base_image=base_image, packages=AskedPackages(packages_to_install).checked())
    made = FunctionComponent(func, settings, extra_code)
    made.raise_errors()
    if output_component_file is not None:
        hooks.write(made, output_component_file)
    return made


def load_component(filename: str | None = None, url: str | None = None, text: str | None = None) -> components.YamlComponent:
    """A component of a file, a URL or a text. Raises `OldStyle` where not one of them is given, and as the loaders of today do."""
    given = {"filename": filename, "url": url, "text": text}
    named = [name for name, value in given.items() if value is not None]
    if len(named) != 1:
        raise OldStyle(f"load_component is given {', '.join(named) or 'nothing'}", place=here(), remedy="Give it one of filename, url and text.")
    if filename is not None:
        return components.load_component_from_file(filename)
    return components.load_component_from_url(url) if url is not None else components.load_component_from_text(text or "")
