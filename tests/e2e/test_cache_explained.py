"""Why a step was reused or not, in words; and what follows from content alone."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.home import Home, tasks

pytestmark = pytest.mark.slow  # many whole commands; what they decide is tested piece by piece in tests/unit

_TRAIN = """
from kfp import dsl
from kfp.dsl import Dataset, Input, Output


@dsl.component
def make(text: str, data: Output[Dataset]):
    with open(data.path, "w") as file:
        file.write(text.strip())


@dsl.component
def train(data: Input[Dataset], lr: float = 0.1, rounds: int = 1) -> float:
    with open(data.path) as file:
        return lr * len(file.read())


@dsl.component
def report(score: float) -> str:
    return f"score {score}"


@dsl.pipeline
def training(text: str = "hello", lr: float = 0.1) -> str:
    trained = train(data=make(text=text).outputs["data"], lr=lr)
    return report(score=trained.output).output
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def explained(home: Home, run: str, task: str) -> dict[str, Any]:
    """What `bakehouse cache explain` says, as JSON."""
    done = home.call("cache", "explain", run, task, "--output", "json")
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def reused(said: dict[str, Any]) -> list[str]:
    """The steps of a run that were reused."""
    return [name for name, task in tasks(said).items() if task["cached_from"]]


def test_a_changed_parameter_is_named_with_the_nearest_result(home: Home) -> None:
    """The first run has nothing to compare with, the same again is a hit, another value a miss that says which value."""
    file = home.write(_TRAIN)
    first, again, other = home.run(file), home.run(file), home.run(file, "-p", "lr=0.2")
    new = explained(home, first["run_id"], "train")
    assert (new["verdict"], new["reason"], new["entry"]) == ("miss", "first", None)
    assert "never run before" in new["text"]
    hit = explained(home, again["run_id"], "train")
    assert (hit["verdict"], hit["entry"]["run_id"], hit["key"]) == ("hit", first["run_id"], new["key"])
    missed = explained(home, other["run_id"], "train")
    assert missed["text"].startswith(f"miss: parameter lr 0.1 → 0.2; nearest entry: run {first['run_id']}")
    assert [(one["part"], one["name"], one["before"], one["after"]) for one in missed["differences"]] == [("parameter", "lr", 0.1, 0.2)]
    text = home.call("cache", "explain", other["run_id"], "train").stdout
    assert text.splitlines()[0].endswith(f"(train{first['name'][5:]})" if first["name"].startswith("train ") else f"({first['name']})")
    assert "  parameter lr 0.1 → 0.2" in text.splitlines()


def test_changed_code_that_makes_the_same_bytes_costs_one_step(home: Home) -> None:
    """What is downstream of it is reused; the miss shows the lines that changed."""
    home.run(home.write(_TRAIN))
    changed = home.run(home.write(_TRAIN.replace("text.strip()", "text.strip() + ''")))
    assert reused(changed) == ["train", "report"]
    missed = explained(home, changed["run_id"], "make")
    (code,) = missed["differences"]
    assert (code["part"], code["text"]) == ("code", "code changed (2 lines)")
    assert [line.replace(" ", "") for line in code["lines"]] == ["-file.write(text.strip())", "+file.write(text.strip()+'')"]


def test_a_changed_artifact_is_told_by_its_name(home: Home) -> None:
    """Other bytes upstream: the miss names the input."""
    file = home.write(_TRAIN)
    home.run(file)
    other = home.run(file, "-p", "text=jello")
    assert reused(other) == ["report"]  # the score is the same number
    missed = explained(home, other["run_id"], "train")
    assert missed["text"].startswith("miss: content of artifact data changed; nearest entry: run ")


@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_an_artifact_that_is_not_what_it_was_is_told(home: Home, harm: str) -> None:
    """Deleted or changed on disk: a miss, and its place is named. What is made anew has the same bytes, so the rest is reused."""
    file = home.write(_TRAIN)
    first = home.run(file)
    path = Path(tasks(home.show())["make"]["outputs"]["data"]["uri"])
    path.parent.chmod(0o700)
    path.chmod(0o600)
    if harm == "gone":
        path.unlink()
    else:
        path.write_text("jello")
    again = home.run(file)
    assert reused(again) == ["train", "report"]
    missed = explained(home, again["run_id"], "make")
    assert (missed["verdict"], missed["reason"], missed["entry"]["run_id"]) == ("miss", "damaged", first["run_id"])
    assert str(path) in missed["text"]
    assert harm in missed["text"]


