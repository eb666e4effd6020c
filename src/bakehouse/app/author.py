"""The process in which the author's file runs: it finds the pipeline, compiles it, and reports through a pipe.

Started by `app.loading`, which reads the report. It starts nothing, records nothing and writes no file; what the author's
file prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from bakehouse import client, compiler
from bakehouse.app import aliases, choosing, parcels, tracing
from bakehouse.client import local
from bakehouse.client.calls import Call
from bakehouse.compiler import files
from bakehouse.dsl import places, recording
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.graph import GraphComponent
from bakehouse.errors import BakehouseError, Problem
from bakehouse.ir.spec import PipelineFile
from bakehouse.ir.values import JsonObject


def main() -> None:
    """Arguments: the file descriptor to report to, the file, the pipeline to take (empty: the only one there is)."""
    report_to, path, pipeline = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    os.set_inheritable(report_to, False)  # noqa: FBT003  # a signature of Python's
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever waits for the report says what an interruption means
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    report = report_on(path, pipeline)
    with os.fdopen(report_to, "w", encoding="utf-8") as pipe:
        json.dump(report, pipe)
        pipe.write("\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # the file may have left threads or exit functions behind


def report_on(path: str, pipeline: str) -> JsonObject:
    """Run the file and compile its pipeline: `{"compiled": …}`, or `{"problems": […], "code": …}`."""
    aliases.install()
    ignored = Ignored()
    ignored.install()
    try:
        with recording.deferred():
            module = run_file(path)
        chosen = choosing.choose(candidates(module), path, pipeline)
        compiled = compiled_form(chosen, ignored.notices)
    except BakehouseError as error:
        return _refused(error.code, *error.problems)
    except SystemExit as error:
        return _refused("bad_input", _exited(error, path))
    except BaseException as error:  # noqa: BLE001  # whatever the author's file raises is theirs to read
        return _refused("bad_input", tracing.problem(error, path))
    return {"compiled": parcels.packed(compiled)}


def _refused(code: str, *problems: Problem) -> JsonObject:
    return {"code": code, "problems": [asdict(problem) for problem in problems]}


def _exited(error: SystemExit, path: str) -> Problem:
    frames = tracing.own_frames(error.__traceback__)
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


def candidates(module: ModuleType) -> list[choosing.Candidate]:
    """What the file has at its top level, each object once, under the first name it is bound to."""
    found: dict[int, choosing.Candidate] = {}
    parts: set[int] = set()
    for variable, value in vars(module).items():
        if isinstance(value, BaseComponent):
            own = value.place.rpartition(":")[0] == module.__file__
            one = choosing.Candidate(variable, value.name, is_pipeline=isinstance(value, GraphComponent), own=own, component=value)
            found.setdefault(id(value), one)
        if isinstance(value, GraphComponent):
            parts |= {id(called) for called in value.recording.components}
    return [replace(one, is_part=identity in parts) for identity, one in found.items()]


def compiled_form(chosen: choosing.Candidate, notices: Sequence[str]) -> Mapping[str, object]:
    """The pipeline as `app.loaded` takes it: its IR, where the sources of its components stand, and what the user should know."""
    compiled = compiler.compile_pipeline(chosen.component)
    return {"file": compiled.file, "origins": compiled.origins, "notices": tuple(notices)}


class Ignored:
    """What the file would do when it is run as a program, and must not do while it is loaded: remembered, to be told."""

    def __init__(self) -> None:
        self._compilations: list[str] = []

    def install(self) -> None:
        """From now on the compiler writes nothing in this process."""

        def compile_nothing(*_arguments: Any, **_named: Any) -> None:
            self._compilations.append(f"Compiler().compile(…) at {places.here()} is ignored; `bakehouse compile` writes the pipeline to a file")

        def write_nothing(file: PipelineFile, path: Path) -> None:
            del file
            self._compilations.append(f"{path} is not written: {places.here()} is only loaded")

        compiler.Compiler.compile = compile_nothing  # type: ignore[method-assign]  # in this process, for good
        files.write = write_nothing

    @property
    def notices(self) -> list[str]:
        """What was ignored, in words."""
        calls = [f"Client().{call.method}(…) at {call.place} is ignored; `bakehouse run` runs the pipeline itself" for call in client.Client.calls]
        return [*self._compilations, *calls, *(_of_local(call) for call in local.calls)]


def _of_local(call: Call) -> str:
    if call.is_component:
        command = ["bakehouse", "run", call.place.rpartition(":")[0], "--pipeline", call.method]
        for name, value in call.given.items():
            command += ["-p", f"{name}={value if isinstance(value, str) else json.dumps(value, default=str)}"]
        return f"{call.method}(…) at {call.place} is not run: the file is only loaded; `{shlex.join(command)}` runs it"
    return f"local.{call.method}(…) at {call.place} is ignored; `bakehouse run` says itself where the steps run"
