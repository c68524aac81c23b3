"""Answers of one student follow one another in one jail; none helps or harms the next, and none meets a reference."""

import json
import os

import pytest

from course_lib.util.topics import find_topic
from course_tools.grading import allowed_modules
from course_tools.grading.flags import forbidden_names
from course_tools.grading.sandbox import Jail, SandboxFailed, Zygote
from tests.tools.grading.conftest import ROOT, graded, with_answers

SOFTMAX = """
def softmax(x, dim=-1):
    {mischief}
    shares = (x - x.amax(dim, keepdim=True)).exp()
    return shares / shares.sum(dim, keepdim=True)
"""
MASK = """
def causal_mask(T):
    {look}
    return torch.arange(T)[:, None] >= torch.arange(T)
"""
SDPA = "def scaled_dot_product_attention(q, k, v, *, causal=True):\n    return {}"
SAW = "raise RuntimeError('something was left')"
LEFT = {
    "a process": (
        "import os, time\n    if not os.path.exists('/tmp/once'):\n"
        "        open('/tmp/once', 'w').close()\n        if os.fork() == 0:\n            time.sleep(60)",
        f"import os\n    if sum(name.isdigit() for name in os.listdir('/proc')) > 2:\n        {SAW}",
    ),
    "a file": (
        "open('/tmp/left', 'w').close()",
        f"import os\n    if os.listdir('/tmp'):\n        {SAW}",
    ),
    "a patched torch": (
        "torch.arange = lambda *a: 1 / 0",
        "pass",
    ),
    "a limit of process 1": (
        "import resource\n    resource.prlimit(1, resource.RLIMIT_NPROC, (1, 1))",
        "pass",
    ),
    "a signal to process 1": (
        "import os, signal\n    [os.kill(1, s) for s in (signal.SIGKILL, signal.SIGSTOP, signal.SIGINT)]",
        "pass",
    ),
}


@pytest.fixture
def jails(monkeypatch):
    """The jails that were forked."""
    forked = []
    fork = Zygote.fork_jail

    def counted(zygote):
        forked.append(fork(zygote))
        return forked[-1]

    monkeypatch.setattr(Zygote, "fork_jail", counted)
    return forked


@pytest.mark.parametrize("left", LEFT)
def test_what_an_answer_leaves_does_not_reach_the_next(left, isolated):
    mischief, look = LEFT[left]
    grades = graded(isolated, with_answers("attention", SOFTMAX.format(mischief=mischief), MASK.format(look=look)))
    assert (grades["softmax"].status, grades["causal_mask"].status) == ("right", "right"), grades["causal_mask"].note


def test_where_nothing_can_be_forked_it_is_said_at_once(monkeypatch):
    monkeypatch.delattr(os, "fork")
    with pytest.raises(SandboxFailed, match="WSL 2"):
        Zygote({})


def test_memory_of_process_1_is_closed(isolated):
    look = f"try:\n        open('/proc/1/mem', 'r+b')\n        {SAW}\n    except PermissionError:\n        pass"
    assert graded(isolated, with_answers("attention", MASK.format(look=look)))["causal_mask"].status == "right"


def test_a_solved_notebook_needs_one_jail(isolated, jails):
    notebook = json.loads((ROOT / "solutions" / f"{find_topic('attention').stem}.ipynb").read_text(encoding="utf-8"))
    grades = graded(isolated, notebook)
    assert {e.status for e in grades.values()} <= {"right", "manual"}
    assert len(jails) == 1, "for answers that borrow of the library, and for those that do not"


@pytest.fixture
def workers(monkeypatch):
    """For each worker that is forked: whether it is the second or a later one of its jail."""
    forked = []
    fork = Jail.fork_worker

    def counted(jail):
        connection = fork(jail)
        forked.append(jail.reused)
        return connection

    monkeypatch.setattr(Jail, "fork_worker", counted)
    return forked


@pytest.mark.parametrize("topic", ["attention", "block", "training"])
def test_a_solved_notebook_needs_one_worker(topic, isolated, workers):
    """To fork costs more than most answers do, so answers that are right follow one another."""
    notebook = json.loads((ROOT / "solutions" / f"{find_topic(topic).stem}.ipynb").read_text(encoding="utf-8"))
    grades = graded(isolated, notebook, topic)
    assert {e.status for e in grades.values()} <= {"right", "manual"}
    assert workers == [False]


