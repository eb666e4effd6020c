"""`bakehouse db …` from outside: what is said, and what is there afterwards."""

from __future__ import annotations

import time
from pathlib import Path

from tests.home import Home

STEP = """
from kfp import dsl


@dsl.component
def one() -> int:
    return 1


@dsl.pipeline(name="one")
def one_step():
    one()
"""


def test_backup_restore_and_upgrade(tmp_path: Path) -> None:
    """Two runs, a backup after the first: restored, there is one."""
    home = Home(tmp_path)
    file, kept = home.write(STEP), tmp_path / "kept"
    assert "made at revision" in home.call("db", "upgrade").stdout
    assert "already" in home.call("db", "upgrade").stdout
    first = home.run(file)["run_id"]
    said = home.call("db", "backup", str(kept))
    assert (said.returncode, said.stdout) == (0, f"all records are in {kept}\n")
    assert home.call("db", "backup", str(kept)).returncode == 2
    second = home.run(file)["run_id"]
    assert {run["run_id"] for run in home.runs()} == {first, second}
    done = home.call("db", "restore", str(kept))
    assert done.returncode == 0, done.stderr
    assert [run["run_id"] for run in home.runs()] == [first]
    assert len(list(home.path.glob("bakehouse.db.before-restore-*"))) == 1


def test_not_under_a_server(tmp_path: Path) -> None:
    """The address of the server that is to be ended is named."""
    home = Home(tmp_path)
    home.call("db", "upgrade")
    home.call("db", "backup", str(tmp_path / "kept"))
    server = home.start("server", "--port", "0")
    try:
        while "serves" not in (tmp_path / "words").read_text():
            assert server.poll() is None
            time.sleep(0.1)
        done = home.call("db", "restore", str(tmp_path / "kept"))
    finally:
        server.terminate()
        server.wait(20)
    assert done.returncode == 2
    assert "http://127.0.0.1:" in done.stderr


def test_a_database_that_is_no_address(tmp_path: Path) -> None:
    """No command shows a traceback, or the password that stands there."""
    home = Home(tmp_path, database="mysql://ann:pa55@h/d")
    for arguments in (("runs", "list"), ("db", "upgrade"), ("engine", "--idle-exit", "0")):
        done = home.call(*arguments)
        assert done.returncode == 2
        assert "BAKEHOUSE_DATABASE" in done.stderr
        assert "pa55" not in done.stderr
        assert "Traceback" not in done.stderr
