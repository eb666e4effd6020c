"""docs/reference/conformance.md says what the tests expect, and what the files cover is what stands in them."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from tests.conformance import expected
from tests.conformance.bench import needs_files
from tests.conformance.expected import SHARED
from tests.repo.tree import ROOT

PAGE = ROOT / "docs" / "reference" / "conformance.md"


def generator() -> ModuleType:
    """docs/conformance.py, which is a script and in no package."""
    folder = str(ROOT / "docs")
    sys.path.insert(0, folder)
    try:
        return importlib.import_module("conformance")
    finally:
        sys.path.remove(folder)


def test_the_page_is_fresh() -> None:
    """`make docs` would change nothing."""
    page: str = generator().page()
    assert PAGE.read_text(encoding="utf-8") == page, "run `make docs`"


def test_the_page_has_a_row_for_every_file() -> None:
    """Named with its path, and with the reason where it is not run."""
    page = PAGE.read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    assert set(rows) == set(expected.files())
    reasons = [(path, reason) for path, one in expected.files().items() for reason in (one.not_run, *one.not_on.values())]
    assert [path for path, reason in reasons if reason not in rows[path]] == []


@needs_files
def test_what_files_cover_is_fresh() -> None:
    """It is recorded, so that the page can be made where the files are not at hand."""
    recorded: str = generator().recorded(SHARED)
    assert generator().COVERS.read_text(encoding="utf-8") == recorded, "run `python docs/conformance.py ../shared/conformance/pipelines`"
