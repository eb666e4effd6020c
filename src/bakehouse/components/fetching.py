"""The text of a component at a URL that an author names: bounded in size, in time and in redirects."""

from __future__ import annotations

import importlib
import time
from typing import Any
from urllib.parse import urlsplit

from bakehouse.components.errors import UnreadableComponent
from bakehouse.dsl.places import here
from bakehouse.ir.nodes import LARGEST_TEXT

_SECONDS = 20.0  # for each wait
_MOST_SECONDS = 60.0  # for all of it, redirects included
_MOST_REDIRECTS = 5
_REMEDIES = {
    401: "Give a user name and a password: auth=(…, …).",
    403: "Give a user name and a password that may read it: auth=(…, …).",
    404: "Look whether the URL is right; on GitHub it is that of the raw file (raw.githubusercontent.com).",
}
_OTHERWISE = "Try it in a browser; or save the file beside yours and load it with load_component_from_file."


def text(url: str, auth: tuple[str, str] | None) -> str:
    """What lies at a URL, as UTF-8. Raises `UnreadableComponent`."""
    if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https", "gs"}:
        raise UnreadableComponent(f"{url!r} is no URL of a component", place=here(), remedy="Let it begin with https://, or with gs://.")
    if url.startswith("gs://"):
        url = f"https://storage.googleapis.com/{url.removeprefix('gs://')}"
    httpx = _httpx()
    try:
        with (
            httpx.Client(follow_redirects=True, max_redirects=_MOST_REDIRECTS, timeout=_SECONDS, auth=auth) as client,
            client.stream("GET", url, headers={"Accept": "*/*"}) as answer,
        ):
            if not answer.is_success:
                remedy = _REMEDIES.get(answer.status_code, _OTHERWISE)
                raise UnreadableComponent(f"{url} cannot be fetched: the server answers {answer.status_code}", place=here(), remedy=remedy)
            return _content(url, answer)
    except httpx.HTTPError as error:
        raise UnreadableComponent(f"{url} cannot be fetched: {str(error) or type(error).__name__}", place=here(), remedy=_OTHERWISE) from error


def _content(url: str, answer: Any) -> str:
    until = time.monotonic() + _MOST_SECONDS
    content = bytearray()
    for chunk in answer.iter_bytes():
        content += chunk
        if len(content) > LARGEST_TEXT:
            raise UnreadableComponent(f"{url} is larger than {LARGEST_TEXT >> 20} MiB", place=here(), remedy="Look whether it is a component.")
        if time.monotonic() > until:
            raise UnreadableComponent(f"{url} took longer than {_MOST_SECONDS:.0f} s", place=here(), remedy=_OTHERWISE)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableComponent(f"{url} is not UTF-8 text: {error.reason}", place=here(), remedy="Look whether it is a component.") from error


def _httpx() -> Any:
    """Loaded when something is fetched, for it costs more than all of the author's side: docs/decisions/0006-some-modules-are-loaded-by-name.md."""
    return importlib.import_module("httpx")
