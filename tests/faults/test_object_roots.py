"""Attempts whose artifacts lie in an object store, run as processes of this machine, with a real server that comes and goes."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import Artifact, Cause, Ending, LaunchSpec
from bakehouse.orchestrator.events import Ended, Remarked, Started
from bakehouse.runners.collecting import Collector
from bakehouse.runners.inputs import Known
from bakehouse.storage.files import NOTHING
from bakehouse.storage.local import LocalStore
from bakehouse.storage.object_store import ObjectStore
from tests import stores
from tests.faults.local_attempts import DATASET, Running, attempt, message, proofs, until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[stores.S3]:
    with stores.running(stores.S3, tmp_path / "s3") as server:
        yield server


@pytest.fixture
def objects(server: stores.S3) -> ObjectStore:
    return stores.opened(server.environ)


@pytest.fixture
def running(tmp_path: Path, objects: ObjectStore) -> Iterator[Running]:
    running = Running(tmp_path, objects=objects)
    yield running
    running.runner.close()


def remote(running: Running, task: str = "step", *, body: str = "", query: str = "") -> LaunchSpec:
    """An attempt whose root lies in the bucket."""
    launch = attempt(running.home, task, body=body)
    root = f"s3://bucket/root/{launch.attempt.path}"
    return replace(launch, root=f"{root}{query}", output_artifacts={"data": Artifact("data", DATASET, f"{root}/data{query}")})


def consumer(running: Running, raw: Artifact, body: str) -> LaunchSpec:
    """A step with one recorded input."""
    launch = remote(running, "consumer", body=body)
    assert launch.program is not None
    source = launch.program.source.replace("data: Output", "raw: Input[Dataset], data: Output")
    return replace(launch, program=replace(launch.program, source=source), inputs={"raw": (raw,)})


def heard(running: Running, seconds: float = 30.0) -> tuple[list[str], Ending]:
    """What was remarked of an attempt until its end, and the end."""
    remarks: list[str] = []
    while True:
        event = running.events.get(timeout=seconds)
        if isinstance(event, Ended):
            return remarks, event.ending
        if isinstance(event, Remarked):
            remarks.append(event.what)
        else:
            assert isinstance(event, Started), event


def launched(running: Running, launch: LaunchSpec) -> LaunchSpec:
    """Prepare the attempt and launch it; whether it starts is another matter."""
    launch = running.placed(launch)
    running.runner.launch(launch)
    return launch


def written(running: Running, objects: ObjectStore, body: str = "open(data.path, 'w').write('rows')") -> Artifact:
    """What a step has made in the bucket."""
    ending = running.run(remote(running, "producer", body=body))
    [data] = ending.outputs.artifacts["data"]
    assert objects.serves(data.uri)
    return data


@pytest.mark.parametrize("query", ["", "?region=us-east-1"])
def test_what_a_step_writes_is_uploaded(running: Running, objects: ObjectStore, query: str) -> None:
    """It works on local paths and sees the URIs of objects, without what says how their bucket is reached; nothing stays on this disk."""
    launch = remote(running, body="print(data.uri, dsl.get_uri('x'))\nopen(data.path, 'w').write('rows')", query=query)
    ending = running.run(launch)
    [data] = ending.outputs.artifacts["data"]
    assert data.uri == launch.output_artifacts["data"].uri
    found = objects.find(data.uri)
    assert found is not None
    assert (data.digest, data.size) == (found.digest, found.size)
    assert b"".join(objects.read(data.uri)) == b"rows"
    root = launch.root.removesuffix(query)
    assert running.log(launch).decode() == f"{root}/data {root}/x\n"
    assert [path.name for path in (running.runner.folder(launch.attempt).path / "artifacts").iterdir()] == ["executor_output.json"]


@pytest.mark.parametrize(
    "body",
    [
        "import os\nos.makedirs(data.path)\nopen(data.path + '/part', 'w').write('rows')",
        "import os\nos.makedirs('own')\nopen('own/part', 'w').write('rows')\ndata.custom_path = 'own'",
        "import os\ndata.uri = dsl.get_uri('elsewhere/data')\nos.makedirs(data.path)\nopen(data.path + '/part', 'w').write('rows')",
        "import os\ndata.path += '.parts'\nos.makedirs(data.path)\nopen(data.path + '/part', 'w').write('rows')",
    ],
)
def test_a_step_chooses_where(running: Running, objects: ObjectStore, body: str) -> None:
    """A folder, a path of its own, a URI below its root, a suffix: all arrive."""
    data = written(running, objects, body)
    assert b"".join(objects.read(data.uri, "part")) == b"rows"


def test_what_was_never_written_is_said(running: Running, objects: ObjectStore) -> None:
    """With what lies beside it; no object is made for it."""
    launch = remote(running, body="open(data.path + '.csv', 'w').write('x')")
    ending = running.run(launch)
    [data] = ending.outputs.artifacts["data"]
    assert (data.digest, data.size) == (NOTHING, 0)
    assert "data.csv" in ending.outputs.unwritten["data"]
    assert objects.find(data.uri) is None


def test_an_input_is_fetched_before_the_start(running: Running, objects: ObjectStore) -> None:
    """It can be read and not written, its URI is the object's, and its copy goes with the step."""
    raw = written(running, objects)
    body = "import os\nprint(raw.uri, open(raw.path).read(), os.stat(raw.path).st_mode & 0o222)"
    launch = consumer(running, raw, body)
    assert running.run(launch).cause is None
    assert running.log(launch).decode() == f"{raw.uri} rows 0\n"
    assert not (running.runner.folder(launch.attempt).path / "inputs").exists()


