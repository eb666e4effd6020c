"""Bakehouse: run Kubeflow Pipelines with nothing but Python. `from bakehouse import dsl, compiler` is the author's side."""

from __future__ import annotations

import sys

from bakehouse.version import __version__

TYPE_CHECKING = False  # `typing` would be loaded for this alone
if TYPE_CHECKING:
    from bakehouse import client as client
    from bakehouse import compiler, components, dsl, kubernetes, local
    from bakehouse.app.aliases import install as install_as_kfp
    from bakehouse.client import Client

__all__ = ["Client", "__version__", "compiler", "components", "dsl", "install_as_kfp", "kubernetes", "local"]

#: As `kfp.TYPE_CHECK`, for programs that look: types are always checked.
TYPE_CHECK = True

#: Public name to (module, attribute); imported when asked for, so that `import bakehouse` costs nothing.
_LAZY = {
    "Client": ("bakehouse.client", "Client"),
    "client": ("bakehouse.client", None),
    "compiler": ("bakehouse.compiler", None),
    "components": ("bakehouse.components", None),
    "dsl": ("bakehouse.dsl", None),
    "install_as_kfp": ("bakehouse.app.aliases", "install"),
    "kubernetes": ("bakehouse.kubernetes", None),
    "local": ("bakehouse.local", None),
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module 'bakehouse' has no attribute {name!r}")
    module_name, attribute = _LAZY[name]
    __import__(module_name)  # importlib would be loaded for this alone, also where a step imports the artifact classes
    module = sys.modules[module_name]
    return module if attribute is None else getattr(module, attribute)
