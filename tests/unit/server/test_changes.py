"""Who is woken when something was recorded, and that nobody looks for nobody."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable

from bakehouse.errors import Unavailable
from bakehouse.server.changes import Changes


class Records:
    """Records that change when they are told to."""

    def __init__(self) -> None:
        self.number, self.looks, self.opened, self.closed, self.broken = 1, 0, 0, 0, False
        self.threads: set[int] = set()

    def open(self) -> Records:
        """A watch."""
        self.opened += 1
        return self

    def version(self) -> int:
        """Whether something was recorded."""
        self.looks += 1
        self.threads.add(threading.get_ident())
        if self.broken:
            raise Unavailable("locked")
        return self.number

    def close(self) -> None:
        """Let go."""
        self.closed += 1


def played(scene: Callable[[Changes, Records], Awaitable[None]]) -> None:
    """Play a scene."""

    async def whole() -> None:
        records = Records()
        changes = Changes(records.open)
        try:
            await scene(changes, records)
        finally:
            changes.stop()

    asyncio.run(whole())


async def looked(records: Records) -> None:
    """Two looks from now: the second one began after this call, and the first one's wake-ups have been heard."""
    wanted = records.looks + 2
    deadline = time.monotonic() + 20
    while records.looks < wanted:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.05)


def test_every_listener_is_woken_by_every_change() -> None:
    """Once for what was recorded while it did not wait; the first look counts as a change."""

    async def scene(changes: Changes, records: Records) -> None:
        with changes.listening() as one, changes.listening() as other:
            assert await one.wait(20)
            await looked(records)
            await other.wait(0)  # it may have come after the first look
            assert not await one.wait(0)
            records.number += 1
            assert all(await asyncio.gather(one.wait(20), other.wait(20)))
            records.number += 1
            await looked(records)
            records.number += 1
            await looked(records)
            assert await one.wait(0)
            assert not await one.wait(0)
            assert len(records.threads) == 1

    played(scene)


def test_looking_ends_with_the_last_listener() -> None:
    """And begins anew with the next one, in another thread with a connection of its own."""

    async def scene(changes: Changes, records: Records) -> None:
        for times in (1, 2):
            with changes.listening() as listener:
                assert await listener.wait(1)
            await asyncio.sleep(0.3)
            assert (records.opened, records.closed) == (times, times)
            looks = records.looks
            await asyncio.sleep(0.3)
            assert records.looks == looks

    played(scene)


def test_a_listener_that_comes_while_the_last_one_goes_is_heard() -> None:
    """Whenever the thread makes up its mind."""

    async def scene(changes: Changes, records: Records) -> None:
        for number in range(30):
            with changes.listening() as listener:
                await asyncio.sleep(0.011 * (number % 10))
            with changes.listening() as listener:
                await asyncio.sleep(0.12)
                await listener.wait(0)
                records.number += 1
                assert await listener.wait(1)

    played(scene)


def test_records_that_cannot_be_read_for_a_while_are_looked_at_again() -> None:
    """Streams stay, and tell all when the records are back."""

    async def scene(changes: Changes, records: Records) -> None:
        records.broken = True
        with changes.listening() as listener:
            await asyncio.sleep(0.1)
            records.broken = False
            assert await listener.wait(3)
            records.number += 1
            assert await listener.wait(1)

    played(scene)


def test_stopping_wakes_everybody_and_lasts() -> None:
    """Those who wait, and those who come later."""

    async def scene(changes: Changes, records: Records) -> None:
        del records
        with changes.listening() as listener:
            await listener.wait(1)
            asyncio.get_running_loop().call_later(0.1, changes.stop)
            begun = time.monotonic()
            assert await listener.wait(5)
            assert listener.stopped
            assert time.monotonic() - begun < 1
        with changes.listening() as late:
            assert late.stopped

    played(scene)


def test_a_listener_that_is_cancelled_goes_even_when_it_is_woken() -> None:
    """A client may leave in the very moment in which something happens."""

    async def scene(changes: Changes, records: Records) -> None:
        del records
        with changes.listening() as listener:
            for _ in range(50):
                waiting = asyncio.ensure_future(listener.wait(5))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                listener.wake()
                await asyncio.sleep(0)
                waiting.cancel()
                (ended,) = await asyncio.gather(waiting, return_exceptions=True)
                assert isinstance(ended, asyncio.CancelledError) or ended is True

    played(scene)
