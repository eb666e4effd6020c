"""Collecting what nobody needs: runs that are over and that criteria name, with their files, and files that no row names any more.

What goes is decided in one transaction for each batch of runs, and files go after it. Whoever is killed in between leaves folders without
rows, which the next collection finds.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bakehouse.actions import access, modules, objects
from bakehouse.actions.context import Context
from bakehouse.errors import Unavailable
from bakehouse.ir.execution import folder_name
from bakehouse.records.garbage import Criteria, Doomed, RunFolder
from bakehouse.records.retention import There
from bakehouse.storage import sizes
from bakehouse.storage.files import is_local, local_path

_BATCH = 20  # runs that are deleted in one transaction, while other writers wait
_DEEPEST = 4  # folders below `artifacts`: pipelines, and roots that somebody chose there
#: Seconds. A younger folder without a row may be somebody's copy that is just being made, or the rest of a run that is being deleted now.
ORPHANED_FOR = 3600.0
_RUN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass
class Collected:
    """What went, or would go. `files` and `orphans` map paths to bytes; `left` says what could not be removed, and why."""

    runs: list[Doomed] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)
    orphans: dict[str, int] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes in all of it."""
        return sum(self.files.values()) + sum(self.orphans.values())


def plan(context: Context, several: Sequence[Criteria], *, drop_gone: bool = False) -> Collected:
    """What `collect` would do now, and how many bytes that would free. Changes nothing."""
    namespace = access.own(context)
    kept = _modules(context.home)
    found = context.records.retention.rehearse(several, There(_run_folders(context.home), kept), namespace=namespace, drop_gone=drop_gone)
    gone = [*found.unnamed, *(_run_folder(context, one) for one in found.doomed)]
    orphans = _old([*found.orphans, *_paths(kept, found.modules)])
    files = {str(path): sizes.extent(path).size for path in _outermost(_ours(context, gone), below=orphans)}
    planned = Collected(runs=list(found.doomed), files=files, orphans=orphans)
    for uri in gone:
        _weigh(context, planned, uri, remove=False)
    return planned


def collect(context: Context, several: Sequence[Criteria], *, drop_gone: bool = False) -> Collected:
    """Delete the runs that each of the criteria names, what of their files nothing names any more, and what earlier deletions left.

    `drop_gone`: the cache keeps nothing of what runs made that are gone already. Raises what the records raise; what the system refuses to
    remove is said in the answer.
    """
    namespace = access.own(context)
    collected = Collected()
    folders = _run_folders(context.home)
    for criteria in several:
        doomed = context.records.retention.matching(criteria, namespace=namespace)
        for start in range(0, len(doomed), _BATCH):
            batch = {one.id: one for one in doomed[start : start + _BATCH]}
            deleted, unnamed = context.records.retention.delete(list(batch), drop_cache=criteria.drop_cache)
            went = [batch[run_id] for run_id in deleted]
            collected.runs += went
            _remove(context, collected, [*unnamed, *(_run_folder(context, one) for one in went)])
    forgotten = context.records.retention.forget(namespace=namespace, drop_cache=drop_gone)
    kept = _modules(context.home)
    unnamed_modules = context.records.retention.unnamed_modules(kept)
    orphans = _old([*context.records.retention.orphans(folders, but={one.id for one in collected.runs}), *_paths(kept, unnamed_modules)])
    _remove(context, collected, (str(path) for path in orphans), known=orphans)
    _remove(context, collected, forgotten)
    return collected


def _run_folder(context: Context, run: Doomed) -> str:
    """The folder of a run's logs and attempts."""
    return str(context.home / "runs" / folder_name(run.id))


def _remove(context: Context, collected: Collected, uris: Iterable[str], *, known: Mapping[str, int] | None = None) -> None:
    """Remove what lies there; `known`: sizes of orphans that were measured already."""
    uris = list(uris)
    for uri in uris:
        _weigh(context, collected, uri, remove=True)
    for path in _outermost(_ours(context, uris)):
        size = sizes.extent(path).size if known is None else known[str(path)]
        try:
            context.store.remove(str(path), below=str(context.home))
        except OSError as error:
            collected.left[str(path)] = error.strerror or str(error)
        else:
            (collected.files if known is None else collected.orphans)[str(path)] = size


def _weigh(context: Context, collected: Collected, uri: str, *, remove: bool) -> None:
    """Note what a run has written into an object store, and remove it if that is wanted; anything else stays."""
    root = objects.root_of_run(uri)
    if not root:
        return
    try:
        size = context.objects.written(uri)
        if remove:
            context.store.remove(uri, below=root)
    except Unavailable as error:
        collected.left[uri] = error.message
    else:
        collected.files[uri] = size


def _ours(context: Context, uris: Iterable[str]) -> Iterator[Path]:
    """What of it is there, and below the home: what lies elsewhere is the user's own, and the store would not touch it."""
    home = context.home.resolve()
    for uri in uris:
        if is_local(uri) and os.path.lexists(path := local_path(uri)) and home in (path.parent.resolve() / path.name).parents:
            yield path


def _outermost(paths: Iterable[Path], *, below: Mapping[str, int] | None = None) -> list[Path]:
    """Those paths that lie in no other one of them, nor in one of `below`."""
    found: list[Path] = []
    outer = {Path(path) for path in below or ()}
    for path in sorted(set(paths)):
        if not outer & {path, *path.parents}:
            outer.add(path)
            found.append(path)
    return found


# ---------------------------------------------------------------- folders on disk


def _run_folders(home: Path) -> list[RunFolder]:
    """The folders below `runs` and `artifacts` that have the name of a run."""
    logs = [RunFolder(path, logs=True) for path in _inside(home / "runs") if _RUN_ID.fullmatch(path.name)]
    return logs + [RunFolder(path, tuple(_attempts(path))) for path in _named_as_runs(home / "artifacts", _DEEPEST)]


def _modules(home: Path) -> dict[str, list[Path]]:
    """What is kept of the authors' modules, by digest: the archive, what was unpacked of it, and what was left half done."""
    found: dict[str, list[Path]] = {}
    for digest, path in modules.kept(home):
        found.setdefault(digest, []).append(path)
    return found


def _paths(kept: Mapping[str, Sequence[Path]], digests: Iterable[str]) -> Iterator[Path]:
    for digest in digests:
        yield from kept[digest]


def _named_as_runs(folder: Path, depth: int) -> Iterator[Path]:
    for path in _inside(folder):
        if _RUN_ID.fullmatch(path.name):
            yield path
        elif depth > 1:
            yield from _named_as_runs(path, depth - 1)


def _attempts(folder: Path) -> Iterator[str]:
    for task in _inside(folder):
        yield from (f"{task.name}/{attempt.name}" for attempt in _inside(task) if attempt.name.isdigit())


def _inside(folder: Path) -> Sequence[Path]:
    """The folders in a folder; links are not followed."""
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return ()


def _old(paths: Iterable[Path]) -> dict[str, int]:
    """Those in which nothing was changed lately, with their sizes in bytes."""
    before = time.time() - ORPHANED_FOR
    measured = {str(path): sizes.extent(path) for path in paths}
    return {path: extent.size for path, extent in measured.items() if extent.changed_at < before}
