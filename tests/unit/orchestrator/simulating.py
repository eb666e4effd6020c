"""One random pipeline, run in a simulated world and judged: what `reference` says must come of it, whatever order things happened in."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from bakehouse.ir.execution import LaunchSpec, TaskId
from bakehouse.ir.spec import PipelineFile
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.plan import TaskKind
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.scheduling import Capacity
from bakehouse.orchestrator.states import FINAL_RUN_STATES, TASK_MOVES, RunMove, RunState, TaskMove, TaskState
from tests.unit.orchestrator import outcomes, pipelines, policies
from tests.unit.orchestrator.graphs import Size, generated
from tests.unit.orchestrator.outcomes import Death, Faults, Table, counting
from tests.unit.orchestrator.reference import Artifacts, Reference
from tests.unit.orchestrator.world import World

_STEPS = {TaskKind.STEP, TaskKind.IMPORTER}
_DEATHS = 3
#: Everything that can go wrong, often.
BAD_LUCK = Faults(
    step_fails=0.2,
    attempt_lost=0.1,
    attempt_terminated=0.1,
    not_prepared=0.05,
    event_twice=0.2,
    event_late=0.1,
    engine_dies=0.02,
    reused=0.2,
    rivalled=0.3,
)


@dataclass
class Taken:
    """The moves that simulations took."""

    tasks: set[tuple[TaskState, TaskMove]] = field(default_factory=set)
    runs: set[tuple[RunState, RunMove]] = field(default_factory=set)

    def note(self, world: World) -> None:
        """Count those of a world too."""
        self.tasks |= {(move.before, move.move) for move in world.moves} | {(state, TaskMove.RESET) for state in world.resets}
        self.tasks |= {(state, TaskMove.MARKED) for state in world.marks}
        self.runs |= set(world.run_moves)


@dataclass(frozen=True)
class Case:
    """A random pipeline with options and outcomes, all of one seed."""

    seed: int
    size: Size = field(default_factory=Size)

    @cached_property
    def options(self) -> RunOptions:
        """How it is run."""
        rng = random.Random(f"options {self.seed}")
        return RunOptions(
            use_cache=rng.random() < 0.5,
            keep_going=rng.random() < 0.5,
            max_parallel=rng.choice([0, 0, 3]),
            nested_lists=rng.random() < 0.3,
        )

    @cached_property
    def file(self) -> PipelineFile:
        """The pipeline."""
        return generated(self.seed, self.size, nested_lists=self.options.nested_lists)

    @cached_property
    def fate(self) -> Table:
        """What becomes of its attempts."""
        rng = random.Random(f"faults {self.seed}")
        faults = Faults(
            step_fails=rng.choice([0.0, 0.05, 0.25]),
            attempt_lost=rng.choice([0.0, 0.15]),
            attempt_terminated=rng.choice([0.0, 0.1]),
            not_prepared=rng.choice([0.0, 0.02]),
            reused=rng.choice([0.0, 0.3]),
        )
        return Table(f"{self.seed} first", faults)

    @cached_property
    def second_fate(self) -> Table:
        """What becomes of them when the run is retried: less goes wrong."""
        return Table(f"{self.seed} second", Faults(step_fails=random.Random(f"second {self.seed}").choice([0.0, 0.05])))

    @cached_property
    def length(self) -> int:
        """How many steps the machine takes when nothing disturbs it."""
        world = self.world("undisturbed")
        world.finish()
        return world.steps

    def world(self, schedule: object, *, deaths: Mapping[int, Death] | None = None, restless: bool = False, orderly: bool = True) -> World:
        """A world in which it is to be run. Not `orderly`: events come twice and late."""
        rivalled = 0.2 if self.seed % 3 == 0 else 0.0
        faults = Faults(rivalled=rivalled) if orderly else Faults(event_twice=0.15, event_late=0.1, rivalled=rivalled)
        rng = random.Random(f"{self.seed} {schedule}")
        record = pipelines.record(self.file, self.options)
        return World(
            record, rng, faults, self.fate, capacity=Capacity(rng.choice([1, 2, 4]), cpu=2, memory=1000), deaths=deaths or {}, restless=restless
        )


# ---------------------------------------------------------------- one run


def undisturbed(case: Case, taken: Taken) -> World:
    """Nothing but what its own steps do."""
    world = case.world("undisturbed")
    world.finish()
    judge(case, world, case.fate)
    taken.note(world)
    return world


def disturbed(case: Case, taken: Taken) -> World:
    """Events come twice, late and in any order, and the engine dies three times."""
    rng = random.Random(f"deaths {case.seed}")
    world = case.world("disturbed", orderly=False, deaths=_deaths(rng, case.length, _DEATHS))
    world.finish()
    judge(case, world, case.fate)
    taken.note(world)
    return world


def restless(case: Case, taken: Taken) -> None:
    """The engine dies after every move."""
    world = case.world("restless", restless=True)
    world.finish()
    judge(case, world, case.fate)
    taken.note(world)


def dying(case: Case, step: int, death: Death, taken: Taken) -> None:
    """The engine dies once, at this step."""
    world = case.world("undisturbed", deaths={step: death})
    world.finish()
    judge(case, world, case.fate)
    taken.note(world)


def retried(case: Case, world: World, taken: Taken) -> None:
    """A run that failed or was canceled is retried, with one engine that dies; some are terminated once more, and retried again."""
    rng = random.Random(f"retried {case.seed}")
    terminated_again = rng.random() < 0.3  # some
    kept = _live_again(case, world, rng)
    if terminated_again:
        _terminate_at(world, world.steps + rng.randrange(case.length), now=rng.random() < 0.3)  # some
    world.finish()
    if world.terminated_after is None:
        judge(case, world, case.second_fate, kept=kept)
    else:
        _judge_terminated(world)
        kept = _live_again(case, world, rng)
        world.finish()
        judge(case, world, case.second_fate, kept=kept)
    taken.note(world)


def _live_again(case: Case, world: World, rng: random.Random) -> frozenset[TaskId]:
    """Retry the run, of which a user may have marked a step as succeeded; what succeeded and is kept."""
    _mark_one(world, rng)
    world.deaths = {world.steps + step: death for step, death in _deaths(rng, case.length, 1).items()}
    world.retry(case.second_fate)
    return frozenset(task.id for task in world.tasks.values() if task.state is TaskState.SUCCEEDED)


def terminated(case: Case, taken: Taken) -> World:
    """A user terminates the run at some time, perhaps twice, the second time at once; the engine dies too."""
    rng = random.Random(f"terminated {case.seed}")
    world = case.world("terminated", orderly=rng.random() < 0.5)
    step = rng.randrange(case.length)
    world.deaths = {step + more: rng.choice(list(Death)) for more in (rng.randrange(6), rng.randrange(6))}
    _terminate_at(world, step, now=rng.random() < 0.3)
    if rng.random() < 0.4:
        _terminate_at(world, step + rng.randrange(6), now=True)
    world.finish()
    if world.terminated_after is None:
        judge(case, world, case.fate)
    else:
        _judge_terminated(world)
    taken.note(world)
    return world


def diced(case: Case, taken: Taken) -> None:
    """Everything goes wrong at random, in both lives of the run; nothing is known of what must come of it but that it ends."""
    rng = random.Random(f"diced {case.seed}")
    options = replace(case.options, timeout=rng.choice([0.0, 0.0, 10.0, 60.0]))
    file = policies.hurried(case.file, rng) if rng.random() < 0.5 else case.file
    world = World(pipelines.record(file, options), rng, BAD_LUCK)
    if rng.random() < 0.3:
        _terminate_at(world, rng.choice([0, rng.randrange(case.length)]), now=rng.random() < 0.3)
    elif rng.random() < 0.3:
        _terminate_when(world, rng.choice([TaskState.PREPARING, TaskState.QUEUED, TaskState.BACKING_OFF, TaskState.BACKING_OFF]))
    world.finish()
    if world.record.state is not RunState.SUCCEEDED:
        _mark_one(world, rng)
        world.retry(world.fate)
        world.finish()
    taken.note(world)


def diced_side_by_side(seed: int, taken: Taken) -> None:
    """The same for tasks that do not wait for each other, so that many are on their way when one fails or a user terminates the run."""
    rng = random.Random(f"side by side {seed}")
    world = World(
        pipelines.record(pipelines.pipeline({f"t{number}": [] for number in range(6)})), rng, BAD_LUCK, capacity=Capacity(6, cpu=2, memory=1000)
    )
    if seed % 2:
        _terminate_when(world, TaskState.BACKING_OFF)
    world.finish()
    taken.note(world)


def _mark_one(world: World, rng: random.Random) -> None:
    """A user marks a step that failed or was canceled, or does not."""
    begun = sorted(name for name in world.launched.keys() & world.inputs.keys() if _is_launched_with(world.launched[name], *world.inputs[name]))
    candidates = [name for name in begun if (world.tasks[name].state, TaskMove.MARKED) in TASK_MOVES]
    if candidates and rng.random() < 0.5:
        row = world.tasks[rng.choice(candidates)]
        world.marks.add(row.state)
        world.marked.add(row.id)
        given = outcomes.outputs(world.launched[row.id])  # what it would have given
        after = TASK_MOVES[row.state, TaskMove.MARKED]
        world.tasks[row.id] = replace(row, state=after, outputs=given, error=None, why="marked succeeded by ann")


def _is_launched_with(launch: LaunchSpec, parameters: JsonObject, artifacts: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the latest attempt of a step had the inputs that it has now; in another life of the run they may have been others."""
    return launch.parameters == parameters and {name: tuple(one.id for one in group) for name, group in launch.inputs.items()} == artifacts


