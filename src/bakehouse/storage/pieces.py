"""Bytes on their way, in pieces of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from blake3 import blake3

#: Bytes in a piece: S3 takes 10,000 parts of an object, so this allows for some 80 GB.
PIECE = 8 << 20
#: Files of a folder that are under way at a time.
TOGETHER = 4

One = TypeVar("One")
Done = TypeVar("Done")


def after(pieces: Iterable[bytes], offset: int) -> Iterator[bytes]:
    """The pieces without their first bytes."""
    for piece in pieces:
        if offset < len(piece):
            yield piece[offset:]
        offset = max(0, offset - len(piece))


def gathered(pieces: Iterator[bytes]) -> bytes:
    """The first bytes: a piece or more of them, or all there are."""
    first = bytearray()
    for piece in pieces:
        first += piece
        if len(first) >= PIECE:
            break
    return bytes(first)


def in_parallel(do: Callable[[One], Done], several: Sequence[One]) -> list[Done]:
    """Do this with several things, `TOGETHER` at a time; once one has failed no further one is begun, and its error is raised."""
    if len(several) < 2:  # noqa: PLR2004  # one needs no threads
        return [do(one) for one in several]
    with ThreadPoolExecutor(min(TOGETHER, len(several)), thread_name_prefix="bakehouse-files") as threads:
        waiting = [threads.submit(do, one) for one in several]
        try:
            return [one.result() for one in waiting]
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


class Counted:
    """Pieces that are digested and counted while they pass."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._hasher = blake3()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = next(self._pieces)
        self._hasher.update(piece)
        self.size += len(piece)
        return piece

    @property
    def digest(self) -> bytes:
        """The BLAKE3 of what has passed."""
        return self._hasher.digest()
