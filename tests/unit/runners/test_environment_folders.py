"""Environments on disk: when they were last used, how they are replaced, and that none goes that somebody needs."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

import pytest

from bakehouse.ir.execution import Place
from bakehouse.runners import environment_folders
from bakehouse.runners.environment_folders import LOCK, Kept
from bakehouse.runners.errors import NotBuilt
from tests.unit.runners.specs import wheel
from tests.unit.runners.test_environments import NO_INDEX, Asking, run

LONG_AGO = 1_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A wheel of this machine."""
    return str(wheel(tmp_path / "dist", "mine", "1.0", "x = 1\n"))


def only(root: Path) -> Kept:
    """The one environment that is there."""
    (kept,) = environment_folders.listed(root)
    return kept


def aged(place: Place) -> Path:
    """The folder of an environment that was used long ago."""
    folder = Path(place.interpreter).parent.parent
    os.utime(folder / LOCK, (LONG_AGO, LONG_AGO))
    return folder


def index(folder: Path, *wheels: Path) -> dict[str, str]:
    """The environment variables of pip for a package index on this disk that has these wheels of `mine`."""
    (folder / "mine").mkdir(parents=True, exist_ok=True)
    links = "".join(f'<a href="{each.as_uri()}">{each.name}</a>' for each in wheels)
    (folder / "mine" / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>")
    return {"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": folder.as_uri()}


def test_what_an_environment_is_made_of_is_written_down(tmp_path: Path, path: str) -> None:
    """As it was wanted; for its owner alone, since an index may be named with a password."""
    root = tmp_path / "environments"
    place = Asking(root, {**NO_INDEX, "PIP_EXTRA_INDEX_URL": "https://me:secret@host/"}).place("--no-deps", path)
    kept = only(root)
    assert kept.wanted is not None
    assert kept.wanted.requirements == (path,)
    assert kept.wanted.local == (Path(path),)
    assert kept.wanted.no_deps
    assert kept.wanted.pip.extra_index_urls == ("https://me:secret@host/",)
    assert (kept.python, kept.installed, kept.current) == (place.python, ("mine==1.0",), True)
    assert [stat.S_IMODE(file.stat().st_mode) for file in kept.folder.glob("*.json")] == [0o600]


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("packages", [True, False])
def test_each_use_is_noted(tmp_path: Path, path: str, *, again: bool, packages: bool) -> None:
    """By an engine that remembers the environment, and by one that finds it; with packages in it or none."""
    asking = Asking(tmp_path / "environments")
    requirements = [path] if packages else []
    aged(asking.place(*requirements))
    assert only(tmp_path / "environments").used_at == LONG_AGO
    (asking if again else Asking(tmp_path / "environments")).place(*requirements)
    assert only(tmp_path / "environments").used_at > LONG_AGO


def test_an_environment_of_an_earlier_release_is_listed(tmp_path: Path, path: str) -> None:
    """What it was made of is not known; what is installed is. Halves and what is no environment are not shown."""
    root = tmp_path / "environments"
    folder = aged(Asking(root).place(path))
    (folder / "bakehouse-environment.json").write_text("{")
    (root / ("0" * 32)).mkdir()
    (root / "mine").mkdir()
    assert only(root).wanted is None
    assert only(root).installed == ("mine==1.0",)
    assert environment_folders.listed(tmp_path / "nowhere") == []


def test_what_is_free_is_removed(tmp_path: Path, path: str) -> None:
    """Nothing but its lock file is left, and it is built again when it is wanted."""
    root = tmp_path / "environments"
    asking = Asking(root)
    folder = aged(asking.place(path))
    assert environment_folders.remove(root, only(root), lambda used_at: used_at == LONG_AGO)
    assert [left.name for left in root.iterdir()] == [f".{folder.name}.lock"]
    assert run(asking.place(path), "import mine; print(mine.x)") == "1"


def test_what_is_used_meanwhile_stays(tmp_path: Path, path: str) -> None:
    """It is looked at for the last time when nobody can find it any more: a use before that is seen."""
    root = tmp_path / "environments"
    place = Asking(root).place(path)
    kept = only(root)
    assert not environment_folders.remove(root, kept, lambda _: False)
    assert run(place, "import mine; print(mine.x)") == "1"
    assert environment_folders.listed(root) == [kept]


def test_what_is_being_built_stays(tmp_path: Path, path: str) -> None:
    """Whoever holds its lock is at work on it, and on its half."""
    root = tmp_path / "environments"
    Asking(root).place(path)
    kept = only(root)
    half = root / f".{kept.key}.12345678.part"
    half.mkdir()
    descriptor = environment_folders.open_lock(root, kept.key)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert not environment_folders.remove(root, kept, lambda _: True)
    assert environment_folders.left(root) == [half]
    assert not environment_folders.remove_left(root, half)
    assert half.exists()
    os.close(descriptor)
    assert environment_folders.remove_left(root, half)
    assert environment_folders.left(root) == []


@pytest.mark.parametrize("with_uv", [True, False])
def test_a_refreshed_environment_is_the_one_from_then_on(tmp_path: Path, with_uv: bool) -> None:  # noqa: FBT001  # a case
    """With the packages that there are now, under the same key; who is in the old one keeps it, and an engine that knew it takes the new one."""
    root, first = tmp_path / "environments", wheel(tmp_path / "dist", "mine", "1.0", "x = 1\n")
    asking = Asking(root, index(tmp_path / "index", first), with_uv=with_uv)
    before = asking.place("mine")
    index(tmp_path / "index", first, wheel(tmp_path / "dist", "mine", "2.0", "x = 2\n"))
    assert asking.place("mine") == before
    kept = only(root)
    assert kept.wanted is not None
    folder = asking.environments.refresh(kept.wanted, asking.said.append)
    after = asking.place("mine")
    assert after.interpreter == str(folder / "bin" / "python")
    assert Asking(root, index(tmp_path / "index", first)).place("mine") == after
    assert [run(place, "import mine; print(mine.x)") for place in (before, after)] == ["1", "2"]
    assert (before.lock, after.lock) == ("mine==1.0\n", "mine==2.0\n")
    script = Path(after.interpreter).parent / "mine-say"
    assert str(folder) in script.read_text()
    assert {one.folder: (one.key, one.current) for one in environment_folders.listed(root)} == {
        folder: (kept.key, True),
        kept.folder: (kept.key, False),
    }


def test_when_the_refreshed_one_goes_what_is_left_counts(tmp_path: Path) -> None:
    """By `prune`, or by somebody's hand: a step finds one that is whole, or builds it."""
    root = tmp_path / "environments"
    asking = Asking(root, index(tmp_path / "index", wheel(tmp_path / "dist", "mine", "1.0", "x = 1\n")))
    first = asking.place("mine")
    wanted = only(root).wanted
    assert wanted is not None
    asking.environments.refresh(wanted, asking.said.append)
    current, replaced = sorted(environment_folders.listed(root), key=lambda one: not one.current)
    assert environment_folders.remove(root, current, lambda _: True)
    assert asking.place("mine") == first
    assert environment_folders.remove(root, replaced, lambda _: True)
    assert asking.place("mine") == first
    assert run(first, "import mine; print(mine.x)") == "1"


def test_a_refresh_that_fails_changes_nothing(tmp_path: Path) -> None:
    """The index has it no more: the environment that is there stays the one, and nothing half is left."""
    root = tmp_path / "environments"
    asking = Asking(root, index(tmp_path / "index", wheel(tmp_path / "dist", "mine", "1.0", "x = 1\n")))
    place = asking.place("mine")
    index(tmp_path / "index")
    wanted = only(root).wanted
    assert wanted is not None
    with pytest.raises(NotBuilt, match="cannot install mine"):
        asking.environments.refresh(wanted, asking.said.append)
    assert asking.place("mine") == place
    assert environment_folders.left(root) == []
