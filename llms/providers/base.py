"""What a provider is: declarative attributes, two pure translations, and the one loop that owns the connection.

A dialect overrides `request(chat, stream)` (what to send) and `chunks(event, memo)` (what an event means); both are
synchronous and touch nothing but their arguments, so they are tested with plain values. Everything that can leak,
stall or fail lives in `Provider` and is written once.
"""
