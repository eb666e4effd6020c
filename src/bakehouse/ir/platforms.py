"""What a pipeline asks of Kubernetes, beside its spec: settings of its executors that mean nothing on a machine that is no cluster. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from bakehouse.ir import pods, policies, values
from bakehouse.ir.spec import PipelineFile
from bakehouse.ir.values import Json, JsonObject

_MOST_NAMED = 5  # steps, or variables, that are named


def kubernetes(file: PipelineFile) -> Mapping[str, Sequence[str]]:
    """The settings for Kubernetes that executors have, such as `secretAsEnv`, each with the names of these steps; both in order."""
    found: dict[str, list[str]] = {}
    for label, settings in _executors(file, "kubernetes"):
        for setting in settings:
            if setting != policies.DEADLINE:  # it holds here too
                found.setdefault(setting, []).append(label)
    for label, settings in _executors(file, policies.PLATFORM):
        for setting in settings:
            if setting in pods.SETTINGS:
                found.setdefault(setting, []).append(label)
    return dict(sorted(found.items()))


def executors(file: PipelineFile, platform: str) -> Mapping[str, Json]:
    """What a platform is told of executors, by label."""
    return values.at(file.platforms, platform, "deploymentSpec", "executors")


def of_pods(file: PipelineFile) -> Mapping[str, JsonObject]:
    """What executors ask of their pods, by label: KFP's settings, ours beside them, and the workspace of the pipeline."""
    workspace = values.at(file.platforms, "kubernetes", "pipelineConfig", pods.WORKSPACE)
    beside = {pods.WORKSPACE: workspace} if workspace else {}
    kfps, ours = executors(file, "kubernetes"), executors(file, policies.PLATFORM)
    found: dict[str, JsonObject] = {}
    for label in file.spec.executors:
        asked, more = values.at(kfps, label), values.at(ours, label)
        own = {name: more[name] for name in pods.SETTINGS if name in more}
        inits = [*_entries(asked, pods.INIT_CONTAINERS), *_entries(more, pods.INIT_CONTAINERS)]
        found[label] = {**asked, **own, **({pods.INIT_CONTAINERS: inits} if inits else {}), **beside}
    return {label: settings for label, settings in found.items() if settings}


def left_out(file: PipelineFile, honoured: Collection[str] = ()) -> str:
    """What the user should know of these settings before the pipeline runs where there is no Kubernetes; empty where there are none.

    `honoured`: the settings that mean something there.
    """
    found = {setting: steps for setting, steps in kubernetes(file).items() if setting not in honoured}
    if not found:
        return ""
    said = "; ".join(f"{setting} of {_named(steps)}" for setting, steps in found.items())
    variables = sorted({name for _, settings in _executors(file, "kubernetes") for name in _variables(settings, honoured) if name})
    passed = f". So steps lack {_named(variables)}: your own variables reach them if BAKEHOUSE_PASS_ENV names them" if variables else ""
    return f"settings for Kubernetes are left out on this machine: {said}{passed}"


def _variables(settings: Mapping[str, Json], honoured: Collection[str]) -> Iterator[str]:
    """The environment variables that a step would have by its settings, and does not."""
    for entry in _entries(settings, "fieldPathAsEnv"):
        yield _text(entry, "name")
    for kind in sorted({"secretAsEnv", "configMapAsEnv"}.difference(honoured)):
        for entry in _entries(settings, kind):
            yield from (_text(one, "envVar") for one in _entries(entry, "keyToEnv"))


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    return f"{shown} and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else shown


# Nobody checks what stands in the settings of Kubernetes: what is no mapping, list or text counts as nothing.


def _executors(file: PipelineFile, platform: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """The steps with their settings, in order."""
    given = executors(file, platform)
    for label in sorted(given):
        yield label.removeprefix("exec-"), values.at(given, label)


def _entries(settings: Mapping[str, Json], name: str) -> Iterator[Mapping[str, Json]]:
    given = settings.get(name)
    yield from (one for one in given if isinstance(one, Mapping)) if isinstance(given, list | tuple) else ()


def _text(entry: Mapping[str, Json], name: str) -> str:
    given = entry.get(name)
    return given if isinstance(given, str) else ""
