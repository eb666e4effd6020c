"""The loop and what goes wrong around it: one run's trouble is no other's, and whatever happens the engine can be ended."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from bakehouse.errors import BakehouseError, Conflict, Unavailable
from bakehouse.ir.execution import AttemptId, Ending, LaunchSpec, Outputs, RunId, StepError, TaskId
from bakehouse.orchestrator import machine
from bakehouse.orchestrator.commands import AttemptOpened, Command, RunMoved, TaskMoved
from bakehouse.orchestrator.errors import Displaced, Unreadable
from bakehouse.orchestrator.events import Ended, Event, LookedUp, NotPrepared, Prepared
from bakehouse.orchestrator.ports import Request, RequestKind, RunRecord
from bakehouse.orchestrator.run import Run
from bakehouse.orchestrator.states import TaskMove
from tests.unit.orchestrator.engines import BAD, GOOD, Rows, Steps, at_work, moves, turned
from tests.unit.orchestrator.pipelines import pipeline, record


@pytest.fixture
def rows() -> Rows:
    """Two runs that are free."""
    one = record(pipeline({"a": [], "b": ["a"]}, cached=True))
    return Rows({run_id: replace(one, id=run_id) for run_id in (BAD, GOOD)})


def test_a_run_whose_records_say_something_else_is_released_and_the_fault_is_said(rows: Rows, caplog: pytest.LogCaptureFixture) -> None:
    """It is dropped at the epoch at which it was taken, so that any engine may begin anew; all other runs go on."""
    rows.unwritable[BAD] = Conflict("the records say something else")
    engine = at_work(rows)
    engine.take_free()
    turned(engine)
    assert "release bad 1" in rows.calls
    assert moves(rows, GOOD) == ["STARTED", "SUCCEEDED"]
    assert str(engine.faults[BAD].error) == "the records say something else"
    assert caplog.record_tuples == [("bakehouse.engine", logging.ERROR, "run bad cannot be driven on: the records say something else")]


def test_a_run_that_was_dropped_is_left_alone_for_longer_and_longer(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once its rest is over it is tried again; it may have been right to begin anew."""
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    rows.unwritable[BAD] = Conflict("the records say something else")
    engine = at_work(rows)
    rests = []
    for _ in range(9):
        engine.take_free()
        turned(engine)
        rests.append(engine.faults[BAD].until - now)
        taken = len(rows.calls)
        engine.take_free()
        assert not any("bad" in call for call in rows.calls[taken:])
        now = engine.faults[BAD].until
    assert rests == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    rows.unwritable.clear()
    engine.take_free()
    turned(engine)
    assert moves(rows, BAD) == ["STARTED", "SUCCEEDED"]
    assert engine.faults == {}


def test_a_release_that_does_not_succeed_is_made_up_for(rows: Rows) -> None:
    """The records are locked just then."""
    rows.unwritable[BAD] = Conflict("the records say something else")
    rows.unreleasable.append(Unavailable("locked"))
    engine = at_work(rows)
    engine.take_free()
    for _ in range(20):
        turned(engine, 1)
        time.sleep(0.02)
    assert rows.calls.count("release bad 1") == 1


