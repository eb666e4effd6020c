"""The OpenAPI document: what FastAPI does not say by itself of operations, errors and answers that are no JSON. Adds words, changes no answer.

docs/reference/openapi.json, the tables of docs/reference/rest-api.md and the types of the web UI are made of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from bakehouse.api import kfp
from bakehouse.api.server import ErrorBody

#: What a router says of its answers: a description, and perhaps a model, by status.
Answers = dict[int | str, dict[str, Any]]

#: The version of the API, not of the package, which `/about` tells: a release that changes no route changes nothing here.
VERSION = "1"
DESCRIPTION = "Runs Kubeflow Pipelines. `/apis/v2beta1` speaks as KFP does; `/apis/bakehouse/v1` has what KFP lacks."
#: The groups of routes, in the order in which they are read.
TAGS: Mapping[str, str] = {
    "server": "The server itself, and the event stream.",
    "runs": "Runs and their steps, events, metrics; one action for several runs.",
    "logs": "What attempts of steps printed.",
    "series": "Metrics with a step, while steps run and after.",
    "graphs": "Graphs of runs and of pipeline versions, grouped and counted.",
    "artifacts": "What steps made: what is known of it, how it looks, its bytes.",
    "pipelines": "Pipelines and their versions; uploads.",
    "attempts": "What the keepers of pods fetch and bring, each with the token of its attempt.",
    "v2beta1: health": "Whether the server is there.",
    "v2beta1: experiments": "Experiments.",
    "v2beta1: pipelines": "Pipelines.",
    "v2beta1: pipeline versions": "Versions of pipelines.",
    "v2beta1: uploads": "Pipelines and versions as files.",
    "v2beta1: runs": "Runs.",
}

_MEANINGS: Mapping[int, str] = {
    400: "What was sent cannot be meant, or is not allowed now.",
    401: "There is no token, or none of this home, or one that has expired.",
    403: "The token is of another attempt.",
    404: "What is named is not there.",
    409: "It does not go with what is there: a name that is taken, a state that does not allow it.",
    410: "The attempt has ended: nothing more is taken of it.",
    416: "The file has no such range; `Content-Range` says how long it is.",
    503: "It cannot be done now; later it can, or what is left to do is said.",
}
#: What is sent as well as answered has two schemas for FastAPI; of KFP's messages a reader is served better by the one name of the proto.
_NAMES: Mapping[str, str] = {
    "RunDetails-Input": "RunDetails",
    "RunDetails-Output": "RunDetails",
    "Run-Input": "Run",
    "Run-Output": "Run",
}
#: Those that come with an error in the form of their API.
_TOLD = frozenset({"400", "401", "403", "404", "409", "410", "416", "503"})
#: What is wrong, by API. `default` also stands for what any route may answer: 403, 405, 413, 500.
OWN_FAILURE: Answers = {"default": {"model": ErrorBody, "description": "What is wrong, where, and what to do."}}
KFP_FAILURE: Answers = {"default": {"model": kfp.Status, "description": "An error as KFP tells it (google.rpc.Status)."}}
#: KFP's uploads tell errors in a form of their own.
UPLOAD_FAILURE: Answers = {
    "default": {
        "description": "An error as KFP's uploads tell it.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"error_message": {"type": "string"}, "error_details": {"type": "string"}},
                    "required": ["error_message", "error_details"],
                }
            }
        },
    }
}


def fails(*statuses: int) -> Answers:
    """The errors of a route that its path and parameters do not tell already (400 and 404)."""
    return {status: {"description": _MEANINGS[status]} for status in statuses}


def file(media_type: str) -> Answers:
    """The answers of a route that sends a file, or a range of it."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {
        200: {"description": "The whole file.", "content": content},
        206: {"description": "The range that the header `Range` asks for.", "content": content},
        **fails(416),
    }


def operation_id(route: APIRoute) -> str:
    """The module of the resource, and the function: `kfp_runs_create`."""
    return f"{route.endpoint.__module__.rpartition('.')[2]}_{route.name}"


class Described(FastAPI):
    """FastAPI with an OpenAPI document that says all of this."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = document = _renamed(super().openapi())
            for path, operation in _operations(document):
                _summarise(operation)
                _tell_failures(path, operation)
                for media in operation["responses"].get("200", {}).get("content", {}).values():
                    if "anyOf" in media.get("schema", {}):  # the messages of a stream are objects, not the text that carries them
                        media["schema"].pop("type", None)
        return super().openapi()


def _renamed(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same under better names, and without the titles that only say the names of fields once more."""
    text = json.dumps(document)
    for name, better in _NAMES.items():
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{better}"')
    renamed: dict[str, Any] = {**json.loads(text, object_hook=_untitled), "info": document["info"]}
    schemas = renamed["components"]["schemas"]
    for name, better in _NAMES.items():
        if name in schemas:
            schemas[better] = schemas.pop(name)
    return renamed


def _untitled(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "title" or not isinstance(value, str)}  # a field may be called so


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for operation in item.values():
            yield path, operation


def _summarise(operation: dict[str, Any]) -> None:
    """The first paragraph of the handler's docstring, instead of its name."""
    summary, _, rest = operation.pop("description", "").partition("\n\n")
    operation["summary"] = summary
    if rest:
        operation["description"] = rest


def _tell_failures(path: str, operation: dict[str, Any]) -> None:
    """Errors are JSON wherever they come from. A path with an id in it may name nothing; what a client says may not be meant."""
    responses = operation["responses"]
    failure = responses["default"]
    failure["content"] = content = {"application/json": next(iter(failure["content"].values()))}
    expected = {status: _MEANINGS[status] for status in (400, 404)}
    if "{" not in path:
        del expected[404]
    if "requestBody" not in operation and not any(_can_be_wrong(one) for one in operation.get("parameters", [])):
        del expected[400]
    for status, meaning in expected.items():
        responses.setdefault(str(status), {"description": meaning})
    for status, response in responses.items():
        if status in _TOLD:
            response["content"] = content
    operation["responses"] = dict(sorted(responses.items()))


def _can_be_wrong(parameter: Mapping[str, Any]) -> bool:
    """Any text may stand in a path: it names something or nothing. A number may also be none."""
    return bool(parameter["in"] != "path" or parameter["schema"].get("type") != "string")
