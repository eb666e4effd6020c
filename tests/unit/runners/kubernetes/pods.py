"""Launches and pods for the tests of the Kubernetes runner."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bakehouse.ir.execution import LaunchSpec
from bakehouse.ir.values import JsonObject
from bakehouse.runners import pods
from bakehouse.runners.kubernetes import manifests
from bakehouse.runners.kubernetes.manifests import Inside, Installation
from tests.unit.runners.specs import spec

HOME = "7f3c2a90"
INSTALLATION = Installation(home=HOME, namespace="team")
INSIDE = Inside(
    image="bakehouse:1",
    keeper=pods.KEEPER,
    variables={"BAKEHOUSE_TOKEN": "t"},
    environment={"MODE": "fast"},
    runners={"amd64": "bakehouse-runner-amd64-1", "arm64": "bakehouse-runner-arm64-1"},
)


def launch(task: str = "train", **settings: Any) -> LaunchSpec:
    """The first attempt of a task that asks this of Kubernetes."""
    return replace(spec(Path("/home"), task), kubernetes=settings)


def pod(made: LaunchSpec, installation: Installation = INSTALLATION) -> JsonObject:
    """Its pod."""
    return manifests.pod(made, INSIDE, installation)


def container(of: JsonObject, name: str = "main") -> JsonObject:
    """A container of a pod."""
    everything = [*of["spec"]["containers"], *of["spec"].get("initContainers", ())]
    found: JsonObject = next(one for one in everything if one["name"] == name)
    return found


def status(name: str = "pod", version: str = "1", **status: Any) -> JsonObject:
    """A pod as the API shows it."""
    return {"metadata": {"name": name, "resourceVersion": version, "uid": f"uid-{name}"}, "spec": {"nodeName": "n1"}, "status": status}


def state(name: str, **said: Any) -> JsonObject:
    """The status of a container: `running`, `waiting` or `terminated`, with what stands there."""
    return {"name": name, "state": said}
