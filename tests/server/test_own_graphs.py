"""Graphs of real runs and of uploaded pipelines, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp

from bakehouse.server.application import ServerOptions, make_application
from tests.home import Home
from tests.server.serving import API, ask, get, open_context

FLOW = Path(__file__).parents[1] / "fixtures" / "control_flow.yaml"
PIPELINE = """
from kfp import dsl


@dsl.component
def load() -> int:
    return 1


@dsl.component
def train(seed: int, size: int) -> float:
    if seed == 3:
        raise ValueError("no good")
    return seed / size


@dsl.component
def best(first: float) -> float:
    return first


@dsl.pipeline(name="wide")
def wide():
    size = load().output
    tries = [train(seed=seed, size=size).set_caching_options(False) for seed in range(45)]
    best(first=tries[0].output).after(*tries)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home."""
    return Home(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def run_id(home: Home) -> str:
    """A run of many alike steps, one of which fails while the others go on."""
    run_id: str = home.run(home.write(PIPELINE), "--keep-going")["run_id"]
    return run_id


@pytest.fixture(scope="module")
def app(home: Home, run_id: str) -> Iterator[ASGIApp]:
    """A server on it."""
    context = open_context(home.path)
    yield make_application(context, ServerOptions())
    context.records.close()


def graph(app: ASGIApp, path: str, *opened: str) -> Any:  # a Graph
    """A graph with these nodes open."""
    answer = get(app, f"{API}{path}/graph", params={"open": opened})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_run_is_drawn_with_its_states(app: ASGIApp, run_id: str) -> None:
    """Alike steps are stacked and counted; the event number tells where the stream goes on."""
    drawn = graph(app, f"/runs/{run_id}")
    nodes = {one["label"]: one for one in drawn["nodes"]}
    assert list(nodes) == ["load", "train", "best"]
    assert (nodes["load"]["kind"], nodes["load"]["task_id"], nodes["load"]["states"]) == ("task", "load", {"SUCCEEDED": 1})
    stack = nodes["train"]
    assert (stack["kind"], stack["steps"], stack["states"], stack["can_open"]) == ("stack", 45, {"SUCCEEDED": 44, "FAILED": 1}, True)
    assert nodes["best"]["states"] == {"SKIPPED": 1}
    assert drawn["steps"] == 47
    assert drawn["seq"] == get(app, f"{API}/runs/{run_id}").json()["seq"]
    assert {(one["source"], one["target"], one["count"], one["label"]) for one in drawn["edges"]} == {
        ("load", stack["id"], 45, "size"),
        (stack["id"], "best", 45, "first"),
    }


def test_an_open_stack_shows_its_steps(app: ASGIApp, run_id: str) -> None:
    """Each with its state, and a way to its panel; the order is that of their numbers."""
    drawn = graph(app, f"/runs/{run_id}", "stack:train")
    inside = [one for one in drawn["nodes"] if one["parent"] == "stack:train"]
    assert [one["task_id"] for one in inside] == ["train", *(f"train-{number}" for number in range(2, 46))]
    assert [one["id"] for one in inside if one["states"] == {"FAILED": 1}] == ["train-4"]


def test_control_flow_that_cannot_be_run_can_be_looked_at(app: ASGIApp) -> None:
    """Uploaded as kfp compiled it; opened level by level."""
    version = ask(app, "POST", f"{API}/pipelines/upload", files={"uploadfile": ("flow.yaml", FLOW.read_bytes())}).json()
    path = f"/pipelines/{version['pipeline_id']}/versions/{version['version_id']}"
    drawn = graph(app, path)
    assert [(one["id"], one["kind"], one["steps"]) for one in drawn["nodes"]] == [
        ("exit-handler-1", "dag", 7),
        ("inner", "dag", 2),
        ("cleanup", "task", 1),
        ("say-5", "task", 1),
    ]
    assert (drawn["seq"], drawn["steps"]) == (0, 11)
    assert all(one["states"] == {} and not one["task_id"] for one in drawn["nodes"])
    opened = graph(app, path, "exit-handler-1", "exit-handler-1/for-loop-8", "not there")
    nodes = {one["id"]: one for one in opened["nodes"]}
    assert nodes["exit-handler-1"]["open"] is True
    assert nodes["exit-handler-1/for-loop-8"]["condition"] == "for each of [1, 2, 3]"
    assert nodes["exit-handler-1/for-loop-8/fail-op"]["parent"] == "exit-handler-1/for-loop-8"


def test_too_much_at_once_is_refused(app: ASGIApp, run_id: str) -> None:
    """More open nodes than are shown, and what the route does not know."""
    assert get(app, f"{API}/runs/{run_id}/graph", params={"open": ["x"] * 101}).status_code == 400
    assert get(app, f"{API}/runs/{run_id}/graph", params={"depth": 2}).status_code == 400
    assert get(app, f"{API}/runs/nothing/graph").status_code == 404
