"""The engine, the machine and the records together: whole runs, with a runner that only pretends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import Artifact, AttemptId, Cause, Ending, Outputs, RunId, StepError, TaskId
from bakehouse.ir.spec import ArtifactType, PipelineFile
from bakehouse.orchestrator.engine import Engine
from bakehouse.orchestrator.ports import RequestKind
from bakehouse.orchestrator.states import FINAL_RUN_STATES, RunState, TaskState
from bakehouse.records.database import Records
from bakehouse.records.views import RunView
from tests.records.pretending import Pretending, at_work
from tests.records.stories import Hand, new_run
from tests.unit.orchestrator.pipelines import pipeline

DIAMOND = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")}


def drive(records: Records, engine: Engine, run_id: RunId, hand: Hand) -> RunView:
    """Turn until the run is over; time flies."""
    for _ in range(200):
        view = records.run(run_id)
        if view.summary.state in FINAL_RUN_STATES:
            return view
        engine.turn(adopt=True, wait=0.01)
        hand.now += 1
    raise AssertionError(records.events(run_id))


def fine(_attempt: AttemptId) -> Ending:
    """Every step gives a number."""
    return Ending(exit_code=0, outputs=Outputs({"n": 7}))


def boom(message: str = "boom") -> Ending:
    """The ending of a step that fails."""
    return Ending(cause=Cause.EXIT_CODE, exit_code=1, error=StepError(message))


def submit(records: Records, graph: Mapping[str, Sequence[str]] = DIAMOND, **settings: bool | int) -> RunId:
    """A run of this graph."""
    file: PipelineFile = pipeline(graph, **settings)  # type: ignore[arg-type]  # the settings of `pipeline`
    return records.create_run(new_run(graph, pipeline=file, parameters={}))


def test_a_run_goes_well(records: Records, home: Path, hand: Hand) -> None:
    """All its tasks have succeeded, with one attempt each; its output is that of the last one."""
    runner = Pretending(hand, fine)
    with at_work(records, home, runner) as engine:
        run_id = submit(records)
        assert engine.take(run_id)
        view = drive(records, engine, run_id, hand)
    assert (view.summary.state, view.outputs) == (RunState.SUCCEEDED, Outputs({"last": 7}))
    assert [(task.id, task.state, len(task.attempts)) for task in view.tasks] == [(name, TaskState.SUCCEEDED, 1) for name in "abcd"]
    assert [event.seq for event in records.events(run_id)] == list(range(1, len(records.events(run_id)) + 1))


def test_a_second_run_reuses_the_first(records: Records, home: Path, hand: Hand) -> None:
    """Nothing is launched, and it says from where its results are."""
    runner = Pretending(hand, fine)
    with at_work(records, home, runner) as engine:
        first = submit(records, cached=True)
        drive(records, engine, first, hand)
        view = drive(records, engine, submit(records, cached=True), hand)
    assert {attempt.run_id for attempt in runner.launched} == {first}
    assert [(task.state, task.cached_from) for task in view.tasks] == [(TaskState.SUCCEEDED, first)] * 4


def test_a_step_fails_and_is_tried_again(records: Records, home: Path, hand: Hand) -> None:
    """The second attempt succeeds; the records have both."""

    def second_time(attempt: AttemptId) -> Ending:
        return fine(attempt) if attempt.number == 2 or attempt.task_id != "b" else boom()

    runner = Pretending(hand, second_time)
    with at_work(records, home, runner) as engine:
        run_id = submit(records, retries=1)
        engine.take(run_id)
        view = drive(records, engine, run_id, hand)
    assert view.summary.state is RunState.SUCCEEDED
    assert [(task.id, [one.state for one in task.attempts]) for task in view.tasks if len(task.attempts) > 1] == [("b", ["FAILED", "SUCCEEDED"])]


def test_an_engine_takes_over(records: Records, home: Path, hand: Hand) -> None:
    """The first one dies with a step running: the next one adopts that very attempt, and nothing is launched twice."""
    one, other = Pretending(hand, fine, held=frozenset({"b"})), Pretending(hand, fine)
    run_id = submit(records)
    with at_work(records, home, one) as engine:
        engine.take(run_id)
        for _ in range(30):
            engine.turn(wait=0.01)
    running = records.run(run_id)
    assert [(task.id, task.state) for task in running.tasks if task.state is TaskState.RUNNING] == [("b", TaskState.RUNNING)]
    with at_work(records, home, other) as engine:
        engine.take_free()
        view = drive(records, engine, run_id, hand)
    assert view.summary.state is RunState.SUCCEEDED
    launched = [*one.launched, *other.launched]
    assert len(launched) == len(set(launched)) == 4
    assert [event.kind for event in records.events(run_id)].count("run.TAKEN") == 2


@pytest.mark.parametrize("asked", ["of its engine", "of an engine that ends in the middle of it", "of nobody"])
def test_a_run_is_terminated(records: Records, home: Path, hand: Hand, *, asked: str) -> None:
    """By a request, which also reaches the engine that takes the run over; the run says by whom."""
    runner = Pretending(hand, fine, held=frozenset({"b", "c"}))
    run_id = submit(records)
    with at_work(records, home, runner) as engine:
        engine.take(run_id)
        for _ in range(30):
            engine.turn(wait=0.01)
        if asked != "of nobody":
            records.request(run_id, RequestKind.TERMINATE, "ann")
        if asked == "of its engine":
            drive(records, engine, run_id, hand)
        elif asked != "of nobody":
            while records.run(run_id).summary.state is RunState.RUNNING:
                engine.turn(wait=0.01)
    if asked == "of nobody":
        records.request(run_id, RequestKind.TERMINATE, "ann")
    with at_work(records, home, replace(runner)) as engine:
        engine.take_free()
        view = drive(records, engine, run_id, hand)
    assert (view.summary.state, view.error) == (RunState.CANCELED, StepError("terminated by ann"))
    assert {task.id: task.state for task in view.tasks}[TaskId("d")] is TaskState.CANCELED
    assert "run.TERMINATED" in [event.kind for event in records.events(run_id)]


def test_a_termination_that_was_wanted_before_is_obeyed_at_once(records: Records, home: Path, hand: Hand) -> None:
    """The first turn of the engine that takes the run over ends it, before it looks for what users want, and launches nothing."""
    run_id = submit(records)
    records.request(run_id, RequestKind.TERMINATE, "ann")
    runner = Pretending(hand, fine)
    with at_work(records, home, runner) as engine:
        assert engine.take(run_id)
        engine.turn(wait=0.0)
        view = records.run(run_id)
    assert (view.summary.state, view.error) == (RunState.CANCELED, StepError("terminated by ann"))
    assert runner.launched == []


def test_a_failed_run_that_was_taken_over_names_the_task_that_failed_first(records: Records, home: Path, hand: Hand) -> None:
    """The engine that saw it fail is gone before the rest of the run had ended."""
    one = Pretending(hand, lambda attempt: boom() if attempt.task_id == "c" else fine(attempt), held=frozenset({"b"}))
    run_id = submit(records)
    with at_work(records, home, one) as engine:
        engine.take(run_id)
        while {task.id: task.state for task in records.run(run_id).tasks}[TaskId("c")] is not TaskState.FAILED:
            engine.turn(wait=0.01)
            hand.now += 1
    with at_work(records, home, Pretending(hand, lambda _attempt: boom("later"))) as engine:
        engine.take_free()
        view = drive(records, engine, run_id, hand)
    assert (view.summary.state, view.error) == (RunState.FAILED, StepError("c: boom"))


def test_two_engines_on_one_home(records: Records, home: Path, hand: Hand) -> None:
    """Both adopt what is free: twenty runs, each driven by one of them, all to their end."""
    one, other = Pretending(hand, fine), Pretending(hand, fine)
    runs = [submit(records) for _ in range(20)]
    with at_work(records, home, one) as first, at_work(records, home, other) as second:
        for engine in (first, second, first, second):
            engine.take_free()
        for _ in range(300):
            for engine in (first, second):
                engine.turn(adopt=True, wait=0.001)
            if all(run.state in FINAL_RUN_STATES for run in records.list_runs(limit=100)):
                break
    assert [records.run(run_id).summary.state for run_id in runs] == [RunState.SUCCEEDED] * 20
    launched = [*one.launched, *other.launched]
    assert len(launched) == len(set(launched)) == 80


def test_artifacts_travel_by_name(records: Records, home: Path, hand: Hand) -> None:
    """What a step publishes is what the records give back, in its own run and from the cache."""
    data = Artifact("data", ArtifactType("system.Dataset", "0.0.1"), "/elsewhere/data", {"rows": 3}, id="11111111-1111-1111-1111-111111111111")
    runner = Pretending(hand, lambda _attempt: Ending(exit_code=0, outputs=Outputs({"n": 1}, {"data": (data,)})))
    with at_work(records, home, runner) as engine:
        run_id = submit(records, {"only": ()}, cached=True)
        engine.take(run_id)
        view = drive(records, engine, run_id, hand)
    assert view.tasks[0].outputs == Outputs({"n": 1}, {"data": (data,)})
