"""The author's file, loaded in a process of its own, so that nothing it does can touch the program that runs its pipeline.

`start` returns at once: whoever called it may import and open what is needed meanwhile. `app.loaded` takes the result.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bakehouse.app import sdks
from bakehouse.app.git import Asking
from bakehouse.errors import BadInput, Problem, Problems
from bakehouse.ir.values import JsonObject

PYTHON_SUFFIXES = frozenset({".py"})
YAML_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
#: Of packages: `.zip`, `.tar.gz`, `.tgz`.
PACKAGE_SUFFIXES = frozenset({".zip", ".gz", ".tgz"})
_PACKAGES = str(Path(__file__).resolve().parents[2])
#: The folder the user stands in is not on the path of this program, only that of their file.
_BOOT = "import sys; sys.path[:] = [p for p in sys.path if p]; sys.path.append({packages!r}); from bakehouse.app import author; author.main()"

#: Called with the seconds that have gone by, every few seconds, while the file takes its time.
Waiting = Callable[[float], None]


@dataclass
class Loading:
    """A file that is being loaded. `child` is `None` for compiled pipelines, which are only read, `git` where nobody asks for its repository.

    In seconds: `look` lies between looks at a child that says nothing, `slow` between words to the user about what is waited for.
    """

    path: Path
    child: subprocess.Popen[bytes] | None
    pipe: int = -1
    look: float = 0.5
    slow: float = 5.0
    git: Asking | None = None

    def report(self, waiting: Waiting) -> JsonObject:
        """What the child found out. Raises `BadInput` when it ended without a word, `Problems` when the file cannot be accepted."""
        if self.child is None:
            raise ValueError(f"{self.path} is read, not run")
        try:
            text = self._text(waiting)
            code = self.child.wait() if not text.endswith(b"\n") else 0
        finally:
            self.close()
        if not text.endswith(b"\n"):
            raise BadInput(_silent(code), place=str(self.path), remedy="See what the file does while it is loaded: `python FILE` does the same.")
        report: JsonObject = json.loads(text)
        if "problems" in report:
            raise _refusal(report)
        return report

    def _text(self, waiting: Waiting) -> bytes:
        """All of the report; it ends with the only newline in it, or where the child died."""
        began = told = time.monotonic()
        parts: list[bytes] = []
        while True:
            ready, _, _ = select.select([self.pipe], [], [], self.look)
            if ready:
                part = os.read(self.pipe, 1 << 20)
                parts.append(part)
                if not part or part.endswith(b"\n"):
                    return b"".join(parts)
            elif self.child is not None and self.child.poll() is not None:
                return b"".join(parts)  # it left a process behind that keeps the pipe open
            now = time.monotonic()
            if now - told >= self.slow:
                told = now
                waiting(now - began)

    def close(self) -> None:
        """End the child, if it still runs."""
        if self.child is not None:
            if self.child.poll() is None:
                self.child.kill()
            self.child.wait()
        if self.pipe >= 0:
            os.close(self.pipe)
            self.pipe = -1


def start(path: Path, pipeline: str | None = None, sdk: str = sdks.AUTO) -> Loading:
    """Begin to load a file; `pipeline` names the one to take where there are several, `sdk` (one of `sdks.SDKS`) what compiles it.

    Raises `BadInput` for what is no pipeline file, and for an SDK where nothing is left to compile.
    """
    _checked(path)
    if path.suffix.lower() in YAML_SUFFIXES | PACKAGE_SUFFIXES:
        if sdk != sdks.AUTO:
            raise BadInput("is compiled already", place=str(path), remedy=f"Leave `--sdk {sdk}` out: it says what compiles a Python file.")
        return Loading(path, None)
    read_end, write_end = os.pipe()
    command = [
        sys.executable,
        "-c",
        _BOOT.format(packages=_PACKAGES),
        str(write_end),
        str(path),
        pipeline or "",
        sdk,
        "" if sdk == sdks.AUTO else "as --sdk says",
    ]
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2, pass_fds=[write_end])
    finally:
        os.close(write_end)
    return Loading(path, child, read_end)


def _checked(path: Path) -> None:
    if path.is_dir():
        raise BadInput("is a folder, not a pipeline file", place=str(path), remedy="Name the Python or YAML file in it.")
    if not path.exists():
        raise BadInput("there is no such file", place=str(path), remedy=f"The current folder is {Path.cwd()}.")
    if path.suffix.lower() not in PYTHON_SUFFIXES | YAML_SUFFIXES | PACKAGE_SUFFIXES:
        raise BadInput(
            "is not a pipeline file",
            place=str(path),
            remedy="A pipeline file ends in .py, .yaml, .yml or .json; a package of one in .zip or .tar.gz.",
        )
    if not path.is_file():
        raise BadInput("is not a regular file", place=str(path), remedy="Save the pipeline in a file first: nothing is read from pipes and devices.")
    if not os.access(path, os.R_OK):
        raise BadInput("cannot be read: permission denied", place=str(path), remedy=f"Let yourself read it: `chmod u+r {path}`, if it is yours.")


def _silent(code: int) -> str:
    """What to say of a child that ended without a report."""
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = "unknown"
        return f"Python was ended by signal {-code} ({name}) while it loaded the file"
    return f"the file ended Python with exit code {code} while it was loaded"


def _refusal(report: JsonObject) -> BadInput:
    problems = [Problem(**problem) for problem in report["problems"]]
    refusal = Problems(problems) if len(problems) > 1 else BadInput(problems[0].message, place=problems[0].place, remedy=problems[0].remedy)
    refusal.code = report["code"]
    return refusal
