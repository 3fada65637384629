"""Providers that make their answers themselves: a network of one script, and the bytes an OpenAI-dialect server sends.

Everything above the transport is the real path (decoder, shape, errors, timers, cancellation); only the far end is made
up. Nothing here opens a socket.
"""
