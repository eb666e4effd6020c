"""Pages whose server dies, whose wire is cut: they say so, go on by themselves, and in the end nothing is lost, wrong or there twice."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from bakehouse.actions import packages, runs
from tests.records.stories import engine
from tests.server.serving import API, Server, eventually, open_context, served
from tests.web import browsing
from tests.web.browsing import badge, panel, saved
from tests.web.conftest import PATIENCE, Kitchen
from tests.web.cutting import Wire, wired

pytestmark = pytest.mark.web

_LOST = "Connection lost, retrying."

#: All lines that a log's view holds, by their place in it, read by scrolling through it from its beginning to its end.
_READ_LINES = """async (box) => {
    const lines = {};
    const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    for (let top = 0; ; top += box.clientHeight / 2) {
        box.scrollTop = top;
        await drawn();
        for (const row of box.querySelectorAll("[data-index]")) {
            const text = row.lastElementChild.textContent.trimEnd();
            const before = lines[row.dataset.index] ??= text;
            if (before !== text) throw new Error(`line ${row.dataset.index} was ${before} and is ${text}`);
        }
        if (top >= box.scrollHeight) return Object.entries(lines).sort(([a], [b]) => a - b).map(([, text]) => text);
    }
}"""

#: Whether a file of that name was loaded.
_LOADED = "(name) => performance.getEntriesByType('resource').some((one) => new RegExp(name).test(one.name))"


@pytest.fixture(scope="module")
def server(kitchen: Kitchen) -> Server:
    """The kitchen's, which goes on; tests of a server that dies have one of their own."""
    return kitchen.server


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Kitchen]:
    """A server for this test alone, at a port that it keeps."""
    with served(tmp_path) as running:
        running.arguments = ("--port", str(urlsplit(running.url).port))
        yield Kitchen(running, tmp_path)


@pytest.fixture
def wire(kitchen: Kitchen) -> Iterator[Wire]:
    """A wire to the kitchen."""
    with wired(kitchen.server.url) as between:
        yield between


@pytest.fixture
def own_page(browser: Browser, own: Kitchen) -> Iterator[Page]:
    """A page on the server that dies."""
    context = browsing.opened(browser, own.server.url)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def _mark(page: Page) -> None:
    """Put something on the page that a reload would forget."""
    page.evaluate("window.unreloaded = true")


def _lines_of(page: Page, label: str) -> list[str]:
    """All lines that a log's view holds."""
    lines: list[str] = page.get_by_role("region", name=label).evaluate(_READ_LINES)
    return lines


# ---------------------------------------------------------------- the server dies


@pytest.mark.parametrize("meanwhile", [True, False], ids=["the step ends while it is away", "the step goes on after it is back"])
def test_the_server_is_killed_and_started_again(own_page: Page, own: Kitchen, *, meanwhile: bool) -> None:
    """Under an open run: "Connection lost, retrying."; started again, the page goes on by itself to Succeeded, and `knead` had one attempt."""
    page, gate = own_page, own.place()
    run = own.started(own.oven, "survivor", gate=str(gate))
    page.goto(f"runs/{run}")
    expect(badge(page)).to_have_text("Running")
    log = panel(page, "knead", "Logs")
    expect(log).to_contain_text(f"waits for {gate}")
    _mark(page)
    own.server.kill()
    lost = page.get_by_role("status").filter(has_text=_LOST)
    expect(lost).to_be_visible()
    expect(lost).to_contain_text("What is shown is as of")
    expect(badge(page)).to_have_text("Running")
    if meanwhile:
        gate.touch()
    own.server.start()
    expect(lost).to_be_hidden()
    if not meanwhile:
        expect(badge(page)).to_have_text("Running")
        gate.touch()
    expect(badge(page)).to_have_text("Succeeded")
    expect(page.get_by_role("button", name="knead, step, Succeeded")).to_be_visible()
    expect(page.get_by_role("button", name="bake, step, Succeeded")).to_be_visible()
    expect(page.get_by_role("list", name="Steps by state")).to_contain_text("Succeeded 2")
    expect(log).to_contain_text(re.compile(r"3 lines, \d+ B$"))
    log.get_by_role("tab", name="Attempts").click()
    expect(log.get_by_role("region", name=re.compile("^Attempt "))).to_have_count(1)
    assert page.evaluate("window.unreloaded") is True


