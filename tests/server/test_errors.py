"""What is wrong, as each API says it: the right status, the place, the remedy, and never a traceback."""

from __future__ import annotations

import importlib
import inspect
import logging
import pkgutil
from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Query
from pydantic import BaseModel
from starlette.responses import StreamingResponse

import bakehouse
from bakehouse.actions.errors import NotAllowed
from bakehouse.api.server import ErrorBody
from bakehouse.errors import BadInput, BakehouseError, Conflict, NotFound, Problem, Problems, Unavailable
from bakehouse.records.errors import KeptExperiment, NotRetryable
from bakehouse.server import errors
from bakehouse.server.answers import Json
from tests.server.serving import API, ask, get

RAISED: dict[str, Exception] = {
    "bad": BadInput("no", place="here", remedy="do this"),
    "gone": NotFound("nothing there"),
    "taken": Conflict("too late"),
    "busy": Unavailable("not now"),
    "mine": NotAllowed(caller="me", namespace="theirs"),
    "own": BakehouseError("a bug"),
    "over": NotRetryable(run="r", state="SUCCEEDED"),
    "kept": KeptExperiment(name="Default"),
    "many": Problems([Problem("one", "a", "x"), Problem("two")]),
    "odd": BadInput("half a character: \ud800"),
    "bug": ZeroDivisionError("secret place"),
}


class _Body(BaseModel):
    name: str
    sizes: list[int] = []


class _Paging(BaseModel):
    size: int = 10


def _shared(text: str = "") -> str:
    return text


def application() -> FastAPI:
    """Routes that go wrong on purpose, below each prefix."""
    app = FastAPI(default_response_class=Json, redirect_slashes=False)
    errors.install(app)
    app.add_middleware(errors.Unforeseen)
    for prefix in (API, "/apis/v2beta1", "/apis/v2beta1/pipelines/upload", ""):
        app.add_api_route(f"{prefix}/raise/{{name}}", _raise)
    own = [Depends(errors.refuse_unknown)]
    app.add_api_route(f"{API}/things", _things, dependencies=own)
    app.add_api_route(f"{API}/things", _make, methods=["POST"], dependencies=own)
    app.add_api_route(f"{API}/pages", _pages, dependencies=own)
    app.add_api_route(f"{API}/half", _half)
    app.add_api_route(f"{API}/odd", _odd)
    return app


def _raise(name: str) -> None:
    raise RAISED[name]


def _things(size: Annotated[int, Query(ge=1, le=10, alias="page_size")] = 5, text: str = Depends(_shared)) -> str:
    return f"{size}{text}"


def _pages(paging: Annotated[_Paging, Query()]) -> int:
    return paging.size


def _make(body: _Body) -> str:
    return body.name


def _half() -> StreamingResponse:
    def parts() -> Iterator[bytes]:
        yield b"half"
        raise ZeroDivisionError("secret place")

    return StreamingResponse(parts(), headers={"content-length": "100"})


def _odd() -> dict[str, object]:
    return {"text": "\ud800", "numbers": [float("nan"), float("-inf"), 1.5], "inner": {"deep": (float("inf"),)}}


APP = application()


# ---------------------------------------------------------------- the table


@pytest.mark.parametrize(
    ("name", "status"), [("bad", 400), ("many", 400), ("mine", 403), ("gone", 404), ("taken", 409), ("busy", 503), ("own", 500), ("odd", 400)]
)
def test_our_own_api_answers_with_the_status_and_all_problems(name: str, status: int) -> None:
    """A body that is an `ErrorBody`, whatever stands in it."""
    answer = get(APP, f"{API}/raise/{name}")
    assert answer.status_code == status
    said, error = ErrorBody.model_validate_json(answer.content.replace(b"\\ud800", b"?")), RAISED[name]
    assert isinstance(error, BakehouseError)
    assert said.code == error.code
    assert [(one.place, one.remedy) for one in said.problems] == [(one.place or "", one.remedy or "") for one in error.problems]
    assert said.message == said.problems[0].message


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("bad", 400, 3),
        ("mine", 403, 7),
        ("gone", 404, 5),
        ("taken", 409, 6),
        ("busy", 503, 14),
        ("own", 500, 13),
        ("over", 409, 10),
        ("kept", 409, 10),
    ],
)
def test_v2beta1_answers_as_kfp_does(name: str, status: int, code: int) -> None:
    """google.rpc.Status, the code within it once more."""
    answer = get(APP, f"/apis/v2beta1/raise/{name}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    (detail,) = answer.json()["details"]
    assert (detail["code"], detail["@type"]) == (code, "type.googleapis.com/google.rpc.Status")
    assert str(RAISED[name]) == answer.json()["message"] == detail["message"]


def test_uploads_of_v2beta1_answer_as_version_1_did() -> None:
    """`kfp` reads `error_message` there: all problems of a pipeline stand in it."""
    for name, said in (("bad", str(RAISED["bad"])), ("many", "a: one\n  x\ntwo")):
        answer = get(APP, f"/apis/v2beta1/pipelines/upload/raise/{name}")
        assert answer.status_code == 400
        assert answer.json() == {"error_message": said, "error_details": said}


def test_pages_answer_in_plain_text() -> None:
    """For whoever looks at them in a browser."""
    answer = get(APP, "/raise/many")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == "a: one\n  x\ntwo\n"
    assert get(APP, "/raise/odd").text == "half a character: \\ud800\n"


def test_every_error_class_has_a_status() -> None:
    """What a user did is 4xx, what cannot be used now is 503; the rest is ours."""
    for module in pkgutil.walk_packages(bakehouse.__path__, "bakehouse."):
        if not module.name.startswith(("bakehouse.task", "bakehouse.__main__")) and ".migrations" not in module.name:
            for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
                if issubclass(kind, BakehouseError):
                    error = kind.__new__(kind)
                    assert (errors.status_of(error) < 500) is issubclass(kind, (BadInput, Conflict)), kind


# ---------------------------------------------------------------- what a client got wrong


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("page_size=x", "query.page_size"),
        ("page_size=0", "query.page_size"),
        ("page_size=", "query.page_size"),
        ("pagesize=1", "query.pagesize"),
        ("size=1", "query.size"),
    ],
)
def test_a_query_that_cannot_be_meant_is_400_with_its_place(query: str, place: str) -> None:
    """Wrong types, and names that the route does not have: a misspelt filter must not show everything."""
    answer = get(APP, f"{API}/things?{query}")
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["place"] == place
    assert answer.json()["problems"][0]["remedy"]


