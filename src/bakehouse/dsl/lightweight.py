"""`@dsl.component`: a Python function whose source travels to the step (or, with `target_image`, lies in an image)."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload

from bakehouse.dsl import carrying, commands, embedding, hooks, outside_names, shaping, signatures, sources
from bakehouse.dsl.checking import Called, P, R
from bakehouse.dsl.commands import Packages
from bakehouse.dsl.component import BaseComponent, check_function, place_of
from bakehouse.dsl.configuration import TaskConfigField, TaskConfigPassthrough
from bakehouse.dsl.errors import AuthoringError, InvalidFunction, InvalidSignature, WrongValue
from bakehouse.dsl.places import here
from bakehouse.dsl.sources import Source
from bakehouse.dsl.values import halved, writable
from bakehouse.ir.execution import Origin
from bakehouse.ir.spec import Container
from bakehouse.ir.spec import TaskConfigPassthrough as PassthroughSpec
from bakehouse.task.programs import WRAPPER

DEFAULT_IMAGE = "python:3.11"


@dataclass(frozen=True)
class Settings:
    """What `@dsl.component` was told beside the packages."""

    base_image: str | None = None
    target_image: str | None = None
    additional_funcs: tuple[Callable[..., Any], ...] = ()
    embedded_artifact_path: str | None = None
    code: str | None = None
    passthroughs: tuple[PassthroughSpec, ...] = ()
    packages: Packages = field(default_factory=Packages)


class PythonComponent(Called[P, R], BaseComponent):
    """A component made of a Python function: `python_func`."""

    def __init__(self, function: Callable[P, R], settings: Settings) -> None:
        check_function("@dsl.component", function)
        place = place_of(function)
        self.python_func = function
        self.settings = settings
        self.passthroughs = settings.passthroughs
        super().__init__(
            component_name(function), signatures.of_component(function, place), place=place, docstring=getattr(function, "__doc__", None) or ""
        )
        self.parts: tuple[Source, ...] = ()
        self._classes: carrying.Carried | None = None
        self._executor = Container(settings.target_image or settings.base_image or DEFAULT_IMAGE)
        self._outside_names: tuple[AuthoringError, ...] | None = None
        try:
            self._executor = self._made()
        except AuthoringError as error:
            self.errors.append(error.at(place))

    def _made(self) -> Container:
        image, packages = writable(f"the image of {self.name}", self._executor.image), self.settings.packages
        if self.settings.code is not None:
            self.code = self._folder(self.settings.code)
        if self.settings.target_image:
            command = commands.containerized(packages)
            if self.interface.is_shaped:
                raise InvalidFunction(
                    f"{self.name} takes or gives Enums, Literals, dataclasses or models, and with target_image nothing makes them in the step",
                    remedy="Annotate them as `str`, `int` or `dict`, and make them inside the function; or leave target_image out.",
                )
        else:
            helpers = [sources.of(helper, decorated=True) for helper in self.settings.additional_funcs]
            self._classes = carrying.Carried(self.python_func, signatures.hints(self.python_func).values())
            self.parts = (*helpers, *self._classes.parts, self._own_source())
            command = commands.lightweight(self._source(), packages)
        return Container(image, command=command, args=commands.arguments(self.python_func.__name__))

    def _own_source(self) -> Source:
        """The function as it travels."""
        return sources.of(self.python_func)

    def _folder(self, given: str) -> str:
        """The absolute path of the folder that travels: relative to the author's file, in a notebook to where it runs. Raises `WrongValue`."""
        file = self.place.rpartition(":")[0]
        folder = os.path.abspath(os.path.join(os.path.dirname(file) if os.path.isfile(file) else "", given))
        if not os.path.isdir(folder):
            raise WrongValue(f"there is no folder {folder}", remedy="Name the folder that holds your modules, relative to this file.")
        if self.settings.target_image:
            raise WrongValue("code= and target_image= exclude each other: an image holds the code already", remedy="Leave one of them out.")
        return folder

    def _source(self) -> str:
        *helpers, function = [part.text for part in self.parts]
        imports = "".join(f"{line}\n" for line in self.imports)
        if self.interface.is_shaped:
            helpers.append(shaping.source())
            function += f"\n\n{self.python_func.__name__} = {WRAPPER}({self.python_func.__name__})"
        return commands.PRELUDE + imports + "\n" + "\n\n".join([*helpers, *self._carried(), f"{function}\n"])

    def _carried(self) -> Iterable[str]:
        """The texts that stand before the function and bring what it needs beside its source."""
        embedded = self.settings.embedded_artifact_path
        return [embedding.unpacking(embedded)] if embedded else []

    @property
    def executor(self) -> Container:
        """The container of its tasks."""
        return self._executor

    @property
    def origin(self) -> Origin | None:
        """Where the `def` stands."""
        return Origin(os.path.abspath(self.parts[-1].file), self.parts[-1].line) if self.parts else None

    @property
    def imports(self) -> tuple[str, ...]:
        """The import lines that bring the classes of the annotations to the step, the author's own artifact classes among them."""
        found = dict.fromkeys(carrying.artifact_imports(self.python_func, self.interface))
        return tuple({**found, **(self._classes.imports if self._classes else {})})

    def outside_names(self) -> Iterable[AuthoringError]:
        """Names that the source does not carry; none for a component whose source is in its image."""
        if self._outside_names is None:
            carried = {line.rpartition(" ")[2].partition(".")[0] for line in self.imports}
            uses = outside_names.uses(self.parts, {*carried, *_EMBEDDED})
            self._outside_names = tuple(outside_names.errors(self.name, uses, carrying.names_around(self.python_func)))
        return self._outside_names

    def execute(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function itself, here and now."""
        return self.python_func(*args, **kwargs)


_EMBEDDED = ("__KFP_EMBEDDED_ARCHIVE_B64", "__KFP_EMBEDDED_ASSET_DIR", "__KFP_EMBEDDED_ASSET_FILE")


def component_name(function: Callable[..., Any]) -> str:
    """The name of a task of this component: the function's, in small letters, with hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", getattr(function, "__name__", "component").lower()).strip("-") or "component"


# ---------------------------------------------------------------- the decorator


@overload
def component(
    func: Callable[P, R],
    /,
    *,
    base_image: str | None = ...,
    target_image: str | None = ...,
    packages_to_install: Sequence[str] | None = ...,
    pip_index_urls: Sequence[str] | None = ...,
    output_component_file: str | None = ...,
    install_kfp_package: bool = ...,
    kfp_package_path: str | None = ...,
    pip_trusted_hosts: Sequence[str] | None = ...,
    use_venv: bool = ...,
    additional_funcs: Sequence[Callable[..., Any]] | None = ...,
    embedded_artifact_path: str | None = ...,
    task_config_passthroughs: Sequence[TaskConfigPassthrough | TaskConfigField] | None = ...,
) -> PythonComponent[P, R]: ...


@overload
def component(
    func: None = None,
    *,
    base_image: str | None = ...,
    target_image: str | None = ...,
    packages_to_install: Sequence[str] | None = ...,
    pip_index_urls: Sequence[str] | None = ...,
    output_component_file: str | None = ...,
    install_kfp_package: bool = ...,
    kfp_package_path: str | None = ...,
    pip_trusted_hosts: Sequence[str] | None = ...,
    use_venv: bool = ...,
    additional_funcs: Sequence[Callable[..., Any]] | None = ...,
    embedded_artifact_path: str | None = ...,
    task_config_passthroughs: Sequence[TaskConfigPassthrough | TaskConfigField] | None = ...,
    code: str | os.PathLike[str] | None = ...,
) -> Callable[[Callable[P, R]], PythonComponent[P, R]]: ...


def component(  # noqa: PLR0913  # kfp's signature
    func: Callable[..., Any] | None = None,
    *,
    base_image: str | None = None,
    target_image: str | None = None,
    packages_to_install: Sequence[str] | None = None,
    pip_index_urls: Sequence[str] | None = None,
    output_component_file: str | None = None,
    install_kfp_package: bool = True,
    kfp_package_path: str | None = None,
    pip_trusted_hosts: Sequence[str] | None = None,
    use_venv: bool = False,
    additional_funcs: Sequence[Callable[..., Any]] | None = None,
    embedded_artifact_path: str | None = None,
    task_config_passthroughs: Sequence[TaskConfigPassthrough | TaskConfigField] | None = None,
    code: str | os.PathLike[str] | None = None,
) -> PythonComponent | Callable[[Callable[..., Any]], PythonComponent]:
    """Make a component of a Python function. Its source travels to the step; what it needs is imported inside it.

    `base_image`: the image of the step. `packages_to_install`: pip requirements. `target_image`: an image that has the source already.
    `use_venv`: install into a virtual environment of the step's own. `additional_funcs`: functions whose sources travel along.
    `embedded_artifact_path`: a file or folder that travels along, for a parameter `dsl.EmbeddedInput[…]`. `code`, which kfp does not have: a
    folder of modules that the function imports, relative to the file that it stands in.

    Raises an `AuthoringError` where the function cannot be a component.
    """
    packages = AskedPackages(
        packages_to_install,
        pip_index_urls,
        pip_trusted_hosts,
        kfp_package_path=kfp_package_path,
        install_kfp_package=install_kfp_package and not target_image,
        use_venv=use_venv,
    ).checked()
    settings = Settings(
        base_image=base_image,
        target_image=target_image,
        additional_funcs=tuple(additional_funcs or ()),
        embedded_artifact_path=embedded_artifact_path,
        code=None if code is None else os.fspath(code),
        passthroughs=asked_passthroughs(task_config_passthroughs),
        packages=packages,
    )

    def decorate(function: Callable[P, R]) -> PythonComponent[P, R]:
        made = PythonComponent(function, settings)
        complete(made, output_component_file)
        return made

    return decorate if func is None else decorate(func)


def complete(made: BaseComponent, output_component_file: str | None) -> None:
    """Raise what is wrong with a component that a decorator has made, and write it to a file, if its author wants that."""
    made.raise_errors()
    if output_component_file is not None:
        warnings.warn("output_component_file is deprecated: use compiler.Compiler().compile(…)", DeprecationWarning, stacklevel=4)
        hooks.write(made, output_component_file)


@dataclass(frozen=True)
class AskedPackages:
    """What is to be installed, as the arguments of a decorator say it."""

    packages_to_install: Sequence[str] | None = None
    pip_index_urls: Sequence[str] | None = None
    pip_trusted_hosts: Sequence[str] | None = None
    kfp_package_path: str | None = None
    install_kfp_package: bool = True
    use_venv: bool = False

    def checked(self) -> Packages:
        """The same, read. Raises `InvalidSignature` for what is no list of texts."""
        requirements, path = _texts("packages_to_install", self.packages_to_install), self.kfp_package_path
        hosts = self.pip_trusted_hosts
        return Packages(
            requirements=requirements,
            index_urls=_texts("pip_index_urls", self.pip_index_urls),
            trusted_hosts=None if hosts is None else _texts("pip_trusted_hosts", hosts),
            kfp=_kfp(requirements, path) if self.install_kfp_package else "",
            kfp_without_dependencies=path is not None and (Path(path).exists() or "@refs/pull/" in path),
            use_venv=self.use_venv,
        )


def asked_passthroughs(given: Sequence[TaskConfigPassthrough | TaskConfigField] | None) -> tuple[PassthroughSpec, ...]:
    """The settings of a platform that are handed on, by the argument of a decorator."""
    return tuple(_passthrough(one) for one in given or ())


def _texts(argument: str, given: Sequence[str] | None) -> tuple[str, ...]:
    if isinstance(given, str) or not all(isinstance(one, str) for one in given or ()):
        raise InvalidSignature(f"{argument} is a list of texts, but is {given!r}", place=here(), remedy=f'Write `{argument}=["…"]`.')
    for error in (each for one in given or () for each in halved(f"a text of {argument}", one, here())):
        raise error
    return tuple(given or ())


def _kfp(requirements: tuple[str, ...], path: str | None) -> str:
    if commands.names_kfp(requirements):
        return ""
    return path or commands.own_kfp()


def _passthrough(given: TaskConfigPassthrough | TaskConfigField) -> PassthroughSpec:
    if isinstance(given, TaskConfigField):
        return PassthroughSpec(given.name)
    return PassthroughSpec(given.field.name, apply_to_task=given.apply_to_task)
