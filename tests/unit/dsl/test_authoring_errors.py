"""What an author does wrong is told all at once, with the line and the remedy, by an error that is also kfp's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bakehouse import dsl
from bakehouse.dsl import errors, recording
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.task import PipelineTask
from bakehouse.errors import BakehouseError
from bakehouse.task.artifacts import Dataset, Model


@dsl.component
def step(n: int, rate: float = 1.0, text: str = "", items: list[int] = [], table: dsl.Input[Dataset] = None) -> int:  # type: ignore[assignment]  # noqa: B006  # as users write
    return n


@dsl.component
def model(made: dsl.Output[Model], table: dsl.Output[Dataset]) -> str:
    return ""


@dsl.component
def number() -> float:
    return 1.0


@dsl.component
def many(tables: dsl.Input[list[Dataset]]) -> int:
    return len(tables)


@dsl.component
def parted(made: dsl.Output[Model], first: int, *, second: int = 0) -> int:
    return first


@dsl.component
def silent() -> None:
    pass


@dsl.component
def told(status: dsl.PipelineTaskFinalStatus) -> None:
    pass


@dsl.pipeline
def other(n: int = 1) -> int:
    return step(n=n).output


_STRANGER = other.recording.tasks["step"]

#: What is done in a pipeline, the error, and words of its message and remedy.
CASES: dict[str, tuple[Callable[..., object], type[Exception], type[Exception], list[str]]] = {
    "too many by position": (lambda n: parted(n, n), errors.PositionalArgument, TypeError, ["it takes one: first", "parted(second=…)"]),
    "far too many": (lambda n: other(n, n), errors.PositionalArgument, TypeError, ["2 arguments", "it takes one: n", "Leave the others out"]),
    "by position and by name": (lambda n: parted(n, first=n), errors.PositionalArgument, TypeError, ["its input first twice", "once"]),
    "no inputs at all": (lambda n: silent(n), errors.PositionalArgument, TypeError, ["it has no inputs"]),
    "what the engine fills in, by position": (lambda n: told(n), errors.PositionalArgument, TypeError, ["given by name"]),
    "a wrong type by position": (lambda n: step("x"), errors.WrongType, TypeError, ["an int", "'x' (a str)"]),
    "unknown": (lambda n: step(n=n, textt=""), errors.UnknownInput, TypeError, ["no input textt", "`text`"]),
    "an output as input": (lambda n: model(made=n), errors.UnknownInput, TypeError, ["made is an output of model"]),
    "missing": (lambda n: step(), errors.MissingInput, TypeError, ["required input n"]),
    "text for int": (lambda n: step(n="x"), errors.WrongType, TypeError, ["an int", "'x' (a str)"]),
    "float for int": (lambda n: step(n=1.5), errors.WrongType, TypeError, ["1.5 (a float)"]),
    "bool for int": (lambda n: step(n=True), errors.WrongType, TypeError, ["True (a bool)"]),
    "int for text": (lambda n: step(n=n, text=5), errors.WrongType, TypeError, ["a str", "5 (an int)"]),
    "mapping for list": (lambda n: step(n=n, items={}), errors.WrongType, TypeError, ["a list"]),
    "a parameter of another type": (lambda n: step(n=number().output), errors.WrongType, TypeError, ["number-Output, a float"]),
    "int output for float": (lambda n: step(n=n, rate=n), errors.WrongType, TypeError, ["a float", "n, an int"]),
    "artifact for a parameter": (lambda n: step(n=model().outputs["made"]), errors.WrongType, TypeError, ["model-made, a Model"]),
    "another artifact": (
        lambda n: step(n=n, table=model().outputs["made"]),
        errors.WrongType,
        TypeError,
        ["a Dataset", "a Model", "Input[Artifact]"],
    ),
    "parameter for an artifact": (lambda n: step(n=n, table=n), errors.WrongType, TypeError, ["a Dataset", "n, an int"]),
    "constant for an artifact": (lambda n: step(n=n, table="x"), errors.WrongType, TypeError, ["a Dataset", "'x'"]),
    "one artifact for a list": (lambda n: many(tables=model().outputs["table"]), errors.WrongType, TypeError, ["list of Dataset"]),
    "a task": (lambda n: step(n=step(n=n)), errors.WrongType, TypeError, ["the task step", "`.output`"]),
    "a task with several outputs": (lambda n: step(n=model()), errors.WrongType, TypeError, [".outputs['…']"]),
    "nothing": (lambda n: step(n=None), errors.WrongValue, ValueError, ["None", "Leave the input out"]),
    "nothing for a default": (lambda n: step(n=n, text=None), errors.WrongValue, ValueError, ["None", "Leave the input out"]),
    "a tuple": (lambda n: step(n=n, items=(1,)), errors.WrongValue, ValueError, ["tuple"]),
    "an object": (lambda n: step(n=n, items=[1, [object()]]), errors.WrongValue, ValueError, ["[1][0] is a object"]),
    "not a number": (lambda n: step(n=n, rate=float("nan")), errors.WrongValue, ValueError, ["nan"]),
    "a key that is no text": (lambda n: step(n=n, items=[{1: 2}]), errors.WrongValue, ValueError, ["key 1"]),
    "a key of the run": (lambda n: step(n=n, items=[{f"{n}": 2}]), errors.WrongValue, ValueError, ["key of a mapping"]),
    "a status": (lambda n: told(status={}), errors.WrongType, TypeError, ["filled in"]),
    "an artifact in a text": (lambda n: step(n=n, text=f"{model().outputs['made']}"), errors.WrongType, TypeError, ["text", ".uri"]),
    "an artifact in a list": (lambda n: step(n=n, items=[model().outputs["made"]]), errors.WrongType, TypeError, ["item of a list"]),
    "a task in a text": (lambda n: step(n=n, text=f"{silent()}"), errors.WrongValue, ValueError, ["<PipelineTask silent>", ".output"]),
    "what Python shows of a value": (lambda n: step(n=n, text=f"{n!r}"), errors.WrongValue, ValueError, ["<PipelineParameterChannel n>", "!r"]),
    "a list in a text": (lambda n: step(n=n, text=f"{[n]}"), errors.WrongValue, ValueError, ["not inside of a list"]),
    "a text that was changed": (lambda n: step(n=n, text=f"{n}".upper()), errors.WrongValue, ValueError, ["CHANNEL:", "inside a component"]),
    "a text that was cut": (lambda n: step(n=n, items=[f"{n}"[:-3]]), errors.WrongValue, ValueError, ["`{channel:task=`", "inside a component"]),
    "a format": (lambda n: step(n=n, text=f"{n:03}"), errors.WrongType, TypeError, ["formatted"]),
    "another pipeline's output": (lambda n: step(n=_STRANGER.output), errors.ForeignTask, ValueError, ["another pipeline"]),
    "another pipeline's output in a list": (lambda n: step(n=n, items=[_STRANGER.output]), errors.ForeignTask, ValueError, ["another pipeline"]),
    "another pipeline's text": (
        lambda n: step(n=n, text="{{channel:task=nobody;name=Output;type=String;}}"),
        errors.ForeignTask,
        ValueError,
        ["nobody"],
    ),
    "after another pipeline's task": (lambda n: step(n=n).after(_STRANGER), errors.ForeignTask, ValueError, ["another pipeline"]),
    "after itself": (lambda n: _after_itself(step(n=n)), errors.InvalidPipeline, ValueError, ["after itself"]),
    "after a text": (lambda n: step(n=n).after("x"), errors.WrongValue, ValueError, ["takes tasks"]),  # type: ignore[arg-type]  # that is the mistake
    "an unknown output": (lambda n: model().outputs["mode"], errors.NoSuchOutput, KeyError, ["no output 'mode'", "`made`"]),
    "one of several outputs": (lambda n: model().output, errors.NoSuchOutput, AttributeError, ["ambiguous"]),
    "no output at all": (lambda n: silent().output, errors.NoSuchOutput, AttributeError, ["gives nothing"]),
    "cores": (lambda n: step(n=n).set_cpu_limit("1x"), errors.WrongValue, ValueError, ["'1x'", "500m"]),
    "cores as a number": (lambda n: step(n=n).set_cpu_limit(1), errors.WrongType, TypeError, ['"1"']),  # type: ignore[arg-type]  # that is the mistake
    "memory": (lambda n: step(n=n).set_memory_request("1.5G"), errors.WrongValue, ValueError, ["512Mi"]),
    "accelerators": (lambda n: step(n=n).set_accelerator_limit(-1), errors.WrongValue, ValueError, ["-1"]),
    "a duration": (lambda n: step(n=n).set_retry(1, "1 month"), errors.WrongValue, ValueError, ["'1 month'", "2 weeks"]),
    "a number of retries": (lambda n: step(n=n).set_retry(-1), errors.WrongValue, ValueError, ["-1"]),
    "a cause": (lambda n: step(n=n).set_retry_policy(on=["exit-code"]), errors.WrongValue, ValueError, ["no cause 'exit-code'", "exit code"]),
    "a limit of time": (lambda n: step(n=n).set_timeout("soon"), errors.WrongValue, ValueError, ["'soon' is no limit", "30s"]),
    "a growth of memory": (lambda n: step(n=n).set_memory_growth(0.5, "1Gi"), errors.WrongValue, ValueError, ["0.5 is no factor", "above 1"]),
    "an exit code": (lambda n: step(n=n).set_retry_policy(never_exit_codes=[-1]), errors.WrongValue, ValueError, ["-1 is no exit code"]),
    "a jitter": (lambda n: step(n=n).set_retry_policy(jitter="some"), errors.WrongValue, ValueError, ["'some' is no jitter"]),
    "an environment variable of the run": (lambda n: step(n=n).set_env_variable("A", n), errors.WrongType, TypeError, ["known now"]),
    "an environment variable with a value of the run": (
        lambda n: step(n=n).set_env_variable("A", f"n is {n}"),
        errors.WrongValue,
        ValueError,
        ["a text with a value in it", "os.environ['NAME']"],
    ),
    "an environment variable named by the run": (lambda n: step(n=n).set_env_variable(f"{n}", ""), errors.WrongValue, ValueError, ["known now"]),
    "a nameless environment variable": (lambda n: step(n=n).set_env_variable("", ""), errors.WrongValue, ValueError, ["no name"]),
    "a caching switch": (lambda n: step(n=n).set_caching_options("no"), errors.WrongType, TypeError, ["True or False"]),  # type: ignore[arg-type]  # that is the mistake
    "a pause": (lambda n: step(n=n).set_debug_pause(after=False), errors.WrongValue, ValueError, ["neither before nor after"]),
    "a contradictory pause": (lambda n: step(n=n).set_debug_pause(after=False, on_error=True), errors.WrongValue, ValueError, ["on_error"]),
    "an artifact as a setting": (lambda n: step(n=n).set_container_image(model().outputs["made"]), errors.WrongType, TypeError, ["no text"]),
    "a display name of the run": (lambda n: step(n=n).set_display_name(f"of {n}"), errors.WrongValue, ValueError, ["known now"]),
    "a text with a value as a setting": (lambda n: step(n=n).set_container_image(f"x:{n}"), errors.WrongValue, ValueError, ["Pass the value"]),
    "failure without a default": (lambda n: step(n=step(n=n).output).ignore_upstream_failure(), errors.InvalidPipeline, ValueError, ["no default"]),
    "the workspace": (lambda n: step(n=n, text=dsl.WORKSPACE_PATH_PLACEHOLDER), errors.InvalidPipeline, ValueError, ["WorkspaceConfig"]),
}


#: Cases whose place is not the line of the case.
_ELSEWHERE = ("after itself",)


def _after_itself(task: PipelineTask) -> None:
    task.after(task)


def _line(function: Callable[..., object]) -> int:
    return function.__code__.co_firstlineno


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_told_with_its_line_and_remedy(name: str) -> None:
    """The error is ours and of kfp's class; its place is the author's line; it has a remedy."""
    mistake, own, kfps, words = CASES[name]

    def wrong(n: int = 1) -> None:
        step(n=n)
        mistake(n)

    with pytest.raises(BakehouseError) as caught:
        dsl.pipeline(wrong)
    error = caught.value
    assert isinstance(error, own)
    assert isinstance(error, kfps)
    assert error.remedy
    for word in words:
        assert word in str(error)
    if name not in _ELSEWHERE:
        assert error.place == f"{__file__}:{_line(mistake)}"


def test_arguments_without_names_are_the_inputs_in_order() -> None:
    """Outputs of the function are not counted, names can follow, and `None` where it is the default is as good as nothing."""

    @dsl.pipeline
    def fine(n: int = 1) -> None:
        parted(n, second=2)
        step(n, 0.5, text="a", table=None)
        other(n)

    assert [task.inputs for task in fine.recording.tasks.values()] == [
        {"second": 2, "first": fine.recording.inputs["n"]},
        {"text": "a", "n": fine.recording.inputs["n"], "rate": 0.5},
        {"n": fine.recording.inputs["n"]},
    ]


def test_all_mistakes_come_at_once() -> None:
    """The function is traced to its end, whatever is wrong on the way, and nothing follows from an error but itself."""

    def wrong(n: int = 1) -> int:
        first = step(m=n)
        second = step(n=first.outputs["nothing"]).set_cpu_limit("x")
        third = step(n=second.output, text=f"{n}")
        third.after(first, second).set_memory_limit("y")
        return model(n=1).output

    with pytest.raises(errors.AuthoringProblems) as caught:
        dsl.pipeline(wrong)
    said = [(int((problem.place or "").rpartition(":")[2]) - _line(wrong), problem.message) for problem in caught.value.problems]
    assert [line for line, _ in said] == [1, 1, 2, 2, 4, 5, 5]
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, ValueError)


def test_what_the_function_raises_itself_is_the_authors_to_read() -> None:
    """Unless there is something to tell already: then that comes, and the exception behind it."""

    def raises(n: int = 1) -> None:
        step(n=n)
        raise LookupError("own")

    def both(n: int = 1) -> None:
        step(m=n)
        raise LookupError("own")

    with pytest.raises(LookupError, match="own"):
        dsl.pipeline(raises)
    with pytest.raises(errors.AuthoringProblems) as caught:
        dsl.pipeline(both)
    assert isinstance(caught.value.__cause__, LookupError)


def _returns_nothing(n: int = 1) -> int:  # type: ignore[empty-body]  # that is the mistake
    step(n=n)


def _returns_its_input(n: int = 1) -> int:
    step(n=n)
    return n


def _returns_a_constant(n: int = 1) -> int:
    step(n=n)
    return 5


def _returns_a_task(n: int = 1) -> int:
    return step(n=n)  # type: ignore[return-value]  # that is the mistake


def _returns_another_type(n: int = 1) -> str:
    return step(n=n).output  # type: ignore[return-value]  # that is the mistake


def _returns_unannounced(n: int = 1):  # type: ignore[no-untyped-def]  # noqa: ANN202  # that is the mistake
    return step(n=n).output


def _returns_anothers(n: int = 1) -> int:
    step(n=n)
    return _STRANGER.output  # type: ignore[return-value]  # that is the mistake


def _has_no_task(n: int = 1) -> None:
    pass


def _has_an_output(n: dsl.Output[Dataset]) -> None:
    step(n=1)


@pytest.mark.parametrize(
    ("function", "word"),
    [
        (_returns_nothing, "not returned"),
        (_returns_its_input, "own input"),
        (_returns_a_constant, "5"),
        (_returns_a_task, "the task step"),
        (_returns_another_type, "a str"),
        (_returns_unannounced, "no return annotation"),
        (_returns_anothers, "another pipeline"),
        (_has_no_task, "no task"),
        (_has_an_output, "parameters of a pipeline are its inputs"),
    ],
)
def test_a_pipeline_that_is_wrong_as_a_whole(function: Callable[..., object], word: str) -> None:
    """Results and tasks are checked when the function has returned; the place is the pipeline's."""
    with pytest.raises(errors.AuthoringError, match=word) as caught:
        dsl.pipeline(function)
    assert (caught.value.place or "").startswith(f"{__file__}:")
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["!!", "ä", "a" * 129])
def test_a_name_that_cannot_be(name: str) -> None:
    """Of what is given, small letters and digits are kept; 1 to 128 of them must be left."""

    def steps() -> None:
        step(n=1)

    with pytest.raises(errors.InvalidPipeline):
        dsl.pipeline(name=name)(steps)


