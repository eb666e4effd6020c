"""One action for several runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import APIRouter

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.api.runs import BulkAction, BulkRequest, BulkResponse, BulkResult
from bakehouse.errors import BadInput, BakehouseError
from bakehouse.server.acting import Acting

MOST_RUNS = 200
_ACTIONS: Mapping[BulkAction, Callable[[Context, str], object]] = {
    BulkAction.TERMINATE: runs.terminate,
    BulkAction.RETRY: runs.retry,
    BulkAction.ARCHIVE: runs.archive,
    BulkAction.UNARCHIVE: runs.unarchive,
    BulkAction.DELETE: runs.delete,
}

router = APIRouter(prefix="/apis/bakehouse/v1/runs", tags=["runs"])


@router.post("/batch")
def batch(context: Acting, request: BulkRequest) -> BulkResponse:
    """Terminate, retry, archive, restore or delete several runs. One for which it cannot be done does not keep the others from it."""
    if not 1 <= len(request.run_ids) <= MOST_RUNS:
        raise BadInput(f"{len(request.run_ids)} runs are named", place="body.run_ids", remedy=f"Name 1 to {MOST_RUNS}.")
    return BulkResponse(results=[_done(context, request.action, run_id) for run_id in request.run_ids])


def _done(context: Context, action: BulkAction, run_id: str) -> BulkResult:
    """What became of it. Runs are named by their whole ids here."""
    try:
        _ACTIONS[action](context, runs.summary(context, run_id).id)
    except BakehouseError as error:
        return BulkResult(run_id=run_id, error=error.message, code=error.code)
    return BulkResult(run_id=run_id)
