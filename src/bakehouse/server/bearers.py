"""The login of a keeper: a token that is bound to one attempt, and what it opens: that attempt's folder, and nothing else of the API."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from bakehouse.actions import whereabouts
from bakehouse.actions.context import Context
from bakehouse.api import attempt_ids, tokens
from bakehouse.api.errors import BadToken, ForeignToken, OtherKeeper
from bakehouse.ir.execution import AttemptId
from bakehouse.pod import protocol
from bakehouse.records.whereabouts import Whereabouts
from bakehouse.runners import keepers, pod_keys, pods
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.errors import AttemptOver, Damaged, KeptElsewhere
from bakehouse.runners.pods import PodDocument

_BEARER = "Bearer "


@dataclass(frozen=True)
class Opened:
    """The attempt that a request may read and write: its folder, and what the engine wrote down of its pod."""

    folder: AttemptFolder
    document: PodDocument


def _opened(request: Request, id: str) -> Opened:  # noqa: A002  # the parameter of the path
    """The attempt of the token, if it is that of the path and its keeper asks.

    Raises `BadToken`, `ForeignToken`, `OtherKeeper`, `NotPodAttempt`, `Untaken`; `KeptElsewhere` and `AttemptOver` where servers of other
    homes have the same pods.
    """
    said = request.headers.getlist("authorization")
    if len(said) != 1 or not said[0].startswith(_BEARER):
        raise BadToken(why="there is none")
    context: Context = request.app.state.context
    if tokens.verified(pod_keys.of_home(context.home), said[0].removeprefix(_BEARER), time.time()) != id:
        raise ForeignToken
    attempt = attempt_ids.decoded(id)
    folder = AttemptFolder(context.home / "runs" / attempt.path)
    if context.shares_pods:
        _check_place(context, attempt, folder)
    opened = Opened(folder, pods.read(folder))
    if not keepers.admits(folder, request.headers.get(protocol.KEEPER, "")):
        raise OtherKeeper
    return opened


def _check_place(context: Context, attempt: AttemptId, folder: AttemptFolder) -> None:
    """Raises `KeptElsewhere` for an attempt that an engine of another home has, or that one of this home has not yet taken over from there.

    Raises `AttemptOver` for one that this home had, and that has ended in another one.
    """
    place = whereabouts.of_attempt(context, attempt)
    is_written = pods.is_written(folder)
    if place is Whereabouts.ELSEWHERE or (place is Whereabouts.HERE and not is_written):
        raise KeptElsewhere(attempt=attempt.path)
    if place is Whereabouts.OVER and is_written and not folder.ended():
        raise AttemptOver(attempt=attempt.path)


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
