"""What can keep a keeper from its work.

Fault      what is told of the attempt: a message, and the cause it has
Refused    the server does not take or give something, and never will
"""

from __future__ import annotations


class Fault(Exception):
    """Why the attempt cannot go on or cannot be collected. `cause` is one of the engine's words for it."""

    def __init__(self, cause: str, message: str) -> None:
        super().__init__(message)
        self.cause, self.message = cause, message


class Refused(Exception):
    """The server does not take or give something, and never will."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message
