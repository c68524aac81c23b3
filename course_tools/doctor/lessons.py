"""What lessons reach for: stories, the network, a kernel."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from course_tools.doctor.report import INSTALL, Finding, State
from course_tools.home import somewhere_to_write
from course_tools.options import quoted

NETWORK_SECONDS = 3
KERNEL_SECONDS = 60


def check_data() -> Iterator[Finding]:
    """The built-in stories, and the source that lessons are set to use."""
    from course_lib.corpus import load_stories

    words = sum(len(text.split()) for text in load_stories("sample", n=3)["text"])
    yield Finding(State.GOOD, "data", f"the built-in stories tell themselves ({words} words in 3 of them)")
    chosen = os.environ.get("COURSE_STORIES")
    if chosen:
        yield Finding(
            State.NOTE, "data", f"COURSE_STORIES={chosen}: lessons use this source", "unset it for the built-in stories"
        )


def check_network() -> Iterator[Finding]:
    """Whether the hub with the real TinyStories and the pretrained models can be reached; nothing else needs it."""
    from course_lib.corpus.hub import hub_address, why_unreachable

    reason = why_unreachable(hub_address(), NETWORK_SECONDS)
    if reason is None:
        yield Finding(State.GOOD, "network", f"{hub_address()} answers")
    else:
        without = "lessons run without it; only the optional cells on the real TinyStories do not"
        yield Finding(State.NOTE, "network", f"{hub_address()} is out of reach ({reason})", without)


def check_kernel() -> Iterator[Finding]:
    """A Jupyter kernel, started as JupyterLab would, that imports the course."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import start_new_kernel

    with somewhere_to_write():  # also to look for the kernel: without a home folder Jupyter knows no place to look
        command = KernelSpecManager().get_kernel_spec("python3").argv[0]
        if Path(command).name != command and Path(command).resolve() != Path(sys.executable).resolve():
            remedy = f"{quoted(sys.executable)} -m ipykernel install --sys-prefix"
            yield Finding(State.WRONG, "kernel", f"Jupyter's kernel python3 runs another Python, {command}", remedy)
            return
        manager, client = start_new_kernel(
            kernel_name="python3", startup_timeout=KERNEL_SECONDS, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            reply = client.execute_interactive("import course_lib", timeout=KERNEL_SECONDS, output_hook=lambda _: None)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    if reply["content"]["status"] == "ok":
        yield Finding(State.GOOD, "kernel", "starts and finds the course")
    else:
        error = f"{reply['content'].get('ename')}: {reply['content'].get('evalue')}"
        yield Finding(State.WRONG, "kernel", f"starts, but cannot import the course: {error}", INSTALL)
