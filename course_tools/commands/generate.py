"""`course generate`: text from a trained model, as it is written."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import nn

from course_lib.generation.beam import beam_search
from course_lib.generation.text import decode_stream, encode_prompt, end_of_text, stream_text

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def load(run: str | Path) -> tuple[nn.Module, Tokenizer]:
    """Model and tokenizer of a run of `course train`, or of a Hugging Face checkpoint.

    run: a run's folder; the folder of a checkpoint, which has a config.json; or a preset with released weights, which
    `pretrained.load` downloads.   Raises FileNotFoundError or ValueError, naming the folder, if it is none of these.
    """
    if (Path(run) / "config.json").is_file() or _is_released(run):
        from course_lib.pretrained import load as load_pretrained
        from course_lib.pretrained import load_tokenizer

        return load_pretrained(run), load_tokenizer(run)
    from course_lib.training import load_run

    return load_run(run)


def _is_released(run: str | Path) -> bool:
    if Path(run).exists():
        return False
    from course_lib.pretrained import HUB_NAMES

    return str(run) in HUB_NAMES


def generate_and_print(
    run: str | Path,
    *,
    prompt: str = "",
    tokens: int = 200,
    stories: int = 1,
    seed: int | None = None,
    beams: int | None = None,
    show_as_written: bool = True,
    dtype: str = "float32",
    device: str | None = None,
    **options: Any,
) -> int:
    """Print `stories` texts that begin with `prompt`; the exit status is 0.

    tokens: at most so many new ones each.   seed: of the first text, the next takes seed + 1, and so on.
    beams: search for the most likely text with so many beams, in place of drawing one.
    show_as_written: print each piece as soon as it is there, or each text when it is whole.
    dtype: of the weights; "bfloat16" halves what has to be read for each token, and changes some choices.
    options: temperature, top_k, top_p, min_p, repetition_penalty, as for `generate`.
    """
    if beams is not None and (stories > 1 or any(value is not None for value in options.values())):
        raise ValueError(
            "--beams looks for the most likely text: leave out --stories, --temperature, --top-k, --top-p, --min-p "
            "and --repetition-penalty, which are about drawing"
        )
    model, tokenizer = load(run)
    model.eval().to(device=device or ("cuda" if torch.cuda.is_available() else "cpu"), dtype=DTYPES[dtype])
    given = {name: value for name, value in options.items() if value is not None}
    for number in range(stories):
        if number > 0:
            print("\n" + "-" * 40 + "\n")
        if beams is not None:
            pieces = _search(model, tokenizer, prompt, tokens, beams)
        else:
            own_seed = None if seed is None else seed + number
            pieces = stream_text(model, tokenizer, prompt, tokens, seed=own_seed, **given)
        _print_pieces(prompt, pieces if show_as_written else ["".join(pieces)])
    return 0


def _search(model: nn.Module, tokenizer: Tokenizer, prompt: str, tokens: int, beams: int) -> Iterator[str]:
    idx = torch.tensor([encode_prompt(tokenizer, prompt)], device=next(model.parameters()).device)  # (1, T)
    best = beam_search(model, idx, tokens, beams=beams, stop_token=end_of_text(tokenizer))[0]
    return decode_stream(tokenizer, best.tokens)


def _print_pieces(prompt: str, pieces: Iterable[str]) -> None:
    sys.stdout.write(prompt)
    for piece in pieces:
        sys.stdout.write(piece)
        sys.stdout.flush()
    print()
