"""The command of a component: KFP's shape, safe quoting, and nothing that is not asked for."""

from __future__ import annotations

import shlex

import pytest

from bakehouse.dsl import commands
from bakehouse.dsl.commands import Packages
from bakehouse.ir import executors
from bakehouse.ir.spec import Component, Container
from bakehouse.version import KFP_VERSION

_KFP = f"kfp=={KFP_VERSION}"


def _pips(packages: Packages) -> list[list[str]]:
    """The arguments of each `pip install` of a command."""
    _, _, script, *_ = commands.lightweight("source", packages)
    found = [line.partition("-m pip install ")[2] for line in script.splitlines()]
    return [shlex.split(line) for line in found if line]


def test_nothing_to_install() -> None:
    """Then the command only runs the source."""
    command = commands.lightweight("source", Packages())
    assert command[:2] == ("sh", "-ec")
    assert command[3] == "source"
    assert len(command) == 4
    assert commands.containerized(Packages()) == ("python3", "-m", "kfp.dsl.executor_main")
    assert commands.arguments("f") == ("--executor_input", "{{$}}", "--function_to_execute", "f")


def test_the_authors_packages_come_first_then_kfp() -> None:
    """In order, with what pip is to be told; kfp only where none is there yet, and without what it depends on."""
    packages = Packages(
        ("numpy==1.26", "pandas[a,b]>=2; python_version < '4'", "it's"),
        ("https://one/simple", "https://me:secret@two/simple"),
        ("one", "two:80"),
        _KFP,
    )
    options = ["--quiet", "--no-warn-script-location", "--index-url", "https://one/simple", "--extra-index-url", "https://me:secret@two/simple"]
    hosts = ["--trusted-host", "one", "--trusted-host", "two:80"]
    assert _pips(packages) == [[*options, *hosts, *packages.requirements], [*options, *hosts, _KFP, "--no-deps"]]
    script = commands.lightweight("source", packages)[2]
    (kfps,) = [line for line in script.splitlines() if _KFP in line]
    assert kfps.startswith("_KFP_RUNTIME=true python3 -c 'import kfp.dsl.executor_main' 2>/dev/null || ")


def test_hosts_of_indexes_are_trusted_unless_the_author_says_which() -> None:
    """As kfp 2.17 has it; hosts, not whole URLs with what is secret in them."""
    indexes = ("https://me:secret@one:8080/simple", "https://two/simple")
    assert Packages(index_urls=indexes).hosts == ("one:8080", "two")
    assert Packages(index_urls=indexes, trusted_hosts=()).hosts == ()
    assert Packages(index_urls=indexes, trusted_hosts=("three",)).hosts == ("three",)


def test_kfp_from_elsewhere() -> None:
    """It is installed whatever is there: the author names it."""
    assert _pips(Packages(kfp="git+https://example.org/kfp")) == [["--quiet", "--no-warn-script-location", "git+https://example.org/kfp"]]
    assert _pips(Packages(kfp="./kfp", kfp_without_dependencies=True))[0][-2:] == ["./kfp", "--no-deps"]


def test_a_venv_comes_before_everything() -> None:
    """It is made even if nothing is installed."""
    lines = commands.lightweight("source", Packages(("numpy",), use_venv=True))[2].splitlines()
    assert lines.index('. "$venv/bin/activate"') < next(index for index, line in enumerate(lines) if "pip install" in line)
    assert len(commands.lightweight("source", Packages(use_venv=True))) == 7


@pytest.mark.parametrize(
    ("requirement", "is_kfp"),
    [
        ("kfp", True),
        ("kfp==2.16.0", True),
        ("KFP[all]>=2", True),
        ("kfp @ git+https://example.org/pipelines", True),
        ("git+https://example.org/pipelines#egg=kfp&subdirectory=sdk/python", True),
        ("https://example.org/kfp-2.17.0-py3-none-any.whl", True),
        ("kfp-kubernetes==2.17.0", False),
        ("kfp_pipeline_spec", False),
        ("https://example.org/kfp_kubernetes-2.17.0-py3-none-any.whl", False),
        ("git+https://example.org/kfp", False),
        ("numpy", False),
    ],
)
def test_which_requirements_bring_kfp(requirement: str, *, is_kfp: bool) -> None:
    """Only kfp itself: kfp 2.17 takes every package whose name begins so for it."""
    assert commands.names_kfp([requirement]) is is_kfp


@pytest.mark.parametrize("kfp", ["", _KFP])
@pytest.mark.parametrize("use_venv", [False, True])
@pytest.mark.parametrize("requirements", [(), ("numpy", "a[b]==1; python_version < '4'")])
def test_our_own_runner_reads_every_form(requirements: tuple[str, ...], kfp: str, *, use_venv: bool) -> None:
    """The source and the author's packages come out as they went in."""
    packages = Packages(requirements, ("https://one/simple",), ("host",), kfp, use_venv=use_venv)
    container = Container("python", commands.lightweight("source", packages), commands.arguments("f"))
    found = executors.program(container, Component(executor_label="exec-f"))
    assert found is not None
    assert (found.source, found.function, found.requirements) == ("source", "f", requirements)
    if requirements or kfp:
        assert (found.index_urls, found.trusted_hosts) == (("https://one/simple",), ("host",))
