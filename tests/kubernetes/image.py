"""The image of deploy/Dockerfile, built once for each state of what goes into it, and brought to the cluster of the bed."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bakehouse.ir.digests import digest_bytes
from bakehouse.runners import pip_settings
from bakehouse.runners.pip_settings import PipSettings
from bakehouse.storage.files import is_local, local_path
from tests.repo.tree import ROOT

#: What tests/kubernetes/images makes: a Debian with Python.
_BASE = "localhost/bakehouse-tests:python"
_NAME = "localhost/bakehouse-installed"
#: What the build reads, as .dockerignore has it.
_INPUTS = ("pyproject.toml", "README.md", "LICENSE", "src", "examples", "deploy/Dockerfile", "deploy/runner")
#: What the Dockerfile takes of pip's settings.
_ARGUMENTS = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT")
_CONTAINERD = Path(os.environ.get("K8S_DIR", "/tmp/k8s")) / "containerd.sock"
_PODMAN = shlex.split(os.environ.get("PODMAN", "podman"))
_BUILD = shlex.split(os.environ.get("PODMAN_BUILD", ""))
#: Where tests/kubernetes/images keeps its own, unless podman was told another place.
_KEPT = Path(os.environ.get("BAKEHOUSE_TEST_IMAGES") or ROOT / "build" / "images")
_CONFIGURATION = {"CONTAINERS_CONF": str(_KEPT / "containers.conf"), "CONTAINERS_STORAGE_CONF": str(_KEPT / "storage.conf")}
_ENVIRON = {**({} if "CONTAINERS_CONF" in os.environ else _CONFIGURATION), **os.environ}


def missing() -> str:
    """Why it cannot be built here and brought to the cluster; empty if it can."""
    if not _CONTAINERD.exists():
        return "this cluster takes no image by hand"
    if not (ROOT / "src" / "bakehouse" / "server" / "ui" / "index.html").exists():
        return "the pages are not built: `make web`"
    if shutil.which(_PODMAN[0]) is None or not _has(_BASE):
        return f"there is no image {_BASE}: tests/kubernetes/images makes it"
    return ""


def brought(folder: Path) -> str:
    """The name of the image, which is there then; `folder` is for files that are large and may go afterwards."""
    context = folder / "context"
    _copy(context)
    image = f"{_NAME}:{_digest(context)}"
    if not _has(image):
        _build(image, context)
    if image not in _ctr("images", "list", "--quiet").split():
        archive = folder / "image.tar"
        _podman("save", "--quiet", "--output", str(archive), image)
        _ctr("images", "import", str(archive))
        archive.unlink()
    shutil.rmtree(context)
    return image


def _copy(context: Path) -> None:
    for one in _INPUTS:
        source, target = ROOT / one, context / one
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "built"))
        else:
            shutil.copy(source, target)


def _digest(context: Path) -> str:
    files = sorted(path for path in context.rglob("*") if path.is_file())
    said = [f"{path.relative_to(context)} {digest_bytes(path.read_bytes())}" for path in files]
    return digest_bytes("\n".join([_podman("image", "inspect", "--format", "{{.Id}}", _BASE), *said]).encode())[:16]


def _build(image: str, context: Path) -> None:
    """For this machine alone: the other architecture's program would bring a compiler of 100 MB."""
    subprocess.run([context / "deploy" / "runner" / "build", context / "deploy" / "runner" / "built", _architecture()], check=True)
    pip = pip_settings.read(os.environ, Path(sys.prefix)).with_paths(Path.cwd())
    variables = pip_settings.pip_variables(pip)
    said = [f"--build-arg={name}={variables[name]}" for name in _ARGUMENTS if name in variables]
    mounts = [f"--volume={path}:{path}:ro" for path in _of_this_machine(pip)]
    made = f"--file={context / 'deploy' / 'Dockerfile'}", f"--tag={image}"
    _podman("build", "--quiet", "--network=host", f"--build-arg=BASE={_BASE}", *said, *mounts, *_BUILD, *made, str(context))
    for other in _podman("images", "--format", "{{.Repository}}:{{.Tag}}", _NAME).split():
        if other != image:
            _podman("rmi", other)


def _of_this_machine(pip: PipSettings) -> Iterator[Path]:
    """What pip's settings name on the disk of this machine. The files of an index lie beside its pages."""
    yield from (path.parent for path in _local(pip.index_url, *pip.extra_index_urls))
    yield from _local(*pip.find_links, pip.cert)


def _local(*texts: str) -> Iterator[Path]:
    yield from (local_path(text) for text in texts if text and is_local(text) and local_path(text).exists())


def _architecture() -> str:
    return {"aarch64": "arm64"}.get(os.uname().machine, "amd64")


def _has(image: str) -> bool:
    return subprocess.run([*_PODMAN, "image", "exists", image], env=_ENVIRON, check=False, capture_output=True).returncode == 0


def _podman(*words: str) -> str:
    return _said(*_PODMAN, *words)


def _ctr(*words: str) -> str:
    return _said("ctr", "--address", str(_CONTAINERD), "--namespace", "k8s.io", *words)


def _said(*command: str) -> str:
    ran = subprocess.run(command, env=_ENVIRON, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, f"{shlex.join(command)}\n{ran.stdout[-2000:]}{ran.stderr[-4000:]}"
    return ran.stdout.strip()
