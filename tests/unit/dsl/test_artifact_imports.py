"""An artifact class of the author's own is imported in the step, under the name by which the annotations use it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

import tests.unit.dsl.beside
from bakehouse import dsl
from bakehouse.dsl.lightweight import PythonComponent
from bakehouse.task.artifacts import Dataset
from tests.unit.dsl import beside
from tests.unit.dsl import beside as alias
from tests.unit.dsl.beside import Table
from tests.unit.dsl.beside import Table as Renamed


@dsl.component
def direct(a: dsl.Input[Table], b: dsl.Output[Dataset]) -> Table:
    return a


@dsl.component
def renamed(a: Renamed) -> None: ...


@dsl.component
def through_a_module(a: dsl.Input[list[beside.Table]]) -> None: ...


@dsl.component
def through_an_alias(a: "dsl.Input[alias.Table]") -> None: ...  # noqa: UP037  # as users write


@dsl.component
def through_packages(a: dsl.Input[tests.unit.dsl.beside.Table]) -> None: ...


@dsl.component
def in_a_result() -> NamedTuple("R", [("a", Table), ("b", int)]): ...  # type: ignore[valid-type, empty-body]  # as users write


@dsl.component
def none_at_all(a: dsl.Input[Dataset]) -> int:
    return 1


@pytest.mark.parametrize(
    ("component", "lines"),
    [
        (direct, ["from tests.unit.dsl.beside import Table"]),
        (renamed, ["from tests.unit.dsl.beside import Table as Renamed"]),
        (through_a_module, ["from tests.unit.dsl import beside"]),
        (through_an_alias, ["from tests.unit.dsl import beside as alias"]),
        (through_packages, ["import tests.unit.dsl.beside"]),
        (in_a_result, ["from tests.unit.dsl.beside import Table"]),
        (none_at_all, []),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_import_of_an_artifact_class(component: PythonComponent, lines: list[str]) -> None:
    """After the four lines of every component; the name is no name from outside then."""
    head = "\nimport kfp\nfrom kfp import dsl\nfrom kfp.dsl import *\nfrom typing import *\n"
    assert component.executor.command[-1].startswith(head + "".join(f"{line}\n" for line in lines) + "\ndef ")
    assert list(component.outside_names()) == []
    compile(component.executor.command[-1], "component", "exec")
