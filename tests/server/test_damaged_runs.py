"""Runs that no engine can read, on a real server: put aside with the reason, and in nobody's way."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from bakehouse.actions.context import Context
from bakehouse.orchestrator.states import TaskMove
from bakehouse.records.database import open_home
from tests.home import Home, faulty
from tests.records.stories import finished, new_run, rows, write_row
from tests.server.listening import listening, played
from tests.server.recorded import Recorded
from tests.server.serving import API, Server, eventually, get, served


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home of its own, with the command line beside it."""
    return Home(tmp_path)


def _uploaded(home: Home, server: Server) -> dict[str, str]:
    """A pipeline whose steps leave their proof; what a run says to name it."""
    home.call("compile", str(home.write(faulty(1))), "-o", "pipeline.yaml")
    with (home.folder / "pipeline.yaml").open("rb") as package:
        made = httpx.post(f"{server.url}{API}/pipelines/upload", files={"uploadfile": ("pipeline.yaml", package)})
    assert made.status_code == 200, made.text
    return {"pipeline_id": made.json()["pipeline_id"], "pipeline_version_id": made.json()["version_id"]}


def _started(home: Home, server: Server, reference: dict[str, str], *, seconds: float) -> str:
    parameters = {"proof": str(home.proof), "seconds": seconds}
    wish = {"display_name": "a run", "pipeline_version_reference": reference, "runtime_config": {"parameters": parameters}}
    answer = httpx.post(f"{server.url}/apis/v2beta1/runs", json=wish)
    assert answer.status_code == 200, answer.text
    run_id: str = answer.json()["run_id"]
    return run_id


def _damaged_spec(home: Home) -> str:
    """A run that nobody has started, and whose pipeline cannot be read."""
    records = open_home(home.path)
    run_id = records.create_run(new_run())
    records.close()
    write_row(home.path, "UPDATE specs SET text = '{{{' WHERE digest = (SELECT spec FROM runs WHERE id = ?)", run_id)
    return run_id


def _states(server: Server) -> dict[str, str]:
    return {run["run_id"]: run["state"] for run in server.json("/runs")["runs"]}


@pytest.mark.parametrize("path", ["", "/tasks", "/tasks/first", "/events"])
def test_a_run_whose_pipeline_cannot_be_read_is_shown_without_it(context: Context, app: ASGIApp, path: str) -> None:
    """Its state, steps and events are there; only what is in the pipeline is not."""
    run_id = finished(context.records, context.home)
    whole = get(app, f"{API}/runs/{run_id}{path}").json()
    write_row(context.home, "UPDATE specs SET text = '{{{'")
    answer = get(app, f"{API}/runs/{run_id}{path}")
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == whole.keys()
    assert get(app, f"/apis/v2beta1/runs/{run_id}").json()["state"] == "SUCCEEDED"


@pytest.mark.parametrize("path", ["/spec", "/graph"])
@pytest.mark.parametrize(("damage", "why"), [("UPDATE specs SET text = '{{{'", "this is not YAML"), ("DELETE FROM specs", "the text of it is gone")])
def test_a_pipeline_that_cannot_be_read_is_no_mistake_of_who_asks_for_it(context: Context, app: ASGIApp, path: str, damage: str, why: str) -> None:
    """Not 4xx, and with a way out."""
    run_id = finished(context.records, context.home)
    write_row(context.home, damage)
    answer = get(app, f"{API}/runs/{run_id}{path}")
    assert (answer.status_code, answer.json()["code"]) == (500, "run_unreadable")
    assert f"run {run_id} cannot be read: its pipeline: {why}" in answer.json()["message"]
    assert answer.json()["problems"][0]["remedy"]


def test_a_damaged_run_takes_the_stream_from_no_other(run: Recorded, app: ASGIApp) -> None:
    """A page that watches both hears of the one that can be read."""
    damaged = run.context.records.create_run(new_run())
    write_row(run.context.home, "UPDATE events SET detail = '{' WHERE run_id = ?", damaged)

    async def scene() -> None:
        async with listening(app, f"run={damaged}@0&run={run.run_id}@0") as stream:
            told = [await stream.next()]
            run.write(run.teller.task("first", TaskMove.RELEASED))
            told.append(await stream.next())
        assert [(event.name, event.data["run"]["run_id"]) for event in told] == [("run", run.run_id)] * 2

    played(scene)


def test_damaged_runs_fail_with_the_reason_and_all_others_go_on(home: Home) -> None:
    """One never began, of the other a step runs: that is ended. Its engine does not break, and `runs show` tells both reasons."""
    with served(home.folder) as server:
        reference = _uploaded(home, server)
        begun = _started(home, server, reference, seconds=50)
        assert eventually(lambda: len(home.proofs()) == 2, seconds=30), server.words
        server.kill()
    fresh = _damaged_spec(home)
    write_row(home.path, "UPDATE runs SET parameters = '{' WHERE id = ?", begun)
    with served(home.folder) as server:
        good = _started(home, server, reference, seconds=0.2)
        assert eventually(lambda: _states(server) == {begun: "FAILED", fresh: "FAILED", good: "SUCCEEDED"}, seconds=60), server.words
        assert eventually(lambda: home.step_processes() == [], seconds=20)
        assert "the engine broke" not in server.words
        assert server.words.count("is put aside") == 2
        answer = httpx.get(f"{server.url}{API}/runs/{begun}")
        assert (answer.status_code, answer.json()["code"]) == (500, "run_unreadable")
        assert answer.json()["problems"][0]["remedy"]
        assert "its pipeline: this is not YAML" in server.json(f"/runs/{fresh}")["failure"]["message"]
    shown = home.call("runs", "show", fresh)
    assert shown.returncode == 0, shown.stderr
    assert "cannot be read: its pipeline: this is not YAML" in shown.stdout
    assert f"bakehouse runs delete {fresh}" in shown.stdout
    assert home.show(fresh)["error"]["message"].startswith(f"what is recorded of run {fresh} cannot be read")
    refused = home.call("runs", "show", begun)
    assert refused.returncode == 1
    assert f"what is recorded of run {begun} cannot be read: its parameters: it is not JSON" in refused.stderr
    assert [home.call("runs", "delete", run).returncode for run in (fresh, begun)] == [0, 0]
    assert rows(home.path, "SELECT id FROM runs") == [(good,)]
