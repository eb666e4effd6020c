"""Pipeline files as text: KFP's IR YAML (or its JSON), read with all problems at once and written in one canonical form.

A file holds a PipelineSpec, and after it, if there are any, the settings of platforms. Also read: both wrapped in one mapping
(`pipeline_spec`, `platform_spec`), and a `PipelineVersion` manifest of Kubernetes that holds them.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

import yaml

from bakehouse.errors import Problem, by_lines
from bakehouse.ir import nodes, reading, validation, writing
from bakehouse.ir.dumping import dumped
from bakehouse.ir.errors import InvalidPipeline
from bakehouse.ir.fields import Found, Reading, place
from bakehouse.ir.header import header
from bakehouse.ir.spec import PipelineFile
from bakehouse.ir.values import JsonObject

_RECOMPILE = "Compile the pipeline with `bakehouse compile FILE.py` or with `kfp` 2.x and run what it writes."
_OLD = (
    "Compile the Python file that it was made of: `bakehouse compile FILE.py`, or run it: `bakehouse run FILE.py`. "
    "Most of the style of KFP 1 still compiles; docs/how-to/come-from-kfp.md says what became of the rest."
)
#: PyYAML wrote files of these SDKs; see `scalars`.
_PYYAML_SDKS = ("kfp-",)


def read(text: str | bytes, origin: str = "<text>") -> PipelineFile:
    """A pipeline file that is valid. Raises `InvalidPipeline` with all its problems, each with `ORIGIN:LINE (path.in.spec)`."""
    with _uncollected():
        return _read(text, origin)


def _read(text: str | bytes, origin: str) -> PipelineFile:
    parts = _parts(nodes.documents(text, origin), origin)
    marked = Reading(origin, json=nodes.is_json(text), pyyaml=_written_by_pyyaml(parts.spec))
    file = PipelineFile(
        spec=reading.pipeline_spec(Found(parts.spec, "", None, marked, parts.spec)),
        platforms=_platforms(Found(parts.platform, "", None, marked, parts.platform)) if parts.platform is not None else {},
    )
    if marked.problems:
        raise InvalidPipeline(marked.problems)
    found = validation.findings(file)
    if found:
        raise InvalidPipeline(by_lines(Problem(one.message, _located(parts.of(one.path), one.path, origin), one.remedy) for one in found))
    return file


@contextmanager
def _uncollected() -> Iterator[None]:
    """Reading makes very many small objects and no cycles: the collector would take three quarters of its time to find nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def write(file: PipelineFile) -> str:
    """The text of a pipeline file: the same bytes for equal files, and those that KFP's compiler writes for the same pipeline."""
    documents: list[JsonObject] = [writing.pipeline_spec(file.spec)]
    if file.platforms:
        documents.append({"platforms": file.platforms})
    return header(file.spec) + dumped(documents)


# ---------------------------------------------------------------- which document is what


@dataclass
class _Parts:
    spec: nodes.Node
    platform: nodes.Node | None

    def of(self, path: tuple[str, ...]) -> nodes.Node:
        """The document that a path begins in."""
        return self.platform if self.platform is not None and path[:1] == ("platforms",) else self.spec


def _parts(roots: list[nodes.Node], origin: str) -> _Parts:
    specs: list[nodes.Node] = []
    platforms: list[nodes.Node] = []
    for root in roots:
        _sort(root, specs, platforms, origin)
    if not specs:
        _refuse("this is not a pipeline: it has no root, no pipelineInfo and no deploymentSpec", roots[0] if roots else None, origin)
    for group in (specs, platforms):
        if len(group) > 1:
            _refuse("the file holds a second document of the same kind", group[1], origin, "Write each pipeline to a file of its own.")
    return _Parts(specs[0], platforms[0] if platforms else None)


