"""The author's `import kfp` is ours: one table of names, and the finder that serves them in the process that loads the file.

Nothing here touches a `kfp` that is installed: the names are answered before the path is searched.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from bakehouse.app import submodules
from bakehouse.app.errors import KfpIsImported
from bakehouse.version import KFP_VERSION

#: Modules of kfp that are served whole, and what serves them. A name that is neither here nor in `submodules` cannot be imported.
SERVED: Mapping[str, str] = {
    "kfp.client": "bakehouse.client",
    "kfp.compiler": "bakehouse.compiler",
    "kfp.components": "bakehouse.components",
    "kfp.dsl": "bakehouse.dsl",
    "kfp.dsl.placeholders": "bakehouse.dsl.placeholders",
    "kfp.kubernetes": "bakehouse.kubernetes",
    "kfp.local": "bakehouse.local",
    "kfp.v2.compiler": "bakehouse.compiler",
    "kfp.v2.components": "bakehouse.components",
    "kfp.v2.dsl": "bakehouse.dsl",
}

#: Attributes of `kfp` that are not modules: where they are.
ATTRIBUTES: Mapping[str, str] = {
    "Client": "bakehouse.client",
    "LocalClient": "bakehouse.legacy.gone",
    "run_pipeline_func_locally": "bakehouse.legacy.gone",
    "run_pipeline_func_on_cluster": "bakehouse.legacy.gone",
}


class NotServed(ModuleNotFoundError):
    """The file wants a module of kfp that Bakehouse does not have yet."""

    def __init__(self, module: str) -> None:
        self.module = module  # not `name`: with it, `from kfp import x` would replace this message by one of its own
        super().__init__(f"{module} is not served yet: it is Bakehouse that answers to kfp in this program")


class Package(ModuleType):
    """`kfp` itself: its modules and names come when they are asked for."""

    __version__ = KFP_VERSION
    TYPE_CHECK = True

    def __getattr__(self, name: str) -> object:
        if name in ATTRIBUTES:
            return getattr(importlib.import_module(ATTRIBUTES[name]), name)
        if f"kfp.{name}" in SERVED or f"kfp.{name}" in submodules.NAMES:
            return importlib.import_module(f"kfp.{name}")
        raise AttributeError(f"module 'kfp' has no attribute {name!r}", name=name, obj=self)


class _Alias:
    """A loader that puts the module that serves a name into its place."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        if spec.name in submodules.NAMES:
            return submodules.of(spec.name)
        return Package("kfp") if spec.name == "kfp" else None

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        if name in SERVED:
            sys.modules[name] = importlib.import_module(SERVED[name])
            submodules.attach(name, sys.modules[name])


class KfpFinder:
    """A finder that answers to `kfp` and all below it."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Where a module comes from. Raises `NotServed` for names below `kfp` that are not in the table."""
        del path, target
        if fullname == "kfp":
            return _spec("kfp")
        if not fullname.startswith("kfp."):
            return None
        if fullname not in SERVED and fullname not in submodules.NAMES:
            raise NotServed(fullname)
        return _spec(fullname)


def _spec(name: str) -> ModuleSpec:
    return ModuleSpec(name, _Alias(), is_package=True)  # type: ignore[arg-type]  # a loader by its methods: importlib.abc costs 18 ms


def spelling(module: str) -> str:
    """How kfp calls a module of ours that answers to one of its names."""
    return next((name for name, ours in SERVED.items() if ours == module), module)


def install() -> None:
    """From now on `kfp` is Bakehouse in this process: `from kfp import dsl` is `from bakehouse import dsl`.

    To be called before anything imports `kfp`. Raises `KfpIsImported` if an installed one is there already.
    """
    known = sys.modules.get("kfp")
    if known is not None and not isinstance(known, Package):
        raise KfpIsImported(file=str(getattr(known, "__file__", "")))
    if not any(isinstance(finder, KfpFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, KfpFinder())
