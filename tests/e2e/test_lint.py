"""`bakehouse lint`, from outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bakehouse.cli.linting import RULES
from tests.home import Home

_LOOSE = """from kfp import dsl

NOTES = open("/dev/null").read()


@dsl.component(packages_to_install=["pandas"])
def load(api_key: str) -> str:
    return "/gcs/bucket/file"


@dsl.pipeline(name="loose")
def loose(password: str):
    load(api_key=password)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_findings_name_place_rule_and_remedy(home: Home) -> None:
    """What a component does stands at its lines, the rest at those of the task or pipeline, in the order of lines."""
    file = home.write(_LOOSE)
    done = home.call("lint", str(file), "--output", "json")
    found = {one["rule"]: one for one in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert {rule: one["place"].replace(str(file), "FILE") for rule, one in found.items()} == {
        "work-at-import": "FILE:3",
        "unpinned-package": "FILE:7",
        "secret-as-parameter": "FILE:11",
        "mounted-path": "FILE:7",
    }
    assert all(one["remedy"] for one in found.values())
    text = home.call("lint", str(file))
    assert [line.partition(": ")[0].rpartition(":")[2] for line in text.stdout.splitlines()[::2]] == ["3", "7", "7", "11"]
    assert f"{file}:7: load installs pandas, in whichever version is the newest when it runs [unpinned-package]" in text.stdout
    assert text.stderr == "4 findings\n"


def test_rules_can_be_left_out_and_compiled_files_read(home: Home) -> None:
    """What only the source says is not known of YAML."""
    file = home.write(_LOOSE)
    assert home.call("compile", str(file)).returncode == 0
    ignored = ("--ignore", "unpinned-package", "--ignore", "secret-as-parameter")
    done = home.call("lint", "pipeline.yaml", *ignored)
    assert (done.returncode, done.stdout.count("\n"), "[mounted-path]" in done.stdout) == (1, 2, True)
    clean = home.call("lint", "pipeline.yaml", *ignored, "--ignore", "mounted-path")
    assert (clean.returncode, clean.stdout, clean.stderr) == (0, "", "loose: nothing to say\n")


def test_a_rule_that_there_is_not(home: Home) -> None:
    """It is no use to leave out what is never said."""
    done = home.call("lint", str(home.write(_LOOSE)), "--ignore", "unpinned")
    assert (done.returncode, "there is no rule unpinned" in done.stderr, "unpinned-package" in done.stderr) == (2, True, True)


def test_the_page_names_every_rule() -> None:
    """And none that there is not."""
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "lint-a-pipeline.md").read_text()
    assert [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")] == list(RULES)
