"""A finished attempt's folder to its `Ending`: what it gave, or why it failed."""

from __future__ import annotations

import shutil
import signal
import stat
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from bakehouse.clock import Clock
from bakehouse.errors import Unavailable
from bakehouse.ir.execution import Artifact, Cause, Ending, LaunchSpec, Outputs, StepError, Usage
from bakehouse.ir.values import JsonObject
from bakehouse.runners import apart, benches, disks, inputs, outputs, publishing, unwritten
from bakehouse.runners import launch as launching
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.copying import copy_whole
from bakehouse.runners.errors import BadOutput, Uncollected
from bakehouse.runners.inputs import Known
from bakehouse.runners.launch import executor_output
from bakehouse.storage.errors import Abandoned, Altered, Away, NotInstalled, Refused, Special
from bakehouse.storage.files import NOTHING, Files, is_local, local_path
from bakehouse.storage.objects import NoObjects, Objects

_ERROR_FIELDS = ("message", "type", "file", "function", "source_line", "traceback", "remedy")
_OUT_OF_MEMORY = "The kernel's OOM killer is the usual reason: let the step use less memory, or run fewer steps at a time."
_SIGNALLED = 128
_END_OF_TIME = 253_402_300_799  # seconds since the epoch: the year 9999
_MOST_BYTES = 1 << 62
_KILLED_FOR_MEMORY = StepError(
    message="the step ran out of memory: the kernel ended it",
    type="OutOfMemory",
    remedy="Let it use less memory, or ask for more (.set_memory_request, .set_memory_growth), so that fewer steps run beside it.",
)
_MAY_BE_CUT = "the log may be cut: what the step printed in its last seconds was lost with its pod"
#: What whoever watches a pod's `main` tells of its end.
_TOLD = {
    "timeout": (Cause.TIMEOUT, StepError(message="the step ran longer than its limit", remedy='Give it more time: .set_timeout(running="…").')),
    "killed": (Cause.LOST, StepError(message="the container of the step was killed without a word", remedy="Its pod may tell why.")),
}
_UNREADABLE = "Let the step write plain files and folders that the user who runs the engine may read, at the paths that it is given."
#: Causes that whoever brings a step its inputs and takes its outputs can tell of a fault.
_BLAMED = frozenset({Cause.STORE.value, Cause.INPUT_MISSING.value, Cause.ENGINE.value, Cause.BAD_OUTPUT.value})
#: Causes that a step itself can tell.
_SAID = frozenset({Cause.BAD_OUTPUT.value, Cause.STORE.value, Cause.OUT_OF_MEMORY.value, Cause.ENVIRONMENT.value})


