"""What becomes of the attempts of a simulated run: from dice, or from a table, so that it does not depend on the order of events."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import blake2b
from typing import Protocol

from bakehouse.ir.execution import Cause, Ending, LaunchSpec, Outputs, StepError, TaskId
from bakehouse.ir.values import Json, JsonObject

LOST = Ending(cause=Cause.LOST, error=StepError("the process is gone"))
_TERMINATED = Ending(cause=Cause.TERMINATED, error=StepError("terminated"))
#: How steps fail by themselves. The first is what most of them do.
_OWN_FAILURES = (
    Ending(cause=Cause.EXIT_CODE, exit_code=1, error=StepError("exit code 1")),
    Ending(cause=Cause.EXIT_CODE, exit_code=75, error=StepError("exit code 75")),
    Ending(cause=Cause.EXIT_CODE, error=StepError("killed by SIGKILL")),
    Ending(cause=Cause.USER_ERROR, exit_code=1, error=StepError("boom")),
    Ending(cause=Cause.USER_ERROR, exit_code=1, error=StepError("no use"), retryable=False),
    Ending(cause=Cause.OUT_OF_MEMORY, error=StepError("out of memory")),
)
_WEIGHTS = (6, 2, 1, 2, 1, 2)
UNPREPARED = StepError("no such package")


@dataclass(frozen=True)
class Faults:
    """How often something goes wrong, each from 0 to 1. `reused` is no fault: how often the cache has a result.

    Nor is `rivalled`: how often another run is at an equal step.
    """

    step_fails: float = 0.0
    attempt_lost: float = 0.0
    attempt_terminated: float = 0.0  # by somebody who is not Bakehouse
    not_prepared: float = 0.0
    event_twice: float = 0.0
    event_late: float = 0.0
    engine_dies: float = 0.0
    reused: float = 0.0
    rivalled: float = 0.0


class Death(Enum):
    """When an engine dies, an event being at hand."""

    BEFORE_WRITING = "before writing"
    WHILE_ACTING = "while acting"
    AFTER_ACTING = "after acting"


class Outcomes(Protocol):
    """What a world asks. `earlier` counts the attempts of the task that ran before, in this life of the run."""

    def is_prepared(self, task_id: TaskId) -> bool:
        """Whether its environment can be made."""

    def is_reused(self, task_id: TaskId) -> bool:
        """Whether the cache has a result for it."""

    def failure(self, task_id: TaskId, earlier: int) -> Ending | None:
        """How an attempt fails, if it does."""


@dataclass(frozen=True)
class Dice:
    """Drawn when it happens."""

    rng: random.Random
    faults: Faults

    def is_prepared(self, _: TaskId) -> bool:
        """See `Outcomes`."""
        return self.rng.random() >= self.faults.not_prepared

    def is_reused(self, _: TaskId) -> bool:
        """See `Outcomes`."""
        return self.rng.random() < self.faults.reused

    def failure(self, _: TaskId, __: int) -> Ending | None:
        """See `Outcomes`."""
        return _drawn(self.rng, self.faults)


@dataclass(frozen=True)
class Table:
    """The same for the same task and attempt, whenever it is asked."""

    seed: str
    faults: Faults

    def is_prepared(self, task_id: TaskId) -> bool:
        """See `Outcomes`."""
        return self._rng("prepared", task_id).random() >= self.faults.not_prepared

    def is_reused(self, task_id: TaskId) -> bool:
        """See `Outcomes`."""
        return self._rng("reused", task_id).random() < self.faults.reused

    def failure(self, task_id: TaskId, earlier: int) -> Ending | None:
        """See `Outcomes`. What is lost is lost twice at most, so that engines that die may lose it too."""
        found = _drawn(self._rng("attempt", task_id, earlier), self.faults)
        return None if found in (LOST, _TERMINATED) and earlier > 1 else found

    def _rng(self, *about: object) -> random.Random:
        return random.Random(f"{self.seed} {about}")


def _drawn(rng: random.Random, faults: Faults) -> Ending | None:
    if rng.random() < faults.attempt_lost:
        return LOST
    if rng.random() < faults.attempt_terminated:
        return _TERMINATED
    if rng.random() < faults.step_fails:
        return rng.choices(_OWN_FAILURES, _WEIGHTS)[0]
    return None


def ending(launch: LaunchSpec, failure: Ending | None) -> Ending:
    """How an attempt ends."""
    return failure or Ending(exit_code=0, outputs=outputs(launch))


def outputs(launch: LaunchSpec) -> Outputs:
    """What a step gives: what it declares, worked out of its name and its inputs."""
    task_id = launch.attempt.task_id
    ids = {name: [one.id for one in group] for name, group in launch.inputs.items()}
    values = given(task_id, launch.parameters, ids)
    parameters = {name: values[name] for name in launch.output_parameters}
    return Outputs(parameters, {name: (replace(one, id=artifact_id(task_id, name)),) for name, one in launch.output_artifacts.items()})


def artifact_id(task_id: str, name: str) -> str:
    """The id of an artifact, the same whatever attempt made it."""
    return f"{task_id}.{name}"


def given(task_id: str, parameters: JsonObject, artifacts: Mapping[str, Sequence[str]]) -> JsonObject:
    """The parameters that a step gives, by the letters of their kinds. A final status counts by its state: its error is of whatever failed first."""
    about = {name: counting(value) for name, value in parameters.items()}
    text = json.dumps([task_id, about, {name: list(ids) for name, ids in artifacts.items()}], sort_keys=True)
    drawn = blake2b(text.encode(), digest_size=8).digest()
    return {"n": drawn[0] % 10, "s": "xyz"[drawn[1] % 3], "b": drawn[2] % 2 == 0, "l": [one % 10 for one in drawn[4 : 4 + drawn[3] % 4]]}


def counting(value: Json) -> Json:
    """What counts of a value: of a final status, its state."""
    if isinstance(value, dict) and "pipelineTaskName" in value:
        return [value["state"], value["pipelineTaskName"]]
    return value
