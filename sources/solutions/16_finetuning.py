# %% [markdown]
# # Exercises 16 · Fine-tuning
#
# Seven exercises on lesson 16: from a request to a row of ids, to the loss, to LoRA. Each answer is checked by the cell
# after it: run it as often as you like, the inputs are new each time. If you are stuck, `hint(name)` gives three hints,
# one at a time. The last exercise is prose.
#
# Letters: `B` batch, `T` tokens, `N` rows of vectors, `r` rank.

# %%
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_lib.checks import check, hint

# %% [markdown] exercise="chat_ids" kind="implement" difficulty=1 minutes=8 points=2
# ## Exercise 1: Who is speaking?
#
# Lay a request and its answer out as one list of ids: `end`, `user`, the request, `storyteller`, the answer, `end`.
# When there is no answer yet (`None`), stop after `storyteller`: the model goes on from there. An empty answer is an
# answer, and ends.


# %% answer="chat_ids"
def chat_ids(request: list[int], answer: list[int] | None, end: int, user: int, storyteller: int) -> list[int]:
    """A request and, if there is one, its answer, with the special tokens around them."""
    ### BEGIN SOLUTION
    prompt = [end, user, *request, storyteller]
    return prompt if answer is None else [*prompt, *answer, end]
    ### END SOLUTION


# %% check="chat_ids"
check(chat_ids)

# %% [markdown] exercise="answer_targets" kind="debug" difficulty=2 minutes=12 points=3
# ## Exercise 2: The model that never stopped
#
# A colleague fine-tuned a model with these targets. The loss fell nicely, and nothing looked wrong. But its stories are
# odd, and they never end. Run the cell: the row is `[90, 91, 5, 92, 7, 8, 90]`, where 90 is the end of text, 91 and 92
# are the speakers, 5 is the request, and 7, 8 the answer, which begins at place 4. **Three** lines are wrong.


# %%
def broken_answer_targets(ids, start):
    """Meant: for each of ids[:-1] the next token, where it belongs to the answer; −100 elsewhere."""
    y = ids[1:]
    y = [*y[1:], 90]  # "the model predicts the next token"
    y = [-100 if token == 90 else token for token in y]  # "padding does not count"
    return [-100 if place < start - 2 else token for place, token in enumerate(y)]


ids = [90, 91, 5, 92, 7, 8, 90]
for token, target in zip(ids[:-1], broken_answer_targets(ids, start=4), strict=True):
    print(f"after {token} the model learns to say {target}")

# %% [markdown]
# Write it right. After 92 the model shall say 7, after 7 it shall say 8, and after 8 it shall say 90. All other targets
# are −100, the mark that `cross_entropy` leaves out. Decide by the *place* whether a target counts, not by its id.


# %% answer="answer_targets"
def answer_targets(ids: list[int], start: int) -> list[int]:
    """For each of ids[:-1] the token after it if it belongs to the answer, which begins at place `start`; else −100."""
    ### BEGIN SOLUTION
    return [-100] * (start - 1) + ids[start:]  # the tokens at places 1 … start − 1 belong to the prompt
    ### END SOLUTION


# %% check="answer_targets"
check(answer_targets)

# %% [markdown] exercise="block_mask" kind="implement" difficulty=2 minutes=10 points=3
# ## Exercise 3: Walls
#
# Several examples share a row. `segments` says for each token which example it belongs to, such as `0 0 1 1 1`.
# Return the mask that keeps the examples apart: True where a query (row) may attend to a key (column). A query sees
# keys of its own segment, and none after itself. What fills a row up has the segment −1 and is treated like any other.


# %% answer="block_mask"
def block_mask(segments: Int[Tensor, "B T"]) -> Bool[Tensor, "B T T"]:
    """True where a query may attend to a key: of the same segment, and not after it."""
    ### BEGIN SOLUTION
    T = segments.shape[1]
    same = segments[:, :, None] == segments[:, None, :]  # (B, T, T)
    return same & torch.ones(T, T, dtype=torch.bool).tril()
    ### END SOLUTION


# %% check="block_mask"
check(block_mask)

# %% [markdown] exercise="lora_output" kind="implement" difficulty=2 minutes=10 points=3
# ## Exercise 4: LoRA
#
# A frozen linear layer has the weight `W`. LoRA puts two narrow matrices beside it:
#
# $$y = x W^\top + \frac{\alpha}{r}\, x A^\top B^\top$$
#
# The rank $r$ is the number of rows of `A`. By hand: with x = 2, W = 3, A = 5, B = 7, r = 1 and α = 4 the result is
# 6 + 4 · 70 = 286.


