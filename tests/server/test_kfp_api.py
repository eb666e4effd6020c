"""`/apis/v2beta1` as KFP's clients use it: every route, its quirks, and its errors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from bakehouse.orchestrator.states import RunState
from tests.server.serving import Server, eventually, served
from tests.web import browsing

API = "/apis/v2beta1"
EPOCH = "1970-01-01T00:00:00Z"
SOURCE = """
from kfp import dsl


@dsl.component
def add(a: int, b: int) -> int:
    return a + b


@dsl.component
def check(value: int, limit: int):
    if value > limit:
        raise ValueError("too large")


@dsl.pipeline(name="sum-up")
def sum_up(a: int, b: int = 2, limit: int = 100):
    check(value=add(a=a, b=b).output, limit=limit)
"""


class Client:
    """Asks one server."""

    def __init__(self, server: Server) -> None:
        self.url = f"{server.url}{API}"

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:  # as httpx takes it
        """Whatever it answers."""
        return httpx.request(method, f"{self.url}{path}", timeout=30, **request)

    def well(self, method: str, path: str, **request: Any) -> Any:  # JSON
        """What it answers when all goes well."""
        answer = self.ask(method, path, **request)
        assert answer.status_code == 200, (method, path, answer.text)
        return answer.json()

    def refused(self, status: int, method: str, path: str, **request: Any) -> str:  # as httpx takes it
        """The message of an error in google.rpc's form."""
        answer = self.ask(method, path, **request)
        assert answer.status_code == status, (method, path, answer.text)
        said = answer.json()
        assert said["details"] == [{"@type": "type.googleapis.com/google.rpc.Status", "code": said["code"], "message": said["message"]}]
        assert said["code"] in {400: {3}, 404: {5}, 409: {6, 10}}[status]
        return str(said["message"])

    def over(self, run_id: str) -> dict[str, Any]:
        """The run when it has ended."""
        assert eventually(lambda: self.well("GET", f"/runs/{run_id}")["state"] in {"SUCCEEDED", "FAILED"}, seconds=30)
        found: dict[str, Any] = self.well("GET", f"/runs/{run_id}")
        return found


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pipeline, compiled."""
    source = tmp_path_factory.mktemp("package") / "sum_up.py"
    source.write_text(SOURCE)
    return browsing.compiled(source)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A client of a server on an empty home."""
    with served(tmp_path) as server:
        yield Client(server)


def upload(client: Client, package: Path, **query: str) -> dict[str, Any]:
    """Upload the pipeline."""
    found: dict[str, Any] = client.well("POST", "/pipelines/upload", params=query, files={"uploadfile": ("sum_up.yaml", package.read_bytes())})
    return found


def start(client: Client, reference: Mapping[str, str], **parameters: object) -> dict[str, Any]:
    """Start a run of an uploaded pipeline."""
    body = {"display_name": "a run", "pipeline_version_reference": reference, "runtime_config": {"parameters": {"a": 1, **parameters}}}
    found: dict[str, Any] = client.well("POST", "/runs", json=body)
    return found


def test_health(client: Client) -> None:
    """The client reads `multi_user` before anything else; the UI reads its own names."""
    said = client.well("GET", "/healthz")
    assert (said["multi_user"], said["apiServerMultiUser"], said["apiServerReady"], said["pipeline_store"]) == (False, False, True, "database")