def _terminate_when(world: World, state: TaskState) -> None:
    """Once a task is in this state, if one ever is."""
    while world.record.state not in FINAL_RUN_STATES:
        if any(task.state is state for task in world.tasks.values()):
            world.terminate()
            return
        world.tick()


def _terminate_at(world: World, step: int, *, now: bool) -> None:
    while world.steps < step and world.record.state not in FINAL_RUN_STATES:
        world.tick()
    if world.record.state not in FINAL_RUN_STATES:
        world.terminate(now=now)


def _deaths(rng: random.Random, length: int, number: int) -> dict[int, Death]:
    return {rng.randrange(length): rng.choice(list(Death)) for _ in range(number)}


# ---------------------------------------------------------------- what must come of it


def judge(case: Case, world: World, fate: Table, kept: frozenset[TaskId] | None = None) -> None:
    """Every task, its inputs and its attempts, the outputs and the state of the run. `kept`: what a run that was retried began with."""
    states = {task.id: task.state for task in world.tasks.values()}
    ended = None if case.options.keep_going else states
    reference = Reference(case.file, fate, case.options, kept or frozenset(), ended, frozenset(world.unlucky))
    expected = reference.run({})
    wrong = {name: (states.get(name), state) for name, state in reference.states.items() if states.get(name) is not state}
    assert not wrong, f"these are (this, but should be that): {wrong}"
    more = states.keys() - reference.states.keys()
    assert kept is not None or not more, f"there should be no such tasks: {more}"
    given = {name: world.inputs.get(name) for name in reference.inputs}
    wrong_inputs = {name: (given[name], one) for name, one in reference.inputs.items() if _plain(given[name]) != _plain(one)}
    assert not wrong_inputs, f"these were given (this, but should have been given that): {wrong_inputs}"
    assert world.record.state.value == expected.state.value
    if expected.state is TaskState.SUCCEEDED:
        assert world.outputs is not None
        artifacts = {name: tuple(one.id for one in group) for name, group in world.outputs.artifacts.items()}
        assert (dict(world.outputs.parameters), artifacts) == (dict(expected.parameters), dict(expected.artifacts))
    if ended is None and kept is None and not world.restarts:
        assert {name: world.tasks[name].attempt for name in reference.attempts} == reference.attempts, "too many or too few attempts"
    _judge_errors(world)