def test_what_is_switched_off_is_not_called_a_miss(home: Home) -> None:
    """By the run, by the pipeline; and a step that was never reached was not asked about."""
    text = _TRAIN.replace("report(score=trained.output)", "report(score=trained.output).set_caching_options(False)")
    file = home.write(text.replace("return lr *", "return 1 / 0 *"))
    run = home.run(file)["run_id"]
    assert explained(home, run, "report")["verdict"] == "off"
    assert "switches the cache off" in explained(home, run, "report")["text"]
    off = home.run(home.write(_TRAIN.replace("return lr *", "return 1 / 0 *")), "--no-cache")["run_id"]
    assert explained(home, off, "train")["reason"] == "switched off for the run"
    on = home.run(home.write(_TRAIN.replace("return lr *", "return 1 / 0 *")))["run_id"]
    assert explained(home, on, "report")["verdict"] == "not asked"
    failed = explained(home, on, "train")
    assert failed["reason"] == "first"
    refused = home.call("cache", "explain", on, "trian")
    assert (refused.returncode, "Its tasks are: make, report, train" in refused.stderr) == (2, True)


def test_invalidated_results_are_offered_no_more(home: Home) -> None:
    """By key, run and step, pipeline, or all; the explanation says so, and what is made anew counts again."""
    file = home.write(_TRAIN)
    first = home.run(file)["run_id"]
    listed = json.loads(home.call("cache", "list", "--output", "json").stdout)["entries"]
    assert {one["task"] for one in listed} == {"make", "train", "report"}
    assert {(one["pipeline"], one["run_id"], one["invalidated_at"]) for one in listed} == {("training", first, None)}
    key = next(one["key"] for one in listed if one["task"] == "train")
    assert home.call("cache", "invalidate", key[:12]).stdout == "1 result is not offered any more\n"
    assert home.call("cache", "invalidate", key[:12]).stdout == "0 results are not offered any more\n"
    again = home.run(file)
    assert reused(again) == ["make", "report"]
    missed = explained(home, again["run_id"], "train")
    assert (missed["reason"], missed["text"]) == ("invalidated", f"miss: the result of run {first} was invalidated")
    assert missed["entry"]["invalidated_at"] is not None
    assert reused(home.run(file)) == ["make", "train", "report"]
    assert home.call("cache", "invalidate", "--run", first, "--task", "make").stdout == "1 result is not offered any more\n"
    assert home.call("cache", "invalidate", "--pipeline", "training").stdout == "2 results are not offered any more\n"
    assert reused(home.run(file, "--name", "anew")) == []
    assert home.call("cache", "invalidate", "--all").stdout == "3 results are not offered any more\n"
    lines = home.call("cache", "list", "--task", "train").stdout.splitlines()
    assert len(lines) == 4
    assert all(line.endswith("invalidated") for line in lines[1:])


def test_the_list_comes_in_pages(home: Home) -> None:
    """Each page ends with the token of the next one, which fits no other list."""
    file = home.write(_TRAIN)
    home.run(file)
    home.run(file, "-p", "text=longer")
    tokens, seen = [""], list[str]()
    while len(tokens) < 10:
        page = json.loads(home.call("cache", "list", "--limit", "4", "--page-token", tokens[-1], "--output", "json").stdout)
        seen += [one["key"] for one in page["entries"]]
        if page["next_page_token"] is None:
            break
        tokens.append(page["next_page_token"])
    assert (len(seen), len(set(seen)), len(tokens)) == (6, 6, 2)
    other = home.call("cache", "list", "--task", "train", "--page-token", tokens[1])
    assert (other.returncode, "another filter" in other.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say which results"),
        (["--all", "--pipeline", "p"], "say which results"),
        (["--task", "t", "--all"], "--task needs a --run"),
        (["abcd1234"], "no cache entry has a key"),
        (["%%"], "no cache entry has a key"),
        (["--run", "nothing-of-the-kind"], "no run"),
    ],
)
def test_what_cannot_be_meant_is_refused(home: Home, arguments: list[str], said: str) -> None:
    """Exit code 2, and nothing is changed."""
    done = home.call("cache", "invalidate", *arguments)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


_IMPORTED = """
from kfp import dsl
from kfp.dsl import Dataset, Input, Output


@dsl.component
def given(uri: str, data: Output[Dataset]):
    pass


@dsl.component
def size(data: Input[Dataset]) -> int:
    with open(data.path) as file:
        return len(file.read())


@dsl.pipeline
def measured(uri: str) -> int:
    return size(data=given(uri=uri).outputs["data"]).output
"""


