"""Where the files of KFP's are run: by this process, or by a server that drives what its home holds."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import pytest

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.app import loaded, loading, wiring
from bakehouse.app.driving import Drive
from bakehouse.app.settings import Settings
from bakehouse.ir.execution import RunId
from bakehouse.orchestrator.ports import RunnerKind, RunOptions
from bakehouse.orchestrator.states import FINAL_RUN_STATES, FINAL_TASK_STATES
from bakehouse.records.engines import EngineLock
from bakehouse.records.views import RunView
from tests.conformance.expected import SHARED, ExpectedFile, ExpectedRun

#: Some files need packages: they are run where a package index may be asked.
INDEX = bool(os.environ.get("BAKEHOUSE_TEST_INDEX"))
LIMIT = 240  # seconds that a run may take; the longest has 41 steps

needs_files = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/conformance is not beside this repository")


@dataclass(frozen=True)
class Bench:
    """A home that all files of a session share, whose runs this process drives."""

    settings: Settings
    context: Context
    runner: RunnerKind = RunnerKind.AUTO

    def run(self, file: ExpectedFile, how: ExpectedRun) -> RunView:
        """Run a file to its end."""
        options = RunOptions(self.runner, use_cache=how.use_cache, keep_going=how.keep_going, nested_lists=how.nested_lists)
        found = loaded.finish(loading.start(file.source, file.pipeline)).file
        return self._over(runs.create(self.context, runs.Submission(pipeline=found, parameters=how.parameters, options=options)))

    def _over(self, run_id: RunId) -> RunView:
        drive = Drive(self.settings, self.context, run_id, wiring.unobserved, EngineLock.acquire(self.settings.home))
        drive.start()
        try:
            over = drive.wait(LIMIT)
        finally:
            drive.leave()
        return self._seen(run_id, over=over)

    def _seen(self, run_id: RunId, *, over: bool) -> RunView:
        view = runs.get(self.context, run_id)
        left = [(task.id, task.state.value, task.why) for task in view.tasks if task.state not in FINAL_TASK_STATES]
        assert over, f"not over after {LIMIT} s: {left}"
        return view


@dataclass(frozen=True)
class Served(Bench):
    """A home whose server drives its runs: many at a time."""

    def _over(self, run_id: RunId) -> RunView:
        end = time.monotonic() + LIMIT
        while not (over := runs.summary(self.context, run_id).state in FINAL_RUN_STATES) and time.monotonic() < end:
            time.sleep(0.2)
        return self._seen(run_id, over=over)
