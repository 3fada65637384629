"""HTTP in, SSE and JSON out: the only package that imports `aiohttp.web`. It turns requests into calls and chunks into
bytes, and decides nothing else.
"""
