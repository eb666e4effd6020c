"""A wire between browser and server that a test can cut: a TCP proxy of this process."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


class Wire:
    """Passes on what comes, to the server that `server` names, until it is cut."""

    def __init__(self, server: str) -> None:
        self._server = urlsplit(server)
        self._held: set[asyncio.WriteTransport] = set()
        self._down = False
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._over = asyncio.Event()
        self.url = ""
        #: How many connections were cut.
        self.cuts = 0

    def cut(self) -> None:
        """Cut all connections; new ones are made again at once."""
        asyncio.run_coroutine_threadsafe(self._abort(), self._loop).result(timeout=10)

    def down(self) -> None:
        """Cut, and let no connection through until `up`."""
        self._down = True
        self.cut()

    def up(self) -> None:
        """Let connections through again."""
        self._down = False

    def run(self) -> None:
        """Take connections until the wire is closed; in a thread of its own."""
        asyncio.set_event_loop(self._loop)
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._listen())

    def wait(self) -> None:
        """Until connections are taken."""
        assert self._ready.wait(timeout=10)

    def close(self) -> None:
        """Cut, and end."""
        self.down()
        self._loop.call_soon_threadsafe(self._over.set)

    async def _abort(self) -> None:
        held, self._held = self._held, set()
        self.cuts += len(held)
        for end in held:
            end.abort()

    async def _listen(self) -> None:
        listener = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        self._ready.set()
        async with listener:
            await self._over.wait()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its beginning to its end."""
        if self._down:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(self._server.hostname, self._server.port)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer.transport, far_writer.transport}
        self._held |= ends
        await asyncio.gather(_passed_on(reader, far_writer), _passed_on(far_reader, writer))
        self._held -= ends


async def _passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """All bytes of one direction; when it ends, the other one ends too."""
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@contextlib.contextmanager
def wired(server: str) -> Iterator[Wire]:
    """A wire to a server while it is entered."""
    wire = Wire(server)
    thread = threading.Thread(target=wire.run)
    thread.start()
    wire.wait()
    try:
        yield wire
    finally:
        wire.close()
        thread.join(timeout=10)
