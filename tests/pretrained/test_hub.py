"""Names on the hub: the real client against a hub on this machine, and what it says when something is in the way."""

import time
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import constants, errors

from course_lib import pretrained
from course_lib.config import PRESETS, GPTConfig, LlamaConfig
from course_lib.pretrained.sources import HubRepository
from tests.pretrained.checkpoints import write
from tests.pretrained.hub import FakeHub, serving

SECONDS = 8  # "in seconds": our patience of 5 and a slow machine's rest
NOBODY = "http://127.0.0.1:9"  # nothing listens on the discard port


@pytest.fixture
def online(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With network as far as the client knows, an empty cache, and no login."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.delenv("HF_TOKEN", raising=False)


@pytest.fixture
def hub(online: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with serving() as fake:
        monkeypatch.setenv("HF_ENDPOINT", fake.endpoint)
        yield fake


def files_of(hub: FakeHub) -> list[str]:
    return [path.rpartition("/")[2] for path in hub.downloaded]


def test_only_the_needed_files_are_downloaded(hub: FakeHub, tmp_path: Path) -> None:
    folder = write(tmp_path / "gpt2", "gpt2").folder
    for extra in ("pytorch_model.bin", "rust_model.ot", "fp16.safetensors", "tokenizer.json", "README.md"):
        (folder / extra).write_bytes(b"large")
    hub.repositories["owner/gpt2"] = folder
    assert isinstance(pretrained.load("owner/gpt2").config, GPTConfig)
    assert files_of(hub) == ["config.json", "model.safetensors"]
    pretrained.load("owner/gpt2")
    assert files_of(hub) == ["config.json", "model.safetensors"]  # the second time nothing


def test_all_shards_of_the_index_are_downloaded(hub: FakeHub, tmp_path: Path) -> None:
    folder = write(tmp_path / "llama", "llama", shard="16KB").folder
    hub.repositories["owner/llama"] = folder
    (folder / "model-00001-of-00099.safetensors").write_bytes(b"of another index")
    assert isinstance(pretrained.load("owner/llama").config, LlamaConfig)
    shards = sorted(path.name for path in folder.glob("model-*") if "00099" not in path.name)
    assert len(shards) > 2
    assert files_of(hub) == ["config.json", "model.safetensors.index.json", *shards]


def test_a_wrong_architecture_costs_one_small_file(hub: FakeHub, tmp_path: Path) -> None:
    hub.repositories["owner/bert"] = tmp_path
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"large")
    with pytest.raises(ValueError, match=r"architecture is 'bert'; supported"):
        pretrained.load("owner/bert")
    assert files_of(hub) == ["config.json"]


def test_a_presets_name_stands_for_its_repository(hub: FakeHub, tmp_path: Path) -> None:
    hub.repositories["roneneldan/TinyStories-1M"] = write(tmp_path, "gpt_neo").folder
    assert pretrained.load("tinystories-1m").config.window == 5
    assert set(pretrained.HUB_NAMES) == {name for name in PRESETS if not name.startswith("howsam")}


def test_a_pickle_on_the_hub_is_refused_undownloaded(hub: FakeHub, tmp_path: Path) -> None:
    folder = write(tmp_path / "gpt2", "gpt2").folder
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    hub.repositories["owner/old"] = folder
    with pytest.raises(ValueError, match=r"owner/old has its weights only as a pickle .*revision='refs/pr/1'"):
        pretrained.load("owner/old")
    assert "pytorch_model.bin" not in files_of(hub)


def test_no_weights_on_the_hub(hub: FakeHub, tmp_path: Path) -> None:
    folder = write(tmp_path / "gpt2", "gpt2").folder
    (folder / "model.safetensors").unlink()
    hub.repositories["owner/empty"] = folder
    with pytest.raises(FileNotFoundError, match=r"owner/empty has no model.safetensors .*; it holds .*config.json"):
        pretrained.load("owner/empty")


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (
            (401, "GatedRepo"),
            PermissionError,
            r"owner/x is gated: accept its licence at http.*/owner/x, then log in with",
        ),
        ((403, "GatedRepo"), PermissionError, r"owner/x is gated: .* `hf auth login` or set HF_TOKEN"),
        ((403, ""), PermissionError, r"the hub refuses owner/x \(status 403\); see http.*/owner/x"),
        ((401, "RepoNotFound"), FileNotFoundError, r"the hub knows no owner/x, or it is private"),
        ((404, "RepoNotFound"), FileNotFoundError, r"the hub knows no owner/x, or it is private"),
        ((404, "RevisionNotFound"), FileNotFoundError, r"owner/x has no revision 'v9'; see http.*/owner/x/branches"),
        ((418, ""), ConnectionError, r"config.json of owner/x \(v9\) is not in the local cache, .*418"),
    ],
)
def test_a_refusal_of_the_hub_is_explained_in_seconds(hub: FakeHub, answer, kind: type, message: str) -> None:
    hub.repositories["owner/x"] = answer
    start = time.perf_counter()
    with pytest.raises(kind, match=message):
        pretrained.load("owner/x", revision="v9")
    assert time.perf_counter() - start < SECONDS


