"""An error helps its reader on: it says what to do about it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.repo.tree import ROOT, python_files

#: The stations whose errors reach somebody at a terminal, at a page, or behind a program that asks the server.
STATIONS = frozenset(("actions", "app", "cli", "orchestrator", "records", "runners", "server", "storage"))
BASES = frozenset(("BadInput", "BakehouseError", "Conflict", "NotFound", "Unavailable"))


def silent(source: str, *, is_errors: bool) -> Iterator[int]:
    """The lines on which an error is made without a remedy: one of the base classes, or in `errors.py` what a class hands to its base."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and not any(keyword.arg == "remedy" for keyword in node.keywords):
            name = ast.unparse(node.func)
            if name in BASES or (is_errors and name == "super().__init__"):
                yield node.lineno


def test_every_error_has_a_remedy() -> None:
    """One way out each, beside what happened and where."""
    found = [
        f"{path}:{line}"
        for path in python_files("src")
        if path.parts[2] in STATIONS
        for line in silent((ROOT / path).read_text(encoding="utf-8"), is_errors=path.name == "errors.py")
    ]
    assert found == []
