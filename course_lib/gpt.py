"""The GPT: embeddings, decoder blocks, a final norm, and a head that shares the token embedding's weights."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.block import DecoderBlock, LayerNorm
from course_lib.config import GPTConfig, check_length
from course_lib.initialization import gpt2_rules, initialize
from course_lib.kv_cache import KVCache


class GPT(nn.Module):
    """A decoder-only language model in the manner of GPT-2  (Radford et al. 2019), its weights drawn by GPT-2's rules.

    generator: for weights that can be drawn again; without it torch's global random state is used.
    """

    def __init__(self, config: GPTConfig, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(DecoderBlock(config) for _ in range(config.n_layer))
        self.final_norm = LayerNorm(config.n_embd)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight  # tied: one parameter under two names
        initialize(self, gpt2_rules(config.n_layer), generator)  # after the tie, so that it is drawn once

    def forward(self, idx: Int[Tensor, "B T"], cache: KVCache | None = None) -> Float[Tensor, "B T V"]:
        """Scores (logits) of every token of the vocabulary as the next one, at every position.

        cache: of the tokens before `idx`, if there are any (lesson 12).   Raises as `hidden` does.
        """
        return self.head(self.hidden(idx, cache))  # (B, T, V)

    def hidden(self, idx: Int[Tensor, "B T"], cache: KVCache | None = None) -> Float[Tensor, "B T C"]:
        """What the head makes logits from: the stream behind the final norm.

        Raises ValueError if there are more tokens than `config.seq_len`, those in the cache included.
        """
        T = idx.shape[-1]
        check_length(self.config, T if cache is None else cache.length + T)
        positions = torch.arange(T, device=idx.device) if cache is None else cache.positions(T)  # (T,)
        x = self.token_embedding(idx) + self.position_embedding(positions)  # (B, T, C)
        x = self.dropout(x)
        for layer, block in enumerate(self.blocks):
            x = block(x) if cache is None else block(x, cache, layer)  # (B, T, C)
        if cache is not None:
            cache.advance(T)
        return self.final_norm(x)  # (B, T, C)

    def make_cache(self, batch_size: int, max_len: int | None = None) -> KVCache:
        """An empty cache of the model's shape, dtype and device; max_len: `config.seq_len` unless given.

        It cannot slide as Llama's does: a learned position belongs to a place in the window, and would have to change.
        """
        weight = self.token_embedding.weight
        return KVCache(
            n_layer=self.config.n_layer,
            batch_size=batch_size,
            n_kv_head=self.config.n_head,
            max_len=self.config.seq_len if max_len is None else max_len,
            head_dim=self.config.head_dim,
            dtype=weight.dtype,
            device=weight.device,
        )


def next_token_loss(logits: Float[Tensor, "B T V"], targets: Int[Tensor, "B T"]) -> Float[Tensor, ""]:
    """Mean cross-entropy in nats per token: −log of the probability given to the token that really came next.

    targets: position t holds the token after position t of the input, as `data.TokenDataset` gives it.
    Raises ValueError if there is not one target for each position.
    """
    if logits.shape[:-1] != targets.shape:
        raise ValueError(f"expected one target a position, {tuple(logits.shape[:-1])}, got {tuple(targets.shape)}")
    return F.cross_entropy(logits.flatten(0, -2), targets.flatten())
