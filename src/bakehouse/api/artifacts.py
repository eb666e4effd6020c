"""Artifacts, previews and metrics, as our own API shows them."""

from __future__ import annotations

from enum import Enum

from bakehouse.api.base import Message, Moment
from bakehouse.api.runs import ArtifactRef
from bakehouse.ir.values import Json


class PreviewKind(str, Enum):
    """How an artifact's content is shown."""

    NONE = "none"  # nothing lies there, or nothing that can be shown
    TEXT = "text"
    JSON = "json"
    TABLE = "table"  # CSV or TSV
    IMAGE = "image"  # from `/content`
    HTML = "html"  # from `/content?view=html`, in a sandboxed frame
    MARKDOWN = "markdown"
    FOLDER = "folder"


class Link(Message):
    """A step that made, reused or took an artifact; `name` is its output or input."""

    run_id: str
    run_name: str = ""
    task_id: str
    name: str
    reused: bool = False


class ArtifactDetail(ArtifactRef):
    """An artifact with what is known of it."""

    created_at: Moment
    producers: list[Link] = []
    """Who made it, then who reused it from the cache; at most 100."""
    consumers: list[Link] = []
    """At most 100."""
    local: bool = True
    """Whether its content lies where this server can read it."""


class SignedLink(Message):
    """A URL at an object store that needs no credentials, for as many seconds."""

    url: str
    seconds: int


class RunArtifact(ArtifactRef):
    """An artifact that a step of a run has made or reused; `output` is the name of the step's output."""

    task_id: str
    output: str


class RunArtifacts(Message):
    """The artifacts of a run, in the order of its steps; at most 1,000."""

    run_id: str
    artifacts: list[RunArtifact]
    truncated: bool = False
    """Whether there are more."""


class Entry(Message):
    """Something in a folder; `path` is relative to the artifact."""

    path: str
    is_folder: bool = False
    size: int = 0
    """Bytes of a file; 0 for anything else."""
    leads_to: str = ""
    """Of a symbolic link out of the artifact, or to nothing: what is written in it. It is not followed, and has no content to ask for."""


class Preview(Message):
    """The beginning of an artifact's content, or of a file in it. At most 256 KiB, 1,000 rows or 1,000 entries."""

    kind: PreviewKind
    media_type: str = ""
    size: int = 0
    truncated: bool = False
    text: str = ""
    """TEXT, JSON and MARKDOWN."""
    columns: list[str] = []
    rows: list[list[str]] = []
    entries: list[Entry] = []
    note: str = ""
    """Why there is nothing to see, or how the rest can be had."""


class Scalar(Message):
    """One number (or text) that a step recorded in a Metrics artifact."""

    task_id: str
    output: str
    artifact_id: str
    key: str
    value: Json


class RocPoint(Message):
    """One point of a ROC curve."""

    threshold: float | None
    """`null`: above all scores."""
    fpr: float
    tpr: float


class Classification(Message):
    """A ClassificationMetrics artifact. `labels` and `matrix` (rows: true classes) are empty without a confusion matrix."""

    task_id: str
    output: str
    artifact_id: str
    title: str = ""
    roc: list[RocPoint] = []
    labels: list[str] = []
    matrix: list[list[float]] = []


class Metrics(Message):
    """All metrics of a run."""

    run_id: str
    scalars: list[Scalar]
    classifications: list[Classification]
