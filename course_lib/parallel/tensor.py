"""Tensor parallelism: every process holds a part of every matrix, and all work on the same tokens.

In each block two matrices follow one another. The first is split by its outputs (column-wise: whole heads, or some of
the hidden units), the second by its inputs (row-wise), so that what lies between them never leaves its process. What
comes out is a sum of one term a process: one all-reduce forward, and one for the gradient of the input backward
(Shoeybi et al. 2019, section 3). The tables of the vocabulary are split by tokens.
"""

from collections.abc import Iterable
from typing import Any

import torch
import torch.distributed as dist
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.tensor import DTensor, Replicate, Shard
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    ParallelStyle,
    PrepareModuleInput,
    RowwiseParallel,
    loss_parallel,
    parallelize_module,
)

from course_lib.gpt import GPT, next_token_loss
from course_lib.llama import Llama
from course_lib.modern.model import ModernDecoder
from course_lib.training.ranks import whole


def process_mesh(name: str = "tensor") -> DeviceMesh:
    """All processes in a row, as tensor parallelism and FSDP want them; on CUDA devices where nccl connects them."""
    device = "cuda" if dist.get_backend() == "nccl" else "cpu"
    return init_device_mesh(device, (dist.get_world_size(),), mesh_dim_names=(name,))


def tensor_parallel(model: GPT | Llama, mesh: DeviceMesh) -> GPT | Llama:
    """Split `model` in place over the processes of `mesh`, the same model in each; returns it.

    Its logits are a DTensor split over the vocabulary: `next_token_loss_and_backward` takes them as they are, and
    `.full_tensor()` puts them together. Rank 0's weights are used. A tied head stays tied.
    Raises ValueError if the heads or the MLP's hidden units cannot be shared out equally, or if the model has dropout.
    """
    n = mesh.size()
    check_divisible(model, n)
    tied = model.head.weight is model.token_embedding.weight
    if isinstance(model, GPT):
        for attention in _attentions(model):
            for parameter in attention.qkv_proj.parameters():
                parameter.data = group_qkv(parameter.data, n)
    parallelize_module(model, mesh, _plan(model))
    if tied:
        model.head.weight = model.token_embedding.weight  # split alike, but each for itself: one again
    for attention in _attentions(model):
        attention.n_head //= n  # the heads of this process
        if isinstance(model, Llama):
            attention.n_kv_head //= n
    for parameter in model.parameters():
        if not isinstance(parameter, DTensor):  # norms and positions: whole, and the same everywhere
            dist.broadcast(parameter.data, src=dist.get_global_rank(mesh.get_group(), 0), group=mesh.get_group())
    return model


def check_divisible(model: GPT | Llama, n_processes: int) -> None:
    """Raises ValueError, naming the value and what would be right, if `model` cannot be split so."""
    if not isinstance(model, GPT | Llama) or isinstance(model, ModernDecoder):  # experts, norms of heads: not planned
        raise ValueError(f"tensor_parallel splits a GPT or a Llama, got {type(model).__name__}")
    shared_out = {"n_head": model.config.n_head, "hidden_dim": model.config.hidden_dim}
    if isinstance(model, Llama):
        shared_out["n_kv_head"] = model.config.n_kv_head
    for name, value in shared_out.items():
        if value % n_processes != 0:
            fitting = [n for n in range(1, value + 1) if all(v % n == 0 for v in shared_out.values())]
            raise ValueError(
                f"{name} = {value} cannot be shared out equally among {n_processes} processes; use a number of "
                f"processes from {fitting}, or a model whose {name} is a multiple of {n_processes}"
            )
    dropout = getattr(model.config, "dropout", 0.0)
    if dropout != 0:
        raise ValueError(
            f"dropout = {dropout}: each process would draw for its own heads, and none would know what the others "
            "drew; build the model with dropout = 0.0, for example dataclasses.replace(config, dropout=0.0)"
        )


