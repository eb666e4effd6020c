"""Pages of others, open in the same browser, try to read what the server holds and to change it: nothing is told, nothing is recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.server.serving import API, Server
from tests.web import browsing
from tests.web.conftest import PATIENCE, Kitchen

pytestmark = pytest.mark.web

_KFP = "/apis/v2beta1"
#: Lists that hold all that a request could add to, take from or change.
_LISTS = (
    f"{API}/runs", f"{API}/runs?archived=true", f"{API}/pipelines", f"{_KFP}/runs", f"{_KFP}/pipelines", f"{_KFP}/experiments",
)  # fmt: skip

#: What a page tries in order to change something: each a request that it sends in every way a browser lets it.
_CHANGES = """async ({server, run, version, text, create}) => {
    const kfp = `${server}/apis/v2beta1`, own = `${server}/apis/bakehouse/v1`;
    const file = () => {
        const form = new FormData();
        form.append("uploadfile", new File([text], "pipeline.yaml"));
        return form;
    };
    const files = () => ({method: "POST", mode: "no-cors", body: file()});
    const plain = (body) => ({method: "POST", mode: "no-cors", body: new Blob([body], {type: "text/plain"})});
    const asked = {
        "create, cors": fetch(`${kfp}/runs`, {method: "POST", body: create, headers: {"Content-Type": "application/json"}}),
        "create, cors without preflight": fetch(`${kfp}/runs`, {method: "POST", body: create}),
        "create, no-cors": fetch(`${kfp}/runs`, plain(create)),
        "create, with credentials": fetch(`${kfp}/runs`, {...plain(create), credentials: "include"}),
        "create, without referrer": fetch(`${kfp}/runs`, {...plain(create), referrerPolicy: "no-referrer"}),
        "experiment, no-cors": fetch(`${kfp}/experiments`, plain('{"display_name": "evil"}')),
        "upload, no-cors": fetch(`${kfp}/pipelines/upload?name=evil-kfp`, files()),
        "own upload, no-cors": fetch(`${own}/pipelines/upload?name=evil-own`, files()),
        "version, no-cors": fetch(`${kfp}/pipelines/upload_version?name=evil&pipelineid=${version.pipeline_id}`, files()),
        "fetch a url, no-cors": fetch(`${own}/pipelines/from-url`, plain(JSON.stringify({url: "https://example.org/a.yaml", name: "evil-url"}))),
        "batch, no-cors": fetch(`${own}/runs/batch`, plain(JSON.stringify({action: "delete", run_ids: [run]}))),
        "archive, no-cors": fetch(`${kfp}/runs/${run}:archive`, plain("")),
        "terminate, no-cors": fetch(`${kfp}/runs/${run}:terminate`, plain("")),
        "retry, no-cors": fetch(`${kfp}/runs/${run}:retry`, plain("")),
        "delete, cors": fetch(`${kfp}/runs/${run}`, {method: "DELETE"}),
        "delete a pipeline, cors": fetch(`${kfp}/pipelines/${version.pipeline_id}?cascade=true`, {method: "DELETE"}),
    };
    navigator.sendBeacon(`${kfp}/runs/${run}:archive`, "");
    const seen = (answer) => answer.then(async (one) => (one.type === "opaque" ? "unseen" : await one.text()), () => "refused");
    return Object.fromEntries(await Promise.all(Object.entries(asked).map(async ([name, answer]) => [name, await seen(answer)])));
}"""

#: A form that is sent by itself: a browser lets it go anywhere, and shows what is answered.
_FORM = """({action, enctype, fields, file}) => {
    const form = document.createElement("form");
    Object.assign(form, {action, enctype, method: "post"});
    for (const [name, value] of Object.entries(fields)) {
        const field = document.createElement("textarea");
        Object.assign(field, {name, value});
        form.append(field);
    }
    if (file) {
        const held = new DataTransfer();
        held.items.add(new File([file], "pipeline.yaml"));
        const field = document.createElement("input");
        Object.assign(field, {type: "file", name: "uploadfile"});
        field.files = held.files;
        form.append(field);
    }
    document.body.append(form);
    form.submit();
}"""

#: What a page tries in order to read something.
_READS = """async ({server, run, picture}) => {
    const own = `${server}/apis/bakehouse/v1`;
    const element = (name, attributes) => new Promise((done) => {
        const one = Object.assign(document.createElement(name), attributes);
        one.onload = () => done("loaded");
        one.onerror = () => done("refused");
        document.body.append(one);
    });
    const stream = new Promise((done) => {
        const source = new EventSource(`${own}/stream?run=${run}@0&new=true`);
        source.onopen = () => done("opened");
        source.onmessage = () => done("told");
        source.addEventListener("run", () => done("told"));
        source.onerror = () => { source.close(); done("refused"); };
    });
    const read = (url, how) => fetch(url, how).then(async (one) => await one.text() || one.type, () => "refused");
    return {
        "runs, cors": await read(`${own}/runs`),
        "runs, no-cors": await read(`${own}/runs`, {mode: "no-cors"}),
        "a log, cors": await read(`${own}/runs/${run}/tasks/knead/attempts/1/log/download`),
        "the page, no-cors": await read(`${server}/`, {mode: "no-cors"}),
        "stream": await stream,
        "picture": await element("img", {src: `${own}/artifacts/${picture}/content`}),
        "script": await element("script", {src: `${own}/runs`}),
        "style": await element("link", {rel: "stylesheet", href: `${own}/runs`}),
    };
}"""


@pytest.fixture(scope="module")
def server(kitchen: Kitchen) -> Server:
    """The kitchen's."""
    return kitchen.server


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of this machine at which somebody else has a page."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    (folder / "index.html").write_text("<!doctype html><title>Harmless</title><body>Look here.")
    with browsing.hosted(folder) as port:
        yield port


