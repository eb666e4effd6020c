"""The author's own modules in real steps: where they are found, before what, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.dsl.archives import Member, tar
from bakehouse.ir.digests import digest_bytes
from bakehouse.ir.execution import Cause, Code
from tests.faults.local_attempts import Running, attempt, message, proofs

_FILES = {
    "helpers/__init__.py": b"from pathlib import Path\n\n\ndef number() -> int:\n    return int((Path(__file__).parent / 'n.txt').read_text())\n",
    "helpers/n.txt": b"7",
    "json.py": b"raise RuntimeError('the supervisor took this for a module of its own')\n",
    "colorsys.py": b"OURS = True\n",
    "elsewhere.py": b"WHERE = 'code'\n",
}
_BODY = """
import os, subprocess, sys
import colorsys, elsewhere, helpers
assert colorsys.OURS and elsewhere.WHERE == "code" and os.listdir() == []
folder = os.environ["BAKEHOUSE_CODE_FOLDER"]
assert os.path.dirname(helpers.__file__) == folder + "/helpers"
assert os.environ["PYTHONPATH"] == folder + ":" + "THERE"
said = subprocess.run([sys.executable, "-S", "-c", "import helpers; print(helpers.number())"], stdout=subprocess.PIPE).stdout
assert int(said) == helpers.number() == 7
open(data.path, "w").close()
"""


@pytest.fixture(params=[False, True], ids=["shared", "own"])
def running(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    """Steps share the modules, or, as where write protection does not bind, have copies of their own."""
    running = Running(tmp_path, stage_inputs=request.param)
    yield running
    running.runner.close()


@pytest.fixture
def code(tmp_path: Path) -> Code:
    """An archive of modules."""
    data = tar(Member(name, content) for name, content in _FILES.items())
    path = tmp_path / "src.tar"
    path.write_bytes(data)
    return Code(digest_bytes(data), str(path), "src")


def test_a_step_finds_its_modules(running: Running, code: Code, tmp_path: Path) -> None:
    """After its working directory, before the folders of its task and Python's own library; so do programs that it starts. Its supervisor does not.

    What lies beside a module is read by the module's own path. The modules go with the attempt, or stay for other steps, protected.
    """
    there = tmp_path / "there"
    there.mkdir()
    (there / "elsewhere.py").write_text("WHERE = 'task'\n")
    launch = attempt(tmp_path, body=_BODY.replace("THERE", str(there)), code=code, env={"PYTHONPATH": str(there)})
    ending = running.run(launch)
    assert ending.cause is None, ending
    kept = tmp_path / "code" / code.digest
    own = running.runner.folder(launch.attempt).modules
    assert not own.exists()
    if kept.exists():
        assert not any(path.stat().st_mode & 0o222 for path in (kept, *kept.rglob("*.py")))


def test_modules_that_are_gone_are_told_before_the_step_starts(running: Running, code: Code, tmp_path: Path) -> None:
    """As a missing input: it is not tried again."""
    Path(code.uri).unlink()
    running.runner.launch(running.placed(attempt(tmp_path, code=code)))
    ending = running.ended()
    assert ending.cause is Cause.INPUT_MISSING
    assert message(ending) == f"the modules of the step are gone ({code.uri})"
    assert proofs(tmp_path) == []
