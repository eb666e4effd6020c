"""What settings make of pods: the image of keepers, which is that of the server where nobody says another one, and what steps have around them."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kubernetes_validate
import pytest

from bakehouse.app import clusters, wiring
from bakehouse.app.settings import from_environment
from bakehouse.errors import BadInput
from bakehouse.ir.values import JsonObject
from bakehouse.records.database import open_home
from bakehouse.runners import pod_keys
from bakehouse.runners.errors import BadSecret
from bakehouse.runners.fates import EverybodyLives
from bakehouse.runners.kubernetes.cluster import Kind
from tests.repo.tree import ROOT
from tests.unit.runners.kubernetes import pods

IN_POD = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "HOSTNAME": "bakehouse-7d4f-x2"}
_SHARED = "postgresql://db.example/bakehouse"
MESH = {"name": "istio-proxy", "image": "istio:1"}


def cluster(pod: JsonObject | None, asked: list[tuple[Kind, str]]) -> Any:
    """What is loaded by name: a cluster that knows one pod."""

    def read(kind: Kind, name: str) -> JsonObject | None:
        asked.append((kind, name))
        return pod

    connection = SimpleNamespace(read=read, close=lambda: None)
    return SimpleNamespace(Connection=lambda: connection, Kind=Kind)


@pytest.mark.parametrize(
    ("containers", "image"),
    [
        ([MESH, {"name": "bakehouse", "image": "registry.example/bakehouse:7"}], "registry.example/bakehouse:7"),
        ([MESH], ""),
        (None, ""),
    ],
)
def test_it_is_read_in_the_pod_of_the_server(containers: list[JsonObject] | None, image: str) -> None:
    """From the container that is ours; what a mesh adds is not."""
    asked: list[tuple[Kind, str]] = []
    assert clusters._own_image(IN_POD, cluster({"spec": {"containers": containers}}, asked)) == image
    assert asked == [(Kind.POD, "bakehouse-7d4f-x2")]


@pytest.mark.parametrize("environ", [{}, {**IN_POD, "BAKEHOUSE_IMAGE": "other:1"}])
def test_nothing_is_asked_outside_of_a_pod_or_where_it_is_said(environ: dict[str, str]) -> None:
    """The setting has the last word."""
    asked: list[tuple[Kind, str]] = []
    assert clusters._own_image(environ, cluster(None, asked)) == ""
    assert asked == []


def test_steps_get_what_pip_is_set_up_with(tmp_path: Path) -> None:
    """Of the server's own settings those that mean something in a pod; the image's own count for all else."""
    (tmp_path / "amd64").write_bytes(b"")
    (tmp_path / "pip.conf").write_text("[global]\nextra-index-url = https://more.example/simple\ncert = /etc/ours.pem\n")
    said = {"BAKEHOUSE_IMAGE": "b:1", "BAKEHOUSE_POD_SERVER": "http://b:8811", "BAKEHOUSE_POD_RUNNERS": str(tmp_path)}
    environ = {**said, "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "PIP_INDEX_URL": "https://index.example/simple", "PIP_FIND_LINKS": "/wheels"}
    pip = clusters._options(environ, "h" * 32, "ml", EverybodyLives()).pip
    assert pip.index_url == "https://index.example/simple"
    assert "https://more.example/simple" in pip.extra_index_urls
    assert (pip.cert, pip.find_links) == ("", ())


def test_proxies_and_certificates_of_the_how_to(tmp_path: Path) -> None:
    """What it tells to write gives each step the variables, and the file that they name."""
    (tmp_path / "amd64").write_bytes(b"")
    page = (ROOT / "docs" / "how-to" / "run-on-kubernetes.md").read_text(encoding="utf-8")
    (written,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    environ = {"BAKEHOUSE_IMAGE": "b:1", "BAKEHOUSE_POD_SERVER": "http://b:8811", "BAKEHOUSE_POD_RUNNERS": str(tmp_path)}
    options = clusters._options({**environ, "BAKEHOUSE_POD_DEFAULTS": written}, pods.HOME, "team", EverybodyLives())
    made = pods.pod(pods.launch(), options.installation)
    kubernetes_validate.validate(dict(made), kubernetes_validate.latest_version(), strict=True)
    main = pods.container(made)
    variables = {one["name"]: one.get("value") for one in main["env"]}
    assert variables["HTTPS_PROXY"] == "http://proxy.example:3128"
    (mount,) = [one for one in main["volumeMounts"] if one["name"] == "trusted"]
    assert {variables[name] for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")} == {f"{mount['mountPath']}/ca.crt"}
    assert {"name": "trusted", "configMap": {"name": "trusted"}} in made["spec"]["volumes"]
    assert len(main["volumeMounts"]) == 3


def test_servers_with_one_secret_have_the_same_pods(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever home they have: the key of tokens is the same, and keepers are told where it may lie elsewhere."""
    monkeypatch.setattr(wiring, "open_home", lambda home, **_database: open_home(home))  # no server of databases is needed for this
    secret, homes = tmp_path / "secret", [tmp_path / "a", tmp_path / "b"]
    secret.write_text("a secret of both of them")
    for home in homes:
        said = {"BAKEHOUSE_HOME": str(home), "BAKEHOUSE_POD_KEY_FILE": str(secret), "BAKEHOUSE_DATABASE": _SHARED}
        with wiring.opened(from_environment(said)) as context:
            assert context.shares_pods
    assert len({pod_keys.of_home(home) for home in homes}) == 1
    with wiring.opened(from_environment({"BAKEHOUSE_HOME": str(homes[0])})) as alone:
        assert not alone.shares_pods


def test_a_secret_that_is_missing_leaves_nothing_open(tmp_path: Path) -> None:
    """It is told before the records are opened."""
    said = {"BAKEHOUSE_HOME": str(tmp_path / "home"), "BAKEHOUSE_POD_KEY_FILE": str(tmp_path / "none"), "BAKEHOUSE_DATABASE": _SHARED}
    with pytest.raises(BadSecret, match="No such file"):
        wiring.open_context(from_environment(said))


def test_servers_that_share_pods_share_their_records(tmp_path: Path) -> None:
    """Else each would delete what it finds of the other. Nothing is written before that is seen."""
    (tmp_path / "secret").write_text("a secret of both of them")
    home = tmp_path / "home"
    with pytest.raises(BadInput) as refused:
        wiring.open_context(from_environment({"BAKEHOUSE_HOME": str(home), "BAKEHOUSE_POD_KEY_FILE": str(tmp_path / "secret")}))
    assert refused.value.place == "environment variable BAKEHOUSE_POD_KEY_FILE"
    assert "Set BAKEHOUSE_DATABASE" in str(refused.value.remedy)
    assert not home.exists()
