"""kfp beside us: runs a pipeline of `benchmarks/pipelines` with kfp's local runner. Started with kfp's own interpreter.

`kfp_peer.py FILE FOLDER [no-install] [venv] [cache]`: artifacts and cache lie below FOLDER.
"""

import functools
import importlib.util
import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.INFO)

from kfp import dsl, local  # noqa: E402  # only now are its warnings off


def main(file: str, folder: str, *switches: str) -> None:
    """Run the pipeline of the file and print what it gives."""
    if "no-install" in switches:
        dsl.component = functools.partial(dsl.component, install_kfp_package=False)
    spec = importlib.util.spec_from_file_location("author", file)
    assert spec is not None
    assert spec.loader is not None
    author = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(author)
    caching = {"enable_caching": True, "cache_root": f"{folder}/cache"} if "cache" in switches else {}
    local.init(local.SubprocessRunner(use_venv="venv" in switches), pipeline_root=f"{folder}/outputs", **caching)
    print(author.pipeline().outputs)


if __name__ == "__main__":
    main(*sys.argv[1:])
