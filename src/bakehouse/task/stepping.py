"""The step: what happens in the forked process, from its surroundings to the document it leaves."""

from __future__ import annotations

import gc
import io
import os
import sys
import time

from . import shim
from .programs import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Mapping, Optional

#: The component's source, in the folder of its attempt.
COPY = "ephemeral_component.py"


def run(folder: str, launch: Mapping[str, Any], running_line: int, look: "Optional[Callable[[BaseException], None]]" = None) -> int:
    """Run the component's function of this attempt; the exit code.

    `running_line`: where to tell that it begins. `look` is called with what ended it, once that was told, while its frames are still there.
    """
    images = _surround(folder, launch)
    program = Program(launch, folder + "/" + COPY)
    sys.argv = [program.copy]
    owner = os.getpid()
    try:
        program.write()
        if images is not None:
            images.install(folder, launch)
        entry = shim.install()
        if entry:
            from . import foreign

            foreign.run(program, launch, entry, lambda: begin(running_line))
        else:
            _call(program, launch, running_line)
        if images is not None and os.getpid() == owner:
            images.gather(launch)
    except BaseException as error:
        code = _failed(error, program, folder if os.getpid() == owner else "")
        if look is not None:
            look(error)
        return code
    return 0


def begin(line: int) -> None:
    """Tell the supervisor that the user's function begins now."""
    gc.enable()
    os.write(line, repr(time.time()).encode())
    os.close(line)


def _call(program: Program, launch: Mapping[str, Any], running_line: int) -> None:
    from . import artifacts, kinds
    from .arguments import Given
    from .results import Results

    executor_input = launch["executor_input"]
    root = launch.get("root") or os.path.dirname(executor_input["outputs"]["outputFile"])
    artifacts.located(launch.get("paths", {}), root)
    owner = os.getpid()
    function = program.load()
    given = Given(executor_input, kinds.annotations_of(function))
    given.make_folders()
    results = Results(program.function, given)
    arguments = given.arguments()
    begin(running_line)
    try:
        returned = function(**arguments)
    except SystemExit as ending:
        if ending.code not in (None, 0):
            raise
        returned = None
    if os.getpid() != owner:
        return  # a process that the function forked and let return: its parent is the step
    results.take(returned)
    _write(given.document, results.text())


def _write(path: str, text: str) -> None:
    from . import documents

    os.makedirs(os.path.dirname(path), exist_ok=True)
    documents.write(path, text)


def _failed(error: BaseException, program: Program, folder: str) -> int:
    """The exit code for what ended the function; said on stderr, and in the attempt's folder unless that is not ours to write."""
    if isinstance(error, SystemExit):
        if error.code is None:
            return 0
        if isinstance(error.code, int):
            return error.code
    from . import failures

    return failures.report(error, program, folder)


def _surround(folder: str, launch: Mapping[str, Any]) -> Any:
    """Make this process a program of its own: environment, working directory, import path, `__main__`.

    The module `images` for a step in the surroundings of its image, which it keeps; else `None`.
    """
    images: Any = None
    os.umask(os.umask(0o077) & 0o077)  # whatever the engine's is, the step can read what it writes
    if launch.get("surroundings") == "image":
        from . import images

        images.surround(launch["environment"])
    else:
        os.chdir(folder + "/work")
        os.environ.clear()
        os.environ.update(launch["environment"])
    for path in reversed(_new_paths()):
        sys.path.insert(0, path)
    sys.path.insert(0, os.getcwd() if images else folder + "/work")
    _be_main()
    _provide_builtins()
    sys.stdout = sys.__stdout__ = _stream(1, "<stdout>")  # type: ignore[misc]  # final for others
    sys.stderr = sys.__stderr__ = _stream(2, "<stderr>")  # type: ignore[misc]  # final for others
    return images


def _stream(descriptor: int, name: str) -> io.TextIOWrapper:
    """Unbuffered text in UTF-8, whatever the locale: a print is never what fails. Python's own took the supervisor's file for its end."""
    raw = io.FileIO(descriptor, "w", closefd=False)
    raw.name = name
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", newline="\n", write_through=True)


def _new_paths() -> "list[str]":
    """Folders of the step's PYTHONPATH that this interpreter was not started with."""
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return [os.path.abspath(path) for path in paths if path and os.path.abspath(path) not in sys.path]


def _be_main() -> None:
    """A `__main__` from which `multiprocessing` can start fresh interpreters: it tells them how to find the component's module."""
    main = type(sys)("__main__")
    main.__file__ = os.path.join(os.path.dirname(os.path.abspath(__file__)), "spawned.py")
    main.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main


def _provide_builtins() -> None:
    """What the `site` module gives a program, where it was left out."""
    import builtins

    if not hasattr(builtins, "exit"):
        from _sitebuiltins import Quitter, _Helper

        builtins.exit = Quitter("exit", "Ctrl-D (i.e. EOF)")
        builtins.quit = Quitter("quit", "Ctrl-D (i.e. EOF)")
        builtins.help = _Helper()
