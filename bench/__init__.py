"""The project's bench: what a request and a chunk cost, gateway against a bare pass-through and nginx."""
