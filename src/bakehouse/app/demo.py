"""Where the example that `bakehouse demo` runs lies: in a clone under examples/, in a wheel inside the package."""

from __future__ import annotations

from pathlib import Path

from bakehouse.errors import Unavailable

_PACKAGE = Path(__file__).resolve().parent.parent


def pipeline_file() -> Path:
    """The digits pipeline. Raises `Unavailable` when the installation lacks it."""
    for place in (_PACKAGE / "_examples" / "digits" / "pipeline.py", _PACKAGE.parent.parent / "examples" / "digits" / "pipeline.py"):
        if place.is_file():
            return place
    raise Unavailable(
        "this installation of Bakehouse lacks its example",
        place=str(_PACKAGE),
        remedy="Install the wheel again, or run `bakehouse run FILE.py` with a pipeline of your own.",
    )