def _plain(inputs: tuple[JsonObject, Artifacts] | None) -> object:
    if inputs is None:
        return None
    parameters, artifacts = inputs
    return {name: counting(value) for name, value in parameters.items()}, {name: tuple(ids) for name, ids in artifacts.items()}


def _judge_errors(world: World) -> None:
    """The error of a run, and of every group that failed, names a task that failed by itself and lies in it."""
    failed = {task.id for task in world.tasks.values() if task.state is TaskState.FAILED}
    by_itself = {one for one in failed if not any(world.tasks[other].parent == one for other in failed)}
    if world.record.state is RunState.FAILED:
        assert world.record.error is not None
        assert world.record.error.message.partition(": ")[0] in by_itself, f"{world.record.error.message!r} names no failed task"
    for name in failed - by_itself:
        error = world.tasks[name].error
        assert error is not None
        named = error.message.partition(": ")[0]
        assert named in by_itself, f"{name} failed with {error.message!r}, which names no failed task"
        blamed = next((other for other in failed if world.tasks[other].parent == name and f"{named}/".startswith(f"{other}/")), None)
        assert blamed in _first_failed(world, name), f"{name} failed with {error.message!r}, which is not what failed first in it"


def _first_failed(world: World, group: TaskId) -> set[TaskId]:
    """What failed first in a group: by the time at which it did so, or by when the engine heard of it, which may be another order."""
    moves = [move for move in world.moves[world.life_began :] if move.move is TaskMove.FAILED and world.tasks[move.task_id].parent == group]
    first = min(move.at for move in moves)
    return {moves[0].task_id, *(move.task_id for move in moves if move.at == first)}


