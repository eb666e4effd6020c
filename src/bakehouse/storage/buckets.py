"""One bucket through obstore: each request with its name, so that an error can say what was refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import obstore
from obstore import exceptions
from obstore.store import AzureStore, GCSStore, S3Store
from typing_extensions import assert_never

from bakehouse.errors import BakehouseError
from bakehouse.storage import pieces, refusals
from bakehouse.storage.addresses import Address
from bakehouse.storage.manifests import Stored
from bakehouse.storage.pieces import PIECE
from bakehouse.storage.providers import Kind, Reached

#: Until a connection stands; between two signs of life; for any one request.
_CONNECT, _SILENCE, _REQUEST = timedelta(seconds=5), timedelta(seconds=30), timedelta(days=1)
#: Between two signs of life of a store that puts together what was uploaded in parts: Amazon's own may take minutes.
_ASSEMBLY = timedelta(minutes=5)
#: obstore's own patience is short: whoever asks waits longer, and says why.
_RETRIES, _RETRY_TIMEOUT = 2, timedelta(seconds=10)
_PARTS = 3  # of an upload that are under way at a time
_LISTED = 1_000
_CHUNK = 1 << 20  # bytes that a download gives at a time
_NOT_PARTIAL = "non-partial response"

#: The stores that obstore knows and that can sign URLs.
Remote = S3Store | GCSStore | AzureStore


@dataclass(frozen=True)
class Bucket:
    """The bucket of an address, and how it is reached; `patient` waits longer. Any thread may call it. Methods raise `Away` and `Refused`."""

    address: Address
    reached: Reached
    remote: Remote
    patient: Remote

    def head(self, key: str) -> Stored | None:
        """The object of this key; `None` when there is none, or no such bucket."""
        with self._asking(f"look at {key}"):
            try:
                return _stored(obstore.head(self.remote, key))
            except FileNotFoundError:
                return None

    def listed(self, key: str) -> Sequence[Stored]:
        """All objects below this key, by key."""
        with self._asking(f"list {key or 'its objects'}"):
            found = [_stored(one) for several in obstore.list(self.remote, key or None, chunk_size=_LISTED) for one in several]
        return sorted(found, key=lambda one: one.key)

    def get(self, key: str) -> bytes | None:
        """The bytes of a small object; `None` when there is none."""
        with self._asking(f"read {key}"):
            try:
                return bytes(obstore.get(self.remote, key).bytes())
            except FileNotFoundError as error:
                if refusals.is_missing_object(error):
                    return None
                raise

    def stream(self, key: str, size: int, offset: int = 0) -> Iterator[bytes]:
        """The bytes of an object, from an offset on, in pieces; asked for when the first one is."""
        with self._asking(f"read {key}"):
            for piece in self._stream(key, size, offset):
                yield bytes(piece)

    def _stream(self, key: str, size: int, offset: int) -> Iterator[bytes | obstore.Bytes]:
        if offset:
            try:
                return iter(obstore.get(self.remote, key, options={"range": (offset, size)}).stream(_CHUNK))
            except exceptions.GenericError as error:
                # Some stores send what was asked for under the status of a whole object; obstore trusts neither.
                if _NOT_PARTIAL not in str(error):
                    raise
        return pieces.after((bytes(one) for one in obstore.get(self.remote, key).stream(_CHUNK)), offset)

    def put(self, key: str, content: bytes) -> None:
        """Write a small object."""
        with self._asking(f"write {key}"):
            obstore.put(self.remote if len(content) <= _CHUNK else self.patient, key, content, use_multipart=False)

    def put_pieces(self, key: str, content: Iterator[bytes]) -> None:
        """Write an object of any size; it is not there before the last piece is. What the content raises is raised, and nothing is left."""
        self.head(key)  # a store that says nothing at all is found out sooner than by an upload, which has more patience
        with self._asking(f"write {key}"):
            obstore.put(self.patient, key, content, use_multipart=True, chunk_size=PIECE, max_concurrency=_PARTS)

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; those that are not there are fine."""
        wanted = list(keys)
        for start in range(0, len(wanted), _LISTED):
            with self._asking("delete"):
                try:
                    obstore.delete(self.remote, wanted[start : start + _LISTED])
                except FileNotFoundError as error:
                    if not refusals.is_missing_object(error):
                        raise

    def link(self, key: str, seconds: int) -> str:
        """A URL by which anybody may fetch this object for so long."""
        with self._asking(f"sign a link to {key}"):
            return obstore.sign(self.remote, "GET", key, timedelta(seconds=seconds))

    @contextmanager
    def _asking(self, operation: str) -> Iterator[None]:
        try:
            yield
        except BakehouseError:
            raise  # of whoever gave the pieces
        except (exceptions.BaseError, FileNotFoundError, PermissionError, ValueError) as error:
            raise refusals.fault(error, operation, self.address) from error


def opened(address: Address, reached: Reached) -> Bucket:
    """The bucket, reached in that way. Asks nobody. Raises `Refused` for a configuration that obstore does not take."""
    client = {"timeout": _REQUEST, "connect_timeout": _CONNECT, "allow_http": reached.allow_http}
    retries = {"max_retries": reached.retries if reached.retries is not None else _RETRIES, "retry_timeout": _RETRY_TIMEOUT}
    shared = {"config": dict(reached.config), "retry_config": retries}
    try:
        usual, patient = (_remote(reached, {**shared, "client_options": {**client, "read_timeout": time}}) for time in (_SILENCE, _ASSEMBLY))
        return Bucket(address, reached, usual, patient)
    except (exceptions.BaseError, ValueError) as error:
        raise refusals.fault(error, "be opened", address) from error


def _remote(reached: Reached, shared: dict[str, object]) -> Remote:
    match reached.kind:
        case Kind.S3:
            return S3Store(reached.bucket, **shared)  # type: ignore[arg-type]  # read from settings
        case Kind.GCS:
            return GCSStore(reached.bucket, **shared)  # type: ignore[arg-type]  # read from settings
        case Kind.AZURE:
            return AzureStore(reached.bucket, **shared)  # type: ignore[arg-type]  # read from settings
        case _:
            assert_never(reached.kind)


def _stored(meta: obstore.ObjectMeta) -> Stored:
    # Some stores quote tags in one answer and not in another.
    tag = (meta["e_tag"] or "").removeprefix("W/").strip('"')
    return Stored(meta["path"], meta["size"], tag or meta["version"] or meta["last_modified"].isoformat())
