"""Pipelines and their versions, as our own API shows them."""

from __future__ import annotations

from bakehouse.api.base import Message, Moment, Text
from bakehouse.ir.values import Json


class Input(Message):
    """An input parameter or artifact of a pipeline, as a form asks for it."""

    name: str
    type: str
    """STRING, NUMBER_INTEGER, NUMBER_DOUBLE, BOOLEAN, LIST, STRUCT, TASK_FINAL_STATUS, or the schema title of an artifact."""
    is_artifact: bool = False
    optional: bool = False
    """Whether it may be left out: it has a default, or the pipeline does without."""
    has_default: bool = False
    default: Json = None
    description: str = ""
    literals: list[Json] = []
    """The values that are allowed; empty: all of the type."""


class ProblemText(Message):
    """Something that stands against a pipeline: what, where, and what to do."""

    message: str
    place: str = ""
    remedy: str = ""


class SpecView(Message):
    """A pipeline's spec as people read it."""

    yaml: str
    inputs: list[Input]
    description: str = ""
    sdk_version: str = ""
    problems: list[ProblemText] = []
    """Why it cannot be run here; empty when it can."""
    steps: list[str] = []
    """The names of steps and groups by which a run says what of it is run: `train`, `loop/train` for all iterations; at most 1,000."""


class VersionSummary(Message):
    """A version as a list shows it."""

    version_id: str
    pipeline_id: str
    name: str
    display_name: str
    description: str = ""
    created_at: Moment
    code_source_url: str = ""
    package_url: str = ""


class VersionDetail(VersionSummary):
    """A version with its spec."""

    pipeline_name: str
    spec: SpecView


class PipelineSummary(Message):
    """A pipeline as a list shows it."""

    pipeline_id: str
    name: str
    display_name: str
    description: str = ""
    created_at: Moment
    latest_version: VersionSummary | None = None
    versions: int = 0
    """How many it has."""


class PipelineList(Message):
    """One page of pipelines, the newest first."""

    pipelines: list[PipelineSummary]
    next_page_token: str = ""


class VersionList(Message):
    """One page of versions, the newest first."""

    versions: list[VersionSummary]
    next_page_token: str = ""


class FromUrl(Message):
    """A pipeline, or a version of the one that `pipeline_id` names, to be fetched. Names that are empty are taken from the file."""

    url: Text
    name: Text = ""
    description: Text = ""
    pipeline_id: Text = ""
