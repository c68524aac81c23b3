# %% [markdown]
# # Exercises 05 · The MLP
#
# Six exercises, about 60 minutes: GELU in both of its forms, the module itself, what it costs, a version that mixes
# up positions without any error, and what happens when the hidden layer gets too narrow.
#
# Write your answers where it says `YOUR CODE HERE`. `check(name)` tries an answer on fresh inputs, says what is
# wrong, and names the mistake if it is a known one. `hint(name)` gives one of three hints, and each time you call it
# a further one.

# %%
import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from course_lib import mlp
from course_lib.checks import check, hint
from course_lib.config import GPTConfig
from course_lib.show import plotting

# %% [markdown] exercise="gelu" kind="implement" difficulty=1 minutes=6 points=1
# ## Exercise 1: GELU
#
# GELU multiplies each number $x$ by the probability that a standard normal number is smaller than it:
#
# $$\mathrm{gelu}(x) = x \cdot \Phi(x), \qquad
#   \Phi(x) = \tfrac12\left[1 + \mathrm{erf}\!\left(x / \sqrt2\right)\right]$$
#
# Write it with `torch.erf`, for a tensor of any shape. With `F.gelu` it would not be an exercise.


# %% answer="gelu"
def gelu(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """x times the probability that a standard normal number is smaller than x."""
    ### BEGIN SOLUTION
    below = (1 + torch.erf(x / math.sqrt(2))) / 2  # Φ(x), between 0 and 1
    return x * below
    ### END SOLUTION


# %% check="gelu"
check(gelu)

# %% [markdown] exercise="gelu_tanh" kind="implement" difficulty=1 minutes=5 points=1
# ## Exercise 2: GELU as GPT-2 has it
#
# GPT-2 was trained with an approximation that needs no error function:
#
# $$\mathrm{gelu}_{\tanh}(x) =
#   \tfrac12\, x \left[1 + \tanh\!\left(\sqrt{2/\pi}\,\left(x + 0.044715\,x^3\right)\right)\right]$$
#
# Four things in it are easily mistyped. The check knows all of them.


# %% answer="gelu_tanh"
def gelu_tanh(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """GPT-2's approximation of x·Φ(x)."""
    ### BEGIN SOLUTION
    inside = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return x * (1 + torch.tanh(inside)) / 2
    ### END SOLUTION


# %% check="gelu_tanh"
check(gelu_tanh)

# %% [markdown] exercise="MLP" kind="implement" difficulty=2 minutes=12 points=2
# ## Exercise 3: the module
#
# Write the MLP of a decoder block. From the configuration take
#
# - `config.n_embd`, the width C of what comes in and goes out,
# - `config.hidden_dim`, the width between the two layers (it is `n_embd · mlp_ratio`, and certainly whole),
# - `config.bias`, whether the linear layers have biases,
# - `config.dropout`, the probability with which `nn.Dropout` zeroes numbers of the output while training.
#
# The curve is GPT-2's GELU; here you may use torch's. It is best to call the layers
# `up_proj` and `down_proj`: by these names the check gives them their weights.


# %% answer="MLP"
class MLP(nn.Module):
    """Two linear layers with GPT-2's GELU between them, then dropout."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)
        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)
        ### END SOLUTION

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """Transform each position by itself."""
        ### BEGIN SOLUTION
        hidden = F.gelu(self.up_proj(x), approximate="tanh")  # (..., hidden)
        return self.dropout(self.down_proj(hidden))  # (..., C)
        ### END SOLUTION


# %% check="MLP"
check(MLP)

# %% [markdown] exercise="predict_mlp_flops" kind="predict" difficulty=2 minutes=5 points=1
# ## Exercise 4: what a batch costs
#
# The course's model has C = 100, a hidden layer four times as wide, and no biases. A batch of 32 windows of 128
# tokens goes forward through **one** of its MLPs. How many operations (FLOPs) do the two linear layers take? Count a
# multiplication and an addition as one operation each, and leave out the GELU.


# %% answer="predict_mlp_flops"
def predict_mlp_flops() -> int:
    """Operations of one MLP's linear layers, forward, for a batch of 32 × 128 tokens."""
    ### BEGIN SOLUTION
    weights = 100 * 400 + 400 * 100
    positions = 32 * 128
    return 2 * weights * positions  # 655,360,000: each weight multiplies and adds once at each position
    ### END SOLUTION


# %% check="predict_mlp_flops"
check(predict_mlp_flops)

# %% [markdown] exercise="feed_forward" kind="debug" difficulty=2 minutes=10 points=2
# ## Exercise 5: the MLP that looked ahead
#
# The code below comes from somebody who had worked with `nn.Conv1d`, where channels come before time. The linear
# layers are plain matrices here: `up` has the shape (hidden, C), and `down` has (C, hidden). It raises no error, and
# the result has the right shape. The model trained with it had a loss that was too good to be true, and wrote
# nonsense.
#
# The cell changes the **last** position of a sequence and prints which outputs move.


# %%
def broken_feed_forward(x, up, down):
    B, T, C = x.shape
    rows = x.transpose(1, 2).reshape(B * T, C)  # one row for each position
    hidden = F.gelu(rows @ up.T, approximate="tanh")  # (B·T, hidden)
    return (hidden @ down.T).view(B, T, C)


generator = torch.Generator().manual_seed(0)
up, down = torch.randn(12, 3, generator=generator), torch.randn(3, 12, generator=generator)
x = torch.arange(12.0).view(1, 4, 3)  # 4 positions with 3 channels: 0 1 2, 3 4 5, 6 7 8, 9 10 11
changed = x.clone()
changed[:, 3] += 1
moved = (broken_feed_forward(changed, up, down) != broken_feed_forward(x, up, down)).any(dim=-1)
print("position 3 was changed; outputs that moved:", moved[0].nonzero().flatten().tolist())

# %% [markdown]
# Find out what a "row" really holds, then write the function so that each position keeps to itself.


# %% answer="feed_forward"
def feed_forward(
    x: Float[Tensor, "B T C"], up: Float[Tensor, "hidden C"], down: Float[Tensor, "C hidden"]
) -> Float[Tensor, "B T C"]:
    """down(gelu(up(x))), each position by itself."""
    ### BEGIN SOLUTION
    hidden = F.gelu(x @ up.T, approximate="tanh")  # (B, T, C) @ (C, hidden): works on the last dimension alone
    return hidden @ down.T  # (B, T, C)
    ### END SOLUTION


# %% check="feed_forward"
check(feed_forward)

# %% [markdown] exercise="output_rank" kind="experiment" difficulty=3 minutes=15 points=3
# ## Exercise 6: how narrow may the hidden layer be?
#
# Here the library's MLP learns something curved, with hidden layers from a twentieth of C to eight times C. The error
# is what is left after the same 150 steps. Where is the curve steepest, and where flatter? Think about why.

# %%
C, ratios = 20, (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
generator = torch.Generator().manual_seed(0)
positions = torch.randn(512, C, generator=generator)
targets = torch.sin(positions @ torch.randn(C, C, generator=generator) / 4)


def error_after_training(mlp_ratio, steps=150):
    torch.manual_seed(0)
    module = mlp.MLP(C, round(mlp_ratio * C))
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
    for _ in range(steps):
        loss = F.mse_loss(module(positions), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item() / targets.var().item()


errors = [error_after_training(ratio) for ratio in ratios]

# %%
fig, (panel,) = plotting.figure(
    title="From C on, each doubling of the hidden layer helps less than below C",
    xlabel="hidden width over C (log scale)",
    ylabel="error left, as a share of the variance",
)
panel.plot(ratios, errors, marker="o")
panel.axvline(1, color="grey", linestyle=":")
panel.set_xscale("log", base=2)
panel.set_xticks(ratios, [f"{ratio:g}" for ratio in ratios])
panel.set_ylim(0, 1)
plotting.show(
    fig,
    alt="Error against the ratio of hidden width to C. From a twentieth up to 1 it falls steeply, from nine tenths of "
    "the variance to about a quarter; from there to 8 it falls slowly, to a tenth.",
)

# %% [markdown]
# One reason can be measured exactly. Write a function that makes a fresh `mlp.MLP` for a given ratio and for the
# width of `x`, gives it the positions `x`, and returns **how many dimensions the outputs span**: their rank, which
# `torch.linalg.matrix_rank` counts. The positions are float64, so that small numbers are not taken for zero: turn the
# module into float64 too, with `.double()`. (As in the cell above, `mlp.MLP(C, hidden)` takes the two widths in place
# of a configuration.)
#
# Before you run it, predict: for C = 20 and many positions, what is the result at the ratios 0.25, 1 and 4? And if all
# positions lie in one plane?


# %% answer="output_rank"
def output_rank(mlp_ratio: float, x: Float[Tensor, "positions C"]) -> int:
    """Dimensions that the outputs of a fresh MLP with this ratio span, for the positions x."""
    ### BEGIN SOLUTION
    module = mlp.MLP(x.shape[-1], round(mlp_ratio * x.shape[-1])).double()
    return int(torch.linalg.matrix_rank(module(x)))
    ### END SOLUTION


# %% check="output_rank"
check(output_rank)

# %% [markdown]
# <details><summary>What it shows (open it when your check has passed)</summary>
#
# The outputs span at most as many dimensions as there are hidden units. Below a ratio of 1 the MLP can write in some
# directions only, and training cannot change that. Above 1 it gains no dimensions, but more curves to combine, so the
# error still falls, only more slowly. And because of the curve, the outputs for inputs in a plane span all 20
# dimensions: without it they would stay in a plane.
#
# </details>
