"""What a function's annotations mean: parameters of every type, artifacts, paths, results; and which ones mean nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
from pathlib import Path
from typing import Any, Dict, List, Literal, NamedTuple, Optional, TypeVar, Union  # noqa: UP035  # as users write

import pytest

from bakehouse import dsl
from bakehouse.dsl import errors, signatures
from bakehouse.dsl.meanings import word
from bakehouse.ir.spec import ArtifactInput, ArtifactType, ParameterInput, ParameterType
from bakehouse.task.artifacts import Artifact, Dataset, Model

T = TypeVar("T")


def _inputs(annotation: Any, default: Any = ...) -> signatures.Interface:
    def function(given: annotation) -> None: ...

    function.__annotations__["given"] = annotation
    if default is not ...:
        function.__defaults__ = (default,)
    return signatures.of_component(function, "/author.py:1")


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (str, ParameterType.STRING),
        (int, ParameterType.NUMBER_INTEGER),
        (float, ParameterType.NUMBER_DOUBLE),
        (bool, ParameterType.BOOLEAN),
        (list, ParameterType.LIST),
        (List, ParameterType.LIST),  # noqa: UP006  # as users write
        (List[int], ParameterType.LIST),  # noqa: UP006  # as users write
        (list[dict[str, int]], ParameterType.LIST),
        (dict, ParameterType.STRUCT),
        (Dict, ParameterType.STRUCT),  # noqa: UP006  # as users write
        (Dict[str, int], ParameterType.STRUCT),  # noqa: UP006  # as users write
        (dict[str, Any], ParameterType.STRUCT),
        (Optional[int], ParameterType.NUMBER_INTEGER),  # noqa: UP045  # as users write
        (int | None, ParameterType.NUMBER_INTEGER),
        (Optional[List[str]], ParameterType.LIST),  # noqa: UP006, UP045  # as users write
        ("int", ParameterType.NUMBER_INTEGER),
        ("Optional[Dict[str, int]]", ParameterType.STRUCT),
    ],
    ids=str,
)
def test_types_of_parameters(annotation: Any, kind: ParameterType) -> None:
    """Every way to write one."""
    found = _inputs(annotation)
    assert found.errors == ()
    assert found.inputs.parameters == {"given": ParameterInput(kind)}
    assert found.required == ("given",)


_DATASET = ArtifactType("system.Dataset", "0.0.1")


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (dsl.Input[Dataset], ArtifactInput(_DATASET)),
        (Dataset, ArtifactInput(_DATASET)),
        ("Dataset", ArtifactInput(_DATASET)),
        ("dsl.Input[Dataset]", ArtifactInput(_DATASET)),
        (Optional[Dataset], ArtifactInput(_DATASET)),  # noqa: UP045  # as users write
        (Optional[dsl.Input[Dataset]], ArtifactInput(_DATASET)),  # noqa: UP045  # as users write
        (dsl.Input[List[Dataset]], ArtifactInput(_DATASET, is_list=True)),  # noqa: UP006  # as users write
        (list[Dataset], ArtifactInput(_DATASET, is_list=True)),
        (dsl.InputPath("Dataset"), ArtifactInput(_DATASET)),
        (dsl.InputPath(Dataset), ArtifactInput(_DATASET)),
        (dsl.InputPath(), ArtifactInput(ArtifactType("system.Artifact", "0.0.1"))),
        (dsl.InputPath, ArtifactInput(ArtifactType("system.Artifact", "0.0.1"))),
    ],
    ids=str,
)
def test_artifacts(annotation: Any, expected: ArtifactInput) -> None:
    """With and without marks, lists, and paths of them; `None` as default makes them optional."""
    assert _inputs(annotation).inputs.artifacts == {"given": expected}
    assert _inputs(annotation, None).inputs.artifacts == {"given": dataclasses.replace(expected, is_optional=True)}
    assert _inputs(annotation).errors == ()


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (dsl.Output[Model], "Model"),
        (dsl.OutputPath("Dataset"), "Dataset"),
        (dsl.OutputPath(), "Artifact"),
        (dsl.OutputPath(int), "int"),
        (dsl.OutputPath(str), "str"),
        (dsl.OutputPath("Integer"), "int"),
        (dsl.OutputPath(list[int]), "list"),
    ],
    ids=str,
)
def test_outputs_that_are_parameters_of_the_function(annotation: Any, kind: str) -> None:
    """They are no inputs."""
    found = _inputs(annotation)
    assert word(found.output_kinds["given"]) == kind
    assert not found.kinds
    assert found.required == ()


class Scores(NamedTuple):
    """Several results."""

    accuracy: float
    model: Model


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (None, {}),
        (int, {"Output": "int"}),
        ("List[int]", {"Output": "list"}),
        (Dataset, {"Output": "Dataset"}),
        (Optional[str], {"Output": "str"}),  # noqa: UP045  # as users write
        (Scores, {"accuracy": "float", "model": "Model"}),
        ("Scores", {"accuracy": "float", "model": "Model"}),
        (NamedTuple("Two", [("a", int), ("b", "list[str]")]), {"a": "int", "b": "list"}),
    ],
    ids=str,
)
def test_results(annotation: Any, expected: dict[str, str]) -> None:
    """Nothing, one value, or the fields of a NamedTuple, by call and by class."""

    def function() -> None: ...

    function.__annotations__["return"] = annotation
    found = signatures.of_component(function, "/author.py:1")
    assert found.errors == ()
    assert {name: word(kind) for name, kind in found.output_kinds.items()} == expected


class Empty(enum.Enum):
    """Allows nothing."""


class Mixed(enum.Enum):
    """Of several types."""

    ONE = 1
    TWO = "two"


class Points(enum.Enum):
    """Of values that are no parameters."""

    ORIGIN = (0, 0)


@dataclasses.dataclass
class Holder:
    """With a field that JSON does not have."""

    frames: list[int]
    raw: bytes


@dataclasses.dataclass
class Numbered:
    """With keys that JSON does not have."""

    names: dict[int, str]


class OtherSchema(Artifact):
    """No artifact that KFP takes."""

    schema_title = "mine.Other"


@pytest.mark.parametrize(
    ("annotation", "remedy"),
    [
        (Literal["x", 1], "one type"),
        (Mixed, "one type"),
        (Points, "one type"),
        (Empty, "members"),
        (Holder, "Fields are"),
        (list[Holder], "Fields are"),
        (dict[int, Literal["x"]], "Literal of texts"),
        (list[dict[Literal[1], int]], "Literal of texts"),
        (Numbered, "Literal of texts"),
        (Path, "`Input[Dataset]`"),
        (dt.date, "`str`"),
        (decimal.Decimal, "`str`"),
        (T, "the type itself"),
        (type("DataFrame", (), {}), "Output[Dataset]"),
        (Union[int, str], "one type"),  # noqa: UP007  # as users write
        (Any, "one type"),
        (tuple, "`list`"),
        (set[int], "`list`"),
        (bytes, "artifact"),
        (object, "artifact"),
        (dsl.Input, "Input[Dataset]"),
        (dsl.Input[str], "`str`"),
        (dsl.Output[int], "`-> int`"),
        (dsl.InputPath(str), "`str`"),
        (OtherSchema, "system."),
        ("not_a_name_at_all", "Parameters are"),
    ],
    ids=str,
)
def test_annotations_that_mean_nothing(annotation: Any, remedy: str) -> None:
    """Each with what to write instead; the class is kfp's TypeError."""
    (error,) = _inputs(annotation).errors
    assert isinstance(error, TypeError)
    assert remedy in (error.remedy or "")


