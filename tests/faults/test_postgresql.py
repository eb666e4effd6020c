"""Engines of two homes on one PostgreSQL database: killed, cut off, with the database gone. The proof is taken from outside.

Small enough for CI; the full measure: BAKEHOUSE_TEST_RUNS=100 BAKEHOUSE_TEST_RESTARTS=5 BAKEHOUSE_TEST_AWAY_SECONDS=60.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bakehouse.actions import runs
from bakehouse.actions.context import Caller, Context
from bakehouse.ir import text as ir_text
from bakehouse.ir.execution import RunId
from bakehouse.orchestrator.states import RunState
from bakehouse.records.database import open_home
from bakehouse.storage.local import LocalStore
from tests import postgres
from tests.home import Home, faulty
from tests.postgres import Server

pytestmark = pytest.mark.slow

RUNS = int(os.environ.get("BAKEHOUSE_TEST_RUNS", "6"))
RESTARTS = int(os.environ.get("BAKEHOUSE_TEST_RESTARTS", "3"))
AWAY = float(os.environ.get("BAKEHOUSE_TEST_AWAY_SECONDS", "15"))
LENGTH = 3
STEPS = 2 * LENGTH + 1
_ENDED = {"SUCCEEDED", "FAILED", "CANCELED"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL server."""
    with postgres.server() as running:
        yield running


@dataclass
class Homes:
    """Two homes on one database, whose steps leave their proof in one file."""

    here: Home
    there: Home
    context: Context

    def begin(self, count: int, *, seconds: float) -> list[RunId]:
        """Record so many runs for whoever takes them."""
        file = self.here.write(faulty(LENGTH))
        compiled = self.here.folder / "pipeline.yaml"
        done = self.here.call("compile", str(file), "-o", str(compiled))
        assert done.returncode == 0, done.stderr
        submission = runs.Submission(
            pipeline=ir_text.read(compiled.read_text(), str(compiled)), parameters={"proof": str(self.here.proof), "seconds": seconds}
        )
        return [runs.create(self.context, submission) for _ in range(count)]

    def states(self) -> list[str]:
        """The states of all runs."""
        return [str(state) for (state,) in postgres.ask(self.here.database, "SELECT state FROM runs")]

    def are_over(self) -> bool:
        """Whether every run has ended; not while the database cannot be asked."""
        return set(self.states()) <= _ENDED

    def ended_well(self) -> None:
        """As without faults, and no attempt began twice."""
        assert set(self.states()) == {"SUCCEEDED"}, self.words()
        tasks = postgres.ask(self.here.database, "SELECT state, count(*) FROM tasks GROUP BY state")
        assert tasks == [("SUCCEEDED", STEPS * len(self.states()))]
        proofs = self.here.proofs()
        assert set(proofs.values()) == {1}, proofs
        assert len({proof[:2] for proof in proofs}) == STEPS * len(self.states())
        gaps = "SELECT id FROM runs WHERE seq <> (SELECT count(*) FROM events WHERE run_id = id)"
        assert postgres.ask(self.here.database, gaps) == []

    def words(self) -> str:
        """What the engines said last."""
        return "\n".join((home.folder / "words").read_text(errors="replace")[-3000:] for home in (self.here, self.there))


@pytest.fixture
def homes(server: Server, tmp_path: Path) -> Iterator[Homes]:
    """Two homes, nobody at work."""
    name = server.make()
    made = []
    for which in ("here", "there"):
        folder = tmp_path / which
        folder.mkdir()
        made.append(Home(folder, server.url(name)))
    with closing(open_home(made[0].path, database=made[0].database)) as records:
        context = Context(caller=Caller("somebody"), records=records, store=LocalStore(), home=made[0].path)
        yield Homes(made[0], made[1], context)
    server.drop(name)