@pytest.fixture(scope="module")
def prey(kitchen: Kitchen) -> Mapping[str, Any]:
    """What a hostile page may know: ids, a pipeline's text, how a run is created."""
    run = kitchen.ended(kitchen.oven, "prey", gate=str(kitchen.file("open-gate")))
    outputs = kitchen.server.json(f"/runs/{run}/tasks/knead")["outputs"]["artifacts"]
    create = {
        "display_name": "evil",
        "pipeline_version_reference": {"pipeline_id": kitchen.oven["pipeline_id"], "pipeline_version_id": kitchen.oven["version_id"]},
        "runtime_config": {"parameters": {"gate": str(kitchen.file("open-gate"))}},
    }
    return {
        "run": run,
        "version": {"pipeline_id": kitchen.oven["pipeline_id"]},
        "text": kitchen.oven_file.read_text(),
        "create": json.dumps(create),
        "picture": outputs["picture"][0]["artifact_id"],
    }


@pytest.fixture
def unchanged(kitchen: Kitchen, prey: Mapping[str, Any]) -> Iterator[None]:
    """What the server holds is afterwards what it was before."""
    before = _held(kitchen.server, prey["run"])
    yield
    assert _held(kitchen.server, prey["run"]) == before


def _held(server: Server, run: str) -> dict[str, Any]:
    """All that a request could have changed: the lists, the run with its events, the versions."""
    paths = (*_LISTS, f"{API}/runs/{run}", f"{API}/runs/{run}/events")
    return {path: httpx.get(f"{server.url}{path}").json() for path in paths}


class Answers:
    """What the server answers a page from now on, also what the browser does not let the page see."""

    def __init__(self, page: Page, server: str) -> None:
        self._page, self._server = page, server
        self._asked: dict[str, str] = {}
        self._told: dict[str, int] = {}
        self._kept_back = 0
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._note_request)
        session.on("Network.responseReceivedExtraInfo", self._note_answer)
        session.on("Network.loadingFailed", self._note_failure)
        session.send("Network.enable")

    def _note_request(self, event: Mapping[str, Any]) -> None:
        url = urlsplit(event["request"]["url"])
        # The browser asks for an icon by itself, and when it likes.
        if event["request"]["url"].startswith(self._server) and not url.path.startswith("/favicon"):
            self._asked[event["requestId"]] = event["request"]["method"]

    def _note_answer(self, event: Mapping[str, Any]) -> None:
        self._told[event["requestId"]] = event["statusCode"]

    def _note_failure(self, event: Mapping[str, Any]) -> None:
        """The browser asks first (OPTIONS, a request of its own), and does not send what it then may not."""
        if (event.get("corsErrorStatus") or {}).get("corsError", "").startswith("Preflight"):
            self._asked.pop(event["requestId"], None)
            self._kept_back += 1

    def by_method(self, least: int) -> dict[str, set[int]]:
        """The statuses by method, when at least that many requests were made and all are answered."""
        for _ in range(PATIENCE // 50):
            if len(self._asked) + self._kept_back >= least and self._asked.keys() <= self._told.keys():
                break
            self._page.wait_for_timeout(50)
        found: dict[str, set[int]] = {}
        for request, method in self._asked.items():
            found.setdefault(method, set()).add(self._told[request])
        return found


# ---------------------------------------------------------------- a page on another port


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", browsing.EVIL])
def test_a_page_of_another_origin_changes_nothing(page: Page, kitchen: Kitchen, pages: int, prey: Mapping[str, Any], host: str) -> None:
    """Opened beside the server's pages, it sends what it can (cors, no-cors, multipart, beacon): every answer is 403 or refused unseen."""
    page.goto(f"http://{host}:{pages}/")
    answers = Answers(page, kitchen.server.url)
    came = page.evaluate(_CHANGES, {"server": kitchen.server.url, **prey})
    assert set(came.values()) <= {"refused", "unseen"}, came
    told = answers.by_method(len(came) + 1)  # and the beacon
    assert told["POST"] == {403}
    assert all(400 <= status < 500 for statuses in told.values() for status in statuses), told


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "form",
    [
        (f"{_KFP}/runs", "text/plain"),
        (f"{_KFP}/runs", "application/x-www-form-urlencoded"),
        (f"{_KFP}/pipelines/upload?name=evil-form", "multipart/form-data"),
        (f"{API}/pipelines/upload?name=evil-form", "multipart/form-data"),
    ],
    ids=["a run as plain text", "a run as a form", "a file to KFP's route", "a file to our route"],
)
def test_a_form_that_is_sent_to_the_server_changes_nothing(
    page: Page, kitchen: Kitchen, pages: int, prey: Mapping[str, Any], form: tuple[str, str]
) -> None:
    """The browser goes to the server with it, which answers 403 and says why."""
    path, enctype = form
    page.goto(f"http://localhost:{pages}/")
    # As plain text a form sends NAME=VALUE: with the "=" inside a text of the JSON it is whole.
    text = {prey["create"][:-1] + ', "description": "': '"}'}
    given = {"action": f"{kitchen.server.url}{path}", "enctype": enctype, "fields": {} if "upload" in path else text}
    with page.expect_navigation() as going:
        page.evaluate(_FORM, {**given, "file": prey["text"] if "upload" in path else ""})
    answer = going.value
    assert answer is not None
    assert (answer.request.method, answer.status) == ("POST", 403)
    expect(page.locator("body")).to_contain_text("this request comes from a page of another site")


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", browsing.EVIL])
def test_a_page_of_another_origin_reads_nothing(page: Page, kitchen: Kitchen, pages: int, prey: Mapping[str, Any], host: str) -> None:
    """Neither by fetch nor by a stream of events, nor as a picture, a script or a style."""
    page.goto(f"http://{host}:{pages}/")
    given = {"server": kitchen.server.url, "run": prey["run"], "picture": prey["picture"]}
    came = page.evaluate(_READS, given)
    assert came == dict.fromkeys(came, "refused")
    assert len(came) == 8


