"""What the server costs: its start, its memory, its first page, W2 through the API, long lists, a log of 1 GB."""

from __future__ import annotations

import gzip
import json
import random
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.measuring import measure
from benchmarks.workloads import HERE, PROGRAM, environment

_UI = HERE.parent / "src" / "bakehouse" / "server" / "ui"
_API = "/apis/bakehouse/v1"
_ENDED = {"SUCCEEDED", "FAILED", "CANCELED"}
_LISTED = 40  # requests of each kind
_PAGE = 500
_PAGE_SIZE = 50
_GIGABYTE = 1 << 30
_SEED = 7
#: Every name is looked at until a page is full: no index knows what stands within a text.
_LINEAR = "a text that no name has"


@dataclass(frozen=True)
class Figure:
    """One measured thing: seconds, bytes or a ratio, and its bar in the same unit."""

    name: str
    value: float
    bar: float
    unit: str


class _Server:
    """A server on a home, and what it answers."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        begun = time.perf_counter()
        self.process = subprocess.Popen(
            [str(PROGRAM), "server", "--port", "0"],
            env=environment(BAKEHOUSE_HOME=str(self.home)),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().decode().strip().rstrip("/")
        self.get(f"{_API}/about")
        self.took = time.perf_counter() - begun

    def get(self, path: str) -> Any:  # whatever the route answers
        """The JSON at a path."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=60) as answer:  # noqa: S310  # our own server
            return json.load(answer)

    def post(self, path: str, document: object) -> Any:  # whatever the route answers
        """What a POST answers."""
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(document).encode(), {"Content-Type": "application/json"})  # noqa: S310  # our own server
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # our own server
            return json.load(answer)

    def memory(self) -> int:
        """Its resident memory in bytes."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


@contextmanager
def served(folder: Path) -> Iterator[_Server]:
    """A server on the home in this folder, ended afterwards."""
    server = _Server(folder)
    try:
        yield server
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(timeout=30)


def figures(rounds: int) -> Iterator[Figure]:
    """All of them, each as soon as it is known."""
    with tempfile.TemporaryDirectory(prefix="bakehouse-bench-") as place:
        folder = Path(place)
        starts, idle = [], 0
        for _ in range(rounds):
            with served(folder) as server:
                starts.append(server.took)
                time.sleep(1)
                idle = server.memory()
        yield Figure("start, to the first answer", statistics.median(starts), 1.5, "s")
        yield Figure("memory when idle", idle / 1e6, 130, "MB")
    if _UI.exists():
        yield Figure("first load of the pages, compressed", _first_load() / 1e3, 400, "KB")
    yield Figure("W2 through the API over `bakehouse run`", _chain(rounds), 1.3, "x")
    yield from _lists()
    yield _log()


def _first_load() -> int:
    """Bytes that a browser fetches for the first page: what `index.html` names, compressed."""
    index = (_UI / "index.html").read_text()
    named = [one for one in _UI.rglob("*") if one.is_file() and one.suffix in {".js", ".css"} and f"assets/{one.name}" in index]
    return sum(len(gzip.compress(one.read_bytes())) for one in [_UI / "index.html", *named])


def _chain(rounds: int) -> float:
    """The median ratio of a chain of 20, from the request to the end of the run as the stream tells it, to `bakehouse run`."""
    ratios = []
    source = HERE / "pipelines" / "chain.py"
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="bakehouse-bench-") as place:
            folder = Path(place)
            ran = measure([str(PROGRAM), "run", str(source)], environment=environment(BAKEHOUSE_HOME=str(folder / "other")), folder=folder).wall
            compiled = folder / "chain.yaml"
            measure([str(PROGRAM), "compile", str(source), "-o", str(compiled)], environment=environment(), folder=folder)
            with served(folder) as server:
                ratios.append(_through(server, compiled.read_text()) / ran)
    return statistics.median(ratios)


def _through(server: _Server, text: str) -> float:
    spec = yaml.safe_load(text.partition("\n---\n")[0])
    begun = time.perf_counter()
    run = server.post("/apis/v2beta1/runs", {"display_name": "chain", "pipeline_spec": spec})["run_id"]
    with urllib.request.urlopen(f"{server.url}{_API}/stream?run={run}@0", timeout=60) as stream:  # noqa: S310  # our own server
        for line in stream:
            if line.startswith(b"data: ") and json.loads(line[6:]).get("run", {}).get("state") in _ENDED:
                break
    return time.perf_counter() - begun


def _lists() -> Iterator[Figure]:
    """The slowest twentieth of each list at 100,000 runs, and how much slower it is than at 10,000."""
    times: dict[int, dict[str, float]] = {}
    for count in (10_000, 100_000):
        with tempfile.TemporaryDirectory(prefix="bakehouse-bench-") as place:
            folder = Path(place)
            measure(
                [str(PROGRAM), "run", str(HERE / "pipelines" / "hello.py")],
                environment=environment(BAKEHOUSE_HOME=str(folder / "home")),
                folder=folder,
            )
            _fill(folder / "home" / "bakehouse.db", count)
            with served(folder) as server:
                times[count] = {name: _slowest(ask) for name, ask in _asked(server).items()}
    for name, large in times[100_000].items():
        yield Figure(f"100,000 runs: {name}", large * 1e3, 200 if name == _LINEAR else 50, "ms (p95)")
        if name != _LINEAR:
            yield Figure(f"10,000 to 100,000 runs: {name}", large / times[10_000][name], 1.3, "x")


def _fill(database: Path, count: int) -> None:
    """Copies of the one run, 10 s apart, in states as they come."""
    dice = random.Random(_SEED)  # noqa: S311  # a workload that is the same each time
    db = sqlite3.connect(database)
    db.row_factory = sqlite3.Row
    row = dict(db.execute("SELECT * FROM runs").fetchone())
    statement = f"INSERT INTO runs ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"  # noqa: S608  # names of columns
    with db:
        db.executemany(statement, (_another(row, number, dice) for number in range(count)))
    db.close()


def _another(row: Mapping[str, Any], number: int, dice: random.Random) -> dict[str, Any]:  # column values
    state = dice.choices(["SUCCEEDED", "FAILED", "CANCELED"], [90, 8, 2])[0]
    stored = "ARCHIVED" if dice.random() < 0.2 else "AVAILABLE"
    at = 1e9 + number * 10
    ended = {"created_at": at, "finished_at": at + dice.random() * 3_600}
    return {**row, **ended, "id": f"{number:08d}-copy", "name": f"run {number}", "state": state, "storage_state": stored}


def _asked(server: _Server) -> dict[str, Callable[[], Any]]:
    listed = f"{_API}/runs?page_size={_PAGE_SIZE}"
    token = ""
    for _ in range(_PAGE - 1):
        token = server.get(f"{listed}&page_token={token}")["next_page_token"] or token
    return {
        "newest": lambda: server.get(listed),
        "failed ones of a time": lambda: server.get(f"{listed}&state=FAILED&created_before=2001-09-09T20:00:00Z"),
        "500th page, or the last": lambda: server.get(f"{listed}&page_token={token}"),
        "by end": lambda: server.get(f"{listed}&sort=finished_at"),
        "by name, in the v2beta1 API": lambda: server.get("/apis/v2beta1/runs?page_size=50&sort_by=name"),
        "of a pipeline by its name": lambda: server.get(f"{listed}&pipeline_name=none"),
        "of an experiment": lambda: server.get(f"{listed}&experiment_id=none"),
        _LINEAR: lambda: server.get(f"{listed}&text=none"),
    }


def _slowest(ask: Callable[[], Any]) -> float:
    ask()
    taken = []
    for _ in range(_LISTED):
        begun = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - begun)
    return sorted(taken)[int(_LISTED * 0.95)]


def _log() -> Figure:
    """The end of a log of 1 GB."""
    with tempfile.TemporaryDirectory(prefix="bakehouse-bench-") as place:
        folder = Path(place)
        measure(
            [str(PROGRAM), "run", str(HERE / "pipelines" / "hello.py")], environment=environment(BAKEHOUSE_HOME=str(folder / "home")), folder=folder
        )
        with served(folder) as server:
            run = server.get(f"{_API}/runs")["runs"][0]["run_id"]
            task = server.get(f"{_API}/runs/{run}/tasks")["tasks"][0]["task_id"]
            log = next((folder / "home" / "runs").glob("*/*/1/log"))
            log.chmod(0o600)
            with log.open("wb") as file:
                line = b"a line of a log that is very long as a whole, and short by itself\n"
                for _ in range(_GIGABYTE // (len(line) * 10_000)):
                    file.write(line * 10_000)
            begun = time.perf_counter()
            part = server.get(f"{_API}/runs/{run}/tasks/{task}/attempts/1/log?offset=-65536")
            taken = time.perf_counter() - begun
            assert part["text"].endswith("by itself\n")
    return Figure("the end of a log of 1 GB", taken, 1.0, "s")
