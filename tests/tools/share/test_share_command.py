"""`course share`: what is in the page, how large it is, and what is refused."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
import torch

from course_lib.config import GPTConfig, GPTNeoConfig, LlamaConfig, ModernConfig
from course_lib.corpus import load_stories
from course_lib.gpt import GPT
from course_lib.llama import Llama
from course_lib.modern.model import ModernDecoder
from course_lib.pretrained.gpt_neo import GPTNeo
from course_lib.pretrained.sources import shipped_folder
from course_lib.tokenization import save_tokenizer, train_tokenizer
from course_lib.training import save_checkpoint
from course_tools.cli import main
from course_tools.commands import share as command
from course_tools.javascript import parts
from course_tools.share import LARGEST, make_page, read_shared
from course_tools.share.assemble import PAGE, VIEW, WORKER, read
from course_tools.share.weights import DTYPES, pack

LARGEST_SHARE = 1.4  # bytes of a page over those of its weights
SMALL = {"seq_len": 16, "n_layer": 1, "n_embd": 16, "n_head": 2}
HISTORY = {"losses": [5.0, 4.0, 3.0], "validation": [[3, 3.1]], "tokens": 4_800, "seconds": 61.4}


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(load_stories("sample", n=20)["text"], vocab_size=400)


def write_run(folder: Path, tokenizer, model, **settings) -> Path:
    folder.mkdir(exist_ok=True)
    save_tokenizer(tokenizer, folder / "tokenizer.json")
    save_checkpoint(folder, model, step=3, state={"history": HISTORY})
    (folder / "run.json").write_text(json.dumps({"format": "course run 1", **settings}))
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory, tokenizer) -> Path:
    folder = tmp_path_factory.mktemp("run")
    return write_run(folder, tokenizer, GPT(GPTConfig(400, **SMALL)), stories="sample")


class Scripts(HTMLParser):
    """What the page's scripts hold, by id, and every address in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.content: dict[str, str] = {}
        self.addresses: list[str] = []
        self.titles: list[str] = []
        self.within = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.within = given.get("id", "") if tag == "script" else tag
        self.addresses += [value for name, value in attributes if name in ("src", "href")]

    def handle_endtag(self, tag):
        self.within = ""

    def handle_data(self, data):
        if self.within == "title":
            self.titles.append(data)
        self.content[self.within] = self.content.get(self.within, "") + data


def shared(path: Path, run: object, *options: str) -> str:
    assert main(["share", str(run), "--out", str(path), *options]) == 0
    return path.read_text(encoding="utf-8")


def test_the_page_says_whose_model_it_is_and_what_it_was_trained_on(tmp_path, capsys, run) -> None:
    page = Scripts(shared(tmp_path / "mine.html", run, "--author", "Ada"))
    about = json.loads(page.content["about-data"])
    assert page.titles == ["A language model by Ada"]
    assert (about["author"], about["trained_on"]) == ("Ada", "stories that the course's own generator tells")
    assert about["parameters"] == sum(p.numel() for p in GPT(GPTConfig(400, **SMALL)).parameters())
    history = about["history"]
    assert (history["losses"], history["validation"]) == ([[1, 5.0], [2, 4.0], [3, 3.0]], [[3, 3.1]])
    assert 0 < history["floor"] < 3
    assert "mine.html" in capsys.readouterr().out


def test_stories_of_one_s_own_are_named_without_their_folder(tmp_path, tokenizer) -> None:
    folder = write_run(tmp_path / "run", tokenizer, GPT(GPTConfig(400, **SMALL)), stories="/home/ada/secret/mine.txt")
    text = shared(tmp_path / "mine.html", folder)
    about = json.loads(Scripts(text).content["about-data"])
    assert about["trained_on"] == "stories of the author's own (mine.txt)"
    assert about["history"]["floor"] is None
    assert "secret" not in text
    again = shared(tmp_path / "again.html", folder, "--trained-on", "letters of my grandmother")
    assert json.loads(Scripts(again).content["about-data"])["trained_on"] == "letters of my grandmother"


