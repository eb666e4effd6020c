"""What an annotation means to a pipeline: a parameter of a type of the IR, an artifact of a schema, in or out, by value or by path."""

from __future__ import annotations

import builtins
import collections.abc
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any

from bakehouse.dsl import shaping
from bakehouse.dsl.errors import InvalidSignature
from bakehouse.ir.spec import ArtifactType, ParameterType
from bakehouse.task import artifacts, kinds, metrics, names, shapes
from bakehouse.task.annotations import InputPath, OutputPath

#: The Python types of parameters.
PARAMETERS: Mapping[object, ParameterType] = {
    str: ParameterType.STRING,
    int: ParameterType.NUMBER_INTEGER,
    float: ParameterType.NUMBER_DOUBLE,
    bool: ParameterType.BOOLEAN,
    list: ParameterType.LIST,
    dict: ParameterType.STRUCT,
    names.PipelineTaskFinalStatus: ParameterType.TASK_FINAL_STATUS,
    names.TaskConfig: ParameterType.TASK_CONFIG,
}
#: Parameters that the engine fills itself.
FED = frozenset((ParameterType.TASK_FINAL_STATUS, ParameterType.TASK_CONFIG))
#: What a user calls a type.
WORDS: Mapping[ParameterType, str] = {
    **{kind: cls.__name__ for cls, kind in PARAMETERS.items() if isinstance(cls, type)},
}
#: Names of types as texts, in `InputPath("Dataset")`, `OutputPath("Integer")` and files of components; parameters in small letters.
NAMED_PARAMETERS: Mapping[str, ParameterType] = {
    "str": ParameterType.STRING,
    "string": ParameterType.STRING,
    "text": ParameterType.STRING,
    "int": ParameterType.NUMBER_INTEGER,
    "integer": ParameterType.NUMBER_INTEGER,
    "float": ParameterType.NUMBER_DOUBLE,
    "double": ParameterType.NUMBER_DOUBLE,
    "bool": ParameterType.BOOLEAN,
    "boolean": ParameterType.BOOLEAN,
    "list": ParameterType.LIST,
    "jsonarray": ParameterType.LIST,
    "dict": ParameterType.STRUCT,
    "jsonobject": ParameterType.STRUCT,
}
_CLASSES = (
    artifacts.Artifact, artifacts.Dataset, artifacts.Model, artifacts.Metrics, artifacts.HTML, artifacts.Markdown,
    metrics.ClassificationMetrics, metrics.SlicedClassificationMetrics,
)  # fmt: skip
NAMED_ARTIFACTS: Mapping[str, type] = {cls.__name__: cls for cls in _CLASSES}
ANY_ARTIFACT = artifacts.Artifact.schema_title


class Role(Enum):
    """On which side of a component a parameter of its function stands."""

    INPUT = "input"
    OUTPUT = "output"
    EMBEDDED = "embedded"  # files inside the source: no part of the interface


#: `type`, under a name that the fields below leave alone.
Class = builtins.type


@dataclass(frozen=True)
class ArtifactKind:
    """An artifact class, or a list of it. `cls` is the class as the author has it."""

    type: ArtifactType
    is_list: bool = False
    cls: Class | None = None


Kind = ParameterType | ArtifactKind


@dataclass(frozen=True)
class Inside:
    """What the items of a list or the values of a mapping are, as far as an annotation says it: of `List[Dict[str, int]]` a mapping of ints."""

    kind: ParameterType
    inside: Inside | None = None


@dataclass(frozen=True)
class Meaning:
    """What an annotated parameter of a function is. `by_path`: the function gets a path, not a value.

    `shape` is the annotation, where the function is given what JSON does not have: a member of an Enum, a dataclass.
    """

    role: Role
    kind: Kind
    by_path: bool = False
    inside: Inside | None = None
    shape: Any = None


def word(kind: Kind | None) -> str:
    """A kind as a user calls it: `int`, `Dataset`, `list of Dataset`."""
    if kind is None:
        return "something unknown"
    if isinstance(kind, ParameterType):
        return WORDS[kind]
    name = kind.type.schema_title.rpartition(".")[2]
    return f"list of {name}" if kind.is_list else name


def a(kind: Kind | None) -> str:
    """A kind with its article: `an int`, `a list of Dataset`."""
    name = word(kind)
    return f"an {name}" if name[0] in "aeiouAEIO" else f"a {name}"


def of(annotation: Any) -> Meaning:
    """The meaning of an annotation. Raises `InvalidSignature` (without place) for one that has none."""
    by_path = _by_path(kinds.unwrapped(annotation))
    if by_path is not None:
        return by_path
    mark = kinds.marked(annotation)
    kind = of_value(annotation)
    if mark == "Embedded":
        return Meaning(Role.EMBEDDED, kind)
    if mark and isinstance(kind, ParameterType):
        raise InvalidSignature(
            f"{mark}[{word(kind)}] is not an artifact",
            remedy=f"Write `{word(kind)}` for a parameter"
            + (f", and give it back: `-> {word(kind)}`, or `OutputPath({word(kind)})`." if mark == "Output" else "."),
        )
    shape = annotation if isinstance(kind, ParameterType) and shaping.plain(annotation) is not None else None
    return Meaning(Role.OUTPUT if mark == "Output" else Role.INPUT, kind, inside=inside(annotation), shape=shape)


