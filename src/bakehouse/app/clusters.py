"""The cluster on which steps run as pods, as settings name it. What speaks to it is loaded when it is needed: it is an extra."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bakehouse.app import storing
from bakehouse.app.extras import Extra
from bakehouse.app.settings import Settings
from bakehouse.errors import BadInput, BakehouseError, Problem
from bakehouse.ir import durations, values
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.ports import Put
from bakehouse.records import home
from bakehouse.runners import images, pip_settings, pod_keys
from bakehouse.runners.fates import EverybodyLives, Fates
from bakehouse.runners.kubernetes.manifests import Installation
from bakehouse.runners.kubernetes.options import Options
from bakehouse.storage.local import LocalStore

if TYPE_CHECKING:
    from bakehouse.runners.kubernetes.cluster import Connection
    from bakehouse.runners.kubernetes.runner import KubernetesRunner

#: Loaded by name: they need lightkube.
CLUSTER, RUNNER = "bakehouse.runners.kubernetes.cluster", "bakehouse.runners.kubernetes.runner"
_EXTRA = Extra("kubernetes", "a cluster", frozenset({"lightkube", "httpx2"}))
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
#: Our own container, as deploy/kubernetes names it.
_CONTAINER = "bakehouse"
#: Where our image has the programs under which steps run.
_PROGRAMS = "/opt/bakehouse/runner"


def runner(settings: Settings, put: Put, fates: Fates, *, environ: Mapping[str, str] = os.environ) -> KubernetesRunner:
    """A runner of its own; whether the cluster answers shows when it is used. Raises `ExtraMissing`, `BadInput`, `NoCluster`, `Refused`."""
    module, cluster = _EXTRA.loaded(RUNNER), _EXTRA.loaded(CLUSTER)
    connection = _connection(environ, cluster)
    own = home.prepare(settings.home)
    shared = own if settings.pod_key is None else pod_keys.installation(settings.pod_key)
    said = _said(environ, _own_image(environ, cluster))
    options = replace(_options(said, shared, connection.namespace, fates), objects=storing.objects(settings))
    made: KubernetesRunner = module.KubernetesRunner(settings.home, put, LocalStore(), cluster=connection, options=options)
    return made


def missing(environ: Mapping[str, str] = os.environ) -> Problem | None:
    """Why no step can be a pod, as far as settings and kubeconfig tell; `None` if nothing in them stands against it. The cluster is not asked."""
    try:
        _EXTRA.loaded(RUNNER)
        connection = _connection(environ, _EXTRA.loaded(CLUSTER))
        try:
            image = "its own" if _takes_own_image(environ) else ""
            _options(_said(environ, image), "", connection.namespace, EverybodyLives())
        finally:
            connection.close()
    except BakehouseError as error:
        return Problem(error.message, error.place, error.remedy)
    return None


def _connection(environ: Mapping[str, str], cluster: Any) -> Connection:  # what is loaded by name has no types
    """A way to the namespace and the context that settings name. Raises `NoCluster`."""
    found: Connection = cluster.Connection(environ.get("BAKEHOUSE_POD_NAMESPACE", ""), environ.get("BAKEHOUSE_POD_CONTEXT", ""))
    return found


def _said(environ: Mapping[str, str], image: str) -> Mapping[str, str]:
    """The settings that say something, and this image where they name none."""
    return {"BAKEHOUSE_IMAGE": image, **{name: text for name, text in environ.items() if text}}


def _takes_own_image(environ: Mapping[str, str]) -> bool:
    """Whether this runs in a pod, and no setting names an image for keepers."""
    return bool(environ.get("KUBERNETES_SERVICE_HOST")) and not environ.get("BAKEHOUSE_IMAGE")


def _own_image(environ: Mapping[str, str], cluster: Any) -> str:  # what is loaded by name has no types
    """The image of the container `bakehouse` of the pod in which this runs, so that keepers follow it; empty outside of one.

    Raises `NoCluster`, `Refused`.
    """
    if not _takes_own_image(environ):
        return ""
    own = cluster.Connection()
    try:
        pod = own.read(cluster.Kind.POD, environ.get("HOSTNAME", ""))
    finally:
        own.close()
    containers = values.at(pod, "spec").get("containers") or []
    return next((str(one["image"]) for one in containers if one["name"] == _CONTAINER), "")


def _options(environ: Mapping[str, str], home_id: str, namespace: str, fates: Fates) -> Options:
    """How the runner works. Raises `BadInput`."""
    installation = Installation(
        home=home_id,
        namespace=namespace,
        service_account=environ.get("BAKEHOUSE_POD_SERVICE_ACCOUNT", ""),
        priority_class=environ.get("BAKEHOUSE_POD_PRIORITY_CLASS", ""),
        queue=environ.get("BAKEHOUSE_POD_QUEUE", ""),
        defaults=_pod(environ, "BAKEHOUSE_POD_DEFAULTS"),
        patch=_pod(environ, "BAKEHOUSE_POD_PATCH"),
        architecture=environ.get("BAKEHOUSE_POD_ARCHITECTURE") or _ARCHITECTURES.get(platform.machine(), "amd64"),
    )
    return Options(
        installation,
        image=_needed(environ, "BAKEHOUSE_IMAGE", "the image that carries what a step is given and gives: Bakehouse's own"),
        server=_needed(environ, "BAKEHOUSE_POD_SERVER", "the URL at which pods reach a server of this home, such as http://bakehouse:8811"),
        runners=_runners(Path(environ.get("BAKEHOUSE_POD_RUNNERS") or _PROGRAMS)),
        engine=str(os.getpid()),
        pip=images.reachable(pip_settings.read(environ, Path(sys.prefix))),
        ttl=_seconds(environ, "BAKEHOUSE_POD_TTL", 600.0),
        patience=_seconds(environ, "BAKEHOUSE_POD_PATIENCE", 300.0),
        workspace_ttl=_seconds(environ, "BAKEHOUSE_POD_WORKSPACE_TTL", 86400.0),
        fates=fates,
    )


def _needed(environ: Mapping[str, str], name: str, what: str) -> str:
    if not environ.get(name):
        raise BadInput(f"{name} is not set, without which no pod can be made", place=f"environment variable {name}", remedy=f"Set it to {what}.")
    return environ[name]


def _runners(folder: Path) -> Mapping[str, Path]:
    found = {name: folder / name for name in sorted(set(_ARCHITECTURES.values())) if (folder / name).exists()}
    if not found:
        raise BadInput(
            f"there is no program amd64 or arm64 in {folder}",
            place="environment variable BAKEHOUSE_POD_RUNNERS",
            remedy="Set it to the folder that has them; Bakehouse's own image has them, and deploy/runner/build makes them.",
        )
    return found


def _pod(environ: Mapping[str, str], name: str) -> JsonObject:
    """A pod, or what is to be changed of one: YAML, or the path of a file with it."""
    text = environ.get(name, "").strip()
    try:
        found = yaml.safe_load(Path(text).read_text() if text.startswith("/") else text) if text else {}
    except (yaml.YAMLError, OSError) as error:
        raise BadInput(
            f"{name} cannot be read: {error}", place=f"environment variable {name}", remedy="Write YAML, or the path of a file."
        ) from error
    if not isinstance(found, dict):
        raise BadInput(f"{name} is no mapping", place=f"environment variable {name}", remedy="Write a part of a pod: {spec: {…}}.")
    return found


def _seconds(environ: Mapping[str, str], name: str, otherwise: float) -> float:
    text = environ.get(name, "")
    found = durations.seconds(text) if text else otherwise
    if found is None:
        raise BadInput(f"{name} is {text!r}, not a duration", place=f"environment variable {name}", remedy='Write one such as "10m", or unset it.')
    return found
