"""A real browser on a real server: what tests and screenshots share."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
THEMES = ("light", "dark")
#: Widths in pixels: a phone, and a laptop.
PHONE, LAPTOP = 390, 1440
_HEIGHTS = {PHONE: 844, LAPTOP: 900}

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


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window. Raises `RuntimeError` where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise RuntimeError("there is no Chromium on the PATH; `make system` as root installs it on Debian and Ubuntu")
    with sync_playwright() as playwright:
        # A container as root has no sandbox of Chromium's; the pages are our own.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
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


def violations(page: Page) -> Sequence[str]:
    """What axe finds serious or critical on a page, each with the elements it is about."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['help']}\n  " + "\n  ".join(f"{node['html'][:160]} {node['failureSummary'][:200]}" for node in one["nodes"][:3])
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]
