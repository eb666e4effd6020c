"""The server as one ASGI application: routes, errors, what is refused, the web UI. Whoever serves it opens the home and starts the engine."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import Depends, FastAPI

from bakehouse.actions.context import Context
from bakehouse.api.server import ErrorBody
from bakehouse.records.watching import Watch
from bakehouse.server import errors
from bakehouse.server.acting import ServerOptions
from bakehouse.server.answers import Json
from bakehouse.server.changes import Changes
from bakehouse.server.resources import (
    about,
    artifacts,
    batch,
    graphs,
    kfp_experiments,
    kfp_health,
    kfp_pipelines,
    kfp_runs,
    kfp_uploads,
    kfp_versions,
    logs,
    pipelines,
    runs,
    stream,
    tasks,
)
from bakehouse.server.security import BasePath, Guard
from bakehouse.server.ui import Pages
from bakehouse.version import __version__

__all__ = ["ServerOptions", "make_application"]

_DESCRIPTION = """Runs Kubeflow Pipelines. `/apis/v2beta1` speaks as KFP does; `/apis/bakehouse/v1` has what KFP lacks."""


#: `/apis/bakehouse/v1`.
_OWN = (about.router, stream.router, batch.router, runs.router, tasks.router, logs.router, graphs.router, pipelines.router, artifacts.router)
#: `/apis/v2beta1`.
_KFP = (kfp_health.router, kfp_experiments.router, kfp_uploads.router, kfp_pipelines.router, kfp_versions.router, kfp_runs.router)


class _Application(FastAPI):
    """FastAPI, but for what its OpenAPI document says of answers that are no JSON."""

    def openapi(self) -> dict[str, Any]:
        """The document that describes all routes. The messages of a stream are objects, and errors are JSON wherever they come from."""
        document = super().openapi()
        for operation in (one for path in document["paths"].values() for one in path.values()):
            for media in operation["responses"].get("200", {}).get("content", {}).values():
                if "anyOf" in media.get("schema", {}):
                    media["schema"].pop("type", None)
            failure = operation["responses"].get("default", {})
            if "content" in failure:
                failure["content"] = {"application/json": next(iter(failure["content"].values()))}
        return document


#: What is wrong, by API.
_OWN_FAILURE: dict[int | str, dict[str, Any]] = {"default": {"model": ErrorBody, "description": "What is wrong, where, and what to do."}}
_KFP_FAILURE: dict[int | str, dict[str, Any]] = {"default": {"description": "An error as KFP tells it."}}


def make_application(context: Context, options: ServerOptions) -> FastAPI:
    """The application on these records. `application.state.changes.stop()` ends its streams."""
    app = _Application(
        title="Bakehouse",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        default_response_class=Json,
        redirect_slashes=False,
    )
    app.state.context, app.state.options = context, options
    app.state.changes = Changes(partial(Watch, context.home))
    for router in _OWN:
        app.include_router(router, dependencies=[Depends(errors.refuse_unknown)], responses=_OWN_FAILURE)
    for router in _KFP:
        app.include_router(router, responses=_KFP_FAILURE)
    app.router.routes.append(Pages(options.base_path))
    errors.install(app)
    # The last one is the first that a request meets.
    app.add_middleware(errors.Unforeseen)
    app.add_middleware(Guard, allowed_hosts=options.allowed_hosts)
    app.add_middleware(BasePath, base_path=options.base_path)
    return app
