# initialization: Splits the name, and looks at its last two parts.
def initial_distribution(name, n_layer):
    *_, layer, kind = ["", *name.split(".")]
    if kind == "bias":
        return (0.0, 0.0)
    if layer.startswith("norm") or layer.endswith("norm"):
        return (1.0, 0.0)
    scaled = layer in {"out_proj", "down_proj"}
    return (0.0, 0.02 * (2 * n_layer) ** -0.5 if scaled else 0.02)
