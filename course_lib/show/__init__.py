"""What is shown: pictures, shapes traced through a model, sizes and times, progress."""
