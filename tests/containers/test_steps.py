"""Steps of every kind in containers of every kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import Artifact, Cause, Place, Program, Requests
from bakehouse.ir.spec import ParameterType
from bakehouse.orchestrator.events import NotPrepared, Preparing
from bakehouse.storage.local import LocalStore
from tests.containers.bed import ENTRYPOINT, IN_SRV, ONLY_ENTRYPOINT, PYTHON, SCRATCH, Bed
from tests.containers.running import InContainers, busybox, proofs, python
from tests.faults.local_attempts import DATASET, message, until
from tests.unit.runners.specs import wheel

pytestmark = pytest.mark.containers


def document(**artifact: object) -> str:
    """The words of a script that write KFP's ExecutorOutput about `data`."""
    fields = ", ".join(f'\\"{name}\\": \\"{value}\\"' for name, value in artifact.items())
    return f'echo "{{\\"artifacts\\": {{\\"data\\": {{\\"artifacts\\": [{{{fields}}}]}}}}}}" > "$2"'


OUTPUT_FILE = "{{$.outputs.output_file}}"


# ---------------------------------------------------------------- images


def test_an_image_with_one_program(running: InContainers) -> None:
    """No shell, no Python, no user: values, artifacts, log and times are those of any step; the artifact is protected."""
    launch = busybox(running.home, "scratch", 'echo hello; echo oops >&2; echo 5 > "$0"; echo rows > "$1"')
    ending = running.run(launch)
    assert (ending.cause, ending.exit_code, ending.outputs.parameters) == (None, 0, {"Output": 5})
    [data] = ending.outputs.artifacts["data"]
    assert (data.digest, data.size) == LocalStore().digest(data.uri)
    assert not Path(data.uri).stat().st_mode & 0o222
    assert sorted(running.log(launch).splitlines()) == [b"hello", b"oops"]
    assert list(ending.times) == ["launched", "started", "ended", "collected"]


def test_a_python_component_in_its_image(running: InContainers) -> None:
    """The same supervisor as locally: values, artifacts with metadata, usage; on the Python of the image."""
    launch = python(running.home, body="print('hello')\nopen(data.path, 'w').write('rows')\ndata.metadata['rows'] = 1")
    ending = running.run(launch)
    assert (ending.cause, ending.outputs.parameters) == (None, {"Output": 5})
    assert ending.outputs.artifacts["data"][0].metadata == {"rows": 1}
    assert running.log(launch) == b"hello\n"
    assert ending.usage.cpu_seconds
    assert proofs(launch) == ["step"]
    assert list(ending.times) == ["launched", "started", "running", "ended", "collected"]


@pytest.mark.parametrize(
    ("image", "args", "said"),
    [
        (ENTRYPOINT, (), b"said by the image: nothing\n"),
        (ENTRYPOINT, ("{{$.inputs.parameters['proof']}}",), b"said by the image: x\n"),
        (ONLY_ENTRYPOINT, (), b"said by the image:\n"),
        (ONLY_ENTRYPOINT, ("{{$.inputs.parameters['proof']}}",), b"said by the image: x\n"),
    ],
)
def test_an_image_that_says_what_it_runs(running: InContainers, image: str, args: tuple[str, ...], said: bytes) -> None:
    """Without command and arguments it is left to it; arguments alone replace the image's command."""
    launch = replace(busybox(running.home, "step", ""), image=image, command=(), args=args, parameters={"proof": "x"}, output_parameters={})
    assert running.run(launch).cause is None
    assert running.log(launch) == said


def test_an_image_that_says_nothing(running: InContainers) -> None:
    """A step without a command fails before it starts, with the line to write."""
    launch = replace(busybox(running.home, "step", ""), command=(), args=())
    running.runner.launch(running.placed(launch))
    ending = running.ended()
    assert ending.cause is Cause.ENVIRONMENT
    assert "has neither entrypoint nor command" in message(ending)
    assert "dsl.ContainerSpec" in ending.error.remedy if ending.error else False


