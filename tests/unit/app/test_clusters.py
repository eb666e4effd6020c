"""The image of keepers is that of the server, where nobody says another one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bakehouse.app import clusters
from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes.cluster import Kind

IN_POD = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "HOSTNAME": "bakehouse-7d4f-x2"}
MESH = {"name": "istio-proxy", "image": "istio:1"}


def cluster(pod: JsonObject | None, asked: list[tuple[Kind, str]]) -> Any:
    """What is loaded by name: a cluster that knows one pod."""

    def read(kind: Kind, name: str) -> JsonObject | None:
        asked.append((kind, name))
        return pod

    connection = SimpleNamespace(read=read, close=lambda: None)
    return SimpleNamespace(Connection=lambda: connection, Kind=Kind)


@pytest.mark.parametrize(
    ("containers", "image"),
    [
        ([MESH, {"name": "bakehouse", "image": "registry.example/bakehouse:7"}], "registry.example/bakehouse:7"),
        ([MESH], ""),
        (None, ""),
    ],
)
def test_it_is_read_in_the_pod_of_the_server(containers: list[JsonObject] | None, image: str) -> None:
    """From the container that is ours; what a mesh adds is not."""
    asked: list[tuple[Kind, str]] = []
    assert clusters._own_image(IN_POD, cluster({"spec": {"containers": containers}}, asked)) == image
    assert asked == [(Kind.POD, "bakehouse-7d4f-x2")]


@pytest.mark.parametrize("environ", [{}, {**IN_POD, "BAKEHOUSE_IMAGE": "other:1"}])
def test_nothing_is_asked_outside_of_a_pod_or_where_it_is_said(environ: dict[str, str]) -> None:
    """The setting has the last word."""
    asked: list[tuple[Kind, str]] = []
    assert clusters._own_image(environ, cluster(None, asked)) == ""
    assert asked == []
