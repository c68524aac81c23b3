"""What holds for every test and every notebook that pytest runs: no bars, one thread, no network."""

import os

os.environ["COURSE_QUIET"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"  # two workers with two threads each would wait for one another
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.pop("COURSE_STORIES", None)  # a reader's own source would change what the notebooks print
