"""The cache as the engine asks it: a result counts only while its artifacts are what they were; these are read anew, in threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from typing_extensions import assert_never

from bakehouse.errors import Unavailable
from bakehouse.orchestrator import sources
from bakehouse.orchestrator.events import CachedResult, Looked, Unusable
from bakehouse.orchestrator.ports import Driving, Store
from bakehouse.orchestrator.run import Run, Task
from bakehouse.storage.files import Fate, fate

#: Takes what the cache has: a result that may be reused, or why one that was found may not.
Answer = Callable[[Looked], None]


class Lookups:
    """Asks the records in the thread of the engine, and looks at artifacts in two of its own."""

    def __init__(self, driving: Driving, store: Store) -> None:
        self._driving, self._store = driving, store
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="bakehouse-cache")

    def ask(self, run: Run, task: Task, key: str, answer: Answer) -> None:
        """Find a result; `answer` is called once, from any thread, whatever goes wrong: the task waits for it.

        Where the run takes results of one other run only, the answer says why that one has none.
        """
        source, namespace = run.facts.options.selection.source, run.facts.namespace
        try:
            if source:
                found = self._driving.cached_in(source, namespace, key)
                why = found.note or sources.refusal(found.result, task, lambda: self._driving.parts_in(source, namespace, task.id))
                if why:
                    answer(Looked(because=found.because or Unusable.ELSEWHERE, note=why))
                    return
            else:
                found = self._driving.look_up(namespace, key, run.facts.policies.of(task.node.executor).result_ttl)
        except Exception as error:  # noqa: BLE001  # a task can do without the cache, and must not wait forever
            answer(Looked(because=Unusable.UNREADABLE, note=f"the cache could not be asked: {error}"))
            return
        if found.result is None or not found.result.outputs.artifacts:
            answer(found)
        else:
            self._threads.submit(self._check, found.result, answer)

    def _check(self, found: CachedResult, answer: Answer) -> None:
        try:
            problem = damage(found, self._store)
        except Exception as error:  # noqa: BLE001  # the edge of a thread
            problem = f"the cached result could not be checked: {error}"
        answer(Looked(because=Unusable.DAMAGED, note=problem) if problem else Looked(found))

    def close(self) -> None:
        """Look at nothing more. What is being read is read to its end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def damage(found: CachedResult, store: Store) -> str:
    """What has happened to the artifacts of a cached result since it was recorded; empty when they are all unchanged."""
    for name, group in found.outputs.artifacts.items():
        for artifact in group:
            if not artifact.digest:
                continue  # its bytes were never read: the key knows it by its address
            try:
                now = store.digest(artifact.uri)
            except Unavailable as error:
                return f"{name} at {artifact.uri} cannot be read: {error.message}"
            if problem := _problem(fate(artifact.digest, now), f"{name} at {artifact.uri}"):
                return problem
    return ""


def _problem(became: Fate, what: str) -> str:
    match became:
        case Fate.SAME:
            return ""
        case Fate.GONE:
            return f"{what} is gone"
        case Fate.CHANGED:
            return f"{what} was changed after it was recorded"
        case _:
            assert_never(became)
