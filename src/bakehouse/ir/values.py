"""JSON values as they travel through the IR, and their canonical text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

#: What JSON can say. `Any` inside, because mypy cannot check a recursive alias through `json` without casts everywhere.
Json: TypeAlias = Any
JsonObject: TypeAlias = Mapping[str, Any]


def at(value: Json, *keys: str) -> JsonObject:
    """The mapping at a path; an empty one where there is none, or something else."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def canonical(value: Json) -> str:
    """The one text of a JSON value: sorted keys, no spaces, UTF-8. NaN and infinities are written as Python's `json` does."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
