"""What runs here and what is missing: each thing that Bakehouse can use is looked at, and nothing is changed."""

from __future__ import annotations

import importlib.util
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import bakehouse
from bakehouse.app import containers
from bakehouse.app.settings import Settings
from bakehouse.errors import BakehouseError
from bakehouse.records import home
from bakehouse.runners import building
from bakehouse.runners.endpoints import VARIABLES

#: Where a pod finds the token of its service account.
_IN_CLUSTER = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
#: The page that `make web` builds.
_PAGES = Path(bakehouse.__file__).parent / "server" / "ui" / "index.html"


class State(str, Enum):
    """What was found of something."""

    WORKS = "works"
    MISSING = "missing"  # what needs it cannot be done; all else can
    BROKEN = "broken"  # it is needed, or was asked for


@dataclass(frozen=True)
class Finding:
    """One thing: its name, what was found of it, in words, and what to do where it does not work."""

    name: str
    state: State
    text: str
    remedy: str = ""


def findings(settings: Settings, environ: Mapping[str, str] = os.environ) -> Sequence[Finding]:
    """All of them, in the order in which they matter."""
    return [
        _python(),
        _uv(),
        _home(settings),
        _records(settings),
        _pages(),
        _containers(environ),
        _kubernetes(environ),
        _extra("object stores", "obstore", "stores", "artifacts in S3, GCS and Azure"),
    ]


def _python() -> Finding:
    own = building.own()
    return Finding("Python", State.WORKS, f"{own.name} on {platform.system()} {platform.machine()}: steps without an image run on it")


def _uv() -> Finding:
    program = building.uv_program()
    if program is None:
        return Finding("uv", State.MISSING, "environments of steps are built by pip, which is slower", "pip install uv")
    return Finding("uv", State.WORKS, f"{program}: builds the environments of steps")


def _home(settings: Settings) -> Finding:
    return _tried("home", lambda: home.look(settings.home))


def _records(settings: Settings) -> Finding:
    if not settings.database:
        return Finding("records", State.WORKS, "SQLite, in the home")
    return _extra("records", "psycopg", "postgres", "records in PostgreSQL (BAKEHOUSE_DATABASE)", needed=True)


def _pages() -> Finding:
    if _PAGES.exists():
        return Finding("web UI", State.WORKS, "bakehouse server shows it")
    return Finding("web UI", State.MISSING, "bakehouse server has the API alone", "Install a wheel of Bakehouse, or build it: make web")


def _containers(environ: Mapping[str, str]) -> Finding:
    asked = any(environ.get(name) for name in VARIABLES)
    return _tried("containers", lambda: containers.engine_said(environ), otherwise=State.BROKEN if asked else State.MISSING)


def _kubernetes(environ: Mapping[str, str]) -> Finding:
    named = [Path(one) for one in environ.get("KUBECONFIG", "").split(os.pathsep) if one] or [Path.home() / ".kube" / "config"]
    found = next((one for one in [*named, _IN_CLUSTER] if one.exists()), None)
    if found is None:
        return Finding("Kubernetes", State.MISSING, f"no cluster is set up: there is no {named[0]}", "Set KUBECONFIG to run pipelines on a cluster.")
    return _extra("Kubernetes", "lightkube", "kubernetes", f"the cluster of {found}")


def _extra(name: str, module: str, extra: str, what: str, *, needed: bool = False) -> Finding:
    """Something that a library of an extra is needed for."""
    if importlib.util.find_spec(module) is not None:
        return Finding(name, State.WORKS, f"{what}: {module} is installed")
    remedy = f"pip install 'bakehouse[{extra}]'"
    return Finding(name, State.BROKEN if needed else State.MISSING, f"{what}: {module} is not installed", remedy)


def _tried(name: str, look: Callable[[], str], otherwise: State = State.BROKEN) -> Finding:
    try:
        return Finding(name, State.WORKS, look())
    except BakehouseError as error:
        return Finding(name, otherwise, error.message, error.remedy or "")
