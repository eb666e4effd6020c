"""Runs that were really made, as our own API shows them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.types import ASGIApp

from bakehouse.actions.context import Context
from bakehouse.orchestrator.states import RunState
from bakehouse.server.application import ServerOptions, make_application
from tests.home import Home
from tests.records.stories import CHAIN, new_run
from tests.server.serving import API, ask, get, open_context
from tests.unit.orchestrator.pipelines import pipeline

PIPELINE = '''
from kfp import dsl


@dsl.component
def load(rows: int, data: dsl.Output[dsl.Dataset]) -> float:
    print("loading")
    with open(data.path, "w") as file:
        file.write("a,b\\n" + "1,2\\n" * rows)
    data.metadata["rows"] = rows
    data.metadata["long"] = "x" * 20_000
    return 0.5


@dsl.component
def check(data: dsl.Input[dsl.Dataset], rate: float, fail: bool, metrics: dsl.Output[dsl.Metrics], curve: dsl.Output[dsl.ClassificationMetrics]):
    """Fails if it is told to."""
    metrics.log_metric("accuracy", 0.9)
    metrics.log_metric("bad", float("nan"))
    curve.log_roc_curve([0.0, 1.0], [0.0, 1.0], [float("inf"), 0.1])
    curve.log_confusion_matrix(["x", "y"], [[1, 0], [0, 1]])
    if fail:
        raise ValueError("told to fail\\nin two lines")


@dsl.component
def report(rate: float) -> str:
    return f"rate {rate}"


@dsl.pipeline(name="sample", description="What it is for.")
def sample(fail: bool, rows: int = 3) -> str:
    loaded = load(rows=rows)
    check(data=loaded.outputs["data"], rate=loaded.outputs["Output"], fail=fail).set_caching_options(False).set_retry(1, backoff_duration="0s")
    return report(rate=loaded.outputs["Output"]).output
'''


@dataclass
class Made:
    """A home with four runs: good, the same again, failed, without the cache."""

    app: ASGIApp
    context: Context
    first: str
    again: str
    failed: str
    uncached: str

    def json(self, path: str, **params: Any) -> Any:  # whatever the route answers
        """What a route answers, which must be well."""
        answer = get(self.app, f"{API}{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def batch(self, action: str, *run_ids: str) -> list[str]:
        """The errors of a batch, empty where it was done."""
        answer = ask(self.app, "POST", f"{API}/runs/batch", json={"action": action, "run_ids": run_ids})
        assert answer.status_code == 200, answer.text
        assert [one["run_id"] for one in answer.json()["results"]] == list(run_ids)
        return [one["error"] for one in answer.json()["results"]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """The runs, made by the command line."""
    home = Home(tmp_path_factory.mktemp("own"))
    file = home.write(PIPELINE)
    ids = [
        home.run(file, "--param", f"fail={fail}", *more)["run_id"]
        for fail, *more in (("false", "--name", "first"), ("false", "--name", "again"), ("true", "--name", "failed"), ("false", "--no-cache"))
    ]
    context = open_context(home.path)
    yield Made(make_application(context, ServerOptions()), context, *ids)
    context.records.close()


# ---------------------------------------------------------------- lists


def names(page: Any) -> list[str]:  # a page of runs
    return [one["name"] for one in page["runs"]]


def test_the_list_has_the_newest_first(made: Made) -> None:
    """With state, times, pipeline and experiment, and the first line of what failed."""
    runs = made.json("/runs")["runs"]
    assert [one["run_id"] for one in runs] == [made.uncached, made.failed, made.again, made.first]
    failed = runs[1]
    assert (failed["state"], failed["error"]) == ("FAILED", "check: told to fail")
    assert failed["experiment"]["name"] == "Default"
    assert failed["experiment"]["experiment_id"]
    assert failed["pipeline"] == {"name": "sample", "pipeline_id": "", "version_id": "", "version_name": ""}
    assert failed["created_at"] <= failed["started_at"] <= failed["finished_at"]
    assert failed["created_at"].endswith("Z")


def test_runs_are_filtered(made: Made) -> None:
    """By state, name, pipeline, experiment, time and archive; all conditions hold."""
    assert names(made.json("/runs", state="FAILED")) == ["failed"]
    assert names(made.json("/runs", state=["SUCCEEDED", "CANCELED"], text="FIRS")) == ["first"]
    assert len(names(made.json("/runs", pipeline_name="sample"))) == 4
    assert names(made.json("/runs", pipeline_name="other")) == names(made.json("/runs", pipeline_id="none")) == []
    experiment = made.json("/runs")["runs"][0]["experiment"]["experiment_id"]
    assert len(names(made.json("/runs", experiment_id=experiment))) == 4
    assert names(made.json("/runs", experiment_id="none")) == names(made.json("/runs", archived=True)) == []
    created = made.json(f"/runs/{made.again}")["created_at"]
    assert "first" not in names(made.json("/runs", created_after=created))
    assert names(made.json("/runs", created_before=created)) in (["first"], ["again", "first"])  # told to the millisecond
    assert names(made.json("/runs", created_after="2001-01-01T00:00:00+02:00", created_before="2002-01-01T00:00:00Z")) == []


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("name asc", ["again", "failed", "first"]), ("name", ["again", "failed", "first"]), ("created_at asc", ["first", "again", "failed"])],
)
def test_runs_are_sorted_and_paged(made: Made, sort: str, expected: list[str]) -> None:
    """Page by page the same list, no run twice."""
    found: list[str] = []
    token = ""
    while True:
        page = made.json("/runs", sort=sort, page_size=2, page_token=token)
        found += names(page)
        token = page["next_page_token"]
        if not token:
            break
    assert [name for name in found if name in expected] == expected
    assert len(found) == 4


def test_pages_by_end_reach_every_run(made: Made) -> None:
    """Also a run that has not ended, which has no time to sort by."""
    run_id = made.context.records.create_run(new_run())
    found: list[str] = []
    token = ""
    for _ in range(5):
        page = made.json("/runs", sort="finished_at", page_size=1, page_token=token)
        found += [one["run_id"] for one in page["runs"]]
        token = page["next_page_token"]
    assert (found[-1], len(set(found)), token) == (run_id, 5, "")
    made.batch("terminate", run_id)


@pytest.mark.parametrize(
    "query",
    [
        {"state": "GOOD"},
        {"page_size": 0},
        {"page_size": 201},
        {"sort": "state"},
        {"sort": "created_at up"},
        {"page_token": "x"},
        {"page_token": "ä"},
        {"page_token": "W10"},
        {"page_token": "bnVsbA"},
        {"created_after": "yesterday"},
        {"created_after": "2024-01-01T00:00:00"},
        {"archived": "perhaps"},
        {"filter": "{}"},
    ],
)
def test_a_bad_filter_is_refused_with_its_place(made: Made, query: dict[str, Any]) -> None:
    """400, and the name of the parameter."""
    answer = get(made.app, f"{API}/runs", params=query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.json()["problems"][0]["place"]


def test_a_token_belongs_to_its_list(made: Made) -> None:
    """With another filter or order it is refused."""
    token = made.json("/runs", page_size=1)["next_page_token"]
    for other in ({"sort": "name"}, {"sort": "created_at asc"}, {"text": "a"}, {"archived": True}):
        assert get(made.app, f"{API}/runs", params={"page_token": token, **other}).status_code == 400


# ---------------------------------------------------------------- one run


def test_a_run_says_what_it_was_given_and_gave(made: Made) -> None:
    """Parameters, defaults, outputs, how it was run, how its steps are."""
    run = made.json(f"/runs/{made.first}")
    assert (run["name"], run["state"], run["parameters"], run["defaults"]) == ("first", "SUCCEEDED", {"fail": False}, {"rows": 3})
    assert run["outputs"]["parameters"] == {"Output": "rate 0.5"}
    assert (run["runner"], run["use_cache"], run["retryable"], run["driven_by"]) == ("local", True, False, "")
    assert run["task_counts"] == {"SUCCEEDED": 3}
    assert run["pipeline_root"].endswith("/artifacts/sample")
    assert run["seq"] == made.json(f"/runs/{made.first}/events")["latest"]
    assert made.json(f"/runs/{made.uncached}")["use_cache"] is False


def test_a_failed_run_says_why_and_can_be_retried(made: Made) -> None:
    """The message in full, with the author's line."""
    run = made.json(f"/runs/{made.failed}")
    assert run["retryable"] is True
    assert run["failure"]["message"] == "check: told to fail\nin two lines"
    assert run["failure"]["source_line"] == 'raise ValueError("told to fail\\nin two lines")'
    assert run["task_counts"]["FAILED"] == 1


