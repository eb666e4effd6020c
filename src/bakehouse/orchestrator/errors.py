"""What can go wrong while a run is driven.

IllegalMove    a task or run was told something its state does not allow
Displaced      another engine has taken the run
Unfollowable   what is recorded of a run does not fit its pipeline
"""

from __future__ import annotations

from bakehouse.errors import BakehouseError, Conflict


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
    """Another engine has taken the run: this one must forget it."""

    code = "displaced"

    def __init__(self, *, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(
            f"run {run_id} is driven by another engine now",
            remedy=f"That engine goes on with it: `bakehouse runs show {run_id}` tells how it stands.",
        )


class Unfollowable(BakehouseError):
    """What is recorded of a run does not fit its pipeline: it cannot be driven on."""

    code = "unfollowable"

    def __init__(self, *, run: str, task: str, why: str) -> None:
        self.run, self.task, self.why = run, task, why
        super().__init__(
            f"run {run} cannot be driven on: {task} has begun, but by what is recorded it could not: {why}",
            remedy=f"Start the pipeline anew; `bakehouse runs show {run} --events` tells how it got there.",
        )
