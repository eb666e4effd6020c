"""A step in this very process, without a supervisor: on somebody's terminal, under a debugger if that is wanted, or where another watches."""

from __future__ import annotations

import linecache
import os
import sys

from . import documents, staging, stepping
from .programs import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def main(arguments: List[str]) -> int:
    """Run the step of the folder `arguments[0]`; its exit code.

    With `arguments[1]` being `pdb`, what it raises is looked at where it was raised; with `image` the file `running` there says when the
    function began.
    """
    folder = os.path.abspath(arguments[0])
    launch = documents.read(folder + "/launch.json")
    staging.stage(launch.get("stage") or (), lambda: False)
    # The code as it was recorded, whatever the author's file holds now: without a time, `linecache` never looks at the disk.
    for file, lines in Program(launch, folder + "/" + stepping.COPY).lines().items():
        linecache.cache[file] = (sum(map(len, lines)), None, lines, file)
    if arguments[1] == "image":
        return stepping.run(folder, launch, os.open(folder + "/running", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644))
    reading, line = os.pipe()  # nobody wants to hear when it begins
    try:
        return stepping.run(folder, launch, line, _look if arguments[1] == "pdb" else None)
    finally:
        os.close(reading)


def _look(error: BaseException) -> None:
    """A debugger at the line that raised; `q` ends it. Not for what is no error: an exit, or a debugger that was left."""
    import bdb
    import pdb  # noqa: T100  # the user asked for it

    if isinstance(error, Exception) and not isinstance(error, bdb.BdbQuit):
        sys.stderr.write("post-mortem debugger: u and d move along the stack, p shows a value, q ends it\n")
        pdb.post_mortem(_of_the_user(error.__traceback__))


def _of_the_user(frames: Any) -> Any:
    """The traceback without our own frames at its beginning; all of it where there are no others."""
    found = frames
    while found is not None and found.tb_frame.f_code.co_filename.startswith(_HERE):
        found = found.tb_next
    return found or frames
