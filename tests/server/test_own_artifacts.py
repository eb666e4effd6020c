"""Artifacts of real runs: where they came from, how they look, and their bytes; nothing outside of them."""

from __future__ import annotations

import io
import os
import shutil
import socket
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from starlette.types import ASGIApp

from bakehouse.server.application import ServerOptions, make_application
from bakehouse.server.resources import runs
from tests.home import Home
from tests.server.making import PIPELINE
from tests.server.serving import API, ask, get, open_context


@dataclass
class Made:
    """Two runs of it, the second of which reused everything."""

    app: ASGIApp
    first: str
    again: str
    ids: dict[str, str]
    paths: dict[str, Path]

    def json(self, name: str, route: str = "", **params: Any) -> Any:  # whatever the route answers
        """What is said of an artifact."""
        answer = get(self.app, f"{API}/artifacts/{self.ids[name]}{route}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def content(self, name: str, headers: dict[str, str] | None = None, **params: Any) -> httpx.Response:
        """The bytes of an artifact."""
        return get(self.app, f"{API}/artifacts/{self.ids[name]}/content", params=params, headers=headers)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """The runs, made by the command line."""
    home = Home(tmp_path_factory.mktemp("own"))
    file = home.write(PIPELINE)
    first, again = (home.run(file, "--name", name)["run_id"] for name in ("first", "again"))
    context = open_context(home.path)
    app = make_application(context, ServerOptions())
    outputs = get(app, f"{API}/runs/{first}/tasks/make").json()["outputs"]["artifacts"]
    ids = {name: group[0]["artifact_id"] for name, group in outputs.items()}
    yield Made(app, first, again, ids, {name: Path(group[0]["uri"]) for name, group in outputs.items()})
    context.records.close()


# ---------------------------------------------------------------- what is known


def test_a_run_lists_what_its_steps_made_or_reused(made: Made) -> None:
    """All of it in the order of the steps, or only what has one of some types."""
    for run in (made.first, made.again):
        listed = get(made.app, f"{API}/runs/{run}/artifacts").json()
        assert listed["run_id"] == run
        assert {one["output"]: one["artifact_id"] for one in listed["artifacts"]} == made.ids
        reports = get(made.app, f"{API}/runs/{run}/artifacts", params={"type": ["system.HTML", "system.Markdown"]}).json()["artifacts"]
        assert [(one["task_id"], one["output"], one["type"], one["artifact_id"]) for one in reports] == [
            ("make", "notes", "system.Markdown", made.ids["notes"]),
            ("make", "page", "system.HTML", made.ids["page"]),
        ]
        assert get(made.app, f"{API}/runs/{run}/artifacts", params={"type": "no.Such"}).json()["artifacts"] == []
    assert get(made.app, f"{API}/runs/none/artifacts").status_code == 404
    assert get(made.app, f"{API}/runs/{made.first}/artifacts", params={"types": "system.HTML"}).status_code == 400


def test_a_long_list_says_that_there_is_more(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was left out is not taken for what is not there."""
    for most, truncated in ((len(made.ids), False), (len(made.ids) - 1, True)):
        monkeypatch.setattr(runs, "_MOST_ARTIFACTS", most)
        listed = get(made.app, f"{API}/runs/{made.first}/artifacts").json()
        assert (len(listed["artifacts"]), listed["truncated"]) == (most, truncated)


def test_an_artifact_knows_who_made_reused_and_took_it(made: Made) -> None:
    """Steps of both runs, with the names of the runs."""
    found = made.json("data")
    assert (found["name"], found["type"], found["size"], found["local"]) == ("data", "system.Dataset", 8, True)
    assert found["digest"].startswith("blake3:")
    assert found["producers"] == [
        {"run_id": made.first, "run_name": "first", "task_id": "make", "name": "data", "reused": False},
        {"run_id": made.again, "run_name": "again", "task_id": "make", "name": "data", "reused": True},
    ]
    assert sorted((one["run_name"], one["task_id"], one["name"]) for one in found["consumers"]) == [
        ("again", "take", "data"),
        ("first", "take", "data"),
    ]


@pytest.mark.parametrize("path", ["", "/preview", "/content"])
@pytest.mark.parametrize("name", ["nothing", "..", "%00", "a" * 5_000])
def test_an_unknown_artifact_is_not_found(made: Made, path: str, name: str) -> None:
    """Whatever it is called."""
    answer = get(made.app, f"{API}/artifacts/{quote(name, safe='%')}{path}")
    assert answer.status_code == 404


# ---------------------------------------------------------------- previews


def test_each_kind_has_its_preview(made: Made) -> None:
    """Told by type and content."""
    assert made.json("data", "/preview")["rows"] == [["1", "2"]]
    kinds = {name: made.json(name, "/preview")["kind"] for name in made.ids}
    assert kinds == {
        "data": "table",
        "page": "html",
        "notes": "markdown",
        "picture": "image",
        "drawing": "image",
        "model": "folder",
        "nothing": "none",
        "remote": "none",
        "large": "text",
    }
    assert made.json("large", "/preview")["truncated"] is True


def test_a_folder_lists_what_is_in_it(made: Made) -> None:
    """Folders first, links that are not followed last; each other entry can be looked into by its path."""
    found = made.json("model", "/preview")
    listed = {one["path"]: (one["is_folder"], one["size"]) for one in found["entries"]}
    assert listed["weights"] == (True, 0)
    assert listed["config.json"] == (False, 13)
    assert list(listed) == ["weights", "config.json", "inside.json", "circle", "outside", "up"]
    assert [(one["path"], one["leads_to"]) for one in found["entries"] if one["leads_to"]] == [
        ("circle", "circle"),
        ("outside", "/etc/hosts"),
        ("up", ".."),
    ]
    assert (listed["outside"], listed["up"]) == ((False, 0), (False, 0))
    assert made.json("model", "/preview", path="config.json")["text"] == '{\n  "layers": 3\n}'
    (inner,) = made.json("model", "/preview", path="weights")["entries"]
    assert inner["path"] == "weights/grüße 1+2.txt"
    assert made.json("model", "/preview", path=inner["path"])["text"] == "weights"
    assert made.json("model", "/preview", path="inside.json")["kind"] == "json"


def test_links_out_are_no_part_of_an_artifact(made: Made) -> None:
    """Its size is that of the files in it, however much lies behind its links; the digest says that there are some."""
    found = made.json("model")
    assert (found["size"], found["digest"].partition(":")[0]) == (20, "blake3-linked")
    assert made.json("model", "/preview")["size"] == 26  # a link that stays inside is as long as what it leads to


def test_where_there_is_nothing_a_note_says_why(made: Made) -> None:
    """Never written, elsewhere, not in the folder."""
    assert made.json("nothing", "/preview")["note"] == ("There is nothing to see: the step wrote no content; what it recorded is in the metadata.")
    assert made.json("remote", "/preview")["note"] == ("There is nothing to see: it lies at s3://bucket/model, where this server cannot read.")
    assert made.json("remote")["local"] is False
    assert made.json("model", "/preview", path="other")["note"] == "There is nothing to see: nothing lies at other in it."
    assert made.json("data", "/preview", path="other")["note"] == "There is nothing to see: nothing lies at other in it."
    assert made.json("model", "/preview", path="circle")["kind"] == "none"
    assert made.content("nothing").status_code == made.content("remote").status_code == made.content("model", path="other").status_code == 404


@pytest.mark.parametrize(
    "path", ["..", "../data", "weights/../../data", "/etc/hosts", "//etc/hosts", "./config.json", "a//b", "config.json/", "a\0b"]
)
@pytest.mark.parametrize("route", ["/preview", "/content"])
def test_paths_do_not_lead_out(made: Made, route: str, path: str) -> None:
    """400, and nothing is read."""
    answer = get(made.app, f"{API}/artifacts/{made.ids['model']}{route}", params={"path": path})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_path")


@pytest.mark.parametrize("path", ["outside", "up", "up/data", "up/model/config.json"])
@pytest.mark.parametrize("route", ["/preview", "/content"])
def test_links_do_not_lead_out(made: Made, route: str, path: str) -> None:
    """A link to the machine's files, or to what lies beside the artifact, is refused; one that leads back in is a way like any other."""
    answer = get(made.app, f"{API}/artifacts/{made.ids['model']}{route}", params={"path": path})
    if path == "up/model/config.json":
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_path")
        assert "localhost" not in answer.text


def test_what_is_no_plain_file_is_refused_without_waiting(made: Made) -> None:
    """A pipe that nobody writes to, a socket."""
    folder = made.paths["model"] / "weights"
    folder.chmod(0o700)
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(folder)  # the address of a socket is short
        try:
            listening.bind("socket")
        finally:
            os.chdir(here)
        for name in ("pipe", "socket"):
            assert "nothing to see" in made.json("model", "/preview", path=f"weights/{name}")["note"]
            assert made.content("model", path=f"weights/{name}").status_code == 404
        (folder / "socket").unlink()
    (folder / "pipe").unlink()


# ---------------------------------------------------------------- bytes


def test_raw_bytes_are_an_attachment_that_nothing_runs(made: Made) -> None:
    """No type that a browser would open as a page; no sniffing; a policy that allows nothing."""
    answer = made.content("page")
    assert answer.content == made.paths["page"].read_bytes()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="page.html"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert made.content("data").headers["content-disposition"] == 'attachment; filename="data.csv"'


def test_html_is_shown_in_a_sandbox(made: Made) -> None:
    """Its own scripts run in an origin of its own; it reaches nothing, and only our pages frame it."""
    answer = made.content("page", view="html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith(
        "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline' data:; "
        "img-src data: blob:; font-src data:; media-src data: blob:"
    )
    assert "allow-same-origin" not in policy
    assert policy.endswith("frame-ancestors 'self'")
    assert "content-disposition" not in answer.headers
    assert made.content("page", view="html", download="1").headers["content-type"] == "application/octet-stream"


def test_images_are_shown_but_drawings_only_as_images(made: Made) -> None:
    """An SVG that is opened as a page would run what is in it: it is an attachment, which an `img` shows all the same."""
    picture, drawing = made.content("picture"), made.content("drawing")
    assert (picture.headers["content-type"], picture.headers["content-disposition"]) == ("image/png", 'inline; filename="picture.png"')
    assert (drawing.headers["content-type"], drawing.headers["content-disposition"]) == ("image/svg+xml", 'attachment; filename="drawing.svg"')
    assert drawing.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert made.content("picture", download=True).headers["content-disposition"] == 'attachment; filename="picture.png"'


def test_parts_of_a_file(made: Made) -> None:
    """One range, the end, one beyond the end; whole if the file has changed meanwhile."""
    whole = made.content("large")
    assert (len(whole.content), whole.headers["accept-ranges"]) == (1_000_000, "bytes")
    part = made.content("large", {"Range": "bytes=10-14"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"01234", "bytes 10-14/1000000")
    assert made.content("large", {"Range": "bytes=-5"}).content == b"56789"
    assert made.content("large", {"Range": "bytes=0-1", "If-Range": '"other"'}).status_code == 200
    assert made.content("large", {"Range": "bytes=0-1", "If-Range": whole.headers["etag"]}).status_code == 206


@pytest.mark.parametrize(
    ("wanted", "status", "code", "said"),
    [
        ("bytes=5-1", 400, "bad_input", "'bytes=5-1' is no range of bytes"),
        ("pages=1", 400, "bad_input", "'pages=1' is no range of bytes"),
        ("bytes=", 400, "bad_input", "'bytes=' is no range of bytes"),
        ("bytes=1000000-", 416, "no_such_range", "the file has 1000000 bytes: there is nothing of it at bytes=1000000-"),
    ],
)
def test_ranges_that_cannot_be_had(made: Made, wanted: str, status: int, code: str, said: str) -> None:
    """Are refused in the form of every other error, with what can be asked for."""
    answer = made.content("large", {"Range": wanted})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert (answer.json()["code"], answer.json()["message"], answer.json()["problems"][0]["place"]) == (code, said, "header Range")
    assert "bytes=FIRST-LAST" in answer.json()["problems"][0]["remedy"]
    assert answer.headers.get("content-range") == ("bytes */1000000" if status == 416 else None)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_files_in_a_folder(made: Made) -> None:
    """By their path; the folder itself is no file."""
    assert made.content("model", path="config.json").json() == {"layers": 3}
    named = made.content("model", path="weights/grüße 1+2.txt")
    assert (named.content, named.headers["content-disposition"]) == (b"weights", "attachment; filename*=utf-8''gr%C3%BC%C3%9Fe%201%2B2.txt")
    folder = made.content("model", path="weights")
    assert (folder.status_code, folder.json()["code"]) == (404, "no_content")
    assert "path=FILE" in folder.json()["problems"][0]["remedy"]


def test_a_folder_comes_as_an_archive(made: Made) -> None:
    """All of it, or a folder in it; links stay links; what is no folder, and what lies elsewhere, is not packed."""

    def asked(name: str, **params: str) -> httpx.Response:
        return get(made.app, f"{API}/artifacts/{made.ids[name]}/archive", params=params)

    answer = asked("model")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''model.zip"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert archive.read("model/config.json") == b'{"layers": 3}'
        assert archive.read("model/outside") == b"/etc/hosts"
        assert archive.read("model/weights/grüße 1+2.txt") == b"weights"
    with zipfile.ZipFile(io.BytesIO(asked("model", path="weights").content)) as archive:
        assert archive.namelist() == ["weights/", "weights/grüße 1+2.txt"]
    for name, path in (("data", ""), ("nothing", ""), ("remote", ""), ("model", "config.json"), ("model", "other")):
        refused = asked(name, path=path)
        assert (refused.status_code, refused.json()["code"]) == (404, "no_content"), name
    for path in ("..", "up", "/etc", "weights/../.."):
        assert asked("model", path=path).json()["code"] == "bad_path"
    head = ask(made.app, "HEAD", f"{API}/artifacts/{made.ids['model']}/archive")
    assert (head.status_code, head.content) == (200, b"")


def test_headers_alone(made: Made) -> None:
    """HEAD tells the size and no bytes."""
    answer = ask(made.app, "HEAD", f"{API}/artifacts/{made.ids['large']}/content")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "1000000")


@pytest.mark.parametrize("query", [{"view": "pdf"}, {"download": "maybe"}, {"file": "x"}])
def test_what_a_route_does_not_know_is_refused(made: Made, query: dict[str, str]) -> None:
    """400, with the name of the parameter."""
    answer = made.content("data", None, **query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.json()["problems"][0]["place"]


def test_content_that_has_vanished(made: Made) -> None:
    """A note in the preview, 404 for the bytes; what is known of it stays."""
    path = made.paths["notes"]
    kept = path.with_name("kept")
    path.parent.chmod(0o700)
    shutil.move(path, kept)
    try:
        assert "not there any more" in made.json("notes", "/preview")["note"]
        assert made.content("notes").status_code == 404
        assert made.json("notes")["size"] == 7
    finally:
        shutil.move(kept, path)


def test_why_a_step_was_a_hit_or_a_miss(made: Made) -> None:
    """The same words as on the command line, with the result that was used; a step that is not there is said to be none."""
    hit = get(made.app, f"{API}/runs/{made.again}/tasks/make/cache").json()
    assert (hit["verdict"], hit["reason"], hit["entry"]["run_id"], hit["differences"]) == ("hit", "reused", made.first, [])
    assert hit["key"] == hit["entry"]["key"]
    new = get(made.app, f"{API}/runs/{made.first}/tasks/make/cache").json()
    assert (new["verdict"], new["reason"], new["entry"], new["key"]) == ("miss", "first", None, hit["key"])
    assert get(made.app, f"{API}/runs/{made.first}/tasks/nothing/cache").status_code == 404


def test_lineage_outlives_the_run(made: Made) -> None:
    """When the run that made it is deleted, its name is not known any more, but who took it is."""
    assert ask(made.app, "POST", f"{API}/runs/batch", json={"action": "delete", "run_ids": [made.first]}).json()["results"][0]["error"] == ""
    producers = made.json("data")["producers"]
    assert [(one["run_name"], one["reused"]) for one in producers] == [("", False), ("again", True)]
    cache = get(made.app, f"{API}/runs/{made.again}/tasks/make").json()["cache"]
    assert cache["text"].startswith(f"Reused from run {made.first}, which was deleted; the result was ")
    assert made.json("data", "/preview")["kind"] == "table"
