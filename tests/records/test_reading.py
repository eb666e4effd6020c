"""Readers find runs, page through them, and see all of one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.errors import NotFound
from bakehouse.ir.execution import Cause, Ending, Outputs, RunId, StepError, TaskId
from bakehouse.orchestrator.commands import AttemptClosed, Change, RunMoved, TaskNoted
from bakehouse.orchestrator.errors import Unreadable
from bakehouse.orchestrator.events import CachedResult
from bakehouse.orchestrator.states import RunMove, RunState, TaskMove, TaskState
from bakehouse.records.database import Records
from bakehouse.records.errors import AmbiguousRun, NoSuchRun
from bakehouse.records.queries import Query
from tests.records.stories import CHAIN, PLACE, Hand, Teller, artifact, engine, finished, new_run, write_row

ONE, OTHER = RunId("aaaa1111-0000-0000-0000-000000000000"), RunId("aaaa2222-0000-0000-0000-000000000000")


class TestFinding:
    """A run goes by its id, a prefix of it, or `latest`."""

    def test_by_id_prefix_and_latest(self, records: Records, hand: Hand) -> None:
        """All three lead to the run; letters may be large."""
        records.create_run(new_run(id=ONE))
        hand.now += 1
        records.create_run(new_run(id=OTHER))
        assert [records.find(text) for text in (ONE, "aaaa1", "AAAA1111", "latest", "aaaa2")] == [ONE, ONE, ONE, OTHER, OTHER]

    def test_an_ambiguous_prefix_names_the_candidates(self, records: Records) -> None:
        """Whoever gave too little sees what it could mean."""
        records.create_run(new_run(id=ONE, name="mine"))
        records.create_run(new_run(id=OTHER, name="yours"))
        with pytest.raises(AmbiguousRun) as raised:
            records.find("aaaa")
        assert f"{ONE} (mine)" in raised.value.message
        assert f"{OTHER} (yours)" in raised.value.message

    @pytest.mark.parametrize("text", ["aaa", "bbbb", "", "%", "aaaa_", "äöüß", "latest"])
    def test_what_nothing_answers_to_is_said(self, records: Records, text: str) -> None:
        """Unknown ids, prefixes of less than four characters, wild cards, `latest` without runs."""
        if text != "latest":
            records.create_run(new_run(id=ONE))
        with pytest.raises(NotFound):
            records.find(text)

    def test_ids_of_other_namespaces_are_not_found(self, records: Records) -> None:
        """Namespaces do not see each other's runs."""
        records.create_run(new_run(id=ONE, namespace="team"))
        assert records.find("latest", namespace="team") == ONE
        with pytest.raises(NoSuchRun):
            records.find(ONE)


class TestListing:
    """Lists are paged by what came last, newest first."""

    @pytest.fixture
    def many(self, records: Records, hand: Hand) -> list[RunId]:
        """25 runs, newest first; five at a time are recorded at the very same moment."""
        made = []
        for number in range(25):
            hand.now += number % 5 == 0
            new = new_run(experiment="even" if number % 2 == 0 else "odd")
            made.append((hand.now, records.create_run(new)))
        return [run_id for _, run_id in sorted(made, reverse=True)]

    def test_new_runs_do_not_move_pages(self, records: Records, many: list[RunId], hand: Hand) -> None:
        """A run that is recorded between two pages shows on neither."""
        first = records.find_runs(Query(limit=10))
        hand.now += 1
        records.create_run(new_run())
        assert [run.id for run in records.find_runs(Query(limit=10, after=first.next)).items] == many[10:20]

    def test_by_experiment_and_state(self, records: Records, home: Path, many: list[RunId]) -> None:
        """Only those that were asked for."""
        done = finished(records, home)
        assert {run.experiment for run in records.list_runs(experiment="odd")} == {"odd"}
        assert [run.id for run in records.list_runs(states={RunState.SUCCEEDED, RunState.FAILED})] == [done]
        assert len(records.list_runs(states=[RunState.PENDING], limit=100)) == len(many)
        assert records.list_runs(experiment="none") == []
        assert records.list_runs(namespace="team") == []


