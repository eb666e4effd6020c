"""The messages of KFP's `/apis/v2beta1`, as protojson spells them: names in snake_case (camelCase is read too), unknown fields refused.

Fields that have their default value are left out of answers, as protojson does; those without a default are always there.
Source: backend/api/v2beta1/*.proto of kubeflow/pipelines.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, AliasGenerator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from bakehouse.api.base import Text
from bakehouse.ir.values import Json

#: google.protobuf.Struct: any JSON object.
Struct = dict[str, Json]


def _spellings(name: str) -> AliasChoices:
    return AliasChoices(name, to_camel(name))


class KfpMessage(BaseModel):
    """A message of v2beta1. Times are RFC 3339 texts; what a client says of them is not used."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=AliasGenerator(validation_alias=_spellings), use_attribute_docstrings=True)

    def wire(self) -> dict[str, Any]:
        """The message as protojson writes it."""
        return self.model_dump(mode="json", exclude_defaults=True)


class Empty(KfpMessage):
    """What an action answers that has nothing to say."""


class Health(BaseModel):
    """What the API server and KFP's UI server say of themselves, together."""

    commit_sha: str
    tag_name: str
    multi_user: bool
    pipeline_store: str = "database"
    apiServerCommitHash: str  # noqa: N815  # KFP's spelling
    apiServerTagName: str  # noqa: N815  # KFP's spelling
    apiServerMultiUser: bool  # noqa: N815  # KFP's spelling
    apiServerReady: bool  # noqa: N815  # KFP's spelling


class Status(KfpMessage):
    """google.rpc.Status. Its message may repeat what a step printed, whatever that is."""

    code: int = 0
    message: str = ""
    details: list[Struct] = []


class PackageUrl(KfpMessage):
    """Where a pipeline file is fetched from."""

    pipeline_url: Text = ""


class Pipeline(KfpMessage):
    """A pipeline."""

    pipeline_id: Text = ""
    name: Text = ""
    display_name: Text = ""
    description: Text = ""
    created_at: Text = ""
    namespace: Text = ""
    tags: dict[Text, Text] = {}
    error: Status | None = None


class PipelineVersion(KfpMessage):
    """A version of a pipeline; `pipeline_spec` is the spec alone, or `{pipeline_spec, platform_spec}` where it has both."""

    pipeline_id: Text = ""
    pipeline_version_id: Text = ""
    name: Text = ""
    display_name: Text = ""
    description: Text = ""
    created_at: Text = ""
    package_url: PackageUrl | None = None
    code_source_url: Text = ""
    pipeline_spec: Struct | None = None
    tags: dict[Text, Text] = {}
    error: Status | None = None


class PipelineAndVersion(KfpMessage):
    """A pipeline and its first version, to be made together."""

    pipeline: Pipeline
    pipeline_version: PipelineVersion


class Pipelines(KfpMessage):
    """One page of pipelines; `total_size` is left out beyond 1,000."""

    pipelines: list[Pipeline] = []
    total_size: int = 0
    next_page_token: Text = ""


class PipelineVersions(KfpMessage):
    """One page of versions; `total_size` is left out beyond 1,000."""

    pipeline_versions: list[PipelineVersion] = []
    total_size: int = 0
    next_page_token: Text = ""


class Experiment(KfpMessage):
    """An experiment; `last_run_created_at` is the epoch until it has a run."""

    experiment_id: Text = ""
    display_name: Text = ""
    description: Text = ""
    created_at: Text = ""
    namespace: Text = ""
    storage_state: Text = ""
    last_run_created_at: Text = ""


class Experiments(KfpMessage):
    """One page of experiments; `total_size` is left out beyond 1,000."""

    experiments: list[Experiment] = []
    total_size: int = 0
    next_page_token: Text = ""


class VersionReference(KfpMessage):
    """A version; without `pipeline_version_id` the latest one of the pipeline."""

    pipeline_id: Text = ""
    pipeline_version_id: Text = ""


class RuntimeConfig(KfpMessage):
    """What a run is given."""

    parameters: Struct = {}
    pipeline_root: Text = ""


class RuntimeStatus(KfpMessage):
    """A state, and since when."""

    update_time: Text
    state: Text
    error: Status | None = None


class ArtifactList(KfpMessage):
    """The artifacts of one input or output, by id."""

    artifact_ids: list[Text] = []


class PipelineTaskDetail(KfpMessage):
    """A task of a run."""

    run_id: Text
    task_id: Text
    display_name: Text = ""
    create_time: Text = ""
    start_time: Text = ""
    end_time: Text = ""
    state: Text = ""
    error: Status | None = None
    inputs: dict[str, ArtifactList] = {}
    outputs: dict[str, ArtifactList] = {}
    state_history: list[RuntimeStatus] = []


class RunDetails(KfpMessage):
    """The tasks of a run."""

    task_details: list[PipelineTaskDetail] = []


class Run(KfpMessage):
    """A run. Of the ways to name its pipeline, a version counts before a pipeline, and that before a spec."""

    experiment_id: Text = ""
    run_id: Text = ""
    display_name: Text = ""
    storage_state: Text = ""
    description: Text = ""
    pipeline_version_id: Annotated[Text, Field(deprecated=True)] = ""
    pipeline_spec: Struct | None = None
    pipeline_version_reference: VersionReference | None = None
    runtime_config: RuntimeConfig | None = None
    service_account: Text = ""
    created_at: Text = ""
    scheduled_at: Text = ""
    finished_at: Text = ""
    state: Text = ""
    error: Status | None = None
    run_details: RunDetails | None = None
    recurring_run_id: Text = ""
    state_history: list[RuntimeStatus] = []


class Runs(KfpMessage):
    """One page of runs; `total_size` is left out beyond 1,000."""

    runs: list[Run] = []
    total_size: int = 0
    next_page_token: Text = ""
