"""The course's topics in order: the one place that knows numbers and titles."""

from typing import NamedTuple


class Topic(NamedTuple):
    """A row of the course: notebooks are called `NN_name.ipynb`, modules, checks and tests `name.py`."""

    number: int
    name: str
    title: str

    @property
    def stem(self) -> str:
        """The notebook's file name without its ending, such as `03_attention`."""
        return f"{self.number:02d}_{self.name}"


TOPICS = (
    Topic(1, "tokenization", "Tokenization"),
    Topic(2, "data", "EDA and data loading"),
    Topic(3, "attention", "Attention from scratch"),
    Topic(4, "multi_head_attention", "Multi-head attention"),
    Topic(5, "mlp", "The MLP"),
    Topic(6, "block", "The decoder block"),
    Topic(7, "gpt", "GPT"),
    Topic(8, "initialization", "Initialization"),
    Topic(9, "torch_builtin", "Against torch's built-in layers"),
    Topic(10, "llama", "From GPT to Llama"),
    Topic(11, "training", "Training"),
    Topic(12, "generation", "Generation"),
    Topic(13, "pretrained", "Pretrained models and families"),
    Topic(14, "parallel", "More than one device"),
    Topic(15, "scaling", "Evaluation and scaling"),
    Topic(16, "finetuning", "Fine-tuning"),
    Topic(17, "alignment", "Preferences and reinforcement"),
    Topic(18, "modern", "The decoder of today"),
    Topic(19, "inference", "Fast inference"),
    Topic(20, "interpretability", "Inside the model"),
)


def find_topic(text: str) -> Topic:
    """The topic called by its number or name: `"3"`, `"03"`, `"attention"` or `"03_attention"`.

    Raises ValueError, naming the topics there are, if there is none.
    """
    for topic in TOPICS:
        if text in (str(topic.number), f"{topic.number:02d}", topic.name, topic.stem):
            return topic
    known = ", ".join(topic.stem for topic in TOPICS)
    raise ValueError(f"no lesson called {text!r}; the lessons are {known}")
