"""What a student's report is put together from besides its own sentences (`course_tools.grading.outputs`)."""

WORDS = (
    "right",
    "not right",
    "not attempted",
    "missing",
    "flagged",
    "not graded",
    "marked by hand",
    "waits for its mark",
    "implement",
    "predict",
    "debug",
    "experiment",
    "explain",
    "late",
    "late, −{0}",
    "{0} point",
    "{0} points",
    "Report for {0}",
)
