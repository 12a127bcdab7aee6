"""Loopback servers that stand in for the outside world; nothing of ours is imported here."""
