"""Random pipelines of nested groups, conditions, branches, loops and exit handlers, run in a simulated world and compared with a reference.

Every run ends; no task or run makes a move that the tables do not have; no attempt is started twice; nothing waits without a
reason; and what comes of a run does not depend on the order of events, on engines that die, or on when.

The slow tests take `BAKEHOUSE_TEST_GRAPHS` graphs (500), and `BAKEHOUSE_TEST_SMALL_GRAPHS` (20) with a death of the engine at every
event; half of them from a fixed seed on, half from a fresh one, which is printed, or from `BAKEHOUSE_TEST_SEED`. A graph that fails
is the first one of a run with its number as that seed.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bakehouse.ir import validation
from bakehouse.orchestrator.states import RUN_MOVES, TASK_MOVES, RunMove, RunState
from tests.unit.orchestrator import simulating
from tests.unit.orchestrator.graphs import SMALL, generated
from tests.unit.orchestrator.outcomes import Death
from tests.unit.orchestrator.simulating import Case, Taken

_GRAPHS = int(os.environ.get("BAKEHOUSE_TEST_GRAPHS", "500"))
_SMALL_GRAPHS = int(os.environ.get("BAKEHOUSE_TEST_SMALL_GRAPHS", "20"))
_FIXED = 1_000_000
_HERE = "tests/unit/orchestrator/test_simulated_groups.py"
_ENOUGH_FOR_EVERY_MOVE = 500
#: What the machine or a user can do to a run. It is the records alone that put one aside which cannot be read.
_RUN_MOVES = {pair for pair in RUN_MOVES if pair[1] is not RunMove.PUT_ASIDE}


@contextmanager
def _named(case: Case) -> Iterator[None]:
    """Say how to have the same graph again."""
    try:
        yield
    except Exception as error:
        numbers = f"BAKEHOUSE_TEST_SEED={case.seed} BAKEHOUSE_TEST_GRAPHS=1 BAKEHOUSE_TEST_SMALL_GRAPHS=1"
        raise AssertionError(f"graph {case.seed} ({case.options}): {error}\nonce more: {numbers} make test-slow TESTS={_HERE}") from error


def _all_ways(case: Case, taken: Taken) -> None:
    """One pipeline, run undisturbed and in every other way."""
    with _named(case):
        world = simulating.undisturbed(case, taken)
        if world.record.state is RunState.FAILED:
            simulating.retried(case, world, taken)
        simulating.disturbed(case, taken)
        world = simulating.terminated(case, taken)
        if world.record.state is not RunState.SUCCEEDED:
            simulating.retried(case, world, taken)
        simulating.diced(case, taken)
        simulating.diced_side_by_side(case.seed, taken)


def _dying_everywhere(case: Case, taken: Taken) -> None:
    """One small pipeline, run once for every event at which an engine can die, and once with an engine that dies after every move."""
    with _named(case):
        simulating.undisturbed(case, taken)
        for step in range(case.length):
            for death in Death:
                simulating.dying(case, step, death, taken)
        simulating.restless(case, taken)


@pytest.mark.parametrize("seed", range(100))
def test_random_pipelines_are_valid(seed: int) -> None:
    """What is simulated is what a compiler could have written."""
    assert validation.problems(generated(seed)) == []


#: Graphs that once came out wrong.
_ONCE_WRONG = (744_774_082, 1_000_412)


@pytest.mark.parametrize("seed", [*range(60), *_ONCE_WRONG])
def test_what_comes_of_a_run_does_not_depend_on_the_order_of_events(seed: int) -> None:
    """Undisturbed, with events twice and late and engines that die, terminated, retried: everything is as the reference says."""
    _all_ways(Case(seed), Taken())


@pytest.mark.parametrize("seed", range(30))
def test_an_engine_that_dies_after_every_move_still_comes_to_an_end(seed: int) -> None:
    """Each engine makes one move, and what it has not recorded is lost."""
    case = Case(seed)
    with _named(case):
        simulating.restless(case, Taken())


@pytest.mark.parametrize("seed", range(3))
def test_engines_can_die_at_any_event(seed: int) -> None:
    """Before an event is recorded, while what follows is done, and after that: nothing is lost or repeated."""
    _dying_everywhere(Case(seed, SMALL), Taken())


def test_every_move_of_the_tables_is_taken() -> None:
    """A move that no simulation takes would be untested."""
    taken = Taken()
    for seed in range(80):
        simulating.diced_side_by_side(seed, taken)
        with _named(Case(seed)):
            simulating.diced(Case(seed), taken)
    assert (TASK_MOVES.keys() - taken.tasks, _RUN_MOVES - taken.runs) == (set(), set())


# ---------------------------------------------------------------- many of them


@pytest.fixture(params=["fixed", "fresh"])
def first(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> int:
    """The seed of the first graph."""
    if request.param == "fixed":
        return _FIXED
    seed = int(os.environ.get("BAKEHOUSE_TEST_SEED") or random.SystemRandom().randrange(10**9))
    with capsys.disabled():
        print(f"\nBAKEHOUSE_TEST_SEED={seed}")  # noqa: T201  # so that the same can be run again
    return seed


def _cases(first: int, number: int) -> list[Case]:
    return [Case(seed) for seed in range(first, first + max(1, number // 2))]


@pytest.mark.slow
def test_many_pipelines(first: int) -> None:
    """See above: more of them."""
    taken = Taken()
    for case in _cases(first, _GRAPHS):
        _all_ways(case, taken)
    if _GRAPHS >= _ENOUGH_FOR_EVERY_MOVE:
        assert (TASK_MOVES.keys() - taken.tasks, _RUN_MOVES - taken.runs) == (set(), set())


@pytest.mark.slow
def test_many_small_pipelines_with_a_death_at_every_event(first: int) -> None:
    """See above: more of them."""
    for case in _cases(first, _SMALL_GRAPHS):
        _dying_everywhere(Case(case.seed, SMALL), Taken())
