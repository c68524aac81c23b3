# %% [markdown]
# # Exercises 06 · The decoder block
#
# Six exercises on lesson 06: the norm, the residual stream taken apart, the block in both of its orders, its
# parameters, and a block that forgets. Each answer is checked by the cell after it: run it as often as you like, the
# inputs are new each time. If you are stuck, `hint(name)` gives three hints, one at a time.

# %%
import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_lib import block
from course_lib.checks import check, hint
from course_lib.config import GPTConfig
from course_lib.mlp import MLP
from course_lib.multi_head_attention import MultiHeadAttention
from course_lib.show import plotting

# %% [markdown] exercise="layer_norm" kind="implement" difficulty=2 minutes=12 points=2
# ## Exercise 1: LayerNorm
#
# Give each token's vector mean 0 and deviation 1, then scale and shift it channel by channel:
#
# $$\frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} \cdot g + b, \qquad
#   \mu = \frac1C\sum_i x_i, \qquad \sigma^2 = \frac1C\sum_i (x_i - \mu)^2$$
#
# `weight` is $g$ and `bias` is $b$. By hand: (2, 4, 6, 8) becomes (−1.34, −0.45, 0.45, 1.34). `F.layer_norm` would be
# no exercise.


# %% answer="layer_norm"
def layer_norm(
    x: Float[Tensor, "*batch C"], weight: Float[Tensor, " C"], bias: Float[Tensor, " C"], eps: float = 1e-5
) -> Float[Tensor, "*batch C"]:
    """Each token normalised by its own mean and deviation, then scaled by weight and shifted by bias."""
    ### BEGIN SOLUTION
    mean = x.mean(dim=-1, keepdim=True)  # (..., 1)
    variance = x.var(dim=-1, keepdim=True, unbiased=False)  # (..., 1), divided by C
    return (x - mean) / torch.sqrt(variance + eps) * weight + bias
    ### END SOLUTION


# %% check="layer_norm"
check(layer_norm)

# %% [markdown] exercise="contribution_shares" kind="implement" difficulty=3 minutes=15 points=3
# ## Exercise 2: who wrote this?
#
# The stream at the end is the sum of all that was written into it: its start, and what each layer has added. Given
# these **pieces**, find each one's share in the sum $s$:
#
# $$\mathrm{share}(p) = \frac{p \cdot s}{s \cdot s}, \qquad s = \sum_p p$$
#
# for each position by itself. By hand: the pieces (3, 0) and (0, 4) have the sum (3, 4), with $s \cdot s = 25$. The
# shares are 9/25 and 16/25. A piece that works against the others has a negative share; together they are always 1.


# %% answer="contribution_shares"
def contribution_shares(pieces: Float[Tensor, "pieces *batch C"]) -> Float[Tensor, "pieces *batch"]:
    """(piece · stream) / (stream · stream) at each position, where the stream is the sum of the pieces."""
    ### BEGIN SOLUTION
    stream = pieces.sum(dim=0)  # (..., C)
    along = (pieces * stream).sum(dim=-1)  # (pieces, ...): the dot products
    return along / (stream * stream).sum(dim=-1)
    ### END SOLUTION


# %% check="contribution_shares"
check(contribution_shares)

# %% [markdown]
# Here is what such shares look like, computed with the library's function: two stacks of twelve blocks, as they are
# before training. In the second, what writes into the stream was made three times as small. Lesson 08 says why one
# does that.


# %%
def shares_of_layers(factor):
    torch.manual_seed(0)
    layers = nn.ModuleList(block.DecoderBlock(GPTConfig()) for _ in range(12))
    with torch.no_grad():
        for layer in layers:
            layer.attention.out_proj.weight.mul_(factor)
            layer.mlp.down_proj.weight.mul_(factor)
        pieces = block.residual_pieces(layers, torch.randn(4, 128, 100))
        return block.contribution_shares(pieces).mean(dim=(1, 2))  # (25,)


fig, (panel,) = plotting.figure(
    title="The smaller the writers, the more the stream remembers its start",
    xlabel="piece: the start, then attention and MLP of each block in turn",
    ylabel="share of the stream (log scale)",
)
for factor, marker, label in ((1.0, "o", "as torch makes them"), (1 / 3, "s", "writers three times as small")):
    panel.plot(range(25), shares_of_layers(factor), marker, label=label)
panel.set_yscale("log")
panel.legend()
plotting.show(
    fig,
    alt="Points for 25 shares, log axis. The start has about 0.6 in one stack and over 0.9 in the other. All other "
    "pieces have a few hundredths at most in the first and far less in the second, MLPs more than attentions.",
)