def _sort(root: nodes.Node, specs: list[nodes.Node], platforms: list[nodes.Node], origin: str) -> None:
    """Put what a document holds where it belongs."""
    if not isinstance(root, yaml.MappingNode):
        _refuse("this is not a pipeline: the document is no mapping", root, origin)
    fields = nodes.children(root)
    if "kind" in fields and "apiVersion" in fields:
        _sort_manifest(root, fields, specs, platforms, origin)
    elif wrapped := fields.get("pipeline_spec") or fields.get("pipelineSpec"):
        _sort(wrapped, specs, platforms, origin)
        settings = fields.get("platform_spec") or fields.get("platformSpec")
        if isinstance(settings, yaml.MappingNode):
            platforms.append(settings)
    elif fields.keys() & {"root", "pipelineInfo", "pipeline_info", "deploymentSpec", "deployment_spec"}:
        specs.append(root)
    elif "platforms" in fields:
        platforms.append(root)
    elif "implementation" in fields:
        message = "this is the file of a component of KFP 1 (`implementation`), not of a pipeline"
        remedy = (
            "Load it in Python, `step = components.load_component_from_file(FILE)`, call it in a pipeline, and run that: `bakehouse run FILE.py`."
        )
        _refuse(message, root, origin, remedy)
    elif root.value:
        _refuse("this is not a pipeline: it has no root, no pipelineInfo and no deploymentSpec", root, origin)


def _sort_manifest(root: nodes.Node, fields: dict[str, nodes.Node], specs: list[nodes.Node], platforms: list[nodes.Node], origin: str) -> None:
    kind = str(fields["kind"].value)
    if str(fields["apiVersion"].value).startswith("argoproj.io"):
        message = f"this is an Argo {kind}, which {_old_sdk(fields)} wrote; Bakehouse runs what KFP's SDK 2.x compiles"
        _refuse(message, root, origin, _OLD)
    if kind == "Pipeline":
        return
    spec = fields.get("spec")
    inside = nodes.children(spec) if spec is not None else {}
    if kind != "PipelineVersion" or "pipelineSpec" not in inside:
        _refuse(f"a manifest of kind {kind} holds no pipeline", root, origin, "Of manifests, a PipelineVersion with a pipelineSpec is read.")
    _sort(inside["pipelineSpec"], specs, platforms, origin)
    if isinstance(inside.get("platformSpec"), yaml.MappingNode):
        platforms.append(inside["platformSpec"])


def _old_sdk(manifest: dict[str, nodes.Node]) -> str:
    """The SDK of KFP 1 that a workflow names as its maker."""
    found: nodes.Node | None = manifest.get("metadata")
    for name in ("annotations", "pipelines.kubeflow.org/kfp_sdk_version"):
        found = nodes.children(found).get(name) if found is not None else None
    version = str(found.value) if isinstance(found, yaml.ScalarNode) else ""
    return f"KFP's SDK {version}" if version else "KFP's SDK 1.x"


def _platforms(found: Found) -> JsonObject:
    fields = found.fields(("platforms",))
    return fields["platforms"].object() if "platforms" in fields else {}


def _written_by_pyyaml(spec: nodes.Node) -> bool:
    fields = nodes.children(spec)
    version = fields.get("sdkVersion") or fields.get("sdk_version")
    return isinstance(version, yaml.ScalarNode) and str(version.value).startswith(_PYYAML_SDKS)


# ---------------------------------------------------------------- places


def _located(root: nodes.Node, path: tuple[str, ...], origin: str) -> str:
    """The place of a path in the spec: the line of the last part of it that the file has."""
    node = mark = root
    for part in path:
        step = _step(node, part)
        if step is None:
            break
        mark, node = step
    return place(origin, mark, path)


def _step(node: nodes.Node, key: str) -> tuple[nodes.Node, nodes.Node] | None:
    """The key and the value, or twice the item, that a part of a path leads to."""
    if isinstance(node, yaml.SequenceNode):
        items = node.value
        return (items[int(key)], items[int(key)]) if key.isdecimal() and int(key) < len(items) else None
    if isinstance(node, yaml.MappingNode):
        entries = nodes.pairs(node)
        exact = next((pair for pair in entries if pair[0].value == key), None)
        return exact or next((pair for pair in entries if str(pair[0].value).replace("_", "").lower() == key.lower()), None)
    return None


def _refuse(message: str, node: nodes.Node | None, origin: str, remedy: str = _RECOMPILE) -> NoReturn:
    raise InvalidPipeline([Problem(message, place(origin, node, ()) if node else origin, remedy)])
