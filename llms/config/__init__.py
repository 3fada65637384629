"""The configuration: what can be set (`schema`), and where it is read from (`load`).

Everything here is synchronous and happens before the server starts. No other module reads the environment; secrets come
out of here as `llms.types.Secret`.
"""

from llms.config.files import candidates, environment, find_file, home
from llms.config.load import check_exposure, load
from llms.config.schema import (
    AuthConfig,
    AutoConfig,
    Config,
    ModelConfig,
    ProviderConfig,
    ResilienceConfig,
    ServerConfig,
    TimeoutsConfig,
)

__all__ = [
    "AuthConfig",
    "AutoConfig",
    "Config",
    "ModelConfig",
    "ProviderConfig",
    "ResilienceConfig",
    "ServerConfig",
    "TimeoutsConfig",
    "candidates",
    "check_exposure",
    "environment",
    "find_file",
    "home",
    "load",
]
