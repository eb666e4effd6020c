"""Components that are loaded: from files, texts and URLs, of either version of KFP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import httpx
import pytest

from bakehouse import compiler, components, dsl, kubernetes
from bakehouse.compiler import Overrides
from bakehouse.components import fetching
from bakehouse.components.errors import InvalidComponent, UnreadableComponent
from bakehouse.dsl import errors
from bakehouse.dsl.errors import MissingInput
from bakehouse.ir import text, validation
from bakehouse.ir.spec import PipelineFile
from bakehouse.task.artifacts import Dataset

V1 = "name: One\nimplementation: {container: {image: alpine}}"


@dsl.component
def add(a: int, rows: dsl.Output[Dataset], b: int = 2) -> int:
    """Add.

    Args:
        a: The first.
    """
    return a + b


@dsl.pipeline(name="adding", description="Adds.")
def adding(a: int, b: int = 3) -> int:
    return add(a=a, b=b).outputs["Output"]  # type: ignore[no-any-return]  # as users write


def _file(component: object) -> PipelineFile:
    return compiler.compile_pipeline(component).file


def _text(component: object) -> str:
    return text.write(_file(component))


def test_a_compiled_component_is_called_as_it_was() -> None:
    """Its interface, its container and its name; what is said of its inputs stays behind, as with kfp."""
    loaded = components.load_component_from_text(_text(add))
    assert (loaded.name, loaded.required_inputs, list(loaded.interface.output_kinds)) == ("add", ["a"], ["Output", "rows"])
    assert loaded.executor == add.executor

    @dsl.pipeline
    def pipeline() -> None:
        loaded(a=loaded(a=1).outputs["Output"])

    spec = _file(pipeline).spec
    assert list(spec.root.dag.tasks) == ["add", "add-2"]  # type: ignore[union-attr]  # a pipeline is a DAG
    assert spec.components["comp-add-2"].inputs.parameters["a"].description == ""


def test_choices_stay() -> None:
    """A compiled component says which values it takes; kfp knows none of that."""

    @dsl.component
    def choose(mode: Literal["fast", "slow"]) -> str:
        return mode

    loaded = components.load_component_from_text(_text(choose))

    def pipeline() -> None:
        loaded(mode="slower")

    with pytest.raises(errors.WrongValue, match="the input mode is 'slower', and can be 'fast' or 'slow'"):
        dsl.pipeline(pipeline)


@dsl.pipeline(name="add")
def called_as_its_task(a: int) -> None:
    add(a=a)
    add(a=2)


@dsl.pipeline(name="add")
def with_memory(a: int, b: int = 2) -> None:
    add(a=a, b=b).set_memory_limit("1G")


@pytest.mark.parametrize("component", [called_as_its_task, with_memory])
def test_a_pipeline_that_is_called_as_its_task_stays_a_pipeline(component: object) -> None:
    """Kfp takes the task out, and what else there is gets lost."""
    loaded = components.load_component_from_text(_text(component))
    with pytest.raises(NotImplementedError):
        _ = loaded.executor
    assert loaded.interface.output_kinds == {}


def test_an_input_with_a_default_is_optional() -> None:
    """Before kfp 2.0 files did not say so."""
    loaded = components.load_component_from_text(_text(add).replace("isOptional: true", "description: old"))
    assert loaded.required_inputs == ["a"]


@pytest.mark.parametrize("component", [add, adding])
def test_alone_it_is_what_it_was(component: object) -> None:
    """Compiled again, the file is the same."""
    loaded = components.load_component_from_text(_text(component))
    assert _text(loaded) == _text(component)


def test_alone_it_takes_what_the_compiler_is_told() -> None:
    """Another name and other defaults."""
    loaded = components.load_component_from_text(_text(adding))
    spec = compiler.compile_pipeline(loaded, Overrides("other", "Other", {"b": 5})).file.spec
    assert (spec.info.name, spec.info.display_name, spec.info.description) == ("other", "Other", "Adds.")
    assert spec.root.inputs.parameters["b"].default == 5


def test_what_it_says_of_itself() -> None:
    """Its text and its description."""
    loaded = components.load_component_from_text(_text(adding))
    assert loaded.component_yaml == _text(adding)
    assert loaded.description == "Adds."
    assert components.load_component_from_text(V1).description is None


@dsl.component
def tell(path: str) -> None:
    pass


@dsl.pipeline
def asking(a: int) -> None:
    add(a=a).set_memory_limit("1G")
    kubernetes.set_timeout(add(a=1), 5)


def test_a_pipeline_is_called_like_one_of_a_function() -> None:
    """Its parts are there once for each call, with what they ask of platforms."""
    loaded = components.load_component_from_text(_text(asking))

    @dsl.pipeline
    def pipeline(a: int) -> None:
        add(a=a)
        loaded(a=1).after(loaded(a=a))

    @dsl.pipeline(name="pipeline")
    def of_functions(a: int) -> None:
        add(a=a)
        asking(a=1).after(asking(a=a))

    assert _text(pipeline) == _text(of_functions)
    assert list(_file(pipeline).platforms["kubernetes"]["deploymentSpec"]["executors"]) == ["exec-add-2-2", "exec-add-2-3"]


@dsl.pipeline(pipeline_config=dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="1Gi")))
def sharing() -> None:
    with dsl.ParallelFor([1]):
        tell(path=dsl.WORKSPACE_PATH_PLACEHOLDER)


@dsl.pipeline(pipeline_config=dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="1Gi")))
def importing() -> None:
    dsl.importer(artifact_uri="file:///a", artifact_class=Dataset, download_to_workspace=True)


@pytest.mark.parametrize("called", [sharing, importing])
def test_a_pipeline_that_uses_a_workspace_needs_one_of_its_caller(called: Any) -> None:
    """A run has one, which the outermost pipeline asks for; what is called brings none along."""
    loaded = components.load_component_from_text(_text(called))

    def pipeline() -> None:
        loaded()

    with pytest.raises(errors.InvalidPipeline, match=f"the pipeline pipeline uses a workspace in its task {called.name}, but has none"):
        dsl.pipeline(pipeline)
    workspace = dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="5Gi"))
    made = dsl.pipeline(pipeline_config=workspace)(pipeline)
    assert _file(made).platforms["kubernetes"]["pipelineConfig"]["workspace"]["size"] == "5Gi"


def test_executors_may_be_called_as_they_like() -> None:
    """Two components of a file by hand may share one."""
    written = _text(adding).replace("exec-add", "exec-something").replace("comp-add", "sum")
    loaded = components.load_component_from_text(written)

    @dsl.pipeline
    def pipeline() -> None:
        loaded(a=1)

    spec = _file(pipeline).spec
    assert {name: one.executor_label for name, one in spec.components.items()} == {"comp-adding": None, "comp-sum": "exec-sum"}
    assert spec.executors == {"exec-sum": _file(adding).spec.executors["exec-add"]}
    assert list(validation.findings(_file(pipeline))) == []


def test_a_call_is_checked() -> None:
    """As that of any component; the message says where its file is."""
    loaded = components.load_component_from_text(_text(add))
    with pytest.raises(MissingInput, match=r"add is called without its required input a\n.*test_loading.py:\d+, in its text:1"):

        @dsl.pipeline
        def pipeline() -> None:
            loaded()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("a: [", "this is not YAML"),
        ("- a", "this is not a pipeline: the document is no mapping"),
        ("a: b", "this is not a pipeline"),
        ("kind: Workflow\napiVersion: argoproj.io/v1alpha1", "this is an Argo Workflow"),
    ],
)
def test_what_is_no_component(content: str, message: str) -> None:
    """Is told of with the line of the call."""
    with pytest.raises(InvalidComponent, match=message) as caught:
        components.load_component_from_text(content)
    assert str(caught.value.place).startswith(f"{__file__}:")


# ---------------------------------------------------------------- files


def test_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its path, as a text or not, relative to where the user is or to the home."""
    (tmp_path / "one.yaml").write_text(V1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for path in ("one.yaml", tmp_path / "one.yaml", "~/one.yaml"):
        assert components.load_component_from_file(path).executor.image == "alpine"


def test_a_mistake_in_a_file_has_its_line(tmp_path: Path) -> None:
    """Of that file."""
    (tmp_path / "one.yaml").write_text(V1.replace("image", "imag"))
    with pytest.raises(Exception, match="imag is not a field here") as caught:
        components.load_component_from_file(tmp_path / "one.yaml")
    assert f"{tmp_path}/one.yaml:2 (implementation.container.imag)" in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Is told of where it is asked for, and is an OSError as with kfp."""
    with pytest.raises(OSError, match=r"nothing.yaml cannot be read: No such file") as caught:
        components.load_component_from_file(tmp_path / "nothing.yaml")
    assert isinstance(caught.value, UnreadableComponent)
    assert str(caught.value.place).startswith(f"{__file__}:")
    assert "pathlib.Path(__file__).parent" in str(caught.value.remedy)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    """Is told of."""
    (tmp_path / "one.yaml").write_bytes(b"name: \xff")
    with pytest.raises(InvalidComponent, match="is not UTF-8 text"):
        components.load_component_from_file(tmp_path / "one.yaml")


# ---------------------------------------------------------------- URLs


def test_what_speaks_http_is_loaded_when_something_is_fetched() -> None:
    """It costs more than all of the author's side."""
    program = "import sys, bakehouse.components; print('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[httpx.Request], httpx.Response]], None]:
    """Lets a function answer all requests."""

    def answer(handler: Callable[[httpx.Request], httpx.Response]) -> None:
        transport = httpx.MockTransport(handler)
        module = SimpleNamespace(HTTPError=httpx.HTTPError, InvalidURL=httpx.InvalidURL, Client=partial(httpx.Client, transport=transport))
        monkeypatch.setattr(fetching, "_httpx", lambda: module)

    return answer


Web = Callable[[Callable[[httpx.Request], httpx.Response]], None]


def test_a_url(web: Web) -> None:
    """Redirects are followed, a name and password are sent along, and buckets have URLs of their own."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.url.path == "/old":
            return httpx.Response(302, headers={"location": "https://example.org/new"})
        return httpx.Response(200, text=V1)

    web(answer)
    assert components.load_component_from_url("https://example.org/old", auth=("user", "secret")).name == "one"
    assert components.load_component_from_url("gs://bucket/folder/one.yaml").place == "gs://bucket/folder/one.yaml:1"
    assert [str(one.url) for one in asked] == [
        "https://example.org/old",
        "https://example.org/new",
        "https://storage.googleapis.com/bucket/folder/one.yaml",
    ]
    assert asked[0].headers["authorization"].startswith("Basic ")
    assert "authorization" not in asked[2].headers


def _fails(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody answers")


@pytest.mark.parametrize(
    ("answer", "message", "remedy"),
    [
        (lambda request: httpx.Response(404), "the server answers 404", "raw.githubusercontent.com"),
        (lambda request: httpx.Response(401), "the server answers 401", "auth="),
        (lambda request: httpx.Response(500), "the server answers 500", "load_component_from_file"),
        (lambda request: httpx.Response(302, headers={"location": "https://example.org/one"}), "is redirected more than 5 times", "browser"),
        (lambda request: httpx.Response(200, content=b"\xff"), "is not UTF-8 text", "whether it is a component"),
        (lambda request: httpx.Response(200, content=(b"x" * (1 << 20) for _ in range(40))), "is larger than 32 MiB", "whether it is a component"),
        (_fails, "cannot be fetched: nobody answers", "browser"),
    ],
)
def test_a_url_that_cannot_be_fetched(web: Web, answer: Callable[[httpx.Request], httpx.Response], message: str, remedy: str) -> None:
    """Is told of at the author's line, with what to try."""
    web(answer)
    with pytest.raises(UnreadableComponent) as caught:
        components.load_component_from_url("https://example.org/one")
    assert message in caught.value.message
    assert remedy in str(caught.value.remedy)
    assert str(caught.value.place).startswith(f"{__file__}:")


def test_a_server_that_never_ends(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it has one limit of time."""
    now = iter(range(0, 10_000, 25))
    monkeypatch.setattr(fetching, "time", SimpleNamespace(monotonic=lambda: float(next(now))))
    web(lambda request: httpx.Response(200, content=(b"x" for _ in range(1000))))
    with pytest.raises(UnreadableComponent, match="took longer than 60 s"):
        components.load_component_from_url("https://example.org/one")


@pytest.mark.parametrize("answers", [httpx.Response(302, headers={"location": "/next"}), httpx.Response(200, text=V1)], ids=["redirects", "content"])
def test_redirects_count_against_the_limit_of_time(web: Web, monkeypatch: pytest.MonkeyPatch, answers: httpx.Response) -> None:
    """Each is waited for no longer than what is left of it, also where the last one has come and its content has not."""
    now, waited = [0.0], []

    def answer(request: httpx.Request) -> httpx.Response:
        waited.append(request.extensions["timeout"]["read"])
        now[0] += 19
        return answers if len(waited) == 4 else httpx.Response(302, headers={"location": f"/{len(waited)}"})

    monkeypatch.setattr(fetching, "time", SimpleNamespace(monotonic=lambda: now[0]))
    web(answer)
    with pytest.raises(UnreadableComponent, match="took longer than 60 s") as caught:
        components.load_component_from_url("https://example.org/one")
    assert waited == [20, 20, 20, 3]
    assert str(caught.value.place).startswith(f"{__file__}:")


def test_another_server_is_not_told_the_password(web: Web) -> None:
    """That it is redirected to; the same one is."""
    told: dict[str, bool] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        told[str(request.url)] = "authorization" in request.headers
        following = {"/one": "https://example.org/two", "/two": "https://example.com/three"}.get(request.url.path)
        return httpx.Response(302, headers={"location": following}) if following else httpx.Response(200, text=V1)

    web(answer)
    components.load_component_from_url("https://example.org/one", auth=("user", "secret"))
    assert told == {"https://example.org/one": True, "https://example.org/two": True, "https://example.com/three": False}


@pytest.mark.parametrize("url", ["https://exa\x00mple.org/one", f"https://{'ü' * 64}.org/one"])
def test_a_url_that_cannot_be_asked_for(web: Web, url: str) -> None:
    """Is told of as one that nobody answers is."""
    web(lambda request: httpx.Response(200, text=V1))
    with pytest.raises(UnreadableComponent, match="cannot be fetched") as caught:
        components.load_component_from_url(url)
    assert str(caught.value.place).startswith(f"{__file__}:")


@pytest.mark.parametrize(
    "url", ["one.yaml", "file:///etc/passwd", "ftp://example.org/one", 5, "https://[x", "https://", "http://a:99999999/one", "http://a:b/one"]
)
def test_what_is_no_url(url: object) -> None:
    """Is not asked for."""
    with pytest.raises(UnreadableComponent, match="is no URL of a component") as caught:
        components.load_component_from_url(url)  # type: ignore[arg-type]  # the mistake
    assert str(caught.value.place).startswith(f"{__file__}:")
