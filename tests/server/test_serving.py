"""`bakehouse server` as a process: one for a home, in the background of whatever its runs do, ended and killed without harm."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bakehouse.actions import runs
from bakehouse.app.serving import Serving
from bakehouse.records.database import open_home
from tests.home import Home, faulty
from tests.server.recorded import recorded
from tests.server.serving import API, Server, eventually, open_context, served

_MOST_MEMORY = 130_000  # kB


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home of its own, with the command line beside it."""
    return Home(tmp_path)


def _second(folder: Path, *arguments: str, timeout: float = 20) -> subprocess.CompletedProcess[str]:
    """`bakehouse server ARGUMENTS` that should not come to serve."""
    return subprocess.run(
        [sys.executable, "-m", "bakehouse", "server", *arguments],
        env={**os.environ, "BAKEHOUSE_HOME": str(folder / "home")},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def _memory(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


# ---------------------------------------------------------------- starting


def test_a_server_says_where_it_is_and_answers(tmp_path: Path) -> None:
    """The address alone on standard output; the API, the pages; in little memory."""
    with served(tmp_path) as server:
        assert server.json("/about")["home"] == str(server.home)
        page = httpx.get(server.url)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert httpx.get(f"{server.url}/openapi.json").json()["info"]["title"] == "Bakehouse"
        assert _memory(server.process.pid) < _MOST_MEMORY
        assert "Ctrl-C" in server.words
        assert (server.home.stat().st_mode & 0o777, (server.home / "server.lock").stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_second_server_says_where_the_first_is(tmp_path: Path) -> None:
    """Exit code 2, on whatever port; when the first has ended, it takes its place."""
    with served(tmp_path) as server:
        second = _second(tmp_path, "--port", "0")
        assert second.returncode == 2
        assert f"already: {server.url}/" in second.stderr
        assert f"process {server.process.pid}" in second.stderr
        assert second.stdout == ""
        assert server.terminate() == 0
    with served(tmp_path):
        pass


def test_a_killed_server_is_in_nobodys_way(tmp_path: Path) -> None:
    """The system frees its lock; what it wrote into the file counts for nothing."""
    with served(tmp_path) as first:
        first.kill()
    with served(tmp_path) as second:
        assert second.json("/about")["version"]


def test_a_taken_port_is_named_with_a_way_out(tmp_path: Path) -> None:
    """And the home is free again."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = _second(tmp_path, "--port", str(port))
    assert refused.returncode == 2
    assert f"port {port} of 127.0.0.1" in refused.stderr
    assert "--port 0" in refused.stderr
    with served(tmp_path):
        pass


@pytest.mark.parametrize("host", ["example.org", "", "127.0.0.1:80"])
def test_what_is_no_address_is_refused(tmp_path: Path, host: str) -> None:
    """Nothing is made or started: what a name stands for may change."""
    refused = _second(tmp_path, "--host", host)
    assert refused.returncode == 2
    assert "is no address" in refused.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])  # noqa: S104  # nothing listens there
def test_where_others_reach_it_it_asks_who_they_are(host: str) -> None:
    """Whoever reaches the server runs programs as its user."""
    assert Serving(host=host).asks
    assert not Serving().asks


def test_a_closed_server_opens_to_its_token(tmp_path: Path) -> None:
    """Which it made, and which a command prints."""
    with served(tmp_path, "--login") as server:
        assert "asks for a token" in server.words
        assert httpx.get(f"{server.url}{API}/about").status_code == 401
        printed = subprocess.run(
            [sys.executable, "-m", "bakehouse", "token"],
            env={**os.environ, "BAKEHOUSE_HOME": str(server.home)},
            capture_output=True,
            text=True,
            check=True,
        )
        answer = httpx.get(f"{server.url}{API}/about", headers={"Authorization": f"Bearer {printed.stdout.strip()}"})
        assert answer.json()["user"] == "admin"
        assert str(server.home) in printed.stderr


def test_an_open_server_that_pods_reach_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes by their way may use all of it; a closed one has nothing to say."""
    monkeypatch.setenv("BAKEHOUSE_POD_SERVER", "http://bakehouse.team:8811")
    for name in ("open", "closed"):
        (tmp_path / name).mkdir()
    with served(tmp_path / "open") as server:
        assert "every step may use all of it; --login" in server.words
    with served(tmp_path / "closed", "--login") as server:
        assert "every step" not in server.words


@pytest.mark.parametrize(
    ("arguments", "said"), [(("--base-path", "/a b"), "base path"), (("--allowed-host", "https://x"), "host"), (("--port", "70000"), "70000")]
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """Before anything is made."""
    refused = _second(tmp_path, *arguments)
    assert (refused.returncode, said in refused.stderr) == (2, True)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("host", ["localhost", "::1", "[::1]", "0:0:0:0:0:0:0:1", "127.0.0.2"])
def test_every_address_of_the_loopback_is_served(tmp_path: Path, host: str) -> None:
    """Under the name that is printed."""
    if ":" in host and not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    with served(tmp_path, "--host", host) as server:
        assert server.url.startswith(f"http://{'[::1]' if ':' in host else host}:")
        origin = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
        assert httpx.post(f"{server.url}{API}/runs/batch", json={}, headers=origin).json()["code"] == "bad_input"


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


# ---------------------------------------------------------------- behind a proxy


def test_a_base_path_is_served_with_and_without(tmp_path: Path) -> None:
    """A proxy may strip it; links and the page name it."""
    with served(tmp_path, "--base-path", "kitchen/", "--allowed-host", "bake.example.org") as server:
        assert server.url.endswith("/kitchen")
        origin = server.url.removesuffix("/kitchen")
        for prefix in ("", "/kitchen"):
            assert httpx.get(f"{origin}{prefix}{API}/about").status_code == 200
            assert "/kitchen/" in httpx.get(f"{origin}{prefix}/runs").text
        assert httpx.get(f"{server.url}{API}/about", headers={"Host": "bake.example.org"}).status_code == 200
        assert httpx.get(f"{server.url}{API}/about", headers={"Host": "evil.example.org"}).status_code == 400


def test_nothing_foreign_reaches_a_route(tmp_path: Path) -> None:
    """DNS rebinding, a page on another port, a form without CORS: nothing is recorded, no run starts."""
    form = {"uploadfile": ("pipeline.yaml", b"x", "text/plain")}
    with served(tmp_path) as server:
        for headers in (
            {"Host": "evil.example.org"},
            {"Origin": "http://127.0.0.1:9"},
            {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
            {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        ):
            for path in ("/apis/v2beta1/pipelines/upload?name=x", f"{API}/pipelines/upload", "/apis/v2beta1/runs", "/apis/v2beta1/experiments"):
                answer = httpx.post(f"{server.url}{path}", files=form, headers=headers)
                assert answer.status_code == (400 if "Host" in headers else 403), path
        db = open_home(server.home)
        assert db.newest() is None
        db.close()


def test_a_body_that_is_too_large_gets_its_answer(tmp_path: Path) -> None:
    """Over a real connection: the client reads why, and can go on."""
    with served(tmp_path) as server, httpx.Client() as client:
        path = f"{server.url}{API}/runs/batch"

        def endless() -> Iterator[bytes]:
            for _ in range(200):
                yield b" " * (1 << 16)

        assert client.post(path, content=b" " * (2 << 20), headers={"Content-Type": "application/json"}).status_code == 413
        assert client.post(path, content=endless(), headers={"Content-Type": "application/json"}).status_code == 413
        assert client.get(f"{server.url}{API}/about").status_code == 200


# ---------------------------------------------------------------- runs


def test_free_runs_are_adopted_and_shown(home: Home) -> None:
    """A run that nobody drives is driven by the server, also across its death; a step is never started twice."""
    file = home.write(faulty(3))
    with served(home.folder) as server:
        assert home.call("run", str(file), "--detach", "-p", f"proof={home.proof}", "-p", "seconds=1.0").returncode == 0
        assert eventually(lambda: len(home.proofs()) >= 1, seconds=30), server.words
        server.kill()
        _end_engines(home)
    with served(home.folder) as server:
        run_id = home.runs()[0]["run_id"]
        with server.stream(f"run={run_id}@0") as told:
            for event in told:
                if event.data["run"]["state"] in {"SUCCEEDED", "FAILED"}:
                    break
        shown = home.wait_for("SUCCEEDED", seconds=60)
        assert set(home.proofs().values()) == {1}
        assert len(home.proofs()) == 7
        home.logs_are_whole(shown)


def _end_engines(home: Home) -> None:
    """The engine that `--detach` started beside the server: the server is to be alone."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command, environ = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
            except OSError:
                continue
            if b"--idle-exit" in command and f"BAKEHOUSE_HOME={home.path}".encode() in environ:
                os.kill(int(entry.name), signal.SIGKILL)


def test_a_run_that_is_created_here_starts_at_once(home: Home) -> None:
    """Not at the next look for free runs; and so it ends when that is asked for."""
    file = home.write(faulty(1))
    home.call("compile", str(file), "-o", "pipeline.yaml")
    with served(home.folder) as server:
        with (home.folder / "pipeline.yaml").open("rb") as package:
            made = httpx.post(f"{server.url}{API}/pipelines/upload", files={"uploadfile": ("pipeline.yaml", package)})
        assert made.status_code == 200, made.text
        reference = {"pipeline_id": made.json()["pipeline_id"], "pipeline_version_id": made.json()["version_id"]}
        waits = []
        for _ in range(3):
            wish = {
                "display_name": "quick",
                "pipeline_version_reference": reference,
                "runtime_config": {"parameters": {"proof": str(home.proof), "seconds": 20}},
            }
            answer = httpx.post(f"{server.url}/apis/v2beta1/runs", json=wish)
            assert answer.status_code == 200, answer.text
            begun, run_id = time.monotonic(), answer.json()["run_id"]
            assert eventually(lambda run_id=run_id: server.json(f"/runs/{run_id}")["state"] == "RUNNING", seconds=5)  # type: ignore[misc]
            waits.append(time.monotonic() - begun)
            httpx.post(f"{server.url}/apis/v2beta1/runs/{run_id}:terminate")
            assert eventually(lambda run_id=run_id: server.json(f"/runs/{run_id}")["state"] == "CANCELED", seconds=20)  # type: ignore[misc]
        assert min(waits) < 0.5, waits


def test_steps_go_on_when_the_server_ends_and_the_next_takes_over(home: Home) -> None:
    """TERM lets go of the run at once; the step's own second is not lost."""
    file = home.write(faulty(1))
    with served(home.folder) as server:
        home.call("run", str(file), "--detach", "-p", f"proof={home.proof}", "-p", "seconds=2")
        _end_engines(home)
        assert eventually(lambda: len(home.proofs()) == 2, seconds=30)
        assert server.terminate() == 0
        assert home.step_processes()
    with served(home.folder):
        home.wait_for("SUCCEEDED", seconds=30)
        assert set(home.proofs().values()) == {1}


# ---------------------------------------------------------------- ending


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_server_and_its_streams(tmp_path: Path, number: signal.Signals) -> None:
    """At once, with exit code 0, whatever pages are open; the lock is free, no traceback is shown."""
    with served(tmp_path) as server:
        ended = threading.Event()

        def listens() -> None:
            with server.stream("new=true") as told:
                list(told)
            ended.set()

        listening = threading.Thread(target=listens)
        listening.start()
        assert eventually(lambda: _open_connections(server) > 0, seconds=5)
        time.sleep(0.3)
        begun = time.monotonic()
        assert server.end(number) == 0
        assert time.monotonic() - begun < 3
        listening.join(timeout=5)
        assert ended.is_set()
        assert "Traceback" not in server.words
        assert (server.home / "server.lock").read_text() == ""


def _open_connections(server: Server) -> int:
    port = int(server.url.rpartition(":")[2])
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(1 for line in lines if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "01")


def test_an_idle_server_with_open_streams_stays_small(tmp_path: Path) -> None:
    """Twenty pages that watch cost next to nothing."""
    with served(tmp_path) as server:
        context = open_context(server.home)
        with recorded(context) as run, httpx.Client(limits=httpx.Limits(max_connections=50), timeout=30) as client:
            streams = [client.stream("GET", f"{server.url}{API}/stream?watch={run.run_id}&new=true") for _ in range(20)]
            answers = [one.__enter__() for one in streams]
            try:
                heard = [answer.iter_lines() for answer in answers]
                for lines in heard:
                    assert next(line for line in lines if line.startswith("data: "))
                runs.archive(context, run.run_id)
                for lines in heard:
                    assert json.loads(next(line for line in lines if line.startswith("data: "))[6:])["storage_state"] == "ARCHIVED"
                assert _memory(server.process.pid) < _MOST_MEMORY
            finally:
                for one in streams:
                    one.__exit__(None, None, None)
        context.records.close()