def test_a_pipeline_from_upload_to_deletion(client: Client, package: Path) -> None:
    """Uploaded with a first version, renamed, tagged, given a second version, deleted with both."""
    made = upload(client, package, name="adding", description="adds", tags='{"team": "a"}')
    identity = made["pipeline_id"]
    assert (made["name"], made["display_name"], made["description"], made["tags"]) == ("adding", "adding", "adds", {"team": "a"})
    assert "namespace" not in made
    assert client.well("GET", f"/pipelines/{identity}") == made
    assert client.well("GET", "/pipelines/names/adding", params={"namespace": "any"}) == made
    second = client.well(
        "POST", "/pipelines/upload_version", params={"pipelineid": identity, "name": "v2"}, files={"uploadfile": ("x.yaml", package.read_bytes())}
    )
    assert second["pipeline_spec"]["pipelineInfo"] == {"name": "sum-up"}
    listed = client.well("GET", f"/pipelines/{identity}/versions", params={"sort_by": "created_at desc"})
    assert {one["name"] for one in listed["pipeline_versions"]} == {"v2", "adding"}
    assert listed["total_size"] == 2
    version = f"/pipelines/{identity}/versions/{second['pipeline_version_id']}"
    assert client.well("GET", version) == second
    assert client.well("PATCH", version, json={"display_name": "new"})["display_name"] == "new"
    assert client.well("PATCH", f"/pipelines/{identity}", json={"tags": {}, "display_name": "Adding"}).get("tags") is None
    assert client.well("PATCH", f"/pipelines/{identity}", json={})["display_name"] == "Adding"
    assert "cascade=true" in client.refused(400, "DELETE", f"/pipelines/{identity}")
    assert client.well("DELETE", version) == {}
    assert client.well("DELETE", f"/pipelines/{identity}", params={"cascade": "true"}) == {}
    assert identity in client.refused(404, "GET", f"/pipelines/{identity}")


def test_pipelines_without_a_file(client: Client) -> None:
    """Made by name; one of the two names is copied from the other; the same name again is a conflict."""
    made = client.well("POST", "/pipelines", json={"displayName": "Empty one"})
    assert (made["name"], made["display_name"]) == ("Empty one", "Empty one")
    client.refused(409, "POST", "/pipelines", json={"name": "Empty one"})
    client.refused(400, "POST", "/pipelines", json={})
    client.refused(400, "POST", "/pipelines", json={"name": "x" * 129})
    assert "colour" in client.refused(400, "POST", "/pipelines", json={"name": "x", "colour": "red"})
    client.refused(400, "POST", f"/pipelines/{made['pipeline_id']}/versions", json={"name": "v"})
    client.refused(404, "POST", "/pipelines/none/versions", json={"name": "v", "package_url": {"pipeline_url": "https://x.example/p.yaml"}})
    loopback = {"name": "v", "package_url": {"pipeline_url": "http://127.0.0.1:1/p.yaml"}}
    client.refused(400, "POST", f"/pipelines/{made['pipeline_id']}/versions", json=loopback)
    client.refused(400, "POST", "/pipelines/create", json={"pipeline": {"name": "y"}, "pipeline_version": loopback})
    assert client.well("GET", "/pipelines")["total_size"] == 1


def test_uploads_that_are_refused(client: Client, package: Path) -> None:
    """In the older form of errors that KFP's uploads have; nothing is recorded."""
    for query, name, content in (
        ({}, "x.yaml", b"components: 1"),
        ({}, "x.exe", package.read_bytes()),
        ({"tags": "[1]"}, "x.yaml", package.read_bytes()),
        ({"tags": '{"a.b": "c"}'}, "x.yaml", package.read_bytes()),
        ({"name": " "}, "x.yaml", package.read_bytes()),
        ({}, "x.yaml", b"apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n"),
    ):
        answer = client.ask("POST", "/pipelines/upload", params=query, files={"uploadfile": (name, content)})
        assert answer.status_code == 400, answer.text
        assert answer.json()["error_message"]
    assert "`bakehouse compile FILE.py`" in answer.json()["error_message"]
    assert client.well("GET", "/pipelines") == {}


def test_a_run_and_what_becomes_of_it(client: Client, package: Path) -> None:
    """Pending at first, with the epoch for what is not there yet; then over, with its tasks."""
    pipeline = upload(client, package)
    made = start(client, {"pipeline_id": pipeline["pipeline_id"]})
    assert (made["state"], made["finished_at"], [one["state"] for one in made["state_history"]]) in [
        ("PENDING", EPOCH, ["PENDING"]),
        ("RUNNING", EPOCH, ["PENDING", "RUNNING"]),
    ]
    assert made["pipeline_version_reference"]["pipeline_id"] == pipeline["pipeline_id"]
    assert made["runtime_config"]["parameters"] == {"a": 1}
    done = client.over(made["run_id"])
    assert (done["state"], "error" in done) == ("SUCCEEDED", False)
    details = {one["task_id"]: one for one in done["run_details"]["task_details"]}
    assert {name: one["state"] for name, one in details.items()} == {"add": "SUCCEEDED", "check": "SUCCEEDED"}
    (listed,) = client.well("GET", "/runs")["runs"]
    assert (listed["run_id"], listed["experiment_id"]) == (made["run_id"], done["experiment_id"])
    assert client.well("GET", f"/experiments/{done['experiment_id']}")["display_name"] == "Default"
    client.refused(409, "POST", f"/runs/{made['run_id']}:retry")
    client.refused(400, "POST", f"/runs/{made['run_id']}:terminate")
    for action, stored in (("archive", "ARCHIVED"), ("unarchive", "AVAILABLE")):
        assert client.well("POST", f"/runs/{made['run_id']}:{action}") == {}
        assert client.well("GET", f"/runs/{made['run_id']}")["storage_state"] == stored
    assert client.well("DELETE", f"/runs/{made['run_id']}") == {}
    client.refused(404, "GET", f"/runs/{made['run_id']}")


