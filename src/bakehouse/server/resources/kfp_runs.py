"""v2beta1: runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from bakehouse.actions import experiments, pipelines, runs, tags
from bakehouse.actions.context import Context
from bakehouse.actions.runs import Submission
from bakehouse.api import kfp
from bakehouse.errors import BadInput, Problem, Problems
from bakehouse.ir import text as ir_text
from bakehouse.ir.execution import RunId
from bakehouse.ir.spec import PipelineFile
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.selecting import Selection
from bakehouse.records.database import DEFAULT_EXPERIMENT
from bakehouse.records.errors import RunIsOver
from bakehouse.records.queries import Operation, Predicate
from bakehouse.server import described, embedded, kfp_shown
from bakehouse.server.acting import Acting
from bakehouse.server.answers import Json
from bakehouse.server.kfp_lists import Listing

router = APIRouter(prefix="/apis/v2beta1/runs", tags=["v2beta1: runs"], default_response_class=Json)

_ONE: dict[int | str, dict[str, Any]] = {200: {"model": kfp.Run}}
_EMPTY: dict[int | str, dict[str, Any]] = {200: {"model": kfp.Empty}}
ExperimentId = Annotated[str, Query(description="Runs of this experiment.")]
InExperiment = Annotated[str, Query(description="The experiment, if the body names none.")]
_GREATEST = 1 << 53  # the greatest whole number that every reader of JSON keeps
UseCache = Annotated[
    bool, Query(description="Bakehouse's own: whether its steps may reuse results; what they compute can be reused later either way.")
]
KeepGoing = Annotated[bool, Query(description="Bakehouse's own: after a failure, run what does not depend on it.")]
MaxParallel = Annotated[int, Query(ge=0, le=_GREATEST, description="Bakehouse's own: steps at a time; 0 is no limit but that of the machine.")]
NestedLists = Annotated[bool, Query(description="Bakehouse's own: what loops in loops give (`dsl.Collected`) is a list of lists, not one list.")]
StrictResources = Annotated[
    bool, Query(description="Bakehouse's own: a step that asks for more than the machine has fails; else it gets all there is.")
]
Timeout = Annotated[
    float,
    Query(
        ge=0,
        le=_GREATEST,
        description="Bakehouse's own: seconds after which it ends as failed, its exit tasks but still run; 0 is no limit.",
    ),
]
From = Annotated[
    str, Query(alias="from", description="Bakehouse's own: the run whose results are reused as far as they still fit, and no others; its whole id.")
]
Refresh = Annotated[list[str], Query(description="Bakehouse's own: a step that runs even if a result could be reused; repeatable.")]
Only = Annotated[str, Query(description="Bakehouse's own: the step that alone is run; what it needs is reused.")]
Until = Annotated[str, Query(description="Bakehouse's own: the step that is run with all that it needs, and nothing else.")]
Tag = Annotated[list[str], Query(description="Bakehouse's own: what to find the run by, as `key=value`; repeatable. The value may be empty.")]
Unused = Annotated[str, Query(deprecated=True, description="Not used: a run is known by its id.")]


def _options(
    use_cache: UseCache = True,  # noqa: FBT002  # a query parameter
    keep_going: KeepGoing = False,  # noqa: FBT002  # a query parameter
    max_parallel: MaxParallel = 0,
    nested_lists: NestedLists = False,  # noqa: FBT002  # a query parameter
    strict_resources: StrictResources = False,  # noqa: FBT002  # a query parameter
) -> RunOptions:
    """How to run it: KFP's own message has no words for that."""
    return RunOptions(
        use_cache=use_cache, keep_going=keep_going, max_parallel=max_parallel, nested_lists=nested_lists, strict_resources=strict_resources
    )


Wanted = Annotated[RunOptions, Depends(_options)]


def selection(source: From = "", refresh: Refresh = [], only: Only = "", until: Until = "") -> Selection:  # noqa: B006  # FastAPI copies it
    """Which steps are run, and what may be reused."""
    return Selection(RunId(source), tuple(refresh), only, until)


@dataclass(frozen=True)
class _Beside:
    """What a new run is told in its address."""

    options: RunOptions
    tags: Mapping[str, str]
    experiment_id: str


def _beside(
    options: Wanted,
    chosen: Annotated[Selection, Depends(selection)],
    timeout: Timeout = 0.0,
    tag: Tag = [],  # noqa: B006  # FastAPI copies it
    experiment_id: InExperiment = "",
) -> _Beside:
    return _Beside(replace(options, selection=chosen, timeout=timeout), tags.split(tag), experiment_id)


