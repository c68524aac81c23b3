"""What runs inside the sandbox, beside a student's code: no references, no seeds, nothing of `course_lib` but `drive`.

These modules are imported on both sides: here as part of the grader, there alone, as the package `inside`. So they
import nothing but the standard library, torch, numpy and one another.
"""
