"""`dsl.importer`: an artifact that exists already becomes one of the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bakehouse.dsl import arguments, meanings
from bakehouse.dsl.blocks import current
from bakehouse.dsl.channels import PipelineChannel, PipelineParameterChannel, UnknownChannel, names_in
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.errors import AuthoringError, WrongType, WrongValue
from bakehouse.dsl.meanings import ArtifactKind
from bakehouse.dsl.places import here
from bakehouse.dsl.signatures import Interface
from bakehouse.dsl.task import PipelineTask
from bakehouse.dsl.values import flaws, halved, typed
from bakehouse.ir.spec import (
    ArtifactOutput,
    ArtifactType,
    ComponentInputs,
    ComponentOutputs,
    Constant,
    Importer,
    ParameterInput,
    ParameterType,
    RuntimeParameter,
)

_URI, _METADATA, _ARTIFACT = "uri", "metadata", "artifact"


class ImporterComponent(BaseComponent):
    """What an importer does: it has no container. Its inputs are the URI, and what its metadata takes from elsewhere."""

    is_step = False

    def __init__(self, importer: Importer, given: Mapping[str, PipelineChannel], kind: ArtifactKind) -> None:
        inputs = {_URI: ParameterInput(ParameterType.STRING)}
        for name, channel in given.items():
            inputs[name] = ParameterInput(channel.kind if isinstance(channel.kind, ParameterType) else ParameterType.STRING)
        interface = Interface(
            ComponentInputs(inputs),
            ComponentOutputs(artifacts={_ARTIFACT: ArtifactOutput(kind.type)}),
            kinds={name: declared.type for name, declared in inputs.items()},
            output_kinds={_ARTIFACT: kind},
        )
        super().__init__("importer", interface, place=here())
        self._executor = importer

    @property
    def executor(self) -> Importer:
        """What is imported."""
        return self._executor


def importer(
    artifact_uri: Any,
    artifact_class: Any,
    reimport: bool = False,  # noqa: FBT001, FBT002  # kfp's signature
    metadata: Mapping[str, Any] | None = None,
    download_to_workspace: bool = False,  # noqa: FBT001, FBT002  # kfp's signature
) -> PipelineTask:
    """Bring in an artifact that exists already: `dsl.importer(artifact_uri="gs://…", artifact_class=dsl.Dataset).output`.

    `artifact_uri` is a text, or a parameter of the pipeline. `metadata` is a mapping, in which keys and values can hold parameters.
    `reimport`: make a new artifact of it also if its URI is known. `download_to_workspace`: copy it to the workspace of the run.

    ```python
    from bakehouse import dsl


    @dsl.component
    def size(table: dsl.Input[dsl.Dataset]) -> int:
        with open(table.path) as file:
            return len(file.read())


    @dsl.pipeline
    def of_a_bucket(uri: str = "gs://bucket/table.csv"):
        table = dsl.importer(artifact_uri=uri, artifact_class=dsl.Dataset, metadata={"team": "a"})
        size(table=table.output)
    ```
    """
    building = current("dsl.importer")
    wrong = _flaws(artifact_uri, metadata)
    kind = _kind(artifact_class, wrong)
    found = [error.at(here()) for error in wrong]
    for error in found:
        building.report(error)
    given: dict[str, PipelineChannel] = {}
    if not found:
        for channel in arguments.channels_within(dict(metadata or {}), building):
            if not any(channel is one for one in given.values()):
                given[_METADATA if not given else f"{_METADATA}-{len(given) + 1}"] = channel
    names = {id(channel): name for name, channel in given.items()}
    is_constant = isinstance(artifact_uri, str) and not names_in(artifact_uri)
    made = Importer(
        artifact_uri=Constant(artifact_uri) if is_constant else RuntimeParameter(_URI),
        type=kind.type,
        metadata={} if found else arguments.replaced(dict(metadata or {}), lambda one: f"{{{{$.inputs.parameters['{names[id(one)]}']}}}}", building),
        reimport=reimport,
        download_to_workspace=download_to_workspace,
    )
    component = ImporterComponent(made, given, kind)
    component.errors += found
    return component.task(building, (), {_URI: artifact_uri, **given})


def _kind(artifact_class: Any, found: list[AuthoringError]) -> ArtifactKind:
    """What is imported; anything, where that cannot be told."""
    try:
        kind = meanings.of_value(artifact_class)
    except AuthoringError:
        kind = ParameterType.STRUCT
    if isinstance(kind, ArtifactKind) and not kind.is_list:
        return kind
    found.append(WrongType(f"artifact_class of an importer is {artifact_class!r}", remedy="Give it a class of artifacts, such as `dsl.Dataset`."))
    return ArtifactKind(ArtifactType(meanings.ANY_ARTIFACT, "0.0.1"))


def _flaws(uri: Any, metadata: Any) -> list[AuthoringError]:
    found: list[AuthoringError] = []
    if not isinstance(uri, str | PipelineParameterChannel | UnknownChannel):
        found.append(WrongType(f"artifact_uri of an importer is {typed(uri)}", remedy='Give it a text, or a parameter: artifact_uri="gs://…".'))
    elif isinstance(uri, str) and not uri:
        found.append(WrongValue("artifact_uri of an importer is empty", remedy="Write where the artifact lies."))
    elif isinstance(uri, str):
        found += halved("artifact_uri of an importer", uri)
    if metadata is not None and not isinstance(metadata, Mapping):
        found.append(WrongType(f"metadata of an importer is {typed(metadata)}", remedy='Give it a mapping: metadata={"rows": 3}.'))
    elif metadata is not None:
        keyless = {str(key) if isinstance(key, PipelineChannel) else key: value for key, value in metadata.items()}
        flaw = next(flaws(keyless), "")
        if flaw:
            found.append(WrongValue(f"metadata of an importer {flaw}", remedy="Metadata are texts, numbers, truth values, lists and mappings."))
    return found
