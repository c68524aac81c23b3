"""What the statements of lesson 11's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "cosine_rate": [
        Promise(
            "step 0 already has `peak / warmup_steps`",
            "lambda step, steps, warmup_steps, peak, final_fraction: peak * step / warmup_steps if step "
            "< warmup_steps else right(step, steps, warmup_steps, peak, final_fraction)",
            "the first step has a rate of 0",
        ),
        Promise(
            "There may be no warm-up at all",
            "lambda step, steps, warmup_steps, peak, final_fraction: right(step, steps, "
            "max(warmup_steps, 1), peak, final_fraction)",
            "no warm-up, the sixth step",
        ),
        Promise(
            "the very last step of the run has `final_fraction · peak`",
            "lambda step, steps, warmup_steps, peak, final_fraction: right(step, steps + 1, "
            "warmup_steps, peak, final_fraction)",
            "never quite arrives",
        ),
        Promise(
            "(number `warmup_steps`) still has `peak`",
            "lambda step, steps, warmup_steps, peak, final_fraction: right(step + (step >= warmup_steps "
            "and step < steps - 1), steps, warmup_steps, peak, final_fraction)",
            "the first step after it",
        ),
    ],
    "clip_gradients": [
        Promise(
            "If it is longer than `max_norm`",
            "def clip_gradients(parameters, max_norm):\n"
            "    parameters = list(parameters)\n"
            "    length = torch.cat([p.grad.flatten() for p in parameters if p.grad is not None]).norm().item()\n"
            "    return right(parameters, max_norm if length > 2 * max_norm else length)",
            "a limit a little below the length",
        ),
        Promise(
            "what is then in `.grad`",
            "def clip_gradients(parameters, max_norm):\n"
            "    return torch.cat([p.grad.flatten() for p in parameters if p.grad is not None]).norm().item()",
            "the gradients left as they were",
        ),
        Promise(
            "Return how long it was before",
            "lambda parameters, max_norm: min(right(parameters, max_norm), max_norm)",
            "the length after clipping returned",
        ),
        Promise(
            "has `None` as its `.grad`",
            "def clip_gradients(parameters, max_norm):\n"
            "    parameters = list(parameters)\n"
            "    length = torch.cat([p.grad.flatten() for p in parameters]).norm().item()\n"
            "    for p in parameters: p.grad *= min(1, max_norm / length)\n"
            "    return length",
            "a gradient of None",
        ),
        Promise(
            "what `model.parameters()` gives",
            "def clip_gradients(parameters, max_norm):\n"
            "    length = sum((p.grad**2).sum() for p in parameters if p.grad is not None).sqrt().item()\n"
            "    for p in parameters:\n"
            "        if p.grad is not None: p.grad *= min(1, max_norm / length)\n"
            "    return length",
            "the gradients left as they were",
        ),
        Promise(
            "If it is longer than `max_norm`",
            "def clip_gradients(parameters, max_norm):\n"
            "    parameters = [p for p in parameters if p.grad is not None]\n"
            "    length = torch.cat([p.grad.flatten() for p in parameters]).norm().item()\n"
            "    for p in parameters: p.grad *= max_norm / length\n"
            "    return length",
            "short gradients made longer",
        ),
        Promise(
            "as one long vector",
            "def clip_gradients(parameters, max_norm):\n"
            "    parameters = [p for p in parameters if p.grad is not None]\n"
            "    length = torch.cat([p.grad.flatten() for p in parameters]).norm().item()\n"
            "    for p in parameters: p.grad *= min(1, max_norm / p.grad.norm())\n"
            "    return length",
            "each parameter by itself",
        ),
    ],
    "predict_measures": [
        Promise(
            "Return",
            "lambda: right()[::-1]",
            "only number 2 is right",
        ),
    ],
    "accumulate_gradients": [
        Promise(
            "as a number",
            "lambda model, batches: torch.tensor(right(model, batches))",
            "a tensor for a number",
        ),
        Promise(
            "The pieces need not be of the same size",
            "def accumulate_gradients(model, batches):\n"
            "    total = 0.0\n"
            "    for x, y in batches:\n"
            "        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten()) / len(batches)\n"
            "        loss.backward()\n"
            "        total += loss.item()\n"
            "    return total",
            "divided by the number of micro-batches",
        ),
        Promise(
            "Call `backward` for each of them",
            "def accumulate_gradients(model, batches):\n"
            "    with torch.no_grad():\n"
            "        return sum(F.cross_entropy(model(x).flatten(0, 1), y.flatten(), "
            'reduction="sum").item() for x, y in batches) / sum(y.numel() for x, y in batches)',
            "no gradient arrives at `embedding.weight`",
        ),
        Promise(
            "Return that mean loss",
            "lambda model, batches: right(model, batches) * sum(y.numel() for x, y in batches)",
            "one micro-batch of 2 windows",
        ),
    ],
    "adamw_step": [
        Promise(
            "as new tensors",
            "def adamw_step(weight, gradient, average, average_square, step, **k):\n"
            "    new = right(weight, gradient, average, average_square, step, **k)\n"
            "    return tuple(old.copy_(value) for old, value in zip((weight, average, average_square), new))",
            "changed its inputs `weight`",
        ),
        Promise(
            "Return the new weight, $m$ and $v$",
            "lambda *args, **k: right(*args, **k)[::-1]",
            "values differ in result",
        ),
        Promise(
            "at step $t$ = 1, 2, …",
            "lambda w, g, m, v, step, **k: right(w, g, m, v, step + 1, **k)",
            "bias correction one step late",
        ),
        Promise(
            "step counts from 1",
            "lambda w, g, m, v, step, **k: right(w, g, m, v, 1, **k)",
            "corrected by 1 − β, whatever the step",
        ),
    ],
    "parameter_groups": [
        Promise(
            "a list of two dicts",
            "lambda model, weight_decay: dict(zip(('decay', 'rest'), right(model, weight_decay)))",
            "expected a list of two dicts",
        ),
        Promise(
            "Vectors (all biases",
            "def parameter_groups(model, weight_decay):\n"
            "    trained = [p for p in model.parameters() if p.requires_grad]\n"
            "    return [{'params': [p for p in trained if p.numel() > 10], 'weight_decay': weight_decay},\n"
            "            {'params': [p for p in trained if p.numel() <= 10], 'weight_decay': 0.0}]",
            "up_proj.bias",
        ),
        Promise(
            "a list of two dicts",
            "lambda model, weight_decay: tuple(right(model, weight_decay))",
            "groups without a list",
        ),
        Promise(
            '`"params"` (a list)',
            "lambda model, weight_decay: [{**group, 'params': iter(group['params'])} for group in "
            "right(model, weight_decay)]",
            "parameters without a list",
        ),
        Promise(
            '`"params"` (a list)',
            "lambda model, weight_decay: [{**group, 'params': tuple(group['params'])} for group in "
            "right(model, weight_decay)]",
            "parameters without a list",
        ),
        Promise(
            '`"params"` (a list)',
            "lambda model, weight_decay: [{**group, 'params': set(group['params'])} for group in "
            "right(model, weight_decay)]",
            "parameters without a list",
        ),
        Promise(
            "their decay is 0",
            "lambda model, weight_decay: [{**group, 'weight_decay': weight_decay} for group in "
            "right(model, weight_decay)]",
            "everything decays",
        ),
        Promise(
            "is in neither",
            "def parameter_groups(model, weight_decay):\n"
            "    every = list(model.parameters())\n"
            '    return [{"params": [p for p in every if p.dim() > 1], "weight_decay": weight_decay}, '
            '{"params": [p for p in every if p.dim() < 2], "weight_decay": 0.0}]',
            "frozen parameters as well",
        ),
        Promise(
            "is listed once",
            "def parameter_groups(model, weight_decay):\n"
            "    every = [p for _, p in model.named_parameters(remove_duplicate=False) if p.requires_grad]\n"
            '    return [{"params": [p for p in every if p.dim() > 1], "weight_decay": weight_decay}, '
            '{"params": [p for p in every if p.dim() < 2], "weight_decay": 0.0}]',
            "the shared weight twice",
        ),
        Promise(
            "the scales of norms, which are called `weight` too",
            "def parameter_groups(model, weight_decay):\n"
            "    every = [(n, p) for n, p in model.named_parameters() if p.requires_grad]\n"
            '    return [{"params": [p for n, p in every if "weight" in n], "weight_decay": '
            'weight_decay}, {"params": [p for n, p in every if "weight" not in n], "weight_decay": 0.0}]',
            "only biases are spared",
        ),
        Promise(
            "(weights of linear layers and embeddings) decay",
            "def parameter_groups(model, weight_decay):\n"
            "    every = [(n, p) for n, p in model.named_parameters() if p.requires_grad]\n"
            '    return [{"params": [p for n, p in every if p.dim() > 1 and "embedding" not in n], '
            '"weight_decay": weight_decay}, {"params": [p for n, p in every if p.dim() < 2 or '
            '"embedding" in n], "weight_decay": 0.0}]',
            "embeddings spared",
        ),
        Promise(
            "Sort a model's parameters into two groups",
            "lambda model, weight_decay: [{**group, 'params': [p.detach() for p in group['params']]} for "
            "group in right(model, weight_decay)]",
            "is missing",
        ),
    ],
    "train_steps": [
        Promise(
            "in eval mode",
            "def train_steps(model, batches, learning_rate):\n"
            "    train, model.train = model.train, lambda *a: model\n"
            "    losses = right(model, batches, learning_rate)\n"
            "    model.train = train\n"
            "    return losses",
            "still in eval mode",
        ),
        Promise(
            "Return each batch's loss before its step",
            "lambda model, batches, learning_rate: (right(model, batches, learning_rate) * 2)[1:len(batches) + 1]",
            "another value",
        ),
        Promise(
            "the losses, as numbers",
            "lambda model, batches, learning_rate: [torch.tensor(loss) for loss in right(model, batches, "
            "learning_rate)]",
            "tensors for numbers",
        ),
        Promise(
            "the losses, as numbers",
            "lambda model, batches, learning_rate: torch.tensor(right(model, batches, learning_rate))",
            "expected a list",
        ),
        Promise(
            "one AdamW step for each batch",
            "lambda model, batches, learning_rate: right(model, batches[:1] * len(batches), learning_rate)",
            "the first batch again and again",
        ),
    ],
    "validation_loss": [
        Promise(
            "as a number",
            "lambda model, batches: torch.tensor(right(model, batches))",
            "a tensor for a number",
        ),
        Promise(
            "leave the model in the mode in which you found it",
            "lambda model, batches: (right(model, batches), model.train())[0]",
            "training mode, whatever it was",
        ),
        Promise(
            "leave the model in the mode in which you found it",
            "lambda model, batches: (right(model, batches), model.eval())[0]",
            "left in eval mode",
        ),
        Promise(
            "the same each time",
            "def validation_loss(model, batches):\n"
            "    with torch.no_grad():\n"
            "        return sum(F.cross_entropy(model(x).flatten(0, 1), y.flatten(), "
            'reduction="sum").item() for x, y in batches) / sum(y.numel() for x, y in batches)',
            "model.eval forgotten",
        ),
        Promise(
            "the mean loss over all **tokens**",
            "lambda model, batches: sum(right(model, [batch]) for batch in batches) / len(batches)",
            "a mean of means",
        ),
        Promise(
            "Training must be able to go on as before",
            "def validation_loss(model, batches):\n"
            "    for p in model.parameters(): p.requires_grad_(False)\n"
            "    return right(model, batches)",
            "gradients off for good",
        ),
    ],
    "best_learning_rate": [
        Promise(
            "return the best",
            "lambda: 1.0",
            "the largest, to be quick",
        ),
        Promise(
            "return the best",
            "lambda: [1e-2]",
            "expected a number",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {
    "clip_gradients": [
        Freedom(
            "what is then in `.grad`",
            "def clip_gradients(parameters, max_norm):\n"
            "    parameters = [p for p in parameters if p.grad is not None]\n"
            "    length = torch.cat([p.grad.flatten() for p in parameters]).norm().item()\n"
            "    if length > max_norm:\n"
            "        for p in parameters: p.grad = p.grad * (max_norm / length)\n"
            "    return length",
        ),
    ],
    "predict_measures": [
        Freedom(
            "to three decimals",
            "lambda: (4.482, 2.164, 0.515)",
        ),
        Freedom(
            "or as expressions",
            "lambda: (math.exp(1.5), 1.5 / math.log(2), 1.5 / math.log(2) / 4.2)",
        ),
    ],
}
