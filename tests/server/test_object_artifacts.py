"""Artifacts in an object store, of a real run: the cache, the server and the command line, with a real store."""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from bakehouse.actions import runs, saving
from bakehouse.actions.context import Context
from bakehouse.actions.errors import NoContent, NotRemoved
from bakehouse.cli import fetching
from bakehouse.errors import BadInput
from bakehouse.server.application import ServerOptions, make_application
from tests import stores
from tests.home import Home, tasks
from tests.server.serving import API, get, open_context

PIPELINE = """
from kfp import dsl


@dsl.component
def make(data: dsl.Output[dsl.Dataset], page: dsl.Output[dsl.HTML], folder: dsl.Output[dsl.Model], none: dsl.Output[dsl.Artifact]):
    import os

    with open(data.path, "w") as file:
        file.write("a,b\\n1,2\\n")
    with open(page.path, "w") as file:
        file.write("<b>page</b>")
    os.makedirs(folder.path + "/sub/empty")
    with open(folder.path + "/sub/ü.json", "w") as file:
        file.write("[1]")
    os.symlink("sub", folder.path + "/to")


@dsl.component
def take(data: dsl.Input[dsl.Dataset], given: dsl.Input[dsl.Artifact]) -> str:
    return open(data.path).read() + open(given.path).read()


@dsl.pipeline(pipeline_root="s3://bucket/by-the-pipeline")
def objects():
    given = dsl.importer(artifact_uri="s3://bucket/given", artifact_class=dsl.Artifact)
    take(data=make().outputs["data"], given=given.output)
"""


@dataclass
class Made:
    """A run whose artifacts lie in a bucket."""

    context: Context
    app: ASGIApp
    home: Home
    run: dict[str, Any]
    ids: dict[str, str]

    def get(self, name: str, route: str, **params: Any) -> httpx.Response:  # whatever the route takes
        """What is answered about an artifact."""
        return get(self.app, f"{API}/artifacts/{self.ids[name]}/{route}", params=params)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stores.S3]:
    with stores.running(stores.S3, tmp_path_factory.mktemp("s3")) as server, pytest.MonkeyPatch.context() as patched:
        for name, value in server.environ.items():
            patched.setenv(name, value)
        (server.folder / "bucket" / "given").write_text("given")
        yield server


