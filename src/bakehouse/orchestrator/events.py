"""What can happen to a run, as the engine tells the machine. Time comes in with the event (`at`, seconds since the epoch)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bakehouse.ir.execution import Ending, Outputs, Place, RunId, StepError, TaskId


@dataclass(frozen=True)
class CachedResult:
    """A result that an earlier task left: the key it stands under, whose it is, when it was made, and what it gave."""

    key: str
    run_id: RunId
    run_name: str
    task_id: TaskId
    attempt: int
    created_at: float
    outputs: Outputs


class Unusable(str, Enum):
    """Why a result that the cache has is not used."""

    DAMAGED = "damaged"  # its artifacts are not what they were
    EXPIRED = "expired"
    INVALIDATED = "invalidated"
    ELSEWHERE = "elsewhere"  # the run takes results of one other run only
    UNREADABLE = "unreadable"  # the cache could not be asked


@dataclass(frozen=True)
class Claimant:
    """The attempt that computes what stands under a key: equal steps wait for it."""

    run_id: RunId
    run_name: str
    task_id: TaskId
    attempt: int


@dataclass(frozen=True)
class Looked:
    """What the cache has under a key: a result, or why there is none that can be used, and who is about to make one."""

    result: CachedResult | None = None
    because: Unusable | None = None
    note: str = ""
    claimant: Claimant | None = None


@dataclass(frozen=True)
class RunTaken:
    """An engine drives the run from now on: first time, or after another engine has gone."""

    at: float


@dataclass(frozen=True)
class Preparing:
    """The environment of a task is being built: `what` says it to the reader, e.g. `building environment: scikit-learn`."""

    task_id: TaskId
    what: str
    at: float


@dataclass(frozen=True)
class Prepared:
    """The place where a task will run is ready."""

    task_id: TaskId
    place: Place
    at: float


@dataclass(frozen=True)
class NotPrepared:
    """The environment of a task cannot be made."""

    task_id: TaskId
    error: StepError
    at: float


@dataclass(frozen=True)
class LookedUp:
    """The cache was asked for a task: `result` is `None` on a miss; `because` and `note` then say what was wrong with a result that was found.

    `claimant`: an equal step that runs.
    """

    task_id: TaskId
    result: CachedResult | None
    at: float
    note: str = ""
    because: Unusable | None = None
    claimant: Claimant | None = None


@dataclass(frozen=True)
class Held:
    """A task was about to start, but an equal step was quicker."""

    task_id: TaskId
    claimant: Claimant
    at: float


@dataclass(frozen=True)
class ClaimChanged:
    """The equal step that a task waits for has ended, was lost, or gave way to another one."""

    task_id: TaskId
    at: float


@dataclass(frozen=True)
class Delayed:
    """A task in the queue waits for something else than a slot: `why` says for what."""

    task_id: TaskId
    why: str
    at: float


@dataclass(frozen=True)
class Admitted:
    """What a task needs of the machine is free, and kept for it."""

    task_id: TaskId
    at: float


@dataclass(frozen=True)
class Started:
    """The process of an attempt runs."""

    task_id: TaskId
    attempt: int
    at: float


@dataclass(frozen=True)
class Remarked:
    """What its reader should know of an attempt that is not over: that a disk is away, for instance, and what has become of it cannot be told."""

    task_id: TaskId
    attempt: int
    what: str
    at: float


@dataclass(frozen=True)
class Ended:
    """An attempt is over. Duplicates and events of earlier attempts are ignored."""

    task_id: TaskId
    attempt: int
    ending: Ending
    at: float


@dataclass(frozen=True)
class Due:
    """A time has come that was asked for by `Wake`: the pause of a task is over, or a limit of its is reached; of the run, if `task_id` is empty."""

    task_id: TaskId
    at: float


@dataclass(frozen=True)
class TerminateRequested:
    """A user wants the run to end; `now`: without its exit tasks."""

    at: float
    by: str = ""
    now: bool = False


Event = (
    RunTaken
    | Preparing
    | Prepared
    | NotPrepared
    | LookedUp
    | Held
    | ClaimChanged
    | Delayed
    | Admitted
    | Started
    | Remarked
    | Ended
    | Due
    | TerminateRequested
)
