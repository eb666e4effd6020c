"""What the steps of a run should ask for of their machine, by what was measured of their attempts. Pure.

The rule, for all attempts of one component in a run that succeeded or ran out of memory, by the largest that was measured of any of them:

- Memory: the peak and a quarter of it, rounded up to a tidy number, 100 MB at least. Where attempts ran out of memory and none succeeded, it is
  half as much again as the peak or what was asked for, whichever is more.
- CPUs: CPU seconds by the seconds that the process ran, rounded up to a tidy number; a twentieth above one counts as that one.
- A suggestion is made where nothing was asked for; where more than twice as much as suggested was; or where what was measured comes within a
  tenth of the memory that was asked for, or goes a tenth beyond the CPUs.
- Nothing is suggested by attempts that ran for less than 5 seconds, but for those that ran out of memory. What was reused has no attempts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from bakehouse.ir import quantities
from bakehouse.ir.execution import TaskId

SHORTEST = 5.0  # seconds
_HEADROOM = 1.25
_AFTER_EXHAUSTION = 1.5
_LEAST_MEMORY = 100e6  # bytes
_NOISE = 0.95  # of CPUs: an interpreter has threads of its own
_FAR = 2.0
_NEAR_MEMORY, _BEYOND_CPU = 0.9, 1.1


class Resource(str, Enum):
    """What can be asked for."""

    CPU = "cpu"
    MEMORY = "memory"


@dataclass(frozen=True)
class Measured:
    """What is known of the attempts of one component in a run that succeeded or ran out of memory.

    `task_id` is one of its `tasks` tasks. `longest` is how many seconds the process of any of them ran at most, `cores` how many CPUs one kept busy
    at most over at least `SHORTEST` seconds, `peak_memory` the most bytes. `cpu` and `memory` are the least that any asked for (cores, bytes; 0:
    nothing), since attempts that follow may ask for more, `most_memory` is the most. `succeeded` and `exhausted` count those that succeeded and
    those that ran out of memory.
    """

    component: str
    task_id: TaskId
    tasks: int
    longest: float
    cores: float | None
    peak_memory: int | None
    cpu: float
    memory: int
    most_memory: int
    succeeded: int
    exhausted: int


@dataclass(frozen=True)
class Suggestion:
    """`asked` and `measured` are amounts of the resource (cores, bytes; `asked` 0: nothing), `suggested` is a quantity as KFP takes it."""

    component: str
    task_id: TaskId
    tasks: int
    resource: Resource
    asked: float
    measured: float
    suggested: str

    @property
    def call(self) -> str:
        """What the author writes behind the task."""
        return f'.set_{self.resource.value}_request("{self.suggested}")'


def suggestions(measured: Sequence[Measured]) -> Sequence[Suggestion]:
    """What should be asked for, by component."""
    return tuple(found for one in measured for found in _of(one))


def _of(one: Measured) -> Iterator[Suggestion]:
    if (cpu := _cpu(one)) is not None:
        yield cpu
    if (memory := _memory(one)) is not None:
        yield memory


def _cpu(one: Measured) -> Suggestion | None:
    if one.cores is None or one.longest < SHORTEST:
        return None
    text = quantities.tidy_cores(one.cores * _NOISE)
    is_too_little = one.cores > one.cpu * _BEYOND_CPU
    return _suggested(one, Resource.CPU, one.cpu, one.cores, text) if is_too_little or _is_far(one.cpu, text) else None


def _memory(one: Measured) -> Suggestion | None:
    if one.peak_memory is None or (one.longest < SHORTEST and not one.exhausted):
        return None
    need = one.peak_memory * _HEADROOM
    is_too_little = one.peak_memory > one.memory * _NEAR_MEMORY
    if one.exhausted and not one.succeeded:
        need = max(one.peak_memory, one.most_memory) * _AFTER_EXHAUSTION
        is_too_little = True
    text = quantities.tidy_memory(max(need, _LEAST_MEMORY))
    return _suggested(one, Resource.MEMORY, one.memory, one.peak_memory, text) if is_too_little or _is_far(one.memory, text) else None


def _is_far(asked: float, suggested: str) -> bool:
    return asked > _FAR * (quantities.amount(suggested) or 0.0)


def _suggested(one: Measured, resource: Resource, asked: float, measured: float, text: str) -> Suggestion | None:
    if quantities.amount(text) == asked:
        return None
    return Suggestion(one.component, one.task_id, one.tasks, resource, asked, measured, text)
