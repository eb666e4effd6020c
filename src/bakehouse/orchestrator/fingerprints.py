"""What a result depends on, part by part, and the cache key made of the parts. Pure.

The parts are kept with the entry, so that a miss can be explained. URI and name of an artifact are not part of it: two
artifacts with equal bytes, type and metadata are equal wherever they lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from bakehouse.ir.digests import digest_text, digest_value
from bakehouse.ir.execution import Artifact, Code, LaunchSpec, Place, Program
from bakehouse.ir.spec import ArtifactInput, ArtifactOutput, Component
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator.plan import Node

#: Raised whenever the meaning of a part changes, so that results of an older Bakehouse are not taken for new ones.
VERSION = 1


def parts(node: Node, launch: LaunchSpec, place: Place) -> JsonObject:
    """The parts of the key of one task: JSON values by name.

    A `cacheKey` that the author set replaces all parts but the interface, as on KFP.
    """
    interface = _interface(node.component)
    if launch.importing is not None:
        return {
            "version": VERSION,
            "interface": interface,
            "imported": [_artifact(one) for one in launch.output_artifacts.values()],
            **_claims(launch),
        }
    if node.task.caching is not None and node.task.caching.cache_key:
        return {"version": VERSION, "interface": interface, "cache_key": node.task.caching.cache_key}
    return {
        "version": VERSION,
        "interface": interface,
        "command": _command(launch),
        "place": {"python": place.python, "platform": place.platform, "lock": digest_text(place.lock)},
        "env": dict(launch.env),
        "parameters": dict(launch.parameters),
        "artifacts": {name: [_artifact(one) for one in group] for name, group in launch.inputs.items()},
        **_claims(launch),
    }


def _claims(launch: LaunchSpec) -> JsonObject:
    """The volume claims that the step mounts, by path: what they hold can change its result, and nobody reads it. A workspace is its run's own."""
    mounts = launch.kubernetes.get("pvcMount") or ()
    found = {str(one.get("mountPath")): str(one.get("pvcNameParameter") or one.get("constant") or "") for one in mounts}
    if launch.workspace:
        found[launch.workspace] = launch.attempt.run_id
    return {"claims": found} if found else {}


def key(made_of: JsonObject) -> str:
    """The cache key of these parts: 64 hexadecimal characters."""
    return digest_value(made_of)


def code(launch: LaunchSpec) -> str:
    """The digest of what an attempt executes, as far as it is part of the key: function and source, or image and command. Importers have none."""
    if launch.importing is not None:
        return ""
    return digest_value(_command(launch)) if launch.program is None else _code_of(launch.program, launch.code)


@lru_cache(maxsize=256)  # all rounds of a loop run the same
def _code_of(program: Program, modules: Code | None) -> str:
    return digest_value(_function(program, modules))


def _interface(component: Component) -> Json:
    return {
        "inputs": {
            "parameters": {name: declared.type.value for name, declared in component.inputs.parameters.items()},
            "artifacts": _types(component.inputs.artifacts),
        },
        "outputs": {
            "parameters": {name: declared.type.value for name, declared in component.outputs.parameters.items()},
            "artifacts": _types(component.outputs.artifacts),
        },
    }


def _types(declared: Mapping[str, ArtifactInput] | Mapping[str, ArtifactOutput]) -> Json:
    return {name: [one.type.schema_title, one.type.schema_version, one.is_list] for name, one in declared.items()}


def _command(launch: LaunchSpec) -> Json:
    program = launch.program
    if program is None:
        return {"image": launch.image, "command": list(launch.command), "args": list(launch.args)}
    return _function(program, launch.code)


def _function(program: Program, modules: Code | None) -> Json:
    travels = {"modules": modules.digest} if modules is not None else {}
    return {"source": program.source, "function": program.function, **travels}


def _artifact(artifact: Artifact) -> Json:
    # An artifact whose bytes nobody reads is known by its address alone.
    content = artifact.digest or f"unread:{artifact.uri}"
    return {"schema": artifact.type.schema_title, "metadata": dict(artifact.metadata), "content": content}
