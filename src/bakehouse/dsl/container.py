"""`@dsl.container_component`: an image and a command. The function is called once, with placeholders, to say which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bakehouse.dsl import signatures
from bakehouse.dsl.checking import Called, P, R
from bakehouse.dsl.component import BaseComponent, check_function, place_of
from bakehouse.dsl.errors import AuthoringError, InvalidSignature, WrongType
from bakehouse.dsl.lightweight import component_name
from bakehouse.dsl.meanings import ArtifactKind
from bakehouse.dsl.placeholders import (
    ArtifactListPlaceholder,
    ArtifactPlaceholder,
    CommandElement,
    IfPresentPlaceholder,
    InputValuePlaceholder,
    OutputParameterPlaceholder,
    Placeholder,
    text_of,
)
from bakehouse.dsl.signatures import Interface
from bakehouse.dsl.values import writable
from bakehouse.ir.spec import Container


@dataclass
class ContainerSpec:
    """What a container component returns: image, command and arguments."""

    image: str
    command: list[CommandElement] | None = None
    args: list[CommandElement] | None = None


class ContainerComponent(Called[P, R], BaseComponent):
    """A component that runs a container."""

    def __init__(self, function: Callable[P, R]) -> None:
        check_function("@dsl.container_component", function)
        place = place_of(function)
        interface = signatures.of_container(function, place)
        super().__init__(component_name(function), interface, place=place, docstring=function.__doc__ or "")
        self.container_func = function
        self._executor = Container("")
        if not self.errors:
            try:
                self._executor = _container(self._returned(placeholders(interface)), self.name, interface)
            except AuthoringError as error:
                self.errors.append(error.at(place))

    def _returned(self, given: Mapping[str, Any]) -> Any:
        function: Callable[..., Any] = self.container_func
        return function(**given)

    @property
    def executor(self) -> Container:
        """The container of its tasks."""
        return self._executor


def container_component(func: Callable[P, R]) -> ContainerComponent[P, R]:
    """Make a component of a function that returns a `ContainerSpec`. Raises an `AuthoringError` where it cannot be one.

    ```python
    from bakehouse import dsl


    @dsl.container_component
    def count(text: str, lines: dsl.OutputPath(int)):
        return dsl.ContainerSpec(image="alpine:3.20", command=["sh", "-c", 'echo "$0" | wc -l > "$1"'], args=[text, lines])


    @dsl.pipeline
    def counted(text: str = "one line") -> int:
        return count(text=text).outputs["lines"]
    ```
    """
    made = ContainerComponent(func)
    made.raise_errors()
    return made


def placeholders(interface: Interface) -> Mapping[str, Placeholder]:
    """What the function is called with."""
    found: dict[str, Placeholder] = {name: InputValuePlaceholder(name) for name in interface.inputs.parameters}
    found.update({name: OutputParameterPlaceholder(name) for name in interface.outputs.parameters})
    for side, kinds in (("inputs", interface.kinds), ("outputs", interface.output_kinds)):
        for name, kind in kinds.items():
            if isinstance(kind, ArtifactKind):
                artifact = (ArtifactListPlaceholder if kind.is_list else ArtifactPlaceholder)(side, name)
                found[name] = artifact.path if name in interface.paths else artifact
    return found


def _container(spec: Any, name: str, interface: Interface) -> Container:
    if not hasattr(spec, "image") or not hasattr(spec, "args"):
        raise InvalidSignature(
            f"the container component {name} returns {spec!r}, not a ContainerSpec", remedy="Write `return dsl.ContainerSpec(image=…, command=[…])`."
        )
    if not isinstance(spec.image, str | Placeholder):
        raise WrongType(f"the image of the container component {name} is {spec.image!r}", remedy='Write a text: image="alpine".')
    return Container(
        writable(f"the image of the container component {name}", text_of(spec.image)),
        command=tuple(_elements("command", spec.command, name, interface)),
        args=tuple(_elements("args", spec.args, name, interface)),
    )


def _elements(what: str, given: Sequence[Any] | None, name: str, interface: Interface) -> Iterable[str]:
    if given is not None and not isinstance(given, list | tuple):
        raise WrongType(f"{what} of the container component {name} is {given!r}", remedy=f'Write a list: {what}=["…"].')
    for element in given or ():
        if type(element) is ArtifactPlaceholder:
            raise WrongType(
                f"{what} of the container component {name} holds an artifact as a whole", remedy="Write `.path`, `.uri` or `.metadata` of it."
            )
        if isinstance(element, IfPresentPlaceholder) and element.input_name not in interface.kinds:
            raise WrongType(f"IfPresentPlaceholder of the container component {name} names {element.input_name!r}", remedy="Name one of its inputs.")
        yield writable(f"{what} of the container component {name}", text_of(element))
