"""Tokens: JSON that clients carry back to us without looking into it. Pure."""

from __future__ import annotations

import base64
import json
from typing import Any


def packed(value: Any) -> str:  # JSON
    """A value as a token, made of letters, digits, `-` and `_`."""
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode("ascii")).decode("ascii").rstrip("=")


def unpacked(token: str) -> Any:  # JSON, which may be anything: clients can write tokens too
    """The value of a token. Raises `ValueError` for what is none."""
    try:
        return json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
