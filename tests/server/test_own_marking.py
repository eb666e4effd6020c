"""A step that failed is marked as succeeded over HTTP."""

from __future__ import annotations

from fastapi import FastAPI

from bakehouse.actions.context import Context
from tests.records.stories import failed_run
from tests.server.serving import API, ask, get


def test_a_step_that_failed_is_marked_as_succeeded(context: Context, app: FastAPI) -> None:
    """With the outputs that are given in its place; once only, and never without all of them."""
    run_id = failed_run(context.records, context.home)
    path = f"{API}/runs/{run_id}/tasks/first:succeed"
    missing = ask(app, "POST", path, json={})
    assert (missing.status_code, missing.json()["problems"][0]["place"]) == (400, "output n")
    marked = ask(app, "POST", path, json={"parameters": {"n": 7}})
    assert marked.status_code == 200, marked.text
    assert (marked.json()["state"], marked.json()["why"]) == ("SUCCEEDED", f"marked succeeded by {context.caller.name}")
    assert get(app, f"{API}/runs/{run_id}/tasks/first").json()["outputs"]["parameters"] == {"n": 7}
    assert ask(app, "POST", path, json={"parameters": {"n": 7}}).status_code == 409
    assert ask(app, "POST", f"{API}/runs/{run_id}/tasks/frist:succeed", json={"parameters": {"n": 7}}).status_code == 404
