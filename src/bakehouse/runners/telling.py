"""What a runner tells its engine of attempts. Any thread may call."""

from __future__ import annotations

from collections.abc import Callable

from bakehouse.clock import Clock
from bakehouse.ir.execution import AttemptId, Cause, Ending, LaunchSpec, Place, StepError
from bakehouse.orchestrator.events import Ended, NotPrepared, Prepared, Preparing, Remarked, Started
from bakehouse.orchestrator.ports import Put
from bakehouse.runners import importing
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.collecting import Collector
from bakehouse.runners.errors import BadOutput, Uncollected
from bakehouse.runners.inputs import Known
from bakehouse.runners.unreached import After, Unreached
from bakehouse.storage.errors import Away
from bakehouse.storage.objects import Objects


class Telling:
    """Puts events. `after`: does something after so many seconds, in a thread that may wait."""

    def __init__(self, put: Put, clock: Clock, after: After) -> None:
        self._put, self._clock = put, clock
        #: The attempts of which it cannot be told what has become.
        self.unreached = Unreached(after, self.remark)

    def preparing(self, launch: LaunchSpec, what: str) -> None:
        """The place of an attempt is being made ready."""
        self._put(launch.attempt.run_id, Preparing(launch.attempt.task_id, what, self._clock()))

    def place(self, launch: LaunchSpec, answer: Place | StepError) -> None:
        """It is ready, or there is none."""
        task, now = launch.attempt.task_id, self._clock()
        self._put(launch.attempt.run_id, NotPrepared(task, answer, now) if isinstance(answer, StepError) else Prepared(task, answer, now))

    def started(self, launch: LaunchSpec) -> None:
        """An attempt runs."""
        self._put(launch.attempt.run_id, Started(launch.attempt.task_id, launch.attempt.number, self._clock()))

    def remark(self, attempt: AttemptId, what: str) -> None:
        """Something that the reader of an attempt should know."""
        self._put(attempt.run_id, Remarked(attempt.task_id, attempt.number, what, self._clock()))

    def ended(self, launch: LaunchSpec, ending: Ending) -> None:
        """An attempt is over: since it ended, not since somebody came to see it. The engine may have been away."""
        self.unreached.forget(launch.attempt)
        at = ending.times.get("ended", self._clock())
        self._put(launch.attempt.run_id, Ended(launch.attempt.task_id, launch.attempt.number, ending, at))

    def imported(self, launch: LaunchSpec, known: Known, objects: Objects) -> None:
        """The whole attempt of an importer. Raises `Unavailable` or `OSError` when the artifact cannot be read: it was not started then."""
        ending = importing.ending(launch, known, self._clock, objects)
        self.started(launch)
        self.ended(launch, ending)

    def away(self, launch: LaunchSpec, error: Away, again: Callable[[], None]) -> None:
        """An attempt cannot start since a store is away: `again` is called later, unless somebody wants it to end."""
        if self.unreached.is_to_end(launch.attempt):
            self.ended(launch, Ending(cause=Cause.TERMINATED, error=StepError(message=f"terminated before it started; {error.message}")))
        else:
            self.unreached.again(launch.attempt, error.message, again)

    def collected(self, launch: LaunchSpec, folder: AttemptFolder, collector: Collector, again: Callable[[], None]) -> bool:
        """Tell what an attempt left; `again` is called later where that cannot be told yet, which is not the end of it: false."""
        ending = self.left(launch, folder, collector, again)
        if ending is not None:
            self.ended(launch, ending)
        return ending is not None

    def left(self, launch: LaunchSpec, folder: AttemptFolder, collector: Collector, again: Callable[[], None]) -> Ending | None:
        """What an attempt left, not told yet; `None` where that cannot be said now: `again` is called later."""
        try:
            return collector.collect(launch, folder)
        except Uncollected as error:
            if not self.unreached.is_to_end(launch.attempt):
                self.unreached.again(launch.attempt, error.message, again)
                return None
            return Ending(cause=Cause.TERMINATED, error=StepError(message=f"terminated; {error.message}", remedy=error.remedy or ""))
        except Exception as error:  # noqa: BLE001  # the edge of a thread: the engine must hear of every attempt
            return not_collected(error)


def not_collected(error: Exception) -> Ending:
    """The ending of an attempt whose leavings cannot be read, now or ever."""
    if isinstance(error, BadOutput):
        return Ending(cause=Cause.BAD_OUTPUT, error=StepError(message=error.message, remedy=error.remedy or ""))
    message = f"what the step left cannot be collected: {type(error).__name__}: {error}"
    return Ending(cause=Cause.ENGINE, error=StepError(message=message))
