"""What the keepers of pods fetch and bring: all that passes between a step in a cluster and this server. docs/reference/pods.md is the protocol."""

from __future__ import annotations

import json
import re
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from bakehouse.api.pods import PodResult, ResultTaken, Taken
from bakehouse.errors import Problem
from bakehouse.pod import protocol
from bakehouse.runners import pod_deliveries
from bakehouse.runners.errors import AttemptOver, BadInputs
from bakehouse.runners.pod_arrivals import Arrivals, Part
from bakehouse.server import described, errors
from bakehouse.server.bearers import Attempt, Body, Opened
from bakehouse.server.described import fails

router = APIRouter(prefix="/apis/bakehouse/v1/attempts/{id}", tags=["attempts"], responses=fails(401, 403, 410, 503))

_RANGE = re.compile(r"bytes=([0-9]{1,18})-([0-9]{1,18})?")

_PIECE = described.file("application/octet-stream")
_DOCUMENT: described.Answers = {200: {"description": "What is to run.", "content": {"application/json": {"schema": {"type": "object"}}}}}

Offset = Annotated[int, Query(ge=0, description="Where the body begins: bytes from the beginning of the whole.")]
Last = Annotated[bool, Query(description="Whether it ends with this body.")]


def _grown(data: Body, offset: Offset) -> Part:
    return Part(data, offset)


def _brought(data: Body, offset: Offset = 0, *, last: Last = True) -> Part:
    return Part(data, offset, last)


Kind = Annotated[Literal["file", "folder"], Query(description="What it is; a folder comes as a tar.")]
#: More of what grows.
Grown = Annotated[Part, Depends(_grown)]
#: A whole, or a part of it.
Brought = Annotated[Part, Depends(_brought)]


# ---------------------------------------------------------------- what is fetched


@router.get("/launch", responses=_DOCUMENT)
def launch(attempt: Attempt) -> Response:
    """What is to run, and what has to be brought before. NaN and infinities stand in it as Python writes them."""
    _not_over(attempt)
    return Response(json.dumps(pod_deliveries.launch(attempt.folder, attempt.document)), media_type="application/json")


@router.get("/inputs/{number}", response_class=Response, responses=_PIECE)
def input_bytes(attempt: Attempt, request: Request, number: int) -> Response:
    """An input artifact, or the part of it that the header Range asks for; of a folder, its tar."""
    if not 0 <= number < len(attempt.document.inputs):
        raise BadInputs(f"the step has no input {number}", remedy="The answer to `launch` tells which inputs there are.")
    return _piece(attempt.document.inputs[number].source, attempt, request)


@router.get("/code", response_class=Response, responses=_PIECE)
def code(attempt: Attempt, request: Request) -> Response:
    """The archive with the author's own modules, as the header Range asks for it."""
    if not attempt.document.code:
        raise BadInputs("no modules of the author's own travel to this step")
    return _piece(attempt.document.code, attempt, request)


@router.get("/checkpoint", response_class=Response, responses=_PIECE)
def checkpoint(attempt: Attempt, request: Request) -> Response:
    """The tar of the folder that the attempts of the task share, as the header Range asks for it."""
    return _piece(str(attempt.folder.checkpoint), attempt, request)


def _not_over(attempt: Opened) -> None:
    if attempt.folder.ended():
        raise AttemptOver(attempt=str(attempt.folder.path))


def _piece(source: str, attempt: Opened, request: Request) -> Response:
    _not_over(attempt)
    wanted = _RANGE.fullmatch(request.headers.get("range", "bytes=0-"))
    first = int(wanted[1]) if wanted else 0
    count = min(protocol.PIECE, int(wanted[2]) - first + 1 if wanted and wanted[2] else protocol.PIECE)
    found = pod_deliveries.piece(source, attempt.folder, first, max(0, count))
    if wanted is None or count <= 0 or (first >= found.total and found.total):
        refused = errors.answer(
            request.url.path, 416, errors.code_of(416), [Problem("there is no such range", "header Range", "Ask for `bytes=FIRST-LAST` within it.")]
        )
        refused.headers["Content-Range"] = f"bytes */{found.total}"
        return refused
    headers = {protocol.DIGEST: protocol.digest(found.data), "Cache-Control": "no-store"}
    if found.total:
        headers["Content-Range"] = f"bytes {first}-{first + len(found.data) - 1}/{found.total}"
    return Response(found.data, status_code=206 if found.total else 200, headers=headers, media_type="application/octet-stream")


# ---------------------------------------------------------------- what is brought


@router.post("/log", responses=fails(409))
def grow_log(attempt: Attempt, part: Grown) -> Taken:
    """More of the log. What is there already is passed over; a gap is refused, and the header Upload-Offset says what is expected."""
    return Taken(size=_arrivals(attempt).grow("log", part))


@router.post("/series", responses=fails(409))
def grow_series(attempt: Attempt, part: Grown) -> Taken:
    """More of the points of metrics, in the same way."""
    return Taken(size=_arrivals(attempt).grow("series", part))


@router.put("/outputs/{name}", responses=fails(409))
def put_output(attempt: Attempt, part: Brought, name: str) -> Taken:
    """The text of an output parameter, whole or in parts."""
    return Taken(size=_arrivals(attempt).output(name, part))


@router.put("/files/{name}", responses=fails(409))
def put_file(attempt: Attempt, part: Brought, name: str) -> Taken:
    """`executor_output.json` or `error.json`, whole or in parts."""
    return Taken(size=_arrivals(attempt).file(name, part))


@router.put("/artifacts/{name}", responses=fails(409))
def put_artifact(attempt: Attempt, part: Brought, name: str, kind: Kind) -> Taken:
    """An artifact that the step wrote, whole or in parts; of a folder, its tar."""
    return Taken(size=_arrivals(attempt).artifact(name, part, kind=kind))


@router.put("/checkpoint", responses=fails(409))
def put_checkpoint(attempt: Attempt, part: Brought) -> Taken:
    """The tar of the folder that the attempts of the task share, whole or in parts."""
    return Taken(size=_arrivals(attempt).checkpoint(part))


@router.post("/result", responses=fails(409))
def result(attempt: Attempt, told: PodResult) -> ResultTaken:
    """How the attempt ended: the last that is taken of it. Told again, it changes nothing. 409: not all is here that was brought."""
    arrivals = _arrivals(attempt)
    arrivals.check(told.brought, {"log": told.log_sent, "series": told.series_sent})
    return ResultTaken(new=arrivals.end(_left(attempt, told)))


def _arrivals(attempt: Opened) -> Arrivals:
    return Arrivals(attempt.folder, attempt.document)


def _left(attempt: Opened, told: PodResult) -> dict[str, object]:
    """The word how it ended, as the supervisor of a local step leaves it: docs/reference/step.md."""
    return {
        "code": told.code,
        "signal": told.signal or None,
        "stopped": told.terminated and attempt.folder.asked_to_stop(),
        "terminated": told.terminated,
        "timeout": told.timeout,
        "killed": told.killed,
        "times": told.times,
        "cpu_seconds": told.cpu_seconds,
        "peak_memory": told.peak_memory,
        "log": {"bytes": told.log_bytes, "kept": told.log_kept},
        "fault": told.fault or None,
        "cause": told.cause or None,
    }
