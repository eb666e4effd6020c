"""What `bakehouse run` was told is shown of a run."""

from __future__ import annotations

from starlette.types import ASGIApp

from bakehouse.actions.context import Context
from bakehouse.orchestrator.ports import RunOptions
from tests.records.stories import new_run
from tests.server.serving import API, get


def test_a_run_says_how_bakehouse_run_was_told_to_run_it(context: Context, app: ASGIApp) -> None:
    """The options that only the command line has."""
    run_id = context.records.create_run(new_run(options=RunOptions(keep_going=True, max_parallel=2, nested_lists=True)))
    run = get(app, f"{API}/runs/{run_id}").json()
    assert (run["keep_going"], run["max_parallel"], run["nested_lists"]) == (True, 2, True)
