# %% [markdown]
# # Exercises 13 · Pretrained models and families
#
# Eleven exercises on lesson 13: eight that are checked, and three that you answer in words. You read other people's
# files, repair a loader that never complains, and make the training data of BERT and T5. Each checked answer has its
# check in the cell after it: run it as often as you like, the inputs are new each time. If you are stuck, `hint(name)`
# gives three hints, one at a time.
#
# Letters: `B` batch, `T` tokens, `C` width, `V` vocabulary, `S` tokens of a source.

# %%
import json

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from course_lib.checks import check, hint
from course_lib.config import GPTConfig, LlamaConfig, RopeScaling

# %% [markdown] exercise="predict_story_model" kind="predict" difficulty=2 minutes=10 points=2
# ## Exercise 1: How many parameters has a model called 1M?
#
# TinyStories-1M is a GPT-Neo with V = 50,257 tokens, 2,048 learned positions, C = 64, 8 blocks, an MLP of 4C, and a
# tied head. Queries, keys and values have no biases; the attention's output and both layers of the MLP have. Each block
# has two LayerNorms (scale and shift), and there is one more at the end.
#
# Work out by hand, and return, **two** numbers: all parameters, and those inside the eight blocks.


# %% answer="predict_story_model"
def predict_story_model() -> tuple[int, int]:
    """(all parameters, parameters in the blocks)."""
    ### BEGIN SOLUTION
    C = 64
    attention = 3 * C * C + (C * C + C)  # queries, keys, values; the output with its bias
    mlp = (C * 4 * C + 4 * C) + (4 * C * C + C)
    norms = 2 * 2 * C
    blocks = 8 * (attention + mlp + norms)
    tables = 50_257 * C + 2_048 * C
    return tables + blocks + 2 * C, blocks  # 3,745,984 and 398,336: nine tenths are tables
    ### END SOLUTION


# %% check="predict_story_model"
check(predict_story_model)

# %% [markdown] exercise="read_config" kind="implement" difficulty=2 minutes=15 points=3
# ## Exercise 2: Read a config.json
#
# You are given the text of a `config.json`. Build our configuration from it.
#
# | in a file of `"gpt2"` | in a file of `"llama"` | ours |
# |---|---|---|
# | `vocab_size` | `vocab_size` | `vocab_size` |
# | `n_positions` | `max_position_embeddings` | `seq_len` |
# | `n_layer` | `num_hidden_layers` | `n_layer` |
# | `n_embd` | `hidden_size` | `n_embd` |
# | `n_head` | `num_attention_heads` | `n_head` |
# | `n_inner`; null or missing means 4 · `n_embd` | | `mlp_ratio`, the MLP's width over C |
# | (nothing: GPT-2 has biases) | | `bias` |
# | `resid_pdrop` | | `dropout` |
# | | `num_key_value_heads`; missing: as many as query heads | `n_kv_head` |
# | | `intermediate_size` | `hidden_dim` |
# | | `rope_theta`; missing: 10,000 | `rope_theta` |
# | | `rope_scaling`, a dict of which you need `factor`; null or missing: none | `rope_scaling` |
# | | `rms_norm_eps` | `norm_eps` |
# | | `tie_word_embeddings`; missing: false | `tie_embeddings` |
#
# The kind of model is in `model_type`. For any other one raise a `ValueError`: a model with the same fields may still
# compute something else.


# %% answer="read_config"
def read_config(text: str) -> GPTConfig | LlamaConfig:
    """The configuration that the text of a config.json describes."""
    ### BEGIN SOLUTION
    fields = json.loads(text)
    kind = fields["model_type"]
    if kind == "gpt2":
        inner = fields.get("n_inner") or 4 * fields["n_embd"]  # null or missing means four times
        return GPTConfig(
            vocab_size=fields["vocab_size"],
            seq_len=fields["n_positions"],
            n_layer=fields["n_layer"],
            n_embd=fields["n_embd"],
            n_head=fields["n_head"],
            mlp_ratio=inner / fields["n_embd"],
            bias=True,
            dropout=fields["resid_pdrop"],
        )
    if kind == "llama":
        scaling = fields.get("rope_scaling")
        return LlamaConfig(
            vocab_size=fields["vocab_size"],
            seq_len=fields["max_position_embeddings"],
            n_layer=fields["num_hidden_layers"],
            n_embd=fields["hidden_size"],
            n_head=fields["num_attention_heads"],
            n_kv_head=fields.get("num_key_value_heads", fields["num_attention_heads"]),
            hidden_dim=fields["intermediate_size"],
            rope_theta=fields.get("rope_theta", 10_000.0),
            rope_scaling=RopeScaling(scaling["factor"]) if scaling else None,
            norm_eps=fields["rms_norm_eps"],
            tie_embeddings=fields.get("tie_word_embeddings", False),
        )
    raise ValueError(f"expected a model_type of 'gpt2' or 'llama', got {kind!r}")
    ### END SOLUTION


