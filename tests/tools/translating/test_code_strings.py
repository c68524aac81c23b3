from course_tools.authoring.cells import Cell
from course_tools.translating.code_strings import code_strings, translated_code


def cell(source, fold="drawing"):
    return Cell("code", source, 1, fold=fold)


def texts(source, fold="drawing"):
    return [found.text for found in code_strings(cell(source, fold))]


def test_titles_labels_and_what_is_drawn_are_texts_and_printed_lines_are_not():
    source = 'fig = figure(title="A finding", xlabel="T, tokens")\naxes.annotate(f"key {j}", at)\nprint("loss", 3)'
    assert texts(source) == ["A finding", "T, tokens", "key {j}"]
    assert texts('reveal("how many", n, guess)\nprint("how much")', fold=None) == ["how many"]
    assert texts('show_folded("all results", "\\n".join(lines))', fold=None) == ["all results"]


def test_a_text_that_is_compared_is_translated_there_as_well():
    source = 'for title in zip(["scores", "o-"]):\n    limits = 1 if title == "scores" else 2'
    translated = translated_code(cell(source), {"scores": "امتیازها"}.get)
    assert translated == 'for title in zip(["امتیازها", "o-"]):\n    limits = 1 if title == "امتیازها" else 2'


def test_values_in_a_text_stay_values():
    source = 'axes.annotate(f"key {j}, weight {w[j]:.2f}", k[j] + 0.08)'
    translated = translated_code(cell(source), lambda text: text.replace("key", "کلید").replace(", weight", "، وزن"))
    assert translated == 'axes.annotate(f"کلید {j}، وزن {w[j]:.2f}", k[j] + 0.08)'
    compile(translated, "cell", "exec")


def test_a_text_over_two_lines_is_one_text():
    source = 'show(\n    alt="One thing. "\n    "Another.",\n    x=1,\n)'
    assert texts(source) == ["One thing. Another."]
    assert translated_code(cell(source), lambda text: 'و "این"') == 'show(\n    alt="و \\"این\\"",\n    x=1,\n)'


def test_code_that_only_ipython_reads_stays_as_it_is():
    assert translated_code(cell('%time f(title="A b")'), lambda text: "x") == '%time f(title="A b")'
