"""A pipeline file that has been loaded: compiled out of Python in another process, or read from YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from bakehouse.actions import packages
from bakehouse.app import parcels
from bakehouse.app.loading import PACKAGE_SUFFIXES, Loading, Waiting
from bakehouse.errors import BadInput, Problems
from bakehouse.ir import text
from bakehouse.ir.execution import Origin
from bakehouse.ir.fields import dotted
from bakehouse.ir.spec import PipelineFile, PipelineSpec

LARGEST_FILE = 32 << 20  # bytes


@dataclass(frozen=True)
class Loaded:
    """`origins` maps executor labels to places in the author's file; `sdk` compiled the pipeline, such as `kfp 2.17.0`, for the reason `why`.

    `code` maps executor labels to the folders of modules that their steps need, `lines` dotted paths in the spec to the `FILE:LINE` of what
    the author wrote there.
    """

    file: PipelineFile
    sdk: str
    origins: Mapping[str, Origin] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    why: str = ""
    code: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)

    @property
    def compiled_by(self) -> str:
        """What compiled the pipeline, and why, in words."""
        return f"{self.sdk}, {self.why}" if self.why else self.sdk

    def line(self, path: tuple[str, ...]) -> str:
        """The `FILE:LINE` of the innermost thing on the way to a place in the spec that the author wrote; empty if that is not known."""
        ways = (dotted(path[:length]) for length in range(len(path), 0, -1))
        return next((self.lines[way] for way in ways if way in self.lines), "")

    @contextmanager
    def placed(self) -> Iterator[None]:
        """Within it, what is wrong at a place in the spec is raised with the line of the author's file, where that is known."""
        try:
            yield
        except Problems as error:
            raise Problems([replace(one, place=self.line(one.path) or one.place) for one in error.problems]) from None


def finish(loading: Loading, waiting: Waiting = lambda _seconds: None) -> Loaded:
    """Take the pipeline out of a file. Raises `BadInput` or `Problems` with all that is wrong with it."""
    if loading.child is None:
        return _read(loading.path)
    compiled = cast("Mapping[str, object]", parcels.unpacked(loading.report(waiting)["compiled"]))
    file = cast("PipelineFile", compiled["file"])
    return Loaded(
        file=file,
        sdk=sdk_of(file.spec),
        origins=cast("Mapping[str, Origin]", compiled["origins"]),
        notices=cast("tuple[str, ...]", compiled["notices"]),
        why=cast("str", compiled["why"]),
        code=cast("Mapping[str, str]", compiled["code"]),
        lines=cast("Mapping[str, str]", compiled["lines"]),
    )


def _read(path: Path) -> Loaded:
    try:
        with path.open("rb") as source:
            data = source.read(LARGEST_FILE + 1)  # never more, whatever its size says
    except OSError as error:
        raise BadInput(
            f"cannot be read: {error.strerror}", place=str(path), remedy="See that the file is there and readable, and its disk answers."
        ) from error
    if len(data) > LARGEST_FILE:
        raise BadInput(
            f"has more than {LARGEST_FILE >> 20} MiB",
            place=str(path),
            remedy="A pipeline file holds the pipeline, not its data: pass large values as artifacts.",
        )
    is_package = path.suffix.lower() in PACKAGE_SUFFIXES
    file = packages.package(data, str(path)) if is_package else text.read(_decoded(data), origin=str(path))
    return Loaded(file=file, sdk=sdk_of(file.spec))


def _decoded(data: bytes) -> str | bytes:
    """Text, or the bytes as they are where they are none: `ir.text` says where they go wrong."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data


def sdk_of(spec: PipelineSpec) -> str:
    """What compiled a pipeline: `kfp-2.17.0`, as the file says it, in words."""
    version = spec.sdk_version
    name, dash, number = version.partition("-")
    return f"{name} {number}" if dash else version or "an SDK that does not give its name"
