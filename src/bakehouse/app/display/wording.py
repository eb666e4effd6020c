"""What happened to a run since the last look, and how each step is doing, in words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bakehouse.app.display.progress import Progress, Reused, Step
from bakehouse.app.display.texts import Line, Tone, age, duration, short, so_far, visible
from bakehouse.errors import listed
from bakehouse.ir.execution import TaskId
from bakehouse.orchestrator.states import RunState, TaskState

_MOST_NAMED = 5  # steps that run
_LONGEST_REASON = 200  # characters of an error that stand behind the name of a step


@dataclass(frozen=True)
class News:
    """Lines on steps that are over, on steps on their way (`fresh`: those that have just started), and on the run."""

    over: tuple[Line, ...] = ()
    going: tuple[Line, ...] = ()
    run: tuple[Line, ...] = ()
    fresh: frozenset[TaskId] = frozenset()


def news(earlier: Progress, later: Progress, now: float) -> News:
    """What to say of the difference between two looks at a run."""
    going: list[Line] = []
    over: list[Line] = []
    fresh: set[TaskId] = set()
    for task_id, step in later.steps.items():
        known = earlier.steps.get(task_id)
        if known is step or known == step:
            continue
        if not step.over:
            going.extend(_on_its_way(known, step))
            fresh.update({task_id} if step.state is TaskState.RUNNING else ())
        elif known is None or not known.over:
            over.append(Line(f"{step.name}: {outcome(step, now)}", tone(step)))
    run: tuple[Line, ...] = ()
    if later.state is RunState.CANCELING and earlier.state is not RunState.CANCELING:
        run = (Line(f"{later.error.message if later.error else 'terminated'}: running steps are being stopped", Tone.STRONG),)
    return News(tuple(over), tuple(going), run, frozenset(fresh))


def _on_its_way(known: Step | None, step: Step) -> Iterator[Line]:
    """Waiting for a slot or for the cache is no news; an environment that is being built, a start and a pause are."""
    if step.state is TaskState.RUNNING and (known is None or known.state is not TaskState.RUNNING or known.attempt != step.attempt):
        if step.again and (known is None or known.again != step.again):  # the next attempt has started at once
            yield Line(f"{step.name}: {step.again}", Tone.BAD)
        attempt = f" (attempt {step.attempt})" if step.attempt > 1 else ""
        yield Line(f"{step.name}: running{attempt}", Tone.DIM)
    elif (step.noted or step.state is TaskState.BACKING_OFF) and (known is None or known.why != step.why):
        yield Line(f"{step.name}: {step.why}", Tone.BAD if step.state is TaskState.BACKING_OFF else Tone.DIM)


def outcome(step: Step, now: float) -> str:
    """How a step ended."""
    lasted = step.lasted(now)
    took = f" in {duration(lasted)}" if lasted is not None else ""
    match step.state:
        case TaskState.SUCCEEDED:
            return reuse(step.reused, now) if step.reused else step.why or f"succeeded{took}"
        case TaskState.FAILED:
            return f"failed{took.replace(' in ', ' after ')}: {reason(step)}"
        case TaskState.SKIPPED:
            tried = f"; attempt {step.attempt} failed: {reason(step)}" if step.error is not None else ""
            return f"skipped, {step.why}{tried}" if step.why else f"skipped{tried}"
        case _:
            return f"canceled, {step.why}" if step.why else f"canceled{took.replace(' in ', ' after ')}"


def reuse(reused: Reused, now: float) -> str:
    """From which run a result is, and how old it is."""
    name = f" ({visible(reused.run_name)})" if reused.run_name else ""
    return f"reused from run {short(reused.run_id)}{name}, {age(now - reused.made_at)}"


def reason(step: Step) -> str:
    """Why a step failed, on one line."""
    if step.error is None:
        return step.why or "no reason was recorded"
    kind = f"{step.error.type}: " if step.error.type else ""
    text = " ".join(f"{kind}{step.error.message}".split())
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1] + "…"


def doing(step: Step, now: float) -> str:
    """How a step is doing at this moment, behind its name in the live tree."""
    if step.over:
        return outcome(step, now)
    if step.state is TaskState.RUNNING:
        attempt = f" (attempt {step.attempt})" if step.attempt > 1 else ""
        return f"running, {so_far(step.lasted(now) or 0.0)}{attempt}"
    if step.state is TaskState.WAITING:
        return step.why or "waiting"
    waited = f", {so_far(now - step.since)}" if step.since else ""
    return f"{step.why or step.state.value.lower()}{waited}"


def tone(step: Step) -> Tone:
    """How a step is to be coloured."""
    match step.state:
        case TaskState.SUCCEEDED:
            return Tone.GOOD
        case TaskState.FAILED:
            return Tone.BAD
        case TaskState.RUNNING:
            return Tone.STRONG
        case _:
            return Tone.DIM


def still(progress: Progress, now: float) -> str:
    """One line for a run of which nothing was heard for a while."""
    running = [f"{step.name} ({so_far(step.lasted(now) or 0.0)})" for step in progress.steps.values() if step.state is TaskState.RUNNING]
    others = [step for step in progress.steps.values() if not step.over and step.state is not TaskState.RUNNING]
    reasons = Counter(step.why or step.state.value.lower() for step in others)
    parts = [f"running: {listed(running, _MOST_NAMED)}"] if running else []
    parts += [f"{count} {'step' if count == 1 else 'steps'}: {why}" for why, count in reasons.most_common(3)]
    return "; ".join(parts) or "waiting for the engine"


def counts(progress: Progress) -> str:
    """`8 steps: 5 succeeded, 1 running, 2 waiting`, reused ones apart."""
    kinds = Counter("reused" if step.reused else step.state.value.lower().replace("_", " ") for step in progress.steps.values())
    total = len(progress.steps)
    return f"{total} {'step' if total == 1 else 'steps'}: " + ", ".join(f"{count} {kind}" for kind, count in kinds.items())
