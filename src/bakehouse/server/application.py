"""The server as one ASGI application: routes, errors, what is refused, the web UI. Whoever serves it opens the home and starts the engine."""

from __future__ import annotations

from functools import partial

from fastapi import Depends, FastAPI

from bakehouse.actions.context import Context
from bakehouse.actions.runs import watch
from bakehouse.server import described, errors
from bakehouse.server.acting import ServerOptions
from bakehouse.server.answers import Json
from bakehouse.server.changes import Changes
from bakehouse.server.described import Described
from bakehouse.server.login import Door
from bakehouse.server.resources import (
    about,
    artifacts,
    batch,
    cache,
    graphs,
    kfp_experiments,
    kfp_health,
    kfp_pipelines,
    kfp_runs,
    kfp_uploads,
    kfp_versions,
    login,
    logs,
    pipelines,
    pods,
    runs,
    series,
    stream,
    tasks,
)
from bakehouse.server.security import BasePath, Guard
from bakehouse.server.ui import Pages

__all__ = ["ServerOptions", "make_application"]

#: `/apis/bakehouse/v1`.
_OWN = (
    about.router,
    login.router,
    stream.router,
    batch.router,
    runs.router,
    logs.router,
    series.router,
    cache.router,
    tasks.router,
    graphs.router,
    pipelines.router,
    artifacts.router,
    pods.router,
)
#: `/apis/v2beta1`.
_KFP = (kfp_health.router, kfp_experiments.router, kfp_uploads.router, kfp_pipelines.router, kfp_versions.router, kfp_runs.router)


def make_application(context: Context, options: ServerOptions) -> FastAPI:
    """The application on these records. `application.state.changes.stop()` ends its streams."""
    app = Described(
        title="Bakehouse",
        version=described.VERSION,
        description=described.DESCRIPTION,
        openapi_tags=[{"name": name, "description": text} for name, text in described.TAGS.items()],
        generate_unique_id_function=described.operation_id,
        docs_url=None,
        redoc_url=None,
        default_response_class=Json,
        redirect_slashes=False,
    )
    app.state.context, app.state.options = context, options
    app.state.changes = Changes(partial(watch, context))
    for router in _OWN:
        app.include_router(router, dependencies=[Depends(errors.refuse_unknown)], responses=described.OWN_FAILURE)
    for router in _KFP:
        app.include_router(router, responses=described.UPLOAD_FAILURE if router is kfp_uploads.router else described.KFP_FAILURE)
    app.router.routes.append(Pages(options.base_path))
    errors.install(app)
    # The last one is the first that a request meets.
    app.add_middleware(errors.Unforeseen)
    if options.login is not None:
        app.add_middleware(Door, login=options.login)
    app.add_middleware(Guard, allowed_hosts=options.allowed_hosts, by_any_name=options.login is not None)
    app.add_middleware(BasePath, base_path=options.base_path)
    return app
