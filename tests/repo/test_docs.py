"""The documentation tells of everything there is, and of nothing that is not."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from bakehouse.cli import root
from bakehouse.ir.execution import Cause
from bakehouse.orchestrator.states import RunState, TaskState
from tests.repo.tree import ROOT, SOURCE, files, python_files

REFERENCE = ROOT / "docs" / "reference"
PAGES = [path for path in files() if path.suffix == ".md"]
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")
VARIABLE = re.compile(r"\bBAKEHOUSE_[A-Z][A-Z_]*")
MODULE = re.compile(r"`(?:src/bakehouse/)?([a-z_]+(?:/[a-z_]+)*\.py)`")
STATION = re.compile(r"`([a-z_]+)/`")


def generator() -> ModuleType:
    """docs/generate.py, which is a script and in no package; its neighbours are found beside it."""
    folder = str(ROOT / "docs")
    sys.path.insert(0, folder)
    try:
        return importlib.import_module("generate")
    finally:
        sys.path.remove(folder)


@pytest.mark.parametrize(
    "page",
    [
        "cli.md",
        "client.md",
        "components.md",
        "conformance.md",
        "dsl.md",
        "errors.md",
        "kubernetes.md",
        "local.md",
        "states.md",
        "openapi.json",
        "rest-api.md",
        "rest-messages.md",
    ],
)
def test_generated_pages_are_fresh(page: str) -> None:
    """`make docs` would change nothing: commands, options, errors, states, routes and messages are all named."""
    pages: Mapping[str, Callable[[], str]] = generator().PAGES
    assert (REFERENCE / page).read_text(encoding="utf-8") == pages[page](), "run `make docs`"


@pytest.mark.parametrize("command", ["", "run", "runs list"])
def test_the_command_line_is_shown_as_it_is(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The page has what `--help` prints on a wide terminal, to the letter."""
    monkeypatch.setenv("COLUMNS", "200")
    root.main([*command.split(), "--help"])
    assert capsys.readouterr().out.strip() in (REFERENCE / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("state", [*TaskState, *RunState], ids=lambda state: f"{type(state).__name__}.{state.value}")
def test_every_state_is_explained(state: TaskState | RunState) -> None:
    """A state that a reader meets is in the reference, with its meaning."""
    assert re.search(rf"^\| `{state.value}` \| \w", (REFERENCE / "states.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_of_a_failure_is_explained(cause: Cause) -> None:
    """With what to do about it; and no cause is explained that nothing can have."""
    page = (ROOT / "docs" / "how-to" / "debug-a-failed-step.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| ([a-z ]+) \| \w.* \| \w.* \|$", page, re.MULTILINE)
    assert cause.value in explained
    assert set(explained) <= {one.value for one in Cause} | {"cause"}


def test_every_environment_variable_is_in_the_settings() -> None:
    """Whatever variable the source names, docs/reference/settings.md explains."""
    named = {found for path in python_files("src") for found in VARIABLE.findall((ROOT / path).read_text(encoding="utf-8"))}
    explained = set(VARIABLE.findall((REFERENCE / "settings.md").read_text(encoding="utf-8")))
    assert named - explained == set()
    assert explained - named == set()


def test_the_architecture_names_what_exists() -> None:
    """Modules and stations that ARCHITECTURE.md names are there, and it names every station."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = [*MODULE.findall(text), *STATION.findall(text)]
    gone = [name for name in named if not ((SOURCE / name).exists() or (ROOT / name).exists())]
    assert gone == []
    stations = {path.parts[2] for path in python_files("src") if len(path.parts) > 3}
    assert {station for station in stations if f"{station}/" not in text} == set()


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_the_tests_that_pages_name_exist(page: str) -> None:
    """Folders of tests; and the architecture names each of them."""
    named = set(re.findall(r"\btests/(\w+)\b(?!\.)", (ROOT / page).read_text(encoding="utf-8")))
    there = {path.parts[1] for path in files() if path.parts[0] == "tests" and len(path.parts) > 2}
    assert named - there == set()
    if page == "ARCHITECTURE.md":
        assert there - named == set()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    """Links to files of the repository name files of the repository."""
    text = (ROOT / page).read_text(encoding="utf-8")
    lost = [target for target in LINK.findall(text) if not ((ROOT / page).parent / target).exists()]
    assert lost == []
