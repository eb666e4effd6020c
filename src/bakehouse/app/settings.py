"""Settings, read once from the environment; they reach every station as values. docs/reference/settings.md lists them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bakehouse.errors import BadInput


@dataclass(frozen=True)
class Settings:
    """`home`: the folder of records, artifacts and environments. `slots`: steps at a time on this machine.

    `fetch_allow`: hosts from which pipelines are fetched though they are not public, or not by https.
    """

    home: Path
    slots: int
    fetch_allow: tuple[str, ...] = ()


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that BAKEHOUSE_HOME, BAKEHOUSE_SLOTS and BAKEHOUSE_FETCH_ALLOW give. Raises `BadInput` for a value that cannot be meant."""
    home = Path(environ.get("BAKEHOUSE_HOME") or Path(environ.get("HOME", "~")) / ".bakehouse").expanduser().absolute()
    text = environ.get("BAKEHOUSE_SLOTS", "")
    if text and not (text.isascii() and text.isdigit() and int(text) > 0):
        raise BadInput(
            f"BAKEHOUSE_SLOTS is {text!r}, not a number of steps",
            place="environment variable BAKEHOUSE_SLOTS",
            remedy="Set it to 1 or more, or unset it: then max(4, cores) steps run at a time.",
        )
    return Settings(
        home=home,
        slots=int(text) if text else max(4, os.cpu_count() or 1),
        fetch_allow=tuple(host for host in (one.strip().lower() for one in environ.get("BAKEHOUSE_FETCH_ALLOW", "").split(",")) if host),
    )
