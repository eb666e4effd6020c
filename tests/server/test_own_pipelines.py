"""Pipelines and versions as our own API takes and shows them."""

from __future__ import annotations

import http.server
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from starlette.types import ASGIApp

from bakehouse.actions.context import Context
from bakehouse.ir import text as ir_text
from bakehouse.server.application import ServerOptions, make_application
from tests.server.serving import API, ask, get
from tests.unit.ir.samples import PIPELINE, changed

FLOW = Path(__file__).parents[1] / "fixtures" / "control_flow.yaml"
#: With inputs of several kinds.
INPUTS = changed(
    (
        "schemaVersion: 2.1.0",
        """\
  inputDefinitions:
    artifacts:
      start: {artifactType: {schemaTitle: system.Model, schemaVersion: 0.0.1}, isOptional: true}
    parameters:
      rate: {parameterType: NUMBER_DOUBLE, defaultValue: 0.5, description: How fast., isOptional: true}
      name: {parameterType: STRING, literals: [a, b]}
      maybe: {parameterType: LIST, isOptional: true}
schemaVersion: 2.1.0""",
    )
)


@pytest.fixture
def app(context: Context) -> ASGIApp:
    """A server on it."""
    return make_application(context, ServerOptions())


def upload(app: ASGIApp, content: str | bytes = PIPELINE, filename: str = "pipeline.yaml", **params: str) -> httpx.Response:
    """Upload a file."""
    return ask(app, "POST", f"{API}/pipelines/upload", params=params, files={"uploadfile": (filename, content)})


