"""What a fresh interpreter runs that `multiprocessing` starts for a step: the component's module is there, as in the step itself.

`multiprocessing` runs the file of its parent's `__main__` under the name `__mp_main__`; in a step that is this file.
"""

import os
import sys

_NAME = "_bakehouse_task"


def _launch_file() -> str:
    """The launch document of the step's attempt: beside its working directory, which its import path names, or beside its series."""
    beside = [entry for entry in sys.path if os.path.basename(entry) == "work"]
    beside.append(os.environ.get("BAKEHOUSE_SERIES", ""))
    for entry in beside:
        found = os.path.join(os.path.dirname(entry), "launch.json")
        if entry and os.path.exists(found):
            return found
    return ""


def _be_like_the_step() -> None:
    package = type(sys)(_NAME)
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules[_NAME] = package
    __import__(_NAME + ".shim")
    __import__(_NAME + ".documents")
    __import__(_NAME + ".programs")
    sys.modules[_NAME + ".shim"].install()
    found = _launch_file()
    if found:
        launch = sys.modules[_NAME + ".documents"].read(found)
        sys.modules[_NAME + ".programs"].Program(launch, os.path.join(os.path.dirname(found), "ephemeral_component.py")).load()


if __name__ == "__mp_main__":
    _be_like_the_step()
