"""Cells of a notebook: a real kernel, whose event loop runs while a call waits."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from tests.home import Home

pytestmark = pytest.mark.slow

_CELL = """
import asyncio
from bakehouse import dsl, local


@dsl.component
def add(a: int, b: int = 1) -> int:
    print("adding")
    return a + b


@dsl.component
def wait():
    import time
    print("waiting", flush=True)
    time.sleep(600)


@dsl.component
def fail(text: str):
    raise ValueError(text)
"""


@dataclass
class Said:
    """What came of a cell: pictures with whether they replaced one, what was printed, the result and the error."""

    pictures: list[tuple[bool, str]] = field(default_factory=list)
    printed: str = ""
    result: dict[str, str] = field(default_factory=dict)
    error: tuple[str, str] = ("", "")


@dataclass
class Notebook:
    """A kernel with a home of its own."""

    home: Home
    manager: KernelManager
    client: BlockingKernelClient

    def run(self, cell: str, meanwhile: Callable[[Said], bool] = lambda _said: False) -> Said:
        """Run a cell to its end, and interrupt it, once, when `meanwhile` says so."""
        said, pressed = Said(), False

        def hear(message: dict[str, Any]) -> None:
            nonlocal pressed
            content: dict[str, Any] = message["content"]
            match message["msg_type"]:
                case "stream":
                    said.printed += content["text"]
                case "display_data" | "update_display_data" as kind:
                    said.pictures.append((kind == "update_display_data", content["data"]["text/plain"]))
                case "execute_result":
                    said.result = content["data"]
                case "error":
                    said.error = content["ename"], content["evalue"]
            if not pressed and meanwhile(said):
                pressed = True
                self.manager.interrupt_kernel()

        self.client.execute_interactive(cell, output_hook=hear, timeout=60)
        return said


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook]:
    folder = tmp_path_factory.mktemp("notebook")
    home = Home(folder)
    places = {name: str(folder / name) for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR")}
    with pytest.MonkeyPatch.context() as patch:
        for name, place in places.items():
            patch.setenv(name, place)
        manager, client = start_new_kernel(env={**os.environ, "BAKEHOUSE_HOME": str(home.path)}, cwd=str(folder))
        try:
            made = Notebook(home, manager, client)
            assert made.run(_CELL).error == ("", "")
            yield made
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()


def test_a_cell_shows_its_steps_in_one_picture(notebook: Notebook) -> None:
    """A line for each, replaced as they go on; what they print follows. The loop of the kernel runs all the while."""
    said = notebook.run("asyncio.get_running_loop()\ntask = add(a=1)\nprint(task.output + 1)\ntask")
    assert said.error == ("", "")
    assert said.printed == "[add] adding\n3\n"
    assert [replaces for replaces, _ in said.pictures] == [False] + [True] * (len(said.pictures) - 1)
    assert "✓ add  succeeded in" in said.pictures[-1][1]
    assert said.result["text/plain"].startswith("<add: SUCCEEDED, run ")
    assert "<table>" in said.result["text/html"]


def test_an_interrupt_of_the_kernel_ends_the_run(notebook: Notebook) -> None:
    """CANCELED, no process stays, and the rest of the cell does not run; the next cell does."""
    said = notebook.run("wait()\nprint('after')", meanwhile=lambda said: "[wait] waiting" in said.printed)
    assert said.error[0] == "KeyboardInterrupt"
    assert "after" not in said.printed
    assert "– wait  canceled" in said.pictures[-1][1]
    assert notebook.home.show("latest")["state"] == "CANCELED"
    assert notebook.home.step_processes() == []
    assert notebook.run("add(a=2).output").result["text/plain"] == "3"


def test_a_failure_names_the_line_of_the_cell(notebook: Notebook) -> None:
    """It has no file, but a name and lines."""
    name, message = notebook.run("fail(text='no')").error
    assert name == "RunFailed"
    assert "fail failed: ValueError: no" in message
    assert ".py:20 in fail" in message


def test_the_runs_are_a_table(notebook: Notebook) -> None:
    """A DataFrame shows itself."""
    said = notebook.run("add(a=5)\nlocal.runs(limit=1)[['name', 'state', 'parameters.a']]")
    assert "SUCCEEDED" in said.result["text/plain"]
    assert "<table" in said.result["text/html"]
