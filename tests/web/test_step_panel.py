"""The panel of a step: what went in and came out, what it printed, its attempts, why it failed, what the cache decided."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.server.serving import API, Server
from tests.web.browsing import badge, panel, saved
from tests.web.conftest import Gallery

pytestmark = pytest.mark.web


@pytest.fixture(scope="module")
def server(gallery: Gallery) -> Server:
    """The gallery's."""
    return gallery.server


def _artifact(inside: Locator, name: str) -> Locator:
    """An artifact in a panel, shown by a click."""
    card = inside.get_by_role("region", name=f"Artifact {name}")
    card.get_by_role("button", name=f"Show {name}").click()
    return card


# ---------------------------------------------------------------- values and artifacts


def test_inputs_are_shown_with_the_artifact_that_was_handed_over(page: Page, gallery: Gallery) -> None:
    """Click `judge`, then "Inputs": the parameter `proof` and the table of `measure`; its name leads to its page, "Made by" measure."""
    page.goto(f"runs/{gallery.failed}")
    inputs = panel(page, "judge", "Inputs")
    expect(inputs.locator("dl")).to_contain_text("proof")
    expect(inputs.locator("dl")).to_contain_text("/nowhere")
    expect(_artifact(inputs, "table").get_by_role("row", name="dog 10")).to_be_visible()
    inputs.get_by_role("link", name="table").click()
    made = page.get_by_role("table", name="Made by")
    expect(made.get_by_role("row", name="measure table failed")).to_be_visible()
    expect(made.get_by_role("row", name="measure reused table first")).to_be_visible()
    expect(page.get_by_role("table", name="Used by").get_by_role("row", name="judge table failed")).to_be_visible()


def test_a_csv_is_a_table_that_can_be_sorted(page: Page, gallery: Gallery) -> None:
    """Click "Show table", then its column `animal` twice: dog comes before cat."""
    page.goto(f"runs/{gallery.failed}")
    table = _artifact(panel(page, "measure", "Outputs"), "table")
    expect(table).to_contain_text("2 rows, 2 columns")
    rows = table.locator("tbody tr")
    expect(rows).to_have_text(["cat10", "dog10"])
    column = table.get_by_role("button", name="animal")
    column.click()
    column.click()
    expect(table.get_by_role("columnheader", name="animal")).to_have_attribute("aria-sort", "descending")
    expect(rows).to_have_text(["dog10", "cat10"])


def test_html_is_shown_in_a_frame_that_reaches_nothing(page: Page, gallery: Gallery) -> None:
    """Click "Show page": "A report" is there, its script changed neither this page nor asked the server, and it has no origin."""
    page.goto(f"runs/{gallery.failed}")
    outputs = panel(page, "measure", "Outputs")
    asked: list[str] = []
    page.on("response", lambda answer: asked.append(answer.url) if answer.frame != page.main_frame else None)
    report = _artifact(outputs, "page")
    expect(report).to_contain_text("it can load nothing from elsewhere")
    frame = report.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="A report")).to_be_visible()
    expect(page).to_have_title("failed · Bakehouse")
    inside = next(one for one in page.frames if "view=html" in one.url)
    assert inside.evaluate("[window.origin, document.title]") == ["null", "changed"]
    assert inside.evaluate("fetch('/apis/bakehouse/v1/runs').then(() => 'answered', () => 'refused')") == "refused"
    assert inside.evaluate("(() => { try { return String(parent.document) } catch (error) { return error.name } })()") == "SecurityError"
    assert asked == [inside.url]


def test_markdown_and_numbers_are_shown(page: Page, gallery: Gallery) -> None:
    """Click "Show notes" and "Show metrics": a heading and a bold word; accuracy 0.91 and loss 0.24."""
    page.goto(f"runs/{gallery.failed}")
    outputs = panel(page, "measure", "Outputs")
    notes = _artifact(outputs, "notes")
    expect(notes.get_by_role("heading", name="Notes")).to_be_visible()
    expect(notes.locator("strong")).to_have_text("well")
    metrics = _artifact(outputs, "metrics")
    expect(metrics.locator("dt")).to_have_text(["accuracy", "loss"])
    expect(metrics.locator("dd")).to_have_text(["0.91", "0.24"])


