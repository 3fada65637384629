"""The upstream side: one class per dialect, rows for vendors that speak OpenAI's, and the transport under them all.

The only package that opens connections to providers. Dialect modules are loaded when a configuration first names them.

    what a provider is          base, registry (type -> class), presets (vendor -> address, key, type), endpoints
    under them all              transport/ (HTTP), failures (errors), fetching (media behind an address)
    OpenAI's dialect            openai; azure airefinery (airefinery_sdk) openrouter perplexity groq mistral deepseek
                                xai cerebras moonshot zai alibaba hosts (together, one's own servers ...), tagged
    dialects of their own       anthropic/ google/ bedrock/ cohere ollama
    without a network           demo chaos scripted/
    a request, told to vendors  parameters fields (which fields, and what is lost), effort thinking, schemas prompted,
                                media, history
    a conversation's state      conversation (foreign state, tool ids), vault (what clients do not send back)
    beside the chat             embeddings, metering (usage of what is passed on unread), cards (lists of models)
    the page about it           reference
"""
