"""Whatever goes wrong with a disk at whichever call of the store or of an attempt's folder: runs come to what they come to without, or fail of it.

The steps are real. Small enough for `make test`; each fault at each call: BAKEHOUSE_TEST_FAULTS=all. BAKEHOUSE_TEST_SEED chooses other moments.
"""

from __future__ import annotations

import errno
import inspect
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from bakehouse.ir import text as ir_text
from bakehouse.ir.execution import RunId
from bakehouse.ir.spec import PipelineFile
from bakehouse.orchestrator.commands import new_task
from bakehouse.orchestrator.engine import Engine
from bakehouse.orchestrator.events import Event
from bakehouse.orchestrator.plan import ROOT, plan
from bakehouse.orchestrator.ports import Environment, RequestKind
from bakehouse.orchestrator.scheduling import Capacity
from bakehouse.orchestrator.states import FINAL_RUN_STATES, RunState
from bakehouse.orchestrator.surroundings import Ports
from bakehouse.records.database import Records, open_home
from bakehouse.records.engines import EngineLock
from bakehouse.records.neighbours import Neighbours
from bakehouse.runners import unreached
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.launch import Limits
from bakehouse.runners.local import LocalRunner, Options
from bakehouse.storage.errors import Unreadable
from bakehouse.storage.files import Files
from bakehouse.storage.local import LocalStore
from tests.faults.nested import Picture, picture
from tests.home import Home
from tests.records.stories import new_run

ALL = os.environ.get("BAKEHOUSE_TEST_FAULTS", "") == "all"
SEED = int(os.environ.get("BAKEHOUSE_TEST_SEED", "4"))
_SPEED = 30.0  # how fast the engine's clock goes: pauses between attempts are short

SOURCE = """
from kfp import dsl


@dsl.component
def make(proof: str, what: str, table: dsl.Output[dsl.Dataset]):
    import os
    import signal
    import time

    line = " ".join(os.environ[name] for name in ("BAKEHOUSE_RUN_ID", "BAKEHOUSE_TASK", "BAKEHOUSE_ATTEMPT"))
    descriptor = os.open(proof, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, f"{line}\\n".encode())
    os.close(descriptor)
    with open(os.path.join(os.environ["BAKEHOUSE_CHECKPOINT"], "so far"), "w") as file:
        file.write("1")
    with open(table.path, "w") as file:
        file.write("5")
    if what == "lasts":
        time.sleep(60)
    if what == "is lost" and line.endswith(" 1"):
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)


@dsl.component
def weigh(table: dsl.Input[dsl.Dataset]) -> int:
    with open(table.path) as file:
        return int(file.read())


@dsl.pipeline(name="chain")
def chain(proof: str, what: str = "ends"):
    weigh(table=make(proof=proof, what=what).outputs["table"])
"""

_AWAY = os.strerror(errno.EIO)
#: What goes wrong, for how many calls; none: it only takes longer.
FAULTS: dict[str, tuple[Callable[[], Exception] | None, int]] = {
    "slow": (None, 1),
    "away for a while": (lambda: OSError(errno.EIO, _AWAY), 3),
    "gone stale": (lambda: OSError(errno.ESTALE, os.strerror(errno.ESTALE)), 1),
    "full": (lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 1),
    "refused": (lambda: PermissionError(errno.EACCES, os.strerror(errno.EACCES)), 1),
    "unreadable": (lambda: Unreadable(path="/artifacts", why=_AWAY), 2),
}
#: Of attempts without a supervisor, in pods and containers: their runners' tests have them.
UNSUPERVISED = {"end", "ended", "fence", "fenced", "kept_open"}
#: Whatever the store's port and an attempt's folder can do: a method that is new is struck too.
STORE = [name for name, what in vars(Files).items() if inspect.isfunction(what) and not name.startswith("_")]
FOLDER = [name for name, what in vars(AttemptFolder).items() if inspect.isfunction(what) and not name.startswith("_") and name not in UNSUPERVISED]
#: Asked only where two engines race for an attempt: `test_local_runner_engines` has that.
RACING = {"claimed"}
#: Where nobody need know: what is left over goes with its run; the wish to stop is looked for again.
QUIET = {"remove", "asked_to_stop"}


@dataclass
class Switch:
    """Counts calls, and lets a fault strike at one method from its `call`-th call on."""

    calls: Counter[str] = field(default_factory=Counter)
    fault: str = ""
    method: str = ""
    call: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def called(self, method: str) -> None:
        """A method is called; it fails if it is its turn."""
        with self._lock:
            self.calls[method] += 1
            number = self.calls[method]
        if method != self.method:
            return
        error, times = FAULTS[self.fault]
        if not self.call <= number < self.call + times:
            return
        if error is None:
            time.sleep(0.2)
        else:
            raise error()

    def words(self) -> str:
        """What tells the fault; empty for one that only takes longer."""
        error, _ = FAULTS[self.fault]
        return "" if error is None else str(getattr(error(), "strerror", None) or _AWAY)


