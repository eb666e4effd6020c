"""What deploy/kubernetes installs, on a real cluster: it takes all of it, and tells the server whose tokens programs show."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bakehouse.app.errors import NoTokenReview
from bakehouse.app.token_review import AUDIENCE, ClusterApi, TokenReview
from tests.kubernetes.installation import kubectl
from tests.repo.test_deploy import INSTALLATIONS, overlay

#: What Kubernetes has since 1.21 only.
PDB = 'no matches for kind "PodDisruptionBudget" in version "policy/v1"'


@dataclass(frozen=True)
class Place:
    """A namespace for these tests; `folder` is for files."""

    namespace: str
    folder: Path

    def token(self, account: str, *audience: str, namespace: str = "") -> str:
        """A projected token, as the kubelet would bring one into a pod."""
        said = [word for one in audience for word in ("--audience", one)]
        return kubectl("create", "token", account, "-n", namespace or self.namespace, *said)

    def api(self, account: str) -> ClusterApi:
        """What a server finds in a pod of this account."""
        folder = self.folder / account
        folder.mkdir(exist_ok=True)
        said = json.loads(kubectl("config", "view", "--raw", "--minify", "-o", "json"))["clusters"][0]["cluster"]
        authority = kubectl("get", "configmap", "-n", self.namespace, "kube-root-ca.crt", "-o", r"jsonpath={.data.ca\.crt}")
        for name, text in (("token", self.token(account)), ("ca.crt", authority), ("namespace", self.namespace)):
            (folder / name).write_text(text)
        return ClusterApi(said["server"], folder)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """With the accounts and rights of the installation `kubeflow`, and without its server."""
    name, folder = f"bakehouse-{secrets.token_hex(4)}", tmp_path_factory.mktemp("install")
    kubectl("create", "namespace", name)
    made = kubectl("kustomize", str(overlay(folder, *INSTALLATIONS["kubeflow"], namespace=name)))
    rights = "\n---\n".join(one for one in made.split("\n---\n") if any(kind in one for kind in ("kind: ServiceAccount\n", "Role")))
    kubectl("apply", "-f", "-", given=rights)
    try:
        yield Place(name, folder)
    finally:
        kubectl("delete", "-f", "-", given=rights)
        kubectl("delete", "namespace", name, "--wait=false")


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_the_cluster_takes_all_of_it(place: Place, name: str, tmp_path: Path) -> None:
    """Nothing is made: its own schemas, defaults and admission say what they would say."""
    folder = overlay(tmp_path, *INSTALLATIONS[name], namespace=place.namespace)
    ran = subprocess.run(["kubectl", "apply", "--dry-run=server", "-k", str(folder)], check=False, capture_output=True, text=True)
    told = [line for line in ran.stderr.splitlines() if line and not line.startswith(("Warning: resource namespaces/", "ensure CRDs"))]
    if told and PDB in told[0]:
        told = told[1:]
    else:
        assert ran.returncode == 0, ran.stderr
    assert told == []
    assert "networkpolicy.networking.k8s.io/bakehouse created (server dry run)" in ran.stdout


def test_a_program_of_the_namespace_comes_in(place: Place) -> None:
    """With the token that it was given for this, by the rights that the server was given."""
    review = TokenReview(place.api("bakehouse"), [place.namespace])
    name = f"system:serviceaccount:{place.namespace}:pipeline-runner"
    assert review.account(place.token("pipeline-runner", AUDIENCE)) == name
    assert review.account(place.token("pipeline-runner", "https://elsewhere.example", AUDIENCE)) == name


def test_nobody_else_comes_in(place: Place) -> None:
    """Not by the token that every pod has for the cluster's API, nor from elsewhere, nor by a name that is not said."""
    api = place.api("bakehouse")
    review = TokenReview(api, [place.namespace])
    good = place.token("pipeline-runner", AUDIENCE)
    head, body, signature = good.split(".")
    assert review.account(place.token("pipeline-runner")) is None
    assert review.account(place.token("pipeline-runner", "https://elsewhere.example")) is None
    assert review.account(place.token("default", AUDIENCE, namespace="default")) is None
    assert review.account(f"{head}.{body}.{signature[::-1]}") is None
    assert TokenReview(api, [f"{place.namespace}/bakehouse"]).account(good) is None


def test_the_servers_own_token_is_read_when_it_is_needed(place: Place) -> None:
    """The kubelet replaces it: one that has become bad lets nobody in, one that has become good does."""
    api = place.api("bakehouse")
    review = TokenReview(api, [place.namespace])
    good = place.token("pipeline-runner", AUDIENCE)
    right = (api.folder / "token").read_text()
    (api.folder / "token").write_text("a.b.c")
    with pytest.raises(NoTokenReview, match="HTTP 401"):
        review.account(good)
    (api.folder / "token").write_text(right)
    assert review.account(good) is not None


def test_without_the_right_to_ask_nobody_comes_in(place: Place) -> None:
    """The log says which right."""
    with pytest.raises(NoTokenReview, match="tokenreviews"):
        TokenReview(place.api("pipeline-runner"), [place.namespace]).account(place.token("pipeline-runner", AUDIENCE))


def test_a_cluster_that_is_away_or_unknown_lets_nobody_in(place: Place) -> None:
    """A port without anybody; a file without certificates, against which nobody can show that they are the cluster."""
    good, api = place.token("pipeline-runner", AUDIENCE), place.api("bakehouse")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = ClusterApi(f"https://127.0.0.1:{nobody.getsockname()[1]}", api.folder)
        with pytest.raises(NoTokenReview, match="refused"):
            TokenReview(away, [place.namespace]).account(good)
    (api.folder / "ca.crt").write_text("")
    with pytest.raises(NoTokenReview):
        TokenReview(api, [place.namespace]).account(good)


def test_the_server_may_do_what_its_runner_does(place: Place) -> None:
    """And nothing that it does not: no Secrets, no other namespace, nothing executed in a pod."""
    who = f"system:serviceaccount:{place.namespace}:bakehouse"

    def may(verb: str, resource: str, *more: str) -> bool:
        words = ["kubectl", "auth", "can-i", verb, resource, "--as", who, "-n", place.namespace, *more]
        return subprocess.run(words, check=False, capture_output=True, text=True).stdout.strip() == "yes"

    assert all(may(verb, "pods") for verb in ("create", "get", "list", "watch", "delete"))
    assert may("create", "tokenreviews.authentication.k8s.io")
    refused = [("get", "secrets"), ("create", "pods", "--subresource=exec"), ("patch", "pods"), ("get", "configmaps"), ("get", "pods", "-n=default")]
    assert [one for one in refused if may(*one)] == []
