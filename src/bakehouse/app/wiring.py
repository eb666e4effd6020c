"""Settings become objects: the one place that knows concrete runners, stores and records."""

from __future__ import annotations

import gc
import getpass
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from typing_extensions import assert_never

from bakehouse import clock
from bakehouse.actions.context import Caller, Context
from bakehouse.app import clusters, containers, storing
from bakehouse.app.auto import Auto, Foreseeing
from bakehouse.app.fates import RecordedFates
from bakehouse.app.settings import Settings
from bakehouse.errors import BadInput
from bakehouse.ir.digests import digest_value
from bakehouse.ir.execution import LaunchSpec, Place, RunId, StepError
from bakehouse.orchestrator.commands import Change
from bakehouse.orchestrator.engine import Engine
from bakehouse.orchestrator.events import Event
from bakehouse.orchestrator.ports import Environment, Put, Runner, RunnerKind, RunOptions
from bakehouse.orchestrator.surroundings import Observe, Ports
from bakehouse.records import home
from bakehouse.records.database import Records, open_home
from bakehouse.records.engines import EngineLock
from bakehouse.records.neighbours import Neighbours
from bakehouse.runners import pod_keys
from bakehouse.runners.environments import Environments
from bakehouse.runners.fates import EverybodyLives, Fates
from bakehouse.runners.local import LocalRunner, Options
from bakehouse.storage.local import LocalStore
from bakehouse.storage.stores import Stores


def open_context(settings: Settings) -> Context:
    """Records and store that the settings name, on behalf of the user of this process.

    Raises `BadInput` for pods that are shared where records are not.
    """
    if settings.pod_key is not None and not settings.database:  # each would take the pods of the other for ones that nobody has, and delete them
        raise BadInput(
            "servers that share their pods need one database for their records",
            place="environment variable BAKEHOUSE_POD_KEY_FILE",
            remedy="Set BAKEHOUSE_DATABASE to the database of all of them, or unset BAKEHOUSE_POD_KEY_FILE: then the pods of this home are its own.",
        )
    objects = storing.objects(settings)
    if settings.pod_key is not None:
        home.prepare(settings.home)
        pod_keys.share(settings.home, settings.pod_key)
    return Context(
        caller=Caller(_user()),
        records=open_home(settings.home, database=settings.database),
        store=Stores(LocalStore(), objects),
        objects=objects,
        home=settings.home,
        pipeline_root=storing.default_root(settings),
        fetch_allow=settings.fetch_allow,
        capacity=settings.capacity,
        shares_pods=settings.pod_key is not None,
        runner=settings.runner,
        containers=containers.missing,
        cluster=clusters.missing,
    )


@contextmanager
def opened(settings: Settings) -> Iterator[Context]:
    """The same, closed at the end."""
    context = open_context(settings)
    try:
        yield context
    finally:
        context.records.close()


@contextmanager
def environments(settings: Settings) -> Iterator[Environments]:
    """The environments of the home, to be built outside of a run."""
    made = Environments(settings.home / "environments", LocalStore(), environ=dict(os.environ))
    try:
        yield made
    finally:
        made.close()


class Runners:
    """The runners of one engine: one for each kind, environment and way of making containers that its runs ask for, made when first needed."""

    def __init__(self, settings: Settings, fates: Fates | None = None) -> None:
        """`fates` tells what has become of runs that a cluster or a container engine has something of."""
        self._settings, self._fates = settings, fates or EverybodyLives()
        self._runners: dict[tuple[RunnerKind, Environment, str], Runner] = {}
        self.put: Put = lambda _run, _event: None

    def __call__(self, options: RunOptions) -> Runner:
        """The runner for a run with these options."""
        kind = options.runner, options.environment, digest_value(options.container)
        runner = self._runners.get(kind)
        if runner is None:
            runner = self._runners[kind] = self._made(options)
        return runner

    def _made(self, options: RunOptions) -> Runner:
        return _runner(self._settings, options, self._forward, self._fates)

    def _forward(self, run_id: RunId, event: Event) -> None:
        self.put(run_id, event)


@contextmanager
def places(settings: Settings, options: RunOptions) -> Iterator[Callable[[LaunchSpec], Place | StepError | None]]:
    """Where steps of a run with these options would run, as far as that is known without making anything."""
    runner = _runner(settings, options, lambda _run, _event: None, EverybodyLives())
    try:
        yield runner.known
    finally:
        runner.close()


def _runner(settings: Settings, options: RunOptions, put: Put, fates: Fates) -> Foreseeing:
    """A runner for runs with these options; `fates` tells what has become of runs that a cluster or a container engine has something of."""
    match options.runner:
        case RunnerKind.AUTO:
            return Auto(
                put,
                processes=lambda put: _processes(settings, options, put),
                containers=lambda put: containers.runner(settings, put, fates, create=options.container),
                in_container=lambda attempt: containers.may_hold(settings.home, attempt),
            )
        case RunnerKind.LOCAL:
            return _processes(settings, options, put)
        case RunnerKind.CONTAINER:
            return containers.runner(settings, put, fates, create=options.container)
        case RunnerKind.KUBERNETES:
            return clusters.runner(settings, put, fates)
        case _:
            assert_never(options.runner)


def _processes(settings: Settings, options: RunOptions, put: Put) -> LocalRunner:
    made = Options(objects=storing.objects(settings))
    return LocalRunner(settings.home, put, LocalStore(), environment=options.environment, options=made)


def unobserved(run_id: RunId, changes: Sequence[Change]) -> None:
    """Nobody watches: whoever wants to know reads the records."""
    del run_id, changes


def collect_garbage_less_often() -> None:
    """For the process of an engine: it makes many small values, none of which refers to itself. Looking for those took a quarter of its time."""
    gc.set_threshold(20_000, 20, 20)


def make_engine(settings: Settings, records: Records, lock: EngineLock, observe: Observe, stop: threading.Event) -> Engine:
    """An engine on this home, known by the lock it holds for life. It waits for nothing more once `stop` is set."""
    runners = Runners(settings, RecordedFates(records, clock.system))
    ports = Ports(
        driving=records.driving(lock.id, records.home_id, cache_ttl=settings.cache_ttl),
        runner=runners,
        store=Stores(LocalStore(), storing.objects(settings)),
        clock=clock.system,
        observe=observe,
        machine=Neighbours(settings.home, lock),
        shares=lambda options: settings.pod_key is not None and options.runner is RunnerKind.KUBERNETES,
    )
    engine = Engine(ports, settings.capacity, settings.limits, stop=stop)
    runners.put = engine.put
    return engine


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"  # a container often runs as a uid that has no name
