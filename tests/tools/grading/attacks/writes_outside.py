# Writes into a neighbour's folder, the grades, the library and the interpreter.
import os, torch
def causal_mask(T):
    for folder in ("CANARY_FOLDER", "ROOT", os.path.dirname(torch.__file__), "/grader", "/grader/inside", "/usr", "/etc", "/"):
        try:
            open(os.path.join(folder, "planted_by_an_answer"), "w").close()
        except OSError:
            pass
        else:
            print("CANARY written to", folder)
    return torch.zeros(T, T, dtype=torch.bool)
