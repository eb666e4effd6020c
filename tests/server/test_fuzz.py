"""Requests that nobody thought of: wrong ids, wrong types, odd filters, on every route. Bad input is 4xx with a message, never 5xx."""

from __future__ import annotations

import contextlib
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode

from bakehouse.server import opaque
from tests.server.serving import Server, served

pytestmark = pytest.mark.slow

#: Over all routes.
REQUESTS = 5_000
_SPARE = 1.4  # of some routes there are not so many requests that differ
HALF = "\ud800"  # half a character
_METHODS = ("get", "post", "patch", "delete")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose home has one run of one pipeline."""
    with served(tmp_path_factory.mktemp("fuzz")) as running:
        yield running


def test_every_route_answers_every_request(server: Server) -> None:
    """No 5xx, and every error says what is wrong in the words of its API. A stream that begins is left at once."""
    document = httpx.get(f"{server.url}/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    operations = {(path, method): item[method] for path, item in document["paths"].items() for method in item if method in _METHODS}
    taking = [route for route, operation in operations.items() if operation.get("parameters") or operation.get("requestBody")]
    each = int(REQUESTS * _SPARE / len(taking))
    sent = {(path, method): _tried(server.url, schema[path][method.upper()], each) for path, method in operations}
    assert min(sent.values()) >= 1
    assert sent["/apis/bakehouse/v1/stream", "get"] >= each // 2
    assert sum(sent.values()) >= REQUESTS
    assert server.process.poll() is None


def _tried(url: str, operation: APIOperation[Any, Any, Any, Any], times: int) -> int:
    """Send so many requests to one route, half of them with something in them that its description does not allow."""
    sent = 0

    def tried(case: Case[Any]) -> None:
        nonlocal sent
        sent += 1
        if case.path.endswith("/stream"):
            _judged(case, *_begun(case, url))
        else:
            answer = case.call(base_url=url)
            _judged(case, answer.status_code, answer.text)

    bounds = settings(
        max_examples=-(-times // 2), deadline=None, derandomize=True, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    for mode in (GenerationMode("positive"), GenerationMode("negative")):
        with contextlib.suppress(Unsatisfiable):  # nothing can be wrong with a route that takes nothing
            bounds(given(operation.as_strategy(generation_mode=mode))(tried))()
    return sent


def _begun(case: Case[Any], url: str) -> tuple[int, str]:
    """The status of a stream; its text only if it did not begin, for else it has no end."""
    with requests.request(**case.as_transport_kwargs(base_url=url), stream=True, timeout=30) as answer:
        return answer.status_code, "" if answer.ok else answer.text


def _judged(case: Case[Any], status: int, text: str) -> None:
    assert status < 500, (case.as_curl_command(), text)
    if status >= 400 and case.method != "HEAD":
        said = json.loads(text)
        assert said.get("message") or said.get("error_message"), (case.as_curl_command(), text)


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


KEYS = (
    "id", "name", "display_name", "description", "created_at", "finished_at", "storage_state", "state", "experiment_id", "pipeline_id", "namespace",
    "tags.a", "tags.", "", HALF, "x" * 3_000,
)  # fmt: skip
TEXTS = (
    "",
    "x",
    "%",
    "_",
    "\x00",
    HALF,
    "🙂",
    "x" * 3_000,
    "FAILED",
    "1970-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59Z",
    3,
    None,
)
NUMBERS = (0, -1, "7", 1.5, True, "", "x", 1 << 62, (1 << 63) - 1, -(1 << 63), 1 << 63, -(10**30), "9" * 30, "9" * 5_000, "٣", None)
FIELDS = {
    "string_value": TEXTS, "timestamp_value": TEXTS, "int_value": NUMBERS, "long_value": NUMBERS,
    "string_values": TEXTS, "int_values": NUMBERS, "long_values": NUMBERS,
}  # fmt: skip
OPERATIONS = ("EQUALS", "NOT_EQUALS", "GREATER_THAN", "GREATER_THAN_EQUALS", "LESS_THAN", "LESS_THAN_EQUALS", "IN", "IS_SUBSTRING", 0, 1, 4, 8, "odd")


def test_odd_values_in_filters(server: Server) -> None:
    """Each kind of value for each key and operation: it is compared, or refused with a reason."""
    dice, came = random.Random(7), Counter[int]()
    with httpx.Client() as client:
        for _ in range(3_000):
            field = dice.choice(list(FIELDS))
            value: object = dice.choice(FIELDS[field])
            if field.endswith("s"):
                value = dice.choice([{"values": [value]}, {"values": [value, dice.choice(FIELDS[field])]}, [value], value, {}])
            predicate = {"operation": dice.choice(OPERATIONS), "key": dice.choice(KEYS), field: value}
            path = dice.choice(["runs", "pipelines", "experiments"])
            query = {"filter": json.dumps({"predicates": [predicate]}), "sort_by": dice.choice(["", "name", "finished_at desc", "created_at"])}
            answer = client.get(f"{server.url}/apis/v2beta1/{path}", params=query)
            assert answer.status_code in {200, 400}, (predicate, answer.text)
            assert answer.status_code == 200 or answer.json()["message"]
            came[answer.status_code] += 1
    assert min(came[200], came[400]) > 100


def test_odd_page_tokens(server: Server) -> None:
    """A token that was written by hand, part by part."""
    for number in range(2):
        httpx.post(f"{server.url}/apis/v2beta1/experiments", json={"display_name": f"fuzz {number}"})
    address = f"{server.url}/apis/v2beta1/experiments"
    odd: tuple[object, ...] = (None, True, 0, 1.5, 10**30, "", "x", HALF, [], {}, float("inf"))
    for sort_by in ("name", "created_at", "last_run_created_at"):
        query = {"page_size": "1", "sort_by": sort_by}
        outer = opaque.unpacked(httpx.get(address, params=query).json()["next_page_token"])
        inner = opaque.unpacked(outer[2])
        changed = [opaque.packed([*outer[:at], value, *outer[at + 1 :]]) for at in range(3) for value in odd]
        changed += [opaque.packed([*outer[:2], opaque.packed([*inner[:at], value, *inner[at + 1 :]])]) for at in range(3) for value in odd]
        for token in [*changed, *(opaque.packed(value) for value in odd)]:
            answer = httpx.get(address, params={**query, "page_token": token})
            assert answer.status_code in {200, 400}, (token, answer.text)


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
