"""URIs of objects: which of them name one, what they are made of, what lies below. Pure.

`s3://BUCKET/KEY`, `minio://BUCKET/KEY`, `gs://BUCKET/KEY`, `az://CONTAINER/KEY` and `abfs[s]://CONTAINER@ACCOUNT.dfs.core.windows.net/KEY`.
What stands after a `?` says how the bucket is reached (`?endpoint=…&region=…`), as KFP takes it at a pipeline's root; it is no part of the key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

#: Schemes by the kind of provider that serves them; the names are those of KFP's `providers`, and `az` for Azure.
PROVIDERS: Mapping[str, str] = {"s3": "s3", "minio": "minio", "gs": "gs", "az": "az", "azure": "az", "abfs": "az", "abfss": "az"}
_URI = re.compile(r"(?P<scheme>[a-z0-9]+)://(?P<bucket>[^/?#]+)(?:/(?P<key>[^?]*))?(?:\?(?P<query>.*))?", re.DOTALL)


@dataclass(frozen=True)
class Address:
    """Where objects lie: `key` has no slash at its ends and is empty for a whole bucket; `query` is without its `?`."""

    scheme: str
    bucket: str
    key: str = ""
    query: str = ""

    def __str__(self) -> str:
        return f"{self.place}{f'?{self.query}' if self.query else ''}"

    @property
    def place(self) -> str:
        """The URI without its query."""
        return f"{self.scheme}://{self.bucket}{f'/{self.key}' if self.key else ''}"

    @property
    def provider(self) -> str:
        """Who serves it, as `PROVIDERS` names it."""
        return PROVIDERS[self.scheme]

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rpartition("/")[2]

    @property
    def options(self) -> Mapping[str, str]:
        """What the query says."""
        return dict(parse_qsl(self.query))

    def below(self, path: str) -> Address:
        """What lies at this relative path below."""
        return replace(self, key=f"{self.key}/{path}" if self.key else path)


def parsed(uri: str) -> Address | None:
    """The address that a URI gives; `None` where it names no object. An `s3:` URI may have a `?` in its query only."""
    found = _URI.fullmatch(uri)
    if found is None or found["scheme"] not in PROVIDERS:
        return None
    return Address(found["scheme"], found["bucket"], (found["key"] or "").strip("/"), found["query"] or "")


def is_object(uri: str) -> bool:
    """Whether the URI names a place in an object store."""
    return parsed(uri) is not None


def plain(uri: str) -> str:
    """The URI as a step sees it: that of an object without its query, any other as it is."""
    address = parsed(uri)
    return address.place if address is not None else uri


def below(root: str, path: str) -> str:
    """The URI of a relative path below a root, which may be a local folder or have a query."""
    address = parsed(root)
    return f"{root.rstrip('/')}/{path}" if address is None else str(address.below(path))


def relative(uri: str, root: str) -> str | None:
    """The path of an object below a root in the same bucket, whatever their queries say; `None` where it does not lie there."""
    place, base = plain(uri), f"{plain(root)}/"
    return place[len(base) :] if place.startswith(base) and is_object(root) else None