class Switched:
    """A store whose calls go through the switch."""

    def __init__(self, switch: Switch) -> None:
        self._store, self._switch = LocalStore(), switch

    def __getattr__(self, name: str) -> Callable[..., object]:
        return switched(name, getattr(self._store, name), self._switch)


def switched(name: str, method: Callable[..., Any], switch: Switch) -> Callable[..., object]:
    """A method that goes through the switch."""

    def called(*given: object, **named: object) -> object:
        switch.called(name)
        return method(*given, **named)

    return called


class Fast:
    """A clock that goes fast."""

    def __init__(self) -> None:
        self._began = time.time()

    def __call__(self) -> float:
        """The time now."""
        return self._began + _SPEED * (time.time() - self._began)


@dataclass
class Story:
    """Runs in a home of their own, driven in this process; `tells` is what happens to them."""

    folder: Path
    file: PipelineFile
    switch: Switch
    clock: Fast = field(default_factory=Fast)
    runs: list[RunId] = field(default_factory=list)

    def told(self, tells: Callable[[Story], None]) -> Story:
        """From its beginning to its end."""
        self.folder.mkdir()
        self.home = Home(self.folder)
        self.records: Records = open_home(self.home.path)
        tells(self)
        return self

    def begin(self, what: str) -> RunId:
        """Record a run whose first step does this."""
        tasks = [new_task(ROOT, node) for node in plan(self.file.spec).root.nodes.values()]
        parameters = {"proof": str(self.home.proof), "what": what}
        run = new_run(pipeline=self.file, tasks=tasks, parameters=parameters, pipeline_root=str(self.home.path / "artifacts"))
        self.runs.append(self.records.create_run(run))
        return run.id

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """An engine with a real runner, on a disk that the switch can disturb."""
        lock = EngineLock.acquire(self.home.path)
        store = cast("Files", Switched(self.switch))
        options = Options(clock=self.clock, limits=Limits(kill_after=1.0), stage_inputs=False)

        def put(run_id: RunId, event: Event) -> None:
            engine.put(run_id, event)

        runner = LocalRunner(self.home.path, put, store, environment=Environment.ISOLATED, options=options)
        driving = self.records.driving(lock.id, self.records.home_id)
        machine = Neighbours(self.home.path, lock)
        engine = Engine(Ports(driving, lambda _options: runner, store, self.clock, lambda _run, _changes: None, machine), Capacity(slots=2))
        try:
            yield engine
        finally:
            engine.close()
            lock.release()

    def drive(self, engine: Engine, done: Callable[[], bool]) -> None:
        """Turn until it is done."""
        deadline = time.monotonic() + 30
        while not done():
            assert time.monotonic() < deadline, [self.records.run(run_id) for run_id in self.runs]
            engine.turn(adopt=True, wait=0.02)

    def is_over(self) -> bool:
        """Whether all runs are."""
        return all(summary.state in FINAL_RUN_STATES for summary in self.records.summaries(self.runs))

    def pictures(self) -> list[Picture]:
        """What the runs have come to."""
        return [picture(self.records.run(run_id)) for run_id in self.runs]

    def written(self) -> str:
        """All that a user can read of it."""
        return "\n".join(str(event.detail) for run_id in self.runs for event in self.records.events(run_id))

    def begun(self) -> Counter[tuple[int, str]]:
        """How often each step of each run began that leaves a proof; no attempt began twice."""
        proofs = self.home.proofs()
        assert set(proofs.values()) <= {1}, proofs
        return Counter((self.runs.index(RunId(run)), task) for run, task, _ in proofs)


def goes_well_and_is_reused(story: Story) -> None:
    """A run, and one like it, whose steps take its results."""
    with story.engine() as engine:
        for _ in range(2):
            story.begin("ends")
            story.drive(engine, story.is_over)


def is_taken_over_and_ended_by_a_user(story: Story) -> None:
    """The engine goes while a step runs; the next one finds it, and is asked to end it."""
    run_id = story.begin("lasts")
    with story.engine() as engine:
        story.drive(engine, story.home.proof.exists)
    with story.engine() as engine:
        story.drive(engine, lambda: run_id in engine.driven)
        story.records.request(run_id, RequestKind.TERMINATE, "ann")
        story.drive(engine, story.is_over)


