"""A home of its own for each test, with records open; each test runs on SQLite and on PostgreSQL, but where its module names one of them.

A module that is about one of them says so in `DATABASES`, a test by a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.records.database import Records, open_home
from bakehouse.records.postgresql import Postgresql
from bakehouse.records.sqlite import Sqlite
from tests.postgres import Server, server
from tests.records.stories import DATABASE, Hand, open_records

BOTH = ("sqlite", "postgresql")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that has a home, on every database."""
    named = [name.strip() for mark in metafunc.definition.iter_markers("parametrize") for name in _names(mark)]
    if "database" in metafunc.fixturenames and "database" not in named:
        metafunc.parametrize("database", getattr(metafunc.module, "DATABASES", BOTH), indirect=True)


def _names(mark: pytest.Mark) -> list[str]:
    names = mark.args[0]
    return names.split(",") if isinstance(names, str) else list(names)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, one for each process of the tests."""
    with server() as running:
        yield running


@pytest.fixture(scope="session")
def template(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database that was just made, for copies: quicker than making the tables each time."""
    name = postgres.make()
    open_home(tmp_path_factory.mktemp("template") / "home", Hand(), database=postgres.url(name)).close()
    return name


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Which database the test runs on. The address of one beside the home lies in a file there, for `stories.open_records` and others."""
    kind: str = request.param
    if kind == "sqlite":
        yield kind
        return
    running: Server = request.getfixturevalue("postgres")
    # As if the server had been up for long: it may have begun with this test.
    request.getfixturevalue("monkeypatch").setattr(Postgresql, "up_since", Sqlite.up_since)
    name = running.make(template=request.getfixturevalue("template"))
    (tmp_path / DATABASE).write_text(running.url(name))
    yield kind
    running.drop(name)


@pytest.fixture
def home(tmp_path: Path, database: str) -> Path:
    """Where a home will be."""
    return tmp_path / "home"


@pytest.fixture
def hand() -> Hand:
    """The time, moved by hand."""
    return Hand()


@pytest.fixture
def records(home: Path, hand: Hand) -> Iterator[Records]:
    """The records of a fresh home."""
    opened = open_records(home, hand)
    yield opened
    opened.close()
