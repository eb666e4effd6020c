"""The process in which the author's file runs: it finds the pipeline, compiles it, and reports through a pipe.

Started by `app.loading`, which reads the report. It starts nothing, records nothing and writes no file; what the author's
file prints goes to standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from bakehouse import compiler
from bakehouse.app import aliases, choosing, missing, parcels, sdks, tracing
from bakehouse.dsl import only_loaded, places, recording
from bakehouse.dsl.component import BaseComponent, place_of
from bakehouse.dsl.graph import GraphComponent
from bakehouse.dsl.only_loaded import Kind, Note
from bakehouse.errors import BakehouseError, Problem
from bakehouse.ir import dropped
from bakehouse.ir.execution import Origin
from bakehouse.ir.spec import PipelineFile
from bakehouse.ir.values import JsonObject

if TYPE_CHECKING:
    from bakehouse.app.installed import Kfp as Installed


def main() -> None:
    """Arguments: the file descriptor to report to, the file, the pipeline to take (empty: the only one there is), the SDK, and why that one."""
    report_to, asked = int(sys.argv[1]), Asked(*sys.argv[2:])
    began_in, environment = Path.cwd(), dict(os.environ)
    os.set_inheritable(report_to, False)  # noqa: FBT003  # a signature of Python's
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever waits for the report says what an interruption means
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    try:
        report = report_on(asked)
    except WantsKfp as wants:
        os.chdir(began_in)
        os.set_inheritable(report_to, True)  # noqa: FBT003  # as above
        again = [*sys.orig_argv[:-2], sdks.KFP, f"since {wants.need}"]
        os.execve(sys.executable, again, environment)  # noqa: S606  # no shell: this very program
    with os.fdopen(report_to, "w", encoding="utf-8") as pipe:
        json.dump(report, pipe)
        pipe.write("\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # the file may have left threads or exit functions behind


@dataclass(frozen=True)
class Asked:
    """What is wanted of a file; `why` says why of this SDK, in words that follow its name."""

    path: str
    pipeline: str = ""
    sdk: str = sdks.AUTO
    why: str = ""


class WantsKfp(Exception):
    """The file wants of `kfp` what is not served here, and the installed one may have it. Nothing of this process can be used for that."""

    def __init__(self, need: missing.Need) -> None:
        self.need = need
        super().__init__(str(need))


def report_on(asked: Asked) -> JsonObject:
    """Run the file and compile its pipeline: `{"compiled": …}`, or `{"problems": […], "code": …}`. Raises `WantsKfp`."""
    try:
        return {"compiled": parcels.packed(_compiled(asked))}
    except BakehouseError as error:
        place = places.of_exception(error) or None
        return _refused(error.code, *(replace(one, place=one.place or place) for one in error.problems))
    except SystemExit as error:
        return _refused("bad_input", _exited(error, asked.path))
    except BaseException as error:  # whatever the author's file raises is theirs to read
        need = missing.need(error)
        if need is not None and not need.guess and asked.sdk == sdks.AUTO and "kfp" in sys.modules and missing.is_installed():
            raise WantsKfp(need) from error
        return _refused("bad_input", _raised(error, asked))


def _compiled(asked: Asked) -> Mapping[str, object]:
    """The pipeline as `app.loaded` takes it: its IR, where its sources stand, its folders, why by this SDK, and what the user should know."""
    kfp = _installed() if asked.sdk == sdks.KFP else None
    notes: list[Note] = []
    only_loaded.note(notes)
    if kfp is None:
        aliases.install()
    else:
        kfp.silence()
    with recording.deferred():
        module = run_file(asked.path)
    chosen = choosing.choose(candidates(module, kfp), asked.path, asked.pipeline).component
    if kfp is not None and not isinstance(chosen, BaseComponent):
        file = kfp.compiled(chosen)
        origins, lines = kfp.origins(chosen, file), {"root": place_of(getattr(chosen, "pipeline_func", None))}
        return {"file": file, "origins": origins, "code": {}, "notices": (*_told(notes), *_dropped(file, origins)), "why": asked.why, "lines": lines}
    compiled, why = compiler.compile_pipeline(chosen), "" if kfp else asked.why
    notices = (*_told(notes), *compiled.notices, *_dropped(compiled.file, compiled.origins))
    return {
        "file": compiled.file,
        "origins": compiled.origins,
        "code": compiled.code,
        "notices": notices,
        "why": why,
        "lines": compiled.lines,
    }


def _installed() -> Installed:
    """Loaded when it is used, for what reads its YAML costs every other file 30 ms: docs/decisions/0006-some-modules-are-loaded-by-name.md."""
    kfp: Installed = importlib.import_module("bakehouse.app.installed").Kfp()
    return kfp


def _refused(code: str, *problems: Problem) -> JsonObject:
    return {"code": code, "problems": [asdict(problem) for problem in problems]}


def _raised(error: BaseException, asked: Asked) -> Problem:
    problem = tracing.problem(error, asked.path)
    if asked.sdk == sdks.KFP:
        return replace(problem, message=f"{problem.message}\n  (the installed kfp was used, {asked.why})")
    return problem


def _exited(error: SystemExit, path: str) -> Problem:
    frames = tracing.own_frames(error)
    return Problem(
        f"the file ends the program: sys.exit({'' if error.code is None else repr(error.code)})",
        frames[-1].place if frames else path,
        'Put what is to happen only when the file is run as a program below `if __name__ == "__main__":`.',
    )


def run_file(path: str) -> ModuleType:
    """The module that the file makes. Its name is that of the file, never `__main__`; its folder comes first on `sys.path`."""
    file = Path(path).absolute()
    name = file.stem
    if not name.isidentifier() or name in sys.modules:
        name = f"pipeline_{''.join(letter if letter.isalnum() else '_' for letter in name)}"
    module = ModuleType(name)
    module.__file__ = str(file)
    sys.path.insert(0, str(file.parent))
    sys.argv[:] = [str(file)]
    sys.modules[name] = module
    code = compile(file.read_bytes(), str(file), "exec", dont_inherit=True)
    exec(code, module.__dict__)  # noqa: S102  # running the author's file is what this process is for
    return module


def candidates(module: ModuleType, kfp: Installed | None = None) -> list[choosing.Candidate]:
    """What the file has at its top level, each object once, under the first name it is bound to: ours, and that of an installed `kfp`."""
    found: dict[int, choosing.Candidate] = {}
    parts: set[int] = set(kfp.called if kfp is not None else ())
    for variable, value in vars(module).items():
        if isinstance(value, BaseComponent):
            own = value.place.rpartition(":")[0] == module.__file__
            given = value.settings.names if isinstance(value, GraphComponent) else ()
            one = choosing.Candidate(variable, value.name, is_pipeline=isinstance(value, GraphComponent), own=own, component=value, given=given)
            found.setdefault(id(value), one)
        elif kfp is not None and isinstance(value, kfp.component_class):
            found.setdefault(id(value), kfp.candidate(variable, value, str(module.__file__)))
        if isinstance(value, GraphComponent):
            parts |= {id(called) for called in value.recording.components}
    return [replace(one, is_part=identity in parts) for identity, one in found.items()]


#: What the file would have done, had it been run as a program.
_IGNORED: Mapping[Kind, str] = {
    Kind.COMPILATION: "Compiler().compile(…) at {place} is ignored; `bakehouse compile` writes the pipeline to a file",
    Kind.FILE: "{what} is not written: {place} is only loaded",
    Kind.CLIENT: "Client().{what}(…) at {place} is ignored; `bakehouse run` runs the pipeline itself",
    Kind.REGISTRY: "RegistryClient().{what}(…) at {place} is ignored: the file is only loaded",
    Kind.LOCAL: "local.{what}(…) at {place} is ignored; `bakehouse run` says itself where the steps run",
    Kind.COMPONENT: "{what}(…) at {place} is not run: the file is only loaded; `{command}` runs it",
}


def _told(notes: list[Note]) -> tuple[str, ...]:
    return tuple(_IGNORED[note.kind].format(what=note.what, place=note.place, command=_command(note)) for note in notes)


def _dropped(file: PipelineFile, origins: Mapping[str, Origin]) -> Iterator[str]:
    """What the author's functions return and nobody gets, each function once."""
    known = ((origins.get(one.label), one) for one in dropped.values(file.spec))
    told = {f"{origin.file}:{origin.line + one.line}": one.message for origin, one in reversed(list(known)) if origin is not None}
    return (f"{place}: {message}" for place, message in reversed(told.items()))


def _command(note: Note) -> str:
    """What runs a component as the file called it."""
    command = ["bakehouse", "run", note.place.rpartition(":")[0], "--pipeline", note.what]
    for name, value in note.given.items():
        command += ["-p", f"{name}={value if isinstance(value, str) else json.dumps(value, default=str)}"]
    return shlex.join(command)
