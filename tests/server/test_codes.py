"""A program tells errors apart by their codes, whichever route they come from."""

from __future__ import annotations

import pytest
from starlette.types import ASGIApp

from bakehouse.actions.context import Context
from tests.records.stories import new_run
from tests.server.serving import API, ask, get


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/runs/none", "no_such_run"),
        ("/runs/none/tasks", "no_such_run"),
        ("/runs/{run}/tasks/none", "no_such_task"),
        ("/runs/{run}/tasks/first/attempts/7/log", "no_such_log"),
        ("/pipelines/none", "no_such_pipeline"),
        ("/pipelines/none/versions/none", "no_such_version"),
        ("/artifacts/none", "no_such_artifact"),
        ("/nothing", "no_such_route"),
    ],
)
def test_what_is_not_there_is_named_by_the_code(context: Context, app: ASGIApp, path: str, code: str) -> None:
    """One for each kind of thing."""
    answer = get(app, API + path.format(run=context.records.create_run(new_run())))
    assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_a_batch_says_of_each_run_what_kind_of_error_it_is(context: Context, app: ASGIApp) -> None:
    """With the code that the same action has by itself."""
    run_id = context.records.create_run(new_run())
    body = {"action": "delete", "run_ids": [run_id, "none"]}
    results = ask(app, "POST", f"{API}/runs/batch", json=body).json()["results"]
    assert [(one["run_id"], one["code"], bool(one["error"])) for one in results] == [(run_id, "run_is_not_over", True), ("none", "no_such_run", True)]
    assert ask(app, "POST", f"{API}/runs/batch", json={"action": "archive", "run_ids": [run_id]}).json()["results"] == [
        {"run_id": run_id, "error": "", "code": ""}
    ]
