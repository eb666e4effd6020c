"""`make screenshots`: every page, and what opens on it, at two widths and in both themes, as pictures to look at one by one.

python -m tests.web.screenshots FOLDER [NAME …]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page

from tests.server.serving import eventually, served
from tests.web import browsing
from tests.web.conftest import Kitchen, furnished

_REST = 1_200  # milliseconds in which charts, graphs and dialogs come to rest


@dataclass(frozen=True)
class Scene:
    """A page at an address, and what is done on it before the picture is taken. `whole`: all of the page, not only what is in sight."""

    name: str
    address: str
    act: Callable[[Page], object] = lambda _: None
    whole: bool = True


def main(folder: Path, names: tuple[str, ...]) -> None:
    """Take all of them into a folder, or those of these names."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second, browsing.chromium() as browser:
        place = Path(first)
        with served(place) as server, served(Path(second)) as empty:
            gallery = furnished(server, place)
            kitchen = Kitchen(server, place)
            pages = [Scene(name, address, whole="task=" not in address) for name, address in gallery.pages.items()]
            full = [*pages, *_opened(gallery.pages), *_running(kitchen), *_trained(kitchen)]
            taken = _take(browser, server.url, [one for one in full if not names or one.name in names], folder)
            taken += _take(browser, empty.url, [one for one in _EMPTY if not names or one.name in names], folder)
    sys.stdout.write(f"{taken} pictures in {folder}\n")


def _opened(pages: dict[str, str]) -> Iterator[Scene]:
    """Menus, dialogs, and what a form says."""

    def menu(page: Page) -> None:
        page.get_by_role("button", name="More actions").click()

    def delete(page: Page) -> None:
        menu(page)
        page.get_by_role("menuitem", name="Delete").click()

    def select(page: Page) -> None:
        page.get_by_role("checkbox", name="Select first").click()

    def refused(page: Page) -> None:
        page.locator("[data-parameter=tries] input").fill("x")
        page.get_by_role("button", name="Start run").click()

    def tags(page: Page) -> None:
        page.get_by_role("button", name="Edit tags").click()

    def pin(page: Page) -> None:
        menu(page)
        page.get_by_role("menuitem", name="Pin", exact=True).click()

    def part(page: Page) -> None:
        page.get_by_text("Run a part of it").click()
        page.get_by_text("More options").click()
        page.get_by_role("combobox", name="Until this step").click()
        page.get_by_role("option", name="judge").click()

    def unfold(page: Page) -> None:
        page.get_by_role("alert").get_by_text("Show ").click()

    yield Scene("menu", pages["run"], menu, whole=False)
    yield Scene("dialog-delete", pages["run"], delete, whole=False)
    yield Scene("dialog-retry", pages["groups"], lambda page: page.get_by_role("button", name="Retry").click(), whole=False)
    yield Scene("failure-unfolded", pages["groups"], unfold)
    yield Scene("runs-selected", pages["runs"], select, whole=False)
    yield Scene("form-error", pages["new-run"], refused, whole=False)
    yield Scene("dialog-tags", pages["run"], tags, whole=False)
    yield Scene("dialog-pin", pages["run"], pin, whole=False)
    yield Scene("new-run-part", pages["new-run"], part)
    yield Scene("new-run-again", f"{pages['run'].replace('runs/', 'runs/new?from=')}&step=judge")
    yield Scene("runs-tagged", f"{pages['runs']}?tag=team")
    yield Scene("new-run-none", "runs/new")
    yield Scene("new-run-gone", "runs/new?pipeline=nope")
    yield Scene("not-found-version", "pipelines/nope/versions/x")
    yield Scene("groups-timeline", f"{pages['groups']}?tab=timeline")


def _running(kitchen: Kitchen) -> Iterator[Scene]:
    """A run whose first step waits for a file, and one that was terminated."""
    run = kitchen.started(kitchen.oven, "kneading", gate=str(kitchen.place()))
    yield Scene("running", f"runs/{run}")
    yield Scene("running-timeline", f"runs/{run}?tab=timeline")
    yield Scene("running-step", f"runs/{run}?task=knead", whole=False)
    yield Scene("running-logs", f"runs/{run}?task=knead&panel=logs", whole=False)
    yield Scene("waiting-step", f"runs/{run}?task=bake", whole=False)
    yield Scene("home-running", "")

    ended = kitchen.started(kitchen.oven, "let go", gate=str(kitchen.place()))
    server = kitchen.server
    assert eventually(lambda: server.json(f"/runs/{ended}/tasks/knead")["state"] == "RUNNING", seconds=60)
    httpx.post(f"{server.url}/apis/v2beta1/runs/{ended}:terminate").raise_for_status()
    assert eventually(lambda: server.json(f"/runs/{ended}")["finished_at"] is not None, seconds=60)
    yield Scene("terminated", f"runs/{ended}?task=knead&panel=attempts", whole=False)


def _trained(kitchen: Kitchen) -> Iterator[Scene]:
    """Curves of metrics: of two attempts, and of runs beside each other."""
    slow, fast = kitchen.trained
    yield Scene("series", f"runs/{slow}?tab=metrics")
    yield Scene("series-log", f"runs/{slow}?tab=metrics", lambda page: page.get_by_text("Log", exact=True).first.click())
    yield Scene("series-table", f"runs/{slow}?tab=metrics", lambda page: page.get_by_text("Table", exact=True).first.click())
    yield Scene("series-step", f"runs/{slow}?task=train&panel=outputs", whole=False)
    yield Scene("series-compare", f"compare?run={slow}&run={fast}")


_EMPTY = (Scene("empty-home", ""), Scene("empty-runs", "runs"), Scene("empty-pipelines", "pipelines"), Scene("empty-new-run", "runs/new"))


def _take(browser: Browser, url: str, scenes: list[Scene], folder: Path) -> int:
    """Pictures of these scenes at all widths, in all themes; how many."""
    for theme in browsing.THEMES:
        for width in (browsing.PHONE, browsing.LAPTOP):
            context = browsing.opened(browser, url, width=width, theme=theme)
            page = context.new_page()
            for scene in scenes:
                page.goto("about:blank")
                page.goto(scene.address)
                page.get_by_role("heading").first.wait_for()
                scene.act(page)
                page.wait_for_timeout(_REST)
                page.screenshot(path=folder / f"{scene.name}-{width}-{theme}.png", full_page=scene.whole)
            context.close()
    return len(scenes) * len(browsing.THEMES) * 2


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(sys.argv[2:]))
