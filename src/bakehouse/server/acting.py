"""What a handler gets besides its parameters: `Acting`, the context to act in, and `Options`, what the server was started with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from bakehouse.actions.context import Caller, Context
from bakehouse.server.login import Login


@dataclass(frozen=True)
class ServerOptions:
    """How the server answers. `base_path` is empty or `/folder`; `allowed_hosts` are names, or `NAME:PORT`, besides the loopback's.

    `slots` is told to whoever asks; `ping` is the pause between signs of life in a stream, in seconds. `login`: what it asks for, `None` where
    everybody who reaches it is its user.
    """

    base_path: str = ""
    allowed_hosts: tuple[str, ...] = ()
    slots: int = 0
    ping: float = 15.0
    login: Login | None = None


def _context(connection: HTTPConnection) -> Context:
    context: Context = connection.app.state.context
    caller = connection.scope.get("caller")
    return context if caller is None else replace(context, caller=Caller(caller))


def _options(connection: HTTPConnection) -> ServerOptions:
    options: ServerOptions = connection.app.state.options
    return options


#: `def handler(context: Acting, …)`: on whose behalf and with what the action is carried out.
Acting = Annotated[Context, Depends(_context)]

#: `def handler(options: Options, …)`.
Options = Annotated[ServerOptions, Depends(_options)]
