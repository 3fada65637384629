"""Who may call: keys to principals."""
