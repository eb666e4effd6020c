"""The runtime of a step: `INTERPRETER -u -s [-S] THIS_FILE_OR_ITS_FOLDER ATTEMPT_FOLDER LOCK`.

LOCK is an open descriptor that holds the attempt's lock, or the path of the file to lock. With `plain` or `pdb` for it nobody supervises
the step: it runs in this very process, on the terminal that this was started on. With `image` it does, too, watched by whoever started this.

Starts as a program, so it loads its own folder as a package under a private name: the step's own imports never meet it.
"""

import gc
import sys

NAME = "_bakehouse_task"


def folder() -> str:
    """The absolute path of this package."""
    path = __file__.rpartition("/")[0]
    if path.startswith("/"):
        return path
    import os

    return os.path.abspath(path)


def load(path: str) -> None:
    """Make the package in this folder importable under its private name."""
    package = type(sys)(NAME)
    package.__path__ = [path]
    package.__package__ = NAME
    sys.modules[NAME] = package


if __name__ == "__main__":
    gc.disable()  # until the user's function begins nothing becomes garbage
    here = folder()
    # Python put our folder first; nothing of ours is to be found by a step's imports.
    sys.path[:] = [entry for entry in sys.path if entry not in (here, __file__.rpartition("/")[0])]
    load(here)
    entry = NAME + (".attending" if sys.argv[2] in ("plain", "pdb", "image") else ".supervising")
    __import__(entry)
    sys.exit(sys.modules[entry].main(sys.argv[1:]))
