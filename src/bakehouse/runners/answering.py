"""One answer for all who ask for the same place meanwhile, found in a thread of its own: no asker is ever held up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable

from bakehouse.errors import Unavailable
from bakehouse.ir.execution import Place, StepError
from bakehouse.runners.errors import NotBuilt

#: Hears what is being done for those who wait, e.g. `building environment: scikit-learn, 14 s`.
Tell = Callable[[str], None]
#: Told once: the place, or why there is none.
Ready = Callable[[Place | StepError], None]
#: Finds the place; what it raises is the answer too.
Find = Callable[[Tell], Place]


class Answers:
    """Questions that are being answered, and who waits for each. `what` is said of a place that cannot be had. Any thread may ask."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, list[tuple[Tell, Ready]]] = {}

    def ask(self, question: Hashable, find: Find, tell: Tell, ready: Ready) -> None:
        """Call `ready` from a thread with what `find` finds, or what is being found for an equal question already."""
        with self._lock:
            waiting = self._waiting.get(question)
            if waiting is not None:
                waiting.append((tell, ready))
                return
            self._waiting[question] = [(tell, ready)]
        threading.Thread(target=self._answer, args=(question, find), name="bakehouse-environment", daemon=True).start()

    def _answer(self, question: Hashable, find: Find) -> None:
        answer = self._found(question, find)
        with self._lock:
            waiting = self._waiting.pop(question)
        for _, ready in waiting:
            ready(answer)

    def _found(self, question: Hashable, find: Find) -> Place | StepError:
        try:
            return find(lambda what: self._tell(question, what))
        except NotBuilt as error:
            return error.error
        except Unavailable as error:
            return StepError(message=f"{self._what}: {error.message}", remedy=error.remedy or "")
        except OSError as error:
            return StepError(message=f"{self._what}: {error}", remedy="See that the disk has room and lets you in.")
        except Exception as error:  # noqa: BLE001  # the edge of a thread: whoever waits must get an answer
            return StepError(message=f"{self._what}: {type(error).__name__}: {error}")

    def _tell(self, question: Hashable, what: str) -> None:
        with self._lock:
            waiting = list(self._waiting[question])
        for tell, _ in waiting:
            tell(what)
