"""`python -m bakehouse`, and the program `bakehouse`."""

from __future__ import annotations

import sys

from bakehouse.cli import root


def main() -> None:
    """Run the command line of this process and end with its exit code."""
    code = root.main(sys.argv[1:])
    # Python remembers a Ctrl-C that went through an `exec` of text, as in the making of a dataclass, and then ends `python -m`
    # by SIGINT, though it was caught long since. Evaluating any text makes it forget.
    eval("0")  # noqa: S307  # a constant
    sys.exit(code)


if __name__ == "__main__":
    main()
