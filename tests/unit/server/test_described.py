"""The OpenAPI document says of every route what a reader of it needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import FastAPI

from bakehouse.actions.context import Caller, Context
from bakehouse.records.database import Records
from bakehouse.server import described
from bakehouse.server.application import ServerOptions, make_application
from bakehouse.storage.local import LocalStore


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """The application, which describes itself without looking at any records."""
    context = Context(caller=Caller("somebody"), records=cast("Records", None), store=LocalStore(), home=Path("nowhere"))
    return make_application(context, ServerOptions())


def operations(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each route."""
    for path, item in app.openapi()["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def test_every_route_has_a_name_a_group_and_a_sentence(app: FastAPI) -> None:
    """The name is its own, the group is one that is described, the sentence is a whole one."""
    found = list(operations(app))
    names = [one["operationId"] for _, _, one in found]
    assert len(names) > 40
    assert sorted(names) == sorted(set(names))
    assert {tag for _, _, one in found for tag in one["tags"]} == set(described.TAGS)
    assert [path for _, path, one in found if len(one["tags"]) != 1 or not one["summary"].endswith(".")] == []
    assert [one["name"] for one in app.openapi()["tags"]] == list(described.TAGS)


def test_every_parameter_but_ids_is_described(app: FastAPI) -> None:
    """In queries and headers; what stands in a path names something."""
    parameters = [(path, one) for _, path, operation in operations(app) for one in operation.get("parameters", [])]
    assert [(path, one["name"]) for path, one in parameters if one["in"] != "path" and not one.get("description")] == []


def test_bodies_and_answers_have_types(app: FastAPI) -> None:
    """No route takes or gives just anything, and no message has a name that only a program could make up."""
    for method, path, operation in operations(app):
        content = operation["responses"]["200"]["content"]
        assert content, (method, path)
        for media in [*content.values(), *operation.get("requestBody", {}).get("content", {}).values()]:
            assert media["schema"], (method, path)
    assert [name for name in app.openapi()["components"]["schemas"] if "__" in name or "-" in name] == []


@pytest.mark.parametrize(
    ("prefix", "field"), [("/apis/bakehouse/v1", "problems"), ("/apis/v2beta1/runs", "details"), ("/apis/v2beta1/pipelines/upload", "error_message")]
)
def test_errors_have_the_form_of_their_api(app: FastAPI, prefix: str, field: str) -> None:
    """`default` stands for those that any route may answer; others are named."""
    schemas = app.openapi()["components"]["schemas"]
    found = [operation for _, path, operation in operations(app) if path.startswith(prefix)]
    assert found
    for operation in found:
        failure = operation["responses"]["default"]["content"]["application/json"]["schema"]
        assert field in schemas.get(failure.get("$ref", "").rsplit("/", 1)[-1], failure)["properties"]
        for status in {"400", "404", "409", "503"} & set(operation["responses"]):
            assert operation["responses"][status]["content"]["application/json"]["schema"] == failure


def test_the_document_is_that_of_the_api_not_of_a_release(app: FastAPI) -> None:
    """It has the API's own version, and is the same when it is asked for twice."""
    first = json.dumps(app.openapi())
    assert json.dumps(app.openapi()) == first
    assert app.openapi()["info"]["version"] == described.VERSION
