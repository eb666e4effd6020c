"""Requests that nobody thought of: wrong ids, wrong types, odd filters, on every route. Bad input is 4xx with a message, never 5xx."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode, Response

from tests.server.serving import Server, served

pytestmark = pytest.mark.slow

#: Over all routes.
REQUESTS = 5_000
_METHODS = ("get", "post", "patch", "delete")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose home has one run of one pipeline."""
    with served(tmp_path_factory.mktemp("fuzz")) as running:
        yield running


def test_every_route_answers_every_request(server: Server) -> None:
    """No 5xx, and every error says what is wrong in the words of its API. A stream ends by itself or is left."""
    document = httpx.get(f"{server.url}/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    routes = [(path, method) for path, item in document["paths"].items() for method in item if method in _METHODS and not path.endswith("/stream")]
    each = -(-REQUESTS // len(routes))
    sent = 0
    for path, method in routes:
        sent += _tried(server.url, schema[path][method.upper()], each)
    assert sent >= REQUESTS // 2  # a route that takes nothing has one request to be sent
    assert server.process.poll() is None


def _tried(url: str, operation: APIOperation[Any, Any, Any, Any], times: int) -> int:
    """Send so many requests to one route, half of them with something in them that its description does not allow."""
    sent = 0

    def tried(case: Case[Any]) -> None:
        nonlocal sent
        sent += 1
        _judged(case, case.call(base_url=url))

    bounds = settings(
        max_examples=-(-times // 2), deadline=None, derandomize=True, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    for mode in (GenerationMode("positive"), GenerationMode("negative")):
        with contextlib.suppress(Unsatisfiable):  # nothing can be wrong with a route that takes nothing
            bounds(given(operation.as_strategy(generation_mode=mode))(tried))()
    return sent


def _judged(case: Case[Any], answer: Response) -> None:
    assert answer.status_code < 500, (case.as_curl_command(), answer.text)
    if answer.status_code >= 400 and case.method != "HEAD":
        said = json.loads(answer.text)
        assert said.get("message") or said.get("error_message"), (case.as_curl_command(), answer.text)


def test_odd_filters(server: Server) -> None:
    """What people and fuzzers put into `filter`, `page_token` and `sort_by`."""
    odd = [
        "{",
        "[]",
        '{"predicates": 3}',
        '{"predicates":[{"key":"name"}]}',
        '{"predicates":[{"operation":99,"key":"name","string_value":"x"}]}',
        "%zz",
        "\x00",
        "🙂",
    ]
    for path in ("runs", "pipelines", "experiments"):
        for name in ("filter", "page_token", "sort_by", "page_size"):
            for value in odd:
                answer = httpx.get(f"{server.url}/apis/v2beta1/{path}", params={name: value})
                assert answer.status_code == 400, (path, name, value, answer.text)
                assert answer.json()["message"]


def test_ids_with_odd_characters(server: Server, tmp_path: Path) -> None:
    """They name nothing, and do no harm."""
    for identity in ("%2e%2e", "..%2f..", "%00", "a%20b", "x" * 5_000, "%F0%9F%99%82", "'%20OR%201=1"):
        for path in (
            f"runs/{identity}",
            f"runs/{identity}/tasks/{identity}",
            f"artifacts/{identity}",
            f"pipelines/{identity}",
            f"runs/{identity}/graph",
        ):
            answer = httpx.get(f"{server.url}/apis/bakehouse/v1/{path}")
            assert 400 <= answer.status_code < 500, (path, answer.text)
            assert answer.json()["message"]