BRINGS = {
    "by its name": "torch.brought = nn.functional.scaled_dot_product_attention",
    "by a name made at run time": "torch.brought = getattr(nn.functional, 'scaled_dot' + '_product_attention')",
}


@pytest.mark.parametrize("bring", BRINGS)
def test_what_one_answer_may_use_is_not_brought_to_one_that_may_not(bring, isolated, workers):
    """Read off the code of each alone nothing is wrong; the second finds nothing of what the first has put there."""
    brings = f"import torch\nfrom torch import nn\n{SOFTMAX.format(mischief=BRINGS[bring])}"
    takes = SDPA.format("torch.brought(q, k, v, is_causal=causal)")
    grades = graded(isolated, with_answers("attention", brings, takes))
    assert grades["softmax"].status in ("right", "flagged")
    assert grades["scaled_dot_product_attention"].status == "wrong"
    assert workers == [False, True, False], "each its own, and the wrong one once more by itself"


def test_an_answer_that_is_wrong_leaves_its_worker_to_none(isolated, workers):
    wrong = SOFTMAX.format(mischief="torch.arange = lambda *a: 1 / 0") + "    return x"
    grades = graded(
        isolated, with_answers("attention", wrong.replace("shares / shares", "x + shares"), MASK.format(look="pass"))
    )
    assert (grades["softmax"].status, grades["causal_mask"].status) == ("wrong", "right")
    assert workers == [False, True]


def test_what_was_lent_of_the_library_is_not_there_for_an_answer_that_asks_for_nothing_of_it(isolated, jails):
    """Also where an answer before it, in the same jail, was lent something."""
    borrows = "from course_lib import config\n" + SOFTMAX.format(mischief="config.GPTConfig()")
    look = (
        f"import sys\n    if [name for name in sys.modules if name.startswith('course_lib.attention')]:\n        {SAW}"
    )
    grades = graded(isolated, with_answers("attention", borrows, MASK.format(look=look)))
    assert (grades["softmax"].status, grades["causal_mask"].status) == ("right", "right"), grades["causal_mask"].note
    assert len(jails) == 1


def test_a_jail_whose_answer_died_is_not_used_again(isolated, jails):
    died = "def softmax(x, dim=-1):\n    import os\n    os._exit(0)"
    grades = graded(isolated, with_answers("attention", died, MASK.format(look="pass")))
    assert (grades["softmax"].status, grades["causal_mask"].status) == ("wrong", "right")
    assert len(jails) == 3, "the one that was lost, a look at whether there are others, and another"


def test_a_shared_jail_holds_no_reference_of_the_answers_to_come(handouts):
    for handout in handouts.values():
        exercises = list(handout.checks.values())
        for first in range(len(exercises)):
            sources = allowed_modules.modules_for(handout, *exercises[first:])
            for name in (name for exercise in exercises[first:] for name in forbidden_names(exercise)):
                if name.startswith("course_lib."):
                    module, definition = allowed_modules._home(name)
                    assert f"{definition} is what this exercise" in sources.get(
                        module, f"{definition} is what this exercise"
                    )


@pytest.mark.parametrize(
    ("topic", "source"),
    [
        ("tokenization", "def train_merges(words, n):\n    return tokenization.train_merges_fast(words, n)"),
        ("gpt", "from course_lib.gpt import GPT\nclass TinyGPT(GPT):\n    pass"),
        ("data", "class StoryWindows(data.TokenDataset):\n    pass"),
    ],
)
def test_the_library_in_place_of_an_answer_is_held_back_and_flagged(topic, source, grader):
    notebook = with_answers(topic, source)
    (grade,) = [e for e in graded(grader, notebook, topic).values() if e.status == "wrong"]
    assert grade.score == 0
    assert "which the exercise asks to write" in grade.note


GUESS = "predict_weights_of_equal_keys"
TELLS = {  # what softmax leaves, and by what the prediction sees that it is not by itself
    "what is left in torch": ("torch.left = True", "hasattr(torch, 'left')"),
    "a variable": ("import os; os.environ['LEFT'] = '1'", "'LEFT' in os.environ"),
    "a file": ("open('/tmp/left', 'w').close()", "os.path.exists('/tmp/left')"),
    "the number of the process": ("1 / 0", "os.getpid() > 2"),
}