def test_a_pipeline_that_calls_itself() -> None:
    """Python only knows that the name is not there yet; the error is told at the line of the call."""

    def again() -> None:
        step(n=1)
        again_and_again()  # type: ignore[name-defined]  # noqa: F821  # that is the mistake

    again.__name__ = "again_and_again"
    with pytest.raises(errors.InvalidPipeline, match="again-and-again calls itself") as caught:
        dsl.pipeline(again)
    assert caught.value.place == f"{__file__}:{again.__code__.co_firstlineno + 2}"
    assert "ParallelFor" in (caught.value.remedy or "")


@pytest.mark.parametrize("decorator", [dsl.component, dsl.container_component, dsl.pipeline])
@pytest.mark.parametrize("given", [Dataset, 5, object()], ids=["a class", "a number", "an object"])
def test_a_decorator_on_what_is_no_function(decorator: Callable[[object], object], given: object) -> None:
    """A class could be called, and nothing would come of it."""
    with pytest.raises(errors.InvalidFunction, match=r"is put on .*, which is no function") as caught:
        decorator(given)
    assert (caught.value.place or "").startswith(f"{__file__}:")


def test_errors_come_in_the_order_of_lines() -> None:
    """By file, the first that is named first, and line; what has no place comes last."""
    places = ("b.py:12", None, "a.py:3", "b.py:2", "b.py:2 (root.dag)", "<cell>:1:7")
    found = errors.combined(errors.InvalidPipeline(str(number), place=place) for number, place in enumerate(places))
    assert found is not None
    assert [problem.message for problem in found.problems] == ["3", "4", "0", "2", "5", "1"]


