"""`import kfp`, `from kfp import dsl`, `import bakehouse` inside a step that has neither installed: the runtime's own names answer.

Where the step's packages bring a real `kfp` (or `bakehouse`), that one is used and this keeps out of the way.
"""

from __future__ import annotations

import os
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import PathFinder

from . import annotations as marked
from . import artifacts, metrics, names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable, Dict, List, Mapping, Optional

#: What `kfp.__version__` says in a step: the SDK whose names these are.
KFP_VERSION = "2.17.0"
_SDKS = ("kfp", "bakehouse")


def install() -> str:
    """Answer to the SDKs that nothing else provides.

    Returns the module that is the entry point of a real `kfp`, if one is there: the step is to run through that. Else nothing.
    """
    entry = ""
    answering: Dict[str, List[str]] = {}
    for name in _SDKS:
        spec = PathFinder.find_spec(name)
        # A folder without `__init__` (kfp-pipeline-spec alone leaves one) is no SDK; what it holds stays importable.
        places = list(spec.submodule_search_locations or ()) if spec is not None else []
        if spec is None or spec.loader is None or not spec.has_location:
            answering[name] = places
        elif name == "kfp":
            entry = _entry(places)
        else:
            _share(places)
    if answering:
        sys.meta_path.insert(0, Finder(answering))
    return entry


def _entry(places: List[str]) -> str:
    """The module that runs a component in this `kfp`; nothing in a kfp older than 2."""
    for station in ("dsl", "components"):
        if any(os.path.exists(os.path.join(place, station, "executor_main.py")) for place in places):
            return f"kfp.{station}.executor_main"
    return ""


def _share(places: List[str]) -> None:
    """Where the real `bakehouse` is the very one that runs the step, its artifact classes are the step's own."""
    ours = os.path.dirname(os.path.abspath(__file__))
    if any(os.path.join(place, "task") == ours for place in places):
        for module in (marked, artifacts, metrics, names):
            sys.modules["bakehouse.task." + module.__name__.rpartition(".")[2]] = module


class Finder:
    """Finds and fills the modules of the SDKs it answers for: `places` holds further folders of each."""

    def __init__(self, places: Mapping[str, List[str]]) -> None:
        self._places = places

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> Optional[ModuleSpec]:
        """The spec of a module of ours; `None` for all others."""
        root, _, rest = name.partition(".")
        if root not in self._places or rest not in _MODULES:
            return None
        spec = ModuleSpec(name, self, is_package=rest in _PACKAGES)  # type: ignore[arg-type]  # a loader by its methods
        if not rest:
            spec.submodule_search_locations = list(self._places[root])
        return spec

    def create_module(self, _spec: ModuleSpec) -> None:
        """The import machinery's own kind of module will do."""

    def exec_module(self, module: ModuleType) -> None:
        """Fill it."""
        root, _, rest = module.__name__.partition(".")
        vars(module).update(_MODULES[rest]())
        if rest in _DSL:
            vars(module).update(__all__=list(names.STAR), __getattr__=_missing(module.__name__))
        if not rest:
            if root == "kfp":
                vars(module).update(__version__=KFP_VERSION, TYPE_CHECK=True)
            __import__(root + ".dsl")


def _of(module: Any) -> Callable[[], Dict[str, Any]]:
    return lambda: {name: getattr(module, name) for name in module.__all__}


def _nothing() -> Dict[str, Any]:
    return {}


def _artifact_types() -> Dict[str, Any]:
    return {**_of(artifacts)(), **_of(metrics)()}


def _of_names(*wanted: str) -> Callable[[], Dict[str, Any]]:
    return lambda: {name: getattr(names, name) for name in wanted}


def _missing(module: str) -> Callable[[str], Any]:
    def missing(name: str) -> Any:
        raise AttributeError(f"{module} has no {name!r} inside a running step: only what a component's function can use is there")

    return missing


_DSL = ("dsl", "v2.dsl")
_PACKAGES = ("", "dsl", "dsl.types", "components", "v2")
_MODULES: "Dict[str, Callable[[], Dict[str, Any]]]" = {
    "": _nothing,
    "dsl": names.everything,
    "dsl.types": _nothing,
    "dsl.types.artifact_types": _artifact_types,
    "dsl.types.type_annotations": _of(marked),
    "dsl.constants": _of_names("WORKSPACE_MOUNT_PATH"),
    "dsl.task_final_status": _of_names("PipelineTaskFinalStatus"),
    "dsl.task_config": _of_names("TaskConfig"),
    "components": _of(marked),
    "v2": _nothing,
    "v2.dsl": names.everything,
}
