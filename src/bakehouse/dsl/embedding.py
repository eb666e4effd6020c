"""Files that travel inside a component's source: packed into the source text, unpacked when the step imports it."""

from __future__ import annotations

import base64
import warnings
from pathlib import Path

from bakehouse.dsl import archives
from bakehouse.dsl.archives import Member
from bakehouse.dsl.errors import WrongValue

_LARGE = 1 << 20  # bytes of the packed files, above which the text grows too long for many a cluster
#: The names are KFP's: its executor looks for them.
_UNPACK = """
import base64 as __kfp_base64
import io as __kfp_io
import sys as __kfp_sys
import tarfile as __kfp_tarfile
import tempfile as __kfp_tempfile

__kfp_folder = __kfp_tempfile.TemporaryDirectory()
__KFP_EMBEDDED_ASSET_DIR = __kfp_folder.name
with __kfp_tarfile.open(fileobj=__kfp_io.BytesIO(__kfp_base64.b64decode(__KFP_EMBEDDED_ARCHIVE_B64)), mode="r:gz") as __kfp_archive:
    __kfp_archive.extractall(__KFP_EMBEDDED_ASSET_DIR)
__kfp_sys.path.insert(0, __KFP_EMBEDDED_ASSET_DIR)
"""


def unpacking(path: str) -> str:
    """The text that brings a file or folder to the step. Equal files give equal texts. Raises `WrongValue` if there are none.

    Warns (`UserWarning`) when they are large.
    """
    place = Path(path)
    if not place.exists():
        raise WrongValue(f"there is nothing to embed at {path!r}", remedy=f"Name a file or folder; the current folder is {Path.cwd()}.")
    packed = _packed(place)
    if len(packed) > _LARGE:
        warnings.warn(f"{path} takes {len(packed) >> 10} KiB inside the component's source; pass large files as artifacts", UserWarning, stacklevel=3)
    text = f"__KFP_EMBEDDED_ARCHIVE_B64 = '{base64.b64encode(packed).decode()}'\n{_UNPACK}"
    if place.is_file():
        text += f"__KFP_EMBEDDED_ASSET_FILE = __KFP_EMBEDDED_ASSET_DIR + {'/' + place.name!r}\n"
    return text


def _packed(place: Path) -> bytes:
    """A gzipped tar of a file, or of what is in a folder. Links are followed: what they lead to need not be there in the step."""
    paths = [place] if place.is_file() else sorted(place.rglob("*"))
    return archives.gzipped(archives.tar(_member(path, path.name if place.is_file() else path.relative_to(place).as_posix()) for path in paths))


def _member(path: Path, name: str) -> Member:
    return Member(name) if path.is_dir() else Member(name, path.read_bytes(), executable=bool(path.stat().st_mode & 0o100))
