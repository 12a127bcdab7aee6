"""The HTTP API: the same results as in the chat, as JSON."""
