"""The login of a keeper: a token that is bound to one attempt, and what it opens: that attempt's folder, and nothing else of the API."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from bakehouse.api import attempt_ids, tokens
from bakehouse.api.errors import BadToken, ForeignToken, OtherKeeper
from bakehouse.pod import protocol
from bakehouse.runners import keepers, pod_keys, pods
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.errors import Damaged
from bakehouse.runners.pods import PodDocument

_BEARER = "Bearer "


@dataclass(frozen=True)
class Opened:
    """The attempt that a request may read and write: its folder, and what the engine wrote down of its pod."""

    folder: AttemptFolder
    document: PodDocument


def _opened(request: Request, id: str) -> Opened:  # noqa: A002  # the parameter of the path
    """The attempt of the token, if it is that of the path and its keeper asks. Raises `BadToken`, `ForeignToken`, `OtherKeeper`, `NotPodAttempt`."""
    said = request.headers.getlist("authorization")
    if len(said) != 1 or not said[0].startswith(_BEARER):
        raise BadToken(why="there is none")
    home = request.app.state.context.home
    if tokens.verified(pod_keys.of_home(home), said[0].removeprefix(_BEARER), time.time()) != id:
        raise ForeignToken
    folder = AttemptFolder(home / "runs" / attempt_ids.decoded(id).path)
    opened = Opened(folder, pods.read(folder))
    if not keepers.admits(folder, request.headers.get(protocol.KEEPER, "")):
        raise OtherKeeper
    return opened


#: `def handler(attempt: Attempt, …)`: for the keeper of that attempt alone.
Attempt = Annotated[Opened, Depends(_opened)]


async def _body(request: Request, attempt: Attempt) -> bytes:
    """The bytes of a body, which `security` bounds; not read before the token was looked at.

    Raises `Damaged` for one that was damaged on its way.
    """
    del attempt
    data = await request.body()
    if request.headers.get(protocol.DIGEST) != protocol.digest(data):
        raise Damaged
    return data


#: `def handler(data: Body, …)`.
Body = Annotated[bytes, Depends(_body)]
