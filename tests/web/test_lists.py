"""The lists of runs and pipelines: filters in the address, archive and delete, uploads by URL, addresses that lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.server.serving import Server, eventually, served
from tests.web import browsing
from tests.web.browsing import badge
from tests.web.conftest import Kitchen

pytestmark = pytest.mark.web


@pytest.fixture(scope="module")
def server(kitchen: Kitchen) -> Server:
    """The kitchen's."""
    return kitchen.server


@dataclass(frozen=True)
class Shelf:
    """Runs whose names begin alike: two that succeeded and one that failed."""

    name: str
    good: str
    better: str
    bad: str


@pytest.fixture
def shelf(kitchen: Kitchen) -> Shelf:
    """Runs of the test's own."""
    name = kitchen.place("shelf").name
    proof = str(kitchen.file("proof"))
    good = kitchen.ended(kitchen.gallery, f"{name} good", proof=proof)
    better = kitchen.ended(kitchen.gallery, f"{name} better", proof=proof)
    return Shelf(name, good, better, kitchen.ended(kitchen.gallery, f"{name} bad", proof="/nowhere"))


def _names(page: Page) -> Locator:
    """The names in the list of runs, in their order."""
    return page.get_by_role("table").locator("tbody tr td:nth-child(2) a")


def _states(kitchen: Kitchen, name: str, *, archived: bool = False) -> dict[str, str]:
    """The runs of that name, as the server lists them."""
    query = f"?text={name}" + ("&archived=true" if archived else "")
    return {run["name"].removeprefix(f"{name} "): run["state"] for run in kitchen.server.json(f"/runs{query}")["runs"]}


# ---------------------------------------------------------------- filters


def test_filters_stand_in_the_address_and_survive_a_reload(page: Page, shelf: Shelf) -> None:
    """Write a name, tick "Failed", choose "Last hour" and the experiment: one run is left, also after a reload and by the back button."""
    page.goto("runs")
    page.get_by_role("searchbox", name="Name of the run").fill(shelf.name)
    expect(_names(page)).to_have_text([f"{shelf.name} bad", f"{shelf.name} better", f"{shelf.name} good"])
    page.get_by_role("checkbox", name="Failed").press("Space")
    expect(_names(page)).to_have_text([f"{shelf.name} bad"])
    page.get_by_role("combobox", name="Created").click()
    page.get_by_role("option", name="Last hour").click()
    page.get_by_role("combobox", name="Experiment").fill("Def")
    page.get_by_role("option", name="Default").click()
    expect(page).to_have_url(re.compile(rf"text={shelf.name}.*range=hour"))
    expect(page).to_have_url(re.compile(r"state=FAILED"))
    expect(page).to_have_url(re.compile(r"experiment="))
    page.reload()
    expect(_names(page)).to_have_text([f"{shelf.name} bad"])
    expect(page.get_by_role("checkbox", name="Failed")).to_be_checked()
    expect(page.get_by_role("combobox", name="Experiment")).to_have_value("Default")
    expect(page.get_by_role("searchbox", name="Name of the run")).to_have_value(shelf.name)
    page.get_by_role("button", name="Clear filters").click()
    expect(page).to_have_url(re.compile(r"/runs$"))
    page.go_back()
    expect(_names(page)).to_have_text([f"{shelf.name} bad"])


def test_runs_are_sorted_and_found_by_their_pipeline(page: Page, kitchen: Kitchen, shelf: Shelf) -> None:
    """Click the column "Run": by name; choose the pipeline `gallery`: its runs stay; a name that is nowhere: "No run is like this"."""
    page.goto(f"runs?text={shelf.name}")
    page.get_by_role("columnheader", name="Run").get_by_role("button").click()
    expect(_names(page)).to_have_text([f"{shelf.name} bad", f"{shelf.name} better", f"{shelf.name} good"])
    page.get_by_role("columnheader", name="Run").get_by_role("button").click()
    expect(_names(page)).to_have_text([f"{shelf.name} good", f"{shelf.name} better", f"{shelf.name} bad"])
    page.get_by_role("combobox", name="Pipeline").fill("galle")
    page.get_by_role("option", name="gallery").click()
    expect(page).to_have_url(re.compile(f"pipeline={kitchen.gallery['pipeline_id']}"))
    expect(_names(page)).to_have_count(3)
    page.get_by_role("searchbox", name="Name of the run").fill("nothing like it")
    expect(page.get_by_text("No run is like this")).to_be_visible()


