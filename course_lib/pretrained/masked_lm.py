"""Masked language modelling: our blocks without the causal mask, trained to fill in what was hidden, as BERT was.

Devlin et al. 2019, "BERT: Pre-training of Deep Bidirectional Transformers" (arXiv:1810.04805), section 3.1.
"""

from collections.abc import Collection
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.attention import attention_weights, fused_scaled_dot_product_attention
from course_lib.block import DecoderBlock, LayerNorm
from course_lib.config import GPTConfig, check_length
from course_lib.initialization import gpt2_rules, initialize
from course_lib.kv_cache import KVCache
from course_lib.multi_head_attention import MultiHeadAttention, merge_heads, split_heads

IGNORED = -100  # the label of a position that is not to be predicted; F.cross_entropy leaves it out by default
MASKED_SHARE, RANDOM_SHARE = 0.8, 0.1  # of the chosen tokens; the rest stays as it was


class BidirectionalAttention(MultiHeadAttention):
    """`MultiHeadAttention` in which every position sees all the others; parameters and their names are the same."""

    def forward(
        self, x: Float[Tensor, "B T C"], cache: KVCache | None = None, layer: int = 0
    ) -> Float[Tensor, "B T C"]:
        """Let every position look at all positions.

        Raises ValueError if there is a cache: a token that is added changes what all those before it see.
        """
        if cache is not None:
            raise ValueError(
                "attention in both directions cannot go on from a cache: each token also looks at those after it, "
                "which a cache has not seen; call it with the whole text"
            )
        q, k, v = (split_heads(part, self.n_head) for part in self.qkv_proj(x).chunk(3, dim=-1))  # each (B, H, T, D)
        dropout = self.dropout if self.training else 0.0
        heads = fused_scaled_dot_product_attention(q, k, v, causal=False, dropout_p=dropout)  # (B, H, T, D)
        return self.out_dropout(self.out_proj(merge_heads(heads)))

    def weights(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B H T T"]:
        """How much each position attends to each, head by head, in both directions."""
        q, k, _ = self.qkv_proj(x).chunk(3, dim=-1)  # each (B, T, C)
        return attention_weights(split_heads(q, self.n_head), split_heads(k, self.n_head), causal=False)


class EncoderBlock(DecoderBlock):
    """`DecoderBlock` without the causal mask: all that makes a decoder's block an encoder's."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.attention = BidirectionalAttention(config)


class MaskedLM(nn.Module):
    """An encoder-only model that scores, at each position, which token stands *there*, not which comes next.

    But for the mask it is `gpt.GPT`: parameters have the same names and shapes. (BERT puts its norms after the
    additions, and has segment embeddings and one more layer before the head.)
    generator: for weights that can be drawn again; without it torch's global random state is used.
    """

    def __init__(self, config: GPTConfig, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(EncoderBlock(config) for _ in range(config.n_layer))
        self.final_norm = LayerNorm(config.n_embd)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight  # tied, as in BERT
        initialize(self, gpt2_rules(config.n_layer), generator)

    def forward(self, idx: Int[Tensor, "B T"]) -> Float[Tensor, "B T V"]:
        """Scores (logits) of every token of the vocabulary for each position, from the whole sequence.

        Raises ValueError if there are more tokens than `config.seq_len`.
        """
        T = idx.shape[-1]
        check_length(self.config, T)
        x = self.token_embedding(idx) + self.position_embedding(torch.arange(T, device=idx.device))  # (B, T, C)
        x = self.dropout(x)
        for block in self.blocks:
            x = block(x)  # (B, T, C)
        return self.head(self.final_norm(x))  # (B, T, V)


class MaskedBatch(NamedTuple):
    """Inputs with some tokens hidden, and the labels: the token that stood there, or IGNORED where none was chosen."""

    inputs: Int[Tensor, "B T"]
    labels: Int[Tensor, "B T"]


def mask_tokens(
    idx: Int[Tensor, "B T"],
    mask_id: int,
    vocab_size: int,
    *,
    rate: float = 0.15,
    special_ids: Collection[int] = (),
    generator: torch.Generator | None = None,
) -> MaskedBatch:
    """Choose each token with probability `rate`; of those, 80 % become `mask_id`, 10 % a random token, 10 % stay.

    Drawn anew at every call: RoBERTa's dynamic masking. special_ids: tokens that are never chosen, `mask_id` among
    them; none of them is put in at random either.

    Raises ValueError if rate is not above 0 and at most 1, if mask_id is not a token of the vocabulary, or if nothing
    but special tokens is left to put in.
    """
    if not 0.0 < rate <= 1.0:
        raise ValueError(f"rate must be above 0 and at most 1 (BERT takes 0.15), got {rate}")
    if not 0 <= mask_id < vocab_size:
        raise ValueError(f"mask_id = {mask_id} is not one of {vocab_size} tokens; reserve an id for the mask")
    special = torch.tensor(sorted({mask_id, *special_ids}), device=idx.device)
    ordinary = torch.arange(vocab_size, device=idx.device)
    ordinary = ordinary[~torch.isin(ordinary, special)]
    if len(ordinary) == 0:
        raise ValueError(f"all {vocab_size} tokens are special: nothing is left to predict")

    def uniform() -> Float[Tensor, "B T"]:
        return torch.rand(idx.shape, generator=generator, device=idx.device)

    chosen = (uniform() < rate) & ~torch.isin(idx, special)  # (B, T)
    action = uniform()  # (B, T): below 0.8 hidden, below 0.9 replaced, else left
    others = ordinary[torch.randint(len(ordinary), idx.shape, generator=generator, device=idx.device)]  # (B, T)
    inputs = torch.where(chosen & (action < MASKED_SHARE + RANDOM_SHARE), others, idx)
    inputs = torch.where(chosen & (action < MASKED_SHARE), mask_id, inputs)
    return MaskedBatch(inputs, torch.where(chosen, idx, IGNORED))


def masked_token_loss(logits: Float[Tensor, "B T V"], labels: Int[Tensor, "B T"]) -> Float[Tensor, ""]:
    """Mean cross-entropy in nats per token, over the positions that have a label; nothing is shifted.

    Raises ValueError if there is not one label for each position, or all of them are IGNORED.
    """
    if logits.shape[:-1] != labels.shape:
        raise ValueError(f"expected one label a position, {tuple(logits.shape[:-1])}, got {tuple(labels.shape)}")
    if bool((labels == IGNORED).all()):
        raise ValueError("no position has a label, and a mean over nothing is NaN; mask more tokens or a larger batch")
    return F.cross_entropy(logits.flatten(0, -2), labels.flatten(), ignore_index=IGNORED)
