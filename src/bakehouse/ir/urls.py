"""URLs in texts that are shown or recorded. Pure."""

from __future__ import annotations

import re

#: What stands before the host: a name, and maybe a password or a token.
_LOGIN = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s]*@")


def without_credentials(text: str) -> str:
    """The same text without the names, passwords and tokens of its URLs: `https://me:secret@host/x` becomes `https://host/x`."""
    return _LOGIN.sub(r"\1", text)
