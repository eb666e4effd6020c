"""What every action gets first: who calls, and what it may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bakehouse.actions.packages import Files
from bakehouse.errors import Problem
from bakehouse.ir.execution import RunId
from bakehouse.orchestrator.ports import RunnerKind, Store
from bakehouse.orchestrator.scheduling import Capacity
from bakehouse.records.database import DEFAULT_NAMESPACE, Records
from bakehouse.storage.objects import NoObjects, Objects
from bakehouse.storage.recent import Recent

if TYPE_CHECKING:  # drawing is for pages: the command line need not load it
    from bakehouse.actions.graphs import Drawing

#: Things in the drawings that are kept: some 100 bytes each.
MOST_DRAWN = 200_000


@dataclass(frozen=True)
class Caller:
    """Who wants something. On a laptop that is the user of the machine, who may do everything in their own home."""

    name: str
    namespace: str = DEFAULT_NAMESPACE


def nobody(run_id: RunId) -> None:
    """Wakes nobody: whoever drives runs on this home looks for them by itself, every 2 s."""
    del run_id


def no_containers() -> Problem | None:
    """Where nobody looks for a container engine, there is none."""
    return Problem("there is no container engine", None, "Start Docker or Podman, or write the step as a `@dsl.component` function.")


def no_cluster() -> Problem | None:
    """Where nobody looks for a cluster, there is none."""
    return Problem("there is no cluster", None, "Run the pipeline with another runner.")


@dataclass(frozen=True)
class Context:
    """A caller, the records, the store of artifacts, and the home they lie in.

    `capacity` is what the machine of this process has. `fetch_allow` names hosts that need not be public for a pipeline to be fetched from them.
    `objects` are artifacts in object stores, `pipeline_root` is where artifacts go if neither run nor pipeline says so; empty: below the home.
    `wake` tells the engine of this process, if there is one, that a run was created or that something is wanted of it.
    `runner` is that of runs that name none. `containers` says why there is no container engine, `None` where there is one;
    `cluster` the same of the cluster on which steps run as pods, as far as it is set up.
    `shares_pods`: servers of other homes on these records have the same pods, and each may take over what another one had.
    `files` and `drawn` keep what was parsed and drawn lately of the pipelines of these records.
    """

    caller: Caller
    records: Records
    store: Store
    home: Path
    fetch_allow: tuple[str, ...] = ()
    capacity: Capacity = field(default_factory=Capacity)
    shares_pods: bool = False
    wake: Callable[[RunId], None] = nobody
    runner: RunnerKind = RunnerKind.AUTO
    containers: Callable[[], Problem | None] = no_containers
    cluster: Callable[[], Problem | None] = no_cluster
    objects: Objects = field(default_factory=NoObjects, repr=False)
    pipeline_root: str = ""
    files: Files = field(default_factory=Files, repr=False, compare=False)
    drawn: Recent[Drawing] = field(default_factory=lambda: Recent(MOST_DRAWN), repr=False, compare=False)
