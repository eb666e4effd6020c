"""What a user looks at of the steps of a run: all of them in pages, and one of them with all that is known about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bakehouse.actions import measuring, runs
from bakehouse.actions.context import Context
from bakehouse.ir.execution import AttemptId, LaunchSpec, RunId
from bakehouse.ir.spec import PipelineSpec
from bakehouse.ir.urls import without_credentials
from bakehouse.orchestrator.plan import located
from bakehouse.orchestrator.selecting import EVERYTHING, Selection
from bakehouse.orchestrator.suggestions import Suggestion
from bakehouse.records.artifacts import Reuse
from bakehouse.records.views import RunSummary, TaskView


@dataclass(frozen=True)
class Steps:
    """Some steps of a run, the number of the latest event that they show, and the pipeline; `None` where that cannot be read."""

    items: Sequence[TaskView]
    seq: int
    spec: PipelineSpec | None


@dataclass(frozen=True)
class Surroundings:
    """What stands around a step: the run it belongs to, what the cache knows, and how many bytes each attempt has printed.

    `found_in` is the name of the run whose result was reused, empty if that was deleted; `damage` says why a cached result could not be used.
    """

    run_id: str
    seq: int
    spec: PipelineSpec | None
    use_cache: bool
    found_in: str = ""
    damage: str = ""
    selection: Selection = EVERYTHING
    reuses: Sequence[Reuse] = ()
    log_sizes: Mapping[int, int] = field(default_factory=dict)
    suggestions: Sequence[Suggestion] = ()


@dataclass(frozen=True)
class Executed:
    """What an attempt executes, and where: a `command` with its arguments, or a `function` in the text `source`.

    The URLs in `command`, `requirements` and the values of `env` are without credentials; `source` is what its author wrote, unchanged.
    `source_file` and `source_line` say where the author wrote it, where that is known.
    """

    command: tuple[str, ...]
    function: str
    source: str
    requirements: tuple[str, ...]
    env: Mapping[str, str]
    image: str
    interpreter: str
    source_file: str
    source_line: int


def executed(launch: LaunchSpec) -> Executed:
    """What this attempt executes."""
    program, origin = launch.program, launch.origin
    return Executed(
        command=() if program is not None else tuple(without_credentials(one) for one in (*launch.command, *launch.args)),
        function=program.function if program is not None else "",
        source=program.source if program is not None else "",
        requirements=tuple(without_credentials(one) for one in program.requirements) if program is not None else (),
        env={name: without_credentials(value) for name, value in launch.env.items()},
        image=launch.image,
        interpreter=launch.place.interpreter if launch.place is not None else "",
        source_file=origin.file if origin is not None else "",
        source_line=origin.line if origin is not None else 0,
    )


def page(context: Context, run: str, *, after: str, limit: int) -> Steps:
    """Steps of a run by id, those after `after`, without attempts. Raises `NoSuchRun`."""
    found, seq = runs.tasks(context, run, after=after, limit=limit)
    return Steps(found, seq, _spec(context, runs.summary(context, run)))


def whole(context: Context, run: str, task_id: str) -> tuple[TaskView, Surroundings]:
    """One step, and what stands around it. Raises `NoSuchRun`, `NoSuchTask`."""
    head = runs.head(context, run)  # before the step: whoever goes on from its number misses nothing
    view, run_id, artifacts = runs.task(context, run, task_id), head.summary.id, context.records.artifacts
    lookup = None if view.cached_from is not None else artifacts.lookup(run_id, view.id)
    origin = runs.summaries(context, [view.cached_from]) if view.cached_from is not None else []
    spec = _spec(context, head.summary)
    return view, Surroundings(
        run_id=run_id,
        seq=head.seq,
        spec=spec,
        use_cache=head.options.use_cache,
        selection=head.options.selection,
        found_in=origin[0].name if origin else "",
        damage=lookup or "",
        reuses=artifacts.reuses(run_id, view.id),
        log_sizes={one.number: _log_size(context, run_id, view, one.number) for one in view.attempts},
        suggestions=_suggestions(context, view, run_id, spec),
    )


def _suggestions(context: Context, view: TaskView, run_id: RunId, spec: PipelineSpec | None) -> Sequence[Suggestion]:
    """Of what was reused, or has not run, nothing was measured."""
    found = located(spec, view.id) if spec is not None and view.attempts else None
    return measuring.suggested(context, run_id, found.task.component) if found is not None else ()


def _spec(context: Context, run: RunSummary) -> PipelineSpec | None:
    file = runs.readable_spec(context, run)
    return file.spec if file is not None else None


def _log_size(context: Context, run_id: RunId, view: TaskView, number: int) -> int:
    try:
        return (runs.attempt_folder(context, AttemptId(run_id, view.id, number).path) / "log").stat().st_size
    except OSError:  # nothing was printed yet, or it was cleaned away
        return 0