def test_a_run_can_do_without_the_cache(client: Client, package: Path) -> None:
    """Steps reuse results unless the client says otherwise beside KFP's message, which has no word for it."""
    body = {
        "display_name": "a run",
        "pipeline_version_reference": {"pipeline_id": upload(client, package)["pipeline_id"]},
        "runtime_config": {"parameters": {"a": 1}},
    }
    reused = {}
    for name, query in (("first", {}), ("again", {}), ("anew", {"use_cache": "false"}), ("last", {"use_cache": "true"})):
        run = client.over(client.well("POST", "/runs", params=query, json=body)["run_id"])["run_id"]
        own = f"{client.url.removesuffix(API)}/apis/bakehouse/v1/runs/{run}"
        assert httpx.get(own).json()["use_cache"] is (name != "anew")
        reused[name] = {one["cached"] for one in httpx.get(f"{own}/tasks").json()["tasks"]}
    assert reused == {"first": {False}, "again": {True}, "anew": {False}, "last": {True}}
    assert "use_cache" in client.refused(400, "POST", "/runs", params={"use_cache": "perhaps"}, json=body)


def test_a_run_can_be_of_a_part_or_begin_from_another(client: Client, package: Path) -> None:
    """Beside KFP's message too; the run shows what was chosen, and each step what the cache did for it."""
    body = {
        "display_name": "a run",
        "pipeline_version_reference": {"pipeline_id": upload(client, package)["pipeline_id"]},
        "runtime_config": {"parameters": {"a": 1}},
    }
    own = f"{client.url.removesuffix(API)}/apis/bakehouse/v1/runs"
    first = client.over(client.well("POST", "/runs", params={"until": "add"}, json=body)["run_id"])["run_id"]
    assert {one["task_id"]: one["state"] for one in httpx.get(f"{own}/{first}/tasks").json()["tasks"]} == {"add": "SUCCEEDED", "check": "SKIPPED"}
    assert httpx.get(f"{own}/{first}").json()["selection"] == {"from_run": "", "refresh": [], "only": "", "until": "add"}
    more = {**body, "runtime_config": {"parameters": {"a": 2}}}
    second = client.over(client.well("POST", "/runs", params={"from": first, "refresh": ["check"]}, json=more)["run_id"])["run_id"]
    assert httpx.get(f"{own}/{second}").json()["selection"] == {"from_run": first, "refresh": ["check"], "only": "", "until": ""}
    cache = {step: httpx.get(f"{own}/{second}/tasks/{step}").json()["cache"]["text"] for step in ("add", "check")}
    assert cache["add"] == f"Not reused from run {first}: parameter a 1 → 2."
    assert cache["check"] == "Not asked: the run was told to run this step anew. Later runs may reuse the result."
    assert "the pipeline has no step ad" in client.refused(400, "POST", "/runs", params={"only": "ad"}, json=body)
    client.refused(404, "POST", "/runs", params={"from": "0815"}, json=body)


def test_what_is_wrong_with_parameters_is_said_in_no_tools_words(client: Client, package: Path) -> None:
    """The parameter, the type that is expected, and a value as JSON has it: forms and programs show the same message."""
    reference = {"pipeline_id": upload(client, package)["pipeline_id"]}
    body = {"display_name": "a run", "pipeline_version_reference": reference, "runtime_config": {"parameters": {"b": "many", "c": 1}}}
    said = client.refused(400, "POST", "/runs", json=body)
    for part in ("parameter a: the parameter a is missing; it is an integer", 'parameter b: the parameter b must be an integer, not "many"'):
        assert part in said
    assert said.count("For example: 3") == 2
    assert "-p " not in said


