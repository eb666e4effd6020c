"""A client in an author's file takes every call, does nothing, and remembers it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bakehouse import Client
from bakehouse.client.calls import Call


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    Client.calls.clear()
    yield
    Client.calls.clear()


def test_every_method_is_taken_and_remembered(capsys: pytest.CaptureFixture[str]) -> None:
    """With the line of the call; nothing is printed."""
    client = Client("http://example.org", namespace="team")
    client.create_run_from_pipeline_func(print, arguments={"n": 1})
    Client().upload_pipeline("p.yaml")
    first = test_every_method_is_taken_and_remembered.__code__.co_firstlineno
    assert Client.calls == [Call("create_run_from_pipeline_func", f"{__file__}:{first + 3}"), Call("upload_pipeline", f"{__file__}:{first + 4}")]
    assert capsys.readouterr() == ("", "")


def test_a_file_goes_on_with_what_a_call_gives() -> None:
    """`run.run_id`, `client.wait_for_run_completion(run.run_id, 60).state`, and the like."""
    client = Client()
    run = client.create_run_from_pipeline_package("p.yaml")
    assert client.wait_for_run_completion(run.run_id, timeout=60).run.state is not None
    assert [call.method for call in Client.calls] == ["create_run_from_pipeline_package", "wait_for_run_completion"]
