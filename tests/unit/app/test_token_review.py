"""Whom a cluster's word lets in, and what becomes of its silence: faults that a real cluster does not have on request."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from bakehouse.app import serving, settings, token_review
from bakehouse.app.errors import NoTokenReview
from bakehouse.app.token_review import AUDIENCE, ClusterApi, TokenReview
from bakehouse.errors import BadInput

RUNNER = "system:serviceaccount:ml:runner"


def status(name: str = RUNNER, **other: object) -> dict[str, object]:
    """What the cluster says of a token that it has made for us."""
    return {"authenticated": True, "user": {"username": name}, "audiences": [AUDIENCE], **other}


@dataclass
class Cluster:
    """Answers as a cluster would; `now` is the time."""

    folder: Path
    said: Callable[[], httpx.Response] = field(default=lambda: httpx.Response(201, json={"status": status()}))
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    now: float = 0.0

    def __post_init__(self) -> None:
        (self.folder / "token").write_text("own-1\n")

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Note the question, and answer."""
        assert str(request.url) == "https://10.0.0.1/apis/authentication.k8s.io/v1/tokenreviews"
        self.asked.append((request.headers["authorization"], json.loads(request.content)["spec"]))
        return self.said()

    def review(self, *accounts: str) -> TokenReview:
        """Asks this cluster."""
        api = ClusterApi("https://10.0.0.1", self.folder)
        return TokenReview(api, accounts or ["ml"], transport=httpx.MockTransport(self.answer), monotonic=lambda: self.now)


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


def test_the_cluster_is_asked_with_the_audience_and_the_token_of_now(cluster: Cluster) -> None:
    """The kubelet replaces the server's own token before it expires."""
    review = cluster.review()
    assert review.account("a.b.c") == RUNNER
    (cluster.folder / "token").write_text("own-2\n")
    assert review.account("d.e.f") == RUNNER
    assert cluster.asked == [
        ("Bearer own-1", {"token": "a.b.c", "audiences": [AUDIENCE]}),
        ("Bearer own-2", {"token": "d.e.f", "audiences": [AUDIENCE]}),
    ]


@pytest.mark.parametrize(
    ("said", "accounts"),
    [
        (status(), ["ml/runner"]),
        (status(), ["other", "ml"]),
        (status(audiences=["https://kubernetes.default.svc", AUDIENCE]), ["ml"]),
    ],
)
def test_whoever_is_named_comes_in(cluster: Cluster, said: dict[str, object], accounts: list[str]) -> None:
    """One account, or all of a namespace."""
    cluster.said = lambda: httpx.Response(201, json={"status": said})
    assert cluster.review(*accounts).account("a.b.c") == RUNNER


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"authenticated": False, "error": "[invalid bearer token]"},
        status(authenticated=False),
        status(authenticated="yes"),
        status(audiences=None),
        status(audiences=["https://kubernetes.default.svc"]),
        status("system:serviceaccount:ml-2:runner"),
        status("system:serviceaccount:ml/runner:x"),
        status("system:node:ml"),
        status("ml"),
        status(""),
    ],
)
def test_nobody_else_does(cluster: Cluster, said: dict[str, object]) -> None:
    """Above all not with a token that was made for another audience, or by a cluster that knows none."""
    cluster.said = lambda: httpx.Response(201, json={"status": said})
    assert cluster.review().account("a.b.c") is None


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c.d", "a.b.ü", "a.b.c\n", "a b.c.d", "." * 2, f"a.b.{'c' * 20_000}"])
def test_what_is_no_such_token_is_no_question(cluster: Cluster, token: str) -> None:
    """The cluster is not bothered with it, nor told of other secrets."""
    assert cluster.review().account(token) is None
    assert cluster.asked == []


def test_an_answer_counts_for_a_while(cluster: Cluster) -> None:
    """A minute for who is let in, ten seconds for who is not: a token may become good, or bad."""
    review = cluster.review()
    for now, asked in ((0.0, 1), (59.0, 1), (60.0, 2)):
        cluster.now = now
        assert review.account("a.b.c") == RUNNER
        assert len(cluster.asked) == asked
    cluster.said = lambda: httpx.Response(201, json={"status": {"authenticated": False}})
    for now, asked in ((120.0, 3), (129.0, 3), (130.0, 4)):
        cluster.now = now
        assert review.account("a.b.c") is None
        assert len(cluster.asked) == asked


