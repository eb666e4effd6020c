"""The key of a home by which the tokens of its pods are signed: a file that only its user may read, made when it is first needed."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from bakehouse.api import attempt_ids, tokens
from bakehouse.ir.execution import AttemptId

#: The file in the home.
NAME = "pods.key"
_BYTES = 32


def of_home(home: Path) -> bytes:
    """The key. Whoever comes first makes it; all others see it whole. Raises `OSError`."""
    path = home / NAME
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = home / f".{NAME}-{secrets.token_hex(8)}"
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # somebody else was quicker: theirs counts
    finally:
        aside.unlink()
    return path.read_bytes()


def token(home: Path, attempt: AttemptId, expires: float) -> str:
    """The token for the keeper of an attempt, until a time in seconds since the epoch. Raises `OSError`."""
    return tokens.signed(of_home(home), attempt_ids.encoded(attempt), expires)
