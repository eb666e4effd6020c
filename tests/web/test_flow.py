"""From a file to a finished run, all by clicks: upload, form, start, watch, terminate, retry, clone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.server.serving import Server, eventually
from tests.web.browsing import badge, panel
from tests.web.conftest import Kitchen

pytestmark = pytest.mark.web

#: Notes what the badge beside the heading says, each change once, and that the page was not loaded anew since.
_NOTE_STATES = """() => {
    window.states = [];
    new MutationObserver(() => {
        const text = document.querySelector("h1 + span")?.textContent;
        if (text && window.states.at(-1) !== text) window.states.push(text);
    }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


@pytest.fixture(scope="module")
def server(kitchen: Kitchen) -> Server:
    """The kitchen's."""
    return kitchen.server


def _new_run(page: Page, kitchen: Kitchen, name: str) -> Locator:
    """The form of a run of the oven, reached by clicks from the pipeline's page."""
    version = kitchen.oven
    page.goto(f"pipelines/{version['pipeline_id']}/versions/{version['version_id']}")
    page.get_by_role("main").get_by_role("link", name="New run").click()
    page.get_by_role("textbox", name="Name of the run").fill(name)
    return page.get_by_role("region", name="Inputs")


# ---------------------------------------------------------------- upload


def test_a_file_is_uploaded_and_shown_as_a_graph(page: Page, kitchen: Kitchen) -> None:
    """Click "Upload pipeline", choose the file, click again: its page has the graph, "2 steps", its inputs and its YAML."""
    page.goto("pipelines")
    page.get_by_role("link", name="Upload pipeline").first.click()
    expect(page.get_by_role("heading", name="Upload a pipeline")).to_be_visible()
    expect(page.get_by_role("button", name="Upload pipeline")).to_be_disabled()
    page.get_by_label("Pipeline file").set_input_files(kitchen.oven_file)
    name = page.get_by_role("textbox", name="Name of the pipeline")
    expect(name).to_have_value("oven")
    name.fill("chosen oven")
    page.get_by_role("button", name="Upload pipeline").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("chosen oven")
    expect(page.get_by_role("navigation", name="Breadcrumbs").get_by_role("link", name="chosen oven")).to_be_visible()
    expect(page.get_by_text("Kneads and bakes.")).to_be_visible()
    expect(page.get_by_text("2 steps.")).to_be_visible()
    page.get_by_role("button", name="bake, step").click()
    note = page.get_by_role("region", name="Step bake")
    expect(note).to_contain_text("Takes from")
    expect(note.get_by_role("button", name="knead")).to_be_visible()
    page.get_by_role("tab", name="Inputs (7)").click()
    expect(page.get_by_role("row", name=re.compile("^gate text has to be given"))).to_be_visible()
    page.get_by_role("tab", name="YAML").click()
    expect(page.get_by_role("tabpanel", name="YAML")).to_contain_text("PIPELINE DEFINITION")
    page.goto("pipelines")
    expect(page.get_by_role("row", name=re.compile("^chosen oven"))).to_be_visible()


def _drop(page: Page, files: dict[str, str]) -> None:
    """Drag files onto the page and let them go."""
    held = page.evaluate_handle(
        """(files) => {
            const held = new DataTransfer();
            for (const [name, text] of Object.entries(files)) held.items.add(new File([text], name));
            return held;
        }""",
        files,
    )
    page.dispatch_event("main", "dragenter", {"dataTransfer": held})
    expect(page.get_by_text("Let go to take the file")).to_be_visible()
    page.dispatch_event("main", "drop", {"dataTransfer": held})


def test_a_file_is_dropped_on_the_page(page: Page, kitchen: Kitchen) -> None:
    """Two files at once are refused: "One file at a time."; one is taken, and is uploaded as a new pipeline."""
    page.goto("pipelines/upload")
    text = kitchen.oven_file.read_text()
    expect(page.get_by_text("Drop the pipeline’s file anywhere on this page")).to_be_visible()
    _drop(page, {"one.yaml": text, "two.yaml": text})
    expect(page.get_by_role("alert")).to_have_text("One file at a time.")
    _drop(page, {"dropped.yaml": text})
    expect(page.get_by_text("dropped.yaml")).to_be_visible()
    page.get_by_role("textbox", name="Name of the pipeline").fill("dropped oven")
    page.get_by_role("button", name="Upload pipeline").click()
    expect(page.get_by_role("link", name="dropped oven")).to_be_visible()


def test_what_is_wrong_with_a_file_is_said_at_its_place(page: Page, kitchen: Kitchen) -> None:
    """Upload a file with a type that does not exist: the message stands at `broken.yaml:LINE`, with that line below it; nothing is kept."""
    text = kitchen.oven_file.read_text()
    broken = kitchen.file("broken.yaml", text[::-1].replace("REGETNI_REBMUN", "TNI_REBMUN", 1)[::-1])
    line = next(number for number, one in enumerate(broken.read_text().splitlines(), 1) if one.endswith("NUMBER_INT"))
    page.goto("pipelines/upload")
    page.get_by_label("Pipeline file").set_input_files(broken)
    page.get_by_role("textbox", name="Name of the pipeline").fill("broken oven")
    page.get_by_role("button", name="Upload pipeline").click()
    problem = page.get_by_role("alert", name="The pipeline was not taken")
    expect(problem).to_contain_text(f"broken.yaml:{line} (root.inputDefinitions.parameters.tries.parameterType)")
    expect(problem).to_contain_text("not 'NUMBER_INT'")
    expect(problem.get_by_label("The lines there").locator("[data-wrong]")).to_have_text(re.compile(rf"{line}\s+parameterType: NUMBER_INT"))
    page.goto("pipelines?text=broken")
    expect(page.get_by_text("No pipeline is named like “broken”")).to_be_visible()


# ---------------------------------------------------------------- the form


def test_the_form_says_what_is_wrong_beside_the_field(page: Page, kitchen: Kitchen) -> None:
    """Click "Start run" with `gate` empty and numbers and JSON wrong: each is told in its field, the first takes the focus, nothing starts."""
    inputs = _new_run(page, kitchen, "never started")
    inputs.get_by_role("textbox", name="tries").fill("2.5")
    inputs.get_by_role("textbox", name="rate").fill("fast")
    inputs.get_by_role("textbox", name="names as JSON").fill('["rye", ]')
    inputs.get_by_role("textbox", name="options as JSON").fill("[1]")
    page.get_by_role("button", name="Start run").click()
    expect(inputs).to_contain_text("A value is missing.")
    expect(inputs).to_contain_text("2.5 is not a whole number.")
    expect(inputs).to_contain_text("This is not a number; write it as 0.5 or 1e-3.")
    expect(inputs).to_contain_text('Line 1, column 9: there is a "," too many before "]".')
    expect(inputs).to_contain_text("This is JSON, but no struct: a struct stands between { and }.")
    gate = inputs.get_by_role("textbox", name="gate")
    expect(gate).to_be_focused()
    expect(gate).to_have_accessible_description("A value is missing.")
    expect(inputs.get_by_role("textbox", name="tries")).to_have_accessible_description("2.5 is not a whole number.")
    expect(inputs).to_contain_text("a file; the first step waits for it")
    gate.fill("/nowhere")
    expect(inputs).not_to_contain_text("A value is missing.")
    assert "/runs/new?" in page.url
    assert kitchen.server.json("/runs?text=never started")["runs"] == []


def test_the_server_says_what_the_form_cannot_know(page: Page, kitchen: Kitchen) -> None:
    """The version is deleted while its form is open: "Start run" tells "The run was not started" and why; the fields keep what they hold."""
    version = kitchen.uploaded(kitchen.oven_file, "short-lived oven")
    page.goto(f"runs/new?pipeline={version['pipeline_id']}")
    gate = page.get_by_role("textbox", name="gate")
    gate.fill("/nowhere")
    kitchen.delete(f"/apis/v2beta1/pipelines/{version['pipeline_id']}?cascade=true")
    page.get_by_role("button", name="Start run").click()
    expect(page.get_by_role("alert", name="The run was not started")).to_contain_text(f"there is no pipeline version {version['version_id']}")
    expect(gate).to_have_value("/nowhere")


def test_a_run_is_given_values_of_all_types(page: Page, kitchen: Kitchen) -> None:
    """A switch, numbers, JSON, a choice among `quick` and `thorough`, a new experiment; "Use the default" takes one back. The step gets them."""
    gate = kitchen.file("open-gate")
    inputs = _new_run(page, kitchen, "all types")
    experiment = page.get_by_role("combobox", name="Experiment")
    experiment.fill("Sunday")
    page.get_by_role("option", name="Create “Sunday”").click()
    inputs.get_by_role("textbox", name="gate").fill(str(gate))
    inputs.get_by_role("switch", name="careful").press("Space")
    inputs.get_by_role("combobox", name="mode").click()
    expect(page.get_by_role("option")).to_have_text(["quick", "thorough"])
    page.get_by_role("option", name="thorough").click()
    inputs.get_by_role("textbox", name="tries").fill("7")
    inputs.get_by_role("textbox", name="rate").fill("0.75")
    inputs.get_by_role("button", name="Use the default").last.click()
    expect(inputs.get_by_role("textbox", name="tries")).to_have_value("2")
    inputs.get_by_role("textbox", name="names as JSON").fill('["rye", "oat"]')
    inputs.get_by_role("textbox", name="options as JSON").fill('{"salt": 2, "more": [true, null]}')
    page.get_by_role("button", name="Start run").click()
    expect(badge(page)).to_have_text("Succeeded")
    expect(page.get_by_role("heading", level=1)).to_have_text("all types")
    expect(page.get_by_role("link", name="Sunday")).to_be_visible()
    page.get_by_role("tab", name="Parameters and outputs").click()
    given = page.get_by_label("Parameters").locator("dt")
    expect(given.filter(has_text="(default)")).to_have_text([re.compile("tries")])
    expect(page.get_by_role("region", name="Outputs")).to_contain_text("thorough dough, baked")
    page.get_by_role("tab", name="Graph").click()
    settings = panel(page, "knead", "Outputs").get_by_role("region", name="Artifact settings")
    settings.get_by_text("Text", exact=True).click()
    told = '{ "mode": "thorough", "tries": 2, "careful": true, "names": [ "rye", "oat" ], "options": { "more": [ true, null ], "salt": 2 } }'
    expect(settings).to_contain_text(told)


# ---------------------------------------------------------------- start and watch


def test_a_run_is_watched_from_its_start_to_its_end(page: Page, kitchen: Kitchen) -> None:
    """Click "Start run": the page shows Pending, Running and Succeeded by itself; `bake` waits for `knead`, whose log grows on the page."""
    gate = kitchen.place()
    inputs = _new_run(page, kitchen, "watched")
    inputs.get_by_role("textbox", name="gate").fill(str(gate))
    page.evaluate(_NOTE_STATES)
    page.get_by_role("button", name="Start run").click()
    expect(page.get_by_text("watched was started")).to_be_visible()
    expect(badge(page)).to_have_text("Running")
    counts = page.get_by_role("list", name="Steps by state")
    expect(counts).to_contain_text("0 of 2 steps over")
    expect(page.get_by_role("button", name="bake, step, Waiting")).to_be_visible()
    expect(panel(page, "bake")).to_contain_text("Waiting for knead")
    log = panel(page, "knead", "Logs")
    expect(log).to_contain_text(f"waits for {gate}")
    expect(log).to_contain_text("1 line,")
    expect(log).to_contain_text("following what is printed")
    expect(log).not_to_contain_text("the gate is open")
    gate.touch()
    expect(log).to_contain_text("the gate is open")
    expect(badge(page)).to_have_text("Succeeded")
    expect(page.get_by_role("button", name="bake, step, Succeeded")).to_be_visible()
    expect(counts).to_contain_text("Succeeded 2")
    expect(page.get_by_role("button", name="Terminate")).to_have_count(0)
    expect(log).to_contain_text(re.compile(r"3 lines, \d+ B$"))
    states = page.evaluate("window.states")  # which a reload would have forgotten
    assert states in (["Pending", "Running", "Succeeded"], ["Running", "Succeeded"])


def test_an_image_and_json_are_shown(page: Page, kitchen: Kitchen) -> None:
    """In the panel of `knead`: the picture that it wrote is drawn, its settings are a tree that folds; a parameter is there as text."""
    run = kitchen.ended(kitchen.oven, "pictured", gate=str(kitchen.file("open-gate")), names=["a", "b"])
    page.goto(f"runs/{run}")
    outputs = panel(page, "knead", "Outputs")
    expect(outputs.locator("dl").first).to_contain_text("quick dough")
    picture = outputs.get_by_role("img", name="picture")
    expect(picture).to_be_visible()
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 1
    tree = outputs.get_by_role("region", name="Content of settings")
    expect(tree).to_contain_text('mode: "quick"')
    names = tree.get_by_role("button", name="names")
    expect(tree.get_by_text('"b"')).to_be_visible()
    names.click()
    expect(tree.get_by_text('"b"')).to_have_count(0)


# ---------------------------------------------------------------- terminate, retry, clone


def test_a_running_run_is_terminated(page: Page, kitchen: Kitchen) -> None:
    """Click "Terminate" and confirm: the page says so at once, then "Terminated"; the step's process is gone, and `bake` did not run."""
    run = kitchen.started(kitchen.oven, "endless", gate=str(kitchen.place()))
    page.goto(f"runs/{run}")
    line = panel(page, "knead", "Logs").get_by_text("waits for")
    found = re.search(r"process (\d+) waits", line.inner_text())
    assert found is not None
    process = Path("/proc") / found[1]
    assert process.exists()
    page.get_by_role("button", name="Terminate").click()
    dialog = page.get_by_role("dialog", name="Terminate this run?")
    expect(dialog).to_contain_text("Running steps are stopped")
    dialog.get_by_role("button", name="Terminate the run").click()
    expect(badge(page)).to_have_text(re.compile("^Terminat(ing|ed)$"))
    expect(page.get_by_text("The run was asked to end.")).to_be_visible()
    expect(badge(page)).to_have_text("Terminated")
    assert eventually(lambda: not process.exists(), seconds=10)
    expect(page.get_by_role("list", name="Steps by state")).to_contain_text("Terminated 2")
    expect(page.get_by_role("button", name="Retry")).to_be_visible()


def test_a_failed_run_is_retried(page: Page, kitchen: Kitchen) -> None:
    """`judge` misses a file; it is put there; "Retry" says that `judge` runs again and one step is kept; the run succeeds by attempt 2."""
    proof = kitchen.place("proof")
    run = kitchen.ended(kitchen.gallery, "to be mended", proof=str(proof), rate=5)
    page.goto(f"runs/{run}")
    expect(badge(page)).to_have_text("Failed")
    expect(page.get_by_role("alert", name="ValueError")).to_contain_text(f"judge: the proof is missing: {proof}")
    proof.touch()
    page.get_by_role("button", name="Retry").click()
    dialog = page.get_by_role("dialog", name="Retry this run?")
    expect(dialog).to_contain_text("One step runs again: judge.")
    expect(dialog).to_contain_text("One step that succeeded is kept as it is.")
    dialog.get_by_role("button", name="Retry the run").click()
    expect(badge(page)).to_have_text("Succeeded")
    expect(page.get_by_role("alert")).to_have_count(0)
    attempts = panel(page, "judge", "Attempts")
    expect(attempts.get_by_role("region", name="Attempt 2")).to_contain_text("Succeeded")
    expect(attempts.get_by_role("region", name="Attempt 1")).to_contain_text("user error")
    kept = panel(page, "measure", "Attempts")
    expect(kept.get_by_role("region", name=re.compile("^Attempt "))).to_have_count(1)


def test_a_run_is_cloned_into_the_form(page: Page, kitchen: Kitchen) -> None:
    """Click "Clone": the form holds what the run was given, "Like …"; started, the new run has the same parameters and another name."""
    gate = kitchen.file("open-gate")
    run = kitchen.ended(kitchen.oven, "an example", gate=str(gate), mode="thorough", names=["spelt"])
    page.goto(f"runs/{run}")
    page.get_by_role("link", name="Clone").click()
    expect(page.get_by_text("Like an example, with the pipeline oven as it was then")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name of the run")).to_have_value("Clone of an example")
    expect(page.get_by_role("textbox", name="gate")).to_have_value(str(gate))
    expect(page.get_by_role("combobox", name="mode")).to_have_value("thorough")
    expect(page.get_by_role("textbox", name="names as JSON")).to_have_text('["spelt"]')
    page.get_by_role("button", name="Start run").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Clone of an example")
    expect(badge(page)).to_have_text("Succeeded")
    clone = page.url.rpartition("/")[2]
    assert clone != run
    assert kitchen.server.json(f"/runs/{clone}")["parameters"] == kitchen.server.json(f"/runs/{run}")["parameters"]
