"""The one thread that knows all attempts of a runner: it hears what has happened, and has done what follows."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from typing_extensions import assert_never

from bakehouse.ir import values
from bakehouse.ir.execution import AttemptId, Ending, LaunchSpec
from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes import watching
from bakehouse.runners.kubernetes.following import TROUBLE, Act, Collect, Delete, Finish, Followed, GiveUp, Remark, Start
from bakehouse.runners.kubernetes.watching import Change, Gone

_log = logging.getLogger(__name__)
_TICK = 0.5  # seconds between looks at what only time brings
_OVER = frozenset({"Succeeded", "Failed"})
#: A pod that goes on after its step has ended does so for this long at most: a container beside the step may never end.
_GOES_ON = 10.0


class Acting(Protocol):
    """Does what follows from the news. Every method returns at once."""

    def start(self, launch: LaunchSpec) -> None:
        """Tell that the process of the step runs."""

    def remark(self, attempt: AttemptId, what: str) -> None:
        """Tell what its reader should know."""

    def collect(self, launch: LaunchSpec) -> None:
        """Read what the step left, and hand it to `Desk.collected`."""

    def give_up(self, launch: LaunchSpec, ending: Ending) -> None:
        """Write down how it ended, so that its keeper cannot any more; what is written is told by `Desk.left`."""

    def finish(self, launch: LaunchSpec, ending: Ending) -> None:
        """Tell how it ended."""

    def delete(self, pod: str) -> None:
        """Let the cluster end and delete a pod."""


@dataclass
class _Leftover:
    """The pod of an attempt that is over, and when it is to go."""

    since: float
    pod: JsonObject | None
    asked: bool = False


@dataclass
class _Known:
    """What the thread knows. `leftovers` by the names of pods."""

    attempts: dict[AttemptId, Followed] = field(default_factory=dict)
    launches: dict[AttemptId, tuple[LaunchSpec, str]] = field(default_factory=dict)
    names: dict[str, AttemptId] = field(default_factory=dict)
    leftovers: dict[str, _Leftover] = field(default_factory=dict)


class Desk:
    """Attempts that are being followed. All methods but those with an underscore return at once, and may be called from any thread.

    `ttl`: seconds after which the pod of an attempt that is over goes. `patience`: as of `Followed`.
    """

    def __init__(self, acting: Acting, *, ttl: float, patience: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._acting, self._ttl, self._patience, self._clock = acting, ttl, patience, clock
        self._news: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._known = _Known()
        self._waited_for: set[AttemptId] = set()
        self._wanted: set[AttemptId] = set()
        #: Attempts that were left to another engine; few, for an engine seldom loses a run.
        self._elsewhere: set[AttemptId] = set()
        self._taking = threading.Lock()  # between `follow` and `leave`, which may come while a pod is being made ready
        self._trouble = ""
        self._thread = threading.Thread(target=self._work, name="bakehouse-desk", daemon=True)

    def open(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Follow nothing more."""
        self._news.put(None)

    # ------------------------------------------------------------ news

    def take(self, attempt: AttemptId) -> None:
        """An attempt is this engine's, also if it was left before."""
        with self._taking:
            self._elsewhere.discard(attempt)

    def follow(self, launch: LaunchSpec, name: str, pod: JsonObject | None = None) -> None:
        """An attempt is on its way to its pod of that name, or has it. One that was left meanwhile is not followed."""
        with self._taking:
            if launch.attempt in self._elsewhere:
                return
            self._waited_for.add(launch.attempt)
            self._wanted.add(launch.attempt)
            self._news.put(lambda: self._follow(launch, name, pod))

    def leave(self, attempt: AttemptId) -> None:
        """Another engine has the attempt: nothing more follows from what becomes of it, and its pod is not to go."""
        with self._taking:
            self._elsewhere.add(attempt)
            self._waited_for.discard(attempt)
            self._wanted.discard(attempt)
            self._news.put(lambda: self._let_go(attempt))

    def changed(self, change: Change) -> None:
        """What a watch, or the answer to a creation, told of a pod."""
        self._news.put(lambda: self._change(change))

    def lacking(self, attempt: AttemptId, pod: JsonObject) -> None:
        """The pod of an attempt is not there any more; `pod`: what is known of it."""
        self._news.put(lambda: self._update(attempt, lambda state: state.lacking(pod)))

    def warned(self, name: str, what: str) -> None:
        """The cluster warns of something about the pod of that name."""
        self._news.put(lambda: self._update(self._known.names.get(name), lambda state: state.warned(what)))

    def troubled(self, what: str) -> None:
        """The cluster cannot be heard, for this reason; empty: it can."""
        self._news.put(lambda: self._troubled(what))

    def left(self, attempt: AttemptId) -> None:
        """The word of an attempt's keeper is there."""
        self._news.put(lambda: self._update(attempt, lambda state: state.left(self._clock())))

    def collected(self, attempt: AttemptId, ending: Ending) -> None:
        """What the step left has been read."""
        self._news.put(lambda: self._update(attempt, lambda state: state.collected(ending)))

    def stopped(self, attempt: AttemptId) -> None:
        """Somebody wants an attempt to end."""
        self._news.put(lambda: self._update(attempt, Followed.stopped))

    def failed(self, attempt: AttemptId, ending: Ending) -> None:
        """There will be no pod of an attempt."""
        self._news.put(lambda: self._end(attempt, ending))

    def leftover(self, pod: JsonObject) -> None:
        """A pod of ours that belongs to no attempt that goes on."""
        self._news.put(lambda: self._known.leftovers.setdefault(watching.name_of(pod), _Leftover(self._clock(), pod)))

    def is_followed(self, attempt: AttemptId) -> bool:
        """Whether an attempt is waited for."""
        return attempt in self._waited_for

    def is_wanted(self, attempt: AttemptId) -> bool:
        """Whether an attempt may have a pod: it is followed, and was not given up."""
        return attempt in self._wanted

    def is_elsewhere(self, attempt: AttemptId) -> bool:
        """Whether an attempt was left to another engine."""
        return attempt in self._elsewhere

    def knows(self, name: str) -> bool:
        """Whether the pod of that name is an attempt's, or one that is to go; a moment old."""
        return name in self._known.names or name in self._known.leftovers

    # ------------------------------------------------------------ in the thread

    def _work(self) -> None:
        looked_at = self._clock()
        while True:
            try:
                job = self._news.get(timeout=_TICK)
            except queue.Empty:
                job = bool  # nothing has happened, but time has passed
            if job is None:
                return
            self._done(job)
            if self._clock() - looked_at >= _TICK:
                looked_at = self._clock()
                self._done(self._tick)

    def _done(self, job: Callable[[], object]) -> None:
        try:
            job()
        except Exception:  # noqa: BLE001  # one attempt must not take the others with it
            _log.exception("what has become of a pod could not be followed")

    def _follow(self, launch: LaunchSpec, name: str, pod: JsonObject | None) -> None:
        known = self._known
        state = Followed(patience=self._patience, since=self._clock(), pod=pod)
        known.attempts[launch.attempt], known.launches[launch.attempt], known.names[name] = state, (launch, name), launch.attempt
        self._update(launch.attempt, lambda new: new.troubled(self._trouble))

    def _change(self, change: Change) -> None:
        name = watching.name_of(change.pod)
        attempt = self._known.names.get(name)
        if attempt is not None:
            self._update(attempt, lambda state: state.lacking(change.pod) if isinstance(change, Gone) else state.seen(change.pod))
        elif name in self._known.leftovers:
            if isinstance(change, Gone):
                del self._known.leftovers[name]
            else:
                self._known.leftovers[name].pod = change.pod

    def _troubled(self, what: str) -> None:
        self._trouble = f"{TROUBLE}: {what}" if what else ""
        for attempt in list(self._known.attempts):
            self._update(attempt, lambda state: state.troubled(self._trouble))

    def _update(self, attempt: AttemptId | None, change: Callable[[Followed], Followed]) -> None:
        state = self._known.attempts.get(attempt) if attempt is not None else None
        if state is None or attempt is None:
            return
        launch, name = self._known.launches[attempt]
        state, acts = change(state).due(self._clock())
        self._known.attempts[attempt] = state
        for act in acts:
            self._act(launch, name, act)
        if state.over:
            self._forget(attempt, state)

    def _act(self, launch: LaunchSpec, name: str, act: Act) -> None:
        match act:
            case Start():
                self._acting.start(launch)
            case Remark(what):
                self._acting.remark(launch.attempt, what)
            case Collect():
                self._acting.collect(launch)
            case GiveUp(ending):
                self._wanted.discard(launch.attempt)
                self._acting.give_up(launch, ending)
            case Finish(ending):
                self._acting.finish(launch, ending)
            case Delete():
                self._acting.delete(name)
            case _:
                assert_never(act)

    def _end(self, attempt: AttemptId, ending: Ending) -> None:
        state = self._known.attempts.get(attempt)
        if state is not None:
            self._acting.finish(self._known.launches[attempt][0], ending)
            self._forget(attempt, state)

    def _forget(self, attempt: AttemptId, state: Followed) -> None:
        self._waited_for.discard(attempt)
        self._wanted.discard(attempt)
        name = self._let_go(attempt)
        if not state.gone:
            self._known.leftovers[name] = _Leftover(self._clock(), state.pod)

    def _let_go(self, attempt: AttemptId) -> str:
        """Know nothing more of an attempt; the name of its pod, or an empty text if nothing was known."""
        _, name = self._known.launches.pop(attempt, (None, ""))
        self._known.attempts.pop(attempt, None)
        self._known.names.pop(name, None)
        return name

    def _tick(self) -> None:
        for attempt in list(self._known.attempts):
            self._update(attempt, lambda state: state)
        for name, leftover in list(self._known.leftovers.items()):
            self._clear(name, leftover)

    def _clear(self, name: str, leftover: _Leftover) -> None:
        """Delete the pod of an attempt that is over, once nobody will look at it any more, or at once where it still goes on."""
        age = self._clock() - leftover.since
        ended = values.at(leftover.pod, "status").get("phase") in _OVER
        if leftover.pod is None and age > self._ttl:
            del self._known.leftovers[name]  # it never came to be
        elif leftover.pod is not None and not leftover.asked and age >= (self._ttl if ended else _GOES_ON):
            leftover.asked = True
            self._acting.delete(name)