@pytest.mark.parametrize("path", ["", "/events", "/spec", "/metrics", "/tasks", "/tasks/check", "/graph"])
@pytest.mark.parametrize("run_id", ["nothing", "latest", "%00", "ä" * 300])
def test_an_unknown_run_is_not_found(made: Made, path: str, run_id: str) -> None:
    """By its whole id only: no prefix, no `latest`."""
    answer = get(made.app, f"{API}/runs/{run_id}{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_run")
    assert get(made.app, f"{API}/runs/{made.first[:8]}{path}").status_code == 404


def test_events_come_in_order_and_in_parts(made: Made) -> None:
    """Numbered without gaps; a part begins after the one before."""
    whole = made.json(f"/runs/{made.first}/events")
    assert [one["seq"] for one in whole["events"]] == list(range(1, whole["latest"] + 1))
    assert (whole["events"][-1]["kind"], whole["events"][0]["task_id"]) == ("run.SUCCEEDED", "")
    part = made.json(f"/runs/{made.first}/events", after=3, limit=2)
    assert (part["events"], part["latest"]) == (whole["events"][3:5], whole["latest"])
    assert made.json(f"/runs/{made.first}/events", after=10_000)["events"] == []
    for bad in ({"after": -1}, {"after": "x"}, {"limit": 0}, {"limit": 1001}, {"after": 10**30}):
        assert get(made.app, f"{API}/runs/{made.first}/events", params=bad).status_code == 400


