"""Tags of runs over HTTP: given at the start, changed later, shown everywhere, looked for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.types import ASGIApp

from bakehouse.actions.context import Context
from bakehouse.ir.execution import RunId
from tests.records.stories import new_run
from tests.server.serving import API, ask, get
from tests.server.test_run_options import BODY, KFP_RUNS


def made(context: Context, **tags: str) -> RunId:
    """A run with these tags."""
    return context.records.create_run(new_run(tags=tags))


def found(app: ASGIApp, *tags: str, **params: Any) -> set[str]:
    """The runs of the list with all of these tags."""
    answer = get(app, f"{API}/runs", params={"tag": list(tags), **params})
    assert answer.status_code == 200, answer.text
    return {run["run_id"] for run in answer.json()["runs"]}


def test_a_run_is_started_with_tags(context: Context, app: ASGIApp) -> None:
    """In the address, as its other options that KFP's message has no place for; its page and the list show them."""
    answer = ask(app, "POST", f"{KFP_RUNS}?tag=team=vision&tag=note=a%20%3D%20b&tag=reviewed=", json=BODY)
    assert answer.status_code == 200, answer.text
    run_id, tags = answer.json()["run_id"], {"team": "vision", "note": "a = b", "reviewed": ""}
    assert context.records.head(RunId(run_id)).summary.tags == tags
    assert get(app, f"{API}/runs/{run_id}").json()["tags"] == tags
    assert get(app, f"{API}/runs").json()["runs"][0]["tags"] == tags


def test_tags_that_cannot_be_start_nothing(context: Context, app: ASGIApp) -> None:
    """The answer says why."""
    refused = ask(app, "POST", f"{KFP_RUNS}?tag=team", json=BODY)
    assert (refused.status_code, refused.json()["code"]) == (400, 3)
    assert "'team' is not key=value" in refused.json()["message"]
    assert context.records.list_runs(limit=1) == []


def test_tags_are_changed(context: Context, app: ASGIApp) -> None:
    """Those that are named: the others stay; the answer is the run as it is now, and a stream hears of it as of any event."""
    run_id = made(context, team="vision", old="x", stays="y")
    answer = ask(app, "PATCH", f"{API}/runs/{run_id}/tags", json={"tags": {"team": "text"}, "removed": ["old", "none"]})
    assert answer.status_code == 200, answer.text
    assert answer.json()["tags"] == {"team": "text", "stays": "y"}
    assert get(app, f"{API}/runs/{run_id}/events").json()["events"][-1]["detail"] == {"tags": {"team": "text"}, "removed": ["old"]}
    assert ask(app, "PATCH", f"{API}/runs/{run_id}/tags", json={}).json()["tags"] == {"team": "text", "stays": "y"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"tags": {"a.b": "c"}}, "bad_tags"),
        ({"tags": {"a": "b"}, "removed": ["a"]}, "bad_tags"),
        ({"tags": {f"k{number}": "" for number in range(65)}}, "bad_tags"),
        ({"tags": {"a": 1}}, "bad_input"),
        ({"tags": {"a": "\ud83c"}}, "bad_input"),
    ],
)
def test_what_no_tag_can_be_changes_nothing(context: Context, app: ASGIApp, body: dict[str, Any], code: str) -> None:
    """All of a change, or nothing."""
    run_id = made(context, team="vision")
    refused = ask(app, "PATCH", f"{API}/runs/{run_id}/tags", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert context.records.head(run_id).summary.tags == {"team": "vision"}
    assert ask(app, "PATCH", f"{API}/runs/none/tags", json={}).status_code == 404


def test_runs_are_looked_for_by_tags(context: Context, app: ASGIApp) -> None:
    """By a key, by its value, by several; pages follow each other; a token of another list is refused."""
    vision, text, empty = made(context, team="vision", nightly=""), made(context, team="text"), made(context, team="")
    made(context)
    assert found(app, "team") == {vision, text, empty}
    assert found(app, "team=vision") == found(app, "team", "nightly=") == {vision}
    assert found(app, "team=") == {empty}
    assert found(app, "none") == set()
    page = get(app, f"{API}/runs", params={"tag": "team", "page_size": 2}).json()
    rest = found(app, "team", page_size=2, page_token=page["next_page_token"])
    assert {run["run_id"] for run in page["runs"]} | rest == {vision, text, empty}
    assert get(app, f"{API}/runs", params={"tag": "team=text", "page_token": page["next_page_token"]}).status_code == 400


def test_kfp_s_clients_can_look_for_them(context: Context, app: ASGIApp) -> None:
    """In the same words in which they look for pipelines by tags."""
    vision = made(context, team="vision")
    made(context, team="text")
    predicate = {"key": "tags.team", "operation": "EQUALS", "string_value": "vision"}
    runs = get(app, KFP_RUNS, params={"filter": json.dumps({"predicates": [predicate]})}).json()
    assert ([run["run_id"] for run in runs["runs"]], runs["total_size"]) == ([vision], 1)
