"""Pages that everybody can use: names for screen readers, contrast, keyboard; and no request that leaves this server."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.web import browsing
from tests.web.conftest import Gallery

pytestmark = pytest.mark.web

PAGES = (
    "home", "pipelines", "upload", "pipeline", "version", "runs", "new-run", "run", "run-steps", "run-timeline",
    "run-values", "run-spec", "run-events", "run-step", "step-logs", "step-attempts", "run-metrics",
    "groups", "groups-open", "groups-steps", "group-panel", "compare", "artifact", "not-found",
)  # fmt: skip


def test_all_pages_are_named(gallery: Gallery) -> None:
    """No page is left out below."""
    assert tuple(gallery.pages) == PAGES


@pytest.mark.parametrize("theme", browsing.THEMES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(browser: Browser, gallery: Gallery, name: str, theme: str) -> None:
    """Neither in the light nor in the dark, on a laptop and on a phone; and nothing is wider than the phone."""
    for width in (browsing.LAPTOP, browsing.PHONE):
        context = browsing.opened(browser, gallery.server.url, width=width, theme=theme)
        page = context.new_page()
        page.goto(gallery.pages[name])
        page.get_by_role("heading").first.wait_for()
        page.wait_for_timeout(800)  # what is loaded late is there, and nothing fades any more
        assert browsing.violations(page) == [], (name, theme, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        context.close()


def test_a_field_that_is_wrong_is_not_hidden_by_the_header(browser: Browser, gallery: Gallery) -> None:
    """On a phone: "x" as an integer, "Start run" at the end of the form; the field gets the focus, and stands below the header with its name."""
    context = browsing.opened(browser, gallery.server.url, width=browsing.PHONE)
    page = context.new_page()
    page.goto(gallery.pages["new-run"])
    field = page.locator("[data-parameter=tries] input")
    field.fill("x")
    page.get_by_role("button", name="Start run").click()
    expect(field).to_be_focused()
    box = field.bounding_box()
    assert box is not None
    assert box["y"] > 52 + 20, "the header is 52 pixels high"
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_asked_of_another_host_and_nothing_goes_wrong(browser: Browser, gallery: Gallery, name: str) -> None:
    """All requests go to the server; the console has no errors."""
    context = browsing.opened(browser, gallery.server.url)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(gallery.pages[name])
    page.get_by_role("heading").first.wait_for()
    page.wait_for_timeout(800)
    assert [url for url in asked if not url.startswith((gallery.server.url, "data:", "blob:"))] == []
    assert said == []
    context.close()
