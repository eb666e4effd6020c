"""SUBMIT: what hands pipelines over to a server, in a user's own program: `Client`, with the signatures of `kfp.Client` of kfp 2.17.

While `bakehouse run` loads a file, a client in it only notes that it was called.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # `typing` would be loaded for this alone
if TYPE_CHECKING:
    from bakehouse.client.client import Client
    from bakehouse.client.runs import RunPipelineResult

__all__ = ["Client", "RunPipelineResult"]

#: Public name to module; loaded when asked for: most files have no client.
_LAZY = {"Client": "bakehouse.client.client", "RunPipelineResult": "bakehouse.client.runs"}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module 'bakehouse.client' has no attribute {name!r}")
    return getattr(importlib.import_module(_LAZY[name]), name)
