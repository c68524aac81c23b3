import json

import pytest

from course_lib.util.language import VARIABLE, chosen, languages, words
from course_lib.util.language.direction import isolated, reads_from_the_right
from course_lib.util.language.templates import Templates

TEMPLATES = Templates(
    {
        "expected shape {0}{1}, got shape {2}": "شکل {0}{1} انتظار می‌رفت، {2} آمد",
        " in {0}": " در {0}",
        "a list": "یک فهرست",
        "a {0}": "چیزی از نوع {0}",
        "expected {0}, got {1}": "{0} انتظار می‌رفت، {1} آمد",
        "{0} tokens": "{0} توکن",
        "your code raised {0}: {1}{2}": "خطای {0}: {1}{2}",
        " (line {0} of your code)": " (خط {0})",
        "write ** for a power": "توان را ** بنویسید",
        "\nInput: {0}": "\nورودی: {0}",
        "the right result, but ": "درست، ولی ",
        "it leaks": "نشت می‌کند",
        "{0}\nexpected\n{1}\ngot\n{2}": "{0}\nانتظار\n{1}\nجواب\n{2}",
    }
)


@pytest.mark.parametrize(
    ("english", "told"),
    [
        ("it leaks", "نشت می‌کند"),
        ("expected shape (2, 3), got shape (3,)", "شکل (2, 3) انتظار می‌رفت، (3,) آمد"),
        ("expected shape (2, 3) in output, got shape (3,)", "شکل (2, 3) در output انتظار می‌رفت، (3,) آمد"),
        ("3 tokens: expected a list, got a Spam", "3 توکن: یک فهرست انتظار می‌رفت، چیزی از نوع Spam آمد"),
        ("3 tokens: it leaks\nInput: [1, 2], 3", "3 توکن: نشت می‌کند\nورودی: [1, 2], 3"),
        ("it leaks\nexpected\n  1 2\ngot\n  1 3*\nInput: 3", "نشت می‌کند\nانتظار\n  1 2\nجواب\n  1 3*\nورودی: 3"),
        ("the right result, but it leaks", "درست، ولی نشت می‌کند"),
        ("your code raised KeyError: a list (line 3 of your code)", "خطای KeyError: یک فهرست (خط 3)"),
        ("your code raised TypeError: no ^ (write ** for a power)", "خطای TypeError: no ^ (توان را ** بنویسید)"),
        ("your code raised E: out of range (expected in [0, 1])", "خطای E: out of range (expected in [0, 1])"),
        ("nobody has said this", None),
        ("something that ends in tokens and more", None),
    ],
)
def test_a_finished_sentence_is_recognised_by_its_template(english, told):
    assert TEMPLATES.translate(english) == told


def test_values_are_put_in_as_they_are_even_if_they_look_like_placeholders():
    assert TEMPLATES.translate("expected {1}, got {0}") == "{1} انتظار می‌رفت، {0} آمد"


def test_english_needs_no_catalogue(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert words("attention").tell("anything") == "anything"
    assert words().say("{0}: right.", "softmax") == "softmax: right."
    assert words().direction == "ltr"


def test_what_is_not_translated_is_shown_in_english_with_a_mark():
    assert words("", "fa").tell("nobody has said this") == "[هنوز ترجمه نشده] nobody has said this"
    assert words("", "fa").say("{0} is nobody's", 3) == "[هنوز ترجمه نشده] 3 is nobody's"


def test_a_topic_does_not_answer_with_the_sentences_of_another():
    text = "row t allows t + 1 keys"
    assert "هنوز ترجمه نشده" in words("mlp", "fa").tell(text)
    assert "هنوز ترجمه نشده" not in words("attention", "fa").tell(text)


def test_an_unknown_language_is_refused_with_those_that_there_are(monkeypatch):
    monkeypatch.setenv(VARIABLE, "xx")
    with pytest.raises(ValueError, match=r"COURSE_LANGUAGE is 'xx'.*en, .*fa"):
        chosen()


def test_numbers_in_prose_have_the_digits_of_the_language():
    assert words("", "fa").number(8) == "۸"
    assert words().number(2.5) == "2.5"


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("شکل (T, d) است", ["(T, d)"]),
        ("توجه (attention) را", ["(attention)"]),
        ("امتیازها (مثلاً q·k) بزرگ‌اند", ["q·k"]),
        ("از آخر بشمارید: q.shape[-2].", ["q.shape[-2]"]),
        ("حاصل 0 / 0 می‌شود nan.", ["0 / 0", "nan"]),
        ("q، k و v", ["q", "k", "v"]),
        ("تقسیم بر √d، نه d", ["√d", "d"]),
        ("فقط فارسی (همین).", []),
        ("شکل (..., T, T) است", ["(..., T, T)"]),
        ("می‌شود k.transpose(-2, -1). (k.T ترتیب را برعکس می‌کند.)", ["k.transpose(-2, -1)", "k.T"]),
        ("در GPT (in-place نوشته شده)", ["GPT", "in-place"]),
        ("بخش ۸ · softmax بادوام", ["softmax"]),
    ],
)
def test_code_and_latin_words_are_isolated_with_their_own_brackets(text, runs):
    found = []
    assert isolated(text, lambda run: found.append(run) or run) == text
    assert found == runs


def test_persian_letters_are_read_from_the_right():
    assert reads_from_the_right("x سلام")
    assert not reads_from_the_right("x = [1] → √2 −∞")


def test_what_the_library_reads_is_text_by_place():
    from course_lib.util import language

    for code in languages():
        path = next(iter(language.__path__)) + f"/{code}.json"
        with open(path, encoding="utf-8") as file:
            texts = json.load(file)
        assert all(isinstance(value, str) for place in texts.values() for value in place.values())
