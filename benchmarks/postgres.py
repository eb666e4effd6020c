"""Lists of runs in PostgreSQL: as quick at a million runs as at a hundred thousand. It starts a server of its own.

BAKEHOUSE_BENCH_RUNS is the larger number; the smaller one is a tenth of it.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
from tests import postgres
from tests.records.stories import new_run

from bakehouse.records.database import Records, open_home
from bakehouse.records.queries import Cursor, Operation, Predicate, Query, Sort
from benchmarks.serving import Figure

RUNS = int(os.environ.get("BAKEHOUSE_BENCH_RUNS", "1000000"))
_PAGE, _SIZE, _ASKED = 500, 50, 100
_EXPERIMENTS = 50
_SEED = 4
_BAR_MS, _BAR_RATIO = 50, 1.3


def figures(rounds: int) -> Iterator[Figure]:
    """The slowest twentieth of each list, and how much slower it is than with a tenth of the runs."""
    del rounds  # each list is asked often
    times = {count: dict(_measured(count)) for count in (RUNS // 10, RUNS)}
    for name, large in times[RUNS].items():
        yield Figure(f"PostgreSQL, {RUNS:,} runs: {name}", large * 1e3, _BAR_MS, "ms (p95)")
        yield Figure(f"PostgreSQL, {RUNS // 10:,} to {RUNS:,}: {name}", large / times[RUNS // 10][name], _BAR_RATIO, "x")


def _measured(count: int) -> Iterator[tuple[str, float]]:
    with tempfile.TemporaryDirectory(prefix="bakehouse-bench-") as folder, postgres.server() as running:
        url = running.url(running.make())
        records = open_home(Path(folder) / "home", database=url)
        records.create_run(new_run())
        _fill(url, count)
        for name, ask in _asked(records).items():
            yield name, _slowest(ask)
        records.close()


def _fill(url: str, count: int) -> None:
    """Copies of the one run, 10 s apart, in states and experiments as they come."""
    dice = random.Random(_SEED)  # noqa: S311  # a workload that is the same each time
    with psycopg.connect(url) as db:
        found = db.execute("SELECT * FROM runs")
        names = [column.name for column in found.description or ()]
        row = dict(zip(names, found.fetchone() or (), strict=True))
        with db.cursor().copy(f"COPY runs ({', '.join(names)}) FROM STDIN".encode()) as copy:
            for number in range(count):
                copy.write_row(list(_another(row, number, dice).values()))
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("VACUUM ANALYZE runs")  # as a server does by itself after a while


def _another(row: Mapping[str, Any], number: int, dice: random.Random) -> dict[str, Any]:  # column values
    experiment = dice.randrange(_EXPERIMENTS)
    at = 1e9 + number * 10
    return {
        **row,
        "id": f"{number:08d}-copy",
        "name": f"run {number}",
        "state": dice.choices(["SUCCEEDED", "FAILED", "CANCELED"], [90, 8, 2])[0],
        "storage_state": "ARCHIVED" if dice.random() < 0.2 else "AVAILABLE",
        "created_at": at,
        "finished_at": at + dice.random() * 3_600,
        "experiment": f"experiment {experiment}",
        "experiment_id": f"e{experiment}",
    }


def _asked(records: Records) -> dict[str, Callable[[], object]]:
    def listed(*where: Predicate, sort: str = "created_at", after: Cursor | None = None) -> Callable[[], object]:
        return lambda: records.find_runs(Query(where, Sort(sort, descending=True), limit=_SIZE, after=after))

    def far(*where: Predicate) -> Cursor | None:
        after = None
        for _ in range(_PAGE - 1):
            after = records.find_runs(Query(where, Sort("created_at", descending=True), limit=_SIZE, after=after)).next or after
        return after

    available = Predicate("storage_state", Operation.EQUALS, "AVAILABLE")
    failed = Predicate("state", Operation.EQUALS, "FAILED")
    of_one = Predicate("experiment_id", Operation.EQUALS, "e7")
    early = Predicate("created_at", Operation.LESS_THAN, 1e9 + 50_000.5)
    return {
        "newest": listed(available),
        "500th page": listed(available, after=far(available)),
        "by state": listed(available, failed),
        "by state, the last page or the 500th": listed(failed, after=far(failed)),
        "by time": listed(available, early),
        "by state and time": listed(failed, early),
        "of an experiment": listed(available, of_one),
        "of an experiment, the last page or the 500th": listed(of_one, after=far(of_one)),
        "by end": listed(available, sort="finished_at"),
        "by name": listed(available, sort="name"),
    }


def _slowest(ask: Callable[[], object]) -> float:
    ask()
    taken = []
    for _ in range(_ASKED):
        begun = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - begun)
    return sorted(taken)[int(_ASKED * 0.95)]
