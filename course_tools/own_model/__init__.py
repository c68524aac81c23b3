"""A model of one's own: stories prepared, a model trained on them."""
