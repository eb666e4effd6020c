"""What can go wrong when an attempt becomes a process.

NotBuilt      the environment of a step cannot be made: carries what its reader is told
BadOutput     a step ended well, but what it wrote is not what it declares
BadInputs     an input artifact is gone or was changed
Uncollected   what an attempt left cannot be collected now
Elsewhere     an attempt was claimed by somebody else: it must not be started
NotPodAttempt an attempt was not started as a pod, or is gone
AttemptOver   an attempt has ended: nothing more is taken of it
"""

from __future__ import annotations

from bakehouse.errors import BakehouseError, Conflict, NotFound, Unavailable
from bakehouse.ir.execution import StepError


class NotBuilt(Unavailable):
    """The environment of a step cannot be made."""

    code = "not_built"

    def __init__(self, error: StepError) -> None:
        self.error = error
        super().__init__(error.message, place="packages_to_install", remedy=error.remedy or None)


class BadOutput(BakehouseError):
    """A step ended well, but what it wrote is not what it declares."""

    code = "bad_output"


class BadInputs(BakehouseError):
    """An input artifact is gone or was changed."""

    code = "bad_inputs"


class Uncollected(Unavailable):
    """What an attempt left cannot be collected now: it stays where it is until it can be."""

    code = "uncollected"

    def __init__(self, *, why: str, remedy: str = "See that its disk is there and has room: it is collected then.") -> None:
        self.why = why
        super().__init__(f"what the step left cannot be collected yet: {why}", remedy=remedy)


class Elsewhere(Conflict):
    """An attempt was claimed by somebody else: it must not be started."""

    code = "elsewhere"

    def __init__(self, *, attempt: str) -> None:
        self.attempt = attempt
        super().__init__(f"attempt {attempt} has been started by another engine", remedy="That engine tells how it ends: this one has nothing to do.")


class NotPodAttempt(NotFound):
    """An attempt was not started as a pod, or is gone."""

    code = "not_a_pod"

    def __init__(self, *, attempt: str) -> None:
        self.attempt = attempt
        super().__init__(
            f"no pod of this home runs the attempt {attempt}", remedy="Its run was deleted, or its pod is of another home: delete the pod."
        )


class AttemptOver(Conflict):
    """An attempt has ended: nothing more is taken of it."""

    code = "attempt_over"

    def __init__(self, *, attempt: str) -> None:
        self.attempt = attempt
        super().__init__(f"attempt {attempt} has ended: nothing more is taken of it", remedy="Its pod has nothing left to do: delete it.")
