"""What somebody tries who has got at a keeper's routes, or at a keeper's token."""

from __future__ import annotations

import io
import os
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bakehouse.api import attempt_ids
from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.pod import protocol
from bakehouse.runners import pod_keys
from tests.server.pods import Keeper
from tests.server.serving import API, HOST, ask, pieces

#: Every route of an attempt.
ROUTES = [
    ("GET", "launch"), ("GET", "inputs/0"), ("GET", "code"), ("GET", "checkpoint"), ("POST", "log?offset=0"), ("POST", "series?offset=0"),
    ("PUT", "outputs/n"), ("PUT", "files/error.json"), ("PUT", "artifacts/x?kind=file"), ("PUT", "checkpoint"), ("POST", "result"),
]  # fmt: skip


def status(keeper: Keeper, method: str, route: str, **headers: str) -> int:
    """The status of a request with an empty body that is a result, too."""
    said = {protocol.DIGEST: protocol.digest(b"{}"), "Content-Type": "application/json", **headers}
    return ask(keeper.app, method, keeper.path(route), headers=said, content=b"{}").status_code


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_no_token_no_answer(keeper: Keeper, method: str, route: str) -> None:
    """None, one of another kind, one that was changed, one of another home, an old one: 401, and nothing is there afterwards."""
    before = keeper.left()
    now = time.time()
    wrong = [
        {},
        {"Authorization": f"Basic {keeper.token}"},
        {"Authorization": keeper.token},
        {"Authorization": f"Bearer {keeper.token}x"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {pod_keys.token(keeper.context.home / 'other', keeper.attempt, now + 100)}"},
        {"Authorization": f"Bearer {pod_keys.token(keeper.context.home, keeper.attempt, now - 1)}"},
    ]
    assert [status(keeper, method, route, **headers) for headers in wrong] == [401] * len(wrong)
    assert keeper.left() == before


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_the_token_of_another_attempt(keeper: Keeper, method: str, route: str) -> None:
    """403, of another task, run or number; nothing is there afterwards."""
    before = keeper.left()
    for other in (
        AttemptId(RunId("run-1"), TaskId("other"), 1),
        AttemptId(RunId("run-2"), TaskId("train"), 1),
        AttemptId(RunId("run-1"), TaskId("train"), 2),
    ):
        token = pod_keys.token(keeper.context.home, other, time.time() + 100)
        assert status(keeper, method, route, Authorization=f"Bearer {token}") == 403
    assert keeper.left() == before


def test_a_token_opens_nothing_else(keeper: Keeper) -> None:
    """Nor does the answer say whether another attempt is there. An attempt without a pod is not found, even with a token of its own."""
    other = AttemptId(RunId("run-1"), TaskId("other"), 1)
    path = f"{API}/attempts/{attempt_ids.encoded(other)}/launch"
    assert ask(keeper.app, "GET", path, headers={"Authorization": f"Bearer {keeper.token}"}).status_code == 403
    own = pod_keys.token(keeper.context.home, other, time.time() + 100)
    assert ask(keeper.app, "GET", path, headers={"Authorization": f"Bearer {own}"}).status_code == 404


def test_the_home_is_not_reached_by_the_word_of_an_attempt(keeper: Keeper) -> None:
    """Names of runs and tasks are quoted: a signed word with dots and slashes is still one below the runs."""
    out = AttemptId(RunId(".."), TaskId("../../etc"), 1)
    token = pod_keys.token(keeper.context.home, out, time.time() + 100)
    path = f"{API}/attempts/{attempt_ids.encoded(out)}/launch"
    assert ask(keeper.app, "GET", path, headers={"Authorization": f"Bearer {token}"}).status_code == 404


def test_any_name_leads_to_keepers_routes_alone(keeper: Keeper) -> None:
    """A Service has other names than the loopback: with a token these routes answer to them, all others do not."""
    headers = {"Authorization": f"Bearer {keeper.token}", "Host": "bakehouse.kubeflow.svc:8811"}
    assert ask(keeper.app, "GET", keeper.path("launch"), headers=headers).status_code == 200
    assert ask(keeper.app, "GET", f"{API}/about", headers=headers).status_code == 400
    assert ask(keeper.app, "GET", keeper.path("launch"), headers={"Host": "evil.example"}).status_code == 401
    assert ask(keeper.app, "GET", f"{API}/attempts/../about", headers=headers).status_code in {400, 404}


@pytest.mark.parametrize(
    "name", ["..", "%2e%2e", "..%2fx", "a%2fb", "%2fetc%2fpasswd", "%00", "a%00b", "x" * 256, "executor_output.json", "%C3%A4" * 128]
)
def test_names_that_lead_elsewhere(keeper: Keeper, name: str) -> None:
    """None of them is an artifact, an output or a document; nothing is written for them, inside or outside."""
    before = set(keeper.context.home.rglob("*"))
    for route in (f"artifacts/{name}?kind=file", f"artifacts/{name}?kind=folder", f"outputs/{name}", f"files/{name}"):
        expected = {200} if route == "files/executor_output.json" else {400, 404, 405}
        assert keeper.send("PUT", route, b"x").status_code in expected
    new = {one for one in set(keeper.context.home.rglob("*")) - before if one.is_file() and "/.arriving" not in str(one)}
    assert new <= {keeper.root / "executor_output.json", keeper.folder.path / "ending"}


def test_a_link_in_the_place_of_the_log(keeper: Keeper, tmp_path: Path) -> None:
    """Whatever lies there, nothing is written through it."""
    (tmp_path / "victim").write_text("kept")
    (keeper.folder.path / "log").symlink_to(tmp_path / "victim")
    assert keeper.send("POST", "log?offset=4", b"more").status_code == 503
    assert (tmp_path / "victim").read_text() == "kept"


# ---------------------------------------------------------------- archives


def member(name: str, kind: bytes = tarfile.REGTYPE, *, link: str = "", size: int = 0) -> tarfile.TarInfo:
    """One entry of an archive."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


def archive(*members: tarfile.TarInfo) -> bytes:
    """An archive with these entries, each with as many bytes as it says."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:") as made:
        for one in members:
            made.addfile(one, io.BytesIO(b"x" * one.size))
    return file.getvalue()