def test_wrong_names_of_a_call_outside_a_pipeline_are_told_before_anything_runs() -> None:
    """As in a pipeline."""
    with pytest.raises(errors.UnknownInput):
        step(n=1, m=1)


def test_errors_of_a_deferred_file_come_when_the_pipeline_is_compiled() -> None:
    """Decorators raise nothing; what is wrong with components and pipeline is told together, and what is not used does not matter."""
    with recording.deferred():

        @dsl.component
        def broken(n: bytes) -> int:
            return 1

        @dsl.component
        def unused(*n: int) -> int:
            return 1

        @dsl.pipeline(name="uses-broken")
        def uses_broken(n: int = 1) -> None:
            step(n=broken(n=n).output)
            step(m=1)

        @dsl.pipeline(name="uses-broken")
        def namesake(n: int = 1) -> None:
            step(n=n)

        @dsl.pipeline
        def fine(n: int = 1) -> None:
            step(n=n)

    messages = [error.message for error in uses_broken.all_errors()]
    assert len(messages) == 3
    assert any("bytes" in message for message in messages)
    assert [type(error) for error in namesake.all_errors()] == [errors.InvalidPipeline]
    assert fine.all_errors() == []
    assert isinstance(unused, BaseComponent)


def test_the_author_stands_outside_of_bakehouse() -> None:
    """Places are never in our own files."""
    assert "bakehouse" not in Path(step.place.rpartition(":")[0]).parts[-3:]
