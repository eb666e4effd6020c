"""A real browser on a real server: what tests and screenshots share."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
THEMES = ("light", "dark")
#: Widths in pixels: a phone, and a laptop.
PHONE, LAPTOP = 390, 1440
_HEIGHTS = {PHONE: 844, LAPTOP: 900}
#: The host from which a server of tests may fetch pipelines by http.
ALLOWED = "localhost"
#: A name that leads to this machine, and is none of the server's.
EVIL = "evil.test"

#: Steps that print, fail once until they are told not to, and leave artifacts of all kinds that a page shows.
GALLERY = '''
from kfp import dsl
from kfp.dsl import ClassificationMetrics, Dataset, HTML, Markdown, Metrics, Model, Output, Input


@dsl.component
def measure(
    rate: float, metrics: Output[Metrics], curve: Output[ClassificationMetrics], table: Output[Dataset], page: Output[HTML], notes: Output[Markdown]
):
    metrics.log_metric("accuracy", 0.9 + rate / 100)
    metrics.log_metric("loss", 0.25 - rate / 100)
    curve.log_roc_curve([0.0, 0.1, 1.0], [0.0, 0.8 + rate / 100, 1.0], [1.0, 0.5, 0.0])
    curve.log_confusion_matrix(["cat", "dog"], [[9, 1], [2, 8]])
    with open(table.path, "w") as file:
        file.write("animal,count\\ncat,10\\ndog,10\\n")
    with open(page.path, "w") as file:
        file.write("<h1>A report</h1><script>document.title = 'changed'; fetch('/apis/bakehouse/v1/runs')</script>")
    with open(notes.path, "w") as file:
        file.write("# Notes\\n\\nAll went **well**.")
    print("measured at", rate)


@dsl.component
def judge(table: Input[Dataset], proof: str) -> str:
    import os
    with open(table.path) as file:
        print(file.read())
    if not os.path.exists(proof):
        raise ValueError("the proof is missing: " + proof)
    return "good"


@dsl.pipeline(name="gallery", description="Shows what pages can show.")
def gallery(rate: float = 1.0, proof: str = "/nowhere", tries: int = 2, careful: bool = False, names: list = ["a", "b"]):
    """Shows what pages can show.

    Args:
        rate: how fast it learns
        proof: a file that must be there
        tries: how often
        careful: whether to look twice
        names: of the animals
    """
    measured = measure(rate=rate)
    judge(table=measured.outputs["table"], proof=proof)
'''

#: Inputs of all types, one of them required; its first step goes on when a file is there, so a test says when.
OVEN = '''
from kfp import dsl
from kfp.dsl import Artifact, Metrics, Output


@dsl.component
def knead(
    gate: str, mode: str, tries: int, rate: float, careful: bool, names: list, options: dict,
    metrics: Output[Metrics], picture: Output[Artifact], settings: Output[Artifact],
) -> str:
    import base64
    import json
    import os
    import time
    print("process", os.getpid(), "waits for", gate, flush=True)
    while not os.path.exists(gate):
        time.sleep(0.02)
    print("the gate is open")
    print("WARNING: the oven is hot")
    metrics.log_metric("rate", rate)
    dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    with open(picture.path, "wb") as file:
        file.write(base64.b64decode(dot))
    with open(settings.path, "w") as file:
        json.dump({"mode": mode, "tries": tries, "careful": careful, "names": names, "options": options}, file)
    return mode + " dough"


@dsl.component
def bake(dough: str) -> str:
    print("baking", dough)
    return dough + ", baked"


@dsl.pipeline(name="oven", description="Kneads and bakes.")
def oven(
    gate: str, mode: str = "quick", tries: int = 2, rate: float = 0.5, careful: bool = False, names: list = ["rye"], options: dict = {"salt": 1}
) -> str:
    """Kneads and bakes.

    Args:
        gate: a file; the first step waits for it
        mode: how it is kneaded
    """
    kneaded = knead(gate=gate, mode=mode, tries=tries, rate=rate, careful=careful, names=names, options=options)
    kneaded.set_caching_options(False)
    return bake(dough=kneaded.outputs["Output"]).output
'''

#: A step that prints many lines, and one that waits for it.
CHATTY = """
from kfp import dsl


@dsl.component
def chat(lines: int, per_second: int):
    import time
    begun = time.monotonic()
    for number in range(lines):
        print(f"line {number:06d}")
        time.sleep(max(0.0, begun + (number + 1) / per_second - time.monotonic()))


@dsl.component
def after_all() -> str:
    return "done"


