"""The facts of a finished call, and who wants them."""