@pytest.fixture(scope="module")
def made(server: stores.S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """The run, made by the command line."""
    home = Home(tmp_path_factory.mktemp("objects"))
    run = home.run(home.write(PIPELINE))
    assert run["state"] == "SUCCEEDED", run
    context = open_context(home.path, stores.opened(server.environ))
    app = make_application(context, ServerOptions())
    outputs = get(app, f"{API}/runs/{run['run_id']}/tasks/make").json()["outputs"]["artifacts"]
    yield Made(context, app, home, run, {name: group[0]["artifact_id"] for name, group in outputs.items()})
    context.records.close()


def test_the_run_used_the_bucket(made: Made, server: stores.S3) -> None:
    """That of the pipeline; steps got each other's files."""
    assert tasks(made.run)["take"]["outputs"]["Output"] == "a,b\n1,2\ngiven"
    kept = server.folder / "bucket" / "by-the-pipeline" / made.run["run_id"] / "make" / "1"
    assert (kept / "data").read_text() == "a,b\n1,2\n"


def test_an_artifact_says_that_it_can_be_read(made: Made) -> None:
    """From this server, with its digest and size."""
    found = get(made.app, f"{API}/artifacts/{made.ids['data']}").json()
    assert (found["local"], found["size"], found["uri"][:26]) == (True, 8, "s3://bucket/by-the-pipelin")
    assert found["digest"].startswith("blake3:")


def test_previews_look_as_those_of_files_do(made: Made) -> None:
    """Tables, pages, folders and files in them; why there is nothing to see."""
    assert made.get("data", "preview").json()["rows"] == [["1", "2"]]
    assert made.get("page", "preview").json()["kind"] == "html"
    folder = made.get("folder", "preview").json()
    assert [(one["path"], one["is_folder"], one["leads_to"]) for one in folder["entries"]] == [("sub", True, ""), ("to", False, "sub")]
    inside = made.get("folder", "preview", path="sub").json()
    assert [(one["path"], one["is_folder"], one["size"]) for one in inside["entries"]] == [("sub/empty", True, 0), ("sub/ü.json", False, 3)]
    assert made.get("folder", "preview", path="sub/empty").json()["note"] == "The folder is empty."
    assert made.get("folder", "preview", path="sub/ü.json").json()["kind"] == "json"
    assert "nothing lies at" in made.get("none", "preview").json()["note"]
    assert "it is a link to sub" in made.get("folder", "preview", path="to").json()["note"]


def test_bytes_are_streamed(made: Made) -> None:
    """With their length, a name, and nothing that a browser would run; a page only in its frame."""
    answer = made.get("data", "content")
    assert answer.content == b"a,b\n1,2\n"
    assert answer.headers["content-length"] == "8"
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''data.csv"
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    page = made.get("page", "content", view="html")
    assert (page.content, page.headers["content-type"]) == (b"<b>page</b>", "text/html; charset=utf-8")
    assert "sandbox allow-scripts" in page.headers["content-security-policy"]
    assert made.get("folder", "content", path="sub/ü.json").content == b"[1]"
    for name, path, status in (("folder", "", 404), ("folder", "no", 404), ("folder", "to", 404), ("none", "", 404), ("data", "../x", 400)):
        assert made.get(name, "content", path=path).status_code == status


def test_a_folder_comes_as_an_archive(made: Made) -> None:
    """With its links and empty folders, or a part of it."""
    with zipfile.ZipFile(io.BytesIO(made.get("folder", "archive").content)) as archive:
        assert archive.namelist() == ["folder/sub/empty/", "folder/sub/ü.json", "folder/to"]
        assert (archive.read("folder/sub/ü.json"), archive.read("folder/to")) == (b"[1]", b"sub")
    with zipfile.ZipFile(io.BytesIO(made.get("folder", "archive", path="sub").content)) as archive:
        assert archive.namelist() == ["sub/empty/", "sub/ü.json"]
    assert made.get("data", "archive").status_code == 404


def test_a_link_leads_to_the_store(made: Made) -> None:
    """Without credentials; of a folder there is none."""
    said = made.get("folder", "link", path="sub/ü.json", seconds=60).json()
    assert said["seconds"] == 60
    with urllib.request.urlopen(said["url"]) as answer:  # noqa: S310  # of the server that we started
        assert answer.read() == b"[1]"
    assert made.get("folder", "link").status_code == 404
    assert made.get("data", "link", seconds=10**7).status_code == 400


def test_the_command_line_fetches(made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known, a link, and copies at paths where nothing lies yet."""
    monkeypatch.setenv("BAKEHOUSE_HOME", str(made.home.path))
    assert fetching.show(made.ids["data"], as_json=True) == 0
    known = json.loads(capsys.readouterr().out)
    assert (known["verified"], known["size"], known["consumers"][0]["task"]) == (True, 8, "take")
    assert fetching.show(made.ids["data"], as_json=False) == 0
    assert known["uri"] in capsys.readouterr().out
    assert fetching.link(made.ids["data"], "", 60.0, as_json=False) == 0
    assert capsys.readouterr().out.startswith("http://127.0.0.1:")
    assert fetching.download(made.ids["folder"], tmp_path, "", as_json=False) == 0
    assert (tmp_path / "folder" / "to" / "ü.json").read_text() == "[1]"
    assert fetching.download(made.ids["folder"], tmp_path / "one", "sub/ü.json", as_json=True) == 0
    assert (tmp_path / "one").read_text() == "[1]"
    with pytest.raises(BadInput, match="is there already"):
        saving.save(made.context, made.ids["folder"], "", tmp_path)
    with pytest.raises(NoContent):
        saving.save(made.context, made.ids["none"], "", tmp_path)


def test_a_step_is_replayed_with_what_it_was_given(made: Made) -> None:
    """Its inputs are fetched again; what it gives stays on this machine."""
    done = made.home.call("replay", made.run["run_id"], "take", "--output", "json")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_second_run_reads_no_byte(made: Made, server: stores.S3) -> None:
    """All of it is reused, by sizes and tags; what has changed in the bucket is not, nor what was imported from there."""
    file = made.home.folder / "pipeline.py"
    again = made.home.run(file)
    assert all(task["cached_from"] for task in again["tasks"]), again
    bucket = stores.bucket(server, "s3://bucket")
    bucket.put("given", b"other")
    third = tasks(made.home.run(file))
    assert third["take"]["outputs"]["Output"] == "a,b\n1,2\nother"
    assert third["make"]["cached_from"]


def test_a_deleted_run_takes_its_objects_along(made: Made, server: stores.S3) -> None:
    """Not what others still name, nor what it only imported; a store that is away is named with what is left."""
    file = made.home.write(PIPELINE.replace("make()", "make().set_caching_options(False)"), "apart.py")
    copied = made.home.run(file, "--pipeline-root", "s3://bucket/apart?region=us-east-1")
    kept = server.folder / "bucket" / "apart" / copied["run_id"]
    assert (kept / "make" / "1" / "data").exists()
    away = stores.opened({**server.environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    runs.delete(made.context, copied["run_id"])
    assert not [path for path in kept.rglob("*") if path.is_file()]
    assert (server.folder / "bucket" / "given").exists()
    last = made.home.run(file)
    with pytest.raises(NotRemoved, match="s3://bucket"):
        runs.delete(replace(made.context, store=replace(made.context.store, objects=away), objects=away), last["run_id"])  # type: ignore[type-var]  # it is a `Stores`
