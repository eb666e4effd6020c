"""The token that a server asks for: a file, made when it is first needed so that only its user may read it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from bakehouse.app.errors import NoToken
from bakehouse.storage import whole

_BYTES = 32
_SHORTEST = 20  # characters; whoever brings a file of their own is kept from a password


@dataclass
class LoginToken:
    """The token in a file. What was read is kept until the file changes; any thread may ask."""

    path: Path
    _known: tuple[tuple[int, int, int], str] | None = field(default=None, init=False, repr=False)

    def current(self) -> str:
        """The token as it is now. Raises `NoToken`."""
        try:
            seen = self.path.stat()
            stamp = seen.st_mtime_ns, seen.st_ino, seen.st_size
            known = self._known
            if known is not None and known[0] == stamp:
                return known[1]
            token = self.path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise NoToken(path=str(self.path), why=str(error)) from error
        if len(token) < _SHORTEST:
            raise NoToken(path=str(self.path), why=f"a token has at least {_SHORTEST} characters, and this has {len(token)}")
        self._known = stamp, token
        return token

    def made(self) -> str:
        """The token; made now if there is none. Raises `NoToken`."""
        try:
            is_there = self.path.exists()
        except OSError as error:  # no folder above it may be looked into
            raise NoToken(path=str(self.path), why=str(error)) from error
        if not is_there:
            self._put(replace=False)
        return self.current()

    def renewed(self) -> str:
        """Another token; the one before is worth nothing any more, nor is any cookie that was given for it. Raises `NoToken`."""
        self._put(replace=True)
        return self.current()

    def _put(self, *, replace: bool) -> None:
        content = f"{secrets.token_urlsafe(_BYTES)}\n".encode("ascii")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if replace:
                whole.write(self.path, content)
            else:
                whole.once(self.path, content)
        except OSError as error:
            raise NoToken(path=str(self.path), why=str(error)) from error