@pytest.mark.parametrize("error", [TypeError("an oversight"), BakehouseError("an illegal move")])
def test_what_cannot_be_decided_is_the_trouble_of_one_run(rows: Rows, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """The machine fails on one run; the others go on to their end."""
    decide = machine.step

    def step(run: Run, event: Event) -> tuple[Run, list[Command]]:
        if run.facts.id == BAD and isinstance(event, Prepared):
            raise error
        return decide(run, event)

    monkeypatch.setattr(machine, "step", step)
    engine = at_work(rows)
    engine.take_free()
    turned(engine)
    assert engine.faults[BAD].error is error
    assert "release bad 1" in rows.calls
    assert moves(rows, GOOD) == ["STARTED", "SUCCEEDED"]


def test_what_cannot_be_done_is_the_trouble_of_one_run(rows: Rows) -> None:
    """A runner fails on one run; the others go on to their end."""
    engine = at_work(rows, steps=Steps(broken=frozenset({BAD})))
    engine.take_free()
    turned(engine)
    assert isinstance(engine.faults[BAD].error, ValueError)
    assert moves(rows, GOOD) == ["STARTED", "SUCCEEDED"]


def test_a_run_that_cannot_be_read_is_put_aside(rows: Rows, caplog: pytest.LogCaptureFixture) -> None:
    """With the reason, and what is left of it is stopped; the others are taken, and nobody tries it again."""
    rows.unreadable[BAD] = Unreadable(run=BAD, what="its options", why="'runner' is missing")
    rows.left = [AttemptId(BAD, TaskId("a"), 1), AttemptId(BAD, TaskId("b"), 2)]
    steps = Steps()
    engine = at_work(rows, steps=steps)
    engine.take_free()
    turned(engine)
    assert rows.calls.count("take bad 1") == 1
    assert "aside bad: what is recorded of run bad cannot be read: its options: 'runner' is missing" in rows.calls
    assert steps.stopped == rows.left
    assert engine.faults == {}
    assert moves(rows, GOOD) == ["STARTED", "SUCCEEDED"]
    assert [message.splitlines()[0] for message in caplog.messages] == [
        "run bad is put aside: what is recorded of run bad cannot be read: its options: 'runner' is missing"
    ]


def _without_tasks(run: RunRecord) -> RunRecord:
    return replace(run, tasks={})


def _without_executors(run: RunRecord) -> RunRecord:
    return replace(run, pipeline=replace(run.pipeline, spec=replace(run.pipeline.spec, executors={})))


@pytest.mark.parametrize(
    ("damaged", "why"),
    [(_without_tasks, "its tasks: there is no row of a, b"), (_without_executors, "its pipeline: it is none that can be driven")],
)
def test_a_run_that_cannot_be_understood_is_put_aside(rows: Rows, damaged: Callable[[RunRecord], RunRecord], why: str) -> None:
    """Each of its parts can be read, but they do not fit together."""
    rows.records[BAD] = damaged(rows.records[BAD])
    engine = at_work(rows)
    engine.take_free()
    turned(engine)
    assert [call for call in rows.calls if call.startswith("aside bad: ") and why in call]
    assert engine.driven == {}
    assert moves(rows, GOOD) == ["STARTED", "SUCCEEDED"]


@pytest.mark.parametrize("trouble", [Unavailable("the disk is full"), TypeError("an oversight")])
def test_a_run_that_cannot_even_be_put_aside_is_left_for_later(rows: Rows, monkeypatch: pytest.MonkeyPatch, trouble: Exception) -> None:
    """It rests, the others go on; then it is put aside."""
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    rows.unreadable[BAD] = Unreadable(run=BAD, what="its options", why="'runner' is missing")
    rows.immovable.append(trouble)
    engine = at_work(rows)
    engine.take_free()
    turned(engine)
    assert moves(rows, GOOD) == ["STARTED", "SUCCEEDED"]
    assert engine.faults[BAD].error is rows.unreadable[BAD]
    now = engine.faults[BAD].until
    engine.take_free()
    assert [call for call in rows.calls if call.startswith("aside bad: ")]
    assert engine.faults == {}


def test_an_attempt_that_cannot_be_stopped_hinders_nobody(rows: Rows, caplog: pytest.LogCaptureFixture) -> None:
    """Its run is put aside all the same, and it is named."""
    rows.unreadable[BAD] = Unreadable(run=BAD, what="its options", why="'runner' is missing")
    rows.left = [AttemptId(BAD, TaskId("a"), 1)]
    engine = at_work(rows, steps=Steps(broken=frozenset({BAD})))
    engine.take_free()
    turned(engine)
    assert BAD not in rows.records
    assert engine.faults == {}
    assert "attempt bad/a/1 cannot be told to stop" in caplog.messages
    assert moves(rows, GOOD) == ["STARTED", "SUCCEEDED"]


def test_a_cache_that_cannot_be_asked_is_a_miss(rows: Rows) -> None:
    """The steps run, and the record says why nothing was reused."""
    rows.uncached = Unavailable("the database is locked")
    engine = at_work(rows)
    engine.take_free()
    turned(engine)
    assert moves(rows, GOOD) == moves(rows, BAD) == ["STARTED", "SUCCEEDED"]
    notes = [change.detail for _, change in rows.written if isinstance(change, TaskMoved) and change.move is TaskMove.MISSED]
    assert [(note["because"], note["note"]) for note in notes] == [("unreadable", "the cache could not be asked: the database is locked")] * 4


def test_an_engine_can_be_ended_while_nothing_can_be_recorded(rows: Rows, caplog: pytest.LogCaptureFixture) -> None:
    """The disk is full: that is said once, and the turn returns soon after the engine was told to stop; nothing was done unrecorded."""
    rows.unwritable[BAD] = Unavailable("the disk is full", remedy="Free some space.")
    stop = threading.Event()
    engine = at_work(rows, stop=stop)
    engine.take(BAD)
    threading.Timer(0.5, stop.set).start()
    began = time.monotonic()
    turned(engine, 1)
    assert 0.4 < time.monotonic() - began < 2
    assert engine.driven == {}
    assert caplog.messages == ["run bad waits until it can be recorded: the disk is full\n  Free some space."]
    engine.close()
    assert rows.calls == ["take bad 1", "release bad 1", "close"]


def test_a_run_goes_on_when_it_can_be_recorded_again(rows: Rows, caplog: pytest.LogCaptureFixture) -> None:
    """A full disk costs time and nothing else."""
    rows.unwritable[BAD] = Unavailable("the disk is full")
    engine = at_work(rows)
    engine.take(BAD)
    threading.Timer(0.3, rows.unwritable.clear).start()
    turned(engine)
    assert moves(rows, BAD) == ["STARTED", "SUCCEEDED"]
    assert caplog.messages == ["run bad waits until it can be recorded: the disk is full", "run bad is recorded again"]


def test_records_that_are_away_are_said_once_and_so_is_their_return(
    rows: Rows, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where nothing waits to be recorded: free runs and what users want cannot be seen meanwhile."""
    engine = at_work(rows)
    away = [Unavailable("the database is away") for _ in range(3)]

    def beat() -> None:
        if away:
            raise away.pop()

    monkeypatch.setattr(rows, "beat", beat)
    for _ in range(8):
        engine._next_poll = engine._next_beat = 0.0
        engine.turn(wait=0.0)
    assert away == []
    assert caplog.messages == [
        "free runs, and what users want, cannot be seen until the records can be used: the database is away",
        "the records can be used again",
    ]


def test_closing_goes_on_when_something_cannot_be_closed(rows: Rows) -> None:
    """Runs are released and the records are let go, whatever a runner does."""
    engine = at_work(rows, steps=Steps(stuck=True))
    engine.take_free()
    with pytest.raises(OSError, match="a thread does not end"):
        engine.close()
    assert rows.calls[-3:] == ["release bad 1", "release good 2", "close"]


def test_a_runner_is_closed_whose_runs_are_over(rows: Rows) -> None:
    """It may have something to finish: what the steps of its runs have left."""
    engine = at_work(rows, steps=Steps(stuck=True))
    engine.take_free()
    turned(engine)
    assert engine.driven == {}
    with pytest.raises(OSError, match="a thread does not end"):
        engine.close()


def test_closing_does_not_need_the_records(rows: Rows) -> None:
    """Whoever looks sees by the lock of the engine that its runs are free."""
    rows.unreleasable = [Unavailable("the disk is full") for _ in range(5)]
    engine = at_work(rows)
    engine.take_free()
    engine.close()
    engine.close()
    assert rows.calls[-2:] == ["close", "close"]
    assert len(rows.unreleasable) == 4


def test_a_termination_that_was_wanted_before_comes_with_the_run(rows: Rows) -> None:
    """It needs no look at requests: nothing is launched."""
    rows.records[BAD] = replace(rows.records[BAD], terminated_by="ann")
    engine = at_work(rows)
    engine.take(BAD)
    turned(engine, 1)
    assert moves(rows, BAD) == ["STARTED", "TERMINATED", "CANCELED"]
    assert [change.error for _, change in rows.written if isinstance(change, RunMoved)][1:] == [StepError("terminated by ann")] * 2


def test_a_request_is_put_to_the_run_and_marked(rows: Rows) -> None:
    """By whom it is stays with it."""
    engine = at_work(rows, steps=Steps(slow=True))
    engine.take(BAD)
    rows.wishes.append(Request(1, BAD, RequestKind.TERMINATE, "bob", 3.0))
    turned(engine)
    assert rows.wishes == []
    assert moves(rows, BAD) == ["STARTED", "TERMINATED", "CANCELED"]


def test_events_of_runs_that_are_elsewhere_are_nobodys(rows: Rows) -> None:
    """A runner may speak of a run that was dropped."""
    engine = at_work(rows)
    for event in (LookedUp(TaskId("a"), None, 1.0), NotPrepared(TaskId("a"), StepError("late"), 1.0)):
        engine.put(BAD, event)
    turned(engine)
    assert rows.written == []


def test_one_transaction_takes_a_step_from_the_end_of_another_to_its_start(rows: Rows) -> None:
    """What starts nothing is done while the next transaction is in the making; a step is launched when that is recorded."""
    rows.records = {GOOD: replace(record(pipeline({"a": [], "b": ["a"]})), id=GOOD)}
    steps = Steps()
    engine = at_work(rows, steps=steps)
    engine.take_free()
    for number, launched in enumerate(["a", "b"], start=1):
        engine.turn(wait=0.0)
        assert (rows.transactions, steps.launched[-1].attempt.task_id) == (number, launched)
        assert AttemptOpened in [type(change) for _, change in rows.written]
    engine.turn(wait=0.0)
    assert (rows.transactions, moves(rows, GOOD)) == (3, ["STARTED", "SUCCEEDED"])


def test_a_step_is_launched_only_when_that_is_recorded(rows: Rows) -> None:
    """Records that cannot be written start nothing."""
    steps = Steps()
    rows.unwritable[BAD] = Conflict("the records say something else")
    engine = at_work(rows, steps=steps)
    engine.take_free()
    turned(engine)
    assert {launch.attempt.run_id for launch in steps.launched} == {GOOD}


def test_who_asks_for_a_result_that_is_being_recorded_waits_for_that(rows: Rows) -> None:
    """Two steps that are the same: the second finds what the first gave."""
    file = pipeline({"a": [], "b": ["a"]}, cached=True)
    dag = file.spec.root.dag
    assert dag is not None
    same = replace(dag, tasks={**dag.tasks, "b": replace(dag.tasks["b"], component="comp-a")})
    file = replace(file, spec=replace(file.spec, root=replace(file.spec.root, dag=same)))
    rows.records = {GOOD: replace(record(file), id=GOOD)}
    engine = at_work(rows)
    engine.take_free()
    turned(engine)
    keys, recorded = zip(*rows.asked, strict=True)
    assert (len(set(keys)), recorded) == (1, (False, True))


class Unending(Steps):
    """Its steps go on until somebody tells otherwise."""

    def launch(self, launch: LaunchSpec) -> None:
        """It runs."""
        self.launched.append(launch)


@pytest.mark.parametrize(("elsewhere", "shared"), [(True, False), (False, False), (True, True)])
def test_what_runs_here_of_a_run_that_another_home_has_taken_is_stopped(rows: Rows, *, elsewhere: bool, shared: bool) -> None:
    """It has begun anew there; an engine of this home, or one with the same steps, goes on with what runs: to this one it is left.

    One step that cannot be stopped hinders nobody.
    """
    rows.records = {BAD: replace(record(pipeline({"a": (), "b": ()})), id=BAD)}
    steps = Unending()
    engine = at_work(rows, steps=steps, shared=shared)
    engine.take_free()
    turned(engine)
    (first, second) = [launch.attempt for launch in steps.launched]
    rows.unwritable[BAD] = Displaced(run_id=BAD, elsewhere=elsewhere)
    engine.put(BAD, Ended(first.task_id, 1, Ending(outputs=Outputs({"n": 1})), 2.0))
    turned(engine)
    assert engine.driven == {}
    assert steps.stopped == ([second] if elsewhere and not shared else [])
    assert steps.left == ([second] if shared else [])


@pytest.mark.parametrize("shared", [True, False])
def test_a_runner_that_cannot_let_go_hinders_nobody(rows: Rows, caplog: pytest.LogCaptureFixture, *, shared: bool) -> None:
    """Of a run that another home has: it is told, and no fault of the run."""
    rows.records = {BAD: replace(record(pipeline({"a": (), "b": ()})), id=BAD)}
    steps = Unending()
    engine = at_work(rows, steps=steps, shared=shared)
    engine.take_free()
    turned(engine)
    steps.broken = frozenset({BAD})
    rows.unwritable[BAD] = Displaced(run_id=BAD, elsewhere=True)
    engine.put(BAD, Ended(steps.launched[0].attempt.task_id, 1, Ending(outputs=Outputs({"n": 1})), 2.0))
    turned(engine)
    assert (engine.driven, engine.faults) == ({}, {})
    assert [steps.launched[1].attempt.path in record.message for record in caplog.records] == [True]


def test_free_runs_are_looked_for_as_soon_as_an_engine_may_be_gone(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only with every second heartbeat."""
    engine = at_work(rows)
    engine.turn(adopt=True, wait=0.0)
    taken = len(rows.calls)
    engine._next_poll, engine._next_beat = 0.0, float("inf")
    engine.turn(adopt=True, wait=0.0)
    assert len(rows.calls) == taken
    monkeypatch.setattr(rows, "overdue", lambda: True)
    rows.records[RunId("new")] = replace(record(pipeline({"a": ()})), id=RunId("new"))
    engine._next_poll = 0.0
    engine.turn(adopt=True, wait=0.0)
    assert any(call.startswith("take new") for call in rows.calls)
