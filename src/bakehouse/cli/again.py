"""Runs that are there, once more: what failed of one is run again, or a new one is started like it."""

from __future__ import annotations

from bakehouse.actions import cloning, runs
from bakehouse.app import loaded, settings, wiring
from bakehouse.app.attending import Reserved
from bakehouse.app.display import progress
from bakehouse.cli import answers, parameters, running
from bakehouse.cli.running import Seat
from bakehouse.cli.runs import Like
from bakehouse.records.engines import EngineLock
from bakehouse.records.views import RunView


def retry(run: str, *, detach: bool, as_json: bool) -> int:
    """Run again what did not succeed of a run, and watch it; the exit code."""
    chosen = settings.from_environment()
    with wiring.opened(chosen) as context:
        seat = Seat(chosen, context, as_json)
        run_id = runs.named(context, run)
        if detach:
            runs.retry(context, run_id)
            return running.detached(seat, _title(seat, runs.get(context, run_id)), run_id)
        lock = EngineLock.acquire(chosen.home)
        try:
            runs.retry(context, run_id)
            view = runs.get(context, run_id)
            title, begun = _title(seat, view), progress.seen(progress.Progress(), view)
        except BaseException:
            lock.release()
            raise
        return running.attended(seat, Reserved(chosen, context, run_id, lock), title, begun)


def clone(run: str, like: Like) -> int:
    """Start a run like another, with other parameters where they are given; the exit code."""
    chosen = settings.from_environment()
    with wiring.opened(chosen) as context:
        of = cloning.view(context, run)
        spec = runs.spec_of(context, of.summary).spec
        given = parameters.given(spec.root.inputs, like.param, like.params_file, of.parameters)
        submission = cloning.submission(context, of, given, name=like.name)
        answers.notes(runs.notes(context, submission))
        sdk = loaded.sdk_of(spec)
        return running.submitted(Seat(chosen, context, like.output == answers.JSON), submission, compiled_by=sdk, detach=like.detach)


def _title(seat: Seat, view: RunView) -> str:
    file = runs.spec_of(seat.context, view.summary)
    return running.title(seat, file, view.options, loaded.sdk_of(file.spec), view.summary.id)
