"""Anthropic's Messages API: its dialect (`provider`), what becomes of a request, and what an answer means."""

from llms.providers.anthropic.provider import AnthropicProvider

__all__ = ["AnthropicProvider"]
