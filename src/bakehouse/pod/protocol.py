"""What the keeper of a pod and the server agree on, beside the routes: docs/reference/pods.md. Both read it here."""

from __future__ import annotations

import binascii
import hashlib

#: Where the folder is mounted that the containers of a pod share.
SHARED = "/bakehouse"
#: Bytes of a body, either way, at most.
PIECE = 2 << 20
#: The header that tells the digest of a body, as RFC 9530 has it.
DIGEST = "Content-Digest"
#: The header with the word by which a keeper shows that it is the same one each time.
KEEPER = "Bakehouse-Keeper"
#: Codes of errors that the keeper tells apart: a body that was damaged on its way, an input that is gone.
DAMAGED, GONE = "damaged", "bad_inputs"
#: The code of a server that does not have the attempt, where another one does.
ELSEWHERE = "kept_elsewhere"
#: What an input or an artifact is.
FILE, FOLDER = "file", "folder"
#: What grows while the step runs, and is sent as it grows.
GROWING = ("log", "series")
#: Documents of the step.
DOCUMENT, ERROR = "executor_output.json", "error.json"


def digest(data: bytes) -> str:
    """The value of `DIGEST` for a body."""
    return f"sha-256=:{binascii.b2a_base64(hashlib.sha256(data).digest(), newline=False).decode('ascii')}:"
