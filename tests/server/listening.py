"""One event stream of an application in this process, message by message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import quote

from starlette.types import ASGIApp, Message

from tests.server.serving import API, HOST, Event, events


def played(scene: Callable[[], Awaitable[None]]) -> None:
    """Play a scene in an event loop of its own."""

    async def whole() -> None:
        await scene()

    asyncio.run(whole())


class Stream:
    """What a client hears. `last` is the `id` of the last message, as a browser keeps it."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.last = ""
        self._blocks: asyncio.Queue[str | None] = asyncio.Queue()
        self._rest = ""
        self._asked = False

    async def receive(self) -> Message:
        """What the client sends: its request, and in the end that it has gone."""
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """What the server sends."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        *blocks, self._rest = (self._rest + message["body"].decode()).split("\n\n")
        for block in blocks:
            self._blocks.put_nowait(block)
        if not message.get("more_body", False):
            self._blocks.put_nowait(None)

    async def block(self, seconds: float = 5) -> str | None:
        """The next block, comments too; `None` at the end of the stream."""
        return await asyncio.wait_for(self._blocks.get(), seconds)

    async def next(self, seconds: float = 5) -> Event:
        """The next message, which comes in that time."""
        return await asyncio.wait_for(self._message(), seconds)

    async def _message(self) -> Event:
        while True:
            block = await self._blocks.get()
            assert block is not None, "the stream has ended"
            for event in events(iter([*block.split("\n"), ""])):
                self.last = event.id
                return event

    async def several(self, count: int) -> list[Event]:
        """The next messages."""
        return [await self.next() for _ in range(count)]

    async def silent(self, seconds: float = 0.6) -> bool:
        """Whether no message comes in that time."""
        try:
            await self.next(seconds)
        except (asyncio.TimeoutError, TimeoutError):
            return True
        return False


@asynccontextmanager
async def listening(app: ASGIApp, query: str, last: str = "") -> AsyncIterator[Stream]:
    """A stream while it is entered; then the client leaves, and the server must notice."""
    stream = Stream()
    headers = [(b"host", HOST.encode()), *([(b"last-event-id", last.encode())] if last else [])]
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"{API}/stream",
        "raw_path": f"{API}/stream".encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": headers,
        "scheme": "http",
        "server": ("127.0.0.1", 8811),
        "asgi": {"version": "3.0", "spec_version": "2.3"},
    }
    served = asyncio.ensure_future(app(scope, stream.receive, stream.send))
    try:
        yield stream
    finally:
        stream.left.set()
        await asyncio.wait_for(served, 5)


def log_query(name: str, offset: int | None = None) -> str:
    """`log=` for a log's name."""
    return f"log={quote(name if offset is None else f'{name}@{offset}', safe='')}"