def test_a_new_run_is_told_and_a_listed_one_is_followed(page: Page, kitchen: Kitchen) -> None:
    """With the list open a run starts: "1 new run: show" brings it in, Running; it ends, and its row says Succeeded by itself."""
    gate = kitchen.place()
    name = gate.name
    kitchen.ended(kitchen.oven, f"{name} first", gate=str(kitchen.file("open-gate")))
    page.goto(f"runs?text={name}")
    expect(_names(page)).to_have_count(1)
    kitchen.started(kitchen.oven, f"{name} second", gate=str(gate))
    row = page.get_by_role("row", name=f"{name} second")
    told = page.get_by_role("button", name="1 new run: show")
    # One that starts while the list is still being read is in it without further words.
    expect(row.or_(told)).to_be_visible()
    if told.is_visible():
        told.click()
    expect(row).to_contain_text("Running")
    gate.touch()
    expect(row).to_contain_text("Succeeded")


# ---------------------------------------------------------------- archive, restore, delete


def test_runs_are_archived_restored_and_deleted_together(page: Page, kitchen: Kitchen, shelf: Shelf) -> None:
    """Tick all, "Archive": the list is empty; under "Archived" tick two, "Restore"; the third: "Delete", asked for by its name."""
    page.goto(f"runs?text={shelf.name}")
    page.get_by_role("checkbox", name="Select all on this page").click()
    bar = page.get_by_role("toolbar", name="Selected runs")
    expect(bar).to_contain_text("3 runs selected")
    bar.get_by_role("button", name="Archive").click()
    expect(page.get_by_text("3 runs archived")).to_be_visible()
    expect(page.get_by_text("Archived runs were not looked at.")).to_be_visible()
    page.get_by_role("radiogroup", name="Archive").get_by_text("Archived").click()
    expect(page).to_have_url(re.compile("archived=true"))
    expect(_names(page)).to_have_count(3)
    for name in ("good", "better"):
        page.get_by_role("checkbox", name=f"Select {shelf.name} {name}").click()
    bar.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("2 runs restored")).to_be_visible()
    expect(_names(page)).to_have_text([f"{shelf.name} bad"])
    page.get_by_role("checkbox", name=f"Select {shelf.name} bad").click()
    bar.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete 1 run?")
    expect(dialog).to_contain_text("This cannot be undone.")
    expect(dialog.get_by_role("listitem")).to_have_text([f"{shelf.name} bad"])
    dialog.get_by_role("button", name="Delete 1 run").click()
    expect(page.get_by_text("1 run deleted")).to_be_visible()
    assert _states(kitchen, shelf.name) == {"good": "SUCCEEDED", "better": "SUCCEEDED"}
    assert _states(kitchen, shelf.name, archived=True) == {}


def test_only_those_that_fail_are_retried_of_a_selection(page: Page, kitchen: Kitchen, shelf: Shelf) -> None:
    """Tick all: "Retry 1" is offered, "Terminate" is for none; the failed run starts again and fails again."""
    page.goto(f"runs?text={shelf.name}")
    page.get_by_role("checkbox", name="Select all on this page").click()
    bar = page.get_by_role("toolbar", name="Selected runs")
    expect(bar.get_by_role("button", name="Terminate")).to_have_attribute("aria-disabled", "true")
    bar.get_by_role("button", name="Retry 1").click()
    expect(page.get_by_text("1 run started again")).to_be_visible()
    # Steps of other tests may have all slots for a while.
    assert eventually(lambda: kitchen.server.json(f"/runs/{shelf.bad}")["state"] == "FAILED", seconds=90)
    row = page.get_by_role("row", name=f"{shelf.name} bad")
    expect(row).to_contain_text("Failed")
    events = [event["kind"] for event in kitchen.server.json(f"/runs/{shelf.bad}/events")["events"]]
    assert events.count("run.RETRIED") == 1


