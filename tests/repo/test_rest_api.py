"""The page of the REST API tells what a server does: its examples work as they stand, one after the other, and errors that it names come."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.repo.blocks import Block, blocks
from tests.server.serving import Server, served

PAGE = "docs/reference/rest-api.md"
WHERE = "SERVER=http://127.0.0.1:8811\n"
EXAMPLES = [block for block in blocks("sh", PAGE) if block.words.startswith("server")]
FAILING = [block for block in EXAMPLES if block.words == "server fails"]
#: curl's own exit code for an answer of 400 or more, if it is told to take that for a failure.
REFUSED = 22


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on an empty home; beside it the pipeline of the README, compiled."""
    folder = tmp_path_factory.mktemp("rest")
    (block,) = blocks("python", "README.md")
    (folder / "hello.py").write_text(block.text, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "bakehouse", "compile", "hello.py"], cwd=folder, check=True, capture_output=True)
    with served(folder) as running:
        yield running


@pytest.fixture(scope="module")
def said(server: Server) -> list[str]:
    """What each example printed, all of them in one shell. One that is to fail must fail, any other one must not."""
    if shutil.which("curl") is None:
        pytest.skip("the examples are lines of curl, which is not installed here")
    script = ["set -u -o pipefail", f"PATH={Path(sys.executable).parent}:$PATH"]
    for number, block in enumerate(EXAMPLES):
        text = block.text.replace(WHERE, f"SERVER={server.url}\n")
        errexit, code = ("+e", REFUSED) if block in FAILING else ("-e", 0)
        script.append(f"set {errexit}\n{{\n{text}}} > said.{number}\ntest $? = {code} || {{ echo '{block.place} ended otherwise'; exit 1; }}")
    (server.folder / ".curlrc").write_text("fail-with-body\nshow-error\n", encoding="utf-8")
    environment = {**os.environ, "CURL_HOME": str(server.folder)}
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)], cwd=server.folder, env=environment, check=False, capture_output=True, text=True, timeout=120
    )
    printed = [path.read_text() if (path := server.folder / f"said.{number}").exists() else "" for number in range(len(EXAMPLES))]
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\n{printed}"
    return printed


def test_the_examples_begin_with_the_address() -> None:
    """Nothing in them depends on a server that happens to run on this machine."""
    assert WHERE in EXAMPLES[0].text
    assert not any("127.0.0.1" in block.text for block in EXAMPLES[1:])


@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=lambda number: f"{number}")
def test_an_example_prints_what_it_is_about(said: list[str], number: int) -> None:
    """`prints="…"` beside the language of a block says what a reader must see."""
    block = EXAMPLES[number]
    if block not in FAILING:
        expected = block.words.partition('prints="')[2].rstrip('"')
        assert expected
        assert expected in said[number], block.place


@pytest.mark.parametrize("number", range(len(FAILING)), ids=lambda number: f"{number}")
def test_an_error_is_the_one_that_the_page_shows(said: list[str], number: int) -> None:
    """To the letter: the block after the example."""
    shown: list[Block] = blocks("json", PAGE)
    assert len(shown) == len(FAILING)
    assert json.loads(said[EXAMPLES.index(FAILING[number])]) == json.loads(shown[number].text)


def test_a_route_that_can_find_nothing_says_so(server: Server) -> None:
    """Every route with an id in its path answers 404 for one that names nothing, or asks for a token first, and its description has that status."""
    tried = 0
    document = httpx.get(f"{server.url}/openapi.json").json()
    for path, method, operation in ((path, method, one) for path, item in document["paths"].items() for method, one in item.items()):
        if "{" not in path or "requestBody" in operation:
            continue
        query = {one["name"]: "x" for one in operation["parameters"] if one.get("required") and one["in"] == "query"}
        answer = httpx.request(method, server.url + re.sub(r"{\w+}", "none", path.replace("{number}", "1")), params=query)
        # Whether an attempt is there is told to its own keeper alone.
        assert answer.status_code == (401 if "/attempts/{id}/" in path else 404), (method, path, answer.text)
        assert "404" in operation["responses"]
        tried += 1
    assert tried > 25
