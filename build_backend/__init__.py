"""Builds the distribution: the chat page with Node.js, everything else with setuptools."""