def test_a_curve_and_a_confusion_matrix_are_drawn(page: Page, gallery: Gallery) -> None:
    """Click "Show curve": one line with the area under it, 0.855, and the matrix of cats and dogs, 85% right."""
    page.goto(f"runs/{gallery.failed}")
    curve = _artifact(panel(page, "measure", "Outputs"), "curve")
    expect(curve.get_by_role("button", name="curve: area under it 0.855")).to_be_visible()
    expect(curve.locator("path.recharts-line-curve")).to_have_count(1)
    matrix = curve.get_by_role("table", name="curve")
    expect(matrix.locator("tbody tr")).to_have_text(["cat91", "dog28"])
    expect(curve).to_contain_text("85% on the diagonal")


# ---------------------------------------------------------------- failure, attempts, cache


def test_a_failure_is_told_in_the_terms_of_the_author(page: Page, gallery: Gallery) -> None:
    """Click "judge" in "Failed step": message, file and line, once on the page; unfolded the line itself and the traceback; cause and exit code."""
    page.goto(f"runs/{gallery.failed}")
    page.get_by_role("alert").get_by_role("button", name="judge").click()
    opened = page.get_by_role("complementary", name="Step judge")
    alert = opened.get_by_role("alert", name="ValueError")
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(alert).to_contain_text("the proof is missing: /nowhere")
    expect(alert).to_contain_text(re.compile(r"gallery\.py:\d+ in judge"))
    traceback = alert.get_by_role("region", name="Traceback")
    expect(traceback).to_be_hidden()
    alert.get_by_text("Show the line and the traceback").click()
    expect(alert.get_by_role("region", name="The line that failed")).to_contain_text('raise ValueError("the proof is missing: " + proof)')
    expect(traceback).to_contain_text("Traceback (most recent call last):")
    facts = opened.locator("dl")
    expect(facts).to_contain_text("user error")
    expect(facts).to_contain_text("Exit code1")
    expect(facts).to_contain_text("Peak memory")
    expect(opened.get_by_role("table", name="Phases of attempt 1").get_by_role("row", name="Process started")).to_be_visible()


def test_an_attempt_leads_to_its_log(page: Page, gallery: Gallery) -> None:
    """Click "Attempts", then "Log, … B": the log of that attempt, with the table that `judge` printed and the error marked."""
    page.goto(f"runs/{gallery.failed}")
    attempts = panel(page, "judge", "Attempts")
    first = attempts.get_by_role("region", name="Attempt 1")
    expect(first).to_contain_text("Failed")
    first.get_by_role("button", name=re.compile(r"^Log, \d+ B$")).click()
    log = page.get_by_role("region", name="Log of judge, attempt 1")
    expect(log.locator("[data-index]").nth(1)).to_have_text(re.compile("^2cat,10"))
    expect(log.locator("[data-level=error]").last).to_contain_text("ValueError: the proof is missing")
    expect(page).to_have_url(re.compile(r"panel=logs"))


def test_an_attempt_tells_what_it_ran_and_asked_for(page: Page, gallery: Gallery) -> None:
    """Click "Attempts": it asked for nothing, and was in the queue; click "Code": the digest that the server tells."""
    page.goto(f"runs/{gallery.failed}")
    attempts = panel(page, "judge", "Attempts")
    expect(attempts.locator("dl").first).to_contain_text("Asked fornothing")
    expect(attempts.get_by_role("table", name="Phases of attempt 1").get_by_role("row", name="In the queue")).to_be_visible()
    told = gallery.server.json(f"/runs/{gallery.failed}/tasks/judge")
    attempts.get_by_role("tab", name="Code").click()
    expect(attempts.locator("dl").first).to_contain_text(told["attempt_list"][0]["code_digest"])
    attempts.get_by_role("tab", name="Inputs").click()
    digest = told["inputs"]["artifacts"]["table"][0]["digest"].partition(":")[2]
    expect(attempts.get_by_role("region", name="Artifact table")).to_contain_text(f"digest {digest[:12]}")


def test_requests_are_suggested(page: Page, gallery: Gallery) -> None:
    """Where something was measured that is far from what the step asks for, its panel says what to write, and why."""

    def measured(route: Route) -> None:
        answer = route.fetch()
        suggestion = {"component": "comp-judge", "task_id": "judge", "tasks": 1, "resource": "memory", "asked": 8 << 30, "measured": 1 << 30}
        told = {**answer.json(), "suggestions": [{**suggestion, "suggested": "1500M", "call": '.set_memory_request("1500M")'}]}
        route.fulfill(response=answer, json=told)

    page.route("**/tasks/judge", measured)
    page.goto(f"runs/{gallery.failed}")
    suggested = panel(page, "judge").get_by_role("region", name="Suggested requests")
    expect(suggested).to_contain_text('.set_memory_request("1500M")')
    expect(suggested).to_contain_text("It held up to 1.0 GiB; it asks for 8.0 GiB.")
    expect(suggested.get_by_role("button", name="Copy the memory request")).to_be_visible()


