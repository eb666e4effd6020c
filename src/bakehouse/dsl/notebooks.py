"""`@dsl.notebook_component`: a Python component that runs a notebook, which travels in its source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

from bakehouse.dsl import embedding
from bakehouse.dsl.checking import P, R
from bakehouse.dsl.configuration import TaskConfigField, TaskConfigPassthrough
from bakehouse.dsl.errors import WrongValue
from bakehouse.dsl.lightweight import AskedPackages, PythonComponent, Settings, asked_passthroughs, complete

#: What runs notebooks, where the author says nothing of packages: KFP's own list.
PACKAGES = ("nbclient>=0.10,<1", "ipykernel>=6,<7", "jupyter_client>=7,<9")
_ENDING, _CHECKPOINTS = ".ipynb", ".ipynb_checkpoints"
#: Runs in the step, after what unpacks the files. Values go into a cell after the one with the tag `parameters`, as papermill has it.
_RUN = """
def __kfp_run_notebook(**parameters):
    import json
    import os
    import sys

    import nbformat
    from ipykernel import kernelspec
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    from nbclient import NotebookClient

    def told(cell, cell_index, **_reply):
        for output in cell.get("outputs", ()):
            if output["output_type"] == "stream":
                stream = sys.stderr if output["name"] == "stderr" else sys.stdout
                print(output["text"], end="", file=stream, flush=True)
            elif "text/plain" in output.get("data", {}):
                print(output["data"]["text/plain"], flush=True)

    try:
        KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        kernelspec.install(user=True, kernel_name="python3")
    path = os.path.join(__KFP_EMBEDDED_ASSET_DIR, __KFP_NOTEBOOK_REL_PATH)
    notebook = nbformat.read(path, as_version=4)
    tags = [cell.metadata.get("tags", ()) for cell in notebook.cells]
    place = next((index + 1 for index, each in enumerate(tags) if "parameters" in each), 0)
    if parameters:
        lines = ["import json", *(f"{name} = json.loads({json.dumps(value)!r})" for name, value in parameters.items())]
        cell = nbformat.v4.new_code_cell(chr(10).join(lines), metadata={"tags": ["injected-parameters"]})
        notebook.cells = [
            *notebook.cells[:place], cell,
            *(one for one, each in zip(notebook.cells[place:], tags[place:]) if "injected-parameters" not in each),
        ]
    resources = {"metadata": {"path": os.path.dirname(path)}}
    NotebookClient(notebook, timeout=None, kernel_name="python3", resources=resources, on_cell_executed=told).execute()


dsl.run_notebook = __kfp_run_notebook
"""


@dataclass(frozen=True)
class _Notebook:
    """`root` is what travels: the notebook, or the folder that holds it; `path` the notebook in it."""

    root: str
    path: str


class NotebookComponent(PythonComponent[P, R]):
    """A component whose function calls `dsl.run_notebook(…)`."""

    def __init__(self, function: Callable[P, R], settings: Settings, notebook_path: str) -> None:
        self.notebook_path = notebook_path
        super().__init__(function, settings)

    def _carried(self) -> Iterable[str]:
        notebook = _found(self.notebook_path)
        return [embedding.unpacking(notebook.root), f"__KFP_NOTEBOOK_REL_PATH = {notebook.path!r}\n{_RUN}"]


def _found(given: str) -> _Notebook:
    """The notebook of a path. Raises `WrongValue` (without place) where there is none, or more than one."""
    place = Path(given)
    if place.suffix == _ENDING and place.is_file():
        return _Notebook(given, place.name)
    if not place.is_dir():
        raise WrongValue(
            f"there is no notebook at {given!r}", remedy=f"Name a file {_ENDING}, or a folder with one; the current folder is {Path.cwd()}."
        )
    inside = [one for one in sorted(place.rglob(f"*{_ENDING}")) if _CHECKPOINTS not in one.parts]
    if len(inside) != 1:
        names = ", ".join(one.relative_to(place).as_posix() for one in inside) or "none"
        raise WrongValue(f"the folder {given!r} is to hold one notebook, but holds {names}", remedy="Name the notebook itself.")
    return _Notebook(given, inside[0].relative_to(place).as_posix())


@overload
def notebook_component(func: Callable[P, R], *, notebook_path: str) -> NotebookComponent[P, R]: ...


@overload
def notebook_component(
    func: None = None,
    *,
    notebook_path: str,
    base_image: str | None = ...,
    packages_to_install: Sequence[str] | None = ...,
    output_component_file: str | None = ...,
    pip_index_urls: Sequence[str] | None = ...,
    pip_trusted_hosts: Sequence[str] | None = ...,
    use_venv: bool = ...,
    kfp_package_path: str | None = ...,
    install_kfp_package: bool = ...,
    task_config_passthroughs: Sequence[TaskConfigPassthrough | TaskConfigField] | None = ...,
) -> Callable[[Callable[P, R]], NotebookComponent[P, R]]: ...


def notebook_component(  # noqa: PLR0913  # kfp's signature
    func: Callable[..., Any] | None = None,
    *,
    notebook_path: str,
    base_image: str | None = None,
    packages_to_install: Sequence[str] | None = None,
    output_component_file: str | None = None,
    pip_index_urls: Sequence[str] | None = None,
    pip_trusted_hosts: Sequence[str] | None = None,
    use_venv: bool = False,
    kfp_package_path: str | None = None,
    install_kfp_package: bool = True,
    task_config_passthroughs: Sequence[TaskConfigPassthrough | TaskConfigField] | None = None,
) -> NotebookComponent | Callable[[Callable[..., Any]], NotebookComponent]:
    """Make a component of a notebook and a function that calls `dsl.run_notebook(name=value)`, whose values the notebook sees by name.

    `notebook_path`: a notebook, or a folder with one, all of which travels to the step. `packages_to_install`: what runs notebooks, unless
    it is given. The other arguments are those of `dsl.component`. Raises an `AuthoringError` where the function cannot be a component or
    there is no notebook.
    """
    settings = Settings(
        base_image=base_image,
        passthroughs=asked_passthroughs(task_config_passthroughs),
        packages=AskedPackages(
            PACKAGES if packages_to_install is None else packages_to_install,
            pip_index_urls,
            pip_trusted_hosts,
            kfp_package_path=kfp_package_path,
            install_kfp_package=install_kfp_package,
            use_venv=use_venv,
        ).checked(),
    )

    def decorate(function: Callable[P, R]) -> NotebookComponent[P, R]:
        made = NotebookComponent(function, settings, notebook_path)
        complete(made, output_component_file)
        return made

    return decorate if func is None else decorate(func)
