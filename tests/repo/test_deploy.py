"""deploy/kubernetes gives what a Kubernetes takes, closed as it says, by names that lead to something."""

from __future__ import annotations

import ast
import copy
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import kubernetes_validate
import pytest
import yaml

from bakehouse.runners.kubernetes.cluster import Kind
from tests.repo import pod_security
from tests.repo.tree import ROOT, SOURCE

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="there is no kubectl, which builds the manifests")

DEPLOY = ROOT / "deploy" / "kubernetes"
BASE, PRODUCTION, KUBEFLOW = "base", "production", "components/kubeflow"
INSTALLATIONS = {"base": (BASE,), "production": (PRODUCTION,), "kubeflow": (BASE, KUBEFLOW), "all": (PRODUCTION, KUBEFLOW)}
#: The oldest schemas that there are, and the newest.
VERSIONS = ("1.25", kubernetes_validate.latest_version())
SERVERS = ("Deployment", "StatefulSet")

Manifest = Mapping[str, Any]


@cache
def built(folder: Path) -> tuple[Manifest, ...]:
    """What kustomize makes of a folder."""
    made = subprocess.run(["kubectl", "kustomize", str(folder)], check=False, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    assert not made.stderr
    return tuple(yaml.safe_load_all(made.stdout))


@pytest.fixture(scope="session", params=INSTALLATIONS)
def manifests(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifest, ...]:
    """What an overlay of a user's own makes of each installation."""
    return built(overlay(tmp_path_factory.mktemp("overlay"), *INSTALLATIONS[request.param]))


def overlay(folder: Path, resource: str, *components: str, namespace: str = "bakehouse", more: Mapping[str, object] = MappingProxyType({})) -> Path:
    """A folder as the how-to tells to write it, with further fields of a kustomization."""
    said = {
        "namespace": namespace,
        "resources": [os.path.relpath(DEPLOY / resource, folder.resolve())],
        "components": [os.path.relpath(DEPLOY / one, folder.resolve()) for one in components],
        "images": [{"name": "bakehouse", "newName": "registry.example/bakehouse", "newTag": "7"}],
        **more,
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(said))
    return folder


def of_kind(manifests: tuple[Manifest, ...], *kinds: str) -> list[Manifest]:
    """Those of these kinds."""
    return [one for one in manifests if one["kind"] in kinds]


def server(manifests: tuple[Manifest, ...]) -> Manifest:
    """The one that runs the server."""
    (found,) = of_kind(manifests, *SERVERS)
    return found


def template(manifests: tuple[Manifest, ...]) -> Manifest:
    """Its pods."""
    found: Manifest = server(manifests)["spec"]["template"]
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_them(manifests: tuple[Manifest, ...], version: str) -> None:
    """Fields and types are those of its schemas, and no others."""
    for one in manifests:
        kubernetes_validate.validate(dict(one), version, strict=True)


def test_the_server_is_as_closed_as_pod_security_wants_it(manifests: tuple[Manifest, ...]) -> None:
    """Profile "restricted", and more than that: nobody can write to its root."""
    spec = template(manifests)["spec"]
    assert pod_security.problems(spec) == []
    assert all(one["securityContext"]["readOnlyRootFilesystem"] for one in spec["containers"])
    assert all(one["resources"]["limits"]["memory"] for one in spec["containers"])


@pytest.mark.parametrize(
    ("where", "value", "problem"),
    [
        ("hostNetwork", True, "pod: hostNetwork"),
        ("volumes", [{"name": "v", "hostPath": {"path": "/"}}], "volume v: hostPath"),
        ("securityContext.sysctls", [{"name": "kernel.msgmax"}], "pod: sysctl kernel.msgmax"),
        ("securityContext.seLinuxOptions", {"type": "spc_t"}, "pod: seLinuxOptions"),
        ("securityContext.appArmorProfile", {"type": "Unconfined"}, "pod: appArmorProfile"),
        ("securityContext.windowsOptions", {"hostProcess": True}, "pod: hostProcess"),
        ("securityContext.runAsNonRoot", False, "bakehouse: runAsNonRoot"),
        ("securityContext.seccompProfile", {"type": "Unconfined"}, "bakehouse: seccompProfile"),
        ("containers.0.securityContext.runAsUser", 0, "bakehouse: runAsUser"),
        ("containers.0.securityContext.privileged", True, "bakehouse: privileged"),
        ("containers.0.securityContext.procMount", "Unmasked", "bakehouse: procMount"),
        ("containers.0.securityContext.allowPrivilegeEscalation", None, "bakehouse: allowPrivilegeEscalation"),
        ("containers.0.securityContext.capabilities", {"drop": ["ALL"], "add": ["SYS_ADMIN"]}, "bakehouse: capabilities"),
        ("containers.0.securityContext.capabilities", {}, "bakehouse: capabilities"),
        ("containers.0.ports", [{"containerPort": 1, "hostPort": 1}], "bakehouse: hostPort"),
        ("containers.0.livenessProbe", {"httpGet": {"port": 1, "host": "elsewhere"}}, "bakehouse: host"),
        ("containers.0.lifecycle", {"preStop": {"tcpSocket": {"port": 1, "host": "elsewhere"}}}, "bakehouse: host"),
        ("containers.0.securityContext.seLinuxOptions", {"user": "root"}, "bakehouse: seLinuxOptions"),
    ],
)
def test_a_pod_that_is_less_closed_would_be_told(where: str, value: object, problem: str) -> None:
    """Each rule of the profile, broken in the pod of `base`."""
    spec: Any = copy.deepcopy(template(built(DEPLOY / BASE))["spec"])
    *path, last = where.split(".")
    changed = spec
    for key in path:
        changed = changed[int(key) if key.isdigit() else key]
    changed[last] = value
    assert pod_security.problems(spec) == [problem]


def test_it_may_do_what_it_does(manifests: tuple[Manifest, ...]) -> None:
    """No wildcards, no Secrets, nothing that changes what is there; beyond its namespace it may ask whose a token is."""
    rules = [rule for role in of_kind(manifests, "Role", "ClusterRole") for rule in role["rules"]]
    assert {verb for rule in rules for verb in rule["verbs"]} <= {"create", "get", "list", "watch", "delete"}
    assert {name for rule in rules for name in rule["resources"]} <= {"pods", "events", "configmaps", "persistentvolumeclaims", "tokenreviews"}
    everywhere = [rule for role in of_kind(manifests, "ClusterRole") for rule in role["rules"]]
    assert everywhere in ([], [{"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]}])


def test_the_role_has_what_the_runner_asks_for() -> None:
    """All of it, and nothing else: each call of the source that names a kind, by the verb that Kubernetes has for it."""
    (role,) = of_kind(built(DEPLOY / BASE), "Role")
    granted = {(verb, resource) for rule in role["rules"] for verb in rule["verbs"] for resource in rule["resources"]}
    assert granted == set(_asked())


def _asked() -> Iterator[tuple[str, str]]:
    verbs = {"create": "create", "_make": "create", "read": "get", "list": "list", "watch": "watch", "delete": "delete"}
    for path in (*(SOURCE / "runners" / "kubernetes").glob("*.py"), SOURCE / "app" / "clusters.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)):
            for argument in call.args:
                kind = re.fullmatch(r"(?:cluster\.)?Kind\.(\w+)", ast.unparse(argument))
                if kind is not None:
                    yield verbs[ast.unparse(call.func).rpartition(".")[2]], Kind[kind[1]].value


def test_names_lead_to_something(manifests: tuple[Manifest, ...]) -> None:
    """Accounts, roles, claims, and the pods and ports that services, policies and probes mean."""
    pod = template(manifests)
    labels, spec = pod["metadata"]["labels"], pod["spec"]
    there = {(one["kind"], one["metadata"]["name"]) for one in manifests}
    ports = {port["name"] for one in spec["containers"] for port in one["ports"]}
    assert ("ServiceAccount", spec["serviceAccountName"]) in there
    for binding in of_kind(manifests, "RoleBinding", "ClusterRoleBinding"):
        assert {(one["kind"], one["name"]) for one in [binding["roleRef"], *binding["subjects"]]} <= there
    for selecting in of_kind(manifests, "Service", *SERVERS, "NetworkPolicy", "PodDisruptionBudget"):
        assert selector(selecting).items() <= labels.items(), selecting["metadata"]["name"]
    assert {port["targetPort"] for one in of_kind(manifests, "Service") for port in one["spec"]["ports"]} == ports
    assert {one[probe]["httpGet"]["port"] for one in spec["containers"] for probe in one if probe.endswith("Probe")} == ports
    claims = {("PersistentVolumeClaim", one["persistentVolumeClaim"]["claimName"]) for one in spec["volumes"] if "persistentVolumeClaim" in one}
    assert claims <= there
    volumes = {one["name"] for one in spec["volumes"]} | {
        one["metadata"]["name"] for one in server(manifests)["spec"].get("volumeClaimTemplates", [])
    }
    assert {one["name"] for container in spec["containers"] for one in container["volumeMounts"]} == volumes


def test_keepers_find_a_server(manifests: tuple[Manifest, ...]) -> None:
    """By a Service that is there, each of whose connections may lead to any replica."""
    (container,) = template(manifests)["spec"]["containers"]
    (url,) = (one["value"] for one in container["env"] if one["name"] == "BAKEHOUSE_POD_SERVER")
    asked = re.fullmatch(r"http://([a-z-]+)\.\$\(NAMESPACE\)\.svc:(\d+)", url)
    assert asked is not None
    (service,) = (one for one in of_kind(manifests, "Service") if one["metadata"]["name"] == asked[1])
    assert [str(port["port"]) for port in service["spec"]["ports"]] == [asked[2]]
    assert "sessionAffinity" not in service["spec"]


def selector(one: Manifest) -> dict[str, str]:
    """Which pods it means."""
    spec = one["spec"]
    if one["kind"] == "Service":
        return dict(spec["selector"])
    return dict((spec["podSelector"] if one["kind"] == "NetworkPolicy" else spec["selector"])["matchLabels"])


def test_variables_are_there_before_those_that_name_them(manifests: tuple[Manifest, ...]) -> None:
    """Kubernetes leaves `$(NAME)` as it is otherwise; none is said twice, and those that are ours are settings."""
    settings = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    for container in template(manifests)["spec"]["containers"]:
        before: list[str] = []
        for one in container["env"]:
            assert set(re.findall(r"\$\((\w+)\)", one.get("value", ""))) <= set(before)
            before.append(one["name"])
        assert len(set(before)) == len(before)
        assert [one for one in before if one.startswith("BAKEHOUSE_") and f"`{one}`" not in settings] == []


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_an_overlay_says_namespace_and_image_once(name: str, tmp_path: Path) -> None:
    """Accounts that roles are bound to follow, and so does the namespace itself."""
    found = built(overlay(tmp_path, *INSTALLATIONS[name], namespace="ml"))
    assert {one["metadata"].get("namespace") for one in found} == {"ml", None}
    assert {one["kind"] for one in found if "namespace" not in one["metadata"]} <= {"Namespace", "ClusterRole", "ClusterRoleBinding"}
    assert {subject["namespace"] for one in of_kind(found, "RoleBinding", "ClusterRoleBinding") for subject in one["subjects"]} == {"ml"}
    assert [one["metadata"]["name"] for one in of_kind(found, "Namespace")] == ["ml"]
    assert [one["image"] for one in template(found)["spec"]["containers"]] == ["registry.example/bakehouse:7"]


def test_base_runs_by_itself() -> None:
    """One server at a time on one volume; nothing has to be made by hand before."""
    found = built(DEPLOY / BASE)
    assert [one["kind"] for one in of_kind(found, *SERVERS, "Secret")] == ["Deployment"]
    assert (server(found)["spec"]["replicas"], server(found)["spec"]["strategy"]) == (1, {"type": "Recreate"})
    assert secrets(found) == set()


def test_production_names_the_secrets_that_it_needs() -> None:
    """The how-to says how to make each."""
    found = built(DEPLOY / PRODUCTION)
    assert server(found)["spec"]["replicas"] == 2
    assert of_kind(found, "PersistentVolumeClaim") == []
    page = (ROOT / "docs" / "how-to" / "install-on-kubernetes.md").read_text(encoding="utf-8")
    assert secrets(found) == set(re.findall(r"create secret generic (\S+)", page))


def secrets(manifests: tuple[Manifest, ...]) -> set[str]:
    """The names of the Secrets that the server's pods take something of."""
    return set(_secrets(template(manifests)["spec"]))


def _secrets(value: Any) -> Iterator[str]:  # any part of a manifest
    if isinstance(value, list):
        for one in value:
            yield from _secrets(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key in {"secretRef", "secretKeyRef"}:
                yield one["name"]
            elif key == "secretName":
                yield one
            else:
                yield from _secrets(one)


def test_programs_of_kfp_find_it(tmp_path: Path) -> None:
    """By the name and port that KFP's client knows, and with what it shows there; from all namespaces."""
    found = built(overlay(tmp_path, BASE, KUBEFLOW))
    (service,) = (one for one in of_kind(found, "Service") if one["metadata"]["name"] == "ml-pipeline")
    assert [port["port"] for port in service["spec"]["ports"]] == [8888]
    (container,) = template(found)["spec"]["containers"]
    assert {"name": "BAKEHOUSE_TOKEN_REVIEW", "value": "1"} in container["env"]
    reached = [peer for one in of_kind(found, "NetworkPolicy") for rule in one["spec"]["ingress"] for peer in rule["from"]]
    assert sorted(reached, key=str) == [{"namespaceSelector": {}}, {"podSelector": {}}]
