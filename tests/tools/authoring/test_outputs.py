"""What would differ in another run, or elsewhere, is refused."""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_output

from course_tools.authoring.outputs import OutputError, clean_outputs, machine_places

PLACES = ("/home/ada", "/tmp")


def cell_with(*outputs):
    return new_code_cell("x", execution_count=3, outputs=list(outputs))


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (new_output("error", ename="KeyError", evalue="lily", traceback=[]), "ends in an error: KeyError: lily"),
        (new_output("stream", name="stderr", text="UserWarning: x\n"), "writes to stderr"),
        (new_output("stream", name="stdout", text="<object object at 0x7f2c1a2b3c4d>"), "address in memory"),
        (new_output("execute_result", data={"text/plain": "<Axes at 0x7f2c1a2b3c>"}, execution_count=3), "address"),
        (new_output("stream", name="stdout", text="saved to /home/ada/x.bin"), "path of this machine"),
        (new_output("display_data", data={"text/html": "<b>/tmp/abc</b>"}), "path of this machine"),
        (new_output("display_data", data={"image/svg+xml": "<svg/>"}), "shows image/svg"),
        (new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {}}), "shows application/vnd"),
    ],
)
def test_outputs_of_one_machine_or_one_moment_are_refused(output, message):
    with pytest.raises(OutputError, match=message):
        clean_outputs(cell_with(output), PLACES)


@pytest.mark.parametrize("text", ["0x1F600", "ids at 0x0A", "/temporary/x", "/tmpfiles", "https://x.org/home/adam/"])
def test_what_only_looks_like_it_is_kept(text):
    cell = cell_with(new_output("stream", name="stdout", text=text))
    clean_outputs(cell, PLACES)
    assert cell.outputs[0].text == text


def test_pictures_and_their_descriptions_are_kept():
    cell = cell_with(new_output("display_data", data={"image/png": "iVBOR", "text/plain": "a heatmap"}))
    clean_outputs(cell, PLACES)
    assert cell.outputs[0].data == {"image/png": "iVBOR", "text/plain": "a heatmap"}


def test_the_course_the_environment_and_the_home_tell_on_the_machine():
    root = Path("/somewhere/course")
    assert str(root) in machine_places(root)
    assert str(Path.home()) in machine_places(root)
    assert "/" not in machine_places(root)
