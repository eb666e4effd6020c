"""Artifacts larger than memory, in a process of their own whose memory is measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import stores
from tests.repo.tree import ROOT

pytestmark = pytest.mark.slow

_GIGABYTES = 5
_MOST_MEMORY = 300 << 20  # bytes

_PROGRAM = """
import json, sys
from pathlib import Path
from tests import memory, stores

environ, uri, source, target = json.loads(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
store = stores.opened(environ)
sent = store.upload(source, uri, stopped=lambda: False)
source.unlink()
got = store.download(uri, target, stopped=lambda: False)
print(json.dumps([sent, got, target.stat().st_size, memory.peak()]))
"""


def test_five_gigabytes_pass_in_bounded_memory(tmp_path: Path) -> None:
    """Both ways, with the same digest."""
    source = tmp_path / "source"
    with source.open("wb") as file:
        for number in range(_GIGABYTES):
            file.seek(number << 30)
            file.write(f"part {number}".encode())
        file.truncate(_GIGABYTES << 30)
    with stores.running(stores.S3, tmp_path / "s3") as server:
        arguments = [json.dumps(dict(server.environ)), "s3://bucket/large", str(source), str(tmp_path / "target")]
        done = subprocess.run([sys.executable, "-c", _PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    sent, got, size, memory = json.loads(done.stdout)
    assert sent == got
    assert (sent[1], size) == (_GIGABYTES << 30, _GIGABYTES << 30)
    assert memory < _MOST_MEMORY, f"{memory >> 20} MiB"
    print(f"{memory >> 20} MiB for {_GIGABYTES} GiB")  # noqa: T201  # the figure
