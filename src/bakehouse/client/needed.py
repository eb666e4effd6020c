"""Loaded when a client acts, for most files that name one are only loaded: docs/decisions/0006-some-modules-are-loaded-by-name.md."""

from __future__ import annotations

import importlib
from typing import Any


def httpx() -> Any:
    """What speaks HTTP."""
    return importlib.import_module("httpx")


def ir_text() -> Any:
    """What reads pipeline files: `bakehouse.ir.text`."""
    return importlib.import_module("bakehouse.ir.text")
