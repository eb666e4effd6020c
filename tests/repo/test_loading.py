"""Modules are loaded by name only where the decision about it says so."""

from __future__ import annotations

import re

from tests.repo.tree import ROOT, python_files

DECISION = ROOT / "docs" / "decisions" / "0006-some-modules-are-loaded-by-name.md"
LOADS = re.compile(r"\b(?:import_module|__import__)\(")
NAMED = re.compile(r"`((?:\w+/)*\w+\.py)`")


def test_the_decision_names_every_place() -> None:
    """No module loads another one by name unseen; `task/` and `pod/`, whose every import costs a step's start, are free to."""
    loading = {
        path.relative_to("src/bakehouse").as_posix() for path in python_files("src") if LOADS.search((ROOT / path).read_text(encoding="utf-8"))
    }
    assert {path for path in loading if not path.startswith(("task/", "pod/"))} == set(NAMED.findall(DECISION.read_text(encoding="utf-8")))