# %% [markdown] exercise="DecoderBlock" kind="implement" difficulty=2 minutes=12 points=2
# ## Exercise 3: the pre-norm block
#
# Put the parts together as GPT-2 does: attention, then MLP, each **behind** a norm of its own, each **added** to the
# stream.
#
# Use `MultiHeadAttention(config)` and `MLP(config)`, and for the norms torch's `nn.LayerNorm`. It is best
# to call the four parts `norm_1`, `attention`, `norm_2` and `mlp`: by these names the check gives them their weights.


# %% answer="DecoderBlock"
class DecoderBlock(nn.Module):
    """One block of a GPT, pre-norm."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.attention = MultiHeadAttention(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)
        ### END SOLUTION

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        """Add to the stream what attention gathers, then what the MLP makes of it."""
        ### BEGIN SOLUTION
        x = x + self.attention(self.norm_1(x))
        return x + self.mlp(self.norm_2(x))
        ### END SOLUTION


# %% check="DecoderBlock"
check(DecoderBlock)

# %% [markdown] exercise="PostNormBlock" kind="implement" difficulty=1 minutes=6 points=1
# ## Exercise 4: the post-norm block
#
# Now the same parts in the order of the first transformer: add first, then normalise the **sum**. The names of the
# parts are the same.


# %% answer="PostNormBlock"
class PostNormBlock(nn.Module):
    """One block in the order of the first transformer."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.attention = MultiHeadAttention(config)
        self.norm_1 = nn.LayerNorm(config.n_embd)
        self.mlp = MLP(config)
        self.norm_2 = nn.LayerNorm(config.n_embd)
        ### END SOLUTION

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        """Add what attention gathers and normalise; add what the MLP makes of it and normalise."""
        ### BEGIN SOLUTION
        x = self.norm_1(x + self.attention(x))
        return self.norm_2(x + self.mlp(x))
        ### END SOLUTION


# %% check="PostNormBlock"
check(PostNormBlock)

# %% [markdown] exercise="predict_block_parameters" kind="predict" difficulty=1 minutes=5 points=1
# ## Exercise 5: how many parameters has a block?
#
# The course's model has C = 100, five heads, an MLP four times as wide, and no biases in its linear layers; norms
# always have a scale and a shift. Its windows have 128 tokens. How many parameters has **one** pre-norm block? Find
# it with a pencil. (The map at the top of the lesson shows the number. Look only
# afterwards.)


# %% answer="predict_block_parameters"
def predict_block_parameters() -> int:
    """Parameters of one block of the course's model."""
    ### BEGIN SOLUTION
    C = 100
    attention = 3 * C * C + C * C  # queries, keys and values; output projection
    feed_forward = C * 4 * C + 4 * C * C
    norms = 2 * (C + C)  # two norms, each with a scale and a shift
    return attention + feed_forward + norms  # 120,400
    ### END SOLUTION


# %% check="predict_block_parameters"
check(predict_block_parameters)

# %% [markdown] exercise="MendedBlock" kind="debug" difficulty=2 minutes=10 points=2
# ## Exercise 6: the block that forgets
#
# The block below has norms, and it has residuals. It runs, its shapes are right, and at a small learning rate it even
# learns. At the rate at which lesson 06's pre-norm stack learned within 36 steps, it stays at guessing.
#
# The cell gives it vectors of very different lengths, and prints how long they are afterwards.


# %%
class BrokenBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(config.n_embd), nn.LayerNorm(config.n_embd)
        self.attn = MultiHeadAttention(config)
        self.feed_forward = MLP(config)

    def forward(self, x):
        x = self.ln_1(x)
        x = x + self.attn(x)
        x = self.ln_2(x)
        return x + self.feed_forward(x)


torch.manual_seed(0)
broken = BrokenBlock(GPTConfig())
x = torch.randn(1, 3, 100) * torch.tensor([1.0, 100.0, 10_000.0])[:, None]  # (B, T, C), three tokens
print("before:", [f"{length:.0f}" for length in x.norm(dim=-1)[0]])
print("after: ", [f"{length:.0f}" for length in broken(x).norm(dim=-1)[0]])

# %% [markdown]
# Whatever the stream has gathered so far, each block sets it back to the same length; what earlier blocks have
# written gets weaker with every block that follows. Mend it. Keep the parts and their names, or rename them as you
# like.


# %% answer="MendedBlock"
class MendedBlock(nn.Module):
    """The block above, with a stream that nothing but additions touches."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.ln_1, self.ln_2 = nn.LayerNorm(config.n_embd), nn.LayerNorm(config.n_embd)
        self.attn = MultiHeadAttention(config)
        self.feed_forward = MLP(config)
        ### END SOLUTION

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        """Give each layer the norm of the stream, and add what it returns to the stream itself."""
        ### BEGIN SOLUTION
        x = x + self.attn(self.ln_1(x))  # the norm's result has no name of its own: only the layer needs it
        return x + self.feed_forward(self.ln_2(x))
        ### END SOLUTION


# %% check="MendedBlock"
check(MendedBlock)
