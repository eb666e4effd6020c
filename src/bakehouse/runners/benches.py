"""Where an attempt has its artifacts while it runs: outputs whose root is in an object store are written to a folder of the attempt first. Pure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bakehouse.ir.execution import LaunchSpec
from bakehouse.storage import addresses


def folder(launch: LaunchSpec, attempt: Path) -> Path | None:
    """The folder, in that of the attempt, below which the artifacts are written; `None` where their root is a local one."""
    return attempt / "artifacts" if addresses.is_object(launch.root) else None


def near(launch: LaunchSpec, attempt: Path) -> LaunchSpec:
    """The same launch with a local root, below which its outputs lie."""
    bench = folder(launch, attempt)
    if bench is None:
        return launch
    outputs = {name: replace(one, uri=path(one.uri, launch, attempt)) for name, one in launch.output_artifacts.items()}
    return replace(launch, root=str(bench), output_artifacts=outputs)


def path(uri: str, launch: LaunchSpec, attempt: Path) -> str:
    """The local path of what is to lie below the launch's root; any other URI as it is."""
    bench, within = folder(launch, attempt), addresses.relative(uri, launch.root)
    return uri if bench is None or within is None else str(bench / within)


def address(local: Path, launch: LaunchSpec, attempt: Path) -> str:
    """The URI to which a local path belongs; empty for one that does not lie below the folder."""
    bench = folder(launch, attempt)
    return addresses.below(launch.root, local.relative_to(bench).as_posix()) if bench is not None and bench in local.parents else ""
