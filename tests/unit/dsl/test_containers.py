"""Container components: placeholders in commands, and what cannot be in one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bakehouse import dsl
from bakehouse.dsl import errors
from bakehouse.task.artifacts import Dataset, Model


def _args(function: Callable[..., Any]) -> tuple[str, ...]:
    return dsl.container_component(function).executor.args


def test_placeholders_of_every_kind() -> None:
    """Values, artifacts and their parts, files of outputs; inside texts and alone."""

    def container(  # noqa: PLR0913, PLR0917  # one of each kind
        n: int,
        table: dsl.Input[Dataset],
        tables: dsl.Input[list[Dataset]],
        model: dsl.Output[Model],
        text: dsl.OutputPath(str),  # type: ignore[valid-type]  # as users write
        file: dsl.InputPath("Dataset"),  # type: ignore[valid-type]  # as users write
        out: dsl.OutputPath("Model"),  # type: ignore[valid-type]  # as users write
    ) -> dsl.ContainerSpec:
        metadata: Any = table.metadata
        return dsl.ContainerSpec(
            "image", args=[n, f"n={n}", table.uri, f"{table.path}/x", metadata, metadata["k"], tables, model.path, text, file, out, 5]
        )

    assert _args(container) == (
        "{{$.inputs.parameters['n']}}",
        "n={{$.inputs.parameters['n']}}",
        "{{$.inputs.artifacts['table'].uri}}",
        "{{$.inputs.artifacts['table'].path}}/x",
        "{{$.inputs.artifacts['table'].metadata}}",
        "{{$.inputs.artifacts['table'].metadata['k']}}",
        "{{$.inputs.artifacts['tables']}}",
        "{{$.outputs.artifacts['model'].path}}",
        "{{$.outputs.parameters['text'].output_file}}",
        "{{$.inputs.artifacts['file'].path}}",
        "{{$.outputs.artifacts['out'].path}}",
        "5",
    )


def _no_spec(n: int) -> int:
    return n


def _whole_artifact(table: dsl.Input[Dataset]) -> dsl.ContainerSpec:
    return dsl.ContainerSpec("image", args=[table])  # type: ignore[list-item]  # that is the mistake


def _a_text_for_a_list(n: int) -> dsl.ContainerSpec:
    return dsl.ContainerSpec("image", command="sh -c")  # type: ignore[arg-type]  # that is the mistake


def _unknown_input(n: int) -> dsl.ContainerSpec:
    return dsl.ContainerSpec("image", args=[dsl.IfPresentPlaceholder("m", "x")])


def _structure_in_a_text(n: int) -> dsl.ContainerSpec:
    return dsl.ContainerSpec("image", args=[f"{dsl.ConcatPlaceholder(['a', 'b'])}"])


@pytest.mark.parametrize("function", [_no_spec, _whole_artifact, _a_text_for_a_list, _unknown_input, _structure_in_a_text])
def test_what_cannot_be_in_a_command(function: Callable[..., Any]) -> None:
    """With its place and the way out; the class is kfp's TypeError."""
    with pytest.raises(errors.AuthoringError) as caught:
        dsl.container_component(function)
    assert isinstance(caught.value, TypeError)
    assert (caught.value.place or "").startswith(f"{__file__}:")
    assert caught.value.remedy


def test_artifacts_have_three_things() -> None:
    """As with kfp, anything else is an AttributeError."""

    def container(table: dsl.Input[Dataset]) -> dsl.ContainerSpec:
        return dsl.ContainerSpec("image", args=[table.name])

    with pytest.raises(AttributeError, match=r"\.uri, \.path and \.metadata"):
        dsl.container_component(container)
