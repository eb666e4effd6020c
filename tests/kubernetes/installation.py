"""What deploy/kubernetes installs, in a namespace of its own, and how it is reached from outside."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bakehouse.ir.values import JsonObject
from tests.kubernetes.bed import PATIENCE
from tests.repo.test_deploy import PRODUCTION, overlay


def kubectl(*words: str, given: str = "") -> str:
    """What it prints."""
    ran = subprocess.run(["kubectl", *words], input=given, check=False, capture_output=True, text=True, timeout=2 * PATIENCE)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@contextmanager
def namespace(name: str) -> Iterator[None]:
    """A namespace for as long as this lasts."""
    kubectl("create", "namespace", name)
    try:
        yield
    finally:
        kubectl("delete", "namespace", name, "--wait=false")


@dataclass(frozen=True)
class Installation:
    """Folders of deploy/kubernetes in a namespace, which is there; `folder` is for files."""

    namespace: str
    folder: Path
    parts: tuple[str, ...]
    image: str

    def of(self, *words: str, given: str = "") -> str:
        """What kubectl prints of this namespace."""
        return kubectl("--namespace", self.namespace, *words, given=given)

    def read(self, *words: str) -> Any:  # what the cluster has
        """An object of this namespace, or a list of them."""
        return json.loads(self.of("get", "--output=json", *words))

    @property
    def server(self) -> str:
        """What runs the server: `deployment/bakehouse`, or `statefulset/bakehouse` of two replicas."""
        return f"{'statefulset' if self.parts[0] == PRODUCTION else 'deployment'}/bakehouse"

    def in_server(self, *words: str) -> str:
        """What a command prints in the server's pod, as the how-to has it."""
        return self.of("exec", self.server, "--", "bakehouse", *words)

    def apply(self, *patches: JsonObject) -> None:
        """Apply it as an overlay of a user's own does, and wait until the server is ready. Its pods know names that only DNS would tell."""
        name, _, tag = self.image.rpartition(":")
        images = [{"name": "bakehouse", "newName": name, "newTag": tag}]
        manifests = kubectl("kustomize", str(overlay(self.folder, *self.parts, namespace=self.namespace)))
        services = [one for one in yaml.safe_load_all(manifests) if one["kind"] == "Service"]
        kubectl("apply", "-f", "-", given=yaml.safe_dump_all(services))
        resolved = added({"BAKEHOUSE_POD_PATCH": json.dumps({"spec": {"hostAliases": self.aliases()}})})
        more = {"images": images, "patches": [_own_names(self.namespace), _owned_volume(), resolved, *patches]}
        kubectl("apply", "-k", str(overlay(self.folder, *self.parts, namespace=self.namespace, more=more)))
        self.wait()

    def wait(self) -> None:
        """Wait until the server is ready, and the one before is gone."""
        try:
            self.of("rollout", "status", self.server, f"--timeout={PATIENCE:g}s")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.of('logs', self.server)}\n{self.of('describe', 'pods')}") from error

    def aliases(self) -> list[JsonObject]:
        """The addresses of its services by the names that clients use: as a pod has them in `hostAliases`."""
        found = self.read("services")["items"]
        names = [(one["spec"]["clusterIP"], f"{one['metadata']['name']}.{self.namespace}.svc") for one in found if one["spec"]["clusterIP"] != "None"]
        return [{"ip": address, "hostnames": [name, f"{name}.cluster.local"]} for address, name in names]

    @contextmanager
    def forwarded(self, to: str = "service/bakehouse") -> Iterator[str]:
        """The URL at which this machine reaches the server, or one of its pods, as long as that lives."""
        command = ["kubectl", "--namespace", self.namespace, "port-forward", "--address=127.0.0.1", to, ":8811"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                found = re.search(r"127\.0\.0\.1:\d+", process.stdout.readline())
                assert found is not None
                yield f"http://{found[0]}"
            finally:
                process.terminate()


def added(variables: Mapping[str, str]) -> JsonObject:
    """A patch that gives the server further variables."""
    path = "/spec/template/spec/containers/0/env/-"
    patch = [{"op": "add", "path": path, "value": {"name": name, "value": value}} for name, value in variables.items()]
    return {"target": {"kind": "(Deployment|StatefulSet)", "name": "bakehouse"}, "patch": yaml.safe_dump(patch)}


def _own_names(name: str) -> JsonObject:
    """A patch that keeps apart what belongs to no namespace, of several installations in a cluster."""
    patch = [{"op": "replace", "path": "/metadata/name", "value": f"bakehouse-token-review-{name}"}]
    return {"target": {"kind": "ClusterRoleBinding", "name": "bakehouse-token-review"}, "patch": yaml.safe_dump(patch)}


def _owned_volume() -> JsonObject:
    """A patch for a volume of the node's disk, which belongs to root and knows no fsGroup, as the how-to has it."""
    mounted = [{"name": "home", "mountPath": "/home/bakehouse"}]
    security = {"runAsUser": 0, "runAsNonRoot": False}
    chown = {"name": "own", "image": "busybox:1.36", "command": ["busybox", "chown", "65532:65532", "/home/bakehouse"]}
    patch = [{"op": "add", "path": "/spec/template/spec/initContainers", "value": [{**chown, "securityContext": security, "volumeMounts": mounted}]}]
    return {"target": {"kind": "(Deployment|StatefulSet)", "name": "bakehouse"}, "patch": yaml.safe_dump(patch)}