def inside(annotation: Any) -> Inside | None:
    """What the items of an annotated list are, or the values of a mapping; `None` where the annotation does not say it."""
    arguments = typing.get_args(kinds.unwrapped(annotation))
    wanted = {list: 1, dict: 2}.get(kinds.plain(annotation))
    if wanted is None or len(arguments) != wanted:
        return None
    item = arguments[-1]
    kind = PARAMETERS.get(_hashable(shaping.plain(item) or kinds.plain(item)))
    return None if kind is None else Inside(kind, inside(item))


def of_value(annotation: Any) -> Kind:
    """The kind of a value, without regard to marks. Raises `InvalidSignature` (without place)."""
    bare = kinds.unwrapped(annotation)
    if kinds.is_artifact(bare):
        return ArtifactKind(_type_of(bare), cls=bare)
    element = kinds.element(annotation)
    if element is not None:
        return ArtifactKind(_type_of(element), is_list=True, cls=element)
    found = PARAMETERS.get(_hashable(shaping.plain(annotation) or kinds.plain(annotation))) or _sdk_parameter(bare)
    if found is None:
        raise InvalidSignature(f"the annotation {kinds.spelled(annotation)} is no type of a parameter or artifact", remedy=_remedy(bare))
    return found


def _sdk_parameter(annotation: Any) -> ParameterType | None:
    """`PipelineTaskFinalStatus` and `TaskConfig` of another SDK mean the same."""
    if not shapes.shape_is_fed(annotation):
        return None
    return {cls.__name__: kind for cls, kind in PARAMETERS.items() if isinstance(cls, type) and kind in FED}[annotation.__name__]


def _hashable(annotation: Any) -> object:
    return annotation if isinstance(annotation, collections.abc.Hashable) else None


def _by_path(annotation: Any) -> Meaning | None:
    name = kinds.called(annotation)
    if name not in {"InputPath", "OutputPath"}:
        return None
    if isinstance(annotation, type):
        annotation = annotation()
    role = Role.INPUT if name == InputPath.__name__ else Role.OUTPUT
    kind = _path_kind(annotation.type)
    if role is Role.INPUT and isinstance(kind, ParameterType):
        raise InvalidSignature(
            f"InputPath({word(kind)}) asks for the file of a parameter, and parameters have none",
            remedy=f"Write `{word(kind)}` to get the value, or InputPath('Dataset') for the file of an artifact.",
        )
    return Meaning(role, kind, by_path=True)


def _path_kind(given: Any) -> Kind:
    """What `InputPath(…)` and `OutputPath(…)` are given: a class, the name of one in letters of any case, another text, or nothing."""
    if given is None:
        return ArtifactKind(_type_of(artifacts.Artifact), cls=artifacts.Artifact)
    if not isinstance(given, str):
        return of_value(given)
    parameter = NAMED_PARAMETERS.get(given.lower())
    if parameter is not None:
        return parameter
    # Any other text is the author's own word for what is in the file.
    cls = next((cls for name, cls in NAMED_ARTIFACTS.items() if name.lower() == given.lower()), artifacts.Artifact)
    return ArtifactKind(_type_of(cls), cls=cls)


def _type_of(cls: type) -> ArtifactType:
    title, version = getattr(cls, "schema_title", ""), getattr(cls, "schema_version", "")
    if not isinstance(title, str) or not isinstance(version, str) or not title.startswith(("system.", "google.")) or not version:
        raise InvalidSignature(
            f"the artifact class {cls.__name__} has the schema {title!r} in version {version!r}",
            remedy='A schema_title begins with "system." or "google.", and a schema_version is such as "0.0.1".',
        )
    return ArtifactType(schema_title=title, schema_version=version)


#: Classes of libraries that many return, and that are no parameters.
_TABLES = frozenset(("DataFrame", "Series", "ndarray", "Tensor"))


def _remedy(annotation: Any) -> str:
    origin = typing.get_origin(annotation)
    name = annotation.__name__ if isinstance(annotation, type) else ""
    if name in _TABLES:
        return (
            "It travels as a file: give it by `table: Output[Dataset]` among the parameters, and write it to `table.path`; "
            "take it by `table: Input[Dataset]`, and read it from `table.path`."
        )
    if origin in {typing.Union, types.UnionType} or annotation is Any:
        return "A parameter has one type: write one of str, int, float, bool, list, dict, or `Optional[…]` of it."
    if annotation in {tuple, set, frozenset} or origin in {tuple, set, frozenset}:
        return "Use `list`."
    if annotation in {bytes, bytearray}:
        return "Use an artifact (`Output[Dataset]`, `Input[Dataset]`) for bytes."
    if isinstance(annotation, type) and issubclass(annotation, PurePath):
        return "A step gets files as artifacts: `Input[Dataset]` has a `.path`. For a text that happens to be a path use `str`."
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "Give it members: `class Color(Enum): RED = 'red'`."
    if annotation in {artifacts.Artifact, InputPath, OutputPath} or kinds.called(annotation) in {"Input", "Output"}:
        return "Say which artifact: `Input[Dataset]`."
    if isinstance(annotation, type) and annotation.__module__ in {"datetime", "decimal", "uuid", "fractions"}:
        return f"Use `str`, and make the {name} of it inside the function."
    if isinstance(annotation, typing.TypeVar):
        return "Write the type itself."
    return (
        "Parameters are str, int, float, bool, list, dict, Enums, Literals and dataclasses; "
        "all else travels as an artifact: `Input[Dataset]`, `Output[Model]`."
    )
