"""What can be wrong with what crosses the wire.

BadToken      a token is none of ours, was changed, or has expired
ForeignToken  a token of one attempt was sent for another one
OtherKeeper   a token was sent by somebody else than the keeper that first sent it
BadAttemptId  what is to name an attempt in a URL names none
"""

from __future__ import annotations

from bakehouse.errors import BadInput, NotFound, short


class BadToken(BadInput):
    """A token is none of ours, was changed, or has expired."""

    code = "bad_token"

    def __init__(self, *, why: str) -> None:
        self.why = why
        super().__init__(
            f"the token does not open anything here: {why}", place="header Authorization", remedy="Send `Bearer TOKEN` with a token of this home."
        )


class ForeignToken(BadInput):
    """A token of one attempt was sent for another one."""

    code = "foreign_token"

    def __init__(self) -> None:
        super().__init__(
            "this token is of another attempt", place="header Authorization", remedy="A keeper has the token of its own attempt, and no other."
        )


class OtherKeeper(BadInput):
    """A token was sent by somebody else than the keeper that first sent it."""

    code = "other_keeper"

    def __init__(self) -> None:
        super().__init__(
            "another keeper has shown this token before",
            place="header Bakehouse-Keeper",
            remedy="A token is for one keeper. If you have sent none, somebody who reads the manifests of pods has.",
        )


class BadAttemptId(NotFound):
    """What is to name an attempt in a URL names none."""

    code = "no_such_attempt"

    def __init__(self, *, given: str) -> None:
        self.given = given
        super().__init__(f"{short(given)!r} names no attempt", remedy="Take the URL as the keeper of the attempt is given it.")