@pytest.mark.parametrize(
    ("annotation", "default", "fits"),
    [
        (int, 3, True),
        (int, "3", False),
        (int, True, False),
        (int, 3.0, False),
        (float, 3, True),
        (float, 3.5, True),
        (float, float("inf"), False),
        (str, "", True),
        (bool, 0, False),
        (list, [1, {"a": None}], True),
        (list, (1,), False),
        (list, {}, False),
        (dict, {}, True),
        (dict, {1: 2}, False),
        (int, None, True),
        (Dataset, None, True),
        (Dataset, "x", False),
        (dsl.Output[Dataset], "x", False),
    ],
    ids=str,
)
def test_defaults(annotation: Any, default: Any, *, fits: bool) -> None:
    """A default is of the parameter's type, and JSON; artifacts have none but `None`."""
    assert (not _inputs(annotation, default).errors) is fits


def test_everything_wrong_with_a_signature_is_told_at_its_line() -> None:
    """Each parameter at its own line."""

    async def function(  # type: ignore[no-untyped-def]  # that is the mistake
        a: bytes,
        b,  # noqa: ANN001  # that is the mistake
        Output: int,  # noqa: N803  # that is the mistake
        c: dsl.Output[Dataset],
        /,
        d: dsl.Output[list[Dataset]],
        *e: int,
        **f: int,
    ) -> list[Dataset]: ...

    found = signatures.of_component(function, f"{__file__}:{function.__code__.co_firstlineno}")
    first = function.__code__.co_firstlineno
    lines = [int((error.place or "").rpartition(":")[2]) - first for error in found.errors]
    assert lines == [0, 1, 2, 3, 4, 6, 7, 8, 9]
    assert all(error.remedy for error in found.errors)


@pytest.mark.parametrize(("read", "remedy"), [(signatures.of_component, "`-> list`"), (signatures.of_pipeline, "without `yield`")])
def test_a_generator_is_refused(read: Any, remedy: str) -> None:
    """Its body would never run; the error stands at the `def`."""

    def function(n: int) -> int:  # type: ignore[misc]  # that is the mistake
        yield n

    async def both(n: int) -> int:  # type: ignore[misc]  # that is the mistake
        yield n

    (error,) = read(function, f"{__file__}:1").errors
    assert error.place == f"{__file__}:{function.__code__.co_firstlineno}"
    assert "yield" in error.message
    assert remedy in error.remedy
    (error,) = read(both, f"{__file__}:1").errors
    assert "async def" in error.message


def test_two_outputs_of_one_name() -> None:
    """A parameter and a field of the result."""

    def function(model: dsl.Output[Model]) -> Scores: ...  # type: ignore[empty-body]  # a signature alone

    (error,) = signatures.of_component(function, "/author.py:1").errors
    assert "two outputs of the name 'model'" in error.message


def test_marks_of_containers_and_pipelines() -> None:
    """Each kind of component allows what it can have."""

    def container(a: dsl.Input[Dataset], b: dsl.OutputPath(str)) -> dsl.ContainerSpec: ...  # type: ignore[valid-type, empty-body]  # as users write

    def wrong_container(a: dsl.EmbeddedInput[Dataset]) -> int: ...  # type: ignore[empty-body]  # a signature alone

    def pipeline(a: dsl.Input[list[Dataset]], b: int = 1) -> list[Dataset]: ...  # type: ignore[empty-body]  # a signature alone

    assert signatures.of_container(container, "").errors == ()
    assert len(signatures.of_container(wrong_container, "").errors) == 2
    assert signatures.of_pipeline(pipeline, "").errors == ()
    assert isinstance(signatures.of_component(pipeline, "").errors[0], errors.WrongValue)
