"""What a user does with the cache: ask why a step was a hit or a miss, list what is in it, take results out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from types import MappingProxyType

from bakehouse.actions import access, modules, runs
from bakehouse.actions.context import Context
from bakehouse.actions.errors import NotAStep
from bakehouse.errors import listed
from bakehouse.ir.execution import RunId, TaskId
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator import differences, fingerprints
from bakehouse.orchestrator.differences import Difference, Part
from bakehouse.orchestrator.events import Unusable
from bakehouse.orchestrator.plan import GROUPS, Node, node_of
from bakehouse.orchestrator.states import FINAL_TASK_STATES, TaskState
from bakehouse.records import damage
from bakehouse.records.cache import Asked, EntryView, Which
from bakehouse.records.errors import NoSuchRun
from bakehouse.records.queries import Operation, Page, Predicate, Query
from bakehouse.records.views import RunView, TaskView

_MOST_SAID = 3  # differences in one sentence


class Verdict(str, Enum):
    """What came of a step's question to the cache."""

    HIT = "hit"
    MISS = "miss"
    OFF = "off"  # it was not to be asked
    UNASKED = "not asked"  # the step did not get so far
    PENDING = "not asked yet"


class Reason(str, Enum):
    """Why it came to that."""

    REUSED = "reused"
    DIFFERENT = "different"  # the nearest result was made of something else
    FIRST = "first"  # no result of this component was there
    GONE = "gone"  # a result was there, but its artifacts are not recorded any more
    DAMAGED = "damaged"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"
    ELSEWHERE = "elsewhere"  # the run takes results of one other run only
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"  # what the key was made of is not recorded
    BY_RUN = "switched off for the run"
    BY_PIPELINE = "switched off by the pipeline"
    NOT_REACHED = "not reached"


@dataclass(frozen=True)
class Explanation:
    """Why a step was a hit or a miss. `text` is one sentence for people.

    `entry` is the result that was used, or the nearest one that was there; `differences` say how that one is not what was wanted.
    `key` is empty where it is not known. `asked_at`: seconds since the epoch.
    """

    run_id: RunId
    task_id: TaskId
    verdict: Verdict
    reason: Reason
    text: str
    key: str = ""
    asked_at: float | None = None
    entry: EntryView | None = None
    differences: Sequence[Difference] = ()


def explain(context: Context, run: str, task: str) -> Explanation:
    """Why a step of a run (by id, prefix or `latest`) was a hit or a miss. Raises `NotFound`, `NotAStep`, `Unreadable`."""
    run_id = context.records.find(run, namespace=access.own(context))
    head = runs.head(context, run_id)
    view = runs.task(context, run_id, task)
    if view.kind in GROUPS:
        raise NotAStep(run=run_id, task=view.id)
    said = partial(Explanation, run_id, view.id)
    if view.cached_from is not None:
        return _hit(context, view, said)
    node = node_of(runs.spec(context, run_id).spec, view.id)
    if node is not None and not node.cacheable:
        what = "imports anew each time (reimport)" if node.importer is not None else "switches the cache off"
        return said(Verdict.OFF, Reason.BY_PIPELINE, f"off: the pipeline {what} for this step")
    if not head.options.use_cache:
        return said(Verdict.OFF, Reason.BY_RUN, "off: the run was started with --no-cache; later runs may reuse the result")
    asked = context.records.cache.asked(run_id, view.id)
    if asked is None or view.state in {TaskState.WAITING, TaskState.PREPARING}:
        return _unasked(view, said)
    return _Miss(context, head, view, asked).explained(node)


def _unasked(view: TaskView, said: partial[Explanation]) -> Explanation:
    if view.state in FINAL_TASK_STATES:
        why = f": {view.why}" if view.why else ""
        return said(Verdict.UNASKED, Reason.NOT_REACHED, f"not asked: the step did not get so far{why}")
    why = f": {view.why}" if view.why else ", when its inputs are known and its environment is ready"
    return said(Verdict.PENDING, Reason.NOT_REACHED, f"not asked yet{why}")


def _hit(context: Context, view: TaskView, said: partial[Explanation]) -> Explanation:
    origin, task = view.cached_from or RunId(""), view.cached_from_task or TaskId("")
    entry = context.records.cache.of_task(origin, task)
    name = f" ({entry.run_name})" if entry is not None and entry.run_name else ""
    step = "" if task == view.id else f", step {task}"
    text = f"hit: everything is as it was in run {origin}{name}{step}"
    since = "; invalidated since, so the next run makes it anew" if entry is not None and entry.invalidated_at is not None else ""
    return said(Verdict.HIT, Reason.REUSED, f"{text}{since}", key=entry.key if entry is not None else "", asked_at=view.finished_at, entry=entry)


