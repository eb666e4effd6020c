"""One browser for all tests of the pages; a server with a few runs for those that only look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.server.serving import Server, served
from tests.web import browsing


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser."""
    with browsing.chromium() as opened:
        yield opened


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server on an empty home."""
    with served(tmp_path) as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A window on that server."""
    context = browsing.opened(browser, server.url)
    yield context.new_page()
    context.close()


@dataclass(frozen=True)
class Gallery:
    """A server with a pipeline, a run that failed, two that succeeded, one of them from the cache."""

    server: Server
    failed: str
    succeeded: str
    again: str
    pipeline: str
    version: str
    artifact: str

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
            "run-step": f"{run}?task=judge",
            "run-metrics": f"runs/{self.succeeded}?tab=metrics",
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
    failed = browsing.run(server.home, source, "--name", "failed")["run_id"]
    succeeded = browsing.run(server.home, source, "-p", f"proof={proof}", "--name", "first")["run_id"]
    again = browsing.run(server.home, source, "-p", f"proof={proof}", "-p", "rate=3", "--name", "second")["run_id"]
    content = browsing.compiled(source).read_bytes()
    uploaded = httpx.post(f"{server.url}/apis/bakehouse/v1/pipelines/upload", files={"uploadfile": ("gallery.yaml", content)})
    assert uploaded.status_code == 200, uploaded.text
    version = uploaded.json()
    task = server.json(f"/runs/{succeeded}/tasks/measure")
    artifact = task["outputs"]["artifacts"]["table"][0]["artifact_id"]
    return Gallery(server, failed, succeeded, again, version["pipeline_id"], version["version_id"], artifact)
