"""Where slips happen in the code of lesson 18's answers: a file for each exercise, named after it."""
