"""What a file does while it is loaded, told from its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.app.import_work import Work, done_at_import


def _found(folder: Path, source: str) -> list[Work]:
    file = folder / "pipeline.py"
    file.write_text(source)
    return done_at_import(file)


@pytest.mark.parametrize(
    ("source", "call"),
    [
        ("data = open('x').read()", "open"),
        ("import pandas as pd\ndata = pd.read_csv('x')", "pd.read_csv"),
        ("from pandas import read_csv\ndata = read_csv('x')", "read_csv"),
        ("import requests\nif True:\n    x = [requests.get(u) for u in ['a']]", "requests.get"),
        ("from kfp import Client\nclient = Client()\nclient.create_run_from_pipeline_package('x')", "client.create_run_from_pipeline_package"),
        ("import kfp\nkfp.Client().upload_pipeline('x')", "kfp.Client().upload_pipeline"),
        ("class A:\n    import subprocess\n    x = subprocess.run(['x'])", "subprocess.run"),
        ("import subprocess\ndef f(x=subprocess.run(['x'])): pass", "subprocess.run"),
        ("import requests\n@use(requests.get('x'))\ndef f(): pass", "requests.get"),
        ("if __name__ != '__main__':\n    pass\nelse:\n    open('x')", "open"),
        ("import time\nfor i in range(3):\n    time.sleep(1)", "time.sleep"),
    ],
)
def test_work_is_found(tmp_path: Path, source: str, call: str) -> None:
    """By its name, whatever the import calls it, on its line."""
    (found,) = _found(tmp_path, source)
    assert found.call == call
    assert call.rsplit(".", maxsplit=1)[-1] in source.splitlines()[found.line - 1]


@pytest.mark.parametrize(
    "source",
    [
        "from kfp import dsl\n@dsl.component\ndef f():\n    import requests\n    requests.get('x')",
        "if __name__ == '__main__':\n    import kfp\n    kfp.Client().create_run_from_pipeline_func(f)",
        "import pandas as pd\nread = lambda: pd.read_csv('x')",
        "import os\nfolder = os.path.join('a', 'b')\nopened = sorted([3, 1])",
        "def broken(:",
    ],
)
def test_what_is_no_work(tmp_path: Path, source: str) -> None:
    """What is only defined, or done by the program alone; and a file that cannot be parsed, which is told elsewhere."""
    assert _found(tmp_path, source) == []


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Loading it says so."""
    assert done_at_import(tmp_path / "none.py") == []
