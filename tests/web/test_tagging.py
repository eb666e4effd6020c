"""What users say of runs, and of new ones, by clicks: tags, pins, an end, and which steps are run."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.server.serving import API, Server
from tests.web.browsing import badge, panel
from tests.web.conftest import Kitchen

pytestmark = pytest.mark.web


@pytest.fixture(scope="module")
def server(kitchen: Kitchen) -> Server:
    """The kitchen's."""
    return kitchen.server


def _ended(kitchen: Kitchen, name: str, **tags: str) -> str:
    """A run of the oven that succeeded, with these tags."""
    run = kitchen.ended(kitchen.oven, name, gate=str(kitchen.file("open-gate")))
    httpx.patch(f"{kitchen.server.url}{API}/runs/{run}/tags", json={"tags": tags}).raise_for_status()
    return run


def test_tags_are_edited_on_the_page_of_a_run_and_lead_to_others(page: Page, kitchen: Kitchen) -> None:
    """Click "Edit tags", write one with a dot: told why not; write another, remove one, save: chips; click one: the runs that have it."""
    name = kitchen.place("tagged").name
    run = _ended(kitchen, f"{name} first", team=name, draft="")
    _ended(kitchen, f"{name} second", team=name)
    page.goto(f"runs/{run}")
    chips = page.get_by_role("group", name="Tags")
    expect(chips.get_by_role("link")).to_have_text(["draft", f"team={name}"])
    page.get_by_role("button", name="Edit tags").click()
    dialog = page.get_by_role("dialog", name="Tags of this run")
    field = dialog.get_by_role("combobox", name="Tags")
    field.fill("a.b=c")
    field.press("Enter")
    expect(dialog).to_contain_text("has a dot in it")
    expect(field).to_have_value("a.b=c")
    field.fill("note=a, b")
    field.press("Enter")
    field.press("Backspace")
    field.fill("note=c, d")
    field.press("Enter")
    dialog.get_by_role("button", name="Save tags").click()
    expect(dialog).to_be_hidden()
    expect(chips.get_by_role("link")).to_have_text(["draft", "note=c, d", f"team={name}"])
    assert kitchen.server.json(f"/runs/{run}")["tags"] == {"draft": "", "note": "c, d", "team": name}
    chips.get_by_role("link", name=f"team={name}").click()
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(2)
    tags = page.get_by_role("search", name="Filter runs").get_by_role("combobox", name="Tags")
    tags.fill("draft")
    tags.press("Enter")
    expect(page).to_have_url(re.compile(rf"tag=team%3D{name}&tag=draft"))
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(f"{name} first")
    page.reload()
    expect(rows).to_have_count(1)


def test_a_run_is_pinned_with_a_reason_and_unpinned(page: Page, kitchen: Kitchen) -> None:
    """Menu, "Pin", a reason: the page and the list say so; "Undo" takes it back; "Unpin" likewise, and its "Undo" brings the reason back."""
    name = kitchen.place("pinned").name
    run = _ended(kitchen, name)
    page.goto(f"runs/{run}")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Pin", exact=True).click()
    dialog = page.get_by_role("dialog", name="Pin this run?")
    dialog.get_by_role("textbox", name="Reason").fill("the best one")
    dialog.get_by_role("button", name="Pin the run").click()
    main = page.get_by_role("main")
    expect(main.get_by_text("Pinned: the best one")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(main.get_by_text("Pinned: the best one")).to_be_hidden()
    assert kitchen.server.json(f"/runs/{run}")["pinned_at"] is None
    page.reload()
    httpx.post(f"{kitchen.server.url}{API}/runs/{run}:pin", json={"reason": "for the paper"}).raise_for_status()
    expect(main.get_by_text("Pinned: for the paper")).to_be_visible()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Unpin").click()
    expect(main.get_by_text("Pinned: for the paper")).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(main.get_by_text("Pinned: for the paper")).to_be_visible()
    page.goto(f"runs?text={name}")
    expect(page.get_by_role("row", name=name)).to_contain_text("Pinned: for the paper")


def test_a_run_goes_on_from_a_step_of_another(page: Page, kitchen: Kitchen) -> None:
    """In the panel of `judge`, "Run again from this step": the form takes the results of that run, and runs `judge` anew; `measure` is reused."""
    name = kitchen.place("again").name
    run = kitchen.ended(kitchen.gallery, name, proof=str(kitchen.file("proof")))
    page.goto(f"runs/{run}")
    panel(page, "judge").get_by_role("link", name="Run again from this step").click()
    expect(page.get_by_role("combobox", name="Take results of run")).to_have_value(name)
    page.get_by_role("button", name="Start run").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Clone of {name}")
    expect(badge(page)).to_have_text("Succeeded")
    again = page.url.rpartition("/")[2]
    selection = kitchen.server.json(f"/runs/{again}")["selection"]
    assert (selection["from_run"], selection["refresh"]) == (run, ["judge"])
    cached = {task["task_id"]: task["cached"] for task in kitchen.server.json(f"/runs/{again}/tasks")["tasks"]}
    assert (cached["measure"], cached["judge"]) == (True, False)


def test_a_part_of_a_pipeline_is_run_until_an_end(page: Page, kitchen: Kitchen) -> None:
    """Choose "Until this step": "Only this step" says why it cannot be chosen; "End after" two hours and a tag: the run's settings say all of it."""
    version = kitchen.oven
    page.goto(f"runs/new?pipeline={version['pipeline_id']}&version={version['version_id']}")
    page.get_by_role("textbox", name="gate").fill(str(kitchen.file("open-gate")))
    page.get_by_text("Run a part of it").click()
    page.get_by_role("combobox", name="Until this step").click()
    page.get_by_role("option", name="knead").click()
    expect(page.get_by_role("combobox", name="Only this step")).to_be_disabled()
    expect(page.get_by_text("“Until this step” is chosen")).to_be_visible()
    page.get_by_role("combobox", name="Tags").fill("team=bread")
    page.get_by_text("More options").click()
    page.get_by_role("combobox", name="Unit of the end").click()
    page.get_by_role("option", name="hours").click()
    page.get_by_role("textbox", name="End after").fill("2")
    page.get_by_role("button", name="Start run").click()
    expect(badge(page)).to_have_text("Succeeded")
    run = kitchen.server.json(f"/runs/{page.url.rpartition('/')[2]}")
    assert (run["timeout"], run["selection"]["until"], run["tags"]) == (7200, "knead", {"team": "bread"})
    page.get_by_role("tab", name="Parameters and outputs").click()
    settings = page.get_by_role("region", name="Settings")
    expect(settings).to_contain_text("2 h after its start")
    expect(settings).to_contain_text("until knead")
