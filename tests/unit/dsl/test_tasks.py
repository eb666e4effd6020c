"""Tasks and channels while a pipeline is built: names, outputs, texts, comparisons, deprecated spellings."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bakehouse import dsl
from bakehouse.dsl.channels import PipelineArtifactChannel, PipelineParameterChannel
from bakehouse.dsl.comparisons import ConditionOperation
from bakehouse.dsl.errors import AuthoringProblems, NoSuchSetting, NotKnownNow, WrongValue
from bakehouse.dsl.task import PipelineTask
from bakehouse.errors import Problems
from bakehouse.ir.parameters import check_parameters
from bakehouse.ir.spec import ComponentInputs, ParameterInput, ParameterType
from bakehouse.task.artifacts import Dataset


@dsl.component
def step(n: int = 1, text: str = "", items: list[str] = [], table: dsl.Input[Dataset] = None) -> int:  # type: ignore[assignment]  # noqa: B006  # as users write
    return n


@dsl.component
def step_2() -> None:
    pass


@dsl.component
def tables(one: dsl.Output[Dataset]) -> int:
    return 1


def test_names_of_tasks() -> None:
    """The component's name, then numbers, whatever else is called so."""
    names: list[str] = []

    @dsl.pipeline
    def pipeline() -> None:
        names.extend(task.name for task in (step(), step_2(), step(), step(), step_2(), step()))

    assert names == ["step", "step-2", "step-3", "step-4", "step-2-2", "step-5"]


def test_what_a_task_shows() -> None:
    """The attributes that kfp has: name, inputs, outputs, channels, tasks it waits for."""
    seen: list[PipelineTask] = []

    @dsl.pipeline
    def pipeline(n: int = 1) -> None:
        first = tables()
        second = step(n=first.outputs["Output"], text=f"{n}", items=["x", f"{first.outputs['Output']}"], table=first.outputs["one"]).after(first)
        second.set_memory_limit("1G").set_container_image(n)
        seen.extend((first, second))

    first, second = seen
    assert list(first.outputs) == ["one", "Output"]
    assert isinstance(first.outputs["one"], PipelineArtifactChannel)
    assert isinstance(second.output, PipelineParameterChannel)
    assert (second.output.name, second.output.task_name, second.output.full_name) == ("Output", "step", "step-Output")
    assert second.output.channel_type == "Integer"
    assert first.outputs["one"].channel_type == "system.Dataset@0.0.1"  # type: ignore[attr-defined]  # checked above
    assert second.dependent_tasks == ["tables"]
    assert [channel.full_name for channel in second.channel_inputs] == ["tables-Output", "n", "tables-Output", "tables-one", "n"]
    assert sorted(second.inputs) == ["items", "n", "table", "text"]
    assert str(second.output) == "{{channel:task=step;name=Output;type=Integer;}}"


def test_a_comparison_has_no_truth() -> None:
    """It is for `dsl.If`; Python's own `if` would silently take one branch."""

    def decides(n: int = 1) -> None:
        comparison: object = n == 1
        assert isinstance(comparison, ConditionOperation)
        assert comparison.operator == "=="
        if n > 1:
            step()

    with pytest.raises(NotKnownNow, match="only when the pipeline runs") as caught:
        dsl.pipeline(decides)
    assert caught.value.place == f"{__file__}:{decides.__code__.co_firstlineno + 4}"


def test_deprecated_spellings_warn_and_work() -> None:
    """`set_gpu_limit` and `add_node_selector_constraint`."""

    @dsl.pipeline
    def pipeline() -> None:
        task = step()
        with pytest.warns(DeprecationWarning, match="set_accelerator_limit"):
            task.set_gpu_limit("2")
        with pytest.warns(DeprecationWarning, match="set_accelerator_type"):
            task.add_node_selector_constraint("tpu")

    assert pipeline.recording.tasks["step"].settings == {"accelerator_count": "2", "accelerator_type": "tpu"}


def test_pipelines_built_in_turn_do_not_mix() -> None:
    """One inside the function of another is built for itself."""

    @dsl.pipeline
    def outer() -> None:
        step()

        @dsl.pipeline
        def inner() -> None:
            step()
            step()

        step_2()

    assert list(outer.recording.tasks) == ["step", "step-2"]


@pytest.mark.parametrize(("value", "is_on"), [("1", False), ("true", False), ("YES", False), ("on", False), ("", True), ("0", True), ("no", True)])
def test_caching_can_be_switched_off_by_the_environment(value: str, *, is_on: bool) -> None:
    """Where a task says nothing itself; read when dsl is imported."""
    program = "from bakehouse.dsl.switches import caching_is_on; print(caching_is_on())"
    environment = {**os.environ, "KFP_DISABLE_EXECUTION_CACHING_BY_DEFAULT": value}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{is_on}\n"


def test_half_a_character_is_refused_where_it_is_written() -> None:
    """A file in UTF-8 has none."""
    half = "a\ud800b"

    def pipeline(text: str = "") -> None:
        step(text=half)
        step(items=[half])
        step().set_env_variable("A", half)
        step().set_display_name(half)

    with pytest.raises(AuthoringProblems) as caught:
        dsl.pipeline(pipeline)
    line = pipeline.__code__.co_firstlineno
    assert [error.place for error in caught.value.errors] == [f"{__file__}:{line + number}" for number in (1, 2, 3, 4)]
    assert all("half a character" in error.message for error in caught.value.errors)
    pipeline.__defaults__ = (half,)
    with pytest.raises(WrongValue, match=r"the default of text is .* half a character"):
        dsl.pipeline(pipeline)
    with pytest.raises(Problems, match="the parameter text holds half a character"):
        check_parameters(ComponentInputs({"text": ParameterInput(ParameterType.STRING)}), {"text": half})


def test_a_task_has_no_truth_and_no_misspelt_method() -> None:
    """Python would take a task for true; a method that is meant is named."""

    def asked() -> None:
        if step():
            step()

    def misspelt() -> None:
        step().set_cachng_options(False)

    with pytest.raises(NotKnownNow, match="whether the task step is true") as caught:
        dsl.pipeline(asked)
    assert caught.value.place == f"{__file__}:{asked.__code__.co_firstlineno + 1}"
    with pytest.raises(NoSuchSetting, match="Did you mean `set_caching_options`") as wrong:
        dsl.pipeline(misspelt)
    assert wrong.value.place == f"{__file__}:{misspelt.__code__.co_firstlineno + 1}"


def test_an_input_can_be_called_self() -> None:
    """It is no name of Python's."""

    @dsl.component
    def named(self: int) -> int:
        return self

    @dsl.pipeline
    def pipeline() -> None:
        named(self=3)

    assert pipeline.recording.tasks["named"].inputs == {"self": 3}
