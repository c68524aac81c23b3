"""A checkpoint into a model of ours: find its files, check all they say, then give the model the mapped tensors."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.config import ModelConfig
from course_lib.gpt import GPT
from course_lib.pretrained.architectures import EMBEDDING, HEAD, Row
from course_lib.pretrained.config_values import is_tied
from course_lib.pretrained.configs import to_config
from course_lib.pretrained.models import Model, build
from course_lib.pretrained.sources import Folder, Shipped, Source, find_source
from course_lib.pretrained.weights import FLOATS, TensorInfo, open_weights, read_headers, rows_for, shards_of

CONFIG, GENERATION = "config.json", "generation_config.json"
SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
PICKLES = (".bin", ".pth", ".pt", ".ckpt", ".pkl")


def load(
    name_or_path: str | Path,
    *,
    dtype: torch.dtype | None = None,
    device: torch.device | str | None = None,
    revision: str = "main",
) -> Model:
    """The model of a GPT-2, GPT-Neo, Llama, Qwen3, Gemma 3 (text) or Mixtral checkpoint, in evaluation mode.

    name_or_path: a folder with config.json and safetensors, one file or several with an index; or the name of a
        repository on the hub or of a preset that has one, of which only these files are downloaded; "howsam", the
        course's own trained model, came with the course.
    dtype: convert the weights; otherwise they keep the file's ("howsam" becomes float32).
    device: where they go; otherwise to the CPU.
    revision: the hub's branch, tag, commit, or pull request ("refs/pr/1").

    On the CPU and in the file's dtype the parameters are the memory-mapped file: nothing is copied, pages are read
    when first used, and changing a parameter changes a page of this process, never the file. So leave the file in
    place while the model lives. A matrix that is stored transposed becomes a transposed view. With another dtype or
    device there is one copy, made tensor by tensor. Peak memory of loading and a first pass, measured by
    benchmarks/pretrained.py: 1.05 times the file, and 0.54 times a float32 file for dtype=torch.bfloat16.

    Raises FileNotFoundError if there is no such folder, repository or file; ConnectionError if the hub cannot be
    reached; PermissionError if it asks for a licence or a login; ValueError if the architecture is not supported,
    there are only pickles, a file is damaged, or tensors are missing, left over or of another shape.
    """
    if dtype is not None and not dtype.is_floating_point:
        raise ValueError(f"weights are floating-point numbers; dtype cannot be {dtype}")
    source = find_source(name_or_path, revision)
    if dtype is None and isinstance(source, Shipped):
        dtype = torch.float32
    given = _read_json(source.first(CONFIG))
    config = to_config(given)
    tensors, where = read_headers(_weight_files(source))
    model = build(config, device="meta")
    tied = is_tied(given)
    if not tied and isinstance(model, GPT):  # our GPT is always tied; an untied GPT-2 is rare, but there may be one
        model.head.weight = nn.Parameter(torch.empty_like(model.head.weight))
    shapes = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
    rows = rows_for(config, shapes, tensors, tied=tied)
    if dtype is None:
        _require_one_dtype(rows, tensors)
    if tied:
        _require_equal_head(rows, where)
    places = _places(model)
    stored = {FLOATS[tensors[row.theirs].dtype] for row in rows}
    copied = torch.device(device or "cpu").type != "cpu" or (dtype is not None and stored != {dtype})
    for path, batch in _openings(rows, where, apart=copied):
        with open_weights(path) as weights:
            for row in batch:
                tensor = weights.get_tensor(row.theirs)
                parameter = nn.Parameter(_converted(tensor.t() if row.transposed else tensor, dtype, device))
                for module, attribute in places[row.ours]:
                    setattr(module, attribute, parameter)
    return model.eval()


def read_config(name_or_path: str | Path, *, revision: str = "main") -> ModelConfig:
    """Our configuration for a checkpoint, from its config.json alone. Raises as `load` does."""
    return to_config(_read_json(find_source(name_or_path, revision).first(CONFIG)))


def end_tokens(name_or_path: str | Path, *, revision: str = "main") -> set[int]:
    """The ids that end a text, by what lies beside a checkpoint: eos_token_id in config.json, generation_config.json.

    Raises as `load` does.
    """
    source = find_source(name_or_path, revision)
    ends: set[int] = set()
    for name in (CONFIG, GENERATION):
        try:
            said = _read_json(source.first(name)).get("eos_token_id")
        except (FileNotFoundError, ConnectionError):  # without network, what an earlier download left has to do
            continue
        several = said if isinstance(said, list) else [] if said is None else [said]
        if not all(isinstance(number, int) for number in several):
            raise ValueError(f"eos_token_id in {name} should be one id or a list of them, got {said!r}")
        ends.update(several)
    return ends


def _read_json(path: Path) -> dict[str, Any]:
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON ({error}); copy or download it again") from error
    if not isinstance(given, dict):
        raise ValueError(f"{path} should hold one JSON object, got {type(given).__name__}; copy or download it again")
    return given


def _weight_files(source: Source) -> list[Path]:
    """The safetensors files, one or all shards."""
    try:
        found = source.first(SINGLE, INDEX)
    except FileNotFoundError as error:
        pickles = sorted(name for name in source.names() if name.endswith(PICKLES))
        if pickles:
            raise ValueError(_pickle_refused(source, pickles[0])) from error
        raise
    if found.name == SINGLE:
        return [found]
    return [source.first(shard) for shard in shards_of(found)]


def _pickle_refused(source: Source, pickle: str) -> str:
    refused = (
        f"{source} has its weights only as a pickle ({pickle}), and opening a pickle runs whatever code its author "
        "put there, so only safetensors are read. "
    )
    if pickle.startswith("consolidated"):
        return refused + "These are Meta's own files: take the repository's model*.safetensors and config.json"
    convert = (
        "If you trust the author, convert it once with transformers: AutoModelForCausalLM.from_pretrained("
        f"'{source}').save_pretrained('converted'), then load('converted')"
    )
    if isinstance(source, Folder):
        return refused + convert
    return refused + convert + "; or look for a pull request with safetensors there, load(…, revision='refs/pr/1')"


def _require_one_dtype(rows: Iterable[Row], tensors: dict[str, TensorInfo]) -> None:
    first_of: dict[str, str] = {}
    for row in rows:
        first_of.setdefault(tensors[row.theirs].dtype, row.theirs)
    if len(first_of) > 1:
        examples = ", ".join(f"{name} in {dtype}" for dtype, name in first_of.items())
        raise ValueError(f"the checkpoint mixes types ({examples}); choose one, such as dtype=torch.float32")


def _require_equal_head(rows: Iterable[Row], where: dict[str, Path]) -> None:
    embedding = next(row.theirs for row in rows if row.ours == EMBEDDING)
    if embedding == HEAD.theirs or HEAD.theirs not in where:
        return
    with open_weights(where[embedding]) as one, open_weights(where[HEAD.theirs]) as other:
        if not torch.equal(one.get_tensor(embedding), other.get_tensor(HEAD.theirs)):
            raise ValueError(
                f"config.json says that the head is the embedding, but {HEAD.theirs} and {embedding} differ; "
                "if the head is right, set tie_word_embeddings to false there"
            )


def _openings(rows: Sequence[Row], where: dict[str, Path], *, apart: bool) -> Iterator[tuple[Path, list[Row]]]:
    """Files in turn, each with the rows to read from it.

    apart: one row at a time. A mapped file stays in memory as far as it was read until it is let go of, and where
    copies are made that would be a second copy of the weights.
    """
    if apart:
        yield from ((where[row.theirs], [row]) for row in rows)
    else:
        for path in sorted({where[row.theirs] for row in rows}):
            yield path, [row for row in rows if where[row.theirs] == path]


def _converted(tensor: Tensor, dtype: torch.dtype | None, device: torch.device | str | None) -> Tensor:
    """The tensor itself if nothing is to change, or else a copy in our own layout."""
    target = torch.device(device) if device is not None else tensor.device
    if dtype in (None, tensor.dtype) and target == tensor.device:
        return tensor
    return tensor.to(device=target, dtype=dtype, memory_format=torch.contiguous_format)


def _places(model: nn.Module) -> dict[str, list[tuple[nn.Module, str]]]:
    """Where each parameter is kept: a module and its attribute, and for a tied head a second one."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    places: dict[str, list[tuple[nn.Module, str]]] = {name: [] for name in names.values()}
    for other, parameter in model.named_parameters(remove_duplicate=False):
        parent, _, attribute = other.rpartition(".")
        places[names[id(parameter)]].append((model.get_submodule(parent), attribute))
    return places
