"""What clients put into the lists and bodies of `/apis/v2beta1`: odd texts and numbers are 400, and times are compared in whole seconds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.types import ASGIApp

from bakehouse.actions.context import Context
from bakehouse.server import opaque
from tests.records.stories import new_run, write_row
from tests.server.serving import API, ask, get

KFP = "/apis/v2beta1"
HALF = "\ud800"  # half a character


def filtered(app: ASGIApp, path: str, **predicate: object) -> Any:  # an answer
    """What a list answers to one predicate."""
    return get(app, f"{KFP}/{path}", params={"filter": json.dumps({"predicates": [predicate]})})


@pytest.mark.parametrize("path", ["runs", "pipelines", "experiments"])
@pytest.mark.parametrize(
    "predicate",
    [
        {"operation": "EQUALS", "key": "name", "string_value": HALF},
        {"operation": "IS_SUBSTRING", "key": "name", "string_value": HALF},
        {"operation": "IN", "key": "name", "string_values": {"values": ["a", HALF]}},
        {"operation": "EQUALS", "key": HALF, "string_value": "a"},
        {"operation": "EQUALS", "key": "created_at", "long_value": 10**30},
        {"operation": "EQUALS", "key": "created_at", "int_value": "99999999999999999999999"},
        {"operation": "GREATER_THAN", "key": "created_at", "long_value": "9" * 5_000},
        {"operation": "EQUALS", "key": "created_at", "long_value": 1.5},
        {"operation": "EQUALS", "key": "created_at", "timestamp_value": "9999-99-99T00:00:00Z"},
        {"operation": "EQUALS", "key": "created_at", "string_value": HALF},
    ],
)
def test_values_that_nothing_can_be_compared_with_are_refused(app: ASGIApp, path: str, predicate: dict[str, Any]) -> None:
    """With their place, on every list."""
    answer = filtered(app, path, **predicate)
    assert (answer.status_code, "query.filter" in answer.json()["message"]) == (400, True), answer.text


@pytest.mark.parametrize("value", [str((1 << 63) - 1), -(1 << 63), 0])
def test_every_number_of_64_bits_is_compared(app: ASGIApp, value: object) -> None:
    """Though no run was created then."""
    assert filtered(app, "runs", operation="EQUALS", key="created_at", long_value=value).json() == {}


@pytest.mark.parametrize("path", [f"{API}/runs", f"{KFP}/runs"])
def test_a_token_with_half_a_character_is_refused(app: ASGIApp, context: Context, path: str) -> None:
    """Clients can write tokens too."""
    for _ in range(2):
        context.records.create_run(new_run())
    sort = {"sort": "name"} if path.startswith(API) else {"sort_by": "name"}
    token = get(app, path, params={"page_size": 1, **sort}).json()["next_page_token"]
    parts = opaque.unpacked(token)
    if path.startswith(KFP):
        inner = opaque.unpacked(parts[2])
        parts[2] = opaque.packed([inner[0], HALF, inner[2]])
    else:
        parts[1] = HALF
    answer = get(app, path, params={"page_size": 1, **sort, "page_token": opaque.packed(parts)})
    assert (answer.status_code, "query.page_token" in answer.text) == (400, True)


@pytest.mark.parametrize(
    "body",
    [
        {"display_name": "x", "experiment_id": HALF, "pipeline_spec": {}},
        {"display_name": "x", "pipeline_version_reference": {"pipeline_version_id": HALF}},
        {"display_name": "x", "pipeline_version_reference": {"pipeline_id": HALF}},
        {"display_name": "x", "run_id": HALF},
        {"display_name": "x", "pipeline_version_id": HALF},
    ],
)
def test_ids_with_half_a_character_are_refused(app: ASGIApp, body: dict[str, Any]) -> None:
    """In whatever field; the message says what stands there and where."""
    answer = ask(app, "POST", f"{KFP}/runs", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert answer.json()["message"].startswith("body.")
    assert ": half a character" in answer.json()["message"]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"runtime_config": {"parameters": {"a": 1, "b": [{"c": HALF}]}}}, "parameter b"),
        ({"runtime_config": {"parameters": {"b": {HALF: 1}}}}, "parameter b"),
        ({"pipeline_spec": {"pipelineInfo": {"name": HALF}}}, "pipeline_spec"),
    ],
)
def test_values_with_half_a_character_are_refused(app: ASGIApp, context: Context, given: dict[str, Any], place: str) -> None:
    """However deep it stands; the place is named, and no run is recorded."""
    body = {"display_name": "x", "pipeline_spec": {"root": {}}, **given}
    answer = ask(app, "POST", f"{KFP}/runs", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert answer.json()["message"].startswith(f"{place}: half a character")
    assert context.records.list_runs(limit=1) == []


@pytest.mark.parametrize("path", [f"{API}/runs", f"{API}/pipelines"])
def test_a_text_with_a_nul_is_refused(app: ASGIApp, context: Context, path: str) -> None:
    """SQLite ends what it searches there, and would find everything."""
    context.records.create_run(new_run())
    for text in ("\0", "a\0b"):
        answer = get(app, path, params={"text": text})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_predicate"), answer.text
        assert "no text has a NUL in it" in answer.json()["message"]
    assert filtered(app, "runs", operation="IS_SUBSTRING", key="name", string_value="\0").status_code == 400
    assert filtered(app, "runs", operation="IN", key="name", string_values={"values": ["a", "\0"]}).status_code == 400


def test_times_are_compared_in_whole_seconds_as_in_kfp(app: ASGIApp, context: Context) -> None:
    """What a list shows as the time of a run finds that run; our own API compares moments."""
    run_id = context.records.create_run(new_run())
    write_row(context.home, "UPDATE runs SET created_at = 1700000000.5")
    shown = get(app, f"{KFP}/runs/{run_id}").json()["created_at"]
    assert shown == "2023-11-14T22:13:20Z"
    expected = {"EQUALS": 1, "NOT_EQUALS": 0, "GREATER_THAN": 0, "GREATER_THAN_EQUALS": 1, "LESS_THAN": 0, "LESS_THAN_EQUALS": 1}
    for operation, count in expected.items():
        for value in ({"timestamp_value": shown}, {"string_value": shown}):
            found = filtered(app, "runs", operation=operation, key="created_at", **value).json()
            assert found.get("total_size", 0) == count, operation
    for query, count in (
        (("created_before", "20.6"), 1),
        (("created_before", "20.4"), 0),
        (("created_after", "20.6"), 0),
        (("created_after", "20.4"), 1),
    ):
        assert len(get(app, f"{API}/runs", params={query[0]: f"2023-11-14T22:13:{query[1]}Z"}).json()["runs"]) == count
