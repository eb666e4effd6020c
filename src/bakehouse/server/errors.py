"""Errors as answers: one table from class to status, and one form for each API.

`/apis/bakehouse/v1` answers with `ErrorBody`, `/apis/v2beta1` as KFP does, pages with plain text. A traceback never leaves the server.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bakehouse.actions.errors import NotAllowed
from bakehouse.api.errors import BadToken, ForeignToken, OtherKeeper
from bakehouse.errors import BadInput, BakehouseError, Conflict, NotFound, Problem, Unavailable, short
from bakehouse.records.errors import KeptExperiment, NotRetryable
from bakehouse.runners.errors import AttemptOver, KeptElsewhere, Misplaced, TooMuch
from bakehouse.server.answers import Json

_log = logging.getLogger("bakehouse.server")


class WrongToken(BadInput):
    """A page logs in with a token that is not the server's."""

    code = "wrong_token"

    def __init__(self) -> None:
        super().__init__("this is not the token of this server", place="token", remedy="`bakehouse token` prints it, where the server runs.")


#: The status of each class of error, also for what derives from it; the nearest base counts. All others are bugs: 500.
STATUSES: Mapping[type[BakehouseError], int] = {
    BadInput: 400,
    WrongToken: 401,
    BadToken: 401,
    ForeignToken: 403,
    OtherKeeper: 403,
    TooMuch: 413,
    NotAllowed: 403,
    NotFound: 404,
    AttemptOver: 410,
    Conflict: 409,
    Unavailable: 503,
}
#: What gRPC calls these statuses (google.rpc.Code), which KFP's errors name.
_RPC_CODES: Mapping[int, int] = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 409: 6, 413: 3, 416: 11, 503: 14}
_RPC_INTERNAL = 13
#: Where KFP says ABORTED, though the status is that of a name that is taken.
_ABORTED = {NotRetryable.code: 10, KeptExperiment.code: 10}
_CODES: Mapping[int, str] = {
    401: "login_required",
    403: NotAllowed.code,
    404: "no_such_route",
    405: "method_not_allowed",
    413: "too_large",
    416: "no_such_range",
}
_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_METHOD_NOT_ALLOWED, _TOO_LARGE = 405, 413
#: What helps against pydantic's findings that have a plain answer.
_REMEDIES: Mapping[str, str] = {
    "json_invalid": "Send a body that is JSON.",
    "missing": "Give it; openapi.json of this server tells what the route takes.",
    "extra_forbidden": "Leave it out; openapi.json of this server tells what the route takes.",
}
_SMALLER = "Send less: a new run or an upload may bring a pipeline file of 32 MiB and 1 MiB around it, everything else may have 1 MiB."
#: Why Starlette and FastAPI cannot read a body, by what they stumbled over.
_UNREADABLE: Mapping[type[BaseException], str] = {RecursionError: "it is nested too deeply", UnicodeDecodeError: "it is not in UTF-8"}


def status_of(error: BakehouseError) -> int:
    """The HTTP status of an error of Bakehouse's own."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)


def too_large(most: int) -> Problem:
    """What is said of a request that is larger than `most` bytes."""
    return Problem(f"the request is larger than {most >> 20} MiB", None, _SMALLER)


def code_of(status: int) -> str:
    """The code of an error that is the server's own word, not an exception of Bakehouse's."""
    return _CODES.get(status, BadInput.code)


def answer(path: str, status: int, code: str, problems: Sequence[Problem]) -> Response:
    """An error in the form of the API that the path belongs to."""
    if path.startswith("/apis/v2beta1/pipelines/upload"):
        text = _joined(problems)
        return Json({"error_message": text, "error_details": text}, status_code=status)
    if path.startswith("/apis/v2beta1"):
        return Json(_rpc_status(_ABORTED.get(code, _RPC_CODES.get(status, _RPC_INTERNAL)), problems), status_code=status)
    if path.startswith("/apis"):
        return Json(_error_body(code, problems), status_code=status)
    return PlainTextResponse("".join(f"{_unicode(str(problem))}\n" for problem in problems), status_code=status)


def _error_body(code: str, problems: Sequence[Problem]) -> dict[str, Any]:
    """As `api.server.ErrorBody`, for texts that Unicode cannot hold too."""
    listed = [{"message": one.message, "place": one.place or "", "remedy": one.remedy or ""} for one in problems]
    return {"code": code, "message": problems[0].message, "problems": listed}


def _rpc_status(code: int, problems: Sequence[Problem]) -> dict[str, Any]:
    """As KFP's gateway writes it."""
    text = _joined(problems)
    detail = {"@type": "type.googleapis.com/google.rpc.Status", "code": code, "message": text}
    return {"code": code, "message": text, "details": [detail]}


def _joined(problems: Sequence[Problem]) -> str:
    return "\n".join(str(one) for one in problems)


