"""Processes that train are ended with SIGKILL at many moments; what they leave goes on as if nothing had happened."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("killed_training.py")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_run_that_was_killed_ends_bit_for_bit_as_one_that_was_not(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, str(SCRIPT), str(tmp_path)], capture_output=True, text=True, timeout=280)
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert report["different"] == []
    assert report["kills"] == report["moments"] == 12  # before and after each of the six calls that write a checkpoint
    assert report["random_kills"] > 10
