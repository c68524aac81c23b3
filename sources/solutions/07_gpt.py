# %% [markdown]
# # Exercises 07 · GPT
#
# Six exercises on lesson 07. Each answer is checked by the cell after it: run it as often as you like, the inputs are
# new each time. If you are stuck, `hint(name)` gives three hints, one at a time.
#
# Letters: `B` batch, `T` tokens, `C` width, `V` vocabulary, `L` blocks.

# %%
from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.block import DecoderBlock, LayerNorm
from course_lib.checks import check, hint
from course_lib.config import GPTConfig

# %% [markdown] exercise="embed" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 1: What and where
#
# Turn token ids into vectors: the row of the token plus the row of its position. A sequence with more tokens than there
# are positions must raise a `ValueError` that names both numbers.


# %% answer="embed"
def embed(
    idx: Int[Tensor, "B T"], token_table: Float[Tensor, "V C"], position_table: Float[Tensor, "max_T C"]
) -> Float[Tensor, "B T C"]:
    """What stands at each place, plus where that is."""
    ### BEGIN SOLUTION
    T = idx.shape[1]
    if len(position_table) < T:
        raise ValueError(f"there are {len(position_table)} positions, got a sequence of {T} tokens")
    return token_table[idx] + position_table[:T]  # (B, T, C) + (T, C): the positions repeat along B
    ### END SOLUTION


# %% check="embed"
check(embed)

# %% [markdown] exercise="TinyGPT" kind="implement" difficulty=3 minutes=20 points=4
# ## Exercise 2: The model
#
# Put a GPT together from the library's `DecoderBlock(config)` and `LayerNorm(n_embd)`. It is best to use these
# attributes, by which the check gives your model its weights: `token_embedding`, `position_embedding`, `blocks`,
# `final_norm`, `head`. The head has no bias and shares the token embedding's weight.


# %% answer="TinyGPT"
class TinyGPT(nn.Module):
    """Embeddings, config.n_layer blocks, a final norm and a tied head: (B, T) token ids -> (B, T, V) logits."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
        self.blocks = nn.ModuleList(DecoderBlock(config) for _ in range(config.n_layer))
        self.final_norm = LayerNorm(config.n_embd)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight  # one parameter under two names
        ### END SOLUTION

    def forward(self, idx: Int[Tensor, "B T"]) -> Float[Tensor, "B T V"]:
        ### BEGIN SOLUTION
        positions = torch.arange(idx.shape[1], device=idx.device)  # (T,)
        x = self.token_embedding(idx) + self.position_embedding(positions)  # (B, T, C)
        for block in self.blocks:
            x = block(x)
        return self.head(self.final_norm(x))  # (B, T, V)
        ### END SOLUTION


# %% check="TinyGPT"
check(TinyGPT)

# %% [markdown] exercise="predict_two_sizes" kind="predict" difficulty=2 minutes=10 points=2
# ## Exercise 3: Two sizes
#
# How many parameters has
#
# 1. the course's model with 24 blocks in place of 12 (V = 10,000, T = 128, C = 100, no biases but those of the norms)?
# 2. GPT-2, the smallest: L = 12, C = 768, V = 50,257, T = 1,024, **with** biases in all linear layers of the blocks?
#
# Work it out on paper first, layer by layer; you may let Python do the multiplications. The heads are tied. Return the
# two numbers in this order.


# %% answer="predict_two_sizes"
def predict_two_sizes() -> tuple[int, int]:
    """Parameters of the course's model with 24 blocks, and of GPT-2."""
    ### BEGIN SOLUTION
    # A block: attention 4·C², MLP 8·C², two norms of 2·C. Then tokens V·C, positions T·C, the final norm 2·C.
    course = 24 * (12 * 100**2 + 4 * 100) + 10_000 * 100 + 128 * 100 + 2 * 100
    # Biases of a GPT-2 block: 3·C for q, k, v; C after the heads; 4·C and C in the MLP. Together 9·C.
    gpt2 = 12 * (12 * 768**2 + 4 * 768 + 9 * 768) + 50_257 * 768 + 1_024 * 768 + 2 * 768
    return course, gpt2  # 3,902,600 and 124,439,808
    ### END SOLUTION


# %% check="predict_two_sizes"
check(predict_two_sizes)