@dataclass(frozen=True)
class Collector:
    """Reads what attempts left. Any thread may call it. `apart`: their steps had another file system than whoever collects."""

    store: Files
    known: Known
    clock: Clock
    objects: Objects = field(default_factory=NoObjects)
    apart: bool = False

    def collect(self, launch: LaunchSpec, folder: AttemptFolder) -> Ending:
        """How the attempt ended; its outputs are digested and sealed. What is wrong with them is an ending too.

        Raises `Uncollected` while a disk keeps it from being told: the step is not run again for that.
        """
        try:
            return self._collected(launch, folder)
        except OSError as error:  # its own folder, which the step may have made unreadable
            if disks.may_be_back(error):
                raise Uncollected(why=str(error)) from error
            said = StepError(message=f"what the step left cannot be read: {error}", type=type(error).__name__, remedy=_UNREADABLE)
            return Ending(cause=Cause.BAD_OUTPUT, error=said, times={"collected": self.clock()})

    def _collected(self, launch: LaunchSpec, folder: AttemptFolder) -> Ending:
        left = folder.read("exit")
        if left is None:
            return replace(_lost(folder), times=self._times(folder, {}))
        ending = _as_given_up(left) or _failure(left, folder) or self._gathered(launch, folder, left)
        if launch.code is not None:
            self._forget(folder.modules)
        if launching.fetches(launch, folder.path):
            self._forget(folder.path / "inputs")
        if ending.cause is None:
            self._forget(folder.checkpoint)
        elif _is_full(ending):
            self._make_room(launch, folder)
        return replace(ending, times=self._times(folder, left), log_note=_log_note(left, folder))

    def _gathered(self, launch: LaunchSpec, folder: AttemptFolder, left: JsonObject) -> Ending:
        """How an attempt ended whose step ended well. Raises `Uncollected`."""
        try:
            return self._succeeded(launch, folder, left)
        except BadOutput as error:
            said = StepError(message=error.message, type="BadOutput", remedy=error.remedy or "")
        except Abandoned:
            return Ending(cause=Cause.TERMINATED, error=StepError(message="terminated while its outputs were uploaded"), usage=_usage(left))
        except (OSError, Unavailable) as error:
            message = error.message if isinstance(error, Unavailable) else f"what the step wrote cannot be collected: {error}"
            if disks.may_be_back(error):
                raise Uncollected(why=message, remedy=_remedy(error)) from error
            if isinstance(error, (Refused, NotInstalled, Altered)):
                return replace(refused(error), exit_code=0, usage=_usage(left))
            # The disk is there and refuses: what the step wrote may not be read, and another attempt would write it again.
            said = StepError(message=message, type=type(error).__name__, remedy=_UNREADABLE)
        return Ending(cause=Cause.BAD_OUTPUT, exit_code=0, error=said, usage=_usage(left))

    def _make_room(self, launch: LaunchSpec, folder: AttemptFolder) -> None:
        """Delete what a failed attempt has written, and its copies of inputs: nobody will read it, and the records need the space.

        Only of an attempt that has failed by itself: whoever collects it again finds it failed again.
        """
        for place in (local_path(benches.near(launch, folder.path).root), folder.path / "inputs", folder.work):
            with suppress(OSError, Unavailable):  # then it stays: the disk may be full of something else
                self.store.remove(str(place), below=str(place.parent))

    def _forget(self, folder: Path) -> None:
        """Delete what nobody needs any more, such as the checkpoint of a task that has succeeded: whoever collects it again does without it too."""
        try:
            folder.rmdir()  # most steps leave nothing in their checkpoint
        except FileNotFoundError:
            pass
        except OSError:
            with suppress(OSError, Unavailable):  # then it stays until the run is deleted
                self.store.remove(str(folder), below=str(folder.parent))

    def _succeeded(self, launch: LaunchSpec, folder: AttemptFolder, left: JsonObject) -> Ending:
        near = benches.near(launch, folder.path)
        root = local_path(near.root)
        if self.apart:
            apart.documents(near, folder.path)
        document = outputs.read_document(executor_output(near))
        given = outputs.parameters(launch, folder.path, document)
        found: dict[str, tuple[Artifact, ...]] = {}
        for name, group in outputs.artifacts(near, document).items():
            found[name] = tuple(self._published(artifact, custom, launch, folder) for artifact, custom in group)
        # None of the published artifacts can be replaced by another file then.
        with suppress(OSError):
            root.chmod(stat.S_IMODE(root.stat().st_mode) & ~0o222)
        gave = Outputs(given, found)
        gave = replace(gave, unwritten=unwritten.notes(near, folder, _near(gave, launch, folder)))
        self._forget_uploaded(gave, launch, folder)
        return Ending(exit_code=0, outputs=gave, usage=_usage(left), inputs_unchanged=inputs.unchanged(launch, self.known))

    def _published(self, artifact: Artifact, custom: str, launch: LaunchSpec, folder: AttemptFolder) -> Artifact:
        """The artifact as it will be recorded: its bytes in place, protected, digested."""
        uri = benches.path(artifact.uri, launch, folder.path)
        uri = uri if "://" in uri else str(folder.work / uri)
        artifact = replace(artifact, uri=uri, id=str(uuid.uuid4()))
        try:
            if not is_local(uri):
                return self._looked_at(artifact)
            path = local_path(uri)
            if self.apart:
                self._check(path, custom, artifact.name, launch, folder)
            if address := benches.address(path, launch, folder.path):
                source = _left(folder.work / custom, artifact.name) if custom else path
                digest, size = publishing.upload(source, address, folder, self.objects)
                return replace(artifact, uri=address, digest=digest, size=size)
            if custom:
                _copy(folder.work / custom, path, artifact.name)
            # What lies elsewhere is the user's own: it is recorded, not taken over.
            if local_path(launch.root) in path.parents:
                self.store.seal(uri)
            digest, size = self.known.digest(uri) or (NOTHING, 0)
        except Special as error:
            raise BadOutput(f"output {artifact.name}: {error.message}") from error
        return replace(artifact, digest=digest, size=size)

    def _check(self, path: Path, custom: str, name: str, launch: LaunchSpec, folder: AttemptFolder) -> None:
        near = benches.near(launch, folder.path)
        if custom:
            apart.custom(folder.work / custom, near, folder.path, name)
        apart.artifact(path, near, name)

    def _looked_at(self, artifact: Artifact) -> Artifact:
        """One whose bytes the step put elsewhere: we never read them."""
        found = self.objects.find(artifact.uri) if self.objects.serves(artifact.uri) else None
        return artifact if found is None else replace(artifact, digest=found.digest, size=found.size)

    def _forget_uploaded(self, gave: Outputs, launch: LaunchSpec, folder: AttemptFolder) -> None:
        """Delete what lies in an object store now: whoever collects the attempt again finds that noted."""
        bench = benches.folder(launch, folder.path)
        if bench is None:
            return
        for group in gave.artifacts.values():
            for one in group:
                with suppress(OSError, Unavailable):  # then it stays until the run is deleted
                    self.store.remove(benches.path(one.uri, launch, folder.path), below=str(bench))

    def _times(self, folder: AttemptFolder, left: JsonObject) -> Mapping[str, float]:
        said = left.get("times") or {}
        times = {str(name): float(at) for name, at in said.items() if _number(at, _END_OF_TIME) is not None}
        launched = _number((folder.read("claim") or {}).get("at"), _END_OF_TIME)
        if launched is not None:
            times = {"launched": launched, **times}
        return {**times, "collected": self.clock()}


