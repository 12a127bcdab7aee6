"""Recorded bars and funding served as if they were happening."""
