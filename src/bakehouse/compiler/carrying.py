"""Folders of the author's own modules, put into the sources of components: so that they also run where nothing but the pipeline file goes."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bakehouse.compiler.pipelines import Compiled
from bakehouse.dsl import archives, folders
from bakehouse.dsl.errors import WrongValue
from bakehouse.dsl.folders import Packed
from bakehouse.ir.spec import Container, PipelineFile

#: Bytes of a packed folder that a component can carry: its source is an argument of a program, of which Linux takes 128 KiB.
LARGEST = 64 << 10
#: What is done before the component's own source. On KFP's executor that is a module, so it happens when it is imported.
_UNPACK = """
import base64 as __bakehouse_base64
import io as __bakehouse_io
import os as __bakehouse_os
import sys as __bakehouse_sys
import tarfile as __bakehouse_tarfile
import tempfile as __bakehouse_tempfile

__bakehouse_folder = __bakehouse_tempfile.TemporaryDirectory()
with __bakehouse_tarfile.open(fileobj=__bakehouse_io.BytesIO(__bakehouse_base64.b64decode(__BAKEHOUSE_CODE_B64)), mode="r:gz") as __bakehouse_archive:
    __bakehouse_archive.extractall(__bakehouse_folder.name)
__bakehouse_sys.path.insert(0, __bakehouse_folder.name)
__bakehouse_os.environ["BAKEHOUSE_CODE_FOLDER"] = __bakehouse_folder.name
__bakehouse_os.environ["PYTHONPATH"] = ":".join(filter(None, (__bakehouse_folder.name, __bakehouse_os.environ.get("PYTHONPATH"))))
"""


def embedded(compiled: Compiled) -> PipelineFile:
    """The pipeline file with the modules that its components need. Raises `WrongValue` for folders that cannot be packed, or not in so few bytes."""
    return with_modules(compiled.file, folders.by_folder({label: Path(folder) for label, folder in compiled.code.items()}))


def with_modules(file: PipelineFile, packed: Mapping[str, Packed]) -> PipelineFile:
    """The pipeline file whose executors of these labels carry these folders. Raises `WrongValue`."""
    if not packed:
        return file
    executors = dict(file.spec.executors)
    for label, folder in packed.items():
        executor = executors[label]
        if isinstance(executor, Container):
            executors[label] = replace(executor, command=(*executor.command[:-1], _text(folder) + executor.command[-1]))
    return PipelineFile(replace(file.spec, executors=executors), file.platforms)


def _text(folder: Packed) -> str:
    small = archives.gzipped(folder.data)
    if len(small) > LARGEST:
        raise WrongValue(
            f"the folder {folder.name} takes {-(-len(small) >> 10)} KiB packed, more than the {LARGEST >> 10} KiB that a component can carry on KFP",
            remedy="Put the code into an image (base_image), or let single functions travel (additional_funcs). `bakehouse run` takes it as it is.",
        )
    return f"__BAKEHOUSE_CODE_B64 = '{base64.b64encode(small).decode()}'\n{_UNPACK}"
