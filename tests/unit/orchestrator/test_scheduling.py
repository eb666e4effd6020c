"""Who may start next."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.ir.execution import Requests, RunId, TaskId
from bakehouse.orchestrator.scheduling import Capacity, Limits, Scheduler, Share

_NOTHING = Requests()
_WIDE, _NARROW = Share(RunId("wide")), Share(RunId("narrow"))
_GPU = "nvidia.com/gpu"


def _asked(scheduler: Scheduler, share: Share, count: int, requests: Requests = _NOTHING, name: str = "t") -> None:
    for number in range(count):
        scheduler.ask(share, TaskId(f"{name}{number}"), requests)


def _order(scheduler: Scheduler, count: int) -> list[RunId]:
    """The runs whose steps start next, when each step ends before the next one starts."""
    order = []
    for _ in range(count):
        ((run_id, task_id),) = scheduler.admitted()
        order.append(run_id)
        scheduler.release(run_id, task_id)
    return order


# ---------------------------------------------------------------- slots, turns, limits


def test_a_wide_run_does_not_starve_a_narrow_one() -> None:
    """Runs take turns, however many tasks one of them has queued."""
    scheduler = Scheduler(Capacity(1))
    _asked(scheduler, _WIDE, 2000)
    _asked(scheduler, _NARROW, 3)
    assert Counter(_order(scheduler, 6)) == {"wide": 3, "narrow": 3}


def test_a_namespace_of_many_runs_does_not_starve_another() -> None:
    """Namespaces take turns, then the runs in each."""
    scheduler = Scheduler(Capacity(1))
    for number in range(10):
        _asked(scheduler, Share(RunId(f"a{number}"), "many"), 5)
    _asked(scheduler, Share(RunId("b"), "one"), 5)
    order = _order(scheduler, 10)
    assert order.count(RunId("b")) == 5
    assert len(set(order)) == 6


def test_a_run_keeps_its_own_limit() -> None:
    """`--max-parallel 2` holds although four slots are free."""
    scheduler = Scheduler(Capacity(4))
    share = Share(RunId("run"), limit=2)
    _asked(scheduler, share, 4)
    assert [task for _, task in scheduler.admitted()] == ["t0", "t1"]
    scheduler.release(share.run_id, TaskId("t0"))
    assert [task for _, task in scheduler.admitted()] == ["t2"]


@pytest.mark.parametrize("what", ["pipeline", "namespace"])
def test_runs_of_one_pipeline_or_namespace_share_a_limit(what: str) -> None:
    """And who waits for that is told so, once."""
    scheduler = Scheduler(Capacity(8), Limits(pipeline=3 if what == "pipeline" else 0, namespace=3 if what == "namespace" else 0))
    first, second = Share(RunId("first"), "team", "train"), Share(RunId("second"), "team", "train")
    _asked(scheduler, first, 4)
    _asked(scheduler, second, 4)
    _asked(scheduler, Share(RunId("else"), "others", "score"), 2)
    started = scheduler.admitted()
    assert Counter(run_id for run_id, _ in started) == {"first": 2, "second": 1, "else": 2}
    assert {why for _, _, why in scheduler.delayed()} == {f"waiting: at most 3 steps of this {what} at a time"}
    assert scheduler.delayed() == []
    scheduler.forget(first.run_id)
    assert [run_id for run_id, _ in scheduler.admitted()] == ["second", "second"]


def test_steps_that_run_elsewhere_take_nothing_of_this_machine() -> None:
    """Whatever they ask for; limits of steps at a time hold for them, too."""
    scheduler = Scheduler(Capacity(1, cpu=1), Limits(pipeline=3))
    _asked(scheduler, Share(RunId("pods"), "team", "train", elsewhere=True), 5, Requests(cpu=64))
    _asked(scheduler, Share(RunId("here")), 2)
    started = Counter(run_id for run_id, _ in scheduler.admitted())
    assert started == {"pods": 3, "here": 1}
    scheduler.release(RunId("pods"), TaskId("t0"))
    assert [run_id for run_id, _ in scheduler.admitted()] == ["pods"]


def test_attempts_taken_over_count() -> None:
    """An attempt that an earlier engine started holds a slot, and gives it back once."""
    scheduler = Scheduler(Capacity(1))
    scheduler.hold(_WIDE, TaskId("old"), _NOTHING)
    scheduler.hold(_WIDE, TaskId("old"), _NOTHING)
    _asked(scheduler, _WIDE, 1)
    assert scheduler.admitted() == []
    scheduler.release(_WIDE.run_id, TaskId("old"))
    scheduler.release(_WIDE.run_id, TaskId("old"))
    assert len(scheduler.admitted()) == 1
    _asked(scheduler, _NARROW, 1)
    assert scheduler.admitted() == []


def test_what_leaves_the_queue_is_never_admitted() -> None:
    """A task that is skipped or canceled while it waits gets no slot; a run that is forgotten gives all of its slots back."""
    scheduler = Scheduler(Capacity(2))
    _asked(scheduler, _WIDE, 1)
    scheduler.release(_WIDE.run_id, TaskId("t0"))
    assert scheduler.admitted() == []
    _asked(scheduler, _WIDE, 3, name="u")
    assert len(scheduler.admitted()) == 2
    scheduler.forget(_WIDE.run_id)
    _asked(scheduler, _NARROW, 1)
    assert scheduler.admitted() == [(_NARROW.run_id, TaskId("t0"))]


# ---------------------------------------------------------------- what steps ask for


def test_a_step_that_says_how_many_cpus_takes_those_and_no_slot() -> None:
    """Four CPUs are two steps of two; the slots are left for those that say nothing."""
    scheduler = Scheduler(Capacity(slots=1, cpu=4))
    _asked(scheduler, _WIDE, 3, Requests(cpu=2))
    _asked(scheduler, _NARROW, 2)
    assert Counter(run_id for run_id, _ in scheduler.admitted()) == {"wide": 2, "narrow": 1}
    assert scheduler.delayed() == [("wide", "t2", "waiting for 2 CPUs: 0 of 4 free")]


def test_fractions_of_a_cpu_come_back_whole() -> None:
    """Ten tenths are one, also after a thousand of them."""
    scheduler = Scheduler(Capacity(slots=1, cpu=1))
    for _ in range(1000):
        _asked(scheduler, _WIDE, 10, Requests(cpu=0.1))
        assert len(scheduler.admitted()) == 10
        for number in range(10):
            scheduler.release(_WIDE.run_id, TaskId(f"t{number}"))


def test_memory_and_accelerators_are_kept_for_who_has_them() -> None:
    """A step that asks for either takes a slot too; one of the same run that asks for something else goes first meanwhile."""
    scheduler = Scheduler(Capacity(slots=4, memory=8 << 30, accelerators={_GPU: 1}))
    _asked(scheduler, _WIDE, 2, Requests(accelerators=((_GPU, 1),)), "gpu")
    _asked(scheduler, _WIDE, 2, Requests(memory=6 << 30), "large")
    _asked(scheduler, _WIDE, 1, name="small")
    assert sorted(task for _, task in scheduler.admitted()) == ["gpu0", "large0", "small0"]
    assert sorted(why for _, _, why in scheduler.delayed()) == [
        "waiting for 1 nvidia.com/gpu: 0 of 1 free",
        "waiting for 6 Gi of memory: 2 Gi of 8 Gi free",
    ]


def test_a_step_that_asks_for_more_than_there_is_gets_all_there_is() -> None:
    """It does not wait forever; what it lacks can be told."""
    scheduler = Scheduler(Capacity(slots=4, cpu=2, memory=1 << 30))
    greedy = Requests(cpu=64, memory=1 << 40, accelerators=((_GPU, 2),))
    _asked(scheduler, _WIDE, 2, greedy)
    assert len(scheduler.admitted()) == 1
    assert scheduler.excess(greedy) == (
        "asks for 64 CPUs, and this machine has 2; asks for 1 Ti of memory, and this machine has 1 Gi; "
        "asks for 2 nvidia.com/gpu, and this machine has 0"
    )
    assert scheduler.excess(Requests(cpu=2)) == ""


def test_a_large_step_is_not_passed_by_forever() -> None:
    """Small ones of another run always fit, and there is no end of them: after a while what they give back is kept for the large one."""
    scheduler = Scheduler(Capacity(slots=4, cpu=4))
    _asked(scheduler, _WIDE, 2000, Requests(cpu=1))
    running = [task for _, task in scheduler.admitted()]
    scheduler.ask(_NARROW, TaskId("large"), Requests(cpu=4))
    turns = 0
    while turns < 100:
        turns += 1
        scheduler.release(_WIDE.run_id, running.pop(0))
        started = scheduler.admitted()
        if (_NARROW.run_id, TaskId("large")) in started:
            break
        running += [task for _, task in started]
    assert turns < 30
    assert running == []


_REQUESTS = st.builds(Requests, cpu=st.sampled_from([0, 0.5, 1, 3]), memory=st.sampled_from([0, 100, 700]))
_STEPS = st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["x", "y"]), _REQUESTS)


@given(steps=st.lists(_STEPS, max_size=30), data=st.data())
def test_everything_starts_once_and_nothing_is_given_twice(steps: list[tuple[str, str, Requests]], data: st.DataObject) -> None:
    """Whatever is asked, and in whatever order steps end: all start, what they hold never exceeds what there is, and all of it comes back."""
    capacity = Capacity(slots=2, cpu=2, memory=1000)
    scheduler = Scheduler(capacity)
    asked = {}
    for number, (run, namespace, requests) in enumerate(steps):
        share, task = Share(RunId(run + namespace), namespace, limit=2 if run == "c" else 0), TaskId(str(number))
        asked[share.run_id, task] = requests
        scheduler.ask(share, task, requests)
    running: list[tuple[RunId, TaskId]] = []
    started: list[tuple[RunId, TaskId]] = []
    while len(started) < len(steps):
        new = scheduler.admitted()
        started += new
        running += new
        held = [asked[one] for one in running]
        assert sum(min(one.cpu, capacity.cpu) for one in held) <= capacity.cpu
        assert sum(one.memory for one in held) <= capacity.memory
        assert sum(one.cpu == 0 for one in held) <= capacity.slots
        assert running, "nothing runs, and nothing may start"
        scheduler.release(*running.pop(data.draw(st.integers(0, len(running) - 1))))
    assert len(set(started)) == len(steps)


def test_what_runs_waits_no_more() -> None:
    """An attempt that an earlier engine started may stand in the queue too; it must not be let in a second time."""
    scheduler = Scheduler(Capacity(1))
    _asked(scheduler, _NARROW, 1)
    scheduler.hold(_NARROW, TaskId("t0"), _NOTHING)
    scheduler.release(_NARROW.run_id, TaskId("t0"))
    assert scheduler.admitted() == []
