"""What an author does wrong with branches, loops, exit handlers, importers and pipelines in pipelines: told at its line, with a remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bakehouse import dsl
from bakehouse.dsl import errors
from bakehouse.errors import BakehouseError
from bakehouse.task.artifacts import Dataset


@dsl.component
def step(n: int = 1, text: str = "", items: list = [], options: dict = {}) -> int:  # type: ignore[type-arg]  # noqa: B006  # as users write
    return n


@dsl.component
def table(n: int = 1) -> Dataset:
    return Dataset(uri=str(n))


@dsl.component
def use(rows: dsl.Input[Dataset]) -> int:
    return 1


@dsl.component
def told(status: dsl.PipelineTaskFinalStatus, n: int = 1) -> None:
    pass


@dsl.component
def condition_1() -> None:
    pass


@dsl.pipeline
def inner(n: int) -> int:
    return step(n=n).output


@dsl.pipeline(pipeline_config=dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="1Gi")))
def sharing(n: int = 1) -> None:
    with dsl.If(n == 1):
        step(text=f"{dsl.WORKSPACE_PATH_PLACEHOLDER}/a")


_STRANGER = inner.recording.tasks["step"]


def _if(decide: Callable[[Any], Any]) -> Callable[[Any], None]:
    def use_it(n: Any) -> None:
        with dsl.If(decide(n)):
            step(n=n)

    return use_it


def _loop(items: Callable[[Any], Any], **named: Any) -> Callable[[Any], None]:
    def use_it(n: Any) -> None:
        with dsl.ParallelFor(items(n), **named):
            step(n=n)

    return use_it


def _in_branch(n: Any) -> Any:
    with dsl.If(n == 1):
        return step(n=n)


def _in_loop(n: Any) -> Any:
    with dsl.ParallelFor([1, 2]):
        return step(n=n)


def _in_handler(n: Any) -> Any:
    with dsl.ExitHandler(step(n=n)):
        return step(n=n)


def _branches(n: Any) -> list[Any]:
    with dsl.If(n == 1):
        a = step(n=n)
    with dsl.Elif(n == 2):
        b = step(n=n)
    with dsl.Else():
        c = step(n=n)
    return [a, b, c]


def _joined(*which: int) -> Callable[[Any], Any]:
    def use_it(n: Any) -> Any:
        branches = _branches(n)
        return dsl.OneOf(*[branches[index].output for index in which])

    return use_it


def _two_branches(n: Any) -> Any:
    with dsl.If(n == 1):
        a = step(n=n)
    with dsl.Elif(n == 2):
        b = step(n=n)
    return dsl.OneOf(a.output, b.output)


def _joined_in_loop(n: Any) -> Any:
    with dsl.ParallelFor([1]):
        return _joined(0, 1, 2)(n)


def _joined_inside(n: Any) -> None:
    with dsl.If(n == 1):
        a = step(n=n)
    with dsl.Else():
        b = step(n=n)
        with dsl.ParallelFor([1]):
            step(n=dsl.OneOf(a.output, b.output))


def _else_alone(n: Any) -> None:
    step(n=n)
    with dsl.Else():
        step(n=n)


def _else_twice(n: Any) -> None:
    with dsl.If(n == 1):
        step(n=n)
    for _ in range(2):
        with dsl.Else():
            step(n=n)


def _empty(n: Any) -> None:
    with dsl.If(n == 1):
        pass


def _twice(n: Any) -> None:
    block = dsl.If(n == 1)
    for _ in range(2):
        with block:
            step(n=n)


def _inside_itself(make: Callable[[Any], Any]) -> Callable[[Any], None]:
    def use_it(n: Any) -> None:
        block = make(n)
        with block:
            step(n=n)
            with block as item:
                step(n=item if isinstance(block, dsl.ParallelFor) else n)
            step(n=n)
        step(n=n)

    return use_it


def _handler_in_branch(n: Any) -> None:
    end = step(n=n)
    with dsl.If(n == 1), dsl.ExitHandler(end):
        step(n=n)


def _exit_twice(n: Any) -> None:
    end = step(n=n)
    for _ in range(2):
        with dsl.ExitHandler(end):
            step(n=n)


def _exit_task(make: Callable[[Any], Any]) -> Callable[[Any], None]:
    def use_it(n: Any) -> None:
        with dsl.ExitHandler(make(n)):
            step(n=n)

    return use_it


def _after_exit_task(n: Any) -> None:
    end = step(n=n)
    with dsl.ExitHandler(end):
        step(n=n)
    step(n=end.output)


def _of_item(get: Callable[[Any], Any], items: Any) -> Callable[[Any], None]:
    def use_it(n: Any) -> None:
        with dsl.ParallelFor(items) as item:
            step(text=get(item))

    return use_it


def _item_outside(n: Any) -> None:
    with dsl.ParallelFor([1, 2]) as item:
        step(n=item)
    step(n=item)


def _collected_inside(n: Any) -> None:
    with dsl.ParallelFor([1, 2]) as item:
        made = step(n=item)
        step(items=dsl.Collected(made.output))


_ROWS = [{"a": 1, "b": "x"}]
#: What is done in a pipeline with its input `n`, an int; the error, and words of its message and remedy.
CASES: dict[str, tuple[Callable[[Any], Any], type[Exception], list[str]]] = {
    "a constant condition": (_if(lambda _: True), errors.WrongValue, ["known now", "Python's `if`"]),
    "a task as condition": (_if(lambda n: step(n=n)), errors.WrongType, ["comparison", "task.output == …"]),
    "a number as condition": (_if(lambda n: n), errors.WrongType, ["n (an int)", "Compare it"]),
    "a text for a number": (_if(lambda n: n == "1"), errors.WrongType, ["n == '1' (a str)", "n is an int"]),
    "a truth for a number": (_if(lambda n: n == True), errors.WrongType, ["True (a bool)"]),  # noqa: E712  # as users write
    "nothing": (_if(lambda n: n == None), errors.WrongType, ["None"]),  # noqa: E711  # as users write
    "infinity": (_if(lambda n: n < float("inf")), errors.WrongType, ["inf"]),
    "a list compared": (_if(lambda _: dsl.Collected(_in_loop(1).output) == 1), errors.WrongType, ["a list", "let a component decide"]),
    "an artifact compared": (_if(lambda _: table().output == "x"), errors.WrongType, ["a Dataset"]),
    "a text with a value compared": (_if(lambda n: n == f"{n}"), errors.WrongValue, ["Let a component put the text together"]),
    "another pipeline's output compared": (_if(lambda _: _STRANGER.output == 1), errors.ForeignTask, ["another pipeline"]),
    "something joined": (_if(lambda n: (n == 1) & 5), errors.WrongType, ["5 (an int)"]),
    "no name": (lambda n: dsl.If(n == 1, name=5), errors.WrongType, ["the name of a dsl.If"]),  # type: ignore[arg-type]  # that is the mistake
    "an else alone": (_else_alone, errors.InvalidPipeline, ["no dsl.If stands right before it"]),
    "two elses": (_else_twice, errors.InvalidPipeline, ["an Else stands before it"]),
    "an empty block": (_empty, errors.InvalidPipeline, ["holds no task"]),
    "a task called as a block": (lambda n: (condition_1(), _in_branch(n)), errors.InvalidPipeline, ["condition-1", "another name"]),
    "a block twice": (_twice, errors.InvalidPipeline, ["a second time"]),
    "a branch inside itself": (_inside_itself(lambda n: dsl.If(n == 1)), errors.InvalidPipeline, ["the dsl.If is entered a second time"]),
    "a loop inside itself": (
        _inside_itself(lambda _: dsl.ParallelFor([1])),
        errors.InvalidPipeline,
        ["the dsl.ParallelFor is entered a second time"],
    ),
    "a handler inside itself": (
        _inside_itself(lambda _: dsl.ExitHandler(step())),
        errors.InvalidPipeline,
        ["the dsl.ExitHandler is entered a second time"],
    ),
    "from a branch": (lambda n: step(n=_in_branch(n).output), errors.OutOfScope, ["only if the dsl.If at", "dsl.OneOf"]),
    "from a branch, in a list": (lambda n: step(items=[_in_branch(n).output]), errors.OutOfScope, ["only if the dsl.If"]),
    "from a branch, in a text": (lambda n: step(text=f"{_in_branch(n).output}"), errors.OutOfScope, ["only if the dsl.If"]),
    "from a branch, as a setting": (lambda n: step().set_cpu_limit(_in_branch(n).output), errors.OutOfScope, ["cpu_limit"]),  # type: ignore[arg-type]  # an int
    "after a task of a branch": (lambda n: step(n=n).after(_in_branch(n)), errors.OutOfScope, ["same block"]),
    "after a task of a handler": (lambda n: step(n=n).after(_in_handler(n)), errors.OutOfScope, [".after(handler)"]),
    "after a loop": (lambda n: step(n=n).after(dsl.ParallelFor([1])), errors.WrongValue, ["given a dsl.ParallelFor"]),
    "from a loop": (lambda n: step(n=_in_loop(n).output), errors.OutOfScope, ["each iteration of the dsl.ParallelFor at", "dsl.Collected"]),
    "from a handler": (lambda n: step(n=_in_handler(n).output), errors.OutOfScope, ["does not leave the dsl.ExitHandler"]),
    "an item outside": (_item_outside, errors.OutOfScope, ["loop-item-param-1", "inside the block"]),
    "joined in a loop": (lambda n: step(n=_joined_in_loop(n)), errors.OutOfScope, ["condition-branches-3-oneof-1", "dsl.Collected"]),
    "a loop's output compared": (_if(lambda n: _in_loop(n).output == 1), errors.OutOfScope, ["dsl.Collected"]),
    "one of a task": (lambda n: dsl.OneOf(*_branches(n)), errors.WrongType, ["a task", "a.output"]),
    "one of nothing": (lambda _: dsl.OneOf(), errors.WrongType, ["nothing"]),
    "one of two types": (lambda n: dsl.OneOf(_branches(n)[0].output, table().output), errors.WrongType, ["an int", "a Dataset"]),
    "one of no branches": (lambda n: dsl.OneOf(step(n=n).output, step(n=n).output), errors.InvalidPipeline, ["one conditional before it"]),
    "one of inside of a branch": (_joined_inside, errors.InvalidPipeline, ["after the last of their blocks"]),
    "one of without else": (_two_branches, errors.InvalidPipeline, ["without a dsl.Else"]),
    "one of not of the else": (_joined(0, 1), errors.InvalidPipeline, ["no output of the dsl.Else at"]),
    "one of not of an elif": (_joined(0, 2), errors.InvalidPipeline, ["no output of the dsl.Elif at", "one of each branch"]),
    "one of twice of a branch": (_joined(0, 0, 1, 2), errors.InvalidPipeline, ["2 outputs of the dsl.If at", "one of each branch"]),
    "a loop over nothing": (_loop(lambda _: []), errors.WrongValue, ["no items"]),
    "a loop over None": (_loop(lambda _: [None]), errors.WrongValue, ["None"]),
    "a loop over a text": (_loop(lambda _: "abc"), errors.WrongType, ["'abc' (a str)", "list(…)"]),
    "a loop over a number": (_loop(lambda n: n), errors.WrongType, ["n, which is an int", "List[…]"]),
    "a loop over a task": (_loop(lambda n: step(n=n)), errors.WrongType, ["a task", ".output"]),
    "a loop over an artifact": (_loop(lambda _: table().output), errors.WrongType, ["a Dataset"]),
    "a loop over objects": (_loop(lambda _: [object()]), errors.WrongValue, ["[0] is a object"]),
    "a loop over values in a list": (_loop(lambda n: [n, 1]), errors.WrongValue, ["known only when the pipeline runs"]),
    "negative parallelism": (_loop(lambda _: [1], parallelism=-1), errors.WrongValue, ["-1", "0 is no limit"]),
    "parallelism in words": (_loop(lambda _: [1], parallelism="2"), errors.WrongType, ["'2' (a str)"]),
    "a value that no item has": (_of_item(lambda item: item.c, _ROWS), errors.NoSuchOutput, ["no item of the loop has a value 'c'"]),
    "a value of a text": (_of_item(lambda item: item.c, ["a"]), errors.WrongType, ["loop-item-param-1", "a str"]),
    "a value by number": (_of_item(lambda item: item[0], _ROWS), errors.WrongType, ["no name of a value"]),
    "an item of another type": (_of_item(lambda item: item, [1]), errors.WrongType, ["a str", "an int"]),
    "an item as an artifact": (lambda _: _artifact_of_item(), errors.WrongType, ["a Dataset"]),
    "collected of a task": (lambda n: dsl.Collected(_in_loop(n)), errors.WrongType, ["a task"]),
    "collected without a loop": (lambda n: dsl.Collected(step(n=n).output), errors.WrongValue, ["no output of a task in a loop"]),
    "collected of a value of an item": (_of_item(lambda item: dsl.Collected(item.a), _ROWS), errors.WrongValue, ["no output of a task in a loop"]),
    "collected inside": (_collected_inside, errors.OutOfScope, ["seen from here"]),
    "collected of another pipeline": (lambda _: dsl.Collected(_STRANGER.output), errors.ForeignTask, ["another pipeline"]),
    "a handler in a branch": (_handler_in_branch, errors.InvalidPipeline, ["inside of the dsl.If", "pipeline of their own"]),
    "one exit task twice": (_exit_twice, errors.InvalidPipeline, ["of two blocks"]),
    "an exit task with an output": (_exit_task(lambda n: step(n=step(n=n).output)), errors.InvalidPipeline, ["depends on step-2-Output"]),
    "an exit task after another": (_exit_task(lambda n: step(n=n).after(step(n=n))), errors.InvalidPipeline, ["depends on step"]),
    "an exit task of a branch": (_exit_task(_in_branch), errors.InvalidPipeline, ["inside of the dsl.If"]),
    "an output as exit task": (_exit_task(lambda n: step(n=n).output), errors.WrongType, ["the exit task is"]),
    "another pipeline's exit task": (_exit_task(lambda _: _STRANGER), errors.ForeignTask, ["another pipeline"]),
    "waiting for the exit task": (_after_exit_task, errors.InvalidPipeline, ["for which nothing can wait", "as handler"]),
    "a status of nothing": (lambda _: told(), errors.InvalidPipeline, ["told is no exit task"]),
    "the workspace of a pipeline": (lambda n: sharing(n=n), errors.InvalidPipeline, ["uses a workspace in its task sharing", "WorkspaceConfig"]),
    "the workspace of an importer": (
        lambda _: _imported(download_to_workspace=True),
        errors.InvalidPipeline,
        ["uses a workspace in its task importer"],
    ),
    "a setting of a pipeline": (lambda n: inner(n=n).set_cpu_limit("1"), errors.InvalidPipeline, ["no step with a container"]),
    "a variable of a pipeline": (lambda n: inner(n=n).set_env_variable("A", "b"), errors.InvalidPipeline, ["no step"]),
    "a limit of an importer": (lambda _: _imported().set_timeout("1m"), errors.InvalidPipeline, ["no step"]),
    "a pipeline without its input": (lambda _: inner(), errors.MissingInput, ["required input n"]),
    "a pipeline with another type": (lambda _: inner(n="x"), errors.WrongType, ["an int"]),
    "an importer of no class": (lambda _: dsl.importer(artifact_uri="a", artifact_class=int), errors.WrongType, ["artifact_class", "dsl.Dataset"]),
    "an importer of a number": (lambda _: dsl.importer(artifact_uri=5, artifact_class=Dataset), errors.WrongType, ["5 (an int)"]),
    "an importer of nothing": (lambda _: dsl.importer(artifact_uri="", artifact_class=Dataset), errors.WrongValue, ["empty"]),
    "an importer of another type": (lambda n: dsl.importer(artifact_uri=n, artifact_class=Dataset), errors.WrongType, ["a str", "n, an int"]),
    "metadata that are none": (lambda _: _imported(metadata=["a"]), errors.WrongType, ["metadata", "mapping"]),
    "metadata that are no JSON": (lambda _: _imported(metadata={"a": object()}), errors.WrongValue, ["['a'] is a object"]),
}


def _artifact_of_item() -> None:
    with dsl.ParallelFor(_ROWS) as item:
        use(rows=item)


def _imported(**named: Any) -> Any:
    return dsl.importer(artifact_uri="gs://a/b", artifact_class=Dataset, **named)


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_told_with_its_line_and_remedy(name: str) -> None:
    """It is the only error, its place is a line of this file, and it has a remedy."""
    mistake, own, words = CASES[name]

    def wrong(n: int = 1) -> None:
        step(n=n)
        mistake(n)

    with pytest.raises(BakehouseError) as caught:
        dsl.pipeline(wrong)
    error = caught.value
    assert isinstance(error, own), error
    assert error.remedy
    for word in words:
        assert word in str(error)
    assert (error.place or "").startswith(f"{__file__}:")


def test_all_come_at_once() -> None:
    """With the lines of their own, and nothing that follows from another."""

    def wrong(n: int = 1) -> int:
        with dsl.If(n == "x"):  # type: ignore[comparison-overlap]  # that is the mistake
            a = step(n=n)
        with dsl.ParallelFor(n) as item:
            b = step(n=item, text=item.name)
        with dsl.Else():
            step(n=dsl.Collected(b.output))
        return dsl.OneOf(a.output, b.output)  # type: ignore[no-any-return]  # as users write

    with pytest.raises(errors.AuthoringProblems) as caught:
        dsl.pipeline(wrong)
    first = wrong.__code__.co_firstlineno
    assert [int((problem.place or "").rpartition(":")[2]) - first for problem in caught.value.problems] == [1, 3, 5, 6, 7]


def test_what_waits_for_several_exit_tasks_is_told_in_order() -> None:
    """By their names, and so alike in every process."""

    def wrong(n: int = 1) -> None:
        ends = [step(n=n) for _ in range(6)]
        for end in ends:
            with dsl.ExitHandler(end):
                step(n=n)
        step(n=n).after(*reversed(ends))

    with pytest.raises(errors.AuthoringProblems) as caught:
        dsl.pipeline(wrong)
    told_of = [problem.message.partition(", for which")[0] for problem in caught.value.problems]
    assert told_of == [f"the task step-13 waits for the exit task {name}" for name in ("step", "step-2", "step-3", "step-4", "step-5", "step-6")]


def test_an_output_of_the_pipeline_leaves_every_block() -> None:
    """What is returned from a branch or loop is refused with the way out."""

    def wrong(n: int = 1) -> int:
        return _in_loop(n).output  # type: ignore[no-any-return]  # as users write

    with pytest.raises(errors.OutOfScope, match=r"dsl\.Collected"):
        dsl.pipeline(wrong)


@pytest.mark.parametrize("use_it", [lambda: dsl.If(True), lambda: dsl.ParallelFor([1]), lambda: dsl.OneOf(), lambda: dsl.Collected(1), _imported])
def test_outside_of_a_pipeline_they_raise_at_once(use_it: Callable[[], Any]) -> None:
    """There is nobody to tell later."""
    with pytest.raises(errors.OutsidePipeline):
        use_it()