def refused(error: Unavailable) -> Ending:
    """The ending of an attempt that a store refused something: it would again."""
    said = StepError(message=error.message, type=type(error).__name__, remedy=error.remedy or "")
    return Ending(cause=Cause.STORE, error=said, retryable=False)


def given_up(ending: Ending, at: float) -> JsonObject:
    """The document `exit` of an attempt that is given up, which has failed then: `collect` gives that ending. `at`: seconds since the epoch."""
    assert ending.cause is not None  # noqa: S101  # for the type checker
    assert ending.error is not None  # noqa: S101  # for the type checker
    said = {name: getattr(ending.error, name) for name in _ERROR_FIELDS}
    return {"code": ending.exit_code, "times": {"ended": at}, "given_up": {"cause": ending.cause.value, **said}}


def lost(message: str) -> Ending:
    """The ending of an attempt that left no word."""
    return Ending(cause=Cause.LOST, error=StepError(message=message))


def _lost(folder: AttemptFolder) -> Ending:
    words = folder.runtime_words()
    if words:
        return lost(f"the process of the step ended without a word; its supervisor said: {words}")
    return lost("the process of the step is gone without a word: the machine was restarted, or its supervisor was killed")


def _last_words(folder: AttemptFolder) -> JsonObject | None:
    """What the step said about its failure. The exit code tells without, where it left something there that cannot be read."""
    try:
        return folder.read("error.json")
    except OSError as error:
        if disks.may_be_back(error):
            raise
        return None


def _as_given_up(left: JsonObject) -> Ending | None:
    """How the attempt was given up, if it was."""
    said = left.get("given_up")
    return Ending(cause=Cause(said["cause"]), exit_code=left.get("code"), error=_step_error(said)) if said else None


def _failure(left: JsonObject, folder: AttemptFolder) -> Ending | None:
    """How the attempt failed, if it did."""
    code, fault = left.get("code"), left.get("fault")
    ending = Ending(exit_code=code if isinstance(code, int) else None, usage=_usage(left))
    if left.get("stopped"):
        return replace(ending, cause=Cause.TERMINATED, error=StepError(message="terminated on request"))
    if fault:
        blamed = left.get("cause")
        cause = Cause(blamed) if blamed in _BLAMED else Cause.STORE if disks.is_to_blame(str(fault)) else Cause.ENGINE
        return _explained(replace(ending, cause=cause, error=StepError(message=str(fault))))
    if told := next((word for word in _TOLD if left.get(word)), None):
        return replace(ending, cause=_TOLD[told][0], error=_TOLD[told][1])
    if code == 0:
        return None
    error = _last_words(folder)
    if error is not None and isinstance(error.get("message"), str):
        said = error.get("cause")
        cause = Cause(said) if said in _SAID else Cause.USER_ERROR
        return _explained(replace(ending, cause=cause, error=_step_error(error), retryable=error.get("retryable") is not False))
    return _unexplained(ending, left)


