"""Whether input artifacts are still what was recorded. Bytes are read again only when their signature says that they may have changed."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from typing_extensions import assert_never

from bakehouse.errors import Problem, Unavailable
from bakehouse.ir.execution import Artifact, LaunchSpec
from bakehouse.runners import disks
from bakehouse.runners.errors import BadInputs
from bakehouse.storage.addresses import is_object
from bakehouse.storage.errors import OwnRecord
from bakehouse.storage.files import Fate, Files, Signature, fate, local_path

_REMEMBERED = 10_000
#: Files of a home that say how it is with runs, and who may come in.
_RECORDS = frozenset({"bakehouse.db", "bakehouse.db-wal", "bakehouse.db-shm", "id", "pods.key", "token"})
#: A change within one tick of the kernel's clock after `stat` does not show in the times of a file.
_TICK_NS = 20_000_000
#: Up to this size (bytes) reading a file once more is cheaper than waiting for that tick.
_SMALL = 4 << 20


class Known:
    """Digests that were read, each with the signature that the bytes had: shared by all threads of a runner.

    The records in `home` are never read. SQLite's locks on its database are this process's, and the first file of it that is closed drops all of
    them, so that another process may take the database for its own (https://sqlite.org/howtocorrupt.html, 2.2).
    """

    def __init__(self, store: Files, home: Path | None = None) -> None:
        self._store = store
        self._home = None if home is None else Path(os.path.realpath(home))
        self._lock = threading.Lock()
        self._read: OrderedDict[str, tuple[Signature, str, int]] = OrderedDict()

    def digest(self, uri: str) -> tuple[str, int] | None:
        """Digest and size of what lies there, read only if it may have changed since it was read last. Raises as the store does, and `OwnRecord`."""
        if self._home is not None and _holds_records(uri, self._home):
            raise OwnRecord(path=uri)
        before = self._store.signature(uri)
        if before is None:
            return None
        with self._lock:
            known = self._read.get(uri)
        if known is not None and known[0] == before:
            return known[1:]
        if sum(entry[1] for entry in before) > _SMALL and not _settled(before):
            time.sleep(_TICK_NS / 1e9)
        settled = _settled(before)
        found = self._store.digest(uri)
        if found is not None and settled and self._store.signature(uri) == before:
            self._remember(uri, (before, *found))
        return found

    def _remember(self, uri: str, read: tuple[Signature, str, int]) -> None:
        with self._lock:
            self._read[uri] = read
            self._read.move_to_end(uri)
            if len(self._read) > _REMEMBERED:
                self._read.popitem(last=False)


def _holds_records(uri: str, home: Path) -> bool:
    """Whether one of the records of a home, a real path, lies there, or the whole home does below that."""
    path = Path(os.path.realpath(local_path(uri)))
    if home in path.parents:
        return path.relative_to(home).parts[0] in _RECORDS
    return path == home or path in home.parents


def problems(launch: LaunchSpec, known: Known) -> Iterator[Problem]:
    """The input artifacts that are gone or are not what was recorded. Raises `Unavailable` while that cannot be told."""
    for name, group in launch.inputs.items():
        for artifact in group:
            if problem := _problem(artifact, known):
                yield Problem(f"input {name} {problem}", artifact.uri, "Run the pipeline again: the step that made it runs anew.")


def check(launch: LaunchSpec, known: Known) -> None:
    """Raise `BadInputs` when an input artifact is gone or is not what was recorded, `Unavailable` while that cannot be told."""
    for problem in problems(launch, known):
        raise BadInputs(problem.message, place=problem.place, remedy=problem.remedy)


def unchanged(launch: LaunchSpec, known: Known) -> bool:
    """Whether all input artifacts still are what was recorded. Raises `Unavailable` while that cannot be told."""
    return not any(_problem(artifact, known) for group in launch.inputs.values() for artifact in group)


def _problem(artifact: Artifact, known: Known) -> str:
    if not artifact.digest or is_object(artifact.uri):
        return ""  # its bytes were never read: nothing is known that could have changed; or they are checked when they are fetched
    try:
        found = known.digest(artifact.uri)
    except Unavailable as error:
        if disks.may_be_back(error):
            raise  # nothing is known of it now
        return f"cannot be read: {error.message}"
    became = fate(artifact.digest, found)
    match became:
        case Fate.SAME:
            return ""
        case Fate.GONE:
            return f"is gone: nothing lies at {artifact.uri}"
        case Fate.CHANGED:
            return f"was changed after it was recorded: {artifact.uri}"
        case _:
            assert_never(became)


def _settled(signature: Signature) -> bool:
    """Whether the last change is so long ago that a further one would show."""
    return time.time_ns() - max(entry[3] for entry in signature) > _TICK_NS
