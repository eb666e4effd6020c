"""The tables of docs/how-to/come-from-kfp.md: every row is true."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bakehouse import compiler, components, dsl, kubernetes
from bakehouse.dsl.component import BaseComponent
from bakehouse.ir.spec import PipelineFile
from bakehouse.legacy import clouds, gone
from bakehouse.legacy.errors import OldStyle

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "come-from-kfp.md"
ROW = re.compile(r"^\| `((?:op|dsl|components|compiler|kfp)\.[^`]+)` \| (.*) \|$", re.MULTILINE)
ROWS: list[tuple[str, str]] = ROW.findall(PAGE.read_text(encoding="utf-8"))
SAME = [(old, new.strip("`")) for old, new in ROWS if new.startswith("`")]
REFUSED = [(old, new) for old, new in ROWS if not new.startswith("`")]
MODELS = re.compile(r"\bV1\w+")


def f(a: int) -> int:
    return a


@dsl.container_component
def step():  # type: ignore[no-untyped-def]  # noqa: ANN201  # as users write
    return dsl.ContainerSpec("image", ["sh"])


def _space(text: str) -> dict[str, Any]:
    models: Mapping[str, Any] = dict.fromkeys(MODELS.findall(text), SimpleNamespace)
    kfp = SimpleNamespace(aws=clouds, gcp=clouds, onprem=clouds, Client=None, run_pipeline_func_on_cluster=gone.run_pipeline_func_on_cluster)
    text_of = "name: Say\nimplementation: {container: {image: alpine}}\n"
    return {
        "dsl": dsl, "kubernetes": kubernetes, "components": components, "compiler": compiler, "kfp": kfp, "f": f, "TEXT": text_of, **models,
    }  # fmt: skip


def _in_a_pipeline(text: str) -> PipelineFile:
    """What a line makes of a task, of either style."""

    def pipeline() -> None:
        names: dict[str, Any] = {"op": lambda: dsl.ContainerOp("step", "image", "sh"), "task": step}
        made = {name: make() for name, make in names.items() if re.search(rf"\b{name}\b", text)}
        exec(text, {**_space(text), **made})  # noqa: S102  # a row of the page

    return compiler.compile_pipeline(dsl.pipeline(pipeline)).file


def _alone(text: str) -> Any:
    value = eval(text, _space(text))  # noqa: S307  # a row of the page
    return compiler.compile_pipeline(value).file if isinstance(value, BaseComponent) else value


@pytest.mark.parametrize(("old", "new"), SAME, ids=[old for old, _ in SAME])
def test_both_compile_to_the_same(old: str, new: str) -> None:
    """What stands on the left, and what stands on the right."""
    read = _in_a_pipeline if re.search(r"\b(op|VolumeOp)\b", old) else _alone
    assert read(old) == read(new)


@pytest.mark.parametrize(("old", "remedy"), REFUSED, ids=[old for old, _ in REFUSED])
def test_what_is_refused_says_so(old: str, remedy: str) -> None:
    """To the letter."""
    with pytest.raises(OldStyle) as refused:
        _in_a_pipeline(old)
    assert refused.value.remedy == remedy


def test_the_tables_are_there() -> None:
    """As many rows as make them worth reading."""
    assert len(SAME) >= 25
    assert len(REFUSED) >= 10
