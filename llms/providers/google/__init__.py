"""Google's own dialect, `generateContent`: the Gemini API and Vertex AI.

`provider` holds the class, `contents`, `tools` and `settings` what is asked, `reading`, `arguments` and `grounding`
what is answered, `framing` how a stream of answers is cut, `generation` what a model's name tells.
"""

from llms.providers.google.provider import GoogleProvider

__all__ = ["GoogleProvider"]
