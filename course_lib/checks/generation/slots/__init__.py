"""Where slips happen in the code of lesson 12's answers: a file for each exercise, named after it."""
