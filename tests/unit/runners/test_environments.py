"""Environments hold what was asked for, are built once, and are told apart by all that decides what is in them."""

from __future__ import annotations

import fcntl
import os
import queue
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import LaunchSpec, Place, StepError
from bakehouse.runners import building, distributions
from bakehouse.runners.environments import CurrentEnvironment, Environments
from bakehouse.runners.requirements import Wanted
from bakehouse.storage.errors import Unreadable
from bakehouse.storage.files import Files, Signature
from bakehouse.storage.local import LocalStore
from tests.unit.runners.specs import spec, wheel

NO_INDEX = {"PATH": os.environ.get("PATH", ""), "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}
Answer = Place | StepError


class Asking:
    """Environments below a folder of the test's own, without any index, and what they said meanwhile."""

    def __init__(
        self, folder: Path, environ: Mapping[str, str] = NO_INDEX, *, with_uv: bool = True, store: Files | None = None, told_every: float = 1.0
    ) -> None:
        uv_cache = {"UV_CACHE_DIR": str(folder.parent / "uv-cache")}
        self.environments = Environments(folder, store or LocalStore(), environ={**environ, **uv_cache}, with_uv=with_uv, told_every=told_every)
        self.said: list[str] = []

    def start(self, launch: LaunchSpec) -> queue.SimpleQueue[Answer]:
        """Ask, and have the answer in a queue."""
        answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self.environments.ask(launch, self.said.append, answers.put)
        return answers

    def place(self, *requirements: str) -> Place:
        """The place of a step with these requirements."""
        answer = self.start(spec(Path("/h"), requirements=requirements)).get(timeout=60)
        assert isinstance(answer, Place), answer
        return answer

    def error(self, *requirements: str) -> StepError:
        """Why there is no place for it."""
        answer = self.start(spec(Path("/h"), requirements=requirements)).get(timeout=60)
        assert isinstance(answer, StepError), answer
        return answer


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Asking]:
    asking = Asking(tmp_path / "environments")
    yield asking
    asking.environments.close()


def run(place: Place, code: str) -> str:
    """What this code prints there."""
    return subprocess.run([place.interpreter, "-c", code], check=True, capture_output=True, text=True, env={}).stdout.strip()


def test_without_requirements_nothing_is_installed(asking: Asking) -> None:
    """No installer runs, the lock is empty, and not even pip can be imported; the second time nothing is made."""
    place = asking.place()
    assert place.lock == ""
    assert asking.said == []
    assert run(place, "import importlib.util as u; print([u.find_spec(n) for n in ('pip', 'blake3', 'yaml')])") == "[None, None, None]"
    assert run(place, "import sys; print(sys.prefix)") == str(Path(place.interpreter).parent.parent)
    made = Path(place.interpreter).lstat().st_mtime_ns
    assert asking.place() == place
    assert Path(place.interpreter).lstat().st_mtime_ns == made


def test_the_answer_for_a_known_place_comes_at_once(asking: Asking) -> None:
    """In the caller's own thread, in microseconds."""
    asking.place()
    launch = spec(Path("/h"))
    started = time.process_time()
    for _ in range(100):
        assert not asking.start(launch).empty()
    assert time.process_time() - started < 0.1


class Slow(LocalStore):
    """A store on a disk that may take its time: it answers while `may` is set."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.may.set()

    def signature(self, uri: str) -> Signature | None:
        """As a store does, when it may."""
        assert self.may.wait(5)
        return super().signature(uri)


def test_asking_never_waits_for_the_disk(tmp_path: Path) -> None:
    """Not even where the place is known and what it was made of must be looked at again to see whether that is still right."""
    store = Slow()
    asking = Asking(tmp_path / "environments", store=store)
    launch = spec(Path("/h"), requirements=[str(wheel(tmp_path / "dist", "mine", "1.0", ""))])
    first = asking.start(launch).get(timeout=60)
    store.may.clear()
    answers = asking.start(launch)
    assert answers.empty()
    store.may.set()
    assert answers.get(timeout=60) == first


@pytest.mark.parametrize("with_uv", [True, False])
def test_a_local_wheel_is_installed(tmp_path: Path, with_uv: bool) -> None:  # noqa: FBT001  # a case
    """With uv and with pip alike: the module, its program, and the lock with the digest of the wheel's bytes."""
    asking = Asking(tmp_path / "environments", with_uv=with_uv)
    path = wheel(tmp_path / "dist", "mine", "1.0", "def say():\n    print('one')\n")
    place = asking.place(str(path))
    digest = (LocalStore().digest(str(path)) or ("", 0))[0]
    assert place.lock == f"mine==1.0 @ {digest}\n"
    assert run(place, "import mine; mine.say()") == "one"
    script = Path(place.interpreter).parent / "mine-say"
    assert subprocess.run([str(script)], check=True, capture_output=True, text=True).stdout == "one\n"
    assert asking.said[0] == "building environment: mine-1.0-py3-none-any.whl"


