"""Whatever goes wrong with the database at whichever message of an engine: runs come to what they come to without, or fail of it; and it is said.

`make test` deals the methods out among the faults, so that each of them meets some; `make test-slow` lets more of them meet. All of them, at that
many messages of each method: BAKEHOUSE_TEST_MESSAGES=10. BAKEHOUSE_TEST_SEED chooses other messages.
"""

from __future__ import annotations

import os
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from bakehouse.errors import Unavailable
from bakehouse.ir import text as ir_text
from bakehouse.ir.execution import Artifact, AttemptId, Cause, Ending, Outputs, RunId, StepError
from bakehouse.ir.spec import ArtifactType, PipelineFile
from bakehouse.orchestrator import engine as engine_module
from bakehouse.orchestrator import lookups
from bakehouse.orchestrator.commands import new_task
from bakehouse.orchestrator.engine import Engine
from bakehouse.orchestrator.plan import ROOT, plan
from bakehouse.orchestrator.ports import Driving, RequestKind, RunOptions
from bakehouse.orchestrator.scheduling import Capacity
from bakehouse.orchestrator.selecting import Selection
from bakehouse.orchestrator.states import FINAL_RUN_STATES, RunState
from bakehouse.orchestrator.surroundings import Ports
from bakehouse.records.database import Records
from bakehouse.records.driving import SqlDriving
from bakehouse.records.engines import EngineLock
from tests.faults.nested import PIPELINE, Picture, picture
from tests.records.faults import CALLS, FAULTS, Fault, Site, Wire, Wired, struck
from tests.records.pretending import Nothing, Pretending
from tests.records.stories import Hand, new_run, write_row
from tests.unit.orchestrator.pipelines import pipeline

MESSAGES = int(os.environ.get("BAKEHOUSE_TEST_MESSAGES", "0"))
#: Of how many methods a fault meets one, in `make test` and in `make test-slow`.
DEALT, DEALT_SLOW = {"sqlite": 4, "postgresql": 8}, {"sqlite": 1, "postgresql": 2}
SEED = int(os.environ.get("BAKEHOUSE_TEST_SEED", "4"))
NESTED = ir_text.read(PIPELINE.read_text(encoding="utf-8"))
CHAIN = pipeline({"before": (), "held": ("before",), "after": ("held",)})
#: What an engine calls that sends nothing to the database.
WITHOUT = {"overdue", "close"}
#: Calls whose failure makes a step run though there was a result.
CACHE = {"look_up", "cached_in", "parts_in"}
_TURNS = 600
_TABLE = ArtifactType("system.Dataset", "0.0.1")


def ended(attempt: AttemptId) -> Ending:
    """As steps of the nested pipeline end: one of each round fails the first time."""
    if attempt.task_id.endswith("/work-4") and attempt.number == 1:
        return Ending(cause=Cause.USER_ERROR, exit_code=1, error=StepError("the first time"))
    table = Artifact("table", _TABLE, f"/nowhere/{attempt.path}", id=str(uuid.uuid4()))
    number = 20 if "/for-loop-5/1/" in attempt.task_id else 10
    return Ending(exit_code=0, outputs=Outputs({"Output": number, "n": number}, {"table": (table,)}))


class AtOnce:
    """A pool of threads that has none: what it is given to do is done before it returns."""

    def __init__(self, **_: object) -> None:
        """As many as one likes."""

    def submit(self, job: Callable[..., object], *given: object) -> None:
        """Do it."""
        job(*given)

    def shutdown(self, **_: object) -> None:
        """There is nothing to wait for."""


