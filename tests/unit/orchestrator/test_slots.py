"""Who may start next."""

from __future__ import annotations

from bakehouse.ir.execution import RunId, TaskId
from bakehouse.orchestrator.slots import Slots

_WIDE, _NARROW = RunId("wide"), RunId("narrow")


def test_a_wide_run_does_not_starve_a_narrow_one() -> None:
    """Runs take turns, however many tasks one of them has queued."""
    slots = Slots(1)
    for number in range(2000):
        slots.ask(_WIDE, TaskId(f"w{number}"), 0)
    slots.ask(_NARROW, TaskId("n0"), 0)
    order = []
    for _ in range(3):
        ((run_id, task_id),) = slots.admitted()
        order.append(run_id)
        slots.release(run_id, task_id)
    assert _NARROW in order[:2]


def test_a_run_keeps_its_own_limit() -> None:
    """`--max-parallel 2` holds although four slots are free."""
    slots = Slots(4)
    for number in range(4):
        slots.ask(_WIDE, TaskId(f"w{number}"), 2)
    assert [task for _, task in slots.admitted()] == ["w0", "w1"]
    slots.release(_WIDE, TaskId("w0"))
    assert [task for _, task in slots.admitted()] == ["w2"]


def test_attempts_taken_over_count() -> None:
    """An attempt that an earlier engine started holds a slot, and gives it back once."""
    slots = Slots(1)
    slots.hold(_WIDE, TaskId("old"))
    slots.ask(_WIDE, TaskId("new"), 0)
    assert slots.admitted() == []
    slots.release(_WIDE, TaskId("old"))
    slots.release(_WIDE, TaskId("old"))
    assert len(slots.admitted()) == 1
    slots.ask(_NARROW, TaskId("n"), 0)
    assert slots.admitted() == []


def test_what_leaves_the_queue_is_never_admitted() -> None:
    """A task that is skipped or canceled while it waits gets no slot; a run that is forgotten gives all of its slots back."""
    slots = Slots(2)
    slots.ask(_WIDE, TaskId("a"), 0)
    slots.release(_WIDE, TaskId("a"))
    assert slots.admitted() == []
    for name in ("b", "c", "d"):
        slots.ask(_WIDE, TaskId(name), 0)
    assert len(slots.admitted()) == 2
    slots.forget(_WIDE)
    slots.ask(_NARROW, TaskId("n"), 0)
    assert slots.admitted() == [(_NARROW, TaskId("n"))]
