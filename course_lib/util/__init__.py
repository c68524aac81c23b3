"""What every room needs and no lesson is about: topics, files, the machine, reading notebooks."""
