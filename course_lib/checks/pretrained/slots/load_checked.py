"""Where slips happen in the code of `load_checked`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def load_checked(layers, tensors):
    fitting = {}
    for name, tensor in tensors.items():
        name = <name>
        fitting[name] = <turned>
    layers.load_state_dict(<given>, strict=<strict>)
""",
    (
        Slot(
            "name",
            'name.removeprefix("transformer.")',
            (
                "name",
                'name.replace("transformer.", "layers.")',
                'name.split(".", 1)[-1]',
                'name.removeprefix("transformer")',
            ),
        ),
        Slot(
            "turned",
            "tensor.T if tensor.dim() == 2 else tensor",
            (
                "tensor",
                "tensor.T if tensor.dim() == 2 and tensor.shape[0] != tensor.shape[1] else tensor",
                "tensor.T if tensor.dim() == 2 and tensor.shape[0] < tensor.shape[1] else tensor",
                "tensor.T if tensor.dim() == 2 and tensor.shape[0] == tensor.shape[1] else tensor",
                "tensor.T if tensor.dim() == 2 and tensor.shape != layers.state_dict()[name].shape else tensor",
                'tensor.T if "c_fc" in name else tensor',
                'tensor.T if "c_proj" in name else tensor',
            ),
        ),
        Slot(
            "given",
            "fitting",
            (
                "{name: tensor for name, tensor in fitting.items() if name in layers.state_dict()}",
                "{**layers.state_dict(), **fitting}",
                "{name: fitting.get(name, own) for name, own in layers.state_dict().items()}",
            ),
        ),
        Slot("strict", "True", ("False",)),
    ),
)