@dataclass
class Story:
    """Runs with groups, loops, branches, retries, the cache and exit tasks; with results of another run; ended by a user; unreadable; left behind."""

    records: Records
    home: Path
    hand: Hand
    wire: Wire
    namespace: str = field(default_factory=lambda: str(uuid.uuid4()))
    runs: dict[str, RunId] = field(default_factory=dict)
    launched: list[AttemptId] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def told(self) -> Story:
        """From its beginning to its end."""
        with self._engine(held=True) as engine:
            self._begin("nested", NESTED)
            self._begin("unreadable", CHAIN)
            write_row(self.home, "UPDATE runs SET origins = '7' WHERE id = ?", self.runs["unreadable"])
            self._begin("ended by a user", CHAIN)
            self._turn(engine, lambda: self._is_over("nested") and self._is_over("unreadable") and self._has_launched("ended by a user", "held"))
            self.records.request(self.runs["ended by a user"], RequestKind.TERMINATE, "ann")
            self._begin("with results of another", NESTED, RunOptions(selection=Selection(source=self.runs["nested"])))
            self._turn(engine, lambda: self._is_over("ended by a user") and self._is_over("with results of another"))
            self._begin("left behind", CHAIN)
            self._turn(engine, lambda: self._has_launched("left behind", "held"))
        with self._engine(held=False) as engine:
            self._turn(engine, lambda: self._is_over("left behind"))
        return self

    def _begin(self, name: str, file: PipelineFile, options: RunOptions | None = None) -> None:
        tasks = [new_task(ROOT, node) for node in plan(file.spec).root.nodes.values()]
        parameters = {"proof": f"/nowhere/{name}"} if file is NESTED else {}
        new = new_run(pipeline=file, tasks=tasks, parameters=parameters, options=options or RunOptions(), namespace=self.namespace)
        self.runs[name] = self.records.create_run(new)
        self.hand.now += 1  # so that an engine takes them in this order

    @contextmanager
    def _engine(self, *, held: bool) -> Iterator[Engine]:
        """An engine, begun anew until it comes up."""
        runner = Pretending(self.hand, ended, held=frozenset({"held"} if held else ()), launched=self.launched)
        with ExitStack() as until:
            lock = EngineLock.acquire(self.home)
            until.callback(lock.release)
            driving = self._driving(lock)
            self.wire.overhears(driving)
            ports = Ports(cast("Driving", Wired(driving, self.wire)), lambda _options: runner, Nothing(), self.hand, lambda _run, _changes: None)
            engine = Engine(ports, Capacity(slots=3))
            until.callback(engine.close)
            runner.put = engine.put
            yield engine

    def _driving(self, lock: EngineLock) -> SqlDriving:
        try:
            with self.wire.calling("begin"):
                return self.records.driving(lock.id, self.records.home_id)
        except Unavailable as error:  # the command says so and ends
            self.said.append(error.message)
            return self._driving(lock)

    def _turn(self, engine: Engine, done: Callable[[], bool]) -> None:
        """Turn until it is done; time flies."""
        for _ in range(_TURNS):
            if done():
                return
            engine.turn(adopt=True, wait=0.0)
            self.hand.now += 1
        raise AssertionError([self.records.run(run_id) for run_id in self.runs.values()])

    def _is_over(self, name: str) -> bool:
        (summary,) = self.records.summaries([self.runs[name]])
        return summary.state in FINAL_RUN_STATES

    def _has_launched(self, name: str, task: str) -> bool:
        return any((attempt.run_id, attempt.task_id) == (self.runs[name], task) for attempt in self.launched)

    # ------------------------------------------------------------ what came of it

    def pictures(self) -> Mapping[str, Picture]:
        """What each run has come to."""
        return {name: picture(self.records.run(run_id)) for name, run_id in self.runs.items()}

    def begun(self) -> Counter[tuple[str, str]]:
        """How many attempts of each task began; no attempt began twice."""
        assert len(self.launched) == len(set(self.launched)), self.launched
        names = {run_id: name for name, run_id in self.runs.items()}
        return Counter((names[attempt.run_id], str(attempt.task_id)) for attempt in self.launched)

    def written(self) -> str:
        """All that users can read of it: why tasks are where they are, errors, and what happened; nothing was lost of the latter."""
        found = [*self.said]
        for run_id in self.runs.values():
            events = self.records.events(run_id)
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
            found += [str(event.detail) for event in events]
        return "\n".join(found)


@dataclass(frozen=True)
class Calm:
    """The story without a fault: the messages of its engines, what its runs come to, and how many attempts of each task begin."""

    sites: Sequence[Site]
    pictures: Mapping[str, Picture]
    begun: Counter[tuple[str, str]]


#: It is the same each time: by the kind of database.
_CALM: dict[str, Calm] = {}
#: Tells the story with a fault at a site, or without.
Teller = Callable[[Fault | None, Site | None], Story]


