"""What stands in the command of a container component for values that are known only when it runs."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from bakehouse.dsl.errors import InvalidSignature, WrongType
from bakehouse.dsl.places import here


class Placeholder:
    """Base of placeholders: `str()` gives the text that is put into the command."""

    def to_text(self) -> str:
        """The text of the placeholder."""
        return str(self)


class InputValuePlaceholder(Placeholder):
    """The value of an input parameter."""

    def __init__(self, input_name: str) -> None:
        self.input_name = input_name

    def __str__(self) -> str:
        return f"{{{{$.inputs.parameters['{self.input_name}']}}}}"


class OutputParameterPlaceholder(Placeholder):
    """The path of the file into which the value of an output parameter is written."""

    def __init__(self, output_name: str) -> None:
        self.output_name = output_name

    def __str__(self) -> str:
        return f"{{{{$.outputs.parameters['{self.output_name}'].output_file}}}}"


class ArtifactPlaceholder(Placeholder):
    """An artifact of a container component, `side` being `inputs` or `outputs`: `.uri`, `.path`, `.metadata`, `.metadata['key']`."""

    def __init__(self, side: str, name: str) -> None:
        self._stem = f"$.{side}.artifacts['{name}']"
        self._name = name

    def __str__(self) -> str:
        return f"{{{{{self._stem}}}}}"

    @property
    def uri(self) -> Placeholder:
        """Where the bytes lie."""
        return _Field(f"{{{{{self._stem}.uri}}}}")

    @property
    def path(self) -> Placeholder:
        """The local path."""
        return _Field(f"{{{{{self._stem}.path}}}}")

    @property
    def metadata(self) -> MetadataPlaceholder:
        """The metadata as JSON; `[…]` gives one entry."""
        return MetadataPlaceholder(f"{self._stem}.metadata")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(f"the artifact {self._name} of a container component has .uri, .path and .metadata, but no .{name}")


class ArtifactListPlaceholder(ArtifactPlaceholder):
    """A list of artifacts: only the whole of it, as JSON, can be put into a command."""


class MetadataPlaceholder(Placeholder):
    """The metadata of an artifact."""

    def __init__(self, stem: str) -> None:
        self._stem = stem

    def __str__(self) -> str:
        return f"{{{{{self._stem}}}}}"

    def __getitem__(self, key: str) -> Placeholder:
        return _Field(f"{{{{{self._stem}['{key}']}}}}")


class _Field(Placeholder):
    """A text that is complete."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


class _Structure(Placeholder):
    """A placeholder that is put together by the launcher: JSON, alone in its element of the command."""

    def structure(self) -> dict[str, Any]:
        """What the JSON says."""
        raise NotImplementedError

    def to_text(self) -> str:
        """The JSON."""
        return json.dumps(self.structure(), ensure_ascii=False)

    def __str__(self) -> str:
        raise WrongType(
            f"a {type(self).__name__} cannot be part of a text",
            place=here(),
            remedy="Make it an element of its own in `command` or `args`, or an item of a ConcatPlaceholder.",
        )


class ConcatPlaceholder(_Structure):
    """Several elements as one text."""

    def __init__(self, items: list[CommandElement]) -> None:
        self.items = list(items)
        for item in self.items:
            if isinstance(item, IfPresentPlaceholder) and (isinstance(item.then, list) and len(item.then) != 1):
                raise InvalidSignature(
                    "an IfPresentPlaceholder inside a ConcatPlaceholder has a list as `then`", place=here(), remedy="Write one element there."
                )

    def structure(self) -> dict[str, Any]:
        """`{"Concat": […]}`."""
        return {"Concat": [_nested(item) for item in self.items]}


class IfPresentPlaceholder(_Structure):
    """One element or another, or several, by whether an optional input is given.

    ```python
    from bakehouse import dsl


    @dsl.container_component
    def greet(name: str = None):
        given = dsl.ConcatPlaceholder(["--name=", name])
        return dsl.ContainerSpec(image="alpine:3.20", command=["echo"], args=[dsl.IfPresentPlaceholder("name", [given], ["--nobody"])])


    @dsl.pipeline
    def greeted():
        greet(name="you")
        greet()
    ```
    """

    def __init__(
        self, input_name: str, then: CommandElement | list[CommandElement], else_: CommandElement | list[CommandElement] | None = None
    ) -> None:
        self.input_name, self.then, self.else_ = input_name, then, else_

    def structure(self) -> dict[str, Any]:
        """`{"IfPresent": {…}}`."""
        inside: dict[str, Any] = {"InputName": self.input_name, "Then": _nested_all(self.then)}
        if self.else_ is not None:
            inside["Else"] = _nested_all(self.else_)
        return {"IfPresent": inside}


CommandElement: TypeAlias = "str | int | float | bool | dict[str, Any] | list[Any] | Placeholder"


def _nested(element: Any) -> Any:
    if isinstance(element, _Structure):
        return element.structure()
    return str(element) if isinstance(element, Placeholder) else element


def _nested_all(elements: Any) -> Any:
    return [_nested(one) for one in elements] if isinstance(elements, list) else _nested(elements)


def text_of(element: Any) -> str:
    """An element of a command as text."""
    return element.to_text() if isinstance(element, Placeholder) else str(element)
