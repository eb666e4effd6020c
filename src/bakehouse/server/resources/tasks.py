"""The steps of a run: all of them in pages, and one of them whole."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from bakehouse.actions import marking, runs, steps
from bakehouse.actions.marking import Given
from bakehouse.api.runs import Marking, TaskDetail, TaskList, TaskSummary
from bakehouse.records.queries import Cursor, Sort
from bakehouse.records.queries import Query as Listed
from bakehouse.server import described, paging, shown
from bakehouse.server.acting import Acting
from bakehouse.server.shown_tasks import task_detail

_MOST = 1_000
_BY_ID = Sort("id")

router = APIRouter(prefix="/apis/bakehouse/v1/runs/{run_id}/tasks", tags=["runs"])


@router.get("")
def listed(
    context: Acting,
    run_id: str,
    page_size: Annotated[int, Query(ge=1, le=_MOST, description="Items on a page.")] = _MOST,
    page_token: Annotated[str, Query(description="`next_page_token` of the page before.")] = "",
) -> TaskList:
    """One page of the steps of a run, by id."""
    after = paging.cursor(page_token, (), _BY_ID)
    found = steps.page(context, run_id, after=after.id if after is not None else "", limit=page_size + 1)
    kept = found.items[:page_size]
    following = Cursor(kept[-1].id, kept[-1].id) if len(found.items) > page_size else None
    tasks = [shown.task_summary(one, found.spec) for one in kept]
    return TaskList(tasks=tasks, seq=found.seq, next_page_token=paging.token(Listed(sort=_BY_ID), following))


@router.get("/{task_id:path}")
def detail(context: Acting, run_id: str, task_id: str) -> TaskDetail:
    """A step whole."""
    return task_detail(*steps.whole(context, run_id, task_id))


@router.post("/{task_id:path}:succeed", responses=described.fails(409))
def succeed(context: Acting, run_id: str, task_id: str, body: Marking) -> TaskSummary:
    """Mark a step that failed as succeeded, with outputs that the caller gives; a retry of the run goes on from there."""
    marked = marking.succeed(context, runs.summary(context, run_id).id, task_id, Given(body.parameters, body.artifacts))
    file = runs.readable_spec(context, runs.summary(context, marked))
    return shown.task_summary(runs.task(context, marked, task_id), file.spec if file is not None else None)