def is_lost_and_made_again(story: Story) -> None:
    """The supervisor of a step is killed."""
    story.begin("is lost")
    with story.engine() as engine:
        story.drive(engine, story.is_over)


TELLS = (goes_well_and_is_reused, is_taken_over_and_ended_by_a_user, is_lost_and_made_again)


@dataclass(frozen=True)
class Calm:
    """What the stories come to without a fault: in the order of `TELLS`."""

    file: PipelineFile
    pictures: list[list[Picture]]
    begun: list[Counter[tuple[int, str]]]
    calls: list[Counter[str]]

    def reached(self, method: str) -> int | None:
        """The first story that calls this method."""
        return next((number for number, calls in enumerate(self.calls) if calls[method]), None)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Calm:
    """The stories without a fault."""
    home = Home(tmp_path_factory.mktemp("compiled"))
    compiled = home.folder / "chain.yaml"
    done = home.call("compile", str(home.write(SOURCE)), "-o", str(compiled))
    assert done.returncode == 0, done.stderr
    made = Calm(ir_text.read(compiled.read_text()), [], [], [])
    for tells in TELLS:
        with pytest.MonkeyPatch.context() as patched:
            story = through(Story(tmp_path_factory.mktemp("calm") / "home", made.file, Switch()), patched).told(tells)
        made.pictures.append(story.pictures())
        made.begun.append(story.begun())
        made.calls.append(story.switch.calls)
        story.records.close()
    return made


def through(story: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    """The calls of folders of attempts go through the switch of this story, too."""
    monkeypatch.setattr(unreached, "_SHORTEST", 0.02)
    for name in FOLDER:
        method = getattr(AttemptFolder, name)
        monkeypatch.setattr(AttemptFolder, name, lambda *given, _name=name, _method=method: switched(_name, _method, story.switch)(*given))
    return story


def test_the_stories_leave_no_call_out(calm: Calm) -> None:
    """A method that nothing here calls is named."""
    assert {name for name in (*STORE, *FOLDER) if calm.reached(name) is None} == RACING
    assert [[state for state, _ in pictures] for pictures in calm.pictures] == [["SUCCEEDED", "SUCCEEDED"], ["CANCELED"], ["SUCCEEDED"]]


def dealt(first: int, most: int) -> Iterator[tuple[str, str]]:
    """Each method with so many of the faults that it can meet, beginning with another one each time."""
    for number, name in enumerate(name for name in (*STORE, *FOLDER) if name not in RACING):
        possible = [fault for fault in FAULTS if fault != "unreadable" or name in STORE]
        for place in range(min(most, len(possible))):
            yield name, possible[(number + first + place) % len(possible)]


#: Each method with the fault that falls to it; in `make test-slow` with one more, or with all.
DEALT, MORE = list(dealt(0, 1)), list(dealt(0, len(FAULTS)) if ALL else dealt(3, 1))


@pytest.mark.parametrize(("method", "fault"), DEALT)
def test_a_fault_at_some_call(calm: Calm, method: str, fault: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """No attempt begins twice, no finished step again, and every run ends as without the fault, or fails and says of what; the fault is told."""
    survived(calm, method, fault, tmp_path / "home", request)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "fault"), MORE)
def test_a_fault_at_more_calls(calm: Calm, method: str, fault: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The same."""
    survived(calm, method, fault, tmp_path / "home", request)


def survived(calm: Calm, method: str, fault: str, folder: Path, request: pytest.FixtureRequest) -> None:
    """A story in which this fault strikes at a call of this method comes to what it comes to without."""
    number = calm.reached(method)
    assert number is not None, method
    call = random.Random(f"{SEED} {method} {fault}").randint(1, calm.calls[number][method])
    switch = Switch(fault=fault, method=method, call=call)
    story = through(Story(folder, calm.file, switch), request.getfixturevalue("monkeypatch")).told(TELLS[number])
    words = switch.words()
    try:
        for run_id, seen, expected in zip(story.runs, story.pictures(), calm.pictures[number], strict=True):
            summary = story.records.head(run_id).summary
            failed_of_it = words and summary.state is RunState.FAILED and words in summary.error
            assert seen == expected or failed_of_it, (f"{method} {call}", summary, story.written())
        again = story.begun() - calm.begun[number]
        # A second run makes anew what it cannot look at of the first one's, or what that one failed to give.
        assert {run for run, _ in again} <= {1}, again
        told = request.getfixturevalue("caplog").text + story.written()
        assert words in told or method in QUIET, f"nobody was told of {method} {call}: {told}"
    finally:
        story.records.close()