@pytest.mark.parametrize("read_only", [False, True])
def test_what_the_image_sets_is_kept(bed: Bed, tmp_path: Path, *, read_only: bool) -> None:
    """User, working directory, variables and PYTHONPATH; the user may write what it has to, on a read-only root too."""
    running = InContainers(tmp_path, bed, create={"read_only": read_only})
    body = """
    import os, of_the_image
    open(data.path, "w").write(" ".join([str(os.getuid()), os.getcwd(), os.environ["FROM_IMAGE"], of_the_image.WORD]))
    try:
        open("/srv/place/mine", "w").close()
    except OSError as error:
        print(error.strerror)
    """
    launch = python(running.home, body=body, image=IN_SRV)
    ending = running.run(launch)
    assert ending.cause is None, ending
    assert Path(ending.outputs.artifacts["data"][0].uri).read_text() == "1000 /srv/place yes from the image"
    assert running.log(launch) == (b"Read-only file system\n" if read_only else b"")
    script = 'echo $(b id -u) $(b pwd) $FROM_IMAGE > "$1"; echo 1 > "$0"'
    plain = replace(busybox(running.home, "plain", script, image=IN_SRV), command=("/bin/sh", "-ec", script.replace("b ", "")))
    assert running.run(plain).cause is None
    assert Path(plain.output_artifacts["data"].uri).read_text() == "1000 /srv/place yes\n"
    running.close()


def test_an_image_without_python(running: InContainers) -> None:
    """A Python component says what it needs."""
    running.runner.launch(running.placed(python(running.home, image=SCRATCH)))
    ending = running.ended()
    assert ending.cause is Cause.ENVIRONMENT
    assert ending.error is not None
    assert "needs Python 3.7 or newer in its image" in ending.error.remedy


def test_an_image_that_cannot_be_had(running: InContainers) -> None:
    """Its name, the registry's words, and what to do."""
    running.runner.prepare(replace(python(running.home), image="localhost:1/nowhere/model:2"))
    event = running.events.get(timeout=30)
    assert event == Preparing(event.task_id, "pulling image localhost:1/nowhere/model:2", event.at)  # type: ignore[union-attr]
    event = running.events.get(timeout=60)
    assert isinstance(event, NotPrepared)
    assert "the image localhost:1/nowhere/model:2 cannot be pulled" in event.error.message
    assert "refused" in event.error.message
    assert "podman pull localhost:1/nowhere/model:2" in event.error.remedy


def test_the_place_is_the_content_of_the_image(running: InContainers, bed: Bed) -> None:
    """The same name with another content is another place: results of the one are not those of the other."""
    bed.tag(SCRATCH, ["localhost/bakehouse-test/moving"])
    launch = busybox(running.home, "step", "", image="localhost/bakehouse-test/moving")
    before = running.runner.known(launch)
    bed.tag(PYTHON, ["localhost/bakehouse-test/moving"])
    after = running.runner.known(launch)
    assert isinstance(before, Place)
    assert isinstance(after, Place)
    assert before.lock != after.lock
    assert before.lock.startswith("localhost/bakehouse-test/moving==sha256:")
    assert running.runner.known(replace(launch, image="localhost/bakehouse-test/none")) is None


# ---------------------------------------------------------------- inputs and outputs


def test_a_value_of_a_megabyte(running: InContainers) -> None:
    """Into a Python component and out of it, and out of any other container; no command has room for it, and that is said."""
    big = "x" * 1_000_000
    launch = python(running.home, "python")
    source = "def f(text: str) -> str:\n    return text + 'y'"
    outputs = {"Output": ParameterType.STRING}
    launch = replace(launch, program=Program(source, "f"), parameters={"text": big}, output_parameters=outputs, output_artifacts={})
    ending = running.run(launch)
    assert ending.cause is None, ending
    assert ending.outputs.parameters == {"Output": big + "y"}
    other = replace(busybox(running.home, "other", 'b seq 100000 200000 > "$0"'), output_parameters=outputs)
    ending = running.run(other)
    assert ending.cause is None, ending
    assert len(str(ending.outputs.parameters["Output"])) == 7 * 100_001
    taking = busybox(running.home, "taking", "b true", "{{$.inputs.parameters['text']}}", parameters={"text": big})
    running.runner.launch(running.placed(taking))
    ending = running.ended()
    assert ending.cause is Cause.ENVIRONMENT, ending
    assert ending.error is not None
    assert "Hand it to the step as an artifact" in ending.error.remedy


