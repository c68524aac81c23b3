"""Where slips happen in the code of lesson 13's answers: a file for each exercise, named after it."""
