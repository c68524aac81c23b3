"""Where slips happen in the code of lesson 10's answers: a file for each exercise, named after it."""
