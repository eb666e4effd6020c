"""`kubectl apply -k deploy/kubernetes/base` with an image that is built here: it is closed, KFP's client works, and a restart loses nothing."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bakehouse import Client
from bakehouse.runners.kubernetes import causes, names
from tests import needs
from tests.compat.test_differential import REAL
from tests.kubernetes import image
from tests.kubernetes.bed import PIPELINES, wait
from tests.kubernetes.installation import Installation, kubectl, namespace
from tests.repo.test_deploy import INSTALLATIONS

pytestmark = pytest.mark.slow
#: Programs that the real kfp client runs.
_CLIENTS = PIPELINES.with_name("clients")
_PROJECTED = "/var/run/secrets/kubeflow/pipelines"
#: Of a step, one each fifth of a second.
_LINES = 60


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """`base` with the component `kubeflow`."""
    why = image.missing() or ("" if REAL.exists() else "the real kfp is not installed: `make test` makes its environment")
    if why:
        needs.missing(why)
    folder, name = tmp_path_factory.mktemp("installed"), f"bakehouse-{secrets.token_hex(4)}"
    made = Installation(name, folder, INSTALLATIONS["kubeflow"], image.brought(folder))
    with namespace(name):
        try:
            made.apply()
            yield made
        finally:
            kubectl("delete", "clusterrolebinding", f"bakehouse-token-review-{name}", "--ignore-not-found")


@pytest.fixture(scope="module")
def token(installed: Installation) -> str:
    """What the one command of the how-to prints."""
    return installed.in_server("token")


def test_kfps_client_finishes_a_run(installed: Installation, token: str) -> None:
    """With the token; without it the answer is 401. Its step is one pod of the namespace, whose keeper has the server's own image."""
    with installed.forwarded() as url:
        assert httpx.get(f"{url}/apis/v2beta1/runs").status_code == 401
        script = [str(REAL), str(_CLIENTS / "outside.py"), url, token]
        done = subprocess.run(script, capture_output=True, text=True, check=False, cwd=installed.folder, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert (said["without"], said["state"]) == (401, "SUCCEEDED")
    (pod,) = installed.read("pods", "--selector", f"{names.KFP_RUN}={said['run']}")["items"]
    assert {one["name"]: one["image"] for one in pod["spec"]["containers"]} == {"keeper": installed.image, "main": "python:3.11"}
    assert pod["spec"]["serviceAccountName"] == "pipeline-runner"
    shown = json.loads(installed.in_server("runs", "show", said["run"], "--output", "json"))
    assert shown["outputs"] == {"Output": "hello, pod"}


def test_a_program_in_the_cluster_comes_in_by_its_projected_token(installed: Installation) -> None:
    """The real client finds server and token where KFP has them; without the token the answer is 401."""
    installed.of("apply", "-f", "-", given=json.dumps(_program(installed)))

    def ended() -> str:
        phase = installed.read("pod", "program")["status"]["phase"]
        return phase if phase in {"Succeeded", "Failed"} else ""

    phase, told = wait(ended, "the end of the program"), installed.of("logs", "program")
    assert phase == "Succeeded", told
    said = json.loads(told.splitlines()[-1])
    listed = json.loads(installed.in_server("runs", "list", "--output", "json"))
    assert (said["without"], said["runs"]) == (401, [one["run_id"] for one in listed])


def _program(installed: Installation) -> dict[str, Any]:
    """A pod as the how-to has it. The client lies on the disk of this machine, which is the node's."""
    mounts = [
        {"name": "kfp-token", "mountPath": _PROJECTED, "readOnly": True},
        {"name": "client", "mountPath": "/client", "readOnly": True},
    ]
    (modules,) = (REAL.parents[1] / "lib").glob("python3*/site-packages")
    projected = {"serviceAccountToken": {"path": "token", "expirationSeconds": 7200, "audience": "pipelines.kubeflow.org"}}
    volumes = [{"name": "kfp-token", "projected": {"sources": [projected]}}, {"name": "client", "hostPath": {"path": str(modules)}}]
    environ = {"KF_PIPELINES_SA_TOKEN_PATH": f"{_PROJECTED}/token", "PYTHONPATH": "/client", "HOME": "/tmp"}
    container = {
        "name": "program",
        "image": "localhost/bakehouse-tests:python",
        "command": ["python3", "-c", (_CLIENTS / "inside.py").read_text(), installed.namespace],
        "env": [{"name": name, "value": value} for name, value in environ.items()],
        "volumeMounts": mounts,
    }
    spec = {"restartPolicy": "Never", "hostAliases": installed.aliases(), "containers": [container], "volumes": volumes}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "program"}, "spec": spec}


def test_a_restart_during_a_run_loses_nothing(installed: Installation, token: str) -> None:
    """Steps go on, the next server takes them over: each has run once, and its log is whole."""
    package = installed.folder / "restarted.yaml"
    subprocess.run([sys.executable, "-m", "bakehouse", "compile", str(PIPELINES / "restarted.py"), "-o", str(package)], check=True)
    with installed.forwarded() as url:
        client = Client(url, existing_token=token)
        run = client.create_run_from_pipeline_package(str(package), arguments={"lines": _LINES}, enable_caching=False).run_id
    selector = f"{names.KFP_RUN}={run}"
    wait(lambda: [*map(causes.began, installed.read("pods", "--selector", selector)["items"])] == [True, True], "two running steps")
    installed.of("rollout", "restart", "deployment/bakehouse")
    installed.wait()

    def over() -> Any:
        shown = json.loads(installed.in_server("runs", "show", run, "--output", "json"))
        return shown if shown["state"] in {"SUCCEEDED", "FAILED", "CANCELED"} else None

    shown = wait(over, "the end of the run")
    assert shown["state"] == "SUCCEEDED", shown
    steps = {one["name"]: one["attempts"] for one in shown["tasks"] if one["attempts"]}
    assert len(steps) == 4
    assert set(steps.values()) == {1}
    assert len(installed.read("pods", "--selector", selector)["items"]) == 4
    for name in steps:
        lines = _LINES if name.endswith("/speak") else 5
        assert installed.in_server("runs", "logs", run, name).splitlines() == [f"line {number}" for number in range(1, lines + 1)]
