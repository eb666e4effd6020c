"""`python -m bakehouse`, and the program `bakehouse`."""

from __future__ import annotations

import sys

from bakehouse.cli import root


def main() -> None:
    """Run the command line of this process and end with its exit code."""
    sys.exit(root.main(sys.argv[1:]))


if __name__ == "__main__":
    main()
