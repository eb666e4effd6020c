"""The author's own modules, unpacked where steps find them: once for all steps, or once for each where nothing is protected from it.

An archive is trusted as far as its digest goes; all the same nothing of it comes to lie outside its folder.
"""

from __future__ import annotations

import io
import posixpath
import shutil
import stat
import tarfile
import tempfile
from pathlib import Path

from bakehouse.ir.digests import digest_bytes
from bakehouse.ir.execution import Code
from bakehouse.runners import reading
from bakehouse.runners.errors import BadInputs
from bakehouse.storage.files import Files, is_local, local_path

#: Where archives lie in a home, and what is unpacked of them.
FOLDER = "code"
_LARGEST = 1 << 30  # bytes of an archive; it is not packed, so no more can come of it
_AGAIN = "Run the pipeline again from its file: its modules travel anew then."


def shared(code: Code, below: Path, store: Files) -> Path:
    """The folder with these modules below `below`, which all steps share: unpacked by whoever comes first, and protected.

    Raises `BadInputs` for an archive that is gone or is not what it was, `OSError`.
    """
    folder = below / code.digest
    if not folder.exists():
        below.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{code.digest[:8]}-", dir=below))
        try:
            unpack(code, aside / "code")
            store.seal(str(aside / "code"))
            _moved(aside / "code", folder)
        finally:
            store.remove(str(aside), below=str(below))
    return folder


def unpack(code: Code, folder: Path) -> None:
    """Unpack the modules into a folder that is not there yet. Raises `BadInputs`, `OSError`."""
    with tarfile.open(fileobj=io.BytesIO(_content(code)), mode="r:") as archive:
        members = archive.getmembers()
        folder.mkdir(mode=0o700)
        # Links come last: nothing is written through one.
        for member in sorted(members, key=lambda one: (one.issym(), one.name)):
            _check(member, code)
            path = folder / member.name
            path.parent.mkdir(parents=True, exist_ok=True)
            source = archive.extractfile(member) if member.isreg() else None
            if member.issym():
                path.symlink_to(member.linkname)
            elif source is not None:
                with path.open("xb") as target:
                    shutil.copyfileobj(source, target)
                path.chmod(0o755 if member.mode & stat.S_IXUSR else 0o644)


def _content(code: Code) -> bytes:
    """The archive. Raises `BadInputs` where it is gone or is not what it was, `OSError` for what cannot be read."""
    content = reading.small(local_path(code.uri), _LARGEST) if is_local(code.uri) else None
    if content is None:
        raise BadInputs("the modules of the step are gone", place=code.uri, remedy=_AGAIN)
    if digest_bytes(content) != code.digest:
        raise BadInputs("the modules of the step are not what they were when the run was started", place=code.uri, remedy=_AGAIN)
    return content


def _check(member: tarfile.TarInfo, code: Code) -> None:
    """Raise `BadInputs` for what would not lie within the folder, or is neither file nor link."""
    leads_to = posixpath.join(posixpath.dirname(member.name), member.linkname) if member.issym() else member.name
    inside = not any(_leads_out(one) for one in (member.name, leads_to)) and not member.linkname.startswith("/")
    if not inside or not (member.isreg() or member.issym()):
        raise BadInputs(f"the modules of the step cannot be used: {member.name!r} in their archive leads out of it", place=code.uri, remedy=_AGAIN)


def _leads_out(name: str) -> bool:
    return name.startswith("/") or "\0" in name or posixpath.normpath(name).split("/")[0] == ".."


def _moved(made: Path, folder: Path) -> None:
    """Put the folder into its place, unless another runner was quicker: both are the same."""
    mode = stat.S_IMODE(made.stat().st_mode)
    made.chmod(mode | stat.S_IWUSR)  # a folder that is moved is written to: its `..` changes
    try:
        made.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        made.chmod(mode)
    else:
        folder.chmod(mode)
