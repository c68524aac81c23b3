"""One file a command. Each has HELP, a line; `add_arguments(parser)`; and `run(options)`, which gives the exit status.

What a command needs is imported when it runs, so that `course --help` answers at once.
"""
