"""A forward pass and a training step of our GPT at the course's configuration, against peers of the same shape."""

from collections.abc import Callable, Iterator

import torch
import transformers
from torch import Tensor, nn

from benchmarks.report import Measurement, speedup
from course_lib.config import GPTConfig
from course_lib.gpt import GPT, next_token_loss

BATCH = 32  # sequences of config.seq_len tokens
LEARNING_RATE = 1e-3
WITHIN = 0.97  # at most 3 % slower than the best peer
ROUNDS = 3  # times as many as elsewhere: a few per cent drown in the noise of five


class TorchStack(nn.Module):
    """The same shape from torch's own layers: an encoder stack with a causal mask, as a decoder-only model is."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.seq_len, config.n_embd)
        layer = nn.TransformerEncoderLayer(
            config.n_embd,
            config.n_head,
            config.hidden_dim,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
            bias=config.bias,
        )
        self.encoder = nn.TransformerEncoder(
            layer, config.n_layer, norm=nn.LayerNorm(config.n_embd), enable_nested_tensor=False
        )
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight

    def forward(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        T = idx.shape[1]
        x = self.token_embedding(idx) + self.position_embedding(torch.arange(T))
        mask = nn.Transformer.generate_square_subsequent_mask(T)
        return self.head(self.encoder(x, mask=mask, is_causal=True))


class TransformersGPT2(nn.Module):
    """`transformers`' GPT-2 of the same shape, with its fused attention."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.model = transformers.GPT2LMHeadModel(
            transformers.GPT2Config(
                vocab_size=config.vocab_size,
                n_positions=config.seq_len,
                n_embd=config.n_embd,
                n_layer=config.n_layer,
                n_head=config.n_head,
                resid_pdrop=0.0,
                embd_pdrop=0.0,
                attn_pdrop=0.0,
                use_cache=False,
                bos_token_id=0,
                eos_token_id=0,
                attn_implementation="sdpa",
            )
        )

    def forward(self, idx: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        return self.model(idx).logits


PEERS = {"transformers GPT-2 (sdpa)": TransformersGPT2, "nn.TransformerEncoder, causal": TorchStack}


def measure(runs: int) -> Iterator[Measurement]:
    """Forward without gradients, then forward, loss, backward and AdamW, each against each peer."""
    config = GPTConfig()
    tokens = torch.randint(config.vocab_size, (BATCH, config.seq_len + 1), generator=torch.Generator().manual_seed(0))
    for against, peer in PEERS.items():
        ours, theirs = GPT(config), peer(config)
        yield speedup(
            "GPT forward, course's configuration",
            _forward(ours, tokens),
            against=against,
            baseline=_forward(theirs, tokens),
            runs=ROUNDS * runs,
            at_least=WITHIN,
        )
        yield speedup(
            "GPT training step, course's configuration",
            _training_step(ours, tokens),
            against=against,
            baseline=_training_step(theirs, tokens),
            runs=ROUNDS * runs,
            at_least=WITHIN,
        )


def _forward(model: nn.Module, tokens: Tensor) -> Callable[[], object]:
    @torch.inference_mode()
    def step() -> Tensor:
        model.eval()  # here, not once: the other measurement puts the same model into training mode
        return model(tokens[:, :-1])

    return step


def _training_step(model: nn.Module, tokens: Tensor) -> Callable[[], object]:
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)

    def step() -> None:
        model.train()
        loss = next_token_loss(model(tokens[:, :-1]), tokens[:, 1:])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step
