"""`course generate`: text from a trained model, as it is written."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_tools.options import add_device, finite, plain_text, positive

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import nn

HELP = "let a trained model write"
DTYPES = ("float32", "bfloat16")
QUANTIZED = ("int8", "int4")
GROUP_SIZE = {"int8": None, "int4": 32}  # numbers that share a scale; None: a whole row


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said about it."""
    parser.add_argument(
        "run",
        nargs="?",
        default="build/run",
        metavar="RUN",
        help="folder of a run (default: build/run) or of a Hugging Face checkpoint, or a released model's preset",
    )
    parser.add_argument(
        "--prompt", type=plain_text, default="", metavar="TEXT", help="how the text begins (default: a new story)"
    )
    parser.add_argument("--tokens", type=positive, default=200, metavar="N", help="at most so many (default: 200)")
    parser.add_argument("--stories", type=positive, default=1, metavar="N", help="write N texts (default: 1)")
    # These five are the fields of `generation.sampling.Sampling`.
    parser.add_argument("--temperature", type=finite, metavar="T", help="0: always the likeliest (default: 1)")
    parser.add_argument("--top-k", type=positive, metavar="K", help="draw from the K likeliest tokens only")
    parser.add_argument(
        "--top-p", type=finite, metavar="P", help="draw from the fewest that have probability P together"
    )
    parser.add_argument(
        "--min-p", type=finite, metavar="P", help="draw from those at least P times as likely as the first"
    )
    parser.add_argument("--repetition-penalty", type=finite, metavar="X", help="above 1: what was said is less likely")
    parser.add_argument("--beams", type=positive, metavar="N", help="search with N beams in place of drawing")
    parser.add_argument("--seed", type=int, metavar="N", help="for the same text again")
    parser.add_argument(
        "--stream",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="print each word as it is written (default), or all at the end",
    )
    parser.add_argument("--dtype", choices=DTYPES, default="float32", help="of the weights")
    parser.add_argument(
        "--quantize", choices=QUANTIZED, help="matrices as whole numbers: a quarter or an eighth of the memory"
    )
    add_device(parser)


def run(options: argparse.Namespace) -> int:
    """Let the model write."""
    from course_lib.generation.sampling import Sampling

    return generate_and_print(
        options.run,
        prompt=options.prompt,
        tokens=options.tokens,
        stories=options.stories,
        seed=options.seed,
        beams=options.beams,
        show_as_written=options.stream,
        dtype=options.dtype,
        quantize=options.quantize,
        device=options.device,
        **{one.name: getattr(options, one.name) for one in fields(Sampling)},
    )


def declared_ends(run: str | Path) -> set[int]:
    """The ids that end a text, as a Hugging Face checkpoint says; a run of the course has its tokenizer's alone."""
    if not ((Path(run) / "config.json").is_file() or _is_released(run)):
        return set()
    from course_lib.pretrained import end_tokens

    return end_tokens(run)


def load(run: str | Path) -> "tuple[nn.Module, Tokenizer]":
    """Model and tokenizer of a run of `course train`, or of a Hugging Face checkpoint.

    run: a run's folder; the folder of a checkpoint, which has a config.json; or a preset with released weights, which
    `pretrained.load` downloads or finds in the course.
    Raises FileNotFoundError or ValueError, naming the folder, if it is none of these.
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
    from course_lib.config import HUB_NAMES, SHIPPED

    return str(run) in {*HUB_NAMES, *SHIPPED}


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
    quantize: str | None = None,
    device: str | None = None,
    **options: Any,
) -> int:
    """Print `stories` texts that begin with `prompt`; the exit status is 0.

    tokens: at most so many new ones each.   seed: of the first text, the next takes seed + 1, and so on.
    beams: search for the most likely text with so many beams, in place of drawing one.
    show_as_written: print each piece as soon as it is there, or each text when it is whole.
    dtype: of the weights; "bfloat16" halves what has to be read for each token, and changes some choices.
    quantize: "int8" with a scale for each row, or "int4" with one for each 32 numbers: the matrices take a quarter or
    an eighth of the memory of float32, and are made floating point again for each product, which takes time.
    device: see `choose_device`.
    options: temperature, top_k, top_p, min_p, repetition_penalty, as for `generate`.
    """
    if beams is not None and (stories > 1 or any(value is not None for value in options.values())):
        raise ValueError(
            "--beams looks for the most likely text: leave out --stories, --temperature, --top-k, --top-p, --min-p "
            "and --repetition-penalty, which are about drawing"
        )
    if beams is not None and seed is not None:
        raise ValueError("--beams draws nothing, so there is nothing that --seed could repeat: leave one of them out")
    import torch

    from course_lib.generation.sampling import Sampling
    from course_lib.generation.text import end_of_text, stream_text
    from course_lib.util.machine import choose_device

    given = {name: value for name, value in options.items() if value is not None}
    Sampling(**given)  # numbers that make no sense are refused now,
    chosen = choose_device(device)  # and both before a model is downloaded
    model, tokenizer = load(run)
    model.eval().to(device=chosen, dtype=getattr(torch, dtype))
    if quantize is not None:
        from course_lib.inference import quantize_model

        model = quantize_model(model, bits=int(quantize.removeprefix("int")), group_size=GROUP_SIZE[quantize])
    end = end_of_text(tokenizer)
    stops = declared_ends(run) | (set() if end is None else {end})
    for number in range(stories):
        if number > 0:
            print("\n" + "-" * 40 + "\n")
        if beams is not None:
            pieces = _search(model, tokenizer, prompt, tokens, beams, stops)
        else:
            own_seed = None if seed is None else seed + number
            pieces = stream_text(model, tokenizer, prompt, tokens, seed=own_seed, stop_token=stops, **given)
        _print_pieces(prompt, pieces if show_as_written else ["".join(pieces)])
    return 0


def _search(
    model: "nn.Module", tokenizer: "Tokenizer", prompt: str, tokens: int, beams: int, stops: set[int]
) -> Iterator[str]:
    import torch

    from course_lib.generation.beam import beam_search
    from course_lib.generation.text import decode_stream, encode_prompt, ids_without_token, require_known

    ids = encode_prompt(tokenizer, prompt)
    V: int = model.config.vocab_size  # type: ignore[union-attr,assignment]
    require_known(tokenizer, ids, V)
    decode_stream(tokenizer, [])  # says so now if it is of another kind
    idx = torch.tensor([ids], device=next(model.parameters()).device)  # (1, T)
    never = ids_without_token(tokenizer, V)
    best = beam_search(model, idx, tokens, beams=beams, stop_token=stops, never=never)[0]
    return decode_stream(tokenizer, best.tokens)


def _print_pieces(prompt: str, pieces: Iterable[str]) -> None:
    sys.stdout.write(prompt)
    for piece in pieces:
        sys.stdout.write(piece)
        sys.stdout.flush()
    print()
