"""Lets service accounts of the cluster in: their projected tokens, which the cluster's TokenReview API judges.

https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from bakehouse.app.errors import NoTokenReview
from bakehouse.errors import BadInput
from bakehouse.ir import values
from bakehouse.ir.values import JsonObject

_log = logging.getLogger("bakehouse.server")

#: Whom a token must be meant for: what KFP's client asks for, and KFP's server wants.
AUDIENCE = "pipelines.kubeflow.org"
#: Where a pod finds the certificate of its cluster, its own token and its namespace.
FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_PATH = "/apis/authentication.k8s.io/v1/tokenreviews"
_KIND = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview"}
_ACCOUNT = re.compile(r"system:serviceaccount:([^:]+):([^:]+)")
#: Three parts in base64url, as every such token has; nothing else is worth a question.
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_LONGEST = 16 << 10  # characters of a token
_TIMEOUT = httpx.Timeout(5.0)  # seconds for each part of an answer
_PATIENCE = 10.0  # seconds for which whoever shows a token waits for those before
_AT_A_TIME = 16  # questions; the server answers 40 requests at a time
_KNOWN, _UNKNOWN = 60.0, 10.0  # seconds for which an answer counts: whom a token belongs to, and that it is nobody's
_MOST = 1024  # answers of either kind that are kept
_REFUSED = frozenset({401, 403})


@dataclass(frozen=True)
class ClusterApi:
    """Where the cluster's API answers, and the folder with the files by which it is asked; those change, and are read each time."""

    url: str
    folder: Path = FOLDER

    def namespace(self) -> str:
        """The namespace of this pod. Raises `NoTokenReview`."""
        return self._read("namespace")

    def asked(self, body: JsonObject, transport: httpx.BaseTransport | None = None) -> JsonObject:
        """The answer to a TokenReview. Raises `NoTokenReview` for whatever is none."""
        headers = {"Authorization": f"Bearer {self._read('token')}"}
        try:
            verify = ssl.create_default_context(cafile=str(self.folder / "ca.crt")) if transport is None else False
            # No proxy of the environment: it would see the tokens.
            with httpx.Client(verify=verify, transport=transport, timeout=_TIMEOUT, trust_env=False) as client:
                answer = client.post(f"{self.url}{_PATH}", json=body, headers=headers)
            said = answer.json() if answer.is_success else None
        except (httpx.HTTPError, OSError, ValueError) as error:
            raise NoTokenReview(why=str(error) or type(error).__name__) from error
        if not isinstance(said, dict):
            raise NoTokenReview(why=f"{self.url} answers HTTP {answer.status_code}", has_right=answer.status_code not in _REFUSED)
        return said

    def _read(self, name: str) -> str:
        try:
            return (self.folder / name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise NoTokenReview(why=str(error)) from error


def of_pod(environ: Mapping[str, str] = os.environ) -> ClusterApi:
    """The API of the cluster in which this runs. Raises `BadInput` outside of one."""
    host, port = environ.get("KUBERNETES_SERVICE_HOST", ""), environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        raise BadInput(
            "BAKEHOUSE_TOKEN_REVIEW asks for a cluster, and this is no pod of one",
            place="environment variable BAKEHOUSE_TOKEN_REVIEW",
            remedy="Unset it here: it is for a server that runs in the cluster whose service accounts it lets in.",
        )
    return ClusterApi(f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}")


@dataclass(frozen=True)
class _Answer:
    """Whose a token is, and until when that counts."""

    account: str | None
    until: float


class _Answers:
    """Answers by the digests of tokens, for so many seconds; the oldest go first. Not for several threads at once."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: OrderedDict[bytes, _Answer] = OrderedDict()

    def keep(self, digest: bytes, account: str | None, now: float) -> None:
        """Note an answer."""
        self._kept[digest] = _Answer(account, now + self._seconds)
        self._kept.move_to_end(digest)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def get(self, digest: bytes, now: float) -> _Answer | None:
        """The answer, if there is one that counts."""
        found = self._kept.get(digest)
        return found if found is not None and found.until > now else None


class TokenReview:
    """Tells whose a token is. Any thread may ask; whoever shows the same one waits for the same answer.

    `accounts` are those that may come in: `NAMESPACE`, for all of one, or `NAMESPACE/NAME`. `monotonic`: the time, in seconds.
    """

    def __init__(
        self,
        api: ClusterApi,
        accounts: Collection[str],
        *,
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api, self._accounts = api, frozenset(accounts)
        self._transport, self._monotonic = transport, monotonic
        self._asking = [threading.Lock() for _ in range(_AT_A_TIME)]
        self._lock = threading.Lock()
        # Apart, so that nobody who shows rubbish can push out those who are let in.
        self._known, self._unknown = _Answers(_KNOWN), _Answers(_UNKNOWN)

    def account(self, token: str) -> str | None:
        """The service account whose token this is, `system:serviceaccount:NAMESPACE:NAME`; `None`: of none that may come in.

        Raises `NoTokenReview`: a cluster that does not answer lets nobody in, and keeps out nobody for longer than it is away.
        """
        if len(token) > _LONGEST or not _TOKEN.fullmatch(token):
            return None
        digest = hashlib.sha256(token.encode()).digest()
        found = self._kept(digest)
        if found is None:
            asking = self._asking[digest[0] % _AT_A_TIME]
            if not asking.acquire(timeout=_PATIENCE):
                raise NoTokenReview(why=f"others have been waiting for an answer for {_PATIENCE:g} s")
            try:
                found = self._kept(digest) or self._asked(token, digest)
            finally:
                asking.release()
        return found.account

    def _kept(self, digest: bytes) -> _Answer | None:
        with self._lock:
            now = self._monotonic()
            return self._known.get(digest, now) or self._unknown.get(digest, now)

    def _asked(self, token: str, digest: bytes) -> _Answer:
        review = self._api.asked({**_KIND, "spec": {"token": token, "audiences": [AUDIENCE]}}, self._transport)
        account = self._admitted(values.at(review, "status"))
        with self._lock:
            answers, now = self._unknown if account is None else self._known, self._monotonic()
            answers.keep(digest, account, now)
        return _Answer(account, now)

    def _admitted(self, status: JsonObject) -> str | None:
        name = str(values.at(status, "user").get("username") or "")
        # A cluster that knows no audiences names none, and takes tokens that are meant for others.
        if status.get("authenticated") is not True or AUDIENCE not in (status.get("audiences") or []):
            return None
        parts = _ACCOUNT.fullmatch(name)
        if parts is None or not {parts[1], f"{parts[1]}/{parts[2]}"} & self._accounts:
            _log.warning("%s is not let in: BAKEHOUSE_SERVICE_ACCOUNTS does not name it", name or "somebody without a name")
            return None
        return name
