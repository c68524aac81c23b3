"""What the tests of `parallel` run on several processes at once; each returns what it found, the tests judge it."""

import copy
import os
import signal
import time
from dataclasses import replace

import psutil
import torch
import torch.distributed as dist
from torch import nn

from course_lib import parallel
from course_lib.config import GPTConfig, LlamaConfig
from course_lib.data import TokenDataset
from course_lib.gpt import GPT, next_token_loss
from course_lib.llama import Llama
from course_lib.show.profiling import num_params
from course_lib.training import Ranks, TrainConfig, train

V, T, L, C = 11, 8, 2, 24  # V is odd: two processes get parts of different size
BATCH, STEPS = 6, 3
GPTS = {"GPT": {"bias": False}, "GPT with biases": {"bias": True}}
LLAMAS = {"Llama, tied": {"tie_embeddings": True}, "Llama, untied": {"tie_embeddings": False}}


def gpt(n_head=6, untied=False, vocab_size=V, **options):
    """A small GPT; untied as no configuration makes it, with a head of its own."""
    config = GPTConfig(vocab_size=vocab_size, seq_len=T, n_layer=L, n_embd=C, n_head=n_head, **options)
    model = GPT(config, torch.Generator().manual_seed(0)).double()
    if untied:
        head = torch.randn(model.head.weight.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        model.head.weight = nn.Parameter(head)
    return model


def llama(n_head=12, n_kv_head=6, hidden_dim=36, vocab_size=V, **options):
    config = LlamaConfig(
        vocab_size=vocab_size,
        seq_len=T,
        n_layer=L,
        n_embd=C,
        n_head=n_head,
        n_kv_head=n_kv_head,
        hidden_dim=hidden_dim,
        **options,
    )
    return Llama(config, torch.Generator().manual_seed(0)).double()


def models():
    """Every kind of model that is split, by name."""
    made = {name: gpt(**options) for name, options in GPTS.items()}
    made["GPT, untied, biases"] = gpt(untied=True, bias=True)
    made |= {name: llama(**options) for name, options in LLAMAS.items()}
    return made


def two_models():
    return {"GPT with biases": gpt(bias=True), "Llama, untied": llama(tie_embeddings=False)}


def batch(vocab_size=V, batch_size=BATCH):
    tokens = torch.randint(vocab_size, (batch_size, T + 1), generator=torch.Generator().manual_seed(2))
    return tokens[:, :-1], tokens[:, 1:]  # both (B, T)


def optimizer_of(model):
    """With decay and momentum, in one fused kernel, as training has it."""
    groups = [{"params": list(model.parameters()), "weight_decay": 0.1}]
    return torch.optim.AdamW(parallel.separate_groups(groups), lr=1e-2, fused=True)


def train_whole(model, steps=STEPS, max_norm=0.5):
    """On the whole batch in one process: losses, norms, and gradients of the last step by name."""
    optimizer = optimizer_of(model)
    x, y = batch()
    losses, norms = [], []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = next_token_loss(model(x), y)
        loss.backward()
        gradients = {name: p.grad.clone() for name, p in model.named_parameters()}
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), max_norm).item())
        optimizer.step()
        losses.append(loss.item())
    return losses, norms, gradients


def largest_difference(ours, theirs):
    """Of two dicts of tensors with the same names."""
    if ours.keys() != theirs.keys():
        raise ValueError(f"{sorted(ours)} are not {sorted(theirs)}")
    return max((ours[name] - theirs[name]).abs().max().item() for name in ours)


def compare(whole, losses, norms, gradients, weights, logits):
    """How far training on several processes came out from training in one."""
    x, _ = batch()
    expected_losses, expected_norms, expected_gradients = train_whole(whole)
    return {
        "losses": max(abs(a - b) for a, b in zip(losses, expected_losses, strict=True)),
        "norms": max(abs(a - b) for a, b in zip(norms, expected_norms, strict=True)),
        "gradients": largest_difference(gradients, expected_gradients),
        "weights": largest_difference(weights, {name: p.detach() for name, p in whole.named_parameters()}),
        "logits": (logits - whole(x)).abs().max().item(),
    }


def tensor_parallel_training(whole):
    mesh = parallel.process_mesh()
    model = copy.deepcopy(whole)
    if dist.get_rank() > 0:  # rank 0's weights must reach everyone
        for parameter in model.parameters():
            parameter.data.fill_(7.0)
    parallel.tensor_parallel(model, mesh)
    optimizer = optimizer_of(model)
    x, y = batch()
    losses, norms = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        losses.append(parallel.next_token_loss_and_backward(model, x, y).item())
        gradients = {name: gradient.clone() for name, gradient in parallel.gather_gradients(model).items()}
        norms.append(parallel.clip_gradients(model, 0.5))
        optimizer.step()
    tied = whole.head.weight is whole.token_embedding.weight
    found = compare(whole, losses, norms, gradients, parallel.gather_weights(model), parallel.whole(model(x)))
    return found | {
        "stays tied": (model.head.weight is model.token_embedding.weight) == tied,
        "values here": sum(parameter.to_local().numel() for parameter in split_parameters(model)),
        "values in all": sum(parameter.numel() for parameter in split_parameters(model)),
    }


