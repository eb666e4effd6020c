"""More tabs than a browser has connections: each of them opens, and each is told what happens."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.web import browsing
from tests.web.browsing import badge
from tests.web.conftest import PATIENCE, Kitchen

pytestmark = pytest.mark.web

#: A browser allows a server six connections, and a stream is one of them.
_TABS = 7


def test_seven_tabs_in_sight_are_all_live(browser: Browser, kitchen: Kitchen) -> None:
    """Seven tabs on one run, all seen: each shows Running; when the run goes on, each shows Succeeded without a reload, and still opens pages."""
    gate = kitchen.place()
    run = kitchen.started(kitchen.oven, "watched", gate=str(gate))
    context = browsing.opened(browser, kitchen.server.url)
    context.set_default_timeout(PATIENCE)
    try:
        pages = [context.new_page() for _ in range(_TABS)]
        for page in pages:
            page.goto(f"runs/{run}")
            expect(badge(page)).to_have_text("Running")
            assert page.evaluate("document.visibilityState") == "visible"
            page.evaluate("window.unreloaded = true")
        gate.touch()
        for page in pages:
            expect(badge(page)).to_have_text("Succeeded")
            expect(page.get_by_role("list", name="Steps by state")).to_have_text(
                re.compile(r"^2 steps ?Succeeded \d( ?Reused \d)?\s*$")
            )  # a test before may have left a result
        for page in pages:
            page.get_by_role("link", name="Pipelines").first.click()
            expect(page.get_by_role("link", name="oven").first).to_be_visible()
            assert page.evaluate("window.unreloaded") is True
    finally:
        context.close()
