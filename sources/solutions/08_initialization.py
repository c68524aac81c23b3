# %% [markdown]
# # Exercises 08 · Initialization
#
# Six exercises on lesson 08. Each answer is checked by the cell after it: run it as often as you like, the inputs are
# new each time. If you are stuck, `hint(name)` gives three hints, one at a time.

# %%
import math

import numpy as np
import torch
from torch import nn

from course_lib.checks import check, hint
from course_lib.config import GPTConfig
from course_lib.gpt import GPT
from course_lib.initialization import gpt2_rules, initialize

# %% [markdown] exercise="predict_residual_std" kind="predict" difficulty=1 minutes=4 points=1
# ## Exercise 1: Twelve layers
#
# The course's model has 12 blocks. With which standard deviation does the `down_proj` of its fifth block start? Work
# it out on paper, then give the number to five decimals (or the expression).


# %% answer="predict_residual_std"
def predict_residual_std() -> float:
    """The standard deviation, as a number or an expression."""
    ### BEGIN SOLUTION
    return 0.02 / math.sqrt(2 * 12)  # 0.00408; which of the blocks it is does not matter
    ### END SOLUTION


# %% check="predict_residual_std"
check(predict_residual_std)

# %% [markdown] exercise="stream_deviation" kind="implement" difficulty=2 minutes=8 points=2
# ## Exercise 2: What adds up
#
# The residual stream starts with deviation `start`. Every addition, by an attention or by an MLP, is independent of
# what is already there and has deviation `added`. Which deviation has the stream after `n_layer` blocks?
#
# By hand: `stream_deviation(3, 2, 2)` is 5.


# %% answer="stream_deviation"
def stream_deviation(start: float, added: float, n_layer: int) -> float:
    """Standard deviation of the residual stream after `n_layer` blocks."""
    ### BEGIN SOLUTION
    variance = start**2 + 2 * n_layer * added**2  # variances of independent terms add up; two terms a block
    return math.sqrt(variance)
    ### END SOLUTION


# %% check="stream_deviation"
check(stream_deviation)

# %% [markdown] exercise="depth_exponent" kind="experiment" difficulty=3 minutes=15 points=3
# ## Exercise 3: How fast does the stream grow?
#
# Suppose the deviation at the end of the model grows like $L^p$ when every weight starts with 0.02, the writers too.
# **Measure p.**
#
# Build models of several depths, initialize them *without* the two scaled rules, measure the deviation of the stream
# after the last block with the function below, and fit a line through the logarithms: `np.polyfit(x, y, 1)[0]` is the
# slope of `y` over `x`. Return the slope that you measured. (Leave out depths under 4: there the embeddings still make
# up much of the stream.) Which p do you expect *with* the two scaled rules? Measure that, too.


# %%
def last_deviation(model: GPT) -> float:
    """Deviation of the residual stream after the last block, for a batch of random tokens."""
    measured = []
    hook = model.blocks[-1].register_forward_hook(lambda module, inputs, output: measured.append(output.std().item()))
    with torch.no_grad():
        model(torch.randint(model.config.vocab_size, (4, 64), generator=torch.Generator().manual_seed(2)))
    hook.remove()
    return measured[0]


shallow = GPT(GPTConfig(vocab_size=1_000, seq_len=64, n_layer=4), torch.Generator().manual_seed(0))
print(f"4 layers, by GPT-2's rules: {last_deviation(shallow):.2f}")


# %% answer="depth_exponent"
def depth_exponent() -> float:
    """The measured slope of log(deviation) over log(depth), without the scaled rules."""
    ### BEGIN SOLUTION
    depths = [4, 8, 16, 32]
    unscaled = tuple(rule for rule in gpt2_rules(1) if "_proj" not in rule.pattern)
    deviations = []
    for depth in depths:
        model = GPT(GPTConfig(vocab_size=1_000, seq_len=64, n_layer=depth))
        initialize(model, unscaled, torch.Generator().manual_seed(0))
        deviations.append(last_deviation(model))
    return np.polyfit(np.log(depths), np.log(deviations), 1)[0]
    ### END SOLUTION


# %% check="depth_exponent"
check(depth_exponent)

