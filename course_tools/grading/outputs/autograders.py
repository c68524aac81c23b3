"""Results for systems that start a grader themselves: Gradescope and GitHub Classroom. One file a submission."""

import base64
import json
from typing import Any

from course_tools.grading.outputs.summary import in_words
from course_tools.grading.outputs.text import visible
from course_tools.grading.results import ExerciseGrade, SubmissionGrade

CLASSROOM_VERSION = 1


def gradescope_results(submission: SubmissionGrade) -> str:
    """Gradescope's results.json. What waits for a person is left for Gradescope's own rubric.

    If an exercise could not be graded there is no total, so that no wrong one is taken for a grade.
    """
    tests = [
        _gradescope_test(exercise, position)
        for position, exercise in enumerate(submission.exercises, start=1)
        if exercise.score is not None
    ]
    others = [in_words(exercise) for exercise in submission.exercises if exercise.score is None]
    result: dict[str, Any] = {
        "execution_time": submission.seconds,
        "output": visible("\n\n".join([*submission.problems, *others])),
        "output_format": "text",
        "visibility": "visible",
        "tests": tests,
    }
    if all(exercise.status != "not graded" for exercise in submission.exercises):
        result["score"] = submission.score
    return json.dumps(result, indent=1, ensure_ascii=False) + "\n"


def _gradescope_test(exercise: ExerciseGrade, position: int) -> dict[str, Any]:
    return {
        "name": exercise.name,
        "number": str(position),
        "score": exercise.score,
        "max_score": exercise.max_score,
        "status": "passed" if exercise.score == exercise.max_score else "failed",
        "output": visible(in_words(exercise)),
        "output_format": "text",
        "tags": [exercise.topic, exercise.kind],
        "visibility": "visible",
    }


def classroom_result(submission: SubmissionGrade) -> str:
    """GitHub Classroom's result: JSON in base64, for the output `result` of a workflow's step."""
    tests = [_classroom_test(exercise, submission) for exercise in submission.exercises]
    statuses = {test["status"] for test in tests}
    status = "error" if "error" in statuses else "fail" if "fail" in statuses else "pass"
    result = {
        "version": CLASSROOM_VERSION,
        "status": status,
        "max_score": submission.max_score,
        "tests": tests,
    }
    return base64.b64encode(json.dumps(result).encode()).decode("ascii")


def _classroom_test(exercise: ExerciseGrade, submission: SubmissionGrade) -> dict[str, Any]:
    full = exercise.score == exercise.max_score
    return {
        "name": exercise.name,
        "status": "error" if exercise.score is None else "pass" if full else "fail",
        "score": exercise.score or 0.0,
        "message": visible(in_words(exercise)),
        "test_code": f"check({exercise.name})",
        "filename": submission.path,
        "line_no": 0,
        "duration": 0,
    }
