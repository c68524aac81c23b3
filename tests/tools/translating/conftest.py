import pytest

from course_tools.translating.messages import OTHERS
from tests.tools.authoring.conftest import LESSON, SOLUTION


@pytest.fixture
def course(tmp_path):
    """A small course with one lesson and its exercises, and nothing translated."""
    for folder, text in {"notebooks": LESSON, "solutions": SOLUTION}.items():
        path = tmp_path / "sources" / folder / "03_attention.py"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    for module in ("course_lib/checks/attention/mask.py", *OTHERS):
        (tmp_path / module).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / module).write_text('MISTAKE = Misconception("leaks", None, f"Row {t} sees {t + 1}.")\n')
    (tmp_path / "course_lib/util/language").mkdir(parents=True)
    return tmp_path
