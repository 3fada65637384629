"""llms: an OpenAI-compatible gateway in front of every model provider.

`create_app` and the gateway are loaded when they are first asked for, so that importing the package stays cheap.
"""

from typing import TYPE_CHECKING, Any

from llms.version import VERSION

if TYPE_CHECKING:
    from llms.config.load import load as load_config
    from llms.gateway import Gateway, build
    from llms.server.app import create_app

__version__ = VERSION
__all__ = ["VERSION", "Gateway", "build", "create_app", "load_config"]

_LAZY = {
    "Gateway": ("llms.gateway", "Gateway"),
    "build": ("llms.gateway", "build"),
    "create_app": ("llms.server.app", "create_app"),
    "load_config": ("llms.config", "load"),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'llms' has no attribute {name!r}")
    import importlib

    module, attribute = _LAZY[name]
    return getattr(importlib.import_module(module), attribute)
