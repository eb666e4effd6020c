"""Engines of two homes on one PostgreSQL database: killed, cut off, with the database gone. The proof is taken from outside.

Small enough for CI; the full measure: BAKEHOUSE_TEST_RUNS=100 BAKEHOUSE_TEST_RESTARTS=5 BAKEHOUSE_TEST_AWAY_SECONDS=60.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import postgres
from tests.faults.nested import Calm, Homes, calm, homes
from tests.home import Home
from tests.postgres import Server

pytestmark = pytest.mark.slow

RUNS = int(os.environ.get("BAKEHOUSE_TEST_RUNS", "6"))
RESTARTS = int(os.environ.get("BAKEHOUSE_TEST_RESTARTS", "3"))
AWAY = float(os.environ.get("BAKEHOUSE_TEST_AWAY_SECONDS", "15"))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL server."""
    with postgres.server() as running:
        yield running


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Calm:
    """What a run comes to where nothing happens."""
    return calm(tmp_path_factory.mktemp("calm"))


@pytest.fixture
def two(server: Server, tmp_path: Path, expected: Calm) -> Iterator[Homes]:
    """Two homes, nobody at work."""
    name = server.make()
    with homes(tmp_path / "here", tmp_path / "there", expected=expected, database=server.url(name)) as made:
        yield made
    server.drop(name)


@contextmanager
def engine(home: Home, *, outlived: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """An engine of a home, until the block ends; its steps end with it, unless it is to be `outlived` by them."""
    process = home.start("engine")
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if not outlived:
            home.kill_steps()


def wait_for_engines(two: Homes, count: int) -> None:
    """Wait until so many engines have come up: one that cannot reach the database at its start says so and ends."""
    deadline = time.monotonic() + 30
    while postgres.ask(two.database, "SELECT count(*) FROM engines") < [(count,)]:
        assert time.monotonic() < deadline, two.words()
        time.sleep(0.1)


def test_one_of_two_engines_is_killed_every_five_seconds(two: Homes) -> None:
    """And comes back each time: its home goes on with what it had begun, the other one with the rest."""
    here, there = two.all
    two.begin(RUNS, seconds=0.5)
    with engine(there):
        deadline = time.monotonic() + 40 + 10 * RUNS
        while not two.are_over():
            assert time.monotonic() < deadline, (two.states(), two.words())
            with engine(here, outlived=True):
                begun = time.monotonic()
                while time.monotonic() - begun < 5 and not two.are_over():
                    time.sleep(0.2)
        two.ended_well()


def test_a_machine_that_is_gone_is_replaced_within_ten_seconds(two: Homes) -> None:
    """Engine and steps are killed: the other home takes the run over, and what was running there runs again as another attempt."""
    here, there = two.all
    two.begin(1, seconds=2.0)
    (run_id,) = two.runs
    with engine(here):
        two.wait_for_proofs(2)
        with engine(there) as other:
            time.sleep(2)
            assert other.poll() is None
            here.kill_steps()  # first, so that its engine has no time to begin anew
    gone = time.time()
    with engine(there):
        two.wait_until_over(90)
        two.ended_well()
    taken = [event.at for event in two.context.records.events(run_id) if event.kind == "run.TAKEN"]
    assert len(taken) == 2
    assert taken[1] - gone < 10, two.words()
    assert postgres.ask(two.database, "SELECT cause FROM attempts WHERE state = 'FAILED' AND cause = 'lost'")


def test_an_engine_that_was_cut_off_leaves_its_run_to_others(two: Homes) -> None:
    """`kill -STOP` for longer than a lease: another home has taken the run; when it goes on, it stops its steps and forgets the run."""
    here, there = two.all
    two.begin(1, seconds=3.0)
    with engine(here) as stopped:
        two.wait_for_proofs(2)
        os.kill(stopped.pid, signal.SIGSTOP)
        with engine(there):
            two.wait_for_proofs(4)
            os.kill(stopped.pid, signal.SIGCONT)
            two.wait_until_over(90)
            assert stopped.poll() is None
            two.ended_well()


def test_the_database_is_restarted(two: Homes, server: Server) -> None:
    """At once and without warning, as after a crash: engines wait, and go on."""
    here, there = two.all
    two.begin(max(2, RUNS // 2), seconds=0.5)
    with engine(here) as one, engine(there) as other:
        wait_for_engines(two, 2)
        for number in range(RESTARTS):
            two.wait_for_proofs(2 * number + 1)
            server.stop()
            server.start()
            time.sleep(2)
        two.wait_until_over(60 + 5 * RUNS)
        assert (one.poll(), other.poll()) == (None, None), two.words()
        two.ended_well()
        two.began_as_often_as_calmly()


def test_the_database_is_away(two: Homes, server: Server) -> None:
    """For a while: steps go on and are not run again; nobody takes another's runs when it is back."""
    here, there = two.all
    two.begin(2, seconds=0.5)
    with engine(here) as one, engine(there) as other:
        wait_for_engines(two, 2)
        two.wait_for_proofs(3)
        server.stop()
        time.sleep(AWAY)
        server.start()
        two.wait_until_over(90)
        assert (one.poll(), other.poll()) == (None, None), two.words()
        two.ended_well()
        two.began_as_often_as_calmly()
    taken = postgres.ask(two.database, "SELECT epoch FROM runs")
    assert taken == [(1,), (1,)]
    assert "waits until it can be recorded" in two.words()
