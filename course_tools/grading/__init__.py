"""The instructor's side: collect submissions, grade them where they can do no harm, write what others can read.

Read in this order: `results` (what comes out), `collect` (what comes in), `answers` (what a notebook holds),
`task` (what a worker is told), `worker` (where a student's code runs), `sandbox` and `zygote` (what keeps it there),
`remote` (how it is asked), `grade` (from a submission to its marks), `run` (a whole class).
"""
