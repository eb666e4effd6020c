"""What most tests of the server begin with: a home, a run that goes on, a server on it. A module that needs other ones has its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from bakehouse.actions.context import Context
from bakehouse.server.application import ServerOptions, make_application
from tests.server.pods import Keeper
from tests.server.recorded import Recorded, recorded
from tests.server.serving import open_context


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """A home of its own."""
    opened = open_context(tmp_path / "home")
    yield opened
    opened.records.close()


@pytest.fixture
def run(context: Context) -> Iterator[Recorded]:
    """A run that goes on."""
    with recorded(context) as going:
        yield going


@pytest.fixture
def app(context: Context) -> Iterator[FastAPI]:
    """A server on it, which gives signs of life often."""
    made = make_application(context, ServerOptions(ping=0.3))
    yield made
    made.state.changes.stop()


@pytest.fixture(scope="module")
def pods_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """One home for the pods of a module: each has an attempt of its own."""
    opened = open_context(tmp_path_factory.mktemp("pods") / "home")
    yield opened
    opened.records.close()


@pytest.fixture
def keeper(pods_home: Context) -> Keeper:
    """The keeper of an attempt of a container component."""
    return Keeper(pods_home)
