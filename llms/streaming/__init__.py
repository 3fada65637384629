"""Streams as pure functions: bytes to events, events to well-formed chunks, chunks to one answer and back.

Nothing here opens a socket or knows a vendor's name.
"""
