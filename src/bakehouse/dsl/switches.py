"""What the environment switches, read once when the author's file imports dsl, as kfp does."""

from __future__ import annotations

import os

_NO_CACHE = "KFP_DISABLE_EXECUTION_CACHING_BY_DEFAULT"
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
_caching = os.environ.get(_NO_CACHE, "").strip().lower() not in _TRUE


def caching_is_on() -> bool:
    """Whether tasks may use results of earlier runs where the author says nothing."""
    return _caching
