"""A home is made private and whole, or refused with a reason and a remedy, and nothing is left behind."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bakehouse.errors import BakehouseError, Unavailable
from bakehouse.records import home as homes
from bakehouse.records.database import open_home
from bakehouse.records.errors import HomeUnusable
from tests.records.stories import NOBODY, nobody

#: What is told here is told of files.
DATABASES = ("sqlite",)


def opened(path: Path) -> str:
    """Open a home and close it again; its id."""
    records = open_home(path)
    records.close()
    return records.home_id


def refused(path: Path) -> HomeUnusable:
    """The refusal of a home: it names the place and has a remedy."""
    with pytest.raises(HomeUnusable) as raised:
        open_home(path)
    error = raised.value
    assert isinstance(error, Unavailable)
    assert error.exit_code == 1
    assert error.place == str(path)
    assert error.remedy
    return error


class TestMaking:
    """A new home."""

    def test_it_is_private(self, home: Path) -> None:
        """Nobody else may look into it, whatever the umask."""
        before = os.umask(0)
        try:
            opened(home)
        finally:
            os.umask(before)
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert {entry.name for entry in home.iterdir()} == {"id", "bakehouse.db", "engines", "runs", "artifacts", "environments"}

    def test_folders_above_are_made(self, tmp_path: Path) -> None:
        """As `mkdir -p` would."""
        assert opened(tmp_path / "a" / "b" / "home")

    def test_the_id_stays(self, home: Path, tmp_path: Path) -> None:
        """Every home has one of its own, for ever."""
        first = opened(home)
        assert len(first) == 32
        assert opened(home) == first
        assert opened(tmp_path / "other") != first

    def test_any_path_will_do(self, tmp_path: Path) -> None:
        """Blanks, per cent signs, question marks, hashes, and bytes that are not Unicode."""
        for name in ("a b", "100%", "what?", "#1", "a,b;c", "\udce4"):
            opened(tmp_path / name)
            opened(tmp_path / name)
            assert (tmp_path / name / "bakehouse.db").is_file()

    def test_many_processes_make_one_home(self, tmp_path: Path) -> None:
        """All that start at the same moment find the same home, with one id and one run each."""
        program = (
            "import pathlib, sys\n"
            "from bakehouse.records.database import open_home\n"
            "from tests.records.stories import new_run\n"
            "sys.stdin.readline()\n"
            "records = open_home(pathlib.Path(sys.argv[1]))\n"
            "records.create_run(new_run())\n"
            "print(records.home_id)\n"
        )
        home = tmp_path / "home"
        command = [sys.executable, "-c", program, str(home)]
        processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)]
        with ThreadPoolExecutor(len(processes)) as pool:
            ids = {said for said, _ in pool.map(lambda process: process.communicate("go\n", timeout=60), processes)}
        assert [process.returncode for process in processes] == [0] * len(processes)
        assert ids == {(home / "id").read_text()}
        records = open_home(home)
        assert len(records.list_runs()) == len(processes)
        records.close()

    def test_many_threads_make_one_home(self, tmp_path: Path) -> None:
        """Round after round, eight openings of a fresh home agree."""
        for number in range(10):
            with ThreadPoolExecutor(8) as pool:
                assert len(set(pool.map(opened, [tmp_path / str(number)] * 8))) == 1

    def test_an_open_home_is_closed_to_others(self, home: Path) -> None:
        """Rights that somebody widened are narrowed again; so are those of an empty folder."""
        home.mkdir(mode=0o755)
        opened(home)
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        home.chmod(0o755)
        opened(home)
        assert stat.S_IMODE(home.stat().st_mode) == 0o700

    def test_a_folder_of_another_purpose_keeps_its_rights(self, home: Path) -> None:
        """`BAKEHOUSE_HOME=~` by mistake must not lock others out of what they share."""
        home.mkdir(mode=0o755)
        (home / "public_html").mkdir()
        assert "public_html" in refused(home).message
        assert stat.S_IMODE(home.stat().st_mode) == 0o755
        assert [entry.name for entry in home.iterdir()] == ["public_html"]


class TestRefusing:
    """What cannot be a home."""

    def test_a_file(self, home: Path) -> None:
        """A file in its place stays as it is."""
        home.write_text("mine")
        assert "not a folder" in refused(home).message
        assert home.read_text() == "mine"

    def test_below_a_file(self, home: Path) -> None:
        """There can be no folder."""
        home.write_text("mine")
        assert refused(home / "inner")

    def test_a_link_to_nowhere(self, home: Path) -> None:
        """The folder that it should lead to is not made."""
        home.symlink_to(home.parent / "nowhere")
        assert refused(home)
        assert not (home.parent / "nowhere").exists()

    def test_another_users(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its owner is named; nothing is written into it, not even by root."""
        home.mkdir(mode=0o700)
        owner = home.stat().st_uid
        monkeypatch.setattr(os, "geteuid", lambda: owner + 4711)
        assert f"and you are user {owner + 4711}" in refused(home).message
        assert list(home.iterdir()) == []

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
    def test_another_users_as_root(self, home: Path) -> None:
        """Root could write there; what root writes, its owner could not use any more."""
        home.mkdir(mode=0o700)
        os.chown(home, NOBODY, NOBODY)
        assert "it belongs to user nobody" in refused(home).message
        assert list(home.iterdir()) == []

    def test_one_that_may_not_be_written(self) -> None:
        """The remedy is the command that opens it."""
        with nobody() as folder:
            home = folder / "home"
            home.mkdir(mode=0o500)
            error = refused(home)
            assert "may not be written" in error.message
            assert error.remedy is not None
            assert "chmod u+rwx" in error.remedy
            assert list(home.iterdir()) == []

    def test_one_that_may_not_be_made(self) -> None:
        """A folder above it is closed."""
        with nobody() as folder:
            folder.chmod(0o500)
            assert "Permission denied" in refused(folder / "home").message
            assert list(folder.iterdir()) == []

    @pytest.mark.parametrize("kind", ["nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.s3fs", "ceph", "lustre"])
    @pytest.mark.parametrize("made", [True, False])
    def test_on_a_network(self, home: Path, monkeypatch: pytest.MonkeyPatch, kind: str, *, made: bool) -> None:
        """The kind of file system is named; a home that is not there is not made."""
        if made:
            home.mkdir(mode=0o700)
        mounts = home.parent / "mountinfo"
        mounts.write_text(f"27 1 254:0 / / rw - ext4 /dev/vda rw\n36 27 0:31 / {home.parent} rw,noatime shared:1 - {kind} server:/x rw\n")
        monkeypatch.setattr(homes, "MOUNTS", mounts)
        assert f"network file system ({kind})" in refused(home).message
        assert home.exists() is made
        assert not made or list(home.iterdir()) == []

    @pytest.mark.parametrize("kind", ["ext4", "tmpfs", "overlay", "fuse.fuse-overlayfs", "btrfs"])
    def test_not_on_local_disks(self, home: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
        """Local file systems of all kinds will do."""
        mounts = home.parent / "mountinfo"
        mounts.write_text(f"27 1 254:0 / / rw - nfs4 server:/ rw\n36 27 0:31 / {home.parent} rw - {kind} none rw\n")
        monkeypatch.setattr(homes, "MOUNTS", mounts)
        assert opened(home)

    def test_the_innermost_and_latest_mount_counts(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Names with blanks are read as they are; a name that only begins alike is another one."""
        mounts = tmp_path / "mountinfo"
        lines = [
            "1 0 0:1 / / rw - ext4 a rw",
            "2 1 0:2 / /data\\040set rw - nfs b rw",
            "3 1 0:3 / /data rw - xfs c rw",
            "4 3 0:4 / /data rw - tmpfs d rw",
            "",
        ]
        mounts.write_text("\n".join(lines))
        monkeypatch.setattr(homes, "MOUNTS", mounts)
        kinds = {path: homes.file_system(Path(path)) for path in ("/x", "/data set/y", "/data/z", "/data-2")}
        assert kinds == {"/x": "ext4", "/data set/y": "nfs", "/data/z": "tmpfs", "/data-2": "ext4"}
        monkeypatch.setattr(homes, "MOUNTS", tmp_path / "nowhere")
        assert homes.file_system(tmp_path) == ""

    def test_an_id_that_is_none(self, home: Path) -> None:
        """A damaged `id` is named, with what to do about it."""
        opened(home)
        (home / "id").write_text("")
        error = refused(home)
        assert "id" in error.message
        assert error.remedy is not None
        assert str(home / "id") in error.remedy


class TestMounts:
    """Real file systems: read-only, and full."""

    PROGRAM = (
        "import pathlib, sys\n"
        "from bakehouse.errors import BakehouseError\n"
        "from bakehouse.records.database import open_home\n"
        "try:\n"
        "    open_home(pathlib.Path(sys.argv[1])).close()\n"
        "    print('opened')\n"
        "except BakehouseError as error:\n"
        "    print(f'{type(error).__name__}: {error.message}')\n"
    )

    def ask(self, script: str, place: Path) -> list[str]:
        """What `open "$DIR"` says in a shell script that may mount things below `$DIR`, in a mount namespace of its own."""
        namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
        try:
            usable = subprocess.run([*namespace, "mount", "-t", "tmpfs", "tmpfs", str(place)], check=False, capture_output=True).returncode == 0
        except FileNotFoundError:
            usable = False
        if not usable:
            pytest.skip("mounting is not allowed here")
        environ = {**os.environ, "DIR": str(place), "PYTHON": sys.executable, "PROGRAM": self.PROGRAM}
        text = 'open() { "$PYTHON" -c "$PROGRAM" "$1"; }\n' + script
        done = subprocess.run([*namespace, "sh", "-euc", text], env=environ, check=True, capture_output=True, text=True)
        return done.stdout.splitlines()

    def test_a_read_only_mount(self, tmp_path: Path) -> None:
        """Neither a home that is there nor one that is to be made."""
        script = """
            mount -t tmpfs tmpfs "$DIR"
            open "$DIR/made"
            mount -o remount,ro "$DIR"
            open "$DIR/made"
            open "$DIR/new"
            ls "$DIR"
        """
        made, refused_made, refused_new, names = self.ask(script, tmp_path)
        assert made == "opened"
        for said in (refused_made, refused_new):
            assert said.startswith("HomeUnusable: ")
            assert "its file system is mounted read-only" in said
        assert names == "made"

    def test_a_full_disk(self, tmp_path: Path) -> None:
        """It is said; with room again the home is made whole."""
        script = """
            mount -t tmpfs -o size=128k tmpfs "$DIR"
            mkdir -m 700 "$DIR/home"
            head -c 120k /dev/zero > "$DIR/filling" || true
            open "$DIR/home"
            rm "$DIR/filling"
            mount -o remount,size=8m "$DIR"
            open "$DIR/home"
            open "$DIR/home"
        """
        full, *then = self.ask(script, tmp_path)
        assert full.startswith(("DatabaseUnusable: ", "HomeUnusable: "))
        assert "no space left" in full.lower()
        assert then == ["opened", "opened"]


def test_every_refusal_is_one_of_ours(home: Path) -> None:
    """Whatever is in the way, the caller gets an error that it can show."""
    for obstacle in ("id", "engines", "bakehouse.db"):
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(mode=0o700)
        path = home / obstacle
        if obstacle == "engines":
            path.write_text("a file")
        else:
            path.mkdir()
        with pytest.raises(BakehouseError) as raised:
            open_home(home)
        assert raised.value.remedy
