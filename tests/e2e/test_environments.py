"""`bakehouse env …` as a user meets it: on real runs, with packages of an index on this disk."""

from __future__ import annotations

import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.home import Home, tasks
from tests.unit.runners.specs import wheel
from tests.unit.runners.test_environment_folders import index

pytestmark = pytest.mark.slow  # many whole commands; what they decide is tested piece by piece in tests/unit

_PIPELINE = """
from kfp import dsl


@dsl.component(packages_to_install=["mine"])
def look(flag: str) -> int:
    import os
    import time

    import mine

    while flag and not os.path.exists(flag):
        time.sleep(0.05)
    import mine_later

    return mine.x * 10 + mine_later.x


@dsl.pipeline
def looking(flag: str = "", number: int = 0):
    look(flag=flag)
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """With an index that has `mine` 1.0."""
    for name, value in release(tmp_path, 1).items():
        monkeypatch.setenv(name, value)
    return Home(tmp_path)


def release(folder: Path, *numbers: int) -> dict[str, str]:
    """Let the index have these versions of a package with two modules; the variables of pip for it."""
    made = []
    for number in numbers:
        later = wheel(folder / "dist", "mine_later", f"{number}.0", f"x = {number}\n")
        made.append(wheel(folder / "dist", "mine", f"{number}.0", f"x = {number}\n"))
        _joined(made[-1], later)
    return index(folder / "index", *made)


def _joined(into: Path, other: Path) -> None:
    """Put the module of another wheel into this one."""
    with zipfile.ZipFile(other) as source, zipfile.ZipFile(into, "a") as target:
        target.writestr("mine_later.py", source.read("mine_later.py"))


def listed(home: Home) -> list[dict[str, Any]]:
    """What `env list` says."""
    found: list[dict[str, Any]] = json.loads(home.call("env", "list", "--output", "json").stdout)
    return found


def with_packages(home: Home) -> list[dict[str, Any]]:
    """The environments that have packages in them, the one that counts first."""
    return sorted((one for one in listed(home) if one["installed"]), key=lambda one: not one["current"])


def test_environments_are_listed(home: Home) -> None:
    """What they are made of, how large they are, when they were built and used; nothing for an empty home."""
    assert listed(home) == []
    assert "no environments yet" in home.call("env", "list").stdout
    assert home.run(home.write(_PIPELINE))["state"] == "SUCCEEDED"
    (found,) = with_packages(home)
    assert (found["requirements"], found["installed"], found["used_by"]) == (["mine"], ["mine==1.0"], [])
    assert found["size"] > 0
    assert Path(found["folder"]).name == found["key"]
    assert found["built_at"] <= found["last_used_at"]
    table = home.call("env", "list").stdout.splitlines()
    assert table[0].split()[:3] == ["KEY", "PYTHON", "SIZE"]
    assert any(line.startswith(found["key"][:8]) and line.endswith("mine") for line in table)


def test_what_was_not_used_is_pruned(home: Home) -> None:
    """Its plan changes nothing and says the bytes; what went is built again, and the cache still answers for it."""
    file = home.write(_PIPELINE)
    home.run(file)
    (found,) = with_packages(home)
    assert json.loads(home.call("env", "prune", "--output", "json").stdout)["environments"] == []
    long_ago = time.time() - 31 * 86_400
    os.utime(Path(found["folder"]) / "bakehouse-lock.txt", (long_ago, long_ago))
    planned = json.loads(home.call("env", "prune", "--plan", "--output", "json").stdout)
    assert [one["key"] for one in planned["environments"]] == [found["key"]]
    assert planned["bytes"] == found["size"]
    assert Path(found["folder"]).exists()
    assert "deleted: 1 environment, " in home.call("env", "prune").stdout
    assert with_packages(home) == []
    again = home.run(file)
    assert [task["cached_from"] for task in again["tasks"]] != [None]
    assert len(with_packages(home)) == 1


@pytest.mark.parametrize("span", ["30", "a week", "-1d", ""])
def test_a_span_without_a_unit_is_refused(home: Home, span: str) -> None:
    """What is deleted by mistake does not come back."""
    done = home.call("env", "prune", "--unused-for", span)
    assert done.returncode == 2
    assert "no span of time" in done.stderr


def test_a_run_in_progress_keeps_what_it_has(home: Home) -> None:
    """Its environment is not pruned, whatever is asked; a refreshed one is for steps that start later, down to modules that are imported later."""
    flag, file = home.folder / "flag", home.write(_PIPELINE)
    process = home.start("run", str(file), "-p", f"flag={flag}")
    deadline = time.monotonic() + 60
    while not (found := with_packages(home)) or not found[0]["used_by"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    run_id = found[0]["used_by"][0]
    pruned = json.loads(home.call("env", "prune", "--unused-for", "0s", "--output", "json").stdout)
    assert run_id in pruned["stays"][found[0]["key"]]
    release(home.folder, 1, 2)
    done = home.call("env", "refresh", found[0]["key"][:6])
    assert done.returncode == 0, done.stderr
    assert "+ mine==2.0, - mine==1.0" in done.stdout
    current, replaced = with_packages(home)
    assert (current["key"], current["used_by"], replaced["used_by"]) == (found[0]["key"], [], [run_id])
    pruned = json.loads(home.call("env", "prune", "--output", "json").stdout)
    assert list(pruned["stays"]) == [found[0]["key"]]
    flag.touch()
    assert process.wait(timeout=60) == 0
    assert tasks(home.show(run_id))["look"]["outputs"] == {"Output": 11}
    assert tasks(home.run(file, "-p", f"flag={flag}"))["look"]["outputs"] == {"Output": 22}
    pruned = json.loads(home.call("env", "prune", "--output", "json").stdout)
    assert [Path(one["folder"]).name for one in pruned["environments"]] == [found[0]["key"]]
    assert len(with_packages(home)) == 1


def test_what_cannot_be_refreshed_is_said(home: Home) -> None:
    """Neither KEY nor --all, an unknown key, an index that has the package no more: nothing is lost."""
    file = home.write(_PIPELINE)
    home.run(file)
    assert home.call("env", "refresh").returncode == 2
    assert home.call("env", "refresh", "x", "--all").returncode == 2
    unknown = home.call("env", "refresh", "0000", "--output", "json")
    assert unknown.returncode == 2
    assert json.loads(unknown.stdout)["error"]["code"] == "no_such_environment"
    before = with_packages(home)
    index(home.folder / "index")
    failed = home.call("env", "refresh", "--all", "--output", "json")
    assert failed.returncode == 1
    assert "cannot install mine" in json.loads(failed.stdout)[0]["error"]
    assert with_packages(home) == before
