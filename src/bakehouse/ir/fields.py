"""What stands at one place of a pipeline file, and whether it is what must stand there. Problems are collected, never raised.

Field names are accepted as protobuf's JSON has them (`pipelineInfo`) and as the proto has them (`pipeline_info`); null counts as absent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from operator import itemgetter
from typing import TypeVar, cast

import yaml

from bakehouse.errors import Problem
from bakehouse.ir import nodes, scalars
from bakehouse.ir.spec import ParameterType
from bakehouse.ir.values import Json, JsonObject

_E = TypeVar("_E", bound=Enum)

_PLAIN_NAME = re.compile(r"[\w-]+")
_DURATION = re.compile(r"(-?[0-9]{1,12}(?:\.[0-9]{1,9})?)s")
_EXACT = 2**53  # below it every integer is a float


@dataclass
class Reading:
    """One reading of one file: where it comes from, how its scalars are meant, and what was wrong so far."""

    origin: str
    json: bool = False
    pyyaml: bool = False
    found: list[tuple[int, Problem]] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """All problems so far, in the order of their lines."""
        return [problem for _, problem in sorted(self.found, key=itemgetter(0))]


@dataclass(slots=True)
class Found:
    """A node of the file and the way to it. `mark` is the node whose line people are told: the key's, where there is one."""

    node: nodes.Node
    key: str
    parent: Found | None
    reading: Reading
    mark: nodes.Node

    @property
    def path(self) -> tuple[str, ...]:
        """The keys that lead here."""
        return (*self.parent.path, self.key) if self.parent else ()

    def report(self, message: str, remedy: str | None = None) -> None:
        """Record a problem at this place."""
        self.reading.found.append((nodes.line(self.mark), Problem(message, place(self.reading.origin, self.mark, self.path), remedy)))

    # ------------------------------------------------------------ collections

    def fields(self, known: Collection[str]) -> dict[str, Found]:
        """The fields of a message by JSON name; `known` are those it may have. Unknown ones are left alone, unless one letter is wrong."""
        found: dict[str, Found] = {}
        for one in self._pairs("a mapping of fields"):
            key, child = one.key, one.node
            name = _camel(key) if "_" in key else key
            if child.__class__ is yaml.ScalarNode and not one.is_given():
                continue
            if name in found:
                one.report(f"{key} is given twice, as {found[name].key} too", "Remove one of the two.")
            found[name] = one
        for name in found.keys() - known:
            likely = next((right for right in sorted(known) if right not in found and _one_letter_apart(name, right)), None)
            if likely:
                found[name].report(f"{found[name].key} is not a field here", f"Did you mean {likely}?")
        return found

    def entries(self) -> dict[str, Found]:
        """The entries of a map whose keys are the author's."""
        return {one.key: one for one in self._pairs("a mapping")}

    def items(self) -> list[Found]:
        """The items of a list."""
        if isinstance(self.node, yaml.SequenceNode):
            return [Found(child, str(index), self, self.reading, child) for index, child in enumerate(self.node.value)]
        self._wrong("a list")
        return []

    def _pairs(self, expected: str) -> list[Found]:
        if isinstance(self.node, yaml.MappingNode):
            reading = self.reading
            return [Found(child, str(key.value), self, reading, key) for key, child in nodes.pairs(self.node)]
        if self.is_given():
            self._wrong(expected)
        return []

    # ------------------------------------------------------------ scalars

    def is_given(self) -> bool:
        """Whether there is anything but null."""
        node = self.node
        return not isinstance(node, yaml.ScalarNode) or bool(node.style) or node.value not in _NULLS or node.tag == _STRING

    def text(self) -> str:
        """A text. Numbers and the like are taken as they are written."""
        if isinstance(self.node, yaml.ScalarNode):
            return str(self.node.value)
        self._wrong("a text")
        return ""

    def boolean(self) -> bool:
        """True or false."""
        value = self.scalar()
        if not isinstance(value, bool):
            self._wrong("true or false")
        return value is True

    def integer(self) -> int:
        """A whole number; `3.0` and `"3"` are, as in protobuf's JSON."""
        value = self.scalar()
        if isinstance(value, str):
            value = scalars.plain(value.strip())
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self._wrong("a whole number")
        return 0

    def number(self) -> float:
        """A number, as a float."""
        value = self.scalar()
        if isinstance(value, str):
            value = scalars.JSON_WORDS.get(value, scalars.plain(value.strip()) if value.strip() else value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _as_float(value)
        self._wrong("a number")
        return 0.0

    def duration(self) -> float:
        """Seconds, written as `3600s`."""
        found = _DURATION.fullmatch(self.text())
        if found:
            return float(found[1])
        self._wrong("a duration such as 3600s")
        return 0.0

    def choice(self, kind: type[_E], numbers: Mapping[int, _E]) -> _E | None:
        """A member of an enumeration, by name or by the number that the proto gives it."""
        value = self.scalar()
        try:
            return kind(value)
        except ValueError:
            pass
        if isinstance(value, int) and value in numbers:
            return numbers[value]
        self._wrong("one of " + ", ".join(str(one.value) for one in kind))
        return None

    def scalar(self) -> Json:
        """A scalar's value."""
        node = self.node
        if not isinstance(node, yaml.ScalarNode):
            return _NOT_A_SCALAR
        if node.style or node.tag == _STRING:
            return node.value
        if self.reading.json and node.value in scalars.JSON_WORDS:
            return scalars.JSON_WORDS[node.value]
        return scalars.plain(str(node.value), pyyaml=self.reading.pyyaml)

    # ------------------------------------------------------------ values

    def value(self, *, whole: bool = False) -> Json:
        """A JSON value. `whole`: numbers such as 3.0 become integers, as they do on KFP's way through protobuf and Go."""
        node = self.node
        if isinstance(node, yaml.MappingNode):
            return {key: one.value(whole=whole) for key, one in self.entries().items()}
        if isinstance(node, yaml.SequenceNode):
            return [one.value(whole=whole) for one in self.items()]
        value = self.scalar()
        return _whole(value) if whole and isinstance(value, float) else value

    def typed(self, kind: ParameterType | None) -> Json:
        """A value of a parameter of this type. What does not fit is left as it is: validation tells of it."""
        match kind:
            case ParameterType.STRING:
                return self._string()
            case ParameterType.NUMBER_INTEGER:
                value = self._numeric()
                return int(value) if isinstance(value, float) and value.is_integer() else value
            case ParameterType.NUMBER_DOUBLE:
                value = self._numeric()
                return _as_float(value) if isinstance(value, int) and not isinstance(value, bool) else value
            case None | ParameterType.BOOLEAN:
                return self.value()
            case _:
                return self.value(whole=True)

    def _string(self) -> Json:
        node = self.node
        if isinstance(node, yaml.ScalarNode) and not node.style and scalars.is_scientific(str(node.value)):
            return node.value
        return self.value()

    def _numeric(self) -> Json:
        node = self.node
        if isinstance(node, yaml.ScalarNode) and not node.style and scalars.is_scientific(str(node.value)):
            return float(node.value)
        return self.value()

    def object(self, *, whole: bool = False) -> JsonObject:
        """A JSON object."""
        if isinstance(self.node, yaml.MappingNode):
            return cast("JsonObject", self.value(whole=whole))
        self._wrong("a mapping")
        return {}

    def _wrong(self, expected: str) -> None:
        self.report(f"{self.key or 'the document'} must be {expected}, not {described(self.node)}")


def place(origin: str, node: nodes.Node, path: tuple[str, ...]) -> str:
    """`FILE:LINE (path.in.spec)`."""
    where = f" ({dotted(path)})" if path else ""
    return f"{origin}:{nodes.line(node)}{where}"


def dotted(path: tuple[str, ...]) -> str:
    """A path as people read it; names that hold more than word characters and dashes are quoted."""
    return ".".join(part if _PLAIN_NAME.fullmatch(part) else repr(part) for part in path)


def described(node: nodes.Node) -> str:
    """What stands there, in words."""
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    text = str(node.value)
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


_SHOWN = 60
_STRING = "tag:yaml.org,2002:str"
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_NOT_A_SCALAR = object()


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def _one_letter_apart(one: str, other: str) -> bool:
    """Whether one letter more, less, changed or swapped with its neighbour makes one name of the other."""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < _SHORTEST_TYPO:
        return False
    start = next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    swapped = a[:2] == b[:2][::-1] and a[2:] == b[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped


_SHORTEST_TYPO = 4


def _whole(value: float) -> int | float:
    """The integer that a float is; negative zero is none."""
    return int(value) if value.is_integer() and abs(value) <= _EXACT and str(value) != "-0.0" else value


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
