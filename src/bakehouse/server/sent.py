"""Files as answers: whole, or the ranges that are asked for; ranges that cannot be had are refused as everything else is."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

from bakehouse.errors import Problem
from bakehouse.server import errors

_REFUSED = frozenset({400, 416})
_RANGES = "Ask for `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-COUNT`, counted from 0; without the header the whole file is sent."


class Sent(FileResponse):
    """A file. What `FileResponse` says in plain text, or not at all, of a bad `Range` is said in the form of the API."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, a part of it, or what is wrong with the range."""
        refused: Message | None = None

        async def passed(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] in _REFUSED:
                refused = message
            elif refused is None:
                await send(message)

        await super().__call__(scope, receive, passed)
        if refused is not None:
            await _refusal(scope, refused["status"], Headers(raw=refused["headers"]))(scope, receive, send)


def _refusal(scope: Scope, status: int, said: Headers) -> Response:
    wanted = Headers(scope=scope).get("range", "")[:100]
    length = said.get("content-range", "")
    message = (
        f"the file has {length.removeprefix('bytes */')} bytes: there is nothing of it at {wanted}" if length else f"{wanted!r} is no range of bytes"
    )
    answer = errors.answer(errors.path_of(scope), status, errors.code_of(status), [Problem(message, "header Range", _RANGES)])
    if length:
        answer.headers["Content-Range"] = length
    return answer
