"""What attempts begin with, wherever they run: the program that runs a step, and the ending of one that could not be started."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import bakehouse
from bakehouse.errors import Unavailable
from bakehouse.ir.execution import Cause, Ending, StepError
from bakehouse.runners import disks
from bakehouse.runners.collecting import refused
from bakehouse.runners.errors import BadInputs, EngineAway, EngineRefused, NoSuchImage, NotBuilt
from bakehouse.storage.errors import NotInstalled, Refused

_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM, errno.ENOTDIR})
#: The program that runs a step.
RUNTIME = Path(bakehouse.__file__).parent / "task" / "__main__.py"


def failed_to_start(error: Exception) -> Ending:
    """The ending of an attempt that could not be started."""
    if isinstance(error, NotBuilt):
        return Ending(cause=Cause.ENVIRONMENT, error=error.error)
    if isinstance(error, OSError):
        return _by_the_system(error)
    if isinstance(error, BadInputs):
        said = StepError(message=f"{error.message} ({error.place})", type="BadInputs", remedy=error.remedy or "")
        return Ending(cause=Cause.INPUT_MISSING, error=said)
    if isinstance(error, NoSuchImage | EngineAway | EngineRefused):
        cause = Cause.ENVIRONMENT if isinstance(error, NoSuchImage) else Cause.ENGINE
        return Ending(cause=cause, error=StepError(message=error.message, remedy=error.remedy or ""))
    if isinstance(error, Unavailable):
        return replace(refused(error), retryable=not isinstance(error, (Refused, NotInstalled)))
    if isinstance(error, ValueError):  # a NUL or `=` in a variable that the pipeline sets
        cause, why = Cause.ENVIRONMENT, f" with the environment variables that it sets: {error}"
    else:
        cause, why = Cause.ENGINE, f": {type(error).__name__}: {error}"
    return Ending(cause=cause, error=StepError(message=f"the step cannot be started{why}"))


def _by_the_system(error: OSError) -> Ending:
    where = f": {error.filename}" if error.filename else ""
    message = f"the step cannot be started: {error.strerror or error}{where}"
    said = StepError(message=message, type=type(error).__name__, remedy=disks.FREE_SPACE if disks.is_full(error.strerror or "") else "")
    if error.errno == errno.E2BIG:
        return Ending(cause=Cause.ENVIRONMENT, error=said)
    return Ending(cause=Cause.STORE if error.errno in _DISK else Cause.ENGINE, error=said)
