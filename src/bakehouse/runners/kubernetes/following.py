"""One attempt from its launch to its end, by what the cluster and the keeper say: news in, acts out. Pure; time comes in (seconds).

The end comes from the keeper, whose word lies in the attempt's folder up to a second before the cluster knows. The cluster is listened to
for what no keeper can say: what a pod waits for, that it was never started, and that it is gone. Then the attempt is given up: the word how it
ended is written in the keeper's place, unless that comes first. So no keeper can say or bring anything afterwards, such as one on a node that
only seemed to be lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bakehouse.ir import values
from bakehouse.ir.execution import Cause, Ending, StepError
from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes import causes
from bakehouse.runners.kubernetes.causes import Fault, Wait

#: For so long nothing is said of what every pod waits for.
_USUAL = 5.0
#: The cluster knows of an end at most so long after the keeper's word.
_EXPLAINED = 3.0
#: A pod that was to be gone is lost if it is not, so long after its grace.
_LEAVING = 30.0
_MOST_WARNINGS = 5
_MOST_COMPLAINTS = 4
#: What remarks on trouble with the cluster itself begin with.
TROUBLE = "what becomes of the step cannot be told"


@dataclass(frozen=True)
class Start:
    """Tell that the step's process runs."""


@dataclass(frozen=True)
class Remark:
    """Tell what its reader should know."""

    what: str


@dataclass(frozen=True)
class Collect:
    """Read what the step left."""


@dataclass(frozen=True)
class GiveUp:
    """Write down how it ended, in its keeper's place; whoever comes first is collected."""

    ending: Ending


@dataclass(frozen=True)
class Finish:
    """Tell how it ended."""

    ending: Ending


@dataclass(frozen=True)
class Delete:
    """Let the cluster end the pod."""


Act = Start | Remark | Collect | GiveUp | Finish | Delete


@dataclass(frozen=True)
class Followed:
    """What is known of an attempt. `patience`: how long (seconds) trouble is waited for that may never pass.

    `said`: the last remark, `disturbed`: it was on what somebody else does to the pod; `complaints`: what trouble was called so far. `since`:
    when it came to wait for what it waits for; `limited_since`: when its trouble began. `given_up`: what is written down since its keeper will
    say nothing. `left_at`: when its word was there, `ending` what that said. `stopping`: somebody wants it to end.
    """

    patience: float
    since: float
    pod: JsonObject | None = None
    gone: bool = False
    warnings: tuple[str, ...] = ()
    trouble: str = ""
    recovered: bool = False
    started: bool = False
    said: str = ""
    disturbed: bool = False
    complaints: tuple[str, ...] = ()
    waits: str = ""
    limited_since: float | None = None
    fault_since: float | None = None
    leaving_since: float | None = None
    given_up: Ending | None = None
    left_at: float | None = None
    collecting: bool = False
    ending: Ending | None = None
    stopping: bool = False
    deleted: bool = False
    over: bool = False

    # ------------------------------------------------------------ news

    def seen(self, pod: JsonObject) -> Followed:
        """The pod as it is now."""
        return replace(self, pod=pod)

    def lacking(self, pod: JsonObject | None) -> Followed:
        """There is no pod any more."""
        return replace(self, pod=pod or self.pod, gone=True)

    def warned(self, what: str) -> Followed:
        """The cluster warns of something about its pod."""
        return self if what in self.warnings[-1:] else replace(self, warnings=(*self.warnings, what)[-_MOST_WARNINGS:])

    def troubled(self, what: str) -> Followed:
        """Nothing can be told of it, for this reason; empty: it can again."""
        return replace(self, trouble=what, recovered=bool(self.trouble) and not what)

    def left(self, now: float) -> Followed:
        """The keeper's word is there."""
        return self if self.left_at is not None else replace(self, left_at=now)

    def collected(self, ending: Ending) -> Followed:
        """What the step left has been read."""
        return replace(self, ending=ending)

    def stopped(self) -> Followed:
        """Somebody wants it to end."""
        return replace(self, stopping=True)

    # ------------------------------------------------------------ what follows

    def due(self, now: float) -> tuple[Followed, list[Act]]:
        """What is to be done now."""
        acts: list[Act] = []
        state = self
        for step in (_begin, _collect, _finish, _fail, _stop, _wait, _remark):
            if state.over:
                break
            state, more = step(state, now)
            acts += more
        return state, acts


Step = tuple[Followed, list[Act]]


def _begin(state: Followed, _now: float) -> Step:
    has_left = state.left_at is not None and state.given_up is None
    began = has_left or (state.pod is not None and causes.began(state.pod))
    return (replace(state, started=True, said=""), [Start()]) if began and not state.started else (state, [])


def _collect(state: Followed, _now: float) -> Step:
    if state.left_at is None or state.collecting:
        return state, []
    return replace(state, collecting=True), [Collect()]