def test_a_folder_of_another_library_can_be_shared(tmp_path) -> None:
    folder = tmp_path / "checkpoint"
    shutil.copytree(shipped_folder("howsam"), folder)
    about = json.loads(Scripts(shared(tmp_path / "a.html", folder, "--dtype", "float16")).content["about-data"])
    assert (about["parameters"], about["trained_on"], about["history"]) == (2_457_800, None, {})


def test_a_folder_of_another_architecture_is_refused(tmp_path, capsys) -> None:
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert", "architectures": ["BertModel"]}')
    assert "bert" in refused(capsys, folder, "--out", tmp_path / "a.html")
    assert not (tmp_path / "a.html").exists()


def test_what_somebody_types_stays_text(tmp_path, run) -> None:
    evil = "</script><script>alert(1)</script><!-- {{style}} &amp; “x”"
    text = shared(tmp_path / "mine.html", run, "--author", evil, "--title", evil)
    page = Scripts(text)
    assert page.titles == [evil]
    assert json.loads(page.content["about-data"])["author"] == evil
    assert text.count("<script>alert") == 0


def test_the_page_loads_nothing(tmp_path, run) -> None:
    text = shared(tmp_path / "mine.html", run)
    assert Scripts(text).addresses == ["data:,"]
    assert "default-src 'none'" in text
    assert set(re.findall(r"https?://[^\s\"']+", text)) == {"http://www.w3.org/2000/svg"}  # a name, never loaded


def test_the_same_run_gives_the_same_page(run) -> None:
    assert make_page(read_shared(run)) == make_page(read_shared(run))


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_page_of_the_course_s_model_is_little_larger_than_its_weights(dtype: str) -> None:
    model = read_shared("howsam")
    assert len(make_page(model, dtype=dtype).encode()) <= LARGEST_SHARE * len(pack(model.model, dtype).data)


def test_the_page_of_a_model_as_large_as_that_of_two_minutes_is_too(tokenizer, run) -> None:
    config = LlamaConfig(2_048, 256, n_layer=2, n_embd=128, n_head=2, n_kv_head=2, hidden_dim=336)
    made = train_tokenizer(load_stories("sample", n=2_000)["text"], vocab_size=2_048)
    model = read_shared(run)._replace(model=Llama(config), tokenizer=made)
    assert len(make_page(model).encode()) <= LARGEST_SHARE * len(pack(model.model).data)


def test_the_page_holds_its_modules_readably_and_whole(tmp_path, run) -> None:
    page = Scripts(shared(tmp_path / "mine.html", run))
    for entry, place in ((WORKER, "worker-code"), (VIEW, "")):
        modules = parts(PAGE / entry)
        assert len(modules) > 7
        for name, code in modules.items():
            assert f"// ---- {name}\n\n{code}" in page.content[place]


def test_every_text_is_in_one_place() -> None:
    texts = json.loads(read("strings.json"))
    used = set(re.findall(r"\{\{(\w+)\}\}", read("index.html")))
    for code in parts(PAGE / VIEW).values():
        used |= set(re.findall(r'"([a-z]\w*)"', code))
    python = {"title", "title_of", "stories_sample", "stories_tinystories", "stories_own"}
    sliders = {"temperature_hint", "top_k_hint", "top_p_hint", "min_p_hint"}
    assert texts.keys() - used - python - sliders - {"about_int8", "about_float16"} == set()


def test_in_persian_every_text_of_the_page_is_persian_and_the_story_keeps_its_own_direction(run, monkeypatch) -> None:
    english = json.loads(read("strings.json"))
    monkeypatch.setenv("COURSE_LANGUAGE", "fa")
    page = make_page(read_shared(run), author="Ada")
    texts = json.loads(Scripts(page).content["strings-data"])
    assert '<html lang="fa" dir="rtl">' in page
    assert '<div id="story" dir="auto"' in page
    assert (texts["language"], texts["direction"]) == ("fa", "rtl")
    kept = {"prompt_default", "top_k", "top_p", "min_p", "stories_tinystories"}  # English, and names
    for name in english.keys() - kept - {"language", "direction"}:
        assert re.search("[\u0600-\u06ff]", texts[name]), name
        assert sorted(re.findall(r"\{\w+\}", texts[name])) == sorted(re.findall(r"\{\w+\}", english[name])), name
    assert "هنوز ترجمه نشده" not in page


