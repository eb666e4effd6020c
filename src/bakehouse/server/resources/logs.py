"""Logs of attempts: in pieces from any place, searched, and as a file."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from bakehouse.actions import logs
from bakehouse.api.runs import LogMatch, LogMatches, LogPart
from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.server import described
from bakehouse.server.acting import Acting
from bakehouse.server.sent import Sent

_LAST_BYTE = 1 << 53
_MOST_ATTEMPTS = 1 << 31
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")  # in the name of a file, on any system

router = APIRouter(prefix="/apis/bakehouse/v1/runs/{run_id}/tasks/{task_id:path}/attempts/{number}/log", tags=["logs"])


def _attempt(run_id: str, task_id: str, number: Annotated[int, Path(ge=1, le=_MOST_ATTEMPTS)]) -> AttemptId:
    return AttemptId(RunId(run_id), TaskId(task_id), number)


Attempt = Annotated[AttemptId, Depends(_attempt)]


@router.get("")
def part(
    context: Acting,
    attempt: Attempt,
    offset: Annotated[int, Query(ge=-_LAST_BYTE, le=_LAST_BYTE, description="Bytes; a negative one counts from the end, cut at a line.")] = 0,
    limit: Annotated[int, Query(ge=1, le=logs.LARGEST_PIECE, description="Bytes at most.")] = logs.PIECE,
) -> LogPart:
    """A piece of a log."""
    piece = logs.part(context, attempt, offset=offset, limit=limit)
    return LogPart(offset=piece.offset, next_offset=piece.next_offset, size=piece.size, text=piece.text, complete=piece.complete)


@router.get("/search")
def search(
    context: Acting,
    attempt: Attempt,
    text: Annotated[str, Query(min_length=1, max_length=1000, description="Letters of ASCII are found in either case.")],
    offset: Annotated[int, Query(ge=0, le=_LAST_BYTE, description="Bytes: where to begin, which is the beginning of a line.")] = 0,
) -> LogMatches:
    """The lines of a log in which a text stands; a long log takes several calls."""
    found = logs.search(context, attempt, text, offset=offset)
    return LogMatches(matches=[LogMatch(offset=one.offset, line=one.line) for one in found.matches], next_offset=found.next_offset)


@router.get("/download", response_class=PlainTextResponse, responses=described.file("text/plain"))
def download(context: Acting, attempt: Attempt) -> Response:
    """All of a log as a file, or the range of it that is asked for."""
    path = logs.find(context, attempt).path
    name = f"{_UNFIT.sub('_', f'{attempt.run_id[:8]}-{attempt.task_id}')[:100]}-{attempt.number}.log"
    if not path.is_file():
        return PlainTextResponse("", headers={"Content-Disposition": f'attachment; filename="{name}"'})
    return _AsItIs(path, media_type="text/plain", filename=name, stat_result=path.stat())


class _AsItIs(Sent):
    """A file that may grow while it is sent: it is sent as far as it went when its length was told."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, and nothing after the length that was told."""
        left = 0

        async def within(message: Message) -> None:
            nonlocal left
            if message["type"] == "http.response.start":
                left = int(Headers(raw=message["headers"]).get("content-length", "0"))
            elif left >= 0:
                body = message.get("body", b"")[:left]
                left -= len(body)
                more = message.get("more_body", False) and left > 0
                message = {**message, "body": body, "more_body": more}
                left = left if more else -1
            else:
                return
            await send(message)

        await super().__call__(scope, receive, within)