@pytest.mark.parametrize("change", ["changed", "gone"])
def test_an_input_that_is_not_what_was_recorded_starts_nothing(running: Running, objects: ObjectStore, change: str) -> None:
    """Whatever somebody did to the bucket."""
    raw = written(running, objects)
    if change == "gone":
        objects.remove(raw.uri)
    else:
        objects.writer(raw.uri).file("", iter((b"sown",)))
    launched(running, consumer(running, raw, ""))
    ending = running.ended()
    assert ending.cause is Cause.INPUT_MISSING
    assert change in message(ending)
    assert proofs(running.home) == ["producer"]


def test_a_store_that_is_away_is_waited_for_before_the_start(running: Running, server: stores.S3) -> None:
    """The reader learns why; the step starts when the store answers, and did not before."""
    server.stop()
    launched(running, remote(running, body="open(data.path, 'w').write('rows')"))
    event = running.events.get(timeout=10)
    assert isinstance(event, Remarked)
    assert "s3://bucket cannot be reached" in event.what
    assert proofs(running.home) == []
    server.start()
    assert heard(running)[1].cause is None
    assert proofs(running.home) == ["step"]


def test_a_store_that_goes_is_waited_for_after_the_end(running: Running, server: stores.S3, objects: ObjectStore) -> None:
    """What the step wrote stays until it can be uploaded; the step is not run again for that."""
    launch = launched(running, remote(running, body="import time\nprint('there')\ntime.sleep(0.5)\nopen(data.path, 'w').write('rows')"))
    until(lambda: b"there" in running.log(launch))
    server.stop()
    until((running.runner.folder(launch.attempt).path / "exit").exists)
    running.started()
    event = running.events.get(timeout=10)
    assert isinstance(event, Remarked)
    assert "s3://bucket cannot be reached" in event.what
    server.start()
    ending = heard(running)[1]
    assert ending.cause is None
    assert b"".join(objects.read(ending.outputs.artifacts["data"][0].uri)) == b"rows"
    assert proofs(running.home) == ["step"]


def test_a_step_that_waits_for_a_store_can_be_stopped(running: Running, server: stores.S3) -> None:
    """Without having started."""
    server.stop()
    launch = launched(running, remote(running))
    assert isinstance(running.events.get(timeout=10), Remarked)
    running.runner.stop(launch.attempt)
    assert heard(running)[1].cause is Cause.TERMINATED
    assert proofs(running.home) == []


def test_a_wrong_key_is_said_at_once(tmp_path: Path, server: stores.S3) -> None:
    """Before the step has worked for nothing, with bucket, operation, code and remedy; it is not tried again."""
    running = Running(tmp_path, objects=stores.opened({**server.environ, "AWS_ACCESS_KEY_ID": "nobody-has-this-key"}))
    try:
        launched(running, remote(running))
        ending = running.ended()
    finally:
        running.runner.close()
    assert (ending.cause, ending.retryable) == (Cause.STORE, False)
    assert ending.error is not None
    assert ending.error.message.startswith("s3://bucket refuses to write root/run-1/step/1/.bakehouse/probe: InvalidAccessKeyId")
    assert "AWS_ACCESS_KEY_ID" in ending.error.remedy
    assert proofs(tmp_path) == []


def test_collecting_twice_uploads_once(running: Running, objects: ObjectStore, server: stores.S3) -> None:
    """An engine that took over finds noted what was uploaded, though nothing lies here any more."""
    launch = remote(running, body="open(data.path, 'w').write('rows')")
    first = running.run(launch).outputs.artifacts["data"][0]
    place = server.folder / first.uri.removeprefix("s3://")
    before = place.stat().st_ino
    collector = Collector(LocalStore(), Known(LocalStore()), lambda: 9.0, objects)
    second = collector.collect(launch, running.runner.folder(launch.attempt)).outputs.artifacts["data"][0]
    assert (second.digest, second.size, second.uri) == (first.digest, first.size, first.uri)
    assert place.stat().st_ino == before


@pytest.mark.slow
@pytest.mark.parametrize("gone", ["stopped", "silent"])
def test_a_store_that_is_away_for_90_seconds_costs_no_step(running: Running, server: stores.S3, gone: str) -> None:
    """Whether it refuses connections or takes them and says nothing."""
    launch = launched(running, remote(running, body="import time\nprint('there')\ntime.sleep(1)\nopen(data.path, 'w').write('rows')"))
    until(lambda: b"there" in running.log(launch))
    if gone == "stopped":
        server.stop()
    else:
        assert server.process is not None
        server.process.send_signal(signal.SIGSTOP)
    time.sleep(90)
    if gone == "stopped":
        server.start()
    else:
        assert server.process is not None
        server.process.send_signal(signal.SIGCONT)
    remarks, ending = heard(running, seconds=120)
    assert ending.cause is None
    assert any("cannot be reached" in remark for remark in remarks)
    assert proofs(running.home) == ["step"]
