"""Who drives a run: one engine at a time, whose writes are all or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.errors import BakehouseError
from bakehouse.ir.execution import Artifact, AttemptId, Cause, Ending, Outputs, RunId, StepError, TaskId
from bakehouse.orchestrator.commands import AttemptClosed, AttemptOpened, AttemptStarted, Change, Consumed, Published, TaskMoved, TaskNoted
from bakehouse.orchestrator.errors import Displaced
from bakehouse.orchestrator.ports import RequestKind
from bakehouse.orchestrator.states import RunMove, RunState, TaskMove, TaskState
from bakehouse.records.database import Records
from bakehouse.records.errors import Unfit
from bakehouse.records.whereabouts import Whereabouts
from tests.records.stories import Driver, Hand, Teller, artifact, engine, finished, new_run, open_records, rows, write_row


@pytest.fixture
def driver(records: Records, home: Path) -> Iterator[Driver]:
    """An engine that lives as long as the test."""
    with engine(records, home) as one:
        yield one


@pytest.fixture
def other(records: Records, home: Path) -> Iterator[Driver]:
    """A second engine on the same home."""
    with engine(records, home) as one:
        yield one


class TestTaking:
    """A run is free when nobody drives it; taking it is one guarded statement."""

    def test_only_one_of_two_engines_gets_a_run(self, records: Records, driver: Driver, other: Driver) -> None:
        """Whoever comes second gets nothing while the first one lives."""
        run_id = records.create_run(new_run())
        assert driver.driving.take(run_id) is not None
        assert other.driving.take(run_id) is None
        assert driver.driving.take(run_id) is None

    def test_a_run_that_was_recorded_for_an_engine_is_that_engines(self, records: Records, driver: Driver, other: Driver) -> None:
        """Nobody else gets it, or is told that it is free, while that engine lives; it takes the run once."""
        run_id = records.create_run(new_run(engine=driver.lock.id))
        assert other.driving.free_runs() == []
        assert other.driving.take(run_id) is None
        assert records.run(run_id).driven_by == driver.lock.id
        assert driver.driving.take(run_id) is not None
        assert driver.driving.take(run_id) is None

    def test_a_run_whose_engine_died_before_it_took_it_is_free(self, records: Records, driver: Driver, other: Driver) -> None:
        """Nothing is lost when the command is killed between recording a run and driving it."""
        run_id = records.create_run(new_run(engine=driver.lock.id))
        driver.lock.release()
        assert other.driving.free_runs() == [run_id]
        assert other.driving.take(run_id) is not None

    def test_taking_raises_the_epoch(self, records: Records, driver: Driver, other: Driver) -> None:
        """Every take-over has a number of its own."""
        run_id = records.create_run(new_run())
        first = driver.take(run_id)
        driver.lock.release()
        assert other.take(run_id) == first + 1

    def test_runs_of_dead_engines_are_free(self, records: Records, driver: Driver, other: Driver) -> None:
        """An engine whose lock is free has gone; those that live keep theirs."""
        kept, lost, fresh = (records.create_run(new_run()) for _ in range(3))
        other.take(kept)
        driver.take(lost)
        driver.lock.release()
        assert set(other.driving.free_runs()) == {lost, fresh}

    def test_free_runs_come_oldest_first_and_not_all_at_once(self, records: Records, driver: Driver, hand: Hand) -> None:
        """At most 100, those that have waited longest."""
        made = []
        for _ in range(103):
            hand.now += 1
            made.append(records.create_run(new_run({"only": ()})))
        assert driver.driving.free_runs() == made[:100]

    def test_a_run_that_is_over_is_not_to_be_had(self, records: Records, home: Path, driver: Driver) -> None:
        """Nor is it free, nor is one that never was."""
        over = finished(records, home)
        assert driver.driving.take(over) is None
        assert driver.driving.take(RunId("nothing")) is None
        assert driver.driving.free_runs() == []

    def test_a_released_run_can_be_taken_at_once(self, records: Records, driver: Driver, other: Driver) -> None:
        """Giving up frees a run though the engine lives; what it writes later is refused."""
        run_id = records.create_run(new_run())
        epoch = driver.take(run_id)
        driver.driving.release(run_id, epoch)
        other.take(run_id)
        driver.driving.release(run_id, epoch)
        assert driver.driving.take(run_id) is None
        with pytest.raises(Displaced):
            driver.driving.write(run_id, epoch, [Teller(run_id).run(RunMove.STARTED)])

    def test_engines_of_other_homes_count_as_gone_without_heartbeats(self, records: Records, home: Path, driver: Driver) -> None:
        """Their locks cannot be seen: 9 s without a heartbeat by the database's clock."""
        run_id = records.create_run(new_run())
        far = records.driving("far", "another home")
        assert far.take(run_id) is not None
        write_row(home, "UPDATE engines SET heartbeat_at = heartbeat_at - 8 WHERE id = 'far'")
        assert driver.driving.free_runs() == []
        assert driver.driving.take(run_id) is None
        write_row(home, "UPDATE engines SET heartbeat_at = heartbeat_at - 2 WHERE id = 'far'")
        assert driver.driving.free_runs() == [run_id]
        far.beat()
        assert driver.driving.free_runs() == []
        write_row(home, "UPDATE engines SET heartbeat_at = heartbeat_at - 11 WHERE id = 'far'")
        assert driver.driving.take(run_id) is not None

    def test_an_attempt_is_where_its_run_is_driven(self, records: Records, driver: Driver) -> None:
        """By an engine of this home, or by nobody just now; by one of another home; and nowhere once it has ended."""
        run_id = records.create_run(new_run({"one": ()}))
        told, attempt = Teller(run_id), AttemptId(run_id, TaskId("one"), 1)
        assert records.whereabouts(attempt) is Whereabouts.OVER
        epoch = driver.take(run_id)
        driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.to_a_slot("one"), *told.launched("one")])
        assert records.whereabouts(attempt) is Whereabouts.HERE
        driver.driving.release(run_id, epoch)
        assert records.whereabouts(attempt) is Whereabouts.HERE
        far = records.driving("far", "another home")
        taken = far.take(run_id)
        assert taken is not None
        assert records.whereabouts(attempt) is Whereabouts.ELSEWHERE
        far.write(run_id, taken[1], [told.failed("one")])
        assert records.whereabouts(attempt) is Whereabouts.OVER

    def test_rows_of_engines_long_gone_are_swept(self, records: Records, home: Path, driver: Driver) -> None:
        """But those that an unfinished run names stay."""
        driver.take(records.create_run(new_run()))
        with engine(records, home):
            pass
        write_row(home, "UPDATE engines SET heartbeat_at = heartbeat_at - 100000")
        with engine(records, home) as newest:
            assert {row[0] for row in rows(home, "SELECT id FROM engines")} == {driver.lock.id, newest.lock.id}

    def test_a_run_that_cannot_be_read_stays_free(self, records: Records, home: Path, driver: Driver, other: Driver) -> None:
        """Whoever wanted to drive it is told why, and others may try."""
        run_id = records.create_run(new_run())
        ((text,),) = rows(home, "SELECT text FROM specs")
        write_row(home, "UPDATE specs SET text = '{}'")
        with pytest.raises(BakehouseError):
            driver.driving.take(run_id)
        assert driver.driving.free_runs() == [run_id]
        write_row(home, "UPDATE specs SET text = ?", text)
        assert other.driving.take(run_id) is not None

    def test_what_is_taken_is_what_was_recorded(self, records: Records, driver: Driver, other: Driver) -> None:
        """States, outputs with artifacts, failures, pauses, open launches: enough to drive the run on."""
        run_id = records.create_run(new_run({"first": (), "second": (), "third": ("first",)}))
        told, outputs = Teller(run_id), Outputs({"n": 1}, {"data": (artifact("data"), artifact("data"))})
        records.request(run_id, RequestKind.TERMINATE, "ann")
        detail = {"retry_at": 2000.0, "user_failures": 1, "infrastructure_failures": 2}
        story: list[Change] = [told.run(RunMove.STARTED), *told.done("first", outputs)]
        story += [*told.to_a_slot("second"), *told.launched("second"), told.failed("second")]
        story.append(told.task("second", TaskMove.RETRIED, attempt=1, error=StepError("boom"), detail=detail))
        story += [*told.to_a_slot("third"), *told.launched("third"), told.run(RunMove.TERMINATED, error=StepError("terminated by ann"))]
        driver.driving.write(run_id, driver.take(run_id), story)
        driver.lock.release()
        taken = other.driving.take(run_id)
        assert taken is not None
        first, second, third = (taken[0].tasks[TaskId(name)] for name in ("first", "second", "third"))
        assert (taken[0].state, taken[0].error, taken[0].terminated_by) == (RunState.CANCELING, StepError("terminated by ann"), "ann")
        assert (first.finished_at is None, second.finished_at) == (False, None)
        assert (first.state, first.attempt, first.outputs, first.retry_at) == (TaskState.SUCCEEDED, 1, outputs, None)
        assert (second.state, second.attempt, second.retry_at, second.error) == (TaskState.BACKING_OFF, 1, 2000.0, StepError("boom"))
        assert (second.user_failures, second.infrastructure_failures) == (1, 2)
        assert (third.state, third.outputs) == (TaskState.RUNNING, None)
        assert taken[0].launches == {TaskId("third"): told.launch("third")}


