"""What grows is sent as it grows, and nothing that is no such file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.pod.growing import Growing
from bakehouse.pod.speaking import Server
from tests.unit.pod.servers import Answer, Scripted, error, ok


class Kept:
    """The log on a server, which may refuse."""

    def __init__(self) -> None:
        self.data, self.most = b"", 1 << 30
        self.server = Scripted(always=self._taken)

    def _taken(self, path: str, body: bytes) -> Answer:
        offset = int(path.partition("offset=")[2])
        if offset > len(self.data):
            return error(409, "misplaced", Upload_Offset=str(len(self.data)))
        if offset + len(body) > self.most:
            return error(413, "too_much")
        self.data += body[len(self.data) - offset :]
        return ok()


@pytest.fixture
def kept() -> Iterator[Kept]:
    """It."""
    made = Kept()
    yield made
    made.server.close()


@pytest.fixture
def growing(kept: Kept, tmp_path: Path) -> Iterator[Growing]:
    """The keeper's side of the log."""
    folder, server = os.open(tmp_path, os.O_RDONLY), Server(kept.server.url, "token")
    yield Growing(server, folder, "log")
    server.close()
    os.close(folder)


def test_it_is_sent_as_it_grows(kept: Kept, growing: Growing, tmp_path: Path) -> None:
    """Whatever its size, and also before it is there."""
    growing.pump()
    assert kept.server.asked == []
    with (tmp_path / "log").open("ab", buffering=0) as log:
        for piece in (b"one\n", os.urandom(3 << 20), b"end"):
            log.write(piece)
            growing.pump()
    assert kept.data == (tmp_path / "log").read_bytes()
    before = len(kept.server.asked)
    growing.pump()
    assert len(kept.server.asked) == before


def test_a_server_that_has_less_than_it_said(kept: Kept, growing: Growing, tmp_path: Path) -> None:
    """It was restored from a copy: what it lacks is sent again."""
    (tmp_path / "log").write_bytes(b"0123456789")
    growing.pump()
    kept.data = b"0123"
    with (tmp_path / "log").open("ab") as log:
        log.write(b"more")
    growing.pump()
    assert kept.data == b"0123456789more"


def test_more_than_the_server_takes(kept: Kept, growing: Growing, tmp_path: Path) -> None:
    """Then no more of it is sent, and nothing else is kept from its work."""
    kept.most = 5
    (tmp_path / "log").write_bytes(b"0123456789")
    growing.pump()
    growing.pump()
    assert len(kept.server.asked) == 1


def test_another_server_is_sent_all_of_it(kept: Kept, growing: Growing, tmp_path: Path) -> None:
    """The rest that is not in the file, too, and what the first one did not take; nothing that comes into the file afterwards."""
    (tmp_path / "log").write_bytes(b"said")
    growing.end(b"last words" * 10_000)
    (tmp_path / "log").write_bytes(b"said by others")
    growing.pump()
    assert kept.data == b"said" + b"last words" * 10_000
    kept.data, kept.most = b"", 3
    growing.again()
    growing.pump()
    assert (kept.data, growing.sent) == (b"", 0)
    kept.most = 1 << 30
    growing.again()
    growing.pump()
    assert kept.data == b"said" + b"last words" * 10_000
    assert growing.sent == len(kept.data)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_file(kept: Kept, growing: Growing, tmp_path: Path, kind: str) -> None:
    """`main` may have put anything there: nothing of it is sent."""
    if kind == "link":
        (tmp_path / "secret").write_text("secret")
        (tmp_path / "log").symlink_to("secret")
    elif kind == "pipe":
        os.mkfifo(tmp_path / "log")
    else:
        (tmp_path / "log").mkdir()
    growing.pump()
    growing.again()
    growing.pump()
    assert kept.server.asked == []
