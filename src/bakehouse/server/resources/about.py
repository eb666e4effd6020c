"""What this server is."""

from __future__ import annotations

import platform

from fastapi import APIRouter

from bakehouse.api.server import About
from bakehouse.server.acting import Acting, Options
from bakehouse.version import __version__

router = APIRouter(prefix="/apis/bakehouse/v1", tags=["server"])


@router.get("/about")
def about(context: Acting, options: Options) -> About:
    """Version, home and user of this server."""
    return About(
        version=__version__,
        home=str(context.home),
        slots=options.slots,
        python=platform.python_version(),
        user=context.caller.name,
        login=options.login is not None,
    )
