"""What is installed in an environment, as lock text; and digests of what is installed from this machine's own disk."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from blake3 import blake3

from bakehouse.errors import Unavailable
from bakehouse.storage.files import Files

_SEPARATORS = re.compile(r"[-_.]+")
_ENDINGS = (".dist-info", ".egg-info")
#: Larger files beside code (bytes) are data: their size and time stand for them.
_LARGEST_READ = 16 << 20
_NO_SOURCES = frozenset({"build", "dist", "node_modules", "__pycache__", "venv", "site-packages"})
_SDIST = (".tar.gz", ".zip", ".tgz", ".tar.bz2")


@dataclass(frozen=True)
class Distribution:
    """An installed distribution: canonical name, version, and the folder (or file) of its metadata."""

    name: str
    version: str
    metadata: Path


def canonical(name: str) -> str:
    """A distribution's name as indexes compare names."""
    return _SEPARATORS.sub("-", name).lower()


def installed(folders: Iterable[Path]) -> list[Distribution]:
    """The distributions in these folders, sorted by name; the first folder that has one wins, as it does on `sys.path`."""
    found: dict[str, Distribution] = {}
    for folder in folders:
        for each in _in_folder(folder):
            found.setdefault(each.name, each)
    return sorted(found.values(), key=lambda each: each.name)


def local_source(found: Distribution) -> Path | None:
    """The file or folder of this machine that a distribution was installed from by path or `file://` URL."""
    try:
        said = json.loads((found.metadata / "direct_url.json").read_text())
        parts = urlsplit(str(said["url"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def lock_text(found: Iterable[Distribution], digests: Mapping[str, str]) -> str:
    """One `name==version[ @ digest]` a line, digests by name for those whose version alone does not tell what they are."""
    return "".join(f"{each.name}=={each.version}{f' @ {digests[each.name]}' if each.name in digests else ''}\n" for each in found)


def archives(folder: Path) -> Iterator[tuple[str, str, os.DirEntry[str]]]:
    """The wheels and source archives in a folder: canonical name, version, entry; not links that lead nowhere. Nothing where there is no folder."""
    try:
        entries = sorted((entry for entry in os.scandir(folder) if entry.is_file()), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.endswith(".whl"):
            name, version, *_ = [*entry.name.split("-"), ""]
            yield canonical(name), version, entry
        elif (ending := next((each for each in _SDIST if entry.name.endswith(each)), "")) and "-" in entry.name:
            name, version = entry.name.removesuffix(ending).rsplit("-", 1)
            yield canonical(name), version, entry


def source_digest(path: Path, store: Files) -> str:
    """The digest of what would be installed from there: of an archive its bytes, of a folder its files, without what building leaves there."""
    if not path.is_dir():
        found = store.digest(str(path))
        return found[0] if found else ""
    hasher = blake3()
    for file in _sources(path):
        hasher.update(f"{file.relative_to(path)}\0{_content(file, store)}\n".encode("utf-8", "surrogateescape"))
    return f"blake3-tree:{hasher.hexdigest()}"


def _content(file: Path, store: Files) -> str:
    try:
        entry = file.stat()
        if entry.st_size > _LARGEST_READ:
            return f"{entry.st_size} {entry.st_mtime_ns}"
        found = store.digest(str(file))
    except (OSError, Unavailable):
        return ""
    return found[0] if found else ""


def _in_folder(folder: Path) -> Iterator[Distribution]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.name.endswith(_ENDINGS):
            project, _, version = entry.name.rsplit(".", 1)[0].partition("-")
            yield Distribution(canonical(project), version.partition("-py")[0], entry)


def _sources(root: Path) -> Iterator[Path]:
    for folder, below, files in os.walk(root):
        below[:] = sorted(name for name in below if not (name.startswith(".") or name in _NO_SOURCES or name.endswith(".egg-info")))
        yield from (Path(folder, name) for name in sorted(files) if not name.endswith(".pyc"))
