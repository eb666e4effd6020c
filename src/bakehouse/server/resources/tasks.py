"""The steps of a run: all of them in pages, and one of them whole."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.api.runs import TaskDetail, TaskList
from bakehouse.ir.execution import AttemptId, RunId
from bakehouse.records.queries import Cursor, Sort
from bakehouse.records.queries import Query as Listed
from bakehouse.records.views import TaskView
from bakehouse.server import paging, shown, shown_tasks
from bakehouse.server.acting import Acting
from bakehouse.server.shown_tasks import Surroundings

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
    found, seq = runs.tasks(context, run_id, after=after.id if after is not None else "", limit=page_size + 1)
    file, kept = runs.readable_spec(context, runs.summary(context, run_id)), found[:page_size]
    spec = file.spec if file is not None else None
    following = Cursor(kept[-1].id, kept[-1].id) if len(found) > page_size else None
    return TaskList(tasks=[shown.task_summary(one, spec) for one in kept], seq=seq, next_page_token=paging.token(Listed(sort=_BY_ID), following))


@router.get("/{task_id:path}")
def detail(context: Acting, run_id: str, task_id: str) -> TaskDetail:
    """A step whole."""
    head = runs.head(context, run_id)  # before the step: whoever goes on from its number misses nothing
    view = runs.task(context, run_id, task_id)
    lookup = None if view.cached_from is not None else context.records.artifacts.lookup(head.summary.id, view.id)
    origin = runs.summaries(context, [view.cached_from]) if view.cached_from is not None else []
    file = runs.readable_spec(context, head.summary)
    around = Surroundings(
        run_id=head.summary.id,
        seq=head.seq,
        spec=file.spec if file is not None else None,
        use_cache=head.options.use_cache,
        found_in=origin[0].name if origin else "",
        damage=lookup or "",
        reuses=context.records.artifacts.reuses(head.summary.id, view.id),
        log_sizes={one.number: _log_size(context, head.summary.id, view, one.number) for one in view.attempts},
    )
    return shown_tasks.task_detail(view, around)


def _log_size(context: Context, run_id: RunId, view: TaskView, number: int) -> int:
    try:
        return (runs.attempt_folder(context, AttemptId(run_id, view.id, number).path) / "log").stat().st_size
    except OSError:  # nothing was printed yet, or it was cleaned away
        return 0
