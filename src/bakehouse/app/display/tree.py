"""The live tree of steps: which rows fit the terminal, and what each says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bakehouse.app.display.progress import Progress, Step
from bakehouse.app.display.texts import Line, Tone
from bakehouse.app.display.wording import counts, doing, tone
from bakehouse.orchestrator.states import TaskState

_LONGEST_NAME = 40
_FRAMES_PER_SECOND = 8

#: Which steps are shown first when not all fit: what happens now, what went wrong, what comes next, what is over.
_URGENCY: Mapping[TaskState, int] = {
    TaskState.RUNNING: 0,
    TaskState.FAILED: 1,
    TaskState.BACKING_OFF: 2,
    TaskState.PREPARING: 3,
    TaskState.QUEUED: 4,
    TaskState.WAITING: 5,
    TaskState.CANCELED: 6,
    TaskState.SUCCEEDED: 7,
    TaskState.SKIPPED: 8,
}


@dataclass(frozen=True)
class Glyphs:
    """The signs that the tree is drawn with."""

    branch: str
    last: str
    spinner: str
    states: Mapping[TaskState, str]


UNICODE = Glyphs(
    "├─ ",
    "└─ ",
    "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏",
    {
        TaskState.SUCCEEDED: "✓",
        TaskState.FAILED: "✗",
        TaskState.SKIPPED: "–",
        TaskState.CANCELED: "–",
        TaskState.WAITING: "·",
        TaskState.QUEUED: "·",
        TaskState.PREPARING: "◌",
        TaskState.BACKING_OFF: "◌",
    },
)
ASCII = Glyphs(
    "|- ",
    "`- ",
    "|/-\\",
    {
        TaskState.SUCCEEDED: "+",
        TaskState.FAILED: "x",
        TaskState.SKIPPED: "-",
        TaskState.CANCELED: "-",
        TaskState.WAITING: ".",
        TaskState.QUEUED: ".",
        TaskState.PREPARING: "o",
        TaskState.BACKING_OFF: "o",
    },
)


def glyphs(encoding: str) -> Glyphs:
    """The signs that a terminal with this encoding can show."""
    return UNICODE if encoding.lower().replace("-", "").startswith("utf") else ASCII


def rows(progress: Progress, now: float, signs: Glyphs, most: int) -> list[Line]:
    """The tree below the run's name, in at most that many rows; the last one counts what is not shown."""
    steps = visible(list(progress.steps.values()), most)
    hidden = len(progress.steps) - len(steps)
    width = min(_LONGEST_NAME, max((len(step.name) for step in steps), default=0))
    lines = []
    for place, step in enumerate(steps):
        branch = signs.last if place == len(steps) - 1 and not hidden else signs.branch
        sign = signs.spinner[int(now * _FRAMES_PER_SECOND) % len(signs.spinner)] if step.state is TaskState.RUNNING else signs.states[step.state]
        lines.append(Line(f"{branch}{sign} {_cut(step.name).ljust(width)}  {doing(step, now)}", tone(step)))
    if hidden:
        lines.append(Line(f"{signs.last}{hidden} more · {counts(progress)}", Tone.DIM))
    return lines


def visible(steps: Sequence[Step], most: int) -> list[Step]:
    """The steps to show where there is room for `most` rows, in their own order; the most urgent ones if not all fit."""
    if len(steps) <= most:
        return list(steps)
    places = sorted(range(len(steps)), key=lambda place: (_URGENCY[steps[place].state], place))
    return [steps[place] for place in sorted(places[: max(0, most - 1)])]


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
