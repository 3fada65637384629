"""Ending a call from outside: the scope of each call, and the registry that finds it by the request's id."""

from llms.cancellation.registry import CancelResult, Scopes
from llms.cancellation.scope import Scope

__all__ = ["CancelResult", "Scope", "Scopes"]
