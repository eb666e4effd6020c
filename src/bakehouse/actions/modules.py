"""The author's own modules as archives in the home: kept by their digests, for the runs that name them."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from bakehouse.errors import Problem, Unavailable
from bakehouse.ir import policies
from bakehouse.ir.digests import digest_bytes
from bakehouse.ir.spec import PipelineFile
from bakehouse.runners.modules import FOLDER
from bakehouse.storage import whole
from bakehouse.storage.files import is_local, local_path

_ENDING = ".tar"
_MOST_EXPLAINED = 16 << 20  # bytes of an archive that is read to say what changed in it: each step that is explained reads it


def address(home: Path, digest: str) -> Path:
    """Where the archive of this digest lies, if it is kept."""
    return home / FOLDER / f"{digest}{_ENDING}"


def keep(home: Path, archives: Mapping[str, bytes]) -> None:
    """Keep archives in a home by their digests. One that is kept already is marked as used, so that nobody collects it now. Raises `Unavailable`."""
    for digest, content in archives.items():
        path = address(home, digest)
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            if path.exists():
                os.utime(path)
            else:
                whole.write(path, content)
        except OSError as error:
            raise Unavailable(
                f"the modules cannot be kept: {error.strerror}", place=str(path), remedy="See that the home's disk has room."
            ) from error


def problems(file: PipelineFile, archives: Mapping[str, bytes]) -> Iterator[Problem]:
    """The steps of a pipeline file whose modules are neither among these archives nor where the file says: it was made in another home."""
    for label, policy in policies.policies(file).steps.items():
        if policy.code is None or policy.code.digest in archives:
            continue
        if not is_local(policy.code.uri) or not local_path(policy.code.uri).is_file():
            step = label.removeprefix("exec-")
            message = f"the modules of {step} ({policy.code.name or policy.code.digest[:16]}) are not here: they do not travel in the pipeline file"
            yield Problem(message, policy.code.uri, "Compile it with its modules in it: `bakehouse compile FILE`; or run FILE itself.")


def files(home: Path, digest: str, archives: Mapping[str, bytes]) -> Mapping[str, str] | None:
    """What an archive holds: the digest of each file, or where a link leads, by name. `None` for a large one, and one that is found nowhere."""
    try:
        content = archives[digest] if digest in archives else address(home, digest).read_bytes()
        if len(content) > _MOST_EXPLAINED:
            return None
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            return {member.name: _sum(archive, member) for member in archive}
    except (OSError, tarfile.TarError):  # an explanation does without
        return None


def _sum(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = archive.extractfile(member) if member.isreg() else None
    return f"{member.mode} {digest_bytes(file.read())}" if file is not None else member.linkname


def kept(home: Path) -> Iterator[tuple[str, Path]]:
    """The digests of what lies there, archives and what was unpacked of them, with its path."""
    try:
        with os.scandir(home / FOLDER) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                yield entry.name.removesuffix(_ENDING), Path(entry.path)
    except FileNotFoundError:
        return
