"""How an answer is examined: what an exercise is, running, comparing, naming the mistake, reporting."""
