"""Files that released versions of KFP's SDK compiled are read, and written again without loss."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bakehouse.ir import text, validation

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "conformance" / "pipelines"
FILES = sorted(SHARED.rglob("*.yaml"))
FIXTURES = sorted((ROOT / "tests" / "fixtures" / "kfp").glob("*.yaml"))
KFP = os.environ.get("BAKEHOUSE_KFP_PYTHON") or next(map(str, sorted(ROOT.glob(".environments/kfp-2.17*/bin/python"))), "")

#: Files whose bytes are not those that a compiler would write today, and why.
OTHER_BYTES = {
    "output_metrics": "its description stands in the comment alone, as kfp 2.9 left it for single components",
    "pipeline_with_loops_and_conditions": "keys of a default in the comment stand in the order of a hash table",
    "pipeline_with_nested_loops": "keys of a default in the comment stand in the order of a hash table",
    "pipeline_with_only_display_name": "its name was changed by hand after compiling",
    "pipeline_with_secret_as_env": "its lists were indented by hand",
    "pipeline_with_secret_as_volume": "its lists were indented by hand",
    "placeholder_with_if_placeholder_none_input_value": "its lists were indented by hand",
}

needs_files = pytest.mark.skipif(not FILES, reason="../shared/conformance is not beside this repository")


@needs_files
@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_file_of_kfp_is_read_and_written_without_loss(path: Path) -> None:
    """All are valid; what is written is the same document, and byte for byte the same file where a compiler alone wrote it."""
    content = path.read_text(encoding="utf-8")
    file = text.read(content, path.name)
    assert validation.problems(file) == []
    written = text.write(file)
    assert list(yaml.safe_load_all(written)) == list(yaml.safe_load_all(content))
    assert text.read(written) == file
    assert (written == content) is (path.stem not in OTHER_BYTES)


@pytest.mark.parametrize("path", FIXTURES, ids=[path.stem for path in FIXTURES])
def test_a_fixture_is_written_byte_for_byte(path: Path) -> None:
    """All versions from 2.0.1 to 2.17.0."""
    content = path.read_text(encoding="utf-8")
    assert text.write(text.read(content)) == content


#: Parses both texts of each pair with the protobuf messages of KFP and says which differ.
ORACLE = """
import json, sys, yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2 as messages
KINDS = {True: messages.PlatformSpec, False: messages.PipelineSpec}
def parsed(text):
    documents = [one for one in yaml.safe_load_all(text) if one]
    return [json_format.ParseDict(one, KINDS["platforms" in one]()) for one in documents]
print(json.dumps([name for name, one, other in json.load(sys.stdin) if parsed(one) != parsed(other)]))
"""


@needs_files
@pytest.mark.kfp
@pytest.mark.skipif(not KFP, reason="no interpreter with the real kfp: `make test` makes one, BAKEHOUSE_KFP_PYTHON names another")
def test_protobuf_sees_no_difference() -> None:
    """KFP's own messages, parsed from what was read and from what was written, are equal."""
    pairs: list[Any] = []
    for path in [*FILES, *FIXTURES]:
        content = path.read_text(encoding="utf-8")
        pairs.append((path.stem, content, text.write(text.read(content))))
    done = subprocess.run([KFP, "-W", "ignore", "-c", ORACLE], input=json.dumps(pairs), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
