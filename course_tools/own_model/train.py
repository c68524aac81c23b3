"""From stories to a model of one's own, with samples on the way."""

import math
import os
import warnings
from contextlib import suppress
from copy import deepcopy
from dataclasses import asdict, replace
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn

from course_lib.config import DEFAULT_PRESET, ModelConfig, TrainConfig, find_preset
from course_lib.corpus import Estimate, load_stories, story_entropy, token_entropy
from course_lib.corpus.stories import SAMPLE, SOURCE_VARIABLE
from course_lib.data import TokenDataset, open_tokens
from course_lib.generation import generate
from course_lib.initialization import initialize, rules_for_width, start_by_copying
from course_lib.parallel.strategy import Strategy, StrategyName, distributed_strategy, whole_copy
from course_lib.pretrained.models import Model, build
from course_lib.show.profiling import num_params
from course_lib.tokenization import END_OF_TEXT, load_tokenizer
from course_lib.training import History, keep_freed_memory, train
from course_lib.training.recipes import recipe, with_steps
from course_lib.training.run import SETTINGS_FILE, TOKENIZER_FILE, resolve_settings, write_settings
from course_lib.training.story_loss import story_loss
from course_tools.options import quoted
from course_tools.own_model.options import TrainOptions
from course_tools.own_model.prepare import TRAIN, VALIDATION, prepare
from course_tools.spoken import tell

PROMPT = "Once upon a time"
SAMPLES = 5  # on the way
SAMPLE_TOKENS, STORY_TOKENS = 40, 250
TEMPERATURE = 0.8
TRIAL_STEPS = 12  # to learn how many steps fit into the minutes
JUDGED_STORIES = 200  # of the validation split, for nats per story
INTERRUPTED = 130  # exit status of a program that Ctrl-C ended
OUT_OF_MEMORY = ("out of memory", "can't allocate memory")  # what torch says on a GPU and on a CPU


def train_and_print(
    folder: str | Path,
    asked: TrainOptions,
    *,
    device: str | None = None,
    keep_memory: bool = True,
    parallel: StrategyName | None = None,
) -> int:
    """Begin the run in `folder`, or go on with it, and say what happens; the exit status, 130 after Ctrl-C.

    device: see `parallel.distributed_strategy`.   keep_memory: see `training.keep_freed_memory`.
    parallel: how to share the work with the other processes that torchrun started, see `parallel.distributed_strategy`.
    Raises ValueError with a remedy for what cannot be: other settings than the run was begun with, a model that does
    not fit into memory, a loss that is not a number.
    """
    if asked.steps is not None and asked.minutes is not None:
        raise ValueError("give --steps or --minutes, not both")
    if keep_memory:
        keep_freed_memory()
    with distributed_strategy(parallel, device) as strategy, warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: strategy.say(tell(f"Note: {message}"))
        return _begin_or_go_on(Path(folder), asked, strategy)


def _begin_or_go_on(folder: Path, asked: TrainOptions, strategy: Strategy) -> int:
    with strategy.leader_first():
        asked = TrainOptions(**resolve_settings(folder, asdict(asked)))
        if asked.stories is None:  # kept with the run: in another terminal the environment may name others, or none
            asked = replace(asked, stories=os.environ.get(SOURCE_VARIABLE) or SAMPLE)
        shape, config = _configured(asked)
        tokenizer = _tokenizer(folder, asked, shape.vocab_size, strategy)
    shape = replace(shape, vocab_size=tokenizer.get_vocab_size())  # fewer than asked for, if the stories have fewer
    data, validation = (_windows(folder, split, shape.seq_len) for split in (TRAIN, VALIDATION))
    model = _model(asked.preset or DEFAULT_PRESET, shape, config.seed).to(strategy.device)
    try:
        if asked.minutes is not None and asked.steps is None:
            config = _fitted(config, model, data, asked.minutes, strategy)
        if strategy.ranks.leads:
            write_settings(folder, {**asdict(asked), "steps": config.steps})
        return _train(folder, asked, model, tokenizer, data, validation, config, strategy)
    except FloatingPointError as error:
        raise ValueError(str(error)) from error
    except RuntimeError as error:
        if not any(words in str(error) for words in OUT_OF_MEMORY):
            raise
        raise ValueError(_less_memory(config)) from error


def _configured(asked: TrainOptions) -> tuple[ModelConfig, TrainConfig]:
    """Model and training as the preset has them, but for what was said."""
    shape, config = recipe(asked.preset or DEFAULT_PRESET, asked.vocab_size, asked.seq_len)
    names = ("steps", "batch_size", "accumulate", "learning_rate", "seed", "precision", "compile")
    said = {name: value for name in names if (value := getattr(asked, name)) is not None and value is not False}
    return shape, with_steps(replace(config, **{**said, "steps": config.steps}), said.get("steps", config.steps))


def _tokenizer(folder: Path, asked: TrainOptions, vocab_size: int, strategy: Strategy) -> Tokenizer:
    """The run's tokenizer, with token files of both splits beside it: made now, if the run begins now."""
    if strategy.ranks.leads and not (folder / SETTINGS_FILE).exists():
        strategy.say(tell(f"Preparing stories in {folder} …"))
        prepare(folder, source=asked.stories, n=asked.n, vocab_size=vocab_size)
    tokenizer = load_tokenizer(folder / TOKENIZER_FILE)
    for split in (TRAIN, VALIDATION):
        open_tokens(folder / f"{split}.bin", tokenizer, verify=False)  # says so if they do not belong together
    return tokenizer


