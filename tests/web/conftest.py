"""One browser for all tests of the pages; a server with a few runs for those that only look."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.server.serving import API, Server, eventually, served
from tests.web import browsing

#: How long a page may take to show what is expected, in milliseconds; a machine that does other things too is slow.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser."""
    with browsing.chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on an empty home; a module that looks at another one says so by a fixture of this name."""
    with served(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def window(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """A window on that server: the scripts of pages are loaded once."""
    context = browsing.opened(browser, server.url)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(window: BrowserContext) -> Iterator[Page]:
    """A page on that server, in which no script may fail."""
    opened = window.new_page()
    failures: list[str] = []
    # A report that a step wrote has scripts of its own, which are refused what they want.
    opened.on("pageerror", lambda error: None if "view=html" in (error.stack or "") else failures.append(f"{error}\n{error.stack}"))
    yield opened
    opened.close()
    assert failures == []


#: The groups of `browsing.NESTED`, outer ones first.
GROUPS = ("condition-branches-1", "for-loop-4", "for-loop-4/condition-5")


@dataclass(frozen=True)
class Gallery:
    """A server with a pipeline, a run that failed, two that succeeded, one of them from the cache; and a run of nested groups."""

    server: Server
    failed: str
    succeeded: str
    again: str
    pipeline: str
    version: str
    artifact: str
    nested: str

    @property
    def pages(self) -> dict[str, str]:
        """Every kind of page, by name: its address."""
        run, version = f"runs/{self.failed}", f"pipelines/{self.pipeline}/versions/{self.version}"
        return {
            "home": "",
            "pipelines": "pipelines",
            "upload": "pipelines/upload",
            "pipeline": f"pipelines/{self.pipeline}",
            "version": version,
            "runs": "runs",
            "new-run": f"runs/new?pipeline={self.pipeline}&version={self.version}",
            "run": run,
            "run-steps": f"{run}?tab=steps",
            "run-timeline": f"{run}?tab=timeline",
            "run-values": f"{run}?tab=values",
            "run-spec": f"{run}?tab=spec",
            "run-events": f"{run}?tab=events",
            "run-step": f"{run}?task=judge",
            "step-logs": f"{run}?task=judge&panel=logs",
            "step-attempts": f"{run}?task=judge&panel=attempts",
            "run-metrics": f"runs/{self.succeeded}?tab=metrics",
            "groups": f"runs/{self.nested}",
            "groups-open": f"runs/{self.nested}?" + "&".join(f"open={one}" for one in GROUPS),
            "groups-steps": f"runs/{self.nested}?tab=steps",
            "group-panel": f"runs/{self.nested}?task=for-loop-4",
            "compare": f"compare?run={self.succeeded}&run={self.again}",
            "artifact": f"artifacts/{self.artifact}",
            "not-found": "no/such/page",
        }


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """That server, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("gallery")
    with served(folder) as running:
        yield furnished(running, folder)


def furnished(server: Server, folder: Path) -> Gallery:
    """Runs the gallery, and uploads it."""
    source = folder / "gallery.py"
    source.write_text(browsing.GALLERY)
    proof = folder / "proof"
    proof.write_text("here")
    failed = browsing.run(server.home, source, "--name", "failed", "--tag", "team=vision", "--tag", "reviewed=")["run_id"]
    succeeded = browsing.run(server.home, source, "-p", f"proof={proof}", "--name", "first")["run_id"]
    again = browsing.run(server.home, source, "-p", f"proof={proof}", "-p", "rate=3", "--name", "second")["run_id"]
    httpx.post(f"{server.url}{API}/runs/{again}:pin", json={"reason": "the model in production"}).raise_for_status()
    nested = browsing.run(server.home, browsing.NESTED, "--name", "nested")["run_id"]
    content = browsing.compiled(source).read_bytes()
    uploaded = httpx.post(f"{server.url}/apis/bakehouse/v1/pipelines/upload", files={"uploadfile": ("gallery.yaml", content)})
    assert uploaded.status_code == 200, uploaded.text
    version = uploaded.json()
    task = server.json(f"/runs/{succeeded}/tasks/measure")
    artifact = task["outputs"]["artifacts"]["table"][0]["artifact_id"]
    return Gallery(server, failed, succeeded, again, version["pipeline_id"], version["version_id"], artifact, nested)


