"""The modules of the pictures, asked without a browser."""

import json
import shutil
import subprocess

import pytest

from course_tools.site.plays.picture import MODULES

needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


def asked_of_node(module, function, cases):
    """What the function of a module, given by its way from site/play, answers to each list of arguments."""
    address = (MODULES / f"{module}.js").resolve().as_uri()
    program = (
        f"import {{ {function} }} from {json.dumps(address)};"
        "import { readFileSync } from 'node:fs';"
        "const cases = JSON.parse(readFileSync(0, 'utf8'));"
        f"console.log(JSON.stringify(cases.map((given) => {function}(...given))));"
    )
    done = subprocess.run(
        ["node", "--no-warnings", "--input-type=module", "-e", program],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)