def test_pages_opened_while_the_server_is_away_come_when_it_is_back(own_page: Page, own: Kitchen) -> None:
    """A click on "Pipelines" and one on a run, with the server gone: each says that it "cannot be reached", and shows all when it is back."""
    page = own_page
    run = own.ended(own.oven, "an old run", gate=str(own.file("open-gate")))
    page.goto("runs")
    expect(page.get_by_role("link", name="an old run")).to_be_visible()
    for code in ("pipelines", "run"):  # that of all pages is loaded ahead
        page.wait_for_function(_LOADED, arg=rf"/assets/{code}-[\w-]{{8}}\.js$")
    _mark(page)
    own.server.kill()
    expect(page.get_by_text(_LOST)).to_be_visible()
    page.get_by_role("link", name="Pipelines").first.click()
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    own.server.start()
    expect(page.get_by_text(_LOST)).to_be_hidden()
    expect(page.get_by_role("link", name="oven").first).to_be_visible()
    expect(page.get_by_text("The server cannot be reached.")).to_have_count(0)
    page.get_by_role("link", name="Runs").first.click()
    page.get_by_role("link", name="an old run").click()
    expect(page).to_have_url(re.compile(run))
    expect(badge(page)).to_have_text("Succeeded")
    assert page.evaluate("window.unreloaded") is True


def test_a_run_whose_driver_dies_goes_on(browser: Browser, tmp_path: Path) -> None:
    """A run that another engine holds is Pending on its page; when that engine dies, the server takes it: Running, Succeeded, without a reload."""
    (tmp_path / "home").mkdir(mode=0o700)
    context = open_context(tmp_path / "home")
    source = tmp_path / "chatty.py"
    source.write_text(browsing.CHATTY)
    pipeline = packages.package(browsing.compiled(source).read_bytes(), "chatty.yaml")
    run = runs.create(context, runs.Submission(pipeline, {"lines": 10}, name="orphan"))
    with engine(context.records, context.home) as driver:
        driver.take(run)
        with served(tmp_path) as server, browsing.opened(browser, server.url) as window:
            page = window.new_page()
            page.goto(f"runs/{run}")
            expect(badge(page)).to_have_text("Pending")
            expect(page.get_by_role("button", name="chat, step, Waiting")).to_be_visible()
            _mark(page)
            driver.driving.close()
            driver.lock.release()
            expect(badge(page)).to_have_text("Succeeded")
            expect(page.get_by_role("button", name="after-all, step, Succeeded")).to_be_visible()
            assert page.evaluate("window.unreloaded") is True
    context.records.close()


# ---------------------------------------------------------------- the wire is cut


def test_the_stream_is_cut_again_and_again(browser: Browser, kitchen: Kitchen, wire: Wire) -> None:
    """While ten steps run: the page says "Connection lost" when nothing gets through, recovers, and holds every event exactly once."""
    run = kitchen.started(kitchen.made("chain", browsing.CHAIN), "often cut")
    with browsing.opened(browser, wire.url) as window:
        page = window.new_page()
        page.goto(f"runs/{run}?tab=events")
        expect(badge(page)).to_have_text("Running")
        _mark(page)
        over = page.get_by_role("list", name="Steps by state")
        for steps in (2, 4):
            expect(over).to_contain_text(re.compile(f"Succeeded [{steps}-9]|Succeeded 10"))
            wire.cut()
        wire.down()
        expect(page.get_by_text(_LOST)).to_be_visible()
        wire.up()
        expect(page.get_by_text(_LOST)).to_be_hidden()
        expect(badge(page)).to_have_text("Succeeded")
        expect(over).to_contain_text("Succeeded 10")
        recorded = [event["seq"] for event in kitchen.server.json(f"/runs/{run}/events?limit=1000")["events"]]
        expect(page.get_by_text(f"{len(recorded)} events")).to_be_visible()
        _, content = saved(page, page.get_by_role("button", name="Save CSV: events"))
        held = [int(row["seq"]) for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))]
        assert held == recorded == list(range(1, len(recorded) + 1))
        assert wire.cuts > 0
        assert page.evaluate("window.unreloaded") is True


