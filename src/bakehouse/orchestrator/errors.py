"""What can go wrong while a run is driven.

IllegalMove    a task or run was told something its state does not allow
Displaced      another engine has taken the run
Claimed        equal steps run already
Unreadable     what is recorded of a run cannot be read
"""

from __future__ import annotations

from collections.abc import Mapping

from bakehouse.errors import BakehouseError, Conflict
from bakehouse.ir.execution import TaskId
from bakehouse.orchestrator.events import Claimant


class IllegalMove(BakehouseError):
    """A task or run was told something its state does not allow."""

    code = "illegal_move"

    def __init__(self, *, subject: str, state: str, move: str) -> None:
        self.subject, self.state, self.move = subject, state, move
        super().__init__(
            f"{subject} is {state}: {move} cannot happen now",
            remedy="`bakehouse runs show RUN --events` tells how it got there.",
        )


class Displaced(Conflict):
    """Another engine has taken the run: this one must forget it.

    `elsewhere`: that one is of another home. It cannot see what runs here, and has begun it anew.
    """

    code = "displaced"

    def __init__(self, *, run_id: str, elsewhere: bool = False) -> None:
        self.run_id, self.elsewhere = run_id, elsewhere
        super().__init__(
            f"run {run_id} is driven by another engine now",
            remedy=f"That engine goes on with it: `bakehouse runs show {run_id}` tells how it stands.",
        )


class Claimed(Conflict):
    """Equal steps run already: these wait for them, and nothing was recorded."""

    code = "claimed"

    def __init__(self, *, claimants: Mapping[TaskId, Claimant]) -> None:
        self.claimants = dict(claimants)
        said = ", ".join(f"{task} (as {one.task_id} of run {one.run_id})" for task, one in self.claimants.items())
        super().__init__(f"equal steps run already: {said}", remedy="They are waited for; `--no-cache` runs a step whatever else does.")


class Unreadable(BakehouseError):
    """What is recorded of a run cannot be read: no engine can drive it on, and none hinders another run with it."""

    code = "run_unreadable"

    def __init__(self, *, run: str, what: str, why: str) -> None:
        self.run, self.what, self.why = run, what, why
        super().__init__(
            f"what is recorded of run {run} cannot be read: {what}: {why}",
            remedy=f"Run its pipeline anew, and delete this run: `bakehouse runs delete {run}`. "
            "If a newer Bakehouse recorded it, that one can retry it.",
        )
