"""The command of a Python component's container: install what is needed, then run the source that travels in it. Pure.

It has the shape of KFP's, so that KFP's backend and Vertex AI run it: `sh -c INSTALL`, `sh -ec RUN SOURCE`, and the arguments.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bakehouse.version import KFP_VERSION

_ENTRY = "kfp.dsl.executor_main"
_PREPARE = (
    "set -e",
    "export PIP_DISABLE_PIP_VERSION_CHECK=1",
    "python3 -m pip --version >/dev/null 2>/dev/null || python3 -m ensurepip --upgrade || python3 -m ensurepip --upgrade --user",
)
_ENTER_VENV = ('venv="$(mktemp -d)"', 'python3 -m venv --system-site-packages "$venv"', '. "$venv/bin/activate"')
_GO_ON = 'exec "$0" "$@"'
_RUN = f"""module="$(mktemp -d)/ephemeral_component.py"
printf '%s' "$0" > "$module"
export _KFP_RUNTIME=true
exec python3 -m {_ENTRY} --component_module_path "$module" "$@"
"""
#: What every component's source begins with: a contract with KFP's users, who rely on these names in annotations and defaults.
PRELUDE = "\nimport kfp\nfrom kfp import dsl\nfrom kfp.dsl import *\nfrom typing import *\n"


@dataclass(frozen=True)
class Packages:
    """What is installed before the function runs. `kfp` is the requirement (or path) to install; empty: what the image has must do.

    `trusted_hosts` is `None` where the author says nothing: the hosts of the indexes are trusted then, as kfp 2.17 has it.
    """

    requirements: tuple[str, ...] = ()
    index_urls: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] | None = None
    kfp: str = ""
    kfp_without_dependencies: bool = False
    use_venv: bool = False

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that pip trusts."""
        if self.trusted_hosts is not None:
            return self.trusted_hosts
        return tuple(dict.fromkeys(filter(None, (urlsplit(url).netloc.rpartition("@")[2] for url in self.index_urls))))


def own_kfp() -> str:
    """The release of kfp that runs components where nothing else does."""
    return f"kfp=={KFP_VERSION}"


def names_kfp(requirements: Sequence[str]) -> bool:
    """Whether the author's own requirements bring `kfp` itself (not merely a package whose name begins with it)."""
    return any(_distribution(one) == "kfp" for one in requirements)


def _distribution(requirement: str) -> str:
    """The normalised name of what a requirement installs; empty where it cannot be told."""
    egg = re.search(r"#(?:.*&)?egg=([\w.-]+)", requirement)
    if egg:
        return _normal(egg[1])
    path = requirement.partition("#")[0].partition("?")[0].rstrip("/")
    wheel = re.search(r"(?:^|/)([A-Za-z0-9._]+?)-\d[^/]*\.(?:whl|tar\.gz|zip)$", path)
    if wheel:
        return _normal(wheel[1])
    named = re.match(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^]]*\])?\s*(?:[<>=!~;@(]|$)", requirement)
    return _normal(named[1]) if named else ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def lightweight(source: str, packages: Packages) -> tuple[str, ...]:
    """The command of a component whose source travels in it."""
    return (*_install(packages), "sh", "-ec", _RUN, source)


def containerized(packages: Packages) -> tuple[str, ...]:
    """The command of a component whose source is in its image."""
    return (*_install(packages), "python3", "-m", _ENTRY)


def arguments(function: str) -> tuple[str, ...]:
    """The arguments of either."""
    return ("--executor_input", "{{$}}", "--function_to_execute", function)


def _install(packages: Packages) -> tuple[str, ...]:
    if not (packages.requirements or packages.kfp or packages.use_venv):
        return ()
    lines = [*_PREPARE, *(_ENTER_VENV if packages.use_venv else ())]
    pip = _pip(packages)
    if packages.requirements:
        lines.append(f"{pip} {shlex.join(packages.requirements)}")
    if packages.kfp == own_kfp():
        # A namespace that other distributions leave under the name `kfp` is none that can run a component.
        present = f"_KFP_RUNTIME=true python3 -c 'import {_ENTRY}' 2>/dev/null"
        lines.append(f"{present} || {pip} {shlex.quote(packages.kfp)} --no-deps")
    elif packages.kfp:
        lines.append(f"{pip} {shlex.quote(packages.kfp)}{' --no-deps' if packages.kfp_without_dependencies else ''}")
    return ("sh", "-c", "\n".join((*lines, _GO_ON, "")))


def _pip(packages: Packages) -> str:
    options: list[str] = []
    for option, urls in zip(("--index-url", "--extra-index-url"), (packages.index_urls[:1], packages.index_urls[1:]), strict=True):
        for url in urls:
            options += (option, url)
    for host in packages.hosts:
        options += ("--trusted-host", host)
    return " ".join(("python3 -m pip install --quiet --no-warn-script-location", *map(shlex.quote, options)))
