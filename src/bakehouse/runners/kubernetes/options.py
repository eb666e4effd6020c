"""How a Kubernetes runner works."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bakehouse import clock
from bakehouse.clock import Clock
from bakehouse.runners.fates import EverybodyLives, Fates
from bakehouse.runners.kubernetes.manifests import Installation
from bakehouse.runners.launch import Limits
from bakehouse.runners.pip_settings import PipSettings
from bakehouse.storage.objects import NoObjects, Objects


@dataclass(frozen=True)
class Options:
    """How the runner works. `engine` names who claims attempts.

    `image` is ours, for keepers; `server` the URL at which pods reach this server; `runners` the files of the program under which steps run,
    by architecture. `pip` is what is set up for steps. `ttl`: seconds after which the pod of an ended attempt goes; `patience`: seconds for
    which an image, Secret or ConfigMap is waited for that may never come. `workspace_ttl`: seconds for which a workspace
    outlives its run, which may be retried. `fates` tells what has become of runs. `monotonic`:
    the time by which what lasts is measured, in seconds. `objects`: where artifacts lie that do not lie on the server's machine.
    """

    installation: Installation
    image: str
    server: str
    runners: Mapping[str, Path]
    engine: str = ""
    clock: Clock = clock.system
    limits: Limits = field(default_factory=Limits)
    pip: PipSettings = field(default_factory=PipSettings)
    ttl: float = 600.0
    patience: float = 300.0
    monotonic: Callable[[], float] = time.monotonic
    workspace_ttl: float = 86400.0
    fates: Fates = field(default_factory=EverybodyLives)
    objects: Objects = field(default_factory=NoObjects)
