"""One event stream per page: runs, summaries, new runs, logs and series, as they change."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.api.runs import RunSummary
from bakehouse.api.series import SeriesUpdate
from bakehouse.api.server import LogUpdate, NewRuns, RunGone, RunUpdate
from bakehouse.errors import BadInput, Unavailable
from bakehouse.ir.execution import AttemptId
from bakehouse.records.errors import NoSuchRun
from bakehouse.server import described, positions
from bakehouse.server.acting import Acting, Options
from bakehouse.server.changes import Changes
from bakehouse.server.positions import Position, Wanted
from bakehouse.server.streams import EventStream, Teller

#: Streams at a time. A page has one; so many pages are open nowhere, but a script that forgets its streams is.
MOST_STREAMS = 200

router = APIRouter(prefix="/apis/bakehouse/v1", tags=["server"])


@router.get(
    "/stream",
    status_code=200,
    response_class=EventStream,
    responses={
        200: {
            "model": RunUpdate | RunSummary | RunGone | NewRuns | LogUpdate | SeriesUpdate,
            "description": "Messages `run`, `summary`, `gone`, `new`, `log`, `series`.",
        },
        **described.fails(404, 503),
    },
)
async def stream(  # noqa: PLR0913, PLR0917  # the parameters of a route
    request: Request,
    context: Acting,
    options: Options,
    run: Annotated[list[str], Query(description="`ID`, or `ID@SEQ` to begin after that event: at most 5.")] = [],  # noqa: B006  # FastAPI copies it
    watch: Annotated[list[str], Query(description="`ID,ID…`: summaries of these runs, at most 200.")] = [],  # noqa: B006
    new: Annotated[bool, Query(description="Tell when runs are created.")] = False,  # noqa: FBT002
    log: Annotated[list[str], Query(description="`RUN/TASK/ATTEMPT`, each percent-encoded, or `…@OFFSET`: at most 3.")] = [],  # noqa: B006
    series: Annotated[list[str], Query(description="Points of metrics, of an attempt named as for `log`: at most 10.")] = [],  # noqa: B006
    position: Annotated[str, Query(max_length=8192, description="The `id` of the last message that was received.")] = "",
    last_event_id: Annotated[str, Header(description="What a browser says of itself when it comes back: as `position`, and before it.")] = "",
) -> Response:
    """Server-sent events from a position on. Every message carries the position of everything; a stream that is cut goes on there.

    A run that is not there, or not any more, is told of as `gone`, and so is one with a log or series that is asked for. That of a step that
    its run does not have is 404: there will never be one. An attempt may begin later.
    """
    changes: Changes = request.app.state.changes
    if changes.listeners >= MOST_STREAMS:
        raise Unavailable(f"{MOST_STREAMS} streams are open already", remedy="Close pages or programs that listen, and try again.")
    wanted, start = positions.read_query(positions.Query(run=run, watch=watch, new=new, log=log, series=series))
    await anyio.to_thread.run_sync(_check, context, {*wanted.logs, *wanted.series}, limiter=changes.looks)
    return EventStream(Teller(context, wanted, _begin(wanted, start, last_event_id, position)), changes, options.ping)


def _check(context: Context, attempts: Collection[AttemptId]) -> None:
    """See that these attempts may come to be. Raises `NoSuchTask`."""
    for attempt in attempts:
        with contextlib.suppress(NoSuchRun):  # whoever comes back to a stream is told that a run was deleted
            runs.task(context, attempt.run_id, attempt.task_id)


def _begin(wanted: Wanted, start: Position, last_event_id: str, position: str) -> Position:
    """Where to begin. What the browser says of itself after a cut may come from a server of another release, and counts for nothing then."""
    if last_event_id:
        try:
            return positions.resumed(wanted, start, positions.read_token(last_event_id))
        except BadInput:
            return start
    return positions.resumed(wanted, start, positions.read_token(position)) if position else start
