"""Tokens: JSON that clients carry back to us without looking into it. Pure."""

from __future__ import annotations

import base64
import json

from bakehouse.ir.values import Json
from bakehouse.server import embedded


def packed(value: Json) -> str:
    """A value as a token, made of letters, digits, `-` and `_`."""
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode("ascii")).decode("ascii").rstrip("=")


def unpacked(token: str) -> Json:
    """The value of a token, which may be anything: clients can write tokens too. Raises `ValueError` for what is none."""
    return embedded.loaded(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
