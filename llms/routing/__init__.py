"""Which routes serve a model name."""
