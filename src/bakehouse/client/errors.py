"""What keeps a client from getting what it asks a server for. Each is also of the Python class that kfp's client raises in the same place.

WrongArguments (ValueError)    the arguments of a method do not fit each other, or name nothing that there is on this machine
NotServedYet (AttributeError)  a method of kfp's client that this one does not have yet
NoServer                       nobody answers at the address
RefusedByServer                the server does not accept what it was sent
NotOnServer (ValueError)       the server has nothing of this id or name
ServerConflict                 the server has something that stands against it
ServerFailed                   the server answers, but not with what was asked for
RunGoesOn (TimeoutError)       a run is not over in the time that it was waited for
"""

from __future__ import annotations

from bakehouse.errors import BadInput, Conflict, NotFound, Unavailable


class WrongArguments(BadInput, ValueError):
    """The arguments of a client's method do not fit each other, or name nothing that there is on this machine."""

    code = "wrong_arguments"


class NotServedYet(BadInput, AttributeError):
    """A method of kfp's client that Bakehouse's does not have yet."""

    code = "not_served_yet"

    def __init__(self, *, method: str, route: str) -> None:
        self.method = method
        asks = f"Ask the server itself: {route}. Or use" if route else "Use"
        super().__init__(
            f"Client.{method} is not served yet", remedy=f"{asks} the client of an installed kfp: its `kfp.Client` works with this server."
        )


class NoServer(Unavailable):
    """Nobody answers at the address of the server."""

    code = "no_server"

    def __init__(self, *, host: str, why: str) -> None:
        self.host = host
        super().__init__(
            f"no server answers at {host}: {why}",
            remedy="Start it, `bakehouse server`; or name another one: Client(host=…), BAKEHOUSE_ENDPOINT or KF_PIPELINES_ENDPOINT.",
        )


class RefusedByServer(BadInput):
    """The server does not accept what it was sent; `status` is that of HTTP."""

    code = "refused_by_server"

    def __init__(self, message: str, *, status: int, place: str, remedy: str | None = None) -> None:
        self.status = status
        super().__init__(message, place=place, remedy=remedy)


class NotOnServer(NotFound, ValueError):
    """The server has nothing of this id or name."""

    code = "not_on_server"

    def __init__(self, message: str, *, status: int, place: str, remedy: str | None = None) -> None:
        self.status = status
        super().__init__(message, place=place, remedy=remedy)


class ServerConflict(Conflict):
    """The server has something that stands against what it is asked for, such as another pipeline of the name."""

    code = "server_conflict"

    def __init__(self, message: str, *, status: int, place: str, remedy: str | None = None) -> None:
        self.status = status
        super().__init__(message, place=place, remedy=remedy)


class ServerFailed(Unavailable):
    """The server answers, but not with what was asked for."""

    code = "server_failed"

    def __init__(self, message: str, *, status: int, place: str, remedy: str | None = None) -> None:
        self.status = status
        super().__init__(message, place=place, remedy=remedy)


class NoPipelineServer(ServerFailed):
    """Something else answers at the address: asking again does not help."""

    code = "no_pipeline_server"


class RunGoesOn(Unavailable, TimeoutError):
    """A run is not over in the time that it was waited for."""

    code = "run_goes_on"

    def __init__(self, *, run_id: str, state: str, seconds: float) -> None:
        self.run_id, self.state = run_id, state
        super().__init__(
            f"run {run_id} is {state or 'not over'} after {seconds:g} s", remedy="Wait longer: wait_for_run_completion(run_id, timeout=…)."
        )
