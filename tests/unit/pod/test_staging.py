"""What a step finds in the folder that it shares with the keeper."""

from __future__ import annotations

import json
import os
import py_compile
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bakehouse.pod import staging
from bakehouse.pod.archives import Archive
from bakehouse.pod.errors import Fault, Refused
from bakehouse.pod.speaking import Server
from tests.unit.pod.servers import Answer, Scripted, error, ok

LAUNCH: dict[str, Any] = {"launch": {"source": "ä"}, "command": ["echo", "ä b", ""], "inputs": [], "code": None, "checkpoint": None}


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """What stands for the runtime of steps, with byte code."""
    folder = tmp_path / "task"
    folder.mkdir()
    (folder / "__main__.py").write_text("import mark\n")
    (folder / "mark.py").write_text("print('runs')\n")
    (folder / "notes.txt").write_text("no code")
    py_compile.compile(str(folder / "mark.py"), doraise=True)
    return folder


def test_documents_and_folders_for_any_user(tmp_path: Path, runtime: Path) -> None:
    """The words of the command, the launch document, the runtime; folders that any user may write to."""
    folder = tmp_path / "shared"
    folder.mkdir()
    staging.prepare(str(folder), str(runtime), LAUNCH)
    assert (folder / "command").read_bytes() == "echo\0ä b\0\0".encode()
    assert json.loads((folder / "launch.json").read_text()) == {"source": "ä"}
    assert {name: stat.S_IMODE((folder / name).stat().st_mode) for name in ("outputs", "artifacts", "checkpoint")} == {
        "outputs": 0o777, "artifacts": 0o777, "checkpoint": 0o777,
    }  # fmt: skip
    assert all(stat.S_ISFIFO((folder / name).stat().st_mode) for name in ("alive", "out"))
    assert sorted(one.name for one in (folder / "task").iterdir()) == ["__main__.py", "__pycache__", "mark.py"]


def test_the_byte_code_of_the_runtime_is_used(tmp_path: Path, runtime: Path) -> None:
    """It is as old as its source, so the same Python compiles nothing."""
    folder = tmp_path / "shared"
    folder.mkdir()
    staging.prepare(str(folder), str(runtime), LAUNCH)
    found = subprocess.run([sys.executable, "-v", folder / "task"], check=True, capture_output=True, text=True)
    assert f"code object from '{folder}/task/__pycache__/mark" in found.stderr.replace('"', "'")


def test_a_container_component_needs_no_runtime(tmp_path: Path) -> None:
    """Nor a launch document; a runner that was quicker has made the pipes."""
    os.mkfifo(tmp_path / "alive")
    staging.prepare(str(tmp_path), "/nowhere", {**LAUNCH, "launch": None})
    assert not (tmp_path / "task").exists()
    assert not (tmp_path / "launch.json").exists()


# ---------------------------------------------------------------- what is brought


@pytest.fixture
def made(tmp_path: Path) -> Iterator[list[Scripted]]:
    """Servers that end with the test."""
    servers: list[Scripted] = []
    yield servers
    for each in servers:
        each.close()


def bring(made: list[Scripted], folder: Path, contents: dict[str, bytes], **launch: Any) -> None:
    """Bring what is wanted of these contents, by their URLs."""

    def answer(path: str, _body: bytes) -> Answer:
        content = contents.get(path.removeprefix("/apis/attempt/"))
        return error(404, "bad_inputs") if content is None else ok(content)

    made.append(Scripted(always=answer))
    server = Server(made[-1].url, "token")
    try:
        staging.bring(server, str(folder), {**LAUNCH, **launch}, lambda: False)
    finally:
        server.close()


def tar(folder: Path) -> bytes:
    """A folder with one program in it, as it is sent."""
    folder.mkdir()
    (folder / "run").write_text("x")
    (folder / "run").chmod(0o755)
    archive = Archive(str(folder))
    return archive.read(0, archive.size)


def test_inputs_modules_and_checkpoint(made: list[Scripted], tmp_path: Path) -> None:
    """Inputs and modules may only be read; the checkpoint is the step's own, whoever that is."""
    content = tar(tmp_path / "source")
    shared = tmp_path / "shared"
    (shared / "checkpoint").mkdir(parents=True)
    inputs = [
        {"path": f"inputs/x/{number}/file", "url": f"inputs/{number}", "kind": "file", "size": 1, "executable": number == 1} for number in range(9)
    ]
    folder = {"kind": "folder", "size": len(content)}
    contents = {**{f"inputs/{number}": b"%d" % number for number in range(9)}, "inputs/9": content, "code": content, "checkpoint": content}
    inputs.append({"path": "inputs/y/0/dir", "url": "inputs/9", **folder})
    code = {"kind": "file", "size": len(content), "url": "code"}
    bring(made, shared, contents, inputs=inputs, code=code, checkpoint={"url": "checkpoint", **folder})
    modes = {str(one.relative_to(shared)): stat.S_IMODE(one.stat().st_mode) for one in shared.rglob("*")}
    assert [(shared / f"inputs/x/{number}/file").read_text() for number in range(9)] == [str(number) for number in range(9)]
    assert (modes["inputs/x/0/file"], modes["inputs/x/1/file"]) == (0o444, 0o555)
    assert (modes["inputs/y/0/dir/run"], modes["inputs/y/0/dir"], modes["modules/run"]) == (0o555, 0o555, 0o555)
    assert (modes["checkpoint/run"], modes["checkpoint"]) == (0o777, 0o777)
    assert not [one for one in modes if one.endswith(".bringing")]


def test_an_input_that_is_gone(made: list[Scripted], tmp_path: Path) -> None:
    """The server's own words, and nothing else is under way any more."""
    inputs = [{"path": f"inputs/x/{number}/file", "url": f"inputs/{number}", "kind": "file", "size": 1} for number in range(9)]
    with pytest.raises(Refused) as caught:
        bring(made, tmp_path, {"inputs/0": b"x"}, inputs=inputs)
    assert caught.value.code == "bad_inputs"


def test_an_input_that_is_shorter_than_it_was(made: list[Scripted], tmp_path: Path) -> None:
    """It was changed while it was brought."""
    with pytest.raises(Fault) as caught:
        bring(made, tmp_path, {"inputs/0": b""}, inputs=[{"path": "inputs/x/0/file", "url": "inputs/0", "kind": "file", "size": 1}])
    assert caught.value.cause == "input missing"
