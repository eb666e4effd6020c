"""The pages on a large run: 10,000 steps in three nested loops, one of which failed. From the list of runs to its log, in a real browser.

The run is one of `simulated`, whose steps left no logs; the one that failed is given its own here.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page
from tests.web import browsing

from bakehouse.app.wiring import unobserved
from bakehouse.ir.execution import AttemptId, TaskId
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.records.database import open_home
from benchmarks import simulated
from benchmarks.serving import Figure, served

_ROUNDS = 2, 5, 1000  # of each loop, the outermost first
_FAILED = "for-loop-1/1/for-loop-2/3/for-loop-3/777/step"
_LINES, _LAST = 2_000, "ValueError: item 777"
_PATIENCE = 30_000  # milliseconds
#: What blocks a browser for more than 50 ms is a long task: https://www.w3.org/TR/longtasks-1/
_WATCH = """
window.longest = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
}).observe({ type: "longtask", buffered: true });
"""


def figures(rounds: int) -> Iterator[Figure]:
    """The way to the failed step's log, medians of so many rounds; each begins with a new window, whose scripts are not loaded yet."""
    with tempfile.TemporaryDirectory(prefix="bakehouse-bench-") as place:
        folder = Path(place)
        _fill(folder / "home")
        with served(folder) as server:
            taken = [_walked(server.url) for _ in range(rounds)]
    for name, index, bar, unit in (("to the failed step's log", 0, 6, "s"), ("longest task", 1, 200, "ms"), ("heap", 2, 300, "MB")):
        yield Figure(f"pages of 10,000 steps in 3 loops: {name}", statistics.median(one[index] for one in taken), bar, unit)


def _fill(home: Path) -> None:
    records = open_home(home)
    options = RunOptions(use_cache=False, keep_going=True)
    run_ids = simulated.recorded(records, simulated.loop(*_ROUNDS), 1, options)
    simulated.drive(home, records, run_ids, simulated.Pretender(lambda: 0.0, fails=_FAILED), unobserved)
    records.close()
    log = home / "runs" / AttemptId(run_ids[0], TaskId(_FAILED), 1).path / "log"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"line {number}\n" for number in range(_LINES)) + f"{_LAST}\n")


@contextmanager
def _window(url: str) -> Iterator[Page]:
    with browsing.chromium() as browser:
        context = browsing.opened(browser, url)
        context.set_default_timeout(_PATIENCE)
        page = context.new_page()
        page.add_init_script(_WATCH)
        page.goto("runs")
        yield page


def _walked(url: str) -> tuple[float, float, float]:
    """Seconds from the click on the run to the last line of the log, the longest task in milliseconds, and the heap in megabytes."""
    with _window(url) as page:
        run = page.get_by_role("link", name="run 0")
        run.wait_for()
        begun = time.perf_counter()
        run.click()
        for number in range(1, len(_ROUNDS) + 1):
            page.get_by_role("button", name=f"Open for-loop-{number}").click()
        page.get_by_role("button", name=re.compile("^step, ")).click()
        page.get_by_text("Failed (1)").click()  # the label of a checkbox that nobody sees
        page.get_by_text("1 of 10,000 steps").wait_for()
        page.get_by_role("table").get_by_role("button", name=re.compile("^step")).click()
        panel = page.get_by_role("complementary", name="Step step")
        panel.get_by_role("tab", name="Logs").click()
        panel.get_by_text(_LAST).wait_for()
        took = time.perf_counter() - begun
        longest, heap = page.evaluate("[window.longest, performance.memory.usedJSHeapSize]")
        return took, longest, heap / 1e6