def test_rubbish_pushes_nobody_out_and_fills_nothing(cluster: Cluster) -> None:
    """Thousands of wrong tokens leave the answers for right ones where they are, and are forgotten themselves."""
    review = cluster.review()
    assert review.account("a.b.c") == RUNNER
    cluster.said = lambda: httpx.Response(201, json={"status": {}})
    for number in range(1100):
        assert review.account(f"a.b.{number}") is None
    asked = len(cluster.asked)
    assert review.account("a.b.c") == RUNNER
    assert review.account("a.b.1099") is None
    assert len(cluster.asked) == asked
    assert review.account("a.b.0") is None
    assert len(cluster.asked) == asked + 1


def _broken() -> httpx.Response:
    raise httpx.ConnectError("connection refused")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (_broken, "connection refused"),
        (lambda: httpx.Response(500), "HTTP 500"),
        (lambda: httpx.Response(429, json={"status": status()}), "HTTP 429"),
        (lambda: httpx.Response(403), "ClusterRole"),
        (lambda: httpx.Response(401), "ClusterRole"),
        (lambda: httpx.Response(302, headers={"location": "https://elsewhere.example"}), "HTTP 302"),
        (lambda: httpx.Response(200, text="<html>"), "does not tell"),
        (lambda: httpx.Response(200, json=[status()]), "HTTP 200"),
    ],
)
def test_a_cluster_that_does_not_answer_lets_nobody_in(cluster: Cluster, said: Callable[[], httpx.Response], why: str) -> None:
    """Nor is that remembered: once it answers, so does the server."""
    answers, cluster.said = cluster.said, said
    review = cluster.review()
    with pytest.raises(NoTokenReview, match=why):
        review.account("a.b.c")
    cluster.said = answers
    assert review.account("a.b.c") == RUNNER


def test_who_was_let_in_stays_while_the_cluster_is_away(cluster: Cluster) -> None:
    """For the rest of the minute."""
    review = cluster.review()
    assert review.account("a.b.c") == RUNNER
    cluster.said, cluster.now = _broken, 59.0
    assert review.account("a.b.c") == RUNNER


def test_without_its_own_token_the_server_cannot_ask(cluster: Cluster) -> None:
    """The file is named."""
    (cluster.folder / "token").unlink()
    with pytest.raises(NoTokenReview, match=str(cluster.folder / "token")):
        cluster.review().account("a.b.c")


def test_one_token_is_one_question(cluster: Cluster) -> None:
    """Whoever shows it at the same time waits for the same answer."""
    asked, answered = threading.Event(), cluster.said

    def slowly() -> httpx.Response:
        asked.set()
        everybody.wait()
        return answered()

    everybody = threading.Event()
    cluster.said = slowly
    review = cluster.review()
    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(review.account, "a.b.c") for _ in range(8)]
        assert asked.wait(10)
        everybody.set()
        assert {one.result(10) for one in found} == {RUNNER}
    assert len(cluster.asked) == 1


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "6443"}, "https://10.96.0.1:6443"),
        ({"KUBERNETES_SERVICE_HOST": "fd00::1"}, "https://[fd00::1]:443"),
    ],
)
def test_a_pod_knows_where_its_cluster_is(environ: dict[str, str], url: str) -> None:
    """By the variables that every pod has."""
    assert token_review.of_pod(environ) == ClusterApi(url)


def test_the_server_takes_tokens_of_a_cluster_only_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere it does not start, and says which setting is wrong; without the setting it knows its own token alone."""
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    closed = settings.from_environment({"BAKEHOUSE_HOME": str(tmp_path)})
    assert serving._login(closed).others("a.b.c") is None
    with pytest.raises(BadInput, match="BAKEHOUSE_TOKEN_REVIEW"):
        serving._login(settings.from_environment({"BAKEHOUSE_HOME": str(tmp_path), "BAKEHOUSE_TOKEN_REVIEW": "1"}))