# %% [markdown] exercise="initial_distribution" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 4: The rules as a function
#
# Write GPT-2's rules as a function of a parameter's name. It returns the mean and the deviation that the parameter
# starts with, as a pair of numbers.
#
# | parameter | mean | deviation |
# |---|---|---|
# | biases (names that end in `.bias`), those of norms too | 0 | 0 |
# | weights of norms (`norm` in the name) | 1 | 0 |
# | weights that write into the residual stream (`out_proj`, `down_proj`) | 0 | 0.02, smaller for deeper models |
# | all others | 0 | 0.02 |


# %% answer="initial_distribution"
def initial_distribution(name: str, n_layer: int) -> tuple[float, float]:
    """Mean and standard deviation that the parameter called `name` starts with, in a model of `n_layer` blocks."""
    ### BEGIN SOLUTION
    if name.endswith(".bias"):
        return 0.0, 0.0
    if "norm" in name:
        return 1.0, 0.0
    if name.endswith(("out_proj.weight", "down_proj.weight")):
        return 0.0, 0.02 / math.sqrt(2 * n_layer)  # two additions a block
    return 0.0, 0.02
    ### END SOLUTION


# %% check="initial_distribution"
check(initial_distribution)

# %% [markdown] exercise="predict_logit_deviation" kind="predict" difficulty=1 minutes=4 points=1
# ## Exercise 5: The first logits
#
# A model of width C = 400 starts with embeddings of deviation 0.02, and its head is tied to them. In front of the head
# stands a norm, so the 400 numbers that a logit is computed from have variance 1. Which standard deviation do the
# logits of the untrained model have?


# %% answer="predict_logit_deviation"
def predict_logit_deviation() -> float:
    """The standard deviation of the logits."""
    ### BEGIN SOLUTION
    return 0.02 * math.sqrt(400)  # 0.4: the variances of 400 products, 0.02² each, add up
    ### END SOLUTION


# %% check="predict_logit_deviation"
check(predict_logit_deviation)

# %% [markdown] exercise="TiedModel" kind="debug" difficulty=2 minutes=10 points=3
# ## Exercise 6: Initialized before the tie
#
# This model was meant to start with deviation 0.02, like GPT-2. The cell shows that the deviation is another one. No
# error says so. Not even the first loss does: this model is so narrow, and without a norm before its head, that its
# logits are small all the same, and the loss is close to $\ln V$. Where do the numbers come from that it got?


# %%
class BrokenTiedModel(nn.Module):
    """Embedding and head of a GPT, with one weight between them."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, n_embd)
        nn.init.normal_(self.embedding.weight, std=0.02, generator=generator)
        self.head = nn.Linear(n_embd, vocab_size, bias=False)
        self.embedding.weight = self.head.weight

    def forward(self, idx: torch.Tensor) -> torch.Tensor:
        return self.head(self.embedding(idx))


broken = BrokenTiedModel(1_000, 16, torch.Generator().manual_seed(0))
print(f"asked for 0.02, got ≈ {broken.embedding.weight.std():.3f}")

# %% [markdown]
# Write it right, as `TiedModel`: one shared weight, drawn **once** from `generator` with deviation 0.02. Keep the
# order of `__init__`'s arguments.


# %% answer="TiedModel"
class TiedModel(nn.Module):
    """Embedding and head of a GPT, with one weight between them, drawn once with deviation 0.02."""

    def __init__(self, vocab_size: int, n_embd: int, generator: torch.Generator) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.embedding = nn.Embedding(vocab_size, n_embd)
        self.head = nn.Linear(n_embd, vocab_size, bias=False)
        self.embedding.weight = self.head.weight  # first the tie: from here on there is one weight
        nn.init.normal_(self.head.weight, std=0.02, generator=generator)  # then the draw, of the one that is left
        ### END SOLUTION

    def forward(self, idx: torch.Tensor) -> torch.Tensor:
        return self.head(self.embedding(idx))


# %% check="TiedModel"
check(TiedModel)

# %% [markdown]
# ## What you have practised
#
# The arithmetic of what adds up, an experiment that shows it, the rules that follow from it, and the order in which to
# tie and draw. Two tests find mistakes of this kind: the first loss, which should be $\ln V$ and takes one forward
# pass, and the deviation of each weight beside its rule, which sees also what the loss does not show.
