"""The exercises of lesson 14: right answers, and the mistakes that are really made with more than one device."""

EXERCISES = (
    "reduce_scatter",
    "ring_all_reduce",
    "data_parallel_gradient",
    "column_parallel",
    "row_parallel",
    "shard_qkv",
    "embed_shard",
    "vocab_parallel_loss",
    "predict_ddp_bytes",
    "predict_tp_bytes",
)
