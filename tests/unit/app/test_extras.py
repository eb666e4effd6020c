"""What an extra installs is asked for when something needs it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bakehouse.app.errors import ExtraMissing
from bakehouse.app.extras import Extra

EXTRA = Extra("ovens", "an oven", frozenset({"no_oven_sdk"}))


def test_an_extra_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is named, with how to have it; a module that lacks anything else is a fault of its own."""
    (tmp_path / "needs_oven.py").write_text("import no_oven_sdk.heat\n")
    (tmp_path / "needs_other.py").write_text("import no_other_sdk\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ExtraMissing, match="what speaks to an oven is not installed") as caught:
        EXTRA.loaded("needs_oven")
    assert caught.value.remedy == "pip install 'bakehouse[ovens]'"
    with pytest.raises(ModuleNotFoundError, match="no_other_sdk"):
        EXTRA.loaded("needs_other")
    assert EXTRA.loaded("sys") is sys
