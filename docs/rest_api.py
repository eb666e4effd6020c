"""What the server's own OpenAPI document gives to docs/reference: the document, the messages, and the tables in the page of the REST API."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from bakehouse.actions.context import Caller, Context
from bakehouse.records.database import open_home
from bakehouse.records.experiments import EXPERIMENTS
from bakehouse.records.listing import Listing
from bakehouse.records.pipelines import PIPELINES, VERSIONS
from bakehouse.records.run_lists import RUNS
from bakehouse.server import described
from bakehouse.server.application import ServerOptions, make_application
from bakehouse.storage.local import LocalStore

REFERENCE = Path(__file__).resolve().parent / "reference"
PAGE = "rest-api.md"
MESSAGES = "rest-messages.md"
_NOTE = "<!-- Written by docs/generate.py; `make docs` writes it anew. -->"
_REGION = re.compile(r"<!-- begin: (?P<name>[^>]+?) -->\n.*?<!-- end -->", re.DOTALL)
_PREFIXES = {"own": "/apis/bakehouse/v1", "kfp": "/apis/v2beta1"}

_KINDS = {"string": "text", "date-time": "time", "binary": "bytes", "boolean": "true or false", "object": "JSON object"}

Json = Mapping[str, Any]  # a part of the document


@cache
def document() -> Json:
    """What a server on an empty home says of itself."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        context = Context(caller=Caller("somebody"), records=open_home(home), store=LocalStore(), home=home)
        try:
            return make_application(context, ServerOptions()).openapi()
        finally:
            context.records.close()


def openapi() -> str:
    """The document, in the order of the alphabet."""
    return json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


# ---------------------------------------------------------------- routes


def page() -> str:
    """The page of the REST API as it is, but for its tables: these are written anew. Fails if a group of routes has no place in it."""
    text = (REFERENCE / PAGE).read_text(encoding="utf-8")
    tables: Mapping[str, Callable[[], str]] = {**{f"routes of {tag}": partial(routes, tag) for tag in described.TAGS}, "fields of lists": fields}
    places = [match["name"] for match in _REGION.finditer(text)]
    if sorted(places) != sorted(tables):
        raise SystemExit(f"docs/reference/{PAGE} has places for {sorted(places)}; the tables that there are: {sorted(tables)}")
    return _REGION.sub(lambda match: f"<!-- begin: {match['name']} -->\n{tables[match['name']]()}\n<!-- end -->", text)


def fields() -> str:
    """By which fields the lists of v2beta1 are filtered and sorted."""
    lists: Mapping[str, Listing[Any]] = {"runs": RUNS, "experiments": EXPERIMENTS, "pipelines": PIPELINES, "versions": VERSIONS}
    lines = ["", "| list | texts | times |", "|---|---|---|"]
    for name, listing in lists.items():
        texts, times = ([f"`{field}`" for field, one in listing.fields.items() if (one.kind is float) is is_time] for is_time in (False, True))
        if listing.tags is not None:
            texts.append("`tags.KEY`")
        lines.append(f"| {name} | {', '.join(texts)} | {', '.join(times)} |")
    return "\n".join([*lines, ""])


def routes(tag: str) -> str:
    """The tables of one group: its routes, and below them the parameters that they take."""
    found = [one for one in _operations() if one[2]["tags"] == [tag]]
    lines = ["", "| route | what it does | body | answer | errors |", "|---|---|---|---|---|"]
    for method, path, operation in found:
        errors = ", ".join(status for status in operation["responses"] if status.isdigit() and int(status) >= 400)  # noqa: PLR2004  # errors begin there
        cells = (_route(method, path), _cell(operation["summary"]), _body(operation), _answer(operation), errors or "-")
        lines.append(f"| {' | '.join(cells)} |")
    parameters = _parameters(found)
    if parameters:
        lines += ["", "| parameter | of | type | what it says |", "|---|---|---|---|", *parameters]
    return "\n".join([*lines, ""])


def _operations() -> Iterator[tuple[str, str, Json]]:
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def _route(method: str, path: str) -> str:
    short = path
    for prefix in _PREFIXES.values():
        short = short.removeprefix(prefix)
    return f"`{method} {short}`"