def test_the_list_of_runs_is_right_after_a_cut(browser: Browser, kitchen: Kitchen, wire: Wire) -> None:
    """A run ends and another one starts while nothing gets through: afterwards the list shows both as they are."""
    gate = kitchen.place()
    kitchen.started(kitchen.oven, f"{gate.name} one", gate=str(gate))
    with browsing.opened(browser, wire.url) as window:
        page = window.new_page()
        page.goto(f"runs?text={gate.name}")
        one = page.get_by_role("row", name=f"{gate.name} one")
        expect(one).to_contain_text("Running")
        wire.down()
        expect(page.get_by_text(_LOST)).to_be_visible()
        gate.touch()
        kitchen.ended(kitchen.oven, f"{gate.name} two", gate=str(gate))
        wire.up()
        expect(one).to_contain_text("Succeeded")
        two = page.get_by_role("row", name=f"{gate.name} two")
        told = page.get_by_role("button", name="1 new run: show")
        expect(two.or_(told)).to_be_visible()
        if told.is_visible():
            told.click()
        expect(two).to_contain_text("Succeeded")


# ---------------------------------------------------------------- the log


def _read_whole(page: Page, kitchen: Kitchen, run: str, lines: int, disturb: Callable[[], None]) -> None:
    """Follow the log of `chat` while it prints, disturb in the middle, and count its lines when all are there."""
    page.goto(f"runs/{run}?task=chat&panel=logs")
    opened = page.get_by_role("complementary", name="Step chat")
    expect(opened).to_contain_text("following what is printed")
    _mark(page)
    log = page.get_by_role("region", name="Log of chat, attempt 1")
    expect(log).to_contain_text(re.compile(f"line 00{lines // 3_00:02d}"))
    disturb()
    expect(opened.get_by_text(re.compile(rf"^{lines:,} lines, [\d.]+ KiB$"))).to_be_visible(timeout=60_000)
    expect(badge(page)).to_have_text("Succeeded")
    numbers = [f"line {number:06d}" for number in range(lines)]
    assert _lines_of(page, "Log of chat, attempt 1") == numbers
    name, content = saved(page, opened.get_by_role("link", name="Download"))
    assert "chat" in name
    assert content.decode().splitlines() == numbers
    assert content == httpx.get(f"{kitchen.server.url}{API}/runs/{run}/tasks/chat/attempts/1/log/download").content
    assert page.evaluate("window.unreloaded") is True


def test_a_log_of_200_lines_a_second_is_whole_after_cuts(browser: Browser, kitchen: Kitchen, wire: Wire) -> None:
    """2,000 numbered lines in 10 seconds, the wire cut in the middle: the view ends with every line exactly once."""
    run = kitchen.started(kitchen.made("chatty", browsing.CHATTY), "chatting", lines=2_000, per_second=200)

    def disturb() -> None:
        wire.cut()
        expect(page.get_by_text(_LOST)).to_be_hidden()
        wire.down()
        expect(page.get_by_text(_LOST)).to_be_visible()
        wire.up()

    with browsing.opened(browser, wire.url) as window:
        page = window.new_page()
        _read_whole(page, kitchen, run, 2_000, disturb)
    assert wire.cuts > 0


def test_a_log_of_200_lines_a_second_is_whole_after_the_server_was_killed(own_page: Page, own: Kitchen) -> None:
    """1,200 numbered lines, the server killed and started again while they are printed: every line exactly once."""
    run = own.started(own.made("chatty", browsing.CHATTY), "chatting on", lines=1_200, per_second=200)

    def disturb() -> None:
        own.server.kill()
        expect(own_page.get_by_text(_LOST)).to_be_visible()
        log = next(own.server.home.glob("runs/*/chat/1/log"))
        size = log.stat().st_size
        assert eventually(lambda: log.stat().st_size > size, seconds=10)  # the step goes on
        own.server.start()

    _read_whole(own_page, own, run, 1_200, disturb)