# %% [markdown] exercise="ModelConfig" kind="debug" difficulty=2 minutes=10 points=3
# ## Exercise 4: The configuration that changed by itself
#
# Somebody builds a small model for a test and a large one for training. The large one turns out small. Run the cell and
# find out why before you mend it.


# %%
class BrokenConfig:
    """The sizes of a model."""

    sizes: ClassVar = {"n_layer": 12, "n_embd": 100, "n_head": 5}

    def __init__(self, **changes: int) -> None:
        self.sizes.update(changes)

    @property
    def n_layer(self) -> int:
        return self.sizes["n_layer"]


large = BrokenConfig()
small = BrokenConfig(n_layer=2)
print("the small one has", small.n_layer, "blocks; the large one has", large.n_layer)

# %% [markdown]
# Write `ModelConfig` with the fields `n_layer`, `n_embd` and `n_head` and the same defaults, so that
#
# - each configuration keeps its own values;
# - nobody can change one after it was made (setting one of the three raises an `AttributeError`);
# - a width that cannot be split into equal heads raises a `ValueError`.


# %% answer="ModelConfig"
class ModelConfig:
    """The sizes of a model: its own, fixed, and possible. Rewrite the whole class, if you like."""

    def __init__(self, n_layer: int = 12, n_embd: int = 100, n_head: int = 5) -> None:
        ### BEGIN SOLUTION
        if n_embd % n_head != 0:
            raise ValueError(f"n_embd = {n_embd} cannot be split into n_head = {n_head} equal heads")
        # Past __setattr__ below, into this object's own values. All of this is what `@dataclass(frozen=True)` does by
        # itself, with three fields and a __post_init__ for the ValueError: so does course_lib.config.
        self.__dict__.update(n_layer=n_layer, n_embd=n_embd, n_head=n_head)
        ### END SOLUTION

    def __setattr__(self, name: str, value: object) -> None:
        ### BEGIN SOLUTION
        raise AttributeError(f"{name} is fixed: make another ModelConfig to change it")
        ### END SOLUTION


# %% check="ModelConfig"
check(ModelConfig)

# %% [markdown] exercise="language_model_loss" kind="implement" difficulty=2 minutes=8 points=2
# ## Exercise 5: The loss, with its shift
#
# This time there is no `y`: you get the logits of a text and the text itself. Return the mean cross-entropy, in nats,
# of all tokens that the model had to predict. (Which position has nothing to predict? Which token was predicted by
# nobody?)


# %% answer="language_model_loss"
def language_model_loss(logits: Float[Tensor, "B T V"], idx: Int[Tensor, "B T"]) -> Float[Tensor, ""]:
    """Mean of -log p(next token), over the positions that have a next token."""
    ### BEGIN SOLUTION
    guesses = logits[:, :-1]  # (B, T − 1, V): the last position's guess cannot be judged
    targets = idx[:, 1:]  # (B, T − 1): nobody predicted the first token
    return F.cross_entropy(guesses.flatten(0, 1), targets.flatten())
    ### END SOLUTION


# %% check="language_model_loss"
check(language_model_loss)

# %% [markdown] exercise="greedy_generate" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 6: Greedy generation
#
# Append the most likely next token, `max_new_tokens` times. The model accepts at most `model.config.seq_len` tokens:
# of a longer text, show it the newest ones. Return prompt and new tokens together.


# %% answer="greedy_generate"
def greedy_generate(model: nn.Module, idx: Int[Tensor, "B T"], max_new_tokens: int) -> Int[Tensor, "B T+new"]:
    """The prompt, and after it the most likely continuation, token by token."""
    ### BEGIN SOLUTION
    for _ in range(max_new_tokens):
        logits = model(idx[:, -model.config.seq_len :])  # (B, T', V)
        next_token = logits[:, -1].argmax(dim=-1, keepdim=True)  # (B, 1)
        idx = torch.cat([idx, next_token], dim=1)
    return idx
    ### END SOLUTION


# %% check="greedy_generate"
check(greedy_generate)

# %% [markdown]
# ## What you have practised
#
# You have written every line of a GPT that is not a block, and the loop that makes it speak. In lesson 08 the same
# model gets a good start; in lesson 11 it learns.