def test_an_output_that_was_never_written_is_a_warning(page: Page, gallery: Gallery) -> None:
    """The panel of the step says so before all else."""

    def warned(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "warnings": ["model was never written; beside its path lies model.pkl"]})

    page.route("**/tasks/judge", warned)
    page.goto(f"runs/{gallery.again}")
    warning = panel(page, "judge").get_by_role("status").filter(has_text="A warning")
    expect(warning).to_contain_text("model was never written; beside its path lies model.pkl")


def test_the_cache_says_whose_result_was_reused(page: Page, gallery: Gallery) -> None:
    """In the run `second`, `judge` was "Reused from run first"; the link leads there, where it says "Reused by judge in second"."""
    page.goto(f"runs/{gallery.again}")
    expect(page.get_by_role("button", name="judge, step, Reused")).to_be_visible()
    cache = panel(page, "judge").get_by_role("region", name="Cache")
    expect(cache).to_contain_text("Reused from run first")
    cache.get_by_role("link", name="judge in first").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("first")
    expect(cache).to_contain_text("Asked, and no result was found for this step with these inputs")
    expect(cache.get_by_role("link", name="judge in second")).to_be_visible()
    panel(page, "measure", "Logs")
    expect(page.get_by_text("Its result was reused from the run failed, so nothing ran here.")).to_be_visible()


# ---------------------------------------------------------------- the log


def test_a_log_is_searched(page: Page, gallery: Gallery) -> None:
    """Write "proof" into "Search the log": 2 lines, marked; the next match is the second; Esc clears; "gone" is not found."""
    page.goto(f"runs/{gallery.failed}")
    opened = panel(page, "judge", "Logs")
    search = opened.get_by_role("textbox", name="Search the log")
    search.fill("missing")
    expect(opened).to_contain_text("1 of 2 lines")
    expect(opened.locator("mark")).to_have_text(["missing", "missing"])
    opened.get_by_role("button", name="Next match").click()
    expect(opened).to_contain_text("2 of 2 lines")
    expect(opened.locator("[data-target]")).to_contain_text("ValueError: the proof is missing")
    search.press("Escape")
    expect(search).to_have_value("")
    expect(opened.locator("mark")).to_have_count(0)
    search.fill("no such word")
    expect(opened).to_contain_text("not found")


def test_a_log_is_saved_and_its_lines_have_addresses(page: Page, gallery: Gallery) -> None:
    """Click "Download": the very bytes; click the number of line 3: the address leads to that line, also in another window."""
    page.goto(f"runs/{gallery.failed}")
    opened = panel(page, "judge", "Logs")
    name, content = saved(page, opened.get_by_role("link", name="Download"))
    assert "judge" in name
    address = f"{gallery.server.url}{API}/runs/{gallery.failed}/tasks/judge/attempts/1/log/download"
    assert content == httpx.get(address).content
    assert content.startswith(b"animal,count\ncat,10\ndog,10\n")
    opened.get_by_role("link", name="Link to line 3").click()
    expect(page).to_have_url(re.compile(r"#byte-20$"))
    page.goto("about:blank")
    page.goto(f"runs/{gallery.failed}?task=judge&panel=logs&attempt=1#byte-20")
    expect(page.locator("[data-target]")).to_contain_text("dog,10")


# ---------------------------------------------------------------- the keyboard, the table of steps


def test_the_panel_is_opened_and_closed_by_keys(page: Page, gallery: Gallery) -> None:
    """Arrow down goes from `measure` to `judge`, Enter opens its panel and goes there, Esc closes it and goes back."""
    page.goto(f"runs/{gallery.failed}")
    page.get_by_role("button", name="measure, step").focus()
    page.keyboard.press("ArrowDown")
    node = page.get_by_role("button", name="judge, step")
    expect(node).to_be_focused()
    page.keyboard.press("Enter")
    opened = page.get_by_role("complementary", name="Step judge")
    expect(opened.get_by_role("heading", name="judge")).to_be_focused()
    page.keyboard.press("Escape")
    expect(opened).to_have_count(0)
    expect(node).to_be_focused()


