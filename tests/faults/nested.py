"""Runs of all that nests, whose real steps leave their proof, in one home or in several on one database; and what they must come to.

Whatever happens meanwhile, each ends as a run does in a home where nothing happens, and no attempt begins twice.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bakehouse.actions import runs
from bakehouse.actions.context import Caller, Context
from bakehouse.ir import text as ir_text
from bakehouse.ir.execution import RunId
from bakehouse.ir.values import Json
from bakehouse.orchestrator.states import FINAL_RUN_STATES
from bakehouse.records.database import open_home
from bakehouse.records.views import RunView
from bakehouse.storage.local import LocalStore
from tests.home import Home

PIPELINE = Path(__file__).parents[1] / "fixtures" / "faulty_nested.yaml"
#: The steps that are equal: of each run, and of all runs of a home, one does the work for all.
SHARED = "/work-5"

#: The state of a run, and the state and the output parameters of each of its tasks.
Picture = tuple[str, dict[str, tuple[str, Json]]]


def picture(view: RunView) -> Picture:
    """What a run has come to, without what time and chance do to it."""
    tasks = {str(task.id): (task.state.value, dict(task.outputs.parameters) if task.outputs else None) for task in view.tasks}
    return view.summary.state.value, tasks


@dataclass(frozen=True)
class Calm:
    """What a run comes to, and how often each step of it begins, but for those that share their work."""

    picture: Picture
    begun: Counter[str]


def calm(folder: Path) -> Calm:
    """Seen from a run in a home of its own in this folder, where nothing happens."""
    home = Home(folder)
    said = home.run(PIPELINE, "-p", f"proof={home.proof}", "-p", "seconds=0")
    with closing(open_home(home.path)) as records:
        view = records.run(RunId(said["run_id"]))
    begun = Counter(task for _, task, _ in home.proofs().elements() if not task.endswith(SHARED))
    assert sorted(begun.values()) == [1] * 9 + [2] * 2, begun  # the unsteady step of each round begins twice
    return Calm(picture(view), begun)


@dataclass
class Homes:
    """Homes on the same records, and the runs there."""

    all: Sequence[Home]
    context: Context
    calm: Calm
    runs: list[RunId] = field(default_factory=list)

    @property
    def database(self) -> str:
        """The address of the database, empty if it lies in the home."""
        return self.all[0].database

    @property
    def proof(self) -> Path:
        """The file in which the steps of all homes leave their proof."""
        return self.all[0].proof

    def begin(self, count: int, *, seconds: float) -> None:
        """Record so many runs for whoever takes them; `seconds`: how long each step works."""
        submission = runs.Submission(
            pipeline=ir_text.read(PIPELINE.read_text(encoding="utf-8"), str(PIPELINE)), parameters={"proof": str(self.proof), "seconds": seconds}
        )
        self.runs += [runs.create(self.context, submission) for _ in range(count)]

    def states(self) -> list[str]:
        """The states of the runs."""
        return [summary.state.value for summary in self.context.records.summaries(self.runs)]

    def are_over(self) -> bool:
        """Whether every run has ended; not while the records cannot be asked."""
        return set(self.states()) <= {state.value for state in FINAL_RUN_STATES}

    def wait_until_over(self, seconds: float) -> None:
        """Wait until all runs have ended."""
        deadline = time.monotonic() + seconds
        while not self.are_over():
            assert time.monotonic() < deadline, (self.states(), self.words())
            time.sleep(0.3)

    def wait_for_proofs(self, count: int) -> None:
        """Wait until so many attempts have begun."""
        deadline = time.monotonic() + 60
        while len(self.all[0].proofs()) < count:
            assert time.monotonic() < deadline, f"steps do not start: {self.words()}"
            time.sleep(0.05)

    def ended_well(self) -> None:
        """As without faults, and no attempt began twice."""
        for run_id in self.runs:
            assert picture(self.context.records.run(run_id)) == self.calm.picture, self.words()
            events = self.context.records.events(run_id)
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
        proofs = self.all[0].proofs()
        assert set(proofs.values()) == {1}, proofs

    def begun(self) -> tuple[Counter[str], Counter[str]]:
        """How often each step of each run began: those that do all their work themselves, and those that share it."""
        began = Counter(f"{run} {task}" for run, task, _ in self.all[0].proofs().elements())
        shared = Counter({name: count for name, count in began.items() if name.endswith(SHARED)})
        return began - shared, shared

    def began_as_often_as_calmly(self) -> None:
        """No step that had begun was given up: each has begun as often as it does where nothing happens."""
        alone, shared = self.begun()
        assert alone == Counter({f"{run} {task}": count for run in self.runs for task, count in self.calm.begun.items()})
        assert shared

    def words(self) -> str:
        """What the engines said last."""
        return "\n".join((home.folder / "words").read_text(errors="replace")[-3000:] for home in self.all)


@contextmanager
def homes(*folders: Path, expected: Calm, database: str = "") -> Iterator[Homes]:
    """Homes in these folders, nobody at work."""
    made = []
    for folder in folders:
        folder.mkdir(exist_ok=True)
        made.append(Home(folder, database))
    with closing(open_home(made[0].path, database=database)) as records:
        context = Context(caller=Caller("somebody"), records=records, store=LocalStore(), home=made[0].path)
        yield Homes(made, context, expected)
