"""Folders of attempts for tests, as a runtime would leave them."""

from __future__ import annotations

import json
from pathlib import Path

from bakehouse.ir.execution import Ending, LaunchSpec
from bakehouse.ir.values import Json, JsonObject
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.collecting import Collector
from bakehouse.runners.inputs import Known
from bakehouse.storage.local import LocalStore
from tests.unit.runners.specs import spec

WELL: JsonObject = {
    "code": 0,
    "signal": None,
    "stopped": False,
    "times": {"started": 2.0, "running": 3.0, "ended": 4.0},
    "cpu_seconds": 0.5,
    "peak_memory": 1024,
    "log": {"bytes": 10, "kept": 10},
    "fault": None,
}


class Attempt:
    """An attempt's folder, as a runtime would leave it."""

    def __init__(self, tmp_path: Path, **left: Json) -> None:
        self.launch = spec(tmp_path)
        self.folder = AttemptFolder(tmp_path / "runs" / self.launch.attempt.path)
        self.root = Path(self.launch.root)
        self.root.mkdir(parents=True)
        self.folder.make()
        self.folder.claim("engine", 1.0)
        if left.pop("exit", True):
            (self.folder.path / "exit").write_text(json.dumps({**WELL, **left}))

    def says(self, **document: Json) -> None:
        """The step wrote its output document."""
        (self.root / "executor_output.json").write_text(json.dumps(document))

    def collect(self, launch: LaunchSpec | None = None, *, apart: bool = False) -> Ending:
        """How it ended; `apart`: in a container or pod."""
        store = LocalStore()
        return Collector(store, Known(store), lambda: 9.0, apart=apart).collect(launch or self.launch, self.folder)