def test_a_failed_run_is_retried_and_keeps_what_succeeded(client: Client, package: Path, tmp_path: Path) -> None:
    """The step that failed has a second attempt; the one before it has not."""
    pipeline = upload(client, package)
    run = start(client, {"pipeline_id": pipeline["pipeline_id"]}, limit=1)["run_id"]
    failed = client.over(run)
    assert (failed["state"], "too large" in failed["error"]["message"]) == ("FAILED", True)
    assert client.well("POST", f"/runs/{run}:retry") == {}
    assert client.over(run)["state"] == "FAILED"
    attempts = sorted(str(one.relative_to(tmp_path / "home" / "runs" / run)) for one in (tmp_path / "home" / "runs" / run).glob("*/*"))
    assert attempts == ["add/1", "check/1", "check/2", "check/checkpoint"]  # what a step leaves for its next attempt stays until it succeeds


def test_a_spec_that_comes_along(client: Client, package: Path) -> None:
    """Bare or wrapped; wrong ones are refused with a place, and nothing is recorded."""
    spec = upload(client, package, name="x")
    version = client.well("GET", f"/pipelines/{spec['pipeline_id']}/versions")["pipeline_versions"][0]["pipeline_spec"]
    for given in (version, {"pipeline_spec": version}):
        run = client.well("POST", "/runs", json={"display_name": "inline", "pipeline_spec": given, "runtime_config": {"parameters": {"a": 1}}})
        assert client.over(run["run_id"])["state"] == "SUCCEEDED"
        assert client.well("GET", f"/runs/{run['run_id']}")["pipeline_spec"]["root"] == version["root"]
    before = client.well("GET", "/runs")["total_size"]
    reference = {"pipeline_id": spec["pipeline_id"]}
    for body in (
        {"display_name": "x"},
        {"pipeline_version_reference": reference},
        {"display_name": "x", "pipeline_spec": {"root": 3}},
        {"display_name": "x", "pipeline_version_reference": reference},
        {"display_name": "x", "pipeline_version_reference": reference, "runtime_config": {"parameters": {"a": "text"}}},
        {"display_name": "x", "pipeline_version_reference": reference, "runtime_config": {"parameters": {"a": 1, "z": 1}}},
        {"display_name": "x", "pipeline_version_reference": reference, "runtime_config": {"parameters": {"a": 1}, "pipeline_root": "hdfs://b"}},
        {"display_name": 3},
    ):
        assert client.refused(400, "POST", "/runs", json=body)
    client.refused(404, "POST", "/runs", json={"display_name": "x", "pipeline_version_reference": {"pipeline_id": "none"}})
    client.refused(404, "POST", "/runs", json={"display_name": "x", "experiment_id": "none", "pipeline_version_reference": reference})
    client.refused(400, "POST", "/runs", json={"display_name": "two\nlines", "pipeline_version_reference": reference})
    assert client.well("GET", "/runs")["total_size"] == before


