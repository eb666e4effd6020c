"""The key of a home by which the tokens of its pods are signed: a file that only its user may read, made when it is first needed.

Servers of several homes that share their records may share the key, too: it is made of one secret then, and so is the name that all pods have.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from bakehouse.api import attempt_ids, tokens
from bakehouse.ir.execution import AttemptId
from bakehouse.runners.errors import BadKey, BadSecret
from bakehouse.storage import whole

#: The file in the home.
NAME = "pods.key"
_BYTES = 32
_SHORTEST = 20  # bytes of a secret


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


def share(home: Path, secret: Path) -> None:
    """Let the key of a home be that of all homes with the secret in this file, in place of its own: tokens signed by that open nothing more.

    Raises `BadSecret`, `OSError`.
    """
    path, key = home / NAME, _derived(secret, b"tokens")
    if not path.exists() or path.read_bytes() != key:
        whole.write(path, key)


def installation(secret: Path) -> str:
    """What stands for the id of a home in the names of pods that all homes with the secret in this file share. Raises `BadSecret`."""
    return _derived(secret, b"installation").hex()[:_BYTES]


def _derived(secret: Path, what: bytes) -> bytes:
    try:
        said = secret.read_bytes().strip()
    except OSError as error:
        raise BadSecret(path=str(secret), why=error.strerror or str(error)) from error
    if len(said) < _SHORTEST:
        raise BadSecret(path=str(secret), why=f"it has {len(said)} bytes, and at least {_SHORTEST} are wanted")
    return hashlib.blake2b(said, digest_size=_BYTES, person=what).digest()


def token(home: Path, attempt: AttemptId, expires: float) -> str:
    """The token for the keeper of an attempt, until a time in seconds since the epoch. Raises `BadKey`, `OSError`."""
    return tokens.signed(of_home(home), attempt_ids.encoded(attempt), expires)
