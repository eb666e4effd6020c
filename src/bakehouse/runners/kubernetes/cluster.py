"""The cluster's API: the few calls that the runner makes, as a protocol, and over lightkube's connection. All I/O with a cluster is here.

lightkube reads kubeconfig files, the files of a pod's service account, certificates and commands that give tokens; its models are not used:
manifests are plain JSON, and what a newer Kubernetes says more is kept.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Protocol

import httpx2
import yaml
from lightkube.config.client_adapter import Client, ConnectionParams
from lightkube.config.kubeconfig import DEFAULT_KUBECONFIG, KubeConfig, SingleConfig
from lightkube.core.exceptions import ConfigError

from bakehouse.ir.values import Json, JsonObject
from bakehouse.runners.kubernetes.errors import NoCluster, Refused

#: Seconds for an answer, and for a connection.
_ANSWER, _CONNECT = 10.0, 5.0
#: Seconds beyond the length of a watch, after which its connection is taken for dead.
_SILENT = 10.0
_GONE = 404
_PAGE = 500
_BAD = 400
_REMEDY = "Set KUBECONFIG to a kubeconfig file that kubectl works with, or run Bakehouse in a pod with a service account."


class Kind(Enum):
    """The kinds of objects that are asked for, by their names in URLs."""

    POD = "pods"
    CONFIG_MAP = "configmaps"
    CLAIM = "persistentvolumeclaims"
    EVENT = "events"


class Cluster(Protocol):
    """A namespace of a cluster. Every method raises `NoCluster` where no answer comes, and `Refused`. Any thread may call."""

    def create(self, kind: Kind, manifest: JsonObject) -> JsonObject:
        """Make an object: as it is then."""

    def read(self, kind: Kind, name: str) -> JsonObject | None:
        """An object, or that there is none."""

    def delete(self, kind: Kind, name: str) -> bool:
        """Let an object go, with the grace that it has itself; false: there is none."""

    def list(self, kind: Kind, selector: Mapping[str, str], fields: str = "") -> JsonObject:
        """All objects with these labels and fields, as they are now: a list of Kubernetes."""

    def watch(self, kind: Kind, selector: Mapping[str, str], version: str, seconds: float) -> Iterator[JsonObject]:
        """What happens to them from a resourceVersion on, for so long at most; `Kind.EVENT`: warnings about pods."""

    def version(self) -> tuple[int, int]:
        """The version of Kubernetes: (1, 31)."""

    def close(self) -> None:
        """Let connections go."""


#: Which events are listened to.
WARNINGS = "involvedObject.kind=Pod,type!=Normal"


class Connection:
    """Implements `Cluster` for the namespace of a kubeconfig file, or of the pod that this runs in."""

    def __init__(self, namespace: str = "", context: str = "") -> None:
        """`context`: of the kubeconfig file; empty: its current one. `namespace` empty: that of the context. Raises `NoCluster`."""
        try:
            config = _config(context)
            self._client = Client(config, ConnectionParams(timeout=httpx2.Timeout(_ANSWER, connect=_CONNECT)))
        except (ConfigError, OSError, ValueError) as error:
            raise NoCluster(f"there is no way to a cluster: {error}", remedy=_REMEDY) from error
        self.namespace = namespace or config.namespace
        #: Where it is, for the reader.
        self.server = str(config.cluster.server)

    def create(self, kind: Kind, manifest: JsonObject) -> JsonObject:
        """Make an object."""
        return self._asked("POST", self._path(kind), f"make {kind.value}", content=manifest)

    def read(self, kind: Kind, name: str) -> JsonObject | None:
        """An object, or that there is none."""
        try:
            return self._asked("GET", f"{self._path(kind)}/{name}", f"read {kind.value}")
        except Refused as error:
            if error.status == _GONE:
                return None
            raise

    def delete(self, kind: Kind, name: str) -> bool:
        """Let an object go."""
        try:
            self._asked("DELETE", f"{self._path(kind)}/{name}", f"delete {kind.value}")
        except Refused as error:
            if error.status == _GONE:
                return False
            raise
        return True

    def list(self, kind: Kind, selector: Mapping[str, str], fields: str = "") -> JsonObject:
        """All objects with these labels and fields; page by page, since a namespace may have thousands."""
        items: list[Json] = []
        asked = {**_selected(kind, selector, fields), "limit": str(_PAGE)}
        while True:
            found = self._asked("GET", self._path(kind), f"list {kind.value}", params=asked)
            items += found.get("items") or []
            following = found.get("metadata", {}).get("continue")
            if not following:
                return {**found, "items": items}
            asked = {**asked, "continue": following}

    def watch(self, kind: Kind, selector: Mapping[str, str], version: str, seconds: float) -> Iterator[JsonObject]:
        """What happens to them."""
        asked = {
            **_selected(kind, selector, ""),
            "watch": "true",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(int(seconds)),
            **({"resourceVersion": version} if version else {}),
        }
        timeout = httpx2.Timeout(seconds + _SILENT, connect=_CONNECT)
        try:
            with self._client.stream("GET", self._path(kind), params=asked, timeout=timeout) as answer:
                if answer.status_code >= _BAD:
                    answer.read()
                    raise _refused(answer, f"watch {kind.value}")
                for line in answer.iter_lines():
                    if line:
                        yield json.loads(line)
        except (httpx2.HTTPError, ValueError) as error:
            raise _unreached(error) from error

    def version(self) -> tuple[int, int]:
        """The version of Kubernetes; some clouds write `31+` for its second part."""
        found = self._asked("GET", "/version", "tell its version")
        major, minor = (re.sub(r"\D.*", "", str(found.get(part, ""))) or "0" for part in ("major", "minor"))
        return int(major), int(minor)

    def close(self) -> None:
        """Let connections go."""
        self._client.close()

    def _path(self, kind: Kind) -> str:
        return f"/api/v1/namespaces/{self.namespace}/{kind.value}"

    def _asked(self, method: str, path: str, asked: str, *, params: Mapping[str, str] | None = None, content: JsonObject | None = None) -> JsonObject:
        try:
            answer = self._client.request(method, path, params=params, json=content)
            if answer.status_code >= _BAD:
                raise _refused(answer, asked)
            found: JsonObject = answer.json()
        except (httpx2.HTTPError, ConfigError, ValueError) as error:
            raise _unreached(error) from error
        return found


def _config(context: str) -> SingleConfig:
    """Where the cluster is, and who asks it. Raises `NoCluster` for a file that is no kubeconfig, and what lightkube and the disk raise."""
    file = os.environ.get("KUBECONFIG", DEFAULT_KUBECONFIG)
    try:
        found = KubeConfig.from_env().get(context or None)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}:{mark.line + 1}" if mark is not None else file
        raise NoCluster(f"the kubeconfig file {file} is no YAML: {error.problem or error.context}", place=place, remedy=_REMEDY) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise NoCluster(f"the kubeconfig file {file} is no YAML: {error}", place=file, remedy=_REMEDY) from error
    except (LookupError, TypeError, AttributeError) as error:  # lightkube takes its clusters, contexts and users for granted
        raise NoCluster(f"{file} is no kubeconfig file, or lacks something that its context names: {error}", place=file, remedy=_REMEDY) from error
    if found is None:
        raise ConfigError(f"there is no context {context or 'at all'}")
    if found.user is None:  # lightkube's client asserts one
        raise ConfigError(f"the context {found.context_name} names no user")
    return found


def _selected(kind: Kind, selector: Mapping[str, str], fields: str) -> dict[str, str]:
    labels = ",".join(f"{name}={value}" for name, value in selector.items())
    chosen = {"labelSelector": labels, "fieldSelector": fields or (WARNINGS if kind is Kind.EVENT else "")}
    return {name: value for name, value in chosen.items() if value}


def _refused(answer: Any, asked: str) -> Refused:  # httpx2's own type would be all that its types are needed for
    try:
        said = answer.json()
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    return Refused(
        status=answer.status_code, reason=str(said.get("reason") or ""), message=str(said.get("message") or answer.text[:300]), asked=asked
    )


def _unreached(error: Exception) -> NoCluster:
    what = str(error) or type(error).__name__
    return NoCluster(f"the cluster's API cannot be reached: {what}", remedy="Nothing is lost meanwhile: it is asked again until it answers.")
