"""A server that asks for a login opens to its token, to a page that showed it, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI

from bakehouse.actions.context import Context
from bakehouse.app.login_token import LoginToken
from bakehouse.server.application import ServerOptions, make_application
from bakehouse.server.login import COOKIE, Login
from tests.server.serving import API, ask, get

OTHER = "token-of-a-service-account"


@dataclass(frozen=True)
class Closed:
    """A server that asks for the token in `token`."""

    app: FastAPI
    token: LoginToken

    @property
    def bearer(self) -> dict[str, str]:
        """What a program shows."""
        return {"Authorization": f"Bearer {self.token.current()}"}

    def entered(self) -> str:
        """The cookie of a page that shows the token."""
        answer = ask(self.app, "POST", f"{API}/login", json={"token": self.token.current()})
        assert answer.status_code == 200
        said = answer.headers["set-cookie"]
        assert all(one in said for one in ("HttpOnly", "SameSite=strict", "Path=/"))
        return answer.cookies[COOKIE]


@pytest.fixture
def closed(context: Context, tmp_path: Path) -> Iterator[Closed]:
    """Such a server; one token belongs to somebody else."""
    token = LoginToken(tmp_path / "token")
    token.made()
    login = Login(token.current, lambda given: "system:serviceaccount:ml:runner" if given == OTHER else None)
    app = make_application(context, ServerOptions(login=login))
    yield Closed(app, token)
    app.state.changes.stop()


CLOSED = ["/openapi.json", f"{API}/about", f"{API}/runs", f"{API}/no-such-route", f"{API}/login/", "/apis/v2beta1/runs", "/apis"]


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer \xe9"},
        {"Authorization": "Basic YWRtaW46"},
        {"Cookie": f"{COOKIE}=wrong"},
        {"Cookie": f"{COOKIE}="},
    ],
)
def test_nobody_comes_in_without_a_token(closed: Closed, path: str, headers: dict[str, str]) -> None:
    """401 in the form of the API, which says what is wanted; a route that is not there looks no different."""
    answer = get(closed.app, path, headers=[(name, value.encode("latin-1")) for name, value in headers.items()])
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "bakehouse token" in answer.text


def test_the_form_of_the_refusal_is_that_of_the_api(closed: Closed) -> None:
    """KFP's is gRPC's UNAUTHENTICATED."""
    assert get(closed.app, "/apis/v2beta1/runs").json()["code"] == 16
    assert get(closed.app, f"{API}/runs").json()["code"] == "login_required"


def test_what_is_open_stays_open(closed: Closed) -> None:
    """Pages, where one logs in; a sign of life. An attempt's routes look at tokens of their own."""
    assert get(closed.app, "/").status_code == 200
    assert get(closed.app, "/apis/v2beta1/healthz").status_code == 200
    assert get(closed.app, f"{API}/attempts/none/launch").status_code != 200


def test_the_token_opens_everything(closed: Closed) -> None:
    """Whatever name the server was reached by."""
    for scheme in ("Bearer", "bearer"):
        headers = {"Authorization": f"{scheme} {closed.token.current()}", "Host": "bakehouse.ml.svc:8888"}
        assert get(closed.app, f"{API}/about", headers=headers).json()["user"] == "admin"
    assert get(closed.app, "/apis/v2beta1/runs", headers=closed.bearer).status_code == 200


def test_who_else_has_a_token_acts_under_their_name(closed: Closed) -> None:
    """As a service account of a cluster does."""
    answer = get(closed.app, f"{API}/about", headers={"Authorization": f"Bearer {OTHER}"})
    assert answer.json()["user"] == "system:serviceaccount:ml:runner"


def test_a_page_logs_in_and_out(closed: Closed) -> None:
    """With a cookie that is not the token."""
    cookie = closed.entered()
    assert closed.token.current() not in cookie
    assert get(closed.app, f"{API}/about", headers={"Cookie": f"{COOKIE}={cookie}"}).json()["login"] is True
    left = ask(closed.app, "DELETE", f"{API}/login")
    assert f'{COOKIE}="";' in left.headers["set-cookie"]


def test_a_wrong_token_gives_no_cookie(closed: Closed) -> None:
    """And says where the right one is to be had."""
    answer = ask(closed.app, "POST", f"{API}/login", json={"token": "wrong"})
    assert (answer.status_code, answer.json()["code"], "set-cookie" in answer.headers) == (401, "wrong_token", False)


def test_a_new_token_ends_all_that_came_before(closed: Closed) -> None:
    """At once: the old token, and cookies that were given for it."""
    before, cookie = closed.bearer, closed.entered()
    closed.token.renewed()
    assert get(closed.app, f"{API}/about", headers=before).status_code == 401
    assert get(closed.app, f"{API}/about", headers={"Cookie": f"{COOKIE}={cookie}"}).status_code == 401
    assert get(closed.app, f"{API}/about", headers=closed.bearer).status_code == 200


@pytest.mark.parametrize(("origin", "status"), [("http://evil.test", 403), ("https://house.test", 400), ("http://house.test", 400)])
def test_other_pages_change_nothing_even_with_a_cookie(closed: Closed, origin: str, status: int) -> None:
    """A page of the server's own may: what it sent here is only no pipeline."""
    headers = {"Cookie": f"{COOKIE}={closed.entered()}", "Origin": origin, "Host": "house.test"}
    assert ask(closed.app, "POST", "/apis/v2beta1/runs", headers=headers, json={}).status_code == status


def test_a_lost_token_lets_nobody_in(closed: Closed) -> None:
    """503: the server cannot tell who asks."""
    before = closed.bearer
    closed.token.path.unlink()
    answer = get(closed.app, f"{API}/about", headers=before)
    assert answer.status_code == 503
    assert str(closed.token.path) not in answer.text


def test_a_server_without_login_says_so(context: Context) -> None:
    """And needs none."""
    app = make_application(context, ServerOptions())
    answer = ask(app, "POST", f"{API}/login", json={"token": "x"})
    assert (answer.status_code, "asks for no login" in answer.text) == (400, True)
    assert get(app, f"{API}/about").json()["login"] is False