def test_a_folder_of_500_files(running: InContainers) -> None:
    """From a Python component to any other container, with a file beside it."""
    made = python(running.home, "make", body="import os\nos.mkdir(data.path)\nfor n in range(500): open(f'{data.path}/{n}', 'w').write(str(n))")
    ending = running.run(made)
    assert ending.cause is None, ending
    [folder] = ending.outputs.artifacts["data"]
    text = Path(running.home) / "text"
    text.write_text("5")
    script = 'b ls "$2" | b wc -l > "$1"; b cat "$3" > "$0"'
    used = busybox(running.home, "use", script, "{{$.inputs.artifacts['made'].path}}", "{{$.inputs.artifacts['text'].path}}")
    digest, size = LocalStore().digest(str(text)) or ("", 0)
    ending = running.run(replace(used, inputs={"made": (folder,), "text": (Artifact("text", DATASET, str(text), digest=digest, size=size),)}))
    assert ending.cause is None, ending
    assert ending.outputs.parameters == {"Output": 5}
    assert Path(ending.outputs.artifacts["data"][0].uri).read_text().strip() == "500"


def test_inputs_cannot_be_changed(running: InContainers) -> None:
    """Not even by root."""
    text = running.home / "text"
    text.write_text("as it was")
    digest, size = LocalStore().digest(str(text)) or ("", 0)
    launch = busybox(running.home, "step", 'echo mine > "$2"', "{{$.inputs.artifacts['text'].path}}")
    launch = replace(launch, inputs={"text": (Artifact("text", DATASET, str(text), digest=digest, size=size),)})
    ending = running.run(launch)
    assert ending.cause is Cause.EXIT_CODE
    assert b"Read-only file system" in running.log(launch)
    assert text.read_text() == "as it was"


@pytest.mark.parametrize("custom", ["/srv/place/model", "model"])
def test_a_custom_path_within_the_container(running: InContainers, custom: str) -> None:
    """A folder that only the container sees, by an absolute path or one from its working directory; links in it stay links."""
    script = f'mkdir -p model/part; echo 5 > "$0"; echo w > model/part/w; ln -s part/w model/last; {document(custom_path=custom)}'
    launch = replace(busybox(running.home, "step", "", OUTPUT_FILE, image=IN_SRV), command=("/bin/sh", "-ec", script))
    ending = running.run(launch)
    assert ending.cause is None, (ending, running.log(launch))
    model = Path(ending.outputs.artifacts["data"][0].uri)
    assert (model / "last").read_text() == "w\n"
    assert (model / "last").is_symlink()
    assert ending.outputs.artifacts["data"][0].digest == (LocalStore().digest(str(model)) or ("", 0))[0]


def test_a_custom_path_where_nothing_lies(running: InContainers) -> None:
    """Is an output that was not written, and said so."""
    launch = busybox(running.home, "step", f'echo 5 > "$0"; {document(custom_path="/nowhere")}', OUTPUT_FILE)
    ending = running.run(launch)
    assert ending.cause is Cause.BAD_OUTPUT
    assert "nothing lies at its custom_path" in message(ending)


def test_a_custom_path_of_a_python_component(running: InContainers) -> None:
    """It is copied before its container ends."""
    launch = python(running.home, body="open('/srv/out', 'w').write('rows')\ndata.custom_path = '/srv/out'")
    ending = running.run(launch)
    assert ending.cause is None, ending
    assert Path(launch.output_artifacts["data"].uri).read_text() == "rows"


def test_packages_are_installed_in_the_image(bed: Bed, tmp_path: Path) -> None:
    """By the image's own pip, with the settings that this machine has; what they name on its disk is there, too. For any user."""
    wheel(tmp_path / "wheels", "breadbox", "1.2", "def word():\n    return 'baked'\n")
    environ = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "wheels"), "PIP_CONFIG_FILE": "/dev/null"}
    running = InContainers(tmp_path, bed, environ=environ)
    for task, image in (("root", PYTHON), ("user", IN_SRV)):
        launch = python(running.home, task, body="import breadbox\nopen(data.path, 'w').write(breadbox.word())", image=image)
        assert launch.program is not None
        ending = running.run(replace(launch, program=replace(launch.program, requirements=("breadbox>=1",))), seconds=90)
        assert ending.cause is None, (ending, running.log(launch))
        assert Path(launch.output_artifacts["data"].uri).read_text() == "baked"
    launch = python(running.home, "missing")
    assert launch.program is not None
    ending = running.run(replace(launch, program=replace(launch.program, requirements=("nosuchpackage",))), seconds=90)
    assert ending.cause is Cause.ENVIRONMENT
    assert "nosuchpackage" in message(ending)
    running.close()


