"""Running a pipeline under the eyes of the user: record it, drive it, show it, say what came of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TextIO

from bakehouse.actions import means, runs, tags
from bakehouse.actions.context import Context
from bakehouse.app import attempt_logs, attending, driving, loaded, local_files, settings, wiring
from bakehouse.app.attending import Reserved
from bakehouse.app.display import plain, progress
from bakehouse.app.display.plain import Screen
from bakehouse.app.display.texts import Line, Tone, short, tilde
from bakehouse.app.interrupts import Interrupts
from bakehouse.app.loading import Loading
from bakehouse.app.settings import Settings
from bakehouse.app.watching import Left, Watch
from bakehouse.cli import answers, documents, parameters, series_lines, taking
from bakehouse.cli.commands import part
from bakehouse.cli.display import ending
from bakehouse.cli.failures import CANCELLED
from bakehouse.cli.run import Wish
from bakehouse.ir.execution import RunId
from bakehouse.ir.spec import PipelineFile
from bakehouse.orchestrator.plan import plan
from bakehouse.orchestrator.ports import Environment, RunnerKind, RunOptions
from bakehouse.orchestrator.selecting import NO_RUN, Selection
from bakehouse.orchestrator.states import RunState

#: Exit codes of `bakehouse run` by the state in which the run ended.
EXIT_CODES = {RunState.SUCCEEDED: 0, RunState.FAILED: 1, RunState.CANCELED: CANCELLED}
#: Where steps run, by the runner of their run.
_PLACES = {
    RunnerKind.AUTO: "local, images in containers",
    RunnerKind.LOCAL: "local",
    RunnerKind.CONTAINER: "in containers",
    RunnerKind.KUBERNETES: "as pods",
}


def run(loading: Loading, wish: Wish) -> int:
    """Run what is being loaded; the exit code. Nothing is recorded for a pipeline or parameters that cannot be accepted."""
    chosen = settings.from_environment()
    with wiring.opened(chosen) as context:
        return _run(loading, wish, chosen, context)


def asked_for(context: Context, loading: Loading, wish: Wish) -> tuple[loaded.Loaded, runs.Submission]:
    """What was loaded, with what the user asks for. Raises `BadInput` for what cannot be meant."""
    found = taking.finished(loading)
    answers.notes(found.notices)
    file, archives = _with_modules(found, wish.code, context)
    submission = runs.Submission(
        pipeline=file,
        parameters=parameters.given(found.file.spec.root.inputs, wish.param, wish.params_file),
        name=wish.name,
        experiment=wish.experiment,
        options=_options(context, wish),
        origins=found.origins,
        pipeline_root=wish.pipeline_root,
        git=loading.git.state() if loading.git is not None else None,
        tags=tags.split(wish.tag),
        archives=archives,
    )
    answers.notes(local_files.notes(submission))
    return found, submission


def _with_modules(found: loaded.Loaded, asked: str, context: Context) -> tuple[PipelineFile, Mapping[str, bytes]]:
    """The pipeline that names the modules which travel to its steps, and their archives by digest. Raises `WrongValue`."""
    packed = taking.packed(found, asked)
    if not packed:
        return found.file, {}
    return part("travelling").named(found.file, packed, context.home), {one.digest: one.data for one in packed.values()}


def _run(loading: Loading, wish: Wish, chosen: Settings, context: Context) -> int:
    found, submission = asked_for(context, loading, replace(wish, code=wish.code or chosen.code))
    answers.notes(runs.notes(context, submission))
    seat = Seat(chosen, context, wish.output == answers.JSON)
    with found.placed():
        return submitted(seat, submission, compiled_by=found.compiled_by, detach=wish.detach)


@dataclass(frozen=True)
class Seat:
    """From where a run is watched: settings, records, and whether standard output is one JSON document."""

    settings: Settings
    context: Context
    as_json: bool


def submitted(seat: Seat, submission: runs.Submission, *, compiled_by: str, detach: bool) -> int:
    """Record the run, and drive and show it unless it is to run in the background; the exit code. Raises `BadInput`, `Problems`."""
    if detach:
        run_id = runs.create(seat.context, submission)
        return detached(seat, title(seat, submission.pipeline, submission.options, compiled_by, run_id), run_id)
    mine = attending.reserve(seat.settings, seat.context, submission)
    begun = progress.begun_by(plan(submission.pipeline.spec).root)
    return attended(seat, mine, title(seat, submission.pipeline, submission.options, compiled_by, mine.run_id), begun)


def _options(context: Context, wish: Wish) -> RunOptions:
    source = runs.named(context, wish.source) if wish.source else NO_RUN
    return RunOptions(
        runner=means.chosen(context, RunnerKind(wish.runner)),
        use_cache=not wish.no_cache,
        keep_going=wish.keep_going,
        max_parallel=wish.max_parallel,
        environment=Environment.CURRENT if wish.env == "current" else Environment.ISOLATED,
        nested_lists=wish.nested_lists,
        strict_resources=wish.strict_resources,
        timeout=wish.timeout,
        selection=Selection(source, wish.refresh, wish.only, wish.until),
    )


def title(seat: Seat, file: PipelineFile, options: RunOptions, compiled_by: str, run_id: RunId) -> str:
    """Which SDK compiled the pipeline, and where it runs."""
    where = _PLACES[means.recorded(file.spec, options.runner)]
    if options.environment is Environment.CURRENT and options.runner is not RunnerKind.CONTAINER:
        where += ", with this environment's packages"
    records = "PostgreSQL" if seat.settings.database else tilde(seat.settings.home)
    return f"{file.spec.info.name} · compiled by {compiled_by} · runs here ({where}), records in {records} · run {short(run_id)}"


def detached(seat: Seat, title: str, run_id: RunId) -> int:
    """Leave a run that is recorded to an engine in the background; the exit code."""
    driving.detach(seat.settings)
    if seat.as_json:
        answers.document({"run_id": run_id, "state": RunState.PENDING.value})
        return 0
    answers.notice(title)
    answers.lines([run_id])
    answers.notice(f"It runs in the background. Follow it:\n  bakehouse runs show {short(run_id)}\n  bakehouse runs logs {short(run_id)} --follow")
    return 0


def _screen(title: str, *, as_json: bool) -> Screen:
    """Where the run is shown: JSON has standard output for itself."""
    stream = sys.stderr if as_json else sys.stdout
    if plain.can_redraw(stream):
        live: Screen = part("live").LiveTree(stream, title)
        return live
    return plain.titled(title, stream, lambda error: _unread(stream, error))


def _unread(stream: TextIO, error: OSError) -> None:
    """Whoever reads has had enough, or there is no room: the run goes on, and who can be told is told."""
    if not isinstance(error, BrokenPipeError):
        answers.notice(f"the run goes on, but can be shown here no more: {error.strerror or error}")
    if stream is sys.stdout:
        answers.stop_writing()


def attended(seat: Seat, mine: Reserved, title: str, begun: progress.Progress) -> int:
    """Drive a run that is recorded and show it, to its end or until the user leaves; the exit code."""
    wiring.collect_garbage_less_often()
    context, screen = seat.context, _screen(title, as_json=seat.as_json)
    with Interrupts() as interrupts:
        watch, left = attending.attend(mine, screen, begun, interrupts)
    if left is not None:
        return _left(watch, left, as_json=seat.as_json)
    view = runs.get(context, mine.run_id)
    screen.lines(ending.ending(view, attempt_logs.ends(context, view), series_lines.of_run(context, view)))
    if seat.as_json:
        answers.document(documents.run(view))
    return EXIT_CODES.get(view.summary.state, 1)


def _left(watch: Watch, left: Left, *, as_json: bool) -> int:
    """The run is not over: say who ends it, and how to look at it."""
    run = short(watch.run_id)
    what = "it is ended" if watch.terminating else "it is driven on"
    watch.screen.lines(
        [
            Line(f"Left. Steps that run go on; {what} by the next engine on this home:", Tone.STRONG),
            Line(f"  bakehouse {' '.join(driving.UNATTENDED)}"),
            Line(f"  bakehouse runs show {run}"),
        ]
    )
    if as_json:
        answers.document(documents.run(runs.get(watch.context, watch.run_id)))
    return 128 + left.number if left.number else CANCELLED
