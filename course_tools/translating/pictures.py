"""What the drawn map of a model and the drawn sentence say (`course_lib.show.diagram`).

Their words are put together from parts, so the sentences are listed here; a test draws the pictures and looks.
"""

DRAWN = (
    "{0}: {1} parameters",
    "tokens {0}",
    "tokens {0} = {1}",
    "embeddings",
    "token {0}",
    "position {0}",
    "embeddings: token {0}, position {1} parameters",
    "stream {0} = {1}",
    "{0} blocks",
    "{0} blocks of {1} = {2} parameters",
    "final norm",
    "final norm: {0} parameters",
    "head",
    "tied: 0 of its own",
    "head: tied to the token embedding, 0 parameters of its own",
    "logits {0}",
    "logits {0} = {1}",
    "one block: {0}",
    "attention",
    "{0} heads",
    "inside each block ({0}), in this order:",
    "{0}: {1}, {2} parameters, {3}",
    "{0}: {1}, {2} heads, {3} parameters, {4}",
    "+ added to the stream",
    "Numbers in rooms are parameters.",
    "sizes: {0}",
    "lit: {0}",
    "The sentence in numbers",
    "tokens: {0}",
    "weights",
    "weights, {0}: {1}",
)
