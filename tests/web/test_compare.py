"""Runs side by side, and what can be saved from pages: the content of each file is checked."""

from __future__ import annotations

import csv
import io
import re
import struct
from collections.abc import Sequence
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.server.serving import Server
from tests.web.browsing import saved
from tests.web.conftest import Gallery

pytestmark = pytest.mark.web

_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def server(gallery: Gallery) -> Server:
    """The gallery's."""
    return gallery.server


@pytest.fixture
def compared(page: Page, gallery: Gallery) -> Page:
    """The page that compares the runs `first` and `second`."""
    page.goto(f"compare?run={gallery.succeeded}&run={gallery.again}")
    expect(page.get_by_role("region", name="Numbers").first).to_be_visible()
    return page


def _rows(content: bytes) -> Sequence[Sequence[str]]:
    """The rows of a CSV file."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _menu(page: Page, button: Locator, kind: str) -> tuple[str, bytes]:
    """What a menu of ways to save gives."""
    return saved(page, button, page.get_by_role("menuitem", name=kind))


def _png_size(content: bytes) -> tuple[int, int]:
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


# ---------------------------------------------------------------- compare


def test_two_runs_are_chosen_in_the_list_and_compared(page: Page, gallery: Gallery) -> None:
    """Tick `first` and `second`, click "Compare": the parameter `rate` differs, and is alone after "Only differences"."""
    page.goto("runs")
    page.get_by_role("checkbox", name="Select first").click()
    bar = page.get_by_role("toolbar", name="Selected runs")
    expect(bar).to_contain_text("1 run selected")
    page.get_by_role("checkbox", name="Select second").click()
    bar.get_by_role("link", name="Compare").click()
    expect(page).to_have_url(re.compile(f"run={gallery.again}"))
    parameters = page.get_by_role("table", name="Parameters")
    expect(parameters.get_by_role("row")).to_have_count(6)
    differing = parameters.get_by_role("row").filter(has=page.get_by_role("img", name="differs"))
    expect(differing).to_have_count(1)
    expect(differing).to_contain_text("rate")
    expect(differing.get_by_role("cell")).to_have_text(["1 (default)", "3"] if _first_is_first(page) else ["3", "1 (default)"])
    page.get_by_role("switch", name="Only differences").press("Space")
    expect(parameters.get_by_role("row")).to_have_count(2)


def test_runs_tell_whether_they_ran_the_same_code(compared: Page) -> None:
    """Both did, though one reused what the other had made; of their files git knows nothing, and that is said."""
    code = compared.get_by_role("table", name="Code")
    expect(code.get_by_role("row", name=re.compile("^comp-(measure|judge) [0-9a-f]{12} [0-9a-f]{12}$"))).to_have_count(2)
    git = compared.get_by_role("table", name="The compared runs").get_by_role("row", name=re.compile("^Git"))
    expect(git).to_contain_text("unknown: the file lies in no git repository")
    expect(git.get_by_role("img", name="differs")).to_be_visible()
    compared.get_by_role("switch", name="Only differences").check()
    expect(compared.get_by_role("region", name="Code")).to_contain_text("All steps ran the same code")


def _first_is_first(page: Page) -> bool:
    return page.get_by_role("table", name="The compared runs").get_by_role("columnheader").nth(1).inner_text().startswith("first")


def test_numbers_are_ranked(compared: Page) -> None:
    """Accuracy 0.93 is best, loss 0.24 worst; a click on "higher is better" turns accuracy around."""
    numbers = compared.get_by_role("table", name="Numbers")
    accuracy = numbers.get_by_role("row", name=re.compile("^accuracy"))
    expect(accuracy.get_by_role("cell")).to_have_text(["0.91 worst", "0.93 +0.02 best"])
    loss = numbers.get_by_role("row", name=re.compile("^loss"))
    expect(loss.get_by_role("cell")).to_have_text(["0.24 worst", "0.22 −0.02 best"])
    accuracy.get_by_role("button", name="higher is better").click()
    expect(accuracy.get_by_role("cell")).to_have_text(["0.91 best", "0.93 +0.02 worst"])


def test_curves_of_both_runs_are_on_one_plot(compared: Page) -> None:
    """One plot with two lines; a click on `first` in the legend hides its line; both confusion matrices stand below."""
    figure = compared.get_by_role("figure", name="ROC curves: first · measure · curve; second · measure · curve")
    lines = figure.locator("path.recharts-line-curve")
    expect(lines).to_have_count(2)
    first = compared.get_by_role("button", name="first · measure · curve: area under it 0.855")
    first.click()
    expect(first).to_have_attribute("aria-pressed", "false")
    expect(lines).to_have_count(1)
    matrices = compared.get_by_role("region", name="Confusion matrices")
    expect(matrices.get_by_role("table")).to_have_count(2)


def test_a_run_is_added_and_left_out(compared: Page, gallery: Gallery) -> None:
    """Write "fail" into "Add a run" and choose it: three columns and the address names it; "Leave out failed" takes it away."""
    compared.get_by_role("combobox", name="Add a run").fill("fail")
    compared.get_by_role("option", name=re.compile("^failed, failed")).click()
    runs = compared.get_by_role("table", name="The compared runs")
    expect(runs.get_by_role("columnheader")).to_have_count(4)
    expect(compared).to_have_url(re.compile(f"run={gallery.failed}"))
    runs.get_by_role("button", name="Leave out failed").click()
    expect(runs.get_by_role("columnheader")).to_have_count(3)


# ---------------------------------------------------------------- saved


def test_tables_of_a_comparison_are_saved(compared: Page) -> None:
    """Click "Save CSV" of the parameters, of the numbers and of a matrix."""
    name, content = saved(compared, compared.get_by_role("button", name="Save CSV: parameters"))
    assert name == "parameters.csv"
    assert ["rate", "1", "3"] in _rows(content)
    assert ["names", '["a","b"]', '["a","b"]'] in _rows(content)
    name, content = saved(compared, compared.get_by_role("button", name="Save CSV: numbers"))
    assert name == "metrics.csv"
    numbers = [["measure", "metrics", "accuracy", "0.91", "0.93"], ["measure", "metrics", "loss", "0.24", "0.22"]]
    assert _rows(content) == [["step", "output", "metric", "first", "second"], *numbers]
    name, content = saved(compared, compared.get_by_role("button", name="Save CSV: first"))
    assert _rows(content) == [["true \\ predicted", "cat", "dog"], ["cat", "9", "1"], ["dog", "2", "8"]]


def test_the_curves_are_saved_as_svg_png_and_csv(compared: Page) -> None:
    """Click "Save" of the plot: an SVG that stands alone, with both lines and a legend; a PNG twice as fine; the points."""
    save = compared.get_by_role("button", name="Save: All curves of these runs")
    expect(compared.locator("path.recharts-line-curve")).to_have_count(2)
    name, svg = _menu(compared, save, "SVG")
    assert name == "All-curves-of-these-runs-roc.svg"
    drawing = ET.fromstring(svg)  # noqa: S314 - our own page wrote it
    texts = ["".join(one.itertext()) for one in drawing.iter(f"{_SVG}text")]
    assert [text for text in texts if "area under it" in text] == [
        "first · measure · curve: area under it 0.855",
        "second · measure · curve: area under it 0.865",
    ]
    assert len([one for one in drawing.iter(f"{_SVG}path") if one.get("stroke-width") == "2px"]) == 2
    assert "class" not in {key for one in drawing.iter() for key in one.attrib}
    name, png = _menu(compared, save, "PNG")
    assert name == "All-curves-of-these-runs-roc.png"
    assert _png_size(png) == (2 * int(drawing.attrib["width"]), 2 * int(drawing.attrib["height"]))
    name, content = _menu(compared, save, "CSV")
    rows = _rows(content)
    assert rows[0] == ["curve", "false_positive_rate", "true_positive_rate", "threshold"]
    assert ["first · measure · curve", "0.1", "0.81", "0.5"] in rows
    assert len(rows) == 7


def test_the_graph_is_saved_as_svg_and_png(page: Page, gallery: Gallery) -> None:
    """Click "Save the graph as a picture": both steps and the arrow between them, with their names."""
    page.goto(f"runs/{gallery.failed}")
    save = page.get_by_role("button", name="Save the graph as a picture")
    name, svg = _menu(page, save, "SVG")
    assert name == "failed.svg"
    drawing = ET.fromstring(svg)  # noqa: S314 - our own page wrote it
    texts = {"".join(one.itertext()) for one in drawing.iter(f"{_SVG}text")}
    assert {"measure", "judge"} <= texts
    name, png = _menu(page, save, "PNG")
    assert name == "failed.png"
    assert _png_size(png) == (2 * int(drawing.attrib["width"]), 2 * int(drawing.attrib["height"]))


def test_the_timeline_is_saved_as_svg_png_and_csv(page: Page, gallery: Gallery) -> None:
    """Click "Save" of the timeline: a picture with both steps, and each phase with its times."""
    page.goto(f"runs/{gallery.failed}?tab=timeline")
    save = page.get_by_role("button", name="Save: the timeline")
    name, svg = _menu(page, save, "SVG")
    assert name == "failed-timeline.svg"
    drawing = ET.fromstring(svg)  # noqa: S314 - our own page wrote it
    assert {"measure", "judge"} <= {"".join(one.itertext()) for one in drawing.iter(f"{_SVG}text")}
    name, png = _menu(page, save, "PNG")
    assert _png_size(png)[0] == 2 * int(drawing.attrib["width"])
    name, content = _menu(page, save, "CSV")
    assert name == "failed-timeline.csv"
    running = [row for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")) if row["phase"] == "running"]
    assert [(row["step"], row["attempt"]) for row in running] == [("measure", "1"), ("judge", "1")]
    assert all(row["from"] < row["to"] for row in running)


def test_events_tables_and_runs_are_saved(page: Page, gallery: Gallery) -> None:
    """Click "Save CSV" of the events, of a shown table in its shown order, and "CSV" of the list of runs."""
    page.goto(f"runs/{gallery.failed}?tab=events")
    name, content = saved(page, page.get_by_role("button", name="Save CSV: events"))
    assert name == "failed-events.csv"
    told = [(int(row["seq"]), row["kind"]) for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))]
    recorded = gallery.server.json(f"/runs/{gallery.failed}/events")["events"]
    assert [seq for seq, _ in told] == [event["seq"] for event in recorded]
    assert told[0][1] == "run.CREATED"
    page.goto(f"artifacts/{gallery.artifact}")
    page.get_by_role("button", name="animal").click()
    page.get_by_role("button", name="animal").click()
    name, content = saved(page, page.get_by_role("button", name=re.compile("^Save CSV: the shown rows")))
    assert _rows(content) == [["animal", "count"], ["dog", "10"], ["cat", "10"]]
    name, content = saved(page, page.get_by_role("link", name="Download"))
    assert content == b"animal,count\ncat,10\ndog,10\n"
    page.goto("runs?state=SUCCEEDED")
    name, content = saved(page, page.get_by_role("button", name="CSV"))
    assert name == "runs.csv"
    runs = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert {(run["run_id"], run["name"], run["state"]) for run in runs} == {
        (gallery.succeeded, "first", "SUCCEEDED"),
        (gallery.again, "second", "SUCCEEDED"),
    }
