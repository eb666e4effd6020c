"""The keeper's requests: each is answered in the end, or refused for good."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from bakehouse.pod import protocol, speaking
from bakehouse.pod.errors import Fault, Refused
from bakehouse.pod.speaking import Server
from tests.unit.pod.servers import Answer, Scripted, error, ok, with_digest


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Scripted]]:
    """Servers by their answers; pauses are short."""
    monkeypatch.setattr(speaking, "_SHORTEST_PAUSE", 0.001)
    monkeypatch.setattr(speaking, "_LONGEST_PAUSE", 0.01)
    made: list[Scripted] = []

    def make(*answers: Answer) -> Scripted:
        made.append(Scripted(*answers))
        return made[-1]

    yield make
    for each in made:
        each.close()


def ask(scripted: Scripted, *, patience: float = 5.0, method: str = "GET", body: bytes = b"") -> speaking.Answer:
    """One request to it."""
    server = Server(scripted.url, "the token", patience=patience)
    try:
        return server.ask(method, "launch", body)
    finally:
        server.close()


def test_a_request_and_its_answer(scripted: Callable[..., Scripted]) -> None:
    """Path, token, length and digest are said."""
    made = scripted(ok(b"words", X="1"))
    answer = ask(made, method="PUT", body=b"body")
    assert (answer.status, answer.body, answer.headers["x"]) == (200, b"words", "1")
    assert made.asked == [("PUT", "/apis/attempt/launch", b"body")]


@pytest.mark.parametrize(
    "before",
    [
        None,
        error(503, "untaken"),
        error(500, "internal"),
        (502, b"<html>a proxy</html>", {}),
        error(400, "damaged"),
        (200, b"damaged", {"Content-Digest": "sha-256=:x:"}),
        (200, b"cut", {"Content-Length": "9999", "Connection": "close"}),
        (200, b"", {"Content-Length": "", "Connection": "close"}),
    ],
    ids=["closed", "503", "500", "proxy", "damaged body", "damaged answer", "cut short", "no length"],
)
def test_what_may_be_over_is_tried_again(scripted: Callable[..., Scripted], before: Answer) -> None:
    """Until there is an answer."""
    made = scripted(before, before, with_digest(b"words"))
    assert ask(made).body == b"words"
    assert len(made.asked) == 3


@pytest.mark.parametrize(
    ("status", "code"), [(401, "bad_token"), (403, "foreign_token"), (404, "not_a_pod"), (410, "attempt_over"), (413, "too_much")]
)
def test_what_will_not_change_is_refused_at_once(scripted: Callable[..., Scripted], status: int, code: str) -> None:
    """With the server's own words."""
    made = scripted(error(status, code))
    with pytest.raises(Refused) as caught:
        ask(made)
    assert (caught.value.status, caught.value.code, caught.value.message) == (status, code, "why")


def test_a_keeper_says_the_same_word_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which nobody can guess, and no other keeper says."""
    sent: list[bytes] = []

    def told(_server: Server, _connection: object, request: bytes, _timeout: float) -> speaking.Answer:
        sent.append(request)
        return speaking.Answer(200, {}, b"")

    monkeypatch.setattr(Server, "_said", told)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        for _ in range(2):
            server = Server(f"http://127.0.0.1:{listening.getsockname()[1]}/x", "the token")
            server.ask("GET", "launch")
            server.ask("POST", "log", b"more")
            server.close()
    words = [line for one in sent for line in one.decode().split("\r\n") if line.startswith(f"{protocol.KEEPER}: ")]
    assert words[0] == words[1] != words[2] == words[3]
    assert len(words[0].split(": ")[1]) == 32


def test_a_gap_is_an_answer(scripted: Callable[..., Scripted]) -> None:
    """It tells where to go on. To what is fetched there is none."""
    answer = ask(scripted(error(409, "misplaced", Upload_Offset="7")), method="PUT")
    assert (answer.status, answer.headers["upload-offset"]) == (409, "7")
    with pytest.raises(Refused, match="409 misplaced"):
        ask(scripted(error(409, "misplaced")))


def test_a_server_that_cannot_store_anything_for_too_long(scripted: Callable[..., Scripted]) -> None:
    """That is the store's fault, in the server's words."""
    made = scripted(*[error(503, "untaken")] * 500)
    with pytest.raises(Fault) as caught:
        ask(made, patience=0.05)
    assert (caught.value.cause, caught.value.message) == ("store", "why")


def test_a_server_that_does_not_have_the_attempt(scripted: Callable[..., Scripted]) -> None:
    """However long it lasts: it is asked on another connection each time, until one leads to the server that has it."""
    made = scripted(*[error(503, protocol.ELSEWHERE)] * 5, ok(b"here"))
    assert ask(made, patience=0.0).body == b"here"
    assert len(made.asked) == 6


def test_a_certificate_that_is_not_trusted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It is waited for a while, since it may just be replaced; then the keeper ends, and its end is seen."""

    def shows_one(*_: object) -> Answer:
        raise ssl.SSLCertVerificationError("self-signed certificate")

    monkeypatch.setattr(Server, "_once", shows_one)
    with pytest.raises(Refused, match="certificate is not trusted") as caught:
        Server("https://bakehouse.team/x", "the token", patience=0.05).ask("GET", "launch")
    assert caught.value.status == speaking.UNSPOKEN
    assert capsys.readouterr().err.count("not trusted") == 1


def test_a_connection_that_stood_idle(scripted: Callable[..., Scripted]) -> None:
    """The server may have closed it: the request goes out on another one, at once and once."""
    made = scripted((200, b"1", {"Keep-Alive": "timeout=0"}), None, ok(b"2"))
    server = Server(made.url, "the token")
    assert server.ask("GET", "a").body == b"1"
    assert server.ask("GET", "b").body == b"2"
    server.close()


def test_a_server_that_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for as long as it takes, whatever the patience; that it is away is said once."""
    monkeypatch.setattr(speaking, "_SHORTEST_PAUSE", 0.005)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    answers: list[bytes] = []
    server = Server(f"http://127.0.0.1:{port}/x", "the token", patience=0.0)

    def ask() -> None:
        answers.append(server.ask("GET", "a").body)
        server.close()

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.05)
    with socket.create_server(("127.0.0.1", port)) as listener:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere")
            asking.join(5)
    assert answers == [b"here"]


@pytest.mark.parametrize("url", ["", "server", "ftp://server/x", "http://"])
def test_urls_that_are_none(url: str) -> None:
    """They are told at the start."""
    with pytest.raises(ValueError, match="no URL"):
        Server(url, "token")


@pytest.mark.parametrize(("url", "token"), [("http://h/ä", "t"), ("http://h/a", "tö")])
def test_what_no_header_can_hold(url: str, token: str) -> None:
    """It is no server that is away."""
    with pytest.raises(ValueError, match="ASCII"):
        Server(url, token)
