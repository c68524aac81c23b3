"""The plots, by what they are about."""

from course_lib.corpus.plots import courage, honesty, kindness, patience

PLOTS = (*kindness.PLOTS, *honesty.PLOTS, *courage.PLOTS, *patience.PLOTS)
