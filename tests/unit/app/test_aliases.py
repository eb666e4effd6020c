"""`import kfp` in the author's file is ours, in every spelling."""

from __future__ import annotations

import subprocess
import sys

import pytest

_SERVED = [
    "import kfp; assert kfp.dsl is bakehouse.dsl",
    "import kfp.dsl; assert kfp.dsl is bakehouse.dsl",
    "import kfp.dsl as d; assert d is bakehouse.dsl",
    "from kfp import dsl; assert dsl is bakehouse.dsl",
    "from kfp import dsl, compiler; assert compiler is bakehouse.compiler",
    "import kfp.components; from kfp import components; assert kfp.components is components is bakehouse.components",
    "from kfp import kubernetes; import kfp.kubernetes as k; assert k is kubernetes is bakehouse.kubernetes",
    "import kfp; assert kfp.__version__ == '2.17.0'",
    "import kfp.client; assert sys.modules['kfp.client'] is bakehouse.client",
    "from kfp import local; import kfp.local; assert kfp.local is local is bakehouse.client.local",
    "import kfp.dsl, bakehouse.dsl; assert bakehouse.dsl.__spec__.name == 'bakehouse.dsl'",
]
_NOT_SERVED = [
    ("import kfp.registry", "kfp.registry is not served yet"),
    ("from kfp.v2 import dsl", "kfp.v2 is not served yet"),
    ("import kfp.dsl.nowhere", "kfp.dsl.nowhere is not served yet"),
]


def _run(program: str) -> subprocess.CompletedProcess[str]:
    prelude = "import sys; from bakehouse.app import aliases; aliases.install(); import bakehouse.dsl, bakehouse.client.local, bakehouse.compiler; "
    return subprocess.run([sys.executable, "-c", prelude + program], check=False, capture_output=True, text=True)


@pytest.mark.parametrize("program", _SERVED)
def test_names_of_kfp_are_ours(program: str) -> None:
    """The modules are the very same, so that classes are too."""
    done = _run(program)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("program", "message"), _NOT_SERVED)
def test_what_is_not_served_is_named(program: str, message: str) -> None:
    """The message says which module; it can be caught as an ImportError."""
    done = _run(program)
    assert message in done.stderr
    assert _run(f"\ntry:\n    {program}\nexcept ImportError:\n    pass").returncode == 0


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    """`hasattr` and `getattr` with a default work."""
    assert _run("import kfp; assert not hasattr(kfp, 'nowhere')").returncode == 0
