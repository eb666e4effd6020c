"""Who may ask: other hosts, other origins, too much. What is refused reaches no route."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from bakehouse.server.security import HEADERS, MOST_JSON, MOST_UPLOAD, BasePath, Guard
from tests.server.serving import HOST, ask, get, pieces

_UPLOAD = "/apis/bakehouse/v1/pipelines/upload"


class Guarded:
    """A guard before routes that note who came through."""

    def __init__(self, *allowed_hosts: str) -> None:
        self.reached: list[tuple[str, str]] = []
        routes = [Route("/{path:path}", self._answer, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])]
        self.app: ASGIApp = Guard(Starlette(routes=routes), allowed_hosts)

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        self.reached.append((request.method, request.url.path))
        headers = {"Content-Security-Policy": "sandbox"} if request.url.path == "/own" else {}
        return PlainTextResponse(f"{len(body)}", headers=headers)


@pytest.mark.parametrize("host", ["127.0.0.1:8811", "localhost", "localhost:1", "[::1]:8811", "LOCALHOST:8811", "bake.example.org", "10.0.0.5:8443"])
def test_the_loopback_and_allowed_hosts_are_answered(host: str) -> None:
    """By whatever port; an allowed host with a port only by that one."""
    assert get(Guarded("bake.example.org", "10.0.0.5:8443").app, "/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.org",
        "127.0.0.1.evil.example.org",
        "localhost.evil.example.org:8811",
        "10.0.0.5",
        "10.0.0.5:80",
        "",
        "127.0.0.1:8811@evil",
        "a b",
        "[::2]",
    ],
)
def test_another_host_is_refused(host: str) -> None:
    """DNS rebinding: a page of another name that leads here gets nothing, whatever it asks."""
    guarded = Guarded("10.0.0.5:8443")
    for method in ("GET", "POST", "OPTIONS"):
        answer = ask(guarded.app, method, "/apis/bakehouse/v1/runs", headers={"Host": host})
        assert answer.status_code == 400
        assert "does not answer to" in answer.json()["message"]
    assert guarded.reached == []


@pytest.mark.parametrize("headers", [[("Host", HOST), ("Host", "evil.example.org")], [("Host", "evil.example.org"), ("Host", HOST)]])
def test_two_hosts_are_refused(headers: list[tuple[str, str]]) -> None:
    """Whoever sends two wants one of them overlooked."""
    assert get(Guarded().app, "/", headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "null"),
        ("Origin", "http://127.0.0.1:9999"),
        ("Origin", "https://127.0.0.1:8811"),
        ("Origin", "http://localhost:8811"),
        ("Origin", "http://evil.example.org"),
        ("Origin", "http://127.0.0.1:8811.evil.example.org"),
        ("Origin", "http://127.0.0.1:8811@evil.example.org"),
        ("Origin", "http://bake.example.org:8080"),
        ("Origin", "http://10.0.0.5"),
        ("Origin", "file://"),
        ("Origin", ""),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_from_a_page_of_another_origin_is_refused(method: str, name: str, value: str) -> None:
    """Another port of this machine too: it is another program's page."""
    guarded = Guarded("bake.example.org", "10.0.0.5:8443")
    answer = ask(guarded.app, method, "/apis/bakehouse/v1/runs/batch", headers={name: value}, json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert guarded.reached == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{HOST}"},
        {"Sec-Fetch-Site": "none"},
        {"Host": "localhost:8811", "Origin": "http://localhost:8811"},
        {"Host": "bake.example.org", "Origin": "https://bake.example.org"},
        {"Origin": "https://bake.example.org"},
        {"Host": "bake.example.org:444", "Origin": "https://bake.example.org:444"},
        {"Origin": "https://10.0.0.5:8443"},
    ],
)
def test_a_change_from_an_own_page_or_a_program_is_taken(headers: dict[str, str]) -> None:
    """A proxy may rewrite the Host, and ends TLS: an allowed host is an own origin."""
    assert ask(Guarded("bake.example.org", "10.0.0.5:8443").app, "POST", "/", headers=headers).status_code == 200