@pytest.mark.parametrize("links", [True, False])
def test_a_wheel_rebuilt_under_the_same_name_is_another_environment(tmp_path: Path, links: bool) -> None:  # noqa: FBT001  # a case
    """Named by path or found in a find-links folder: new bytes, new lock, new code; also within one engine."""
    environ = {**NO_INDEX, "PIP_FIND_LINKS": str(tmp_path / "dist")} if links else NO_INDEX
    asking = Asking(tmp_path / "environments", environ)
    places = []
    for text in ("one", "two"):
        path = wheel(tmp_path / "dist", "mine", "1.0", f"def say():\n    print('{text}')\n")
        places.append(asking.place("mine" if links else str(path)))
        assert run(places[-1], "import mine; mine.say()") == text
    first, second = places
    assert first.interpreter != second.interpreter
    assert first.lock != second.lock
    assert run(first, "import mine; mine.say()") == "one"


def test_a_link_that_leads_nowhere_is_no_wheel(tmp_path: Path) -> None:
    """In a find-links folder, the first time and when the place is known: the others are installed."""
    wheel(tmp_path / "dist", "mine", "1.0", "")
    (tmp_path / "dist" / "other-2.0-py3-none-any.whl").symlink_to(tmp_path / "nowhere.whl")
    asking = Asking(tmp_path / "environments", {**NO_INDEX, "PIP_FIND_LINKS": str(tmp_path / "dist")})
    assert asking.place("mine") == asking.place("mine")


def test_a_new_engine_finds_what_was_built(tmp_path: Path) -> None:
    """By its key on disk; nothing is built again."""
    path = wheel(tmp_path / "dist", "mine", "1.0", "")
    first = Asking(tmp_path / "environments").place(str(path))
    again = Asking(tmp_path / "environments")
    assert again.place(str(path)) == first
    assert again.said == []


