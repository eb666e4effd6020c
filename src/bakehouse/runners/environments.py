"""One virtual environment for each set of requirements: found in memory, on disk, or built once, whoever else wants it meanwhile."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bakehouse import clock
from bakehouse.ir.digests import digest_value
from bakehouse.ir.execution import LaunchSpec, Place, StepError
from bakehouse.runners import building, distributions, environment_folders, pip_settings, requirements
from bakehouse.runners.answering import Answers, Ready, Tell
from bakehouse.runners.environment_folders import LOCK
from bakehouse.runners.errors import NotBuilt
from bakehouse.runners.pip_settings import PipSettings
from bakehouse.runners.requirements import Wanted
from bakehouse.storage.files import Files

_LOOK = 0.1  # seconds between looks at a lock that another engine holds
_READ_EVERY = 1.0
_KEY_LENGTH = 32
_TRIES = 3

#: What tells programs apart whose environments may differ: requirements, indexes, trusted hosts, the folder of the author's file.
_Asked = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], str]
_NOTHING: _Asked = ((), (), (), "")


class Environments:
    """The environments below one folder. Any thread may ask. Who waits for another engine hears of it every `told_every` seconds."""

    def __init__(self, folder: Path, store: Files, *, environ: Mapping[str, str], with_uv: bool = True, told_every: float = 1.0) -> None:
        self._folder, self._store, self._environ = folder, store, environ
        self._told_every = told_every
        self._interpreter = building.own()
        self._installer = building.Installer(environ, with_uv)
        self._lock = threading.Lock()
        self._answers = Answers(f"its environment cannot be made in {folder}")
        self._known: dict[_Asked, tuple[Place, object]] = {}
        self._pip: tuple[float, PipSettings | None] = (0.0, None)

    def ask(self, launch: LaunchSpec, tell: Tell, ready: Ready) -> None:
        """Call `ready` with the place of this attempt: at once if it is known and needs nothing installed, else from a thread. Never blocks."""
        asked = _asked(launch)
        if asked == _NOTHING and (place := self._still_right(asked, None)) is not None:
            ready(place)
        else:
            self._answers.ask(asked, lambda tell: self._found(asked, launch, tell), tell, ready)

    def known(self, launch: LaunchSpec) -> Place | None:
        """The place of this attempt if nothing has to be installed for it. Raises `NotBuilt` for requirements that cannot be meant."""
        wanted = self._wanted(launch)
        folder = environment_folders.newest(self._folder, self._key(wanted))
        if wanted.requirements and not (folder / LOCK).exists():
            return None
        lock = (folder / LOCK).read_text() if wanted.requirements else ""
        return place(str(folder / "bin" / "python"), lock, self._interpreter)

    def refresh(self, wanted: Wanted, tell: Tell) -> Path:
        """Build the environment of what is wanted anew, beside the one that is there, and let it be the one from now on; its folder.

        Steps that run go on in what they have. Waits for whoever builds the same. Raises `NotBuilt`.
        """
        for _ in range(_TRIES):
            key = self._key(wanted)
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._alone(key, wanted, tell):
                final = environment_folders.refreshed(self._folder, key)
                if self._make(key, final, wanted, tell, anew=True):
                    environment_folders.make_current(self._folder, key, final)
                    return final
        raise NotBuilt(_changes(wanted))

    def close(self) -> None:
        """End what is being built."""
        self._installer.close()

    # ------------------------------------------------------------ in a thread of its own

    def _found(self, asked: _Asked, launch: LaunchSpec, tell: Tell) -> Place:
        fresh = None if asked == _NOTHING else self._fresh(launch)
        place = self._still_right(asked, fresh) or self._place(launch, tell)
        with self._lock:
            self._known[asked] = (place, fresh)
        return place

    def _still_right(self, asked: _Asked, fresh: object) -> Place | None:
        """The place that is known, if it is still there, none has replaced it, and what it was made of is as it was."""
        with self._lock:
            place, made_of = self._known.get(asked, (None, None))
        if place is None or made_of != fresh:
            return None
        folder = Path(place.interpreter).parent.parent
        replaced = asked != _NOTHING and environment_folders.newest(self._folder, folder.name[:_KEY_LENGTH]) != folder
        return place if not replaced and environment_folders.use(folder) else None

    def _place(self, launch: LaunchSpec, tell: Tell) -> Place:
        """Find the environment or build it; again when something it is made of changes meanwhile."""
        for _ in range(_TRIES):
            wanted = self._wanted(launch)
            key = self._key(wanted)
            if self._is_there(key) or self._build(key, wanted, tell):
                folder = environment_folders.newest(self._folder, key)
                return place(str(folder / "bin" / "python"), (folder / LOCK).read_text(), self._interpreter)
        raise NotBuilt(_changes(wanted))

    def _is_there(self, key: str) -> bool:
        """Whether the environment is there, which is a use of it."""
        return environment_folders.use(environment_folders.newest(self._folder, key))

    def _build(self, key: str, wanted: Wanted, tell: Tell) -> bool:
        """Build the environment beside its place and move it there; not if what it is made of has changed, since others trust its name."""
        final = self._folder / key
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone(key, wanted, tell):
            if self._is_there(key):
                return True
            for half in [*self._folder.glob(f".{key}.*.part"), *([final] if final.exists() else [])]:
                shutil.rmtree(half, ignore_errors=True)
            return self._make(key, final, wanted, tell)

    def _make(self, key: str, final: Path, wanted: Wanted, tell: Tell, *, anew: bool = False) -> bool:
        """Build aside, and give the folder its name; not if what it is made of has changed meanwhile."""
        aside = environment_folders.beside(self._folder, key)
        try:
            self._fill(aside, final, wanted, tell, anew=anew)
            if self._key(wanted) != key:
                return False
            aside.rename(final)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return True

    def _fill(self, aside: Path, final: Path, wanted: Wanted, tell: Tell, *, anew: bool) -> None:
        building.make_empty(aside, self._interpreter)
        lock = ""
        if wanted.requirements:
            what = f"building environment: {wanted.said}"
            tell(what)
            self._installer.install(aside, wanted, lambda seconds: tell(f"{what}, {seconds:.0f} s"), anew=anew)
            building.move_scripts(aside, final)
            lock = self._lock_text(aside, wanted)
        environment_folders.describe(aside, wanted, self._interpreter, clock.system())
        (aside / LOCK).write_text(lock)

    def _lock_text(self, folder: Path, wanted: Wanted) -> str:
        """What was installed. What came from this disk may be rebuilt under the same version: its digest tells."""
        found = distributions.installed([building.site_packages(folder, self._interpreter)])
        digests: dict[str, str] = {}
        beside = [entry for links in wanted.link_folders for entry in distributions.archives(links)]
        for each in found:
            source = distributions.local_source(each)
            archives = [source] if source else [Path(entry.path) for name, version, entry in beside if (name, version) == (each.name, each.version)]
            if archives:
                contents = [distributions.source_digest(path, self._store) for path in archives]
                digests[each.name] = contents[0] if len(contents) == 1 else f"blake3:{digest_value(contents)}"
        return distributions.lock_text(found, digests)

    # ------------------------------------------------------------ keys

    def _wanted(self, launch: LaunchSpec) -> Wanted:
        if launch.program is None or not launch.program.requirements:
            return Wanted()
        return requirements.wanted(launch, self._pip_settings())

    def _pip_settings(self) -> PipSettings:
        """Pip's settings, read again every second: a user corrects them while a server runs."""
        now = time.monotonic()
        with self._lock:
            read_at, found = self._pip
            if found is None or now - read_at > _READ_EVERY:
                found = pip_settings.read(self._environ, Path(sys.prefix)).with_paths(Path.cwd())
                self._pip = now, found
        return found

    def _key(self, wanted: Wanted) -> str:
        """The name of the environment: all that decides what is in it."""
        pip = wanted.pip
        made_of = {
            "interpreter": [self._interpreter.executable, self._interpreter.build, platform_name()],
            "requirements": wanted.requirements,
            "from": [pip.index_url, pip.extra_index_urls, pip.find_links, pip.no_index, pip.pre, pip.only_binary, pip.no_binary],
            "no_deps": wanted.no_deps,
            "constraints": [_content(each) for each in pip.constraints],
            "local": [distributions.source_digest(path, self._store) for path in wanted.local],
            "links": _listing(wanted),
        }
        return digest_value(made_of if wanted.requirements else {"interpreter": made_of["interpreter"]})[:_KEY_LENGTH]

    def _fresh(self, launch: LaunchSpec) -> object:
        """What must be equal for a known place to be still right: cheaper than its key where archives are large."""
        wanted = self._wanted(launch)
        signatures = [None if path.is_dir() else self._store.signature(str(path)) for path in wanted.local]
        folders = [distributions.source_digest(path, self._store) for path in wanted.local if path.is_dir()]
        return wanted, signatures, folders, _listing(wanted)

    @contextmanager
    def _alone(self, key: str, wanted: Wanted, tell: Tell) -> Iterator[None]:
        """Hold the lock of this key, also against other engines."""
        descriptor = environment_folders.open_lock(self._folder, key)
        started = told = time.monotonic()
        try:
            while not environment_folders.locked(descriptor):
                now = time.monotonic()
                if now - told >= self._told_every:
                    told = now
                    tell(f"waiting for another engine that builds the environment: {wanted.said}, {now - started:.0f} s")
                time.sleep(_LOOK)
            yield
        finally:
            os.close(descriptor)


