"""What an exception says to the author of a file: their own frames and lines, and what to do. Pure, but for reading source lines."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from pathlib import Path

from bakehouse.app import missing
from bakehouse.app.aliases import NotServed
from bakehouse.dsl import older, places
from bakehouse.dsl.places import Frame
from bakehouse.errors import Problem

_MOST_FRAMES = 5
_OURS = f"{Path(__file__).parents[1]}{os.sep}"
#: Names that only kfp's SDK before 2.0 has, which took any function for a pipeline.
_VERSION_1 = re.compile(r"\b(ContainerOp|ResourceOp|VolumeOp|func_to_container_op|create_component_from_func)\b")
#: Python's message about a keyword that a function does not have; methods stand there with their class.
_KEYWORD = re.compile(r"(\w+)\(\) got an unexpected keyword argument '(\w+)'")


def own_frames(error: BaseException) -> list[Frame]:
    """The frames of an exception that are the author's, outermost first: not ours, not of Python, not of installed packages."""
    libraries = _libraries()
    return [frame for frame in places.frames(error) if not _foreign(frame.file, libraries)]


def _libraries() -> tuple[str, ...]:
    """The folders of Python's own modules and of installed packages."""
    return tuple(f"{os.path.realpath(sysconfig.get_path(name))}{os.sep}" for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def _foreign(file: str, libraries: tuple[str, ...]) -> bool:
    return file.startswith(("<", _OURS)) or places.is_installed(file) or os.path.realpath(file).startswith(libraries)


def problem(error: BaseException, path: str) -> Problem:
    """An exception that the author's file (`path`) raised while it was loaded, as a problem of that file."""
    if isinstance(error, SyntaxError):
        return _syntax_problem(error, path)
    frames = own_frames(error)
    need = missing.need(error)
    said = need.words if need is not None and isinstance(error, (ImportError, AttributeError)) else str(error)
    message = f"{_kind(error)}: {said}" if said else _kind(error)
    place = frames[-1].place if frames else path
    return Problem(message + _told(frames), place, _remedy(error))


def _kind(error: BaseException) -> str:
    return "ImportError" if isinstance(error, NotServed) else type(error).__name__


def _told(frames: list[Frame]) -> str:
    """The lines that led to it, innermost last. The place names the innermost already: alone, only its source is shown."""
    if len(frames) == 1:
        return f"\n    {frames[0].source}" if frames[0].source else ""
    shown = frames[-_MOST_FRAMES:]
    left_out = [f"\n  … {len(frames) - len(shown)} calls before"] if len(frames) > len(shown) else []
    return "".join([*left_out, *(f"\n  {frame.place} in {frame.function}\n    {frame.source}" for frame in shown)])


def _syntax_problem(error: SyntaxError, path: str) -> Problem:
    place = ":".join(str(part) for part in (error.filename or path, error.lineno, error.offset) if part)
    line = (error.text or "").rstrip("\n")
    shown = f"\n    {line.strip()}" if line.strip() else ""
    if shown and error.offset:
        shown += "\n    " + " " * max(0, error.offset - 1 - (len(line) - len(line.lstrip()))) + "^"
    return Problem(f"{type(error).__name__}: {error.msg}{shown}", place, None)


def _remedy(error: BaseException) -> str | None:
    need = missing.need(error)
    if need is not None:
        return need.remedy
    hiding = _hides_pythons_own(error)
    if hiding is not None:
        return f"{hiding} hides Python's own module {hiding.stem}: give the file another name."
    if isinstance(error, ModuleNotFoundError) and error.name:
        module = error.name.partition(".")[0]
        return (
            f"Import it inside the component that uses it, and name its package in packages_to_install;"
            f" or, if the file itself needs it, install it: {sys.executable} -m pip install …  (the package that has `{module}`)."
        )
    keyword = _KEYWORD.search(str(error))
    if keyword and f"{keyword[1]}.{keyword[2]}" in older.KEYWORDS:
        return older.KEYWORDS[f"{keyword[1]}.{keyword[2]}"]
    return None


def _hides_pythons_own(error: BaseException) -> Path | None:
    """The file of the author's that is named as a module of Python is, where an import or a look into that module failed."""
    module = error.obj if isinstance(error, AttributeError) else sys.modules.get(error.name or "") if isinstance(error, ImportError) else None
    file = getattr(module, "__file__", None) or (error.path if isinstance(error, ImportError) else None)
    if file is None or Path(file).stem not in sys.stdlib_module_names or _foreign(file, _libraries()):
        return None
    return Path(file)


def written_for_version_1(path: str) -> str:
    """What to do about a file without a pipeline that is written for kfp's SDK before 2.0; empty if it is not."""
    try:
        found = _VERSION_1.search(Path(path).read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""
    if not found:
        return ""
    return (
        f"`{found[1]}` belongs to version 1 of the kfp SDK, which took any function for a pipeline: put @dsl.pipeline on that which makes the steps."
    )