def test_without_network_the_error_comes_in_seconds(online: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", NOBODY)
    start = time.perf_counter()
    with pytest.raises(
        ConnectionError, match=r"config.json of owner/x is not in the local cache, and .*refused\); connect"
    ):
        pretrained.load("owner/x")
    assert time.perf_counter() - start < SECONDS


@pytest.mark.parametrize("shard", ["1GB", "16KB"], ids=["one file", "sharded"])
def test_without_network_the_cache_is_enough(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shard: str
) -> None:
    hub.repositories["owner/llama"] = write(tmp_path / "llama", "llama", shard=shard).folder
    pretrained.load("owner/llama")
    downloaded = len(hub.downloaded)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    pretrained.load("owner/llama")
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("HF_ENDPOINT", NOBODY)
    pretrained.load("owner/llama")
    assert len(hub.downloaded) == downloaded


def test_offline_by_wish_asks_nobody(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ConnectionError, match=r"cannot be asked \(HF_HUB_OFFLINE is set\)"):
        pretrained.load("gpt2")
    assert hub.downloaded == []


def test_a_name_that_can_be_none(online: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", NOBODY)
    with pytest.raises(ValueError, match=r"'no such name!' is neither a folder nor a name on the hub"):
        pretrained.load("no such name!")


(HTTP_ERROR,) = (base for base in errors.HfHubHTTPError.__bases__ if base is not OSError)


@pytest.mark.parametrize(
    "interruption", [HTTP_ERROR("the line broke"), OSError(28, "No space left on device"), TimeoutError("too slow")]
)
def test_a_download_that_breaks_off_is_explained(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interruption: Exception
) -> None:
    hub.repositories["owner/gpt2"] = write(tmp_path / "gpt2", "gpt2").folder
    download = huggingface_hub.hf_hub_download

    def breaking(repo_id: str, filename: str, **options: object) -> str:
        if filename.endswith(".safetensors"):
            raise interruption
        return download(repo_id, filename, **options)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", breaking)
    with pytest.raises(ConnectionError, match=r"owner/gpt2 could not be downloaded from http.* try again"):
        pretrained.load("owner/gpt2")


def test_a_revision_is_asked_for_and_named(hub: FakeHub, tmp_path: Path) -> None:
    hub.repositories["owner/gpt2"] = write(tmp_path, "gpt2").folder
    pretrained.load("owner/gpt2", revision="refs/pr/1")
    assert all("refs%2Fpr%2F1" in path or "refs/pr/1" in path for path in hub.downloaded)
    assert str(HubRepository("owner/gpt2", "refs/pr/1")) == "owner/gpt2 (refs/pr/1)"


def test_the_clients_bars_are_as_they_were(hub: FakeHub, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    hub.repositories["owner/gpt2"] = write(tmp_path, "gpt2").folder
    capsys.readouterr()
    huggingface_hub.utils.enable_progress_bars()
    pretrained.load("owner/gpt2")
    assert capsys.readouterr().err == ""
    assert not huggingface_hub.utils.are_progress_bars_disabled()