class TestOneRun:
    """A run is seen whole: its tasks, their attempts, inputs, outputs, times."""

    def test_marks_are_what_a_drawing_shows_of_the_tasks(self, records: Records, home: Path) -> None:
        """All of them, with the number of the event after which they are so."""
        source = finished(records, home)
        run_id = records.create_run(new_run({**CHAIN, "third": ()}))
        told = Teller(run_id)
        with engine(records, home) as driver:
            epoch = driver.take(run_id)
            reused = told.reused("first", CachedResult("key", source, "a run", TaskId("first"), 1, 5.0, Outputs({"n": 1})))
            driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *reused, *told.to_a_slot("second"), *told.launched("second")])
        marks, seq = records.task_marks(run_id)
        views, _ = records.tasks(run_id)
        assert seq == records.sequences([run_id])[run_id]
        assert sorted(marks) == sorted((one.id, one.kind, one.state, one.started_at is not None, one.cached_from is not None) for one in views)
        assert {one.id: (one.begun, one.reused) for one in marks} == {"first": (True, True), "second": (True, False), "third": (False, False)}
        with pytest.raises(NoSuchRun):
            records.task_marks(RunId("none"))
        write_row(home, "UPDATE tasks SET state = 'odd' WHERE run_id = ?", run_id)
        with pytest.raises(Unreadable, match="its tasks"):
            records.task_marks(run_id)

    def test_a_run_that_went_well(self, records: Records, home: Path) -> None:
        """States, outputs, usage, times, lock, inputs and their artifacts."""
        run_id = records.create_run(new_run())
        told, data = Teller(run_id), artifact("data")
        with engine(records, home) as driver:
            epoch = driver.take(run_id)
            driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.done("first", Outputs({"n": 1}, {"data": (data,)}))])
            driver.driving.write(run_id, epoch, [told.consumed("second", {"n": 1}, table=data)])
            during = records.run(run_id)
            driver.driving.write(run_id, epoch, [*told.done("second"), told.run(RunMove.SUCCEEDED, outputs=Outputs({"n": 1}))])
            assert during.driven_by == driver.lock.id
        view = records.run(run_id)
        first, second = view.tasks
        assert (view.summary.state, view.outputs, view.error, view.driven_by) == (RunState.SUCCEEDED, Outputs({"n": 1}), None, "")
        assert view.summary.started_at == 1001.0
        assert view.summary.finished_at == told.at
        assert first.outputs == Outputs({"n": 1}, {"data": (data,)})
        assert (second.inputs, second.input_artifacts) == ({"n": 1}, {"table": [data]})
        attempt = first.attempts[0]
        assert (attempt.number, attempt.state, attempt.cause, attempt.exit_code, attempt.error) == (1, "SUCCEEDED", "", 0, None)
        assert (attempt.usage.cpu_seconds, attempt.usage.peak_memory) == (0.5, 1 << 20)
        assert attempt.environment_lock == PLACE.lock
        assert set(attempt.times) == {"opened", "started", "launched", "ended"}
        assert first.started_at is not None
        assert first.finished_at is not None
        assert first.started_at < first.finished_at

    def test_a_step_that_failed_and_was_tried_again(self, records: Records, home: Path) -> None:
        """Every attempt keeps its error; the task that succeeds in the end has none."""
        run_id = records.create_run(new_run())
        told = Teller(run_id)
        with engine(records, home) as driver:
            epoch = driver.take(run_id)
            detail = {"retry_at": 2000.0, "user_failures": 1, "infrastructure_failures": 0}
            driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.to_a_slot("first"), *told.launched("first")])
            again = told.task("first", TaskMove.RETRIED, attempt=1, why="the next one starts in 5 s", error=StepError("boom"), detail=detail)
            driver.driving.write(run_id, epoch, [told.failed("first"), again])
            waiting = records.run(run_id).tasks[0]
            due = told.task("first", TaskMove.DUE, attempt=1, why="waiting for a slot")
            driver.driving.write(run_id, epoch, [due, *told.launched("first", 2)])
            running = records.run(run_id).tasks[0]
            over: list[Change] = [
                AttemptClosed(TaskId("first"), 2, Ending(exit_code=0), told.at + 1),
                told.task("first", TaskMove.SUCCEEDED, attempt=2),
            ]
            driver.driving.write(run_id, epoch, over)
        done = records.run(run_id).tasks[0]
        assert (waiting.state, waiting.why, waiting.error) == (TaskState.BACKING_OFF, "the next one starts in 5 s", StepError("boom"))
        assert (running.state, running.why, running.error) == (TaskState.RUNNING, "", StepError("boom"))
        assert [(one.number, one.state, one.cause, one.exit_code) for one in done.attempts] == [
            (1, "FAILED", "user error", 1),
            (2, "SUCCEEDED", "", 0),
        ]
        assert done.attempts[0].error == StepError("boom")
        assert done.error is None

    def test_a_run_that_failed(self, records: Records, home: Path) -> None:
        """The error of the run, and why a task did not start."""
        run_id = records.create_run(new_run())
        told = Teller(run_id)
        with engine(records, home) as driver:
            changes: list[Change] = [
                told.run(RunMove.STARTED),
                told.task("first", TaskMove.RELEASED),
                told.task("first", TaskMove.FAILED, error=StepError("boom", line=3)),
                told.task("second", TaskMove.SKIPPED, why="not started: first failed"),
                told.run(RunMove.FAILED, error=StepError("first: boom")),
            ]
            driver.driving.write(run_id, driver.take(run_id), changes)
        view = records.run(run_id)
        assert (view.summary.state, view.error) == (RunState.FAILED, StepError("first: boom"))
        assert [(task.state, task.why, task.error) for task in view.tasks] == [
            (TaskState.FAILED, "", StepError("boom", line=3)),
            (TaskState.SKIPPED, "not started: first failed", None),
        ]

    def test_an_attempt_that_was_lost_still_has_an_end(self, records: Records, home: Path) -> None:
        """Where no phase was measured, the times at which the engine saw it stand in."""
        run_id = records.create_run(new_run())
        told = Teller(run_id)
        with engine(records, home) as driver:
            epoch = driver.take(run_id)
            driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.to_a_slot("first"), *told.launched("first")])
            open_one = records.run(run_id).tasks[0].attempts[0]
            driver.driving.write(run_id, epoch, [AttemptClosed(TaskId("first"), 1, Ending(cause=Cause.LOST), 4711.0)])
        closed = records.run(run_id).tasks[0].attempts[0]
        assert (open_one.state, "ended" in open_one.times) == ("RUNNING", False)
        assert (closed.state, closed.cause, closed.times["ended"]) == ("FAILED", "lost", 4711.0)

    def test_why_a_task_waits_is_seen_at_once(self, records: Records, home: Path) -> None:
        """A note changes the reason, not the state."""
        run_id = records.create_run(new_run())
        told = Teller(run_id)
        note = TaskNoted(TaskId("first"), TaskState.PREPARING, "building environment: scikit-learn", 5.0)
        with engine(records, home) as driver:
            driver.driving.write(run_id, driver.take(run_id), [told.run(RunMove.STARTED), told.task("first", TaskMove.RELEASED), note])
        task = records.run(run_id).tasks[0]
        assert (task.state, task.why) == (TaskState.PREPARING, "building environment: scikit-learn")

    def test_a_run_of_a_dead_engine_is_driven_by_nobody(self, records: Records, home: Path) -> None:
        """The name of an engine that is gone is no driver."""
        run_id = records.create_run(new_run())
        with engine(records, home) as driver:
            driver.take(run_id)
        assert records.run(run_id).driven_by == ""

    def test_what_came_of_several_runs(self, records: Records, home: Path) -> None:
        """As each of them says it, but for attempts, inputs of artifacts and drivers; those that are not there are left out."""
        ids = [records.create_run(new_run(parameters={"n": number})) for number in range(3)]
        with engine(records, home) as driver:
            for number, run_id in enumerate(ids[:2]):
                told, data = Teller(run_id), artifact("data")
                epoch = driver.take(run_id)
                driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.done("first", Outputs({"n": number}, {"data": (data,)}))])
                driver.driving.write(run_id, epoch, [told.consumed("second", {"n": 1}, table=data)])
            several = records.results([ids[2], ONE, ids[0], ids[1]])
            alone = [records.run(run_id) for run_id in (ids[2], ids[0], ids[1])]
        bare = [[replace(task, attempts=(), input_artifacts={}) for task in view.tasks] for view in alone]
        assert several == [replace(view, tasks=tuple(tasks), driven_by="") for view, tasks in zip(alone, bare, strict=True)]
        assert [view.tasks[0].outputs and view.tasks[0].outputs.parameters for view in several] == [None, {"n": 0}, {"n": 1}]
        write_row(home, "UPDATE tasks SET outputs = 'odd' WHERE run_id = ? AND id = 'first'", ids[1])
        with pytest.raises(Unreadable, match="task first"):
            records.results(ids)

    def test_unknown_runs_are_refused(self, records: Records) -> None:
        """Everything about a run that is not there says so."""
        for ask in (records.run, records.events, records.spec_text, records.delete_run):
            with pytest.raises(NoSuchRun):
                ask(ONE)


