"""What is recorded of a run and its attempts beside what they gave."""

from __future__ import annotations

from starlette.types import ASGIApp

from bakehouse.actions.context import Context
from bakehouse.ir.git import GitState
from tests.records.stories import new_run
from tests.server.serving import API, get


def test_a_run_tells_the_git_state_of_its_file(context: Context, app: ASGIApp) -> None:
    """Where it was started from a file; `null` where it was not."""
    state = GitState("a/p.py", "f00", "main", changes=2, changed=("a/p.py", "new"), remote="https://host/x")
    run = get(app, f"{API}/runs/{context.records.create_run(new_run(git=state))}").json()
    assert run["git"] == {
        "file": "a/p.py", "commit": "f00", "branch": "main", "tracked": True, "changes": 2, "changed": ["a/p.py", "new"],
        "remote": "https://host/x", "unknown": "",
    }  # fmt: skip
    assert get(app, f"{API}/runs/{context.records.create_run(new_run())}").json()["git"] is None