class TestWriting:
    """Changes are written together with their events, each from the state it names, or not at all."""

    @pytest.fixture
    def run_id(self, records: Records) -> RunId:
        """A run that waits."""
        return records.create_run(new_run())

    def test_whoever_has_lost_the_run_writes_nothing(self, records: Records, run_id: RunId, driver: Driver, other: Driver) -> None:
        """An engine that was stopped and continues: its epoch is of yesterday."""
        epoch = driver.take(run_id)
        driver.lock.release()
        newer = other.take(run_id)
        before = (records.run(run_id), records.events(run_id))
        with pytest.raises(Displaced):
            driver.driving.write(run_id, epoch, [Teller(run_id).run(RunMove.STARTED)])
        assert (records.run(run_id), records.events(run_id)) == before
        other.driving.write(run_id, newer, [Teller(run_id).run(RunMove.STARTED)])

    def test_a_run_that_is_gone_displaces(self, driver: Driver) -> None:
        """Writing to a run that was deleted is no different."""
        with pytest.raises(Displaced):
            driver.driving.write(RunId("nothing"), 1, [Teller(RunId("nothing")).run(RunMove.STARTED)])

    @pytest.mark.parametrize(
        "misfit",
        [
            lambda _told: TaskMoved(TaskId("first"), TaskState.QUEUED, TaskMove.LAUNCHED, TaskState.RUNNING, 1.0),
            lambda _told: TaskMoved(TaskId("nobody"), TaskState.WAITING, TaskMove.RELEASED, TaskState.PREPARING, 1.0),
            lambda _told: TaskNoted(TaskId("first"), TaskState.QUEUED, "why", 1.0),
            lambda told: replace(told.run(RunMove.STARTED), before=RunState.CANCELING),
            lambda _told: AttemptStarted(TaskId("first"), 1, 1.0),
            lambda _told: AttemptClosed(TaskId("first"), 1, Ending(cause=Cause.LOST), 1.0),
            lambda _told: Published(TaskId("first"), 1, Outputs({"n": 1}), 1.0),
            lambda _told: Consumed(TaskId("nobody"), {}, {}),
        ],
    )
    def test_a_change_from_the_wrong_state_undoes_all_of_its_transaction(
        self, records: Records, run_id: RunId, driver: Driver, misfit: Callable[[Teller], Change]
    ) -> None:
        """What came before it in the same transaction is not written either, and the run goes on from there."""
        epoch, told = driver.take(run_id), Teller(run_id)
        before = (records.run(run_id), records.events(run_id))
        with pytest.raises(Unfit):
            driver.driving.write(run_id, epoch, [told.task("second", TaskMove.RELEASED), misfit(told)])
        assert (records.run(run_id), records.events(run_id)) == before
        driver.driving.write(run_id, epoch, [Teller(run_id).run(RunMove.STARTED)])
        assert [event.seq for event in records.events(run_id)] == [1, 2, 3]

    def test_an_attempt_is_opened_once(self, records: Records, run_id: RunId, driver: Driver) -> None:
        """A second row for the same number is refused, with all that came with it."""
        epoch, told = driver.take(run_id), Teller(run_id)
        driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.to_a_slot("first"), *told.launched("first")])
        before = records.events(run_id)
        with pytest.raises(Unfit):
            driver.driving.write(run_id, epoch, [told.task("second", TaskMove.RELEASED), AttemptOpened(told.launch("first"), 9.0)])
        assert records.events(run_id) == before

    def test_results_are_published_once(self, records: Records, run_id: RunId, driver: Driver) -> None:
        """The outputs of a task do not change any more."""
        epoch, told = driver.take(run_id), Teller(run_id)
        driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.done("first")])
        with pytest.raises(Unfit):
            driver.driving.write(run_id, epoch, [Published(TaskId("first"), 1, Outputs({"n": 2}), 9.0)])
        assert records.run(run_id).tasks[0].outputs == Outputs({"n": 1})

    def test_one_artifact_is_recorded_once(self, records: Records, home: Path, run_id: RunId, driver: Driver) -> None:
        """An id that is there already undoes the publication and the end of the task."""
        epoch, told, data = driver.take(run_id), Teller(run_id), artifact("data")
        driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.done("first", Outputs(artifacts={"data": (data,)}))])
        with pytest.raises(Unfit):
            driver.driving.write(run_id, epoch, told.done("second", Outputs(artifacts={"data": (data,)})))
        assert records.run(run_id).tasks[1].state is TaskState.WAITING
        assert rows(home, "SELECT count(*) FROM artifacts") == [(1,)]

    def test_a_start_said_again_keeps_its_time(self, records: Records, run_id: RunId, driver: Driver) -> None:
        """An engine that took the run over finds the process running and says so: it started when it started."""
        epoch, told = driver.take(run_id), Teller(run_id)
        driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.to_a_slot("first"), *told.launched("first")])
        before = records.run(run_id).tasks[0].attempts[0]
        driver.driving.write(run_id, epoch, [AttemptStarted(TaskId("first"), 1, 9999.0)])
        assert records.run(run_id).tasks[0].attempts[0] == before

    def test_inputs_said_again_replace_the_first(self, records: Records, run_id: RunId, driver: Driver) -> None:
        """An engine that took over resolves the inputs anew."""
        epoch, told, data = driver.take(run_id), Teller(run_id), artifact("data")
        driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.done("first", Outputs(artifacts={"data": (data,)}))])
        for number in (1, 2):
            driver.driving.write(run_id, epoch, [told.consumed("second", {"n": number}, data=data)])
        second = records.run(run_id).tasks[1]
        assert (second.inputs, second.input_artifacts) == ({"n": 2}, {"data": [data]})

    def test_text_that_is_not_unicode_is_no_obstacle(self, records: Records, run_id: RunId, driver: Driver) -> None:
        """File names, messages and values in any encoding are recorded, and values come back as they were."""
        epoch, told = driver.take(run_id), Teller(run_id)
        data = artifact("data", "/data/\udce4", metadata={"note": "\ud800", "nan": float("inf")})
        outputs = Outputs({"text": "\udce4\0"}, {"data": (data,)})
        note = TaskNoted(TaskId("second"), TaskState.WAITING, "why \udce4\0", 3.0)
        driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), note, *told.done("first", outputs)])
        first, second = records.run(run_id).tasks
        assert first.outputs == outputs
        assert second.why == "why \\udce4\\x00"

    def test_values_of_any_size(self, records: Records, run_id: RunId, driver: Driver) -> None:
        """Integers beyond 64 bits and long texts are values like all others."""
        epoch, told = driver.take(run_id), Teller(run_id)
        outputs = Outputs({"big": 2**200, "long": "x" * 3_000_000})
        driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.done("first", outputs)])
        assert records.run(run_id).tasks[0].outputs == outputs


