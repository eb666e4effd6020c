"""Code in the documentation works as it stands."""

from __future__ import annotations

import linecache
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bakehouse import local
from bakehouse.cli import root
from tests.repo.blocks import Block, blocks
from tests.repo.tree import ROOT

TUTORIAL = "docs/tutorial/first-pipeline.md"
CHANGE_ONE_STEP = "docs/how-to/change-one-step.md"
NOTEBOOK = "docs/how-to/run-in-a-notebook.md"
OWN_MODULES = "docs/how-to/use-your-own-modules.md"
HOME = "docs/how-to/keep-the-home-small.md"
REFERENCE = "docs/reference/dsl.md"
WEATHER = "weather.py"


def bakehouse(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder, with a home of its own beside it."""
    environment = {**os.environ, "BAKEHOUSE_HOME": str(folder / "home")}
    command = [sys.executable, "-m", "bakehouse", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def _is_run(block: Block) -> bool:
    return "@dsl.pipeline" in block.text and not any(word in block.text for word in ("container_component", "gs://"))


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.place)
def test_python_blocks_compile(block: Block, tmp_path: Path) -> None:
    """A block with a pipeline compiles as the file it shows; any other one is at least Python."""
    compile(block.text, block.place, "exec")
    if "@dsl.pipeline" in block.text:
        (tmp_path / "block.py").write_text(block.text, encoding="utf-8")
        done = bakehouse("compile", "block.py", "-o", "block.yaml", folder=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_tutorial_can_be_followed(tmp_path: Path) -> None:
    """Its commands end well, one after the other, where its files were written; a second time is from the cache, as it says."""
    seen = set()
    for block in blocks("python", TUTORIAL):
        if block.words == f"file={WEATHER}":
            (tmp_path / WEATHER).write_text(block.text, encoding="utf-8")
    lines = [line for block in blocks("sh", TUTORIAL) for line in block.text.splitlines()]
    assert lines
    for line in lines:
        program, *arguments = line.split()
        assert program == "bakehouse"
        done = bakehouse(*arguments, folder=tmp_path)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        assert (line in seen) == ("reused from run" in done.stdout), f"{line}\n{done.stdout}"
        seen.add(line)


def test_one_step_can_be_changed_as_the_guide_says(tmp_path: Path) -> None:
    """Its commands end well in their order, and the one that compares two runs says what the page shows."""
    for block in blocks("python", CHANGE_ONE_STEP):
        (tmp_path / block.words.removeprefix("file=")).write_text(block.text, encoding="utf-8")
    said = []
    for block in blocks("sh", CHANGE_ONE_STEP):
        for line in block.text.splitlines():
            done = bakehouse(*line.split()[1:], folder=tmp_path)
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
            said.append(done.stdout)
    (shown,) = blocks("text", CHANGE_ONE_STEP)
    assert any("\n".join(shown.text.splitlines()[1:]) in one for one in said)


def test_the_cells_of_the_page_on_notebooks_run_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    """As cells do: in one namespace, their source known by a name that no file has."""
    monkeypatch.setenv("BAKEHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "notebook"}
    request.addfinalizer(local.reset)
    for block in blocks("python", NOTEBOOK):
        monkeypatch.setitem(linecache.cache, block.place, (len(block.text), None, block.text.splitlines(keepends=True), block.place))
        exec(compile(block.text, block.place, "exec"), names)  # noqa: S102  # cells are run
    said = capsys.readouterr().out
    assert said.startswith("0,0\n {'rows': 20}\n0.1 0.002\n0.2 0.004\n")
    assert "divide failed: ZeroDivisionError" in said


def test_modules_travel_as_the_guide_says(tmp_path: Path) -> None:
    """Its files are found by the step, also by that of a compiled pipeline without the folder."""
    for block in [*blocks("python", OWN_MODULES), *blocks("text", OWN_MODULES)]:
        if block.words.startswith("file="):
            file = tmp_path / block.words.removeprefix("file=")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
    for line in [line for block in blocks("sh", OWN_MODULES) for line in block.text.splitlines()]:
        if line.endswith(".yaml"):
            assert str(tmp_path) not in (tmp_path / "judging.yaml").read_text()
            (tmp_path / "src").rename(tmp_path / "gone")
        done = bakehouse(*line.split()[1:], folder=tmp_path)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def test_a_home_is_kept_small_as_its_page_says(tmp_path: Path) -> None:
    """Each of its commands ends well, one after the other, on a home with nothing in it yet."""
    lines = [line.partition("#")[0] for block in blocks("sh", HOME) if block.words != "norun" for line in block.text.splitlines()]
    assert len(lines) > 10
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "bakehouse"
        done = bakehouse(*arguments, folder=tmp_path)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("block", [one for one in blocks("python", REFERENCE) if _is_run(one)], ids=lambda block: block.place)
def test_examples_of_the_reference_run(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that need no container engine, no bucket and no cluster succeed as they stand."""
    monkeypatch.setenv("BAKEHOUSE_HOME", str(tmp_path / "home"))
    (tmp_path / "block.py").write_text(block.text, encoding="utf-8")
    assert root.main(["run", str(tmp_path / "block.py")]) == 0, capsys.readouterr()


def test_the_pipeline_of_the_readme_runs(tmp_path: Path) -> None:
    """What the README shows first is what a reader tries first."""
    (block,) = blocks("python", "README.md")
    (tmp_path / "hello.py").write_text(block.text, encoding="utf-8")
    lines = [line.partition("#")[0].split() for block in blocks("sh", "README.md") for line in block.text.splitlines()]
    commands = [words[1:] for words in lines if words[0] == "bakehouse"]
    assert commands
    for arguments in commands:
        done = bakehouse(*arguments, folder=tmp_path)
        assert done.returncode == 0, f"{arguments}\n{done.stdout}{done.stderr}"


def test_every_target_that_pages_name_is_in_the_makefile() -> None:
    """`make TARGET` in a page is a target, and `make help` lists every target."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {line.partition(":")[0] for line in makefile.splitlines() if line[:1].isalpha() and ":" in line and ":=" not in line}
    named = {
        line.split("make ", 1)[1].split()[0].strip("`;,.")
        for block in [*blocks("sh", "README.md", "CONTRIBUTING.md")]
        for line in block.text.splitlines()
        if line.startswith("make ")
    }
    assert named - targets == set()
    assert {target for target in targets - {"help"} if f"make {target} " not in makefile} == set()