def uploaded(app: ASGIApp, content: str | bytes = PIPELINE, filename: str = "pipeline.yaml", **params: str) -> Any:  # a VersionDetail
    """What an upload gives, which must be well."""
    answer = upload(app, content, filename, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def json_of(app: ASGIApp, path: str, **params: Any) -> Any:  # whatever the route answers
    """What a route answers, which must be well."""
    answer = get(app, f"{API}{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


# ---------------------------------------------------------------- uploads


def test_an_upload_is_a_pipeline_with_a_version(app: ASGIApp) -> None:
    """Named as the pipeline names itself, unless the user names it."""
    version = uploaded(app)
    assert (version["pipeline_name"], version["name"], version["display_name"]) == ("sample", "sample", "sample")
    pipeline = json_of(app, f"/pipelines/{version['pipeline_id']}")
    assert (pipeline["name"], pipeline["versions"], pipeline["latest_version"]["version_id"]) == ("sample", 1, version["version_id"])
    named = uploaded(app, name="Digits", description="About it.", version_name="v1")
    assert (named["pipeline_name"], named["name"], named["description"]) == ("Digits", "v1", "About it.")
    assert json_of(app, f"/pipelines/{named['pipeline_id']}")["description"] == "About it."
    assert json_of(app, f"/pipelines/{named['pipeline_id']}/versions/{named['version_id']}") == named


def test_a_version_is_added_to_a_pipeline(app: ASGIApp) -> None:
    """The newest one is the latest; each keeps its own text."""
    first = uploaded(app)
    second = uploaded(app, changed(("image: python\n", "image: other\n")), pipeline_id=first["pipeline_id"], version_name="second")
    third = uploaded(app, pipeline_id=first["pipeline_id"])
    assert third["name"].startswith("sample-version-at-")
    listed = json_of(app, f"/pipelines/{first['pipeline_id']}/versions", page_size=2)
    assert [one["version_id"] for one in listed["versions"]] == [third["version_id"], second["version_id"]]
    rest = json_of(app, f"/pipelines/{first['pipeline_id']}/versions", page_size=2, page_token=listed["next_page_token"])
    assert [one["version_id"] for one in rest["versions"]] == [first["version_id"]]
    assert "image: other" in second["spec"]["yaml"]
    assert "image: other" not in third["spec"]["yaml"]


def test_archives_are_taken(app: ASGIApp) -> None:
    """A zip with the pipeline in it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("pipeline.yaml", PIPELINE)
    assert uploaded(app, packed.getvalue(), "sample.zip")["name"] == "sample"


def test_an_artifact_that_a_run_would_have_to_be_given_stands_against_it(app: ASGIApp) -> None:
    """The pipeline is taken; what stands against a run of it is told with it. An optional one does not."""
    optional = uploaded(app, INPUTS, name="optional")["spec"]["problems"]
    required = uploaded(app, INPUTS.replace("isOptional: true}\n    parameters", "isOptional: false}\n    parameters"), name="required")["spec"][
        "problems"
    ]
    [problem] = [one for one in required if one not in optional]
    assert (problem["place"], "artifact" in problem["message"], problem["remedy"] != "") == ("parameter start", True, True)


def test_all_that_is_wrong_with_a_file_is_said_with_its_place(app: ASGIApp) -> None:
    """400 with every problem, and nothing is recorded."""
    broken = changed(
        ("executorLabel: exec-make", "executorLabel: exec-mkae"), ("producerTask: make, outputParameterKey", "producerTask: mkae, outputParameterKey")
    )
    answer = upload(app, broken)
    assert answer.status_code == 400
    problems = answer.json()["problems"]
    assert [one["place"].partition(" ")[0] for one in problems] == ["pipeline.yaml:3", "pipeline.yaml:42"]
    assert json_of(app, "/pipelines")["pipelines"] == []


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (b"", "a.yaml"),
        (b"\xff\0", "a.yaml"),
        (PIPELINE.encode(), "a.exe"),
        (b"PK\x03\x04broken", "a.zip"),
        (b"\x1f\x8bbroken", "a.tar.gz"),
        (b"[]", "a.json"),
    ],
)
def test_what_is_no_pipeline_is_refused(app: ASGIApp, content: bytes, filename: str) -> None:
    """400 with a message."""
    answer = upload(app, content, filename)
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["message"]


def test_mistakes_around_the_file_are_refused(app: ASGIApp) -> None:
    """No file, another field, a name that is taken or too long, an unknown pipeline, an unknown parameter."""
    assert ask(app, "POST", f"{API}/pipelines/upload").status_code == 400
    assert ask(app, "POST", f"{API}/pipelines/upload", files={"file": ("a.yaml", PIPELINE)}).status_code == 400
    assert ask(app, "POST", f"{API}/pipelines/upload", json={}).status_code == 400
    uploaded(app)
    taken = upload(app)
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    assert upload(app, name="x" * 129).status_code == 400
    assert upload(app, name="  ").status_code == 400
    assert upload(app, pipeline_id="none").status_code == 404
    assert upload(app, tags="x").status_code == 400


# ---------------------------------------------------------------- what is shown


def test_a_form_is_told_what_to_ask_for(app: ASGIApp) -> None:
    """What must be given first; types, defaults, texts and choices."""
    inputs = uploaded(app, INPUTS)["spec"]["inputs"]
    assert [(one["name"], one["type"], one["optional"], one["has_default"], one["default"]) for one in inputs] == [
        ("name", "STRING", False, False, None),
        ("rate", "NUMBER_DOUBLE", True, True, 0.5),
        ("maybe", "LIST", True, False, None),
        ("start", "system.Model", True, False, None),
    ]
    by_name = {one["name"]: one for one in inputs}
    assert by_name["name"]["literals"] == ["a", "b"]
    assert by_name["rate"]["description"] == "How fast."
    assert (by_name["start"]["is_artifact"], by_name["rate"]["is_artifact"]) == (True, False)


def test_a_pipeline_that_cannot_be_run_here_yet_says_why(app: ASGIApp) -> None:
    """It is taken, shown and drawn all the same."""
    document = yaml.safe_load(FLOW.read_text(encoding="utf-8"))
    document["deploymentSpec"]["executors"]["exec-cleanup"]["container"].update(command=["echo"], args=[])
    spec = uploaded(app, yaml.safe_dump(document).encode())["spec"]
    task, engine = spec["problems"]
    assert "the task cleanup runs a container" in task["message"]
    assert "no container engine" in engine["message"]
    assert "root.dag.tasks.cleanup" in task["place"]
    assert task["remedy"]
    assert spec["sdk_version"] == "kfp-2.17.0"
    assert uploaded(app, FLOW.read_bytes(), name="another flow")["spec"]["problems"] == []


def test_the_text_of_a_version_is_that_of_the_pipeline(app: ASGIApp) -> None:
    """What is shown can be uploaded again."""
    yaml = uploaded(app, FLOW.read_bytes())["spec"]["yaml"]
    assert ir_text.read(yaml) == ir_text.read(FLOW.read_bytes())
    assert uploaded(app, yaml, name="again")["spec"]["yaml"] == yaml


def test_pipelines_are_listed_and_searched(app: ASGIApp) -> None:
    """The newest first, in pages, by a part of the name."""
    for name in ("alpha", "beta", "alphabet"):
        uploaded(app, name=name)
    assert [one["name"] for one in json_of(app, "/pipelines")["pipelines"]] == ["alphabet", "beta", "alpha"]
    assert [one["name"] for one in json_of(app, "/pipelines", text="ALPHA")["pipelines"]] == ["alphabet", "alpha"]
    assert json_of(app, "/pipelines", text="%")["pipelines"] == []
    first = json_of(app, "/pipelines", page_size=2)
    assert [one["name"] for one in json_of(app, "/pipelines", page_size=2, page_token=first["next_page_token"])["pipelines"]] == ["alpha"]
    for bad in ({"page_size": 0}, {"page_size": 201}, {"page_token": "x"}, {"page_token": first["next_page_token"], "text": "a"}, {"name": "x"}):
        assert get(app, f"{API}/pipelines", params=bad).status_code == 400


def test_unknown_ids_are_not_found(app: ASGIApp) -> None:
    """Nor a version of another pipeline."""
    one, other = uploaded(app, name="one"), uploaded(app, name="other")
    assert get(app, f"{API}/pipelines/none").status_code == 404
    assert get(app, f"{API}/pipelines/none/versions").status_code == 404
    for pipeline, version in (("none", one["version_id"]), (one["pipeline_id"], "none"), (one["pipeline_id"], other["version_id"])):
        for route in ("", "/graph"):
            assert get(app, f"{API}/pipelines/{pipeline}/versions/{version}{route}").status_code == 404


# ---------------------------------------------------------------- from a URL


@pytest.fixture
def remote() -> Iterator[str]:
    """A server of files on this machine."""

    class Files(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """The pipeline, whatever is asked for."""
            body = PIPELINE.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/pipeline.yaml"
        server.shutdown()


def fetch(app: ASGIApp, **body: str) -> httpx.Response:
    """Upload from a URL."""
    return ask(app, "POST", f"{API}/pipelines/from-url", content=json.dumps(body), headers={"Content-Type": "application/json"})


def test_a_pipeline_is_fetched_from_a_host_that_is_allowed(context: Context, remote: str) -> None:
    """The address is kept; a second one becomes a version."""
    app = make_application(replace(context, fetch_allow=("127.0.0.1",)), ServerOptions())
    first = fetch(app, url=remote)
    assert first.status_code == 200, first.text
    assert (first.json()["pipeline_name"], first.json()["package_url"]) == ("sample", remote)
    second = fetch(app, url=remote, pipeline_id=first.json()["pipeline_id"], name="second").json()
    assert (second["pipeline_id"], second["name"]) == (first.json()["pipeline_id"], "second")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "file:///etc/passwd",
        "ftp://example.com/a.yaml",
        "http://example.com/a.yaml",
        "https://127.0.0.1/a.yaml",
        "https://[::1]/a.yaml",
        "https://ä.invalid/a.yaml",
        "https://",
    ],
)
def test_what_only_this_server_can_reach_is_not_fetched(app: ASGIApp, url: str) -> None:
    """400, and nothing is recorded."""
    answer = fetch(app, url=url)
    assert answer.status_code == 400, answer.text
    assert json_of(app, "/pipelines")["pipelines"] == []


def test_a_request_that_makes_no_sense_is_refused(app: ASGIApp) -> None:
    """Nothing to fetch, or more said than is known."""
    for body in ({}, {"url": "https://a", "tags": "x"}, {"url": "https://a", "name": "\ud800"}):
        assert fetch(app, **body).status_code == 400