def test_the_pipeline_of_a_run(made: Made) -> None:
    """Its text, its inputs as a form asks for them, nothing against it."""
    spec = made.json(f"/runs/{made.first}/spec")
    assert "pipelineInfo:\n  description: What it is for.\n  name: sample" in spec["yaml"]
    assert [(one["name"], one["type"], one["optional"], one["default"]) for one in spec["inputs"]] == [
        ("fail", "BOOLEAN", False, None),
        ("rows", "NUMBER_INTEGER", True, 3),
    ]
    assert (spec["problems"], spec["description"]) == ([], "What it is for.")


def test_the_metrics_of_a_run(made: Made) -> None:
    """Scalars and classifications with where they come from; what JSON cannot say is null."""
    found = made.json(f"/runs/{made.first}/metrics")
    assert [(one["task_id"], one["output"], one["key"], one["value"]) for one in found["scalars"]] == [
        ("check", "metrics", "accuracy", 0.9),
        ("check", "metrics", "bad", None),
    ]
    (curve,) = found["classifications"]
    assert curve["roc"] == [{"threshold": None, "fpr": 0.0, "tpr": 0.0}, {"threshold": 0.1, "fpr": 1.0, "tpr": 1.0}]
    assert (curve["labels"], curve["matrix"]) == (["x", "y"], [[1.0, 0.0], [0.0, 1.0]])
    assert get(made.app, f"{API}/artifacts/{curve['artifact_id']}").json()["type"] == "system.ClassificationMetrics"


# ---------------------------------------------------------------- steps


def test_steps_in_pages(made: Made) -> None:
    """By id, each with its component, dependencies and times."""
    whole = made.json(f"/runs/{made.again}/tasks")
    assert [one["task_id"] for one in whole["tasks"]] == ["check", "load", "report"]
    assert (whole["next_page_token"], whole["seq"]) == ("", made.json(f"/runs/{made.again}")["seq"])
    check, load, _ = whole["tasks"]
    assert (check["component"], check["depends_on"], check["cached"], check["attempts"]) == ("comp-check", ["load"], False, 1)
    assert (load["component"], load["depends_on"], load["cached"], load["attempts"]) == ("comp-load", [], True, 0)
    first = made.json(f"/runs/{made.again}/tasks", page_size=2)
    rest = made.json(f"/runs/{made.again}/tasks", page_size=2, page_token=first["next_page_token"])
    assert first["tasks"] + rest["tasks"] == whole["tasks"]
    assert rest["next_page_token"] == ""
    assert get(made.app, f"{API}/runs/{made.again}/tasks", params={"page_token": "x"}).status_code == 400


def test_a_step_with_its_values_and_what_was_executed(made: Made) -> None:
    """Inputs, outputs, phases in order, the source, the log's size; a long entry of metadata is left out and says so."""
    step = made.json(f"/runs/{made.first}/tasks/load")
    assert (step["run_id"], step["state"], step["inputs"]["parameters"], step["outputs"]["parameters"]) == (
        made.first,
        "SUCCEEDED",
        {"rows": 3},
        {"Output": 0.5},
    )
    (data,) = step["outputs"]["artifacts"]["data"]
    assert (data["type"], data["size"], data["metadata"]["rows"]) == ("system.Dataset", 16, 3)
    assert data["metadata"]["long"].startswith("… (20,000 characters")
    assert step["downstream"] == ["check", "report"]
    (attempt,) = step["attempt_list"]
    assert (attempt["number"], attempt["state"], attempt["cause"], attempt["exit_code"]) == (1, "SUCCEEDED", "", 0)
    assert list(attempt["phases"].values()) == sorted(attempt["phases"].values())
    assert {"opened", "started", "ended"} <= set(attempt["phases"])
    assert attempt["function"] == "load"
    assert "def load(" in attempt["source"]
    assert attempt["command"] == []
    assert attempt["source_file"].endswith("pipeline.py")
    assert attempt["interpreter"].startswith("/")
    assert attempt["log_size"] == len("loading\n")
    assert attempt["peak_memory"] > 0