@pytest.fixture
def told(records: Records, home: Path, hand: Hand, monkeypatch: pytest.MonkeyPatch) -> Teller:
    """By engines that look around in each turn, wait for next to nothing, and have no threads: each story is the same."""
    for name in ("_POLL", "_BEAT", "_SHORTEST_WRITE_PAUSE", "_LONGEST_WRITE_PAUSE", "_SHORTEST_REST", "_LONGEST_REST"):
        assert hasattr(engine_module, name)
        monkeypatch.setattr(engine_module, name, 0.0)
    monkeypatch.setattr(lookups, "ThreadPoolExecutor", AtOnce)

    def tell(fault: Fault | None, at: Site | None) -> Story:
        wire = Wire(records._database, fault, at)
        with wire.between():
            return Story(records, home, hand, wire).told()

    return tell


@pytest.fixture
def calm(told: Teller, database: str) -> Calm:
    """The story without a fault."""
    if database not in _CALM:
        story = told(None, None)
        _CALM[database] = Calm(story.wire.sites, story.pictures(), story.begun())
    return _CALM[database]


def test_the_story_leaves_no_call_out(told: Teller) -> None:
    """It comes to what it should, and reaches every method of the port: one that is new and that nothing here calls is named."""
    story = told(None, None)
    assert {name: state for name, (state, _) in story.pictures().items()} == {
        "nested": "SUCCEEDED",
        "unreadable": "FAILED",
        "ended by a user": "CANCELED",
        "with results of another": "SUCCEEDED",
        "left behind": "SUCCEEDED",
    }
    assert [name for name in CALLS if name not in story.wire.calls] == []
    assert {name for name in CALLS if not any(site.method == name for site in story.wire.sites)} == WITHOUT


EVERY = pytest.mark.parametrize(("database", "name"), [(kind, name) for kind, faults in FAULTS.items() for name in faults], indirect=["database"])


@EVERY
def test_a_fault_at_some_call(told: Teller, calm: Calm, database: str, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """No attempt begins twice, no finished step again, and every run ends as without the fault, or fails and says of what; the fault is told."""
    for site in dealt(calm, database, name, DEALT[database]):
        survived(told, calm, FAULTS[database][name], site, caplog)


@pytest.mark.slow
@EVERY
def test_a_fault_at_more_calls(told: Teller, calm: Calm, database: str, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """The same."""
    for site in dealt(calm, database, name, DEALT_SLOW[database], shift=1):
        survived(told, calm, FAULTS[database][name], site, caplog)


def dealt(calm: Calm, database: str, name: str, every: int, *, shift: int = 0) -> list[Site]:
    """Messages at which a fault is to strike: one of each method that falls to it, or of all methods as many as were asked for."""
    fault, rng = FAULTS[database][name], random.Random(f"{SEED} {database} {name} {shift}")
    possible = struck(calm.sites, fault)
    if MESSAGES:
        return [site for sites in possible.values() for site in rng.sample(sites, min(MESSAGES, len(sites)))]
    number = list(FAULTS[database]).index(name) + shift
    return [rng.choice(possible[method]) for place, method in enumerate(sorted(possible)) if (place + number) % every == 0]


def survived(told: Teller, calm: Calm, fault: Fault, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """The story with a fault at a site comes to what it comes to without."""
    caplog.clear()
    story = told(fault, site)
    assert story.wire.struck, f"{site} was not reached"
    as_without(story, calm.pictures, fault, site)
    if fault.error is None or site.method not in CACHE:
        assert story.begun() == calm.begun, site
    else:
        assert story.begun() >= calm.begun, site
    # The ear of PostgreSQL is replaced by another one, and nobody need know.
    if fault.error is not None and not (site.method == "changed" and story.records._database.backend.shared):
        assert fault.words in caplog.text + story.written(), f"nobody was told: {site}"


def as_without(story: Story, expected: Mapping[str, Picture], fault: Fault, site: Site) -> None:
    """Each run has come to what it comes to without the fault, or has failed and names it."""
    for name, seen in story.pictures().items():
        summary = story.records.head(story.runs[name]).summary
        named = summary.state is RunState.FAILED and fault.words in summary.error
        assert seen == expected[name] or named, f"{name}: {site}"