@contextmanager
def engine(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    """An engine of a home, until the block ends."""
    process = home.start("engine")
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        home.kill_steps()


def wait_for_engines(homes: Homes, count: int) -> None:
    """Wait until so many engines have come up: one that cannot reach the database at its start says so and ends."""
    deadline = time.monotonic() + 30
    while postgres.ask(homes.here.database, "SELECT count(*) FROM engines") < [(count,)]:
        assert time.monotonic() < deadline, homes.words()
        time.sleep(0.1)


def wait_for_proofs(homes: Homes, count: int) -> None:
    """Wait until so many attempts have begun."""
    deadline = time.monotonic() + 60
    while len(homes.here.proofs()) < count:
        assert time.monotonic() < deadline, f"steps do not start: {homes.words()}"
        time.sleep(0.05)


def wait_until_over(homes: Homes, seconds: float) -> None:
    """Wait until all runs have ended."""
    deadline = time.monotonic() + seconds
    while not homes.are_over():
        assert time.monotonic() < deadline, (homes.states(), homes.words())
        time.sleep(0.3)


def test_one_of_two_engines_is_killed_every_five_seconds(homes: Homes) -> None:
    """And comes back each time: its home goes on with what it had begun, the other one with the rest."""
    homes.begin(RUNS, seconds=0.5)
    with engine(homes.there):
        deadline = time.monotonic() + 40 + 10 * RUNS
        while not homes.are_over():
            assert time.monotonic() < deadline, (homes.states(), homes.words())
            with engine_that_is_killed(homes.here) as killed:
                begun = time.monotonic()
                while time.monotonic() - begun < 5 and not homes.are_over():
                    time.sleep(0.2)
                killed.kill()
        homes.ended_well()


@contextmanager
def engine_that_is_killed(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    """An engine whose steps outlive it."""
    process = home.start("engine")
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_machine_that_is_gone_is_replaced_within_ten_seconds(homes: Homes) -> None:
    """Engine and steps are killed: the other home takes the run over, and what was running there runs again as another attempt."""
    (run_id,) = homes.begin(1, seconds=2.0)
    with engine(homes.here):
        wait_for_proofs(homes, 2)
        with engine(homes.there) as other:
            time.sleep(2)
            assert other.poll() is None
            homes.here.kill_steps()  # first, so that its engine has no time to begin anew
    gone = time.time()
    with engine(homes.there):
        wait_until_over(homes, 60)
        homes.ended_well()
    taken = [event.at for event in homes.context.records.events(run_id) if event.kind == "run.TAKEN"]
    assert len(taken) == 2
    assert taken[1] - gone < 10, homes.words()
    attempts = postgres.ask(homes.here.database, "SELECT cause FROM attempts WHERE state = 'FAILED'")
    assert attempts
    assert homes.context.records.run(run_id).summary.state is RunState.SUCCEEDED


def test_an_engine_that_was_cut_off_leaves_its_run_to_others(homes: Homes) -> None:
    """`kill -STOP` for longer than a lease: another home has taken the run; when it goes on, it stops its steps and forgets the run."""
    homes.begin(1, seconds=3.0)
    with engine(homes.here) as stopped:
        wait_for_proofs(homes, 2)
        os.kill(stopped.pid, signal.SIGSTOP)
        with engine(homes.there):
            wait_for_proofs(homes, 4)
            os.kill(stopped.pid, signal.SIGCONT)
            wait_until_over(homes, 60)
            assert stopped.poll() is None
            homes.ended_well()


def test_the_database_is_restarted(homes: Homes, server: Server) -> None:
    """At once and without warning, as after a crash: engines wait, and go on."""
    homes.begin(max(2, RUNS // 2), seconds=0.5)
    with engine(homes.here) as one, engine(homes.there) as other:
        wait_for_engines(homes, 2)
        for number in range(RESTARTS):
            wait_for_proofs(homes, 2 * number + 1)
            server.stop()
            server.start()
            time.sleep(2)
        wait_until_over(homes, 60 + 5 * RUNS)
        assert (one.poll(), other.poll()) == (None, None), homes.words()
        homes.ended_well()


def test_the_database_is_away(homes: Homes, server: Server) -> None:
    """For a while: steps go on and are not run again; nobody takes another's runs when it is back."""
    homes.begin(2, seconds=0.5)
    with engine(homes.here) as one, engine(homes.there) as other:
        wait_for_engines(homes, 2)
        wait_for_proofs(homes, 3)
        server.stop()
        time.sleep(AWAY)
        server.start()
        wait_until_over(homes, 90)
        assert (one.poll(), other.poll()) == (None, None), homes.words()
        homes.ended_well()
    taken = postgres.ask(homes.here.database, "SELECT epoch FROM runs")
    assert taken == [(1,), (1,)]
    assert "waits until it can be recorded" in homes.words()
