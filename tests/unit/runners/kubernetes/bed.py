"""A runner on a cluster in memory."""

from __future__ import annotations

import queue
import time
from dataclasses import replace
from pathlib import Path

from bakehouse.ir.execution import AttemptId, LaunchSpec, RunId
from bakehouse.orchestrator.events import Ended, Event
from bakehouse.runners.fates import Fate
from bakehouse.runners.kubernetes import names
from bakehouse.runners.kubernetes.options import Options
from bakehouse.runners.kubernetes.runner import KubernetesRunner
from bakehouse.storage.local import LocalStore
from tests.unit.runners.kubernetes.fake import FakeCluster, refused
from tests.unit.runners.kubernetes.pods import HOME, INSTALLATION
from tests.unit.runners.specs import spec

_HASTE = 4  # seconds pass so much faster
#: How the cluster answers where there is no room for a pod now.
QUOTA = refused(403, "Forbidden", 'pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1')


class Bed:
    """A runner, its cluster, and the events that it puts."""

    def __init__(self, home: Path) -> None:
        self.home, self.cluster = home, FakeCluster()
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.fates: dict[str, Fate] = {}
        program = home / "runner"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_bytes(b"\x7fELF")
        options = Options(
            INSTALLATION,
            "bakehouse:1",
            "http://server",
            {"amd64": program},
            ttl=0.0,
            fates=self,
            monotonic=lambda: time.monotonic() * _HASTE,
        )
        self.runner = KubernetesRunner(home, lambda _run, event: self.events.put(event), LocalStore(), cluster=self.cluster, options=options)

    def attempt(self, attempt: AttemptId) -> Fate:
        """What has become of an attempt."""
        return self.fates.get(attempt.run_id, Fate.OPEN)

    def over_since(self, run_id: RunId) -> float:
        """For how long a run has been over."""
        return 1e6 if run_id in self.fates else 0.0

    def spec(self, task: str = "train") -> LaunchSpec:
        """An attempt without outputs."""
        return replace(spec(self.home, task), output_parameters={}, output_artifacts={})

    def launched(self, launch: LaunchSpec) -> str:
        """The name of the pod of an attempt that is launched, once it is there."""
        self.runner.launch(launch)
        name = names.pod(HOME, launch.pipeline_name, launch.attempt)
        self.cluster.until(lambda cluster: name in cluster.names())
        return name

    def ended(self, launch: LaunchSpec, left: str = '{"code": 0}') -> None:
        """The keeper's last word arrives."""
        folder = self.runner.folder(launch.attempt).path
        (folder / "aside").write_text(left)
        (folder / "aside").rename(folder / "exit")

    def next(self) -> Event:
        """The next event."""
        return self.events.get(timeout=10.0)

    def last(self) -> Ended:
        """The end, whatever comes before it."""
        while not isinstance(event := self.next(), Ended):
            pass
        return event
