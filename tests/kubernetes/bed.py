"""A server whose steps are pods of the cluster that KUBECONFIG names, and what tests do to that cluster."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx2

from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes import names
from bakehouse.runners.kubernetes.cluster import Connection, Kind
from bakehouse.runners.kubernetes.errors import NoCluster
from tests.repo.tree import ROOT

PIPELINES = Path(__file__).with_name("pipelines")
IMAGE = "localhost/bakehouse:tests"
#: No DNS is there, nor a registry: an image of the node counts, whatever its tag.
_PATCH = "{spec: {dnsPolicy: Default, containers: [{name: main, imagePullPolicy: IfNotPresent}]}}"
#: Seconds that anything on the cluster may take; a busy machine is slow.
PATIENCE = 120.0


@dataclass
class Told:
    """A line that `bakehouse run` wrote while the run went on, and when: seconds since it was started, and since the epoch."""

    at: float
    text: str
    when: float


@dataclass
class Running:
    """A run that goes on in a process of its own."""

    process: subprocess.Popen[str]
    began: float
    told: list[Told] = field(default_factory=list)
    out: list[str] = field(default_factory=list)

    def until(self, text: str) -> Told:
        """The first line with this text."""

        def look() -> Told | None:
            is_over = self.process.poll() is not None
            found = next((one for one in list(self.told) if text in one.text), None)
            assert found or not is_over, f"the run is over without {text!r}: {[one.text for one in self.told]}"
            return found

        found: Told = wait(look, lambda: f"{text!r} in {[one.text for one in self.told]}")
        return found

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Its process does nothing for as long as this lasts."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    @property
    def run(self) -> str:
        """The first characters of the run's id."""
        return self.until("records in").text.rpartition(" ")[2]

    def document(self, patience: float = PATIENCE) -> dict[str, Any]:
        """What the run has come to, once it is over."""
        self.process.wait(timeout=patience)
        self.close()
        found: dict[str, Any] = json.loads("".join(self.out))
        return found

    def close(self) -> None:
        """Kill it where it still runs, and let go of its pipes."""
        self.process.kill()
        self.process.wait()
        for thread in self.threads:
            thread.join()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def __post_init__(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        out, told = self.process.stdout, self.process.stderr
        lines = (Told(time.monotonic() - self.began, line.rstrip(), time.time()) for line in told)
        self.threads = [
            threading.Thread(target=lambda: self.out.extend(out), daemon=True),
            threading.Thread(target=lambda: self.told.extend(lines), daemon=True),
        ]
        for thread in self.threads:
            thread.start()


@dataclass
class Server:
    """A server of the home on a port of the loopback, which pods ask by another name. Whoever kills it may start it again."""

    environ: dict[str, str]
    port: int
    host: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "bakehouse", "server", "--port", str(self.port), "--allowed-host", self.host]
        with (Path(self.environ["BAKEHOUSE_HOME"]).parent / "server.log").open("ab") as log:
            process = self.process = subprocess.Popen(command, env=self.environ, stdout=log, stderr=log)
        wait(lambda: process.poll() is not None or _answers(self.port), "the server")

    def end(self, number: int = signal.SIGTERM) -> None:
        """End it by a signal."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(timeout=PATIENCE)


def _answers(port: int) -> bool:
    with socket.socket() as found:
        return found.connect_ex(("127.0.0.1", port)) == 0


@dataclass(frozen=True)
class Bed:
    """The home, the environment of its programs, and a way to the cluster."""

    home: Path
    environ: dict[str, str]
    cluster: Connection
    server: Server
    started: list[Running] = field(default_factory=list)

    def start(self, file: str, *arguments: str, **environ: str) -> Running:
        """Begin a run of a file of `pipelines`, with options of `bakehouse run` and further variables."""
        command = [sys.executable, "-m", "bakehouse", "run", str(PIPELINES / file), "--runner", "kubernetes", "--output", "json", *arguments]
        process = subprocess.Popen(
            command, env={**self.environ, **environ}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.home.parent
        )
        self.started.append(Running(process, time.monotonic()))
        return self.started[-1]

    def clear(self) -> None:
        """End runs that somebody still drives."""
        for running in self.started:
            if running.process.poll() is None:
                command = [sys.executable, "-m", "bakehouse", "runs", "terminate", running.run]
                subprocess.run(command, env=self.environ, capture_output=True, check=True, timeout=PATIENCE)
            running.close()
        self.started.clear()

    def close(self) -> None:
        """End what a test that failed has left, the server, and all pods and claims of the home."""
        self.clear()
        self.server.end()
        for kind in (Kind.POD, Kind.CLAIM):
            for one in self.of_the_home(kind):
                self.cluster.delete(kind, one["metadata"]["name"])
        self.cluster.close()

    def run(self, file: str, *arguments: str, **environ: str) -> dict[str, Any]:
        """The document of a run."""
        return self.start(file, *arguments, **environ).document()

    def shown(self, run: str, *options: str) -> dict[str, Any]:
        """What `bakehouse runs show` says of a run."""
        command = [sys.executable, "-m", "bakehouse", "runs", "show", run, *options, "--output", "json"]
        found: dict[str, Any] = json.loads(subprocess.run(command, env=self.environ, capture_output=True, check=True, timeout=PATIENCE).stdout)
        return found

    def pods(self, run_id: str = "") -> list[JsonObject]:
        """The pods of this home, or of one run of it."""
        return self.of_the_home(Kind.POD, {names.RUN: run_id} if run_id else {})

    def of_the_home(self, kind: Kind, selector: JsonObject | None = None) -> list[JsonObject]:
        """The objects of this home, of which workspaces outlive their runs by a day."""
        found: list[JsonObject] = self.cluster.list(kind, {names.HOME: (self.home / "id").read_text().strip(), **(selector or {})})["items"]
        return found

    def pod(self, running: Running, task: str, done: Callable[[JsonObject], bool] = bool) -> JsonObject:
        """The pod of a task of a run, once it is as it should be."""
        run = running.run

        def found() -> JsonObject | None:
            for one in self.pods():
                marks = one["metadata"]["annotations"]
                if marks[names.TASK] == task and marks[names.RUN].startswith(run) and done(one):
                    return one
            return None

        pod: JsonObject = wait(found, f"a pod of {task}")
        return pod

    def asked(self, method: str, path: str, body: JsonObject | None = None, **options: Any) -> JsonObject:
        """Ask the cluster for something that Bakehouse never asks for."""
        answer = self.cluster._client.request(method, path, json=body, **options)
        assert answer.status_code < 400, answer.text
        said: JsonObject = answer.json()
        return said

    def log(self, pod: str, container: str) -> str:
        """What a container has written, by the kubelet's word."""
        return str(self.cluster._client.get(f"/api/v1/namespaces/{self.cluster.namespace}/pods/{pod}/log", params={"container": container}).text)

    def answers(self) -> bool:
        """Whether the cluster does."""
        try:
            return self.cluster._client.get("/readyz").status_code == 200
        except httpx2.HTTPError:
            return False

    def vanish(self, pod: JsonObject) -> None:
        """Let a pod be gone from the API at once, whatever its node does."""
        path = f"/api/v1/namespaces/{self.cluster.namespace}/pods/{pod['metadata']['name']}"
        self.asked("DELETE", path, {"gracePeriodSeconds": 0})

    @contextmanager
    def made(self, kind: str, manifest: JsonObject) -> Iterator[JsonObject]:
        """An object for as long as the test lasts: of this kind and the namespace, or of the kind that a path of the API names."""
        path = kind if kind.startswith("/") else f"/api/v1/namespaces/{self.cluster.namespace}/{kind}"
        made = self.asked("POST", path, manifest)
        try:
            yield made
        finally:
            self.cluster._client.request("DELETE", f"{path}/{made['metadata']['name']}")


