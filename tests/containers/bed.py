"""A container engine for tests: a Podman service of its own, with images that need no registry.

What takes long to make is kept in a folder: `BAKEHOUSE_TEST_CONTAINERS`, else `.environments/containers` of the repository.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bakehouse.ir.digests import digest_text
from bakehouse.runners.endpoints import VARIABLES

_KEPT = Path(os.environ.get("BAKEHOUSE_TEST_CONTAINERS") or Path(__file__).parents[2] / ".environments" / "containers").absolute()
#: Podman remembers this place with its images: it must be the same each time, and gone after a restart of the machine.
_RUN = Path("/run") / f"bakehouse-{digest_text(str(_KEPT))[:12]}"
PROGRAMS = ("podman", "runc", "debootstrap", "busybox")
#: A Debian with Python 3 and pip; what its folder of modules holds is on the PYTHONPATH of `IN_SRV` alone.
PYTHON = "localhost/bakehouse-test/python"
#: One static program, and nothing else: no shell, no Python, no user.
SCRATCH = "localhost/bakehouse-test/scratch"
#: The same program as a shell with the usual commands.
BUSYBOX = "localhost/bakehouse-test/busybox"
#: It says by itself what it runs, with a word of its own if nobody gives another; the second has no such word.
ENTRYPOINT = "localhost/bakehouse-test/entrypoint"
ONLY_ENTRYPOINT = "localhost/bakehouse-test/only-entrypoint"
#: The same Debian for an unprivileged user, with a working directory and a PYTHONPATH of its own.
IN_SRV = "localhost/bakehouse-test/in-srv"
#: The same Debian with the programs that files of KFP's call.
PROGRAMS_OF_KFP = "localhost/bakehouse-test/programs"
_STAND_INS = Path(__file__).parents[1] / "conformance" / "programs"
_CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
tmp_dir = "{run}/tmp"
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


def missing() -> str:
    """Why there can be no such engine here; empty if there can."""
    if os.geteuid() != 0:
        return "these tests run containers as root"
    without = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"{', '.join(without)} not installed: `make system`" if without else ""


@dataclass
class Bed:
    """The service and its socket. `folder` holds what belongs to one session of tests."""

    folder: Path
    _service: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _lock: int = field(default=-1, init=False)

    @property
    def socket(self) -> str:
        """Where it listens."""
        return f"unix://{self.folder}/podman.sock"

    @property
    def environ(self) -> Mapping[str, str]:
        """What podman is told: where its images lie, and how containers run on any machine. It asks no service, whatever this program asks."""
        return {
            **{name: value for name, value in os.environ.items() if name not in VARIABLES},
            "CONTAINERS_CONF": str(self.folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"),
        }

    def prepare(self) -> None:
        """Write its settings, and make the images that are not kept, or were made otherwise. Other sessions wait until this one is closed."""
        _KEPT.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(_KEPT / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        (self.folder / "containers.conf").write_text(_CONTAINERS_CONF.replace("{run}", str(_RUN)))
        storage = f'[storage]\ndriver = "overlay"\ngraphroot = "{_KEPT}/storage"\nrunroot = "{_RUN}/run"\n'
        (self.folder / "storage.conf").write_text(storage)
        self._clean()  # a session that was killed leaves what it had
        made, how = _KEPT / "made", _how()
        if not made.exists() or made.read_text() != how:
            self.podman("rmi", "--all", "--force")
        if not self.has(PYTHON):
            self._import_debian()
        if not self.has(SCRATCH):
            self._import_busybox(SCRATCH)
        if not self.has(BUSYBOX):
            self._import_busybox(BUSYBOX, "sh", "cat", "dirname", "echo", "mkdir")
        says = 'ENTRYPOINT ["/bin/busybox", "echo", "said by the image:"]'
        self._derive(ENTRYPOINT, SCRATCH, changes=[says, 'CMD ["nothing"]'])
        self._derive(ONLY_ENTRYPOINT, SCRATCH, changes=[says, "CMD []"])
        self._derive(IN_SRV, PYTHON, changes=["USER 1000:1000", "WORKDIR /srv/place", "ENV PYTHONPATH=/srv/modules", "ENV FROM_IMAGE=yes"])
        self._derive(PROGRAMS_OF_KFP, PYTHON, programs=sorted(_STAND_INS.iterdir()))
        made.write_text(how)

    def start(self) -> None:
        """Start the service and wait until it listens."""
        with (self.folder / "service.log").open("ab") as log:
            # What watches a container leaves a file where it is started when memory runs out.
            command = ["podman", "system", "service", "--time=0", self.socket]
            self._service = subprocess.Popen(command, env=self.environ, cwd=self.folder, stdout=log, stderr=log)
        end = time.monotonic() + 30
        while not _listens(self.folder / "podman.sock"):
            assert time.monotonic() < end, (self.folder / "service.log").read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill the service: containers go on."""
        if self._service is not None:
            self._service.kill()
            self._service.wait()
            self._service = None

    def podman(self, *arguments: str) -> str:
        """What podman says, beside the service."""
        return subprocess.run(["podman", *arguments], env=self.environ, check=True, capture_output=True, text=True).stdout

    def has(self, image: str) -> bool:
        """Whether it has this image."""
        return subprocess.run(["podman", "image", "exists", image], env=self.environ, check=False).returncode == 0

    def tag(self, image: str, names: Sequence[str]) -> None:
        """Let an image be known under these names, too: those that pipelines use."""
        self.podman("tag", image, *names)

    def containers(self) -> list[str]:
        """The names of all containers that there are."""
        return self.podman("ps", "--all", "--format", "{{.Names}}").split()

    def close(self) -> None:
        """End the service, and what tests left."""
        self.kill()
        self._clean()
        os.close(self._lock)

    def _clean(self) -> None:
        self.podman("rm", "--all", "--force", "--time=0", "--volumes")
        self.podman("volume", "prune", "--force")

    def _derive(self, image: str, base: str, *, changes: Sequence[str] = (), programs: Sequence[Path] = ()) -> None:
        """Make an image of another one, with these changes of its configuration and these programs, unless it is there."""
        if self.has(image):
            return
        container = self.podman("create", base, "nothing").strip()
        for one in programs:
            self.podman("cp", str(one), f"{container}:/usr/local/bin/{one.name}")
        self.podman("commit", "--quiet", *(f"--change={change}" for change in changes), container, image)
        self.podman("rm", container)

    def _import_debian(self) -> None:
        root = self.folder / "debian"
        packages = "--include=python3,python3-pip,python3-venv"
        subprocess.run(["debootstrap", "--variant=minbase", packages, "bookworm", root], check=True, capture_output=True)
        (root / "srv" / "modules").mkdir()
        (root / "srv" / "modules" / "of_the_image.py").write_text("WORD = 'from the image'\n")
        (root / "srv" / "place").mkdir()
        (root / "srv" / "place").chmod(0o777)
        self._import(root, PYTHON)

    def _import_busybox(self, image: str, *commands: str) -> None:
        root = self.folder / "busybox"
        (root / "bin").mkdir(parents=True)
        shutil.copy(str(shutil.which("busybox")), root / "bin" / "busybox")
        for one in commands:
            (root / "bin" / one).symlink_to("busybox")
        self._import(root, image)

    def _import(self, root: Path, image: str) -> None:
        with subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE) as tar:
            subprocess.run(["podman", "import", "--quiet", "-", image], env=self.environ, check=True, stdin=tar.stdout, capture_output=True)
        shutil.rmtree(root)


def _how() -> str:
    """How the images are made: this file, and the programs that come into them."""
    return digest_text("".join(one.read_text(encoding="utf-8") for one in (Path(__file__), *sorted(_STAND_INS.iterdir()))))


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
        probe.connect(str(path))
        return True
    return False