def test_a_step_that_failed_shows_each_attempt(made: Made) -> None:
    """Retried once, both with cause and failure; what was upstream of it is linked by artifact."""
    step = made.json(f"/runs/{made.failed}/tasks/check")
    assert (step["state"], step["retries"], step["error"]) == ("FAILED", 1, "told to fail")
    assert [(one["number"], one["state"], one["cause"], one["failure"]["type"]) for one in step["attempt_list"]] == [
        (1, "FAILED", "user error", "ValueError"),
        (2, "FAILED", "user error", "ValueError"),
    ]
    assert step["failure"]["source_line"].startswith("raise ValueError")
    (data,) = step["inputs"]["artifacts"]["data"]
    assert made.json(f"/artifacts/{data['artifact_id']}")["producers"][0]["task_id"] == "load"


def test_a_step_that_is_not_there(made: Made) -> None:
    """The run's steps are named."""
    answer = get(made.app, f"{API}/runs/{made.first}/tasks/chekc")
    assert answer.status_code == 404
    assert "check, load, report" in answer.json()["problems"][0]["remedy"]


def test_the_cache_says_what_it_did(made: Made) -> None:
    """Looked for in vain, reused and from where, turned off by the author, turned off for the run."""
    asked = made.json(f"/runs/{made.first}/tasks/load")["cache"]
    assert (asked["enabled"], asked["cached_from"]) == (True, None)
    assert asked["text"] == "Asked, and no result was found for this step with these inputs, this code and these packages."
    reused = made.json(f"/runs/{made.again}/tasks/load")["cache"]
    assert reused["text"].startswith("Reused from run first; the result was ")
    origin = reused["cached_from"]
    assert (origin["run_id"], origin["run_name"], origin["task_id"], origin["attempt"]) == (made.first, "first", "load", 1)
    assert {one["run_id"] for one in asked["reused_by"]} == {made.again, made.failed}
    author = made.json(f"/runs/{made.again}/tasks/check")["cache"]
    assert (author["enabled"], author["text"]) == (False, "Not asked: the author turned the cache off for this step.")
    without = made.json(f"/runs/{made.uncached}/tasks/load")["cache"]
    assert (without["enabled"], without["text"]) == (
        False,
        "Not asked: the run was started without the cache. Later runs may reuse the result.",
    )


def test_a_step_that_waits_says_what_the_cache_will_do(made: Made) -> None:
    """Nothing has been asked yet."""
    run_id = made.context.records.create_run(new_run(pipeline=pipeline(CHAIN, cached=True)))
    cache = made.json(f"/runs/{run_id}/tasks/second")["cache"]
    assert (cache["enabled"], cache["text"][:14]) == (True, "Not asked yet:")
    made.batch("terminate", run_id)


# ---------------------------------------------------------------- many at once


def test_a_batch_does_what_it_can(made: Made) -> None:
    """One error does not keep the others from being done; results come in the order of the request."""
    errors = made.batch("archive", made.first, "nothing", made.first[:8])
    assert errors[0] == ""
    assert "nothing" in errors[1]
    assert errors[2]
    assert names(made.json("/runs", archived=True)) == ["first"]
    assert made.batch("unarchive", made.first) == [""]
    assert "ended already" in made.batch("terminate", made.first)[0]
    assert "only a run that failed" in made.batch("retry", made.first)[0]


def test_a_batch_retries_terminates_and_deletes(made: Made) -> None:
    """A run goes from failed to pending; one that nobody drives is asked to end; one that is over is deleted."""
    run_id = made.context.records.create_run(new_run())
    assert made.batch("terminate", run_id) == [""]
    assert run_id in made.batch("delete", run_id)[0]
    assert made.batch("retry", made.failed) == [""]
    assert made.json(f"/runs/{made.failed}")["state"] == RunState.PENDING.value


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"action": "explode", "run_ids": ["a"]},
        {"action": "delete", "run_ids": []},
        {"action": "delete", "run_ids": ["a"] * 201},
        {"action": "delete", "run_ids": "a"},
        {"action": "delete", "run_ids": [1]},
        {"action": "delete", "run_ids": ["\ud800"]},
        {"action": "delete", "run_ids": ["a"], "force": True},
    ],
)
def test_a_batch_that_makes_no_sense_is_refused(made: Made, body: Any) -> None:  # anything JSON can say
    """400, with the place."""
    answer = ask(made.app, "POST", f"{API}/runs/batch", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["place"].startswith("body")