def test_running_runs_are_terminated_together(page: Page, kitchen: Kitchen) -> None:
    """Tick two running runs, "Terminate" and confirm: both rows say Terminated."""
    name = kitchen.place("stopped").name
    for which in ("one", "two"):
        kitchen.started(kitchen.oven, f"{name} {which}", gate=str(kitchen.place()))
    page.goto(f"runs?text={name}")
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows.filter(has_text="Running")).to_have_count(2)
    page.get_by_role("checkbox", name="Select all on this page").click()
    page.get_by_role("toolbar", name="Selected runs").get_by_role("button", name="Terminate").click()
    page.get_by_role("dialog", name="Terminate 2 runs?").get_by_role("button", name="Terminate 2 runs").click()
    expect(page.get_by_text("2 runs asked to end")).to_be_visible()
    expect(rows.filter(has_text="Terminated")).to_have_count(2)


@pytest.mark.parametrize("query", ["state=WRONG", "state=failed", "state=", "state=toString", "sort=zzz", "since=zzz", "size=zzz", "page="])
def test_what_an_address_says_wrongly_is_ignored(page: Page, shelf: Shelf, query: str) -> None:
    """The list shows what it would without, and so does the table of steps of a run."""
    page.goto(f"runs?text={shelf.name}&{query}")
    expect(_names(page)).to_have_count(3)
    page.goto(f"runs/{shelf.good}?tab=steps&{query}")
    expect(page.get_by_role("table", name="Steps")).to_be_visible()


def test_a_run_is_archived_restored_and_deleted_on_its_page(page: Page, shelf: Shelf) -> None:
    """Click "More actions": "Archive", then "in the archive" beside its name; "Undo"; "Delete" leads to the list without it."""
    page.goto(f"runs/{shelf.bad}")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Archive").click()
    expect(page.get_by_text("in the archive", exact=True)).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The run was restored.")).to_be_visible()
    expect(page.get_by_text("in the archive", exact=True)).to_have_count(0)
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog", name="Delete this run?").get_by_role("button", name="Delete the run").click()
    expect(page.get_by_text("The run was deleted.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/runs$"))
    page.goto(f"runs/{shelf.bad}")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such run")


def test_a_page_says_that_its_run_was_deleted_elsewhere(page: Page, kitchen: Kitchen, shelf: Shelf) -> None:
    """Somebody else deletes the run whose page is open: "This run was deleted", and nothing can be done with it any more."""
    page.goto(f"runs/{shelf.bad}")
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    kitchen.delete(f"/apis/v2beta1/runs/{shelf.bad}")
    expect(page.get_by_role("status").filter(has_text="This run was deleted")).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_have_count(0)


# ---------------------------------------------------------------- pipelines


@pytest.fixture(scope="module")
def shop(kitchen: Kitchen) -> Iterator[int]:
    """The port at which the oven's file can be fetched."""
    folder = kitchen.folder / "shop"
    folder.mkdir()
    (folder / "fetched.yaml").write_bytes(kitchen.oven_file.read_bytes())
    with browsing.hosted(folder) as port:
        yield port


def test_a_pipeline_is_fetched_from_a_url(page: Page, shop: int) -> None:
    """Choose "An address (URL)", write that of a host that is allowed, "Upload pipeline": its page has the graph."""
    page.goto("pipelines/upload")
    page.get_by_text("An address (URL)").click()
    page.get_by_role("textbox", name="Address of the file").fill(f"http://{browsing.ALLOWED}:{shop}/fetched.yaml")
    page.get_by_role("textbox", name="Name of the pipeline").fill("fetched oven")
    page.get_by_role("button", name="Upload pipeline").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("fetched oven")
    expect(page.get_by_role("button", name="knead, step")).to_be_visible()
    page.get_by_role("link", name="fetched oven").click()
    expect(page.get_by_role("table", name="Versions of fetched oven")).to_contain_text("fetched.yaml")


