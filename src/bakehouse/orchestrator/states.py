"""The states of runs and tasks, and every move they can make: tables that code, tests and diagrams read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class TaskState(str, Enum):
    """The states of a task."""

    WAITING = "WAITING"  # for upstream tasks
    PREPARING = "PREPARING"  # its environment is made ready, the cache is asked, an equal step that runs is waited for
    QUEUED = "QUEUED"  # for a slot
    RUNNING = "RUNNING"  # an attempt has been launched
    BACKING_OFF = "BACKING_OFF"  # until the next attempt
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"  # its condition was false, or something upstream did not succeed
    CANCELED = "CANCELED"


class TaskMove(str, Enum):
    """What can happen to a task."""

    RELEASED = "RELEASED"  # its upstream tasks let it run
    OPENED = "OPENED"  # the tasks that it holds may run
    MISSED = "MISSED"  # no cached result can be used
    REUSED = "REUSED"  # a cached result is used
    HELD = "HELD"  # an equal step was quicker: its result may do
    LAUNCHED = "LAUNCHED"  # an attempt starts
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"  # for good
    RETRIED = "RETRIED"  # the attempt failed, another will follow
    DUE = "DUE"  # its pause is over
    SKIPPED = "SKIPPED"
    CANCELED = "CANCELED"
    RESET = "RESET"  # its run is retried: from the start again
    MARKED = "MARKED"  # a user says that it succeeded, and what it gave


_T, _M = TaskState, TaskMove

#: Every move a task can make; what is not here cannot happen.
TASK_MOVES: Mapping[tuple[TaskState, TaskMove], TaskState] = {
    (_T.WAITING, _M.RELEASED): _T.PREPARING,
    (_T.WAITING, _M.OPENED): _T.RUNNING,
    (_T.WAITING, _M.FAILED): _T.FAILED,
    (_T.WAITING, _M.SKIPPED): _T.SKIPPED,
    (_T.WAITING, _M.CANCELED): _T.CANCELED,
    (_T.PREPARING, _M.MISSED): _T.QUEUED,
    (_T.PREPARING, _M.REUSED): _T.SUCCEEDED,
    (_T.PREPARING, _M.FAILED): _T.FAILED,
    (_T.PREPARING, _M.SKIPPED): _T.SKIPPED,
    (_T.PREPARING, _M.CANCELED): _T.CANCELED,
    (_T.QUEUED, _M.HELD): _T.PREPARING,
    (_T.QUEUED, _M.LAUNCHED): _T.RUNNING,
    (_T.QUEUED, _M.FAILED): _T.FAILED,
    (_T.QUEUED, _M.SKIPPED): _T.SKIPPED,
    (_T.QUEUED, _M.CANCELED): _T.CANCELED,
    (_T.RUNNING, _M.SUCCEEDED): _T.SUCCEEDED,
    (_T.RUNNING, _M.FAILED): _T.FAILED,
    (_T.RUNNING, _M.RETRIED): _T.BACKING_OFF,
    (_T.RUNNING, _M.CANCELED): _T.CANCELED,
    (_T.BACKING_OFF, _M.DUE): _T.QUEUED,
    (_T.BACKING_OFF, _M.CANCELED): _T.CANCELED,
    (_T.BACKING_OFF, _M.SKIPPED): _T.SKIPPED,
    (_T.SUCCEEDED, _M.RESET): _T.WAITING,
    (_T.FAILED, _M.RESET): _T.WAITING,
    (_T.SKIPPED, _M.RESET): _T.WAITING,
    (_T.CANCELED, _M.RESET): _T.WAITING,
    (_T.FAILED, _M.MARKED): _T.SUCCEEDED,
    (_T.CANCELED, _M.MARKED): _T.SUCCEEDED,
}

#: States in which a task stays, unless its run is retried or a user marks it.
FINAL_TASK_STATES = frozenset({_T.SUCCEEDED, _T.FAILED, _T.SKIPPED, _T.CANCELED})


class RunState(str, Enum):
    """The states of a run."""

    PENDING = "PENDING"  # recorded, no engine has taken it yet
    RUNNING = "RUNNING"
    CANCELING = "CANCELING"  # nothing new starts, running steps are being stopped
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


class RunMove(str, Enum):
    """What can happen to a run."""

    STARTED = "STARTED"
    TERMINATED = "TERMINATED"  # termination was requested
    EXPIRED = "EXPIRED"  # it went on longer than it may
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    PUT_ASIDE = "PUT_ASIDE"  # what is recorded of it cannot be read
    RETRIED = "RETRIED"  # what did not succeed is to run again


#: Every move a run can make.
RUN_MOVES: Mapping[tuple[RunState, RunMove], RunState] = {
    (RunState.PENDING, RunMove.STARTED): RunState.RUNNING,
    (RunState.PENDING, RunMove.TERMINATED): RunState.CANCELING,
    (RunState.RUNNING, RunMove.TERMINATED): RunState.CANCELING,
    (RunState.RUNNING, RunMove.EXPIRED): RunState.CANCELING,
    (RunState.RUNNING, RunMove.SUCCEEDED): RunState.SUCCEEDED,
    (RunState.RUNNING, RunMove.FAILED): RunState.FAILED,
    (RunState.CANCELING, RunMove.CANCELED): RunState.CANCELED,
    (RunState.CANCELING, RunMove.FAILED): RunState.FAILED,
    (RunState.PENDING, RunMove.PUT_ASIDE): RunState.FAILED,
    (RunState.RUNNING, RunMove.PUT_ASIDE): RunState.FAILED,
    (RunState.CANCELING, RunMove.PUT_ASIDE): RunState.FAILED,
    (RunState.FAILED, RunMove.RETRIED): RunState.PENDING,
    (RunState.CANCELED, RunMove.RETRIED): RunState.PENDING,
}

#: States in which a run stays, unless it is retried.
FINAL_RUN_STATES = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELED})
