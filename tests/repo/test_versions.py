"""The `kfp` that Bakehouse follows is written in several places, which cannot read each other."""

from __future__ import annotations

import re

import pytest

from bakehouse.version import KFP_VERSION
from tests.repo.tree import ROOT

#: Where its version stands, as an expression whose group is the version.
STATED = {
    "Makefile": r"^KFP_VERSION := (\S+)$",
    "src/bakehouse/task/shim.py": r'^KFP_VERSION = "(.+)"$',
    "tests/compat/test_differential.py": r'"kfp-([\d.]+)"',
    "benchmarks/workloads.py": r'"kfp-([\d.]+)"',
    "docs/reference/compatibility.md": r"follows the SDK of `kfp` ([\d.]+\d)",
    "docs/reference/tested.md": r"^\| `kfp` \| ([\d.]+\d)",
}


@pytest.mark.parametrize("path", STATED)
def test_all_name_the_same_kfp(path: str) -> None:
    """`src/bakehouse/version.py` states it; make, the runtime inside steps and the pages follow."""
    assert set(re.findall(STATED[path], (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)) == {KFP_VERSION}
