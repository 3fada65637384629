"""The composition root: from a configuration to providers, stages and state, in one place."""

from llms.gateway.compose import build
from llms.gateway.gateway import Gateway

__all__ = ["Gateway", "build"]
