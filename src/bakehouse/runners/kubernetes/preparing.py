"""What must be there before the pod of an attempt: its folder with the pod document, the runner's ConfigMaps, the claim of the workspace."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bakehouse.ir.digests import digest_bytes
from bakehouse.ir.execution import LaunchSpec
from bakehouse.ir.values import JsonObject
from bakehouse.pod import settings as keeper
from bakehouse.runners import pod_keys, pods
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.kubernetes import manifests, names, refusals
from bakehouse.runners.kubernetes.cluster import Cluster, Kind
from bakehouse.runners.kubernetes.errors import Refused
from bakehouse.runners.kubernetes.manifests import Inside, Installation
from bakehouse.runners.kubernetes.options import Options
from bakehouse.runners.kubernetes.refusals import Answer

#: From this version on init containers can go on beside the others: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
_SIDECARS = (1, 29)
#: Seconds after which it is seen to again that the runner's ConfigMaps are there.
_TRUSTED = 60.0
_MONTH = 30 * 86400.0


@dataclass(frozen=True)
class Ready:
    """A pod that can be made."""

    name: str
    manifest: JsonObject


class Preparing:
    """Makes pods ready. Any thread may call."""

    def __init__(self, home: Path, options: Options, cluster: Cluster) -> None:
        self._home, self._options, self._cluster = home, options, cluster
        self._lock = threading.Lock()
        self._runners: Mapping[str, str] = {}
        self._seen_at = 0.0
        self._sidecars: bool | None = None

    def ready(self, launch: LaunchSpec, folder: AttemptFolder) -> Ready:
        """The pod of an attempt. Raises `BadPod`, `NotBuilt`, `Refused`, `NoCluster`, `OSError`."""
        installation = self._installation()
        document = pods.pod_document(launch, folder, pip=self._options.pip, limits=self._options.limits)
        inside = Inside(
            image=self._options.image,
            keeper=pods.KEEPER,
            variables=self._variables(launch),
            environment=document.environment,
            runners=self._config_maps(installation),
            kill_after=document.kill_after,
            log_bytes=document.log_limit,
        )
        manifest = manifests.pod(launch, inside, installation)
        if launch.workspace:
            self._make(Kind.CLAIM, manifests.workspace(launch, installation))
        folder.make()
        Path(document.root).mkdir(parents=True, exist_ok=True)
        document.write(folder)
        return Ready(manifest["metadata"]["name"], manifest)

    def _variables(self, launch: LaunchSpec) -> Mapping[str, str]:
        """What the keeper is told: where to ask, and by what right."""
        token = pod_keys.token(self._home, launch.attempt, self._options.clock() + _MONTH)
        return {keeper.SERVER: self._options.server, keeper.TOKEN: token}

    def _installation(self) -> Installation:
        with self._lock:
            if self._sidecars is None:
                self._sidecars = self._cluster.version() >= _SIDECARS
        return replace(self._options.installation, sidecars=self._sidecars)

    def _config_maps(self, installation: Installation) -> Mapping[str, str]:
        """The names of the runner's ConfigMaps by architecture, which are there then."""
        with self._lock:
            if self._runners and time.monotonic() - self._seen_at < _TRUSTED:
                return self._runners
            found = {}
            for architecture, path in self._options.runners.items():
                program = path.read_bytes()
                digest = digest_bytes(program)
                self._make(Kind.CONFIG_MAP, manifests.runner(program, digest, architecture, installation))
                found[architecture] = names.runner(digest, architecture)
            self._runners, self._seen_at = found, time.monotonic()
            return found

    def _make(self, kind: Kind, manifest: JsonObject) -> None:
        """Make an object, unless it is there."""
        try:
            self._cluster.create(kind, manifest)
        except Refused as error:
            if refusals.answer(error) is not Answer.EXISTS:
                raise
