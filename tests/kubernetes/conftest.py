"""Tests on a real cluster: `make test-kubernetes`. They take whatever cluster KUBECONFIG names, and its current namespace."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bakehouse.runners.kubernetes.cluster import Connection, Kind
from bakehouse.runners.kubernetes.errors import NoCluster
from tests.kubernetes.bed import Bed, Server, bridged

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "localhost/bakehouse:tests"


@cache
def _missing() -> str:
    """Why these tests cannot run here."""
    if not os.environ.get("KUBECONFIG"):
        return "KUBECONFIG names no cluster"
    try:
        found = Connection()
        found.list(Kind.POD, {})
        found.close()
    except NoCluster as error:
        return error.message
    if not os.environ.get("BAKEHOUSE_TEST_POD_HOST") and not (Path("/run/netns/k8s").exists() and shutil.which("socat") and shutil.which("nsenter")):
        return "pods cannot reach this machine: set BAKEHOUSE_TEST_POD_HOST to the address at which they can"
    if not os.environ.get("BAKEHOUSE_POD_RUNNERS") and not (shutil.which("musl-gcc") or shutil.which("gcc")):
        return "there is no C compiler for the program under which steps run"
    return ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip all of them, with the reason, where one of their needs is missing."""
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    why = _missing() if ours else ""
    for item in ours:
        item.add_marker(pytest.mark.kubernetes)
        if why:
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="session")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A home, a server of it that pods reach, and the cluster."""
    folder = tmp_path_factory.mktemp("kubernetes")
    port = _free_port()
    with bridged(port, folder) as address:
        environ = {
            **os.environ,
            "BAKEHOUSE_HOME": str(folder / "home"),
            "BAKEHOUSE_IMAGE": os.environ.get("BAKEHOUSE_IMAGE", IMAGE),
            "BAKEHOUSE_POD_RUNNERS": os.environ.get("BAKEHOUSE_POD_RUNNERS") or _compiled(folder / "runners"),
            "BAKEHOUSE_POD_SERVER": f"http://{address}:{port}",
            "BAKEHOUSE_POD_PATCH": os.environ.get("BAKEHOUSE_POD_PATCH", "{spec: {dnsPolicy: Default}}"),
            "BAKEHOUSE_POD_TTL": "1s",
        }
        made = Bed(folder / "home", environ, Connection(), Server(environ, port, address))
        made.server.start()
        try:
            yield made
        finally:
            made.server.end()
            for pod in made.pods():
                made.cluster.delete(Kind.POD, pod["metadata"]["name"])
            made.cluster.close()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _compiled(folder: Path) -> str:
    """The program under which steps run, for this machine."""
    folder.mkdir()
    compiler = shutil.which("musl-gcc") or "gcc"
    subprocess.run([compiler, "-static", "-Os", "-s", "-o", folder / "amd64", ROOT / "deploy" / "runner" / "runner.c"], check=True)
    return str(folder)