def test_settings_of_kubernetes(running: InContainers) -> None:
    """Secrets as variables and folder, a volume in memory and one on the disk, shared memory: seen from inside."""
    secret = running.home / "secrets" / "db"
    secret.mkdir(parents=True)
    (secret / "user").write_text("ann")
    settings = {
        "secretAsEnv": [{"secretName": "db", "keyToEnv": [{"secretKey": "user", "envVar": "DB_USER"}]}],
        "secretAsVolume": [{"secretName": "db", "mountPath": "/etc/db"}],
        "emptyDirMounts": [{"volumeName": "a", "mountPath": "/fast", "medium": "Memory"}, {"volumeName": "b", "mountPath": "/scratch"}],
        "enabledSharedMemory": {"volumeName": "shm", "size": "16Mi"},
    }
    script = (
        "echo $DB_USER $(b cat /etc/db/user); b grep ' /fast ' /proc/mounts | b cut -d' ' -f3; echo x > /scratch/x; b df -m /dev/shm | b tail -1; "
        'echo 5 > "$0"; (echo mine > /etc/db/user) 2>/dev/null || echo kept'
    )
    launch = replace(busybox(running.home, "step", script), kubernetes=settings)
    ending = running.run(launch)
    assert ending.cause is None, (ending, running.log(launch))
    said = running.log(launch).decode().splitlines()
    assert said[:2] == ["ann ann", "tmpfs"]
    assert said[2].split()[1] == "16"
    assert said[-1] == "kept"
    until(lambda: running.bed.podman("volume", "ls", "--quiet") == "")


def test_an_image_that_is_never_pulled(running: InContainers) -> None:
    """It must be there."""
    running.runner.prepare(replace(python(running.home, image="localhost:1/x"), kubernetes={"imagePullPolicy": "Never"}))
    event = running.events.get(timeout=30)
    assert isinstance(event, NotPrepared)
    assert "never to be pulled" in event.error.message


# ---------------------------------------------------------------- endings


@pytest.mark.parametrize("code", [1, 3, 127])
def test_exit_codes(running: InContainers, code: int) -> None:
    """Of a container's first process."""
    ending = running.run(busybox(running.home, "step", f"exit {code}"))
    assert (ending.cause, ending.exit_code) == (Cause.EXIT_CODE, code)


def test_a_raised_error_is_the_users(running: InContainers) -> None:
    """With its message and the line that raised it."""
    ending = running.run(python(running.home, body="raise ValueError('no rows')"))
    assert ending.cause is Cause.USER_ERROR
    assert "no rows" in message(ending)
    assert ending.error is not None
    assert ending.error.source_line.strip() == "raise ValueError('no rows')"


def test_a_program_that_is_not_there(running: InContainers) -> None:
    """The engine's words, and what to look at; nothing of the container is left."""
    launch = replace(busybox(running.home, "step", ""), command=("/bin/train",))
    running.runner.launch(running.placed(launch))
    ending = running.ended()
    assert ending.cause is Cause.ENVIRONMENT
    assert "/bin/train" in message(ending)
    assert running.bed.containers() == []


@pytest.mark.parametrize("kind", ["python", "other"])
def test_memory_is_limited(running: InContainers, kind: str) -> None:
    """A step that takes more is ended, and its cause is told from any other kill."""
    body = "held = bytearray(300 << 20)"
    launch = python(running.home, body=body)
    if kind == "other":
        command = ("python3", "-c", body)
        launch = replace(busybox(running.home, "step", ""), image=PYTHON, command=command, args=())
    ending = running.run(replace(launch, limits=Requests(memory=64 << 20)), seconds=60)
    assert ending.cause is Cause.OUT_OF_MEMORY, (ending, running.log(launch))


def test_cpus_are_limited(running: InContainers) -> None:
    """As the kernel tells it."""
    script = 'b cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max 2>/dev/null || true; echo 1 > "$0"'
    launch = busybox(running.home, "step", script)
    assert running.run(replace(launch, limits=Requests(cpu=0.5))).cause is None
    assert running.log(launch).split()[0] == b"50000"