def split_parameters(model):
    return [parameter for parameter in model.parameters() if hasattr(parameter, "to_local")]


def data_parallel_training(whole, how):
    """The same batch, each process its share of it."""
    model = copy.deepcopy(whole)
    if dist.get_rank() > 0 and how == "ddp":
        for parameter in model.parameters():
            parameter.data.fill_(7.0)
    if how == "ddp":
        wrapped = parallel.data_parallel(model)
    else:
        wrapped = model = parallel.shard_fully(model, parallel.process_mesh("data"))
    optimizer = optimizer_of(model)
    x, y = (parallel.share_of_batch(part, dist.get_rank(), dist.get_world_size()) for part in batch())
    losses, norms = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = next_token_loss(wrapped(x), y)
        loss.backward()
        gradients = {name: gradient.clone() for name, gradient in parallel.gather_gradients(model).items()}
        norms.append(parallel.whole(nn.utils.clip_grad_norm_(model.parameters(), 0.5)).item())
        optimizer.step()
        mean = loss.detach().clone()
        dist.all_reduce(mean)
        losses.append(mean.item() / dist.get_world_size())
    return compare(whole, losses, norms, gradients, parallel.gather_weights(model), wrapped(batch()[0]))


def traffic_of(how, model):
    """What a step sends, once the first has set everything up: the messages, and the formula's answer."""
    x, y = batch(vocab_size=model.config.vocab_size)
    model, n, B = model.float(), dist.get_world_size(), len(x)
    if how == "tensor":
        parallel.tensor_parallel(model, parallel.process_mesh())
        expected = parallel.tensor_parallel_bytes(model.config, B, n)
    else:
        total = num_params(model)
        outside = total - num_params(model.blocks)
        x, y = (parallel.share_of_batch(part, dist.get_rank(), n) for part in (x, y))
        if how == "ddp":
            expected = parallel.data_parallel_bytes(total, n)
            model = parallel.data_parallel(model)
        else:
            expected = parallel.fsdp_bytes(total, outside, n)
            parallel.shard_fully(model, parallel.process_mesh("data"))

    def step():
        if how == "tensor":
            parallel.next_token_loss_and_backward(model, x, y)
        else:
            next_token_loss(model(x), y).backward()

    for _ in range(2):  # DDP agrees on its order of messages in the first two
        step()
    with parallel.count_traffic() as traffic:
        step()
    return traffic, expected


def all_reduces():
    """Both by hand, against gloo's, on sizes that n does not divide and that are smaller than n; and what they send."""
    found = []
    for size in ((2, 3, 5), (7,), (1,), (0,)):
        mine = torch.randn(size, generator=torch.Generator().manual_seed(dist.get_rank()), dtype=torch.float64)
        expected = mine.clone()
        dist.all_reduce(expected)
        for by_hand in (parallel.naive_all_reduce, parallel.ring_all_reduce):
            kept = mine.clone()
            with parallel.count_traffic() as traffic:
                total = by_hand(mine)
            found.append((by_hand.__name__, size, (total - expected).abs().sum().item(), bool((mine == kept).all())))
            if size == (2, 3, 5):
                found.append((f"{by_hand.__name__} sends", traffic.payload))
    return found


def everything(folder):
    """All that two processes are asked, in one launch: starting them takes longer than the work."""
    return {
        "tensor": {name: tensor_parallel_training(model) for name, model in models().items()},
        "ddp": {name: data_parallel_training(model, "ddp") for name, model in two_models().items()},
        "fsdp": {name: data_parallel_training(model, "fsdp") for name, model in two_models().items()},
        "traffic": {
            (how, name): traffic_of(how, model)
            for how in ("ddp", "fsdp", "tensor")
            for name, model in (("GPT", gpt(vocab_size=12, bias=True)), ("Llama", llama(vocab_size=12)))
        },
        "all-reduce": all_reduces(),
        "cut": cut_and_put_together(),
        "runs": {
            (way, chunk_rows): train_together(f"{folder}/{way}-{chunk_rows}", way, chunk_rows)
            for way in ("ddp", "fsdp")
            for chunk_rows in (None, 16)
        },
        "gradients sent": gradients_sent(),
        "gone on": {way: train_together(f"{folder}/begun-{way}", way) for way in ("ddp", "fsdp")},
    }


def on_three():
    """What is different with three: sizes that 3 does not divide, and a ring that is not a pair."""
    return {
        "tensor": {"GPT": tensor_parallel_training(gpt(bias=True)), "Llama": tensor_parallel_training(llama())},
        "traffic": {("tensor", "GPT"): traffic_of("tensor", gpt()), ("ddp", "GPT"): traffic_of("ddp", gpt())},
        "all-reduce": all_reduces(),
    }