def test_reading_needs_no_origin_but_no_other_page_can_read() -> None:
    """A link from anywhere works; no answer ever allows a foreign page to see it."""
    answer = get(Guarded().app, "/", headers={"Origin": "http://evil.example.org", "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", ["/apis/bakehouse/v1/stream", "/apis/v2beta1/runs"])
def test_a_foreign_page_cannot_ask_the_api(method: str, site: str, path: str) -> None:
    """It could not read the answer, but keep every stream from the user's own pages."""
    guarded = Guarded()
    for mode, destination in (("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe")):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination}
        assert ask(guarded.app, method, path, headers=headers).status_code == 403
    assert guarded.reached == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    ],
)
def test_programs_own_pages_and_links_ask_the_api(headers: dict[str, str]) -> None:
    """A link to an artifact may stand anywhere."""
    assert get(Guarded().app, "/apis/bakehouse/v1/runs", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/apis/v2beta1/pipelines", "/own"])
@pytest.mark.parametrize("host", [HOST, "evil.example.org"])
def test_every_answer_has_the_headers(path: str, host: str) -> None:
    """Refusals too; what an answer says itself is kept."""
    answer = get(Guarded().app, path, headers={"Host": host})
    for name, value in HEADERS:
        own = path == "/own" and host == HOST and name == "Content-Security-Policy"
        assert answer.headers[name] == ("sandbox" if own else value)


# ---------------------------------------------------------------- how much


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/apis/v2beta1/experiments", MOST_JSON),
        (_UPLOAD, MOST_UPLOAD),
        ("/apis/v2beta1/pipelines/upload_version", MOST_UPLOAD),
        ("/apis/v2beta1/runs", MOST_UPLOAD),
    ],
)
def test_a_body_up_to_the_limit_is_taken(path: str, most: int) -> None:
    """1 MiB of JSON; a file of 32 MiB with what comes around it, also within a run."""
    assert ask(Guarded().app, "POST", path, content=b" " * most).text == str(most)


@pytest.mark.parametrize(("path", "most"), [("/apis/v2beta1/experiments", MOST_JSON), (_UPLOAD, MOST_UPLOAD)])
def test_a_larger_body_is_refused_before_it_is_read(path: str, most: int) -> None:
    """Its length says so."""
    guarded = Guarded()
    answer = ask(guarded.app, "POST", path, content=b"x", headers={"Content-Length": str(most + 1)})
    assert answer.status_code == 413
    assert f"the request is larger than {most >> 20} MiB" in answer.text
    assert "a pipeline file of 32 MiB and 1 MiB around it" in answer.text
    assert guarded.reached == []


def test_a_body_that_does_not_say_its_length_is_counted() -> None:
    """And refused as soon as it is too large, not when it has filled the memory."""
    guarded = Guarded()
    assert ask(guarded.app, "POST", "/x", content=pieces(b"a" * MOST_JSON)).text == str(MOST_JSON)
    answer = ask(guarded.app, "POST", "/x", content=pieces(*[b"a" * (MOST_JSON // 2)] * 3, b"never asked for"))
    assert answer.status_code == 413
    assert len(guarded.reached) == 1


# ---------------------------------------------------------------- HEAD, and the base path


def test_head_answers_without_a_body_and_without_waiting_for_its_end() -> None:
    """Of a stream that never ends, too."""

    async def endless(request: Request) -> Response:
        async def forever() -> object:
            while True:
                yield b"x"

        return StreamingResponse(forever(), headers={"X-Of": request.method})  # type: ignore[arg-type]  # an async generator

    answer = ask(Guard(Starlette(routes=[Route("/", endless)]), ()), "HEAD", "/")
    assert (answer.status_code, answer.content, answer.headers["x-of"]) == (200, b"", "GET")


@pytest.mark.parametrize(
    ("path", "root", "status"),
    [
        ("/x", "", 200),
        ("/kitchen/oven/x", "/kitchen/oven", 200),
        ("/kitchen/x", "", 404),
        ("/kitchen/ovens/x", "", 404),
        ("/kitchen/oven/y", "", 404),
    ],
)
def test_routes_answer_at_their_own_paths_and_below_the_base_path(path: str, root: str, status: int) -> None:
    """Whether or not the proxy strips it."""

    async def answer(request: Request) -> Response:
        return PlainTextResponse(request.scope["root_path"])

    answered = get(BasePath(Starlette(routes=[Route("/x", answer)]), "/kitchen/oven"), path)
    assert answered.status_code == status
    assert status != 200 or answered.text == root
