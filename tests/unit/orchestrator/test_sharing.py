"""Engines that share a machine."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bakehouse.ir.execution import Requests, RunId, TaskId
from bakehouse.orchestrator.scheduling import WAITING, Capacity, Limits, Scheduler, Share
from bakehouse.orchestrator.sharing import NOBODY, EngineReport, Others


class Room:
    """Schedulers on one machine, each with one run, that speak to each other in turn."""

    def __init__(self, count: int, capacity: Capacity, limits: Limits | None = None) -> None:
        self.schedulers = [Scheduler(capacity, limits) for _ in range(count)]
        self.said: dict[int, EngineReport] = {}
        self.now = 0.0
        self.running: dict[int, list[TaskId]] = {number: [] for number in range(count)}

    def ask(self, number: int, count: int, requests: Requests = Requests()) -> None:  # noqa: B008  # a frozen value
        """So many steps of an engine's run queue."""
        for step in range(count):
            self.schedulers[number].ask(self.share(number), TaskId(f"t{step}"), requests)

    def share(self, number: int) -> Share:
        """The run of an engine."""
        return Share(RunId(f"run {number}"), "team", "train")

    def turn(self, number: int) -> int:
        """One turn of an engine: how many steps it let in."""
        self.now += 1.0
        scheduler = self.schedulers[number]
        scheduler.observe([said for other, said in self.said.items() if other != number], self.now)
        admitted = [task_id for _, task_id in scheduler.admitted()]
        self.running[number] += admitted
        self.said[number] = scheduler.report()
        return len(admitted)

    def end(self, number: int) -> None:
        """The oldest step of an engine ends."""
        self.schedulers[number].release(self.share(number).run_id, self.running[number].pop(0))

    def whys(self, number: int) -> Sequence[str]:
        """What the steps of an engine wait for, if that is new."""
        return [why for _, _, why in self.schedulers[number].delayed()]


def test_what_another_engine_holds_is_not_free() -> None:
    """Two engines with four slots do not run eight steps; and who waits knows for whom."""
    room = Room(2, Capacity(4))
    room.ask(0, 3)
    room.ask(1, 3)
    assert (room.turn(0), room.turn(1)) == (3, 1)
    assert room.whys(1) == [f"{WAITING}: other engines of this home hold some"]
    assert room.whys(1) == []
    room.end(0)
    assert room.turn(0) == 0
    assert room.turn(1) == 1


def test_an_engine_with_much_to_do_leaves_half_of_the_machine_to_one_that_comes() -> None:
    """A 2,000-way loop under one engine does not starve three steps under another, and takes all again when they are over."""
    room = Room(2, Capacity(4))
    room.ask(0, 2000)
    assert room.turn(0) == 4
    room.ask(1, 3)
    assert room.turn(1) == 0
    for _ in range(2):
        room.end(0)
        assert room.turn(0) == 0, "it is the other one's turn"
        assert room.turn(1) == 1
    assert [len(steps) for steps in room.running.values()] == [2, 2]
    room.end(0)
    assert room.turn(0) == 1, "of its own half it may take at once"
    room.end(1)
    assert room.turn(1) == 1
    room.end(1)
    room.turn(1)
    room.end(0)
    assert room.turn(0) == 2, "nobody else wants the rest"


@pytest.mark.parametrize("first", [0, 1])
def test_a_step_that_needs_the_whole_machine_is_not_starved(first: int) -> None:
    """While its engine has waited for longer, the other one starts nothing more of what it wants; and then it is the other one's turn."""
    room, second = Room(2, Capacity(8, cpu=4)), 1 - first
    room.ask(first, 100, Requests(cpu=1))
    assert room.turn(first) == 4
    room.ask(second, 2, Requests(cpu=4))
    assert room.turn(second) == 0
    for _ in range(4):
        room.end(first)
        room.turn(first)
        room.turn(second)
    assert [len(room.running[number]) for number in (first, second)] == [0, 1]
    assert room.whys(first) == ["waiting for its turn: other engines of this home want CPUs too"]
    room.end(second)
    assert room.turn(second) == 0
    assert room.turn(first) >= 1, "one of the small ones has waited for longer than the second large one"


def test_three_engines_take_turns_at_one_slot() -> None:
    """None is served twice before each was served once."""
    room = Room(3, Capacity(1))
    for number in range(3):
        room.ask(number, 5)
    order: list[int] = []
    for _ in range(9):
        for number in [*order[-1:], 0, 1, 2]:  # the one whose step has ended says so before the others look
            room.turn(number)
        (busy,) = [number for number, steps in room.running.items() if steps]
        order.append(busy)
        room.end(busy)
    assert all(len(set(order[start : start + 3])) == 3 for start in range(0, 9, 3))


def test_limits_of_a_pipeline_hold_for_all_engines() -> None:
    """At most three steps of a pipeline at a time, whoever runs them."""
    room = Room(2, Capacity(8), Limits(pipeline=3))
    room.ask(0, 2)
    room.ask(1, 2)
    assert (room.turn(0), room.turn(1)) == (2, 1)
    assert room.whys(1) == ["waiting: at most 3 steps of this pipeline at a time"]
    room.end(0)
    room.turn(0)
    assert room.turn(1) == 1


def test_an_engine_alone_says_that_it_wants_nothing() -> None:
    """What it could want is not looked for in vain."""
    scheduler = Scheduler(Capacity(1))
    for number in range(3):
        scheduler.ask(Share(RunId("run")), TaskId(f"t{number}"), Requests())
    scheduler.admitted()
    assert scheduler.report() == EngineReport({"slots": 1.0}, {"pipeline ": 1, "namespace ": 1}, {})
    assert not NOBODY


def test_two_that_have_waited_equally_long_do_not_wait_for_each_other() -> None:
    """A step larger than a share starts where nobody has waited for longer."""
    rival = EngineReport({}, {}, {"CPUs": 4.0}, since=7.0)
    assert not Others([rival]).come_first("CPUs", 4.0, mine=0.0, total=4.0, since=7.0)
    assert Others([rival]).come_first("CPUs", 4.0, mine=0.0, total=4.0, since=8.0)
    assert not Others([rival]).come_first("memory", 4.0, mine=0.0, total=4.0, since=8.0)