def _finish(state: Followed, now: float) -> Step:
    if state.ending is None or state.left_at is None:
        return state, []
    if state.given_up is not None and (state.ending.error == state.given_up.error or causes.was_signalled(state.ending)):
        # All is said; and what we ended ourselves ended for the reason for which we did.
        return _over(state, replace(state.ending, cause=state.given_up.cause, error=state.given_up.error))
    late = now - state.left_at >= _EXPLAINED and not state.trouble  # what nobody can hear may still be said
    if not (state.gone or late or state.stopping or causes.is_explained(state.ending, state.pod)):
        return state, []
    if state.stopping and state.ending.cause is not None:
        return _over(state, replace(state.ending, cause=Cause.TERMINATED, error=StepError(message="terminated on request")))
    return _over(state, causes.explained(state.ending, state.pod, ended_by_us=state.stopping, is_gone=state.gone))


def _fail(state: Followed, now: float) -> Step:
    """Nothing more will come from the keeper, and its word is not there."""
    fault = _fault(state, now)
    if fault is None or state.left_at is not None or state.given_up is not None:
        return replace(state, fault_since=None), []
    since = now if state.fault_since is None else state.fault_since
    if now - since < fault.patience:
        return replace(state, fault_since=since), []
    ending = Ending(cause=fault.cause, error=fault.error, exit_code=fault.exit_code)
    if state.stopping:
        ending = Ending(cause=Cause.TERMINATED, error=StepError(message="terminated on request"))
    return _give_up(state, ending)


def _fault(state: Followed, now: float) -> Fault | None:
    if state.pod is None:
        return None
    if state.gone:
        return causes.gone(state.pod)
    leaving = values.at(state.pod, "metadata")
    if leaving.get("deletionTimestamp") and state.leaving_since is not None:
        grace = float(leaving.get("deletionGracePeriodSeconds") or 0)
        if now - state.leaving_since >= grace + _LEAVING:
            return causes.lost(state.pod)
    return causes.fault(state.pod)


def _give_up(state: Followed, ending: Ending) -> Step:
    is_there = state.pod is not None and not state.gone and not state.deleted
    state = replace(state, given_up=ending, deleted=state.deleted or is_there)
    return state, [GiveUp(ending), *([Delete()] if is_there else [])]


def _over(state: Followed, ending: Ending) -> Step:
    return replace(state, over=True), [Finish(ending)]


def _stop(state: Followed, now: float) -> Step:
    if state.pod is not None and values.at(state.pod, "metadata").get("deletionTimestamp") and state.leaving_since is None:
        state = replace(state, leaving_since=now)
    if not state.stopping or state.deleted or state.gone or state.left_at is not None or state.given_up is not None:
        return state, []
    if state.pod is None:
        return _give_up(state, Ending(cause=Cause.TERMINATED, error=StepError(message="terminated before it started")))
    return replace(state, deleted=True), [Delete()]


def _wait(state: Followed, now: float) -> Step:
    """What it waits for before it starts, and whether that has lasted too long."""
    if state.started or state.pod is None or state.given_up is not None:
        return replace(state, limited_since=None), []
    wait = causes.waiting(state.pod, state.warnings)
    if wait is None:
        return replace(state, waits="", limited_since=None), []
    if wait.why != state.waits:
        state = replace(state, waits=wait.why, since=now)
    state = replace(state, limited_since=(state.limited_since or now) if wait.limited else None)
    known = wait.why in state.complaints
    if wait.limited and not known:
        state = replace(state, complaints=(*state.complaints, wait.why)[-_MOST_COMPLAINTS:])
    if _is_hopeless(state, wait, now):
        # The kubelet says in turns what went wrong, at length, and that it waits before it tries again.
        fault = causes.refused(replace(wait, why=max(state.complaints, key=len)))
        return _give_up(state, Ending(cause=fault.cause, error=fault.error))
    if state.trouble or (known and wait.limited) or (wait.usual and now - state.since < _USUAL):
        return state, []
    return _told(state, wait.why)


def _is_hopeless(state: Followed, wait: Wait, now: float) -> bool:
    if state.limited_since is None:
        return False
    return now - state.limited_since >= (_USUAL if wait.never else state.patience)


def _remark(state: Followed, _now: float) -> Step:
    """Trouble that keeps anything from being told, or that somebody else makes; and that it is over, where nothing else is said."""
    if state.trouble:
        return _told(state, state.trouble)
    if state.pod is not None and _may_be_disturbed(state):
        what = causes.disturbance(state.pod)
        if what or state.disturbed:
            return _told(replace(state, disturbed=bool(what)), what or "its node answers again")
    if state.recovered:
        state = replace(state, recovered=False)
        return _told(state, "what becomes of the step can be told again") if state.said.startswith(TROUBLE) else (state, [])
    return state, []


def _may_be_disturbed(state: Followed) -> bool:
    """Whether its step runs, as far as is known, and is to run."""
    return state.started and state.left_at is None and state.given_up is None and not (state.gone or state.stopping or state.deleted)


def _told(state: Followed, what: str) -> Step:
    return (state, []) if what == state.said else (replace(state, said=what), [Remark(what)])