def _unexplained(ending: Ending, left: JsonObject) -> Ending:
    """How an attempt failed of which the step itself said nothing."""
    if left.get("out_of_memory"):
        return replace(ending, cause=Cause.OUT_OF_MEMORY, error=_KILLED_FOR_MEMORY)
    if last_words := str(left.get("last_words") or "").rstrip():
        message = f"a disk is full: {last_words.splitlines()[-1]}"
        return replace(ending, cause=Cause.STORE, error=StepError(message=message, traceback=last_words, remedy=disks.ROOM_MADE))
    return replace(ending, cause=Cause.EXIT_CODE, error=_ended_by(left.get("code"), left.get("signal")))


def _is_full(failed: Ending) -> bool:
    """Whether an attempt failed since a disk was full, by its own words."""
    error = failed.error
    return error is not None and (error.remedy == disks.ROOM_MADE or disks.is_full(error.message))


def _explained(failed: Ending) -> Ending:
    """The same, with what to do where a disk was full and nobody has said so."""
    if failed.error is None or failed.error.remedy or not _is_full(failed):
        return failed
    return replace(failed, error=replace(failed.error, remedy=disks.ROOM_MADE))


def _step_error(error: JsonObject) -> StepError:
    line = error.get("line")
    texts = {name: str(error.get(name) or "") for name in _ERROR_FIELDS}
    return StepError(line=line if isinstance(line, int) else None, **texts)


def _ended_by(code: object, number: object) -> StepError:
    if isinstance(number, int):
        try:
            name = signal.Signals(number).name
        except ValueError:
            name = f"signal {number}"
        remedy = _OUT_OF_MEMORY if number == signal.SIGKILL else ""
        return StepError(message=f"killed by {name}", type=name, remedy=remedy)
    remedy = _OUT_OF_MEMORY if code == _SIGNALLED + signal.SIGKILL else ""
    return StepError(message=f"exit code {code}", type="ExitCode", remedy=remedy)


def _usage(left: JsonObject) -> Usage:
    peak = _number(left.get("peak_memory"), _MOST_BYTES)
    return Usage(cpu_seconds=_number(left.get("cpu_seconds"), _END_OF_TIME), peak_memory=None if peak is None else int(peak))


def _number(value: object, most: int) -> float | None:
    """A number from 0 to `most`. A step may have written it: what no calendar and no database has would end the engine's work."""
    return value if isinstance(value, (int, float)) and 0 <= value <= most else None


def _log_note(left: JsonObject, folder: AttemptFolder) -> str:
    if left.get("given_up"):
        return _MAY_BE_CUT if (folder.path / "log").exists() else ""
    log = left.get("log") or {}
    written, kept = log.get("bytes"), log.get("kept")
    if isinstance(written, int) and isinstance(kept, int) and kept < written:
        return f"the log is cut: the step wrote {written:,} bytes, {kept:,} are kept"
    return ""


def _near(gave: Outputs, launch: LaunchSpec, folder: AttemptFolder) -> Outputs:
    """The same, with the local paths at which artifacts were written."""
    artifacts = {name: tuple(replace(one, uri=benches.path(one.uri, launch, folder.path)) for one in group) for name, group in gave.artifacts.items()}
    return replace(gave, artifacts=artifacts)


def _remedy(error: OSError | Unavailable) -> str:
    """What to do while something is waited for."""
    return (error.remedy if isinstance(error, Away) else None) or "See that its disk is there and has room: it is collected then."


def _left(source: Path, name: str) -> Path:
    """What a step left at its `custom_path`. Raises `BadOutput` where it left nothing."""
    if not source.exists():
        raise BadOutput(f"output {name}: nothing lies at its custom_path {source}")
    return source


def _copy(source: Path, target: Path, name: str) -> None:
    """Bring what a step left at its `custom_path` to where its artifact belongs; aside first, so that a second try finds no half."""
    _left(source, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source == target or not target.parent.stat().st_mode & stat.S_IWUSR:
        return  # it was collected before: the folder is protected
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    copy_whole(source, target, aside=target.with_name(f".{target.name}-copying"))
