"""How runs are made that a call outside a pipeline starts: kfp's `local.init` and its runners."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bakehouse.dsl import only_loaded
from bakehouse.dsl.only_loaded import Kind
from bakehouse.dsl.places import here
from bakehouse.ir.execution import OF_CONTAINERS
from bakehouse.local.errors import NotARunner, NotForContainer


@dataclass
class SubprocessRunner:
    """Steps are processes of this machine.

    With `use_venv` a step sees the packages that it asks for and no others; without, also those of this program. Environments are built once
    and kept, each under a lock: the other two settings change nothing, and are there for programs that were written for kfp.
    """

    use_venv: bool = True
    serialize_pip_installs: bool = True
    max_concurrent_pip_installs: int = 1


class DockerRunner:
    """Steps are containers of the Docker or Podman of this machine, each in its own image.

    `container_run_args` are arguments of the Docker SDK's `containers.create`, but for what Bakehouse says itself. How many images are pulled at a
    time changes nothing, and is there for programs that were written for kfp.
    """

    def __init__(self, max_concurrent_pip_installs: int = 1, **container_run_args: Any) -> None:
        self.max_concurrent_pip_installs, self.container_run_args = max_concurrent_pip_installs, container_run_args


LocalRunnerType = SubprocessRunner | DockerRunner


@dataclass(frozen=True)
class Configuration:
    """`isolated`: steps see only the packages they ask for. `pipeline_root`: the folder of artifacts; empty: below the home.

    `container`: steps are containers, made with these further arguments; `None`: what needs no image is a process.
    """

    isolated: bool = True
    pipeline_root: str = ""
    raise_on_error: bool = True
    use_cache: bool = True
    container: Mapping[str, Any] | None = None


class _Current:
    """The configuration of this process: one value, replaced as a whole, so that threads see the one or the other."""

    configuration = Configuration()


def current() -> Configuration:
    """How runs are made now: before any `init` as `bakehouse run` makes them."""
    return _Current.configuration


def reset() -> None:
    """Forget what `init` said: runs are made as before the first one."""
    if not only_loaded.noted(Kind.LOCAL, "reset"):
        _Current.configuration = Configuration()


def init(  # noqa: PLR0913, PLR0917  # kfp's signature
    runner: SubprocessRunner | DockerRunner,
    pipeline_root: str = "./local_outputs",
    workspace_root: str | None = None,
    raise_on_error: bool = True,  # noqa: FBT001, FBT002  # kfp's signature
    enable_caching: bool = False,  # noqa: FBT001, FBT002  # kfp's signature
    cache_root: str | None = None,
) -> None:
    """Say how components and pipelines run that are called outside a pipeline, from now on in this process; nobody has to.

    `pipeline_root`: the folder for artifacts, seen from the current one. `raise_on_error`: a run that fails raises `RunFailed`; else its task has no
    outputs. `enable_caching`: results of earlier runs may be used; they are those of the home, which are there without `init` too. A run has a
    workspace of its own below the home, so `workspace_root` and `cache_root` change nothing; a warning says so.

    Raises `NotARunner`, and `NotForContainer` for an argument of a `DockerRunner` that cannot be meant.
    """
    if only_loaded.noted(Kind.LOCAL, "init"):
        return
    if isinstance(runner, DockerRunner):
        _check(runner.container_run_args)
    elif not isinstance(runner, SubprocessRunner):
        raise NotARunner(given=runner, place=here())
    for name, value in (("workspace_root", workspace_root), ("cache_root", cache_root)):
        if value is not None:
            warnings.warn(f"{name} is not used: workspaces and results lie in the home of Bakehouse (BAKEHOUSE_HOME)", stacklevel=2)
    _Current.configuration = Configuration(
        isolated=isinstance(runner, DockerRunner) or runner.use_venv,
        container=dict(runner.container_run_args) if isinstance(runner, DockerRunner) else None,
        pipeline_root=pipeline_root if "://" in pipeline_root else str(Path(pipeline_root).absolute()),
        raise_on_error=raise_on_error,
        use_cache=enable_caching,
    )


def _check(arguments: Mapping[str, Any]) -> None:
    """Raise `NotForContainer` for what cannot be meant: it is recorded with each run, and Bakehouse says some of it itself."""
    for name, value in arguments.items():
        if name in OF_CONTAINERS:
            raise NotForContainer(argument=name, why="Bakehouse itself says that of the container of a step", place=here())
        try:
            json.dumps(value)
        except (TypeError, ValueError) as error:
            raise NotForContainer(argument=name, why=f"it is recorded with each run, and {error}", place=here()) from error
