"""What a step in its image is told about packages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import Program
from bakehouse.runners import images
from bakehouse.runners.errors import NotBuilt
from bakehouse.runners.pip_settings import PipSettings
from tests.unit.runners.specs import spec


def test_a_step_without_requirements_needs_no_pip(tmp_path: Path) -> None:
    """Nothing is said of it, whatever is set up."""
    assert images.surroundings(spec(tmp_path), PipSettings(index_url="http://index")) == {"surroundings": "image"}


def test_a_container_component_has_no_packages(tmp_path: Path) -> None:
    """It has no program that could ask for any."""
    assert images.surroundings(replace(spec(tmp_path), program=None), PipSettings()) == {"surroundings": "image"}


def test_what_the_step_says_wins_over_what_is_set_up(tmp_path: Path) -> None:
    """Index, hosts and options, as on a command line; paths are the image's own and stay as they are."""
    requirements = ["./own.whl", "pandas<3", "--find-links=/wheels", "--pre", "--no-deps"]
    program = Program("", "f", tuple(requirements), index_urls=("http://own/simple", "http://more/simple"), trusted_hosts=("own",))
    pip = PipSettings(index_url="http://ours/simple", proxy="http://proxy:1", trusted_hosts=("ours",))
    assert images.surroundings(replace(spec(tmp_path), program=program), pip) == {
        "surroundings": "image",
        "requirements": ["./own.whl", "pandas<3"],
        "pip": {
            "arguments": ["--trusted-host=own", "--trusted-host=ours", "--pre", "--no-deps"],
            "variables": {
                "PIP_INDEX_URL": "http://own/simple",
                "PIP_EXTRA_INDEX_URL": "http://more/simple",
                "PIP_FIND_LINKS": "file:///wheels",
                "PIP_PROXY": "http://proxy:1",
            },
        },
    }


def test_what_nobody_says_is_left_to_the_image(tmp_path: Path) -> None:
    """An index that the image is set up with is not overridden by the absence of ours."""
    said = images.surroundings(spec(tmp_path, requirements=["pandas"]), PipSettings())
    assert said["pip"] == {"arguments": [], "variables": {}}


def test_an_option_that_is_not_passed_on(tmp_path: Path) -> None:
    """It is refused before anything starts."""
    with pytest.raises(NotBuilt, match="--user"):
        images.surroundings(spec(tmp_path, requirements=["--user"]), PipSettings())


def test_settings_of_the_engine_that_mean_something_elsewhere() -> None:
    """URLs do; paths and certificates on the engine's disk do not."""
    pip = PipSettings(
        index_url="http://index",
        extra_index_urls=("file:///mirror", "https://more"),
        find_links=("/wheels", "https://wheels"),
        constraints=("/c.txt",),
        cert="/ca.pem",
        client_cert="/me.pem",
        proxy="http://proxy",
        no_index=True,
    )
    expected = PipSettings(
        index_url="http://index", extra_index_urls=("https://more",), find_links=("https://wheels",), proxy="http://proxy", no_index=True
    )
    assert images.reachable(pip) == expected
