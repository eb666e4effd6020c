"""The exception that ended a step, told to people: a traceback without any frame of ours, and the document `error.json`."""

from __future__ import annotations

import errno
import linecache
import os
import sys
import traceback

from . import documents
from .errors import StepError
from .programs import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_INTERRUPTED = 130
#: Of each text in `error.json` so many characters are kept, the last ones: the log has it whole.
_LONGEST = 1 << 16
_FULL = (errno.ENOSPC, errno.EDQUOT)
#: Distributions whose name is not that of the module they bring.
_DISTRIBUTIONS = {
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "fitz": "PyMuPDF",
    "google.cloud.storage": "google-cloud-storage",
    "google.cloud.bigquery": "google-cloud-bigquery",
    "jwt": "PyJWT",
    "PIL": "Pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}


def report(error: BaseException, program: Program, folder: str) -> int:
    """Tell what ended the step: on stderr, and as `error.json` in this folder unless it is empty. The step's exit code."""
    for file, lines in program.lines().items():
        linecache.cache[file] = (sum(map(len, lines)), None, lines, file)
    try:
        told = _own(error) if isinstance(error, StepError) else _users(error, program)
    except Exception as trouble:  # an exception whose text cannot be made is still one
        told = {"type": type(error).__name__, "message": f"the error cannot be described: {trouble!r}", "traceback": "", "cause": "user error"}
    if folder:
        _write(folder + "/error.json", told)
    _say(error, told)
    return _INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1


def _own(error: StepError) -> "Dict[str, Any]":
    return {"type": type(error).__name__, "message": error.message, "traceback": "", "remedy": error.remedy, "cause": error.cause}


def _users(error: BaseException, program: Program) -> "Dict[str, Any]":
    if isinstance(error, SystemExit):
        told = traceback.TracebackException(SystemExit, error, error.__traceback__)
    else:
        told = traceback.TracebackException(type(error), error, error.__traceback__)
    ours = bool(told.stack) and told.stack[-1].filename.startswith(_HERE)
    _clean(told, program, [])
    document: Dict[str, Any] = {
        "type": _name(type(error)),
        "message": _text(error),
        "traceback": "".join(told.format()),
        "remedy": _remedy(error, os.path.dirname(program.file) if program.file != program.copy else ""),
        "cause": _cause(error, ours=ours),
    }
    if getattr(error, "bakehouse_retryable", True) is False:
        document["retryable"] = False
    document.update(_place(error, told, program))
    return document


def _cause(error: BaseException, *, ours: bool) -> str:
    if isinstance(error, MemoryError):
        return "out of memory"
    return "store" if ours and isinstance(error, OSError) and error.errno in _FULL else "user error"


def _clean(told: Any, program: Program, seen: "List[int]") -> None:
    """Take out our frames and name the author's file, in this exception and all that hang on it."""
    if told is None or id(told) in seen:
        return
    seen.append(id(told))
    frames = [frame for frame in told.stack if not frame.filename.startswith((_HERE, "<frozen importlib", "<frozen runpy"))]
    frames = [frame for frame in frames if not program.is_wrapper(frame.filename, frame.lineno or 0)]
    own = [index for index, frame in enumerate(frames) if frame.filename in (program.file, program.copy)]
    # What lies above the user's own code is the machinery that called it.
    frames = frames[own[0] :] if own else frames
    for frame in frames:
        file, line = program.place(frame.filename, frame.lineno or 0)
        if (file, line) != (frame.filename, frame.lineno):
            if getattr(frame, "end_lineno", None) is not None:
                frame.end_lineno += line - frame.lineno
            frame.filename, frame.lineno = file, line
    told.stack[:] = frames
    for other in (told.__cause__, told.__context__, *(getattr(told, "exceptions", None) or ())):
        _clean(other, program, seen)


def _place(error: BaseException, told: Any, program: Program) -> "Dict[str, Any]":
    """The innermost line of the user's own code; of a syntax error, the line that is wrong."""
    if isinstance(error, SyntaxError) and error.filename in (program.file, program.copy) and error.lineno:
        file, line = program.place(error.filename, error.lineno)
        return {"file": file, "line": line, "function": "", "source_line": (error.text or "").strip()}
    for frame in reversed(told.stack):
        if frame.filename in (program.file, program.copy):
            return {"file": frame.filename, "line": frame.lineno, "function": frame.name, "source_line": (frame.line or "").strip()}
    return {}


def _name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ in ("builtins", "__main__", "ephemeral_component") else f"{kind.__module__}.{kind.__qualname__}"


def _text(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.msg:
        return error.msg
    return str(error) or _name(type(error))


def _remedy(error: BaseException, folder: str) -> str:
    """What to do about it; `folder` is where the author's file lies, empty where that is not known."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return _module_remedy(error.name, folder)
    if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
        quoted = str(error).split("'")
        name = quoted[1] if len(quoted) > 1 else "it"
        return f"A component sees only what stands inside its function: import or define {name} there."
    return ""


def _module_remedy(module: str, folder: str) -> str:
    top = module.partition(".")[0]
    if top in ("kfp", "bakehouse"):
        return f'Inside a step only `{top}.dsl` is there. For the rest of it: packages_to_install=["{top}"] on the component.'
    if top in sys.modules and top != "google":
        return ""
    for place in (folder, os.path.join(folder, "src")) if folder else ():
        if _is_module(os.path.join(place, top)):
            return f'{top} lies in {place} and does not travel: run with `--code {place}`, or write @dsl.component(code="…") with that folder.'
    wanted = _DISTRIBUTIONS.get(module, _DISTRIBUTIONS.get(top, top))
    return f'Declare it on the component: packages_to_install=["{wanted}"].'


def _is_module(path: str) -> bool:
    """Whether a module of the author's own lies there: a file, or a folder with Python in it."""
    if os.path.isfile(path + ".py"):
        return True
    try:
        return any(name.endswith(".py") for name in os.listdir(path))
    except OSError:
        return False


def _cut(value: Any) -> Any:
    if not isinstance(value, str) or len(value) <= _LONGEST:
        return value
    return f"[{len(value) - _LONGEST:,} characters are left out: the log has them]\n{value[-_LONGEST:]}"


def _write(path: str, document: "Dict[str, Any]") -> None:
    try:
        documents.write(path, documents.text_of({name: _cut(value) for name, value in document.items()}))
    except OSError:
        pass  # stderr has it too


def _say(error: BaseException, told: "Dict[str, Any]") -> None:
    try:
        if sys.excepthook is not sys.__excepthook__ and not isinstance(error, (StepError, SystemExit)):
            sys.excepthook(type(error), error, error.__traceback__)  # the user's own way to show errors
        elif isinstance(error, (StepError, SystemExit)):
            sys.stderr.write(f"{told['message']}\n")
        else:
            sys.stderr.write(told["traceback"])
        if told.get("remedy"):
            sys.stderr.write(f"{told['remedy']}\n")
        sys.stderr.flush()
    except Exception:  # noqa: S110  # said beside it
        pass  # the step has closed its output; the document has it all
