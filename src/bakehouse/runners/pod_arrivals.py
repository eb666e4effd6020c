"""What the keeper of an attempt brings to the server: it comes to lie in the attempt's folder as a local step would have left it.

Everything may arrive twice, and in the middle of it the server may be started anew: bytes come with their offset. What is there already is
passed over, a gap is refused with the offset that is expected. Once the attempt has ended, nothing is taken of it any more.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bakehouse.ir.digests import digest_text
from bakehouse.ir.values import JsonObject
from bakehouse.pod import archives, protocol
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.errors import AttemptOver, BadArrival, Incomplete, Misplaced, TooMuch, Untaken
from bakehouse.runners.outputs import LARGEST_TEXT
from bakehouse.runners.pods import PodDocument

_ARRIVING = ".arriving"
_LOCK = ".lock"
_LARGEST_ERROR = 16 << 20  # bytes, as much as is read of it
_LARGEST_SERIES = 65 << 20  # bytes: the runtime stops at 64 MiB
_BESIDE_LOG = 1 << 20  # bytes of a log beyond its limit: its end, and what is said of a cut
_LONGEST_NAME = 255  # bytes


@dataclass(frozen=True)
class Part:
    """Some bytes of what arrives, at an offset; `last`: there are no more."""

    data: bytes
    offset: int
    last: bool = False


class Arrivals:
    """Takes what is brought of one attempt. Any thread may call it, for the same thing too.

    All raise `AttemptOver`, `Misplaced`, `TooMuch`, and `Untaken` for what the disk refuses.
    """

    def __init__(self, folder: AttemptFolder, document: PodDocument) -> None:
        self._folder, self._document = folder, document

    def grow(self, name: str, part: Part) -> int:
        """Append to the log or the series: how long it is now. It lies on the disk then. Raises `BadArrival` for any other name."""
        if name not in protocol.GROWING:
            raise BadArrival(what=name, why="it is neither the log nor the series")
        most = self._document.log_limit + _BESIDE_LOG if name == "log" else _LARGEST_SERIES
        with self._taking(), self._kept_open():
            return _append(self._folder.path / name, part, most, sync=True)

    def output(self, name: str, part: Part) -> int:
        """The text of an output parameter. Raises `BadArrival` for a name that the step does not have."""
        if name not in self._document.outputs:
            raise BadArrival(what=name, why="the step has no such output")
        return self._file(self._folder.path / "outputs" / name, part, LARGEST_TEXT)

    def file(self, name: str, part: Part) -> int:
        """A document of the step. Raises `BadArrival` for any other name."""
        if name == protocol.ERROR:
            return self._file(self._folder.path / name, part, _LARGEST_ERROR)
        if name == protocol.DOCUMENT:
            return self._file(Path(self._document.root) / name, part, LARGEST_TEXT)
        raise BadArrival(what=name, why="the step leaves no such file")

    def artifact(self, name: str, part: Part, *, kind: str) -> int:
        """An artifact, a file or the tar of a folder: once the last part is there, it lies below the root of the attempt. Raises `BadArrival`."""
        if name in {"", ".", "..", protocol.DOCUMENT} or len(os.fsencode(name)) > _LONGEST_NAME or "/" in name or "\0" in name:
            raise BadArrival(what=name, why="it is no name of an artifact")
        target = Path(self._document.root) / name
        return self._file(target, part, 0) if kind == protocol.FILE else self._tree(target, part)

    def checkpoint(self, part: Part) -> int:
        """The tar of the folder that the attempts of the task share: once the last part is there, it replaces what was there. Raises `BadArrival`."""
        return self._tree(self._folder.checkpoint, part)

    def check(self, brought: int, grown: Mapping[str, int]) -> None:
        """Raises `Incomplete` where not all has come that the keeper has brought: so many whole things, so many bytes of what grows.

        It brought the rest to the server of another home then, from which this one has taken the attempt over.
        """
        if self._folder.ended():
            return
        whole = [one for one in (self._folder.path / _ARRIVING).glob("*") if one.suffix != _LOCK]
        if len(whole) < brought or any(_size(self._folder.path / name) < size for name, size in grown.items()):
            raise Incomplete(attempt=str(self._folder.path))

    def end(self, told: JsonObject) -> bool:
        """Write down how it ended; false if that is written already, which nothing changes any more."""
        try:
            ended = self._folder.end(told)
        except OSError as error:
            raise Untaken(what=str(self._folder.path), why=error.strerror or str(error)) from error
        shutil.rmtree(self._folder.path / _ARRIVING, ignore_errors=True)
        for half in self._halves():
            with suppress(OSError):  # whoever takes it now sees that it is too late, and deletes it
                _clear(half)
        return ended

    def _halves(self) -> Iterator[Path]:
        """What never became whole."""
        for place in (self._folder.path, self._folder.path / "outputs", Path(self._document.root)):
            yield from place.glob(f"{_ARRIVING}-*")
        yield from self._folder.checkpoint.parent.glob(f"{_ARRIVING}-{self._word(self._folder.checkpoint)}*")

    # ------------------------------------------------------------ bytes

    @contextmanager
    def _taking(self) -> Iterator[None]:
        """Nothing is taken after the end. What the disk refuses is said as such: the keeper tries again, for there may be room then."""
        if self._folder.ended():
            raise AttemptOver(attempt=str(self._folder.path))
        try:
            yield
        except archives.Unsafe as error:
            raise BadArrival(what="an archive", why=str(error)) from error
        except OSError as error:
            raise Untaken(what=str(self._folder.path), why=error.strerror or str(error)) from error

    @contextmanager
    def _kept_open(self) -> Iterator[None]:
        """What is done meanwhile is done before the end, or not at all: it may have come while a folder was unpacked."""
        with self._folder.kept_open() as is_open:
            if not is_open:
                raise AttemptOver(attempt=str(self._folder.path))
            yield

    def _file(self, target: Path, part: Part, most: int) -> int:
        """A file that is put into its place when it is whole."""

        def put(aside: Path) -> None:
            with self._kept_open():
                _clear(target)
                aside.replace(target)

        return self._whole(target, part, most, put)

    def _tree(self, target: Path, part: Part) -> int:
        """A folder that is put into its place when its tar is whole."""

        def put(aside: Path) -> None:
            unpacked = aside.with_name(f"{aside.name}-unpacked")
            _clear(unpacked)
            try:
                with aside.open("rb") as file:
                    archives.unpack(file, str(unpacked))
                with self._kept_open():
                    _clear(target)
                    unpacked.rename(target)
            finally:
                _clear(unpacked)
                aside.unlink(missing_ok=True)

        return self._whole(target, part, 0, put)

    def _whole(self, target: Path, part: Part, most: int, put: Callable[[Path], None]) -> int:
        """Gather what arrives beside its place, and `put` it there with the last part. Whoever sends that one again is told the same again."""
        with self._taking(), self._alone(target) as noted:
            total = part.offset + len(part.data)
            aside = target.with_name(f"{_ARRIVING}-{noted.name}")
            if part.offset == 0:  # it begins anew, whatever came before
                noted.unlink(missing_ok=True)
                aside.unlink(missing_ok=True)
            elif part.last and noted.exists() and noted.read_text() == str(total):
                return total
            size = _append(aside, part, most, sync=part.last)
            if part.last:
                if size != total:
                    raise BadArrival(what=target.name, why=f"it ends at byte {total}, but {size} bytes have come before")
                put(aside)
                noted.write_text(str(total))
            return size

    @contextmanager
    def _alone(self, target: Path) -> Iterator[Path]:
        """Nobody else takes the same thing meanwhile; the file that notes how long it was when it was whole."""
        noted = self._folder.path / _ARRIVING / self._word(target)
        noted.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(f"{noted}{_LOCK}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield noted
        finally:
            os.close(descriptor)

    def _word(self, target: Path) -> str:
        """What arrives for it by this attempt: another one may bring the same checkpoint."""
        return digest_text(f"{self._folder.path}\0{target}")[:16]


def _append(path: Path, part: Part, most: int, *, sync: bool) -> int:
    """Append what is new of a part, and see that all lies on the disk if that is wanted: how long the file is now. 0 for `most`: no limit.

    Raises `Misplaced`, `TooMuch`, `OSError`.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        if part.offset > size:
            raise Misplaced(offset=part.offset, expected=size)
        if most and part.offset + len(part.data) > most:
            raise TooMuch(what=path.name, most=most)
        new = memoryview(part.data)[size - part.offset :]
        done = 0
        while done < len(new):
            done += os.pwrite(descriptor, new[done:], size + done)
        if sync and (new or part.last):
            os.fdatasync(descriptor)
        return size + len(new)
    finally:
        os.close(descriptor)


def _size(path: Path) -> int:
    """How long a file is; 0: there is none."""
    return path.stat().st_size if path.exists() else 0


def _clear(path: Path) -> None:
    """Delete what an earlier try has left, whatever it is."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
