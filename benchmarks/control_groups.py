"""Processor time of a process and all that it starts, as a control group of Linux counts it.

Nothing else counts all: what is killed together with its namespace is waited for by nobody, and its time is lost to its
parents.
"""

import os
import subprocess
import time
from pathlib import Path

PATIENCE = 10.0  # seconds
GROUPS = Path("/sys/fs/cgroup")


class ControlGroup:
    """A new control group. Raises PermissionError, with the remedy, where none can be made."""

    def __init__(self, name: str) -> None:
        alone = GROUPS / "cpuacct"  # the first version of control groups has a place for each thing that is counted
        own = next((line[3:] for line in Path("/proc/self/cgroup").read_text().split("\n") if line[:3] == "0::"), "/")
        self._folder = (alone if alone.is_dir() else GROUPS / own.strip("/")) / f"{name}-{os.getpid()}"
        try:
            self._folder.mkdir()
        except OSError as error:
            raise PermissionError(
                f"no control group can be made ({error}): run it as root, or by "
                "`systemd-run --user --scope -p Delegate=yes COMMAND`"
            ) from error

    def take(self, process: subprocess.Popen) -> None:
        """Count this process, and whatever it starts from now on."""
        (self._folder / "cgroup.procs").write_text(str(process.pid))

    def seconds(self) -> float:
        """Of processors, by all that is or was in the group."""
        alone = self._folder / "cpuacct.usage"
        if alone.is_file():
            return int(alone.read_text()) / 1e9
        return int((self._folder / "cpu.stat").read_text().split()[1]) / 1e6

    def close(self) -> None:
        """Remove the group, once what is in it has ended."""
        until = time.monotonic() + PATIENCE
        while (self._folder / "cgroup.procs").read_text() and time.monotonic() < until:
            time.sleep(0.05)
        self._folder.rmdir()
