"""The container engine of this machine, and the runner that uses it. What speaks to it is loaded when a pipeline needs it: it is an extra."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bakehouse.app import storing
from bakehouse.app.extras import Extra
from bakehouse.app.settings import Settings
from bakehouse.errors import BakehouseError, Problem
from bakehouse.ir.execution import AttemptId
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.ports import Put
from bakehouse.records import home
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.endpoints import endpoints
from bakehouse.runners.fates import Fates
from bakehouse.storage.local import LocalStore

if TYPE_CHECKING:
    from bakehouse.runners.container import ContainerRunner
    from bakehouse.runners.container_engine import Connection

#: Loaded by name: they need the Docker SDK.
ENGINE, RUNNER = "bakehouse.runners.container_engine", "bakehouse.runners.container"
_EXTRA = Extra("containers", "container engines", frozenset({"docker"}))


def connection(environ: Mapping[str, str] = os.environ) -> Connection:
    """The way to the engine that the variables name, or that is found at the usual places. Raises `ExtraMissing`, `BadInput`."""
    found: Connection = _EXTRA.loaded(ENGINE).Connection(endpoints(environ))
    return found


def runner(settings: Settings, put: Put, fates: Fates, *, create: JsonObject) -> ContainerRunner:
    """A runner of its own; `fates` tells what has become of attempts. `create`: further arguments of the SDK's `containers.create`.

    Raises `ExtraMissing`, `BadInput`; whether an engine answers shows when it is used.
    """
    module = _EXTRA.loaded(RUNNER)
    objects = storing.objects(settings)
    options = module.Options(home_id=home.prepare(settings.home), create=create, objects=objects, fates=fates)
    made: ContainerRunner = module.ContainerRunner(settings.home, put, LocalStore(), connect=connection(), options=options)
    return made


def may_hold(home: Path, attempt: AttemptId) -> bool:
    """Whether an attempt that goes on may be in a container, where Python components are processes: it has been claimed, and no process was made."""
    folder = AttemptFolder(home / "runs" / attempt.path)
    return folder.claimed() and not folder.launch.exists() and not folder.ended()


def engine_said(environ: Mapping[str, str]) -> str:
    """Which engine answers, and where. Raises `BakehouseError` where none does."""
    found = connection(environ)
    try:
        return found().said()
    finally:
        found.close()


def missing() -> Problem | None:
    """Why no container can be run here; `None` if one can."""
    try:
        found = connection()
        found()
        found.close()
    except BakehouseError as error:
        return Problem(error.message, None, error.remedy)
    return None
