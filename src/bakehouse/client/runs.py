"""Runs: started out of files, functions and uploaded versions, looked at, and waited for."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bakehouse.client import noting, packages
from bakehouse.client.answers import Run
from bakehouse.client.errors import NoServer, RunGoesOn, ServerFailed, WrongArguments
from bakehouse.client.experiments import Experiments
from bakehouse.compiler import files
from bakehouse.dsl.component import BaseComponent
from bakehouse.ir.spec import PipelineFile

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
        return self._created(
            _cached(file, enable_caching, cache_key),
            run_name or _named(file.spec.info.name),
            self._experiment_id(experiment_id, experiment_name, namespace),
            {"parameters": arguments, "pipeline_root": pipeline_root, "service_account": service_account},
        )

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
        return self._created(
            _cached(file, enable_caching, cache_key),
            run_name or _named(Path(pipeline_file).name),
            self._experiment_id(experiment_id, experiment_name, namespace),
            {"parameters": arguments, "pipeline_root": pipeline_root, "service_account": service_account},
        )

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
        given = {"parameters": params, "pipeline_root": pipeline_root, "service_account": service_account}
        if pipeline_package_path is not None:
            file = packages.read(pipeline_package_path, argument="pipeline_package_path")
            return self._run(_cached(file, enable_caching, cache_key), job_name, experiment_id, given)
        if pipeline_id is None and version_id is None:
            remedy = "Give pipeline_package_path=…, or pipeline_id=… and version_id=…."
            raise WrongArguments("a run needs a pipeline", place="run_pipeline", remedy=remedy)
        if enable_caching is not None or cache_key is not None:
            remedy = "Give the file: pipeline_package_path=…; or say it in the pipeline: task.set_caching_options(…)."
            raise WrongArguments("what an uploaded version says of the cache cannot be changed", place="enable_caching", remedy=remedy)
        reference = {"pipeline_id": pipeline_id, "pipeline_version_id": version_id}
        return self._run({"pipeline_version_reference": _some(reference)}, job_name, experiment_id, given)

    @noting.asks
    def get_run(self, run_id: str) -> Run:
        """A run with its tasks. Raises `NotOnServer`."""
        return Run(self._connection.get(f"{_PATH}/{run_id}"))

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

    def _created(self, source: Mapping[str, Any], name: str, experiment_id: str, given: Mapping[str, Any]) -> RunPipelineResult:
        return RunPipelineResult(self, self._run(source, name, experiment_id, given))

    def _run(self, source: Mapping[str, Any], name: str, experiment_id: str, given: Mapping[str, Any]) -> Run:
        arguments = given["parameters"]
        if arguments is not None and not isinstance(arguments, Mapping):
            raise WrongArguments(f"arguments are given by name, not as {arguments!r}", place="arguments", remedy='Write {"name": value, …}.')
        config = _some({"parameters": dict(arguments or {}), "pipeline_root": given["pipeline_root"]})
        body = {"display_name": name, "experiment_id": experiment_id, "runtime_config": config, "service_account": given["service_account"]}
        return Run(self._connection.post(_PATH, {**_some(body), **source}))

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