def _judge_terminated(world: World) -> None:
    """Nothing starts any more but exit tasks whose handler had begun, and these do unless they are to end too."""
    assert world.record.state is RunState.CANCELED
    assert world.record.error is not None
    assert world.record.error.message == "terminated by ann"
    assert world.terminated_after is not None
    later = world.moves[world.terminated_after :]
    privileged = sorted(task.id for task in world.run.tasks.values() if _is_privileged(world, task.id))
    started = [move.task_id for move in later if move.move in {TaskMove.LAUNCHED, TaskMove.OPENED, TaskMove.RELEASED}]
    assert not set(started).difference(privileged), "started after the termination"
    if world.at_once_after is not None:
        assert not any(move.move is TaskMove.LAUNCHED for move in world.moves[world.at_once_after :]), "started after all was to end"
        return
    before = {move.task_id for move in world.moves[world.life_began : world.terminated_after]}
    opened = {move.task_id for move in world.moves[world.life_began :] if move.move is TaskMove.OPENED}
    for task in privileged:
        canceled = world.tasks[task].state is TaskState.CANCELED
        upstream = [TaskId(one) for one in world.upstream.get(task, ())]
        assert not canceled or not any(one in before for one in upstream), f"{task} did not run, though what it follows had begun"
        belongs = not world.run.tasks[task].node.is_exit and world.tasks[task].parent in opened
        assert not canceled or not belongs, f"{task} belongs to an exit task, and did not run"


def _is_privileged(world: World, task_id: TaskId) -> bool:
    """Whether a task is an exit task, or belongs to one."""
    task = world.run.tasks[task_id]
    if task.kind is not TaskKind.ITERATION and task.node.is_exit:
        return True
    return bool(task.parent) and _is_privileged(world, task.parent)