def long_header() -> bytes:
    """A header that announces a name of a gigabyte, and brings none."""
    info = member("x", tarfile.GNUTYPE_LONGNAME)
    info.size = 1 << 30
    return info.tobuf(tarfile.GNU_FORMAT)


def sparse() -> bytes:
    """A file of a few bytes that would become a terabyte."""
    info = member("x", size=512)
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 40), "GNU.sparse.name": "x"}
    data = f"1\n{(1 << 40) - 1}\n1\n".encode()
    return info.tobuf(tarfile.PAX_FORMAT) + data + b"\0" * (512 - len(data)) + b"\0" * 1024


ATTACKS: dict[str, Callable[[], bytes]] = {
    "absolute": lambda: archive(member("/etc/x", size=3)),
    "above": lambda: archive(member("../x", size=3)),
    "above in the middle": lambda: archive(member("a/../../x", size=3)),
    "itself": lambda: archive(member(".", size=3)),
    "link out": lambda: archive(member("l", tarfile.SYMTYPE, link="../../../pod.json")),
    "absolute link": lambda: archive(member("l", tarfile.SYMTYPE, link="/etc/passwd")),
    "link by a link": lambda: archive(member("d", tarfile.SYMTYPE, link="."), member("l", tarfile.SYMTYPE, link="d/..")),
    "file through a link": lambda: archive(member("l", tarfile.SYMTYPE, link="/tmp"), member("l/x", size=3)),
    "link through a link": lambda: archive(member("l", tarfile.SYMTYPE, link="/tmp"), member("l/x", tarfile.SYMTYPE, link="text")),
    "long name": lambda: archive(member("x" * 300, size=3)),
    "link twice": lambda: archive(member("l", tarfile.SYMTYPE, link="x"), member("l", tarfile.SYMTYPE, link="x")),
    "hard link": lambda: archive(member("l", tarfile.LNKTYPE, link="pod.json")),
    "device": lambda: archive(member("d", tarfile.CHRTYPE)),
    "pipe": lambda: archive(member("p", tarfile.FIFOTYPE)),
    "twice": lambda: archive(member("x", size=3), member("x", size=3)),
    "file as folder": lambda: archive(member("x", size=3), member("x/y", size=3)),
    "long header": long_header,
    "sparse": sparse,
    "cut short": lambda: archive(member("x", size=3000))[:1024],
    "no archive": lambda: b"nothing of that kind" * 100,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_archives_that_are_none(keeper: Keeper, attack: str) -> None:
    """Each is refused whole: nothing of it lies anywhere, and it takes no memory or disk of which it only speaks."""
    before = {one for one in keeper.context.home.rglob("*") if "/.arriving" not in str(one)}
    for route in ("artifacts/data?kind=folder", "checkpoint"):
        answer = keeper.send("PUT", route, ATTACKS[attack]())
        assert answer.status_code == 400, answer.text
    assert {one for one in keeper.context.home.rglob("*") if "/.arriving" not in str(one)} == before
    assert not os.path.lexists("/tmp/x")
    assert keeper.send("PUT", "artifacts/data?kind=folder", archive(member("x", size=3))).status_code == 200


# ---------------------------------------------------------------- bodies


def test_bodies_that_are_too_large(keeper: Keeper) -> None:
    """They are not read to their end, whether their length is told before or not."""
    headers = {"Authorization": f"Bearer {keeper.token}", protocol.DIGEST: "x"}
    large = b"x" * (protocol.PIECE + (128 << 10))
    assert ask(keeper.app, "PUT", keeper.path("artifacts/x?kind=file"), headers=headers, content=large).status_code == 413
    assert ask(keeper.app, "PUT", keeper.path("artifacts/x?kind=file"), headers=headers, content=pieces(large, large)).status_code == 413


def test_texts_that_are_too_large(keeper: Keeper) -> None:
    """A parameter may have 64 MiB, told by the offset alone; what is larger belongs into an artifact."""
    (keeper.folder.path / ".arriving").mkdir()
    for route in ("outputs/n", "files/error.json", "files/executor_output.json"):
        assert keeper.send("PUT", f"{route}?last=false", b"x").status_code == 200
    most = protocol.PIECE
    sent = 1
    while (answer := keeper.send("PUT", f"files/error.json?last=false&offset={sent}", b"x" * most)).status_code == 200:
        sent += most
        assert sent <= 17 << 20
    assert answer.json()["code"] == "too_much"


def test_a_body_that_was_damaged(keeper: Keeper) -> None:
    """Its digest tells; so does the lack of one."""
    for headers in ({protocol.DIGEST: protocol.digest(b"other")}, {protocol.DIGEST: ""}):
        answer = keeper.send("POST", "log?offset=0", b"words", **headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "damaged")
    assert not (keeper.folder.path / "log").exists()


@pytest.mark.parametrize("query", ["", "offset=-1", "offset=x", "offset=99999999999999999999", "offset=0&more=1"])
def test_queries_that_make_no_sense(keeper: Keeper, query: str) -> None:
    """They are refused, not taken for something else."""
    assert keeper.send("POST", f"log?{query}", b"x").status_code in {400, 409}


@pytest.mark.parametrize(
    "told",
    [
        {"code": "zero"},
        {"unknown": 1},
        {"fault": "x" * 70_000},
        {"times": {str(number): 1.0 for number in range(21)}},
        {"cause": "x" * 101},
        {"code": 256},
        {"code": 10**30},
        {"signal": 65},
        {"times": {"ended": 1e300}},
        {"times": {"running": -1.0}},
        {"cpu_seconds": 1e300},
        {"peak_memory": 10**30},
        {"peak_memory": -1},
        {"log_bytes": 1 << 63},
        {"log_kept": 10**30},
    ],
)
def test_results_that_make_no_sense(keeper: Keeper, told: dict[str, object]) -> None:
    """They are refused, and the attempt goes on."""
    assert keeper.tell(**told).status_code == 400
    assert not keeper.folder.ended()


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_times_that_are_no_numbers(keeper: Keeper, word: str) -> None:
    """Python writes them into JSON, and no calendar has them."""
    data = f'{{"times": {{"running": {word}}}}}'.encode()
    assert keeper.send("POST", "result", data, **{"Content-Type": "application/json"}).status_code == 400
    assert not keeper.folder.ended()


def test_a_browser_of_another_site(keeper: Keeper) -> None:
    """It has no token; and if it had one, it would be refused as everywhere."""
    headers = {"Authorization": f"Bearer {keeper.token}", "Origin": "http://evil.example", "Host": HOST, protocol.DIGEST: protocol.digest(b"x")}
    assert ask(keeper.app, "POST", keeper.path("log?offset=0"), headers=headers, content=b"x").status_code == 403


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a disk that is full")
def test_a_disk_that_is_full(keeper: Keeper) -> None:
    """It can be tried again: 503, and the word why."""
    (keeper.folder.path / "log").unlink(missing_ok=True)
    os.mknod(keeper.folder.path / "log", 0o600 | 0o020000, os.makedev(1, 7))  # /dev/full
    answer = keeper.send("POST", "log?offset=0", b"x")
    assert (answer.status_code, answer.json()["code"]) == (503, "untaken")
