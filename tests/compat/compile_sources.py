"""Compiles the sources with whatever `kfp` this Python has, and writes the documents as JSON to standard output.

Runs in the environment of the real SDK too, so it imports nothing of this repository but, on demand (`--ours`), what makes
`kfp` mean Bakehouse. Arguments: the sources. Output: `{"SOURCE:NAME": {"text": …} | {"error": [type, message]}}`; after `--traced`
also what the sources use of kfp, as `tracing.py` notes it.
"""

import contextlib
import importlib.util
import json
import os
import sys
import tempfile
import warnings


def main():
    option = sys.argv[1] if sys.argv[1].startswith("--") else ""
    sources = sys.argv[1 + bool(option) :]
    warnings.simplefilter("ignore")
    found = {}
    with contextlib.redirect_stdout(sys.stderr):
        trace = started(option, sources)
        for source in sources:
            found.update(compiled(source))
    if trace is not None:
        found["trace"] = trace.found()
    print(json.dumps(found))


def started(option, sources):
    """What is to be done before a source is imported; gives what notes the uses of kfp where they are asked for."""
    if option == "--ours":
        from bakehouse.app import aliases

        aliases.install()
    elif option == "--traced":
        import tracing

        trace = tracing.Trace([*sources, __file__])
        trace.start()
        return trace
    return None


def compiled(source):
    name = os.path.basename(source)[: -len(".py")]
    try:
        module = loaded(source, name)
    except Exception as error:
        return {f"{name}:": {"error": [type(error).__name__, str(error)]}}
    if hasattr(module, "PIPELINES"):
        return {f"{name}:{function.__name__}": decorated(function) for function in module.PIPELINES}
    targets = {key: value for key, value in vars(module).items() if is_own(value, "GraphComponent")}
    targets = targets or {key: value for key, value in vars(module).items() if is_own(value, "PythonComponent", "ContainerComponent")}
    suffixes = getattr(module, "SUFFIXES", (".yaml",))
    return {f"{name}:{key}{suffix}": one(value, suffix, getattr(module, "OPTIONS", {})) for key, value in targets.items() for suffix in suffixes}


def decorated(function):
    """A function that need not be a pipeline for both."""
    from kfp import dsl

    try:
        return one(dsl.pipeline(function), ".yaml", {})
    except Exception as error:
        return {"error": [type(error).__name__, str(error)]}


def is_own(value, *kinds):
    return type(value).__name__ in kinds


def loaded(source, name):
    spec = importlib.util.spec_from_file_location(name, source)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.append(os.path.dirname(source))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.pop()
    return module


def one(target, suffix, options):
    from kfp import compiler

    options = {key: value(compiler) if callable(value) else value for key, value in options.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "compiled" + suffix)
        try:
            compiler.Compiler().compile(target, path, **options)
        except Exception as error:
            return {"error": [type(error).__name__, str(error)]}
        with open(path, encoding="utf-8") as file:
            return {"text": file.read()}


main()
