"""Where slips happen in the code of lesson 11's answers: a file for each exercise, named after it."""