def _unicode(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


# ---------------------------------------------------------------- what FastAPI hands over


def install(app: FastAPI) -> None:
    """Give the application its answers to all errors but unforeseen ones, which are `Unforeseen`'s."""
    app.add_exception_handler(BakehouseError, _bakehouse_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)


async def _bakehouse_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, BakehouseError)  # noqa: S101  # for the type checker: registered for this class alone
    status = status_of(error)
    if status >= 500 and not isinstance(error, KeptElsewhere):  # noqa: PLR2004  # the server's own fault
        _log.error("%s %s: %s", request.method, path_of(request.scope), error, exc_info=error if status == 500 else None)  # noqa: PLR2004
    response = answer(path_of(request.scope), status, error.code, error.problems)
    if isinstance(error, Misplaced):
        response.headers["Upload-Offset"] = str(error.expected)
    elif isinstance(error, KeptElsewhere):
        response.headers["Connection"] = "close"  # the next one may lead to another server
    elif isinstance(error, BadToken):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # for the type checker: registered for this class alone
    problems = [_not_json(request)] if isinstance(error.body, bytes) else [_problem(one) for one in error.errors()]
    return answer(path_of(request.scope), 400, BadInput.code, problems)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # for the type checker: registered for this class alone
    status, path = error.status_code, path_of(request.scope)
    if status == _METHOD_NOT_ALLOWED:
        allowed = ", ".join(_allowed(request))
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": allowed})
        response = answer(path, status, code_of(status), [Problem(f"{request.method} is not possible here", path, f"What is possible: {allowed}.")])
        response.headers["Allow"] = allowed
        return response
    unreadable = next((why for kind, why in _UNREADABLE.items() if isinstance(error.__cause__, kind)), "")
    if unreadable:
        problem = Problem(
            f"the body cannot be read: {unreadable}", "body", "Send JSON in UTF-8, whose lists and objects do not hold each other thousands deep."
        )
        return answer(path, status, code_of(status), [problem])
    message = f"there is nothing at {short(path)}" if error.detail == "Not Found" else str(error.detail)
    remedy = _SMALLER if status == _TOO_LARGE else f"{request.scope.get('root_path', '')}/openapi.json describes everything that can be asked for."
    response = answer(path, status, code_of(status), [Problem(message, None, remedy)])
    response.headers.update(error.headers or {})
    return response


def _not_json(request: Request) -> Problem:
    """FastAPI leaves a body as bytes that does not say it is JSON: a page of another site could send such a one without asking."""
    said = request.headers.get("content-type")
    what = f"the body says that it is {said}, not JSON" if said else "the body does not say that it is JSON"
    return Problem(what, "header Content-Type", "Send JSON, with the header `Content-Type: application/json`.")


def _problem(error: Mapping[str, Any]) -> Problem:
    """One finding of pydantic's: where (`query.page_size`, `body.tags.0`) and what."""
    place = ".".join(str(part) for part in error["loc"])
    reason = error.get("ctx", {}).get("error", "") if error["type"] == "json_invalid" else ""
    said = str(error["msg"]).removeprefix("Value error, ")
    message = f"{said}: {reason}" if reason else said
    return Problem(message, place, _REMEDIES.get(error["type"], "Mend it there; openapi.json of this server tells what the route takes."))


def _allowed(request: Request) -> list[str]:
    """The methods that some route takes at the path of the request."""
    scope = {key: value for key, value in request.scope.items() if key in {"type", "path", "root_path", "headers", "app"}}
    found = [method for method in _METHODS if _taken(request, {**scope, "method": method})]
    return sorted([*found, "OPTIONS", *(["HEAD"] if "GET" in found else [])])


def _taken(request: Request, scope: Scope) -> bool:
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)


def path_of(scope: Scope) -> str:
    """The path that was asked for, without the base path."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


# ---------------------------------------------------------------- what nobody foresaw


class Unforeseen:
    """ASGI middleware: an exception that no handler takes is logged under an id, and that id is all the client learns."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; answer 500 if that fails before the answer began."""
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            if scope["type"] != "http":
                raise
            name = secrets.token_hex(4)
            _log.exception("error %s: %s %s", name, scope["method"], scope["path"])
            if begun:
                return  # the server sees that the answer is not whole, and ends the connection
            path = path_of(scope)
            problem = Problem(f"internal error {name}", None, f"Please report it; the traceback is in the words of the server, under {name}.")
            await answer(path, 500, "internal", [problem])(scope, receive, send)


# ---------------------------------------------------------------- query parameters


def refuse_unknown(request: Request) -> None:
    """A dependency of our own API: a query parameter that the route does not have is a mistake, not noise. Raises `BadInput`."""
    if not request.query_params:
        return
    known = set(_known(request.scope["route"].dependant))
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        there = f"It has: {', '.join(sorted(known))}." if known else "It has none."
        what = f"there is no query parameter {unknown[0]}" if len(unknown) == 1 else f"there are no query parameters {', '.join(unknown)}"
        raise BadInput(what, place=f"query.{unknown[0]}", remedy=there)


def _known(dependant: Any) -> Iterable[str]:  # FastAPI's own type, which it does not export
    """The names of a route's query parameters, those of its dependencies too."""
    for field in dependant.query_params:
        model = getattr(field.field_info.annotation, "model_fields", None)
        if model is None:
            yield field.alias
        else:
            yield from (one.alias or name for name, one in model.items())
    for each in dependant.dependencies:
        yield from _known(each)
