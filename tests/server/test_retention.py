"""Retention in a server: policies are applied by themselves, and runs are pinned by a request."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import pytest
from starlette.types import ASGIApp

from bakehouse.actions import policies
from bakehouse.actions.context import Context
from bakehouse.app.retaining import RetentionThread
from bakehouse.ir.execution import RunId
from bakehouse.records.garbage import Scope
from bakehouse.records.policies import Policy
from tests.records.stories import finished
from tests.server.serving import API, ask, get


def eventually(happened: Callable[[], bool]) -> None:
    """Wait until something has happened."""
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def gone(context: Context, *ids: RunId) -> bool:
    """Whether none of these runs is there."""
    return not context.records.summaries(ids)


def test_policies_are_applied_while_a_server_runs(context: Context, caplog: pytest.LogCaptureFixture) -> None:
    """When it starts, and time after time; what went is said once; without policies nothing goes."""
    caplog.set_level(logging.INFO, logger="bakehouse.retention")
    first, second = (finished(context.records, context.home) for _ in range(2))
    RetentionThread(context)._apply()
    assert not gone(context, first)
    policies.put(context, Policy(Scope(), keep_last=1))
    thread = RetentionThread(context, every=0.01)
    thread.start()
    try:
        eventually(lambda: gone(context, first))
        third = finished(context.records, context.home)
        eventually(lambda: gone(context, second))
    finally:
        thread.stop()
    assert not gone(context, third)
    (said, again) = [record.getMessage() for record in caplog.records]
    assert first in said
    assert "let go 1 runs" in said
    assert second in again


def test_what_cannot_be_applied_is_tried_again(context: Context, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server goes on, and says what happened."""
    run_id, other = finished(context.records, context.home), finished(context.records, context.home)
    policies.put(context, Policy(Scope(), keep_last=1))
    troubles = [OSError("the disk is away")]
    real = policies.apply

    def troubled(context: Context) -> object:
        if troubles:
            raise troubles.pop()
        return real(context)

    monkeypatch.setattr(policies, "apply", troubled)
    thread = RetentionThread(context, every=0.01)
    thread.start()
    eventually(lambda: gone(context, run_id))
    thread.stop()
    assert not gone(context, other)
    assert next(record.levelname for record in caplog.records) == "ERROR"


def test_a_run_is_pinned_by_a_request(context: Context, app: ASGIApp) -> None:
    """It says so wherever it is shown, and is not deleted until it is unpinned."""
    run_id = finished(context.records, context.home)
    pinned = ask(app, "POST", f"{API}/runs/{run_id}:pin", json={"reason": "the best one"})
    assert pinned.status_code == 200
    assert (pinned.json()["pin_reason"], pinned.json()["pinned_at"] is None) == ("the best one", False)
    assert get(app, f"{API}/runs/{run_id}").json()["pin_reason"] == "the best one"
    assert get(app, f"{API}/runs").json()["runs"][0]["pinned_at"] == pinned.json()["pinned_at"]
    refused = ask(app, "POST", f"{API}/runs/batch", json={"action": "delete", "run_ids": [run_id]}).json()
    assert "is pinned: the best one" in refused["results"][0]["error"]
    assert ask(app, "DELETE", f"/apis/v2beta1/runs/{run_id}").status_code == 409
    unpinned = ask(app, "POST", f"{API}/runs/{run_id}:unpin").json()
    assert (unpinned["pin_reason"], unpinned["pinned_at"]) == ("", None)
    assert ask(app, "DELETE", f"/apis/v2beta1/runs/{run_id}").status_code == 200


@pytest.mark.parametrize("what", ["pin", "unpin"])
def test_what_cannot_be_pinned_is_said(context: Context, app: ASGIApp, what: str) -> None:
    """A run that is not there; a reason that is no line."""
    assert ask(app, "POST", f"{API}/runs/nope:{what}", json={}).status_code == 404
    run_id = finished(context.records, context.home)
    assert ask(app, "POST", f"{API}/runs/{run_id}:pin", json={"reason": "two\nlines"}).json()["code"] == "bad_reason"
