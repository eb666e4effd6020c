"""Whatever a step writes, however much of it: nothing hangs, memory stays bounded, the log is whole or says what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.task.attempts import Attempt


@pytest.fixture
def attempt(tmp_path: Path) -> Iterator[Attempt]:
    """An attempt of a component that does nothing; nothing of it outlives the test."""
    made = Attempt(tmp_path / "attempt")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait(10)


def test_100_mb_are_taken_fast_and_in_little_memory(attempt: Attempt) -> None:
    """The beginning is kept up to the limit, then a line that says how much is missing, then the end; the supervisor stays small."""
    limit = 20 << 20
    attempt.changes = {"log_limit": limit}
    attempt.body = """
        def step():
            import os
            lines = b"".join(b"line %07d\\n" % n for n in range(81920))
            for _ in range(80):
                os.write(1, lines)
            print("the very end")
        """
    begin = time.monotonic()
    attempt.start()
    assert attempt.process is not None
    peak = 0
    while attempt.process.poll() is None:
        peak = max(peak, resident(attempt.process.pid))
        time.sleep(0.01)
    assert time.monotonic() - begin < 15
    assert attempt.exit["code"] == 0
    written = attempt.exit["log"]["bytes"]
    assert written == 80 * 81920 * 13 + len("the very end\n")
    assert peak < 40 << 20
    kept = (attempt.folder / "log").read_bytes()
    note = kept[limit:].split(b"\n", 2)
    missing = written - attempt.exit["log"]["kept"]
    assert b"[bakehouse: %d bytes left out here]" % missing in kept[limit - 1 : limit + 100]
    assert note
    assert kept.endswith(b"line 0081919\nthe very end\n")
    assert limit < attempt.exit["log"]["kept"] <= limit + (64 << 10)
    assert len(kept) <= limit + (64 << 10) + 200


def resident(pid: int) -> int:
    """Bytes of memory that this process has; 0 if it has ended."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) << 10
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def test_output_within_the_limit_is_whole(attempt: Attempt) -> None:
    """Every byte, in order, without a note."""
    attempt.body = "def step():\n    import os\n    for n in range(100):\n        os.write(1, bytes([n]) * 100_000)\n"
    attempt.run()
    assert (attempt.folder / "log").read_bytes() == b"".join(bytes([n]) * 100_000 for n in range(100))
    assert attempt.exit["log"] == {"bytes": 10_000_000, "kept": 10_000_000}


def test_output_a_little_over_the_limit_is_whole(attempt: Attempt) -> None:
    """What the end of the log can hold is not left out."""
    attempt.changes = {"log_limit": 1000}
    attempt.body = "def step():\n    import os\n    os.write(1, b'x' * 50_000)\n"
    attempt.run()
    assert attempt.log == "x" * 50_000


def test_output_without_a_newline(attempt: Attempt) -> None:
    """One endless line is cut like others."""
    attempt.changes = {"log_limit": 1000}
    attempt.body = "def step():\n    import os\n    for _ in range(1000):\n        os.write(1, b'x' * 1000)\n"
    attempt.run()
    missing = 1_000_000 - 1000 - (64 << 10)
    assert attempt.log == "x" * 1000 + f"\n[bakehouse: {missing} bytes left out here]\n" + "x" * (64 << 10)


def test_binary_output(attempt: Attempt) -> None:
    """Bytes are kept as they are."""
    attempt.body = "def step():\n    import sys\n    sys.stdout.buffer.write(bytes(range(256)))\n"
    attempt.run()
    assert (attempt.folder / "log").read_bytes() == bytes(range(256))


def test_output_appears_in_the_log_while_the_step_runs(attempt: Attempt) -> None:
    """Within milliseconds."""
    attempt.body = "def step():\n    import time\n    print('now')\n    time.sleep(2)\n"
    attempt.start()
    log = attempt.folder / "log"
    give_up = time.monotonic() + 1.5
    while not (log.exists() and log.read_text() == "now\n"):
        assert time.monotonic() < give_up
        time.sleep(0.01)
    assert attempt.process is not None
    assert attempt.process.poll() is None
    attempt.process.terminate()
    attempt.wait()


def test_a_disk_that_is_full_for_the_log(attempt: Attempt) -> None:
    """The step goes on and succeeds; the word says that not all is kept."""
    attempt.folder.mkdir()
    (attempt.folder / "log").symlink_to("/dev/full")
    attempt.body = "def step() -> int:\n    for _ in range(1000):\n        print('x' * 1000)\n    return 1\n"
    assert attempt.run().values == {"Output": 1}
    assert attempt.exit["log"] == {"bytes": 1_001_000, "kept": 0}


def test_a_log_that_cannot_be_opened(attempt: Attempt) -> None:
    """So does one without a log."""
    (attempt.folder / "log").mkdir(parents=True)
    attempt.body = "def step() -> int:\n    print('x')\n    return 1\n"
    assert attempt.run().values == {"Output": 1}
    assert attempt.exit["log"] == {"bytes": 2, "kept": 0}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if (
        os.geteuid()
        or not mount
        or subprocess.run([mount, "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], capture_output=True, check=False).returncode
    ):
        pytest.skip("file systems cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_does_not_lose_the_word_how_it_ended(small_disk: Path) -> None:
    """Its place was taken at the start. The log has what fitted, and says why there is no more."""
    one = Attempt(small_disk / "attempt")
    one.body = "def step():\n    import os\n    for _ in range(1000):\n        print('x' * 999)\n    os._exit(6)\n"
    one.run()
    assert one.exit["code"] == 6
    assert one.exit["log"]["bytes"] == 1_000_000
    assert 0 < one.exit["log"]["kept"] < 256 << 10
    assert one.log.startswith("x" * 999)


def test_the_words_of_a_step_that_filled_the_disk_are_not_lost(small_disk: Path) -> None:
    """Neither its error nor its log could be written: the word how it ended has them."""
    one = Attempt(small_disk / "attempt")
    one.body = "def step():\n    with open('data', 'wb') as file:\n        for _ in range(1000):\n            file.write(b'x' * 1000)\n"
    one.run()
    assert one.exit["code"] == 1
    assert one.exit["last_words"].endswith("OSError: [Errno 28] No space left on device\n")
