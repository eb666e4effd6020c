"""Outputs that belong into an object store: uploaded when the attempt is collected, and noted, so that collecting twice uploads once."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from bakehouse.runners.attempts import AttemptFolder
from bakehouse.storage.files import NOTHING
from bakehouse.storage.objects import Objects

_NOTED = "uploaded.json"


def upload(source: Path, uri: str, folder: AttemptFolder, objects: Objects) -> tuple[str, int]:
    """Digest and size of what was written at `source` and lies at `uri` now; that of nothing where the step wrote none.

    Raises what `Objects.upload` raises, `Abandoned` once the attempt was asked to stop.
    """
    noted = folder.read(_NOTED) or {}
    known = noted.get(uri)
    if isinstance(known, list):
        return str(known[0]), int(known[1])
    if not os.path.lexists(source):
        return NOTHING, 0
    found = objects.upload(source, uri, stopped=folder.asked_to_stop)
    _note(folder, {**noted, uri: list(found)})
    return found


def _note(folder: AttemptFolder, noted: Mapping[str, object]) -> None:
    aside = folder.path / f".{_NOTED}"
    aside.write_text(json.dumps(noted))
    aside.replace(folder.path / _NOTED)