def test_groups_say_what_is_in_them_and_open(page: Page, gallery: Gallery) -> None:
    """The loop of the graph names what it goes over and the iteration that failed; "Open for-loop-4" shows its steps; a click on it its panel."""
    page.goto(f"runs/{gallery.nested}")
    loop = page.get_by_role("button", name="for-loop-4, for each of numbers.Output, 3 iterations, no. 1 failed, group")
    expect(loop).to_be_visible()
    page.get_by_role("button", name="Open for-loop-4").press("Enter")
    expect(page.get_by_role("button", name="condition-5, item == 3, 3 times, 2 skipped, group, 1 succeeded")).to_be_visible()
    page.get_by_role("button", name="Open condition-branches-1").click()
    expect(page.get_by_role("button", name="condition-3, else, not entered, group")).to_be_visible()
    page.get_by_role("button", name=re.compile("^for-loop-4, ")).click()
    expect(page.get_by_role("complementary", name="Step for-loop-4")).to_be_visible()


def test_the_dialog_of_a_retry_tells_what_will_run(page: Page, gallery: Gallery) -> None:
    """Click "Retry": of all steps and groups the one that failed, with the iteration it is in; what was not wanted stays as it is."""
    page.goto(f"runs/{gallery.nested}")
    page.get_by_role("button", name="Retry").click()
    dialog = page.get_by_role("dialog", name="Retry this run?")
    expect(dialog).to_contain_text("One step runs again: check (for-loop-4/1).")
    expect(dialog).to_contain_text("Whether steps in this group run is decided anew: condition-5 (for-loop-4/1).")
    expect(dialog).to_contain_text("6 steps that succeeded are kept as they are.")
    dialog.get_by_role("button", name="Cancel").click()


def test_steps_are_filtered_and_open_their_panel(page: Page, gallery: Gallery) -> None:
    """Click "Failed 1" above the tabs: the table shows `judge` alone, with its error; the address keeps it; a click opens the panel."""
    page.goto(f"runs/{gallery.failed}")
    page.get_by_role("list", name="Steps by state").get_by_role("link", name="Failed 1").click()
    table = page.get_by_role("table", name="Steps")
    expect(page.get_by_text("1 of 2 steps")).to_be_visible()
    expect(table.get_by_role("row")).to_have_count(2)
    expect(table).to_contain_text("the proof is missing: /nowhere")
    page.reload()
    expect(page.get_by_role("checkbox", name="Failed (1)")).to_be_checked()
    page.get_by_role("checkbox", name="Failed (1)").press("Space")
    expect(table.get_by_role("row")).to_have_count(3)
    page.get_by_role("textbox", name="Filter steps by text").fill("meas")
    expect(table.get_by_role("row")).to_have_count(2)
    table.get_by_role("button", name="measure").click()
    expect(page.get_by_role("complementary", name="Step measure")).to_be_visible()


def test_the_other_tabs_tell_the_values_the_events_and_the_file(page: Page, gallery: Gallery) -> None:
    """Click "Parameters and outputs", "Metrics", "Events", "Spec" and "Timeline" in turn: each shows its own part of the run."""
    page.goto(f"runs/{gallery.failed}")
    expect(badge(page)).to_have_text("Failed")
    page.get_by_role("tab", name="Parameters and outputs").click()
    parameters = page.get_by_role("tabpanel").get_by_label("Parameters", exact=True).locator("dl")
    expect(parameters.locator("dt")).to_have_text([re.compile(f"^{name} ") for name in ("careful", "names", "proof", "rate", "tries")])
    page.get_by_role("tab", name="Metrics").click()
    expect(page.get_by_role("row", name="measure metrics accuracy 0.91")).to_be_visible()
    page.get_by_role("tab", name="Events").click()
    events = len(gallery.server.json(f"/runs/{gallery.failed}/events")["events"])
    expect(page.get_by_text(f"{events} events")).to_be_visible()
    page.get_by_role("tab", name="Spec").click()
    expect(page.get_by_role("tabpanel", name="Spec")).to_contain_text("# Name: gallery")
    page.get_by_role("tab", name="Timeline").click()
    expect(page.get_by_role("button", name=re.compile("^judge : Failed"))).to_be_visible()
