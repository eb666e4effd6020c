"""Which steps of a run are run at all, and which may not take an earlier result. Pure; worked out from the plan, once for a run.

A step is named by the id that a run shows it under: `train`, `outer/inner` below a group, `loop/3/train` in one round of a loop,
`loop/train` in all of its rounds. The name of a group stands for all that it holds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from bakehouse.errors import Problem
from bakehouse.ir.execution import RunId, StepError, TaskId
from bakehouse.ir.findings import nearest
from bakehouse.orchestrator.plan import GROUPS, ROOT, DagPlan, Plan, TaskKind, child_id

#: The way to a task: the name of its node in each DAG, with the number of the round where that is one of a loop.
Trail = tuple[tuple[str, int | None], ...]

_MOST_NAMES = 1_000


NO_RUN = RunId("")


@dataclass(frozen=True)
class Selection:
    """What a user wants of a run other than all of it. Steps are named as in this module's first lines.

    `source`: the run from which results are taken, instead of the whole cache; empty for the whole cache. `refresh`: steps that are run
    whatever results there are. `until`: this step and all that it needs; `only`: this step alone, the results of what it needs are reused.
    """

    source: RunId = NO_RUN
    refresh: tuple[str, ...] = ()
    only: str = ""
    until: str = ""


EVERYTHING = Selection()


def problems(plan: Plan, selection: Selection, *, use_cache: bool) -> list[Problem]:
    """What is wrong with a selection for this pipeline."""
    found = [_unknown(plan, flag, name) for flag, name in _named(selection) if trail(plan, name) is None]
    if selection.only and selection.until:
        found.append(Problem("--only and --until exclude each other", "--only", "Name the step with one of them."))
    if selection.source and not use_cache:
        found.append(Problem("a run that reuses no results cannot reuse those of a run", "--from", "Leave out --no-cache, or --from."))
    if selection.only and not use_cache:
        remedy = f"Leave out --no-cache; `--refresh {selection.only}` keeps the step itself from being reused."
        found.append(Problem("with --only, what the step needs comes from the cache, which --no-cache switches off", "--only", remedy))
    return found


def _named(selection: Selection) -> Iterator[tuple[str, str]]:
    yield from (("--refresh", name) for name in selection.refresh)
    yield from ((flag, name) for flag, name in (("--only", selection.only), ("--until", selection.until)) if name)


def _unknown(plan: Plan, flag: str, name: str) -> Problem:
    return Problem(f"the pipeline has no step {name}", flag, nearest(name, names(plan)) or "The pipeline has no steps.")


def names(plan: Plan) -> Sequence[str]:
    """The names of the steps and groups of a pipeline, at most 1,000: what is nested deepest comes last."""
    found: list[str] = []
    waiting: deque[tuple[str, DagPlan]] = deque([(ROOT, plan.root)])
    while waiting and len(found) < _MOST_NAMES:
        prefix, dag = waiting.popleft()
        for name, node in dag.nodes.items():
            found.append(child_id(TaskId(prefix), name))
            if node.kind in GROUPS:
                waiting.append((found[-1], plan.inside(node)))
    return found[:_MOST_NAMES]


def trail(plan: Plan, name: str) -> Trail | None:
    """The way to what this name or id stands for; `None` if that is not there. A number after the name of a loop is that of a round."""
    found: list[tuple[str, int | None]] = []
    dag: DagPlan | None = plan.root
    parts = deque(name.split("/"))
    while parts:
        node = dag.nodes.get(unquote(parts.popleft())) if dag is not None else None
        if node is None:
            return None
        in_round = node.kind is TaskKind.LOOP and bool(parts) and parts[0].isascii() and parts[0].isdecimal()
        found.append((node.name, int(parts.popleft()) if in_round else None))
        dag = plan.inside(node) if node.kind in GROUPS else None
    return tuple(found)


@dataclass(frozen=True)
class Chosen:
    """A selection in the terms of the plan. `target` is empty where all of the run is wanted.

    `before` holds, for each DAG on the way to the target, the nodes that what is wanted of it needs.
    """

    plan: Plan
    selection: Selection = EVERYTHING
    target: Trail = ()
    before: tuple[frozenset[str], ...] = ()
    anew: tuple[Trail, ...] = field(default=())

    def leaves_out(self, task_id: TaskId) -> str:
        """Why a task is not to run, for the reader; empty if it may."""
        if not self.target or self._place(task_id) is not None:
            return ""
        name = f"--only {self.selection.only}" if self.selection.only else f"--until {self.selection.until}"
        return f"not asked for: {name}"

    def must_reuse(self, task_id: TaskId) -> bool:
        """Whether a step may not run, but only take an earlier result: what `only` names needs it."""
        return bool(self.selection.only) and self._place(task_id) is True

    def missing(self, note: str) -> StepError:
        """Why the run fails of a step that may not run and has no result: `note` says what is known of it."""
        wanted = self.selection.only
        source = f"run {self.selection.source}" if self.selection.source else "the cache"
        return StepError(
            message=f"{source} has no result of it that can be reused{f' ({note})' if note else ''}, and --only {wanted} runs no other step",
            remedy=f"`--until {wanted}` runs what {wanted} needs as well.",
        )

    def may_reuse(self, task_id: TaskId) -> bool:
        """Whether a step may take an earlier result."""
        if not self.anew:
            return True
        own = trail(self.plan, task_id) or ()
        return not any(_covers(one, own) for one in self.anew)

    def _place(self, task_id: TaskId) -> bool | None:
        """Whether the target needs this task (true), or the task is the target, part of it or around it (false); `None` for all others."""
        for level, (name, number) in enumerate(trail(self.plan, task_id) or ()):
            if level == len(self.target):
                return False
            wanted, round_number = self.target[level]
            if name in self.before[level]:
                return True
            if name != wanted or (number is not None and round_number is not None and number != round_number):
                return None
        return False


def _covers(name: Trail, own: Trail) -> bool:
    """Whether a name stands for a task, or for a group that it is in."""
    return len(name) <= len(own) and all(
        wanted == node and round_number in {None, number} for (wanted, round_number), (node, number) in zip(name, own, strict=False)
    )


def chosen(plan: Plan, selection: Selection) -> Chosen:
    """The selection, ready to be asked about single tasks."""
    target = trail(plan, selection.only or selection.until) if selection.only or selection.until else None
    anew = tuple(found for name in selection.refresh if (found := trail(plan, name)) is not None)
    return Chosen(plan, selection, target or (), tuple(_needed(plan, target or ())), anew)


def _needed(plan: Plan, target: Trail) -> Iterator[frozenset[str]]:
    dag = plan.root
    for name, _ in target:
        yield _upstream(dag, name)
        if dag.nodes[name].kind in GROUPS:
            dag = plan.inside(dag.nodes[name])


def _upstream(dag: DagPlan, name: str) -> frozenset[str]:
    """All that a task of a DAG needs there, directly or not."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for one in dag.nodes[waiting.pop()].upstream:
            if one not in found:
                found.add(one)
                waiting.append(one)
    return frozenset(found)