def wait(found: Callable[[], Any], what: str | Callable[[], str], pause: float = 0.1) -> Any:
    """What `found` finds, once it finds something; it is asked after each pause, in seconds."""
    give_up = time.monotonic() + PATIENCE
    while not (value := found()):
        assert time.monotonic() < give_up, f"waited in vain for {what() if callable(what) else what}"
        time.sleep(pause)
    return value


def task(document: dict[str, Any], name: str) -> dict[str, Any]:
    """A task of the document of a run."""
    (found,) = [one for one in document["tasks"] if one["name"] == name]
    return dict(found)


@contextmanager
def bridged(port: int, folder: Path) -> Iterator[str]:
    """The address at which pods reach a port of this machine's loopback.

    BAKEHOUSE_TEST_POD_HOST names it. Where it does not, and the cluster lives in the network namespace `k8s` without a way out, two socats make one.
    """
    named = os.environ.get("BAKEHOUSE_TEST_POD_HOST")
    if named:
        yield named
        return
    shared = folder / "server.socket"
    with _socat(["socat", f"UNIX-LISTEN:{shared},fork", f"TCP:127.0.0.1:{port}"]), reached(shared, port) as address:
        yield address


@contextmanager
def reached(listening: Path, port: int) -> Iterator[str]:
    """The address in the network namespace `k8s` at whose port pods reach a socket of this machine's file system."""
    address = "10.244.0.1"
    with _socat(["nsenter", "--net=/run/netns/k8s", "socat", f"TCP-LISTEN:{port},bind={address},fork,reuseaddr", f"UNIX-CONNECT:{listening}"]):
        yield address


@contextmanager
def _socat(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


@cache
def missing() -> str:
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


@contextmanager
def opened(folder: Path) -> Iterator[Bed]:
    """A home in an empty folder, a server of it that pods reach, and the cluster. No pod and no claim of it is left."""
    port = _free_port()
    with bridged(port, folder) as address:
        environ = {
            **os.environ,
            "BAKEHOUSE_HOME": str(folder / "home"),
            "BAKEHOUSE_IMAGE": os.environ.get("BAKEHOUSE_IMAGE", IMAGE),
            "BAKEHOUSE_POD_RUNNERS": os.environ.get("BAKEHOUSE_POD_RUNNERS") or _compiled(folder / "runners"),
            "BAKEHOUSE_POD_SERVER": f"http://{address}:{port}",
            "BAKEHOUSE_POD_PATCH": os.environ.get("BAKEHOUSE_POD_PATCH", _PATCH),
            "BAKEHOUSE_POD_TTL": "1s",
            "BAKEHOUSE_RUNNER": "kubernetes",
        }
        # Whoever drives a run says how long its pods stay: the server deletes none of them before.
        made = Bed(folder / "home", environ, Connection(), Server({**environ, "BAKEHOUSE_POD_TTL": "1h"}, port, address))
        made.server.start()
        try:
            yield made
        finally:
            made.close()


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