@dataclass(frozen=True)
class _Miss:
    """A step that asked and was given nothing."""

    context: Context
    head: RunView
    view: TaskView
    asked: Asked

    def explained(self, node: Node | None) -> Explanation:
        """Why: something was wrong with the result, the nearest one was made of something else, or there was none."""
        asked = self.asked
        if asked.note:
            reason = Reason(Unusable(asked.because).value) if asked.because else Reason.DAMAGED
            return self._said(reason, f"miss: {asked.note}", key=asked.key, entry=self._under_the_key())
        parts, component = self._parts(node), node.task.component if node is not None else ""
        key = asked.key or (fingerprints.key(parts) if parts else "")
        others = self.context.records.cache.comparable(self.head.summary.namespace, component, self.view.id, before=asked.at)
        found = compared(self.context, [one for one in others if (one.run_id, one.task_id) != (self.head.summary.id, self.view.id)], parts)
        return self._said(found.reason, f"miss: {found.text}", key=key, entry=found.entry, differences=found.differences)

    def _said(self, reason: Reason, text: str, **more: Json) -> Explanation:
        return Explanation(self.head.summary.id, self.view.id, Verdict.MISS, reason, text, asked_at=self.asked.at, **more)

    def _under_the_key(self) -> EntryView | None:
        return self.context.records.cache.under(self.head.summary.namespace, self.asked.key, before=self.asked.at)

    def _parts(self, node: Node | None) -> JsonObject | None:
        """What the key was made of: as recorded with the result, else made anew of what was launched; `None` before an attempt was opened."""
        stored = self.context.records.cache.of_task(self.head.summary.id, self.view.id, key=self.asked.key)
        if stored is not None:
            return stored.parts
        launch = self.view.attempts[-1].launch if self.view.attempts else None
        if node is None or launch is None or launch.place is None:
            return None
        what = f"attempt {launch.attempt.number} of task {self.view.id}"
        parts = damage.read(self.head.summary.id, what, partial(fingerprints.parts, node, launch), launch.place)
        # A run that was retried may have asked since for something else than what its last attempt was.
        return parts if not self.asked.key or fingerprints.key(parts) == self.asked.key else None


@dataclass(frozen=True)
class Compared:
    """How what a step wants differs from the nearest result that is there."""

    reason: Reason
    text: str
    entry: EntryView | None = None
    differences: Sequence[Difference] = ()


def compared(
    context: Context, entries: Sequence[EntryView], parts: JsonObject | None, *, archives: Mapping[str, bytes] = MappingProxyType({})
) -> Compared:
    """The nearest of these results, the newest first, for a key that is made of `parts` (`None`: not known): fewest parts differ, then the newest.

    `archives` holds modules of the author's own that are not kept in the home, by digest.
    """
    namespace = access.own(context)
    if not entries:
        return Compared(Reason.FIRST, "never run before: the cache had no result of this component")
    if parts is None:
        return Compared(Reason.UNKNOWN, "no result was under its key; what that was made of is known once the step has started")
    found, nearest = min(((differences.compared(one.parts, parts), one) for one in entries), key=lambda each: len(each[0]))
    if not found:
        return Compared(Reason.GONE, f"run {nearest.run_id} has made the same, but its artifacts are not recorded any more", nearest)
    told = [_with_packages(context, namespace, _with_files(context, one, archives)) for one in found]
    name = f" ({nearest.run_name})" if nearest.run_name else ""
    return Compared(Reason.DIFFERENT, f"{listed([one.text for one in told], _MOST_SAID)}; nearest entry: run {nearest.run_id}{name}", nearest, told)


def _with_files(context: Context, one: Difference, archives: Mapping[str, bytes]) -> Difference:
    if one.part is not Part.MODULES or one.before is None or one.after is None:
        return one
    before, after = (modules.files(context.home, str(digest), archives) for digest in (one.before, one.after))
    return one if before is None or after is None else differences.with_files(one, before, after)


def _with_packages(context: Context, namespace: str, one: Difference) -> Difference:
    if one.part is not Part.PACKAGES:
        return one
    before, after = (context.records.cache.lock(namespace, str(digest)) for digest in (one.before, one.after))
    return one if before is None or after is None else differences.with_packages(one, before, after)


# ---------------------------------------------------------------- what is in it


@dataclass(frozen=True)
class Chosen:
    """Which results a user means: those under these keys (or prefixes of them), else those of a run, of a step of it, of a pipeline, else all."""

    keys: Sequence[str] = ()
    run: str = ""
    task: str = ""
    pipeline: str = ""


def find(context: Context, query: Query, *, task: str = "") -> Page[EntryView]:
    """One page of the results of the caller's namespace; `task`: of steps of that id or name. Raises `UnknownField`, `BadPredicate`."""
    return context.records.cache.find(query, namespace=access.own(context), task=task)


def invalidate(context: Context, chosen: Chosen) -> int:
    """Offer these results no more; how many there were. They stay recorded, and runs that used them stay as they are.

    Raises `NoSuchKey`, `AmbiguousKey`, `NoSuchRun`, `AmbiguousRun`: then nothing is changed.
    """
    namespace = access.own(context)
    run_id = _run(context, chosen.run) if chosen.run else None
    which = Which(keys=chosen.keys, run_id=run_id, task_id=chosen.task, pipeline=chosen.pipeline)
    return context.records.cache.invalidate(which, namespace=namespace)


def _run(context: Context, run: str) -> RunId:
    """The run of that id or prefix. Results outlive their runs: one that was deleted is known by its whole id. Raises `NoSuchRun`, `AmbiguousRun`."""
    try:
        return context.records.find(run, namespace=access.own(context))
    except NoSuchRun:
        of_run = Query((Predicate("run_id", Operation.EQUALS, run),), limit=1)
        if not find(context, of_run).items:
            raise
        return RunId(run)
