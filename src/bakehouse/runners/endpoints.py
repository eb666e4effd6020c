"""Where a container engine may answer: what the user has set, else the usual sockets of Docker and Podman. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bakehouse.errors import BadInput

#: The variables that name an engine; the first one that is set counts alone.
VARIABLES = ("DOCKER_HOST", "CONTAINER_HOST")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Endpoint:
    """The URL of an engine (`unix:///run/podman/podman.sock`), and the variable that names it, if one does."""

    url: str
    variable: str = ""

    @property
    def socket(self) -> str:
        """The path of its socket; empty where it is none."""
        return self.url.removeprefix("unix://") if self.url.startswith("unix://") else ""

    def __str__(self) -> str:
        return f"{self.variable}={self.url}" if self.variable else self.socket or self.url


def endpoints(environ: Mapping[str, str]) -> Sequence[Endpoint]:
    """Where to look, in this order. Raises `BadInput` for an engine of another machine: it would not see the files of the steps."""
    for variable in VARIABLES:
        if environ.get(variable):
            return [_checked(Endpoint(environ[variable], variable))]
    runtime, home = environ.get("XDG_RUNTIME_DIR", ""), environ.get("HOME", "")
    sockets = [
        "/var/run/docker.sock",
        *([f"{runtime}/docker.sock", f"{runtime}/podman/podman.sock"] if runtime else []),
        "/run/podman/podman.sock",
        *([f"{home}/.docker/run/docker.sock"] if home else []),
    ]
    return [Endpoint(f"unix://{path}") for path in sockets]


def _checked(endpoint: Endpoint) -> Endpoint:
    parts = urlsplit(endpoint.url)
    if parts.scheme == "unix" or (parts.scheme in {"tcp", "http", "https"} and parts.hostname in _LOOPBACK):
        return endpoint
    raise BadInput(
        f"{endpoint} names a container engine that cannot be used: steps share files with Bakehouse, so it must run on this machine",
        place=f"environment variable {endpoint.variable}",
        remedy="Name a socket (unix:///…), or unset it: the usual sockets of Docker and Podman are looked at then.",
    )
