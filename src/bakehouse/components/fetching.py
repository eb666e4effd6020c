"""The text of a component at a URL that an author names: bounded in size, in time and in redirects."""

from __future__ import annotations

import importlib
import time
from contextlib import closing
from dataclasses import dataclass
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
    deadline = _Deadline(url, time.monotonic() + _MOST_SECONDS)
    address = _address(url)
    httpx = _httpx()
    try:
        with httpx.Client(headers={"Accept": "*/*"}) as client, closing(_answer(client, address, auth, deadline)) as answer:
            if not answer.is_success:
                remedy = _REMEDIES.get(answer.status_code, _OTHERWISE)
                raise UnreadableComponent(f"{url} cannot be fetched: the server answers {answer.status_code}", place=here(), remedy=remedy)
            return _content(answer, deadline)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreadableComponent(f"{url} cannot be fetched: {str(error) or type(error).__name__}", place=here(), remedy=_OTHERWISE) from error


@dataclass(frozen=True)
class _Deadline:
    """When all that belongs to a URL is to be there, by the monotonic clock."""

    url: str
    until: float

    def left(self) -> float:
        """The seconds until then. Raises `UnreadableComponent` when there are none."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise UnreadableComponent(f"{self.url} took longer than {_MOST_SECONDS:.0f} s", place=here(), remedy=_OTHERWISE)
        return left


def _address(url: Any) -> str:
    """Where to ask for it. Raises `UnreadableComponent` for what is no URL, or of another kind."""
    try:
        given = urlsplit(url if isinstance(url, str) else "")
        is_known = given.scheme in {"http", "https", "gs"} and bool(given.netloc) and given.port != 0
    except ValueError:  # brackets without an address, or a port that there cannot be
        is_known = False
    if not is_known:
        remedy = "Write one such as https://HOST/PATH/component.yaml, or gs://BUCKET/OBJECT."
        raise UnreadableComponent(f"{url!r} is no URL of a component", place=here(), remedy=remedy)
    return f"https://storage.googleapis.com/{url.removeprefix('gs://')}" if given.scheme == "gs" else str(url)


def _answer(client: Any, address: str, auth: tuple[str, str] | None, deadline: _Deadline) -> Any:
    """What a server answers after all redirects, open to be read; each of them is asked for with the time that is left.

    httpx takes the user name and password out of a redirect to another server.
    """
    request = client.build_request("GET", address)
    for _ in range(_MOST_REDIRECTS + 1):
        wait = min(_SECONDS, deadline.left())
        request.extensions["timeout"] = {"connect": wait, "read": wait, "write": wait, "pool": wait}
        answer = client.send(request, stream=True, auth=auth)
        if answer.next_request is None:
            return answer
        answer.close()
        request, auth = answer.next_request, None
    raise UnreadableComponent(f"{deadline.url} is redirected more than {_MOST_REDIRECTS} times", place=here(), remedy=_OTHERWISE)


def _content(answer: Any, deadline: _Deadline) -> str:
    url = deadline.url
    content = bytearray()
    for chunk in answer.iter_bytes():
        content += chunk
        if len(content) > LARGEST_TEXT:
            raise UnreadableComponent(f"{url} is larger than {LARGEST_TEXT >> 20} MiB", place=here(), remedy="Look whether it is a component.")
        deadline.left()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableComponent(f"{url} is not UTF-8 text: {error.reason}", place=here(), remedy="Look whether it is a component.") from error


def _httpx() -> Any:
    """Loaded when something is fetched, for it costs more than all of the author's side: docs/decisions/0006-some-modules-are-loaded-by-name.md."""
    return importlib.import_module("httpx")
