"""A server that asks for its token, in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bakehouse.app.login_token import LoginToken
from tests.server.serving import Server, served
from tests.web import browsing
from tests.web.conftest import PATIENCE

pytestmark = pytest.mark.web


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that asks."""
    with served(tmp_path_factory.mktemp("closed"), "--login") as running:
        yield running


def _log_in(page: Page, token: str) -> None:
    page.get_by_label("Token", exact=True).fill(token)
    page.get_by_role("button", name="Log in").click()


def test_a_page_asks_for_the_token_and_goes_on(page: Page, server: Server) -> None:
    """To the page that was wanted; a wrong one is told. After logging out, and when the token was replaced, it asks again."""
    kept = LoginToken(server.home / "token")
    page.goto(f"{server.url}/runs")
    expect(page.get_by_role("heading", name="Log in to Bakehouse")).to_be_visible()
    _log_in(page, "wrong")
    expect(page.get_by_text("this is not the token of this server")).to_be_visible()
    _log_in(page, f" {kept.current()} ")
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Token", exact=True)).to_be_visible()
    _log_in(page, kept.current())
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    kept.renewed()
    page.get_by_role("link", name="Pipelines").first.click()
    expect(page.get_by_label("Token", exact=True)).to_be_visible()


@pytest.mark.parametrize("theme", browsing.THEMES)
@pytest.mark.parametrize("width", [browsing.PHONE, browsing.LAPTOP])
def test_the_login_can_be_used_by_everybody(browser: Browser, server: Server, theme: str, width: int) -> None:
    """Nothing serious for axe, and nothing wider than the window."""
    context = browsing.opened(browser, server.url, width=width, theme=theme)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(server.url)
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    assert browsing.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
