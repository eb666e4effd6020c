"""The floor: the same steps with the same runtime, a process each, and nobody who decides, records or caches.

`prepare` takes the launch documents of a finished run and lays them out as attempts that were never started; run as a program,
`bare.py FOLDER INTERPRETER RUNTIME WORKERS`, this file starts them. Needs the standard library only.
"""

import fcntl
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

#: Where the launch documents lie in a home.
LAUNCHES = "runs/*/*/*/launch.json"


def prepare(home: Path, folder: Path) -> None:
    """Lay out below `folder` the attempts of all runs of a home, each with its inputs written down, none of them started."""
    for launch in home.glob(LAUNCHES):
        attempt = folder / launch.parent.relative_to(home)
        for part in ("work", "outputs"):
            (attempt / part).mkdir(parents=True)
        text = launch.read_text().replace(str(home), str(folder))
        Path(json.loads(text)["executor_input"]["outputs"]["outputFile"]).parent.mkdir(parents=True)
        (attempt / "launch.json").write_text(text)


def run(attempt: Path, interpreter: str, runtime: str) -> None:
    """Start the runtime on one attempt, as the local runner does, and wait for it."""
    lock = os.open(attempt / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    command = [interpreter, "-u", "-s", "-S", runtime, str(attempt), str(lock)]
    environment = json.loads((attempt / "launch.json").read_text())["environment"]
    with (attempt / "runtime.log").open("ab") as log:
        step = subprocess.Popen(
            command, env=environment, cwd=attempt / "work", stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[lock], start_new_session=True
        )
    os.close(lock)
    step.wait()
    if json.loads((attempt / "exit").read_text())["code"] != 0:
        raise SystemExit(f"{attempt} failed")


if __name__ == "__main__":
    folder, interpreter, runtime, workers = sys.argv[1:]
    with ThreadPoolExecutor(int(workers)) as pool:
        list(pool.map(lambda launch: run(launch.parent, interpreter, runtime), Path(folder).glob(LAUNCHES)))
