"""JSON as every reader can read it, whatever a step or a user has given."""

from __future__ import annotations

import json
import math

from starlette.responses import JSONResponse

from bakehouse.ir import values


class Json(JSONResponse):
    """ASCII, so that half a character of a step's output breaks no answer; NaN and infinities, which JSON lacks, become `null`."""

    def render(self, content: values.Json) -> bytes:
        """The bytes of the answer."""
        return dumped(content).encode("ascii")


def dumped(value: values.Json) -> str:
    """A value as JSON on one line."""
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False, separators=(",", ":"))


def _finite(value: values.Json) -> values.Json:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return value
