"""How a run is to be run, beside its pipeline and parameters: said by `bakehouse run` or in the address of a new run, shown of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from bakehouse.actions.context import Context
from bakehouse.ir import text, writing
from bakehouse.ir.execution import RunId
from bakehouse.orchestrator.ports import RunnerKind, RunOptions
from tests.records.stories import new_run
from tests.server.serving import API, ask, get

KFP_RUNS = "/apis/v2beta1/runs"
SPEC = text.read((Path(__file__).parents[1] / "golden" / "digits.yaml").read_text(encoding="utf-8"), origin="digits.yaml").spec
BODY = {"display_name": "a run", "pipeline_spec": writing.pipeline_spec(SPEC)}
#: Each option in the address, and what becomes of it.
SAID = {
    "": RunOptions(),
    "use_cache=false": RunOptions(use_cache=False),
    "keep_going=true": RunOptions(keep_going=True),
    "max_parallel=3": RunOptions(max_parallel=3),
    "max_parallel=0": RunOptions(),
    "nested_lists=true": RunOptions(nested_lists=True),
    "strict_resources=true": RunOptions(strict_resources=True),
    "timeout=90": RunOptions(timeout=90.0),
    "timeout=0.5": RunOptions(timeout=0.5),
    "keep_going=true&max_parallel=2&nested_lists=1&strict_resources=1&use_cache=0": RunOptions(
        use_cache=False, keep_going=True, max_parallel=2, nested_lists=True, strict_resources=True
    ),
}


def test_a_run_says_how_it_was_told_to_run(context: Context, app: ASGIApp) -> None:
    """Every option that can be given is shown under its own name."""
    given = RunOptions(use_cache=False, keep_going=True, max_parallel=2, nested_lists=True, strict_resources=True, timeout=90.0)
    run = get(app, f"{API}/runs/{context.records.create_run(new_run(options=given))}").json()
    assert {name: run[name] for name in ("use_cache", "keep_going", "max_parallel", "nested_lists", "strict_resources", "timeout")} == {
        "use_cache": False,
        "keep_going": True,
        "max_parallel": 2,
        "nested_lists": True,
        "strict_resources": True,
        "timeout": 90.0,
    }


@pytest.mark.parametrize("query", SAID)
def test_a_new_run_is_told_how_to_run_in_its_address(context: Context, app: ASGIApp, query: str) -> None:
    """KFP's message has no words for it; what is recorded is what the engine goes by."""
    answer = ask(app, "POST", f"{KFP_RUNS}?{query}", json=BODY)
    assert answer.status_code == 200, answer.text
    assert context.records.head(RunId(answer.json()["run_id"])).options == replace(SAID[query], runner=RunnerKind.LOCAL)  # it needs no containers


@pytest.mark.parametrize(
    "query",
    [
        "nested_lists=perhaps",
        "keep_going=",
        "max_parallel=-1",
        "max_parallel=many",
        "strict_resources=2",
        "timeout=-1",
        "timeout=inf",
        "timeout=nan",
        "timeout=2h",
    ],
)
def test_an_option_that_cannot_be_meant_starts_nothing(context: Context, app: ASGIApp, query: str) -> None:
    """400, which names the option; no run is recorded."""
    answer = ask(app, "POST", f"{KFP_RUNS}?{query}", json=BODY)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(f"query.{query.partition('=')[0]}: ")
    assert context.records.list_runs(limit=1) == []


def test_the_steps_that_an_option_can_name_are_told(app: ASGIApp) -> None:
    """With the pipeline of a run: each is taken, others are not."""
    run_id = ask(app, "POST", KFP_RUNS, json=BODY).json()["run_id"]
    steps = get(app, f"{API}/runs/{run_id}/spec").json()["steps"]
    assert set(steps) == {"choose", "evaluate", "evaluate-2", "load-digits", "report", "split", "train-logistic-regression", "train-random-forest"}
    for step in steps:
        assert ask(app, "POST", f"{KFP_RUNS}?until={step}", json=BODY).status_code == 200
    assert ask(app, "POST", f"{KFP_RUNS}?until=nope", json=BODY).status_code == 400