@router.post("", responses={**_ONE, **described.fails(404)})
def create(context: Acting, body: kfp.Run, beside: Annotated[_Beside, Depends(_beside)]) -> Json:
    """Start a run of an uploaded version, of the latest one of a pipeline, or of a spec that comes along."""
    if not body.display_name.strip():
        raise BadInput("a run needs a name", place="display_name", remedy="Give any text that is not blank; several runs may have the same name.")
    _check_characters(body)
    experiment = body.experiment_id or beside.experiment_id
    config = body.runtime_config or kfp.RuntimeConfig()
    submission = _submission(
        context,
        body,
        parameters=config.parameters,
        name=body.display_name,
        experiment=experiments.get(context, experiment).name if experiment else DEFAULT_EXPERIMENT,
        pipeline_root=config.pipeline_root,
        options=beside.options,
        tags=beside.tags,
        description=body.description,
        service_account=body.service_account,
    )
    return _whole(context, runs.create(context, submission), submission.pipeline)


def _check_characters(body: kfp.Run) -> None:
    """Half a character is refused in values as it is in names; what the command line takes from a file's name may have some. Raises `Problems`."""
    config = body.runtime_config or kfp.RuntimeConfig()
    values: dict[str, Any] = {f"parameter {name}": {name: value} for name, value in config.parameters.items()}
    broken = [place for place, value in {**values, "pipeline_spec": body.pipeline_spec}.items() if not embedded.is_unicode(value)]
    if broken:
        remedy = "JSON writes characters beyond U+FFFF as pairs, such as \\ud83c\\udf5e: send both, or the character itself."
        raise Problems([Problem("half a character (a lone surrogate) stands in it", place, remedy) for place in broken])


def _submission(context: Context, body: kfp.Run, **given: Any) -> Submission:  # the fields of a `Submission` but for its pipeline
    """The pipeline as KFP looks for it: a version, the latest version of a pipeline, a spec."""
    reference = body.pipeline_version_reference or kfp.VersionReference()
    if reference.pipeline_version_id:
        version = pipelines.version_of(context, reference.pipeline_version_id)
    elif reference.pipeline_id:
        version = pipelines.latest(context, reference.pipeline_id)
    elif body.pipeline_spec:
        return Submission(pipeline=ir_text.read(json.dumps(body.pipeline_spec), origin="pipeline_spec"), **given)
    else:
        raise BadInput("a run needs a pipeline", place="pipeline_version_reference", remedy="Name a version or a pipeline, or give a pipeline_spec.")
    return Submission(pipeline=pipelines.spec(context, version.id), pipeline_id=version.pipeline_id, version_id=version.id, **given)


@router.get("", responses={200: {"model": kfp.Runs}})
def listed(context: Acting, wanted: Listing, experiment_id: ExperimentId = "") -> Json:
    """One page of runs, without their specs, parameters and tasks."""
    query = wanted.query(*([Predicate("experiment_id", Operation.EQUALS, experiment_id)] if experiment_id else []))
    page = runs.find(context, query)
    answer = kfp.Runs(
        runs=[kfp_shown.run(one) for one in page.items],
        total_size=runs.count(context, query.where) or 0,
        next_page_token=wanted.token(query, page.next),
    )
    return Json(answer.wire())


@router.get("/{run_id}", responses=_ONE)
def get(context: Acting, run_id: str, experiment_id: Unused = "") -> Json:
    """A run whole."""
    del experiment_id  # deprecated by KFP
    found = runs.summary(context, run_id)
    return _whole(context, found.id, None if found.version_name else runs.readable_spec(context, found))


@router.delete("/{run_id}", responses={**_EMPTY, **described.fails(409, 503)})
def delete(context: Acting, run_id: str, experiment_id: Unused = "") -> Json:
    """Delete a run that is over."""
    del experiment_id  # deprecated by KFP
    runs.delete(context, runs.summary(context, run_id).id)
    return Json({})


@router.post("/{run_id}:terminate", responses={**_EMPTY, **described.fails(400)})
def terminate(context: Acting, run_id: str) -> Json:
    """Ask for the end of a run."""
    try:
        runs.terminate(context, runs.summary(context, run_id).id)
    except RunIsOver as error:
        raise BadInput(error.message, remedy=error.remedy) from error  # KFP's status for it
    return Json({})


@router.post("/{run_id}:retry", responses={**_EMPTY, **described.fails(409)})
def retry(context: Acting, run_id: str) -> Json:
    """Run again what did not succeed."""
    runs.retry(context, runs.summary(context, run_id).id)
    return Json({})


@router.post("/{run_id}:archive", responses=_EMPTY)
def archive(context: Acting, run_id: str) -> Json:
    """Put a run into the archive."""
    runs.archive(context, run_id)
    return Json({})


@router.post("/{run_id}:unarchive", responses={**_EMPTY, **described.fails(400)})
def unarchive(context: Acting, run_id: str) -> Json:
    """Take a run out of the archive."""
    runs.unarchive(context, run_id)
    return Json({})


def _whole(context: Context, run_id: RunId, file: PipelineFile | None) -> Json:
    return Json(kfp_shown.run_whole(runs.get(context, run_id), file).wire())
