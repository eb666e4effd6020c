"""What a step leaves at a path that only its container sees."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bakehouse.runners import container_leavings
from bakehouse.runners.errors import BadOutput
from tests.unit.runners.left import Attempt


class Pieces(list[bytes]):
    """A stream of an engine."""

    def release(self) -> None:
        """There is nothing to let go of."""


@dataclass
class Engine:
    """A container engine that has one thing in one container."""

    member: tarfile.TarInfo

    def archive(self, name: str, path: str) -> Pieces:
        """It, in pieces."""
        del name, path
        whole = io.BytesIO()
        with tarfile.open(fileobj=whole, mode="w") as archive:
            archive.addfile(self.member, io.BytesIO(b"x" * self.member.size))
        data = whole.getvalue()
        return Pieces(data[at : at + 700] for at in range(0, len(data), 700))


def brought(tmp_path: Path, member: tarfile.TarInfo) -> Path:
    """Where the artifact comes to lie."""
    attempt = Attempt(tmp_path)
    target = attempt.root / "data"
    attempt.says(artifacts={"data": {"artifacts": [{"name": "data", "uri": str(target), "custom_path": "/only/there"}]}})
    engine: Any = Engine(member)
    container_leavings.bring(engine, "container", attempt.launch, folder=attempt.folder, work="/")
    return target


def test_a_file_is_brought(tmp_path: Path) -> None:
    """By whatever name it had in the container."""
    member = tarfile.TarInfo("there")
    member.size = 5000
    assert brought(tmp_path, member).read_bytes() == b"x" * 5000


def test_what_is_no_file_is_the_steps_fault(tmp_path: Path) -> None:
    """Nobody is to ask the engine for it again and again."""
    member = tarfile.TarInfo("there")
    member.type = tarfile.FIFOTYPE
    with pytest.raises(BadOutput, match="neither a file nor a folder"):
        brought(tmp_path, member)
