"""Logging in with a page: a cookie for the server's token."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from bakehouse.api.server import Credentials, LoggedIn
from bakehouse.errors import BadInput
from bakehouse.server.acting import Options
from bakehouse.server.errors import WrongToken
from bakehouse.server.login import COOKIE

router = APIRouter(prefix="/apis/bakehouse/v1", tags=["server"])


@router.post("/login")
def log_in(credentials: Credentials, options: Options, request: Request, response: Response) -> LoggedIn:
    """Give a page a cookie for the server's token. 401 for another one, 400 where the server asks for none."""
    if options.login is None:
        raise BadInput("this server asks for no login", remedy="Leave it out.")
    if not options.login.is_own(credentials.token.strip()):
        raise WrongToken
    path = f"{options.base_path}/"
    response.set_cookie(COOKIE, options.login.session, path=path, httponly=True, samesite="strict", secure=request.url.scheme == "https")
    return LoggedIn(login=True)


@router.delete("/login")
def log_out(options: Options, response: Response) -> LoggedIn:
    """Take the page's cookie back."""
    response.delete_cookie(COOKIE, path=f"{options.base_path}/", httponly=True, samesite="strict")
    return LoggedIn(login=False)
