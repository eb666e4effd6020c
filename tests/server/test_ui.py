"""The pages of the web UI, as they are served."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from bakehouse.server.security import BasePath
from bakehouse.server.ui import Pages
from tests.server.serving import ask, get

_PAGE = '<!doctype html><base href="__BASE_PATH__/"><script src="assets/index-abc123.js"></script>'
_SCRIPT = b"console.log('x');" * 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A built UI."""
    (tmp_path / "ui" / "assets").mkdir(parents=True)
    (tmp_path / "ui" / "index.html").write_text(_PAGE)
    (tmp_path / "ui" / "favicon.svg").write_text("<svg/>")
    (tmp_path / "ui" / "assets" / "index-abc123.js").write_bytes(_SCRIPT)
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path / "ui"


def application(folder: Path, base_path: str = "") -> ASGIApp:
    """A route of an API, and the pages."""

    async def known(_request: object) -> PlainTextResponse:
        return PlainTextResponse("known")

    return BasePath(Starlette(routes=[Route("/apis/known", known), Pages(base_path, folder)]), base_path)


@pytest.mark.parametrize(
    "path", ["/", "/runs", "/runs/0b1c2d3e?task=a.b", "/pipelines/upload", "/compare?run=a&run=b", "/apisto", "/runs/", "/nowhere"]
)
def test_every_page_is_the_same_document(folder: Path, path: str) -> None:
    """The router in it knows the pages, and says when there is none."""
    answer = get(application(folder), path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.text == _PAGE.replace("__BASE_PATH__", "")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/kitchen/runs/1", "/kitchen", "/kitchen/", "/runs/1"])
def test_the_base_path_is_in_the_page(folder: Path, path: str) -> None:
    """Whether the proxy strips it or not."""
    assert '<base href="/kitchen/">' in get(application(folder, "/kitchen"), path).text


def test_a_page_that_is_known_is_not_sent_again(folder: Path) -> None:
    """304 while nothing has changed; a new build is seen at once."""
    app = application(folder)
    known = {"If-None-Match": get(app, "/runs").headers["etag"]}
    again = get(app, "/", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    (folder / "index.html").write_text(_PAGE + "<!-- new -->")
    assert get(app, "/", headers=known).status_code == 200


def test_assets_are_kept_for_ever_and_compressed(folder: Path) -> None:
    """Their names have the digest of their content."""
    answer = get(application(folder), "/assets/index-abc123.js", headers={"Accept-Encoding": "br;q=0.5, gzip"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.content == _SCRIPT
    assert int(answer.headers["content-length"]) == len(gzip.compress(_SCRIPT, 9, mtime=0))


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", ""])
def test_whoever_does_not_take_gzip_gets_the_file(folder: Path, accepted: str) -> None:
    """As it lies there."""
    answer = get(application(folder), "/assets/index-abc123.js", headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in answer.headers
    assert answer.content == _SCRIPT


def test_files_without_a_digest_are_asked_for_again(folder: Path) -> None:
    """An icon may change under its name."""
    answer = get(application(folder), "/favicon.svg")
    assert (answer.headers["cache-control"], answer.headers["content-type"]) == ("no-cache", "image/svg+xml")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone-123.js",
        "/assets/",
        "/gone.txt",
        "/runs/x.js",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "//etc/hosts.txt",
        "/assets//etc/passwd.x",
        f"/{'a' * 5000}.js",
        "/a%00.js",
    ],
)
def test_an_unknown_file_is_404_and_not_a_page(folder: Path, path: str) -> None:
    """A script that is gone must not be read as HTML; nothing outside of the UI is served."""
    answer = get(application(folder), path)
    assert answer.status_code == 404
    assert "secret" not in answer.text.replace("secret.txt", "")


def test_what_is_unknown_below_apis_is_no_page(folder: Path) -> None:
    """It is left to the API; and so is a method that a page does not have."""
    app = application(folder)
    assert get(app, "/apis/known").text == "known"
    for path in ("/apis", "/apis/", "/apis/unknown"):
        assert get(app, path).status_code == 404
    assert ask(app, "POST", "/runs").status_code == 405


def test_without_a_built_ui_the_page_says_how_to_build_it(tmp_path: Path) -> None:
    """And where the API is described, below the base path too."""
    answer = get(application(tmp_path / "none", "/kitchen"), "/kitchen/runs")
    assert answer.status_code == 200
    assert "make web" in answer.text
    assert 'href="/kitchen/openapi.json"' in answer.text