def test_the_command_offers_the_types_that_there_are() -> None:
    assert command.DTYPES == DTYPES


def refused(capsys, *arguments: object) -> str:
    assert main(["share", *map(str, arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("course: ")
    return err


def test_a_file_that_is_there_stays(tmp_path, capsys, run) -> None:
    path = tmp_path / "mine.html"
    path.write_text("precious")
    assert "is there already; give --out another name, or --force" in refused(capsys, run, "--out", path)
    assert path.read_text() == "precious"
    assert "<!doctype html>" in shared(path, run, "--force")


@pytest.mark.parametrize(
    ("name", "reason"), [("mine.txt", "should end with .html"), ("folder.html", "is a folder; give the name of a file")]
)
def test_a_name_that_is_not_one_of_a_page_is_refused(tmp_path, capsys, run, name: str, reason: str) -> None:
    (tmp_path / "folder.html").mkdir()
    assert reason in refused(capsys, run, "--out", tmp_path / name, "--force")


def test_no_run_is_named(tmp_path, capsys) -> None:
    assert "there is no checkpoint in" in refused(capsys, tmp_path / "nothing", "--out", tmp_path / "a.html")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gpt2", "gpt2 has 124,439,808 parameters, and a page holds at most 5,000,000"),
        ("tinystories-1m", "tinystories-1m holds a model of the kind GPTNeo"),
        ("howsam-2min", "howsam-2min is a preset, and not a trained model: train it"),
    ],
)
def test_a_preset_is_not_a_model(tmp_path, capsys, name: str, reason: str) -> None:
    assert reason in refused(capsys, name, "--out", tmp_path / "a.html")


def test_a_model_that_is_too_large_is_refused(tmp_path, capsys, tokenizer) -> None:
    model = GPT(GPTConfig(400, seq_len=16, n_layer=2, n_embd=480, n_head=2))
    size = sum(p.numel() for p in model.parameters())
    assert size > LARGEST
    folder = write_run(tmp_path / "run", tokenizer, model)
    assert f"has {size:,} parameters, and a page holds" in refused(capsys, folder, "--out", tmp_path / "a.html")


@pytest.mark.parametrize(
    "model",
    [
        ModernDecoder(ModernConfig(400, **SMALL, n_kv_head=1, hidden_dim=20, qk_norm=True)),
        GPTNeo(GPTNeoConfig(400, **SMALL, window=8)),
    ],
    ids=["ModernDecoder", "GPTNeo"],
)
def test_a_model_of_another_kind_is_refused(tmp_path, capsys, tokenizer, model) -> None:
    folder = write_run(tmp_path / "run", tokenizer, model)
    said = refused(capsys, folder, "--out", tmp_path / "a.html")
    assert "a page can hold a GPT or a Llama of the course" in said


def test_a_damaged_checkpoint_is_named(tmp_path, capsys, run) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    weights = folder / "step-00000003" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-8])
    said = refused(capsys, folder, "--out", tmp_path / "a.html")
    assert f"{weights} is missing or was changed after it was written" in said
    assert not (tmp_path / "a.html").exists()


def test_a_model_that_has_lost_its_numbers_is_refused(tmp_path, capsys, tokenizer) -> None:
    model = GPT(GPTConfig(400, **SMALL))
    with torch.no_grad():
        model.final_norm.bias[0] = torch.inf
    folder = write_run(tmp_path / "run", tokenizer, model)
    said = refused(capsys, folder, "--out", tmp_path / "a.html")
    assert "the model is damaged: final_norm.bias holds numbers that are not finite" in said


def test_a_run_that_kept_no_history_has_a_page_too(tmp_path, tokenizer) -> None:
    folder = write_run(tmp_path / "run", tokenizer, GPT(GPTConfig(400, **SMALL)))
    (folder / "run.json").unlink()
    about = json.loads(Scripts(shared(tmp_path / "a.html", folder)).content["about-data"])
    assert about["trained_on"] is None
