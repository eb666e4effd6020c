"""Tokens that are bound to one attempt and to a time: signed and verified here, by whoever has the key of the home. Pure.

`v1.PAYLOAD.SIGNATURE`: the payload is JSON in base64, the signature HMAC-SHA256 of what stands before it. A token of one attempt opens
nothing but the routes of that attempt.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from bakehouse.api.errors import BadToken

_VERSION = "v1"
_LONGEST = 16384  # characters


def signed(key: bytes, attempt: str, expires: float) -> str:
    """A token for an attempt, by its word in URLs, until a time in seconds since the epoch."""
    payload = json.dumps({"attempt": attempt, "expires": int(expires)}, separators=(",", ":")).encode()
    head = f"{_VERSION}.{_text(payload)}"
    return f"{head}.{_text(_signature(key, head))}"


def verified(key: bytes, token: str, now: float) -> str:
    """The attempt, by its word in URLs, that a token is for. Raises `BadToken`."""
    head, _, signature = token.rpartition(".")
    if len(token) > _LONGEST or not hmac.compare_digest(_text(_signature(key, head)).encode(), signature.encode("utf-8", "replace")):
        raise BadToken(why="it was not made by this home")
    # What is signed was written by `signed`.
    said = json.loads(base64.b64decode(_padded(head.partition(".")[2]), altchars=b"-_"))
    if said["expires"] < now:
        raise BadToken(why="it has expired")
    return str(said["attempt"])


def _signature(key: bytes, head: str) -> bytes:
    return hmac.new(key, head.encode("utf-8", "replace"), hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)