def _body(operation: Json) -> str:
    for media_type, media in operation.get("requestBody", {}).get("content", {}).items():
        if media_type == "application/json":
            return _type(media["schema"])
        (form,) = (document()["components"]["schemas"][name] for name in _names(media["schema"]))
        return f"a form ({media_type}) with " + ", ".join(f"`{name}`: {_cell(one['description'])}" for name, one in form["properties"].items())
    return "-"


def _answer(operation: Json) -> str:
    for media_type, media in operation["responses"]["200"]["content"].items():
        return _type(media["schema"]) if media_type == "application/json" else f"`{media_type}`"
    return "-"


def _parameters(found: Sequence[tuple[str, str, Json]]) -> list[str]:
    """The rows of all parameters that do not stand in a path; those that mean the same share a row."""
    of: dict[tuple[str, str, str], list[str]] = {}
    for method, path, operation in found:
        for one in operation.get("parameters", []):
            if one["in"] != "path":
                name = f"`{one['name']}`" if one["in"] == "query" else f"header `{one['name']}`"
                required = ", required" if one.get("required") else ""
                of.setdefault((name, _type(one["schema"]) + required, _cell(one["description"])), []).append(_route(method, path))
    return [f"| {name} | {'<br>'.join(routes)} | {type_} | {said} |" for (name, type_, said), routes in of.items()]


# ---------------------------------------------------------------- messages


def messages() -> str:
    """Every message of both APIs with its fields."""
    lines = [
        "# Messages of the REST API", "", _NOTE, "",
        f"The bodies and answers of the routes of the [REST API]({PAGE}). The same in a form for programs: [openapi.json](openapi.json).",
        "", "## /apis/bakehouse/v1", "",
        "All fields of an answer are always there. Times are RFC 3339 in UTC, to the millisecond.", "", *_section("own"),
        "## /apis/v2beta1", "",
        "A field that is empty, 0 or false is left out of an answer, as KFP does it, and may be left out of a request. Times are RFC 3339 in UTC, in",
        "whole seconds.", "", *_section("kfp"),
    ]  # fmt: skip
    return "\n".join(lines).rstrip() + "\n"


def _section(api: str) -> Iterator[str]:
    schemas: Json = document()["components"]["schemas"]
    wanted = set[str]()
    for _, path, operation in _operations():
        if path.startswith(_PREFIXES[api]):
            wanted |= _names(operation)
    for name in sorted(wanted):
        if not name.startswith("Body_"):  # forms are described where they are sent
            yield from _message(name, schemas[name], tells_optional=api == "own")


def _names(part: Any) -> set[str]:  # any part of the document
    """The schemas that a part of the document names, and those that these name."""
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(part)))
    seen = set[str]()
    while names - seen:
        name = min(names - seen)
        seen.add(name)
        names |= set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document()["components"]["schemas"][name])))
    return seen


def _message(name: str, schema: Json, *, tells_optional: bool) -> Iterator[str]:
    yield from (f"### {name}", "", _cell(schema.get("description", "")), "")
    if "enum" in schema:
        yield from (f"One of {', '.join(f'`{value}`' for value in schema['enum'])}.", "")
        return
    if not schema.get("properties"):
        return
    yield "| field | type | what it says |"
    yield "|---|---|---|"
    for field, one in schema["properties"].items():
        optional = ", optional" if tells_optional and field not in schema.get("required", []) else ""
        yield f"| `{field}` | {_type(one, default=False)}{optional} | {_cell(one.get('description', ''))} |"
    yield ""


def _type(schema: Json, *, default: bool = True) -> str:
    """A type in words, with its bounds, and its default unless that is nothing."""
    words = _kind(schema)
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        words += f", {least:,} to {most:,}" if least >= 0 and most < 1 << 31 else f", at least {least:,}" if least >= 0 else ""
    if default and schema.get("default"):
        words += f", default `{schema['default']}`"
    return words


def _kind(schema: Json) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}]({MESSAGES}#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "items" in schema:
        return f"list of {_kind(schema['items'])}"
    values = schema.get("additionalProperties")
    if isinstance(values, Mapping):
        return f"map of text to {_kind(values)}"
    kind = str(schema.get("format", schema.get("type", "any JSON")))
    return _KINDS.get(kind, kind)


def _cell(text: str) -> str:
    """Text as it stands in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