def _guesses(handouts, tell, *, here="WRONG", alone="RIGHT"):
    """A notebook that predicts one thing beside other answers and another by itself."""
    mischief, sees = TELLS[tell]
    values = {"RIGHT": repr(handouts["attention"].checks[GUESS].reference()), "WRONG": "[0.5, 0.5, 0.0, 0.0, 0.0]"}
    source = (
        f"import os\nimport torch\ndef {GUESS}():\n    return {values.get(here, here)} if {sees} else {values[alone]}"
    )
    return with_answers("attention", SOFTMAX.format(mischief=mischief), source)


@pytest.mark.parametrize("tell", TELLS)
def test_a_prediction_is_one_guess_and_not_another_when_asked_again(tell, isolated, handouts):
    grade = graded(isolated, _guesses(handouts, tell))[GUESS]
    assert (grade.status, grade.score) == ("flagged", 0)
    assert "predicts something else when it is asked again" in grade.note


def test_a_prediction_that_could_not_be_made_beside_others_is_right_by_itself(isolated, handouts):
    """What the answers before it left is the cause, and no guess was spent."""
    grade = graded(isolated, _guesses(handouts, "what is left in torch", here="1 / 0"))[GUESS]
    assert grade.status == "right", grade.note


@pytest.mark.parametrize("tell", TELLS)
def test_a_prediction_that_is_wrong_both_times_is_wrong(tell, isolated, handouts):
    grade = graded(isolated, _guesses(handouts, tell, alone="WRONG"))[GUESS]
    assert (grade.status, grade.note) == ("wrong", "")


TABLE = """
from course_lib import llama as library
def rotation_table(head_dim, seq_len, theta):
    library
    angles = torch.outer(torch.arange(seq_len).float(), theta ** (-torch.arange(0, head_dim, 2) / head_dim))
    return angles.cos(), angles.sin()
"""
ROTATE = """
from operator import attrgetter
from course_lib import llama as library
def rotate(x, cos, sin):
    return attrgetter("apply_" + "rope")(library)(x, cos, sin)
"""


def test_what_is_lent_holds_back_what_the_notebook_asks_later(isolated):
    """Also where the checks have another order than the notebook's exercises, in which they are graded."""
    grades = graded(isolated, with_answers("llama", TABLE, ROTATE), "llama")
    assert (grades["rotation_table"].status, grades["rotate"].status) == ("right", "wrong")


CONFIG = "class ModelConfig(base):\n    pass"
CONFIGS = {  # doors to a configuration of the library, which is in every worker
    "imported": "from course_lib.config import GPTConfig as ModelConfig",
    "assigned": "from course_lib import config\nModelConfig = config.GPTConfig",
    "by a name made at run time": (
        f"from operator import attrgetter\nfrom course_lib import config as c\n"
        f"base = attrgetter('GPT' + 'Config')(c)\n{CONFIG}"
    ),
    "among what is loaded": (
        f"import sys\nname = 'course' + '_lib.config'\n"
        f"base = sys.modules[name].__getattribute__('GPT' + 'Config')\n{CONFIG}"
    ),
    "another of its kind": (
        "from dataclasses import dataclass\nfrom operator import attrgetter\nfrom course_lib import config as c\n"
        "@dataclass(frozen=True)\nclass ModelConfig(attrgetter('GPTNeo' + 'Config')(c)):\n"
        "    n_layer: int = 12\n    n_embd: int = 100\n    n_head: int = 5"
    ),
}


@pytest.mark.parametrize("door", CONFIGS)
def test_what_every_worker_has_is_taken_from_the_one_that_is_asked_to_write_it(door, grader):
    grade = graded(grader, with_answers("gpt", CONFIGS[door]), "gpt")["ModelConfig"]
    assert (grade.status, grade.score) == ("wrong", 0), grade.note


@pytest.mark.parametrize("first", ["make_windows", "StoryWindows"])
def test_what_is_lent_to_an_answer_holds_nothing_that_one_graded_later_is_asked_to_write(first, isolated):
    """Also where the later one stands before it in the notebook: what forbids most is graded first."""
    notebook = json.loads((ROOT / "solutions" / f"{find_topic('data').stem}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if "def shift_by_one" in source:
            cell["source"] = (
                "import operator\nimport course_lib.data.windows\ndef shift_by_one(tokens):\n"
                "    return operator.attrgetter('shift_' + 'by_one')(course_lib.data.windows)(tokens)"
            )
        elif f" {first}(" in source:  # right, and uses the library for nothing
            cell["source"] = source.replace("### BEGIN SOLUTION", "'course_lib'")
    grades = graded(isolated, notebook, "data")
    assert (grades[first].status, grades["shift_by_one"].status) == ("right", "wrong")
