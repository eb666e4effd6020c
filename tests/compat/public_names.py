"""What the public names of modules of `kfp` are, with the parameters of the functions among them; runs in the environment of the real SDK too.

Arguments: the modules, after `--ours` where `kfp` is to be Bakehouse. Prints `{MODULE: {NAME: [[PARAMETER, KIND, DEFAULT], …]}}` as JSON; a class is
a mapping of that kind itself, of its public methods and its constructor; what is neither has the name of its class instead of parameters.
"""

import importlib
import inspect
import json
import sys


def main():
    ours = sys.argv[1] == "--ours"
    if ours:
        from bakehouse.app import aliases

        aliases.install()
    modules = [importlib.import_module(name) for name in sys.argv[1 + ours :]]
    print(json.dumps({name: names(module) for name, module in zip(sys.argv[1 + ours :], modules)}))


def names(module):
    return {name: described(getattr(module, name)) for name in module.__all__}


def described(value):
    if isinstance(value, type):
        methods = {name: one for name, one in inspect.getmembers(value, inspect.isfunction) if not name.startswith("_")}
        return {"__init__": parameters(value), **{name: parameters(one) for name, one in methods.items()}}
    return parameters(value) if inspect.isfunction(value) else type(value).__name__


def parameters(function):
    return [[one.name, str(one.kind), repr(one.default)] for one in inspect.signature(function).parameters.values()]


main()
