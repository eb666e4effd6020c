"""What a keeper is told: by variables of its container, which `main` does not have."""

from __future__ import annotations

import binascii
import json
import os

from . import protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: The URL of the server; the token of the attempt, which says which one that is; a file with certificates to trust, for https.
SERVER, TOKEN, CA = "BAKEHOUSE_SERVER", "BAKEHOUSE_TOKEN", "BAKEHOUSE_CA"
#: The folder that is shared with `main`.
FOLDER = "BAKEHOUSE_FOLDER"
#: Seconds for which a server that answers, but cannot take or give something now, is asked again. One that is away is waited for.
PATIENCE = "BAKEHOUSE_STORE_PATIENCE"
_ROUTES = "/apis/bakehouse/v1/attempts/"


class Settings:
    """The same as values. Raises `KeyError` for a variable that is missing, `ValueError` for one that makes no sense."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.token = environ[TOKEN]
        self.url = environ[SERVER].rstrip("/") + _ROUTES + _attempt(self.token)
        self.ca = environ.get(CA, "")
        self.folder = environ.get(FOLDER) or protocol.SHARED
        self.patience = float(environ.get(PATIENCE) or 300)
        #: The runtime that steps run on: it lies beside this package, in the same release.
        self.runtime = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "task")


def _attempt(token: str) -> str:
    """The word of the attempt that a token is for."""
    payload = token.split(".")[1].replace("-", "+").replace("_", "/")
    attempt = json.loads(binascii.a2b_base64(payload + "=" * (-len(payload) % 4)))["attempt"]
    return str(attempt)