def _windows(folder: Path, split: str, seq_len: int) -> TokenDataset:
    """Windows that begin with a story, if each story fits into one; else windows one after the other.

    From the middle of a story nobody can tell its hero's name: windows that begin with it waste no step on guessing.
    """
    tokens = open_tokens(folder / f"{split}.bin", verify=False)
    with suppress(ValueError):  # a story is too long
        return TokenDataset(tokens, seq_len, begin_with=tokens.header.end_of_text)
    try:
        return TokenDataset(tokens, seq_len)
    except ValueError as error:
        raise ValueError(f"the {split} stories are too few: {error}") from error


def _model(preset: str, shape: ModelConfig, seed: int) -> Model:
    torch.manual_seed(seed)  # for dropout; the weights have their own
    weights = torch.Generator().manual_seed(seed)
    model = build(shape)
    initialize(model, rules_for_width(shape.n_layer, shape.n_embd), weights)
    if find_preset(preset).starts_by_copying:
        start_by_copying(model, weights)
    return model


def _fitted(
    config: TrainConfig, model: nn.Module, data: TokenDataset, minutes: float, strategy: Strategy
) -> TrainConfig:
    """The same with as many steps as these minutes hold, judged by a few on a copy of the model."""
    short = with_steps(config, TRIAL_STEPS)
    with torch.random.fork_rng():  # so that dropout draws later what it would have drawn without the trial
        trial = train(deepcopy(model), data, short, wrap=strategy.wrap, ranks=strategy.ranks)
    steps = max(1, round(minutes * 60 / trial.seconds * TRIAL_STEPS))
    return with_steps(config, int(strategy.ranks.from_leader(str(steps))))


def _train(
    folder: Path,
    asked: TrainOptions,
    model: Model,
    tokenizer: Tokenizer,
    data: TokenDataset,
    validation: TokenDataset,
    config: TrainConfig,
    strategy: Strategy,
) -> int:
    """Train, with samples on the way, and say how it ended."""
    begins = (
        f"{type(model).__name__} with {num_params(model):,} parameters on {next(model.parameters()).device}; "
        f"{config.steps:,} steps of {config.batch_size * config.accumulate} × {data.seq_len} tokens, of the "
        f"{len(data.tokens):,} there are"
    )
    strategy.say(tell(begins))
    built_in = asked.stories == SAMPLE
    floor = token_entropy(tokenizer).mean if built_in else None
    if floor is not None:
        strategy.say(tell(f"These stories hold {floor:.3f} nats of chance a token: no model's loss can stay below it."))

    def show(history: History) -> None:
        due = history.step % max(1, config.steps // SAMPLES) == 0 and history.step < config.steps
        if due and not history.interrupted:
            whole = whole_copy(model)  # on every rank, for all have a part of it
            if not strategy.ranks.leads:
                return
            sample = written(whole, tokenizer, SAMPLE_TOKENS, seed=history.step)
            strategy.say("\n" + tell(f"step {history.step:,}: loss {history.losses[-1]:.3f}"))
            strategy.say(f"  {' '.join(sample.split())} …")

    history = train(
        model,
        data,
        config,
        validation=validation,
        folder=folder,
        on_step=show,
        wrap=strategy.wrap,
        ranks=strategy.ranks,
    )
    if history.interrupted:
        stopped = f"Stopped after step {history.step:,} of {config.steps:,}, which is saved. Go on with:"
        strategy.say("\n" + tell(stopped))
        strategy.say(f"  course train --out {quoted(folder)}")
        return INTERRUPTED
    model = whole_copy(model)
    if not strategy.ranks.leads:
        return 0
    strategy.say("\n" + "\n".join(map(tell, _summary(history))))
    if floor is not None:
        judged = load_stories(asked.stories, "validation", JUDGED_STORIES)["text"]
        own = story_loss(model, tokenizer, judged, stride=max(1, data.seq_len // 8))
        strategy.say(tell(_against_the_floor(own, story_entropy())))
    strategy.say(f"\n{written(model, tokenizer, STORY_TOKENS, seed=config.seed)}\n")
    strategy.say(f"{tell('More of them:')}\n  course generate {quoted(folder)}")
    return 0


def written(model: Model, tokenizer: Tokenizer, tokens: int, seed: int) -> str:
    """A story that begins with PROMPT, to its end or to so many tokens."""
    end = tokenizer.token_to_id(END_OF_TEXT)
    idx = torch.tensor([tokenizer.encode(PROMPT).ids], device=next(model.parameters()).device)  # (1, T), the end first
    ids = generate(model, idx, tokens, temperature=TEMPERATURE, seed=seed)[0, 1:].tolist()
    return tokenizer.decode(ids[: ids.index(end)] if end in ids else ids)


def _summary(history: History) -> list[str]:
    minutes, seconds = divmod(round(history.seconds), 60)
    told = [
        f"{history.step:,} steps, {history.tokens:,} tokens in {minutes} min {seconds} s: "
        f"{history.tokens_per_second:,.0f} tokens per second, products in {history.precision}"
    ]
    if history.validation:
        loss = history.validation[-1][1]
        told.append(f"Validation loss: {loss:.3f} nats per token, perplexity {math.exp(loss):.2f}")
    return told


def _against_the_floor(own: Estimate, floor: Estimate) -> str:
    return (
        f"A story costs the model {own.mean:.1f} ± {own.standard_error:.1f} nats; {floor.mean:.1f} of them are chance, "
        f"so it is {own.mean / floor.mean - 1:.0%} above the least that is possible"
    )


def _less_memory(config: TrainConfig) -> str:
    half = max(1, config.batch_size // 2)
    return (
        f"the model and a batch of {config.batch_size} do not fit into memory: begin again, in another folder, with "
        f"--batch-size {half} --accumulate {2 * config.accumulate}, which trains the same; then --precision bfloat16, "
        "a smaller --seq-len or a smaller --preset"
    )