@dataclass
class Kitchen:
    """A server for tests that change things, each with runs of its own; the pipelines `oven` and `gallery` are uploaded."""

    server: Server
    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def file(self, name: str, text: str = "") -> Path:
        """A file; a gate opens by being there."""
        path = self.folder / name
        path.write_text(text)
        return path

    def place(self, name: str = "gate") -> Path:
        """A path at which nothing is yet."""
        return self.folder / f"{name}-{next(self._numbers)}"

    @functools.cached_property
    def oven_file(self) -> Path:
        """The compiled oven. What `mode` may be is written into it: only files say so."""
        text = browsing.compiled(self.file("oven.py", browsing.OVEN)).read_text()
        default = "        defaultValue: quick\n"
        assert text.count(default) == 1
        return self.file("oven.yaml", text.replace(default, f"{default}        literals: [quick, thorough]\n"))

    @functools.cached_property
    def oven(self) -> dict[str, Any]:
        """The version of the uploaded oven."""
        return self.uploaded(self.oven_file, "oven")

    @functools.cached_property
    def gallery(self) -> dict[str, Any]:
        """The version of the uploaded gallery."""
        return self.made("gallery", browsing.GALLERY)

    @functools.cached_property
    def training(self) -> dict[str, Any]:
        """The version of the uploaded training."""
        return self.made("training", browsing.TRAINING)

    @functools.cached_property
    def trained(self) -> tuple[str, str]:
        """Two runs of the training, `slow` and `fast`, that have learned at different rates, each with a second attempt."""
        gates = [self.file(name, str(browsing.EPOCHS)) for name in ("slow", "fast")]
        slow, fast = (self.ended(self.training, gate.name, gate=str(gate), rate=rate) for gate, rate in zip(gates, (1.0, 0.2), strict=True))
        return slow, fast

    def made(self, name: str, source: str) -> dict[str, Any]:
        """The version that an upload of a pipeline makes, from its source."""
        return self.uploaded(browsing.compiled(self.file(f"{name}.py", source)), name)

    def uploaded(self, file: Path, name: str) -> dict[str, Any]:
        """The version that an upload makes."""
        answer = httpx.post(f"{self.server.url}{API}/pipelines/upload", params={"name": name}, files={"uploadfile": (file.name, file.read_bytes())})
        assert answer.status_code == 200, answer.text
        version: dict[str, Any] = answer.json()
        return version

    def delete(self, path: str) -> None:
        """Delete what is there, by the server."""
        answer = httpx.delete(f"{self.server.url}{path}")
        assert answer.status_code == 200, answer.text

    def started(self, version: dict[str, Any], name: str, **parameters: Any) -> str:
        """The id of a run that was started through KFP's API."""
        reference = {"pipeline_id": version["pipeline_id"], "pipeline_version_id": version["version_id"]}
        body = {"display_name": name, "pipeline_version_reference": reference, "runtime_config": {"parameters": parameters}}
        answer = httpx.post(f"{self.server.url}/apis/v2beta1/runs", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["run_id"])

    def ended(self, version: dict[str, Any], name: str, **parameters: Any) -> str:
        """The id of a run that is over."""
        run = self.started(version, name, **parameters)
        assert eventually(lambda: self.server.json(f"/runs/{run}")["finished_at"] is not None, seconds=60)
        return run


@pytest.fixture(scope="session")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kitchen]:
    """That server."""
    folder = tmp_path_factory.mktemp("kitchen")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("BAKEHOUSE_FETCH_ALLOW", browsing.ALLOWED)
        with served(folder) as running:
            yield Kitchen(running, folder)
