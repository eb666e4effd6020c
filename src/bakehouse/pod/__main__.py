"""The keeper of a pod: `python3 -SEI THIS_FOLDER`. What it is to do stands in its environment: see `settings`.

Starts as a program, so it loads its own folder as a package under a private name.
"""

import sys

NAME = "_bakehouse_pod"

if __name__ == "__main__":
    package = type(sys)(NAME)
    package.__path__ = [__file__.rpartition("/")[0] or "."]
    package.__package__ = NAME
    sys.modules[NAME] = package
    __import__(NAME + ".keeper")
    sys.exit(sys.modules[NAME + ".keeper"].main())
