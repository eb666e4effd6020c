"""The key of a home by which the tokens of its pods are signed: a file that only its user may read, made when it is first needed."""

from __future__ import annotations

import secrets
from pathlib import Path

from bakehouse.api import attempt_ids, tokens
from bakehouse.ir.execution import AttemptId
from bakehouse.runners.errors import BadKey
from bakehouse.storage import whole

#: The file in the home.
NAME = "pods.key"
_BYTES = 32


def of_home(home: Path) -> bytes:
    """The key. Whoever comes first makes it; all others see it whole. Raises `BadKey` for a file that is none, `OSError`."""
    path = home / NAME
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole.once(path, secrets.token_bytes(_BYTES))
        key = path.read_bytes()
    if len(key) != _BYTES:  # with an empty one anybody could sign
        raise BadKey(path=str(path), size=len(key), expected=_BYTES)
    return key


def token(home: Path, attempt: AttemptId, expires: float) -> str:
    """The token for the keeper of an attempt, until a time in seconds since the epoch. Raises `BadKey`, `OSError`."""
    return tokens.signed(of_home(home), attempt_ids.encoded(attempt), expires)