class CurrentEnvironment:
    """The environment that Bakehouse itself runs in, lent to steps (`--env current`)."""

    def __init__(self, store: Files) -> None:
        self._store = store
        self._answers = Answers("the current environment cannot be read")
        self._place: Place | None = None

    def ask(self, launch: LaunchSpec, tell: Tell, ready: Ready) -> None:
        """Call `ready` with the place, which is the same for all attempts: read once, in a thread."""
        del launch
        if self._place is None:
            self._answers.ask((), self._found, tell, ready)
        else:
            ready(self._place)

    def known(self, launch: LaunchSpec) -> Place:
        """The place, which is the same for all attempts."""
        del launch
        return self._place or self._read()

    def close(self) -> None:
        """Nothing is being built here."""

    def _found(self, tell: Tell) -> Place:
        if self._place is None:
            tell("reading the current environment")
            self._place = self._read()
        return self._place

    def _read(self) -> Place:
        found = distributions.installed(Path(folder) for folder in sys.path if folder)
        sources = {each.name: source for each in found if (source := distributions.local_source(each)) is not None and source.exists()}
        digests = {name: distributions.source_digest(path, self._store) for name, path in sources.items()}
        return place(sys.executable, distributions.lock_text(found, digests), building.own())


def place(interpreter: str, lock: str, python: building.Interpreter) -> Place:
    """The place of a step on this machine."""
    return Place(interpreter=interpreter, python=python.name, platform=platform_name(), lock=lock)


def platform_name() -> str:
    """Such as `linux-x86_64`."""
    return f"{sys.platform}-{platform.machine()}"


def _asked(launch: LaunchSpec) -> _Asked:
    program = launch.program
    if program is None or not program.requirements:
        return _NOTHING
    folder = os.path.dirname(launch.origin.file) if launch.origin else ""  # noqa: PTH120  # this path is hot
    return program.requirements, program.index_urls, program.trusted_hosts, folder


def _listing(wanted: Wanted) -> list[tuple[str, int, int]]:
    """The archives in local find-links folders: a rebuilt one shows by its size or time."""
    found = []
    for folder in wanted.link_folders:
        for _, _, entry in distributions.archives(folder):
            status = entry.stat()
            found.append((entry.path, status.st_size, status.st_mtime_ns))
    return found


def _content(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


def _changes(wanted: Wanted) -> StepError:
    return StepError(message=f"what is to be installed changes all the time: {wanted.said}", remedy="Run again when it is finished.")
