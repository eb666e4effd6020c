"""The author's own modules, as a pipeline file names them: `platforms.bakehouse` says of executors what code their steps find. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bakehouse.ir import values
from bakehouse.ir.execution import Code
from bakehouse.ir.platform_settings import Settings, Wrong
from bakehouse.ir.spec import PipelineFile
from bakehouse.ir.values import Json

#: The name of Bakehouse among the platforms.
PLATFORM = "bakehouse"
CODE = "code"
_DIGEST = re.compile(r"[0-9a-f]{64}")


def read(said: Settings) -> Code | None:
    """What is said of the code of one executor; `None` if nothing is."""
    digest, uri, name = said.one("digest", _digest, ""), said.one("uri", _text, ""), said.one("name", _text, "")
    return Code(digest, uri, name) if digest else None


def _digest(value: Json) -> str:
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise Wrong(f"{value!r} is no digest", "It is made by `bakehouse run FILE --code DIR`.")
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise Wrong(f"{value!r} is no text", "It is made by `bakehouse run FILE --code DIR`.")
    return value


def with_code(file: PipelineFile, codes: Mapping[str, Code]) -> PipelineFile:
    """The pipeline file that says of executors, by label, what code their steps find."""
    if not codes:
        return file
    given = values.at(file.platforms, PLATFORM, "deploymentSpec", "executors")
    said = {label: {**values.at(given, label), CODE: {"digest": one.digest, "name": one.name, "uri": one.uri}} for label, one in codes.items()}
    ours = file.platforms.get(PLATFORM, {})
    deployment = {**values.at(ours, "deploymentSpec"), "executors": {**given, **said}}
    return PipelineFile(file.spec, {**file.platforms, PLATFORM: {**ours, "deploymentSpec": deployment}})
