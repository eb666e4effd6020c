"""`deploy/kubernetes/production`: two replicas on one PostgreSQL and one bucket. When one goes, the other one goes on."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bakehouse import Client
from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes import causes, names
from tests import needs, postgres, stores
from tests.kubernetes import image
from tests.kubernetes.bed import PIPELINES, bridged, reached, wait
from tests.kubernetes.installation import Installation, namespace
from tests.repo.test_deploy import INSTALLATIONS

pytestmark = pytest.mark.slow
_TOKEN = secrets.token_urlsafe(32)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """With a PostgreSQL and a bucket of this machine, and the Secrets that the how-to tells to make."""
    if why := image.missing():
        needs.missing(why)
    folder, name = tmp_path_factory.mktemp("production"), f"bakehouse-{secrets.token_hex(4)}"
    made = Installation(name, folder, INSTALLATIONS["production"], image.brought(folder))
    with ExitStack() as held:
        database, store = held.enter_context(postgres.server()), held.enter_context(stores.running(stores.S3, folder / "store"))
        port = stores.free_port()
        address = held.enter_context(reached(database.folder / ".s.PGSQL.5432", port))
        held.enter_context(bridged(store.port, folder))
        held.enter_context(namespace(name))
        bucket = {**store.environ, "AWS_ENDPOINT_URL": f"http://{address}:{store.port}", "BAKEHOUSE_PIPELINE_ROOT": f"{store.root}/team"}
        _secret(made, "bakehouse-database", {"url": f"postgresql://{postgres.USER}@{address}:{port}/{database.make()}"})
        _secret(made, "bakehouse-token", {"token": _TOKEN, "pods": secrets.token_urlsafe(32)})
        _secret(made, "bakehouse-artifacts", bucket)
        made.apply(*_of_the_bed())
        yield made


def _secret(installed: Installation, name: str, said: dict[str, str]) -> None:
    installed.of("create", "secret", "generic", name, *(f"--from-literal={key}={value}" for key, value in said.items()))


def _of_the_bed() -> Iterator[JsonObject]:
    """Kubernetes 1.20 has budgets in a beta alone."""
    beta = [{"op": "replace", "path": "/apiVersion", "value": "policy/v1beta1"}]
    yield {"target": {"kind": "PodDisruptionBudget"}, "patch": yaml.safe_dump(beta)}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The pipeline."""
    target = tmp_path_factory.mktemp("package") / "replicas.yaml"
    subprocess.run([sys.executable, "-m", "bakehouse", "compile", str(PIPELINES / "replicas.py"), "-o", str(target)], check=True)
    return str(target)


def test_both_replicas_show_the_same(installed: Installation, package: str) -> None:
    """One token opens both; what one of them has run, with its artifact from the bucket, the other one shows."""
    with installed.forwarded("pod/bakehouse-0") as first, installed.forwarded("pod/bakehouse-1") as second:
        assert [httpx.get(f"{url}/apis/v2beta1/runs").status_code for url in (first, second)] == [401, 401]
        run = Client(first, existing_token=_TOKEN).create_run_from_pipeline_package(package).run_id
        shown = Client(second, existing_token=_TOKEN).wait_for_run_completion(run, timeout=120, sleep_duration=1)
        assert shown.state == "SUCCEEDED", installed.in_server("runs", "show", run)
        artifacts = httpx.get(f"{second}/apis/bakehouse/v1/artifacts", headers={"Authorization": f"Bearer {_TOKEN}"}).json()
    assert artifacts
    kept = [path for path in (installed.folder / "store" / "bucket" / "team").rglob("*") if path.is_file()]
    assert "through a bucket" in {path.read_text() for path in kept}


def test_a_rolling_restart_leaves_every_step_its_pod(installed: Installation, package: str) -> None:
    """One replica after the other goes and comes back: the step that runs meanwhile runs once, and its log is whole where it is over."""
    run = _running(installed, package, seconds=45)
    before = {one["metadata"]["uid"] for one in _servers(installed)}
    installed.of("rollout", "restart", installed.server)
    installed.wait()
    assert before.isdisjoint(one["metadata"]["uid"] for one in _servers(installed))
    _has_run_once(installed, run)


def test_a_replica_that_stands_still_ends_nothing_when_it_goes_on(installed: Installation, package: str) -> None:
    """The other one takes its run over, and both know the pod: it is the other one's now."""
    run = _running(installed, package, seconds=30)
    drivers = {_driver(installed, run)}
    number = _process(installed, "bakehouse-1")
    os.kill(number, signal.SIGSTOP)
    try:
        wait(lambda: {_driver(installed, run)} - drivers - {None}, "another driver of the run")
    finally:
        os.kill(number, signal.SIGCONT)
    _has_run_once(installed, run)


def test_a_replica_that_goes_leaves_its_steps_to_the_other(installed: Installation, package: str) -> None:
    """The step that runs goes on, and runs once; its whole log is where it is followed now."""
    run = _running(installed, package, seconds=15)
    installed.of("scale", installed.server, "--replicas=1")
    try:
        _has_run_once(installed, run)
    finally:
        installed.of("scale", installed.server, "--replicas=2")
        installed.wait()


def _running(installed: Installation, package: str, *, seconds: int) -> str:
    """A run that the second replica drives, whose second step runs for so long."""
    with installed.forwarded("pod/bakehouse-1") as url:
        client = Client(url, existing_token=_TOKEN)
        run: str = client.create_run_from_pipeline_package(package, arguments={"seconds": seconds}, enable_caching=False).run_id
        wait(lambda: len([*filter(causes.began, _pods(installed, run))]) == 2, "the second step")
    return run


def _has_run_once(installed: Installation, run: str) -> None:
    with installed.forwarded("pod/bakehouse-0") as url:
        shown = Client(url, existing_token=_TOKEN).wait_for_run_completion(run, timeout=120, sleep_duration=1)
        assert shown.state == "SUCCEEDED", installed.in_server("runs", "show", run)
    attempts = sorted((marks[names.TASK], marks[names.ATTEMPT]) for marks in (one["metadata"]["annotations"] for one in _pods(installed, run)))
    assert attempts == [("read", "1"), ("write", "1")]
    logs = [installed.of("exec", one["metadata"]["name"], "--", "bakehouse", "runs", "logs", run, "read") for one in _servers(installed)]
    assert "begun\ndone" in logs


def _driver(installed: Installation, run: str) -> str | None:
    """The engine that drives a run, as the first replica sees it."""
    found: str | None = json.loads(installed.in_server("runs", "show", run, "--output", "json"))["driven_by"]
    return found


def _process(installed: Installation, pod: str) -> int:
    """The server of a pod, whose node is this machine."""
    ours = {f"HOSTNAME={pod}".encode(), f"NAMESPACE={installed.namespace}".encode(), b"BAKEHOUSE_RUNNER=kubernetes"}
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it has ended just now
            if ours <= set(path.read_bytes().split(b"\0")):
                return int(path.parent.name)
    pytest.fail(f"no process of {pod} is to be found")


def _servers(installed: Installation) -> list[JsonObject]:
    found: list[Any] = installed.read("pods", "--selector", "app.kubernetes.io/component=server")["items"]
    return found


def _pods(installed: Installation, run: str) -> list[JsonObject]:
    found: list[Any] = installed.read("pods", "--selector", f"{names.KFP_RUN}={run}")["items"]
    return found
