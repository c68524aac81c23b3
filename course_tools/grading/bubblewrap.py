"""The command that shuts a process in: what it sees of the machine, and nothing else. Linux with bubblewrap."""

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

NOBODY = 65534  # the unprivileged user that root becomes
INSIDE = Path(__file__).parent / "inside"
PRIVATE = Path("/tmp")  # each sandbox has one of its own
GRADER = "/grader"  # where `inside` is, in the sandbox
SYSTEM = (
    *("/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/share/zoneinfo", "/etc/ld.so.cache"),
    # by which the C library decides whether it asks for large pages
    *(f"/sys/kernel/mm/transparent_hugepage/{name}" for name in ("enabled", "hpage_pmd_size")),
)


class SandboxFailed(RuntimeError):
    """No worker can be had: the machine's fault or the grader's, never a student's."""


class SandboxLacking(SandboxFailed):
    """This machine lacks what a sandbox needs, or forbids it: nothing of the grader is broken."""


def bubblewrapped(hide: Iterable[Path]) -> list[str]:
    """The command that starts what follows it in a sandbox. Raises SandboxFailed if there is no bubblewrap."""
    bwrap = shutil.which("bwrap")
    if sys.platform != "linux" or bwrap is None:
        raise SandboxLacking("bubblewrap is not installed (on Debian and Ubuntu: apt install bubblewrap)")
    hidden = [str(folder) for folder in _environment_folders() if PRIVATE in folder.parents]
    if hidden:
        raise SandboxLacking(
            f"Python's environment lies in {hidden[0]}, and a sandbox has a {PRIVATE} of its own: "
            "keep the course elsewhere, for example in your home folder"
        )
    inner = [
        bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
        *_view({INSIDE: f"{GRADER}/inside"}, hide),
        "--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev/pts", "--remount-ro", "/dev",
        "--tmpfs", "/tmp", "--chdir", "/tmp", "--remount-ro", "/", "--",
    ]  # fmt: skip
    if os.geteuid() != 0:
        return inner
    # Root first makes the view, for files that only root may read, then becomes nobody, who makes the sandbox in it.
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise SandboxLacking("running as root needs setpriv, of util-linux, to become an unprivileged user")
    return [
        bwrap, "--die-with-parent", "--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID",
        *_view({INSIDE: f"{GRADER}/inside", Path(bwrap): bwrap, Path(setpriv): setpriv}, hide),
        "--dev-bind", "/proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--",
        setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs", "--",
        *_inside_the_view(inner),
    ]  # fmt: skip


def _inside_the_view(command: list[str]) -> list[str]:
    """The same command for one who sees only the outer view: the grader's folder is already where it should be."""
    return [f"{GRADER}/inside" if part == str(INSIDE) else part for part in command]


def _view(more: dict[Path, str], hide: Iterable[Path]) -> list[str]:
    """Options that show the interpreter, its environment and the system's libraries, read-only, and nothing else."""
    shown: dict[str, str] = {}  # where it is seen -> where it is
    for path in [*map(Path, SYSTEM), *_environment_folders()]:
        if path.exists():
            shown[str(path)] = str(path)
    shown |= {place: str(path) for path, place in more.items()}
    options: list[str] = []
    for name in ("lib", "lib32", "lib64", "bin"):
        if Path("/", name).is_symlink():
            options += ["--symlink", os.readlink(f"/{name}"), f"/{name}"]
        elif name != "bin" and Path("/", name).is_dir():
            shown[f"/{name}"] = f"/{name}"
    made: set[str] = set()
    for place in sorted(shown):
        if any(Path(other) in Path(place).parents for other in shown):
            continue  # within another that is shown
        for parent in list(reversed(Path(place).parents))[1:]:
            if str(parent) not in made:
                options += ["--perms", "0755", "--dir", str(parent)]
                made.add(str(parent))
        options += ["--ro-bind", shown[place], place]
    for path in {path.resolve() for path in hide}:
        inside = [place for place in shown if Path(place).resolve() in path.parents]
        if inside and path.is_dir():
            options += ["--tmpfs", str(path), "--remount-ro", str(path)]
    return options


def _environment_folders() -> list[Path]:
    """Where the interpreter, its libraries and the installed packages are."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    interpreter = Path(sys.executable)
    folders = []
    for prefix in sorted(prefixes):
        if prefix in ("/usr", "/usr/local"):  # the whole system: only what is Python's
            folders += [Path(prefix, "lib"), Path(prefix, "include", "python" + sysconfig.get_python_version())]
        else:
            folders.append(Path(prefix))
    return [*folders, interpreter, interpreter.resolve()]
