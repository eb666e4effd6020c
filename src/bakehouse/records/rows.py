"""What several modules of this station write: the rows of new tasks, those of events; and states as SQL lists them. Pure."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Any

from sqlalchemy import text

from bakehouse.orchestrator.commands import NewTask
from bakehouse.orchestrator.resetting import waiting_for
from bakehouse.orchestrator.states import TaskState
from bakehouse.records.documents import dumped, plain

Values = dict[str, Any]  # column values as the driver takes them

INSERT_TASK = text(
    "INSERT INTO tasks (run_id, id, namespace, display_name, upstream, state, why, attempt, user_failures, infrastructure_failures, "
    "inputs, started_at, parent, kind, position, added_seq) "
    "VALUES (:run, :task, :namespace, :display_name, :upstream, :state, :why, 0, 0, 0, :inputs, :started_at, :parent, :kind, :position, :seq)"
)
INSERT_EVENT = text(
    "INSERT INTO events (run_id, seq, namespace, at, kind, task_id, attempt, detail) "
    "VALUES (:run, :seq, :namespace, :at, :kind, :task, :attempt, :detail)"
)


def task_row(task: NewTask, *, seq: int, at: float) -> Values:
    """The values of `INSERT_TASK`, but for `run` and `namespace`; `seq` is the event since which it is there."""
    return {
        "task": task.id,
        "display_name": plain(task.display_name),
        "upstream": dumped(list(task.upstream)),
        "state": task.state.value,
        "why": waiting_for(task.upstream),
        "inputs": dumped(task.inputs) if task.inputs else None,
        "started_at": at if task.state is TaskState.RUNNING else None,
        "parent": task.parent,
        "kind": task.kind.value,
        "position": task.index,
        "seq": seq,
    }


def among(states: Collection[Enum]) -> str:
    """States as the inside of `IN (…)`, in order. They come from tables of ours, never from a user."""
    return ", ".join(f"'{value}'" for value in sorted(str(state.value) for state in states))