TRAIN = TrainConfig(
    steps=4, batch_size=6, warmup_steps=1, eval_every=2, eval_batches=2, checkpoint_every=2, clip=0.5, accumulate=2
)


def windows():
    """Training and validation data of V tokens."""
    tokens = torch.randint(V, (2_000,), generator=torch.Generator().manual_seed(5))
    return TokenDataset(tokens[:1_500], T), TokenDataset(tokens[1_500:], T)


def train_alone(folder, way):
    """In this process, the run that `train_together` makes this way."""
    return run(folder, way, None, Ranks(), None)


def train_together(folder, way, chunk_rows=None):
    """On several processes, with checkpoints in a folder that all of them see."""
    return run(folder, way, parallel.wrap_for(way), Ranks(dist.get_rank(), dist.get_world_size()), chunk_rows)


def gradients_sent():
    """How many bytes a run sends in its backward passes, and those of the gradients of one."""
    model = gpt(bias=True)
    data, _ = windows()
    ranks = Ranks(dist.get_rank(), dist.get_world_size())
    with parallel.count_traffic() as traffic:
        train(model, data, TRAIN, wrap=parallel.wrap_for("ddp"), ranks=ranks)
    return traffic.only(when="backward").payload, num_params(model) * model.head.weight.element_size()


def run(folder, way, wrap, ranks, chunk_rows):
    """A short run, or the rest of one: its history, all weights afterwards, and something computed with them."""
    model = llama(tie_embeddings=True) if way == "fsdp" else gpt(bias=True)
    data, validation = windows()
    history = train(
        model,
        data,
        replace(TRAIN, chunk_rows=chunk_rows),
        validation=validation,
        folder=folder,
        wrap=wrap,
        ranks=ranks,
    )
    x, _ = batch()
    sample = parallel.whole_copy(model)(x[:1]).sum().item()  # as when a story is written
    return history, {name: weight.clone() for name, weight in parallel.gather_weights(model).items()}, sample


def cut_and_put_together():
    """Whole, cut as a model's parameters are, whole again: and what each process has of it."""
    model = parallel.shard_fully(gpt(bias=True), parallel.process_mesh("data"))
    kept, parts = True, 0
    for parameter in model.parameters():
        tensor = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
        part = parallel.split_like(tensor, parameter)
        kept = kept and torch.equal(parallel.whole(part), tensor) and part.placements == parameter.placements
        parts += part.to_local().numel()
    return kept, parts, num_params(model)


def bytes_over_the_network(values=3_000_000):
    """What the interface counted while each operation ran, all processes together, and what we say they send."""
    n = dist.get_world_size()
    whole = torch.ones(values)
    part = whole[: values // n].clone()
    operations = {
        "all_reduce": lambda: dist.all_reduce(whole),
        "broadcast": lambda: dist.broadcast(whole, src=0),
        "all_gather": lambda: dist.all_gather_into_tensor(whole, part),
    }
    found = {}
    for name, operation in operations.items():
        operation()  # connects
        dist.barrier()
        before = psutil.net_io_counters(pernic=True)["lo"].bytes_sent
        dist.barrier()
        operation()
        dist.barrier()
        after = psutil.net_io_counters(pernic=True)["lo"].bytes_sent
        dist.barrier()
        found[name] = (after - before, n * parallel.sent_bytes(name, values * whole.element_size(), n))
    return found


def on_one_gpu():
    """The same steps with nccl, on one rank: how far the split model is from the whole one, and what is sent."""
    whole = gpt(bias=True).cuda()
    model = parallel.tensor_parallel(copy.deepcopy(whole), parallel.process_mesh())
    x, y = (part.cuda() for part in batch())
    expected = next_token_loss(whole(x), y)
    expected.backward()
    loss = parallel.next_token_loss_and_backward(model, x, y)
    gradients = {name: parameter.grad for name, parameter in whole.named_parameters()}
    return (loss - expected).abs().item(), largest_difference(parallel.gather_gradients(model), gradients)


def raise_on_one():
    print(f"before, on {dist.get_rank()}")
    if dist.get_rank() == 1:
        raise ValueError("no such luck")
    dist.all_reduce(torch.ones(1))


def die_on_one():
    """As when the system runs out of memory: no Python code runs any more."""
    if dist.get_rank() == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    dist.all_reduce(torch.ones(1))


def forget_one():
    """Rank 0 waits for a sum that rank 1 has no part in."""
    if dist.get_rank() == 0:
        dist.all_reduce(torch.ones(1))


def sleep_long(path):
    """Writes this process's number, then sleeps longer than any test."""
    with open(f"{path}/{dist.get_rank()}.pid", "w") as file:
        file.write(str(os.getpid()))
    time.sleep(1_000)


if __name__ == "__main__":  # as torchrun starts it
    with parallel.joined(gpu=False):
        die_on_one()
