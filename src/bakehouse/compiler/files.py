"""`Compiler().compile(…)`: a compiled pipeline to a file."""

from __future__ import annotations

import importlib
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bakehouse.compiler.manifests import KubernetesManifestOptions, manifests
from bakehouse.compiler.pipelines import Compiled, Overrides, compile_pipeline
from bakehouse.dsl import only_loaded
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.errors import WrongValue
from bakehouse.dsl.only_loaded import Kind
from bakehouse.dsl.places import here
from bakehouse.ir import writing
from bakehouse.ir.spec import PipelineFile

_YAML, _JSON = frozenset({".yaml", ".yml"}), ".json"


class Compiler:
    """Writes pipelines to files, as `kfp.compiler.Compiler` does."""

    def __init__(self, mode: object = None, launcher_image: str | None = None) -> None:
        """Both arguments are of KFP 1, and mean nothing any more; whoever gives them is warned."""
        if mode is not None or launcher_image is not None:
            warnings.warn("Compiler(mode=…, launcher_image=…) is of KFP 1; there is one mode today: leave them out", FutureWarning, stacklevel=2)

    def compile(  # noqa: PLR0913, PLR0917  # kfp's signature
        self,
        pipeline_func: BaseComponent,
        package_path: str,
        pipeline_name: str | None = None,
        pipeline_display_name: str | None = None,
        pipeline_parameters: Mapping[str, Any] | None = None,
        type_check: bool = True,  # noqa: FBT001, FBT002, ARG002  # types are checked while the pipeline is built
        kubernetes_manifest_options: KubernetesManifestOptions | None = None,
        kubernetes_manifest_format: bool = False,  # noqa: FBT001, FBT002  # kfp's signature
    ) -> None:
        """Compile a pipeline or a component to `package_path`: YAML, or (deprecated, without settings of platforms) JSON.

        With `kubernetes_manifest_format` the YAML holds manifests of Kubernetes. Raises what is wrong with the pipeline, and
        `WrongValue` for a path of another kind; nothing is written then. Warns once where the
        style is that of KFP 1. While a file is only loaded, nothing is compiled.
        """
        if only_loaded.noted(Kind.COMPILATION, "compile"):
            return
        path = Path(package_path)
        if path.suffix not in _YAML and path.suffix != _JSON:
            raise WrongValue(f"{package_path} is no name of a pipeline file", place=here(), remedy="Let it end in .yaml.")
        wanted = Overrides(pipeline_name or "", pipeline_display_name or "", pipeline_parameters)
        file = compiled(pipeline_func, wanted, stacklevel=3)
        if kubernetes_manifest_format:
            _write_manifests(file, path, kubernetes_manifest_options or KubernetesManifestOptions())
        else:
            write(file, path)


def compiled(pipeline_func: BaseComponent, wanted: Overrides | None = None, *, stacklevel: int) -> PipelineFile:
    """A compiled pipeline with the modules that its components need, after a warning about what its author should know.

    `stacklevel` leads from here to the author's line, as `warnings.warn` counts. Raises what is wrong with the pipeline.
    """
    found = compile_pipeline(pipeline_func, wanted)
    for notice in found.notices:
        warnings.warn(notice, FutureWarning, stacklevel=stacklevel)
    return whole(found)


def whole(compiled: Compiled) -> PipelineFile:
    """The pipeline file with the modules that its components need. Raises `WrongValue` for folders that cannot travel in it."""
    if not compiled.code:
        return compiled.file
    file: PipelineFile = _module("bakehouse.compiler.carrying").embedded(compiled)
    return file


def write(file: PipelineFile, path: Path) -> None:
    """Write a pipeline file in the form that the path's ending asks for; not while a file is only loaded. Raises `OSError`."""
    if only_loaded.noted(Kind.FILE, str(path)):
        return
    if path.suffix == _JSON:
        text = json.dumps(writing.pipeline_spec(file.spec), indent=2, sort_keys=True) + "\n"
    else:
        text = _module("bakehouse.ir.text").write(file)
    path.write_text(text, encoding="utf-8")


def _write_manifests(file: PipelineFile, path: Path, options: KubernetesManifestOptions) -> None:
    if path.suffix == _JSON:
        raise WrongValue(f"{path} is no name of a manifest", place=here(), remedy="Let it end in .yaml.")
    path.write_text(_module("bakehouse.ir.dumping").dumped(manifests(file, options)), encoding="utf-8")


def _module(name: str) -> Any:
    """Loaded when a file is written, for most authors' files never are: docs/decisions/0006-some-modules-are-loaded-by-name.md."""
    return importlib.import_module(name)
