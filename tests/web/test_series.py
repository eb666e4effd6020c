"""The curves of metrics that steps log with a step: on the page of a run while they grow, in the panel of a step, and of runs beside each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.server.serving import Server, eventually
from tests.web import browsing
from tests.web.conftest import Kitchen

pytestmark = pytest.mark.web


@pytest.fixture(scope="module")
def server(kitchen: Kitchen) -> Server:
    """The kitchen's."""
    return kitchen.server


@pytest.fixture
def gate(kitchen: Kitchen) -> Iterator[Path]:
    """The file that says up to which epoch a run may go; in the end it may go on."""
    path = kitchen.place()
    path.write_text("0")
    yield path
    path.write_text(str(browsing.EPOCHS))


def _training(kitchen: Kitchen, name: str, gate: Path, *, epochs: int) -> str:
    """The id of a run that has logged so many epochs, and waits."""
    gate.write_text(str(epochs))
    run = kitchen.started(kitchen.training, name, gate=str(gate))

    def logged() -> bool:
        tasks = kitchen.server.json(f"/runs/{run}/series")["tasks"]
        return bool(tasks) and [one["count"] for one in tasks[0]["series"]] == [epochs, epochs]

    assert eventually(logged, seconds=60)
    return run


def _chart(place: Page | Locator, name: str) -> Locator:
    return place.get_by_role("article", name=name, exact=True)


# ---------------------------------------------------------------- while it runs


def test_curves_grow_while_the_step_runs_and_are_read_once(page: Page, kitchen: Kitchen, gate: Path) -> None:
    """Two epochs were logged when the page is opened; then there are three more, and the page has asked the server for none of them."""
    run = _training(kitchen, "learning", gate, epochs=2)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/series") else None)
    page.goto(f"runs/{run}?tab=metrics")
    loss = _chart(page, "train, metrics, loss")
    expect(loss).to_contain_text("Points2")
    expect(loss.locator(".recharts-line-dot")).to_have_count(2)
    gate.write_text("5")
    expect(loss).to_contain_text("Points5")
    expect(loss).to_contain_text("Last0.6561 at step 4")
    expect(loss.locator(".recharts-line-dot")).to_have_count(5)
    expect(_chart(page, "train, metrics, accuracy")).to_contain_text("Points5")
    assert len(asked) == 1


def test_the_first_point_and_the_next_attempt_come_by_themselves(page: Page, kitchen: Kitchen, gate: Path) -> None:
    """Nothing is logged when the panel is opened; the curve begins when something is, and goes on with the second attempt."""
    run = kitchen.started(kitchen.training, "late", gate=str(gate))
    assert eventually(lambda: kitchen.server.json(f"/runs/{run}/tasks/train")["state"] == "RUNNING", seconds=60)
    page.goto(f"runs/{run}?task=train&panel=outputs")
    panel = page.get_by_role("complementary", name="Step train")
    expect(panel).to_contain_text("Its outputs are recorded when it has succeeded.")
    loss = _chart(panel, "train, metrics, loss")
    expect(loss).to_have_count(0)
    gate.write_text("3")
    expect(loss).to_contain_text("Points3")
    gate.write_text(str(browsing.EPOCHS))
    expect(loss).to_contain_text(f"Points{browsing.EPOCHS}")
    expect(loss).to_contain_text("Attempt 2 goes on at step 25.")
    expect(loss.get_by_text("attempt 2", exact=True)).to_be_visible()


# ---------------------------------------------------------------- when it is over


def test_values_that_are_no_numbers_are_gaps_that_are_counted(page: Page, kitchen: Kitchen) -> None:
    """NaN at epoch 12: two parts of a line, a sign at the edge, and a sentence; the table has it too."""
    page.goto(f"runs/{kitchen.trained[0]}?tab=metrics")
    loss = _chart(page, "train, metrics, loss")
    expect(loss).to_contain_text("1 value is NaN or infinite")
    expect(loss.locator("path.recharts-line-curve").first).to_have_attribute("d", re.compile("M[^M]*M[^M]*"))
    expect(loss.locator(".recharts-line-dots path")).to_have_count(1)
    loss.get_by_text("Log", exact=True).click()
    expect(loss.get_by_text("0.01", exact=True)).to_be_visible()
    loss.get_by_text("Table", exact=True).click()
    expect(loss.get_by_role("row", name="12 NaN")).to_be_visible()


def test_runs_are_compared_on_one_chart_of_each_metric(page: Page, kitchen: Kitchen) -> None:
    """Two runs, two metrics: two charts with a line for each run, which its name in the legend hides."""
    page.goto(f"compare?run={kitchen.trained[0]}&run={kitchen.trained[1]}")
    curves = page.get_by_role("region", name="Curves over steps")
    expect(curves.get_by_role("article")).to_have_count(2)
    loss = _chart(curves, "train · metrics · loss")
    lines = loss.locator("path.recharts-line-curve:not([stroke=none])")
    expect(lines).to_have_count(2)
    loss.get_by_role("button", name=re.compile("^slow: last ")).click()
    expect(lines).to_have_count(1)
    expect(loss.get_by_role("button", name=re.compile("^fast: last "))).to_have_attribute("aria-pressed", "true")
    name, content = browsing.saved(page, loss.get_by_role("button", name="Save"), page.get_by_role("menuitem", name="CSV"))
    assert name.endswith(".csv")
    assert content.decode("utf-8-sig").splitlines()[0] == "step,slow,fast"


def test_runs_without_series_say_so(page: Page, kitchen: Kitchen) -> None:
    """Runs of a pipeline that logs nothing with a step have no curves, and the page says how there would be some."""
    run = kitchen.ended(kitchen.oven, "plain", gate=str(kitchen.file("open")))
    page.goto(f"compare?run={run}")
    expect(page.get_by_role("region", name="Curves over steps")).to_contain_text("None of these runs has logged a metric with a step")


@pytest.mark.parametrize("theme", browsing.THEMES)
def test_axe_finds_nothing_serious_about_curves(browser: Browser, kitchen: Kitchen, theme: str) -> None:
    """On the page of a run, in the panel of a step, and where runs are compared; and nothing is wider than a phone."""
    slow, fast = kitchen.trained
    for width in (browsing.LAPTOP, browsing.PHONE):
        context = browsing.opened(browser, kitchen.server.url, width=width, theme=theme)
        page = context.new_page()
        for address in (f"runs/{slow}?tab=metrics", f"runs/{slow}?task=train&panel=outputs", f"compare?run={slow}&run={fast}"):
            page.goto(address)
            expect(page.locator("path.recharts-line-curve").first).to_be_visible()
            assert browsing.violations(page) == [], (address, theme, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        context.close()