def test_a_taken_name_offers_a_new_version(page: Page, kitchen: Kitchen) -> None:
    """Upload a file by the name of a pipeline that is there: beside the name it says so; a click on "new version of" makes it one."""
    version = kitchen.uploaded(kitchen.oven_file, "taken oven")
    page.goto("pipelines/upload")
    page.get_by_label("Pipeline file").set_input_files(kitchen.oven_file)
    page.get_by_role("textbox", name="Name of the pipeline").fill("taken oven")
    page.get_by_role("button", name="Upload pipeline").click()
    expect(page.get_by_role("alert")).to_contain_text("There is a pipeline named taken oven already.")
    page.get_by_role("button", name="upload this as a new version of taken oven").click()
    expect(page.get_by_role("combobox", name="Of the pipeline")).to_have_value("taken oven")
    page.get_by_role("button", name="Upload version").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("taken oven-version-at-")
    assert kitchen.server.json(f"/pipelines/{version['pipeline_id']}")["versions"] == 2


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://127.0.0.1:{port}/fetched.yaml", "is not fetched: only https on its own port is fetched"),
        ("http://localhost:{port}/missing.yaml", "the server answered with status 404"),
    ],
)
def test_a_url_that_is_not_fetched_is_said_why(page: Page, shop: int, address: str, why: str) -> None:
    """A private address that nobody allowed, and one where there is nothing: the message says which and why; nothing is kept."""
    url = address.format(port=shop)
    page.goto("pipelines/upload")
    page.get_by_text("An address (URL)").click()
    page.get_by_role("textbox", name="Address of the file").fill(url)
    page.get_by_role("textbox", name="Name of the pipeline").fill("unfetched oven")
    page.get_by_role("button", name="Upload pipeline").click()
    alert = page.get_by_role("alert", name="The pipeline was not taken")
    expect(alert).to_contain_text(url)
    expect(alert).to_contain_text(why)
    page.goto("pipelines?text=unfetched")
    expect(page.get_by_text("No pipeline is named like “unfetched”")).to_be_visible()


