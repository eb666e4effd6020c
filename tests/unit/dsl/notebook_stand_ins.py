"""Stand-ins for nbformat, nbclient, ipykernel and jupyter_client, as far as the source of a notebook component uses them."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


@dataclass
class _Cell:
    source: str
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Notebook:
    cells: list[_Cell]


def install(monkeypatch: pytest.MonkeyPatch) -> list[_Notebook]:
    """Put the stand-ins where the source imports them from; the list gets each notebook that is executed."""
    ran: list[_Notebook] = []

    class Client:
        def __init__(self, notebook: _Notebook, *, on_cell_executed: Any, **_settings: Any) -> None:
            self._notebook, self._told = notebook, on_cell_executed

        def execute(self) -> None:
            ran.append(self._notebook)
            output = {"output_type": "stream", "name": "stdout", "text": "told\n"}
            self._told(cell={"outputs": [output]}, cell_index=0, execute_reply={})

    class Kernels:
        def get_kernel_spec(self, name: str) -> str:
            return name

    def read(path: str, as_version: int) -> _Notebook:
        assert as_version == 4  # what is written today
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        return _Notebook([_Cell(cell["source"], {"tags": cell["tags"]}) for cell in found["cells"]])

    modules: dict[str, dict[str, Any]] = {
        "nbformat": {"read": read, "v4": SimpleNamespace(new_code_cell=_Cell)},
        "nbclient": {"NotebookClient": Client},
        "ipykernel": {"kernelspec": SimpleNamespace(install=None)},
        "jupyter_client": {},
        "jupyter_client.kernelspec": {"KernelSpecManager": Kernels, "NoSuchKernel": KeyError},
    }
    for name, content in modules.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    return ran
