"""The artifact classes that a step works with, by KFP's names: a name, a URI, metadata, and the path where the bytes lie.

Used inside the step, and as annotations by the author (`bakehouse.dsl` offers the same classes).
Where a local path belongs to a remote URI is KFP's rule: `gs://bucket/key` lies at `/gcs/bucket/key`.
Inside a step of Bakehouse the launch document may say otherwise (`located`).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping, Optional

__all__ = ["HTML", "Artifact", "Dataset", "Markdown", "Metrics", "Model", "get_uri"]

_MOUNTS = (("gs://", "/gcs/"), ("s3://", "/s3/"), ("minio://", "/minio/"), ("oci://", "/oci/"))
_OCI = "oci://"
_FILE = "file://"
_MODEL_IN_IMAGE = "/models"
_WORKSPACE = "/kfp-workspace/.artifacts"
_IN_WORKSPACE = "_kfp_workspace"
#: The output that a function's one return value is.
_RETURNED = "Output"

#: Where artifacts lie that are not at the path of their URI; empty outside a step.
_paths: Dict[str, str] = {}
#: The URI below which the outputs of the running step lie; `None` outside a step.
_root: Optional[str] = None


def located(paths: Mapping[str, str], root: Optional[str]) -> None:
    """Tell this module where the artifacts of the running step lie: paths by URI, and the URI of the step's own folder."""
    global _root
    _paths.clear()
    _paths.update(paths)
    _root = root


def get_uri(suffix: str = "Output") -> str:
    r"""A URI below the running step's own folder, for an artifact that the step makes and returns: `Dataset(uri=dsl.get_uri("rows"))`.

    Raises `RuntimeError` outside a step.

    ```python
    from bakehouse import dsl


    @dsl.component
    def rows(n: int) -> dsl.Dataset:
        table = dsl.Dataset(uri=dsl.get_uri("rows"))
        with open(table.path, "w") as file:
            file.writelines(f"{each}\n" for each in range(n))
        return table


    @dsl.pipeline
    def some_rows():
        rows(n=3)
    ```
    """
    if _root is None:
        raise RuntimeError("dsl.get_uri() can be called inside a component only, while it runs: elsewhere there is no folder of a step")
    return _root.rstrip("/") + "/" + suffix


class Artifact:
    """Any bytes with a name and metadata. `uri` says where they lie, `path` where this program reads and writes them.

    ```python
    from bakehouse import dsl


    @dsl.component
    def write(table: dsl.Output[dsl.Dataset]):
        with open(table.path, "w") as file:
            file.write("a,b")
        table.metadata["columns"] = 2


    @dsl.component
    def read(table: dsl.Input[dsl.Dataset]) -> int:
        return table.metadata["columns"]


    @dsl.pipeline
    def columns() -> int:
        return read(table=write().outputs["table"]).output
    ```
    """

    schema_title = "system.Artifact"
    schema_version = "0.0.1"

    def __init__(self, name: Optional[str] = None, uri: Optional[str] = None, metadata: Optional[Dict[str, Any]] = None) -> None:
        self.uri = uri or ""
        self.name = name or ""
        self.metadata = metadata or {}
        self._custom_path = ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, uri={self.uri!r}, metadata={self.metadata!r})"

    @property
    def path(self) -> str:
        """The local file or folder of this artifact. Assigning sets the URI that belongs to that path."""
        return self._path()

    @path.setter
    def path(self, path: str) -> None:
        self.uri = uri_of(path)

    @property
    def custom_path(self) -> str:
        """A path of the step's own choice from which the bytes are collected at its end; empty where there is none."""
        return self._custom_path

    @custom_path.setter
    def custom_path(self, path: str) -> None:
        self._custom_path = path

    def set_path(self, path: str) -> None:
        """Choose the path from which the bytes are collected; the URI stays."""
        self._custom_path = path

    def _path(self) -> str:
        if self._custom_path:
            return self._custom_path
        if not self.uri:
            return ""
        staged = _staged(self.uri)
        if staged:
            return staged
        if self.metadata.get(_IN_WORKSPACE) is True:
            return _WORKSPACE + "/" + _mounted(self.uri).lstrip("/")
        return _mounted(self.uri)


class Dataset(Artifact):
    """Data for training, evaluation or anything else."""

    schema_title = "system.Dataset"


class Model(Artifact):
    """A trained model."""

    schema_title = "system.Model"

    @property
    def framework(self) -> str:
        """What the model was made with; kept in the metadata."""
        return str(self.metadata.get("framework", ""))

    @framework.setter
    def framework(self, framework: str) -> None:
        self.metadata["framework"] = framework

    def _path(self) -> str:
        path = super()._path()
        # A model in an image lies in a folder of its own there.
        return path + _MODEL_IN_IMAGE if self.uri.startswith(_OCI) and not _staged(self.uri) else path


class Metrics(Artifact):
    """Numbers that describe a result, kept in the metadata; those with a step are series, which are seen while the step runs.

    ```python
    from bakehouse import dsl


    @dsl.component
    def fit(found: dsl.Output[dsl.Metrics]):
        for epoch in range(3):
            found.log_metric("loss", 1 / (epoch + 1), step=epoch)
        found.log_metric("accuracy", 0.9)


    @dsl.pipeline
    def measured():
        fit()
    ```
    """

    schema_title = "system.Metrics"

    def log_metric(self, metric: str, value: float, step: Optional[int] = None) -> None:
        """Set one number. With a `step`, an integer, it is also a point of the series of that metric.

        Raises `TypeError` and `ValueError` for a step that is no integer and, with a step, for a value that is no number.
        """
        if step is not None:
            from . import series

            value = series.log(self.name or _RETURNED, metric, value, step)
        self.metadata[metric] = value


class HTML(Artifact):
    """A page for people."""

    schema_title = "system.HTML"


class Markdown(Artifact):
    """A text for people."""

    schema_title = "system.Markdown"


def uri_of(path: str) -> str:
    """The URI that belongs to a local path: the reverse of the mounts, else the path itself."""
    for scheme, mount in _MOUNTS:
        if path.startswith(mount):
            rest = path[len(mount) :]
            if scheme == _OCI:
                rest = rest.replace("_", "/")
                inside = rest.endswith(_MODEL_IN_IMAGE)
                rest = rest[: len(rest) - inside * len(_MODEL_IN_IMAGE)]
            return scheme + rest
    return path


def _mounted(uri: str) -> str:
    for scheme, mount in _MOUNTS:
        if uri.startswith(scheme):
            rest = uri[len(scheme) :]
            return mount + (rest.replace("/", "_") if scheme == _OCI else rest)
    return uri[len(_FILE) :] if uri.startswith(_FILE + "/") else uri


def _staged(uri: str) -> str:
    """Where the launch document says that this lies, or a folder that contains it; empty if it says nothing."""
    if uri in _paths:
        return _paths[uri]
    inside: List[str] = [known for known in _paths if uri.startswith(known.rstrip("/") + "/")]
    if not inside:
        return ""
    nearest = max(inside, key=len).rstrip("/")
    return _paths.get(nearest, _paths.get(nearest + "/", "")).rstrip("/") + uri[len(nearest) :]