@dsl.pipeline(name="chatty")
def chatty(lines: int = 100, per_second: int = 200):
    after_all().after(chat(lines=lines, per_second=per_second).set_caching_options(False))
"""


#: Ten steps one after the other: many events in a few seconds.
CHAIN = """
from kfp import dsl


@dsl.component
def tick(number: int):
    import time
    time.sleep(0.25)
    print("tick", number)


@dsl.pipeline(name="chain")
def chain():
    last = None
    for number in range(10):
        step = tick(number=number).set_caching_options(False)
        if last is not None:
            step.after(last)
        last = step
"""


#: How many epochs the training has.
EPOCHS = 40
#: Logs metrics with a step, as many epochs as the file `gate` says, of `EPOCHS` in all. Its first attempt fails after 30 of them.
TRAINING = """
from bakehouse import dsl


@dsl.component
def train(gate: str, rate: float, metrics: dsl.Output[dsl.Metrics]):
    import os
    import time
    open_until = 0
    tried = gate + "-tried"
    for epoch in range(25 if os.path.exists(tried) else 0, 40):
        while epoch >= open_until:
            time.sleep(0.02)
            with open(gate) as file:
                open_until = int(file.read() or 0)
        if epoch == 30 and not os.path.exists(tried):
            open(tried, "w").close()
            raise RuntimeError("the oven went out")
        metrics.log_metric("loss", float("nan") if epoch == 12 else rate * 0.9**epoch, step=epoch)
        metrics.log_metric("accuracy", 1 - 0.9**epoch / (1 + rate), step=epoch)


@dsl.pipeline(name="training")
def training(gate: str, rate: float = 1.0):
    train(gate=gate, rate=rate).set_retry(1, backoff_duration="0s")
"""


#: Compiled by kfp 2.17: branches, one of which is not entered, a loop with an iteration that fails, a condition in it.
NESTED = ROOT / "tests" / "fixtures" / "nested_groups.yaml"


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window. Raises `RuntimeError` where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise RuntimeError("there is no Chromium on the PATH; `make system` as root installs it on Debian and Ubuntu")
    with sync_playwright() as playwright:
        # A container as root has no sandbox of Chromium's; the pages are our own. `EVIL` is a name that somebody else lets lead here.
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage", f"--host-resolver-rules=MAP {EVIL} 127.0.0.1"]
        )
        try:
            yield browser
        finally:
            browser.close()


def opened(browser: Browser, url: str, *, width: int = LAPTOP, theme: str = "light") -> BrowserContext:
    """A browser window of that width, whose system prefers that theme, with `url` as the base of all addresses."""
    return browser.new_context(
        base_url=f"{url}/",
        viewport={"width": width, "height": _HEIGHTS.get(width, 900)},
        color_scheme="dark" if theme == "dark" else "light",
        accept_downloads=True,
    )


def run(home: Path, file: Path, *arguments: str) -> dict[str, Any]:
    """`bakehouse run FILE`: what it says of the run."""
    done = subprocess.run(
        [sys.executable, "-m", "bakehouse", "run", str(file), *arguments, "--output", "json"],
        env={**os.environ, "BAKEHOUSE_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def compiled(source: Path) -> Path:
    """A pipeline file compiled to YAML beside it."""
    target = source.with_suffix(".yaml")
    subprocess.run([sys.executable, "-m", "bakehouse", "compile", str(source), "-o", str(target)], check=True, capture_output=True, timeout=60)
    return target


def badge(page: Page) -> Locator:
    """The state of the run that a page is about, beside its name."""
    return page.locator("h1 + span")


def panel(page: Page, step: str, tab: str = "") -> Locator:
    """The panel of a step, opened by a click on the step in the graph, then on a tab of the panel."""
    page.get_by_role("button", name=re.compile(f"^{re.escape(step)}, step")).click()
    opened = page.get_by_role("complementary", name=f"Step {step}")
    if tab:
        opened.get_by_role("tab", name=tab).click()
    return opened


def saved(page: Page, *clicks: Locator) -> tuple[str, bytes]:
    """The name and the content of the file that the last of these clicks saves."""
    for click in clicks[:-1]:
        click.click()
    with page.expect_download() as downloading:
        clicks[-1].click()
    return downloading.value.suggested_filename, downloading.value.path().read_bytes()


@contextlib.contextmanager
def hosted(folder: Path) -> Iterator[int]:
    """The port of this machine at which a folder can be read by http."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def violations(page: Page) -> Sequence[str]:
    """What axe finds serious or critical on a page, each with the elements it is about."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['help']}\n  " + "\n  ".join(f"{node['html'][:160]} {node['failureSummary'][:200]}" for node in one["nodes"][:3])
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]