def test_experiments(client: Client, package: Path) -> None:
    """Made, found by name as the client asks (a number for the operation, camelCase), archived, deleted."""
    made = client.well("POST", "/experiments", json={"display_name": "tuning", "description": "why"})
    assert (made["storage_state"], made["last_run_created_at"]) == ("AVAILABLE", EPOCH)
    client.refused(409, "POST", "/experiments", json={"display_name": "tuning"})
    client.refused(400, "POST", "/experiments", json={"display_name": ""})
    client.refused(400, "POST", "/experiments", json={"display_name": "two\nlines"})
    condition = json.dumps({"predicates": [{"operation": 1, "key": "display_name", "stringValue": "tuning"}]})
    for text in (condition, quote(condition)):
        assert client.well("GET", "/experiments", params={"filter": text})["experiments"] == [made]
    (default,) = client.well("GET", "/experiments", params={"filter": condition.replace("tuning", "Default")})["experiments"]
    assert (default["storage_state"], default["last_run_created_at"]) == ("AVAILABLE", EPOCH)
    client.refused(409, "DELETE", f"/experiments/{default['experiment_id']}")
    pipeline = upload(client, package)
    body = {"display_name": "x", "experiment_id": made["experiment_id"], "pipeline_version_reference": {"pipeline_id": pipeline["pipeline_id"]}}
    run = client.well("POST", "/runs", json={**body, "runtime_config": {"parameters": {"a": 1}}})
    client.over(run["run_id"])
    assert [one["run_id"] for one in client.well("GET", "/runs", params={"experiment_id": made["experiment_id"]})["runs"]] == [run["run_id"]]
    client.well("POST", f"/experiments/{made['experiment_id']}:archive")
    assert client.well("GET", f"/runs/{run['run_id']}")["storage_state"] == "ARCHIVED"
    client.refused(400, "POST", f"/runs/{run['run_id']}:unarchive")
    client.refused(400, "POST", "/runs", json={**body, "runtime_config": {"parameters": {"a": 1}}})
    client.well("POST", f"/experiments/{made['experiment_id']}:unarchive")
    client.well("DELETE", f"/experiments/{made['experiment_id']}")
    client.refused(404, "GET", f"/experiments/{made['experiment_id']}")


def test_pages_filters_and_orders(client: Client) -> None:
    """A token goes on with the filter and the order it was made with, and with no other."""
    for number in range(5):
        client.well("POST", "/experiments", json={"display_name": f"e{number}"})
    first = client.well("GET", "/experiments", params={"page_size": 2, "sort_by": "name desc"})
    assert [one["display_name"] for one in first["experiments"]] == ["e4", "e3"]
    token = first["next_page_token"]
    for query in ({"page_token": token, "page_size": 2}, {"page_token": token, "page_size": 2, "sort_by": "name desc"}):
        assert [one["display_name"] for one in client.well("GET", "/experiments", params=query)["experiments"]] == ["e2", "e1"]
    client.refused(400, "GET", "/experiments", params={"page_token": token, "sort_by": "name"})
    client.refused(400, "GET", "/experiments", params={"page_token": "nonsense"})
    client.refused(400, "GET", "/experiments", params={"page_size": -1})
    client.refused(400, "GET", "/experiments", params={"sort_by": "colour"})
    client.refused(400, "GET", "/experiments", params={"sort_by": "name up"})
    several = json.dumps({"predicates": [{"operation": "IN", "key": "name", "string_values": {"values": ["e1", "e2"]}}]})
    assert client.well("GET", "/experiments", params={"filter": several})["total_size"] == 2
    since = json.dumps({"predicates": [{"operation": "GREATER_THAN", "key": "created_at", "timestamp_value": "2020-01-01T00:00:00Z"}]})
    assert client.well("GET", "/experiments", params={"filter": since})["total_size"] == 6  # `Default` is one


def test_terminated_runs_are_failed_there_and_canceled_here(client: Client, tmp_path: Path) -> None:
    """KFP's client waits for one of four states, of which `canceled` is none."""
    source = tmp_path / "chatty.py"
    source.write_text(browsing.CHATTY)
    package = browsing.compiled(source)
    pipeline = upload(client, package)
    body = {"display_name": "x", "pipeline_version_reference": {"pipeline_id": pipeline["pipeline_id"]}}
    run = client.well("POST", "/runs", json={**body, "runtime_config": {"parameters": {"lines": 100, "per_second": 2}}})["run_id"]
    assert eventually(lambda: bool(client.well("GET", f"/runs/{run}")["state"] == "RUNNING"), seconds=20)
    assert client.well("POST", f"/runs/{run}:terminate") == {}
    done = client.over(run)
    assert (done["state"], done["error"]["message"]) == ("FAILED", "cancelled")
    ours = httpx.get(f"{client.url.removesuffix(API)}/apis/bakehouse/v1/runs/{run}").json()
    assert ours["state"] == RunState.CANCELED.value
    for state, count in (("FAILED", 1), ("CANCELED", 1), ("SUCCEEDED", 0)):
        condition = json.dumps({"predicates": [{"operation": "EQUALS", "key": "state", "string_value": state}]})
        assert client.well("GET", "/runs", params={"filter": condition}).get("total_size", 0) == count
