"""The workshop: the commands, building the notebooks, grading."""
