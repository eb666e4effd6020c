"""`bakehouse server`: one process with the API, the pages, and an engine that adopts every free run of the home."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import FrameType
from typing import Protocol

import uvicorn
from fastapi import FastAPI

from bakehouse.actions.context import Context
from bakehouse.app import token_review, wiring
from bakehouse.app.errors import NotAnAddress, PortTaken
from bakehouse.app.locking import ServerLock
from bakehouse.app.login_token import LoginToken
from bakehouse.app.retaining import RetentionThread
from bakehouse.app.settings import Settings
from bakehouse.app.token_review import TokenReview
from bakehouse.ir.execution import RunId
from bakehouse.orchestrator.engine import Engine
from bakehouse.records.engines import EngineLock
from bakehouse.server import security
from bakehouse.server.application import ServerOptions, make_application
from bakehouse.server.login import Login

_log = logging.getLogger("bakehouse.server")
_GRACE = 5  # seconds that answers under way have when the server ends
_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # before an engine that broke is followed by a new one
_BACKLOG = 512


@dataclass(frozen=True)
class Serving:
    """Where and how the server answers; `port` 0 is any that is free. `login`: it asks for a token, also where only this machine reaches it."""

    host: str = "127.0.0.1"
    port: int = 8811
    base_path: str = ""
    allowed_hosts: tuple[str, ...] = ()
    login: bool = False

    @property
    def address(self) -> str:
        """The address to listen at. Raises `NotAnAddress`."""
        if self.host == "localhost":
            return "127.0.0.1"
        try:
            return str(ipaddress.ip_address(self.host.removeprefix("[").removesuffix("]")))
        except ValueError:
            raise NotAnAddress(host=self.host) from None  # a name: what it stands for may change

    @property
    def asks(self) -> bool:
        """Whether it wants to know who asks. Raises `NotAnAddress`."""
        return self.login or not ipaddress.ip_address(self.address).is_loopback


class Ready(Protocol):
    """Told the address of a server that answers, and whether it asks for a token."""

    def __call__(self, url: str, *, asks: bool) -> None:
        """Go on."""


def serve(settings: Settings, serving: Serving, ready: Ready) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP; `ready` is told when requests are answered. Steps go on when it ends.

    Raises `NotAnAddress`, `NoToken`, `NoTokenReview`, `ServerRuns`, `PortTaken` and what opening a home raises, with nothing started.
    """
    address = serving.address
    options = ServerOptions(
        base_path=security.base_path(serving.base_path) if serving.base_path else "",
        allowed_hosts=(_named(address), *(security.allowed_host(one) for one in serving.allowed_hosts)),
        slots=settings.slots,
        login=_login(settings) if serving.asks else None,
    )
    with contextlib.ExitStack() as held:
        context = wiring.open_context(settings)
        held.callback(context.records.close)
        lock = ServerLock.acquire(settings.home)
        held.callback(lock.release)
        listener = held.enter_context(_listening(address, serving.port))
        name = serving.host if serving.host == "localhost" else _named(address)
        url = f"http://{name}:{listener.getsockname()[1]}{options.base_path}/"
        engine = EngineThread(settings, context)

        def started() -> None:
            lock.tell(url)
            ready(url, asks=options.login is not None)

        server = _Server(make_application(replace(context, wake=engine.want), options), started)
        held.enter_context(server.signals())
        engine.start()
        held.callback(engine.stop)
        retention = RetentionThread(context)
        retention.start()
        held.callback(retention.stop)
        server.run(sockets=[listener])


# ---------------------------------------------------------------- where


def _login(settings: Settings) -> Login:
    token = LoginToken(settings.token_file)
    token.made()
    if not settings.token_review:
        return Login(token.current)
    api = token_review.of_pod()
    return Login(token.current, TokenReview(api, settings.service_accounts or [api.namespace()]).account)


def _named(address: str) -> str:
    """An address as it stands in a URL."""
    return f"[{address}]" if ":" in address else address


@contextlib.contextmanager
def _listening(address: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
            listener.listen(_BACKLOG)
        except OSError as error:
            raise PortTaken(host=address, port=port, why=error.strerror or str(error)) from error
        yield listener


class _Server(uvicorn.Server):
    """uvicorn, with signals of our own, and streams that end when it does."""

    def __init__(self, app: FastAPI, started: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
        )
        super().__init__(config)
        self._changes, self._started = app.state.changes, started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets=sockets)
        self._started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Streams end first: they would not by themselves."""
        self._changes.stop()
        await super().shutdown(sockets=sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are `signals`'s: uvicorn would raise them again at the end."""
        yield

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Signals end the server, the second one at once. Where they cannot be heard, in a thread, nothing is done."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def end(number: int, frame: FrameType | None) -> None:
            del number, frame
            self.force_exit = self.should_exit
            self.should_exit = True

        wanted = [one for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is not signal.SIG_IGN]
        before = {one: signal.signal(one, end) for one in wanted}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


# ---------------------------------------------------------------- the engine


def _pause_after(before: float, *, drove: float) -> float:
    """How long an engine that broke is not followed by another: twice as long each time, until one drove for longer than the longest pause."""
    return _SHORTEST_PAUSE if drove > _LONGEST_PAUSE else min(max(before * 2, _SHORTEST_PAUSE), _LONGEST_PAUSE)


class EngineThread:
    """An engine that takes every free run of the home, in a thread. If it breaks, what broke it is logged, and another one takes over."""

    def __init__(self, settings: Settings, context: Context, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._context, self._clock = settings, context, clock
        self._stopping = threading.Event()
        self._engine: Engine | None = None
        self._thread = threading.Thread(target=self._loop, name="bakehouse-engine", daemon=True)

    def start(self) -> None:
        """Begin to drive."""
        self._thread.start()

    def want(self, run_id: RunId) -> None:
        """Somebody wants something of that run: take it, or look at what is wanted, now. From any thread."""
        engine = self._engine
        if engine is not None:
            engine.want(run_id)

    def stop(self) -> None:
        """Let go of all runs: steps go on, and any engine may take the runs at once."""
        self._stopping.set()
        engine = self._engine
        if engine is not None:
            engine.wake()
        self._thread.join(timeout=_GRACE)

    def _loop(self) -> None:
        pause = 0.0
        while not self._stopping.is_set():
            begun = self._clock()
            if not self._drove_well():
                pause = _pause_after(pause, drove=self._clock() - begun)
                self._stopping.wait(pause)

    def _drove_well(self) -> bool:
        """Drive until the server ends; `False` if the engine broke."""
        try:
            self._drive()
        except Exception:  # noqa: BLE001  # the edge of a thread: the pages go on, and show what there is
            _log.exception("the engine broke; another one takes over soon")
            return False
        return True

    def _drive(self) -> None:
        wiring.collect_garbage_less_often()
        lock = EngineLock.acquire(self._settings.home)
        try:
            engine = wiring.make_engine(self._settings, self._context.records, lock, wiring.unobserved, self._stopping)
            self._engine = engine
            try:
                engine.turn(adopt=True, wait=0.0)
                while not self._stopping.is_set():
                    engine.turn(adopt=True)
            finally:
                self._engine = None
                engine.close()
        finally:
            lock.release()
