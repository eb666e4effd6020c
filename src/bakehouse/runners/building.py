"""Makes one virtual environment: the folder by hand (milliseconds), packages by `uv`, or by the pip that Python brings where there is no uv."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bakehouse.ir.execution import StepError
from bakehouse.runners import distributions
from bakehouse.runners.errors import NotBuilt
from bakehouse.runners.pip_settings import PipSettings, pip_arguments, pip_variables, uv_arguments, uv_variables
from bakehouse.runners.requirements import Wanted

_find_uv: Callable[[], str] | None = None
with suppress(ImportError):  # a distribution without it: pip does the same, slower
    from uv import find_uv_bin

    _find_uv = find_uv_bin

#: Variables of the caller that would make an installer look at, or write to, another environment.
_NOT_PASSED = frozenset({
    "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "PYTHONPATH", "PYTHONHOME", "PYTHONNOUSERSITE",
    "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV",
})  # fmt: skip
#: What of uv's own variables is passed: where it caches, whom it trusts, how patient it is. Any other could decide what is installed.
_UV_PASSED = frozenset({
    "UV_CACHE_DIR", "UV_NO_CACHE", "UV_LINK_MODE", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_HTTP_TIMEOUT", "UV_HTTP_CONNECT_TIMEOUT",
    "UV_REQUEST_TIMEOUT", "UV_HTTP_RETRIES", "UV_CONCURRENT_DOWNLOADS", "UV_CONCURRENT_BUILDS", "UV_CONCURRENT_INSTALLS",
})  # fmt: skip
_TOLD_EVERY = 1.0  # seconds
_TAIL, _LONGEST = 12, 300  # lines, characters
#: How lines begin that tell the reader nothing: they name our own folders, or what was tried before.
_SAYS_NOTHING = ("Using Python", "Resolved ", "No solution found when resolving dependencies", "WARNING: ", "warning: ", "hint: ")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
#: uv's ornaments and both installers' labels at the start of a line.
_NOISE = re.compile(r"^[\s×╰│├─▶]*((error|cause|ERROR): )?")
_UNREACHABLE = re.compile(
    r"dns error|timed out|connection (refused|reset|broken|error)|error sending request|failed to fetch|certificate|tunnel|resolve host",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Interpreter:
    """A Python that environments are made of. `executable` is absolute; `name` such as `cpython-3.11.7`, `build` its full version text."""

    executable: str
    version: tuple[int, int, int]
    name: str
    build: str


def own() -> Interpreter:
    """The Python that this program runs on, without the virtual environment around it."""
    executable = getattr(sys, "_base_executable", "") or sys.executable
    version = sys.version_info[:3]
    return Interpreter(executable, version, f"{sys.implementation.name}-{'.'.join(map(str, version))}", sys.version)


def make_empty(folder: Path, interpreter: Interpreter) -> None:
    """A virtual environment in which nothing is installed, as `python -m venv --without-pip` makes it, without the cost of starting that."""
    major, minor, _ = interpreter.version
    programs = folder / "bin"
    packages = site_packages(folder, interpreter)
    for each in (programs, packages, folder / "include"):
        each.mkdir(parents=True)
    if sys.maxsize > 1 << 32 and sys.platform == "linux":
        (folder / "lib64").symlink_to("lib")
    (programs / "python").symlink_to(interpreter.executable)
    for name in ("python3", f"python{major}.{minor}"):
        (programs / name).symlink_to("python")
    home = Path(interpreter.executable).parent
    version = ".".join(map(str, interpreter.version))
    (folder / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\nversion = {version}\n")


def site_packages(folder: Path, interpreter: Interpreter) -> Path:
    """Where packages lie in a virtual environment."""
    return folder / "lib" / f"python{interpreter.version[0]}.{interpreter.version[1]}" / "site-packages"


@dataclass
class Installer:
    """Runs the installing programs; `close` ends those that run."""

    environ: Mapping[str, str]
    with_uv: bool = True
    _running: set[subprocess.Popen[bytes]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    def install(self, folder: Path, wanted: Wanted, tell: Callable[[float], None], *, anew: bool = False) -> None:
        """Install what is wanted into the virtual environment; `tell` hears once a second how many seconds it has taken.

        `anew`: indexes and sources are asked again, whatever the installer remembers of them. Raises `NotBuilt` with the installer's own words.
        """
        program = uv_program() if self.with_uv else None
        command = _uv_command(program, folder, wanted, anew=anew) if program else _pip_command(folder, wanted)
        environ = {name: value for name, value in self.environ.items() if _is_passed(name)}
        if program:
            environ.update(uv_variables(_absolute(wanted.pip)), UV_NO_CONFIG="1", UV_PYTHON_DOWNLOADS="never", NO_COLOR="1")
        else:
            environ.update(pip_variables(_absolute(wanted.pip)))
        log = folder / "install.log"
        code = self._run(command, environ, log, tell)
        if code != 0:
            raise NotBuilt(failure(wanted, log.read_text(errors="replace")))
        log.unlink()

    def close(self) -> None:
        """End what is being installed: nobody waits for it any more."""
        with self._lock:
            self._closed = True
            for process in self._running:
                with suppress(ProcessLookupError):
                    process.kill()

    def _run(self, command: Sequence[str], environ: Mapping[str, str], log: Path, tell: Callable[[float], None]) -> int:
        started = time.monotonic()
        # At `/` no project's own settings are found.
        with log.open("wb") as output, self._lock:
            if self._closed:
                raise NotBuilt(StepError(message="the engine is leaving"))
            process = subprocess.Popen(command, env=environ, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output)
            self._running.add(process)
        try:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    return process.wait(_TOLD_EVERY)
                tell(time.monotonic() - started)
        finally:
            with self._lock:
                self._running.discard(process)


def uv_program() -> str | None:
    """The `uv` that is installed beside Bakehouse."""
    if _find_uv is None:
        return None
    try:
        return os.fspath(_find_uv())
    except FileNotFoundError:
        return None


def failure(wanted: Wanted, output: str) -> StepError:
    """What the reader is told of an installation that failed: the requirements, the installer's last words without its ornaments."""
    lines = [_NOISE.sub("", _CREDENTIALS.sub("***@", line)).strip() for line in output.splitlines()]
    telling = [line for line in lines if line and not line.startswith(_SAYS_NOTHING)] or [line for line in lines if line]
    said = "\n".join(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…" for line in telling[-_TAIL:]) or "the installer said nothing"
    if _UNREACHABLE.search(output):
        remedy = "See that the package index can be reached (pip's own settings are used: `pip config list`), then run again."
    else:
        remedy = "Correct packages_to_install, or see that the package index has them (pip's own settings are used: `pip config list`)."
    return StepError(message=f"cannot install {wanted.said}: {said}", type="EnvironmentError", remedy=remedy)


def move_scripts(folder: Path, final: Path) -> None:
    """Make the programs of an environment name the interpreter at its final place."""
    before, after = os.fsencode(folder), os.fsencode(final)
    for program in (folder / "bin").iterdir():
        if program.is_symlink() or not program.is_file():
            continue
        content = program.read_bytes()
        if before in content and b"\0" not in content[:1024]:
            # A new file: the old one may be a hard link into uv's cache.
            aside = program.with_name(f".{program.name}")
            aside.write_bytes(content.replace(before, after))
            aside.chmod(program.stat().st_mode)
            aside.replace(program)


def _is_passed(name: str) -> bool:
    return name in _UV_PASSED if name.startswith("UV_") else name not in _NOT_PASSED


def _uv_command(program: str, folder: Path, wanted: Wanted, *, anew: bool) -> list[str]:
    # Byte code is compiled when a step first imports a module: compiling all of a large package takes longer than using it.
    command = [program, "pip", "install", "--no-progress", "--no-python-downloads", f"--python={folder / 'bin' / 'python'}"]
    # What lies in a folder of links may have been rebuilt: uv would take what it remembers under the same file name.
    renewed = dict.fromkeys(name for links in wanted.link_folders for name, _, _ in distributions.archives(links))
    command += [f"--reinstall-package={name}" for name in renewed] + ["--no-deps"] * wanted.no_deps + ["--refresh"] * anew
    return [*command, *uv_arguments(_absolute(wanted.pip)), "--", *wanted.requirements]


def _pip_command(folder: Path, wanted: Wanted) -> list[str]:
    """The pip that `ensurepip` carries, run from its wheel: so the environment holds what was asked for and not pip."""
    spec = importlib.util.find_spec("ensurepip")
    places = [Path(each) / "_bundled" for each in (spec.submodule_search_locations or [] if spec else [])]
    wheels = [wheel for place in [*places, Path("/usr/share/python-wheels")] for wheel in sorted(place.glob("pip-*.whl"))]
    if not wheels:
        raise NotBuilt(StepError(message=f"cannot install {wanted.said}: there is neither uv nor pip", remedy="pip install uv"))
    said = [*pip_arguments(_absolute(wanted.pip)), *["--no-deps"] * wanted.no_deps]
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-warn-script-location", "--no-compile"]
    return [str(folder / "bin" / "python"), str(wheels[-1] / "pip"), "install", *quiet, *said, "--", *wanted.requirements]


def _absolute(pip: PipSettings) -> PipSettings:
    """The settings with absolute paths: the installer runs elsewhere."""
    return pip.with_paths(Path.cwd())
