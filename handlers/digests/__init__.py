"""Digests: cards of several coins that are sent to a chat at a time of its day."""
