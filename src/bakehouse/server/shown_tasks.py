"""One step whole as our own API shows it: its attempts with what was executed, and what the cache did. Pure."""

from __future__ import annotations

from dataclasses import asdict

from bakehouse.actions.steps import Surroundings, executed
from bakehouse.api import runs as messages
from bakehouse.api.attempts import Attempt, Resource, Suggestion
from bakehouse.api.base import moment
from bakehouse.ir.spec import Task
from bakehouse.orchestrator.plan import Located, child_id, located, needs, plan
from bakehouse.orchestrator.selecting import chosen
from bakehouse.orchestrator.states import FINAL_TASK_STATES, TaskState
from bakehouse.orchestrator.suggestions import Suggestion as Suggested
from bakehouse.records.artifacts import Reuse
from bakehouse.records.views import AttemptView, TaskView
from bakehouse.server.shown import failure, optional_moment, outputs, task_fields, values

_UNASKED = frozenset({TaskState.WAITING, TaskState.PREPARING})
_SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def task_detail(view: TaskView, around: Surroundings) -> messages.TaskDetail:
    """A step whole."""
    found = located(around.spec, view.id) if around.spec is not None else None
    own = found.task if found is not None else None
    return messages.TaskDetail(
        **task_fields(view, around.spec),
        run_id=around.run_id,
        seq=around.seq,
        inputs=values(view.inputs, view.input_artifacts),
        outputs=outputs(view.outputs),
        warnings=list(view.warnings),
        failure=failure(view.error),
        retries=own.retry.max_retry_count if own is not None and own.retry is not None else 0,
        retry_at=optional_moment(view.retry_at),
        cache=cache_decision(view, own, around),
        attempt_list=[attempt(one, around.log_sizes.get(one.number, 0)) for one in view.attempts],
        downstream=_downstream(view, found) if found is not None else [],
        suggestions=[suggestion(one) for one in around.suggestions],
    )


def _downstream(view: TaskView, found: Located) -> list[str]:
    return sorted(child_id(view.parent, name) for name, task in found.dag.tasks.items() if found.name in needs(task))


# ---------------------------------------------------------------- attempts


def attempt(view: AttemptView, log_size: int) -> Attempt:
    """One attempt."""
    return Attempt(
        number=view.number,
        state=view.state,
        cause=view.cause,
        exit_code=view.exit_code,
        failure=failure(view.error),
        phases={name: moment(at) for name, at in sorted(view.times.items(), key=lambda each: each[1])},
        cpu_seconds=view.usage.cpu_seconds,
        peak_memory=view.usage.peak_memory,
        cpu_request=view.requests.cpu if view.requests is not None else None,
        memory_request=view.requests.memory if view.requests is not None else None,
        code_digest=view.code,
        environment_lock=view.environment_lock,
        environment_digest=view.environment_digest,
        log_note=view.log_note,
        log_size=log_size,
        **(asdict(executed(view.launch)) if view.launch is not None else {}),
    )


def suggestion(one: Suggested) -> Suggestion:
    """What steps should ask for."""
    return Suggestion(**{**asdict(one), "resource": Resource(one.resource.value), "call": one.call})


# ---------------------------------------------------------------- the cache


def cache_decision(view: TaskView, task: Task | None, around: Surroundings) -> messages.CacheDecision:
    """What the cache did for a step."""
    allowed = task is not None and task.caching is not None and task.caching.enable_cache
    origin = None
    if view.cached_from is not None:
        origin = messages.CachedFrom(
            run_id=view.cached_from,
            run_name=around.found_in,
            task_id=view.cached_from_task or "",
            attempt=view.cached_from_attempt or 0,
            at=optional_moment(view.cached_at),
        )
    return messages.CacheDecision(
        enabled=allowed and around.use_cache,
        text=_sentence(view, around, allowed=allowed),
        cached_from=origin,
        reused_by=[_reuse(one) for one in around.reuses],
    )


def _sentence(view: TaskView, around: Surroundings, *, allowed: bool) -> str:
    if view.cached_from is not None:
        name = f"run {around.found_in}" if around.found_in else f"run {view.cached_from}, which was deleted"
        return f"Reused from {name}; the result was {_age(view)} old."
    if not allowed:
        return "Not asked: the author turned the cache off for this step."
    if _is_refreshed(view, around):
        return "Not asked: the run was told to run this step anew. Later runs may reuse the result."
    if around.selection.source and around.damage:
        return f"Not reused from run {around.selection.source}: {around.damage}."
    if not around.use_cache:
        return "Not asked: the run was started without the cache. Later runs may reuse the result."
    return _unfound(view, around)


def _is_refreshed(view: TaskView, around: Surroundings) -> bool:
    """Whether the user wants no earlier result of this step."""
    if around.spec is None or not around.selection.refresh:
        return False
    return not chosen(plan(around.spec), around.selection).may_reuse(view.id)


def _unfound(view: TaskView, around: Surroundings) -> str:
    """Why a step that may reuse a result has none."""
    if around.damage:
        return f"Asked, and a result was found that could not be used: {around.damage}."
    if view.state in _UNASKED:
        return "Not asked yet: that is done when the inputs of the step are known and its environment is ready."
    if not view.attempts and view.state in FINAL_TASK_STATES:
        return "Not asked: the step did not get so far."
    return "Asked, and no result was found for this step with these inputs, this code and these packages."


def _age(view: TaskView) -> str:
    """How old a result was when it was reused."""
    seconds = max(0.0, (view.finished_at or view.started_at or 0.0) - (view.cached_at or 0.0))
    for length, name in _SPANS:
        count = int(seconds // length)
        if count:
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "less than a second"


def _reuse(reuse: Reuse) -> messages.CachedFrom:
    return messages.CachedFrom(run_id=reuse.run_id, run_name=reuse.run_name, task_id=reuse.task_id, attempt=0, at=optional_moment(reuse.at))
