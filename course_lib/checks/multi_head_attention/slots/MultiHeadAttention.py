"""Where slips happen in the code of `MultiHeadAttention`."""

import torch

from course_lib import multi_head_attention
from course_lib.attention import scaled_dot_product_attention
from course_lib.checks.engine.variants import Slot, Variants
from course_lib.multi_head_attention import merge_heads, split_heads

NAMES = {
    "torch": torch,
    "attention": scaled_dot_product_attention,
    "Given": multi_head_attention.MultiHeadAttention,
    "split": split_heads,
    "merge": merge_heads,
}

VARIANTS = Variants(
    """
class MultiHeadAttention(Given):
    def forward(self, x):
        q, k, v = <cut>
        q, k, v = (<part> for part in (<parts>))
        heads = attention(q <scale>, k, v<causal>)
        return <output>
""",
    (
        Slot(
            "cut",
            "self.qkv_proj(x).chunk(3, dim=-1)",
            (
                "self.qkv_proj(x / x.shape[-1] ** 0.5).chunk(3, dim=-1)",
                "torch.relu(self.qkv_proj(x)).chunk(3, dim=-1)",
                "self.qkv_proj(torch.nn.functional.layer_norm(x, x.shape[-1:])).chunk(3, dim=-1)",
                "self.qkv_proj(x).unflatten(-1, (-1, 3)).unbind(-1)",
                "self.qkv_proj(x).flip(-1).chunk(3, dim=-1)",
                "(self.qkv_proj(x) + torch.cat([x, x, x], dim=-1)).chunk(3, dim=-1)",
            ),
        ),
        Slot(
            "part",
            "split(part, self.n_head)",
            (
                "split(part, 1)",
                "split(part, part.shape[-1])",
                "part.view(part.shape[0], self.n_head, part.shape[1], -1)",
                "part.unflatten(-1, (-1, self.n_head)).permute(0, 3, 1, 2)",
                "split(part, self.n_head).flip(1)",
            ),
        ),
        Slot(
            "parts",
            "q, k, v",
            (
                "q, k, k",
                "q, q, v",
                "k, k, v",
                "v, k, v",
                "q, v, v",
                "q, k, q",
                "k, q, v",
                "q, v, k",
                "v, k, q",
                "k, v, q",
                "v, q, k",
                "q, k, x",
                "x, x, v",
                "x, k, v",
                "q, x, v",
                "x, x, x",
                "q, q, q",
                "v, v, v",
            ),
        ),
        Slot(
            "scale",
            "",
            (
                "/ q.shape[-1] ** 0.5",
                "* q.shape[-1] ** 0.5",
                "* (q.shape[-1] / x.shape[-1]) ** 0.5",
                "* (q.shape[-1] / x.shape[1]) ** 0.5",
                "* (q.shape[-1] / self.n_head) ** 0.5",
                "/ self.n_head ** 0.5",
                "/ q.shape[-1]",
                "/ x.shape[-1] ** 0.5",
            ),
        ),
        Slot("causal", "", (", causal=False",)),
        Slot(
            "output",
            "self.out_proj(merge(heads))",
            (
                "merge(heads)",
                "torch.relu(self.out_proj(merge(heads)))",
                "torch.softmax(self.out_proj(merge(heads)), dim=-1)",
                "torch.tanh(self.out_proj(merge(heads)))",
                "self.out_proj(self.out_proj(merge(heads)))",
                "self.out_proj(torch.relu(merge(heads)))",
                "self.out_proj(merge(heads)) + x",
                "self.out_proj(merge(heads)) + merge(heads)",
                "self.out_proj(merge(heads) + x)",
                "self.out_proj(merge(heads)) / self.n_head",
                "self.out_proj(merge(heads)) * self.n_head",
                "self.out_proj(merge(heads.flip(1)))",
                "self.out_proj(heads.reshape(x.shape))",
                "self.out_proj(heads.permute(0, 2, 3, 1).reshape(x.shape))",
                "merge(heads) @ self.out_proj.weight",
                "self.out_proj(heads.mean(dim=1).repeat(1, 1, self.n_head))",
            ),
        ),
    ),
    NAMES,
    most=60,
)