def test_a_pipeline_gets_a_second_version_and_is_deleted(page: Page, kitchen: Kitchen) -> None:
    """Click "New version": it uploads one; a taken name is refused; "Delete" says "2 versions"; the runs stay, with their own page."""
    version = kitchen.uploaded(kitchen.oven_file, "short oven")
    run = kitchen.ended(version, "of the short oven", gate=str(kitchen.file("open-gate")))
    page.goto(f"pipelines/{version['pipeline_id']}")
    page.get_by_role("link", name="New version").click()
    expect(page.get_by_role("combobox", name="Of the pipeline")).to_have_value("short oven")
    page.get_by_label("Pipeline file").set_input_files(kitchen.oven_file)
    name = page.get_by_role("textbox", name="Name of the version")
    name.fill("short oven")
    page.get_by_role("button", name="Upload version").click()
    expect(name).to_have_accessible_description(re.compile("There is a version named short oven already. Choose another name."))
    expect(name).to_be_focused()
    name.fill("v2")
    page.get_by_role("button", name="Upload version").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("v2")
    page.get_by_role("link", name="short oven").click()
    expect(page.get_by_role("table", name="Versions of short oven").locator("tbody tr")).to_have_count(2)
    page.get_by_role("main").get_by_role("button", name="Delete", exact=True).first.click()
    dialog = page.get_by_role("dialog", name="Delete short oven?")
    expect(dialog).to_contain_text("2 versions will be deleted with it. Its runs stay as they are.")
    dialog.get_by_role("button", name="Delete pipeline").click()
    expect(page.get_by_text("short oven was deleted")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/pipelines$"))
    expect(page.get_by_role("link", name="short oven")).to_have_count(0)
    page.goto(f"runs/{run}")
    expect(badge(page)).to_have_text("Succeeded")


# ---------------------------------------------------------------- addresses


def test_kfps_addresses_lead_to_the_same_things(page: Page, kitchen: Kitchen, shelf: Shelf) -> None:
    """`/#/runs/details/ID`, `/#/experiments/details/ID`, `/#/pipelines/details/ID`, also written into an open page's address."""
    page.goto(f"#/runs/details/{shelf.good}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{shelf.name} good")
    expect(page).to_have_url(re.compile(f"/runs/{shelf.good}$"))
    experiment = kitchen.server.json(f"/runs/{shelf.good}")["experiment"]["experiment_id"]
    page.evaluate("(id) => { location.hash = `#/experiments/details/${id}` }", experiment)
    expect(page).to_have_url(re.compile(rf"/runs\?experiment={experiment}$"))
    expect(page.get_by_role("combobox", name="Experiment")).to_have_value("Default")
    expect(page.get_by_role("link", name=f"{shelf.name} good", exact=True)).to_be_visible()
    page.goto(f"#/pipelines/details/{kitchen.oven['pipeline_id']}")
    expect(page.get_by_role("heading", level=1)).to_have_text("oven")


def test_the_address_of_a_page_holds_all_that_it_shows(page: Page, shelf: Shelf) -> None:
    """A step's panel, its tab and the tab of the run come back from the address alone; the back button closes the panel."""
    page.goto(f"runs/{shelf.bad}")
    page.get_by_role("tab", name="Steps").click()
    page.get_by_role("table", name="Steps").get_by_role("button", name="judge").click()
    page.get_by_role("complementary").get_by_role("tab", name="Attempts").click()
    expect(page).to_have_url(re.compile(r"panel=attempts"))
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    opened = page.get_by_role("complementary", name="Step judge")
    expect(opened.get_by_role("region", name="Attempt 1")).to_be_visible()
    expect(page.get_by_role("table", name="Steps")).to_be_visible()


def test_what_is_not_there_is_said(page: Page) -> None:
    """An id of nothing, and an address of no page: each says so, and leads back."""
    page.goto("runs/no-such-run")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such run")
    expect(page.get_by_text("Nothing is known of no-such-run")).to_be_visible()
    page.goto("no/such/page")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    page.get_by_role("main").get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")


def test_the_first_page_leads_to_what_runs_and_what_failed(page: Page, kitchen: Kitchen, shelf: Shelf) -> None:
    """Home: "Running now" shows a run until it ends, by itself; "Failed lately" names the last one that failed."""
    gate = kitchen.place()
    kitchen.started(kitchen.oven, f"{gate.name} at home", gate=str(gate))
    page.goto("")
    running = page.locator("section").filter(has=page.get_by_role("heading", name="Running now"))
    expect(running).to_contain_text(f"{gate.name} at home")
    failed = page.locator("section").filter(has=page.get_by_role("heading", name="Failed lately"))
    expect(failed).to_contain_text(f"{shelf.name} bad")
    gate.touch()
    expect(running).not_to_contain_text(f"{gate.name} at home")
    failed.get_by_role("link", name="All failed").click()
    expect(page).to_have_url(re.compile(r"state=FAILED"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on which nothing was done yet."""
    with served(tmp_path_factory.mktemp("empty")) as running:
        yield running


def test_a_new_home_says_what_to_do_first(page: Page, empty: Server) -> None:
    """Nothing is there: "Welcome to Bakehouse"; the lists say how the first thing comes into them; a run that starts elsewhere appears."""
    page.goto(empty.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome to Bakehouse")
    page.get_by_role("link", name="Pipelines").first.click()
    expect(page.get_by_text("No pipeline has been uploaded yet")).to_be_visible()
    page.get_by_role("link", name="Runs").first.click()
    expect(page.get_by_text("No run yet")).to_be_visible()
    source = empty.folder / "chatty.py"
    source.write_text(browsing.CHATTY)
    assert browsing.run(empty.home, source, "-p", "lines=1", "--name", "from a file")["state"] == "SUCCEEDED"
    expect(page.get_by_role("row", name="from a file")).to_contain_text("Succeeded")
