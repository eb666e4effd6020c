"""`Compiler().compile(…)`: a compiled pipeline to a file."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bakehouse.compiler.pipelines import Overrides, compile_pipeline
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.errors import WrongValue
from bakehouse.dsl.places import here
from bakehouse.ir.spec import PipelineFile

_YAML, _JSON = frozenset({".yaml", ".yml"}), ".json"


class Compiler:
    """Writes pipelines to files, as `kfp.compiler.Compiler` does."""

    def compile(  # noqa: PLR0913, PLR0917  # kfp's signature
        self,
        pipeline_func: BaseComponent,
        package_path: str,
        pipeline_name: str | None = None,
        pipeline_display_name: str | None = None,
        pipeline_parameters: Mapping[str, Any] | None = None,
        type_check: bool = True,  # noqa: FBT001, FBT002, ARG002  # types are checked while the pipeline is built
    ) -> None:
        """Compile a pipeline or a component to `package_path`: YAML, or (without settings of platforms) JSON.

        Raises what is wrong with the pipeline, and `WrongValue` for a path of another kind; nothing is written then.
        """
        path = Path(package_path)
        if path.suffix not in _YAML and path.suffix != _JSON:
            raise WrongValue(f"{package_path} is no name of a pipeline file", place=here(), remedy="Let it end in .yaml.")
        wanted = Overrides(pipeline_name or "", pipeline_display_name or "", pipeline_parameters)
        write(compile_pipeline(pipeline_func, wanted).file, path)


def write(file: PipelineFile, path: Path) -> None:
    """Write a pipeline file in the form that the path's ending asks for. Raises `OSError`."""
    text = _module("bakehouse.ir.text").write(file)
    if path.suffix == _JSON:
        first = next(iter(_module("yaml").safe_load_all(text)))
        text = json.dumps(first, indent=2, sort_keys=True) + "\n"
    path.write_text(text, encoding="utf-8")


def _module(name: str) -> Any:
    """Loaded when a file is written: PyYAML takes longer to import than the author's whole side."""
    return importlib.import_module(name)
