"""`bakehouse.Client` in a user's own program, against `bakehouse server`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from bakehouse import Client, compiler, dsl
from bakehouse.client import RunPipelineResult
from bakehouse.client.errors import NoServer, NotOnServer, RefusedByServer, RunGoesOn, ServerConflict, ServerFailed
from tests.server.serving import Server, served

NOBODY = "http://127.0.0.1:1"


@dsl.component
def double(n: int) -> int:
    """Twice as much."""
    return 2 * n


@dsl.component
def wait(seconds: float) -> None:
    """Take some time."""
    import time  # noqa: PLC0415  # inside a component

    time.sleep(seconds)


@dsl.pipeline(name="doubling")
def doubling(n: int = 2) -> int:
    """One step."""
    return double(n=n).output


@dsl.pipeline(name="waiting")
def waiting(seconds: float = 60.0) -> None:
    """One step that takes long."""
    wait(seconds=seconds)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests here: each has names of its own."""
    with served(tmp_path_factory.mktemp("client")) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Client:
    """A client of it."""
    return Client(server.url)


def test_a_function_becomes_a_run(client: Client, server: Server) -> None:
    """Compiled, sent, run and waited for; the experiment is made on the way, and found again by its name."""
    assert client.get_kfp_healthz().multi_user is False
    started = client.create_run_from_pipeline_func(doubling, arguments={"n": 21}, experiment_name="sums", enable_caching=False)
    assert isinstance(started, RunPipelineResult)
    run = started.wait_for_run_completion(timeout=60)
    assert (run.run_id, run.state) == (started.run_id, "SUCCEEDED")
    assert (run.display_name or "").startswith("doubling 20")
    assert run.experiment_id == client.get_experiment(experiment_name="sums").experiment_id == started.run_info.experiment_id
    assert run.runtime_config is not None
    assert run.runtime_config.parameters == {"n": 21}
    assert f"{server.url}/#/runs/details/{run.run_id}" in repr(started)
    assert server.json(f"/runs/{run.run_id}")["outputs"]["parameters"] == {"Output": 42}


def test_a_file_becomes_a_pipeline_and_runs(client: Client, tmp_path: Path) -> None:
    """Uploaded under a name, run in its latest version; a second upload of the name is refused."""
    package = str(tmp_path / "doubling.yaml")
    compiler.Compiler().compile(doubling, package)
    pipeline = client.upload_pipeline(package, "MyPipeline_v2")
    assert (pipeline.display_name, pipeline.name) == ("MyPipeline_v2", "MyPipeline_v2")
    assert client.upload_pipeline(package).display_name == "doubling"
    assert client.upload_pipeline_from_pipeline_func(doubling, "third", "why").description == "why"
    with pytest.raises(ServerConflict) as caught:
        client.upload_pipeline(package, "MyPipeline_v2")
    assert caught.value.status == 409
    experiment = client.create_experiment("uploads", "of files")
    assert client.create_experiment("uploads") == experiment
    by_id = client.run_pipeline(str(experiment.experiment_id), "by id", pipeline_id=pipeline.pipeline_id, params={"n": 4})
    by_file = client.create_run_from_pipeline_package(package, {"n": 5}, "by file", experiment_id=experiment.experiment_id)
    assert [client.wait_for_run_completion(str(one.run_id), 60).state for one in (by_id, by_file)] == ["SUCCEEDED", "SUCCEEDED"]


def test_what_the_server_says_comes_through(client: Client, tmp_path: Path) -> None:
    """Its words, with the status; each kind has a class of its own."""
    with pytest.raises(RefusedByServer, match="nothing") as caught:
        client.create_run_from_pipeline_func(doubling, arguments={"nothing": 1})
    assert caught.value.status == 400
    with pytest.raises(NotOnServer) as missing:
        client.get_run("00000000-0000-0000-0000-000000000000")
    assert missing.value.status == 404
    with pytest.raises(ValueError, match="there is no experiment nowhere"):
        client.get_experiment(experiment_name="nowhere")
    bad = tmp_path / "bad.yaml"
    bad.write_text("root: 3\n")
    with pytest.raises(RefusedByServer):
        client.upload_pipeline(str(bad), "bad")


def test_waiting_has_an_end(client: Client, server: Server) -> None:
    """A run that goes on is a `TimeoutError`; one that was terminated is over."""
    run = client.create_run_from_pipeline_func(waiting)
    with pytest.raises(TimeoutError, match=r"after 0\.1 s") as caught:
        client.wait_for_run_completion(run.run_id, timeout=0.1)
    assert isinstance(caught.value, RunGoesOn)
    httpx.post(f"{server.url}/apis/v2beta1/runs/{run.run_id}:terminate")
    ended = run.wait_for_run_completion(60)
    assert ended.error is not None
    assert ended.error.message == "cancelled"


def test_where_no_server_is_the_way_to_one_is_told(tmp_path: Path) -> None:
    """How to start it, and how to name another one."""
    with pytest.raises(NoServer, match=NOBODY) as caught:
        Client(NOBODY).get_run("r")
    assert "bakehouse server" in (caught.value.remedy or "")


class _Page(BaseHTTPRequestHandler):
    """Something else that listens there."""

    def do_GET(self) -> None:
        """A page, whatever is asked for; below `busy` an error."""
        self.send_response(503 if "busy" in self.path else 200)
        self.end_headers()
        self.wfile.write(b"<html>hello")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # a signature of Python's
        """Say nothing."""


def test_another_program_there_is_told_from_a_server() -> None:
    """The address is wrong, not the question."""
    with HTTPServer(("127.0.0.1", 0), _Page) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        try:
            host = f"http://127.0.0.1:{other.server_port}"
            with pytest.raises(ServerFailed, match="no server of pipelines"):
                Client(host).get_run("r")
            with pytest.raises(ServerFailed, match="503: <html>hello"):
                Client(f"{host}/busy").get_run("r")
        finally:
            other.shutdown()
            thread.join()
