"""What a client does without a server: where it would ask, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bakehouse import Client
from bakehouse.client.client import LATER
from bakehouse.client.connection import DEFAULT_HOST, Connection, part
from bakehouse.client.errors import NotServedYet, WrongArguments

_COMPILED = str(Path(__file__).parents[2] / "fixtures" / "kfp" / "2.0.1.yaml")


def _host(client: Client) -> str:
    return repr(client).partition("'")[2].rstrip("')")


@pytest.mark.parametrize(
    ("given", "host"),
    [
        (None, DEFAULT_HOST),
        ("http://127.0.0.1:8900/bakehouse/", "http://127.0.0.1:8900/bakehouse"),
        ("localhost:8900", "http://localhost:8900"),
        ("kfp.example.org", "https://kfp.example.org"),
        ("[::1]:8811", "http://[::1]:8811"),
    ],
)
def test_the_address_is_what_is_given(given: str | None, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a scheme this machine is asked by http, others by https; without anything, the server of this machine."""
    monkeypatch.delenv("KF_PIPELINES_ENDPOINT", raising=False)
    assert _host(Client(given)) == host


def test_the_environment_says_where_the_server_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours before kfp's; what the program says before both."""
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", "http://kfp.example.org")
    assert _host(Client()) == "http://kfp.example.org"
    monkeypatch.setenv("BAKEHOUSE_ENDPOINT", "http://bakehouse.example.org")
    assert _host(Client()) == "http://bakehouse.example.org"
    assert _host(Client("http://third.example.org")) == "http://third.example.org"


@pytest.mark.parametrize("host", ["ftp://example.org", "http://", "http://[x", "http://h:0", "http://h:99999"])
def test_what_is_no_address_is_refused_at_once(host: str) -> None:
    """Nothing is asked for that."""
    with pytest.raises(WrongArguments, match="no address of a server"):
        Client(host)


def test_ways_to_log_in_that_there_are_not_are_refused() -> None:
    """They are not ignored."""
    with pytest.raises(WrongArguments, match="client_id is not served"):
        Client(client_id="x")


@pytest.mark.parametrize("method", LATER)
def test_methods_that_come_later_say_so(method: str) -> None:
    """With the route that answers meanwhile; `hasattr` is false."""
    client = Client()
    assert not hasattr(client, method)
    with pytest.raises(NotServedYet, match=f"Client.{method} is not served yet"):
        getattr(client, method)


def test_what_no_client_has_is_an_attribute_error() -> None:
    """A slip of the pen is not called late."""
    with pytest.raises(AttributeError, match="has no attribute 'uplod_pipeline'") as caught:
        Client().uplod_pipeline  # noqa: B018  # asking for it is the test
    assert not isinstance(caught.value, NotServedYet)


def test_a_secret_in_the_address_is_refused_and_not_shown() -> None:
    """Messages and logs would show it."""
    with pytest.raises(WrongArguments, match="holds a user name or password") as caught:
        Client("https://ann:secret@example.org")
    assert "secret" not in str(caught.value)


def test_an_id_is_a_part_of_a_path_and_no_more() -> None:
    """Whatever is in it leads to no other route."""
    assert part("a/../b?c#d", "run_id") == "a%2F..%2Fb%3Fc%23d"


def test_proxies_count_for_servers_elsewhere_alone() -> None:
    """A server of this machine is not to be found through one."""
    assert [Connection(host)._is_elsewhere for host in ("http://127.0.0.1:8811", "http://localhost", "https://kfp.example.org")] == [
        False,
        False,
        True,
    ]


def test_a_token_is_not_shown() -> None:
    """Neither in the client nor in its connection."""
    assert "secret" not in repr(Client(existing_token="secret"))  # noqa: S106  # no real one
    assert "secret" not in repr(Connection("http://h", {"Authorization": "secret"}))


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("get_experiment", {}, "id or its name"),
        ("get_experiment", {"experiment_id": "1", "experiment_name": "e"}, "id or its name"),
        ("upload_pipeline", {"pipeline_package_path": "nowhere.yaml"}, "no file nowhere.yaml"),
        ("upload_pipeline", {"pipeline_package_path": __file__}, "is no compiled pipeline"),
        ("create_run_from_pipeline_package", {"pipeline_file": "nowhere.yaml"}, "no file nowhere.yaml"),
        ("run_pipeline", {"experiment_id": "1", "job_name": "r"}, "needs a pipeline"),
        ("run_pipeline", {"experiment_id": "1", "job_name": "r", "pipeline_id": "1", "enable_caching": False}, "cannot be changed"),
        ("run_pipeline", {"experiment_id": "1", "job_name": "r", "pipeline_id": "1", "params": [1]}, "by name"),
        ("create_run_from_pipeline_package", {"pipeline_file": _COMPILED, "arguments": [1], "experiment_name": "new"}, "by name"),
        ("get_run", {"run_id": ""}, "is empty"),
        ("get_experiment", {"experiment_id": ""}, "is empty"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_before_anything_is_sent(method: str, arguments: dict[str, Any], message: str) -> None:
    """Each is a `ValueError`, as with kfp."""
    with pytest.raises(ValueError, match=message) as caught:
        getattr(Client("http://127.0.0.1:1"), method)(**arguments)
    assert isinstance(caught.value, WrongArguments)
    assert caught.value.remedy