def test_unknown_query_parameters_are_all_named() -> None:
    """One or several of them, in good English."""
    one, two = (get(APP, f"{API}/things?{query}").json()["problems"][0]["message"] for query in ("q=1", "regex=1&q=1"))
    assert (one, two) == ("there is no query parameter q", "there are no query parameters q, regex")


def test_parameters_of_dependencies_and_models_are_known() -> None:
    """Wherever the route declares them."""
    assert get(APP, f"{API}/things?text=a&page_size=3").json() == "3a"
    assert get(APP, f"{API}/pages?size=3").json() == 3
    unknown = get(APP, f"{API}/pages?sizes=3").json()["problems"][0]
    assert (unknown["place"], unknown["remedy"]) == ("query.sizes", "It has: size.")


@pytest.mark.parametrize(
    ("content", "places"),
    [
        (b"{}", ["body.name"]),
        (b'{"name": "a", "sizes": [1, "x", null]}', ["body.sizes.1", "body.sizes.2"]),
        (b'{"name": ', ["body.9"]),
        (b"[]", ["body"]),
        (b"", ["body"]),
        (b"\xff\xfe", ["body.0"]),
        (b"[" * 100_000, ["body"]),
    ],
)
def test_a_body_that_cannot_be_meant_is_400_with_its_places(content: bytes, places: list[str]) -> None:
    """All of them at once."""
    answer = ask(APP, "POST", f"{API}/things", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert [one["place"] for one in answer.json()["problems"]] in (places, [""])
    assert all(one["message"] and one["remedy"] for one in answer.json()["problems"])


@pytest.mark.parametrize(("content", "reason"), [(b"[" * 100_000, "it is nested too deeply"), (b'{"name": "\xe4"}', "it is not in UTF-8")])
def test_a_body_that_cannot_be_read_is_told_why(content: bytes, reason: str) -> None:
    """Not merely that there was an error."""
    answer = ask(APP, "POST", f"{API}/things", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["message"]) == (400, f"the body cannot be read: {reason}")


def test_a_long_path_is_not_repeated() -> None:
    """An error is read by people."""
    assert len(get(APP, f"{API}/{'x' * 9_000}").text) < 1_000


def test_a_body_must_say_that_it_is_json() -> None:
    """A form of another page can send text, and that is not taken for JSON."""
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}, {}):
        answer = ask(APP, "POST", f"{API}/things", content=b'{"name": "a"}', headers=headers)
        assert answer.status_code == 400
        (problem,) = answer.json()["problems"]
        assert (problem["place"], headers.get("Content-Type", "does not say") in problem["message"]) == ("header Content-Type", True)
        assert "application/json" in problem["remedy"]


@pytest.mark.parametrize("path", [f"{API}/nothing", f"{API}/things/", "/apis/nothing", "/apis"])
def test_an_unknown_route_is_404_in_the_form_of_its_api(path: str) -> None:
    """And named."""
    answer = get(APP, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_route")
    assert path in answer.json()["message"]
    assert "openapi.json" in answer.json()["problems"][0]["remedy"]


def test_a_method_that_is_not_possible_names_those_that_are() -> None:
    """Of all routes at that path; OPTIONS is how a program asks for them."""
    answer = ask(APP, "DELETE", f"{API}/things")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    answer = ask(APP, "OPTIONS", f"{API}/things")
    assert (answer.status_code, answer.content, answer.headers["allow"]) == (204, b"", "GET, HEAD, OPTIONS, POST")


# ---------------------------------------------------------------- what we got wrong


@pytest.mark.parametrize("prefix", [API, "/apis/v2beta1", "/apis/v2beta1/pipelines/upload", ""])
def test_an_unforeseen_error_is_an_id_for_the_client_and_a_traceback_for_the_log(prefix: str, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing of the error itself leaves the server."""
    answer = get(APP, f"{prefix}/raise/bug")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    (record,) = caplog.records
    name = record.getMessage().split()[1].rstrip(":")
    assert name in answer.text
    assert "secret place" in caplog.text


def test_an_error_of_our_own_that_is_nobodys_mistake_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """It is told in its own words, and with a traceback in the log."""
    assert get(APP, f"{API}/raise/own").json()["message"] == "a bug"
    assert "Traceback" in caplog.text


def test_an_answer_that_breaks_off_is_logged_and_not_completed(caplog: pytest.LogCaptureFixture) -> None:
    """No second answer is put behind the first half."""
    with caplog.at_level(logging.ERROR, logger="bakehouse.server"), pytest.raises(AssertionError):  # httpx misses the end of the answer
        get(APP, f"{API}/half")
    assert "secret place" in caplog.text


def test_what_json_lacks_is_still_answered() -> None:
    """Half a character as an escape, NaN and infinities as null."""
    answer = get(APP, f"{API}/odd")
    assert answer.status_code == 200
    assert answer.content == b'{"text":"\\ud800","numbers":[null,null,1.5],"inner":{"deep":[null]}}'