def group_qkv(rows: Shaped[Tensor, "out *rest"], n_processes: int) -> Shaped[Tensor, "out *rest"]:
    """Reorder the outputs of a fused [Q K V] projection: first those of process 0 from each of the three, and so on.

    Cut as it is into two, [Q K V] would leave the first process all queries and half of the keys. Grouped,
    [Q₀ K₀ V₀ | Q₁ K₁ V₁], each part is again a fused projection, of that process's heads.
    """
    C = rows.shape[0] // 3
    parts = rows.reshape(3, n_processes, C // n_processes, *rows.shape[1:])  # (q/k/v, process, C/n, ...)
    return parts.transpose(0, 1).reshape(rows.shape).contiguous()


def ungroup_qkv(rows: Shaped[Tensor, "out *rest"], n_processes: int) -> Shaped[Tensor, "out *rest"]:
    """The way back: the inverse of `group_qkv`."""
    C = rows.shape[0] // 3
    parts = rows.reshape(n_processes, 3, C // n_processes, *rows.shape[1:])  # (process, q/k/v, C/n, ...)
    return parts.transpose(0, 1).reshape(rows.shape).contiguous()


def _attentions(model: GPT | Llama) -> list[Any]:
    return [block.attention for block in model.blocks]


def _plan(model: GPT | Llama) -> dict[str, ParallelStyle]:
    """How each module is split: torch's names for what Megatron calls column- and row-parallel layers."""
    plan: dict[str, ParallelStyle] = {
        # Each process looks up the tokens it has, and 0 for the others; the sum over processes is the embedding.
        "token_embedding": RowwiseParallel(input_layouts=Replicate()),
        "blocks.*.attention.out_proj": RowwiseParallel(),
        "blocks.*.mlp.up_proj": ColwiseParallel(),
        "blocks.*.mlp.down_proj": RowwiseParallel(),
        "head": ColwiseParallel(output_layouts=Shard(-1), use_local_output=False),
    }
    if isinstance(model, GPT):
        plan["blocks.*.attention.qkv_proj"] = ColwiseParallel()
        return plan
    # Llama's first matrices are two and three that share an input. Marked once where the module begins, rather than
    # by each of them, the gradients of that input are added up here before they are sent: one all-reduce, not three.
    plan["blocks.*.attention"] = PrepareModuleInput(
        input_layouts=(Replicate(), None, None, None, None),  # x; cos, sin, cache and layer are left alone
        desired_input_layouts=(Replicate(), None, None, None, None),
    )
    plan["blocks.*.mlp"] = PrepareModuleInput(input_layouts=(Replicate(),), desired_input_layouts=(Replicate(),))
    for name in ("attention.q_proj", "attention.k_proj", "attention.v_proj", "mlp.gate_proj"):
        plan[f"blocks.*.{name}"] = ColwiseParallel()
    return plan


def next_token_loss_and_backward(model: nn.Module, x: Int[Tensor, "B T"], y: Int[Tensor, "B T"]) -> Float[Tensor, ""]:
    """Loss of a tensor-parallel model, its gradients added to its parameters; no process ever sees all logits.

    Of each position, processes tell each other the largest logit, the sum of exponentials and the target's logit:
    three numbers instead of V.
    """
    with loss_parallel():  # teaches cross_entropy about logits that are split over the vocabulary, and its gradient
        loss = next_token_loss(model(x), y)
        loss.backward()
    return whole(loss.detach())


def gather_weights(model: GPT | Llama) -> dict[str, Tensor]:
    """All weights as the unsplit model has them, by name; every process must call it, and gets them."""
    return {name: _gathered(model, name, parameter.detach()) for name, parameter in model.named_parameters()}


def gather_gradients(model: GPT | Llama) -> dict[str, Tensor]:
    """All gradients as the unsplit model has them, by name; every process must call it, and gets them."""
    return {
        name: _gathered(model, name, parameter.grad)
        for name, parameter in model.named_parameters()
        if parameter.grad is not None
    }


def _gathered(model: GPT | Llama, name: str, tensor: Tensor) -> Tensor:
    grouped = _attentions(model)[0].n_head < model.config.n_head  # by tensor_parallel; FSDP leaves the order alone
    if isinstance(tensor, DTensor) and grouped and ".qkv_proj." in name:
        return ungroup_qkv(whole(tensor), tensor.device_mesh.size())
    return whole(tensor)


def clip_gradients(model: nn.Module, max_norm: float) -> float:
    """Scale all gradients so that their norm together is at most max_norm; returns the norm before.

    As `nn.utils.clip_grad_norm_`, which refuses models of which some parameters are split and some are not.
    """
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    norm = torch.stack([whole(torch.linalg.vector_norm(gradient)) for gradient in gradients]).norm()
    scale = min(1.0, max_norm / (norm.item() + 1e-6))
    for gradient in gradients:
        gradient.mul_(scale)
    return norm.item()


def separate_groups(groups: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """An optimizer's parameter groups, each parted into split and whole parameters.

    Fused and foreach optimizers work on all of a group at once, and refuse a mixture.
    """
    separate = []
    for group in groups:
        for split in (True, False):
            parameters = [p for p in group["params"] if isinstance(p, DTensor) == split]
            if parameters:
                separate.append({**group, "params": parameters})
    return separate
