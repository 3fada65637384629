"""Amazon Bedrock's own dialect, Converse: `turns` and `body` make the request, `answer` reads what comes back."""

from llms.providers.bedrock.provider import BedrockProvider

__all__ = ["BedrockProvider"]
