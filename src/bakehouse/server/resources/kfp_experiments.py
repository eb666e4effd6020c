"""v2beta1: experiments."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from bakehouse.actions import experiments
from bakehouse.api import kfp
from bakehouse.server import described, kfp_shown
from bakehouse.server.acting import Acting
from bakehouse.server.answers import Json
from bakehouse.server.kfp_lists import Listing

router = APIRouter(prefix="/apis/v2beta1/experiments", tags=["v2beta1: experiments"], default_response_class=Json)

_ONE: dict[int | str, dict[str, Any]] = {200: {"model": kfp.Experiment}}
_EMPTY: dict[int | str, dict[str, Any]] = {200: {"model": kfp.Empty}}


@router.post("", responses={**_ONE, **described.fails(409)})
def create(context: Acting, body: kfp.Experiment) -> Json:
    """Make an experiment."""
    return Json(kfp_shown.experiment(experiments.create(context, body.display_name, body.description)).wire())


@router.get("", responses={200: {"model": kfp.Experiments}})
def listed(context: Acting, wanted: Listing) -> Json:
    """One page of experiments."""
    query = wanted.query()
    page = experiments.find(context, query)
    answer = kfp.Experiments(
        experiments=[kfp_shown.experiment(one) for one in page.items],
        total_size=experiments.count(context, query.where) or 0,
        next_page_token=wanted.token(query, page.next),
    )
    return Json(answer.wire())


@router.get("/{experiment_id}", responses=_ONE)
def get(context: Acting, experiment_id: str) -> Json:
    """An experiment."""
    return Json(kfp_shown.experiment(experiments.get(context, experiment_id)).wire())


@router.delete("/{experiment_id}", responses={**_EMPTY, **described.fails(409)})
def delete(context: Acting, experiment_id: str) -> Json:
    """Delete an experiment; its runs stay."""
    experiments.delete(context, experiment_id)
    return Json({})


@router.post("/{experiment_id}:archive", responses=_EMPTY)
def archive(context: Acting, experiment_id: str) -> Json:
    """Put an experiment and all its runs into the archive."""
    experiments.archive(context, experiment_id)
    return Json({})


@router.post("/{experiment_id}:unarchive", responses=_EMPTY)
def unarchive(context: Acting, experiment_id: str) -> Json:
    """Take an experiment out of the archive; its runs stay there."""
    experiments.unarchive(context, experiment_id)
    return Json({})
