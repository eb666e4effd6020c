"""Where the examples lie: in a clone under examples/, in a wheel inside the package."""

from __future__ import annotations

from pathlib import Path

from bakehouse.errors import Unavailable

_PACKAGE = Path(__file__).resolve().parent.parent


def folder(name: str) -> Path:
    """The folder of an example. Raises `Unavailable` when the installation lacks it."""
    for place in (_PACKAGE / "_examples" / name, _PACKAGE.parent.parent / "examples" / name):
        if (place / "pipeline.py").is_file():
            return place
    raise Unavailable(
        f"this installation of Bakehouse lacks its example {name}",
        place=str(_PACKAGE),
        remedy="Install the wheel again, or run `bakehouse run FILE.py` with a pipeline of your own.",
    )
