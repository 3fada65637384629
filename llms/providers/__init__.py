"""The upstream side: one class per dialect, rows for vendors that speak OpenAI's, and the transport under them all.

The only package that opens connections to providers. Dialect modules are loaded when a configuration first names them.
"""