# %% check="read_config"
check(read_config)

# %% [markdown] exercise="gpt2_to_ours" kind="implement" difficulty=2 minutes=20 points=4
# ## Exercise 3: GPT-2's tensors under our names
#
# You are given the tensors of a GPT-2 file by name. Return them under our names. (`gpt.GPT.load_state_dict` wants
# `head.weight` as well, the tied head: whoever loads them adds it, as `load_by_hand` of the lesson does.)
#
# | GPT-2's | ours |
# |---|---|
# | `wte`, `wpe`, `ln_f` | `token_embedding`, `position_embedding`, `final_norm` |
# | `h.7.ln_1`, `h.7.ln_2` | `blocks.7.norm_1`, `blocks.7.norm_2` |
# | `h.7.attn.c_attn`, `h.7.attn.c_proj` | `blocks.7.attention.qkv_proj`, `blocks.7.attention.out_proj` |
# | `h.7.mlp.c_fc`, `h.7.mlp.c_proj` | `blocks.7.mlp.up_proj`, `blocks.7.mlp.down_proj` |
#
# each with `.weight` and, except for the tables, `.bias`. Note four things:
#
# - the weights of the four `c_…` layers are stored as (in, out), and ours are (out, in);
# - in some files each name begins with `transformer.`;
# - old files also hold `h.7.attn.bias` and `h.7.attn.masked_bias`, which are the causal mask and not weights, and
#   `lm_head.weight`, which is the token embedding again: leave them out;
# - a name that you have no place for must raise a `ValueError`.


