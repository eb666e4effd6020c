"""v2beta1: is the server there."""

from __future__ import annotations

from fastapi import APIRouter

from bakehouse.api.kfp import Health
from bakehouse.version import __version__

router = APIRouter(prefix="/apis/v2beta1", tags=["v2beta1: health"])


@router.get("/healthz")
def healthz() -> Health:
    """What KFP's client and UI ask first; `multi_user` is false: no namespaces need to be named."""
    return Health(
        commit_sha="unknown",
        tag_name=__version__,
        multi_user=False,
        apiServerCommitHash="unknown",
        apiServerTagName=__version__,
        apiServerMultiUser=False,
        apiServerReady=True,
    )