class TestEvents:
    """Everything that happened, in order, without gaps."""

    def test_they_count_from_one_without_gaps(self, records: Records, home: Path) -> None:
        """Whatever was written, in however many transactions."""
        run_id = finished(records, home)
        events = records.events(run_id)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert [event.kind for event in events[:4]] == ["run.CREATED", "run.TAKEN", "run.STARTED", "task.RELEASED"]
        assert events[-1].kind == "run.SUCCEEDED"
        assert all(event.at > 0 for event in events)

    def test_pages_of_events(self, records: Records, home: Path) -> None:
        """`after` leaves out what the reader has seen; after the last there is nothing."""
        run_id = finished(records, home)
        everything = records.events(run_id)
        assert records.events(run_id, after=5) == everything[5:]
        assert records.events(run_id, after=2, limit=3) == everything[2:5]
        assert records.events(run_id, after=len(everything)) == []

    def test_they_tell_what_was_said(self, records: Records, home: Path) -> None:
        """Reason, error and detail of a move are in its event; so are task and attempt."""
        run_id = records.create_run(new_run())
        told = Teller(run_id)
        failed = told.task("first", TaskMove.RELEASED, why="making ready", attempt=0, error=StepError("no"), detail={"note": "gone"})
        with engine(records, home) as driver:
            driver.driving.write(run_id, driver.take(run_id), [failed, told.consumed("first", {"n": 1})])
        moved, consumed = records.events(run_id, after=2)
        assert (moved.kind, moved.task_id, moved.attempt) == ("task.RELEASED", "first", 0)
        assert moved.detail == {"note": "gone", "why": "making ready", "error": "no"}
        assert (consumed.kind, consumed.at) == ("task.CONSUMED", failed.at)

    def test_a_run_that_moved_says_why(self, records: Records, home: Path) -> None:
        """The error of a run is in its event."""
        run_id = records.create_run(new_run())
        moved = RunMoved(RunState.PENDING, RunMove.TERMINATED, RunState.CANCELING, 7.0, error=StepError("terminated by ann"))
        with engine(records, home) as driver:
            driver.driving.write(run_id, driver.take(run_id), [moved])
        event = records.events(run_id)[-1]
        assert (event.kind, event.at, event.detail) == ("run.TERMINATED", 7.0, {"error": "terminated by ann"})
