"""What every action gets first: who calls, and what it may use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bakehouse.orchestrator.ports import Store
from bakehouse.records.database import Records


@dataclass(frozen=True)
class Caller:
    """Who wants something. On a laptop that is the user of the machine, who may do everything in their own home."""

    name: str
    namespace: str = "default"


@dataclass(frozen=True)
class Context:
    """A caller, the records, the store of artifacts, and the home they lie in."""

    caller: Caller
    records: Records
    store: Store
    home: Path