def _importing(home: Home, *, reimport: bool) -> Path:
    """The pipeline, compiled, with an importer in the place of its first step."""
    target = home.folder / "measured.yaml"
    assert home.call("compile", str(home.write(_IMPORTED)), "-o", str(target)).returncode == 0
    (spec, *_) = yaml.safe_load_all(target.read_text())
    kind = {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}
    importer = {"artifactUri": {"runtimeParameter": "uri"}, "typeSchema": kind, "reimport": reimport}
    spec["deploymentSpec"]["executors"]["exec-given"] = {"importer": importer}
    target.write_text(yaml.safe_dump(spec))
    return target


@pytest.mark.parametrize("reimport", [False, True])
def test_imported_files_count_by_their_content(home: Home, reimport: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """A file that changed makes its steps run again, one that was written anew with the same bytes does not."""
    file, data = _importing(home, reimport=reimport), home.folder / "data.txt"
    data.write_text("hello")
    first = home.run(file, "-p", f"uri={data}")
    data.write_text("hello")
    assert "size" in reused(home.run(file, "-p", f"uri={data}"))
    copy = home.folder / "copy.txt"
    copy.write_text("hello")
    assert reused(home.run(file, "-p", f"uri={copy}")) == ["size"]
    data.write_text("longer than that")
    changed = home.run(file, "-p", f"uri={data}")
    assert (first["outputs"], changed["outputs"]) == ({"Output": 5}, {"Output": 16})
    assert explained(home, changed["run_id"], "size")["text"].startswith("miss: content of artifact data changed")
    verdict = explained(home, changed["run_id"], "given")
    assert (verdict["verdict"], verdict["reason"]) == (("off", "switched off by the pipeline") if reimport else ("miss", "damaged"))


def test_a_result_that_is_too_old_is_a_miss(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as BAKEHOUSE_CACHE_TTL says; the explanation names it, and so does a plan."""
    file = home.write(_TRAIN)
    first = home.run(file)["run_id"]
    monkeypatch.setenv("BAKEHOUSE_CACHE_TTL", "1d")
    assert reused(home.run(file)) == ["make", "train", "report"]
    monkeypatch.setenv("BAKEHOUSE_CACHE_TTL", "1s")
    time.sleep(1.1)
    planned = json.loads(home.call("plan", str(file), "--output", "json").stdout)["steps"][0]
    assert planned["text"] == f"runs: the result of run {first} has expired: it is older than 1 s (BAKEHOUSE_CACHE_TTL)"
    again = home.run(file)
    assert reused(again) == []
    missed = explained(home, again["run_id"], "make")
    assert (missed["reason"], missed["entry"]["run_id"]) == ("expired", first)
    monkeypatch.setenv("BAKEHOUSE_CACHE_TTL", "soon")
    refused = home.call("run", str(file))
    assert (refused.returncode, "BAKEHOUSE_CACHE_TTL is 'soon', not a duration" in refused.stderr) == (2, True)


def test_a_step_may_say_how_long_its_results_count(home: Home) -> None:
    """What the settings say counts too; of other steps results are reused as ever."""
    file = home.write(_TRAIN.replace("make(text=text).outputs", 'make(text=text).set_cache_ttl("1s").outputs'))
    first = home.run(file)["run_id"]
    time.sleep(1.1)
    planned = json.loads(home.call("plan", str(file), "--output", "json").stdout)["steps"][0]
    assert planned["text"] == f"runs: the result of run {first} has expired: it is older than 1 s (set_cache_ttl of its step)"
    again = home.run(file)
    assert reused(again) == ["train", "report"]
    assert explained(home, again["run_id"], "make")["reason"] == "expired"


def test_a_parameter_that_names_a_file_is_told_once(home: Home) -> None:
    """Its content is in no key: a step that reads it is reused though it changed. Nothing is said without the cache, or of what is no file."""
    file, data = home.write(_TRAIN), home.folder / "data.txt"
    data.write_text("hello")
    said = [line for line in home.call("run", str(file), "-p", f"text={data}").stderr.splitlines() if "local file" in line]
    assert len(said) == 1
    assert said[0].startswith(f"note: text ({str(data)[:20]}")
    assert "switch the cache off" in said[0]
    for arguments in (["-p", f"text={data}", "--no-cache"], ["-p", "text=data.txt"], ["-p", f"text={data}.gone"], []):
        assert "local file" not in home.call("run", str(file), *arguments).stderr
