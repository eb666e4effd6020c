"""What keeps a server, or a step that is replayed, from starting.

ServerRuns    another server is at work on this home
PortTaken     another program listens there
NotReady      the environment of a step that is to be replayed cannot be had
NotLoopback   the address can be reached by other machines, and nobody would be asked who they are
"""

from __future__ import annotations

from bakehouse.errors import BadInput, Unavailable
from bakehouse.ir.execution import StepError


class NotReady(Unavailable):
    """The environment of a step that is to be replayed cannot be had."""

    code = "not_ready"

    def __init__(self, *, task: str, error: StepError) -> None:
        self.task = task
        super().__init__(f"the environment of {task} cannot be made ready: {error.message}", remedy=error.remedy or None)


class ServerRuns(BadInput):
    """Another server is at work on this home."""

    code = "server_runs"

    def __init__(self, *, home: str, url: str, pid: str) -> None:
        self.home, self.url, self.pid = home, url, pid
        who = f"process {pid}, " if pid else ""
        super().__init__(
            f"a server is at work on {home} already: {url or 'it is just starting'}",
            remedy=f"Open {url or 'its page'}; or end it first ({who}Ctrl-C or TERM). Another home (BAKEHOUSE_HOME) can have a server of its own.",
        )


class PortTaken(BadInput):
    """Another program listens there."""

    code = "port_taken"

    def __init__(self, *, host: str, port: int, why: str) -> None:
        self.host, self.port = host, port
        super().__init__(
            f"port {port} of {host} cannot be used: {why}",
            place="--port",
            remedy=f"Choose another one: `bakehouse server --port {port + 1 if port < 65_535 else 8812}`; --port 0 takes any that is free.",  # noqa: PLR2004
        )


class NotLoopback(BadInput):
    """The address can be reached by other machines, and nobody would be asked who they are."""

    code = "not_loopback"

    def __init__(self, *, host: str, port: int) -> None:
        self.host = host
        super().__init__(
            f"{host} can be reached by other machines, and whoever reaches this server can run programs as you: there is no login yet",
            place="--host",
            remedy=f"Leave --host out, and come from elsewhere by `ssh -L {port}:127.0.0.1:{port} THIS-MACHINE`; "
            "or put a proxy with a login before it, and name it by --allowed-host.",
        )
