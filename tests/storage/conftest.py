"""Object stores of every kind that can be had here, each with a bucket of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bakehouse.storage import addresses
from bakehouse.storage.addresses import Address
from bakehouse.storage.buckets import Bucket
from bakehouse.storage.object_store import ObjectStore
from tests import stores

_numbers = itertools.count()


@dataclass(frozen=True)
class Bed:
    """A store, the bucket itself, and an empty place in it."""

    store: ObjectStore
    bucket: Bucket
    root: str

    def at(self, path: str) -> str:
        """The URI of a path in that place."""
        return f"{self.root}/{path}"

    def elsewhere(self, bucket: str) -> str:
        """A URI in another bucket."""
        return str(replace(self._address(""), bucket=bucket))

    def key(self, path: str) -> str:
        """The key of a path in that place."""
        return self._address(path).key

    def put(self, path: str, content: bytes) -> None:
        """An object that Bakehouse did not write."""
        self.bucket.put(self.key(path), content)

    def delete(self, path: str) -> None:
        """Somebody deletes an object."""
        self.bucket.delete([self.key(path)])

    def tag(self, path: str) -> str:
        """What the store says changes with the content of an object."""
        found = self.bucket.head(self.key(path))
        assert found is not None
        return found.tag

    def _address(self, path: str) -> Address:
        address = addresses.parsed(self.at(path))
        assert address is not None
        return address


@pytest.fixture(scope="session", params=[stores.S3, stores.Google, stores.Azure], ids=["s3", "gs", "az"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[stores.Server]:
    """One server of each kind for all tests."""
    if request.param is stores.Azure and not stores.AZURITE.exists():
        pytest.skip("no Azurite: `make test` installs it")
    with stores.running(request.param, tmp_path_factory.mktemp("store")) as server:
        yield server


@pytest.fixture
def bed(server: stores.Server) -> Bed:
    """The same tests for each kind of store."""
    return Bed(stores.opened(server.environ), stores.bucket(server, server.root), f"{server.root}/{next(_numbers)}")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with all that a folder may hold."""
    root = tmp_path / "tree"
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "empty" / "hollow").mkdir(parents=True)
    (root / "a.txt").write_text("one")
    (root / "run.sh").write_text("#!/bin/sh")
    (root / "run.sh").chmod(0o755)
    (root / "sub" / "deep" / "b.bin").write_bytes(bytes(range(256)))
    (root / "nothing").touch()
    (root / "link").symlink_to("sub/deep")
    return root