def _hears(driver: Driver) -> bool:
    """Whether it notices something soon: a server sends its notice after the commit."""
    give_up = time.monotonic() + 10
    while not driver.driving.changed():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.01)
    return True


class TestChanged:
    """An engine notices what others write."""

    def test_it_sees_others_and_not_itself(self, records: Records, home: Path, driver: Driver, hand: Hand) -> None:
        """A write of another connection or process shows once; its own writes do not."""
        driver.driving.changed()
        assert not driver.driving.changed()
        run_id = records.create_run(new_run())
        assert _hears(driver)
        assert not driver.driving.changed()
        driver.take(run_id)
        driver.driving.beat()
        assert not driver.driving.changed()
        elsewhere = open_records(home, hand)
        elsewhere.request(run_id, RequestKind.TERMINATE, "ann")
        elsewhere.close()
        assert _hears(driver)

    def test_reading_is_no_change(self, records: Records, driver: Driver) -> None:
        """Lists and views leave everything as it was."""
        records.create_run(new_run())
        assert _hears(driver)
        records.list_runs()
        records.run(records.find("latest"))
        assert not driver.driving.changed()


def test_artifacts_keep_their_order(records: Records, driver: Driver) -> None:
    """A list of artifacts is read as it was given."""
    run_id = records.create_run(new_run())
    group: tuple[Artifact, ...] = tuple(artifact(f"part-{number}") for number in range(12))
    told, epoch = Teller(run_id), driver.take(run_id)
    driver.driving.write(run_id, epoch, [told.run(RunMove.STARTED), *told.done("first", Outputs(artifacts={"parts": group}))])
    ids = tuple(one.id for one in group)
    driver.driving.write(run_id, epoch, [Consumed(TaskId("second"), {}, {"parts": ids})])
    first, second = records.run(run_id).tasks
    assert first.outputs is not None
    assert first.outputs.artifacts["parts"] == group
    assert tuple(second.input_artifacts["parts"]) == group