def test_tasks_with_the_same_requirements_share_one_build(tmp_path: Path, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ask meanwhile: one installer runs, all get the same answer, all hear of it."""
    runs: list[int] = []
    install = building.Installer.install

    def counted(*given: object, anew: bool) -> None:
        runs.append(1)
        time.sleep(0.2)
        install(*given, anew=anew)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(building.Installer, "install", counted)
    launch = spec(Path("/h"), requirements=[str(wheel(tmp_path / "dist", "mine", "1.0", ""))])
    answers = [asking.start(replace(launch)).get for _ in range(10)]
    assert len({answer(timeout=30).interpreter for answer in answers}) == 1  # type: ignore[union-attr]  # an error fails the test
    assert len(runs) == 1


def test_another_engine_waits_for_the_one_that_builds(tmp_path: Path) -> None:
    """It says so, and takes what the other has built."""
    path = str(wheel(tmp_path / "dist", "mine", "1.0", ""))
    place = Asking(tmp_path / "environments").place(path)
    folder = Path(place.interpreter).parent.parent
    hidden = folder.with_name("hidden")
    folder.rename(hidden)
    descriptor = os.open(folder.with_name(f".{folder.name}.lock"), os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    asking = Asking(tmp_path / "environments", told_every=0.05)
    answers = asking.start(spec(Path("/h"), requirements=[path]))
    while not asking.said:
        time.sleep(0.01)
    assert answers.empty()
    assert "waiting for another engine that builds the environment: mine-1.0-py3-none-any.whl" in asking.said[0]
    hidden.rename(folder)
    os.close(descriptor)
    assert answers.get(timeout=10) == place
    assert all(said.startswith("waiting for another engine") for said in asking.said)


def test_half_an_environment_is_not_taken_for_one(tmp_path: Path) -> None:
    """What a killed engine left is removed and made anew."""
    path = str(wheel(tmp_path / "dist", "mine", "1.0", "x = 1\n"))
    place = Asking(tmp_path / "environments").place(path)
    folder = Path(place.interpreter).parent.parent
    (folder / "bakehouse-lock.txt").unlink()
    (folder / "lib" / f"python{'.'.join(place.python.split('-')[1].split('.')[:2])}" / "site-packages" / "mine.py").unlink()
    left = folder.with_name(f".{folder.name}.12345678.part")
    left.mkdir()
    assert run(Asking(tmp_path / "environments").place(path), "import mine; print(mine.x)") == "1"
    assert not left.exists()


def test_a_deleted_environment_is_built_again(tmp_path: Path, asking: Asking) -> None:
    """Also by an engine that remembers it."""
    path = str(wheel(tmp_path / "dist", "mine", "1.0", "x = 1\n"))
    place = asking.place(path)
    folder = Path(place.interpreter).parent.parent
    subprocess.run(["rm", "-r", str(folder)], check=True)
    assert asking.place(path) == place
    assert run(place, "import mine; print(mine.x)") == "1"


class Rewriting(LocalStore):
    """A store in which a wheel is built anew right after it was read for the first time."""

    def __init__(self, path: Path) -> None:
        self.path, self.reads = path, 0

    def digest(self, uri: str) -> tuple[str, int] | None:
        """As a store does."""
        found = super().digest(uri)
        self.reads += 1
        if self.reads == 1:
            wheel(self.path.parent, "mine", "1.0", "x = 2\n")
        return found


def test_an_environment_that_others_built_is_not_deleted(tmp_path: Path) -> None:
    """Though the wheel it was made of changes while somebody looks for it: steps may run in it."""
    path = wheel(tmp_path / "dist", "mine", "1.0", "x = 1\n")
    first = Asking(tmp_path / "environments").place(str(path))
    Asking(tmp_path / "environments", store=Rewriting(path)).place(str(path))
    assert run(first, "import mine; print(mine.x)") == "1"


def test_a_wheel_that_changes_while_it_is_installed_is_installed_again(tmp_path: Path) -> None:
    """What was made of two wheels is never seen under the name of one."""
    path = wheel(tmp_path / "dist", "mine", "1.0", "x = 1\n")
    place = Asking(tmp_path / "environments", store=Rewriting(path)).place(str(path))
    assert run(place, "import mine; print(mine.x)") == "2"
    assert place.lock == f"mine==1.0 @ {(LocalStore().digest(str(path)) or ('', 0))[0]}\n"
    assert [each.name for each in (tmp_path / "environments").iterdir() if not each.name.startswith(".")] == [place.interpreter.split("/")[-3]]


def test_uv_s_own_settings_do_not_decide_what_is_installed(tmp_path: Path) -> None:
    """Those of pip do, which are part of the key; neither variables nor files of uv's."""
    config = tmp_path / "config" / "uv" / "uv.toml"
    config.parent.mkdir(parents=True)
    config.write_text("this is no setting")
    limits = tmp_path / "limits.txt"
    limits.write_text("mine<1\n")
    own = {"UV_CONSTRAINT": str(limits), "UV_OVERRIDE": str(limits), "UV_EXCLUDE_NEWER": "2000-01-01", "UV_NO_BUILD_PACKAGE": "mine"}
    environ = {**NO_INDEX, **own, "UV_INDEX": "http://127.0.0.1:1/", "XDG_CONFIG_HOME": str(tmp_path / "config")}
    assert Asking(tmp_path / "environments", environ).place(str(wheel(tmp_path / "dist", "mine", "1.0", ""))).lock


@pytest.mark.parametrize("with_uv", [True, False])
def test_a_password_of_an_index_is_in_no_command_line(tmp_path: Path, with_uv: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001  # a case
    """Others on the machine could read it there; the installer finds it in its environment."""
    commands: list[str] = []
    environs: list[dict[str, str]] = []

    def noted(command: list[str], env: dict[str, str], **_: object) -> subprocess.Popen[bytes]:
        commands.extend(command)
        environs.append(env)
        raise OSError

    monkeypatch.setattr("subprocess.Popen", noted)
    environ = {**NO_INDEX, "PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "https://me:secret@host/links", "PIP_EXTRA_INDEX_URL": "https://me:secret@more/"}
    Asking(tmp_path / "environments", environ, with_uv=with_uv).error("--index-url=https://me:secret@host/simple", "six")
    assert "secret" not in " ".join(commands)
    said = set(environs[0].values())
    assert {"https://me:secret@host/simple", "https://me:secret@more/", "https://me:secret@host/links"} <= said


@pytest.mark.parametrize("with_uv", [True, False])
def test_a_component_may_ask_for_wheels_alone(tmp_path: Path, with_uv: bool) -> None:  # noqa: FBT001  # a case
    """Whatever installs: a newer source archive is passed over."""
    wheel(tmp_path / "dist", "mine", "1.0", "")
    (tmp_path / "dist" / "mine-2.0.tar.gz").write_bytes(b"nothing that can be built")
    environ = {**NO_INDEX, "PIP_FIND_LINKS": str(tmp_path / "dist")}
    assert Asking(tmp_path / "environments", environ, with_uv=with_uv).place("--only-binary=:all:", "mine").lock.startswith("mine==1.0")


@pytest.mark.parametrize("with_uv", [True, False])
def test_what_cannot_be_installed_is_named(tmp_path: Path, with_uv: bool) -> None:  # noqa: FBT001  # a case
    """The requirement, the installer's own words, a way out; nothing is left behind, and the next try starts anew."""
    asking = Asking(tmp_path / "environments", with_uv=with_uv)
    error = asking.error("no-such-package-anywhere>=3")
    assert error.message.startswith("cannot install no-such-package-anywhere>=3: ")
    assert len(error.message) > 70
    assert "packages_to_install" in error.remedy or "index" in error.remedy
    assert [path.name for path in (tmp_path / "environments").iterdir() if not path.name.endswith(".lock")] == []


def test_credentials_are_not_repeated() -> None:
    """An index's password does not end up in records."""
    said = building.failure(Wanted(("x",)), "error: cannot fetch https://user:secret@host/simple/x: dns error")
    assert "secret" not in said.message
    assert "***@host" in said.message
    assert "can be reached" in said.remedy


def test_leaving_ends_what_is_being_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it any more, and nothing half is left."""
    asking = Asking(tmp_path / "environments")
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o700)
    monkeypatch.setattr(building, "uv_program", lambda: str(slow))
    answers = asking.start(spec(Path("/h"), requirements=["six"]))
    while not asking.said:
        time.sleep(0.01)
    time.sleep(0.1)
    asking.environments.close()
    assert isinstance(answers.get(timeout=5), StepError)


def test_other_settings_are_other_environments(tmp_path: Path) -> None:
    """The order of requirements, the index and constraints decide what is installed."""
    path, more = (str(wheel(tmp_path / "dist", name, "1.0", "")) for name in ("mine", "more"))
    limits = tmp_path / "constraints.txt"
    limits.write_text("six<2\n")
    folder = tmp_path / "environments"
    places = [
        Asking(folder).place(path, more),
        Asking(folder).place(more, path),
        Asking(folder, {**NO_INDEX, "PIP_CONSTRAINT": str(limits)}).place(path, more),
        Asking(folder, {**NO_INDEX, "PIP_EXTRA_INDEX_URL": (tmp_path / "dist").as_uri()}).place(path, more),
    ]
    assert len({place.interpreter for place in places}) == 4
    assert len({place.lock for place in places}) == 1


def test_the_current_environment_is_lent() -> None:
    """The caller's own interpreter, and all that is installed there; what it runs from source counts by its content."""
    answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
    current = CurrentEnvironment(LocalStore())
    threads = [threading.Thread(target=current.ask, args=(spec(Path("/h")), lambda _: None, answers.put)) for _ in range(3)]
    for thread in threads:
        thread.start()
    first, *others = [answers.get(timeout=30) for _ in threads]
    assert isinstance(first, Place)
    assert all(other is first for other in others)
    assert "pytest==" in first.lock
    current.close()


class Unreading(LocalStore):
    """A store that can read nothing until it is `mended`."""

    mended = False

    def digest(self, uri: str) -> tuple[str, int] | None:
        """As a store does."""
        if not self.mended:
            raise Unreadable(path=uri, why="Input/output error")
        return super().digest(uri)


def test_a_current_environment_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To whoever asked, not by an error in the engine; the next one asks anew."""
    monkeypatch.setattr(distributions, "local_source", lambda _: wheel(tmp_path, "mine", "1.0", ""))
    store = Unreading()
    current = CurrentEnvironment(store)
    answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
    current.ask(spec(Path("/h")), lambda _: None, answers.put)
    error = answers.get(timeout=30)
    assert isinstance(error, StepError)
    assert "Input/output error" in error.message
    store.mended = True
    current.ask(spec(Path("/h")), lambda _: None, answers.put)
    assert isinstance(answers.get(timeout=30), Place)
