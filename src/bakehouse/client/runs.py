"""Runs: started out of files, functions and uploaded versions, looked at, and waited for."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bakehouse.client import noting, packages
from bakehouse.client.answers import Run
from bakehouse.client.connection import part
from bakehouse.client.errors import NoPipelineServer, NoServer, RunGoesOn, ServerFailed, WrongArguments
from bakehouse.client.experiments import Experiments
from bakehouse.compiler import files
from bakehouse.dsl.component import BaseComponent
from bakehouse.ir.spec import PipelineFile
from bakehouse.ir.values import JsonObject

_PATH = "/runs"
_DEFAULT_EXPERIMENT = "Default"
_OVER = frozenset(("SUCCEEDED", "FAILED", "SKIPPED", "CANCELED"))
#: For so long (seconds) a server may be away while a run is waited for: it may be started anew.
_PATIENCE = 60.0
_FIRST_PAUSE = 0.1  # seconds


class RunPipelineResult:
    """A run that was started: `run_id`, and `run_info`, which is the run as the server answered it then."""

    def __init__(self, client: Runs, run_info: Run) -> None:
        self._client = client
        self.run_info = run_info
        self.run_id = run_info.run_id or ""

    def wait_for_run_completion(self, timeout: float | timedelta | None = None) -> Run:
        """The run once it is over, whatever its state; `timeout` in seconds, without one for ever. Raises `RunGoesOn`."""
        return self._client.wait_for_run_completion(self.run_id, timedelta.max if timeout is None else timeout)

    def __repr__(self) -> str:
        return f"RunPipelineResult(run_id={self.run_id}, url={self._client.run_url(self.run_id)})"


@dataclass(frozen=True)
class _Wanted:
    """A run as it is asked for; `source` is the pipeline, by its spec or by its version."""

    name: str
    source: Mapping[str, Any]
    arguments: Mapping[str, Any] | None
    pipeline_root: str | None
    service_account: str | None

    def __post_init__(self) -> None:
        """Raises `WrongArguments` for arguments without names: before an experiment is made for the run."""
        if self.arguments is not None and not isinstance(self.arguments, Mapping):
            raise WrongArguments(f"arguments are given by name, not as {self.arguments!r}", place="arguments", remedy='Write {"name": value, …}.')

    def message(self, experiment_id: str) -> JsonObject:
        """The body of the request."""
        config = _some({"parameters": dict(self.arguments or {}), "pipeline_root": self.pipeline_root})
        body = {"display_name": self.name, "experiment_id": experiment_id, "runtime_config": config, "service_account": self.service_account}
        return {**_some(body), **self.source}


class Runs(Experiments):
    """The methods of a client that are about runs."""

    @noting.asks
    def create_run_from_pipeline_func(  # noqa: PLR0913, PLR0917  # kfp's signature
        self,
        pipeline_func: BaseComponent,
        arguments: Mapping[str, Any] | None = None,
        run_name: str | None = None,
        experiment_name: str | None = None,
        namespace: str | None = None,
        pipeline_root: str | None = None,
        enable_caching: bool | None = None,  # noqa: FBT001  # as above
        cache_key: str | None = None,
        service_account: str | None = None,
        experiment_id: str | None = None,
    ) -> RunPipelineResult:
        """Compile a pipeline and start a run of it, in an experiment that is made if there is none.

        `enable_caching` counts for all steps of the pipeline. Raises what is wrong with it, and what `client.errors` lists.
        """
        file = files.compiled(pipeline_func, stacklevel=noting.AUTHOR)
        name = run_name or _named(file.spec.info.name)
        wanted = _Wanted(name, _cached(file, enable_caching, cache_key), arguments, pipeline_root, service_account)
        return RunPipelineResult(self, self._run(wanted, self._experiment_id(experiment_id, experiment_name, namespace)))

    @noting.asks
    def create_run_from_pipeline_package(  # noqa: PLR0913, PLR0917  # kfp's signature
        self,
        pipeline_file: str,
        arguments: Mapping[str, Any] | None = None,
        run_name: str | None = None,
        experiment_name: str | None = None,
        namespace: str | None = None,
        pipeline_root: str | None = None,
        enable_caching: bool | None = None,  # noqa: FBT001  # as above
        cache_key: str | None = None,
        service_account: str | None = None,
        experiment_id: str | None = None,
    ) -> RunPipelineResult:
        """Start a run of a compiled file, in an experiment that is made if there is none.

        `enable_caching` counts for all steps of the pipeline. Raises what is wrong with the file, and what `client.errors` lists.
        """
        file = packages.read(pipeline_file, argument="pipeline_file")
        name = run_name or _named(Path(pipeline_file).name)
        wanted = _Wanted(name, _cached(file, enable_caching, cache_key), arguments, pipeline_root, service_account)
        return RunPipelineResult(self, self._run(wanted, self._experiment_id(experiment_id, experiment_name, namespace)))

    @noting.asks
    def run_pipeline(  # noqa: PLR0913, PLR0917  # kfp's signature
        self,
        experiment_id: str,
        job_name: str,
        pipeline_package_path: str | None = None,
        params: Mapping[str, Any] | None = None,
        pipeline_id: str | None = None,
        version_id: str | None = None,
        pipeline_root: str | None = None,
        enable_caching: bool | None = None,  # noqa: FBT001  # as above
        cache_key: str | None = None,
        service_account: str | None = None,
    ) -> Run:
        """Start a run of a compiled file, of an uploaded version, or of the latest version of a pipeline. Raises what `client.errors` lists.

        What a run says of the cache is written into the pipeline, so it needs the file.
        """
        if pipeline_package_path is not None:
            file = packages.read(pipeline_package_path, argument="pipeline_package_path")
            return self._run(_Wanted(job_name, _cached(file, enable_caching, cache_key), params, pipeline_root, service_account), experiment_id)
        if pipeline_id is None and version_id is None:
            remedy = "Give pipeline_package_path=…, or pipeline_id=… and version_id=…."
            raise WrongArguments("a run needs a pipeline", place="run_pipeline", remedy=remedy)
        if enable_caching is not None or cache_key is not None:
            remedy = "Give the file: pipeline_package_path=…; or say it in the pipeline: task.set_caching_options(…)."
            raise WrongArguments("what an uploaded version says of the cache cannot be changed", place="enable_caching", remedy=remedy)
        reference = {"pipeline_id": pipeline_id, "pipeline_version_id": version_id}
        source = {"pipeline_version_reference": _some(reference)}
        return self._run(_Wanted(job_name, source, params, pipeline_root, service_account), experiment_id)

    @noting.asks
    def get_run(self, run_id: str) -> Run:
        """A run with its tasks. Raises `NotOnServer`."""
        return Run(self._connection.get(f"{_PATH}/{part(run_id, 'run_id')}"))

    @noting.asks
    def wait_for_run_completion(self, run_id: str, timeout: float | timedelta, sleep_duration: float = 5) -> Run:
        """The run once it is over, whatever its state; asked for every `sleep_duration` seconds, in the beginning more often.

        Raises `RunGoesOn` (a `TimeoutError`) after `timeout` seconds, `NotOnServer`, and `NoServer` if the server is away for a minute.
        """
        seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
        began = answered = time.monotonic()
        state, pause = "", _FIRST_PAUSE
        while True:
            try:
                run = self.get_run(run_id)
                answered, state = time.monotonic(), run.state or ""
                if state in _OVER:
                    return run
            except NoPipelineServer:
                raise
            except (NoServer, ServerFailed):
                if time.monotonic() - answered > _PATIENCE:
                    raise
            if time.monotonic() - began > seconds:
                raise RunGoesOn(run_id=run_id, state=state, seconds=seconds)
            pause = min(2 * pause, sleep_duration)
            time.sleep(min(pause, max(0.0, began + seconds - time.monotonic())))

    @noting.asks
    def run_url(self, run_id: str) -> str:
        """The page of a run."""
        return f"{self._ui_host}/#/runs/details/{run_id}"

    def _run(self, wanted: _Wanted, experiment_id: str) -> Run:
        return Run(self._connection.post(_PATH, wanted.message(experiment_id)))

    def _experiment_id(self, experiment_id: str | None, name: str | None, namespace: str | None) -> str:
        """Where a run belongs, as kfp looks for it: KF_PIPELINES_OVERRIDE_EXPERIMENT_NAME counts before what the program says."""
        if experiment_id is not None and name is not None:
            raise WrongArguments(
                "an experiment is named twice", place="experiment_name", remedy="Give one of them: experiment_id=… or experiment_name=…."
            )
        if experiment_id is not None:
            return experiment_id
        wanted = os.environ.get("KF_PIPELINES_OVERRIDE_EXPERIMENT_NAME") or name or os.environ.get("KF_PIPELINES_DEFAULT_EXPERIMENT_NAME")
        return self.create_experiment(wanted or _DEFAULT_EXPERIMENT, namespace=namespace).experiment_id or ""


def _cached(file: PipelineFile, enable: bool | None, key: str | None) -> Mapping[str, Any]:  # noqa: FBT001  # kfp's two arguments
    return {"pipeline_spec": packages.message(packages.with_caching(file, enable=enable, key=key))}


def _named(pipeline: str) -> str:
    return f"{pipeline} {datetime.now().astimezone():%Y-%m-%d %H-%M-%S}"


def _some(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is not said."""
    return {name: value for name, value in fields.items() if value is not None}