# %% answer="lora_output"
def lora_output(
    x: Float[Tensor, "N into"],
    W: Float[Tensor, "out into"],
    A: Float[Tensor, "r into"],
    B: Float[Tensor, "out r"],
    alpha: float,
) -> Float[Tensor, "N out"]:
    """What the layer with LoRA gives for each row of x."""
    ### BEGIN SOLUTION
    r = A.shape[0]
    return x @ W.T + alpha / r * (x @ A.T @ B.T)  # from the left: B A itself is never made
    ### END SOLUTION


# %% check="lora_output"
check(lora_output)

# %% [markdown] exercise="merged_weight" kind="implement" difficulty=1 minutes=6 points=2
# ## Exercise 5: Merge
#
# After training, one plain layer can do what the layer with LoRA does. Return its weight. Leave `W` as it is: whoever
# merges in place, and runs the cell twice, has merged twice.


# %% answer="merged_weight"
def merged_weight(
    W: Float[Tensor, "out into"], A: Float[Tensor, "r into"], B: Float[Tensor, "out r"], alpha: float
) -> Float[Tensor, "out into"]:
    """The weight of a plain layer that computes what W with LoRA computes."""
    ### BEGIN SOLUTION
    return W + alpha / A.shape[0] * (B @ A)
    ### END SOLUTION


# %% check="merged_weight"
check(merged_weight)

# %% [markdown] exercise="predict_lora" kind="predict" difficulty=2 minutes=8 points=2
# ## Exercise 6: Predict: what learns, and what is kept
#
# A model has 12 layers. In each of them, the projections of the queries and of the values, both 100 × 100, get a LoRA
# of rank 4; everything else is frozen. All numbers are float32. Predict
#
# 1. how many numbers one LoRA has;
# 2. how many numbers learn in the whole model;
# 3. how many bytes AdamW's two moments (its running means) take;
# 4. how many numbers the merged model has more than the base model.


# %% answer="predict_lora"
def predict_lora() -> tuple[int, int, int, int]:
    """Numbers in one LoRA, numbers that learn, bytes of moments, numbers more after merging."""
    ### BEGIN SOLUTION
    one = 4 * 100 + 100 * 4  # A is 4 × 100, B is 100 × 4
    learn = 2 * 12 * one
    moments = 2 * 4 * learn  # two moments of 4 bytes for each number that learns
    return one, learn, moments, 0  # merging changes weights that are there
    ### END SOLUTION


# %% check="predict_lora"
check(predict_lora)

# %% [markdown] exercise="explain_choice" kind="explain" difficulty=2 minutes=15 points=4
# ## Exercise 7: Which one would you take?
#
# Three people want a model of their own. For each, choose prompting, LoRA or full fine-tuning, and give the reason in
# two or three sentences:
#
# 1. A **school** wants one model for thirty classes. Each class has its own heroes and its own 500 stories.
# 2. A **publisher** has 50,000 requests with stories, one GPU, and does not care what the model could do before.
# 3. A **tester** wants to try ten wordings of a request before lunch, and has no stories at all.
#
# Then a question: a fine-tuned model has a lower loss on the answers than H(story | request). What do you conclude?

# %% [markdown] answer="explain_choice"
# ### BEGIN SOLUTION
# **Model answer.**
#
# 1. LoRA. Thirty full copies would be thirty times the model; thirty LoRAs are small files beside one base, and can be
#    exchanged while the base stays in memory. With 500 stories each, there is also little to learn from, and a change
#    of low rank can do less harm to what the base knows.
# 2. Full fine-tuning: there is enough data, the memory for gradients and moments is there, and nothing has to be
#    remembered. LoRA would save memory that is not needed, and may stay behind where much has to change.
# 3. Prompting: it needs no training and no data. It only works as far as the base model has seen texts that look like
#    the prompt; a model that has only ever seen stories will not follow a request.
#
# The question: something is wrong. No model can be better on average, over new stories, than the true conditional
# distribution. Either the test stories were in the training data, or the loss counts too little (the end masked out,
# the prompt's easy tokens averaged in, a mean over padding), or there are so few stories that it is chance: compare
# the difference with its standard error.
#
# **Marks.** 1 point for each choice with a fitting reason; 1 for "below the floor means a mistake or chance" with at
# least one way in which it happens.
# ### END SOLUTION

# %% [markdown]
# ## What you have practised
#
# A model that follows requests needs little code: a template that is the same in training and at use, targets that
# count where they should, walls between examples, and two narrow matrices. Each of them can be wrong in a way that no
# falling loss shows. So each was checked alone, against numbers that can be worked out by hand.
