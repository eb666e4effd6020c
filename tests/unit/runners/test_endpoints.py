"""Where a container engine is looked for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bakehouse.errors import BadInput
from bakehouse.runners.endpoints import Endpoint, endpoints


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, ["/var/run/docker.sock", "/run/podman/podman.sock"]),
        (
            {"XDG_RUNTIME_DIR": "/run/user/7", "HOME": "/home/me"},
            [
                "/var/run/docker.sock",
                "/run/user/7/docker.sock",
                "/run/user/7/podman/podman.sock",
                "/run/podman/podman.sock",
                "/home/me/.docker/run/docker.sock",
            ],
        ),
        ({"DOCKER_HOST": "unix:///a", "CONTAINER_HOST": "unix:///b"}, ["DOCKER_HOST=unix:///a"]),
        ({"CONTAINER_HOST": "unix:///b", "HOME": "/home/me"}, ["CONTAINER_HOST=unix:///b"]),
        ({"DOCKER_HOST": "tcp://127.0.0.1:2375"}, ["DOCKER_HOST=tcp://127.0.0.1:2375"]),
    ],
)
def test_places_in_order(environ: Mapping[str, str], found: list[str]) -> None:
    """What a variable names counts alone; else the sockets of Docker and Podman, the system's and the user's own."""
    assert [str(one) for one in endpoints(environ)] == found


@pytest.mark.parametrize("url", ["ssh://core@machine/run/podman.sock", "tcp://10.0.0.7:2375", "tcp://docker.example.org:2376"])
def test_engines_elsewhere_are_refused(url: str) -> None:
    """Their containers would not see the files of the steps."""
    with pytest.raises(BadInput, match="must run on this machine") as caught:
        endpoints({"DOCKER_HOST": url})
    assert caught.value.place == "environment variable DOCKER_HOST"


def test_the_path_of_a_socket() -> None:
    """Of those that are one."""
    assert [Endpoint(url).socket for url in ("unix:///run/x.sock", "tcp://127.0.0.1:1")] == ["/run/x.sock", ""]
