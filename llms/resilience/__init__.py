"""What happens when a provider fails before it has said anything that matters."""
