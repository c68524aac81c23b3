"""Whether an error says that nothing was attempted: raised by the stub of an answer, and by nobody else."""

import dis

RAISE = dis.opmap["RAISE_VARARGS"]  # what `raise` is compiled to


def raised_by_stub(error: BaseException, file: str | None) -> bool:
    """Whether a `raise NotImplementedError()` that stands in `file`, the answer's cell, raised it.

    Torch raises errors of that class as well: for a module without `forward`, from a file of its own, and for numbers
    that cannot be combined, from the line that combines them, which is no `raise`.
    """
    trace = error.__traceback__
    if type(error) is not NotImplementedError or trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return code.co_filename == file and code.co_code[trace.tb_lasti] == RAISE