# %% answer="gpt2_to_ours"
def gpt2_to_ours(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors under our names, in our layout."""
    ### BEGIN SOLUTION
    tables = {"wte": "token_embedding", "wpe": "position_embedding", "ln_f": "final_norm"}
    layers = {"ln_1": "norm_1", "ln_2": "norm_2"}
    linear = {
        "attn.c_attn": "attention.qkv_proj",
        "attn.c_proj": "attention.out_proj",
        "mlp.c_fc": "mlp.up_proj",
        "mlp.c_proj": "mlp.down_proj",
    }
    ours = {}
    for full_name, tensor in tensors.items():
        short = full_name.removeprefix("transformer.")
        if short.endswith((".attn.bias", ".attn.masked_bias")) or short == "lm_head.weight":
            continue
        where, _, kind = short.rpartition(".")  # "h.7.attn.c_proj", "weight"
        if kind not in {"weight", "bias"}:
            raise ValueError(f"GPT-2 has no tensor {full_name!r}: is this another model?")
        if where in tables:
            ours[f"{tables[where]}.{kind}"] = tensor
            continue
        h, _, rest = where.partition(".")
        number, _, layer = rest.partition(".")
        if h != "h" or layer not in {**layers, **linear}:
            raise ValueError(f"GPT-2 has no tensor {full_name!r}: is this another model?")
        is_matrix = layer in linear and kind == "weight"
        ours[f"blocks.{number}.{({**layers, **linear})[layer]}.{kind}"] = tensor.T if is_matrix else tensor
    return ours
    ### END SOLUTION


# %% check="gpt2_to_ours"
check(gpt2_to_ours)

# %% [markdown] exercise="separate_qkv" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 4: One projection, or three
#
# GPT-2 computes queries, keys and values in one product, `x @ weight + bias`, where `weight` is `(C, 3C)`: first the
# columns of the queries, then those of the keys, then those of the values. GPT-Neo and Llama have three layers. Cut
# GPT-2's tensors into three pairs of weight and bias as **`nn.Linear`** keeps them.


# %% answer="separate_qkv"
def separate_qkv(
    weight: Float[Tensor, "C 3C"], bias: Float[Tensor, " 3C"]
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """(weight, bias) for queries, keys and values, each (C, C) and (C,)."""
    ### BEGIN SOLUTION
    weights = [part.T for part in weight.chunk(3, dim=1)]  # each (C in, C out), then (C out, C in)
    q, k, v = zip(weights, bias.chunk(3), strict=True)
    return q, k, v
    ### END SOLUTION


# %% check="separate_qkv"
check(separate_qkv)

# %% [markdown] exercise="load_checked" kind="debug" difficulty=2 minutes=12 points=3
# ## Exercise 5: The loader that never complains
#
# Somebody has loaded GPT-2's layers, and the model talks nonsense. There was no error. Run the cell: it loads the same
# two layers from three files, and says how many of the four tensors arrived as they should. The files keep their
# matrices as (in, out), as GPT-2 does.


# %%
def broken_load(layers, tensors):
    """Give the layers the weights of a file."""
    wanted = layers.state_dict()
    fitting = {}
    for name, tensor in tensors.items():
        if name in wanted and tensor.shape != wanted[name].shape:
            tensor = tensor.T  # stored as (in, out)
        fitting[name] = tensor
    layers.load_state_dict(fitting, strict=False)


def new_layers() -> nn.ModuleDict:
    """Two random layers: one square, one not."""
    return nn.ModuleDict({"c_proj": nn.Linear(3, 3), "c_fc": nn.Linear(3, 12)})


generator = torch.Generator().manual_seed(0)
shapes = {"c_proj.weight": (3, 3), "c_proj.bias": (3,), "c_fc.weight": (3, 12), "c_fc.bias": (12,)}
as_released = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
files = {
    "as released": as_released,
    "with a prefix": {f"transformer.{name}": tensor for name, tensor in as_released.items()},
    "cut short": {name: tensor for name, tensor in as_released.items() if "c_fc" not in name},
}
for title, tensors in files.items():
    layers = new_layers()
    broken_load(layers, tensors)
    arrived = sum(torch.equal(value, as_released[name].t()) for name, value in layers.state_dict().items())
    print(f"{title:13}: {arrived} of 4 tensors are right, and no error")

# %% [markdown]
# **Three** things are wrong. Write it so that every parameter gets its tensor, with or without the prefix
# `transformer.`, and so that a missing tensor, an extra tensor, or a tensor of a wrong size raises an error. (torch
# raises a `RuntimeError` for all of these, if you let it; that is the kind the check expects.)


# %% answer="load_checked"
def load_checked(layers: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Every parameter of `layers` from a file in GPT-2's layout; nothing missing and nothing left over."""
    ### BEGIN SOLUTION
    ours = {}
    for name, tensor in tensors.items():
        # By the kind of tensor, never by its shape: a square matrix fits either way round.
        ours[name.removeprefix("transformer.")] = tensor.T if tensor.dim() == 2 else tensor
    layers.load_state_dict(ours)  # strict, which is the default: it names what is missing and what is left over
    ### END SOLUTION


# %% check="load_checked"
check(load_checked)

# %% [markdown] exercise="family_mask" kind="implement" difficulty=2 minutes=12 points=3
# ## Exercise 6: The masks of the three families
#
# A text has `n_source` tokens that are given and `n_target` tokens that are to be written. Write down for each family
# who may look at whom, as **one** square of `n_source + n_target` rows and columns, the source first: True where the
# row's token may look at the column's.
#
# - `"encoder-only"`: everybody sees everybody.
# - `"decoder-only"`: nobody sees what comes later.
# - `"encoder-decoder"`: the encoder reads the whole source, both ways. The decoder writes the target from left to
#   right, and sees all of the source by cross-attention. The encoder never sees the target.
#
# For any other name raise a `ValueError`.


# %% answer="family_mask"
def family_mask(family: str, n_source: int, n_target: int) -> Bool[Tensor, "S+T S+T"]:
    """True where the row's token may look at the column's."""
    ### BEGIN SOLUTION
    n = n_source + n_target
    everywhere = torch.ones(n, n, dtype=torch.bool)
    if family == "encoder-only":
        return everywhere
    mask = everywhere.tril()  # the target is causal, and sees all of the source, which stands before it
    if family == "decoder-only":
        return mask
    if family == "encoder-decoder":
        mask[:n_source, :n_source] = True
        return mask
    raise ValueError(f"expected 'encoder-only', 'decoder-only' or 'encoder-decoder', got {family!r}")
    ### END SOLUTION


# %% check="family_mask"
check(family_mask)

# %% [markdown] exercise="mlm_batch" kind="implement" difficulty=2 minutes=15 points=3
# ## Exercise 7: A batch for BERT
#
# Make inputs and labels for masked language modelling. The random numbers are drawn for you, so that your answer can be
# compared: `choose` and `act` are uniform between 0 and 1, `others` are random tokens.
#
# 1. A token is **chosen** if its number in `choose` is under 0.15, unless it is one of `special_ids`.
# 2. A chosen token is **hidden** (becomes `mask_id`) where `act` is under 0.8. It becomes the token of `others` where
#    `act` is from 0.8 up to, not including, 0.9. Otherwise it stays.
# 3. The **label** of a chosen token is what stood there at first; of all others −100.


# %% answer="mlm_batch"
def mlm_batch(
    idx: Int[Tensor, "B T"],
    choose: Float[Tensor, "B T"],
    act: Float[Tensor, "B T"],
    others: Int[Tensor, "B T"],
    mask_id: int,
    special_ids: tuple[int, ...],
) -> tuple[Int[Tensor, "B T"], Int[Tensor, "B T"]]:
    """(inputs, labels)."""
    ### BEGIN SOLUTION
    chosen = (choose < 0.15) & ~torch.isin(idx, torch.tensor(special_ids))  # (B, T)
    inputs = torch.where(chosen & (act < 0.9), others, idx)
    inputs = torch.where(chosen & (act < 0.8), mask_id, inputs)  # most of them again
    labels = torch.where(chosen, idx, -100)
    return inputs, labels
    ### END SOLUTION


# %% check="mlm_batch"
check(mlm_batch)

# %% [markdown] exercise="corrupt_spans" kind="implement" difficulty=2 minutes=15 points=3
# ## Exercise 8: An example for T5
#
# T5 cuts whole spans out of a text, and learns to write them. The paper's own example:
#
# | | |
# |---|---|
# | text | Thank you **for inviting** me to your party **last** week |
# | inputs | Thank you `<X>` me to your party `<Y>` week |
# | targets | `<X>` for inviting `<Y>` last `<Z>` |
#
# You are given the tokens, the spans as pairs (first, one past the last), in order and with at least one token between
# them, and the sentinels `<X>`, `<Y>`, `<Z>`, … as tokens. Return inputs and targets.


# %% answer="corrupt_spans"
def corrupt_spans(tokens: list[int], spans: list[tuple[int, int]], sentinels: list[int]) -> tuple[list[int], list[int]]:
    """(inputs, targets)."""
    ### BEGIN SOLUTION
    inputs, targets = [], []
    end = 0  # of the span before
    for (start, stop), sentinel in zip(spans, sentinels, strict=False):
        inputs += [*tokens[end:start], sentinel]  # one sentinel, however long the span
        targets += [sentinel, *tokens[start:stop]]
        end = stop
    inputs += tokens[end:]
    targets.append(sentinels[len(spans)])  # the last span is over
    return inputs, targets
    ### END SOLUTION


# %% check="corrupt_spans"
check(corrupt_spans)

# %% [markdown] exercise="explain_families" kind="explain" difficulty=2 minutes=20 points=6
# ## Exercise 9: Two families, three models each
#
# Choose **two** of the three families (encoder-only, decoder-only, encoder-decoder). For **three** models of each
# (BERT, RoBERTa, ELECTRA; GPT-2, GPT-3, LLaMA; Transformer, T5, BART) write one row of a table:
#
# | model | main idea | what is predicted from what | data or size | what it changed |
# |---|---|---|---|---|
# | | | | | |
#
# A few words in each field are enough. Then say in two sentences for each family what its mask allows, and what follows
# from that for its use. The facts are in part C of the lesson: keep it open. (The model answer is in sentences, so that
# it can be read; yours may be shorter.)

# %% [markdown] answer="explain_families"
# ### BEGIN SOLUTION
# **Model answer**, for encoder-only and decoder-only; the third family follows.
#
# *Encoder-only.* The mask lets every token see every other. So a model can use both sides of a word, and it is good at
# judging, searching and labelling text; it cannot write from left to right, because it has never learned a distribution
# over the next token.
#
# - **BERT** (2018) pretrains a bidirectional encoder once and fine-tunes it with one small layer on each task. It hides
#   15 % of the tokens (of these 80 % become `[MASK]`, 10 % a random token, 10 % stay) and predicts them, and it also
#   predicts whether two passages followed each other (NSP). Trained on BooksCorpus (800 million words) and English
#   Wikipedia (2,500 million); 110 and 340 million parameters. It was the best on eleven tasks at once
#   and made "pretrain, then fine-tune" the usual way.
# - **RoBERTa** (2019) keeps the model and asks how well it was trained. Longer, with batches of 8,000, on 160 GB of
#   text, with masks drawn anew each time, full-length inputs and no NSP. It matched or passed every model that had come
#   after BERT: what looked like better ideas had been more training.
# - **ELECTRA** (2020) replaces some tokens by plausible ones from a small generator, and trains the model to tell, for
#   *every* token, original from replaced. A signal from all positions instead of 15 % makes it cheaper: the small model
#   trained on one GPU in four days beats GPT on GLUE, the large one equals RoBERTa with under a quarter of its compute.
#
# *Decoder-only.* The mask hides what comes later, so that every position is a training example for the next token, and
# the same model can write. Each token sees only one side, but any task that can be put as a text to be continued can be
# asked of it without a new layer.
#
# - **GPT-2** (2019): a language model that is large enough, trained on varied text, does tasks nobody trained it for
#   (zero-shot), from the prompt alone. 1.5 billion parameters, WebText: 40 GB from 8 million pages that Reddit users
#   had linked. It was the best on 7 of 8 language modelling sets without training on them, and showed
#   pre-norm and byte-level BPE.
# - **GPT-3** (2020): the same, a hundred times larger: 175 billion parameters, 300 billion tokens. A few examples in
#   the prompt do what fine-tuning did (in-context learning), and it works better the larger the model. It moved the
#   field from fine-tuning to prompts.
# - **LLaMA** (2023): for a given cost of *use*, train a smaller model on more text. 7 to 65 billion parameters, 1.0 to
#   1.4 trillion tokens, public data only; RMSNorm, SwiGLU, RoPE. The 13B model beats GPT-3 on most tasks. Researchers
#   got the weights, and this was the beginning of many open models.
#
# *Encoder-decoder.* The source is read both ways, the target is written from left to right and sees all of the source.
# It fits tasks with an input and an output, such as translation and summaries.
#
# - **Transformer** (2017): attention alone, no recurrence, so that all positions are trained at once. Translation, 4.5
#   million (English–German) and 36 million (English–French) sentence pairs; 28.4 and 41.8 BLEU, after 3.5 days on eight
#   GPUs for the large model. All others here are made of its parts.
# - **T5** (2019): every task is text in, text out. Pretrained by writing out spans that were cut from C4 (about 750
#   GB): 15 % of the tokens, spans of three on average. Up to 11 billion parameters. A systematic comparison of
#   objectives, sizes and data, with the best results of its time on GLUE, SuperGLUE and others.
# - **BART** (2019): rebuild a text from a damaged one. Spans replaced by one mask each (their lengths drawn from a
#   Poisson distribution with mean 3, also 0) and sentences in another order; the whole text is the target. RoBERTa's
#   160 GB; up to 6 ROUGE better at summaries, as good as RoBERTa at understanding.
#
# **Marks.** Half a point for each of the six models if idea and objective are right (3 points); a quarter more for each
# with its data or size within a factor of two and one thing that it changed (1.5 points). Three quarters of a point for
# each family's mask and what follows (1.5 points). Take off half a point if masked and next-token prediction are mixed
# up anywhere.
# ### END SOLUTION

# %% [markdown] exercise="explain_papers" kind="explain" difficulty=3 minutes=30 points=6
# ## Exercise 10: Four papers, four sentences each
#
# Summarise these four papers in your own words: *Attention Is All You Need* (Vaswani et al. 2017), *BERT* (Devlin et
# al. 2018), *Language Models are Unsupervised Multitask Learners* (GPT-2, Radford et al. 2019), *Language Models are
# Few-Shot Learners* (GPT-3, Brown et al. 2020). For each write **four short sentences**:
#
# 1. the **problem** that the authors saw;
# 2. what they **did**;
# 3. what they **measured**, with at least one number;
# 4. one **limit**, theirs or yours.
#
# Close with one sentence on the line that leads from the first paper to the last. Part C of the lesson has a page on
# each. Take seven minutes per paper: read its page, close it, write from memory, then look up the numbers.

# %% [markdown] answer="explain_papers"
# ### BEGIN SOLUTION
# **Model answer.**
#
# *Attention Is All You Need.* (1) The best translators of 2017 read word by word, so training could not work on all
# positions at once, and distant words were many steps apart. (2) The authors drop recurrence: an encoder and a decoder
# of six blocks each use attention alone, and any two positions are one step apart. (3) It reaches 28.4 BLEU in
# English–German, over 2 better than any before, and 41.8 in English–French after 3.5 days on eight GPUs. (4) Attention
# compares all pairs, so its cost grows with the square of the length.
#
# *BERT.* (1) Language models read one way, and a word's meaning depends on both sides; but a model that looks both ways
# would see the word that it predicts. (2) BERT hides 15 % of the tokens and predicts those, in one encoder that is then
# fine-tuned with one more layer per task. (3) It improves eleven tasks, GLUE by 7.7 points to 80.5. (4) It learns from
# only 15 % of the positions, and it does not write.
#
# *GPT-2.* (1) Systems of the time were narrow: each was trained on a labelled set made for its task. (2) The authors
# train decoders of up to 1.5 billion parameters on 40 GB of web text, since text contains demonstrations of tasks, and
# ask for a task by a text to be continued. (3) Without training on them it sets records on 7 of 8 language modelling
# sets, and each larger model is better: LAMBADA from a perplexity of 35.1 to 8.6. (4) Zero-shot summaries and
# translations are far from usable.
#
# *GPT-3.* (1) Fine-tuning needs thousands of examples per task, and people need a few. (2) The authors train GPT-2's
# architecture, a hundred times larger, on 300 billion tokens, and give a task as text with zero, one or a few examples
# and no gradient step. (3) Few-shot it answers 71.2 % of TriviaQA, and 41.5 % of WebQuestions where zero-shot gives
# 14.4 %. (4) It costs much to train and to use, and over long texts it repeats itself.
#
# *The line:* first remove what keeps training from scaling, then find an objective that needs no labels, then let size
# and text do what each task's own training did.
#
# **Marks.** 1.25 points per paper: a quarter each for problem, method, measurement (with at least one right number),
# and limit, and a quarter for brevity and own words. 1 point for the closing sentence if it names something that all
# four share or hand on, and is not merely a list.
# ### END SOLUTION

# %% [markdown] exercise="explain_choice" kind="explain" difficulty=2 minutes=15 points=4
# ## Exercise 11: Which one would you take?
#
# (In exercise 9 of lesson 10 you have explained what turns GPT-2 into a Llama.) Four people ask you for a model. For
# each, name a **family** and an **objective**, give a reason that has to do with the **mask**, and say what speaks for
# another choice.
#
# 1. A court wants to find, among ten million paragraphs, those on the same question as a given one.
# 2. A hospital wants to turn long notes into five lines, from 3,000 pairs of note and summary.
# 3. A game wants characters that talk with the player, about anything, with no training data at all.
# 4. An editor wants to mark every word of a text that was probably mistyped.

# %% [markdown] answer="explain_choice"
# ### BEGIN SOLUTION
# **Model answer.**
#
# 1. **Encoder-only**, masked language modelling, then tuned so that similar paragraphs get similar vectors. Each token
#    sees both sides, so one pass gives a vector for the whole; ten million can be computed once and kept. Against it: a
#    large decoder as a judge is better at fine distinctions, but must read each pair; use it on the best hundred.
# 2. **Encoder-decoder**, text infilling or span corruption (BART, T5), then fine-tuned on the pairs. The note is given
#    and can be read both ways; the summary is written from left to right and sees all of the note. Few pairs suffice
#    because the pretraining task already was "text in, text out". Against it: a large decoder does it from a prompt,
#    without training, if the notes may be sent to another company and the cost per note does not matter.
# 3. **Decoder-only**, next token. It must write, at any length, and everything that was said simply stands earlier in
#    the text. No training data: only examples in the prompt (GPT-3). Against it: little; a small one of them may be
#    fine-tuned on the game's world.
# 4. **Encoder-only**, replaced-token detection (ELECTRA): "which of these words does not belong here" is its training
#    task, a label for each token from both sides. Against it: an encoder-decoder writes the corrected text as well, but
#    may change more than it should.
#
# **Marks.** 1 point per case: half for family and objective that fit each other, a quarter for a reason that names what
# the mask allows, a quarter for a sensible counter-argument. Another choice with a good reason gets full marks.
# ### END SOLUTION

# %% [markdown]
# ## What you have practised
#
# You can read what a released model consists of, bring it into your own classes, and prove that nothing was lost on the
# way. The habit to keep: **decide by names, never by shapes, and let loading fail loudly.** And you have made the
# training data of two families that this course does not train at length: what differs from your GPT is a mask and an
# objective, and hardly anything else.