@pytest.mark.parametrize("path", ["/", "/runs", f"{API}/runs"])
def test_the_pages_stand_in_no_frame_of_others(page: Page, kitchen: Kitchen, pages: int, path: str) -> None:
    """A frame with a page of the server stays empty: nobody can be led to click in it."""
    page.goto(f"http://127.0.0.1:{pages}/")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    with page.expect_response(f"{kitchen.server.url}{path}"):
        page.evaluate("(src) => document.body.append(Object.assign(document.createElement('iframe'), {src}))", f"{kitchen.server.url}{path}")
    expect(page.frame_locator("iframe").get_by_role("heading", name="Bakehouse")).to_have_count(0)
    page.wait_for_function("document.querySelector('iframe').contentDocument === null")
    assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/"]
    assert any("frame-ancestors" in text for text in said), said


# ---------------------------------------------------------------- DNS rebinding


@pytest.mark.usefixtures("unchanged")
def test_a_name_that_was_made_to_lead_here_gets_nothing(page: Page, kitchen: Kitchen) -> None:
    """`evil.test` leads to this machine: the server answers its pages with 400, "does not answer to"; they have no script of the server's."""
    port = urlsplit(kitchen.server.url).port
    for path in ("/", "/runs", f"{API}/runs", f"{_KFP}/runs", "/openapi.json", "/favicon.svg"):
        answer = page.goto(f"http://{browsing.EVIL}:{port}{path}")
        assert answer is not None
        assert answer.status == 400
        expect(page.locator("body")).to_contain_text(f"does not answer to '{browsing.EVIL}:{port}'")


@pytest.mark.usefixtures("unchanged")
def test_a_page_of_that_name_is_the_same_origin_and_gets_nothing(browser: Browser, kitchen: Kitchen, prey: Mapping[str, Any]) -> None:
    """As if its page had come from elsewhere before the name led here: to the browser all is one origin, the server answers 400 to all of it."""
    server = f"http://{browsing.EVIL}:{urlsplit(kitchen.server.url).port}"
    with browser.new_context(bypass_csp=True) as window:  # a page from elsewhere has no policy of the server's
        page = window.new_page()
        page.goto(f"{server}/")
        answers = Answers(page, server)
        came = page.evaluate(_CHANGES, {"server": server, **prey})
        assert answers.by_method(len(came) + 1) == {"POST": {400}, "DELETE": {400}}
        assert all("does not answer to" in one for one in came.values()), came
        read = page.evaluate(_READS, {"server": server, "run": prey["run"], "picture": prey["picture"]})
        assert all(one == "refused" or "does not answer to" in one for one in read.values()), read
        assert answers.by_method(len(came) + 1 + len(read))["GET"] == {400}
